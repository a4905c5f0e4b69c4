/* SPDX-License-Identifier: MIT */
/*
 * Plain tables.
 *
 * The events are copied by SQLite itself: the virtual table "events" of the
 * store is made known to the new database's connection and selected from, so
 * the columns are those of `recount sql`, by their names.  The new table has
 * another name while both are there.
 *
 * The file is a rollback-journal database: it is one file, and may be read
 * from a medium that cannot be written to.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "events-table.h"
#include "recount/plain.h"

struct plain {
	sqlite3 *db;
	char *path;
	sqlite3_stmt *insert; /* into the table begun last */
	const struct plain_column *columns;
	size_t n_columns;
};

struct text_function {
	plain_text_fn fn;
	void *arg;
};

static int
plain_error(struct plain *p, struct reterr *err)
{
	int code = sqlite3_errcode(p->db);
	int number = code == SQLITE_FULL         ? ENOSPC
		     : code == SQLITE_READONLY   ? EROFS
		     : code == SQLITE_CONSTRAINT ? EEXIST
						 : EIO;

	return reterr_set(
	    err, number, "%s: %s", p->path, sqlite3_errmsg(p->db));
}

static int
plain_exec(struct plain *p, const char *sql, struct reterr *err)
{
	if (sqlite3_exec(p->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return plain_error(p, err);
	return 0;
}

int
plain_create(const char *path, struct plain **ret, struct reterr *err)
{
	CLEANUP(plain_free) struct plain *p = xcalloc(1, sizeof(*p));
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	int r;

	if (fd < 0)
		return reterr_set(err, errno, "%s: %s", path, strerror(errno));
	close(fd);
	p->path = xstrdup(path);
	if (sqlite3_open_v2(path, &p->db,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
		return plain_error(p, err);
	r = plain_exec(p, "PRAGMA synchronous = FULL; BEGIN", err);
	if (r == 0)
		*ret = STEAL(p);
	return r;
}

void
plain_free(struct plain *p)
{
	if (p == NULL)
		return;
	sqlite3_finalize(p->insert);
	sqlite3_close(p->db);
	xfree(p->path);
	xfree(p);
}

/* ---- events ---- */

static void
text_of(sqlite3_context *to, int n, sqlite3_value **values)
{
	const struct text_function *f = sqlite3_user_data(to);
	bool blob = sqlite3_value_type(values[0]) == SQLITE_BLOB;
	CLEANUP(buf_free) struct buf out = BUF_INIT;
	struct str text;

	if (sqlite3_value_type(values[0]) == SQLITE_NULL)
		return;
	text.p = sqlite3_value_blob(values[0]);
	text.n = (size_t)sqlite3_value_bytes(values[0]);
	f->fn(f->arg, text, &out);
	if (blob)
		sqlite3_result_blob64(
		    to, out.n ? out.p : "", out.n, SQLITE_TRANSIENT);
	else
		sqlite3_result_text64(to, out.n ? out.p : "", out.n,
		    SQLITE_TRANSIENT, SQLITE_UTF8);
}

/* Columns that hold what a client or a program wrote. */
static bool
may_be_private(const struct events_column *col)
{
	switch (col->value) {
	case VALUE_ROUTE:
	case VALUE_BODY:
	case VALUE_RAW:
		return true;
	case VALUE_STRING:
		return str_starts(str_of(col->declaration), STR("target")) ||
		       str_starts(str_of(col->declaration), STR("client")) ||
		       str_starts(
			   str_of(col->declaration), STR("user_agent")) ||
		       str_starts(
			   str_of(col->declaration), STR("identifier")) ||
		       str_starts(str_of(col->declaration), STR("upstream"));
	default:
		return false;
	}
}

/* The statements that make and fill the table. */
static void
copy_statements(struct buf *create, struct buf *insert, bool private)
{
	buf_adds(create, "CREATE TABLE plain_events(");
	buf_adds(insert, "INSERT INTO plain_events SELECT ");
	for (unsigned i = 0; i < n_events_columns; i++) {
		const char *declaration = events_columns[i].declaration;
		struct str name;
		bool change = private && may_be_private(&events_columns[i]);

		str_cut(str_of(declaration), ' ', &name);
		if (i > 0) {
			buf_adds(create, ", ");
			buf_adds(insert, ", ");
		}
		buf_adds(create, declaration);
		buf_addf(
		    insert, change ? "text_of(%.*s)" : "%.*s", STR_ARG(name));
	}
	buf_addc(create, ')');
	buf_adds(insert, " FROM events WHERE timestamp >= ?1 AND timestamp < "
			 "?2 ORDER BY timestamp, id");
}

static int
copy_events(struct plain *p, const char *insert, usec_t since, usec_t until,
    struct reterr *err)
{
	CLEANUP(sql_finalize) sqlite3_stmt *stmt = NULL;

	if (sqlite3_prepare_v2(p->db, insert, -1, &stmt, NULL) != SQLITE_OK)
		return plain_error(p, err);
	sqlite3_bind_int64(stmt, 1, since);
	sqlite3_bind_int64(stmt, 2, until);
	return sqlite3_step(stmt) == SQLITE_DONE ? 0 : plain_error(p, err);
}

struct sources_to {
	struct plain *p;
	const struct text_function *text;
	struct reterr *err;
};

static int
add_source(void *arg, const struct source_info *info)
{
	static const char *const kinds[] = {
	    "file", "journal", "syslog", "webhook", "mark"};
	const struct sources_to *to = arg;
	CLEANUP(buf_free) struct buf name = BUF_INIT;
	CLEANUP(xfree) char *host = str_dup(info->host);
	struct plain_value row[4] = {
	    {.known = true, .integer = info->id},
	    {.known = info->kind < ARRAY_SIZE(kinds)},
	    {.known = true},
	    {.known = info->host.n > 0, .text = host},
	};

	if (to->text->fn)
		to->text->fn(to->text->arg, info->name, &name);
	else
		buf_add_str(&name, info->name);
	if (row[1].known)
		row[1].text = kinds[info->kind];
	row[2].text = name.n ? name.p : "";
	return plain_row(to->p, row, to->err);
}

static int
copy_sources(struct plain *p, struct store *st, struct text_function *text,
    struct reterr *err)
{
	static const struct plain_column columns[] = {
	    {"id", PLAIN_INTEGER},
	    {"kind", PLAIN_TEXT},
	    {"name", PLAIN_TEXT},
	    {"host", PLAIN_TEXT},
	};
	struct sources_to to = {p, text, err};
	int r = plain_table(p, "sources", columns, ARRAY_SIZE(columns), err);

	return r < 0 ? r : store_each_source(st, add_source, &to);
}

int
plain_events(struct plain *p, struct store *st, usec_t since, usec_t until,
    plain_text_fn fn, void *arg, uint64_t *ret_damaged, struct reterr *err)
{
	CLEANUP(buf_free) struct buf create = BUF_INIT;
	CLEANUP(buf_free) struct buf insert = BUF_INIT;
	struct text_function text = {fn, arg};
	struct events_module module = {.st = st};
	int r;

	copy_statements(&create, &insert, fn != NULL);
	r = plain_exec(p, create.p, err);
	if (r == 0 &&
	    (events_table_add(p->db, &module) != SQLITE_OK ||
		sqlite3_create_function_v2(p->db, "text_of", 1, SQLITE_UTF8,
		    &text, text_of, NULL, NULL, NULL) != SQLITE_OK))
		r = plain_error(p, err);
	if (r == 0)
		r = copy_events(p, insert.p, since, until, err);
	sqlite3_drop_modules(p->db, NULL);
	cache_clear(&module.cache);
	*ret_damaged = module.damaged;
	if (r == 0)
		r = plain_exec(p,
		    /* Views of the store's that are known here would be
		     * looked at. */
		    "PRAGMA legacy_alter_table = ON;"
		    "ALTER TABLE plain_events RENAME TO events;"
		    "CREATE INDEX events_timestamp ON events(timestamp)",
		    err);
	return r < 0 ? r : copy_sources(p, st, &text, err);
}

/* ---- tables of the caller's ---- */

int
plain_table(struct plain *p, const char *name,
    const struct plain_column *columns, size_t n, struct reterr *err)
{
	static const char *const types[] = {"INTEGER", "REAL", "TEXT"};
	CLEANUP(buf_free) struct buf create = BUF_INIT;
	CLEANUP(buf_free) struct buf insert = BUF_INIT;
	int r;

	buf_addf(&create, "CREATE TABLE %s(", name);
	buf_addf(&insert, "INSERT INTO %s VALUES(", name);
	for (size_t i = 0; i < n; i++) {
		buf_addf(&create, "%s\"%s\" %s", i > 0 ? ", " : "",
		    columns[i].name, types[columns[i].type]);
		buf_adds(&insert, i > 0 ? ", ?" : "?");
	}
	buf_addc(&create, ')');
	buf_addc(&insert, ')');
	sqlite3_finalize(p->insert);
	p->insert = NULL;
	p->columns = columns;
	p->n_columns = n;
	r = plain_exec(p, create.p, err);
	if (r < 0)
		return r;
	if (sqlite3_prepare_v2(p->db, insert.p, -1, &p->insert, NULL) !=
	    SQLITE_OK)
		return plain_error(p, err);
	return 0;
}

int
plain_row(struct plain *p, const struct plain_value *values, struct reterr *err)
{
	for (size_t i = 0; i < p->n_columns; i++) {
		const struct plain_value *v = &values[i];
		int at = (int)i + 1;

		if (!v->known)
			sqlite3_bind_null(p->insert, at);
		else if (p->columns[i].type == PLAIN_INTEGER)
			sqlite3_bind_int64(p->insert, at, v->integer);
		else if (p->columns[i].type == PLAIN_REAL)
			sqlite3_bind_double(p->insert, at, v->real);
		else
			sqlite3_bind_text(
			    p->insert, at, v->text, -1, SQLITE_STATIC);
	}
	if (sqlite3_step(p->insert) != SQLITE_DONE)
		return plain_error(p, err);
	sqlite3_reset(p->insert);
	sqlite3_clear_bindings(p->insert);
	return 0;
}

int
plain_finish(struct plain *p, struct reterr *err)
{
	sqlite3_finalize(p->insert);
	p->insert = NULL;
	return plain_exec(p, "COMMIT", err);
}
