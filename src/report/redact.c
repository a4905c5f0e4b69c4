/* SPDX-License-Identifier: MIT */
/*
 * Redaction of a report: one walk over the model, before any renderer sees
 * it, so that no format can forget a text.  Names of hosts, units, kinds and
 * journal cursors are left: they say where to look, not who somebody is.
 */
#include "recount/redact.h"
#include "recount/report.h"

static void
redact(struct redactor *red, char **text)
{
	struct buf out = BUF_INIT;

	if (*text == NULL)
		return;
	redactor_text(red, str_of(*text), &out);
	xfree(*text);
	*text = buf_steal(&out);
}

static void
redact_each(struct redactor *red, char **texts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		redact(red, &texts[i]);
}

static void
learn(struct redactor *red, const struct report *r)
{
	for (size_t i = 0; i < r->n_evidence; i++)
		redactor_learn(red, r->evidence[i].raw);
}

static void
redact_impact(struct redactor *red, struct impact *im)
{
	for (size_t i = 0; i < im->n_endpoints; i++)
		redact(red, &im->endpoints[i].route);
	for (size_t i = 0; i < im->n_clients; i++)
		redact(red, &im->clients[i].address);
	redact(red, &im->at_least_reason);
}

static void
redact_incident(struct redactor *red, struct incident *in)
{
	redact_impact(red, &in->impact);
	for (size_t i = 0; i < in->n_factors; i++) {
		struct factor *f = &in->factors[i];

		redact(red, &f->text);
		redact_each(red, f->reasons, f->n_reasons);
	}
	for (size_t i = 0; i < in->n_similar; i++)
		redact_each(
		    red, in->similar[i].shared, in->similar[i].n_shared);
}

static void
redact_evidence(struct redactor *red, struct evidence *e)
{
	struct buf out = BUF_INIT;

	redactor_text(red, e->raw, &out);
	xfree((char *)e->raw.p);
	e->raw.n = out.n;
	e->raw.p = buf_steal(&out);
	redact(red, &e->file);
	redact(red, &e->peer);
}

void
report_redact(struct report *r, struct redactor *red, unsigned flags)
{
	learn(red, r);
	r->redacted = flags;
	redact_each(red, r->generated.command, r->generated.n_command);
	redact(red, &r->summary);
	for (size_t i = 0; i < r->n_incidents; i++)
		redact_incident(red, &r->incidents[i]);
	for (size_t i = 0; i < r->n_timeline; i++) {
		redact(red, &r->timeline[i].text);
		redact(red, &r->timeline[i].source);
	}
	for (size_t i = 0; i < r->n_coverage; i++) {
		struct coverage *c = &r->coverage[i];

		redact(red, &c->source);
		for (size_t g = 0; g < c->n_gaps; g++)
			redact(red, &c->gaps[g].reason);
	}
	for (size_t i = 0; i < r->n_evidence; i++)
		redact_evidence(red, &r->evidence[i]);
}
