/* SPDX-License-Identifier: MIT */
/*
 * Finding earlier incidents that look alike.
 *
 * Nothing is kept about incidents that were reported before: what counts as
 * one depends on rules and on the analysis, both of which change.  So the days
 * before the window are looked through in two steps.  The first counts requests
 * per minute: all, failed, and by how long they took.  A minute stands out when
 * many failed, when many took far longer than the usual minute's slowest, or
 * when hardly any came.  The second step takes the worst stretches and runs the
 * whole analysis over each, as if that had been asked for; its incidents are
 * compared by their fingerprints.
 *
 * The first step may be wrong, it only has to be quick and not to miss much.
 * The number of stretches is bounded (STRETCHES_MAX), so the time it takes is
 * that of as many reports and one scan.
 */
#include "similar.h"

#include <stdlib.h>

#include "recount/requests.h"

#define LOOK_BACK (7 * USEC_PER_DAY)
#define MINUTES_MAX ((size_t)(LOOK_BACK / USEC_PER_MIN))
#define STRETCHES_MAX 10
/* A minute stands out with so many failures, if they are so much more of its
 * requests than of the median minute's. */
#define FAILED_MIN 10
#define SHARE_TIMES 3.0
#define SHARE_MIN 0.01
/* Or with so many requests, this share of them, that took 2.8 times as long
 * (PACE_STEPS half octaves) as 95 % of the median minute's. */
#define SLOW_MIN 10
#define SLOW_SHARE 0.1
#define PACE_STEPS 3
/* Or with less than a third of the upper quartile of the minutes around it, if
 * that is so many requests. */
#define AROUND 15
#define GONE_MIN 40
#define GONE_SHARE 0.3
/* Minutes that stand out belong together with less than this between them. */
#define APART_MAX 5
/* Around a stretch, to see what led to it and how it ended. */
#define BEFORE (5 * USEC_PER_MIN)
#define AFTER (6 * USEC_PER_MIN)
#define USUAL (30 * USEC_PER_MIN)
#define STRETCH_MAX (3 * USEC_PER_HOUR)

/* Half octaves of milliseconds: up to eighteen minutes. */
#define PACES 40

struct minute {
	uint32_t total, failed, timed;
	uint32_t took[PACES];
};

struct minutes {
	usec_t since;
	int failed_status;
	struct minute *m;
	size_t n;
	/* Of the median minute. */
	double usual_share;
	unsigned usual_pace;
};

struct stretch {
	size_t first, last; /* minutes */
	uint64_t bad;
};

static unsigned
pace_of(usec_t took)
{
	uint64_t v = (uint64_t)(took / USEC_PER_MSEC);
	unsigned octave, half, pace;

	if (v < 2)
		return 0;
	octave = 63 - (unsigned)__builtin_clzll(v);
	half = (unsigned)(v >> (octave - 1) & 1);
	pace = 2 * octave + half - 1;
	return pace < PACES ? pace : PACES - 1;
}

static int
count(void *arg, const struct requests *r)
{
	struct minutes *k = arg;

	for (size_t i = 0; i < r->n; i++) {
		usec_t at = (r->timestamp[i] - k->since) / USEC_PER_MIN;
		struct minute *m = &k->m[at];

		m->total++;
		if (r->status[i] >= k->failed_status && r->status[i] < 600) {
			m->failed++;
		} else if (r->duration[i] >= 0) {
			m->timed++;
			m->took[pace_of(r->duration[i])]++;
		}
	}
	return 0;
}

/* The pace that 95 % of a minute's requests keep. */
static unsigned
pace_95(const struct minute *m)
{
	uint32_t behind = m->timed / 20, seen = 0;
	unsigned pace = PACES;

	while (pace > 0 && seen <= behind)
		seen += m->took[--pace];
	return pace;
}

static int
by_number(const void *x, const void *y)
{
	const double *a = x, *b = y;

	return *a < *b ? -1 : *a > *b;
}

static double
ranked(double *values, size_t n, size_t rank)
{
	if (n == 0)
		return 0;
	qsort(values, n, sizeof(*values), by_number);
	return values[rank < n ? rank : n - 1];
}

static void
find_usual(struct minutes *k)
{
	CLEANUP(xfree) double *shares = xcalloc(k->n + 1, sizeof(*shares));
	CLEANUP(xfree) double *paces = xcalloc(k->n + 1, sizeof(*paces));
	size_t n = 0, timed = 0;

	for (size_t i = 0; i < k->n; i++) {
		const struct minute *m = &k->m[i];

		if (m->total > 0)
			shares[n++] = (double)m->failed / (double)m->total;
		if (m->timed >= SLOW_MIN)
			paces[timed++] = pace_95(m);
	}
	k->usual_share = ranked(shares, n, n / 2);
	k->usual_pace = (unsigned)ranked(paces, timed, timed / 2);
}

static uint32_t
failures(const struct minutes *k, const struct minute *m)
{
	double least = k->usual_share * SHARE_TIMES;

	if (least < SHARE_MIN)
		least = SHARE_MIN;
	return m->failed >= FAILED_MIN &&
		       (double)m->failed >= least * (double)m->total
		   ? m->failed
		   : 0;
}

static uint32_t
slow_ones(const struct minutes *k, const struct minute *m)
{
	uint32_t slow = 0;

	for (unsigned p = k->usual_pace + PACE_STEPS; p < PACES; p++)
		slow += m->took[p];
	return slow >= SLOW_MIN && slow >= SLOW_SHARE * m->timed ? slow : 0;
}

static uint32_t
missing(const struct minutes *k, size_t i)
{
	double around[2 * AROUND + 1];
	size_t n = 0;
	double usual;

	if (i < AROUND || i + AROUND >= k->n)
		return 0;
	for (size_t m = i - AROUND; m <= i + AROUND; m++)
		around[n++] = k->m[m].total;
	usual = ranked(around, n, n * 3 / 4);
	return usual >= GONE_MIN && k->m[i].total < GONE_SHARE * usual
		   ? (uint32_t)usual - k->m[i].total
		   : 0;
}

static int
worst_first(const void *x, const void *y)
{
	const struct stretch *a = x, *b = y;

	if (a->bad != b->bad)
		return a->bad > b->bad ? -1 : 1;
	return a->first > b->first ? -1 : a->first < b->first;
}

/* The caller's, worst first. */
static struct stretch *
stretches_find(struct minutes *k, size_t *ret_n)
{
	struct stretch *list = NULL;
	size_t n = 0;

	find_usual(k);
	for (size_t i = 0; i < k->n; i++) {
		const struct minute *m = &k->m[i];
		uint32_t bad = failures(k, m) + slow_ones(k, m) + missing(k, i);

		if (bad == 0)
			continue;
		if (n == 0 || i - list[n - 1].last > APART_MAX) {
			list = xreallocarray(list, n + 1, sizeof(*list));
			list[n++] = (struct stretch){.first = i};
		}
		list[n - 1].last = i;
		list[n - 1].bad += bad;
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
	struct request_query q = {.since = k.since, .until = o->since};
	struct reterr err;
	size_t n;
	int error;

	r->similar_sought = true;
	if (r->n_incidents == 0)
		return 0;
	error = store_scan_requests(st, &q, count, &k, NULL, &err);
	if (error < 0)
		return error;
	list = stretches_find(&k, &n);
	for (size_t i = 0; i < n && i < STRETCHES_MAX && error == 0; i++)
		error = compare_with(st, o, &k, &list[i], make, r);
	return error;
}
