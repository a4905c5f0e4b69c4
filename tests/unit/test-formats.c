/* SPDX-License-Identifier: MIT */
/*
 * Formats that users describe: what they read, what is refused and why, and
 * that the samples in a file can fail.
 */
#include <stdlib.h>
#include <unistd.h>

#include "parse-test.h"

#define FORMAT(members) "{\"formats\":[{\"name\":\"x\"," members "}]}"
#define LINE "2026-03-04 14:00:07 ERR db: gone"
#define PATTERN                                                                \
	"\"pattern\":\"^(?<time>.{19}) (?<severity>\\\\w+) "                   \
	"(?<identifier>\\\\w+): (?<body>.*)\""

/* The text in a file of its own. */
static int
load(struct parsers *ps, const char *text, struct reterr *err)
{
	char path[] = "/tmp/recount-test-XXXXXX";
	int fd = mkstemp(path), r;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	r = parsers_load(ps, path, err);
	unlink(path);
	return r;
}

static void
count(void *arg, const char *where, const char *format, const char *text)
{
	print_message("%s: %s: %s\n", where, format, text);
	++*(int *)arg;
}

static const struct row {
	const char *name, *text;
	const char *why; /* NULL: accepted */
	const char *line, *time, *severity, *identifier, *body, *target;
	int status;
	int64_t duration;
	int failing; /* samples */
} rows[] = {
    {.name = "a pattern",
	.text = FORMAT(PATTERN),
	.line = LINE,
	.time = "2026-03-04T14:00:07.000Z",
	.severity = "err",
	.identifier = "db",
	.body = "gone",
	.status = -1,
	.duration = -1},
    {.name = "a zone of its own",
	.text = FORMAT(PATTERN ",\"zone\":\"+02:00\""),
	.line = LINE,
	.time = "2026-03-04T12:00:07.000Z",
	.severity = "err",
	.identifier = "db",
	.body = "gone",
	.status = -1,
	.duration = -1},
    {.name = "a line that does not fit",
	.text = FORMAT(PATTERN),
	.line = "hello"},
    {.name = "a time that is none",
	.text = FORMAT("\"pattern\":\"^(?<time>\\\\S+)\""),
	.line = "yesterday we left"},
    {.name = "members",
	.text = FORMAT("\"kind\":\"access\",\"duration\":\"ms\",\"members\":{"
		       "\"time\":\"at\",\"status\":\"res.code\","
		       "\"target\":\"req.url\",\"duration\":\"took\"}"),
	.line = "{\"at\":1772629207250,\"req\":{\"url\":\"/a\"},"
		"\"res\":{\"code\":503},\"took\":12.5}",
	.time = "2026-03-04T13:00:07.250Z",
	.severity = "",
	.identifier = "",
	.body = "{\"at\":1772629207250,\"req\":{\"url\":\"/a\"},"
		"\"res\":{\"code\":503},\"took\":12.5}",
	.target = "/a",
	.status = 503,
	.duration = 12500},
    {.name = "a request needs a status",
	.text = FORMAT("\"kind\":\"access\",\"members\":{\"time\":\"at\","
		       "\"target\":\"u\",\"status\":\"s\"}"),
	.line = "{\"at\":1772629207250,\"u\":\"/a\"}"},
    {.name = "samples that hold",
	.text = FORMAT(PATTERN ",\"samples\":[{\"line\":\"" LINE
			       "\",\"body\":\"gone\"},{\"not\":true,\"line\":"
			       "\"x\"}]"),
	.line = "x"},
    {.name = "samples that do not",
	.text = FORMAT(PATTERN ",\"samples\":[{\"line\":\"" LINE
			       "\",\"body\":\"here\"},{\"line\":\"x\"},"
			       "{\"not\":true,\"line\":\"" LINE "\"},{}]"),
	.line = "x",
	.failing = 4},
    {.name = "a pattern that would take for ever",
	.text = FORMAT("\"pattern\":\"^(a+)+(?<time>b)\""),
	.line = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac"},

    {.name = "not JSON", .text = "{", .why = ":1"},
    {.name = "no name", .text = "{\"formats\":[{}]}", .why = "name"},
    {.name = "unknown key",
	.text = FORMAT(PATTERN ",\"patern\":\"x\""),
	.why = "patern"},
    {.name = "unknown field",
	.text = FORMAT("\"pattern\":\"(?<time>.)(?<tyme>.)\""),
	.why = "tyme"},
    {.name = "unknown member",
	.text = FORMAT("\"members\":{\"time\":\"a\",\"tyme\":\"b\"}"),
	.why = "tyme"},
    {.name = "a pattern that does not compile",
	.text = FORMAT("\"pattern\":\"(?<time>.\""),
	.why = "pattern"},
    {.name = "no time", .text = FORMAT("\"pattern\":\".\""), .why = "time"},
    {.name = "no time among members",
	.text = FORMAT("\"members\":{\"body\":\"a\"}"),
	.why = "time"},
    {.name = "nothing to read it by",
	.text = FORMAT("\"kind\":\"app\""),
	.why = "log_format"},
    {.name = "unknown kind",
	.text = FORMAT(PATTERN ",\"kind\":\"mark\""),
	.why = "mark"},
    {.name = "unknown zone",
	.text = FORMAT(PATTERN ",\"zone\":\"Mars/Base\""),
	.why = "Mars/Base"},
    {.name = "unknown unit",
	.text = FORMAT(PATTERN ",\"duration\":\"min\""),
	.why = "min"},
    {.name = "a log_format without a time",
	.text = FORMAT("\"log_format\":\"$status\""),
	.why = "time_local"},
    {.name = "the second is wrong: neither is added",
	.text = "{\"formats\":[{\"name\":\"x\"," PATTERN "},{\"name\":\"y\"}]}",
	.why = "format y"},
};

static void
reads(void **state)
{
	const struct row *row = *state;
	CLEANUP(parsers_free) struct parsers *ps = parsers_new();
	struct parse_state st = {
	    .zone = zone_utc(), .seen = USEC_NONE, .last = USEC_NONE};
	struct reterr err = {0};
	const struct parser *p;
	struct log_event ev;
	int failing = 0;
	int r = load(ps, row->text, &err);

	p = parsers_find(ps, STR("x"));
	if (row->why != NULL) {
		assert_int_equal(r, -EINVAL);
		assert_non_null(strstr(err.text, row->why));
		assert_null(p);
		return;
	}
	assert_int_equal(r, 0);
	assert_int_equal(parsers_test(ps, count, &failing), row->failing);
	assert_int_equal(failing, row->failing);
	assert_int_equal(parser_parse(p, str_of(row->line), &st, &ev),
	    row->time ? PARSE_OK : PARSE_BAD);
	if (row->time == NULL)
		return;
	assert_time(ev.timestamp, row->time);
	assert_string_equal(severity_name(ev.severity), row->severity);
	assert_str(ev.identifier, row->identifier);
	assert_str(ev.body, row->body);
	assert_str(ev.target, row->target ? row->target : "");
	assert_int_equal(ev.status, row->status);
	assert_int_equal(ev.duration, row->duration);
}

/* What a user described wins over what is built in. */
static void
preferred(void **state)
{
	CLEANUP(parsers_free) struct parsers *ps = parsers_new();
	struct detection d;

	assert_int_equal(load(ps, FORMAT(PATTERN), NULL), 0);
	parse_detect(ps, STR(LINE "\n"), NULL, &d);
	assert_ptr_equal(d.parser, parsers_find(ps, STR("x")));
}

static void
multi_line(void **state)
{
	CLEANUP(parsers_free) struct parsers *ps = parsers_new();
	const struct parser *p;

	assert_int_equal(
	    load(ps, FORMAT(PATTERN ",\"start\":\"^\\\\d{4}-\""), NULL), 0);
	p = parsers_find(ps, STR("x"));
	assert_true(parser_starts_entry(p, STR(LINE)));
	assert_false(parser_starts_entry(p, STR("  at x")));
}

static void
missing(void **state)
{
	CLEANUP(parsers_free) struct parsers *ps = parsers_new();
	struct reterr err = {0};

	assert_int_equal(parsers_load(ps, "/nonexistent", &err), -ENOENT);
	assert_non_null(strstr(err.text, "/nonexistent"));
}

/* The folder this project installs; its samples are tests of their own.
 * meson gives __FILE__ relative to where it runs the tests. */
static void
ours(void **state)
{
	static const char self[] = "unit/test-formats.c";
	CLEANUP(xfree)
	char *path = xasprintf(
	    "%.*s../parsers", (int)(sizeof(__FILE__) - sizeof(self)), __FILE__);
	CLEANUP(parsers_free) struct parsers *ps = parsers_new();
	struct reterr err = {0};
	size_t before = parsers_count(ps);
	int failing = 0;

	if (parsers_load(ps, path, &err) != 0)
		fail_msg("%s", err.text);
	assert_true(parsers_count(ps) > before);
	assert_int_equal(parsers_test(ps, count, &failing), 0);
}

int
main(void)
{
	static const struct CMUnitTest others[] = {
	    cmocka_unit_test(preferred),
	    cmocka_unit_test(multi_line),
	    cmocka_unit_test(missing),
	    cmocka_unit_test(ours),
	};
	int failed = 0;

	RUN_ROWS(rows, reads);
	failed += cmocka_run_group_tests(others, NULL, NULL);
	return failed;
}
