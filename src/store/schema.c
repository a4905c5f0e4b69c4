/* SPDX-License-Identifier: MIT */
/*
 * What the database file looks like, and how older ones become it.
 *
 * Each entry of migrations[] leads from the version that is its index to the
 * next; user_version says how many have run.  Entries are never changed once
 * released, only added: version n is reached the same way by every store.
 * application_id tells our files from other databases.
 */
#include <errno.h>
#include <stdio.h>

#include "internal.h"

static const char *const migrations[SCHEMA_VERSION] = {
    /* Numbers that outlive rows: next_id, the next evidence id. */
    "CREATE TABLE meta(\n"
    "  name  TEXT PRIMARY KEY,\n"
    "  value INTEGER NOT NULL\n"
    ") STRICT;\n"
    "INSERT INTO meta VALUES('next_id', 1);\n"
    /* What was followed or imported, and how far it has been taken in: the
     * position is written in the transaction that holds the events before it.
     */
    "CREATE TABLE source(\n"
    "  id       INTEGER PRIMARY KEY,\n"
    "  kind     INTEGER NOT NULL, -- 0 file 1 journal 2 syslog 3 webhook"
    " 4 mark\n"
    "  name     TEXT NOT NULL,    -- path, folder, listener address\n"
    "  host     TEXT NOT NULL,    -- of lines that do not say\n"
    "  format   TEXT NOT NULL,    -- parser, or its log_format\n"
    "  zone     TEXT NOT NULL,    -- of lines that do not say\n"
    "  finished INTEGER NOT NULL, -- 1: rotated away and read to its end\n"
    "  events   INTEGER NOT NULL, -- taken in, ever\n"
    "  unparsed INTEGER NOT NULL, -- of them: no format fitted\n"
    "  first    INTEGER,          -- oldest timestamp, us since 1970 UTC\n"
    "  last     INTEGER,          -- newest\n"
    "  offset   INTEGER NOT NULL, -- first uncompressed byte not taken in\n"
    "  dev      INTEGER NOT NULL, -- of the file when last seen\n"
    "  ino      INTEGER NOT NULL,\n"
    "  head_n   INTEGER NOT NULL, -- head: XXH3 of its first head_n bytes\n"
    "  head     INTEGER NOT NULL,\n"
    "  tail_n   INTEGER NOT NULL, -- tail: of tail_n bytes before offset\n"
    "  tail     INTEGER NOT NULL,\n"
    "  cursor   TEXT NOT NULL,    -- journal: of the last entry taken in\n"
    "  noted    INTEGER NOT NULL  -- file: last written before it was found\n"
    ") STRICT;\n"
    /* Up to 16384 events of one source, in order of id.  Ids of one source's
     * segments do not overlap; those of two sources may. */
    "CREATE TABLE segment(\n"
    "  id       INTEGER PRIMARY KEY,\n"
    "  source   INTEGER NOT NULL,\n"
    "  n        INTEGER NOT NULL, -- events\n"
    "  first_id INTEGER NOT NULL, -- evidence ids, inclusive\n"
    "  last_id  INTEGER NOT NULL,\n"
    "  ts_min   INTEGER NOT NULL, -- timestamps, inclusive\n"
    "  ts_max   INTEGER NOT NULL,\n"
    "  kinds    INTEGER NOT NULL, -- bit k: has events of kind k\n"
    "  bytes    INTEGER NOT NULL, -- of the original lines\n"
    "  stored   INTEGER NOT NULL  -- of its parts\n"
    ") STRICT;\n"
    "CREATE UNIQUE INDEX segment_source ON segment(source, last_id);\n"
    /* The columns of a segment, in pieces that are read alone: id is
     * 4 * segment.id + piece: 0 ids and times, 1 origin, 2 HTTP, 3 lines.
     * What is in data is described in segment.c. */
    "CREATE TABLE part(\n"
    "  id   INTEGER PRIMARY KEY,\n"
    "  data BLOB NOT NULL\n"
    ") STRICT;\n"
    /* Which journal entries are in the store: ranges of sequence numbers,
     * inclusive, coalesced. */
    "CREATE TABLE seq(\n"
    "  seqnum_id TEXT NOT NULL,\n"
    "  first     INTEGER NOT NULL,\n"
    "  last      INTEGER NOT NULL,\n"
    "  PRIMARY KEY(seqnum_id, first)\n"
    ") STRICT, WITHOUT ROWID;\n"
    /* What is known to be missing. */
    "CREATE TABLE gap(\n"
    "  id     INTEGER PRIMARY KEY,\n"
    "  source INTEGER NOT NULL, -- 0: not one source's\n"
    "  since  INTEGER,          -- NULL: unknown\n"
    "  until  INTEGER,\n"
    "  reason TEXT NOT NULL,\n"
    "  lost   INTEGER,          -- NULL: unknown\n"
    "  lost_bytes INTEGER NOT NULL, -- 1: lost is an upper bound of bytes\n"
    "  offset INTEGER           -- where in the file\n"
    ") STRICT;\n"
    /* Message patterns; state is the miner's own. */
    "CREATE TABLE pattern(\n"
    "  id       INTEGER PRIMARY KEY,\n"
    "  template TEXT NOT NULL,\n"
    "  state    BLOB NOT NULL\n"
    ") STRICT;\n",
    /* The views came. */
    "",
    /* Which ids are surely not in a segment (tokens.c), so that one is found
     * without unpacking all of them.  Segments written before have no row and
     * are looked into. */
    "CREATE TABLE bloom(\n"
    "  segment INTEGER PRIMARY KEY,\n"
    "  data    BLOB NOT NULL\n"
    ") STRICT;\n"
    "CREATE TRIGGER segment_gone AFTER DELETE ON segment BEGIN\n"
    "  DELETE FROM bloom WHERE segment = old.id;\n"
    "END;\n",
};

/*
 * For people who open the file with sqlite3: the tables above under names and
 * in units that stay, whatever becomes of the tables.  They hold nothing, so
 * they are not migrated but made anew behind every migration.  Times are text
 * as SQLite's datetime() writes it, UTC, with microseconds.  Documented in
 * recount-store(5).
 */
#define MICROS(column) "((" column " % 1000000 + 1000000) % 1000000)"
#define TIME(column)                                                           \
	"strftime('%Y-%m-%d %H:%M:%S', (" column                               \
	" - " MICROS(column) ") / 1000000, 'unixepoch')"                       \
			     " || printf('.%06d', " MICROS(column) ")"

static const char views_drop[] = "DROP VIEW IF EXISTS sources;"
				 "DROP VIEW IF EXISTS segments;"
				 "DROP VIEW IF EXISTS gaps;"
				 "DROP VIEW IF EXISTS patterns;";

/* clang-format off */
static const char views[] =
    "CREATE VIEW sources AS SELECT\n"
    "  id,\n"
    "  CASE kind WHEN 0 THEN 'file' WHEN 1 THEN 'journal'\n"
    "   WHEN 2 THEN 'syslog' WHEN 3 THEN 'webhook' ELSE 'marks' END AS kind,\n"
    "  name, host, format, zone AS timezone, finished, events, unparsed,\n"
    "  " TIME("first") " AS first,\n"
    "  " TIME("last") " AS last,\n"
    "  CASE kind WHEN 0 THEN \"offset\" END AS position\n"
    "FROM source;\n"
    "CREATE VIEW segments AS SELECT\n"
    "  id, source, n AS events,\n"
    "  " TIME("ts_min") " AS first,\n"
    "  " TIME("ts_max") " AS last,\n"
    "  bytes, stored\n"
    "FROM segment;\n"
    "CREATE VIEW gaps AS SELECT\n"
    "  id, nullif(source, 0) AS source,\n"
    "  " TIME("since") " AS since,\n"
    "  " TIME("until") " AS until,\n"
    "  reason, lost,\n"
    "  CASE lost_bytes WHEN 0 THEN 'lines' ELSE 'bytes' END AS unit,\n"
    "  \"offset\"\n"
    "FROM gap;\n"
    "CREATE VIEW patterns AS SELECT\n"
    "  printf('%016llx', id) AS id, template\n"
    "FROM pattern;\n";
/* clang-format on */

static int
not_ours(const struct store *st, struct reterr *err)
{
	return reterr_set(err, EBADMSG, "%s: is not a recount store", st->path);
}

/* All steps in one transaction: a writer that is killed leaves what was there,
 * never a version in between, which readers would take for an old store. */
static int
migrate(struct store *st, int64_t version, struct reterr *err)
{
	char set[64];
	int r = sql_exec(st, "BEGIN IMMEDIATE", err);

	if (r < 0)
		return r;
	snprintf(set, sizeof(set), "PRAGMA user_version = %d", SCHEMA_VERSION);
	r = sql_exec(st, views_drop, err);
	for (; r == 0 && version < SCHEMA_VERSION; version++)
		r = sql_exec(st, migrations[version], err);
	if (r == 0)
		r = sql_exec(st, views, err);
	if (r == 0)
		r = sql_exec(st, set, err);
	if (r == 0)
		r = sql_exec(st, "COMMIT", err);
	if (r < 0)
		sqlite3_exec(st->db, "ROLLBACK", NULL, NULL, NULL);
	return r;
}

static int
schema_create(struct store *st, struct reterr *err)
{
	char set[64];
	int r;

	/* These three hold only when said before the first table. */
	r = sql_exec(st,
	    "PRAGMA page_size = 16384;"
	    "PRAGMA auto_vacuum = INCREMENTAL;"
	    "PRAGMA journal_mode = WAL;",
	    err);
	if (r < 0)
		return r;
	snprintf(
	    set, sizeof(set), "PRAGMA application_id = %d", APPLICATION_ID);
	return sql_exec(st, set, err);
}

int
schema_open(struct store *st, struct reterr *err)
{
	int64_t application, version, tables;

	/* The first query is what reads the file. */
	if (sql_number(st, "PRAGMA application_id", &application) < 0 ||
	    sql_number(st, "PRAGMA user_version", &version) < 0 ||
	    sql_number(st, "SELECT count(*) FROM sqlite_schema", &tables) < 0) {
		if (sqlite3_errcode(st->db) == SQLITE_NOTADB)
			return not_ours(st, err);
		return sql_error(st, err, "read");
	}
	if (application != APPLICATION_ID) {
		/* A writer may have been killed before its first table. */
		if (tables > 0 || application != 0)
			return not_ours(st, err);
		if (st->mode != STORE_WRITE)
			return reterr_set(
			    err, ENOENT, "%s: holds nothing yet", st->path);
		int r = schema_create(st, err);

		if (r < 0)
			return r;
	}
	if (version > SCHEMA_VERSION)
		return reterr_set(err, EPROTO,
		    "%s: written by a newer recount (schema %d, this one "
		    "knows %d)",
		    st->path, (int)version, SCHEMA_VERSION);
	if (version < SCHEMA_VERSION && st->mode == STORE_READ)
		return reterr_set(err, version == 0 ? ENOENT : EPROTO,
		    version == 0 ? "%s: holds nothing yet"
				 : "%s: written by an older recount; open it "
				   "for writing once",
		    st->path);
	return version < SCHEMA_VERSION ? migrate(st, version, err) : 0;
}
