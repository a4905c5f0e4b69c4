/* SPDX-License-Identifier: MIT */
/*
 * Writing.  Events go into their source's open segment, which is packed when
 * it is full; a commit writes what is pending, however little, in the one
 * format there is.
 *
 * Small commits would leave small segments, which compress badly.  So a commit
 * takes the source's last segments with it as long as each is no more than
 * twice as large as what it is merged with: sizes at the end of a source
 * fall at least by half from one to the next, there are never more than a
 * dozen small ones, and no event is rewritten more than some twenty times on
 * its way into a full segment.
 *
 * After a large commit the open segment stays in memory and its row is
 * replaced by the next one, which saves unpacking it.
 *
 * A commit that fails is rolled back and has changed nothing in memory; the
 * next attempt does all of it again.
 */
#include <errno.h>

#include "internal.h"
#include "pending.h"

#define MERGE_SEGMENTS_MAX 32
/* A commit of this many events of a source counts as large. */
#define LARGE_EVENTS 4096u

/* Free parts that are not the caller's any more. */
static void
parts_free(struct buf *parts)
{
	for (unsigned k = 0; k < SEGMENT_BUFS; k++)
		buf_free(&parts[k]);
}

/* ---- collecting ---- */

static struct segment *
segment_take(struct store *st)
{
	return st->spare ? STEAL(st->spare)
			 : xcalloc(1, sizeof(struct segment));
}

static void
segment_give(struct store *st, struct segment *s)
{
	if (st->spare == NULL) {
		segment_reset(s);
		st->spare = s;
	} else {
		segment_free(s);
		xfree(s);
	}
}

static void
source_seal(struct store *st, struct source *src)
{
	struct sealed *sealed;

	if (src->n_sealed == src->sealed_size) {
		src->sealed_size = src->sealed_size ? src->sealed_size * 2 : 4;
		src->sealed = xreallocarray(
		    src->sealed, src->sealed_size, sizeof(*src->sealed));
	}
	sealed = &src->sealed[src->n_sealed++];
	*sealed =
	    (struct sealed){.key = src->open->key, .replaces = src->open_row};
	segment_write(st->codec, src->open, sealed->parts);
	segment_reset(src->open);
	src->open_row = 0;
	src->open_done = 0;
}

static size_t
event_bytes(const struct log_event *ev)
{
	return ev->raw.n + ev->body.n + ev->host.n + ev->service.n +
	       ev->identifier.n + ev->unit.n + ev->message_id.n + ev->method.n +
	       ev->target.n + ev->upstream.n + ev->client.n + ev->vhost.n +
	       ev->request_id.n + ev->user_agent.n + ev->cursor.n;
}

int
store_append(struct store *st, struct log_event *ev)
{
	struct source *src = source_of(st, ev->source);
	struct source_info *info;

	if (st->mode != STORE_WRITE)
		return -EROFS;
	if (src == NULL || (unsigned)ev->kind >= EVENT_KIND_COUNT)
		return -EINVAL;
	if (event_bytes(ev) > EVENT_BYTES_MAX)
		return -E2BIG;
	if (src->open == NULL)
		src->open = segment_take(st);
	if (segment_full(src->open))
		source_seal(st, src);
	ev->id = st->next_id++;
	segment_add(src->open, ev);
	info = &src->info;
	if (info->events == 0 || ev->timestamp < info->first)
		info->first = ev->timestamp;
	if (info->events == 0 || ev->timestamp > info->last)
		info->last = ev->timestamp;
	info->events++;
	if (ev->flags & EVENT_UNPARSED)
		info->unparsed++;
	src->dirty = true;
	st->pending_events++;
	st->pending_bytes += ev->raw.n;
	return 0;
}

void
store_pending(const struct store *st, size_t *ret_events, size_t *ret_bytes)
{
	*ret_events = st->pending_events;
	*ret_bytes = st->pending_bytes;
}

/* ---- writing ---- */

/* The statements of one commit. */
struct commit {
	struct store *st;
	sqlite3_stmt *segment, *part, *bloom, *drop_segment, *drop_part;
};

static void
commit_end(struct commit *cm)
{
	sqlite3_finalize(cm->segment);
	sqlite3_finalize(cm->part);
	sqlite3_finalize(cm->bloom);
	sqlite3_finalize(cm->drop_segment);
	sqlite3_finalize(cm->drop_part);
}
DEFINE_CLEANUP_IN(struct commit, commit_end)

static int
drop_row(struct commit *cm, int64_t row)
{
	int r;

	sqlite3_bind_int64(cm->drop_segment, 1, row);
	r = sql_run(cm->st, cm->drop_segment);
	if (r < 0)
		return r;
	sqlite3_bind_int64(cm->drop_part, 1, row * SEGMENT_PARTS);
	sqlite3_bind_int64(
	    cm->drop_part, 2, row * SEGMENT_PARTS + SEGMENT_PARTS - 1);
	return sql_run(cm->st, cm->drop_part);
}

static int
write_row(struct commit *cm, uint32_t source, const struct segment_key *key,
    const struct buf *parts, int64_t *ret_row)
{
	sqlite3_stmt *s = cm->segment;
	size_t stored = 0;
	int64_t row;
	int r;

	for (unsigned k = 0; k < SEGMENT_PARTS; k++)
		stored += parts[k].n;
	sqlite3_bind_int64(s, 1, source);
	sqlite3_bind_int64(s, 2, key->n);
	sqlite3_bind_int64(s, 3, (int64_t)key->first_id);
	sqlite3_bind_int64(s, 4, (int64_t)key->last_id);
	sqlite3_bind_int64(s, 5, key->ts_min);
	sqlite3_bind_int64(s, 6, key->ts_max);
	sqlite3_bind_int64(s, 7, key->kinds);
	sqlite3_bind_int64(s, 8, (int64_t)key->bytes);
	sqlite3_bind_int64(s, 9, (int64_t)stored);
	r = sql_run(cm->st, s);
	if (r < 0)
		return r;
	row = sqlite3_last_insert_rowid(cm->st->db);
	for (unsigned k = 0; k < SEGMENT_PARTS; k++) {
		sqlite3_bind_int64(cm->part, 1, row * SEGMENT_PARTS + k);
		sql_bind_blob(cm->part, 2, parts[k].p, parts[k].n);
		r = sql_run(cm->st, cm->part);
		if (r < 0)
			return r;
	}
	*ret_row = row;
	if (parts[SEGMENT_BLOOM].n == 0)
		return 0;
	sqlite3_bind_int64(cm->bloom, 1, row);
	sql_bind_blob(
	    cm->bloom, 2, parts[SEGMENT_BLOOM].p, parts[SEGMENT_BLOOM].n);
	return sql_run(cm->st, cm->bloom);
}

/* The rows at the end of a source that n events should be merged with, newest
 * first.  The number of them. */
static int
merge_candidates(struct store *st, uint32_t source,
    const struct segment_key *key, struct segment_row *rows)
{
	CLEANUP(sql_finalize)
	sqlite3_stmt *stmt =
	    sql_prepare(st, "SELECT " SEGMENT_ROW_COLUMNS " FROM segment"
			    " WHERE source = ? ORDER BY last_id DESC");
	size_t events = key->n, bytes = key->bytes;
	int n = 0;

	if (stmt == NULL)
		return sql_error(st, NULL, "read");
	sqlite3_bind_int64(stmt, 1, source);
	while (n < MERGE_SEGMENTS_MAX && sqlite3_step(stmt) == SQLITE_ROW) {
		struct segment_row *row = &rows[n];

		if (segment_row_get(stmt, row) < 0 ||
		    row->key.last_id >= key->first_id ||
		    row->key.n > 2 * events ||
		    row->key.n + events > SEGMENT_EVENTS_MAX ||
		    row->key.bytes + bytes > SEGMENT_BYTES_MAX)
			break;
		events += row->key.n;
		bytes += row->key.bytes;
		n++;
	}
	return n;
}

static void
segment_add_all(struct segment *to, struct segment_in *from)
{
	for (uint32_t i = 0; i < from->n; i++) {
		struct log_event ev;

		segment_event(from, i, &ev);
		segment_add(to, &ev);
	}
}

/*
 * Write the n rows and then the events of one packed segment as one.  A row
 * that is damaged is left where it is, and so are those before it.
 */
static int
write_merged(struct commit *cm, const struct source *src,
    const struct segment_key *key, const struct buf *parts,
    const struct segment_row *rows, int n, int64_t *ret_row)
{
	CLEANUP(segment_free) struct segment merged = {0};
	struct buf packed[SEGMENT_BUFS] = {{0}};
	CLEANUP(xfree) struct segment_in *in = xcalloc(n + 1, sizeof(*in));
	int good = 0, r = 0;

	while (good < n && segment_load(cm->st, &rows[good],
			       (1u << SEGMENT_PARTS) - 1, &in[good]) == 0)
		good++;
	for (int i = good; i-- > 0;)
		segment_add_all(&merged, &in[i]);
	for (int i = 0; i <= n; i++)
		segment_in_free(&in[i]);
	for (unsigned k = 0; k < SEGMENT_PARTS && r == 0; k++)
		r = segment_read(
		    cm->st->codec, k, key, parts[k].p, parts[k].n, &in[n]);
	if (r == 0) {
		segment_add_all(&merged, &in[n]);
		segment_write(cm->st->codec, &merged, packed);
	}
	segment_in_free(&in[n]);
	for (int i = 0; i < good && r == 0; i++)
		r = drop_row(cm, rows[i].row);
	if (r == 0)
		r = write_row(cm, src->info.id, &merged.key, packed, ret_row);
	parts_free(packed);
	return r;
}

/* *ret_row: the row that now holds the open segment and nothing else; or 0. */
static int
write_open(struct commit *cm, const struct source *src, int64_t *ret_row)
{
	struct segment_row rows[MERGE_SEGMENTS_MAX];
	struct buf parts[SEGMENT_BUFS] = {{0}};
	const struct segment_key *key = &src->open->key;
	int n = 0, r = 0;

	segment_write(cm->st->codec, src->open, parts);
	*ret_row = 0;
	if (src->open_row != 0)
		r = drop_row(cm, src->open_row);
	else
		n = merge_candidates(cm->st, src->info.id, key, rows);
	if (n < 0)
		r = n;
	if (r == 0 && n > 0) {
		int64_t row;

		r = write_merged(cm, src, key, parts, rows, n, &row);
	} else if (r == 0) {
		r = write_row(cm, src->info.id, key, parts, ret_row);
	}
	parts_free(parts);
	return r;
}

static int
write_source(struct commit *cm, struct source *src, int64_t *ret_row)
{
	for (size_t i = 0; i < src->n_sealed; i++) {
		const struct sealed *sealed = &src->sealed[i];
		int64_t row;
		int r = 0;

		if (sealed->replaces != 0)
			r = drop_row(cm, sealed->replaces);
		if (r == 0)
			r = write_row(cm, src->info.id, &sealed->key,
			    sealed->parts, &row);
		if (r < 0)
			return r;
	}
	*ret_row = 0;
	if (src->open == NULL || src->open->key.n == src->open_done)
		return 0;
	return write_open(cm, src, ret_row);
}

static int
write_segments(struct store *st, int64_t *rows)
{
	CLEANUP(commit_end)
	struct commit cm = {
	    .st = st,
	    .segment = sql_prepare(st,
		"INSERT INTO segment(source, n, first_id, last_id, ts_min,"
		" ts_max, kinds, bytes, stored) VALUES(?,?,?,?,?,?,?,?,?)"),
	    .part = sql_prepare(st, "INSERT INTO part(id, data) VALUES(?, ?)"),
	    .bloom = sql_prepare(
		st, "INSERT INTO bloom(segment, data) VALUES(?, ?)"),
	    .drop_segment = sql_prepare(st, "DELETE FROM segment WHERE id = ?"),
	    .drop_part =
		sql_prepare(st, "DELETE FROM part WHERE id BETWEEN ? AND ?"),
	};

	if (cm.segment == NULL || cm.part == NULL || cm.bloom == NULL ||
	    cm.drop_segment == NULL || cm.drop_part == NULL)
		return sql_error(st, NULL, "write");
	for (size_t i = 0; i < st->n_sources; i++) {
		int r = write_source(&cm, st->sources[i], &rows[i]);

		if (r < 0)
			return r;
	}
	return 0;
}

static int
write_next_id(struct store *st)
{
	CLEANUP(sql_finalize)
	sqlite3_stmt *stmt =
	    sql_prepare(st, "UPDATE meta SET value = ? WHERE name = 'next_id'");

	if (stmt != NULL)
		sqlite3_bind_int64(stmt, 1, (int64_t)st->next_id);
	return sql_run(st, stmt);
}

/* ---- after it ---- */

/* Forget what is committed now. */
static void
source_done(struct store *st, struct source *src, int64_t row, bool *kept)
{
	for (size_t i = 0; i < src->n_sealed; i++)
		parts_free(src->sealed[i].parts);
	src->dirty = false;
	if (src->open == NULL) {
		src->n_sealed = 0;
		return;
	}
	if (src->open->key.n > src->open_done) {
		uint32_t fresh = src->open->key.n - src->open_done;
		bool large = src->n_sealed > 0 || fresh >= LARGE_EVENTS;

		src->open_done = src->open->key.n;
		src->open_row = large && !*kept ? row : 0;
	}
	src->n_sealed = 0;
	if (src->open_row != 0 && !*kept && !src->info.finished) {
		*kept = true;
		return;
	}
	segment_give(st, STEAL(src->open));
	src->open_row = 0;
	src->open_done = 0;
}

void
commit_release(struct store *st)
{
	for (size_t i = 0; i < st->n_sources; i++) {
		struct source *src = st->sources[i];

		if (src->open == NULL || src->open->key.n > src->open_done)
			continue;
		segment_give(st, STEAL(src->open));
		src->open_row = 0;
		src->open_done = 0;
	}
}

int
store_commit(struct store *st, struct reterr *err)
{
	CLEANUP(xfree) int64_t *rows = NULL;
	bool kept = false;
	int r;

	if (st->mode != STORE_WRITE)
		return reterr_set(
		    err, EROFS, "%s: opened for reading", st->path);
	if (st->reading > 0)
		return reterr_set(err, EBUSY, "%s: is being read", st->path);
	r = sql_begin(st, err);
	if (r < 0)
		return r;
	rows = xcalloc(st->n_sources + 1, sizeof(*rows));
	r = write_segments(st, rows);
	if (r == 0)
		r = sources_write(st);
	if (r == 0)
		r = pending_write(st);
	if (r == 0)
		r = write_next_id(st);
	if (r < 0) {
		sql_error(st, err, "write");
		sql_rollback(st);
		return r;
	}
	r = sql_commit(st, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < st->n_sources; i++)
		source_done(st, st->sources[i], rows[i], &kept);
	pending_clear(st);
	st->pending_events = 0;
	st->pending_bytes = 0;
	return 0;
}
