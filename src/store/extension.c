/* SPDX-License-Identifier: MIT */
/*
 * recount_sqlite.so: the table "events" for every program that can load an
 * extension of SQLite, over the store that it has open:
 *
 *	$ sqlite3 /var/lib/recount/recount.db
 *	sqlite> .load /usr/lib/recount/recount_sqlite
 *	sqlite> SELECT time, host, body FROM events WHERE severity <= 3;
 *
 * It reads through the connection of that program, with its SQLite (sqlite3ext
 * turns each call into one through a table of pointers), so what it shows is
 * of the same snapshot as the tables beside it.  The program closes its
 * connection; what is ours goes when SQLite forgets the module.
 *
 * recount_damaged() is how many damaged segments queries went without.
 */
#include "events-table.h"

SQLITE_EXTENSION_INIT1

/* The name under which SQLite looks for it, made from that of the file. */
__attribute__((visibility("default"))) int sqlite3_recountsqlite_init(
    sqlite3 *db, char **err, const sqlite3_api_routines *api);

struct extension {
	struct store st;
	struct events_module m;
};

static void
extension_free(void *arg)
{
	struct extension *x = arg;

	cache_clear(&x->m.cache);
	codec_free(x->st.codec);
	xfree(x->st.path);
	xfree(x);
}

static void
give_damaged(sqlite3_context *to, int argc, sqlite3_value **argv)
{
	const struct extension *x = sqlite3_user_data(to);

	sqlite3_result_int64(to, (sqlite3_int64)x->m.damaged);
}

int
sqlite3_recountsqlite_init(
    sqlite3 *db, char **err, const sqlite3_api_routines *api)
{
	struct extension *x;
	int r;

	SQLITE_EXTENSION_INIT2(api);
	if (sqlite3_libversion_number() < 3038000) {
		*err = sqlite3_mprintf(
		    "recount_sqlite needs SQLite 3.38, this is %s",
		    sqlite3_libversion());
		return SQLITE_ERROR;
	}
	x = xcalloc(1, sizeof(*x));
	x->st.db = db;
	x->st.mode = STORE_READ;
	x->st.lock_fd = -1;
	x->st.path = xstrdup("events");
	x->st.codec = codec_new();
	x->m.st = &x->st;
	/* Owns x: SQLite calls extension_free() on failure too. */
	r = sqlite3_create_function_v2(db, "recount_damaged", 0, SQLITE_UTF8, x,
	    give_damaged, NULL, NULL, extension_free);
	if (r == SQLITE_OK)
		r = events_table_add(db, &x->m);
	if (r != SQLITE_OK)
		*err = sqlite3_mprintf("%s", sqlite3_errmsg(db));
	return r;
}
