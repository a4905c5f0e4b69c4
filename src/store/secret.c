/* SPDX-License-Identifier: MIT */
/*
 * The store's own secret: random, made once, by the first writer.  Pseudonyms
 * are keyed with it, so that reports from one store agree with each other and
 * nobody without the store can undo them.  It stands in meta as four numbers,
 * since that is what meta holds; whoever can read them can read the lines too.
 */
#include <errno.h>
#include <sys/random.h>

#include "internal.h"

#define WORDS 4

int
secret_make(struct store *st, struct reterr *err)
{
	CLEANUP(sql_finalize)
	sqlite3_stmt *stmt = sql_prepare(
	    st, "INSERT OR IGNORE INTO meta VALUES('secret_' || ?1, ?2)");
	int64_t word;

	if (stmt == NULL)
		return sql_error(st, err, "make a secret");
	for (int i = 0; i < WORDS; i++) {
		if (getrandom(&word, sizeof(word), 0) != sizeof(word))
			return reterr_set(err, EIO, "no random numbers");
		sqlite3_bind_int(stmt, 1, i);
		sqlite3_bind_int64(stmt, 2, word);
		if (sql_run(st, stmt) < 0)
			return sql_error(st, err, "make a secret");
	}
	return 0;
}

int
store_secret(struct store *st, uint8_t out[STORE_SECRET_BYTES])
{
	CLEANUP(sql_finalize)
	sqlite3_stmt *stmt = sql_prepare(st,
	    "SELECT value FROM meta WHERE name LIKE 'secret\\_%' ESCAPE '\\'"
	    " ORDER BY name");
	int64_t word;
	int n = 0;

	if (stmt == NULL)
		return sql_error(st, NULL, "read");
	while (n < WORDS && sqlite3_step(stmt) == SQLITE_ROW) {
		word = sqlite3_column_int64(stmt, 0);
		memcpy(out + 8 * n++, &word, sizeof(word));
	}
	return n == WORDS ? 0 : -ENOENT;
}
