/* SPDX-License-Identifier: MIT */
#ifndef STORE_EVENTS_TABLE_H
#define STORE_EVENTS_TABLE_H

/*
 * The table "events" for SQL, a row per event: what its files share.
 * events-table.c is the virtual table, events-column.c its columns,
 * events-filter.c conditions on them, events-cache.c decoded segments.
 */

#include "internal.h"

/* ---- events-cache.c ---- */

#define CACHED_SEGMENTS 8

struct cached {
	struct segment_row row;
	struct segment_in in;
	uint64_t used; /* when, as a count */
	unsigned held; /* by so many cursors */
	unsigned bad;  /* 1 << enum segment_part: cannot be decoded */

	/* Of the row that lines_at() gave last. */
	bool have_ev;
	uint32_t at;
	struct log_event ev;
};

struct events_cache {
	struct store *st;
	struct cached *entries[CACHED_SEGMENTS];
	uint64_t clock;
};

/* Hold a segment with these parts, decoded once as long as it stays here;
 * end with cache_release().  NULL: damaged. */
struct cached *cache_hold(
    struct events_cache *c, const struct segment_row *row, unsigned parts);
/* More parts of one that is held.  False: damaged. */
bool cache_more(struct events_cache *c, struct cached *e, unsigned parts);
/* Hold the segment that has this id, if it is here; *ret_at is its row. */
struct cached *cache_find(
    struct events_cache *c, uint64_t id, uint32_t *ret_at);
void cache_release(struct events_cache *c, struct cached *e); /* NULL: fine */
void cache_clear(struct events_cache *c); /* nothing may be held */
/* The event of a row, when PART_RAW is there. */
const struct log_event *cached_event(struct cached *e, uint32_t at);

/* ---- events-column.c ---- */

enum value {
	VALUE_ID,
	VALUE_TIME,    /* the timestamp as text */
	VALUE_USEC,    /* int field, microseconds */
	VALUE_SOURCE,  /* of the segment */
	VALUE_KIND,    /* by name */
	VALUE_KNOWN,   /* int field; below 0: NULL */
	VALUE_SPAN,    /* the same in seconds */
	VALUE_PATTERN, /* 16 hexadecimal digits */
	VALUE_STRING,  /* string field; empty: NULL */
	VALUE_ROUTE,
	VALUE_UNPARSED,
	VALUE_FLAGS,
	VALUE_OFFSET, /* these four come with the line */
	VALUE_CURSOR,
	VALUE_BODY,
	VALUE_RAW,
};

struct events_column {
	const char *declaration; /* "host TEXT" */
	enum value value;
	unsigned field; /* INT_…, or index of string_fields */
};
extern const struct events_column events_columns[];
extern const unsigned n_events_columns;

enum segment_part events_column_part(const struct events_column *col);
void events_column_give(const struct events_column *col, struct cached *e,
    uint32_t at, sqlite3_context *to);

#define SQL_TIME_MAX 64
/* "2026-03-04 13:00:00.000000", as SQLite writes times; false and untouched
 * where that cannot be compared as text (years not of four digits). */
bool sql_time_format(usec_t t, char out[SQL_TIME_MAX]);
/* The first time whose text is s or begins with it.  False: there is none, or
 * s ends in the middle of a field. */
bool sql_time_begins(struct str s, usec_t *ret);

/* ---- events-filter.c ---- */

/* What the conditions of a query leave over.  Only ever too much: SQLite
 * looks at each condition again. */
struct events_filter {
	usec_t since, until; /* timestamps, inclusive */
	bool by_id, nothing; /* nothing: no row can be */
	uint64_t id;
	unsigned parts; /* that rows need */
	struct events_test *tests;
	size_t n;
};

/* Whether a condition is one for us: its letter in the plan, or 0. */
char events_filter_takes(int column, unsigned char op, bool in);
/* Add one condition by that letter. */
void events_filter_add(
    struct events_filter *f, int column, char how, sqlite3_value *v);
void events_filter_end(struct events_filter *f);
/* The parts that tests look at are there. */
bool events_filter_segment(
    const struct events_filter *f, const struct segment_row *row);
bool events_filter_row(
    const struct events_filter *f, const struct cached *e, uint32_t at);

/* ---- events-table.c ---- */

struct events_module {
	struct store *st;
	struct events_cache cache;
	unsigned cursors;
	uint64_t damaged; /* segments left out, each time they were */
	double events;    /* in the store, about; 0: not asked yet */
};

/*
 * Make the table known to a connection, and the views that need it.  m must
 * live as long as the connection or until the module is dropped; m->st is
 * set.  An SQLite result code.
 */
int events_table_add(sqlite3 *db, struct events_module *m);

#endif
