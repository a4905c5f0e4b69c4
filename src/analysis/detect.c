/* SPDX-License-Identifier: MIT */
/*
 * When was something not as usual?
 *
 * Requests are counted per bucket (one second up to six hours, then coarser)
 * as (bad, total), for all requests together and for each route that has bad
 * ones, under three meanings of bad: failed (5xx), aborted by the client (499),
 * slow.  A hidden Markov chain (viterbi.c) with binomial likelihoods finds the
 * stretches at a raised share.
 *
 * What is usual: p0, the share of bad requests outside of episodes, found in
 * rounds from the severe to the mild.  The calmer half of the span gives a
 * first guess (the window may be mostly incident), which is good enough to
 * take out stretches where many requests are bad; what is left gives a better
 * one for the next, milder level.  Going straight to mild levels was tried: a
 * p0 guessed too low makes ordinary clumps look raised, taking them out lowers
 * p0 further, and in the end everything is an episode.  What the calmer
 * half shows bounds p0 (calm_share), so that a long mild episode is not taken
 * for the usual state.  A prior of one bad request in PRIOR_REQUESTS keeps a
 * handful of quiet minutes from promising perfection.
 *
 * A raised stretch drags its milder surroundings along, since leaving and
 * coming back costs more than staying.  So each is cut down to the part that
 * explains most at its own share (the largest sum of per-bucket likelihood
 * ratios), and what was cut off on either side is judged by itself.
 *
 * Bad requests come in clumps even on good days, so the log likelihood ratio
 * is divided by the over-dispersion seen outside of episodes.  An episode must
 * be improbable (STRENGTH), large enough to matter (EXCESS requests more than
 * usual) and a real change (RATIO times the usual share, and share_min); blips
 * of a few seconds need more (BLIP_EXCESS), since one hiccup of a backend under
 * load fails a handful of requests at once.
 * Weaker ones (WEAK_*) count only beside a strong one: the failed seconds of a
 * restart some minutes before the crash it led to.
 */
#include "analysis.h"

#include <math.h>
#include <stdlib.h>

#include "detect.h"
#include "viterbi.h"

#define BUCKETS_MAX 21600
/* A window may begin and end years beside what is known. */
#define KNOWN_BESIDE USEC_PER_HOUR

#define PRIOR_REQUESTS 500.0
/* The calmer half of blocks with about two bad requests each shows at least
 * 1 / CALM_BIAS of the true share; where it shows none at all, up to
 * CALM_UNSEEN may have been due (95 %). */
#define BLOCKS 12
#define CALM_UNSEEN 3.0
#define CALM_BIAS 2.5

/* Nats.  Entering costs about the logarithm of the number of buckets in which
 * an episode could begin, in six hours of seconds; the others are smaller
 * because the alternative is an episode that ends or goes on too long. */
#define ENTER 10.0
#define LEAVE 4.0
#define SHIFT 4.0

#define STRENGTH 15.0
#define EXCESS 8.0
#define BLIP (20 * USEC_PER_SEC)
#define BLIP_EXCESS 20.0
#define RATIO 3.0
#define WEAK_STRENGTH 12.0
#define WEAK_EXCESS 4.0

/* Shares a raised stretch may have; those under RATIO * p0 are left out. */
static const double levels[] = {0.015, 0.05, 0.15, 0.4, 0.8, 0.985};

/* The mildest level that each round looks for. */
static const double rounds[] = {0.15, 0.05, 0.015};

/* The least share worth an incident: one failed request in a hundred; slow
 * answers are common, so more of them are needed. */
static const double share_min[] = {
    [SIGNAL_FAILED] = 0.01, [SIGNAL_ABORTED] = 0.02, [SIGNAL_SLOW] = 0.12};

struct series {
	usec_t origin, step;
	size_t n;
	int32_t *bad, *total;
};

static void
series_free(struct series *s)
{
	xfree(s->bad);
	xfree(s->total);
}
DEFINE_CLEANUP_IN(struct series, series_free)

usec_t
detect_until(const struct analysis *a)
{
	usec_t last = a->requests[a->n_requests - 1].end;

	if (a->n_messages > 0 && a->messages[a->n_messages - 1].time > last)
		last = a->messages[a->n_messages - 1].time;
	return a->o.until > last + KNOWN_BESIDE ? last + KNOWN_BESIDE
						: a->o.until;
}

/* The same for the beginning, in whole seconds from the window's. */
static usec_t
detect_since(const struct analysis *a)
{
	usec_t before = a->requests[0].end - KNOWN_BESIDE - a->o.lookback;

	return before > 0 ? a->o.lookback + before / USEC_PER_SEC * USEC_PER_SEC
			  : a->o.lookback;
}

static struct series
series_new(const struct analysis *a)
{
	struct series s = {.origin = detect_since(a), .step = USEC_PER_SEC};
	usec_t span = detect_until(a) - s.origin;

	while (span / s.step >= BUCKETS_MAX)
		s.step += USEC_PER_SEC;
	s.n = (size_t)(span / s.step) + 1;
	s.bad = xcalloc(s.n, sizeof(*s.bad));
	s.total = xcalloc(s.n, sizeof(*s.total));
	return s;
}

static double
bernoulli(double bad, double total, double p)
{
	double good = total - bad;

	return (bad > 0 ? bad * log(p) : 0) + (good > 0 ? good * log1p(-p) : 0);
}

struct minute {
	int64_t bad, total;
};

static int
by_share(const void *x, const void *y)
{
	const struct minute *a = x, *b = y;
	int64_t left = a->bad * b->total, right = b->bad * a->total;

	if (left != right)
		return left < right ? -1 : 1;
	return a->total > b->total ? -1 : a->total < b->total;
}

/* Counts per minute of the buckets that path (may be NULL) leaves at 0. */
static size_t
minutes_of(const struct series *s, const uint8_t *path, struct minute *out)
{
	size_t n = 0, width = (size_t)(USEC_PER_MIN / s->step);

	if (width == 0)
		width = 1;
	for (size_t b = 0; b < s->n; b++) {
		if (b % width == 0 && (n == 0 || out[n - 1].total > 0))
			out[n++] = (struct minute){0, 0};
		if (path != NULL && path[b] != 0)
			continue;
		out[n - 1].bad += s->bad[b];
		out[n - 1].total += s->total[b];
	}
	if (n > 0 && out[n - 1].total == 0)
		n--;
	return n;
}

static double
share_with_prior(int64_t bad, int64_t total)
{
	return ((double)bad + 0.5) / ((double)total + PRIOR_REQUESTS);
}

/*
 * The share in the calmer half of BLOCKS blocks of equally many requests: the
 * guess for a start, and the most that p0 can be.  Few large blocks, because
 * picking the calmest of many small ones picks those without a bad request.
 */
static void
calm_share(const struct series *s, double *ret_guess, double *ret_most)
{
	struct minute blocks[BLOCKS] = {0};
	int64_t all = 0, bad = 0, total = 0, seen = 0;

	for (size_t b = 0; b < s->n; b++)
		all += s->total[b];
	for (size_t b = 0; b < s->n; b++) {
		struct minute *m = &blocks[seen * BLOCKS / (all + 1)];

		m->bad += s->bad[b];
		m->total += s->total[b];
		seen += s->total[b];
	}
	qsort(blocks, BLOCKS, sizeof(*blocks), by_share);
	for (size_t i = 0; i < BLOCKS / 2; i++) {
		bad += blocks[i].bad;
		total += blocks[i].total;
	}
	*ret_guess = share_with_prior(bad, total);
	*ret_most = CALM_BIAS * ((double)bad + CALM_UNSEEN) /
		    (double)(total > 0 ? total : 1);
}

/* Variance of the minutes over what independent requests would give. */
static double
dispersion(const struct minute *m, size_t n, double p)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++) {
		double mean = (double)m[i].total * p;
		double d = (double)m[i].bad - mean;

		sum += d * d / (mean * (1 - p));
	}
	if (n < 5 || sum < (double)n)
		return 1;
	return sum / (double)(n - 1);
}

/* Levels of the buckets [from, to) into path, given shares p; p[0] is usual. */
static void
segment(const struct series *s, size_t from, size_t to, const double *p,
    size_t levels_n, uint8_t *path)
{
	CLEANUP(xfree)
	double *score = xcalloc((to - from) * levels_n, sizeof(*score));
	double bad_costs[VITERBI_LEVELS_MAX], good_costs[VITERBI_LEVELS_MAX];

	for (size_t l = 0; l < levels_n; l++) {
		bad_costs[l] = log(p[l]);
		good_costs[l] = log1p(-p[l]);
	}
	for (size_t b = from; b < to; b++) {
		double bad = s->bad[b], good = s->total[b] - bad;

		for (size_t l = 0; l < levels_n; l++)
			score[(b - from) * levels_n + l] =
			    bad * bad_costs[l] + good * good_costs[l];
	}
	viterbi(score, to - from, levels_n, ENTER, LEAVE, SHIFT, path);
}

/* The part [*from, *to) of a stretch that explains most at share p. */
static void
cut_down(const struct series *s, double p0, double p, size_t *from, size_t *to)
{
	double sum = 0, best = -1;
	size_t begin = *from, best_from = *from, best_to = *to;

	for (size_t b = *from; b < *to; b++) {
		if (sum < 0) {
			sum = 0;
			begin = b;
		}
		sum += bernoulli(s->bad[b], s->total[b], p) -
		       bernoulli(s->bad[b], s->total[b], p0);
		if (sum > best) {
			best = sum;
			best_from = begin;
			best_to = b + 1;
		}
	}
	*from = best_from;
	*to = best_to;
	while (*from < *to && s->bad[*from] == 0)
		++*from;
	while (*to > *from && s->bad[*to - 1] == 0)
		--*to;
}

static void
count(const struct series *s, size_t from, size_t to, double *ret_bad,
    double *ret_total)
{
	*ret_bad = *ret_total = 0;
	for (size_t b = from; b < to; b++) {
		*ret_bad += s->bad[b];
		*ret_total += s->total[b];
	}
}

/* Rounds of cutting until part and share agree; it settles in two. */
#define CUTS 3
/* See keep_stretch(). */
#define APART 4

struct hunt { /* what is looked for, in one series */
	struct analysis *a;
	const struct series *s;
	enum signal signal;
	uint32_t route;
	double p0, spread;
};

static void keep_stretch(const struct hunt *h, size_t from, size_t to);

/* Cut [from, to) down to the part that explains most; keep it if it is an
 * episode, and look at what was cut off. */
static void
keep_part(const struct hunt *h, size_t from, size_t to)
{
	struct analysis *a = h->a;
	double bad, total, share, strength, excess;
	size_t left = from, right = to;

	count(h->s, from, to, &bad, &total);
	/* The share is that of the part, the part depends on the share. */
	for (unsigned i = 0; i < CUTS; i++) {
		if (bad < WEAK_EXCESS)
			return;
		share = fmin(fmax(bad / total, RATIO * h->p0), 0.9);
		cut_down(h->s, h->p0, share, &from, &to);
		count(h->s, from, to, &bad, &total);
	}
	if (bad < WEAK_EXCESS)
		return;
	share = bad / total;
	excess = bad - total * h->p0;
	strength = (bernoulli(bad, total, fmin(share, 1 - 1e-9)) -
		       bernoulli(bad, total, h->p0)) /
		   h->spread;
	if (strength < WEAK_STRENGTH || excess < WEAK_EXCESS ||
	    share < RATIO * h->p0 || share < share_min[h->signal])
		return;
	GROW(a->episodes, a->n_episodes, a->size_episodes);
	a->episodes[a->n_episodes++] = (struct episode){
	    .signal = h->signal,
	    .route = h->route,
	    .since = h->s->origin + (usec_t)from * h->s->step,
	    .until = h->s->origin + (usec_t)to * h->s->step,
	    .strength = strength,
	    .bad = (int64_t)bad,
	    .total = (int64_t)total,
	    .strong = strength >= STRENGTH &&
		      excess >= ((usec_t)(to - from) * h->s->step >= BLIP
					? EXCESS
					: BLIP_EXCESS),
	};
	keep_stretch(h, left, from);
	keep_stretch(h, to, right);
}

/*
 * Keep the episodes in a stretch that was raised.  Mild levels bridge the good
 * minutes between two severe stretches; a level at a fraction of the stretch's
 * own share takes them apart.
 */
static void
keep_stretch(const struct hunt *h, size_t from, size_t to)
{
	CLEANUP(xfree) uint8_t *path = NULL;
	double bad, total, p[2] = {h->p0, 0};
	size_t n = to - from;

	count(h->s, from, to, &bad, &total);
	if (bad < WEAK_EXCESS)
		return;
	p[1] = fmin(fmax(bad / total / APART, RATIO * h->p0), 0.9);
	path = xcalloc(n, 1);
	segment(h->s, from, to, p, 2, path);
	for (size_t b = 0; b < n;) {
		size_t begin = b;

		while (b < n && path[b] == path[begin])
			b++;
		if (path[begin] != 0 || b - begin == n)
			keep_part(h, from + begin, from + b);
		else
			keep_stretch(h, from + begin, from + b);
	}
}

static double
share_outside(const struct series *s, const uint8_t *path)
{
	int64_t bad = 0, total = 0;

	for (size_t b = 0; b < s->n; b++) {
		if (path[b] == 0) {
			bad += s->bad[b];
			total += s->total[b];
		}
	}
	return share_with_prior(bad, total);
}

static void
detect_in(struct analysis *a, const struct series *s, enum signal signal,
    uint32_t route)
{
	CLEANUP(xfree) uint8_t *path = xcalloc(s->n, 1);
	CLEANUP(xfree)
	struct minute *m = xcalloc(s->n + 1, sizeof(*m));
	struct hunt h = {a, s, signal, route, 0, 1};
	double most;
	size_t n;

	calm_share(s, &h.p0, &most);
	for (size_t r = 0; r < ARRAY_SIZE(rounds); r++) {
		double p[VITERBI_LEVELS_MAX] = {h.p0};
		size_t levels_n = 1;

		for (size_t i = 0; i < ARRAY_SIZE(levels); i++) {
			if (levels[i] >= rounds[r] && levels[i] >= RATIO * h.p0)
				p[levels_n++] = levels[i];
		}
		segment(s, 0, s->n, p, levels_n, path);
		h.p0 = fmin(share_outside(s, path), most);
	}
	n = minutes_of(s, path, m);
	h.spread = dispersion(m, n, h.p0);
	for (size_t b = 0; b < s->n;) {
		size_t from = b;

		while (b < s->n && path[b] != 0)
			b++;
		if (b > from)
			keep_stretch(&h, from, b);
		else
			b++;
	}
}

/* Routes with at least this many bad requests get a series of their own. */
#define ROUTE_BAD_MIN 5
#define ROUTES_MAX 200

/* What a signal looks at: the bad ones, and those that could have been. */
static const struct meaning {
	unsigned bad, counts; /* enum request_is; 0: all */
} meanings[] = {
    [SIGNAL_FAILED] = {REQUEST_FAILED, 0},
    [SIGNAL_ABORTED] = {REQUEST_ABORTED, 0},
    [SIGNAL_SLOW] = {REQUEST_SLOW, REQUEST_PACED},
};
#define SIGNALS ARRAY_SIZE(meanings)

/* The three signals, counted in one pass. */
struct counts {
	struct series all[SIGNALS];
	size_t bad[SIGNALS];
	uint32_t *bad_of[SIGNALS]; /* by route_slot() */
	/* In order of when their ROUTE_BAD_MINth bad request was. */
	uint32_t routes[SIGNALS][ROUTES_MAX];
	size_t n_routes[SIGNALS];
	/* Buckets and what requests are, those of a route together: bucket
	 * << 4 | enum request_is; only where some route is looked at. */
	uint32_t *marks;
};

static void
counts_free(struct counts *c)
{
	for (size_t k = 0; k < SIGNALS; k++) {
		series_free(&c->all[k]);
		xfree(c->bad_of[k]);
	}
	xfree(c->marks);
}
DEFINE_CLEANUP_IN(struct counts, counts_free)

static void
count_bad(struct counts *c, const struct request *q, size_t b, size_t signal)
{
	uint32_t *bad_of = &c->bad_of[signal][route_slot(q->route)];

	c->bad[signal]++;
	c->all[signal].bad[b]++;
	if (++*bad_of == ROUTE_BAD_MIN && c->n_routes[signal] < ROUTES_MAX &&
	    q->route != NO_STRING)
		c->routes[signal][c->n_routes[signal]++] = q->route;
}

static void
count_all(const struct analysis *a, struct counts *c)
{
	const unsigned bad = REQUEST_FAILED | REQUEST_ABORTED | REQUEST_SLOW;
	struct series *all = &c->all[SIGNAL_FAILED];
	struct series *paced = &c->all[SIGNAL_SLOW];
	usec_t edge = all->origin + all->step; /* where bucket b ends */
	size_t b = 0;

	for (size_t i = 0; i < a->n_requests; i++) {
		const struct request *q = &a->requests[i];

		for (; q->end >= edge; edge += all->step)
			b++;
		all->total[b]++;
		paced->total[b] += (q->is & REQUEST_PACED) != 0;
		if ((q->is & bad) == 0)
			continue;
		for (size_t k = 0; k < SIGNALS; k++) {
			if (q->is & meanings[k].bad)
				count_bad(c, q, b, k);
		}
	}
	memcpy(c->all[SIGNAL_ABORTED].total, all->total,
	    all->n * sizeof(*all->total));
}

static void
mark_routes(const struct analysis *a, struct counts *c)
{
	const struct series *s = &c->all[SIGNAL_FAILED];
	usec_t edge = s->origin + s->step;
	CLEANUP(xfree)
	uint32_t *at = xmalloc(a->n_route_slots * sizeof(*at));
	uint32_t b = 0;

	memcpy(at, a->route_from, a->n_route_slots * sizeof(*at));
	c->marks = xmalloc(a->n_requests * sizeof(*c->marks));
	for (size_t i = 0; i < a->n_requests; i++) {
		const struct request *q = &a->requests[i];

		for (; q->end >= edge; edge += s->step)
			b++;
		c->marks[at[route_slot(q->route)]++] = b << 4 | q->is;
	}
}

static void
detect_route(
    struct analysis *a, struct counts *c, enum signal signal, uint32_t route)
{
	struct series *s = &c->all[signal];
	const struct meaning *m = &meanings[signal];
	size_t slot = route_slot(route);

	if (c->marks == NULL)
		mark_routes(a, c);
	memset(s->bad, 0, s->n * sizeof(*s->bad));
	memset(s->total, 0, s->n * sizeof(*s->total));
	for (uint32_t i = a->route_from[slot]; i < a->route_from[slot + 1];
	     i++) {
		uint32_t mark = c->marks[i], b = mark >> 4;

		s->bad[b] += (mark & m->bad) != 0;
		s->total[b] += m->counts == 0 || (mark & m->counts) != 0;
	}
	detect_in(a, s, signal, route);
}

static void
detect_signal(struct analysis *a, struct counts *c, enum signal signal)
{
	if ((double)c->bad[signal] < WEAK_EXCESS)
		return;
	detect_in(a, &c->all[signal], signal, NO_STRING);
	for (size_t r = 0; r < c->n_routes[signal]; r++)
		detect_route(a, c, signal, c->routes[signal][r]);
}

void
detect_episodes(struct analysis *a)
{
	CLEANUP(counts_free) struct counts c = {0};

	if (a->n_requests == 0)
		return;
	for (size_t k = 0; k < SIGNALS; k++) {
		c.all[k] = series_new(a);
		c.bad_of[k] = xcalloc(a->n_route_slots, sizeof(uint32_t));
	}
	count_all(a, &c);
	detect_signal(a, &c, SIGNAL_FAILED);
	detect_signal(a, &c, SIGNAL_ABORTED);
	if (slow_limits_known(a))
		detect_signal(a, &c, SIGNAL_SLOW);
	detect_silence(a);
}
