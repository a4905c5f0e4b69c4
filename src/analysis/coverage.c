/* SPDX-License-Identifier: MIT */
/*
 * What the report could see, and what it could not: per source the first and
 * last event in the window, unparsed lines, and gaps that touch it.  Rotated
 * files are sources of their own in the store; here they are told apart by
 * name, as a reader would look for them.
 */
#include "analysis.h"

#include <stdlib.h>

static bool
touches(const struct analysis *a, const struct gap_note *g)
{
	return (g->until == USEC_NONE || g->until >= a->o.since) &&
	       (g->since == USEC_NONE || g->since < a->o.until);
}

static void
add_gaps(const struct analysis *a, uint32_t source, struct coverage *c)
{
	for (size_t i = 0; i < a->n_gaps; i++) {
		const struct gap_note *g = &a->gaps[i];

		if (g->source != source || !touches(a, g))
			continue;
		c->gaps =
		    xreallocarray(c->gaps, c->n_gaps + 1, sizeof(*c->gaps));
		c->gaps[c->n_gaps++] = (struct coverage_gap){
		    .since = g->since,
		    .until = g->until,
		    .reason = pool_dup(a, g->reason),
		    .lost = g->lost,
		    .lost_bytes = g->lost_bytes,
		};
	}
}

static int
by_name(const void *x, const void *y)
{
	const struct coverage *a = x, *b = y;
	int order = strcmp(a->source, b->source);

	if (order == 0)
		order = strcmp(a->host ? a->host : "", b->host ? b->host : "");
	if (order == 0)
		order = a->first < b->first ? -1 : a->first > b->first;
	return order;
}

void
coverage_build(struct analysis *a)
{
	struct report *r = a->report;

	r->coverage = xcalloc(a->n_sources + 1, sizeof(*r->coverage));
	for (size_t i = 0; i < a->n_sources; i++) {
		const struct source_note *s = &a->sources[i];
		struct coverage c = {
		    .first = s->first,
		    .last = s->last,
		    .events = s->events,
		    .unparsed = s->unparsed,
		};

		add_gaps(a, s->id, &c);
		if (c.events == 0 && c.n_gaps == 0)
			continue;
		c.source =
		    s->name != NO_STRING ? pool_dup(a, s->name) : xstrdup("?");
		c.host = pool_dup(a, s->host);
		r->coverage[r->n_coverage++] = c;
	}
	if (r->n_coverage > 0)
		qsort(
		    r->coverage, r->n_coverage, sizeof(*r->coverage), by_name);
}
