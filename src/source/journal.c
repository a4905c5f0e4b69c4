/* SPDX-License-Identifier: MIT */
/*
 * Entries of journals, in order, none left out and none twice.
 *
 * libsystemd can merge files by itself, but its merge loses entries without a
 * word: it goes on behind the place of the entry last given, so whatever a
 * file holds that sorts before it (another machine's, late; a clock that was
 * set back) never comes; and a file in which it meets damage is dropped.  So
 * each file is a sd_journal of its own (journal-stream.c), and the merge
 * stands here: by sequence number among files that share a sequence, by time
 * received between others.  Each file is read to its end, whatever its order;
 * archived ones are opened when their turn comes, not all at once.
 *
 * A live journal may show a later entry before an earlier one, when the files
 * are looked at one after the other while journald writes.  Where files share
 * a sequence (from systemd 254 on all of a machine do), a hole in it tells:
 * before the entry behind it is given, all files, and the folders, are looked
 * at once more, since a cursor says "all before this was taken".  Where each
 * file has its own sequence, holes are normal, so this is rationed.
 *
 * Two copies of a file (a folder copied twice, a file and its rotated self)
 * share a file id; only the one with more entries is read.
 */
#include <errno.h>
#include <stdlib.h>

#include "journal-live.h"

/* One look at the folders for so many entries, at most. */
#define HOLE_RATION 64

struct sequence { /* how far one has been given */
	char id[33];
	uint64_t last;
	uint64_t checked; /* the hole before this entry was looked into */
	uint64_t given, looks;
};

struct journal {
	struct stream_list streams;
	struct live *live;        /* NULL: a list of files */
	struct stream *current;   /* whose entry was given last */
	struct stream *runner_up; /* the next best then */
	struct sequence *sequences;
	size_t n_sequences;
	struct field_memory memory;
	struct buf raw;
	bool scan_due;
};

void
journal_free(struct journal *j)
{
	if (j == NULL)
		return;
	for (size_t i = 0; i < j->streams.n; i++)
		stream_free(j->streams.items[i]);
	xfree(j->streams.items);
	live_free(j->live);
	xfree(j->sequences);
	buf_free(&j->raw);
	xfree(j);
}

static int
open_live(const char *path, const char *namespace, struct journal **ret,
    struct reterr *err)
{
	CLEANUP(journal_free) struct journal *j = xcalloc(1, sizeof(*j));
	int r = live_open(path, namespace, &j->live, err);

	if (r < 0)
		return r;
	live_scan(j->live, &j->streams, NULL);
	if (j->streams.n == 0 && live_denied(j->live) > 0)
		return reterr_set(err, EACCES,
		    "%s: may not be read (the group systemd-journal may)",
		    path != NULL ? path : "the system's journal");
	if (j->streams.n == 0 && path == NULL && namespace == NULL)
		return reterr_set(
		    err, ENOENT, "the system's journal: there is none");
	*ret = STEAL(j);
	return 0;
}

int
journal_open_system(struct journal **ret, struct reterr *err)
{
	return open_live(NULL, NULL, ret, err);
}

int
journal_open_namespace(
    const char *name, struct journal **ret, struct reterr *err)
{
	return open_live(NULL, name, ret, err);
}

int
journal_open_directory(
    const char *path, struct journal **ret, struct reterr *err)
{
	return open_live(path, NULL, ret, err);
}

/* Of streams with the same file id, the one with fewer entries ends. */
static void
end_copies(struct journal *j)
{
	for (size_t i = 0; i < j->streams.n; i++) {
		struct stream *a = j->streams.items[i];

		for (size_t k = i + 1; k < j->streams.n && !a->ended; k++) {
			struct stream *b = j->streams.items[k];

			if (b->ended ||
			    strcmp(a->head.file_id, b->head.file_id) != 0)
				continue;
			if (b->head.n_entries > a->head.n_entries)
				a->ended = true;
			else
				b->ended = true;
		}
	}
}

int
journal_open_files(const char *const *paths, size_t n, struct journal **ret,
    struct reterr *err)
{
	CLEANUP(journal_free) struct journal *j = xcalloc(1, sizeof(*j));

	j->streams.items = xcalloc(n > 0 ? n : 1, sizeof(*j->streams.items));
	for (size_t i = 0; i < n; i++) {
		struct journal_head head;
		int r = journal_head_read(paths[i], &head, err);

		if (r < 0)
			return r;
		j->streams.items[j->streams.n++] =
		    stream_new(paths[i], &head, false);
	}
	journal_seek_head(j);
	*ret = STEAL(j);
	return 0;
}

int
journal_seek_head(struct journal *j)
{
	j->current = j->runner_up = NULL;
	j->n_sequences = 0;
	for (size_t i = 0; i < j->streams.n; i++)
		stream_rewind(j->streams.items[i]);
	if (j->live == NULL)
		end_copies(j);
	return 0;
}

static struct sequence *
find_sequence(struct journal *j, const char *id)
{
	for (size_t i = 0; i < j->n_sequences; i++) {
		if (strcmp(j->sequences[i].id, id) == 0)
			return &j->sequences[i];
	}
	return NULL;
}

static void
note_given(struct journal *j, const struct journal_cursor *c)
{
	struct sequence *q = find_sequence(j, c->seqnum_id);

	if (q == NULL) {
		j->sequences = xreallocarray(
		    j->sequences, j->n_sequences + 1, sizeof(*j->sequences));
		q = &j->sequences[j->n_sequences++];
		*q = (struct sequence){.last = 0};
		memcpy(q->id, c->seqnum_id, sizeof(q->id));
	}
	if (c->seqnum > q->last)
		q->last = c->seqnum;
	q->given++;
}

/* Choose j->current; NULL when all streams have ended, or wait. */
static void
journal_choose(struct journal *j)
{
	struct stream *s = j->current;

	/* As long as one file is ahead of all others, nothing changes. */
	if (s != NULL && !s->ended && !s->waiting &&
	    (j->runner_up == NULL || stream_before(s, j->runner_up)))
		return;
	j->current = j->runner_up = NULL;
	for (size_t i = 0; i < j->streams.n; i++) {
		s = j->streams.items[i];
		if (s->ended || s->waiting)
			continue;
		if (j->current == NULL || stream_before(s, j->current)) {
			j->runner_up = j->current;
			j->current = s;
		} else if (j->runner_up == NULL ||
			   stream_before(s, j->runner_up)) {
			j->runner_up = s;
		}
	}
}

/* Drop streams that have ended and whose file is gone. */
static void
drop_gone(struct journal *j)
{
	size_t kept = 0;

	for (size_t i = 0; i < j->streams.n; i++) {
		struct stream *s = j->streams.items[i];

		if (s->ended && stream_gone(s))
			stream_free(s);
		else
			j->streams.items[kept++] = s;
	}
	j->streams.n = kept;
}

/* Look at everything again. */
static int
journal_wake(struct journal *j, bool scan, struct reterr *err)
{
	int r = 0;

	if (scan) {
		r = live_scan(j->live, &j->streams, err);
		drop_gone(j);
	}
	for (size_t i = 0; i < j->streams.n; i++)
		j->streams.items[i]->waiting = false;
	j->current = j->runner_up = NULL;
	return r;
}

/* Whether giving s's entry would leave a hole that was not looked into yet. */
static bool
leaves_hole(struct journal *j, const struct stream *s)
{
	struct sequence *q;

	if (j->live == NULL)
		return false;
	q = find_sequence(j, s->key.seqnum_id);
	if (q == NULL || s->key.seqnum <= q->last + 1 ||
	    q->checked == s->key.seqnum || q->looks > q->given / HOLE_RATION)
		return false;
	q->looks++;
	q->checked = s->key.seqnum;
	return true;
}

static void
journal_give(struct journal *j, struct stream *s, struct journal_entry *ret)
{
	enum journal_export export = EXPORT_WHOLE;

	if (s->walk != NULL) {
		ret->cursor = str_of(journal_walk_cursor(s->walk));
		ret->raw = journal_walk_raw(s->walk);
	} else {
		buf_reset(&j->raw);
		ret->cursor = str_of(s->cursor);
		export = journal_entry_export(
		    s->sd, &s->key, ret->cursor, &j->memory, &j->raw);
		ret->raw = buf_str(&j->raw);
	}
	ret->cut = export != EXPORT_WHOLE;
	if (export == EXPORT_DAMAGED)
		s->spoilt++; /* told when the file's end is reached */
	ret->realtime = s->key.realtime;
	ret->monotonic = s->key.monotonic;
	memcpy(ret->seqnum_id, s->key.seqnum_id, sizeof(ret->seqnum_id));
	ret->seqnum = s->key.seqnum;
	s->ready = false;
	if (j->live != NULL)
		note_given(j, &s->key);
}

int
journal_next(struct journal *j, struct journal_entry *ret, struct reterr *err)
{
	int r;

	if (j->scan_due) {
		j->scan_due = false;
		r = journal_wake(j, true, err);
		if (r < 0)
			return r;
	}
	for (;;) {
		struct stream *s = j->current;

		if (s == NULL || s->ready || s->ended || s->waiting) {
			journal_choose(j);
			s = j->current;
			if (s == NULL)
				return 0;
		}
		if (!s->ready) {
			r = stream_advance(s, err);
			if (r < 0)
				return r;
			continue;
		}
		if (leaves_hole(j, s)) {
			r = journal_wake(j, true, err);
			if (r < 0)
				return r;
			continue;
		}
		journal_give(j, s, ret);
		return 1;
	}
}

int
journal_seek_after(struct journal *j, struct str cursor)
{
	CLEANUP(xfree) char *text = str_dup(cursor);
	struct journal_cursor c;
	bool found = false;
	int r;

	r = journal_seek_head(j);
	if (r < 0 || !journal_cursor_parse(cursor, &c))
		return r;
	for (size_t i = 0; i < j->streams.n; i++) {
		struct stream *s = j->streams.items[i];

		/* Files of another sequence have nothing to do with it. */
		if (s->ended || strcmp(s->head.seqnum_id, c.seqnum_id) != 0)
			continue;
		r = stream_seek_after(s, text, &c);
		if (r > 0)
			found = true;
	}
	if (!found)
		return journal_seek_head(j);
	note_given(j, &c);
	return 1;
}

int
journal_fd(struct journal *j)
{
	/* A list of files is not followed. */
	return j->live != NULL ? live_fd(j->live) : -EBADF;
}

int
journal_process(struct journal *j)
{
	int r;

	if (j->live == NULL)
		return 0;
	r = live_process(j->live);
	j->scan_due = true;
	return r;
}
