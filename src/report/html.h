/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_REPORT_HTML_H
#define RECOUNT_REPORT_HTML_H

/*
 * What the parts of an HTML page share.  Markup of our own goes straight to
 * out; whatever else passes html_text() or html_take(), which make it safe as
 * element content and in quoted attributes.
 */

#include "recount/report.h"

#define HTML_DASH "\u2013"

struct html {
	const struct report *r;
	const struct report_options *o;
	struct buf *out;
	/* Per r->evidence: it stands on the page already, to be linked to. */
	bool *shown;
};

void html_text(struct html *h, const char *z); /* NULL adds nothing */
void html_take(struct html *h, struct buf *b); /* b is empty again */
/* <tag class="class">text</tag>; class may be NULL. */
void html_element(
    struct html *h, const char *tag, const char *class, const char *text);
void html_take_element(
    struct html *h, const char *tag, const char *class, struct buf *b);
/* A time as words_time() has it, in a <time> with its full form. */
void html_time(struct html *h, usec_t t, usec_t day);
/* "Degradation of orders", "Slow answers of search" */
void html_name_incident(struct buf *out, const struct incident *in);
/* "12.345%" */
void html_percent(struct buf *out, double part);
/* <section> with its heading; to be ended with </section>. */
void html_section(struct html *h, const char *id, const char *heading);
/* <code>recount …</code> for these parts of the report */
void html_command(struct html *h, unsigned parts);

/* What every page begins with: the skip link and the bar, up to the places
 * that it leads to. */
void html_bar_begin(struct buf *out);
void html_bar_end(struct buf *out);
/* From <!doctype> to behind <body>, and its end; html_frame_* serve every
 * page. */
void html_frame_begin(struct buf *out, const char *title);
void html_frame_end(struct buf *out);

void html_hero(struct html *h, const struct incident *in, size_t number);
void html_chart(struct html *h);
void html_chart_table(struct html *h);
void html_timeline(struct html *h);
void html_impact(struct html *h, const struct incident *in, size_t number);
void html_clients(struct html *h, const struct incident *in, size_t number);
void html_factors(struct html *h, const struct incident *in, size_t number);
void html_similar(struct html *h, const struct incident *in, size_t number);
void html_coverage(struct html *h);
/* "Impact", with the incident's number where there are several. */
void html_incident_heading(struct html *h, const char *id, const char *what,
    const struct incident *in, size_t number);

/* The lines behind ids: each in full, or where all is false only those not
 * shown before, and links to the others. */
void html_evidence(struct html *h, const struct id_list *l, bool all);

#endif
