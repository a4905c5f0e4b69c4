/* SPDX-License-Identifier: MIT */
/*
 * nginx log_formats: what the built-in ones and made-up ones read out of
 * lines, hostile ones among them, and which texts are refused.
 */
#include "parse-test.h"

#define COMBINED                                                               \
	"$remote_addr - $remote_user [$time_local] \"$request\" "              \
	"$status $body_bytes_sent \"$http_referer\" \"$http_user_agent\""
#define HEAD "192.0.2.7 - - [04/Mar/2026:14:00:07 +0100] "
#define TIMED                                                                  \
	"[$time_local] $status $request_time $upstream_response_time "         \
	"$upstream_addr $upstream_status \"$request\""
#define TIMED_HEAD "[04/Mar/2026:14:00:07 +0100] 200 "

static const struct row {
	const char *name, *format, *line;
	bool fits;
	const char *time, *client, *method, *target, *agent, *upstream, *vhost;
	int status, upstream_status, tries;
	int64_t bytes, duration, upstream_duration;
} rows[] = {
    {.name = "combined",
	.format = COMBINED,
	.line = HEAD "\"GET /a?b=c HTTP/1.1\" 200 612 \"-\" \"curl/8.1\"",
	.fits = true,
	.client = "192.0.2.7",
	.method = "GET",
	.target = "/a?b=c",
	.agent = "curl/8.1",
	.status = 200,
	.bytes = 612},
    {.name = "CR at the end",
	.format = COMBINED,
	.line = HEAD "\"GET / HTTP/1.1\" 200 612 \"-\" \"curl/8.1\"\r",
	.fits = true,
	.client = "192.0.2.7",
	.method = "GET",
	.target = "/",
	.agent = "curl/8.1",
	.status = 200,
	.bytes = 612},
    {.name = "IPv6 client",
	.format = COMBINED,
	.line = "2001:db8:3b:6::132e - - [04/Mar/2026:14:00:07 +0100] "
		"\"GET / HTTP/2.0\" 304 0 \"-\" \"-\"",
	.fits = true,
	.client = "2001:db8:3b:6::132e",
	.method = "GET",
	.target = "/",
	.status = 304},
    {.name = "empty request",
	.format = COMBINED,
	.line = HEAD "\"\" 400 0 \"-\" \"-\"",
	.fits = true,
	.client = "192.0.2.7",
	.status = 400},
    {.name = "dash request",
	.format = COMBINED,
	.line = HEAD "\"-\" 400 0 \"-\" \"-\"",
	.fits = true,
	.client = "192.0.2.7",
	.status = 400},
    {.name = "TLS on a plain port",
	.format = COMBINED,
	.line = HEAD "\"\\x16\\x03\\x01\\x02\\x00\" 400 150 \"-\" \"-\"",
	.fits = true,
	.client = "192.0.2.7",
	.target = "\\x16\\x03\\x01\\x02\\x00",
	.status = 400,
	.bytes = 150},
    {.name = "request without a version",
	.format = COMBINED,
	.line = HEAD "\"GET /\" 009 5 \"-\" \"-\"",
	.fits = true,
	.client = "192.0.2.7",
	.method = "GET",
	.target = "/",
	.status = 9,
	.bytes = 5},
    {.name = "request with blanks",
	.format = COMBINED,
	.line = HEAD "\"GET /a b c HTTP/1.1\" 400 0 \"-\" \"-\"",
	.fits = true,
	.client = "192.0.2.7",
	.method = "GET",
	.target = "/a b c",
	.status = 400},
    {.name = "a request that looks like the rest of a line",
	.format = COMBINED,
	.line = HEAD "\"GET /\\x22 500 1 \\x22-\\x22 HTTP/1.1\" 404 9 \"-\" "
		     "\"a\\x22 500 1\"",
	.fits = true,
	.client = "192.0.2.7",
	.method = "GET",
	.target = "/\\x22 500 1 \\x22-\\x22",
	.agent = "a\\x22 500 1",
	.status = 404,
	.bytes = 9},
    {.name = "quotes escaped by backslash",
	.format = COMBINED,
	.line = HEAD "\"GET /\\\" 500 HTTP/1.1\" 404 9 \"-\" \"a\\\"b\\\\\"",
	.fits = true,
	.client = "192.0.2.7",
	.method = "GET",
	.target = "/\\\" 500",
	.agent = "a\\\"b\\\\",
	.status = 404,
	.bytes = 9},
    {.name = "escape=none leaves quotes in",
	.format = "escape=none " COMBINED,
	.line = HEAD "\"GET /\"x HTTP/1.1\" 404 9 \"-\" \"a\"",
	.fits = true,
	.client = "192.0.2.7",
	.method = "GET",
	.target = "/\"x",
	.agent = "a",
	.status = 404,
	.bytes = 9},
    {.name = "user with blanks and a bracket",
	.format = COMBINED,
	.line = "192.0.2.7 - a [b [04/Mar/2026:14:00:07 +0100] "
		"\"GET / HTTP/1.1\" 401 0 \"-\" \"-\"",
	.fits = true,
	.client = "192.0.2.7",
	.method = "GET",
	.target = "/",
	.status = 401},
    {.name = "more behind the end does not fit",
	.format = COMBINED,
	.line = HEAD "\"GET / HTTP/1.1\" 200 1 \"-\" \"a\" \"b\""},
    {.name = "cut off does not fit",
	.format = COMBINED,
	.line = HEAD "\"GET / HTTP/1.1\" 200 1 \"-\" \"a"},
    {.name = "no such day",
	.format = COMBINED,
	.line = "192.0.2.7 - - [31/Feb/2026:14:00:07 +0100] "
		"\"GET / HTTP/1.1\" 200 1 \"-\" \"a\""},
    {.name = "empty line", .format = COMBINED, .line = ""},
    {.name = "one upstream",
	.format = TIMED,
	.line = TIMED_HEAD "0.250 0.249 127.0.0.1:8001 200 \"GET / HTTP/1.1\"",
	.fits = true,
	.method = "GET",
	.target = "/",
	.status = 200,
	.duration = 250000,
	.upstream_duration = 249000,
	.upstream = "127.0.0.1:8001",
	.upstream_status = 200,
	.tries = 1},
    {.name = "upstream lists without quotes",
	.format = TIMED,
	.line = TIMED_HEAD "2.100 2.000, 0.100 : 0.001 127.0.0.1:8001, "
			   "unix:/run/a.sock : [2001:db8::1]:80 502, 504 : 200 "
			   "\"GET / HTTP/1.1\"",
	.fits = true,
	.method = "GET",
	.target = "/",
	.status = 200,
	.duration = 2100000,
	.upstream_duration = 2101000,
	.upstream = "[2001:db8::1]:80",
	.upstream_status = 200,
	.tries = 3},
    {.name = "upstream that answered nothing",
	.format = TIMED,
	.line = TIMED_HEAD "0.001 - 127.0.0.1:8001 502, - \"GET / HTTP/1.1\"",
	.fits = true,
	.method = "GET",
	.target = "/",
	.status = 200,
	.duration = 1000,
	.upstream_duration = -1,
	.upstream = "127.0.0.1:8001",
	.upstream_status = 502,
	.tries = 1},
    {.name = "no upstream",
	.format = TIMED,
	.line = TIMED_HEAD "0.000 - - - \"GET / HTTP/1.1\"",
	.fits = true,
	.method = "GET",
	.target = "/",
	.status = 200,
	.upstream_duration = -1,
	.upstream_status = -1,
	.tries = -1},
    {.name = "JSON",
	.format = "escape=json {\"t\":\"$time_iso8601\",\"c\":\"$remote_addr\","
		  "\"m\":\"$request_method\",\"u\":\"$request_uri\","
		  "\"s\":$status,\"d\":$request_time,\"b\":$bytes_sent,"
		  "\"h\":\"$host\"}",
	.line = "{\"t\":\"2026-03-04T14:00:07+01:00\",\"c\":\"192.0.2.7\","
		"\"m\":\"POST\",\"u\":\"/a\\\"b\",\"s\":503,\"d\":1.5,"
		"\"b\":77,\"h\":\"shop.example.com\"}",
	.fits = true,
	.client = "192.0.2.7",
	.method = "POST",
	.target = "/a\\\"b",
	.status = 503,
	.bytes = 77,
	.duration = 1500000,
	.vhost = "shop.example.com"},
    {.name = "JSON with bare dashes",
	.format = "{\"t\":\"$time_iso8601\",\"s\":$status,"
		  "\"u\":$upstream_response_time,\"d\":$request_time}",
	.line = "{\"t\":\"2026-03-04T14:00:07+01:00\",\"s\":499,\"u\":-,"
		"\"d\":-}",
	.fits = true,
	.status = 499,
	.upstream_duration = -1,
	.duration = -1},
    {.name = "the most precise time wins",
	.format = "$time_local $msec $status",
	.line = "04/Mar/2026:14:00:07 +0100 1772629207.250 200",
	.fits = true,
	.time = "2026-03-04T13:00:07.250Z",
	.status = 200},
    {.name = "variables that touch",
	.format = "$time_iso8601 $scheme://$host$request_uri $status",
	.line = "2026-03-04T14:00:07+01:00 https://a.example/x?y=1 200",
	.fits = true,
	.vhost = "a.example",
	.target = "/x?y=1",
	.status = 200},
    {.name = "braces around a name",
	.format = "${time_iso8601}x$status",
	.line = "2026-03-04T14:00:07+01:00x201",
	.fits = true,
	.status = 201},
    {.name = "unnamed variables reach to the next literal",
	.format = "$time_iso8601 $x_one|$x_two| $status",
	.line = "2026-03-04T14:00:07+01:00 a b|c d| 200",
	.fits = true,
	.status = 200},
    {.name = "a whole directive",
	.format = "log_format x escape=none '$time_iso8601 '\n\t\"$status\"; #",
	.line = "2026-03-04T14:00:07+01:00 200",
	.fits = true,
	.status = 200},
    {.name = "client behind a proxy of one's own",
	.format = "$remote_addr [$time_local] \"$http_x_forwarded_for\" "
		  "$status",
	.line = "10.0.0.2 [04/Mar/2026:14:00:07 +0100] "
		"\"203.0.113.5, 198.51.100.9, 10.0.0.1\" 200",
	.fits = true,
	.client = "198.51.100.9",
	.status = 200},
    {.name = "a forged header changes nothing",
	.format = "$remote_addr [$time_local] \"$http_x_forwarded_for\" "
		  "$status",
	.line = "192.0.2.7 [04/Mar/2026:14:00:07 +0100] \"203.0.113.5\" 200",
	.fits = true,
	.client = "192.0.2.7",
	.status = 200},
};

static void
check_strings(const struct row *row, const struct log_event *ev)
{
	assert_str(ev->client, row->client ? row->client : "");
	assert_str(ev->method, row->method ? row->method : "");
	assert_str(ev->target, row->target ? row->target : "");
	assert_str(ev->user_agent, row->agent ? row->agent : "");
	assert_str(ev->upstream, row->upstream ? row->upstream : "");
	assert_str(ev->vhost, row->vhost ? row->vhost : "");
}

static void
reads(void **state)
{
	const struct row *row = *state;
	CLEANUP(parsers_free) struct parsers *ps = parsers_new();
	struct parse_state st = {.seen = USEC_NONE, .last = USEC_NONE};
	struct str line = str_of(row->line);
	const struct parser *p;
	struct log_event ev;
	struct reterr err;

	assert_int_equal(
	    parsers_add_log_format(ps, "x", str_of(row->format), &err, &p), 0);
	assert_int_equal(
	    parser_parse(p, line, &st, &ev), row->fits ? PARSE_OK : PARSE_BAD);
	if (!row->fits)
		return;
	assert_int_equal(ev.kind, EVENT_ACCESS);
	assert_time(
	    ev.timestamp, row->time ? row->time : "2026-03-04T13:00:07.000Z");
	assert_int_equal(
	    ev.precision, row->time ? USEC_PER_MSEC : USEC_PER_SEC);
	assert_true(st.last == ev.timestamp);
	check_strings(row, &ev);
	assert_int_equal(ev.status, row->status);
	if (strstr(row->format, "bytes") != NULL)
		assert_int_equal(ev.body_bytes, row->bytes);
	if (strstr(row->format, "$request_time") != NULL)
		assert_int_equal(ev.duration, row->duration);
	if (strstr(row->format, "$upstream_response") != NULL)
		assert_int_equal(ev.upstream_duration, row->upstream_duration);
	if (strstr(row->format, "$upstream_status") != NULL) {
		assert_int_equal(ev.upstream_status, row->upstream_status);
		assert_int_equal(ev.upstream_tries, row->tries);
	}
	assert_ptr_equal(ev.raw.p, line.p);
	assert_int_equal(ev.raw.n, line.n);
	assert_inside(ev.body, line);
}

static const struct refused_row {
	const char *name, *format, *why;
} refused[] = {
    {"no time", "$remote_addr $status", "time_local"},
    {"no variable at all", "hello", "time_local"},
    {"empty", "", "time_local"},
    {"a directive without a text", "log_format x;", "directive"},
    {"a directive with a quote not closed", "log_format x '$msec", "directive"},
};

static void
is_refused(void **state)
{
	const struct refused_row *row = *state;
	CLEANUP(parsers_free) struct parsers *ps = parsers_new();
	const struct parser *p = NULL;
	struct reterr err = {0};

	assert_int_equal(
	    parsers_add_log_format(ps, "x", str_of(row->format), &err, &p),
	    -EINVAL);
	assert_null(p);
	assert_non_null(strstr(err.text, row->why));
}

static void
too_many_variables(void **state)
{
	CLEANUP(parsers_free) struct parsers *ps = parsers_new();
	CLEANUP(buf_free) struct buf text = BUF_INIT;
	const struct parser *p = NULL;

	for (int i = 0; i < 65; i++)
		buf_adds(&text, "$msec ");
	assert_int_equal(
	    parsers_add_log_format(ps, "x", buf_str(&text), NULL, &p), -EINVAL);
}

/* A line made to backtrack must not take for ever, and must not fit. */
static void
backtracking_ends(void **state)
{
	CLEANUP(parsers_free) struct parsers *ps = parsers_new();
	CLEANUP(buf_free) struct buf line = BUF_INIT;
	struct parse_state st = {.seen = USEC_NONE, .last = USEC_NONE};
	const struct parser *p;
	struct log_event ev;

	parsers_add_log_format(
	    ps, "x", STR("$a $b $c $d $e $f $g $h $time_local"), NULL, &p);
	for (int i = 0; i < 100000; i++)
		buf_adds(&line, "a ");
	assert_int_equal(parser_parse(p, buf_str(&line), &st, &ev), PARSE_BAD);
}

/* The one added last is found; the built-in ones are there at first. */
static void
lookup(void **state)
{
	CLEANUP(parsers_free) struct parsers *ps = parsers_new();
	const struct parser *p, *q;

	assert_string_equal(
	    parser_log_format(parsers_find(ps, STR("combined"))), COMBINED);
	assert_null(parser_log_format(parsers_find(ps, STR("syslog"))));
	assert_null(parsers_find(ps, STR("nonesuch")));
	parsers_add_log_format(ps, "main", STR("$msec $status"), NULL, &p);
	parsers_add_log_format(ps, "main", STR("$msec $status"), NULL, &q);
	assert_ptr_equal(p, q);
	assert_ptr_equal(parsers_find(ps, STR("main")), p);
	assert_string_equal(parser_name(p), "main");
	assert_int_equal(parser_kind(p), EVENT_ACCESS);
}

int
main(void)
{
	static const struct CMUnitTest others[] = {
	    cmocka_unit_test(too_many_variables),
	    cmocka_unit_test(backtracking_ends),
	    cmocka_unit_test(lookup),
	};
	int failed = 0;

	RUN_ROWS(rows, reads);
	RUN_ROWS(refused, is_refused);
	failed += cmocka_run_group_tests(others, NULL, NULL);
	return failed;
}
