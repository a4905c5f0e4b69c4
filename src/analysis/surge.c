/* SPDX-License-Identifier: MIT */
/*
 * More requests than usual just before an onset: a crawler, a batch job, a
 * crowd.  Nothing else in the logs may speak of it, so the access log is asked
 * itself, for each client and for all of them together: how many requests came
 * in the BEFORE that ends with the onset, against what the same span brings in
 * quiet time.  Only what came before the onset counts; afterwards clients try
 * again because of the incident.
 */
#include "analysis.h"

#include <math.h>
#include <stdlib.h>

#include "factors.h"

#define BEFORE (2 * USEC_PER_MIN)
#define LATE (2 * USEC_PER_SEC)
/* One client: this share of all requests, this many, this much over usual. */
#define CLIENT_SHARE 0.1
#define CLIENT_MIN 30
#define CLIENT_RATIO 8.0
/* All together: twice the usual number, and a clear lot more. */
#define CROWD_RATIO 2.0
#define CROWD_SIGMA 8.0
#define PRIOR 0.45
/* A surge begins where this many requests come within this span. */
#define DENSE 8
#define DENSE_SPAN (10 * USEC_PER_SEC)

struct flow { /* of one client, or of everybody */
	uint32_t client;
	int64_t before, usual;
};

static void
tell(struct analysis *a, const struct incident *in, const struct flow *f,
    double expected, struct factor *ret)
{
	const struct request *window[DENSE] = {0};
	const struct request *first = NULL, *last = NULL, *earliest = NULL;
	struct str client = client_get(a, f->client);
	size_t n = 0;

	for (size_t i = requests_from(a, in->start - BEFORE);
	     i < a->n_requests && a->requests[i].end <= in->start + LATE; i++) {
		const struct request *q = &a->requests[i];
		const struct request *old;

		if (f->client != NO_STRING && q->client != f->client)
			continue;
		old = window[n % DENSE];
		window[n++ % DENSE] = q;
		last = q;
		earliest = earliest ? earliest : q;
		if (first == NULL && old != NULL &&
		    q->end - old->end <= DENSE_SPAN)
			first = old;
	}
	if (first == NULL)
		first = earliest;
	ret->time = first->end;
	ret->kind = xstrdup("traffic-surge");
	ret->host = pool_dup(a, first->host);
	ret->service = pool_dup(a, first->vhost);
	ret->text =
	    f->client == NO_STRING
		? xasprintf(
		      "%lld requests in the 2 min before onset (usually %.0f)",
		      (long long)f->before, expected)
		: xasprintf(
		      "one client (%.*s) sends %lld requests in the 2 min "
		      "before onset (usually %.1f)",
		      STR_ARG(client), (long long)f->before, expected);
	ret->lead_s = (double)(in->start - first->end) / (double)USEC_PER_SEC;
	ret->score = PRIOR / (1 + fmax(ret->lead_s, 0) / 120) * 0.75;
	ret->reasons = xcalloc(1, sizeof(*ret->reasons));
	ret->reasons[ret->n_reasons++] =
	    xasprintf("%.1f times as many requests as in quiet time",
		(double)f->before / fmax(expected, 1));
	evidence_add_request(&ret->evidence, first);
	evidence_add_request(&ret->evidence, last);
}

static int
most_before(const void *x, const void *y)
{
	const struct flow *a = x, *b = y;

	if (a->before != b->before)
		return a->before > b->before ? -1 : 1;
	return a->client < b->client ? -1 : a->client > b->client;
}

/* Per client (flows[1…]) and in all (flows[0]): requests before the onset and
 * in quiet time further ahead of it.  The number of flows. */
static size_t
count_flows(const struct analysis *a, const struct incident *in,
    struct flow **ret, usec_t *ret_quiet)
{
	/* By client_slot(); flows[0] is none's, so 0 is none yet. */
	CLEANUP(xfree)
	uint32_t *index = xcalloc(client_slots(a), sizeof(*index));
	struct flow *flows = NULL;
	size_t n = 0, size = 0;
	usec_t since = in->start - BEFORE;

	GROW(flows, n, size);
	flows[n++] = (struct flow){.client = NO_STRING};
	for (size_t i = 0; i < a->n_requests; i++) {
		const struct request *q = &a->requests[i];
		uint32_t *at = &index[client_slot(q->client)];

		if (q->end > in->start + LATE)
			break;
		if (q->end < since && !quiet_time(a, q->end))
			continue;
		if (*at == 0) {
			*at = (uint32_t)n;
			GROW(flows, n, size);
			flows[n++] = (struct flow){.client = q->client};
		}
		if (q->end < since) {
			flows[*at].usual++;
			flows[0].usual++;
		} else {
			flows[*at].before++;
			flows[0].before++;
		}
	}
	*ret = flows;
	*ret_quiet = a->n_requests > 0 ? since - a->requests[0].end : 0;
	return n;
}

size_t
surge_factors(struct analysis *a, const struct incident *in, struct factor *ret)
{
	CLEANUP(xfree) struct flow *flows = NULL;
	usec_t quiet;
	size_t n = count_flows(a, in, &flows, &quiet), found = 0;
	double scale, expected;

	/* Less quiet time than the span itself says nothing about usual. */
	if (quiet < BEFORE)
		return 0;
	scale = (double)(BEFORE + LATE) / (double)quiet;
	expected = (double)flows[0].usual * scale;
	if ((double)flows[0].before > CROWD_RATIO * expected &&
	    (double)flows[0].before - expected >
		CROWD_SIGMA * sqrt(expected + 1))
		tell(a, in, &flows[0], expected, &ret[found++]);
	qsort(flows + 1, n - 1, sizeof(*flows), most_before);
	if (n < 2 || flows[1].before < CLIENT_MIN)
		return found;
	expected = (double)flows[1].usual * scale;
	if ((double)flows[1].before >= CLIENT_SHARE * (double)flows[0].before &&
	    (double)flows[1].before > CLIENT_RATIO * fmax(expected, 1))
		tell(a, in, &flows[1], expected, &ret[found++]);
	return found;
}
