/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_PLAIN_H
#define RECOUNT_PLAIN_H

/*
 * A database of plain tables, for people who have nothing but sqlite3: what
 * `recount snapshot` leaves behind.  Made once, in one transaction, never
 * written again.
 */

#include "recount/store.h"

struct plain;

/* A new file at path; -EEXIST when there is one.  0 and *ret, to be ended by
 * plain_free(); or -errno with the reason in err. */
int plain_create(const char *path, struct plain **ret, struct reterr *err);
/* Without plain_finish() nothing is in the file. */
void plain_free(struct plain *p);
DEFINE_CLEANUP(struct plain *, plain_free)

/* Append text to out, or what stands for it. */
typedef void (*plain_text_fn)(void *arg, struct str text, struct buf *out);

/*
 * The tables "events", a row per event of [since, until) by time, with the
 * columns that recount-store(5) names, and "sources".  Texts that may hold
 * what is private go through fn (NULL: as they are).  Damaged segments are
 * left out and counted in *ret_damaged.
 */
int plain_events(struct plain *p, struct store *st, usec_t since, usec_t until,
    plain_text_fn fn, void *arg, uint64_t *ret_damaged, struct reterr *err);

enum plain_type { PLAIN_INTEGER, PLAIN_REAL, PLAIN_TEXT };

struct plain_column {
	const char *name;
	enum plain_type type;
};

struct plain_value { /* by the column's type */
	bool known;  /* else NULL */
	int64_t integer;
	double real;
	const char *text;
};

/* Begin a table; the rows that follow are its. */
int plain_table(struct plain *p, const char *name,
    const struct plain_column *columns, size_t n, struct reterr *err);
/* One value per column of the table begun last. */
int plain_row(
    struct plain *p, const struct plain_value *values, struct reterr *err);

/* Commit and sync.  0 or -errno. */
int plain_finish(struct plain *p, struct reterr *err);

#endif
