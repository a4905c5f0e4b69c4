/* SPDX-License-Identifier: MIT */
/*
 * Requests that never came.  When nginx drops connections, when the network
 * before it is gone, or when the log itself stops, the access log shows nothing
 * at all: the number of clients seen falls far below what is usual at that
 * time.
 *
 * Distinct clients are counted rather than requests, so that one heavy client
 * going home is not an incident.  What is usual at a time is the upper
 * quartile of the buckets within LOCAL of it: it follows a daily cycle and is
 * not dragged down by the silence itself.  Poisson likelihoods, the same
 * segmentation as for shares (viterbi.c).
 */
#include "analysis.h"

#include <math.h>

#include "detect.h"
#include "viterbi.h"

#define STEP (5 * USEC_PER_SEC)
#define LOCAL 180 /* buckets on either side: 15 minutes */

/* Fractions of the usual number of clients that count as fallen silent. */
static const double fractions[] = {0.3, 0.03};

#define ENTER 12.0
#define LEAVE 6.0
#define SHIFT 3.0
#define STRENGTH 30.0
#define LENGTH_MIN (15 * USEC_PER_SEC)
#define MISSING_MIN 40.0 /* client sightings */
#define LEFT_MAX 0.3     /* of the usual number */
/* At the end of the window silence may be a log that was copied earlier: it
 * must be longer, and something else must still be heard. */
#define TRAILING_MIN (2 * USEC_PER_MIN)
#define ALIVE_AFTER USEC_PER_MIN

/*
 * The counts of the buckets near one, as a histogram that moves along with it:
 * a window may be of months, and sorting anew for each bucket would cost
 * minutes.
 */
struct near {
	uint32_t *of_value; /* buckets that count so many clients */
	size_t n;           /* buckets in it */
	size_t value;       /* the quartile found last */
	size_t below;       /* buckets that count less than that */
};

static void
near_take(struct near *w, uint32_t count, int by)
{
	w->of_value[count] += (uint32_t)by;
	w->n += (size_t)by;
	if (count < w->value)
		w->below += (size_t)by;
}

static double
near_quartile(struct near *w)
{
	size_t rank = w->n * 3 / 4;

	while (w->below > rank)
		w->below -= w->of_value[--w->value];
	while (w->below + w->of_value[w->value] <= rank)
		w->below += w->of_value[w->value++];
	return (double)w->value;
}

/* What is usual at each of n buckets. */
static void
usual_near(const uint32_t *seen, size_t n, uint32_t most, double *usual)
{
	CLEANUP(xfree) uint32_t *values = xcalloc(most + 1, sizeof(*values));
	struct near w = {.of_value = values};
	size_t in = 0;

	for (size_t b = 0; b < n; b++) {
		while (in < n && in <= b + LOCAL)
			near_take(&w, seen[in++], 1);
		if (b > LOCAL)
			near_take(&w, seen[b - LOCAL - 1], -1);
		usual[b] = fmax(near_quartile(&w), 0.01);
	}
}

static double
poisson(double k, double mean)
{
	return k * log(mean) - mean;
}

/*
 * Where a silence that begins near a bucket's edge t begins exactly: with the
 * request before the longest pause there.  Where some requests still come and
 * no pause stands out, the edge stays.
 */
static usec_t
beginning(const struct analysis *a, usec_t t)
{
	usec_t best = t, longest = STEP / 2;

	for (size_t i = requests_from(a, t - STEP);
	     i < a->n_requests && a->requests[i].end < t + STEP; i++) {
		usec_t from = a->requests[i].end;
		usec_t to =
		    i + 1 < a->n_requests ? a->requests[i + 1].end : a->o.until;

		if (to - from <= longest)
			continue;
		longest = to - from;
		best = from;
	}
	return best;
}

/* Where one that ends near t ends: with the first request there. */
static usec_t
ending(const struct analysis *a, usec_t t)
{
	size_t i = requests_from(a, t - STEP);

	return i < a->n_requests && a->requests[i].end < t + STEP
		   ? a->requests[i].end
		   : t;
}

static void
keep_silence(struct analysis *a, usec_t origin, const uint32_t *seen,
    const double *usual, size_t from, size_t to, bool trailing)
{
	double expected = 0, got = 0, strength = 0;
	usec_t since = origin + (usec_t)from * STEP;
	usec_t until = origin + (usec_t)to * STEP;

	for (size_t b = from; b < to; b++) {
		expected += usual[b];
		got += seen[b];
	}
	strength = expected - got + (got > 0 ? got * log(got / expected) : 0);
	since = beginning(a, since);
	if (!trailing)
		until = ending(a, until);
	else if (messages_from(a, since + ALIVE_AFTER) == a->n_messages)
		return;
	if (until - since < (trailing ? TRAILING_MIN : LENGTH_MIN) ||
	    strength < STRENGTH || expected - got < MISSING_MIN ||
	    got > LEFT_MAX * expected)
		return;
	GROW(a->episodes, a->n_episodes, a->size_episodes);
	a->episodes[a->n_episodes++] = (struct episode){
	    .signal = SIGNAL_SILENCE,
	    .route = NO_STRING,
	    .since = since,
	    .until = until,
	    .strength = strength,
	    .bad = (int64_t)(expected - got),
	    .total = (int64_t)expected,
	    .strong = true,
	};
}

void
detect_silence(struct analysis *a)
{
	usec_t origin = a->requests[0].end;
	size_t n = (size_t)((detect_until(a) - origin) / STEP), levels;
	uint32_t most = 0;
	CLEANUP(xfree) uint32_t *seen = xcalloc(n + 1, sizeof(*seen));
	CLEANUP(xfree) double *usual = xcalloc(n + 1, sizeof(*usual));
	CLEANUP(xfree) double *score = NULL;
	CLEANUP(xfree) uint8_t *path = xcalloc(n + 1, 1);
	/* By client: the bucket in which it was seen last, + 1. */
	CLEANUP(xfree) size_t *last = xcalloc(client_slots(a), sizeof(*last));

	for (size_t i = 0; i < a->n_requests; i++) {
		const struct request *q = &a->requests[i];
		size_t b = (size_t)((q->end - origin) / STEP);
		size_t *at = &last[client_slot(q->client)];

		if (b < n && *at != b + 1 && ++seen[b] > most)
			most = seen[b];
		*at = b + 1;
	}
	levels = 1 + ARRAY_SIZE(fractions);
	score = xcalloc(n * levels + 1, sizeof(*score));
	usual_near(seen, n, most, usual);
	for (size_t b = 0; b < n; b++) {
		score[b * levels] = poisson(seen[b], usual[b]);
		/* More than usual is usual. */
		if (seen[b] > usual[b])
			score[b * levels] = poisson(seen[b], seen[b]);
		for (size_t l = 1; l < levels; l++)
			score[b * levels + l] =
			    poisson(seen[b], usual[b] * fractions[l - 1]);
	}
	viterbi(score, n, levels, ENTER, LEAVE, SHIFT, path);
	for (size_t b = 0; b < n;) {
		size_t from = b;

		while (b < n && path[b] != 0)
			b++;
		if (b > from)
			keep_silence(a, origin, seen, usual, from, b, b == n);
		else
			b++;
	}
}
