/* SPDX-License-Identifier: MIT */
/*
 * The window as a row of buckets, for charts: requests, failures and latency
 * percentiles of each.  The step is the shortest round one that needs no more
 * than SERIES_MAX buckets, since nobody sees more and a report is to stay
 * small; the first bucket begins with the window, the last may be shorter.
 *
 * Requests are sorted by time, so a bucket is a slice of them.  Its
 * percentiles are exact (select.c).
 */
#include "analysis.h"

#include <math.h>

#include "select.h"

#define SERIES_MAX 120

static usec_t
step_of(usec_t span)
{
	static const int seconds[] = {1, 2, 5, 10, 15, 30, 60, 120, 300, 600,
	    900, 1800, 3600, 7200, 10800, 21600, 43200, 86400};

	for (size_t i = 0; i < ARRAY_SIZE(seconds); i++) {
		if (span / SERIES_MAX < seconds[i] * USEC_PER_SEC)
			return seconds[i] * USEC_PER_SEC;
	}
	return (span / SERIES_MAX / USEC_PER_DAY + 1) * USEC_PER_DAY;
}

/* What a step is like in quiet time. */
static void
find_usual(const struct analysis *a, struct chart_series *s)
{
	usec_t quiet = quiet_length(a);
	int64_t requests = 0;

	s->usual.requests = s->usual.failed_share = NAN;
	s->usual.latency = (struct percentiles){NAN, NAN, NAN};
	if (a->report->n_incidents == 0 || quiet < s->step)
		return;
	for (size_t i = 0; i < a->n_requests; i++)
		requests += quiet_time(a, a->requests[i].end);
	s->usual.requests = (double)requests * (double)s->step / (double)quiet;
	s->usual.failed_share =
	    a->report->incidents[0].impact.baseline_failed_share;
	s->usual.latency = a->report->incidents[0].impact.latency_baseline;
}

void
series_build(struct analysis *a)
{
	struct chart_series *s = &a->report->series;
	usec_t span = a->o.until - a->o.since;
	size_t i = requests_from(a, a->o.since);
	CLEANUP(xfree) usec_t *values = NULL;

	if (span <= 0 || i == a->n_requests)
		return;
	s->step = step_of(span);
	s->n = (size_t)((span - 1) / s->step + 1);
	s->points = xcalloc(s->n, sizeof(*s->points));
	values = xcalloc(a->n_requests - i, sizeof(*values));
	for (size_t k = 0; k < s->n; k++) {
		struct chart_point *p = &s->points[k];
		usec_t end = a->o.since + (usec_t)(k + 1) * s->step;
		size_t n = 0;

		for (; i < a->n_requests && a->requests[i].end < end; i++) {
			const struct request *q = &a->requests[i];

			p->requests++;
			p->failed += request_failed(a, q);
			p->aborted += request_aborted(q);
			if (q->duration >= 0)
				values[n++] = q->duration;
		}
		p->latency = select_percentiles(values, n);
	}
	find_usual(a, s);
}
