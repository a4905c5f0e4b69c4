/* SPDX-License-Identifier: MIT */
/*
 * Queries that people write.
 *
 * The store is open for reading only, so that nothing in it can be changed;
 * but SQL can also attach other files, and load code.  SQLite asks an
 * authorizer about each thing a statement would do while it compiles it, and
 * this one lets through nothing but reading.  Virtual tables are declared by
 * what looks like making a table, so those that people may want are used once
 * before it is set.
 *
 * All statements of a query see one snapshot.
 */
#include <errno.h>

#include "events-table.h"
#include "recount/sql.h"

/* Pragmas that say something and change nothing, when asked without a value
 * or with the name of a table. */
static const char *const pragmas[] = {
    "application_id",
    "collation_list",
    "compile_options",
    "database_list",
    "encoding",
    "foreign_key_list",
    "freelist_count",
    "function_list",
    "index_info",
    "index_list",
    "index_xinfo",
    "integrity_check",
    "page_count",
    "page_size",
    "pragma_list",
    "quick_check",
    "schema_version",
    "table_info",
    "table_list",
    "table_xinfo",
    "user_version",
};

/* Of those, the ones whose value would be set, not looked up. */
static const char *const settings[] = {"application_id", "encoding",
    "page_size", "schema_version", "user_version"};

static bool
is_one_of(const char *name, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (sqlite3_stricmp(name, names[i]) == 0)
			return true;
	return false;
}

static int
authorize(void *arg, int action, const char *a, const char *b, const char *db,
    const char *trigger)
{
	switch (action) {
	case SQLITE_SELECT:
	case SQLITE_READ:
	case SQLITE_RECURSIVE:
		return SQLITE_OK;
	case SQLITE_FUNCTION:
		return sqlite3_stricmp(b, "load_extension") == 0 ? SQLITE_DENY
								 : SQLITE_OK;
	case SQLITE_PRAGMA:
		if (!is_one_of(a, pragmas, ARRAY_SIZE(pragmas)) ||
		    (b != NULL && is_one_of(a, settings, ARRAY_SIZE(settings))))
			return SQLITE_DENY;
		return SQLITE_OK;
	default:
		return SQLITE_DENY;
	}
}

static int
refused(struct store *st, struct reterr *err)
{
	int code = sqlite3_errcode(st->db);

	if (code == SQLITE_AUTH)
		return reterr_set(err, EINVAL,
		    "only questions can be asked: %s", sqlite3_errmsg(st->db));
	if (code == SQLITE_ERROR)
		return reterr_set(err, EINVAL, "%s", sqlite3_errmsg(st->db));
	return sql_error(st, err, "answer that");
}

/* ---- one statement ---- */

static struct store_cell
cell_of(sqlite3_stmt *stmt, int i)
{
	struct store_cell cell = {.type = STORE_CELL_NULL};

	switch (sqlite3_column_type(stmt, i)) {
	case SQLITE_NULL:
		return cell;
	case SQLITE_INTEGER:
	case SQLITE_FLOAT:
		cell.type = STORE_CELL_NUMBER;
		break;
	case SQLITE_BLOB:
		cell.type = STORE_CELL_BLOB;
		cell.text = sql_str(stmt, i);
		return cell;
	default:
		cell.type = STORE_CELL_TEXT;
		break;
	}
	cell.text.p = (const char *)sqlite3_column_text(stmt, i);
	cell.text.n = (size_t)sqlite3_column_bytes(stmt, i);
	return cell;
}

static int
each_row(struct store *st, sqlite3_stmt *stmt, const struct store_answer *to,
    void *arg, struct reterr *err)
{
	const int n = sqlite3_column_count(stmt);
	CLEANUP(xfree)
	struct store_cell *cells = xcalloc((size_t)n + 1, sizeof(*cells));
	CLEANUP(xfree)
	struct str *names = xcalloc((size_t)n + 1, sizeof(*names));
	int r, step;

	for (int i = 0; i < n; i++)
		names[i] = str_of(sqlite3_column_name(stmt, i));
	r = to->columns(arg, names, (size_t)n);
	while (r == 0 && (step = sqlite3_step(stmt)) != SQLITE_DONE) {
		if (step != SQLITE_ROW)
			return refused(st, err);
		for (int i = 0; i < n; i++)
			cells[i] = cell_of(stmt, i);
		r = to->row(arg, cells, (size_t)n);
	}
	return r == 0 ? to->end(arg) : r;
}

static int
each_statement(struct store *st, const char *sql, const struct store_answer *to,
    void *arg, struct reterr *err)
{
	bool any = false;

	while (*sql != '\0') {
		CLEANUP(sql_finalize) sqlite3_stmt *stmt = NULL;
		int r;

		if (sqlite3_prepare_v2(st->db, sql, -1, &stmt, &sql) !=
		    SQLITE_OK)
			return refused(st, err);
		if (stmt == NULL) /* a comment, or nothing */
			continue;
		any = true;
		r = each_row(st, stmt, to, arg, err);
		if (r != 0)
			return r;
	}
	return any ? 0 : reterr_set(err, EINVAL, "there is no query");
}

/* ---- around them ---- */

static void
declare_others(sqlite3 *db)
{
	static const char *const tables[] = {"json_each(NULL)",
	    "json_tree(NULL)", "pragma_table_info", "pragma_table_xinfo",
	    "pragma_table_list", "pragma_index_list", "pragma_index_info",
	    "pragma_function_list"};

	for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
		CLEANUP(xfree)
		char *sql = xasprintf("SELECT 1 FROM %s LIMIT 0", tables[i]);

		/* One that this SQLite does not have is not missed here. */
		sqlite3_exec(db, sql, NULL, NULL, NULL);
	}
}

static void
forget_module(struct store *st)
{
	sqlite3_set_authorizer(st->db, NULL, NULL);
	sqlite3_exec(
	    st->db, "DROP VIEW IF EXISTS temp.marks", NULL, NULL, NULL);
	sqlite3_create_module(st->db, "events", NULL, NULL);
}

int
store_sql(struct store *st, const char *sql, const struct store_answer *to,
    void *arg, uint64_t *ret_damaged, struct reterr *err)
{
	struct events_module m = {.st = st};
	int r;

	if (ret_damaged != NULL)
		*ret_damaged = 0;
	if (events_table_add(st->db, &m) != SQLITE_OK) {
		r = sql_error(st, err, "offer events");
		forget_module(st);
		return r;
	}
	declare_others(st->db);
	r = snapshot_begin(st);
	if (r == 0) {
		sqlite3_set_authorizer(st->db, authorize, NULL);
		r = each_statement(st, sql, to, arg, err);
		sqlite3_set_authorizer(st->db, NULL, NULL);
		snapshot_end(st);
	}
	if (ret_damaged != NULL)
		*ret_damaged = m.damaged;
	forget_module(st);
	return r;
}
