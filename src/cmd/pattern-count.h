/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_CMD_PATTERN_COUNT_H
#define RECOUNT_CMD_PATTERN_COUNT_H

/* The message patterns of a window and its baseline, counted and compared. */

#include "cmd.h"
#include "recount/intern.h"
#include "recount/patterns.h"

struct pattern_row {
	uint64_t pattern;
	/* Of the window; of the baseline for what is gone. */
	usec_t first, last;
	uint64_t first_id, last_id; /* evidence: of the first, of the last */
	int severity;               /* the most urgent; SEVERITY_NONE */
	char *service;              /* or identifier, or unit; NULL */
	char *template;             /* NULL: unknown */
	bool in_window;
	struct pattern_counts counts;
};

struct pattern_table {
	struct pattern_span window, baseline;
	struct pattern_row *rows; /* changed most first, then by count */
	size_t n;
	uint64_t damaged; /* segments that were left out */
	/* The rest is private. */
	size_t size;
	uint32_t *buckets;       /* per row: window's, then baseline's */
	struct u64map *index;    /* pattern -> row */
	struct u64map *survivor; /* pattern -> the one it was merged into */
};

/* Of the events that c's filters want.  t->window and t->baseline (which may
 * be empty) are given.  EXIT_DONE, or the status after a complaint. */
int pattern_table_fill(
    struct pattern_table *t, const struct cmd_context *c, struct store *st);
void pattern_table_end(struct pattern_table *t);

DEFINE_CLEANUP_IN(struct pattern_table, pattern_table_end)

#endif
