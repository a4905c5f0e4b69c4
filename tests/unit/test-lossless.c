/* SPDX-License-Identifier: MIT */
/*
 * Whatever a file holds comes back byte for byte, in every format there is:
 * lines as programs write them, and the same with bytes changed, removed,
 * doubled, numbers and times spelled oddly, fields emptied; every byte value;
 * lines of 1 MiB.  Through parser, ingest, commits of all sizes, and back.
 *
 * RECOUNT_SEEDS sets how many times, with other lines each time.
 */
#include "store-help.h"

#include "recount/ingest.h"

static const char *const samples[] = {
    "203.0.113.9 - - [04/Mar/2026:14:00:07 +0100] \"GET /api/orders/8812?x=1 "
    "HTTP/1.1\" 200 5316 \"https://shop.example/\" \"Mozilla/5.0 (X11)\"",
    "2001:db8::7 - bob [04/Mar/2026:14:00:08 +0100] \"POST /a HTTP/2.0\" 502 "
    "157 \"-\" \"curl/7.88.1\" rt=0.012 uct=\"0.001\" urt=\"0.010, 0.002\" "
    "rid=4f0c0a8e9b1d4b6f8a7e6d5c4b3a2918",
    "203.0.113.9 - - [04/Mar/2026:14:00:09 +0100] \"-\" 400 0 \"-\" \"-\"",
    "Mar  4 14:00:07 web1 sshd[812]: Accepted publickey for root from "
    "10.0.0.4 port 51234 ssh2",
    "Mar  4 14:00:08 web1 systemd[1]: shop.service: Consumed 56.412s CPU time.",
    "2026-03-04T14:00:07.123456+01:00 web1 kernel: [12345.678901] oom-kill",
    "<165>1 2026-03-04T14:00:07.003Z web1 app 8710 ID47 [x@1 k=\"v\"] hello",
    "2026/03/04 14:00:07 [error] 812#812: *4417 connect() failed (111: "
    "Connection refused) while connecting to upstream, client: 10.1.2.3, "
    "server: shop.example, request: \"GET /a HTTP/1.1\", upstream: "
    "\"http://127.0.0.1:8080/a\", host: \"shop.example\"",
    "2026-03-04 14:00:07,123 ERROR [main] com.example.Shop - it broke",
    "\tat com.example.Shop.main(Shop.java:42)",
    "{\"time\":\"2026-03-04T14:00:07.5Z\",\"level\":\"error\",\"msg\":\"x\","
    "\"status\":503,\"duration_ms\":12.5}",
    "time=2026-03-04T14:00:07Z level=info msg=\"started\" port=8080",
    "",
    "   ",
};

/* One of many spellings that are nearly the sample's. */
static void
draw_line(struct buf *out, struct str sample, uint64_t *seed)
{
	static const char *const odd[] = {"", "0", "00", "-", "-0", "1e3", ".5",
	    "0.0010", "18446744073709551616", "999999999999999999", "+1", "\"",
	    "\\\"", "\\x22", "::1", "01.2.3.4", "29/Feb/2025:24:61:61 +9999",
	    "Feb 30 00:00:00", "\r", "\xff\xfe", "<*>"};
	size_t at = sample.n ? help_random(seed) % sample.n : 0, n;
	size_t from = out->n;

	buf_add_str(out, sample);
	switch (help_random(seed) % 8) {
	case 0: /* any byte but the one that ends lines */
		if (sample.n > 0) {
			char c = (char)help_random(seed);

			out->p[from + at] = c == '\n' ? '\0' : c;
		}
		break;
	case 1: /* cut short */
		out->n = from + at;
		break;
	case 2: /* a piece is another */
		out->n = from + at;
		buf_adds(out, odd[help_random(seed) % ARRAY_SIZE(odd)]);
		n = at + help_random(seed) % 12;
		buf_add_str(out, str_skip(sample, n));
		break;
	case 3: /* other numbers */
		for (size_t i = from + at; i < out->n; i++) {
			if (out->p[i] >= '0' && out->p[i] <= '9')
				out->p[i] =
				    (char)('0' + help_random(seed) % 10);
		}
		break;
	case 4: /* something behind it */
		buf_addc(out, ' ');
		for (n = help_random(seed) % 40; n > 0; n--) {
			char c = (char)help_random(seed);

			buf_addc(out, c == '\n' ? ' ' : c);
		}
		break;
	}
}

/* Bytes of events, by where they stand in the file. */
struct seen {
	struct str file;
	uint8_t *covered;
	size_t events;
};

static int
compare_event(void *arg, const struct log_event *ev)
{
	struct seen *seen = arg;
	size_t at = (size_t)ev->offset;

	assert_true(ev->offset >= 0 && at + ev->raw.n <= seen->file.n);
	if (ev->raw.n > 0 &&
	    memcmp(seen->file.p + at, ev->raw.p, ev->raw.n) != 0)
		fail_msg("at byte %zu: \"%.*s\", not \"%.*s\"", at,
		    STR_ARG(ev->raw), (int)ev->raw.n, seen->file.p + at);
	for (size_t i = at; i < at + ev->raw.n; i++)
		assert_int_equal(seen->covered[i]++, 0);
	seen->events++;
	return 0;
}

/* All bytes of the file are in one event each, but those of blank lines. */
static void
compare(struct store *st, struct str file)
{
	const struct store_query q = {
	    .since = USEC_NONE, .until = USEC_NONE, .columns = STORE_ALL};
	CLEANUP(xfree) uint8_t *covered = xcalloc(file.n + 1, 1);
	struct seen seen = {.file = file, .covered = covered};
	struct reterr err = {""};

	assert_int_equal(
	    store_scan(st, &q, compare_event, &seen, NULL, &err), 0);
	assert_true(seen.events > 0);
	for (size_t i = 0; i < file.n; i++) {
		if (!covered[i] && strchr(" \t\r\n", file.p[i]) == NULL)
			fail_msg("byte %zu is in no event", i);
	}
}

static void
give(struct ingest_source *s, const struct buf *file, size_t from)
{
	struct reader_line l = {.text = {file->p + from, file->n - from},
	    .offset = (int64_t)from,
	    .end = (int64_t)file->n + 1};

	assert_int_equal(ingest_line(s, &l), 0);
}

static void
no_place(void *arg, struct position *ret)
{
	*ret = (struct position){0};
}

/* Hundreds of lines of one format, and of others among them. */
static void
one_format(const struct parser *p, struct parsers *ps, uint64_t *seed)
{
	CLEANUP(xfree) char *path = help_path("l.db");
	CLEANUP(store_free) struct store *st = NULL;
	CLEANUP(ingest_free) struct ingest *in = NULL;
	CLEANUP(buf_free) struct buf file = BUF_INIT;
	struct ingest_file about = {.path = "x.log",
	    .zone = zone_utc(),
	    .parser = p,
	    .seen = 1772629200 * USEC_PER_SEC,
	    .position = no_place};
	const char *own[ARRAY_SIZE(samples)];
	struct parse_state state = {
	    .zone = zone_utc(), .seen = about.seen, .last = USEC_NONE};
	struct ingest_source *s;
	struct log_event ev;
	size_t n_own = 0;

	unlink(path);
	st = help_open("l.db", STORE_WRITE);
	assert_int_equal(ingest_new(st, ps, &in), 0);
	assert_int_equal(ingest_open_file(in, &about, 0, &s), 0);
	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		if (parser_parse(p, str_of(samples[i]), &state, &ev) ==
		    PARSE_OK)
			own[n_own++] = samples[i];
	}
	buf_free(&state.scratch);
	for (int i = 0; i < 700; i++) {
		uint64_t r = help_random(seed);
		const char *sample =
		    n_own > 0 && r % 4
			? own[(r >> 8) % n_own]
			: samples[(r >> 8) % ARRAY_SIZE(samples)];
		size_t from = file.n;

		draw_line(&file, str_of(sample), seed);
		if (i == 300) /* as long as lines may be */
			while (file.n - from < LINE_BYTES_MAX)
				buf_addc(&file, "1 a\"=\xff[0"[file.n % 8]);
		give(s, &file, from);
		buf_addc(&file, '\n');
		if (r % 64 == 0)
			assert_int_equal(ingest_commit(in, NULL), 0);
	}
	assert_int_equal(ingest_close(s, true), 0);
	assert_int_equal(ingest_commit(in, NULL), 0);
	compare(st, buf_str(&file));
}

static void
every_format(void **state)
{
	CLEANUP(parsers_free) struct parsers *ps = parsers_new();
	const char *seeds = getenv("RECOUNT_SEEDS");
	const struct parser *timed;
	struct reterr err = {""};

	assert_int_equal(
	    parsers_add_log_format(ps, "timed",
		STR("$remote_addr - $remote_user [$time_local] \"$request\" "
		    "$status $body_bytes_sent \"$http_referer\" "
		    "\"$http_user_agent\" rt=$request_time "
		    "uct=\"$upstream_connect_time\" "
		    "urt=\"$upstream_response_time\" rid=$request_id"),
		&err, &timed),
	    0);
	for (uint64_t k = 1; k <= (seeds ? strtoul(seeds, NULL, 10) : 2); k++) {
		size_t n = parsers_count(ps);

		for (size_t i = 0; i < n; i++) {
			uint64_t seed = k * 1000 + i;

			one_format(parsers_get(ps, i), ps, &seed);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		every_format, help_setup, help_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
