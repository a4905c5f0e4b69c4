/* SPDX-License-Identifier: MIT */
/*
 * Entries of journals, in order, none left out and none twice.
 *
 * A folder that is live is one sd_journal, which merges its files and notices
 * new ones.  A list of files (import) is read differently, because libsystemd's
 * merge loses entries there without a word: it goes on behind the place of the
 * entry last given, so whatever a file holds that sorts before it (another
 * machine, a clock that was set back) never comes; and a file in which it
 * meets damage is dropped.  So each file is a sd_journal of its own, a
 * "stream", and the merge stands here: by sequence number among files that
 * share a sequence, by time received between others.  Each stream is always
 * read to its end, whatever its order.  Its header says where it begins, so
 * archived files are opened when their turn comes, not all at once.
 *
 * Damage: a stream that ends before it gave as many entries as its header
 * promises is opened anew behind the last one given: at its time plus a step
 * that doubles until something readable comes.  That is bounded, and what was
 * jumped over is reported.
 *
 * Two copies of a file (a folder copied twice, a file and its rotated self)
 * share a file id; only the one with more entries is read.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "journal-entry.h"
#include "journal-file.h"

/* Damage in one file that is jumped over before the rest is given up. */
#define DAMAGES_MAX 64
/* Doublings of a step that starts at a millisecond: 50 days. */
#define STEPS_MAX 32

struct stream {
	char *path; /* NULL: a live folder */
	struct journal_head head;
	sd_journal *sd; /* NULL before its turn, and after its end */
	bool ready;     /* at an entry that was not given yet */
	bool ended;
	bool counted; /* was read from its first entry */
	uint64_t given;
	unsigned damages;
	char *cursor; /* of the entry it is at, or was at last; free() */
	struct journal_cursor key;
};

struct journal {
	struct stream *streams;
	size_t n;
	struct stream *current;   /* whose entry was given last */
	struct stream *runner_up; /* the next best then */
	struct buf raw;
};

static void
stream_close(struct stream *s)
{
	if (s->sd != NULL)
		sd_journal_close(s->sd);
	s->sd = NULL;
	s->ready = false;
}

void
journal_free(struct journal *j)
{
	if (j == NULL)
		return;
	for (size_t i = 0; i < j->n; i++) {
		stream_close(&j->streams[i]);
		free(j->streams[i].cursor);
		xfree(j->streams[i].path);
	}
	xfree(j->streams);
	buf_free(&j->raw);
	xfree(j);
}

static struct journal *
journal_new(size_t n)
{
	struct journal *j = xcalloc(1, sizeof(*j));

	j->streams = xcalloc(n, sizeof(*j->streams));
	j->n = n;
	return j;
}

/* Values are read whole, but a packed one of gigabytes is not unpacked. */
static void
set_threshold(sd_journal *sd)
{
	sd_journal_set_data_threshold(sd, JOURNAL_ENTRY_BYTES_MAX + 1);
}

int
journal_open_system(struct journal **ret, struct reterr *err)
{
	CLEANUP(journal_free) struct journal *j = journal_new(1);
	int r;

	r = sd_journal_open(&j->streams[0].sd, SD_JOURNAL_LOCAL_ONLY);
	if (r < 0)
		return reterr_set(
		    err, -r, "the system's journal: %s", strerror(-r));
	if (sd_journal_has_runtime_files(j->streams[0].sd) <= 0 &&
	    sd_journal_has_persistent_files(j->streams[0].sd) <= 0)
		return reterr_set(err, ENOENT,
		    "the system's journal: there is none, or it may not be "
		    "read (group systemd-journal)");
	set_threshold(j->streams[0].sd);
	*ret = STEAL(j);
	return 0;
}

int
journal_open_directory(
    const char *path, struct journal **ret, struct reterr *err)
{
	CLEANUP(journal_free) struct journal *j = journal_new(1);
	int r;

	r = sd_journal_open_directory(&j->streams[0].sd, path, 0);
	if (r < 0)
		return reterr_set(err, -r, "%s: %s", path, strerror(-r));
	set_threshold(j->streams[0].sd);
	*ret = STEAL(j);
	return 0;
}

/* Of streams with the same file id, the one with fewer entries ends. */
static void
end_copies(struct journal *j)
{
	for (size_t i = 0; i < j->n; i++) {
		struct stream *a = &j->streams[i];

		for (size_t k = i + 1; k < j->n && !a->ended; k++) {
			struct stream *b = &j->streams[k];

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

static void
stream_rewind(struct stream *s)
{
	stream_close(s);
	s->ended = false;
	s->counted = true;
	s->given = 0;
	s->damages = 0;
	memcpy(s->key.seqnum_id, s->head.seqnum_id, sizeof(s->key.seqnum_id));
	s->key.seqnum = s->head.first_seqnum;
	s->key.realtime = s->head.first_realtime;
}

int
journal_open_files(const char *const *paths, size_t n, struct journal **ret,
    struct reterr *err)
{
	CLEANUP(journal_free) struct journal *j = journal_new(n);

	for (size_t i = 0; i < n; i++) {
		struct stream *s = &j->streams[i];
		int r;

		s->path = xstrdup(paths[i]);
		r = journal_head_read(paths[i], &s->head, err);
		if (r < 0)
			return r;
	}
	journal_seek_head(j);
	*ret = STEAL(j);
	return 0;
}

int
journal_seek_head(struct journal *j)
{
	j->current = j->runner_up = NULL;
	if (j->n == 1 && j->streams[0].path == NULL)
		return sd_journal_seek_head(j->streams[0].sd);
	for (size_t i = 0; i < j->n; i++)
		stream_rewind(&j->streams[i]);
	end_copies(j);
	return 0;
}

/* The cursor of the entry s is at, taken apart into s->key. */
static int
stream_key(struct stream *s)
{
	int r;

	free(s->cursor);
	s->cursor = NULL;
	r = sd_journal_get_cursor(s->sd, &s->cursor);
	if (r < 0)
		return r;
	return journal_cursor_parse(str_of(s->cursor), &s->key) ? 0 : -EBADMSG;
}

static int
stream_open(struct stream *s)
{
	const char *const paths[] = {s->path, NULL};
	int r;

	stream_close(s);
	r = sd_journal_open_files(&s->sd, (const char **)paths, 0);
	if (r < 0)
		return r;
	set_threshold(s->sd);
	return sd_journal_seek_head(s->sd);
}

/* To the next entry: 1; 0 there is none; -errno. */
static int
stream_next(struct stream *s)
{
	int r = sd_journal_next(s->sd);

	if (r <= 0)
		return r;
	r = stream_key(s);
	if (r < 0)
		return r;
	s->ready = true;
	s->given++;
	return 1;
}

/*
 * Open s anew behind what cannot be read there.  last: the entry before it.
 * true: at a later entry.
 */
static bool
stream_jump(struct stream *s, const struct journal_cursor *last)
{
	usec_t step = USEC_PER_MSEC;

	for (unsigned i = 0; i < STEPS_MAX; i++, step *= 2) {
		if (last->realtime + step > s->head.last_realtime)
			step = s->head.last_realtime - last->realtime;
		if (step <= 0 || stream_open(s) < 0)
			return false;
		sd_journal_seek_realtime_usec(
		    s->sd, (uint64_t)(last->realtime + step));
		if (stream_next(s) > 0 && s->key.seqnum > last->seqnum)
			return true;
		s->ready = false;
		if (last->realtime + step >= s->head.last_realtime)
			return false;
	}
	return false;
}

/* s ends, or fails, before its header says it should. */
static int
stream_damaged(struct stream *s, struct reterr *err)
{
	const struct journal_cursor last = s->key;
	const unsigned long long given = s->given, all = s->head.n_entries;

	if (s->damages++ < DAMAGES_MAX && stream_jump(s, &last))
		return reterr_set(err, EBADMSG,
		    "%s: journal file is damaged behind entry %llu of %llu: "
		    "going on behind the damage",
		    s->path, given, all);
	stream_close(s);
	s->ended = true;
	return reterr_set(err, EBADMSG,
	    "%s: journal file is damaged: %llu of its %llu entries cannot be "
	    "read",
	    s->path, all - given, all);
}

/* Make s ready, or ended.  0, or -EBADMSG as journal_next() promises. */
static int
stream_advance(struct stream *s, struct reterr *err)
{
	int r;

	if (s->sd == NULL) {
		r = stream_open(s);
		if (r < 0) {
			s->ended = true;
			return reterr_set(err, EBADMSG,
			    "%s: journal file cannot be read: %s", s->path,
			    strerror(-r));
		}
	}
	r = stream_next(s);
	if (r > 0)
		return 0;
	if (s->counted && s->given < s->head.n_entries)
		return stream_damaged(s, err);
	stream_close(s);
	s->ended = true;
	return 0;
}

/* Which of two entries comes first: sequence numbers tell for certain. */
static bool
before(const struct stream *a, const struct stream *b)
{
	if (strcmp(a->key.seqnum_id, b->key.seqnum_id) == 0)
		return a->key.seqnum < b->key.seqnum;
	return a->key.realtime < b->key.realtime;
}

/* Choose j->current; NULL when all streams have ended. */
static void
journal_choose(struct journal *j)
{
	struct stream *s = j->current;

	/* As long as one file is ahead of all others, nothing changes. */
	if (s != NULL && !s->ended &&
	    (j->runner_up == NULL || before(s, j->runner_up)))
		return;
	j->current = j->runner_up = NULL;
	for (size_t i = 0; i < j->n; i++) {
		s = &j->streams[i];
		if (s->ended)
			continue;
		if (j->current == NULL || before(s, j->current)) {
			j->runner_up = j->current;
			j->current = s;
		} else if (j->runner_up == NULL || before(s, j->runner_up)) {
			j->runner_up = s;
		}
	}
}

static void
journal_give(struct journal *j, struct stream *s, struct journal_entry *ret)
{
	struct str text = str_of(s->cursor);

	buf_reset(&j->raw);
	ret->cut = !journal_entry_export(s->sd, &s->key, text, &j->raw);
	ret->raw = buf_str(&j->raw);
	ret->cursor = text;
	ret->realtime = s->key.realtime;
	ret->monotonic = s->key.monotonic;
	memcpy(ret->seqnum_id, s->key.seqnum_id, sizeof(ret->seqnum_id));
	ret->seqnum = s->key.seqnum;
	s->ready = false;
}

static int
files_next(struct journal *j, struct journal_entry *ret, struct reterr *err)
{
	for (;;) {
		struct stream *s = j->current;
		int r;

		if (s == NULL || s->ready || s->ended) {
			journal_choose(j);
			s = j->current;
			if (s == NULL)
				return 0;
		}
		if (s->ready) {
			journal_give(j, s, ret);
			return 1;
		}
		r = stream_advance(s, err);
		if (r < 0)
			return r;
	}
}

static int
live_next(struct journal *j, struct journal_entry *ret, struct reterr *err)
{
	struct stream *s = &j->streams[0];
	int r;

	r = stream_next(s);
	if (r > 0) {
		s->damages = 0;
		journal_give(j, s, ret);
		return 1;
	}
	if (r == 0 || s->damages >= DAMAGES_MAX)
		return 0; /* the next journal_process() may bring more */
	/* Behind the damage, by time: what has been given before is known to
	 * the caller by its sequence number. */
	sd_journal_seek_realtime_usec(s->sd,
	    (uint64_t)(s->key.realtime + (USEC_PER_MSEC << s->damages++ % 32)));
	return reterr_set(err, EBADMSG,
	    "the journal is damaged behind the entry %s: %s",
	    s->cursor != NULL ? s->cursor : "(none)", strerror(-r));
}

int
journal_next(struct journal *j, struct journal_entry *ret, struct reterr *err)
{
	if (j->n == 1 && j->streams[0].path == NULL)
		return live_next(j, ret, err);
	return files_next(j, ret, err);
}

/*
 * Put s behind the entry of c: 1 when it has that entry.  It is found by its
 * number; where it is gone, s begins at the next one.
 */
static int
stream_seek_after(
    struct stream *s, const char *cursor, const struct journal_cursor *c)
{
	int r;

	if (s->path != NULL) {
		r = stream_open(s);
		if (r < 0)
			return r;
		s->counted = false;
	}
	r = sd_journal_seek_cursor(s->sd, cursor);
	if (r < 0)
		return r;
	r = stream_next(s);
	if (r <= 0)
		return r;
	if (sd_journal_test_cursor(s->sd, cursor) > 0) {
		s->ready = false;
		return 1;
	}
	return 0;
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
	for (size_t i = 0; i < j->n; i++) {
		struct stream *s = &j->streams[i];

		/* Files of another sequence have nothing to do with it. */
		if (s->ended || (s->path != NULL && strcmp(s->head.seqnum_id,
							c.seqnum_id) != 0))
			continue;
		r = stream_seek_after(s, text, &c);
		if (r > 0)
			found = true;
	}
	if (found)
		return 1;
	r = journal_seek_head(j);
	return r < 0 ? r : 0;
}

int
journal_fd(struct journal *j)
{
	if (j->n != 1 || j->streams[0].path != NULL)
		return -EBADF; /* files are not followed */
	return sd_journal_get_fd(j->streams[0].sd);
}

int
journal_process(struct journal *j)
{
	int r;

	if (j->n != 1 || j->streams[0].path != NULL)
		return 0;
	r = sd_journal_process(j->streams[0].sd);
	if (r < 0)
		return r;
	if (r != SD_JOURNAL_NOP)
		j->streams[0].damages = 0;
	return r != SD_JOURNAL_NOP;
}
