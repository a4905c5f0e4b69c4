/* SPDX-License-Identifier: MIT */
/*
 * The report as GitHub, GitLab and wikis render it: headings, tables, short
 * lists.
 *
 * What a document says about numbers and times is in words.c, how log text is
 * kept from being markup in escape-markdown.c.
 */
#include "markdown.h"

#include "escape-markdown.h"
#include "render.h"
#include "words.h"

void
markdown_text(struct markdown *m, const char *z)
{
	escape_markdown(m->out, str_of(z));
}

void
markdown_cell(struct markdown *m, const char *z)
{
	buf_addc(m->out, ' ');
	markdown_text(m, z);
	buf_adds(m->out, " |");
}

void
markdown_take(struct markdown *m, struct buf *b)
{
	markdown_text(m, b->p);
	buf_reset(b);
}

void
markdown_take_cell(struct markdown *m, struct buf *b)
{
	markdown_cell(m, b->p);
	buf_reset(b);
}

void
markdown_table(
    struct markdown *m, const char *const *names, const char *alignment)
{
	buf_addc(m->out, '|');
	for (size_t i = 0; alignment[i] != '\0'; i++)
		buf_addf(m->out, " %s |", names[i]);
	buf_adds(m->out, "\n|");
	for (size_t i = 0; alignment[i] != '\0'; i++)
		buf_adds(m->out, alignment[i] == 'r' ? "---:|" : "---|");
	buf_addc(m->out, '\n');
}

void
markdown_heading(struct markdown *m, int level, const char *text)
{
	if (m->out->n > 0)
		buf_addc(m->out, '\n');
	while (level-- > 0)
		buf_addc(m->out, '#');
	buf_addf(m->out, " %s\n\n", text);
}

void
markdown_incident_heading(struct markdown *m, const char *what,
    const struct incident *in, size_t number)
{
	CLEANUP(buf_free) struct buf name = BUF_INIT;

	markdown_heading(m, 2, what);
	if (m->r->n_incidents < 2)
		return;
	buf_addf(&name, "Incident %zu of %zu: ", number, m->r->n_incidents);
	words_incident(&name, in);
	markdown_take(m, &name);
	buf_adds(m->out, "\n\n");
}

void
markdown_evidence(struct markdown *m, const struct id_list *l)
{
	if (l->n == 0)
		return;
	buf_adds(m->out, "`recount show ");
	words_evidence(m->out, l);
	buf_addc(m->out, '`');
}

void
markdown_command(struct markdown *m, const char *before, unsigned parts)
{
	buf_addf(m->out, "\n%s: `", before);
	words_command(m->out, m->r, parts);
	buf_adds(m->out, "`\n");
}

static void
add_head(struct markdown *m)
{
	const struct report *r = m->r;
	CLEANUP(buf_free) struct buf line = BUF_INIT;

	markdown_heading(m, 1, "Incident report");
	buf_adds(m->out, "- Window: ");
	words_window(&line, r->since, r->until, r->zone, m->dash);
	buf_addf(&line, ", time zone %s", zone_name(r->zone));
	markdown_take(m, &line);
	buf_adds(m->out, "\n- Baseline: ");
	if (r->baseline_since != USEC_NONE && r->baseline_until != USEC_NONE)
		words_window(&line, r->baseline_since, r->baseline_until,
		    r->zone, m->dash);
	else
		buf_adds(&line, "none");
	markdown_take(m, &line);
	buf_adds(m->out, "\n- Looked at: ");
	words_looked_at(&line, r);
	words_redacted(&line, r);
	markdown_take(m, &line);
	buf_adds(m->out, "\n- Made by: recount ");
	markdown_text(m, r->generated.version);
	buf_addc(m->out, '\n');
}

static void
add_incidents(struct markdown *m)
{
	static const char *const names[] = {
	    "Incident", "When", "What", "Failed requests", "Share"};
	const struct report *r = m->r;
	CLEANUP(buf_free) struct buf cell = BUF_INIT;

	if (r->n_incidents == 0)
		return;
	buf_addc(m->out, '\n');
	markdown_table(m, names, "lllrr");
	for (size_t i = 0; i < r->n_incidents; i++) {
		const struct incident *in = &r->incidents[i];

		buf_addc(m->out, '|');
		markdown_cell(m, in->id);
		words_incident_when(&cell, r, in, m->dash);
		markdown_take_cell(m, &cell);
		words_incident(&cell, in);
		markdown_take_cell(m, &cell);
		if (in->impact.at_least)
			buf_adds(&cell, "at least ");
		words_of(&cell, in->impact.failed, in->impact.total, NULL);
		markdown_take_cell(m, &cell);
		words_share(
		    &cell, words_ratio(in->impact.failed, in->impact.total));
		markdown_take_cell(m, &cell);
		buf_addc(m->out, '\n');
	}
}

static void
add_summary(struct markdown *m)
{
	const struct report *r = m->r;

	markdown_heading(m, 2, "Summary");
	if (r->n_incidents == 0 &&
	    !str_starts(str_of(r->summary), STR("No incident found")))
		buf_adds(m->out, "No incident found. ");
	markdown_text(m, r->summary);
	buf_addc(m->out, '\n');
	if (r->n_incidents > 1 || !(m->o->parts & ~REPORT_SUMMARY))
		add_incidents(m);
}

/* What the times are, and from where the relative ones count. */
static void
add_onsets(struct markdown *m)
{
	const struct report *r = m->r;
	char text[TIME_TEXT_MAX];

	if (words_zone_changes(r))
		buf_adds(m->out, "Clocks change inside the window.");
	else
		buf_addf(m->out, "Times are %s.",
		    time_format_zone(r->since, r->zone, text));
	for (size_t i = 0; i < r->n_incidents; i++) {
		const struct incident *in = &r->incidents[i];
		usec_t onset = in->phases.onset != USEC_NONE ? in->phases.onset
							     : in->start;

		buf_adds(m->out,
		    i == 0 ? " Relative times count from the onset" : ",");
		if (r->n_incidents > 1)
			buf_addf(m->out, " of incident %zu", i + 1);
		buf_addf(
		    m->out, " at %s", time_format_local(onset, r->zone, text));
	}
	if (r->n_incidents > 1)
		buf_adds(m->out,
		    "; an item belongs to the first incident that had not "
		    "ended by then");
	buf_adds(m->out, r->n_incidents > 0 ? ".\n\n" : "\n\n");
}

static void
add_timeline(struct markdown *m)
{
	static const char *const names[] = {"Relative", "Time", "Phase", "What",
	    "Where", "Event", "Count", "Evidence"};
	const struct report *r = m->r;
	CLEANUP(buf_free) struct buf cell = BUF_INIT;
	char relative[TIME_TEXT_MAX];

	markdown_heading(m, 2, "Timeline");
	if (r->n_timeline == 0) {
		buf_adds(m->out, "Nothing notable in this window.\n");
		return;
	}
	add_onsets(m);
	if (m->o->mermaid)
		markdown_mermaid(m);
	markdown_table(m, names, "rlllllrl");
	for (size_t i = 0; i < r->n_timeline; i++) {
		const struct timeline_item *it = &r->timeline[i];

		words_relative(r, it, relative);
		buf_adds(m->out, "| ");
		buf_adds(m->out, relative[0] == '-'   ? m->minus
				 : relative[0] == '+' ? "+"
						      : "");
		buf_addf(m->out, "%s |",
		    relative + (relative[0] == '-' || relative[0] == '+'));
		words_time(&cell, it->time, r->since, r);
		markdown_take_cell(m, &cell);
		markdown_cell(m, phase_name(it->phase));
		markdown_cell(m, it->kind);
		markdown_cell(m, it->host != NULL && it->host[0] != '\0'
				     ? it->host
				     : it->service);
		markdown_cell(m, it->text);
		words_count(&cell, it->count);
		markdown_take_cell(m, &cell);
		buf_addc(m->out, ' ');
		markdown_evidence(m, &it->evidence);
		buf_adds(m->out, " |\n");
	}
	markdown_command(m, "Found by", REPORT_TIMELINE);
}

static void
add_gaps(struct markdown *m)
{
	CLEANUP(buf_free) struct buf line = BUF_INIT;
	const struct report *r = m->r;

	if (words_gaps(r) == 0) {
		buf_adds(m->out, "\nNo known gap.\n");
		return;
	}
	buf_addc(m->out, '\n');
	for (size_t i = 0; i < r->n_coverage; i++) {
		const struct coverage *c = &r->coverage[i];

		for (size_t k = 0; k < c->n_gaps; k++) {
			buf_adds(m->out, "- Gap in ");
			words_gap(&line, c, &c->gaps[k], r, m->dash);
			markdown_take(m, &line);
			buf_addc(m->out, '\n');
		}
	}
}

static void
add_coverage(struct markdown *m)
{
	static const char *const names[] = {
	    "Source", "Host", "First", "Last", "Events", "Fit no format"};
	const struct report *r = m->r;
	CLEANUP(buf_free) struct buf cell = BUF_INIT;

	markdown_heading(m, 2, "Coverage");
	markdown_table(m, names, "llllrr");
	for (size_t i = 0; i < r->n_coverage; i++) {
		const struct coverage *c = &r->coverage[i];

		buf_addc(m->out, '|');
		markdown_cell(m, c->source);
		markdown_cell(m, c->host);
		words_time(&cell, c->first, r->since, r);
		markdown_take_cell(m, &cell);
		words_time(&cell, c->last, r->since, r);
		markdown_take_cell(m, &cell);
		words_count(&cell, c->events);
		markdown_take_cell(m, &cell);
		words_of(&cell, c->unparsed, c->events, NULL);
		markdown_take_cell(m, &cell);
		buf_addc(m->out, '\n');
	}
	add_gaps(m);
}

void
report_render_markdown(
    const struct report *r, const struct report_options *o, struct buf *out)
{
	struct markdown m = {
	    .r = r,
	    .o = o,
	    .out = out,
	    .dash = o->ascii ? "-" : "\u2013",
	    .times = o->ascii ? "x" : "\u00d7",
	    .minus = o->ascii ? "-" : "\u2212",
	};

	if (o->parts & REPORT_SUMMARY) {
		add_head(&m);
		add_summary(&m);
	}
	if (o->parts & REPORT_TIMELINE)
		add_timeline(&m);
	for (size_t i = 0; i < r->n_incidents; i++) {
		const struct incident *in = &r->incidents[i];

		if (o->parts & REPORT_IMPACT)
			markdown_impact(&m, in, i + 1);
		if (o->parts & REPORT_CLIENTS)
			markdown_clients(&m, in, i + 1);
		if (o->parts & REPORT_FACTORS)
			markdown_factors(&m, in, i + 1);
		if (r->similar_sought)
			markdown_similar(&m, in, i + 1);
	}
	if (o->parts & REPORT_COVERAGE)
		add_coverage(&m);
	markdown_heading(&m, 2, "Evidence");
	buf_adds(out, "Every line: `recount show ID`. This window again: `");
	words_command(out, r, o->parts);
	buf_adds(out, "`\n");
}
