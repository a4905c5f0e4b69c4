/* SPDX-License-Identifier: MIT */
/*
 * How slow is slow?  Each route has its own usual pace, and the window may be
 * mostly incident, so "usual" is taken from the calmer minutes: the p95 of each
 * minute with enough requests, of these the lower third's top.  A request is
 * slow when it takes more than SLOW_FACTOR times that.
 *
 * A limit from the whole span's p95 was tried and dropped: half an hour of
 * incident in an hour raises it over everything it should find.
 */
#include "analysis.h"

#include <stdlib.h>

#include "select.h"

#define SLOW_FACTOR 2
/* Below this nobody notices, whatever the factor. */
#define SLOW_LEAST (50 * USEC_PER_MSEC)
/* A minute with fewer requests of a route says nothing about its p95. */
#define SAMPLES_MIN 5
#define MINUTES_MIN 3

struct slow_limits {
	usec_t *of; /* by route_slot(); -1 unknown */
	size_t n;
	bool known; /* of any route */
};

/* Requests that say how long they took, those of a route together, in order of
 * time. */
struct samples {
	usec_t *took;
	uint32_t *minute;
	uint32_t *end; /* by route_slot(); they begin at route_from */
};

static void
samples_free(struct samples *s)
{
	xfree(s->took);
	xfree(s->minute);
	xfree(s->end);
}
DEFINE_CLEANUP_IN(struct samples, samples_free)

static struct samples
samples_new(const struct analysis *a)
{
	size_t n = a->n_requests + 1;
	struct samples s = {
	    .took = xmalloc(n * sizeof(*s.took)),
	    .minute = xmalloc(n * sizeof(*s.minute)),
	    .end = xmalloc(a->n_route_slots * sizeof(*s.end)),
	};

	memcpy(s.end, a->route_from, a->n_route_slots * sizeof(*s.end));
	for (size_t i = 0; i < a->n_requests; i++) {
		const struct request *q = &a->requests[i];
		uint32_t at;

		if (q->duration < 0)
			continue;
		at = s.end[route_slot(q->route)]++;
		s.took[at] = q->duration;
		s.minute[at] =
		    (uint32_t)((q->end - a->o.lookback) / USEC_PER_MIN);
	}
	return s;
}

static int
by_usec(const void *x, const void *y)
{
	const usec_t *a = x, *b = y;

	return *a < *b ? -1 : *a > *b;
}

/* The limit of one route from its samples; -1: too few. */
static usec_t
limit_of(usec_t *took, const uint32_t *minute, size_t n)
{
	CLEANUP(xfree) usec_t *tops = NULL;
	size_t minutes = 0, size = 0;
	usec_t usual;

	for (size_t i = 0; i < n;) {
		size_t end = i;

		while (end < n && minute[end] == minute[i])
			end++;
		if (end - i >= SAMPLES_MIN) {
			size_t rank = i + (end - i) * 95 / 100;

			GROW(tops, minutes, size);
			tops[minutes++] = select_rank(took, i, end, rank);
		}
		i = end;
	}
	if (minutes < MINUTES_MIN)
		return -1;
	qsort(tops, minutes, sizeof(*tops), by_usec);
	usual = tops[minutes / 3];
	usual *= SLOW_FACTOR;
	return usual < SLOW_LEAST ? SLOW_LEAST : usual;
}

void
slow_limits_find(struct analysis *a)
{
	struct slow_limits *limits = xcalloc(1, sizeof(*limits));
	CLEANUP(samples_free) struct samples s = samples_new(a);

	limits->n = a->n_route_slots;
	limits->of = xcalloc(limits->n, sizeof(*limits->of));
	limits->of[route_slot(NO_STRING)] = -1;
	for (size_t k = route_slot(0); k < limits->n; k++) {
		uint32_t from = a->route_from[k];

		limits->of[k] =
		    limit_of(s.took + from, s.minute + from, s.end[k] - from);
		limits->known |= limits->of[k] >= 0;
	}
	a->slow = limits;
}

void
slow_limits_free(struct slow_limits *s)
{
	if (s == NULL)
		return;
	xfree(s->of);
	xfree(s);
}

usec_t
slow_limit(const struct analysis *a, uint32_t route)
{
	size_t slot = route_slot(route);

	return slot < a->slow->n ? a->slow->of[slot] : -1;
}

bool
slow_limits_known(const struct analysis *a)
{
	return a->slow->known;
}
