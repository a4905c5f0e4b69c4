/* SPDX-License-Identifier: MIT */
/*
 * The timeline as a Mermaid gantt chart, which GitHub and GitLab draw: bars
 * for incidents, milestones for items, a section per phase.  A gantt chart and
 * not Mermaid's "timeline", whose syntax has no place for clock times.
 *
 * Mermaid has no escape that holds in every place: ':' ends a name, '#', ';'
 * and '%' begin something else, and its front ends differ.  So of a text only
 * letters, digits and a few marks are taken, and blanks for the rest.  Times
 * are those of the report's zone: Mermaid takes what has no zone for local
 * time, and shows it so.
 */
#include "markdown.h"

#include <ctype.h>

#include "recount/utf8.h"

#define NAME_MAX 60 /* characters */

static void
add_name(struct buf *out, const char *z)
{
	struct str s = str_of(z);
	size_t shown = 0;
	bool blank = true;

	while (s.n > 0 && shown < NAME_MAX) {
		size_t n = utf8_valid(s);
		unsigned char c = (unsigned char)s.p[0];
		bool plain = n > 1 || isalnum(c) || memchr("./_()+-", c, 7);

		if (n > 1) {
			/* What changes how text is shown is not in a name. */
			CLEANUP(buf_free) struct buf safe = BUF_INIT;

			utf8_add_printable(&safe, str_sub(s, 0, n));
			plain = safe.n == n;
		}
		if (plain)
			buf_add(out, s.p, n);
		else if (!blank)
			buf_addc(out, ' ');
		shown += plain || !blank;
		blank = !plain;
		s = str_skip(s, n > 0 ? n : 1);
	}
	while (out->p[out->n - 1] == ' ')
		out->p[--out->n] = '\0';
	if (s.n > 0)
		buf_adds(out, " …");
}

/* "2026-03-04T14:00:07" */
static void
add_time(struct buf *out, usec_t t, const struct zone *z)
{
	char date[TIME_TEXT_MAX], clock[TIME_TEXT_MAX];

	buf_addf(out, "%sT%s", time_format_date(t, z, date),
	    time_format_clock(t, z, 0, clock));
}

static void
add_incidents(struct markdown *m)
{
	const struct report *r = m->r;

	if (r->n_incidents > 0)
		buf_adds(m->out, "    section incident\n");
	for (size_t i = 0; i < r->n_incidents; i++) {
		const struct incident *in = &r->incidents[i];
		usec_t end = in->end != USEC_NONE ? in->end : r->until;

		/* An empty bar would not be seen. */
		if (end < in->start + USEC_PER_SEC)
			end = in->start + USEC_PER_SEC;
		buf_addf(
		    m->out, "    %s", incident_class_name(in->classification));
		for (size_t k = 0; k < in->n_services; k++) {
			buf_adds(m->out, k == 0 ? " of " : " ");
			add_name(m->out, in->services[k]);
		}
		buf_addf(m->out, " :crit, i%zu, ", i + 1);
		add_time(m->out, in->start, r->zone);
		buf_adds(m->out, ", ");
		add_time(m->out, end, r->zone);
		buf_addc(m->out, '\n');
	}
}

void
markdown_mermaid(struct markdown *m)
{
	const struct report *r = m->r;
	int phase = -1;

	if (r->n_timeline == 0)
		return;
	buf_adds(m->out, "```mermaid\ngantt\n"
			 "    dateFormat YYYY-MM-DDTHH:mm:ss\n"
			 "    axisFormat %H:%M:%S\n");
	add_incidents(m);
	for (size_t i = 0; i < r->n_timeline; i++) {
		const struct timeline_item *it = &r->timeline[i];

		if (it->time == USEC_NONE)
			continue;
		if ((int)it->phase != phase)
			buf_addf(
			    m->out, "    section %s\n", phase_name(it->phase));
		phase = (int)it->phase;
		buf_addf(m->out, "    %s ", it->kind ? it->kind : "");
		add_name(m->out, it->text);
		buf_addf(m->out, " :milestone, t%zu, ", i + 1);
		add_time(m->out, it->time, r->zone);
		buf_adds(m->out, ", 0d\n");
	}
	buf_adds(m->out, "```\n\n");
}
