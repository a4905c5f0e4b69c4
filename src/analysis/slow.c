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

#define SLOW_FACTOR 2
/* Below this nobody notices, whatever the factor. */
#define SLOW_LEAST (50 * USEC_PER_MSEC)
/* A minute with fewer requests of a route says nothing about its p95. */
#define SAMPLES_MIN 5
#define MINUTES_MIN 3

struct slow_limits {
	struct limit {
		uint32_t route;
		usec_t limit;
	} * limits; /* by route */
	size_t n;
};

struct sample {
	uint32_t route;
	int32_t minute;
	usec_t duration;
};

static int
by_route(const void *x, const void *y)
{
	const struct sample *a = x, *b = y;

	if (a->route != b->route)
		return a->route < b->route ? -1 : 1;
	if (a->minute != b->minute)
		return a->minute < b->minute ? -1 : 1;
	return a->duration < b->duration ? -1 : a->duration > b->duration;
}

static int
by_usec(const void *x, const void *y)
{
	const usec_t *a = x, *b = y;

	return *a < *b ? -1 : *a > *b;
}

/* The limit of one route from its samples, sorted; -1: too few. */
static usec_t
limit_of(const struct sample *s, size_t n)
{
	CLEANUP(xfree) usec_t *tops = xcalloc(n, sizeof(*tops));
	size_t minutes = 0;
	usec_t usual;

	for (size_t i = 0; i < n;) {
		size_t end = i;

		while (end < n && s[end].minute == s[i].minute)
			end++;
		if (end - i >= SAMPLES_MIN)
			tops[minutes++] = s[i + (end - i) * 95 / 100].duration;
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
	CLEANUP(xfree)
	struct sample *samples = xcalloc(a->n_requests, sizeof(*samples));
	size_t n = 0;

	for (size_t i = 0; i < a->n_requests; i++) {
		const struct request *q = &a->requests[i];

		if (q->duration < 0 || q->route == NO_STRING)
			continue;
		samples[n++] = (struct sample){
		    .route = q->route,
		    .minute =
			(int32_t)((q->end - a->o.lookback) / USEC_PER_MIN),
		    .duration = q->duration,
		};
	}
	if (n > 0)
		qsort(samples, n, sizeof(*samples), by_route);
	for (size_t i = 0; i < n;) {
		size_t end = i;
		usec_t limit;

		while (end < n && samples[end].route == samples[i].route)
			end++;
		limit = limit_of(samples + i, end - i);
		if (limit >= 0) {
			limits->limits = xreallocarray(limits->limits,
			    limits->n + 1, sizeof(*limits->limits));
			limits->limits[limits->n++] =
			    (struct limit){samples[i].route, limit};
		}
		i = end;
	}
	a->slow = limits;
}

void
slow_limits_free(struct slow_limits *s)
{
	if (s == NULL)
		return;
	xfree(s->limits);
	xfree(s);
}

usec_t
slow_limit(const struct analysis *a, uint32_t route)
{
	const struct slow_limits *s = a->slow;
	size_t low = 0, high = s->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (s->limits[mid].route < route)
			low = mid + 1;
		else
			high = mid;
	}
	if (low < s->n && s->limits[low].route == route)
		return s->limits[low].limit;
	return -1;
}

bool
slow_limits_known(const struct analysis *a)
{
	return a->slow->n > 0;
}
