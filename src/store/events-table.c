/* SPDX-License-Identifier: MIT */
/*
 * "events" for SQL: a virtual table with a row per event, decoded segment by
 * segment while a query runs.  It is the same code in `recount sql` and in
 * the extension for other programs that speak SQLite.
 *
 * The plan that table_best_index() makes is a text, two bytes for each
 * condition (its column, from '!' for the rowid, and its letter), beside the
 * parts of segments that hold the columns the query names: what is not named
 * is not read.
 *
 * All segments that the time may be in are walked in order of their row,
 * each decoded as far as the conditions need, and further only when a row
 * fits.  An id is looked for in the segments at hand first, which makes joins
 * on ids cheap, then in the one segment of each source that could hold it.
 *
 * A damaged segment is left out and counted, and the query goes on.
 */
#include "events-table.h"

/* Rough costs, in rows: they decide which side of a join is the outer one. */
#define COST_ID 50.0
#define EVENTS_GUESS 1e6
#define COLUMN_BASE ('!' + 1)

struct events_vtab {
	sqlite3_vtab base;
	struct events_module *m;
};

struct events_cursor {
	sqlite3_vtab_cursor base;
	struct events_filter filter;
	unsigned parts;         /* that the query's columns need */
	sqlite3_stmt *segments; /* left to be looked at */
	struct cached *e;
	uint32_t at;
	bool end, whole; /* whole: e has all of parts */
};

static struct events_module *
module_of(sqlite3_vtab_cursor *base)
{
	return ((struct events_vtab *)base->pVtab)->m;
}

static int
complain(sqlite3_vtab *base, const char *why)
{
	sqlite3_free(base->zErrMsg);
	base->zErrMsg = sqlite3_mprintf("%s", why);
	return SQLITE_ERROR;
}

/* ---- the table ---- */

static int
table_connect(sqlite3 *db, void *aux, int argc, const char *const *argv,
    sqlite3_vtab **ret, char **err)
{
	CLEANUP(buf_free) struct buf sql = BUF_INIT;
	struct events_vtab *t;
	int r;

	buf_adds(&sql, "CREATE TABLE events(");
	for (unsigned k = 0; k < n_events_columns; k++)
		buf_addf(&sql, "%s%s", k > 0 ? ", " : "",
		    events_columns[k].declaration);
	buf_addc(&sql, ')');
	r = sqlite3_declare_vtab(db, sql.p);
	if (r != SQLITE_OK)
		return r;
	t = xcalloc(1, sizeof(*t));
	t->m = aux;
	*ret = &t->base;
	return SQLITE_OK;
}

static int
table_disconnect(sqlite3_vtab *base)
{
	xfree(base);
	return SQLITE_OK;
}

/* ---- planning ---- */

static bool
is_binary(sqlite3_index_info *info, int i)
{
	const char *name = sqlite3_vtab_collation(info, i);

	return name != NULL && sqlite3_stricmp(name, "BINARY") == 0;
}

static double
count_events(struct events_module *m)
{
	int64_t n;

	if (m->events <= 0 &&
	    sql_number(m->st, "SELECT sum(n) FROM segment", &n) == 0)
		m->events = (double)n;
	return m->events > 0 ? m->events : EVENTS_GUESS;
}

static unsigned
parts_of(sqlite3_uint64 columns)
{
	unsigned parts = 1u << PART_BASE;

	for (unsigned k = 0; k < n_events_columns; k++)
		if (columns & (UINT64_C(1) << k))
			parts |= 1u << events_column_part(&events_columns[k]);
	return parts;
}

/* What is left of all rows, and of the work, behind one condition. */
static void
expect_less(sqlite3_index_info *info, int column, char how)
{
	const bool is_range = how != '=' && how != 'i';

	if (column <= 0 && !is_range) {
		info->estimatedCost = COST_ID;
		info->estimatedRows = 1;
		info->idxFlags = SQLITE_INDEX_SCAN_UNIQUE;
		return;
	}
	info->estimatedRows /= is_range ? 3 : 20;
	/* Times choose segments; the rest only spares the making of rows. */
	info->estimatedCost /=
	    column <= 2 || events_columns[column].value == VALUE_SOURCE ? 3
									: 1.5;
}

static int
table_best_index(sqlite3_vtab *base, sqlite3_index_info *info)
{
	CLEANUP(buf_free) struct buf plan = BUF_INIT;
	const double events = count_events(((struct events_vtab *)base)->m);
	int n = 0;

	info->estimatedCost = events + 1000;
	info->estimatedRows = (sqlite3_int64)events + 1;
	for (int i = 0; i < info->nConstraint; i++) {
		const struct sqlite3_index_constraint *c =
		    &info->aConstraint[i];
		bool in = sqlite3_vtab_in(info, i, -1) != 0;
		char how;

		how = events_filter_takes(c->iColumn, c->op, in);
		if (!c->usable || how == 0 || !is_binary(info, i))
			continue;
		if (how == 'i')
			sqlite3_vtab_in(info, i, 1);
		buf_addc(&plan, (char)(COLUMN_BASE + c->iColumn));
		buf_addc(&plan, how);
		info->aConstraintUsage[i].argvIndex = ++n;
		if (info->estimatedRows > 1)
			expect_less(info, c->iColumn, how);
	}
	info->idxNum = (int)parts_of(info->colUsed);
	if (plan.n > 0) {
		info->idxStr = sqlite3_mprintf("%s", plan.p);
		info->needToFreeIdxStr = 1;
	}
	return SQLITE_OK;
}

/* ---- cursors ---- */

/* The file may be anything, and written by anybody since it was opened. */
static int
check_store(sqlite3_vtab *base, struct events_module *m)
{
	int64_t application, version;

	if (sql_number(m->st, "PRAGMA main.application_id", &application) < 0 ||
	    sql_number(m->st, "PRAGMA main.user_version", &version) < 0)
		return complain(base, sqlite3_errmsg(m->st->db));
	if (application != APPLICATION_ID)
		return complain(base, "events: this is not a recount store");
	if (version > SCHEMA_VERSION)
		return complain(
		    base, "events: this store is of a newer recount");
	return SQLITE_OK;
}

static int
table_open(sqlite3_vtab *base, sqlite3_vtab_cursor **ret)
{
	struct events_module *m = ((struct events_vtab *)base)->m;
	struct events_cursor *c;

	if (m->cursors == 0) {
		int r = check_store(base, m);

		if (r != SQLITE_OK)
			return r;
		m->events = 0;
	}
	m->cursors++;
	c = xcalloc(1, sizeof(*c));
	*ret = &c->base;
	return SQLITE_OK;
}

static void
leave_segment(struct events_cursor *c, struct events_module *m)
{
	cache_release(&m->cache, c->e);
	c->e = NULL;
	c->at = 0;
	c->whole = false;
}

static void
rewind_cursor(struct events_cursor *c, struct events_module *m)
{
	leave_segment(c, m);
	events_filter_end(&c->filter);
	sqlite3_finalize(c->segments);
	c->segments = NULL;
	c->end = false;
}

static int
table_close(sqlite3_vtab_cursor *base)
{
	struct events_cursor *c = (struct events_cursor *)base;
	struct events_module *m = module_of(base);

	rewind_cursor(c, m);
	/* What a later statement sees may be another snapshot. */
	if (--m->cursors == 0)
		cache_clear(&m->cache);
	xfree(c);
	return SQLITE_OK;
}

static void
count_damage(struct events_module *m, const struct segment_row *row)
{
	m->damaged++;
	segment_left_out(m->st, row);
	sqlite3_log(SQLITE_WARNING,
	    "events: segment %lld is damaged and left out (%u events)",
	    (long long)row->row, row->key.n);
}

/* The next segment that can be read and may have rows; end without one. */
static int
next_segment(struct events_cursor *c, struct events_module *m)
{
	int step = SQLITE_DONE;

	leave_segment(c, m);
	while (c->segments != NULL &&
	       (step = sqlite3_step(c->segments)) == SQLITE_ROW) {
		struct segment_row row;
		bool sane = segment_row_get(c->segments, &row) == 0;

		if (sane && !events_filter_segment(&c->filter, &row))
			continue;
		if (sane)
			c->e = cache_hold(&m->cache, &row,
			    (1u << PART_BASE) | c->filter.parts);
		if (c->e == NULL) {
			count_damage(m, &row);
			continue;
		}
		if (c->filter.by_id) {
			int64_t at = segment_find_id(&c->e->in, c->filter.id);

			c->at = at < 0 ? c->e->in.n : (uint32_t)at;
		}
		return SQLITE_OK;
	}
	c->end = true;
	if (step != SQLITE_DONE)
		return complain(
		    c->base.pVtab, sqlite3_errmsg(module_of(&c->base)->st->db));
	return SQLITE_OK;
}

/* The rest of what the columns need, when the first row of e is wanted. */
static bool
complete(struct events_cursor *c, struct events_module *m)
{
	if (!c->whole) {
		c->whole = cache_more(&m->cache, c->e, c->parts);
		if (!c->whole)
			count_damage(m, &c->e->row);
	}
	return c->whole;
}

/* From row `at` on to the next one that fits. */
static int
settle(struct events_cursor *c)
{
	struct events_module *m = module_of(&c->base);
	int r = SQLITE_OK;

	while (r == SQLITE_OK && !c->end) {
		for (; c->e != NULL && c->at < c->e->in.n; c->at++) {
			if (c->filter.by_id &&
			    segment_id(&c->e->in, c->at) != c->filter.id)
				break;
			if (!events_filter_row(&c->filter, c->e, c->at))
				continue;
			if (complete(c, m))
				return SQLITE_OK;
			break;
		}
		r = next_segment(c, m);
	}
	return r;
}

static int
table_next(sqlite3_vtab_cursor *base)
{
	struct events_cursor *c = (struct events_cursor *)base;

	if (c->filter.by_id) { /* there is no other */
		c->end = true;
		return SQLITE_OK;
	}
	c->at++;
	return settle(c);
}

/* The segments to walk, or the one at hand that has the id. */
static int
begin(struct events_cursor *c, struct events_module *m)
{
	const struct events_filter *f = &c->filter;

	if (f->by_id) {
		c->e = cache_find(&m->cache, f->id, &c->at);
		if (c->e != NULL) {
			if (cache_more(&m->cache, c->e, f->parts))
				return SQLITE_OK;
			count_damage(m, &c->e->row);
			c->end = true;
			return SQLITE_OK;
		}
		c->segments = sql_prepare(m->st, SEGMENTS_OF_ID);
	} else {
		c->segments = sql_prepare(m->st,
		    "SELECT " SEGMENT_ROW_COLUMNS " FROM main.segment"
		    " WHERE ts_max >= ?1 AND ts_min <= ?2 ORDER BY id");
	}
	if (c->segments == NULL)
		return complain(c->base.pVtab, sqlite3_errmsg(m->st->db));
	sqlite3_bind_int64(
	    c->segments, 1, f->by_id ? (int64_t)f->id : f->since);
	if (!f->by_id)
		sqlite3_bind_int64(c->segments, 2, f->until);
	return SQLITE_OK;
}

static int
table_filter(sqlite3_vtab_cursor *base, int parts, const char *plan, int argc,
    sqlite3_value **argv)
{
	struct events_cursor *c = (struct events_cursor *)base;
	struct events_module *m = module_of(base);
	int r;

	rewind_cursor(c, m);
	c->parts = (unsigned)parts;
	c->filter.since = INT64_MIN;
	c->filter.until = INT64_MAX;
	for (int i = 0; i < argc; i++)
		events_filter_add(&c->filter,
		    (unsigned char)plan[2 * i] - COLUMN_BASE, plan[2 * i + 1],
		    argv[i]);
	c->end = c->filter.nothing;
	if (c->end)
		return SQLITE_OK;
	r = begin(c, m);
	return r == SQLITE_OK ? settle(c) : r;
}

static int
table_eof(sqlite3_vtab_cursor *base)
{
	return ((struct events_cursor *)base)->end;
}

static int
table_column(sqlite3_vtab_cursor *base, sqlite3_context *to, int column)
{
	struct events_cursor *c = (struct events_cursor *)base;

	events_column_give(&events_columns[column], c->e, c->at, to);
	return SQLITE_OK;
}

static int
table_rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *ret)
{
	struct events_cursor *c = (struct events_cursor *)base;

	*ret = (sqlite3_int64)segment_id(&c->e->in, c->at);
	return SQLITE_OK;
}

/* Without xCreate: the table is there, and nobody can make another. */
static const sqlite3_module events_module = {
    .xConnect = table_connect,
    .xBestIndex = table_best_index,
    .xDisconnect = table_disconnect,
    .xOpen = table_open,
    .xClose = table_close,
    .xFilter = table_filter,
    .xNext = table_next,
    .xEof = table_eof,
    .xColumn = table_column,
    .xRowid = table_rowid,
};

/* What people put there themselves; its text is an event like any other. */
static const char views[] =
    "CREATE TEMP VIEW IF NOT EXISTS marks AS"
    " SELECT id, time, timestamp, host, identifier AS kind, body AS text"
    " FROM events WHERE kind = 'mark';";

int
events_table_add(sqlite3 *db, struct events_module *m)
{
	sqlite3_stmt *stmt = NULL;
	int r;

	m->cache.st = m->st;
	r = sqlite3_create_module(db, "events", &events_module, m);
	/* The first use declares the table, which an authorizer would take
	 * for making one. */
	if (r == SQLITE_OK)
		r = sqlite3_prepare_v2(
		    db, "SELECT 1 FROM events", -1, &stmt, NULL);
	sqlite3_finalize(stmt);
	if (r == SQLITE_OK)
		r = sqlite3_exec(db, views, NULL, NULL, NULL);
	return r;
}
