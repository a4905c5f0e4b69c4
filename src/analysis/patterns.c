/* SPDX-License-Identifier: MIT */
/*
 * Which messages are said more or less often than before.
 *
 * A count in the window and one in the baseline are compared by the G-test
 * (twice the log likelihood ratio of "two rates" against "one rate"), with the
 * lengths of the two spans as the expected proportion.  The plain test takes
 * messages for independent of each other, which they never are: a stack trace
 * is thirty lines or none, a job logs twelve lines every hour.  With it, much
 * of a quiet hour comes out as "changed".  So G is divided by the dispersion
 * of the pattern (variance over mean of its counts per bucket, Pearson's
 * estimate), as quasi-Poisson regression does.  Dispersion is that of the
 * baseline; what is not in there twice gets the mean of all patterns.  (Taking
 * it from the window as well was tried and dropped: an incident is itself the
 * clump in the window, and ten thousand errors in one minute came out below
 * seven cron jobs.)
 *
 * A few hundred patterns are tested at once, so p-values are adjusted by
 * Benjamini and Hochberg's step-up rule: of what is called changed, a share of
 * FALSE_SHARE is expected to be chance.  Besides, a change has to be worth
 * telling (RATIO_MIN): with a million lines, three percent more traffic is
 * beyond doubt and of no interest.
 *
 * "new" needs no test.  That something was never said in the baseline is a
 * fact, and the one line that tells of a disk error is what people look for.
 * The test only says how far up it stands.  "gone" is tested: what was said
 * once in an hour is rightly absent from ten minutes.
 */
#include "recount/patterns.h"

#include <math.h>
#include <stdlib.h>

#define FALSE_SHARE 0.01
#define RATIO_MIN 1.5
/* Shorter buckets split what belongs together and hide that it does. */
#define BUCKET_MIN USEC_PER_MIN

const char *
pattern_change_name(enum pattern_change c)
{
	static const char *const names[] = {
	    [PATTERN_SAME] = "same",
	    [PATTERN_NEW] = "new",
	    [PATTERN_GONE] = "gone",
	    [PATTERN_MORE] = "more",
	    [PATTERN_LESS] = "less",
	};

	return names[c];
}

static usec_t
length_of(const struct pattern_span *s)
{
	return s->until > s->since ? s->until - s->since : 0;
}

void
pattern_spans_cut(struct pattern_span *window, struct pattern_span *base)
{
	struct pattern_span *spans[] = {window, base};
	/* Two are lost at most by each span having one at least. */
	usec_t bucket =
	    (length_of(window) + length_of(base)) / (PATTERN_BUCKETS_MAX - 2) +
	    1;

	if (bucket < BUCKET_MIN)
		bucket = BUCKET_MIN;
	for (size_t i = 0; i < ARRAY_SIZE(spans); i++) {
		usec_t length = length_of(spans[i]);

		spans[i]->n_buckets = (size_t)(length / bucket);
		if (spans[i]->n_buckets == 0 && length > 0)
			spans[i]->n_buckets = 1;
	}
}

size_t
pattern_span_bucket(const struct pattern_span *s, usec_t t)
{
	size_t at = (size_t)((double)(t - s->since) / (double)length_of(s) *
			     (double)s->n_buckets);

	return at < s->n_buckets ? at : s->n_buckets - 1; /* rounding */
}

/* ---- the test ---- */

static uint64_t
total(const uint32_t *counts, size_t n)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += counts[i];
	return sum;
}

/* Pearson's chi-square of n counts around their mean. */
static double
scatter(const uint32_t *counts, size_t n, uint64_t sum)
{
	double mean = (double)sum / (double)n, x = 0;

	if (sum == 0)
		return 0;
	for (size_t i = 0; i < n; i++)
		x += ((double)counts[i] - mean) * ((double)counts[i] - mean);
	return x / mean;
}

static double
g_term(double seen, double expected)
{
	return seen > 0 ? seen * log(seen / expected) : 0;
}

/* 1: as if each message came by itself; 0: not known. */
static double
dispersion(const struct pattern_counts *c, const struct pattern_span *window,
    const struct pattern_span *base)
{
	if (base->n_buckets < 2 || c->baseline < 2)
		return 0;
	return fmax(1, scatter(c->buckets + window->n_buckets, base->n_buckets,
			   c->baseline) /
			   (double)(base->n_buckets - 1));
}

static void
test(struct pattern_counts *c, const struct pattern_span *window,
    const struct pattern_span *base, double usual_dispersion)
{
	double w = (double)c->window, b = (double)c->baseline;
	double share = (double)length_of(window) /
		       (double)(length_of(window) + length_of(base));
	double d = dispersion(c, window, base);
	double g =
	    2 * (g_term(w, (w + b) * share) + g_term(b, (w + b) * (1 - share)));

	c->score = fmax(g, 0) / (d > 0 ? d : usual_dispersion);
	c->ratio = b > 0 ? w / b * (1 - share) / share : INFINITY;
	/* Chi-square with one degree of freedom, upper tail. */
	c->q = erfc(sqrt(c->score / 2));
}

/* ---- many at once ---- */

static int
by_score(const void *x, const void *y)
{
	const struct pattern_counts *a = *(struct pattern_counts *const *)x;
	const struct pattern_counts *b = *(struct pattern_counts *const *)y;

	/* By score, as p is 0 for everything beyond a score of 1400. */
	if (a->score != b->score)
		return a->score > b->score ? -1 : 1;
	return a < b ? -1 : a > b;
}

/* p becomes the smallest false share at which the pattern is still called
 * changed. */
static void
adjust(struct pattern_counts **by_p, size_t n)
{
	double least = 1;

	for (size_t i = n; i-- > 0;) {
		double q = by_p[i]->q * (double)n / (double)(i + 1);

		if (q < least)
			least = q;
		by_p[i]->q = least;
	}
}

static enum pattern_change
change_of(const struct pattern_counts *c)
{
	if (c->baseline == 0)
		return PATTERN_NEW;
	if (c->q > FALSE_SHARE)
		return PATTERN_SAME;
	if (c->window == 0)
		return PATTERN_GONE;
	if (c->ratio >= RATIO_MIN)
		return PATTERN_MORE;
	return c->ratio <= 1 / RATIO_MIN ? PATTERN_LESS : PATTERN_SAME;
}

static double
usual_dispersion(const struct pattern_counts *list, size_t n,
    const struct pattern_span *window, const struct pattern_span *base)
{
	double sum = 0;
	size_t known = 0;

	for (size_t i = 0; i < n; i++) {
		double d = dispersion(&list[i], window, base);

		sum += d;
		known += d > 0;
	}
	return known > 0 ? sum / (double)known : 1;
}

void
patterns_compare(const struct pattern_span *window,
    const struct pattern_span *base, struct pattern_counts *list, size_t n)
{
	CLEANUP(xfree)
	struct pattern_counts **by_p = xcalloc(n + 1, sizeof(*by_p));
	size_t nw = window->n_buckets, nb = base->n_buckets, n_tested = 0;
	double usual;

	for (size_t i = 0; i < n; i++) {
		struct pattern_counts *c = &list[i];

		c->window = total(c->buckets, nw);
		c->baseline = total(c->buckets + nw, nb);
		c->change = PATTERN_SAME;
		c->ratio = c->q = 1;
		c->score = 0;
	}
	if (nw == 0 || nb == 0)
		return;
	usual = usual_dispersion(list, n, window, base);
	for (size_t i = 0; i < n; i++) {
		if (list[i].window + list[i].baseline == 0)
			continue;
		test(&list[i], window, base, usual);
		by_p[n_tested++] = &list[i];
	}
	if (n_tested > 1)
		qsort(
		    by_p, n_tested, sizeof(struct pattern_counts *), by_score);
	adjust(by_p, n_tested);
	for (size_t i = 0; i < n_tested; i++)
		by_p[i]->change = change_of(by_p[i]);
}
