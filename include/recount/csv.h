/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_CSV_H
#define RECOUNT_CSV_H

/* Comma-separated values (RFC 4180, lines end with \n). */

#include "recount/str.h"

/*
 * Append value in quotes, and end: ',' or '\n'.  Control bytes become visible.
 * Spreadsheets run cells that begin like a formula: such a value gets an
 * apostrophe in front, which they take for "this is text".
 */
void csv_add(struct buf *out, struct str value, char end);

#endif
