/* SPDX-License-Identifier: MIT */
/*
 * Gaps, patterns and sequence ranges are few beside events: they wait in
 * plain arrays and go into plain rows.
 */
#include "pending.h"

#include <errno.h>

#include "internal.h"

int
store_gap_add(struct store *st, const struct gap *gap)
{
	struct pending_gap *place;

	if (st->mode != STORE_WRITE)
		return -EROFS;
	if (st->n_gaps == st->gaps_size) {
		st->gaps_size = st->gaps_size ? st->gaps_size * 2 : 8;
		st->gaps =
		    xreallocarray(st->gaps, st->gaps_size, sizeof(*st->gaps));
	}
	place = &st->gaps[st->n_gaps++];
	place->gap = *gap;
	place->gap.reason = (struct str){str_dup(gap->reason), gap->reason.n};
	return 0;
}

int
store_pattern_put(
    struct store *st, uint64_t pattern, struct str template, struct str state)
{
	struct pending_pattern *place;

	if (st->mode != STORE_WRITE)
		return -EROFS;
	if (st->n_patterns == st->patterns_size) {
		st->patterns_size =
		    st->patterns_size ? st->patterns_size * 2 : 16;
		st->patterns = xreallocarray(
		    st->patterns, st->patterns_size, sizeof(*st->patterns));
	}
	place = &st->patterns[st->n_patterns++];
	*place = (struct pending_pattern){pattern,
	    {str_dup(template), template.n}, {str_dup(state), state.n}};
	return 0;
}

int
store_seq_add(
    struct store *st, uint32_t source, const char *seqnum_id, uint64_t seq)
{
	if (st->mode != STORE_WRITE)
		return -EROFS;
	if (source_of(st, source) == NULL || seq > INT64_MAX)
		return -EINVAL;
	seqs_add(st->seqs, seqnum_id, seq, seq);
	return 0;
}

bool
store_seq_has(struct store *st, const char *seqnum_id, uint64_t seq)
{
	return st->seqs != NULL && seqs_has(st->seqs, seqnum_id, seq);
}

/* ---- writing ---- */

static void
bind_or_null(sqlite3_stmt *stmt, int at, int64_t v, int64_t unknown)
{
	if (v == unknown)
		sqlite3_bind_null(stmt, at);
	else
		sqlite3_bind_int64(stmt, at, v);
}

static int
gaps_write(struct store *st)
{
	CLEANUP(sql_finalize)
	sqlite3_stmt *stmt = sql_prepare(st,
	    "INSERT INTO gap(source, since, until, reason, lost, lost_bytes,"
	    " offset) VALUES(?,?,?,?,?,?,?)");

	for (size_t i = 0; i < st->n_gaps; i++) {
		const struct gap *gap = &st->gaps[i].gap;
		int r;

		if (stmt != NULL) {
			sqlite3_bind_int64(stmt, 1, gap->source);
			bind_or_null(stmt, 2, gap->since, USEC_NONE);
			bind_or_null(stmt, 3, gap->until, USEC_NONE);
			sql_bind_str(stmt, 4, gap->reason);
			bind_or_null(stmt, 5, gap->lost, -1);
			sqlite3_bind_int(stmt, 6, gap->lost_bytes);
			bind_or_null(stmt, 7, gap->offset, -1);
		}
		r = sql_run(st, stmt);
		if (r < 0)
			return r;
	}
	return 0;
}

static int
patterns_write(struct store *st)
{
	CLEANUP(sql_finalize)
	sqlite3_stmt *stmt = sql_prepare(st,
	    "INSERT OR REPLACE INTO pattern(id, template, state)"
	    " VALUES(?,?,?)");

	for (size_t i = 0; i < st->n_patterns; i++) {
		const struct pending_pattern *p = &st->patterns[i];
		int r;

		if (stmt != NULL) {
			sqlite3_bind_int64(stmt, 1, (int64_t)p->pattern);
			sql_bind_str(stmt, 2, p->template);
			sql_bind_blob(stmt, 3, p->state.p, p->state.n);
		}
		r = sql_run(st, stmt);
		if (r < 0)
			return r;
	}
	return 0;
}

struct seq_writer {
	struct store *st;
	sqlite3_stmt *drop, *add;
};

static int
seq_write(void *arg, const char *seqnum_id, uint64_t first, uint64_t last,
    const struct seq_range *ranges, size_t n)
{
	struct seq_writer *w = arg;
	int r;

	sql_bind_str(w->drop, 1, str_of(seqnum_id));
	sqlite3_bind_int64(w->drop, 2, (int64_t)first);
	sqlite3_bind_int64(w->drop, 3, (int64_t)last);
	r = sql_run(w->st, w->drop);
	for (size_t i = 0; i < n && r == 0; i++) {
		sql_bind_str(w->add, 1, str_of(seqnum_id));
		sqlite3_bind_int64(w->add, 2, (int64_t)ranges[i].first);
		sqlite3_bind_int64(w->add, 3, (int64_t)ranges[i].last);
		r = sql_run(w->st, w->add);
	}
	return r;
}

static int
seqs_write(struct store *st)
{
	struct seq_writer w = {
	    .st = st,
	    .drop = sql_prepare(st,
		"DELETE FROM seq WHERE seqnum_id = ?1 AND last >= ?2"
		" AND first <= ?3"),
	    .add = sql_prepare(st, "INSERT INTO seq VALUES(?,?,?)"),
	};
	int r;

	if (w.drop == NULL || w.add == NULL)
		r = sql_error(st, NULL, "write");
	else
		r = seqs_each_changed(st->seqs, seq_write, &w);
	sqlite3_finalize(w.drop);
	sqlite3_finalize(w.add);
	return r;
}

int
pending_write(struct store *st)
{
	int r = gaps_write(st);

	if (r == 0)
		r = patterns_write(st);
	if (r == 0)
		r = seqs_write(st);
	return r;
}

void
pending_clear(struct store *st)
{
	for (size_t i = 0; i < st->n_gaps; i++)
		xfree((char *)st->gaps[i].gap.reason.p);
	for (size_t i = 0; i < st->n_patterns; i++) {
		xfree((char *)st->patterns[i].template.p);
		xfree((char *)st->patterns[i].state.p);
	}
	st->n_gaps = 0;
	st->n_patterns = 0;
	if (st->seqs != NULL)
		seqs_clean(st->seqs);
}

void
pending_free(struct store *st)
{
	pending_clear(st);
	xfree(st->gaps);
	xfree(st->patterns);
}
