/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_REPORT_ESCAPE_MARKDOWN_H
#define RECOUNT_REPORT_ESCAPE_MARKDOWN_H

#include "recount/str.h"

/* Append s so that it reads as it is: no markup, links, mentions, HTML or
 * table cells come of it, in the middle of a line or at its start.  Line
 * breaks and control bytes become visible, blanks at the ends are left out. */
void escape_markdown(struct buf *out, struct str s);

#endif
