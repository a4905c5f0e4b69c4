/* SPDX-License-Identifier: MIT */
/*
 * Opening and closing.
 *
 * A writer takes the lock, creates what is missing, and loads what it must
 * know to go on: sources, sequence ranges, the next evidence id.  From then on
 * memory is the truth about them and the database follows with each commit.
 *
 * A reader opens read-only.  SQLite needs a -shm file beside a database in WAL
 * mode; where the folder cannot be written and no -wal is there, nobody is
 * writing either, and the file is opened as immutable instead.
 */
#include "recount/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"
#include "pending.h"

#define BUSY_MSEC 10000

static int
make_folder(const char *path, struct reterr *err)
{
	CLEANUP(xfree) char *copy = xstrdup(path);

	for (char *p = copy + 1; *p != '\0'; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (mkdir(copy, 0750) < 0 && errno != EEXIST &&
		    access(copy, F_OK) < 0)
			return reterr_set(
			    err, errno, "%s: %s", copy, strerror(errno));
		*p = '/';
	}
	return 0;
}

/* Logs are not for everyone: SQLite would create the file for all to read,
 * and gives its -wal and -shm the mode of this one. */
static int
make_file(const char *path, struct reterr *err)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);

	if (fd < 0)
		return reterr_set(err, errno, "%s: %s", path, strerror(errno));
	close(fd);
	return 0;
}

/* path as a URI, in which everything that means something there is escaped. */
static char *
immutable_uri(const char *path)
{
	struct buf uri = BUF_INIT;

	buf_adds(&uri, "file:");
	for (; *path != '\0'; path++) {
		if (strchr("%?# ", *path) != NULL)
			buf_addf(&uri, "%%%02x", (unsigned char)*path);
		else
			buf_addc(&uri, *path);
	}
	buf_adds(&uri, "?immutable=1");
	return buf_steal(&uri);
}

static bool
has_wal(const char *path)
{
	CLEANUP(xfree) char *wal = xasprintf("%s-wal", path);
	struct stat sb;

	return stat(wal, &sb) == 0 && sb.st_size > 0;
}

static int
connect_with(struct store *st, const char *name, int flags, struct reterr *err)
{
	if (sqlite3_open_v2(name, &st->db, flags | SQLITE_OPEN_NOMUTEX, NULL) !=
	    SQLITE_OK)
		return sql_error(st, err, "open");
	sqlite3_extended_result_codes(st->db, 1);
	sqlite3_busy_timeout(st->db, BUSY_MSEC);
	return schema_open(st, err);
}

static int
connect_reader(struct store *st, struct reterr *err)
{
	CLEANUP(xfree) char *uri = NULL;
	struct stat sb;
	int r;

	if (stat(st->path, &sb) < 0)
		return reterr_set(err, errno, "%s: %s", st->path,
		    errno == ENOENT ? "no such store" : strerror(errno));
	if (!S_ISREG(sb.st_mode))
		return reterr_set(
		    err, EBADMSG, "%s: is not a recount store", st->path);
	r = connect_with(st, st->path, SQLITE_OPEN_READONLY, err);
	if (r == 0 || r == -EPROTO || r == -EBADMSG || has_wal(st->path))
		return r;
	if (access(st->path, R_OK) < 0)
		return reterr_set(
		    err, errno, "%s: %s", st->path, strerror(errno));
	sqlite3_close(st->db);
	st->db = NULL;
	uri = immutable_uri(st->path);
	return connect_with(
	    st, uri, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, err);
}

static int
connect_writer(struct store *st, struct reterr *err)
{
	struct stat sb;
	int r = make_folder(st->path, err);

	if (r < 0)
		return r;
	if (stat(st->path, &sb) == 0 && !S_ISREG(sb.st_mode))
		return reterr_set(
		    err, EBADMSG, "%s: is not a recount store", st->path);
	r = lock_take(st, err);
	if (r < 0)
		return r;
	r = make_file(st->path, err);
	if (r < 0)
		return r;
	r = connect_with(st, st->path, SQLITE_OPEN_READWRITE, err);
	if (r < 0)
		return r;
	r = sql_exec(st,
	    "PRAGMA synchronous = NORMAL;"
	    "PRAGMA cache_size = -8192;"
	    "PRAGMA journal_size_limit = 67108864;",
	    err);
	if (r < 0)
		return r;
	r = secret_make(st, err);
	if (r < 0)
		return r;
	return sources_load(st, err);
}

int
store_open(const char *path, enum store_mode mode, struct store **ret,
    struct reterr *err)
{
	CLEANUP(store_free) struct store *st = xcalloc(1, sizeof(*st));
	int r;

	st->path = xstrdup(path);
	st->mode = mode;
	st->lock_fd = -1;
	st->codec = codec_new();
	if (mode == STORE_WRITE)
		r = connect_writer(st, err);
	else
		r = connect_reader(st, err);
	if (r < 0)
		return r;
	*ret = STEAL(st);
	return 0;
}

int
store_set_durable(struct store *st, bool durable, struct reterr *err)
{
	return sql_exec(st,
	    durable ? "PRAGMA synchronous = FULL"
		    : "PRAGMA synchronous = NORMAL",
	    err);
}

void
store_free(struct store *st)
{
	if (st == NULL)
		return;
	pending_free(st);
	sources_free(st);
	seqs_free(st->seqs);
	sqlite3_close(st->db);
	if (st->lock_fd >= 0)
		close(st->lock_fd);
	codec_free(st->codec);
	xfree(st->path);
	xfree(st);
}

static int64_t
file_bytes(const char *path, const char *suffix)
{
	CLEANUP(xfree) char *name = xasprintf("%s%s", path, suffix);
	struct stat sb;

	return stat(name, &sb) == 0 ? (int64_t)sb.st_size : 0;
}

static int
summary_read(struct store *st, struct store_summary *ret)
{
	CLEANUP(sql_finalize)
	sqlite3_stmt *stmt = sql_prepare(st,
	    "SELECT coalesce(sum(n), 0), count(*), min(ts_min), max(ts_max),"
	    " (SELECT count(*) FROM pattern), (SELECT count(*) FROM gap)"
	    " FROM segment");
	int64_t pages, page_bytes, version;

	if (stmt == NULL || sqlite3_step(stmt) != SQLITE_ROW)
		return sql_error(st, NULL, "read");
	ret->events = (uint64_t)sqlite3_column_int64(stmt, 0);
	ret->segments = (uint64_t)sqlite3_column_int64(stmt, 1);
	ret->first = ret->last = USEC_NONE;
	if (ret->segments > 0) {
		ret->first = sqlite3_column_int64(stmt, 2);
		ret->last = sqlite3_column_int64(stmt, 3);
	}
	ret->patterns = (uint64_t)sqlite3_column_int64(stmt, 4);
	ret->gaps = (uint64_t)sqlite3_column_int64(stmt, 5);
	if (sql_number(st, "PRAGMA freelist_count", &pages) < 0 ||
	    sql_number(st, "PRAGMA page_size", &page_bytes) < 0 ||
	    sql_number(st, "PRAGMA user_version", &version) < 0)
		return sql_error(st, NULL, "read");
	ret->free_bytes = pages * page_bytes;
	ret->schema = (int)version;
	return 0;
}

int
store_summary(struct store *st, struct store_summary *ret)
{
	struct store_summary sum = {0};
	int r = snapshot_begin(st);

	if (r < 0)
		return r;
	r = summary_read(st, &sum);
	snapshot_end(st);
	if (r < 0)
		return r;
	sum.bytes = file_bytes(st->path, "") + file_bytes(st->path, "-wal");
	*ret = sum;
	return 0;
}
