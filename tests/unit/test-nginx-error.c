/* SPDX-License-Identifier: MIT */
/* nginx's error log: head, context, hostile values in it, and local time. */
#include "parse-test.h"

#define HEAD "2026/03/04 14:00:07 [error] 53#54: *9975 "

static const struct row {
	const char *name, *line;
	bool fits;
	int severity;
	int64_t connection;
	const char *body, *client, *method, *target, *upstream, *vhost;
} rows[] = {
    {"refused upstream",
	HEAD "connect() failed (111: Connection refused) while connecting to "
	     "upstream, client: 2001:db8::7, server: shop.example.com, "
	     "request: \"GET /a?q=1 HTTP/1.1\", upstream: "
	     "\"http://127.0.0.1:8001/a?q=1\", host: \"www.example.com\", "
	     "referrer: \"https://www.example.com/\"",
	true, SEV_ERR, 9975,
	"connect() failed (111: Connection refused) while connecting to "
	"upstream",
	"2001:db8::7", "GET", "/a?q=1", "127.0.0.1:8001", "www.example.com"},
    {"no connection, no context",
	"2026/03/04 14:00:07 [alert] 55#55: 64 worker_connections are not "
	"enough",
	true, SEV_ALERT, -1, "64 worker_connections are not enough", "", "", "",
	"", ""},
    {"client and server without a request",
	"2026/03/04 14:00:07 [info] 5#5: *1 client closed connection while "
	"waiting for request, client: 192.0.2.7, server: 0.0.0.0:80",
	true, SEV_INFO, 1, "client closed connection while waiting for request",
	"192.0.2.7", "", "", "", "0.0.0.0:80"},
    {"quotes and commas within a request",
	HEAD "open() \"/srv/a, b\" failed (2: No such file or directory), "
	     "client: 192.0.2.7, server: _, request: \"GET /a\", host: "
	     "\"x\" HTTP/1.1\", host: \"shop.example.com\"",
	true, SEV_ERR, 9975,
	"open() \"/srv/a, b\" failed (2: No such file or directory)",
	"192.0.2.7", "GET", "/a", "", "shop.example.com"},
    {"a path that pretends to be the context",
	HEAD "open() \"/srv/a, client: 192.0.2.66, server: evil\" failed (2: "
	     "No such file or directory), client: 192.0.2.7, server: a, "
	     "request: \"GET /a HTTP/1.1\", host: \"a\"",
	true, SEV_ERR, 9975,
	"open() \"/srv/a, client: 192.0.2.66, server: evil\" failed (2: No "
	"such file or directory)",
	"192.0.2.7", "GET", "/a", "", "a"},
    {"a request that pretends to be the context",
	HEAD "upstream timed out, client: 192.0.2.7, server: a, request: "
	     "\"GET /, client: 192.0.2.66, server: evil HTTP/1.1\", upstream: "
	     "\"http://127.0.0.1:80/\", host: \"a\"",
	true, SEV_ERR, 9975, "upstream timed out", "192.0.2.7", "GET",
	"/, client: 192.0.2.66, server: evil", "127.0.0.1:80", "a"},
    {"a quote without a partner",
	HEAD "open() \"/srv/a\"b\" failed, client: 192.0.2.7, server: a, "
	     "request: \"GET /a%22b HTTP/1.1\", host: \"a\"",
	true, SEV_ERR, 9975, "open() \"/srv/a\"b\" failed", "192.0.2.7", "GET",
	"/a%22b", "", "a"},
    {"a client on a unix socket",
	HEAD "x failed, client: unix:, server: a, request: \"GET / HTTP/1.1\"",
	true, SEV_ERR, 9975, "x failed", "unix:", "GET", "/", "", "a"},
    {"unix socket upstream",
	HEAD "connect() to unix:/run/app.sock failed, client: 192.0.2.7, "
	     "server: a, request: \"GET / HTTP/1.1\", upstream: "
	     "\"http://unix:/run/app.sock:/\"",
	true, SEV_ERR, 9975, "connect() to unix:/run/app.sock failed",
	"192.0.2.7", "GET", "/", "unix:/run/app.sock", "a"},
    {"fastcgi upstream",
	HEAD "upstream timed out, client: 192.0.2.7, server: a, request: "
	     "\"GET / HTTP/1.1\", upstream: \"fastcgi://127.0.0.1:9000\"",
	true, SEV_ERR, 9975, "upstream timed out", "192.0.2.7", "GET", "/",
	"127.0.0.1:9000", "a"},
    {"empty message", "2026/03/04 14:00:07 [notice] 1#1: ", true, SEV_NOTICE,
	-1, "", "", "", "", "", ""},
    {"no level", "2026/03/04 14:00:07 53#53: hello", false, 0, 0, NULL, NULL,
	NULL, NULL, NULL, NULL},
    {"unknown level", "2026/03/04 14:00:07 [loud] 53#53: hello", false, 0, 0,
	NULL, NULL, NULL, NULL, NULL, NULL},
    {"Go's log", "2026/03/04 14:00:07 listening on :8080", false, 0, 0, NULL,
	NULL, NULL, NULL, NULL, NULL},
    {"cut off in the head", "2026/03/04 14:00:07 [error", false, 0, 0, NULL,
	NULL, NULL, NULL, NULL, NULL},
    {"no such month", "2026/13/04 14:00:07 [error] 1#1: x", false, 0, 0, NULL,
	NULL, NULL, NULL, NULL, NULL},
    {"empty", "", false, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL},
};

static void
reads(void **state)
{
	const struct row *row = *state;
	CLEANUP(parsers_free) struct parsers *ps = parsers_new();
	const struct parser *p = parsers_find(ps, STR("nginx-error"));
	struct parse_state st = {
	    .zone = zone_utc(), .seen = USEC_NONE, .last = USEC_NONE};
	struct str line = str_of(row->line);
	struct log_event ev;

	assert_int_equal(
	    parser_parse(p, line, &st, &ev), row->fits ? PARSE_OK : PARSE_BAD);
	assert_int_equal(parser_starts_entry(p, line), row->fits);
	if (!row->fits)
		return;
	assert_time(ev.timestamp, "2026-03-04T14:00:07.000Z");
	assert_int_equal(ev.precision, USEC_PER_SEC);
	assert_int_equal(ev.flags, EVENT_TIME_ASSUMED);
	assert_int_equal(ev.severity, row->severity);
	assert_int_equal(ev.connection, row->connection);
	assert_str(ev.body, row->body);
	assert_str(ev.client, row->client);
	assert_str(ev.method, row->method);
	assert_str(ev.target, row->target);
	assert_str(ev.upstream, row->upstream);
	assert_str(ev.vhost, row->vhost);
	assert_inside(ev.body, line);
}

/* 1 November 2026: 01:00 to 02:00 happens twice in New York. */
static const struct fold_row {
	const char *name, *clock, *last, *seen, *want;
	bool ambiguous;
} fold[] = {
    {"before the fold", "00:59:59", NULL, NULL, "2026-11-01T04:59:59.000Z",
	false},
    {"first pass, nothing known", "01:30:00", NULL, NULL,
	"2026-11-01T05:30:00.000Z", true},
    {"first pass, going on", "01:30:00", "2026-11-01T05:29:59Z",
	"2026-11-01T05:30:01Z", "2026-11-01T05:30:00.000Z", true},
    {"a little back stays in the first pass", "01:29:50",
	"2026-11-01T05:30:00Z", NULL, "2026-11-01T05:29:50.000Z", true},
    {"the clocks were set back", "01:00:01", "2026-11-01T05:59:59Z", NULL,
	"2026-11-01T06:00:01.000Z", true},
    {"second pass, going on", "01:00:02", "2026-11-01T06:00:01Z", NULL,
	"2026-11-01T06:00:02.000Z", true},
    {"second pass, a little back over the fold", "01:59:58",
	"2026-11-01T06:00:01Z", NULL, "2026-11-01T05:59:58.000Z", true},
    {"not later than it was seen", "01:10:00", "2026-11-01T05:30:00Z",
	"2026-11-01T05:31:00Z", "2026-11-01T05:10:00.000Z", true},
    {"the first line, right before the file was last written", "01:01:03", NULL,
	"2026-11-01T06:01:05Z", "2026-11-01T06:01:03.000Z", true},
    {"after a day of silence, right before it was seen", "01:01:03",
	"2026-10-31T06:00:00Z", "2026-11-01T06:01:05Z",
	"2026-11-01T06:01:03.000Z", true},
    {"behind the fold", "02:00:00", "2026-11-01T06:59:59Z", NULL,
	"2026-11-01T07:00:00.000Z", false},
};

static void
folds(void **state)
{
	const struct fold_row *row = *state;
	CLEANUP(parsers_free) struct parsers *ps = parsers_new();
	struct parse_state st = {.seen = USEC_NONE, .last = USEC_NONE};
	struct log_event ev;
	char line[80];

	if (zone_find(STR("America/New_York"), &st.zone) < 0)
		skip();
	if (row->last != NULL)
		assert_int_equal(
		    time_parse(str_of(row->last), 0, zone_utc(), &st.last), 0);
	if (row->seen != NULL)
		assert_int_equal(
		    time_parse(str_of(row->seen), 0, zone_utc(), &st.seen), 0);
	snprintf(
	    line, sizeof(line), "2026/11/01 %s [error] 1#1: x", row->clock);
	assert_int_equal(parser_parse(parsers_find(ps, STR("nginx-error")),
			     str_of(line), &st, &ev),
	    PARSE_OK);
	assert_time(ev.timestamp, row->want);
	assert_int_equal(
	    (ev.flags & EVENT_TIME_AMBIGUOUS) != 0, row->ambiguous);
}

int
main(void)
{
	int failed = 0;

	RUN_ROWS(rows, reads);
	RUN_ROWS(fold, folds);
	return failed;
}
