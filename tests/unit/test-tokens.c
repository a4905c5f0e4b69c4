/* SPDX-License-Identifier: MIT */
/*
 * The filter of a segment must never hide what is there: for lines of ids,
 * words and numbers in any neighbourhood, every piece of every line is asked
 * for, with and without case, and "no" is wrong.  It should hide most of what
 * is not there, or nobody needs it.
 */
#include "store-help.h"

#include <ctype.h>
#include <errno.h>

#include "../../src/store/tokens.h"

static void
add_hex(struct buf *out, uint64_t *seed, size_t n)
{
	while (n-- > 0)
		buf_addc(out, "0123456789abcdef"[help_random(seed) % 16]);
}

static void
add_uuid(struct buf *out, uint64_t *seed)
{
	static const size_t parts[] = {8, 4, 4, 4, 12};

	for (size_t k = 0; k < ARRAY_SIZE(parts); k++) {
		if (k > 0)
			buf_addc(out, '-');
		add_hex(out, seed, parts[k]);
	}
}

static void
add_line(struct buf *out, uint64_t *seed)
{
	size_t pieces = 1 + help_random(seed) % 6;

	for (size_t i = 0; i < pieces; i++) {
		switch (help_random(seed) % 8) {
		case 0:
			add_hex(out, seed, 32);
			break;
		case 1:
			add_hex(out, seed, help_random(seed) % 70);
			break;
		case 2:
			add_uuid(out, seed);
			break;
		case 3:
			buf_adds(out, "/API/Orders/KsK1234567");
			break;
		case 4:
			buf_addf(out, "%llu",
			    (unsigned long long)help_random(seed) %
				10000000000);
			break;
		default:
			buf_adds(out, help_word(seed));
		}
		if (help_random(seed) % 3 != 0)
			buf_addc(out, " -_=\"\xc3"[help_random(seed) % 6]);
	}
}

static void
turn_case(struct buf *text)
{
	for (size_t i = 0; i < text->n; i++)
		text->p[i] = (char)(islower((unsigned char)text->p[i])
					? toupper((unsigned char)text->p[i])
					: tolower((unsigned char)text->p[i]));
}

static void
ask_pieces(const struct buf *bloom, struct str line)
{
	CLEANUP(buf_free) struct buf turned = BUF_INIT;

	buf_add_str(&turned, line);
	turn_case(&turned);
	for (size_t from = 0; from < line.n; from++) {
		for (size_t n = 1; n <= line.n - from; n += 1 + n / 8) {
			struct wanted exact =
			    tokens_wanted(str_sub(line, from, n), false);
			struct wanted caseless = tokens_wanted(
			    str_sub(buf_str(&turned), from, n), true);

			if (!bloom_may_hold(bloom->p, bloom->n, &exact) ||
			    !bloom_may_hold(bloom->p, bloom->n, &caseless))
				fail_msg("'%.*s' of '%.*s' is hidden", (int)n,
				    line.p + from, STR_ARG(line));
		}
	}
}

#define LINES 300

/* Several rounds of different lines together, since what is long in one line
 * decides about what is short in another. */
static void
hides_nothing(void **state)
{
	uint64_t seed = 77;

	for (unsigned round = 0; round < 12; round++) {
		CLEANUP(tokens_free) struct tokens t = {0};
		CLEANUP(buf_free) struct buf all = BUF_INIT, bloom = BUF_INIT;
		CLEANUP(buf_free) struct buf late = BUF_INIT;
		struct bloom open;
		size_t ends[LINES + 1] = {0}, n = 1 + round * round * 2;

		for (size_t i = 0; i < n; i++) {
			add_line(&all, &seed);
			ends[i + 1] = all.n;
			tokens_add(&t, (uint32_t)i,
			    str_sub(buf_str(&all), ends[i], all.n - ends[i]));
		}
		put_bloom(&bloom, &t, 0);
		put_bloom(&late, &t, (uint32_t)n / 2);
		assert_int_equal(bloom_open(bloom.p, bloom.n, &open), 0);
		for (size_t i = 0; i < n; i++) {
			struct str line = str_sub(
			    buf_str(&all), ends[i], ends[i + 1] - ends[i]);

			assert_true(bloom_holds(&open, line));
			ask_pieces(&bloom, line);
			if (i >= n / 2)
				ask_pieces(&late, line);
		}
	}
}

static bool
may(const struct buf *bloom, const char *text)
{
	struct wanted w = tokens_wanted(str_of(text), false);

	return bloom_may_hold(bloom->p, bloom->n, &w);
}

static void
hides_the_rest(void **state)
{
	CLEANUP(tokens_free) struct tokens t = {0};
	CLEANUP(buf_free) struct buf bloom = BUF_INIT, line = BUF_INIT;
	uint64_t seed = 5;
	unsigned through = 0;

	for (uint32_t i = 0; i < 16384; i++) {
		buf_reset(&line);
		buf_adds(&line, "GET /api/orders/17 HTTP/1.1\" 200 rid=");
		add_hex(&line, &seed, 32);
		tokens_add(&t, i, buf_str(&line));
	}
	put_bloom(&bloom, &t, 0);
	/* 12 bits for each line's one id */
	assert_true(bloom.n < 16384 * 3 / 2 + 32);
	for (unsigned i = 0; i < 2000; i++) {
		buf_reset(&line);
		add_hex(&line, &seed, 32);
		through += may(&bloom, line.p);
	}
	assert_true(through < 2000 * 6 / 1000);
	assert_false(may(&bloom, "550e8400-e29b-41d4-a716-446655440000"));
	assert_true(may(&bloom, "5b718fad9854f"));     /* a part of one? */
	assert_false(may(&bloom, " 5b718fad9854f\"")); /* a word by itself */
	assert_true(may(&bloom, "connection refused"));
}

/* PCRE2 takes U+212A for a k when case does not matter. */
static void
odd_folding(void **state)
{
	CLEANUP(tokens_free) struct tokens t = {0};
	CLEANUP(buf_free) struct buf bloom = BUF_INIT;
	struct wanted w;

	tokens_add(&t, 0,
	    STR("id \xe2\x84\xaa"
		"12345678"));
	put_bloom(&bloom, &t, 0);
	w = tokens_wanted(STR("id k12345678"), true);
	assert_true(bloom_may_hold(bloom.p, bloom.n, &w));
	w = tokens_wanted(STR("id k12345678"), false);
	assert_false(bloom_may_hold(bloom.p, bloom.n, &w));
}

static void
damage_hides_nothing(void **state)
{
	CLEANUP(tokens_free) struct tokens t = {0};
	CLEANUP(buf_free) struct buf bloom = BUF_INIT;
	struct bloom open;
	const char *absent = "550e8400-e29b-41d4-a716-446655440000";

	tokens_add(&t, 0, STR("id 12345678"));
	put_bloom(&bloom, &t, 0);
	assert_false(may(&bloom, absent));
	for (size_t i = 0; i < bloom.n; i++) {
		bloom.p[i] ^= 0x20;
		assert_true(may(&bloom, absent));
		assert_int_equal(bloom_open(bloom.p, bloom.n, &open), -EBADMSG);
		bloom.p[i] ^= 0x20;
	}
	for (size_t n = 0; n < bloom.n; n++)
		assert_int_equal(bloom_open(bloom.p, n, &open), -EBADMSG);
}

/* ---- in a store ---- */

static int
count(void *arg, const struct log_event *ev)
{
	++*(unsigned *)arg;
	return 0;
}

static unsigned
looked_at(struct store *st, const char *text)
{
	struct store_query q = {.since = USEC_NONE,
	    .until = USEC_NONE,
	    .columns = STORE_ALL,
	    .ordered = true,
	    .text = str_of(text)};
	struct reterr err;
	unsigned n = 0;

	assert_int_equal(store_scan(st, &q, count, &n, NULL, &err), 0);
	return n;
}

/* Small commits are merged and full segments replace open rows: the filters
 * have to go along. */
static void
in_a_store(void **state)
{
	CLEANUP(store_free)
	struct store *st = help_open("tokens.db", STORE_WRITE);
	uint32_t source = help_source(st, "app.log");
	CLEANUP(buf_free) struct buf line = BUF_INIT, ids = BUF_INIT;
	uint64_t seed = 11, dropped;
	struct reterr err;
	unsigned n = 40000, asked = 0;
	uint64_t seen = 0;

	for (unsigned i = 0; i < n; i++) {
		struct log_event ev;

		buf_reset(&line);
		buf_adds(&line, "took order ");
		add_hex(&line, &seed, 32);
		buf_add(&ids, line.p + line.n - 32, 32);
		event_init(&ev);
		ev.source = source;
		ev.timestamp = ev.observed = (1000 + (usec_t)i) * USEC_PER_SEC;
		ev.raw = ev.body = buf_str(&line);
		assert_int_equal(store_append(st, &ev), 0);
		if (i % (i < 300 ? 7 : 5001) == 0)
			help_commit(st);
	}
	help_commit(st);
	for (unsigned i = 0; i < n; i += 97) {
		char id[33] = {0};

		memcpy(id, ids.p + 32 * (size_t)i, 32);
		asked++;
		seen += looked_at(st, id);
		assert_true(looked_at(st, id) > 0);
	}
	assert_true(seen / asked < 20000); /* hardly more than a segment */
	assert_int_equal(looked_at(st, "00000000000000000000000000000000"), 0);
	assert_int_equal(looked_at(st, "took order"), n);
	assert_int_equal(
	    store_retain(st, 20000 * USEC_PER_SEC, 0, &dropped, &err), 0);
	assert_true(dropped > 0);
	assert_int_equal(looked_at(st, "took order"), n - dropped);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(hides_nothing),
	    cmocka_unit_test(hides_the_rest),
	    cmocka_unit_test(odd_folding),
	    cmocka_unit_test(damage_hides_nothing),
	    cmocka_unit_test(in_a_store),
	};

	return cmocka_run_group_tests(tests, help_setup, help_teardown);
}
