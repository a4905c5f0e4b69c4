/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "recount/patterns.h"
#include "table.h"

#define WINDOW_MINUTES 20
#define BASE_MINUTES 60

/* What is said each minute, and in clumps. */
static const struct row {
	const char *name;
	uint32_t window_each, base_each;   /* per minute */
	uint32_t window_clump, base_clump; /* once, besides; base: five times */
	enum pattern_change want;
	double ratio; /* checked where it is not 0 */
} rows[] = {
    {"never said before, once now", 0, 0, 1, 0, PATTERN_NEW, INFINITY},
    {"never said before, all the time now", 7, 0, 0, 0, PATTERN_NEW, INFINITY},
    {"as often as before, spans of other length", 3, 3, 0, 0, PATTERN_SAME, 1},
    {"ten times as often", 10, 1, 0, 0, PATTERN_MORE, 10},
    {"a tenth", 1, 10, 0, 0, PATTERN_LESS, 0.1},
    {"not said any more", 0, 2, 0, 0, PATTERN_GONE, 0},
    {"beyond doubt, but a fifth more only", 1200, 1000, 0, 0, PATTERN_SAME,
	1.2},
    /* 30 lines in 20 minutes after 150 in 60 is what chance gives. */
    {"a stack trace as every twelve minutes", 0, 0, 30, 30, PATTERN_SAME, 0.6},
    {"one stack trace less", 0, 0, 0, 30, PATTERN_SAME, 0},
    {"a flood after a few stack traces", 0, 0, 9000, 30, PATTERN_MORE, 180},
};

static void
fill(const struct row *row, uint32_t *buckets)
{
	for (size_t i = 0; i < WINDOW_MINUTES; i++)
		buckets[i] = row->window_each;
	for (size_t i = 0; i < BASE_MINUTES; i++)
		buckets[WINDOW_MINUTES + i] =
		    row->base_each + (i % 12 == 5 ? row->base_clump : 0);
	buckets[3] += row->window_clump;
}

static void
spans(struct pattern_span *window, struct pattern_span *base)
{
	*base = (struct pattern_span){
	    .since = USEC_PER_DAY, .until = USEC_PER_DAY + USEC_PER_HOUR};
	*window = (struct pattern_span){.since = base->until,
	    .until = base->until + WINDOW_MINUTES * USEC_PER_MIN};
	pattern_spans_cut(window, base);
}

static void
changes(void **state)
{
	const struct row *row = *state;
	uint32_t buckets[WINDOW_MINUTES + BASE_MINUTES];
	struct pattern_counts c = {.buckets = buckets};
	struct pattern_span window, base;

	fill(row, buckets);
	spans(&window, &base);
	patterns_compare(&window, &base, &c, 1);
	assert_string_equal(
	    pattern_change_name(c.change), pattern_change_name(row->want));
	if (isinf(row->ratio))
		assert_true(isinf(c.ratio));
	else if (row->ratio > 0)
		assert_true(fabs(c.ratio / row->ratio - 1) < 1e-9);
	assert_true(c.q >= 0 && c.q <= 1 && c.score >= 0);
}

/* G for 20 against 10 in spans of equal length is 2 (20 ln 4/3 + 10 ln 2/3). */
static void
statistic(void **state)
{
	uint32_t buckets[2] = {20, 10};
	struct pattern_counts c = {.buckets = buckets};
	struct pattern_span window = {0, USEC_PER_MIN, 1};
	struct pattern_span base = {-USEC_PER_MIN, 0, 1};

	patterns_compare(&window, &base, &c, 1);
	assert_true(fabs(c.score - 3.3979807) < 1e-6);
	assert_true(fabs(c.q - 0.0652763) < 1e-6);
	assert_int_equal(c.change, PATTERN_SAME);
}

/* Step up: q of the i-th smallest of n is the least p(j) n / j for j >= i. */
static void
many_at_once(void **state)
{
	enum { NOISE = 99 };
	uint32_t buckets[NOISE + 1][2];
	struct pattern_counts list[NOISE + 1], alone;
	struct pattern_span window = {0, USEC_PER_MIN, 1};
	struct pattern_span base = {-USEC_PER_MIN, 0, 1};

	for (size_t i = 0; i <= NOISE; i++) {
		buckets[i][0] = i < NOISE ? 10 : 31;
		buckets[i][1] = 10;
		list[i] = (struct pattern_counts){.buckets = buckets[i]};
	}
	alone = list[NOISE];
	patterns_compare(&window, &base, &alone, 1);
	assert_int_equal(alone.change, PATTERN_MORE);
	patterns_compare(&window, &base, list, NOISE + 1);
	/* p = 0.0007: beyond doubt alone, one of a hundred by chance. */
	assert_int_equal(list[NOISE].change, PATTERN_SAME);
	assert_true(fabs(list[NOISE].q / (alone.q * (NOISE + 1)) - 1) < 1e-9);
	assert_true(fabs(list[0].q - 1) < 1e-9);
}

/* Nothing to compare with: totals only. */
static void
no_baseline(void **state)
{
	uint32_t buckets[2] = {3, 4};
	struct pattern_counts c = {.buckets = buckets};
	struct pattern_span window = {0, 2 * USEC_PER_MIN, 0}, base = {0};

	pattern_spans_cut(&window, &base);
	assert_int_equal(window.n_buckets, 2);
	assert_int_equal(base.n_buckets, 0);
	patterns_compare(&window, &base, &c, 1);
	assert_int_equal(c.window, 7);
	assert_int_equal(c.change, PATTERN_SAME);
}

static void
cutting(void **state)
{
	static const usec_t lengths[] = {1, USEC_PER_SEC, USEC_PER_MIN - 1,
	    USEC_PER_HOUR, 3 * USEC_PER_HOUR + 1, 400 * USEC_PER_DAY};

	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		for (size_t k = 0; k < ARRAY_SIZE(lengths); k++) {
			struct pattern_span w = {0, lengths[i], 0};
			struct pattern_span b = {-lengths[k], 0, 0};

			pattern_spans_cut(&w, &b);
			assert_true(w.n_buckets > 0 && b.n_buckets > 0);
			assert_true(
			    w.n_buckets + b.n_buckets <= PATTERN_BUCKETS_MAX);
			assert_int_equal(pattern_span_bucket(&b, b.since), 0);
			assert_int_equal(pattern_span_bucket(&w, w.until - 1),
			    w.n_buckets - 1);
		}
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(statistic),
	    cmocka_unit_test(many_at_once),
	    cmocka_unit_test(no_baseline),
	    cmocka_unit_test(cutting),
	};
	int failed = TABLE_RUN(rows, changes);

	return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
