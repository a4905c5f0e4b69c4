/* SPDX-License-Identifier: MIT */
/*
 * Where an incident turns, as items of the timeline that cite requests: it
 * starts to fail, clients give up, answers become slow, requests stop coming,
 * it is over.  The onset cites the first failing request of each route and
 * status that matters, so that every kind of failure can be looked at.
 */
#include "analysis.h"

#include <math.h>
#include <stdlib.h>

#include "timeline.h"

#define ROUTES_CITED 8
#define ROUTES_NAMED 3
#define ABORTED_MIN 5
#define SLOW_MIN 20

struct kind_of_failure {
	uint64_t key; /* route and status */
	const struct request *first;
	int64_t count;
};

static int
most_first(const void *x, const void *y)
{
	const struct kind_of_failure *a = x, *b = y;

	if (a->count != b->count)
		return a->count > b->count ? -1 : 1;
	return a->first->id < b->first->id ? -1 : a->first->id > b->first->id;
}

typedef bool (*request_test)(const struct analysis *a, const struct request *q);

static bool
failed(const struct analysis *a, const struct request *q)
{
	return request_failed(a, q);
}

static bool
aborted(const struct analysis *a, const struct request *q)
{
	return request_aborted(q);
}

/* Kinds among the incident's requests that pass test; *ret_last the last. */
static size_t
kinds_of(const struct analysis *a, const struct incident *in, request_test test,
    struct kind_of_failure **ret, const struct request **ret_last)
{
	CLEANUP(u64map_free) struct u64map *index = u64map_new();
	struct kind_of_failure *kinds = NULL;
	size_t n = 0, size = 0;
	usec_t until = incident_until(a, in);
	bool new;

	*ret_last = NULL;
	for (size_t i = requests_from(a, in->start - USEC_PER_SEC);
	     i < a->n_requests && a->requests[i].end <= until; i++) {
		const struct request *q = &a->requests[i];
		uint64_t key = (uint64_t)q->route << 16 | q->status, *at;

		if (!test(a, q) ||
		    (q->end < in->start &&
			!(q->coarse && q->end + USEC_PER_SEC > in->start)))
			continue;
		at = u64map_at(index, key, n, &new);
		if (new) {
			GROW(kinds, n, size);
			kinds[n++] =
			    (struct kind_of_failure){.key = key, .first = q};
		}
		kinds[*at].count++;
		*ret_last = q;
	}
	if (n > 0)
		qsort(kinds, n, sizeof(*kinds), most_first);
	*ret = kinds;
	return n;
}

static struct draft *
draft_turn(const struct analysis *a, struct drafts *d,
    const struct incident *in, const char *kind, const struct request *q)
{
	struct draft *draft = draft_new(d);

	draft->always = true;
	draft->item.time = in->start;
	draft->item.phase = PHASE_ONSET;
	draft->item.kind = xstrdup(kind);
	draft->item.class = "impact";
	if (q != NULL)
		draft->item.host = pool_dup(a, q->host);
	if (in->n_services > 0)
		draft->item.service = xstrdup(in->services[0]);
	return draft;
}

static void
cite(struct draft *draft, const struct kind_of_failure *kinds, size_t n,
    const struct request *last)
{
	for (size_t i = 0; i < n && i < ROUTES_CITED; i++)
		evidence_add_request(&draft->item.evidence, kinds[i].first);
	if (last != NULL)
		evidence_add_request(&draft->item.evidence, last);
}

static void
draft_onset(
    const struct analysis *a, struct drafts *d, const struct incident *in)
{
	CLEANUP(xfree) struct kind_of_failure *kinds = NULL;
	const struct request *last;
	size_t n = kinds_of(a, in, failed, &kinds, &last), named = 0;
	CLEANUP(buf_free) struct buf text = BUF_INIT;
	struct draft *draft;

	if (n == 0 || in->impact.failed < 2)
		return;
	draft = draft_turn(a, d, in, "onset", kinds[0].first);
	buf_addf(&text, "%s starts to fail: ",
	    in->n_services > 0 ? in->services[0] : "service");
	for (size_t i = 0; i < in->impact.n_endpoints && named < ROUTES_NAMED;
	     i++) {
		const struct impact_endpoint *e = &in->impact.endpoints[i];

		if (i > 0 && e->failed * 20 < in->impact.failed)
			break;
		buf_addf(
		    &text, "%s%s %s", named++ ? ", " : "", e->method, e->route);
	}
	if (in->impact.n_endpoints > named)
		buf_addf(
		    &text, " and %zu more", in->impact.n_endpoints - named);
	if (in->impact.total > 0)
		buf_addf(&text, ": %.1f %% of all requests fail",
		    100.0 * (double)in->impact.failed /
			(double)in->impact.total);
	if (!isnan(in->impact.baseline_failed_share))
		buf_addf(&text, " (before: %.1f %%)",
		    100.0 * in->impact.baseline_failed_share);
	draft->item.text = buf_steal(&text);
	draft->item.severity = SEV_ERR;
	draft->item.count = in->impact.failed;
	if (last != kinds[0].first)
		draft->item.until = last->end;
	cite(draft, kinds, n, last);
}

static void
draft_aborted(
    const struct analysis *a, struct drafts *d, const struct incident *in)
{
	CLEANUP(xfree) struct kind_of_failure *kinds = NULL;
	const struct request *last;
	size_t n = kinds_of(a, in, aborted, &kinds, &last);
	struct draft *draft;

	if (n == 0 || in->impact.aborted < ABORTED_MIN)
		return;
	draft = draft_turn(a, d, in, "client-aborts", kinds[0].first);
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || kinds[i].first->end < draft->item.time)
			draft->item.time = kinds[i].first->end;
	}
	draft->item.text =
	    xasprintf("clients give up waiting (status 499): %lld requests",
		(long long)in->impact.aborted);
	draft->item.severity = SEV_WARNING;
	draft->item.count = in->impact.aborted;
	draft->item.until = last->end;
	cite(draft, kinds, n, last);
}

static void
draft_slow(
    const struct analysis *a, struct drafts *d, const struct incident *in)
{
	const struct request *first = NULL, *last = NULL;
	usec_t until = incident_until(a, in);
	struct draft *draft;

	if (in->impact.slow < SLOW_MIN ||
	    in->impact.slow * 10 < in->impact.total)
		return;
	for (size_t i = requests_from(a, in->start);
	     i < a->n_requests && a->requests[i].end <= until; i++) {
		const struct request *q = &a->requests[i];
		usec_t limit = slow_limit(a, q->route);

		if (limit < 0 || q->duration <= limit || request_failed(a, q))
			continue;
		first = first ? first : q;
		last = q;
	}
	if (first == NULL)
		return;
	draft = draft_turn(a, d, in, "slow", first);
	if (request_start(first) > draft->item.time)
		draft->item.time = request_start(first);
	draft->item.text = xasprintf("answers become slow: p95 %.0f ms "
				     "(before: %.0f ms)",
	    in->impact.latency_during.p95, in->impact.latency_baseline.p95);
	draft->item.severity = SEV_WARNING;
	draft->item.count = in->impact.slow;
	draft->item.until = last->end;
	evidence_add_request(&draft->item.evidence, first);
	evidence_add_request(&draft->item.evidence, last);
}

static void
draft_silence(
    const struct analysis *a, struct drafts *d, const struct incident *in)
{
	usec_t until = incident_until(a, in);

	for (size_t i = 0; i < a->n_episodes; i++) {
		const struct episode *e = &a->episodes[i];
		size_t at = requests_from(a, e->since);
		struct draft *draft;

		if (e->signal != SIGNAL_SILENCE || e->since > until ||
		    e->until < in->start || at == a->n_requests)
			continue;
		draft = draft_turn(a, d, in, "silence", &a->requests[at]);
		draft->item.time = e->since;
		draft->item.until = e->until;
		draft->item.text = xasprintf(
		    "requests stop coming: about %lld client visits fewer "
		    "than usual in %.0f s",
		    (long long)e->bad,
		    (double)(e->until - e->since) / (double)USEC_PER_SEC);
		draft->item.severity = SEV_WARNING;
		draft->item.count = 1;
		/* The requests on either side of it. */
		evidence_add_request(
		    &draft->item.evidence, &a->requests[at > 0 ? at - 1 : 0]);
		at = requests_from(a, e->until);
		if (at < a->n_requests)
			evidence_add_request(
			    &draft->item.evidence, &a->requests[at]);
		return; /* one item for all of them */
	}
}

static void
draft_end(const struct analysis *a, struct drafts *d, const struct incident *in)
{
	const struct request *last = NULL, *good = NULL;
	struct draft *draft;

	if (in->end == USEC_NONE)
		return;
	for (size_t i = requests_from(a, in->end + 1);
	     i-- > 0 && a->requests[i].end >= in->start && last == NULL;) {
		if (request_failed(a, &a->requests[i]) ||
		    request_aborted(&a->requests[i]))
			last = &a->requests[i];
	}
	for (size_t i = requests_from(a, in->end);
	     i < a->n_requests && good == NULL; i++) {
		if (&a->requests[i] != last &&
		    !request_failed(a, &a->requests[i]))
			good = &a->requests[i];
	}
	if (last == NULL && good == NULL)
		return;
	draft = draft_turn(a, d, in, "recovered", last ? last : good);
	draft->item.time = in->end;
	draft->item.phase = PHASE_RECOVERY;
	draft->item.severity = SEV_NOTICE;
	draft->item.text = xasprintf("%s answers as before the incident",
	    in->n_services > 0 ? in->services[0] : "service");
	draft->item.count = 1;
	if (last != NULL)
		evidence_add_request(&draft->item.evidence, last);
	if (good != NULL)
		evidence_add_request(&draft->item.evidence, good);
}

/* Factors that no message tells of (surge.c). */
static void
draft_surges(
    const struct analysis *a, struct drafts *d, const struct incident *in)
{
	for (size_t i = 0; i < in->n_factors; i++) {
		const struct factor *f = &in->factors[i];
		struct draft *draft;

		if (strcmp(f->kind, "traffic-surge") != 0)
			continue;
		draft = draft_turn(a, d, in, f->kind, NULL);
		draft->item.time = f->time;
		draft->item.phase = i == 0 ? PHASE_TRIGGER : PHASE_BEFORE;
		draft->item.host = xstrdup(f->host);
		draft->item.text = xstrdup(f->text);
		draft->item.severity = SEV_NOTICE;
		draft->item.count = 1;
		for (size_t e = 0; e < f->evidence.n; e++)
			id_list_add(&draft->item.evidence, f->evidence.ids[e]);
	}
}

void
turns_draft(const struct analysis *a, struct drafts *d)
{
	for (size_t i = 0; i < a->report->n_incidents; i++) {
		const struct incident *in = &a->report->incidents[i];

		draft_surges(a, d, in);
		draft_onset(a, d, in);
		draft_aborted(a, d, in);
		draft_slow(a, d, in);
		draft_silence(a, d, in);
		draft_end(a, d, in);
	}
}
