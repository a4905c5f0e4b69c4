/* SPDX-License-Identifier: MIT */
/*
 * Single events, gaps and patterns.
 *
 * Ids of one source's segments do not overlap, but those of different sources
 * do: an id is looked for in the one segment of each source that could hold
 * it, and only its first part, with the ids, is read for that.
 */
#include <errno.h>

#include "internal.h"

/* The segment with id, its first part read.  -EBADMSG: it is not in any sound
 * one, and a damaged one might have it. */
static int
locate(struct store *st, uint64_t id, struct segment_row *ret_row,
    struct segment_in *ret, uint32_t *ret_at)
{
	CLEANUP(sql_finalize)
	sqlite3_stmt *stmt = sql_prepare(st, SEGMENTS_OF_ID);
	int r = -ENOENT, step;

	if (stmt == NULL)
		return sql_error(st, NULL, "read");
	sqlite3_bind_int64(stmt, 1, (int64_t)id);
	while ((step = sqlite3_step(stmt)) == SQLITE_ROW) {
		CLEANUP(segment_in_free) struct segment_in s = {0};
		int64_t at;

		if (segment_row_get(stmt, ret_row) < 0 ||
		    segment_load(st, ret_row, 1u << PART_BASE, &s) < 0) {
			r = -EBADMSG;
			continue;
		}
		at = segment_find_id(&s, id);
		if (at < 0)
			continue;
		*ret = s;
		s = (struct segment_in){0};
		*ret_at = (uint32_t)at;
		return 0;
	}
	return step == SQLITE_DONE ? r : sql_error(st, NULL, "read");
}

#define ALL_PARTS ((1u << SEGMENT_PARTS) - 1)

static int
emit(struct segment_in *s, uint32_t source, uint32_t at, store_event_fn fn,
    void *arg)
{
	struct log_event ev;

	segment_event(s, at, &ev);
	ev.source = source;
	return fn(arg, &ev);
}

static int
get_in_snapshot(struct store *st, uint64_t id, store_event_fn fn, void *arg)
{
	CLEANUP(segment_in_free) struct segment_in s = {0};
	struct segment_row row;
	uint32_t at;
	int r = locate(st, id, &row, &s, &at);

	if (r == 0)
		r = segment_load(st, &row, ALL_PARTS, &s);
	if (r == 0)
		r = emit(&s, row.source, at, fn, arg);
	return r;
}

int
store_get(struct store *st, uint64_t id, store_event_fn fn, void *arg)
{
	int r = snapshot_begin(st);

	if (r < 0)
		return r;
	r = get_in_snapshot(st, id, fn, arg);
	snapshot_end(st);
	return r;
}

/* ---- neighbours ---- */

/* Up to want events of a source before (or from) an id: their segments,
 * nearest first.  Damaged ones are passed over. */
struct side {
	struct segment_in *segments;
	size_t n;
	uint32_t have;
};

static void
side_end(struct side *s)
{
	for (size_t i = 0; i < s->n; i++)
		segment_in_free(&s->segments[i]);
	xfree(s->segments);
}
DEFINE_CLEANUP_IN(struct side, side_end)

static int
side_read(struct store *st, const struct segment_row *from, bool before,
    unsigned want, struct side *side)
{
	CLEANUP(sql_finalize)
	sqlite3_stmt *stmt = sql_prepare(
	    st, before ? "SELECT " SEGMENT_ROW_COLUMNS " FROM segment WHERE"
			 " source = ? AND last_id < ? ORDER BY last_id DESC"
		       : "SELECT " SEGMENT_ROW_COLUMNS " FROM segment WHERE"
			 " source = ? AND last_id > ? ORDER BY last_id");
	int step = SQLITE_DONE;

	if (stmt == NULL)
		return sql_error(st, NULL, "read");
	sqlite3_bind_int64(stmt, 1, from->source);
	sqlite3_bind_int64(stmt, 2,
	    (int64_t)(before ? from->key.first_id : from->key.last_id));
	while (side->have < want && (step = sqlite3_step(stmt)) == SQLITE_ROW) {
		struct segment_in s = {0};
		struct segment_row row;

		if (segment_row_get(stmt, &row) < 0)
			continue;
		if (segment_load(st, &row, ALL_PARTS, &s) < 0) {
			segment_in_free(&s);
			continue;
		}
		side->segments = xreallocarray(
		    side->segments, side->n + 1, sizeof(*side->segments));
		side->segments[side->n++] = s;
		side->have += s.n;
	}
	return 0;
}

static int
emit_before(const struct side *side, uint32_t source, unsigned want,
    store_event_fn fn, void *arg)
{
	uint32_t skip = side->have > want ? side->have - want : 0;

	for (size_t i = side->n; i-- > 0;) {
		struct segment_in *s = &side->segments[i];

		for (uint32_t k = 0; k < s->n; k++) {
			int r;

			if (skip > 0) {
				skip--;
				continue;
			}
			r = emit(s, source, k, fn, arg);
			if (r != 0)
				return r;
		}
	}
	return 0;
}

static int
emit_after(const struct side *side, uint32_t source, unsigned want,
    store_event_fn fn, void *arg)
{
	for (size_t i = 0; i < side->n; i++) {
		struct segment_in *s = &side->segments[i];

		for (uint32_t k = 0; k < s->n && want > 0; k++, want--) {
			int r = emit(s, source, k, fn, arg);

			if (r != 0)
				return r;
		}
	}
	return 0;
}

static int
neighbours_in_snapshot(
    struct store *st, uint64_t id, unsigned n, store_event_fn fn, void *arg)
{
	CLEANUP(segment_in_free) struct segment_in s = {0};
	CLEANUP(side_end) struct side before = {0}, after = {0};
	struct segment_row row;
	uint32_t at, from, to;
	int r = locate(st, id, &row, &s, &at);

	if (r == 0)
		r = segment_load(st, &row, ALL_PARTS, &s);
	if (r < 0)
		return r;
	from = at > n ? at - n : 0;
	to = s.n - 1 - at > n ? at + n : s.n - 1;
	if (n > at)
		r = side_read(st, &row, true, n - at, &before);
	if (r == 0 && n > s.n - 1 - at)
		r = side_read(st, &row, false, n - (s.n - 1 - at), &after);
	if (r == 0 && n > at)
		r = emit_before(&before, row.source, n - at, fn, arg);
	for (uint32_t k = from; k <= to && r == 0; k++)
		r = emit(&s, row.source, k, fn, arg);
	if (r == 0 && n > s.n - 1 - at)
		r = emit_after(&after, row.source, n - (s.n - 1 - at), fn, arg);
	return r;
}

int
store_neighbours(
    struct store *st, uint64_t id, unsigned n, store_event_fn fn, void *arg)
{
	int r = snapshot_begin(st);

	if (r < 0)
		return r;
	/* What nobody reads anyway must not fill the memory. */
	if (n > SEGMENT_EVENTS_MAX)
		n = SEGMENT_EVENTS_MAX;
	r = neighbours_in_snapshot(st, id, n, fn, arg);
	snapshot_end(st);
	return r;
}

/* ---- gaps and patterns ---- */

static int64_t
number_or(sqlite3_stmt *stmt, int column, int64_t unknown)
{
	if (sqlite3_column_type(stmt, column) == SQLITE_NULL)
		return unknown;
	return sqlite3_column_int64(stmt, column);
}

int
store_each_gap(struct store *st, usec_t since, usec_t until,
    int (*fn)(void *arg, const struct gap *gap), void *arg)
{
	/* A side that is unknown may reach anywhere. */
	CLEANUP(sql_finalize)
	sqlite3_stmt *stmt = sql_prepare(st,
	    "SELECT source, since, until, reason, lost, lost_bytes, offset"
	    " FROM gap WHERE (until IS NULL OR until >= ?1)"
	    " AND (since IS NULL OR since < ?2) ORDER BY since, id");
	int r;

	if (stmt == NULL)
		return sql_error(st, NULL, "read");
	sqlite3_bind_int64(stmt, 1, since);
	sqlite3_bind_int64(stmt, 2, until == USEC_NONE ? INT64_MAX : until);
	while ((r = sqlite3_step(stmt)) == SQLITE_ROW) {
		struct gap gap = {
		    .source = (uint32_t)sqlite3_column_int64(stmt, 0),
		    .since = number_or(stmt, 1, USEC_NONE),
		    .until = number_or(stmt, 2, USEC_NONE),
		    .reason = sql_str(stmt, 3),
		    .lost = number_or(stmt, 4, -1),
		    .lost_bytes = sqlite3_column_int(stmt, 5),
		    .offset = number_or(stmt, 6, -1),
		};

		r = fn(arg, &gap);
		if (r != 0)
			return r;
	}
	return r == SQLITE_DONE ? 0 : sql_error(st, NULL, "read");
}

int
store_each_pattern(struct store *st,
    int (*fn)(
	void *arg, uint64_t pattern, struct str template, struct str state),
    void *arg)
{
	CLEANUP(sql_finalize)
	sqlite3_stmt *stmt = sql_prepare(
	    st, "SELECT id, template, state FROM pattern ORDER BY id");
	int r;

	if (stmt == NULL)
		return sql_error(st, NULL, "read");
	while ((r = sqlite3_step(stmt)) == SQLITE_ROW) {
		r = fn(arg, (uint64_t)sqlite3_column_int64(stmt, 0),
		    sql_str(stmt, 1), sql_str(stmt, 2));
		if (r != 0)
			return r;
	}
	return r == SQLITE_DONE ? 0 : sql_error(st, NULL, "read");
}
