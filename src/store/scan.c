/* SPDX-License-Identifier: MIT */
/*
 * Scans.  The rows of all segments that overlap the window are listed first
 * (a hundred bytes each); parts are read when their segment's turn comes.
 *
 * In order of time: segments are sorted by their first timestamp, and those
 * whose first timestamp has been reached stand in a heap by their next event.
 * A segment is opened when the event on top of the heap is no longer before
 * it, and freed when it is used up, so that only segments that overlap each
 * other in time are in memory together.  Inside a segment the rows that the
 * query wants are sorted, which they nearly always are already.
 *
 * When a text is looked for, segments whose filter (tokens.c) says that it is
 * not there do not even get onto the list.
 */
#include <errno.h>
#include <stdlib.h>

#include "internal.h"

struct pick {
	usec_t ts;
	uint32_t row;
};

struct cursor {
	struct segment_row row;
	struct segment_in in;
	struct pick *picks; /* rows that the query wants, in its order */
	uint32_t n, next;
};

struct scan {
	struct store *st;
	const struct store_query *q;
	unsigned parts;
	store_event_fn fn;
	void *arg;
	uint64_t damaged;
	struct wanted wanted;
	sqlite3_stmt *bloom; /* or NULL: all segments are looked into */

	struct segment_row *rows;
	size_t n_rows, rows_size;
	struct cursor **heap;
	size_t n_heap, heap_size;
};

static void
cursor_free(struct cursor *c)
{
	if (c == NULL)
		return;
	segment_in_free(&c->in);
	xfree(c->picks);
	xfree(c);
}
DEFINE_CLEANUP(struct cursor *, cursor_free)

static void
scan_end(struct scan *sc)
{
	for (size_t i = 0; i < sc->n_heap; i++)
		cursor_free(sc->heap[i]);
	xfree(sc->heap);
	xfree(sc->rows);
	sqlite3_finalize(sc->bloom);
}
DEFINE_CLEANUP_IN(struct scan, scan_end)

/* ---- one segment ---- */

static int
pick_cmp(const void *a, const void *b)
{
	const struct pick *x = a, *y = b;

	if (x->ts != y->ts)
		return x->ts < y->ts ? -1 : 1;
	return x->row < y->row ? -1 : x->row > y->row;
}

static void
reverse(struct pick *picks, uint32_t n)
{
	for (uint32_t i = 0; i < n / 2; i++) {
		struct pick other = picks[n - 1 - i];

		picks[n - 1 - i] = picks[i];
		picks[i] = other;
	}
}

static void
cursor_pick(struct cursor *c, const struct store_query *q)
{
	bool sorted = true;

	c->picks = xreallocarray(NULL, c->in.n, sizeof(*c->picks));
	for (uint32_t i = 0; i < c->in.n; i++) {
		usec_t ts = segment_timestamp(&c->in, i);

		if ((q->since != USEC_NONE && ts < q->since) ||
		    (q->until != USEC_NONE && ts >= q->until))
			continue;
		if (q->kinds != 0 &&
		    (q->kinds & (1u << segment_kind(&c->in, i))) == 0)
			continue;
		if (c->n > 0 && ts < c->picks[c->n - 1].ts)
			sorted = false;
		c->picks[c->n++] = (struct pick){ts, i};
	}
	if (q->ordered && !sorted)
		qsort(c->picks, c->n, sizeof(*c->picks), pick_cmp);
	if (q->ordered && q->reverse)
		reverse(c->picks, c->n);
}

static void
count_damage(struct scan *sc, const struct segment_row *row)
{
	sc->damaged++;
	segment_left_out(sc->st, row);
}

/* NULL when the segment is damaged (counted) or has nothing for the query. */
static struct cursor *
cursor_open(struct scan *sc, const struct segment_row *row)
{
	CLEANUP(cursor_free) struct cursor *c = xcalloc(1, sizeof(*c));

	c->row = *row;
	if (segment_load(sc->st, row, 1u << PART_BASE, &c->in) < 0) {
		count_damage(sc, row);
		return NULL;
	}
	cursor_pick(c, sc->q);
	if (c->n == 0)
		return NULL;
	if (segment_load(sc->st, row, sc->parts, &c->in) < 0) {
		count_damage(sc, row);
		return NULL;
	}
	return STEAL(c);
}

static int
cursor_emit(struct scan *sc, struct cursor *c)
{
	struct log_event ev;

	segment_event(&c->in, c->picks[c->next++].row, &ev);
	ev.source = c->row.source;
	return sc->fn(sc->arg, &ev);
}

/* ---- many, in order ---- */

/* Whether a's next event comes before b's. */
static bool
cursor_before(
    const struct scan *sc, const struct cursor *a, const struct cursor *b)
{
	usec_t x = a->picks[a->next].ts, y = b->picks[b->next].ts;
	uint64_t i, j;

	if (x != y)
		return (x < y) != sc->q->reverse;
	i = segment_id(&a->in, a->picks[a->next].row);
	j = segment_id(&b->in, b->picks[b->next].row);
	return (i < j) != sc->q->reverse;
}

static void
heap_sink(struct scan *sc, size_t at)
{
	for (;;) {
		size_t best = at, left = 2 * at + 1;
		struct cursor *c;

		for (size_t k = left; k < left + 2 && k < sc->n_heap; k++) {
			if (cursor_before(sc, sc->heap[k], sc->heap[best]))
				best = k;
		}
		if (best == at)
			return;
		c = sc->heap[at];
		sc->heap[at] = sc->heap[best];
		sc->heap[best] = c;
		at = best;
	}
}

static void
heap_add(struct scan *sc, struct cursor *c)
{
	size_t at = sc->n_heap++;

	if (at == sc->heap_size) {
		sc->heap_size = sc->heap_size ? sc->heap_size * 2 : 16;
		sc->heap = xreallocarray(
		    sc->heap, sc->heap_size, sizeof(struct cursor *));
	}
	while (at > 0 && cursor_before(sc, c, sc->heap[(at - 1) / 2])) {
		sc->heap[at] = sc->heap[(at - 1) / 2];
		at = (at - 1) / 2;
	}
	sc->heap[at] = c;
}

static void
heap_advance(struct scan *sc)
{
	struct cursor *c = sc->heap[0];

	if (c->next == c->n) {
		cursor_free(c);
		sc->heap[0] = sc->heap[--sc->n_heap];
	}
	heap_sink(sc, 0);
}

/* Whether a segment may hold the next event. */
static bool
is_due(const struct scan *sc, const struct segment_row *row)
{
	usec_t top;

	if (sc->n_heap == 0)
		return true;
	top = sc->heap[0]->picks[sc->heap[0]->next].ts;
	return sc->q->reverse ? row->key.ts_max >= top : row->key.ts_min <= top;
}

static int
scan_ordered(struct scan *sc)
{
	size_t at = 0;

	for (;;) {
		int r;

		while (at < sc->n_rows && is_due(sc, &sc->rows[at])) {
			struct cursor *c = cursor_open(sc, &sc->rows[at++]);

			if (c != NULL)
				heap_add(sc, c);
		}
		if (sc->n_heap == 0) /* then no row was left either */
			return 0;
		r = cursor_emit(sc, sc->heap[0]);
		if (r != 0)
			return r;
		heap_advance(sc);
	}
}

static int
scan_unordered(struct scan *sc)
{
	for (size_t i = 0; i < sc->n_rows; i++) {
		CLEANUP(cursor_free)
		struct cursor *c = cursor_open(sc, &sc->rows[i]);

		while (c != NULL && c->next < c->n) {
			int r = cursor_emit(sc, c);

			if (r != 0)
				return r;
		}
	}
	return 0;
}

/* ---- all of it ---- */

static const char *
list_sql(const struct store_query *q)
{
#define LIST                                                                   \
	"SELECT " SEGMENT_ROW_COLUMNS " FROM segment WHERE ts_max >= ?1"       \
	" AND ts_min < ?2 AND (kinds & ?3) != 0 ORDER BY "
	if (!q->ordered)
		return LIST "id";
	return q->reverse ? LIST "ts_max DESC, first_id DESC"
			  : LIST "ts_min, first_id";
#undef LIST
}

/* Whether what is looked for may be in a segment.  One that came without a
 * filter has to be looked into. */
static bool
may_hold(struct scan *sc, const struct segment_row *row)
{
	struct str bloom;
	bool may = true;

	if (sc->bloom == NULL)
		return true;
	sqlite3_bind_int64(sc->bloom, 1, row->row);
	if (sqlite3_step(sc->bloom) == SQLITE_ROW) {
		bloom = sql_str(sc->bloom, 0);
		may = bloom_may_hold(bloom.p, bloom.n, &sc->wanted);
	}
	sqlite3_reset(sc->bloom);
	return may;
}

static int
scan_list(struct scan *sc)
{
	const struct store_query *q = sc->q;
	CLEANUP(sql_finalize)
	sqlite3_stmt *stmt = sql_prepare(sc->st, list_sql(q));
	int r;

	if (stmt == NULL)
		return sql_error(sc->st, NULL, "read");
	sqlite3_bind_int64(stmt, 1, q->since); /* USEC_NONE is the minimum */
	sqlite3_bind_int64(
	    stmt, 2, q->until == USEC_NONE ? INT64_MAX : q->until);
	sqlite3_bind_int64(stmt, 3, q->kinds ? q->kinds : UINT32_MAX);
	while ((r = sqlite3_step(stmt)) == SQLITE_ROW) {
		if (sc->n_rows == sc->rows_size) {
			sc->rows_size = sc->rows_size ? sc->rows_size * 2 : 64;
			sc->rows = xreallocarray(
			    sc->rows, sc->rows_size, sizeof(*sc->rows));
		}
		if (segment_row_get(stmt, &sc->rows[sc->n_rows]) < 0)
			count_damage(sc, &sc->rows[sc->n_rows]);
		else if (may_hold(sc, &sc->rows[sc->n_rows]))
			sc->n_rows++;
	}
	return r == SQLITE_DONE ? 0 : sql_error(sc->st, NULL, "read");
}

int
store_scan(struct store *st, const struct store_query *q, store_event_fn fn,
    void *arg, uint64_t *ret_damaged, struct reterr *err)
{
	CLEANUP(scan_end)
	struct scan sc = {.st = st, .q = q, .fn = fn, .arg = arg};
	int r = snapshot_begin(st);

	if (r < 0)
		return sql_error(st, err, "read");
	sc.parts = 1u << PART_BASE;
	if (q->columns & STORE_ORIGIN)
		sc.parts |= 1u << PART_ORIGIN;
	if (q->columns & STORE_HTTP)
		sc.parts |= 1u << PART_HTTP;
	if (q->columns & STORE_RAW) /* lines refer to all other columns */
		sc.parts = (1u << SEGMENT_PARTS) - 1;
	sc.wanted = tokens_wanted(q->text, q->caseless);
	if (sc.wanted.n > 0)
		sc.bloom =
		    sql_prepare(st, "SELECT data FROM bloom WHERE segment = ?");
	r = scan_list(&sc);
	if (r < 0)
		sql_error(st, err, "read");
	else if (q->ordered)
		r = scan_ordered(&sc);
	else
		r = scan_unordered(&sc);
	snapshot_end(st);
	if (ret_damaged != NULL)
		*ret_damaged = sc.damaged;
	return r;
}
