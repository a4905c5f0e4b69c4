/* SPDX-License-Identifier: MIT */
/*
 * What owns what in a report, and the words for its enums.  A library of its
 * own, since analysis builds reports and must not know how they are rendered.
 */
#include "recount/model.h"

const char *
incident_class_name(enum incident_class c)
{
	switch (c) {
	case INCIDENT_OUTAGE:
		return "outage";
	case INCIDENT_LATENCY:
		return "latency";
	case INCIDENT_SILENCE:
		return "silence";
	default:
		return "degradation";
	}
}

const char *
phase_name(enum phase p)
{
	static const char *const names[] = {
	    [PHASE_BEFORE] = "before",
	    [PHASE_TRIGGER] = "trigger",
	    [PHASE_ONSET] = "onset",
	    [PHASE_DETECTION] = "detection",
	    [PHASE_RESPONSE] = "response",
	    [PHASE_MITIGATION] = "mitigation",
	    [PHASE_RECOVERY] = "recovery",
	    [PHASE_AFTER] = "after",
	};

	return (unsigned)p < ARRAY_SIZE(names) ? names[p] : "before";
}

void
id_list_add(struct id_list *l, uint64_t id)
{
	/* Full whenever n is a power of two (or 0), so no size is kept. */
	if ((l->n & (l->n - 1)) == 0)
		l->ids =
		    xreallocarray(l->ids, l->n ? l->n * 2 : 1, sizeof(*l->ids));
	l->ids[l->n++] = id;
}

static void
strings_free(char **strings, size_t n)
{
	for (size_t i = 0; i < n; i++)
		xfree(strings[i]);
	xfree(strings);
}

static void
impact_done(struct impact *im)
{
	for (size_t i = 0; i < im->n_endpoints; i++) {
		xfree(im->endpoints[i].method);
		xfree(im->endpoints[i].route);
	}
	for (size_t i = 0; i < im->n_units; i++) {
		xfree(im->units[i].host);
		xfree(im->units[i].unit);
	}
	for (size_t i = 0; i < im->n_clients; i++)
		xfree(im->clients[i].address);
	for (size_t i = 0; i < im->n_slos; i++)
		xfree(im->slos[i].name);
	xfree(im->slos);
	xfree(im->endpoints);
	xfree(im->units);
	xfree(im->clients);
	xfree(im->at_least_reason);
}

static void
incident_done(struct incident *in)
{
	xfree(in->id);
	strings_free(in->services, in->n_services);
	impact_done(&in->impact);
	for (size_t i = 0; i < in->n_factors; i++) {
		struct factor *f = &in->factors[i];

		xfree(f->kind);
		xfree(f->host);
		xfree(f->service);
		xfree(f->text);
		strings_free(f->reasons, f->n_reasons);
		xfree(f->evidence.ids);
	}
	xfree(in->factors);
	for (size_t i = 0; i < in->n_features; i++) {
		xfree(in->features[i].key);
		xfree(in->features[i].text);
	}
	xfree(in->features);
	for (size_t i = 0; i < in->n_similar; i++) {
		xfree(in->similar[i].id);
		strings_free(in->similar[i].shared, in->similar[i].n_shared);
	}
	xfree(in->similar);
}

void
report_free(struct report *r)
{
	if (r == NULL)
		return;
	strings_free(r->generated.command, r->generated.n_command);
	xfree(r->summary);
	for (size_t i = 0; i < r->n_incidents; i++)
		incident_done(&r->incidents[i]);
	for (size_t i = 0; i < r->n_timeline; i++) {
		struct timeline_item *item = &r->timeline[i];

		xfree(item->kind);
		xfree(item->host);
		xfree(item->service);
		xfree(item->source);
		xfree(item->text);
		xfree(item->evidence.ids);
	}
	for (size_t i = 0; i < r->n_coverage; i++) {
		struct coverage *c = &r->coverage[i];

		xfree(c->source);
		xfree(c->host);
		for (size_t k = 0; k < c->n_gaps; k++)
			xfree(c->gaps[k].reason);
		xfree(c->gaps);
	}
	for (size_t i = 0; i < r->n_evidence; i++) {
		struct evidence *e = &r->evidence[i];

		xfree(e->host);
		xfree(e->file);
		xfree(e->cursor);
		xfree(e->peer);
		xfree((char *)e->raw.p);
	}
	xfree(r->series.points);
	xfree(r->incidents);
	xfree(r->timeline);
	xfree(r->coverage);
	xfree(r->evidence);
	xfree(r);
}
