/* SPDX-License-Identifier: MIT */
/*
 * What all reading shares: snapshots, rows of the table segment, and the parts
 * that belong to them.
 *
 * A snapshot is SQLite's read transaction.  In WAL mode it costs nobody
 * anything; it begins with the outermost scan and ends with it, so that what a
 * callback looks up while a scan is under way fits the scan.
 */
#include <errno.h>

#include "internal.h"

int
snapshot_begin(struct store *st)
{
	if (st->reading++ > 0)
		return 0;
	if (sqlite3_exec(st->db, "BEGIN", NULL, NULL, NULL) != SQLITE_OK) {
		st->reading = 0;
		return sql_error(st, NULL, "read");
	}
	return 0;
}

void
snapshot_end(struct store *st)
{
	if (--st->reading == 0)
		sqlite3_exec(st->db, "COMMIT", NULL, NULL, NULL);
}

int
store_hold(struct store *st)
{
	return snapshot_begin(st);
}

void
store_release(struct store *st)
{
	snapshot_end(st);
}

int
segment_row_get(sqlite3_stmt *stmt, struct segment_row *ret)
{
	int64_t n = sqlite3_column_int64(stmt, 2);

	*ret = (struct segment_row){.row = sqlite3_column_int64(stmt, 0),
	    .source = (uint32_t)sqlite3_column_int64(stmt, 1),
	    .key = {
		.n = (uint32_t)n,
		.first_id = (uint64_t)sqlite3_column_int64(stmt, 3),
		.last_id = (uint64_t)sqlite3_column_int64(stmt, 4),
		.ts_min = sqlite3_column_int64(stmt, 5),
		.ts_max = sqlite3_column_int64(stmt, 6),
		.kinds = (unsigned)sqlite3_column_int64(stmt, 7),
		.bytes = (size_t)sqlite3_column_int64(stmt, 8),
	    }};
	if (n < 1 || n > SEGMENT_EVENTS_MAX)
		return -EBADMSG;
	return 0;
}

int
segment_load(struct store *st, const struct segment_row *row, unsigned parts,
    struct segment_in *s)
{
	CLEANUP(sql_finalize)
	sqlite3_stmt *stmt =
	    sql_prepare(st, "SELECT data FROM part WHERE id = ?");

	if (stmt == NULL)
		return sql_error(st, NULL, "read");
	for (unsigned k = 0; k < SEGMENT_PARTS; k++) {
		struct str data;
		int r, step;

		if ((parts & ~s->parts & (1u << k)) == 0)
			continue;
		sqlite3_bind_int64(stmt, 1, row->row * SEGMENT_PARTS + k);
		step = sqlite3_step(stmt);
		if (step != SQLITE_ROW)
			return step == SQLITE_DONE
				   ? -EBADMSG
				   : sql_error(st, NULL, "read");
		data = sql_str(stmt, 0);
		r = segment_read(st->codec, k, &row->key, data.p, data.n, s);
		sqlite3_reset(stmt);
		if (r < 0)
			return r;
	}
	return 0;
}

int64_t
segment_find_id(const struct segment_in *s, uint64_t id)
{
	uint32_t low = 0, high = s->n;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (segment_id(s, mid) < id)
			low = mid + 1;
		else
			high = mid;
	}
	return low < s->n && segment_id(s, low) == id ? (int64_t)low : -1;
}

void
store_on_damage(struct store *st, store_damage_fn fn, void *arg)
{
	st->damage_fn = fn;
	st->damage_arg = arg;
}

void
segment_left_out(struct store *st, const struct segment_row *row)
{
	struct store_damage d = {.segment = row->row,
	    .source = row->source,
	    .events = row->key.n,
	    .since = row->key.ts_min,
	    .until = row->key.ts_max,
	    .what = STR("it cannot be decoded")};

	if (row->key.n > SEGMENT_EVENTS_MAX) /* the row makes no sense */
		d.events = 0;
	if (st->damage_fn != NULL)
		st->damage_fn(st->damage_arg, &d);
}
