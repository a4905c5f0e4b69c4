/* SPDX-License-Identifier: MIT */
/*
 * Retention drops whole segments: those that are older than the limit to their
 * last event, then, as long as the store is too large, the one whose last
 * event is oldest.  Few segments go per transaction, so that the WAL stays
 * small and nobody waits long; pages that became free are given back to the
 * file system.
 */
#include <errno.h>

#include "internal.h"

#define DROP_PER_TRANSACTION 64

/* Rows that the next commit replaces are left alone: it would bring their
 * events back. */
static bool
is_open(const struct store *st, int64_t row)
{
	for (size_t i = 0; i < st->n_sources; i++) {
		const struct source *src = st->sources[i];

		if (src->open_row == row)
			return true;
		for (size_t k = 0; k < src->n_sealed; k++) {
			if (src->sealed[k].replaces == row)
				return true;
		}
	}
	return false;
}

static int64_t
bytes_used(struct store *st)
{
	int64_t pages, unused, page_bytes;

	if (sql_number(st, "PRAGMA page_count", &pages) < 0 ||
	    sql_number(st, "PRAGMA freelist_count", &unused) < 0 ||
	    sql_number(st, "PRAGMA page_size", &page_bytes) < 0)
		return -1;
	return (pages - unused) * page_bytes;
}

static int
drop_segment(struct store *st, int64_t row)
{
	CLEANUP(sql_finalize)
	sqlite3_stmt *part =
	    sql_prepare(st, "DELETE FROM part WHERE id BETWEEN ? AND ?");
	CLEANUP(sql_finalize)
	sqlite3_stmt *segment =
	    sql_prepare(st, "DELETE FROM segment WHERE id = ?");
	int r;

	if (part == NULL || segment == NULL)
		return sql_error(st, NULL, "write");
	sqlite3_bind_int64(part, 1, row * SEGMENT_PARTS);
	sqlite3_bind_int64(part, 2, row * SEGMENT_PARTS + SEGMENT_PARTS - 1);
	sqlite3_bind_int64(segment, 1, row);
	r = sql_run(st, part);
	return r == 0 ? sql_run(st, segment) : r;
}

/*
 * Drop the oldest segments until none is older than the limit and `excess`
 * bytes are free, at most DROP_PER_TRANSACTION.  The number dropped.
 */
static int
drop_some(struct store *st, usec_t older_than, int64_t excess, uint64_t *events)
{
	int64_t rows[DROP_PER_TRANSACTION];
	CLEANUP(sql_finalize)
	sqlite3_stmt *stmt = sql_prepare(st,
	    "SELECT id, n, ts_max, stored FROM segment ORDER BY ts_max, id");
	int n = 0, r = 0;

	if (stmt == NULL)
		return sql_error(st, NULL, "read");
	while (n < DROP_PER_TRANSACTION && sqlite3_step(stmt) == SQLITE_ROW) {
		int64_t row = sqlite3_column_int64(stmt, 0);

		if (sqlite3_column_int64(stmt, 2) >= older_than && excess <= 0)
			break;
		if (is_open(st, row))
			continue;
		rows[n++] = row;
		*events += (uint64_t)sqlite3_column_int64(stmt, 1);
		excess -= sqlite3_column_int64(stmt, 3);
	}
	sqlite3_reset(stmt);
	for (int i = 0; i < n && r == 0; i++)
		r = drop_segment(st, rows[i]);
	return r < 0 ? r : n;
}

static int
drop_gaps(struct store *st, usec_t older_than)
{
	CLEANUP(sql_finalize)
	sqlite3_stmt *stmt = sql_prepare(st, "DELETE FROM gap WHERE until < ?");

	if (stmt != NULL)
		sqlite3_bind_int64(stmt, 1, older_than);
	return sql_run(st, stmt);
}

static int
retain_round(struct store *st, usec_t older_than, int64_t bytes_max,
    uint64_t *events, struct reterr *err)
{
	int64_t excess = bytes_max > 0 ? bytes_used(st) - bytes_max : 0;
	int r = sql_begin(st, err), n;

	if (r < 0)
		return r;
	n = drop_some(st, older_than, excess, events);
	r = n < 0 ? n : drop_gaps(st, older_than);
	if (r < 0) {
		sql_error(st, err, "drop old events");
		sql_rollback(st);
		return r;
	}
	r = sql_commit(st, err);
	return r < 0 ? r : n;
}

int
store_retain(struct store *st, usec_t older_than, int64_t bytes_max,
    uint64_t *ret_dropped, struct reterr *err)
{
	uint64_t dropped = 0, before;
	int r;

	if (st->mode != STORE_WRITE)
		return reterr_set(
		    err, EROFS, "%s: opened for reading", st->path);
	if (st->reading > 0)
		return reterr_set(err, EBUSY, "%s: is being read", st->path);
	commit_release(st);
	if (older_than == 0)
		older_than = INT64_MIN;
	do {
		before = dropped;
		r = retain_round(st, older_than, bytes_max, &dropped, err);
		if (r < 0)
			return r;
	} while (r > 0 && dropped > before);
	if (dropped > 0) {
		/* Each step of the pragma frees one page. */
		r = sql_exec(st, "PRAGMA incremental_vacuum", err);
		if (r < 0)
			return r;
	}
	*ret_dropped = dropped;
	return 0;
}
