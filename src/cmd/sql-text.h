/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_CMD_SQL_TEXT_H
#define RECOUNT_CMD_SQL_TEXT_H

/* Answers to SQL as text for people and programs; see sql-text.c. */

#include "recount/sql.h"

struct sql_text;

/* NULL: there is no such format.  name NULL: the first of sql_text_names(). */
struct sql_text *sql_text_new(const char *name);
void sql_text_free(struct sql_text *t); /* what is left is not printed */
DEFINE_CLEANUP(struct sql_text *, sql_text_free)
void sql_text_names(struct buf *out); /* "table, csv, …" */

/* What prints to standard output; its arg is a struct sql_text. */
extern const struct store_answer sql_text_answer;
void sql_text_flush(struct sql_text *t);

#endif
