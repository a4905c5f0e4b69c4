/* SPDX-License-Identifier: MIT */
/*
 * What an incident cost, counted request by request between its first and its
 * last bad one.  A request counts when its line was written in that time; its
 * client counts as affected when one of its requests failed or was given up.
 * Nothing here is estimated but excess_failed, which says so by its name.
 *
 * Scanners are not customers: a client is left out of both client counts when
 * it never got an answer below 400 and asked only for what nobody ever got (its
 * requests still count as requests).
 *
 * Where requests left no line (connections that nginx dropped, bytes of a log
 * that were lost, stretches of silence) the counts are lower bounds: at_least
 * is set, with the reason.
 */
#include "analysis.h"

#include <math.h>
#include <stdlib.h>

#include "select.h"

#define ENDPOINTS_MAX 20

struct tally { /* of one route or one client */
	uint32_t key;
	int64_t total, failed, usual_total, usual_failed;
	usec_t first, last;
};

struct tallies {
	uint32_t *index; /* by client_slot() or route_slot(): in t, + 1 */
	struct tally *t;
	size_t n, size;
};

static struct tally *
tally_of(struct tallies *s, uint32_t key)
{
	uint32_t *at = &s->index[(uint32_t)(key + 1)];

	if (*at == 0) {
		GROW(s->t, s->n, s->size);
		s->t[s->n++] = (struct tally){.key = key, .first = USEC_NONE};
		*at = (uint32_t)s->n;
	}
	return &s->t[*at - 1];
}

static void
tallies_free(struct tallies *s)
{
	xfree(s->index);
	xfree(s->t);
}
DEFINE_CLEANUP_IN(struct tallies, tallies_free)

static int
most_failed(const void *x, const void *y)
{
	const struct tally *a = x, *b = y;

	if (a->failed != b->failed)
		return a->failed > b->failed ? -1 : 1;
	if (a->total != b->total)
		return a->total > b->total ? -1 : 1;
	return a->key < b->key ? -1 : a->key > b->key;
}

static void
fill_endpoints(const struct analysis *a, struct impact *im, struct tallies *s)
{
	size_t n = 0;

	qsort(s->t, s->n, sizeof(*s->t), most_failed);
	while (n < s->n && n < ENDPOINTS_MAX && s->t[n].failed > 0)
		n++;
	im->endpoints = xcalloc(n, sizeof(*im->endpoints));
	im->n_endpoints = n;
	for (size_t i = 0; i < n; i++) {
		const struct tally *t = &s->t[i];
		struct str route = pool_get(a, t->key), method;

		route = str_cut(route, ' ', &method);
		im->endpoints[i] = (struct impact_endpoint){
		    .method = str_dup(method),
		    .route = str_dup(route),
		    .total = t->total,
		    .failed = t->failed,
		    .baseline_failed_share =
			t->usual_total > 0
			    ? (double)t->usual_failed / (double)t->usual_total
			    : NAN,
		};
	}
}

/* Routes that ever gave somebody what was asked for, and clients that ever got
 * something or asked for such a route. */
struct served {
	bool *routes, *clients; /* by slot */
};

static void
served_free(struct served *s)
{
	xfree(s->routes);
	xfree(s->clients);
}
DEFINE_CLEANUP_IN(struct served, served_free)

static struct served
served_new(const struct analysis *a)
{
	struct served s = {xcalloc(a->n_route_slots, sizeof(bool)),
	    xcalloc(client_slots(a), sizeof(bool))};

	for (size_t i = 0; i < a->n_requests; i++) {
		if (a->requests[i].status < 400)
			s.routes[route_slot(a->requests[i].route)] = true;
	}
	for (size_t i = 0; i < a->n_requests; i++) {
		const struct request *q = &a->requests[i];

		if (s.routes[route_slot(q->route)])
			s.clients[client_slot(q->client)] = true;
	}
	return s;
}

static void
fill_clients(const struct analysis *a, struct impact *im, struct tallies *s)
{
	CLEANUP(served_free) struct served served = served_new(a);
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++) {
		if (served.clients[client_slot(s->t[i].key)])
			s->t[n++] = s->t[i];
	}
	s->n = n;
	im->clients_total = (int64_t)s->n;
	qsort(s->t, s->n, sizeof(*s->t), most_failed);
	while (im->n_clients < s->n && s->t[im->n_clients].failed > 0)
		im->n_clients++;
	im->clients_affected = (int64_t)im->n_clients;
	im->clients = xcalloc(im->n_clients, sizeof(*im->clients));
	for (size_t i = 0; i < im->n_clients; i++) {
		const struct tally *t = &s->t[i];

		im->clients[i] = (struct impact_client){
		    .address = str_dup(client_get(a, t->key)),
		    .requests = t->total,
		    .failed = t->failed,
		    .first = t->first,
		    .last = t->last,
		};
	}
}

static void
at_least(struct impact *im, const char *reason)
{
	if (im->at_least)
		return;
	im->at_least = true;
	im->at_least_reason = xstrdup(reason);
}

/* Whether requests were refused in a way that leaves no access line: nginx
 * complains about itself (no request in the message), at error or worse. */
static bool
dropped_unlogged(const struct analysis *a, const struct incident *in)
{
	usec_t until = incident_until(a, in);

	for (size_t i = messages_from(a, in->start - 2 * USEC_PER_SEC);
	     i < a->n_messages && a->messages[i].time <= until; i++) {
		const struct message *m = &a->messages[i];

		if (m->kind == EVENT_NGINX_ERROR && m->route == NO_STRING &&
		    m->severity >= 0 && m->severity <= SEV_CRIT &&
		    m->rule != NULL && m->rule->class == RULE_FAILURE)
			return true;
	}
	return false;
}

static bool
from_access_log(const struct analysis *a, uint32_t source)
{
	for (size_t i = 0; i < a->n_requests; i++) {
		if (a->requests[i].source == source)
			return true;
	}
	return false;
}

static void
find_lower_bounds(struct analysis *a, struct incident *in)
{
	usec_t until = incident_until(a, in);

	if (dropped_unlogged(a, in))
		at_least(&in->impact, "the web server dropped connections "
				      "without a line in its access log");
	for (size_t i = 0; i < a->n_gaps; i++) {
		const struct gap_note *g = &a->gaps[i];

		if (g->lost == 0) /* a clock that was wrong */
			continue;
		if (g->since != USEC_NONE && g->since > until)
			continue;
		if (g->until != USEC_NONE && g->until < in->start)
			continue;
		if (from_access_log(a, g->source))
			at_least(&in->impact, "part of an access log was lost");
	}
	for (size_t i = 0; i < a->n_episodes; i++) {
		const struct episode *e = &a->episodes[i];

		if (e->signal == SIGNAL_SILENCE && e->since <= until &&
		    e->until >= in->start)
			at_least(&in->impact,
			    "requests that usually come left no line");
	}
}

/* Usual counts per route, from quiet requests of the whole span. */
static void
count_usual(
    const struct analysis *a, struct tallies *routes, struct incident *in)
{
	CLEANUP(xfree)
	usec_t *took = xmalloc(a->n_requests * sizeof(*took) + 1);
	int64_t total = 0, failed = 0;
	size_t n = 0;

	for (size_t i = 0; i < a->n_requests; i++) {
		const struct request *q = &a->requests[i];
		struct tally *t;

		if (!quiet_time(a, q->end))
			continue;
		t = tally_of(routes, q->route);
		t->usual_total++;
		t->usual_failed += request_failed(a, q);
		total++;
		failed += request_failed(a, q);
		if (q->duration >= 0)
			took[n++] = q->duration;
	}
	in->impact.baseline_failed_share =
	    total > 0 ? (double)failed / (double)total : NAN;
	in->impact.latency_baseline = select_percentiles(took, n);
}

static void
classify(struct analysis *a, struct incident *in)
{
	struct impact *im = &in->impact;
	double missing = 0, bad = (double)(im->failed + im->aborted);
	bool loud = false;

	for (size_t i = 0; i < a->n_episodes; i++) {
		const struct episode *e = &a->episodes[i];

		if (e->since > incident_until(a, in) || e->until < in->start)
			continue;
		if (e->signal == SIGNAL_SILENCE)
			missing += (double)e->bad;
		else
			loud = true;
	}
	if (!loud)
		in->classification = INCIDENT_SILENCE;
	else if (bad + missing >= 0.95 * ((double)im->total + missing))
		in->classification = INCIDENT_OUTAGE;
	else if ((double)im->slow > 1.5 * bad &&
		 (double)im->failed < 0.1 * (double)im->total)
		in->classification = INCIDENT_LATENCY;
	else
		in->classification = INCIDENT_DEGRADATION;
}

static void
count_one(struct analysis *a, struct incident *in)
{
	CLEANUP(tallies_free)
	struct tallies routes = {
	    .index = xcalloc(a->n_route_slots, sizeof(*routes.index))};
	CLEANUP(tallies_free)
	struct tallies clients = {
	    .index = xcalloc(client_slots(a), sizeof(*clients.index))};
	CLEANUP(xfree)
	usec_t *took = xmalloc(a->n_requests * sizeof(*took) + 1);
	struct impact *im = &in->impact;
	usec_t until = incident_until(a, in), slow_least = INT64_MAX;
	size_t n = 0;

	count_usual(a, &routes, in);
	for (size_t i = requests_from(a, in->start - USEC_PER_SEC);
	     i < a->n_requests && a->requests[i].end <= until; i++) {
		const struct request *q = &a->requests[i];
		bool failed = request_failed(a, q);
		usec_t limit = slow_limit(a, q->route);
		struct tally *t;

		/* A coarse time is the beginning of its second. */
		if (q->end < in->start &&
		    !(q->coarse && q->end + USEC_PER_SEC > in->start))
			continue;
		im->total++;
		im->failed += failed;
		im->aborted += request_aborted(q);
		if (limit >= 0 && limit < slow_least)
			slow_least = limit;
		im->slow += (q->is & REQUEST_SLOW) != 0;
		if (q->duration >= 0)
			took[n++] = q->duration;
		t = tally_of(&routes, q->route);
		t->total++;
		t->failed += failed;
		t = tally_of(&clients, q->client);
		t->total++;
		if (failed || request_aborted(q)) {
			t->failed++;
			if (t->first == USEC_NONE)
				t->first = q->end;
			t->last = q->end;
		}
	}
	im->latency_during = select_percentiles(took, n);
	im->slow_threshold_ms =
	    slow_least == INT64_MAX ? NAN : (double)slow_least / 1000.0;
	im->excess_failed =
	    isnan(im->baseline_failed_share)
		? NAN
		: (double)im->failed -
		      im->baseline_failed_share * (double)im->total;
	fill_endpoints(a, im, &routes);
	fill_clients(a, im, &clients);
	find_lower_bounds(a, in);
	units_count(a, in);
	classify(a, in);
}

/* Totals of the window, and the sparkline. */
static void
count_window(struct analysis *a)
{
	struct report *r = a->report;
	CLEANUP(xfree) bool *seen = xcalloc(client_slots(a), sizeof(*seen));
	usec_t span = a->o.until - a->o.since;
	size_t i = requests_from(a, a->o.since);

	r->n_spark = SPARK_MAX;
	for (; i < a->n_requests; i++) {
		const struct request *q = &a->requests[i];

		r->totals.requests++;
		r->totals.aborted += request_aborted(q);
		r->totals.clients += !seen[client_slot(q->client)];
		seen[client_slot(q->client)] = true;
		if (!request_failed(a, q))
			continue;
		r->totals.failed++;
		r->spark[(q->end - a->o.since) * SPARK_MAX / span]++;
	}
	r->totals.events = r->totals.requests;
	for (i = messages_from(a, a->o.since); i < a->n_messages; i++)
		r->totals.events += !a->messages[i].is_twin;
}

void
impact_count(struct analysis *a)
{
	count_window(a);
	for (size_t i = 0; i < a->report->n_incidents; i++)
		count_one(a, &a->report->incidents[i]);
}
