/* SPDX-License-Identifier: MIT */
/*
 * What may have contributed, earlier incidents that look alike, and what the
 * report is based on.  Factors are candidates and say so; each stands with
 * its reasons, also those against it, and never as the cause.
 */
#include <math.h>

#include "html.h"
#include "words.h"

static void
add_factor(struct html *h, const struct incident *in, const struct factor *f)
{
	CLEANUP(buf_free) struct buf line = BUF_INIT;

	buf_adds(h->out, "<li class=\"factor\"><p class=\"text\">");
	html_text(h, f->text);
	buf_adds(h->out, "</p>\n<p class=\"meta\">");
	html_element(h, "b", "kind", f->kind);
	buf_addc(h->out, ' ');
	html_time(h, f->time, in->start);
	if (f->host != NULL && f->host[0] != '\0') {
		buf_addc(h->out, ' ');
		html_element(h, "span", "host", f->host);
	}
	if (f->service != NULL && f->service[0] != '\0') {
		buf_addc(h->out, ' ');
		html_element(h, "span", "service", f->service);
	}
	buf_adds(h->out, "</p>\n<ul>\n");
	/* Reasons say it themselves. */
	if (f->n_reasons == 0 && !isnan(f->lead_s)) {
		words_seconds(&line, fabs(f->lead_s));
		buf_adds(&line,
		    f->lead_s >= 0 ? " before the onset" : " after the onset");
		html_take_element(h, "li", NULL, &line);
	}
	for (size_t k = 0; k < f->n_reasons; k++) {
		html_element(h, "li", NULL, f->reasons[k]);
		buf_addc(h->out, '\n');
	}
	buf_adds(h->out, "</ul>\n");
	if (f->evidence.n > 0)
		html_evidence(h, &f->evidence, false);
	buf_adds(h->out, "</li>\n");
}

void
html_factors(struct html *h, const struct incident *in, size_t number)
{
	html_incident_heading(h, "factors", "Contributing factors", in, number);
	if (in->n_factors == 0) {
		buf_adds(
		    h->out, "<p>None found in the logs.</p>\n</section>\n");
		return;
	}
	buf_adds(h->out,
	    "<p class=\"note\">Candidates, likeliest first, each with its "
	    "reasons and with what speaks against it.</p>\n"
	    "<ol class=\"factors\">\n");
	for (size_t i = 0; i < in->n_factors; i++)
		add_factor(h, in, &in->factors[i]);
	buf_adds(h->out, "</ol>\n<p class=\"again\">Again: ");
	html_command(h, REPORT_FACTORS);
	buf_adds(h->out, "</p>\n</section>\n");
}

void
html_similar(struct html *h, const struct incident *in, size_t number)
{
	CLEANUP(buf_free) struct buf line = BUF_INIT;

	html_incident_heading(h, "similar", "Similar incidents", in, number);
	if (in->n_similar == 0)
		buf_adds(h->out, "<p>None in the week before.</p>\n");
	else
		buf_adds(h->out, "<ul class=\"similar\">\n");
	for (size_t i = 0; i < in->n_similar; i++) {
		const struct similar *s = &in->similar[i];

		buf_adds(h->out, "<li>");
		html_time(h, s->start, h->r->since);
		buf_addc(h->out, ' ');
		html_element(h, "code", "id", s->id);
		buf_adds(&line, ": ");
		words_share(&line, s->score);
		buf_adds(&line, " alike");
		for (size_t k = 0; k < s->n_shared; k++)
			buf_addf(
			    &line, "%s %s", k == 0 ? ";" : ",", s->shared[k]);
		html_take(h, &line);
		buf_adds(h->out, "</li>\n");
	}
	buf_addf(h->out, "%s</section>\n", in->n_similar > 0 ? "</ul>\n" : "");
}

static void
add_gap(struct html *h, const struct coverage *c, const struct coverage_gap *g)
{
	CLEANUP(buf_free) struct buf line = BUF_INIT;

	buf_adds(h->out, "<li><b>Gap</b> in ");
	html_element(h, "span", "path", c->source ? c->source : "?");
	if (g->since != USEC_NONE) {
		buf_adds(&line, ", ");
		words_time(&line, g->since, h->r->since, h->r);
	}
	if (g->until != USEC_NONE && g->until != g->since) {
		buf_adds(&line, HTML_DASH);
		words_time(&line, g->until, h->r->since, h->r);
	}
	buf_addf(
	    &line, ": %s; lost: ", g->reason ? g->reason : "unknown reason");
	words_lost(&line, g);
	html_take(h, &line);
	buf_adds(h->out, "</li>\n");
}

static void
add_source(struct html *h, const struct coverage *c)
{
	CLEANUP(buf_free) struct buf cell = BUF_INIT;

	buf_adds(h->out, "<tr><th scope=\"row\" class=\"path\">");
	html_text(h, c->source ? c->source : "?");
	buf_adds(h->out, "</th>");
	html_element(h, "td", NULL, c->host);
	buf_adds(h->out, "<td>");
	if (c->events > 0)
		html_time(h, c->first, h->r->since);
	buf_adds(h->out, "</td><td>");
	if (c->events > 0)
		html_time(h, c->last, h->r->since);
	buf_adds(h->out, "</td>");
	words_count(&cell, c->events);
	html_take_element(h, "td", NULL, &cell);
	words_count(&cell, c->unparsed);
	html_take_element(h, "td", NULL, &cell);
	buf_adds(h->out, "</tr>\n");
}

void
html_coverage(struct html *h)
{
	const struct report *r = h->r;
	CLEANUP(buf_free) struct buf line = BUF_INIT;

	html_section(h, "coverage", "Coverage");
	words_looked_at(&line, r);
	if (words_gaps(r) == 0)
		buf_adds(&line, ", no known gap");
	html_take_element(h, "p", "note", &line);
	if (words_gaps(r) > 0) {
		buf_adds(h->out, "\n<ul class=\"gaps\">\n");
		for (size_t i = 0; i < r->n_coverage; i++) {
			const struct coverage *c = &r->coverage[i];

			for (size_t k = 0; k < c->n_gaps; k++)
				add_gap(h, c, &c->gaps[k]);
		}
		buf_adds(h->out, "</ul>");
	}
	buf_adds(h->out,
	    "\n<div class=\"scroll\"><table class=\"numbers sources\">"
	    "<caption>Sources</caption><thead><tr>"
	    "<th scope=\"col\">Source</th><th scope=\"col\">Host</th>"
	    "<th scope=\"col\">First</th><th scope=\"col\">Last</th>"
	    "<th scope=\"col\">Events</th>"
	    "<th scope=\"col\">Fit no format</th></tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < r->n_coverage; i++)
		add_source(h, &r->coverage[i]);
	buf_adds(h->out, "</tbody></table></div>\n<p class=\"again\">Again: ");
	html_command(h, REPORT_COVERAGE);
	buf_adds(h->out, "</p>\n</section>\n");
}
