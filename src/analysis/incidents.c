/* SPDX-License-Identifier: MIT */
/*
 * From episodes to incidents: which belong together, and when exactly each
 * began and ended.
 *
 * Episodes that overlap, or follow within TOGETHER, are one incident: the same
 * trouble seen on several routes, or as failures here and slow answers there.
 * Over a longer good stretch (up to RELAPSE) they are one only when the same
 * requests fail in the same way and about as often, as when a process is killed
 * every other minute: the mix of (route, status) among failed requests is
 * compared by its cosine.  Two causes an hour apart, or different routes
 * minutes apart, stay two incidents.
 *
 * Start: the first bad request of the first episode, at the time it began
 * where durations are logged (nginx writes a line when a request ends).  Where
 * they are not and clients waited, nothing may have been written for a while:
 * when the pause since the last good answer on that route is far longer than
 * chance allows, the incident began with that pause.
 */
#include "analysis.h"

#include <math.h>
#include <stdlib.h>

#define TOGETHER USEC_PER_MIN
#define RELAPSE (10 * USEC_PER_MIN)
/* A weak episode further than this from a strong one is noise. */
#define WEAK_NEAR (5 * USEC_PER_MIN)
#define ALIKE 0.7
/* One request in a hundred is not the same trouble as every second one. */
#define AS_SEVERE 5
/* Chance blips expected beside a strong episode, above which weak ones are
 * not believed. */
#define WEAK_EXPECTED 0.25

/* How much earlier than the first bad line a request may have begun. */
#define BEGUN_BEFORE (2 * USEC_PER_MIN)

/* A pause of this many mean intervals is not chance: e^-9 is 1 in 8,000. */
#define PAUSE_FACTOR 9

static int
by_since(const void *x, const void *y)
{
	const struct episode *a = x, *b = y;

	if (a->since != b->since)
		return a->since < b->since ? -1 : 1;
	if (a->until != b->until)
		return a->until < b->until ? -1 : 1;
	if (a->signal != b->signal)
		return a->signal < b->signal ? -1 : 1;
	return a->route < b->route ? -1 : a->route > b->route;
}

/* Bad requests of two episodes, by route and status. */
struct mix {
	struct u64map *index; /* route and status -> row */
	struct mix_row {
		double n[2];
	} * rows;
	size_t n, size;
};

static void
mix_free(struct mix *m)
{
	u64map_free(m->index);
	xfree(m->rows);
}
DEFINE_CLEANUP_IN(struct mix, mix_free)

static void
mix_count(const struct analysis *a, const struct episode *e, struct mix *m,
    unsigned side)
{
	bool new;

	for (size_t i = requests_from(a, e->since);
	     i < a->n_requests && a->requests[i].end < e->until; i++) {
		const struct request *q = &a->requests[i];
		uint64_t *row;

		if (!request_failed(a, q) && !request_aborted(q))
			continue;
		row = u64map_at(
		    m->index, (uint64_t)q->route << 16 | q->status, m->n, &new);
		if (new) {
			GROW(m->rows, m->n, m->size);
			m->rows[m->n++] = (struct mix_row){{0, 0}};
		}
		m->rows[*row].n[side]++;
	}
}

static bool
alike(
    const struct analysis *a, const struct episode *x, const struct episode *y)
{
	CLEANUP(mix_free) struct mix mix = {.index = u64map_new()};
	double dot = 0, x2 = 0, y2 = 0;
	double x_share = (double)x->bad / (double)x->total;
	double y_share = (double)y->bad / (double)y->total;

	if (x_share > y_share * AS_SEVERE || y_share > x_share * AS_SEVERE)
		return false;
	mix_count(a, x, &mix, 0);
	mix_count(a, y, &mix, 1);
	for (size_t i = 0; i < mix.n; i++) {
		const double *n = mix.rows[i].n;

		dot += n[0] * n[1];
		x2 += n[0] * n[0];
		y2 += n[1] * n[1];
	}
	return x2 > 0 && y2 > 0 && dot / sqrt(x2 * y2) >= ALIKE;
}

/* Whether x lies near enough to a strong episode, and is like it. */
static bool
beside_strong(const struct analysis *a, const struct episode *x, bool any)
{
	for (size_t k = 0; k < a->n_episodes; k++) {
		const struct episode *s = &a->episodes[k];

		if (!s->strong || s->since > x->until + WEAK_NEAR ||
		    s->until < x->since - WEAK_NEAR)
			continue;
		if (any || alike(a, x, s))
			return true;
	}
	return false;
}

/*
 * Weak episodes stay only beside a strong one that they are like, and only
 * where they do not also occur by themselves: on a site with a blip every ten
 * minutes, the one before the incident means nothing.
 */
static void
drop_weak(struct analysis *a)
{
	usec_t alone = 0;
	size_t n = 0;
	double expected;

	for (size_t i = 0; i < a->n_episodes; i++) {
		const struct episode *e = &a->episodes[i];

		alone += !e->strong && !beside_strong(a, e, true);
	}
	expected = (double)alone * 2 * WEAK_NEAR /
		   (double)(a->o.until - a->o.lookback);
	for (size_t i = 0; i < a->n_episodes; i++) {
		const struct episode *e = &a->episodes[i];

		if (e->strong ||
		    (expected < WEAK_EXPECTED && beside_strong(a, e, false)))
			a->episodes[n++] = *e;
	}
	a->n_episodes = n;
}

/* Per episode, the number of its incident, by order of the first episode. */
static size_t
join(const struct analysis *a, uint32_t *of)
{
	bool changed = true;
	size_t n = 0;

	for (size_t i = 0; i < a->n_episodes; i++)
		of[i] = (uint32_t)i;
	while (changed) {
		changed = false;
		for (size_t i = 0; i < a->n_episodes; i++) {
			for (size_t k = 0; k < i; k++) {
				const struct episode *x = &a->episodes[k];
				const struct episode *y = &a->episodes[i];
				uint32_t low, high;

				if (of[i] == of[k] ||
				    y->since > x->until + RELAPSE)
					continue;
				if (y->since > x->until + TOGETHER &&
				    !alike(a, x, y))
					continue;
				low = of[i] < of[k] ? of[i] : of[k];
				high = of[i] < of[k] ? of[k] : of[i];
				for (size_t j = 0; j < a->n_episodes; j++) {
					if (of[j] == high)
						of[j] = low;
				}
				changed = true;
			}
		}
	}
	for (size_t i = 0; i < a->n_episodes; i++) {
		uint32_t old = of[i];

		if (old < n)
			continue;
		for (size_t j = i; j < a->n_episodes; j++) {
			if (of[j] == old)
				of[j] = (uint32_t)n;
		}
		n++;
	}
	return n;
}

static bool
bad_for(
    const struct analysis *a, const struct episode *e, const struct request *q)
{
	usec_t limit;

	if (e->route != NO_STRING && q->route != e->route)
		return false;
	switch (e->signal) {
	case SIGNAL_FAILED:
		return request_failed(a, q);
	case SIGNAL_ABORTED:
		return request_aborted(q);
	case SIGNAL_SLOW:
		limit = slow_limit(a, q->route);
		return limit >= 0 && q->duration > limit;
	default:
		return false;
	}
}

/* When the first bad request of e began. */
static usec_t
onset_of(const struct analysis *a, const struct episode *e)
{
	size_t i = requests_from(a, e->since), first;
	usec_t onset = e->since, mean, last_good = USEC_NONE;
	size_t good = 0;

	if (e->signal == SIGNAL_SILENCE)
		return e->since;
	while (i < a->n_requests && !bad_for(a, e, &a->requests[i]))
		i++;
	if (i == a->n_requests)
		return onset;
	first = i;
	onset = request_start(&a->requests[first]);
	for (; i < a->n_requests &&
	       a->requests[i].end < a->requests[first].end + BEGUN_BEFORE &&
	       a->requests[i].end <= e->until;
	     i++) {
		usec_t start = request_start(&a->requests[i]);

		if (bad_for(a, e, &a->requests[i]) && start < onset)
			onset = start;
	}
	if (a->requests[first].duration >= 0)
		return onset;
	/* No durations: was there a pause in what still got an answer? */
	for (i = first;
	     i-- > 0 && a->requests[i].end > onset - 5 * USEC_PER_MIN;) {
		const struct request *q = &a->requests[i];

		if (q->route != a->requests[first].route ||
		    request_failed(a, q) || request_aborted(q))
			continue;
		if (last_good == USEC_NONE)
			last_good = q->end;
		good++;
	}
	if (good < 10)
		return onset;
	mean = 5 * USEC_PER_MIN / (usec_t)good;
	return onset - last_good > PAUSE_FACTOR * mean ? last_good + mean
						       : onset;
}

/* When the last bad request of e ended; USEC_NONE while it goes on. */
static usec_t
end_of(const struct analysis *a, const struct episode *e)
{
	usec_t end = e->until, pace;
	size_t i = requests_from(a, e->until);

	if (e->signal == SIGNAL_SILENCE)
		return e->until >= a->o.until - 5 * USEC_PER_SEC ? USEC_NONE
								 : e->until;
	while (i > 0 && a->requests[i - 1].end >= e->since) {
		i--;
		if (bad_for(a, e, &a->requests[i])) {
			/* Written somewhen in that second: its end, to the
			 * millisecond, is the latest it can have been. */
			end = a->requests[i].end;
			if (a->requests[i].coarse)
				end += USEC_PER_SEC - USEC_PER_MSEC;
			break;
		}
	}
	/* Ongoing: the window ends before the next bad one was due, five
	 * times over. */
	pace = e->bad > 1 ? (end - e->since) / (e->bad - 1) : 0;
	if (pace < 2 * USEC_PER_SEC)
		pace = 2 * USEC_PER_SEC;
	return a->o.until - end < 5 * pace ? USEC_NONE : end;
}

static void
add_service(struct analysis *a, struct incident *in, uint32_t vhost)
{
	struct str name = pool_get(a, vhost);

	if (name.n == 0)
		return;
	for (size_t i = 0; i < in->n_services; i++) {
		if (str_eq(str_of(in->services[i]), name))
			return;
	}
	in->services = xreallocarray(
	    in->services, in->n_services + 1, sizeof(*in->services));
	in->services[in->n_services++] = str_dup(name);
}

/*
 * The same trouble shows in several series at once, and in most of them a
 * stray failure shortly before or behind blurs the edge.  Of episodes of one
 * signal that overlap, only the strongest says when: from the strongest down,
 * each that still stands silences those it overlaps.
 */
static void
silence_echoes(const struct analysis *a, const uint32_t *of, bool *silent)
{
	CLEANUP(xfree) bool *done = xcalloc(a->n_episodes, sizeof(*done));

	for (;;) {
		const struct episode *best = NULL;
		size_t at = 0;

		for (size_t i = 0; i < a->n_episodes; i++) {
			const struct episode *e = &a->episodes[i];

			if (done[i] || silent[i] ||
			    (best != NULL && e->strength <= best->strength))
				continue;
			best = e;
			at = i;
		}
		if (best == NULL)
			return;
		done[at] = true;
		for (size_t i = 0; i < a->n_episodes; i++) {
			const struct episode *e = &a->episodes[i];

			if (!done[i] && of[i] == of[at] &&
			    e->signal == best->signal &&
			    e->since < best->until && e->until > best->since)
				silent[i] = true;
		}
	}
}

void
incidents_find(struct analysis *a)
{
	CLEANUP(xfree) uint32_t *of = xcalloc(a->n_episodes, sizeof(*of));
	CLEANUP(xfree) bool *silent = NULL;
	struct report *r = a->report;
	struct incident *all;
	size_t n, kept = 0;

	if (a->n_episodes == 0)
		return;
	qsort(a->episodes, a->n_episodes, sizeof(*a->episodes), by_since);
	drop_weak(a);
	n = join(a, of);
	silent = xcalloc(a->n_episodes, sizeof(*silent));
	silence_echoes(a, of, silent);
	all = xcalloc(n, sizeof(*all));
	for (size_t i = 0; i < n; i++) {
		all[i].start = INT64_MAX;
		all[i].end = INT64_MIN + 1;
	}
	for (size_t k = 0; k < a->n_episodes; k++) {
		struct incident *in = &all[of[k]];
		usec_t start, end;

		if (silent[k])
			continue;
		start = onset_of(a, &a->episodes[k]);
		end = end_of(a, &a->episodes[k]);

		if (start < in->start)
			in->start = start;
		if (end == USEC_NONE || in->end == USEC_NONE)
			in->end = USEC_NONE;
		else if (end > in->end)
			in->end = end;
	}
	for (size_t i = 0; i < n; i++) {
		struct incident *in = &all[i];

		/* One that was over before the window is history. */
		if (in->end != USEC_NONE && in->end < a->o.since)
			continue;
		in->ongoing = in->end == USEC_NONE;
		for (size_t q = requests_from(a, in->start);
		     q < a->n_requests &&
		     a->requests[q].end <= incident_until(a, in);
		     q++) {
			if (request_failed(a, &a->requests[q]) ||
			    request_aborted(&a->requests[q]))
				add_service(a, in, a->requests[q].vhost);
		}
		all[kept++] = *in;
	}
	if (kept == 0) {
		xfree(all);
		return;
	}
	r->incidents = all;
	r->n_incidents = kept;
}

usec_t
incident_until(const struct analysis *a, const struct incident *i)
{
	return i->end == USEC_NONE ? a->o.until : i->end;
}

const struct incident *
incident_near(const struct analysis *a, usec_t t, usec_t before, usec_t after)
{
	const struct incident *best = NULL;
	usec_t best_distance = INT64_MAX;

	for (size_t i = 0; i < a->report->n_incidents; i++) {
		const struct incident *in = &a->report->incidents[i];
		usec_t until = incident_until(a, in), distance = 0;

		if (t < in->start - before || t > until + after)
			continue;
		if (t < in->start)
			distance = in->start - t;
		else if (t > until)
			distance = t - until;
		if (distance < best_distance) {
			best = in;
			best_distance = distance;
		}
	}
	return best;
}
