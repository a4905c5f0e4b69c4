/* SPDX-License-Identifier: MIT */
#ifndef STORE_INTERNAL_H
#define STORE_INTERNAL_H

/* What the files of the store share.  Nothing of it leaves this folder. */

#ifdef RECOUNT_EXTENSION /* loaded by a program that brings its SQLite along   \
			  */
#include <sqlite3ext.h>
SQLITE_EXTENSION_INIT3
#else
#include <sqlite3.h>
#endif

#include "recount/store.h"
#include "segment.h"
#include "seq.h"

/* A segment as it stands in the database, or is going to. */
struct sealed {
	struct segment_key key;
	struct buf parts[SEGMENT_BUFS];
	int64_t replaces; /* row to delete in the same transaction; 0 none */
};

struct source {
	struct source_info info; /* owns its strings */
	bool dirty;              /* its row must be written */

	/*
	 * What is pending: full segments already packed, then the open one.
	 * The first open_done events of the open one are committed already, as
	 * row open_row: it is written again, whole, by the next commit.
	 */
	struct sealed *sealed;
	size_t n_sealed, sealed_size;
	struct segment *open;
	uint32_t open_done;
	int64_t open_row;
};

struct pending_gap {
	struct gap gap; /* owns reason */
};

struct pending_pattern {
	uint64_t pattern;
	struct str template, state; /* owned */
};

struct store {
	sqlite3 *db;
	enum store_mode mode;
	char *path;
	int lock_fd; /* -1: none */
	struct codec *codec;
	store_damage_fn damage_fn; /* or NULL */
	void *damage_arg;
	unsigned reading; /* scans under way, one inside the other */
	bool writing;     /* between sql_begin() and its end */

	/* Of a writer. */
	struct source **sources; /* by id - 1 */
	size_t n_sources, sources_size;
	struct seqs *seqs;
	uint64_t next_id;
	struct pending_gap *gaps;
	size_t n_gaps, gaps_size;
	struct pending_pattern *patterns;
	size_t n_patterns, patterns_size;
	size_t pending_events, pending_bytes;
	struct segment *spare; /* an empty one, to be used again */
};

/* ---- sql.c ---- */

/* Negative errno for the last error of the connection, with err filled. */
int sql_error(struct store *st, struct reterr *err, const char *doing);
int sql_exec(struct store *st, const char *sql, struct reterr *err);
/* A prepared statement; NULL and an error that sql_error() tells. */
sqlite3_stmt *sql_prepare(struct store *st, const char *sql);
/* A transaction that writes: all of it, or nothing. */
int sql_begin(struct store *st, struct reterr *err);
int sql_commit(struct store *st, struct reterr *err); /* or rolled back */
void sql_rollback(struct store *st);
/* Step a statement that returns no rows.  0, or -errno; nothing is done when
 * the transaction it belongs to is gone. */
int sql_run(struct store *st, sqlite3_stmt *stmt);
void sql_bind_str(sqlite3_stmt *stmt, int at, struct str s); /* borrowed */
void sql_bind_blob(sqlite3_stmt *stmt, int at, const void *p, size_t n);
/* Borrowed until the statement moves. */
struct str sql_str(sqlite3_stmt *stmt, int column);
/* The one number that sql gives. */
int sql_number(struct store *st, const char *sql, int64_t *ret);

static inline void
sql_finalize(sqlite3_stmt *stmt)
{
	sqlite3_finalize(stmt);
}
DEFINE_CLEANUP(sqlite3_stmt *, sql_finalize)

/* ---- schema.c ---- */

/* Check the file is ours and bring it to this version. */
int schema_open(struct store *st, struct reterr *err);
#define SCHEMA_VERSION 3
#define APPLICATION_ID 0x72636e74 /* "rcnt" */

/* ---- secret.c ---- */

int secret_make(struct store *st, struct reterr *err); /* unless it is there */

/* ---- lock.c ---- */

int lock_take(struct store *st, struct reterr *err);

/* ---- sources.c ---- */

int sources_load(struct store *st, struct reterr *err);
void sources_free(struct store *st);
struct source *source_of(struct store *st, uint32_t id); /* or NULL */
int sources_write(struct store *st);

/* ---- commit.c ---- */

/* Forget open segments that hold nothing new, so that their rows are like all
 * others. */
void commit_release(struct store *st);

/* ---- read.c ---- */

/* Begin and end a snapshot; they nest. */
int snapshot_begin(struct store *st);
void snapshot_end(struct store *st);

/* A row of the table segment. */
struct segment_row {
	int64_t row;
	uint32_t source;
	struct segment_key key;
};
#define SEGMENT_ROW_COLUMNS                                                    \
	"id, source, n, first_id, last_id, ts_min, ts_max, kinds, bytes"
/* -EBADMSG when the row makes no sense. */
int segment_row_get(sqlite3_stmt *stmt, struct segment_row *ret);
/* Read those of parts (1 << enum segment_part; PART_RAW with all others) that
 * were not read before.  -EBADMSG: damaged. */
int segment_load(struct store *st, const struct segment_row *row,
    unsigned parts, struct segment_in *s);
/* A segment is damaged and left out: whoever wants to know is told. */
void segment_left_out(struct store *st, const struct segment_row *row);
/* Row of id in s, whose PART_BASE is there; or -1. */
int64_t segment_find_id(const struct segment_in *s, uint64_t id);
/* Rows of the segments that could hold id ?1: one of each source. */
#define SEGMENTS_OF_ID                                                         \
	"SELECT " SEGMENT_ROW_COLUMNS " FROM segment WHERE id IN"              \
	" (SELECT (SELECT id FROM segment AS g WHERE g.source = source.id"     \
	"   AND g.last_id >= ?1 ORDER BY g.last_id LIMIT 1) FROM source)"      \
	" AND first_id <= ?1"

#endif
