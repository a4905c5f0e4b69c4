/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_REPORT_ESCAPE_H
#define RECOUNT_REPORT_ESCAPE_H

/*
 * Text of unknown origin for the formats that give characters a meaning.
 * Functions append to out.
 */

#include "recount/str.h"

/* & < > " ' as entities, everything else as it is: stands in element content
 * and in quoted attributes. */
void escape_html(struct buf *out, struct str s);
/* The same of what utf8_add_printable() makes of z: control bytes, bidi
 * controls and bytes that are no UTF-8 can be seen, none is obeyed. */
void escape_html_printable(struct buf *out, struct str s);

#endif
