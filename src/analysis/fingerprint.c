/* SPDX-License-Identifier: MIT */
/*
 * What an incident looks like, so that an earlier one of its kind is found.
 *
 * A fingerprint is a weighted set of features: what the logs said that they do
 * not say on a quiet day (rules by name and service, other messages of
 * severity "warning" and worse by pattern), which changes came before the
 * onset, which routes answered with which status or too slowly, and whether
 * requests stopped coming.  What people did about
 * it, and how it recovered, is left out: that tells responders apart, not
 * incidents.
 *
 * Similarity is the weighted Jaccard index, the sum of the lesser weights over
 * the sum of the greater ones: 1 for the same, 0 for nothing in common.
 * Before, the weights of routes and of messages are each brought to a fixed
 * sum (ROUTES_WEIGHT, MESSAGES_WEIGHT): one stack trace is thirty patterns, and
 * would otherwise decide alone.  Cosine similarity of counts was dropped: ten
 * thousand lines of one message hide all others.
 */
#include <math.h>
#include <stdlib.h>

#include "analysis.h"
#include "recount/utf8.h"

#define ROUTES_WEIGHT 1.0
/* What is said names the cause more often than where it was felt. */
#define MESSAGES_WEIGHT 2.0
/* A rule stands for what is known to matter; a pattern is one line of many.
 * Changes weigh as much as they are likely to have mattered. */
#define RULE_WEIGHT 4.0

/* Less in common than this is what any two incidents of a site have. */
#define SIMILAR_MIN 0.4
#define SIMILAR_MAX 5
#define SHARED_MAX 8
#define FEATURES_MAX 256 /* of an incident: what came first */
#define FEATURE_TEXT_MAX 120

/* Once: a second feature of that key (a rule that spoke of two subjects) says
 * nothing more.  Takes over key and text. */
static void
add(struct incident *in, char *key, char *text, double weight)
{
	for (size_t i = 0; i < in->n_features; i++) {
		if (strcmp(in->features[i].key, key) != 0)
			continue;
		xfree(key);
		xfree(text);
		return;
	}
	if (in->n_features == FEATURES_MAX) {
		xfree(key);
		xfree(text);
		return;
	}
	in->features = xreallocarray(
	    in->features, in->n_features + 1, sizeof(*in->features));
	in->features[in->n_features++] =
	    (struct feature){.key = key, .text = text, .weight = weight};
}

/* Bring the weights from the feature numbered first on to that sum. */
static void
scale(struct incident *in, size_t first, double to)
{
	double sum = 0;

	for (size_t i = first; i < in->n_features; i++)
		sum += in->features[i].weight;
	for (size_t i = first; i < in->n_features; i++)
		in->features[i].weight *= to / sum;
}

/* ---- routes ---- */

static void
add_routes(const struct analysis *a, struct incident *in)
{
	const unsigned bad = REQUEST_FAILED | REQUEST_ABORTED | REQUEST_SLOW;
	CLEANUP(u64map_free) struct u64map *counts = u64map_new();
	CLEANUP(xfree) uint64_t *keys = NULL;
	size_t n = 0, size = 0, first = in->n_features;
	usec_t until = incident_until(a, in);

	for (size_t i = requests_from(a, in->start);
	     i < a->n_requests && a->requests[i].end <= until; i++) {
		const struct request *q = &a->requests[i];
		uint64_t key = (uint64_t)q->route << 16;
		bool new;

		if ((q->is & bad) == 0)
			continue;
		/* Slow answers are a feature of their own, status 0. */
		if ((q->is & bad) != REQUEST_SLOW)
			key |= q->status;
		++*u64map_at(counts, key, 0, &new);
		if (new) {
			GROW(keys, n, size);
			keys[n++] = key;
		}
	}
	for (size_t i = 0; i < n; i++) {
		struct str route = pool_get(a, (uint32_t)(keys[i] >> 16));
		CLEANUP(buf_free) struct buf text = BUF_INIT;

		utf8_add_printable(&text, str_sub(route, 0, FEATURE_TEXT_MAX));
		if (keys[i] & 0xffff)
			buf_addf(
			    &text, " answers %u", (unsigned)(keys[i] & 0xffff));
		else
			buf_adds(&text, " is slow");
		add(in, xasprintf("route %s", text.p), xstrdup(text.p),
		    (double)*u64map_find(counts, keys[i]));
	}
	scale(in, first, ROUTES_WEIGHT);
	/* What no request says: that none came. */
	if (in->classification == INCIDENT_SILENCE)
		add(in, xstrdup("silence"), xstrdup("requests stop coming"),
		    ROUTES_WEIGHT);
}

/* ---- messages ---- */

static bool
near(const struct analysis *a, const struct incident *in, const struct group *g,
    usec_t until)
{
	for (uint32_t k = 0; k < g->n_members; k++) {
		usec_t t = a->messages[g->members[k]].time;

		if (t >= in->start - AROUND_BEFORE && t <= until)
			return true;
	}
	return false;
}

static void
add_group(const struct analysis *a, struct incident *in, const struct group *g)
{
	const struct message *m = &a->messages[g->first];
	usec_t until = incident_until(a, in) + AROUND_AFTER;
	uint32_t who = m->service != NO_STRING ? m->service
		       : m->unit != NO_STRING  ? m->unit
					       : m->identifier;
	CLEANUP(buf_free) struct buf text = BUF_INIT;
	const uint64_t *template;

	if (g->background || m->kind == EVENT_ALERT || m->kind == EVENT_MARK)
		return;
	if (m->rule != NULL) {
		if (m->rule->class != RULE_FAILURE &&
		    m->rule->class != RULE_CHANGE)
			return;
		/* Later ones are what was done about it. */
		if (m->rule->class == RULE_CHANGE)
			until = in->start;
		if (!near(a, in, g, until))
			return;
		buf_adds(&text, m->rule->kind);
		if (who != NO_STRING) {
			buf_adds(&text, " of ");
			utf8_add_printable(&text, pool_get(a, who));
		}
		add(in,
		    xasprintf("rule %s %.*s", m->rule->name,
			STR_ARG(pool_get(a, who))),
		    buf_steal(&text),
		    m->rule->class == RULE_CHANGE ? RULE_WEIGHT * m->rule->prior
						  : RULE_WEIGHT);
		return;
	}
	template = u64map_find(a->templates, m->pattern);
	if (m->pattern == 0 || m->severity == SEVERITY_NONE ||
	    m->severity > SEV_WARNING || !near(a, in, g, until))
		return;
	if (template != NULL)
		utf8_add_printable(
		    &text, str_sub(str_trim(pool_get(a, (uint32_t) * template)),
			       0, FEATURE_TEXT_MAX));
	add(in, xasprintf("pattern %016llx", (unsigned long long)m->pattern),
	    buf_steal(&text), 1);
}

static int
by_key(const void *x, const void *y)
{
	const struct feature *a = x, *b = y;

	return strcmp(a->key, b->key);
}

void
fingerprints_take(struct analysis *a)
{
	for (size_t i = 0; i < a->report->n_incidents; i++) {
		struct incident *in = &a->report->incidents[i];

		for (size_t g = 0; g < a->n_groups; g++) {
			if (a->groups[g].n_members > 0)
				add_group(a, in, &a->groups[g]);
		}
		scale(in, 0, MESSAGES_WEIGHT);
		add_routes(a, in);
		if (in->n_features > 1)
			qsort(in->features, in->n_features,
			    sizeof(*in->features), by_key);
	}
}

/* ---- comparing ---- */

struct shared {
	const char *text;
	double weight;
};

static int
by_weight(const void *x, const void *y)
{
	const struct shared *a = x, *b = y;

	if (a->weight != b->weight)
		return a->weight > b->weight ? -1 : 1;
	return strcmp(a->text, b->text);
}

/* How alike they are; what they share goes to list, of at least as many
 * places as either has features. */
static double
compare(const struct incident *x, const struct incident *y, struct shared *list,
    size_t *ret_n)
{
	double lesser = 0, greater = 0;
	size_t i = 0, k = 0, n = 0;

	while (i < x->n_features || k < y->n_features) {
		int order = i == x->n_features ? 1
			    : k == y->n_features
				? -1
				: by_key(&x->features[i], &y->features[k]);

		if (order < 0) {
			greater += x->features[i++].weight;
		} else if (order > 0) {
			greater += y->features[k++].weight;
		} else {
			double a = x->features[i++].weight;
			const struct feature *f = &y->features[k++];

			lesser += fmin(a, f->weight);
			greater += fmax(a, f->weight);
			list[n++] =
			    (struct shared){f->text, fmin(a, f->weight)};
		}
	}
	if (n > 1)
		qsort(list, n, sizeof(*list), by_weight);
	*ret_n = n;
	return greater > 0 ? lesser / greater : 0;
}

static bool
better(const struct similar *x, const struct similar *y)
{
	return x->score != y->score ? x->score > y->score : x->start > y->start;
}

static void
similar_done(struct similar *s)
{
	for (size_t i = 0; i < s->n_shared; i++)
		xfree(s->shared[i]);
	xfree(s->shared);
	xfree(s->id);
}

/* In order, SIMILAR_MAX at most, each incident once. */
static void
insert(struct incident *in, struct similar s)
{
	size_t at;

	for (size_t i = 0; i < in->n_similar; i++) {
		if (in->similar[i].start == s.start) {
			similar_done(&s);
			return;
		}
	}
	if (in->similar == NULL)
		in->similar = xcalloc(SIMILAR_MAX + 1, sizeof(*in->similar));
	for (at = in->n_similar++; at > 0 && better(&s, &in->similar[at - 1]);
	     at--)
		in->similar[at] = in->similar[at - 1];
	in->similar[at] = s;
	if (in->n_similar > SIMILAR_MAX)
		similar_done(&in->similar[--in->n_similar]);
}

void
report_add_similar(struct report *r, const struct report *earlier)
{
	CLEANUP(xfree)
	struct shared *list = xcalloc(FEATURES_MAX, sizeof(*list));
	size_t n;

	for (size_t i = 0; i < r->n_incidents; i++) {
		struct incident *in = &r->incidents[i];

		for (size_t k = 0; k < earlier->n_incidents; k++) {
			const struct incident *e = &earlier->incidents[k];
			double score = compare(in, e, list, &n);
			struct similar s = {.start = e->start, .score = score};

			if (e->end == USEC_NONE || e->end > in->start ||
			    score < SIMILAR_MIN)
				continue;
			if (n > SHARED_MAX)
				n = SHARED_MAX;
			s.id = xstrdup(e->id);
			s.shared = xcalloc(n, sizeof(*s.shared));
			for (; s.n_shared < n; s.n_shared++)
				s.shared[s.n_shared] =
				    xstrdup(list[s.n_shared].text);
			insert(in, s);
		}
	}
}
