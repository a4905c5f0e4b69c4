/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_PATTERNS_H
#define RECOUNT_PATTERNS_H

/*
 * How often something was said in a window, against a baseline: new, gone,
 * more, less, or as before.  Pure arithmetic over counts; who counts what is
 * the caller's business.
 */

#include "recount/clock.h"

enum pattern_change {
	PATTERN_SAME,
	PATTERN_NEW, /* not once in the baseline: a fact, not an estimate */
	PATTERN_GONE,
	PATTERN_MORE,
	PATTERN_LESS,
};
const char *pattern_change_name(enum pattern_change c); /* "new" */

/* A span cut into buckets of equal length; half-open. */
struct pattern_span {
	usec_t since, until;
	size_t n_buckets;
};

#define PATTERN_BUCKETS_MAX 128 /* of window and baseline together */

/* Cut both spans into buckets of about the same length, a minute or more.
 * An empty span (until <= since) has none. */
void pattern_spans_cut(struct pattern_span *window, struct pattern_span *base);
/* The bucket that t, which lies in the span, falls into. */
size_t pattern_span_bucket(const struct pattern_span *s, usec_t t);

struct pattern_counts {
	/* Of each bucket of the window, then of the baseline. */
	const uint32_t *buckets;
	/* Filled by patterns_compare(). */
	enum pattern_change change;
	uint64_t window, baseline; /* totals */
	double ratio; /* of the rates; INFINITY for what is new, else finite */
	double score; /* G over dispersion; orders by significance */
	double q; /* of the test, adjusted for testing many at once, 0–1 */
};

/* Without a baseline (or a window) only the totals are filled in, and
 * everything counts as unchanged. */
void patterns_compare(const struct pattern_span *window,
    const struct pattern_span *base, struct pattern_counts *list, size_t n);

#endif
