/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_REPORT_TEXT_H
#define RECOUNT_REPORT_TEXT_H

#include "recount/report.h"

enum style { STYLE_PLAIN, STYLE_HEADING, STYLE_BAD, STYLE_GOOD, STYLE_DIM };

/* What every part of the text report needs. */
struct text {
	const struct report *r;
	const struct report_options *o;
	struct buf *out;
	const char *dash, *dot, *times, *cut, *minus;
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
/* Paragraph of z, indented, wrapped to the width. */
void text_paragraph(struct text *t, const char *z, unsigned indent);
unsigned text_columns(const char *z); /* of z made safe; 0 for NULL */

void text_timeline(struct text *t);
void text_impact(struct text *t, const struct incident *in, size_t number);
void text_clients(struct text *t, const struct incident *in, size_t number);
void text_factors(struct text *t, const struct incident *in, size_t number);
void text_similar(struct text *t, const struct incident *in, size_t number);
void text_coverage(struct text *t);
/* "incident 2 of 3: degradation of orders", when there are several. */
void text_which(struct text *t, const struct incident *in, size_t number);

#endif
