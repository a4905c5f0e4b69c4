/* SPDX-License-Identifier: MIT */
/*
 * Requests of a window, as columns.
 *
 * An analysis looks at hundreds of thousands of requests and at ten fields of
 * each.  Filling a struct log_event per request costs more than unpacking its
 * segment, and looking up the same client and the same path again and again
 * costs more than both.  So the columns are handed out as they stand: integers
 * spread out to 64 bits, strings as the values of the segment's dictionary and
 * numbers into them.  Only what lies outside of the window, or is not a
 * request, is left out, for which the columns of most segments need not even
 * be looked at.
 */
#include <errno.h>

#include "internal.h"
#include "recount/requests.h"

enum { /* integer columns that are handed out */
	OUT_ID,
	OUT_TIMESTAMP,
	OUT_PRECISION,
	OUT_FLAGS,
	OUT_STATUS,
	OUT_DURATION,
	OUT_INTS
};
static const uint8_t out_ints[OUT_INTS] = {
    INT_ID, INT_TIMESTAMP, INT_PRECISION, INT_FLAGS, INT_STATUS, INT_DURATION};

enum {
	OUT_HOST,
	OUT_SERVICE,
	OUT_METHOD,
	OUT_TARGET,
	OUT_CLIENT,
	OUT_VHOST,
	OUT_REQUEST_ID,
	OUT_STRINGS
};
static const uint8_t out_strings[OUT_STRINGS] = {STRING_HOST, STRING_SERVICE,
    STRING_METHOD, STRING_TARGET, STRING_CLIENT, STRING_VHOST,
    STRING_REQUEST_ID};

struct reading {
	struct store *st;
	const struct request_query *q;
	uint32_t *picks; /* rows that are wanted */
	size_t n;
	bool all; /* picks is not filled in: every row is */
	int64_t *ints[OUT_INTS];
	uint32_t *rows[OUT_STRINGS];
	struct str *values[OUT_STRINGS];
};

static void
reading_end(struct reading *rd)
{
	for (unsigned k = 0; k < OUT_INTS; k++)
		xfree(rd->ints[k]);
	for (unsigned k = 0; k < OUT_STRINGS; k++) {
		xfree(rd->rows[k]);
		xfree(rd->values[k]);
	}
	xfree(rd->picks);
}
DEFINE_CLEANUP_IN(struct reading, reading_end)

static struct reading
reading_begin(struct store *st, const struct request_query *q)
{
	struct reading rd = {.st = st, .q = q};
	const size_t most = SEGMENT_EVENTS_MAX;

	rd.picks = xreallocarray(NULL, most, sizeof(*rd.picks));
	for (unsigned k = 0; k < OUT_INTS; k++)
		rd.ints[k] = xreallocarray(NULL, most, sizeof(*rd.ints[k]));
	for (unsigned k = 0; k < OUT_STRINGS; k++) {
		rd.rows[k] = xreallocarray(NULL, most, sizeof(*rd.rows[k]));
		rd.values[k] = xreallocarray(NULL, most, sizeof(*rd.values[k]));
	}
	return rd;
}

static void
pick_rows(
    struct reading *rd, const struct segment_row *row, struct segment_in *in)
{
	usec_t since = rd->q->since, until = rd->q->until;

	rd->n = in->n;
	rd->all = row->key.kinds == 1u << EVENT_ACCESS &&
		  row->key.ts_min >= since &&
		  (until == USEC_NONE || row->key.ts_max < until);
	if (rd->all)
		return;
	rd->n = 0;
	for (uint32_t i = 0; i < in->n; i++) {
		usec_t t = segment_timestamp(in, i);

		if (t >= since && (until == USEC_NONE || t < until) &&
		    segment_kind(in, i) == EVENT_ACCESS)
			rd->picks[rd->n++] = i;
	}
}

static void
spread_ints(const struct reading *rd, const struct ints *from, int64_t *to)
{
	if (rd->all) {
		for (size_t i = 0; i < rd->n; i++)
			to[i] = ints_at(from, i);
	} else {
		for (size_t i = 0; i < rd->n; i++)
			to[i] = ints_at(from, rd->picks[i]);
	}
}

static struct request_strings
spread_strings(
    struct reading *rd, unsigned k, const struct strings_in *from, size_t n)
{
	uint32_t *rows = rd->rows[k];

	for (uint32_t v = 0; v < from->n_values; v++)
		rd->values[k][v] = strings_value(from, v);
	for (size_t i = 0; i < n; i++) {
		size_t row = rd->all ? i : rd->picks[i];

		rows[i] = from->direct ? (uint32_t)row
				       : (uint32_t)ints_at(&from->index, row);
	}
	return (struct request_strings){rd->values[k], from->n_values, rows};
}

static int
hand_out(struct reading *rd, uint32_t source, const struct segment_in *in,
    request_fn fn, void *arg)
{
	struct request_strings strings[OUT_STRINGS] = {0};
	struct requests r = {.source = source, .n = rd->n};

	for (unsigned k = 0; k < OUT_INTS; k++)
		spread_ints(rd, &in->ints[out_ints[k]], rd->ints[k]);
	for (unsigned k = 0; k < OUT_STRINGS; k++) {
		if (k != OUT_REQUEST_ID || rd->q->request_ids)
			strings[k] = spread_strings(
			    rd, k, &in->strings[out_strings[k]], rd->n);
	}
	r.id = rd->ints[OUT_ID];
	r.timestamp = rd->ints[OUT_TIMESTAMP];
	r.precision = rd->ints[OUT_PRECISION];
	r.flags = rd->ints[OUT_FLAGS];
	r.status = rd->ints[OUT_STATUS];
	r.duration = rd->ints[OUT_DURATION];
	r.host = strings[OUT_HOST];
	r.service = strings[OUT_SERVICE];
	r.method = strings[OUT_METHOD];
	r.target = strings[OUT_TARGET];
	r.client = strings[OUT_CLIENT];
	r.vhost = strings[OUT_VHOST];
	r.request_id = strings[OUT_REQUEST_ID];
	return fn(arg, &r);
}

/* -EBADMSG: damaged. */
static int
read_segment(
    struct reading *rd, const struct segment_row *row, request_fn fn, void *arg)
{
	CLEANUP(segment_in_free) struct segment_in in = {0};
	int r = segment_load(rd->st, row, 1u << PART_BASE, &in);

	if (r < 0)
		return r;
	pick_rows(rd, row, &in);
	if (rd->n == 0)
		return 0;
	r = segment_load(rd->st, row, 1u << PART_ORIGIN | 1u << PART_HTTP, &in);
	return r < 0 ? r : hand_out(rd, row->source, &in, fn, arg);
}

static int
read_all(struct reading *rd, request_fn fn, void *arg, uint64_t *damaged,
    struct reterr *err)
{
	CLEANUP(sql_finalize)
	sqlite3_stmt *stmt =
	    sql_prepare(rd->st, "SELECT " SEGMENT_ROW_COLUMNS " FROM segment"
				" WHERE ts_max >= ? AND ts_min < ?"
				" AND (kinds & ?) != 0 ORDER BY id");
	int step;

	if (stmt == NULL)
		return sql_error(rd->st, err, "read");
	sqlite3_bind_int64(stmt, 1, rd->q->since); /* USEC_NONE: the minimum */
	sqlite3_bind_int64(
	    stmt, 2, rd->q->until == USEC_NONE ? INT64_MAX : rd->q->until);
	sqlite3_bind_int64(stmt, 3, 1 << EVENT_ACCESS);
	while ((step = sqlite3_step(stmt)) == SQLITE_ROW) {
		struct segment_row row;
		int r = segment_row_get(stmt, &row);

		if (r == 0)
			r = read_segment(rd, &row, fn, arg);
		if (r == -EBADMSG) {
			++*damaged;
			segment_left_out(rd->st, &row);
		} else if (r != 0) {
			return r;
		}
	}
	return step == SQLITE_DONE ? 0 : sql_error(rd->st, err, "read");
}

int
store_scan_requests(struct store *st, const struct request_query *q,
    request_fn fn, void *arg, uint64_t *ret_damaged, struct reterr *err)
{
	CLEANUP(reading_end) struct reading rd = reading_begin(st, q);
	uint64_t damaged = 0;
	int r = snapshot_begin(st);

	if (r < 0)
		return sql_error(st, err, "read");
	r = read_all(&rd, fn, arg, &damaged, err);
	snapshot_end(st);
	if (ret_damaged != NULL)
		*ret_damaged = damaged;
	return r;
}
