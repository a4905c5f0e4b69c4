/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_SQL_H
#define RECOUNT_SQL_H

/*
 * Questions that people put to a store in SQL.  They can only read.
 */

#include "recount/store.h"

struct store_cell {
	enum store_cell_type {
		STORE_CELL_NULL,
		STORE_CELL_NUMBER,
		STORE_CELL_TEXT,
		STORE_CELL_BLOB
	} type;
	struct str text; /* numbers as SQL writes them; may hold any bytes */
};

/* Where answers go.  Everything is borrowed until the function returns; a
 * non-zero return ends the query and is returned. */
struct store_answer {
	/* Before the first row of each statement, also when there is none. */
	int (*columns)(void *arg, const struct str *names, size_t n);
	int (*row)(void *arg, const struct store_cell *cells, size_t n);
	int (*end)(void *arg); /* behind the last row of each statement */
};

/*
 * Run the statements of sql one after the other over the tables and views of
 * the store, the table events among them.  *ret_damaged (may be NULL) counts
 * segments that had to be left out.  0; -EINVAL with the reason: not SQL, or
 * nothing that may be done, or no statement at all; -errno.
 */
int store_sql(struct store *st, const char *sql, const struct store_answer *to,
    void *arg, uint64_t *ret_damaged, struct reterr *err);

#endif
