/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_UTF8_H
#define RECOUNT_UTF8_H

/*
 * Bytes made safe to show.  All functions append to out.
 */

#include "recount/str.h"

/* Length of the valid UTF-8 sequence at s (1–4), or 0 when there is none. */
size_t utf8_valid(struct str s);
/*
 * One line for a terminal: control bytes (C0, DEL, C1), bidi controls and
 * bytes that are not UTF-8 become \xHH or \u{HHHH}; a tab becomes \t, a
 * newline \n.  A backslash stays: this form is for reading.
 */
void utf8_add_printable(struct buf *out, struct str s);
/*
 * Lossless inside JSON strings (without the quotes): bytes that are not UTF-8
 * become \udc80–\udcff, the surrogate that Python's "surrogateescape" uses,
 * so that text.encode("utf-8", "surrogateescape") gives the bytes back.
 */
void utf8_add_json(struct buf *out, struct str s);
/* Columns that s takes on a terminal: wide and combining characters counted
 * as such. */
unsigned utf8_columns(struct str s);

#endif
