/* SPDX-License-Identifier: MIT */
/*
 * SQLite's answers as ours: result codes become errno values, since callers
 * must tell a full disk (keep the batch, try again) from a damaged file (give
 * up) without knowing SQLite.
 */
#include <errno.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "internal.h"

/* Less room than this is none: SQLite writes page by page. */
#define ROOM_BYTES_MIN (64 * 1024)

static bool
is_full(const char *path, const char *suffix)
{
	CLEANUP(xfree) char *name = xasprintf("%s%s", path, suffix);
	struct rlimit limit;
	struct statvfs fs;
	struct stat sb;

	if (stat(name, &sb) < 0)
		return false;
	if (getrlimit(RLIMIT_FSIZE, &limit) == 0 &&
	    limit.rlim_cur != RLIM_INFINITY &&
	    (rlim_t)sb.st_size + ROOM_BYTES_MIN > limit.rlim_cur)
		return true;
	return statvfs(name, &fs) == 0 &&
	       fs.f_bavail * fs.f_frsize < ROOM_BYTES_MIN;
}

/*
 * SQLite says SQLITE_FULL for ENOSPC, but not for every way to hit a limit,
 * and by the time it is asked it has often forgotten the errno behind an I/O
 * error.  So look.
 */
static int
io_errno(const struct store *st)
{
	switch (sqlite3_system_errno(st->db)) {
	case ENOSPC:
	case EDQUOT:
	case EFBIG: /* RLIMIT_FSIZE */
		return -ENOSPC;
	case EROFS:
		return -EROFS;
	default:
		return is_full(st->path, "") || is_full(st->path, "-wal")
			   ? -ENOSPC
			   : -EIO;
	}
}

static int
sql_errno(const struct store *st)
{
	sqlite3 *db = st->db;

	switch (sqlite3_extended_errcode(db) & 0xff) {
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_IOERR:
		return io_errno(st);
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_READONLY:
		return -EROFS;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_SCHEMA:
		return -EBADMSG;
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return -EACCES;
	case SQLITE_CANTOPEN:
		return sqlite3_system_errno(db) ? -sqlite3_system_errno(db)
						: -EACCES;
	case SQLITE_NOMEM:
		return -ENOMEM;
	default:
		return -EIO;
	}
}

int
sql_error(struct store *st, struct reterr *err, const char *doing)
{
	int r = sql_errno(st);

	return reterr_set(err, -r, "%s: cannot %s: %s", st->path, doing,
	    r == -ENOSPC ? "no space left on the device"
			 : sqlite3_errmsg(st->db));
}

int
sql_exec(struct store *st, const char *sql, struct reterr *err)
{
	if (sqlite3_exec(st->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return sql_error(st, err, "use the database");
	return 0;
}

sqlite3_stmt *
sql_prepare(struct store *st, const char *sql)
{
	sqlite3_stmt *stmt = NULL;

	if (sqlite3_prepare_v2(st->db, sql, -1, &stmt, NULL) != SQLITE_OK)
		return NULL;
	return stmt;
}

int
sql_begin(struct store *st, struct reterr *err)
{
	int r = sql_exec(st, "BEGIN IMMEDIATE", err);

	st->writing = r == 0;
	return r;
}

int
sql_commit(struct store *st, struct reterr *err)
{
	int r = sql_exec(st, "COMMIT", err);

	st->writing = false;
	if (r < 0)
		sqlite3_exec(st->db, "ROLLBACK", NULL, NULL, NULL);
	return r;
}

void
sql_rollback(struct store *st)
{
	/* SQLite may have rolled back by itself already. */
	sqlite3_exec(st->db, "ROLLBACK", NULL, NULL, NULL);
	st->writing = false;
}

int
sql_run(struct store *st, sqlite3_stmt *stmt)
{
	int r = 0;

	/* After some errors, of reading too, SQLite rolls back by itself; what
	 * is written from then on would be committed piece by piece. */
	if (st->writing && sqlite3_get_autocommit(st->db))
		return -EIO;
	if (stmt == NULL || sqlite3_step(stmt) != SQLITE_DONE)
		r = sql_errno(st);
	if (stmt != NULL)
		sqlite3_reset(stmt);
	return r;
}

void
sql_bind_str(sqlite3_stmt *stmt, int at, struct str s)
{
	sqlite3_bind_text64(
	    stmt, at, s.n ? s.p : "", s.n, SQLITE_STATIC, SQLITE_UTF8);
}

void
sql_bind_blob(sqlite3_stmt *stmt, int at, const void *p, size_t n)
{
	sqlite3_bind_blob64(stmt, at, n ? p : "", n, SQLITE_STATIC);
}

struct str
sql_str(sqlite3_stmt *stmt, int column)
{
	const void *p = sqlite3_column_blob(stmt, column);

	return (struct str){p, (size_t)sqlite3_column_bytes(stmt, column)};
}

int
sql_number(struct store *st, const char *sql, int64_t *ret)
{
	CLEANUP(sql_finalize) sqlite3_stmt *stmt = sql_prepare(st, sql);

	if (stmt == NULL || sqlite3_step(stmt) != SQLITE_ROW)
		return sql_errno(st);
	*ret = sqlite3_column_int64(stmt, 0);
	return 0;
}
