/* SPDX-License-Identifier: MIT */
/*
 * What an incident cost in terms of service level objectives, by the formulae
 * of Google's "The Site Reliability Workbook", chapter 5:
 *
 *     burn rate    = error rate / (1 - objective)
 *     budget spent = burn rate * length / period
 *
 * A burn rate of 1 spends exactly the budget of the period in the period; one
 * of 14.4 spends 2 % of thirty days' budget in an hour.  This takes traffic
 * for even over the period, as the workbook does: an incident at night, when
 * few are affected, counts for as much time as one at noon.  How many requests
 * it was is said beside it.
 *
 * The length is that of the incident, for a single failing request at least
 * one second.  Where counts are lower bounds (impact.c), so is this.
 */
#include "slo.h"

#include <fnmatch.h>
#include <math.h>

#include "analysis.h"

void
slo_spend(const struct slo *s, int64_t failed, int64_t total, usec_t length,
    double *ret_burn_rate, double *ret_budget_spent)
{
	double burn = NAN;

	if (total > 0)
		burn = (double)failed / (double)total / (1 - s->objective);
	if (length < USEC_PER_SEC)
		length = USEC_PER_SEC;
	*ret_burn_rate = burn;
	*ret_budget_spent = burn * (double)length / (double)s->period;
}

bool
slo_matches(const struct slo *s, struct str route, struct str service)
{
	CLEANUP(buf_free) struct buf text = BUF_INIT;
	struct str method, path = str_cut(route, ' ', &method);

	if (s->match == NULL)
		return true;
	if (strchr(s->match, ' ') != NULL)
		buf_add_str(&text, route);
	else if (strchr(s->match, '/') != NULL)
		buf_add_str(&text, path);
	else
		buf_add_str(&text, service);
	return fnmatch(s->match, text.p ? text.p : "", 0) == 0;
}

/* Whether s wants q, asking once for each pair of route and service. */
static bool
wanted(const struct analysis *a, const struct slo *s, const struct request *q,
    struct u64map *known)
{
	bool new;
	uint64_t *answer =
	    u64map_at(known, (uint64_t)q->route << 32 | q->vhost, 0, &new);

	if (new)
		*answer = slo_matches(
		    s, pool_get(a, q->route), pool_get(a, q->vhost));
	return *answer;
}

static void
count(const struct analysis *a, const struct incident *in, const struct slo *s,
    struct impact_slo *ret)
{
	CLEANUP(u64map_free) struct u64map *known = u64map_new();
	usec_t until = incident_until(a, in);

	*ret = (struct impact_slo){
	    .name = xstrdup(s->name),
	    .objective = s->objective,
	    .period_s = (double)s->period / (double)USEC_PER_SEC,
	};
	for (size_t i = requests_from(a, in->start - USEC_PER_SEC);
	     i < a->n_requests && a->requests[i].end <= until; i++) {
		const struct request *q = &a->requests[i];

		/* A coarse time is the beginning of its second. */
		if (q->end < in->start &&
		    !(q->coarse && q->end + USEC_PER_SEC > in->start))
			continue;
		if (!wanted(a, s, q, known))
			continue;
		ret->total++;
		ret->failed += request_failed(a, q);
	}
	slo_spend(s, ret->failed, ret->total, until - in->start,
	    &ret->burn_rate, &ret->budget_spent);
}

void
slo_count(struct analysis *a)
{
	for (size_t i = 0; i < a->report->n_incidents; i++) {
		struct incident *in = &a->report->incidents[i];

		in->impact.slos =
		    xcalloc(a->o.n_slos, sizeof(*in->impact.slos));
		for (size_t k = 0; k < a->o.n_slos; k++)
			count(a, in, &a->o.slos[k],
			    &in->impact.slos[in->impact.n_slos++]);
	}
}
