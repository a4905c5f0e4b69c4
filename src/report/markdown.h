/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_REPORT_MARKDOWN_H
#define RECOUNT_REPORT_MARKDOWN_H

#include "recount/report.h"

struct markdown {
	const struct report *r;
	const struct report_options *o;
	struct buf *out;
	const char *dash, *times, *minus;
};

/* z so that it reads as it is: no markup, links, mentions, HTML or table
 * cells come of it.  NULL adds nothing. */
void markdown_text(struct markdown *m, const char *z);
void markdown_cell(struct markdown *m, const char *z); /* " text |" */
/* "| a | b |" and the row of dashes below it; an alignment per column: 'l'
 * or 'r'. */
void markdown_table(
    struct markdown *m, const char *const *names, const char *alignment);
void markdown_heading(struct markdown *m, int level, const char *text);
/* What words.h or another caller wrote into b becomes text or a cell; b is
 * empty again. */
void markdown_take(struct markdown *m, struct buf *b);
void markdown_take_cell(struct markdown *m, struct buf *b);

/* "`recount show k3f9 k7v0`": the evidence, as what shows it. */
void markdown_evidence(struct markdown *m, const struct id_list *l);
/* What gives the numbers of a section again. */
void markdown_command(struct markdown *m, const char *before, unsigned parts);
void markdown_mermaid(struct markdown *m); /* of the timeline */
void markdown_impact(
    struct markdown *m, const struct incident *in, size_t number);
void markdown_clients(
    struct markdown *m, const struct incident *in, size_t number);
void markdown_similar(
    struct markdown *m, const struct incident *in, size_t number);
void markdown_factors(
    struct markdown *m, const struct incident *in, size_t number);
/* "Impact: degradation of orders", with the incident's number where there are
 * several. */
void markdown_incident_heading(struct markdown *m, const char *what,
    const struct incident *in, size_t number);

#endif
