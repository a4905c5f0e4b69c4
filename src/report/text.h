/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_REPORT_TEXT_H
#define RECOUNT_REPORT_TEXT_H

#include "recount/report.h"

enum style {
	STYLE_PLAIN,
	STYLE_HEADING,
	STYLE_BAD,
	STYLE_GOOD,
	STYLE_SEEN,
	STYLE_DIM
};

/* What every part of the text report needs. */
struct text {
	const struct report *r;
	const struct report_options *o;
	struct buf *out;
	const char *dash, *dot, *times, *cut, *minus;
	size_t line; /* where in out the line at work begins */
};

#define TEXT_INDENT 10 /* columns of the headings at the left */

/* "SUMMARY   " in bold; "" indents by as much. */
void text_heading(struct text *t, const char *heading);
void text_safe(struct text *t, const char *z); /* z of unknown origin or NULL */
/* z made safe, in a style, padded to columns with spaces; with a width
 * limited, cut to it. */
void text_cell(
    struct text *t, enum style style, const char *z, unsigned columns);
void text_right(struct text *t, const char *z, unsigned columns);
void text_styled(struct text *t, enum style style, const char *z);
void text_spaces(struct text *t, unsigned n);
/* ---- text-flow.c ---- */

/* Paragraph of z, indented, wrapped to the width. */
void text_paragraph(struct text *t, const char *z, unsigned indent);
/* What of rest, which is safe, fills a line of columns; rest is behind it. */
struct str text_line(struct str *rest, unsigned columns);
size_t text_fit(struct str s, unsigned columns); /* bytes of s */
/* Break what stands in out since from, a line without its newline, where it
 * is wider than the terminal; what follows is indented by hang. */
void text_fold(struct text *t, size_t from, unsigned hang);
/* The same of every line since from: those that no one folded by then. */
void text_fold_all(struct text *t, size_t from);

/* z, of unknown origin or NULL, made safe. */
void text_printable(struct text *t, struct buf *out, const char *z);
unsigned text_columns(struct text *t, const char *z); /* of that */

void text_timeline(struct text *t);
void text_impact(struct text *t, const struct incident *in, size_t number);
void text_clients(struct text *t, const struct incident *in, size_t number);
void text_factors(struct text *t, const struct incident *in, size_t number);
void text_similar(struct text *t, const struct incident *in, size_t number);
void text_coverage(struct text *t);
/* "incident 2 of 3: degradation of orders", when there are several. */
void text_which(struct text *t, const struct incident *in, size_t number);

#endif
