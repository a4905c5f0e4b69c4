/* SPDX-License-Identifier: MIT */
/*
 * Import of files as they lie on disk: what is taken in, in which order, and
 * that nothing is taken twice, whatever its name or compression is by then.
 */
#include "store-help.h"

#include <errno.h>
#include <sys/stat.h>

#include "recount/ingest.h"

#define LINE                                                                   \
	"198.51.100.7 - - [20/Nov/2026:10:00:%02d +0000] \"GET /%s "           \
	"HTTP/1.1\" 200 5 \"-\" \"x\"\n"

static struct buf said;

static void
hear(void *arg, int level, const char *text)
{
	buf_addf(&said, "%s\n", text);
}

static void
put(const char *name, const char *mode, const char *text)
{
	CLEANUP(xfree) char *path = help_path(name);
	FILE *f = fopen(path, mode);

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

/* Access lines with the letters of `ids` as targets. */
static void
put_lines(const char *name, const char *mode, const char *ids)
{
	CLEANUP(buf_free) struct buf text = BUF_INIT;

	for (int i = 0; ids[i]; i++) {
		char id[2] = {ids[i], '\0'};

		buf_addf(&text, LINE, ids[i] % 60, id);
	}
	put(name, mode, text.p);
}

static void
run(const char *format, const char *argument)
{
	CLEANUP(xfree)
	char *command =
	    xasprintf("cd '%s' && %s %s", help_folder, format, argument);

	assert_int_equal(system(command), 0);
}

/* A fresh folder in/ and store. */
static int
fresh(void **state)
{
	run("rm -rf in r.db*", "");
	run("mkdir", "in");
	buf_reset(&said);
	return 0;
}

struct imported {
	struct import_result result;
	struct ingest_counts counts;
	int r;
};

static struct imported
import_as(const char *host, const char *format, const char *name)
{
	CLEANUP(store_free) struct store *st = help_open("r.db", STORE_WRITE);
	CLEANUP(parsers_free) struct parsers *ps = parsers_new();
	CLEANUP(ingest_free) struct ingest *in = NULL;
	CLEANUP(xfree) char *path = help_path(name);
	struct import_options o = {
	    .host = host, .zone = zone_utc(), .format = format};
	struct imported ret = {0};
	struct reterr err = {""};

	assert_int_equal(ingest_new(st, ps, &in), 0);
	ingest_set_say(in, hear, NULL);
	ret.r = import_paths(in, ps, &o, &path, 1, &ret.result, &err);
	ret.counts = *ingest_counts(in);
	return ret;
}

static struct imported
import(const char *name)
{
	return import_as("web1", NULL, name);
}

/* What the store has, in order of id, a line each: "offset raw". */
static int
add_event(void *arg, const struct log_event *ev)
{
	buf_addf(arg, "%lld %.*s\n", (long long)ev->offset, STR_ARG(ev->raw));
	return 0;
}

static int
add_target(void *arg, const struct log_event *ev)
{
	buf_add_str(arg, str_skip(ev->target, 1));
	return 0;
}

static char * /* xfree() */
stored(store_event_fn fn)
{
	CLEANUP(store_free) struct store *st = help_open("r.db", STORE_READ);
	struct store_query q = {
	    .since = USEC_NONE, .until = USEC_NONE, .columns = STORE_ALL};
	struct buf out = BUF_INIT;
	struct reterr err = {""};

	assert_int_equal(store_scan(st, &q, fn, &out, NULL, &err), 0);
	return buf_steal(&out);
}

static void
assert_targets(const char *want)
{
	CLEANUP(xfree) char *got = stored(add_target);

	assert_string_equal(got, want);
}

static void
assert_said(const char *part)
{
	if (!said.p || !strstr(said.p, part))
		fail_msg("'%s' is not in: %s", part, said.p ? said.p : "");
}

/* ---- nothing twice ---- */

static void
same_file_again(void **state)
{
	put_lines("in/access.log", "w", "abc");
	assert_int_equal(import("in").counts.events, 3);
	assert_int_equal(import("in").counts.events, 0);
	assert_int_equal(import("in/access.log").result.known, 1);
	assert_targets("abc");
}

static void
renamed_and_packed(void **state)
{
	put_lines("in/access.log", "w", "abc");
	import("in");
	run("mv in/access.log in/access.log.1 && gzip", "in/access.log.1");
	assert_int_equal(import("in").counts.events, 0);
	run("cp in/access.log.1.gz", "in/copy.gz");
	assert_int_equal(import("in").counts.events, 0);
	assert_targets("abc");
}

static void
grown_and_rotated(void **state)
{
	put_lines("in/access.log", "w", "abc");
	import("in");
	put_lines("in/access.log", "a", "de");
	run("mv in/access.log", "in/access.log.1");
	put_lines("in/access.log", "w", "fg");
	assert_int_equal(import("in").counts.events, 4);
	assert_targets("abcdefg");
}

static void
older_copy_is_known(void **state)
{
	CLEANUP(buf_free) struct buf ids = BUF_INIT;

	for (int i = 0; i < 100; i++)
		buf_addc(&ids, 'a' + (char)(i % 26));
	put_lines("in/access.log", "w", ids.p);
	run("head -n 80 in/access.log >", "in/old.log");
	assert_int_equal(import("in/access.log").counts.events, 100);
	assert_int_equal(import("in/old.log").counts.events, 0);
}

/* The same first 4 KiB, and other lines behind them. */
static void
same_beginning_is_not_enough(void **state)
{
	CLEANUP(buf_free) struct buf ids = BUF_INIT;

	for (int i = 0; i < 60; i++)
		buf_addc(&ids, 'a');
	put_lines("in/one.log", "w", ids.p);
	put_lines("in/one.log", "a", "bcd");
	put_lines("in/two.log", "w", ids.p);
	put_lines("in/two.log", "a", "xyz");
	assert_int_equal(import("in").counts.events, 126);
	assert_int_equal(import("in").counts.events, 0);
}

static void
two_hosts_may_log_the_same(void **state)
{
	put_lines("in/access.log", "w", "a");
	assert_int_equal(import_as("web1", NULL, "in").counts.events, 1);
	assert_int_equal(import_as("web2", NULL, "in").counts.events, 1);
	assert_int_equal(import_as(NULL, NULL, "in").counts.events, 0);
}

/* ---- order ---- */

static void
oldest_first(void **state)
{
	put_lines("in/access.log", "w", "g");
	put_lines("in/access.log.1", "w", "f");
	put_lines("in/access.log.2", "w", "e");
	put_lines("in/access.log.10", "w", "d");
	run("gzip in/access.log.2", "in/access.log.10");
	put_lines("in/shop.log-20261119", "w", "i");
	put_lines("in/shop.log-20261118", "w", "h");
	put_lines("in/shop.log", "w", "j");
	assert_int_equal(import("in").counts.events, 7);
	assert_targets("defghij");
}

/* ---- lines and entries ---- */

#define TRACE                                                                  \
	"2026-11-20 10:00:01,000 ERROR no\n"                                   \
	"Traceback (most recent call last):\n"                                 \
	"\n"                                                                   \
	"  File \"x.py\", line 1\n"                                            \
	"ValueError: no\n"

static void
entries_of_several_lines(void **state)
{
	CLEANUP(xfree) char *got = NULL;

	put("in/app.log", "w",
	    "2026-11-20 10:00:00,000 INFO a\n" TRACE "\n\n"
	    "2026-11-20 10:00:02,000 INFO b\n");
	assert_int_equal(import("in").counts.events, 3);
	got = stored(add_event);
	assert_string_equal(got, "0 2026-11-20 10:00:00,000 INFO a\n31 " TRACE
				 "139 2026-11-20 10:00:02,000 INFO b\n");
	/* A line that continues the last entry comes too late for it. */
	put("in/app.log", "a", "2026-11-20 10:00:03,000 INFO c\n");
	assert_int_equal(import("in").counts.events, 1);
}

static void
keeps_what_does_not_fit(void **state)
{
	CLEANUP(xfree) char *got = NULL;
	struct imported i;

	put_lines("in/access.log", "w", "ab");
	put("in/access.log", "a", "what is this?\n   \n\n");
	put_lines("in/access.log", "a", "c");
	i = import("in");
	assert_int_equal(i.counts.events, 4);
	assert_int_equal(i.counts.unparsed, 1);
	got = stored(add_event);
	assert_non_null(strstr(got, " what is this?\n"));
}

static void
formats_that_change(void **state)
{
	CLEANUP(buf_free) struct buf ids = BUF_INIT;
	struct imported i;

	for (int n = 0; n < 100; n++)
		buf_addc(&ids, 'a' + (char)(n % 26));
	put_lines("in/access.log", "w", ids.p);
	for (int n = 0; n < 10; n++)
		put("in/access.log", "a",
		    "198.51.100.7 - - [20/Nov/2026:10:01:00 +0000] \"GET /z "
		    "HTTP/1.1\" 502 5 \"-\" \"x\" rt=0.250 "
		    "uaddr=\"10.0.0.1:80\"\n");
	put("in/access.log", "a", "no request at all\n");
	i = import("in");
	assert_int_equal(i.counts.events, 111);
	assert_int_equal(i.counts.unparsed, 1);
}

static void
last_line_without_newline(void **state)
{
	put_lines("in/access.log", "w", "ab");
	run("truncate -s -1", "in/access.log");
	assert_int_equal(import("in").counts.events, 2);
	put("in/access.log", "a", "\n");
	put_lines("in/access.log", "a", "c");
	assert_int_equal(import("in").counts.events, 1);
	assert_targets("abc");
}

static void
forced_formats(void **state)
{
	struct imported i;

	put("in/x.log", "w", "some words\nand more of them\n");
	i = import_as("web1", "text", "in/x.log");
	assert_int_equal(i.counts.events, 2);
	assert_int_equal(i.counts.unparsed, 2);
	put("in/y.log", "w", "[20/Nov/2026:10:00:00 +0000] 200 /y\n");
	i = import_as("web1", "[$time_local] $status $request_uri", "in/y.log");
	assert_int_equal(i.counts.events, 1);
	assert_int_equal(i.counts.unparsed, 0);
}

/* ---- bad input ---- */

static void
truncated_gzip(void **state)
{
	CLEANUP(buf_free) struct buf ids = BUF_INIT;
	struct imported i;

	srand(1);
	for (int n = 0; n < 3000; n++)
		buf_addc(&ids, 'a' + (char)(rand() % 26));
	put_lines("in/access.log", "w", ids.p);
	run("gzip in/access.log && truncate -s 3000", "in/access.log.gz");
	i = import("in");
	assert_int_equal(i.r, 0);
	assert_true(i.counts.events > 100 && i.counts.events < 3000);
	assert_int_equal(i.counts.gaps, 1);
	assert_said("access.log.gz: ");
	/* The same damage is not told the store twice. */
	i = import("in");
	assert_int_equal(i.counts.events, 0);
	assert_int_equal(i.counts.gaps, 0);
}

static void
no_logs(void **state)
{
	struct imported i;

	put("in/readme.txt", "w", "Dear reader,\n\nthis is prose.\nBye.\n");
	put_lines("in/access.log", "w", "a");
	i = import("in");
	assert_int_equal(i.r, 0);
	assert_int_equal(i.result.skipped, 1);
	assert_said("readme.txt: left out");
	assert_int_equal(import("in/readme.txt").r, -ENODATA);
	assert_said("readme.txt: is not a log");
	assert_int_equal(import("in/nowhere").r, -ENODATA);
	assert_said("nowhere: No such file");
	put("in/empty.log", "w", "");
	i = import("in/empty.log");
	assert_int_equal(i.r, 0);
	assert_int_equal(i.result.empty, 1);
}

static void
no_such_format(void **state)
{
	put_lines("in/access.log", "w", "a");
	assert_int_equal(import_as("h", "klingon", "in").r, -EINVAL);
}

/* ---- alerts and marks ---- */

#define ALERT(status, end)                                                     \
	"{\"status\":\"" status "\",\"labels\":{\"alertname\":\"Errors\"},"    \
	"\"annotations\":{\"summary\":\"s\"},"                                 \
	"\"startsAt\":\"2026-11-20T10:00:00Z\",\"endsAt\":\"" end "\","        \
	"\"fingerprint\":\"00ff\"}"
#define HOOK(alert) "{\"version\":\"4\",\"alerts\":[" alert "]}"

static void
alerts_grow(void **state)
{
	put("in/alerts.json", "w",
	    "[" HOOK(ALERT("firing", "0001-01-01T00:00:00Z")) "]\n");
	assert_int_equal(import("in").counts.events, 1);
	assert_int_equal(import("in/alerts.json").counts.events, 0);
	put("in/alerts.json", "w",
	    "[" HOOK(ALERT("firing", "0001-01-01T00:00:00Z")) ",\n" HOOK(
		ALERT("resolved", "2026-11-20T10:05:00Z")) "]\n");
	assert_int_equal(import("in/alerts.json").counts.events, 1);
	assert_int_equal(import("in").counts.events, 0);
}

static int
check_mark(void *arg, const struct log_event *ev)
{
	assert_int_equal(ev->kind, EVENT_MARK);
	assert_int_equal(ev->timestamp, 5 * USEC_PER_SEC);
	assert_true(str_eq(ev->identifier, STR("deploy")));
	assert_true(str_eq(ev->body, STR("version 2")));
	assert_true(str_eq(ev->raw, STR("deploy: version 2")));
	return 0;
}

static void
marks(void **state)
{
	CLEANUP(store_free) struct store *st = help_open("r.db", STORE_WRITE);
	CLEANUP(parsers_free) struct parsers *ps = parsers_new();
	CLEANUP(ingest_free) struct ingest *in = NULL;
	struct reterr err = {""};
	uint64_t first = 0, second = 0;

	assert_int_equal(ingest_new(st, ps, &in), 0);
	assert_int_equal(ingest_mark(in, 5 * USEC_PER_SEC, "deploy",
			     STR("version 2"), NULL, &first),
	    0);
	assert_int_equal(
	    ingest_mark(in, 6 * USEC_PER_SEC, "note", STR("x"), NULL, &second),
	    0);
	assert_true(first != 0 && second != first);
	assert_int_equal(ingest_rows(in), 1);
	assert_int_equal(ingest_commit(in, &err), 0);
	assert_int_equal(store_get(st, first, check_mark, NULL), 0);
}

/* ---- what journald and rsyslog dropped ---- */

static int
add_gap(void *arg, const struct gap *gap)
{
	buf_addf(
	    arg, "%.*s %lld\n", STR_ARG(gap->reason), (long long)gap->lost);
	return 0;
}

static void
notices_of_loss(void **state)
{
	CLEANUP(store_free) struct store *st = NULL;
	CLEANUP(buf_free) struct buf gaps = BUF_INIT;

	put("in/syslog", "w",
	    "2026-11-20T10:00:00+00:00 h systemd-journald[1]: Suppressed 212 "
	    "messages from shop.service\n"
	    "2026-11-20T10:00:01+00:00 h rsyslogd: imuxsock lost 5 messages "
	    "from pid 7 due to rate-limiting\n"
	    "2026-11-20T10:00:02+00:00 h prog[2]: Suppressed 3 messages from "
	    "nobody\n");
	assert_int_equal(import("in").counts.events, 3);
	st = help_open("r.db", STORE_READ);
	store_each_gap(st, USEC_NONE, USEC_NONE, add_gap, &gaps);
	assert_string_equal(gaps.p, "suppressed by journald (rate limit) 212\n"
				    "dropped by rsyslog (rate limit) 5\n");
}

#define TEST(f) cmocka_unit_test_setup(f, fresh)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    TEST(same_file_again),
	    TEST(renamed_and_packed),
	    TEST(grown_and_rotated),
	    TEST(older_copy_is_known),
	    TEST(same_beginning_is_not_enough),
	    TEST(two_hosts_may_log_the_same),
	    TEST(oldest_first),
	    TEST(entries_of_several_lines),
	    TEST(keeps_what_does_not_fit),
	    TEST(formats_that_change),
	    TEST(last_line_without_newline),
	    TEST(forced_formats),
	    TEST(truncated_gzip),
	    TEST(no_logs),
	    TEST(no_such_format),
	    TEST(alerts_grow),
	    TEST(marks),
	    TEST(notices_of_loss),
	};
	int failed = cmocka_run_group_tests(tests, help_setup, help_teardown);

	buf_free(&said);
	return failed;
}
