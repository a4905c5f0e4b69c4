/* SPDX-License-Identifier: MIT */
/*
 * Sources, their positions and the sequence ranges.  A writer holds all of
 * them in memory (there are as many as there are log files, not lines) and
 * writes the rows that changed with each commit; a reader asks the table.
 */
#include <errno.h>

#include "internal.h"

#define SOURCES_MAX (1u << 20)

#define SOURCE_COLUMNS                                                         \
	"id, kind, name, host, format, zone, finished, events, unparsed, "     \
	"first, last, offset, dev, ino, head_n, head, tail_n, tail, "          \
	"cursor, noted"

static void
own(struct str *s, struct str value)
{
	char *copy = str_dup(value);

	xfree((char *)s->p);
	*s = (struct str){copy, value.n};
}

static void
source_free(struct source *src)
{
	if (src == NULL)
		return;
	xfree((char *)src->info.name.p);
	xfree((char *)src->info.host.p);
	xfree((char *)src->info.format.p);
	xfree((char *)src->info.zone.p);
	xfree((char *)src->info.position.cursor.p);
	for (size_t i = 0; i < src->n_sealed; i++) {
		for (unsigned k = 0; k < SEGMENT_BUFS; k++)
			buf_free(&src->sealed[i].parts[k]);
	}
	xfree(src->sealed);
	if (src->open != NULL)
		segment_free(src->open);
	xfree(src->open);
	xfree(src);
}

void
sources_free(struct store *st)
{
	for (size_t i = 0; i < st->n_sources; i++)
		source_free(st->sources[i]);
	xfree(st->sources);
	if (st->spare != NULL)
		segment_free(st->spare);
	xfree(st->spare);
}

struct source *
source_of(struct store *st, uint32_t id)
{
	return id >= 1 && id <= st->n_sources ? st->sources[id - 1] : NULL;
}

static struct source *
source_new(struct store *st, const struct source_info *info)
{
	struct source *src = xcalloc(1, sizeof(*src));

	if (st->n_sources == st->sources_size) {
		st->sources_size = st->sources_size ? st->sources_size * 2 : 16;
		st->sources = xreallocarray(
		    st->sources, st->sources_size, sizeof(*st->sources));
	}
	st->sources[st->n_sources++] = src;
	src->info = *info;
	src->info.id = (uint32_t)st->n_sources;
	src->info.name = src->info.host = src->info.format = STR_NULL;
	src->info.zone = src->info.position.cursor = STR_NULL;
	own(&src->info.name, info->name);
	own(&src->info.host, info->host);
	own(&src->info.format, info->format);
	own(&src->info.zone, info->zone);
	own(&src->info.position.cursor, info->position.cursor);
	return src;
}

int
store_source_add(
    struct store *st, const struct source_info *info, uint32_t *ret_id)
{
	struct source *src;

	if (st->mode != STORE_WRITE)
		return -EROFS;
	if (st->n_sources >= SOURCES_MAX)
		return -EMFILE;
	src = source_new(st, info);
	src->info.events = src->info.unparsed = 0;
	src->info.first = src->info.last = USEC_NONE;
	src->dirty = true;
	*ret_id = src->info.id;
	return 0;
}

int
store_source_update(struct store *st, const struct source_info *info)
{
	struct source *src = source_of(st, info->id);

	if (st->mode != STORE_WRITE)
		return -EROFS;
	if (src == NULL)
		return -EINVAL;
	own(&src->info.name, info->name);
	own(&src->info.host, info->host);
	own(&src->info.format, info->format);
	own(&src->info.zone, info->zone);
	src->info.finished = info->finished;
	src->dirty = true;
	return 0;
}

int
store_position(
    struct store *st, uint32_t source, const struct position *position)
{
	struct source *src = source_of(st, source);
	struct str cursor;

	if (st->mode != STORE_WRITE)
		return -EROFS;
	if (src == NULL)
		return -EINVAL;
	cursor = src->info.position.cursor;
	if (!str_eq(cursor, position->cursor))
		own(&cursor, position->cursor);
	src->info.position = *position;
	src->info.position.cursor = cursor;
	src->dirty = true;
	return 0;
}

/* ---- rows ---- */

static usec_t
column_time(sqlite3_stmt *stmt, int column)
{
	if (sqlite3_column_type(stmt, column) == SQLITE_NULL)
		return USEC_NONE;
	return sqlite3_column_int64(stmt, column);
}

static void
source_row(sqlite3_stmt *stmt, struct source_info *ret)
{
	*ret =
	    (struct source_info){.id = (uint32_t)sqlite3_column_int64(stmt, 0),
		.kind = (enum source_kind)sqlite3_column_int(stmt, 1),
		.name = sql_str(stmt, 2),
		.host = sql_str(stmt, 3),
		.format = sql_str(stmt, 4),
		.zone = sql_str(stmt, 5),
		.finished = sqlite3_column_int(stmt, 6),
		.events = (uint64_t)sqlite3_column_int64(stmt, 7),
		.unparsed = (uint64_t)sqlite3_column_int64(stmt, 8),
		.first = column_time(stmt, 9),
		.last = column_time(stmt, 10),
		.position = {
		    .offset = sqlite3_column_int64(stmt, 11),
		    .dev = (uint64_t)sqlite3_column_int64(stmt, 12),
		    .ino = (uint64_t)sqlite3_column_int64(stmt, 13),
		    .head_n = (uint32_t)sqlite3_column_int64(stmt, 14),
		    .head = (uint64_t)sqlite3_column_int64(stmt, 15),
		    .tail_n = (uint32_t)sqlite3_column_int64(stmt, 16),
		    .tail = (uint64_t)sqlite3_column_int64(stmt, 17),
		    .cursor = sql_str(stmt, 18),
		    .noted = sqlite3_column_int64(stmt, 19),
		}};
}

static void
bind_time(sqlite3_stmt *stmt, int at, usec_t t)
{
	if (t == USEC_NONE)
		sqlite3_bind_null(stmt, at);
	else
		sqlite3_bind_int64(stmt, at, t);
}

static int
source_write(struct store *st, sqlite3_stmt *stmt, const struct source *src)
{
	const struct source_info *info = &src->info;
	const struct position *pos = &info->position;

	sqlite3_bind_int64(stmt, 1, info->id);
	sqlite3_bind_int(stmt, 2, (int)info->kind);
	sql_bind_str(stmt, 3, info->name);
	sql_bind_str(stmt, 4, info->host);
	sql_bind_str(stmt, 5, info->format);
	sql_bind_str(stmt, 6, info->zone);
	sqlite3_bind_int(stmt, 7, info->finished);
	sqlite3_bind_int64(stmt, 8, (int64_t)info->events);
	sqlite3_bind_int64(stmt, 9, (int64_t)info->unparsed);
	bind_time(stmt, 10, info->first);
	bind_time(stmt, 11, info->last);
	sqlite3_bind_int64(stmt, 12, pos->offset);
	sqlite3_bind_int64(stmt, 13, (int64_t)pos->dev);
	sqlite3_bind_int64(stmt, 14, (int64_t)pos->ino);
	sqlite3_bind_int64(stmt, 15, pos->head_n);
	sqlite3_bind_int64(stmt, 16, (int64_t)pos->head);
	sqlite3_bind_int64(stmt, 17, pos->tail_n);
	sqlite3_bind_int64(stmt, 18, (int64_t)pos->tail);
	sql_bind_str(stmt, 19, pos->cursor);
	sqlite3_bind_int64(stmt, 20, pos->noted);
	return sql_run(st, stmt);
}

int
sources_write(struct store *st)
{
	CLEANUP(sql_finalize)
	sqlite3_stmt *stmt = sql_prepare(st,
	    "INSERT OR REPLACE INTO source(" SOURCE_COLUMNS ") VALUES"
	    "(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");

	for (size_t i = 0; i < st->n_sources; i++) {
		int r;

		if (!st->sources[i]->dirty)
			continue;
		if (stmt == NULL)
			return sql_error(st, NULL, "write");
		r = source_write(st, stmt, st->sources[i]);
		if (r < 0)
			return r;
	}
	return 0;
}

static int
seqs_load(struct store *st)
{
	CLEANUP(sql_finalize)
	sqlite3_stmt *stmt =
	    sql_prepare(st, "SELECT seqnum_id, first, last FROM seq");
	int r;

	st->seqs = seqs_new();
	while ((r = stmt ? sqlite3_step(stmt) : SQLITE_ERROR) == SQLITE_ROW) {
		CLEANUP(xfree) char *id = str_dup(sql_str(stmt, 0));

		seqs_add(st->seqs, id, (uint64_t)sqlite3_column_int64(stmt, 1),
		    (uint64_t)sqlite3_column_int64(stmt, 2));
	}
	seqs_clean(st->seqs);
	return r == SQLITE_DONE ? 0 : sql_error(st, NULL, "read");
}

int
sources_load(struct store *st, struct reterr *err)
{
	CLEANUP(sql_finalize)
	sqlite3_stmt *stmt = sql_prepare(
	    st, "SELECT " SOURCE_COLUMNS " FROM source ORDER BY id");
	int64_t next_id;
	int r;

	while ((r = stmt ? sqlite3_step(stmt) : SQLITE_ERROR) == SQLITE_ROW) {
		struct source_info info;

		source_row(stmt, &info);
		/* Sources are never deleted, so ids have no holes. */
		if (info.id != source_new(st, &info)->info.id)
			return reterr_set(err, EBADMSG,
			    "%s: damaged: sources are missing", st->path);
	}
	if (r != SQLITE_DONE || seqs_load(st) < 0 ||
	    sql_number(st, "SELECT value FROM meta WHERE name = 'next_id'",
		&next_id) < 0)
		return sql_error(st, err, "read");
	st->next_id = (uint64_t)next_id;
	return 0;
}

int
store_each_source(struct store *st,
    int (*fn)(void *arg, const struct source_info *info), void *arg)
{
	CLEANUP(sql_finalize) sqlite3_stmt *stmt = NULL;
	int r;

	if (st->mode == STORE_WRITE) {
		for (size_t i = 0; i < st->n_sources; i++) {
			r = fn(arg, &st->sources[i]->info);
			if (r != 0)
				return r;
		}
		return 0;
	}
	stmt = sql_prepare(
	    st, "SELECT " SOURCE_COLUMNS " FROM source ORDER BY id");
	while ((r = stmt ? sqlite3_step(stmt) : SQLITE_ERROR) == SQLITE_ROW) {
		struct source_info info;

		source_row(stmt, &info);
		r = fn(arg, &info);
		if (r != 0)
			return r;
	}
	return r == SQLITE_DONE ? 0 : sql_error(st, NULL, "read");
}
