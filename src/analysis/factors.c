/* SPDX-License-Identifier: MIT */
/*
 * Contributing factors: candidates, ranked, each with its reasons; never a
 * verdict.
 *
 * A candidate is a group of messages (groups.c) with a member between LEAD
 * before the onset and LATE after it.  Its score is a product of
 *   prior    how often this class of event sets an incident off (the rule's);
 *            messages without a rule have PRIOR_UNKNOWN,
 *   novelty  1 when it never occurs in quiet time, less the more it does: what
 *            also happened without consequences is no explanation,
 *   lead     1 / (1 + lead / LEAD_HALF): what came just before weighs most,
 *   kinship  it names what fails (units, paths, addresses that occur in the
 *            failure messages of the incident), or at least the same host,
 *   order    failures that appear together with the onset are as likely its
 *            first symptom as its reason; what came after it is a symptom.
 * What was done in one go is one factor: a command, the tool's own message and
 * the unit it restarted, on one host within ONE_GO, are told by the one with
 * the highest score and cite them all.
 *
 * The product is used because each part can veto: a deploy that happens every
 * minute, or a day ago, or on another host, is a weak candidate whatever else
 * speaks for it.
 */
#include "analysis.h"

#include <math.h>
#include <stdlib.h>

#include "factors.h"
#include "names.h"

#define LEAD (15 * USEC_PER_MIN)
#define LEAD_HALF 120.0 /* seconds */
/* Access logs know seconds, and a service may fail while the command that
 * breaks it is still at work: this much after the onset is no later. */
#define LATE (2 * USEC_PER_SEC)
#define PRIOR_UNKNOWN 0.15
#define FACTORS_MAX 6
#define ONE_GO (3 * USEC_PER_SEC)
#define CITED_MAX 12
#define SCORE_MIN 0.02
/* Candidates this far behind the best one only distract. */
#define SCORE_OF_BEST 0.1
#define REASONS_MAX 6

struct candidate {
	const struct group *group;
	uint32_t record;
	double score, lead_s, novelty, order;
	struct str name; /* shared with what fails; empty: none */
	bool same_host;
};

/* Hosts and names that the incident's failures speak of. */
static struct intern *
failing_names(
    const struct analysis *a, const struct incident *in, struct intern *hosts)
{
	struct intern *names = intern_new();
	usec_t until = incident_until(a, in);

	for (size_t i = 0; i < a->n_groups; i++) {
		const struct group *g = &a->groups[i];
		const struct message *m;
		bool failure;

		if (g->background || g->n_members == 0)
			continue;
		m = &a->messages[g->first];
		if (m->time < in->start - LATE || m->time > until)
			continue;
		failure = m->rule != NULL
			      ? m->rule->class == RULE_FAILURE
			      : m->severity >= 0 && m->severity <= SEV_WARNING;
		if (!failure)
			continue;
		names_of_text(names, pool_get(a, m->text));
		names_of_unit(names, pool_get(a, m->unit));
		names_of_unit(names, pool_get(a, m->subject));
		if (m->host != NO_STRING)
			intern_add(hosts, pool_get(a, m->host));
	}
	return names;
}

static double
novelty_of(const struct group *g)
{
	if (g->background)
		return 0.05;
	return g->usual == 0 ? 1 : g->usual <= 2 ? 0.5 : 0.2;
}

/* A failure together with the onset may be its symptom. */
static double
order_of(const struct message *m, double lead_s)
{
	bool failure = m->rule != NULL
			   ? m->rule->class == RULE_FAILURE ||
				 m->rule->class == RULE_RECOVERY
			   : m->severity >= 0 && m->severity <= SEV_ERR;

	if (lead_s < -0.5)
		return failure ? 0.2 : 0.7;
	if (failure)
		return lead_s <= 1.5 ? 0.35 : 0.6;
	return 1;
}

static bool
may_be_factor(const struct message *m)
{
	if (m->kind == EVENT_ALERT || m->kind == EVENT_MARK)
		return false;
	return m->rule == NULL || m->rule->class != RULE_ROUTINE;
}

/* The member nearest before the onset; those up to LATE after it count. */
static uint32_t
nearest(
    const struct analysis *a, const struct group *g, const struct incident *in)
{
	uint32_t best = NO_RECORD;

	for (uint32_t k = 0; k < g->n_members; k++) {
		usec_t t = a->messages[g->members[k]].time;

		if (t > in->start + LATE)
			break;
		if (t >= in->start - LEAD)
			best = g->members[k];
	}
	return best;
}

static bool
weigh(const struct analysis *a, const struct incident *in,
    const struct group *g, const struct intern *failing,
    const struct intern *hosts, struct candidate *ret)
{
	CLEANUP(intern_free) struct intern *names = intern_new();
	const struct message *m;
	double prior, lead, kinship;
	uint32_t record;

	if (g->n_members == 0 || !may_be_factor(&a->messages[g->first]))
		return false;
	record = nearest(a, g, in);
	if (record == NO_RECORD)
		return false;
	m = &a->messages[record];
	*ret = (struct candidate){.group = g, .record = record};
	ret->lead_s = (double)(in->start - m->time) / (double)USEC_PER_SEC;
	ret->novelty = novelty_of(g);
	ret->order = order_of(m, ret->lead_s);
	lead = 1 / (1 + fmax(ret->lead_s, 0) / LEAD_HALF);
	prior = m->rule != NULL ? m->rule->prior : PRIOR_UNKNOWN;
	names_of_text(names, pool_get(a, m->text));
	names_of_unit(names, pool_get(a, m->unit));
	if (!names_shared(failing, names, &ret->name))
		names_in_text(failing, pool_get(a, m->text), &ret->name);
	ret->same_host = m->host != NO_STRING &&
			 intern_find(hosts, pool_get(a, m->host)) != UINT32_MAX;
	kinship = ret->name.n > 0 ? 1 : ret->same_host ? 0.75 : 0.6;
	ret->score = prior * ret->novelty * lead * kinship * ret->order;
	return ret->score >= SCORE_MIN;
}

static int
by_score(const void *x, const void *y)
{
	const struct candidate *a = x, *b = y;

	if (a->score != b->score)
		return a->score > b->score ? -1 : 1;
	return a->record < b->record ? -1 : a->record > b->record;
}

static void
add_reason(struct factor *f, char *text)
{
	f->reasons =
	    xreallocarray(f->reasons, f->n_reasons + 1, sizeof(*f->reasons));
	f->reasons[f->n_reasons++] = text;
}

/* Whether the onset is known to the second only. */
static bool
coarse_onset(const struct analysis *a, const struct incident *in)
{
	size_t i = requests_from(a, in->start);

	return i < a->n_requests && a->requests[i].coarse;
}

static void
explain(const struct analysis *a, const struct incident *in,
    const struct candidate *c, struct factor *f)
{
	const struct message *m = &a->messages[c->record];

	if (c->lead_s <= 0 && c->lead_s > -1 && coarse_onset(a, in))
		add_reason(
		    f, xstrdup("in the same second as the first failure"));
	else if (c->lead_s >= 0.05)
		add_reason(f, xasprintf("%.1f s before onset", c->lead_s));
	else if (c->lead_s > -0.05)
		add_reason(f, xstrdup("at onset"));
	else
		add_reason(
		    f, xasprintf("%.1f s after the first failure was seen; it "
				 "may be a symptom",
			   -c->lead_s));
	if (c->name.n > 0)
		add_reason(
		    f, xasprintf("names %.*s, which the failures name too",
			   STR_ARG(c->name)));
	else if (c->same_host)
		add_reason(f, xstrdup("on a host that reports failures"));
	if (c->group->usual == 0)
		add_reason(f, xstrdup("not seen in quiet time"));
	else
		add_reason(
		    f, xasprintf("also seen %u time%s in quiet time",
			   c->group->usual, c->group->usual == 1 ? "" : "s"));
	if (m->rule != NULL)
		add_reason(
		    f, xasprintf("class of event: %s (%s)", m->rule->kind,
			   rule_class_name(m->rule->class)));
}

static void
fill(const struct analysis *a, const struct incident *in,
    const struct candidate *c, struct factor *f)
{
	const struct message *m = &a->messages[c->record];

	f->time = m->time;
	f->kind = xstrdup(m->rule != NULL ? m->rule->kind : "message");
	f->host = pool_dup(a, m->host);
	f->service = pool_dup(a, m->service);
	f->text = message_text(a, m);
	f->lead_s = c->lead_s;
	f->score = c->score;
	explain(a, in, c, f);
	evidence_add(a, &f->evidence, c->record);
}

static bool
is_deed(const struct message *m)
{
	return m->rule != NULL &&
	       (m->rule->class == RULE_CHANGE || m->rule->class == RULE_ACTION);
}

static bool
in_one_go(const struct message *x, const struct message *y)
{
	usec_t apart =
	    x->time > y->time ? x->time - y->time : y->time - x->time;

	return is_deed(x) && is_deed(y) && x->host == y->host &&
	       apart <= ONE_GO;
}

/* Fold into f what was done in one go with c[at] and is not told yet; c is in
 * order of score. */
static void
fold_deeds(const struct analysis *a, const struct candidate *c, size_t n,
    size_t at, bool *told, struct factor *f)
{
	const struct message *best = &a->messages[c[at].record];

	for (size_t i = at + 1; i < n; i++) {
		const struct message *m = &a->messages[c[i].record];

		if (told[i] || !in_one_go(best, m))
			continue;
		told[i] = true;
		if (f->evidence.n >= CITED_MAX)
			continue;
		evidence_add(a, &f->evidence, c[i].record);
		if (f->n_reasons < REASONS_MAX) {
			CLEANUP(xfree) char *text = message_text(a, m);

			add_reason(f, xasprintf("together with: %s", text));
		}
	}
}

static int
factors_by_score(const void *x, const void *y)
{
	const struct factor *a = x, *b = y;

	if (a->score != b->score)
		return a->score > b->score ? -1 : 1;
	return a->time < b->time ? -1 : a->time > b->time;
}

static void
rank_one(struct analysis *a, struct incident *in)
{
	CLEANUP(intern_free) struct intern *hosts = intern_new();
	CLEANUP(intern_free)
	struct intern *failing = failing_names(a, in, hosts);
	CLEANUP(xfree)
	struct candidate *c = xcalloc(a->n_groups, sizeof(*c));
	CLEANUP(xfree) bool *told = xcalloc(a->n_groups, sizeof(*told));
	size_t n = 0;

	for (size_t i = 0; i < a->n_groups; i++)
		n += weigh(a, in, &a->groups[i], failing, hosts, &c[n]);
	if (n > 0)
		qsort(c, n, sizeof(*c), by_score);
	in->factors = xcalloc(FACTORS_MAX + SURGES_MAX, sizeof(*in->factors));
	for (size_t i = 0; i < n && in->n_factors < FACTORS_MAX; i++) {
		struct factor *f = &in->factors[in->n_factors];

		if (told[i] || c[i].score < SCORE_OF_BEST * c[0].score)
			continue;
		fill(a, in, &c[i], f);
		fold_deeds(a, c, n, i, told, f);
		in->n_factors++;
	}
	in->n_factors += surge_factors(a, in, &in->factors[in->n_factors]);
	if (in->n_factors > 1)
		qsort(in->factors, in->n_factors, sizeof(*in->factors),
		    factors_by_score);
}

void
factors_rank(struct analysis *a)
{
	for (size_t i = 0; i < a->report->n_incidents; i++)
		rank_one(a, &a->report->incidents[i]);
}
