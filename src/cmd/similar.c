/* SPDX-License-Identifier: MIT */
/*
 * Finding earlier incidents that look alike.
 *
 * Nothing is kept about incidents that were reported before: what counts as
 * one depends on rules and on the analysis, both of which change.  So the days
 * before the window are looked through in two steps.  The first counts failed
 * requests per minute, which reads two columns of access logs and nothing
 * else.  The second takes the worst stretches and runs the whole analysis over
 * each, as if that had been asked for; its incidents are compared by their
 * fingerprints.
 *
 * Incidents without failed requests (slowness, silence) are not found this
 * way.  The number of stretches is bounded (STRETCHES_MAX), so the time it
 * takes is that of as many reports and one scan.
 */
#include "similar.h"

#include <stdlib.h>

#define LOOK_BACK (7 * USEC_PER_DAY)
#define MINUTES_MAX ((size_t)(LOOK_BACK / USEC_PER_MIN))
#define STRETCHES_MAX 10
/* A minute stands out with so many failures, if they are so much more of its
 * requests than of the median minute's. */
#define FAILED_MIN 10
#define SHARE_TIMES 3.0
#define SHARE_MIN 0.01
/* Minutes that stand out belong together with less than this between them. */
#define APART_MAX 5
/* Around a stretch, to see what led to it and how it ended. */
#define BEFORE (5 * USEC_PER_MIN)
#define AFTER (6 * USEC_PER_MIN)
#define USUAL (30 * USEC_PER_MIN)
#define STRETCH_MAX (3 * USEC_PER_HOUR)

struct minute {
	uint32_t total, failed;
};

struct minutes {
	usec_t since;
	int failed_status;
	struct minute *m;
	size_t n;
};

struct stretch {
	size_t first, last; /* minutes */
	uint64_t failed;
};

static int
count(void *arg, const struct log_event *ev)
{
	struct minutes *k = arg;
	struct minute *m = &k->m[(ev->timestamp - k->since) / USEC_PER_MIN];

	m->total++;
	m->failed += ev->status >= k->failed_status && ev->status < 600;
	return 0;
}

static int
by_number(const void *x, const void *y)
{
	const double *a = x, *b = y;

	return *a < *b ? -1 : *a > *b;
}

static double
usual_share(const struct minutes *k)
{
	CLEANUP(xfree) double *shares = xcalloc(k->n + 1, sizeof(*shares));
	size_t n = 0;

	for (size_t i = 0; i < k->n; i++) {
		if (k->m[i].total > 0)
			shares[n++] =
			    (double)k->m[i].failed / (double)k->m[i].total;
	}
	if (n > 1)
		qsort(shares, n, sizeof(*shares), by_number);
	return n > 0 ? shares[n / 2] : 0;
}

static int
worst_first(const void *x, const void *y)
{
	const struct stretch *a = x, *b = y;

	if (a->failed != b->failed)
		return a->failed > b->failed ? -1 : 1;
	return a->first > b->first ? -1 : a->first < b->first;
}

/* The caller's, worst first. */
static struct stretch *
stretches_find(const struct minutes *k, size_t *ret_n)
{
	struct stretch *list = NULL;
	double least = usual_share(k) * SHARE_TIMES;
	size_t n = 0;

	if (least < SHARE_MIN)
		least = SHARE_MIN;
	for (size_t i = 0; i < k->n; i++) {
		const struct minute *m = &k->m[i];

		if (m->failed < FAILED_MIN ||
		    (double)m->failed < least * (double)m->total)
			continue;
		if (n == 0 || i - list[n - 1].last > APART_MAX) {
			list = xreallocarray(list, n + 1, sizeof(*list));
			list[n++] = (struct stretch){.first = i};
		}
		list[n - 1].last = i;
		list[n - 1].failed += m->failed;
	}
	if (n > 1)
		qsort(list, n, sizeof(*list), worst_first);
	*ret_n = n;
	return list;
}

static int
compare_with(struct store *st, const struct analysis_options *o,
    const struct minutes *k, const struct stretch *s,
    int (*make)(struct store *st, const struct analysis_options *o,
	struct report **ret),
    struct report *r)
{
	CLEANUP(report_free) struct report *earlier = NULL;
	struct analysis_options then = *o;
	int error;

	then.since = k->since + (usec_t)s->first * USEC_PER_MIN - BEFORE;
	then.until = k->since + (usec_t)(s->last + 1) * USEC_PER_MIN + AFTER;
	if (then.until - then.since > STRETCH_MAX)
		then.until = then.since + STRETCH_MAX;
	if (then.until > o->since)
		then.until = o->since;
	then.lookback = then.since - USUAL;
	then.n_slos = 0;
	error = make(st, &then, &earlier);
	if (error < 0)
		return error;
	report_add_similar(r, earlier);
	return 0;
}

int
similar_find(struct store *st, const struct analysis_options *o,
    int (*make)(struct store *st, const struct analysis_options *o,
	struct report **ret),
    struct report *r)
{
	CLEANUP(xfree) struct minute *m = xcalloc(MINUTES_MAX, sizeof(*m));
	CLEANUP(xfree) struct stretch *list = NULL;
	struct minutes k = {.since = o->since - LOOK_BACK,
	    .failed_status = o->failed_status,
	    .m = m,
	    .n = MINUTES_MAX};
	struct store_query q = {.since = k.since,
	    .until = o->since,
	    .columns = STORE_HTTP,
	    .kinds = 1u << EVENT_ACCESS};
	struct reterr err;
	size_t n;
	int error;

	r->similar_sought = true;
	if (r->n_incidents == 0)
		return 0;
	error = store_scan(st, &q, count, &k, NULL, &err);
	if (error < 0)
		return error;
	list = stretches_find(&k, &n);
	for (size_t i = 0; i < n && i < STRETCHES_MAX && error == 0; i++)
		error = compare_with(st, o, &k, &list[i], make, r);
	return error;
}
