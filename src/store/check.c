/* SPDX-License-Identifier: MIT */
/*
 * Checking a store without changing it, from the bottom up: SQLite's own check
 * of its pages and tables; then every segment, which must decode to its last
 * byte and hold what its row promises; then what must agree between tables.
 *
 * Each part of a segment carries a hash of itself, so that decoding it also
 * proves that the lines come out as they went in.  What the hash cannot tell,
 * that a part belongs to this row and that the row was not changed, is what
 * the counts are for: they are taken again from the decoded events.
 *
 * Nothing ends the check but a store that cannot be read at all: damage in
 * one place must not hide damage in another.  All of it sees one snapshot, so
 * a daemon may go on writing.
 */
#include <stdarg.h>
#include <stdio.h>

#include "internal.h"

/* Lines of SQLite's check: a broken page breaks all that hangs from it. */
#define INTEGRITY_LINES "50"
/* Bytes of what is said of one damage. */
#define DAMAGE_TEXT_MAX 512

struct check {
	struct store *st;
	store_damage_fn fn;
	void *arg;
	struct store_checked *done;
	struct store_damage at; /* what is being looked at */
};

static int __attribute__((format(printf, 2, 3)))
damaged(struct check *c, const char *format, ...)
{
	char text[DAMAGE_TEXT_MAX];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	c->at.what = str_of(text);
	c->done->damages++;
	return c->fn(c->arg, &c->at);
}

static void
at_store(struct check *c)
{
	c->at = (struct store_damage){.since = USEC_NONE, .until = USEC_NONE};
}

/* The end of a loop over rows: an error there is damage like any other. */
static int
rows_ended(struct check *c, int step, const char *table)
{
	if (step == SQLITE_DONE)
		return 0;
	at_store(c);
	return damaged(c, "%s cannot be read to their end: %s", table,
	    sqlite3_errmsg(c->st->db));
}

static int
check_database(struct check *c)
{
	CLEANUP(sql_finalize)
	sqlite3_stmt *stmt =
	    sql_prepare(c->st, "PRAGMA integrity_check(" INTEGRITY_LINES ")");
	int step = SQLITE_ERROR, r = 0;

	at_store(c);
	while (r == 0 && stmt != NULL &&
	       (step = sqlite3_step(stmt)) == SQLITE_ROW) {
		struct str line = sql_str(stmt, 0);

		if (!str_eq(line, STR("ok")))
			r = damaged(c, "SQLite: %.*s", STR_ARG(line));
	}
	return r != 0 ? r : rows_ended(c, step, "SQLite's pages");
}

/* ---- segments ---- */

static const char *const part_names[SEGMENT_PARTS] = {
    [PART_BASE] = "ids and times",
    [PART_ORIGIN] = "origin",
    [PART_HTTP] = "requests",
    [PART_RAW] = "lines",
};

/* What of a row can be wrong without a look at its parts. */
static const char *
row_fault(const struct segment_row *row, uint64_t before, uint64_t next_id)
{
	const struct segment_key *key = &row->key;

	if (key->first_id < 1 || key->last_id < key->first_id ||
	    key->last_id - key->first_id + 1 < key->n)
		return "its evidence ids cannot be";
	if (key->last_id >= next_id)
		return "its evidence ids were not given out yet";
	if (key->first_id <= before)
		return "its evidence ids overlap those of the one before";
	if (key->ts_min > key->ts_max)
		return "it ends before it begins";
	return NULL;
}

/* Decoded events against what the row says of them. */
static const char *
content_fault(struct segment_in *in, const struct segment_row *row,
    int64_t read_to, const struct bloom *bloom)
{
	struct segment_key is = {.ts_min = INT64_MAX, .ts_max = INT64_MIN};
	const struct segment_key *key = &row->key;

	for (uint32_t i = 0; i < in->n; i++) {
		struct log_event ev;

		segment_event(in, i, &ev);
		if (i == 0)
			is.first_id = ev.id;
		is.last_id = ev.id;
		is.ts_min = ev.timestamp < is.ts_min ? ev.timestamp : is.ts_min;
		is.ts_max = ev.timestamp > is.ts_max ? ev.timestamp : is.ts_max;
		is.kinds |= 1u << ev.kind;
		is.bytes += ev.raw.n;
		if (bloom != NULL && !bloom_holds(bloom, event_text(&ev)))
			return "its filter hides ids that it holds";
		if (ev.offset < -1)
			return "its places in the file cannot be";
		if (ev.offset > read_to - (int64_t)ev.raw.n)
			return "it holds lines from behind its source's "
			       "position";
	}
	if (is.first_id != key->first_id || is.last_id != key->last_id)
		return "it holds other evidence ids than its row says";
	if (is.ts_min != key->ts_min || is.ts_max != key->ts_max)
		return "it spans another time than its row says";
	if (is.kinds != key->kinds)
		return "it holds other kinds of events than its row says";
	if (is.bytes != key->bytes)
		return "its lines have another length than its row says";
	return NULL;
}

/* Where a row stands among the others. */
struct around {
	uint64_t before;  /* last id of the segment before it; 0 none */
	uint64_t next_id; /* of the store */
	int64_t read_to;  /* position in the file; INT64_MAX: no file */
};

static int
check_content(struct check *c, const struct segment_row *row,
    const struct around *around, struct segment_in *in)
{
	CLEANUP(sql_finalize)
	sqlite3_stmt *stmt =
	    sql_prepare(c->st, "SELECT data FROM bloom WHERE segment = ?");
	struct bloom bloom, *known = NULL;
	const char *fault;

	if (stmt == NULL)
		return sql_error(c->st, NULL, "read");
	sqlite3_bind_int64(stmt, 1, row->row);
	if (sqlite3_step(stmt) == SQLITE_ROW) {
		struct str data = sql_str(stmt, 0);

		if (bloom_open(data.p, data.n, &bloom) < 0)
			return damaged(c, "its filter is damaged");
		known = &bloom;
	}
	fault = content_fault(in, row, around->read_to, known);
	return fault != NULL ? damaged(c, "%s", fault) : 0;
}

static int
check_segment(
    struct check *c, const struct segment_row *row, const struct around *around)
{
	CLEANUP(segment_in_free) struct segment_in in = {0};
	const char *fault = row_fault(row, around->before, around->next_id);
	unsigned bad = 0;
	int r = 0;

	if (fault != NULL)
		r = damaged(c, "%s", fault);
	for (unsigned k = 0; k < SEGMENT_PARTS && r == 0; k++) {
		/* Lines lean on all the others. */
		if (bad > 0 && k == PART_RAW)
			break;
		if (segment_load(c->st, row, 1u << k, &in) == 0)
			continue;
		bad++;
		r = damaged(c, "its %s cannot be decoded", part_names[k]);
	}
	if (bad > 0 || r != 0)
		return r;
	return check_content(c, row, around, &in);
}

enum { /* behind those of SEGMENT_ROW_COLUMNS */
	COLUMN_SIZE_FITS = 9,
	COLUMN_SOURCE_KNOWN,
	COLUMN_OFFSET
};

static int
check_row(struct check *c, sqlite3_stmt *stmt, struct around *around)
{
	struct segment_row row;
	bool sane = segment_row_get(stmt, &row) == 0;
	const uint64_t damages = c->done->damages;
	int r = 0;

	if (row.source != c->at.source)
		around->before = 0;
	around->read_to =
	    sqlite3_column_type(stmt, COLUMN_OFFSET) == SQLITE_NULL
		? INT64_MAX
		: sqlite3_column_int64(stmt, COLUMN_OFFSET);
	c->at = (struct store_damage){.segment = row.row,
	    .source = row.source,
	    .events = sane ? row.key.n : 0,
	    .since = row.key.ts_min,
	    .until = row.key.ts_max};
	c->done->segments++;
	c->done->events += c->at.events;
	if (!sqlite3_column_int(stmt, COLUMN_SOURCE_KNOWN))
		r = damaged(c, "its source is unknown");
	if (r == 0 && !sane)
		r = damaged(c, "its row makes no sense");
	else if (r == 0)
		r = check_segment(c, &row, around);
	if (r == 0 && c->done->damages == damages &&
	    !sqlite3_column_int(stmt, COLUMN_SIZE_FITS))
		r = damaged(c, "it has another size than its row says");
	around->before = row.key.last_id;
	return r;
}

static int
check_segments(struct check *c)
{
	CLEANUP(sql_finalize)
	sqlite3_stmt *stmt = sql_prepare(c->st,
	    "SELECT " SEGMENT_ROW_COLUMNS ", stored = (SELECT"
	    " sum(length(data)) FROM part WHERE part.id BETWEEN"
	    " segment.id * 4 AND segment.id * 4 + 3),"
	    " source IN (SELECT id FROM source), (SELECT offset FROM source"
	    " WHERE source.id = segment.source AND kind = 0)"
	    " FROM segment ORDER BY source, last_id, id");
	struct around around = {.next_id = 0};
	int64_t next_id = 0;
	int step = SQLITE_ERROR, r = 0;

	at_store(c);
	if (sql_number(c->st, "SELECT value FROM meta WHERE name = 'next_id'",
		&next_id) < 0)
		r = damaged(c, "the next evidence id is lost");
	around.next_id = (uint64_t)next_id;
	while (
	    r == 0 && stmt != NULL && (step = sqlite3_step(stmt)) == SQLITE_ROW)
		r = check_row(c, stmt, &around);
	return r != 0 ? r : rows_ended(c, step, "segments");
}

/* ---- between tables ---- */

/* A query whose every row is damage: the number of the source, and what. */
struct rule {
	const char *table, *sql;
};

static const struct rule rules[] = {
    {"pieces of segments",
	"SELECT 0, n || ' pieces belong to no segment' FROM (SELECT"
	" count(*) AS n FROM part WHERE id / 4 NOT IN (SELECT id FROM"
	" segment)) WHERE n > 0"},
    {"sources",
	"SELECT id, 'it counts fewer events than are here' FROM source WHERE"
	" events < (SELECT coalesce(sum(n), 0) FROM segment WHERE"
	" segment.source = source.id)"},
    {"sources",
	"SELECT id, 'its counts cannot be' FROM source WHERE events < 0"
	" OR unparsed NOT BETWEEN 0 AND events OR kind NOT BETWEEN 0 AND 4"
	" OR first > last"},
    /* POSITION_HEAD_MAX, POSITION_TAIL_MAX */
    {"sources",
	"SELECT id, 'its position in the file cannot be' FROM source WHERE"
	" offset < 0 OR head_n NOT BETWEEN 0 AND 4096"
	" OR tail_n NOT BETWEEN 0 AND 1024 OR tail_n > offset"},
    {"journal entries",
	"SELECT 0, 'sequence numbers of ' || seqnum_id || ' from ' || first"
	" || ' on make no sense' FROM seq WHERE first > last OR EXISTS"
	" (SELECT 1 FROM seq AS s WHERE s.seqnum_id = seq.seqnum_id AND"
	"  s.first > seq.first AND s.first <= seq.last)"},
    {"gaps", "SELECT source, 'gap ' || id || ' ends before it begins' FROM gap"
	     " WHERE since > until"},
};

static int
check_rules(struct check *c)
{
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		CLEANUP(sql_finalize)
		sqlite3_stmt *stmt = sql_prepare(c->st, rules[i].sql);
		int step = SQLITE_ERROR, r = 0;

		at_store(c);
		while (r == 0 && stmt != NULL &&
		       (step = sqlite3_step(stmt)) == SQLITE_ROW) {
			c->at.source = (uint32_t)sqlite3_column_int64(stmt, 0);
			r = damaged(c, "%.*s", STR_ARG(sql_str(stmt, 1)));
		}
		if (r == 0)
			r = rows_ended(c, step, rules[i].table);
		if (r != 0)
			return r;
	}
	return 0;
}

int
store_check(struct store *st, store_damage_fn fn, void *arg,
    struct store_checked *ret, struct reterr *err)
{
	struct store_checked done = {0};
	struct check c = {.st = st, .fn = fn, .arg = arg, .done = &done};
	int r = snapshot_begin(st);

	if (r < 0)
		return sql_error(st, err, "read");
	r = check_database(&c);
	if (r == 0)
		r = check_segments(&c);
	if (r == 0)
		r = check_rules(&c);
	snapshot_end(st);
	if (r == 0)
		*ret = done;
	return r;
}
