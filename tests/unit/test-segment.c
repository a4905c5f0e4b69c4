/* SPDX-License-Identifier: MIT */
/*
 * Segments give back exactly what went in: random values in every field, all
 * bytes, no bytes, very long lines, real formats and near misses of them; and
 * damage is noticed.
 */
#include "store-help.h"

#include <errno.h>

#include "../../src/store/segment.h"

struct kept {
	struct log_event ev;
	struct buf raw;
};

static void
read_all(struct codec *c, const struct segment_key *key,
    const struct buf *parts, struct segment_in *in)
{
	for (unsigned k = 0; k < SEGMENT_PARTS; k++)
		assert_int_equal(
		    segment_read(c, k, key, parts[k].p, parts[k].n, in), 0);
}

/* Write n events, read them, compare. */
static void
round_trip(struct codec *c, struct kept *kept, uint32_t n)
{
	CLEANUP(segment_free) struct segment s = {0};
	CLEANUP(segment_in_free) struct segment_in in = {0};
	struct buf parts[SEGMENT_BUFS] = {{0}};

	for (uint32_t i = 0; i < n; i++) {
		if (kept[i].ev.id == 0)
			kept[i].ev.id = 100 + 2 * i;
		segment_add(&s, &kept[i].ev);
	}
	segment_write(c, &s, parts);
	read_all(c, &s.key, parts, &in);
	assert_int_equal(in.n, n);
	/* Back to front: nothing may depend on order. */
	for (uint32_t i = n; i-- > 0;) {
		struct log_event got;

		segment_event(&in, i, &got);
		help_same_event(&got, &kept[i].ev);
	}
	for (unsigned k = 0; k < SEGMENT_BUFS; k++)
		buf_free(&parts[k]);
}

static void
random_events(void **state)
{
	CLEANUP(codec_free) struct codec *c = codec_new();
	uint64_t seed = 42;

	for (int round = 0; round < 60; round++) {
		uint32_t n = (uint32_t)(1 + help_random(&seed) % 900);
		struct kept *kept = xcalloc(n, sizeof(*kept));

		for (uint32_t i = 0; i < n; i++)
			help_event(&kept[i].raw, &seed, &kept[i].ev);
		round_trip(c, kept, n);
		for (uint32_t i = 0; i < n; i++)
			buf_free(&kept[i].raw);
		xfree(kept);
	}
}

static void
set_line(struct kept *k, const char *p, size_t n)
{
	buf_add(&k->raw, p, n);
	event_init(&k->ev);
	k->ev.raw = k->ev.body = buf_str(&k->raw);
	k->ev.timestamp = 1772629200 * USEC_PER_SEC;
}

static void
every_byte_and_none(void **state)
{
	CLEANUP(codec_free) struct codec *c = codec_new();
	CLEANUP(xfree) struct kept *kept = xcalloc(600, sizeof(*kept));
	uint32_t n = 0;

	for (unsigned b = 0; b < 256; b++) {
		char bytes[3] = {'a', (char)b, '1'};

		set_line(&kept[n++], bytes, b % 4);
		set_line(&kept[n++], bytes + 1, 1);
	}
	set_line(&kept[n++], "", 0);
	round_trip(c, kept, n);
	round_trip(c, &kept[n - 1], 1);
	for (uint32_t i = 0; i < n; i++)
		buf_free(&kept[i].raw);
}

static void
long_lines(void **state)
{
	CLEANUP(codec_free) struct codec *c = codec_new();
	CLEANUP(xfree) struct kept *kept = xcalloc(3, sizeof(*kept));
	CLEANUP(xfree) char *line = xmalloc(LINE_BYTES_MAX);
	uint64_t seed = 3;

	memset(line, '1', LINE_BYTES_MAX);
	set_line(&kept[0], line, LINE_BYTES_MAX);
	for (size_t i = 0; i < LINE_BYTES_MAX; i++)
		line[i] = (char)help_random(&seed);
	set_line(&kept[1], line, LINE_BYTES_MAX);
	for (size_t i = 0; i < LINE_BYTES_MAX; i++)
		line[i] = " a1=\"[]"[help_random(&seed) % 7];
	set_line(&kept[2], line, LINE_BYTES_MAX);
	round_trip(c, kept, 3);
	for (int i = 0; i < 3; i++)
		buf_free(&kept[i].raw);
}

/*
 * Lines as programs write them, and the same with one byte changed, removed or
 * added at random: what a format nearly fits must come back as it was too.
 */
static void
near_misses(void **state)
{
	static const char *const lines[] = {
	    "203.0.113.9 - - [04/Mar/2026:14:00:07 +0100] \"GET "
	    "/api/orders/8812"
	    "?x=1 HTTP/1.1\" 200 5316 \"https://shop.example/\" "
	    "\"Mozilla/5.0\"",
	    "203.0.113.9 - bob [04/Mar/2026:14:00:07 +0100] \"POST /a "
	    "HTTP/2.0\""
	    " 502 157 \"-\" \"curl/7.88.1\" rt=0.012 uct=\"0.001\" urt=\"-\" "
	    "rid=4f0c0a8e9b1d4b6f8a7e6d5c4b3a2918",
	    "Mar  4 14:00:07 web1 sshd[812]: Accepted publickey for root from "
	    "10.0.0.4 port 51234 ssh2",
	    "2026-03-04T14:00:07.123456+01:00 web1 kernel: [12345.678901] oom",
	    "2026/03/04 14:00:07 [error] 812#812: *4417 connect() failed (111: "
	    "Connection refused) while connecting to upstream, client: "
	    "10.1.2.3",
	    "__CURSOR=s=1\nPRIORITY=6\nMESSAGE=Started foo.\n_PID=1\n",
	};
	CLEANUP(codec_free) struct codec *c = codec_new();
	struct kept *kept = xcalloc(1200, sizeof(*kept));
	uint64_t seed = 11;
	uint32_t n = 0;

	for (; n < 1200; n++) {
		struct str s = str_of(lines[n % ARRAY_SIZE(lines)]);
		CLEANUP(xfree) char *copy = str_dup(s);
		size_t at = help_random(&seed) % s.n;
		struct kept *k = &kept[n];

		switch (help_random(&seed) % 4) {
		case 0:
			copy[at] = (char)help_random(&seed);
			break;
		case 1:
			memmove(copy + at, copy + at + 1, s.n - at);
			s.n--;
			break;
		case 2: /* another number somewhere */
			for (size_t i = at; i < s.n; i++) {
				if (copy[i] >= '0' && copy[i] <= '9')
					copy[i] =
					    (char)('0' +
						   help_random(&seed) % 10);
			}
			break;
		}
		set_line(k, copy, s.n);
		k->ev.kind = EVENT_ACCESS;
		if (k->raw.n > 12)
			k->ev.client = (struct str){k->raw.p, 11};
		k->ev.timestamp = (1772629207 + n / 50) * USEC_PER_SEC;
		k->ev.status = help_random(&seed) % 2 ? 200 : 502;
		k->ev.body_bytes = help_random(&seed) % 2 ? 5316 : 157;
		k->ev.duration = 12000;
		k->ev.pid = help_random(&seed) % 4 ? 812 : 1;
		k->ev.offset = n * 100;
	}
	round_trip(c, kept, n);
	for (uint32_t i = 0; i < n; i++)
		buf_free(&kept[i].raw);
	xfree(kept);
}

static void
access_event(struct buf *raw, unsigned n, struct log_event *ev)
{
	int from, to;

	buf_reset(raw);
	event_init(ev);
	buf_addf(raw, "10.0.%u.%u - - [04/Mar/2026:13:00:%02u +0000] \"", n % 7,
	    n * 31 % 250, n / 10 % 60);
	from = (int)raw->n;
	buf_addf(raw, "GET /item/%u HTTP/1.1", n * 7919 % 5000);
	to = (int)raw->n - 9;
	buf_addf(raw, "\" 200 %u \"-\" \"curl/7.88.1\"", 100 + n);
	ev->raw = ev->body = buf_str(raw);
	ev->client = (struct str){raw->p, (size_t)str_chr(ev->raw, ' ')};
	ev->method = (struct str){raw->p + from, 3};
	ev->target = (struct str){raw->p + from + 4, (size_t)(to - from - 4)};
	ev->timestamp = (1772629200 + n / 10 % 60) * USEC_PER_SEC;
	ev->kind = EVENT_ACCESS;
	ev->status = 200;
	ev->body_bytes = 100 + n;
	ev->id = n + 1;
}

/* Events that come one per commit and are merged later take no more room than
 * those that come at once. */
static void
merging_keeps_shapes(void **state)
{
	CLEANUP(codec_free) struct codec *c = codec_new();
	CLEANUP(segment_free) struct segment direct = {0}, merged = {0};
	CLEANUP(buf_free) struct buf raw = BUF_INIT;
	struct buf a[SEGMENT_BUFS] = {{0}}, b[SEGMENT_BUFS] = {{0}};

	for (unsigned n = 0; n < 600; n++) {
		CLEANUP(segment_free) struct segment one = {0};
		CLEANUP(segment_in_free) struct segment_in in = {0};
		struct buf parts[SEGMENT_BUFS] = {{0}};
		struct log_event ev;

		access_event(&raw, n, &ev);
		segment_add(&direct, &ev);
		segment_add(&one, &ev);
		segment_write(c, &one, parts);
		read_all(c, &one.key, parts, &in);
		segment_event(&in, 0, &ev);
		segment_add(&merged, &ev);
		for (unsigned k = 0; k < SEGMENT_BUFS; k++)
			buf_free(&parts[k]);
	}
	segment_write(c, &direct, a);
	segment_write(c, &merged, b);
	for (unsigned k = 0; k < SEGMENT_BUFS; k++) {
		assert_true(b[k].n <= a[k].n + a[k].n / 10);
		buf_free(&a[k]);
		buf_free(&b[k]);
	}
}

static void
damage_is_noticed(void **state)
{
	CLEANUP(codec_free) struct codec *c = codec_new();
	CLEANUP(segment_free) struct segment s = {0};
	struct buf parts[SEGMENT_BUFS] = {{0}};
	struct buf raw = BUF_INIT;
	uint64_t seed = 5;

	for (uint32_t i = 0; i < 300; i++) {
		struct log_event ev;

		help_event(&raw, &seed, &ev);
		ev.id = i + 1;
		segment_add(&s, &ev);
	}
	buf_free(&raw);
	segment_write(c, &s, parts);
	for (int round = 0; round < 4000; round++) {
		CLEANUP(segment_in_free) struct segment_in in = {0};
		struct buf *part = &parts[round % SEGMENT_PARTS];
		size_t at = help_random(&seed) % part->n;
		char was = part->p[at];
		int r = 0;

		part->p[at] ^= (char)(1 + help_random(&seed) % 255);
		assert_int_equal(segment_read(c, round % SEGMENT_PARTS, &s.key,
				     part->p, part->n, &in),
		    -EBADMSG);
		/* What gets past the hash must not crash either. */
		for (unsigned k = 0; k < SEGMENT_PARTS && r == 0; k++)
			r = segment_decode(
			    c, k, &s.key, parts[k].p, parts[k].n, &in);
		for (uint32_t i = 0; i < in.n && r == 0; i++) {
			struct log_event ev;

			segment_event(&in, i, &ev);
		}
		part->p[at] = was;
	}
	for (unsigned k = 0; k < SEGMENT_BUFS; k++)
		buf_free(&parts[k]);
}

static void
integer_columns(void **state)
{
	static const int64_t cases[][6] = {
	    {0, 0, 0, 0, 0, 0},
	    {INT64_MIN, INT64_MAX, INT64_MIN, INT64_MAX, 0, -1},
	    {INT64_MAX, INT64_MAX - 1, INT64_MAX - 2, INT64_MAX - 3, 0, 1},
	    {INT64_MIN, INT64_MIN + 1, INT64_MIN + 2, INT64_MIN + 3, 0, 1},
	    {-1, 1000, 2000, 5000, -1, 1000},
	    {-1, 1000000, 2000000, 3000000, 4000000, 5000000},
	    {1000000, 2000000, 1000000, 9000000000000, -1, 7000000},
	    {-5000000, 1000000, -1000000, 0, 0, 0},
	    {1, 2, 3, 4, 5, 6},
	    {-1, -1, 5, -1, -1, -1},
	    {INT64_MIN, 1000, 2000, 3000, 4000, 5000},
	    {9223372036854775000, -9223372036854775000, 0, 1000, 2000, 3000},
	};
	CLEANUP(codec_free) struct codec *c = codec_new();

	for (size_t k = 0; k < 2 * ARRAY_SIZE(cases); k++) {
		const int64_t *v = cases[k / 2];
		CLEANUP(buf_free) struct buf out = BUF_INIT;
		struct ints col = {0};
		struct in in;

		put_ints(c, &out, v, 6, k % 2);
		in = (struct in){.p = (uint8_t *)out.p,
		    .end = (uint8_t *)out.p + out.n,
		    .budget = PART_BYTES_MAX};
		assert_true(get_ints(c, &in, 6, &col));
		assert_true(in.p == in.end);
		for (size_t i = 0; i < 6; i++)
			assert_int_equal(ints_at(&col, i), v[i]);
		ints_free(&col);
	}
}

/* Columns of every length, width, and number of different values. */
static void
random_integers(void **state)
{
	CLEANUP(codec_free) struct codec *c = codec_new();
	CLEANUP(xfree) int64_t *v = xcalloc(SEGMENT_EVENTS_MAX, sizeof(*v));
	uint64_t seed = 17;

	for (int round = 0; round < 600; round++) {
		size_t n = 1 + help_random(&seed) %
				   (round % 50 ? 700 : SEGMENT_EVENTS_MAX);
		static const int64_t units[] = {1, 1, 1000, 1000000};
		int64_t unit = units[help_random(&seed) % 4], of[500];
		unsigned bits = (unsigned)(help_random(&seed) % 64);
		size_t values = 1 + help_random(&seed) % 500;
		bool few = help_random(&seed) % 2, rising = !few && round % 3;
		CLEANUP(buf_free) struct buf out = BUF_INIT;
		struct ints col = {0};
		struct in in;

		for (size_t i = 0; i < values; i++)
			of[i] = (int64_t)(help_random(&seed) >> bits);
		for (size_t i = 0; i < n; i++) {
			uint64_t r = help_random(&seed);

			v[i] = few ? of[r % values]
				   : (int64_t)((r >> bits) * (uint64_t)unit);
			if (rising && i > 0)
				v[i] = (int64_t)((uint64_t)v[i - 1] +
						 r % 9 * (uint64_t)unit);
			if (r % 97 == 0)
				v[i] = -1;
		}
		put_ints(c, &out, v, n, round % 2);
		in = (struct in){.p = (uint8_t *)out.p,
		    .end = (uint8_t *)out.p + out.n,
		    .budget = PART_BYTES_MAX};
		assert_true(get_ints(c, &in, n, &col));
		assert_true(in.p == in.end);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(ints_at(&col, i), v[i]);
		ints_free(&col);
	}
}

/* Values, of which there are few or many, come back in their rows. */
static void
check_strings(struct codec *c, const struct str *values, size_t n_values,
    size_t rows, uint64_t *seed)
{
	CLEANUP(buf_free) struct buf out = BUF_INIT;
	CLEANUP(xfree) uint32_t *want = xcalloc(rows, sizeof(*want));
	struct strings s = {0};
	struct strings_in got = {0};
	struct in in;

	for (size_t i = 0; i < rows; i++) {
		want[i] = (uint32_t)(help_random(seed) % n_values);
		strings_add(&s, values[want[i]]);
	}
	put_strings(c, &out, &s);
	in = (struct in){.p = (uint8_t *)out.p,
	    .end = (uint8_t *)out.p + out.n,
	    .budget = PART_BYTES_MAX};
	assert_true(get_strings(c, &in, rows, &got));
	assert_true(in.p == in.end);
	for (size_t i = 0; i < rows; i++) {
		struct str value = strings_at(&got, i);

		if (!str_eq(value, values[want[i]]))
			fail_msg("row %zu: %.*s, not %.*s", i, STR_ARG(value),
			    STR_ARG(values[want[i]]));
	}
	strings_in_free(&got);
	strings_free(&s);
}

/* Addresses, and what only looks like one. */
static void
addresses(void **state)
{
	static const char *const odd[] = {"", "1.2.3", "1.2.3.4.", ".1.2.3.4",
	    "01.2.3.4", "1.2.3.04", "1.2.3.256", "1.2.3.4 ", "1.2.3.a",
	    "1..2.3", "::ffff:1.2.3.4", "2001:db8::1", "1.2.3.1000", "00.0.0.0",
	    "-", "1,2.3.4", "255.255.255.2555", "1.2.3.4x"};
	CLEANUP(codec_free) struct codec *c = codec_new();
	CLEANUP(buf_free) struct buf text = BUF_INIT;
	struct str values[2000];
	uint64_t seed = 23;

	buf_reserve(&text, 2000 * 40); /* must not move */
	for (unsigned share = 0; share <= 10; share++) {
		buf_reset(&text);
		for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
			size_t from = text.n;
			uint64_t r = help_random(&seed);

			if (r % 10 < share)
				buf_addf(&text, "%u.%u.%u.%u",
				    (unsigned)(r >> 8 & 255),
				    (unsigned)(r >> 16 & 255),
				    (unsigned)(r >> 24 & 255),
				    (unsigned)(r >> 32 & 255));
			else
				buf_adds(
				    &text, odd[(r >> 8) % ARRAY_SIZE(odd)]);
			values[i] = (struct str){text.p + from, text.n - from};
		}
		for (size_t n = 1; n <= ARRAY_SIZE(values); n *= 3)
			check_strings(c, values, n, 3000, &seed);
	}
}

/*
 * What an entry of a journal says does not decide which frame it has: its
 * numbers, its message, a value in the binary form.
 */
static void
frames_of_journals(void **state)
{
	CLEANUP(codec_free) struct codec *c = codec_new();
	CLEANUP(segment_free) struct segment s = {0};
	struct buf parts[SEGMENT_BUFS] = {{0}};
	uint64_t random = 7;

	(void)state;
	for (uint32_t i = 0; i < 2000; i++) {
		CLEANUP(buf_free) struct buf b = BUF_INIT;
		struct log_event ev;
		uint64_t length = 3;

		random = random * 6364136223846793005u + 1442695040888963407u;
		event_init(&ev);
		ev.kind = EVENT_JOURNAL;
		ev.id = i + 1;
		ev.timestamp = ev.observed = (usec_t)i;
		buf_addf(&b, "_PID=%u\n_UID=0\nBYTES\n",
		    100000 + (unsigned)(random >> 40) % 900000);
		buf_add(&b, &length, sizeof(length)); /* little-endian */
		buf_addf(&b, "%03u\nSYSLOG_PID=%u\nMESSAGE=", i % 1000, i);
		ev.body.n = b.n; /* where it begins */
		buf_addf(&b, "%c%c%c%c%04x happened", 'a' + (int)(i % 26),
		    'a' + (int)(i % 25), 'a' + (int)(i % 23),
		    'a' + (int)(i % 21), (unsigned)(random >> 48));
		ev.body = str_skip(buf_str(&b), ev.body.n);
		buf_addc(&b, '\n');
		ev.raw = buf_str(&b);
		segment_add(&s, &ev);
	}
	segment_write(c, &s, parts);
	/* Ten bytes of each are new, and that is what it takes; packed as
	 * lines without a shape they take fourteen. */
	assert_in_range(parts[PART_RAW].n, 1, 2000 * 12);
	for (unsigned k = 0; k < SEGMENT_BUFS; k++)
		buf_free(&parts[k]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(random_integers),
	    cmocka_unit_test(addresses),
	    cmocka_unit_test(integer_columns),
	    cmocka_unit_test(random_events),
	    cmocka_unit_test(every_byte_and_none),
	    cmocka_unit_test(long_lines),
	    cmocka_unit_test(near_misses),
	    cmocka_unit_test(merging_keeps_shapes),
	    cmocka_unit_test(frames_of_journals),
	    cmocka_unit_test(damage_is_noticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
