/* SPDX-License-Identifier: MIT */
/*
 * One journal file is one sd_journal here.
 *
 * Damage: libsystemd forgets a file in which it meets any, without a word, and
 * then behaves as if it had ended.  Therefore the end is believed only if as
 * many entries came as the header counts (or, where reading began in the
 * middle, if the last number in the header was reached).  Otherwise the file is
 * opened anew behind the last entry given: at its time plus a step that doubles
 * until something readable comes.  That is bounded, and reported.
 */
#include "journal-stream.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

/* Damage in one file that is jumped over before the rest is given up. */
#define DAMAGES_MAX 64
/* Doublings of a step that starts at a millisecond: 50 days. */
#define STEPS_MAX 32

static void
stream_close(struct stream *s)
{
	if (s->sd != NULL)
		sd_journal_close(s->sd);
	s->sd = NULL;
	journal_walk_free(s->walk);
	s->walk = NULL;
	s->ready = false;
}

struct stream *
stream_new(const char *path, const struct journal_head *head, bool growing)
{
	struct stream *s = xcalloc(1, sizeof(*s));

	s->path = xstrdup(path);
	s->head = *head;
	s->growing = growing;
	stream_rewind(s);
	return s;
}

void
stream_free(struct stream *s)
{
	if (s == NULL)
		return;
	stream_close(s);
	free(s->cursor);
	xfree(s->path);
	xfree(s);
}

void
stream_rewind(struct stream *s)
{
	stream_close(s);
	s->ended = false;
	s->waiting = false;
	s->counted = true;
	s->given = 0;
	s->stuck_at = s->stuck_before = 0;
	s->damages = 0;
	s->spoilt = s->spoilt_told = 0;
	s->key = (struct journal_cursor){.seqnum = s->head.first_seqnum};
	memcpy(s->key.seqnum_id, s->head.seqnum_id, sizeof(s->key.seqnum_id));
	s->key.realtime = s->head.first_realtime;
}

bool
stream_gone(const struct stream *s)
{
	return s->missed >= 2;
}

static void
stream_end(struct stream *s)
{
	stream_close(s);
	s->ended = true;
}

/* Whether s->path still is the file it was. */
static bool
same_file(const struct stream *s)
{
	struct journal_head now;

	return journal_head_read(s->path, &now, NULL) == 0 &&
	       strcmp(now.file_id, s->head.file_id) == 0;
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
	/* journald renames a file and puts another in its place. */
	if (s->growing && !same_file(s)) {
		stream_close(s);
		return -ENOENT;
	}
	/* Values come whole, but gigabytes packed into a few bytes do not. */
	sd_journal_set_data_threshold(s->sd, JOURNAL_ENTRY_BYTES_MAX + 1);
	return sd_journal_seek_head(s->sd);
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

/* From here on libsystemd, behind the entry given last. */
static int
stream_hand_over(struct stream *s)
{
	CLEANUP(buf_free) struct buf cursor = BUF_INIT;
	int r;

	journal_cursor_write(&s->key, &cursor);
	r = stream_open(s);
	if (r < 0 || s->given == 0)
		return r;
	r = sd_journal_seek_cursor(s->sd, cursor.p);
	r = r < 0 ? r : sd_journal_next(s->sd);
	if (r > 0 && sd_journal_test_cursor(s->sd, cursor.p) > 0)
		return 0;
	r = sd_journal_seek_head(s->sd);
	return r < 0 ? r : sd_journal_next_skip(s->sd, s->given);
}

/* To the next entry: 1; 0 there is none; -errno. */
static int
stream_next(struct stream *s)
{
	int r = 0;

	if (s->walk != NULL) {
		r = journal_walk_next(s->walk, &s->key);
		if (r == 0 && s->given >= s->head.n_entries)
			return 0;
		if (r <= 0) {
			r = stream_hand_over(s);
			if (r < 0)
				return r;
			r = 0;
		}
	}
	if (r == 0) {
		r = sd_journal_next(s->sd);
		if (r <= 0)
			return r;
		r = stream_key(s);
		if (r < 0)
			return r;
	}
	s->ready = true;
	s->waiting = false;
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
		if (stream_next(s) > 0) {
			if (s->key.seqnum > last->seqnum)
				return true;
			s->given--; /* it was given before */
		}
		s->ready = false;
		if (last->realtime + step >= s->head.last_realtime)
			return false;
	}
	return false;
}

/* s stops before it should. */
static int
stream_damaged(struct stream *s, struct reterr *err)
{
	const struct journal_cursor last = s->key;
	const unsigned long long given = s->given, all = s->head.n_entries;
	char when[TIME_TEXT_MAX];

	if (s->damages++ < DAMAGES_MAX && stream_jump(s, &last))
		return reterr_set(err, EBADMSG,
		    "%s: journal file is damaged behind the entry of %s: "
		    "going on behind the damage",
		    s->path, time_format_rfc3339(last.realtime, when));
	s->key = last;
	if (!s->growing || s->head.archived || stream_open(s) < 0) {
		stream_end(s);
	} else {
		/* For what will be added yet. */
		sd_journal_seek_realtime_usec(
		    s->sd, (uint64_t)(s->head.last_realtime + 1));
		s->key.seqnum = s->head.last_seqnum;
		s->key.realtime = s->head.last_realtime;
		s->waiting = true;
	}
	if (!s->counted)
		return reterr_set(err, EBADMSG,
		    "%s: journal file is damaged: entries cannot be read",
		    s->path);
	s->counted = false;
	return reterr_set(err, EBADMSG,
	    "%s: journal file is damaged: %llu of its %llu entries cannot be "
	    "read",
	    s->path, all - given, all);
}

/* Nothing comes from a file that may still grow. */
static int
stream_wait(struct stream *s, struct reterr *err)
{
	struct journal_head now;
	bool lost;

	if (journal_head_read(s->path, &now, NULL) < 0 ||
	    strcmp(now.file_id, s->head.file_id) != 0) {
		/* Deleted, or renamed: the next look at the folder tells. */
		s->waiting = true;
		if (stream_gone(s))
			stream_end(s);
		return 0;
	}
	s->head = now;
	/* What the header counts now must come, if anything is to come. */
	if (stream_next(s) > 0)
		return 0;
	if (s->counted) {
		lost = s->given < now.n_entries;
	} else {
		/* The header has a number before its entry can be found, so
		 * only the second look is proof. */
		lost = s->key.seqnum == s->stuck_at &&
		       s->key.seqnum < s->stuck_before;
		s->stuck_at = s->key.seqnum;
		s->stuck_before = now.last_seqnum;
	}
	if (lost)
		return stream_damaged(s, err);
	if (now.archived || stream_gone(s))
		stream_end(s);
	s->waiting = true;
	return 0;
}

static int
stream_step(struct stream *s, struct reterr *err)
{
	int r;

	if (s->sd == NULL && s->walk == NULL && !s->growing)
		s->walk = journal_walk_open(s->path);
	if (s->sd == NULL && s->walk == NULL) {
		r = stream_open(s);
		if (r == -ENOENT && s->growing && !stream_gone(s)) {
			s->waiting = true; /* for its new name */
			return 0;
		}
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
	if (s->growing)
		return stream_wait(s, err);
	if (s->counted && s->given < s->head.n_entries)
		return stream_damaged(s, err);
	stream_end(s);
	return 0;
}

int
stream_advance(struct stream *s, struct reterr *err)
{
	int r = stream_step(s, err);

	if (r < 0 || s->ready || s->spoilt == s->spoilt_told)
		return r;
	s->spoilt_told = s->spoilt;
	return reterr_set(err, EBADMSG,
	    "%s: journal file is damaged: %llu entries have fields that are "
	    "missing or changed",
	    s->path, (unsigned long long)s->spoilt);
}

int
stream_seek_after(
    struct stream *s, const char *cursor, const struct journal_cursor *c)
{
	int r;

	if (s->head.archived && s->head.last_seqnum < c->seqnum) {
		stream_end(s);
		return 0;
	}
	r = stream_open(s);
	if (r < 0)
		return r;
	s->counted = false;
	s->given = 0;
	s->key = *c;
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

bool
stream_before(const struct stream *a, const struct stream *b)
{
	if (strcmp(a->key.seqnum_id, b->key.seqnum_id) == 0)
		return a->key.seqnum < b->key.seqnum;
	if (a->key.boot_id[0] != '\0' &&
	    strcmp(a->key.boot_id, b->key.boot_id) == 0)
		return a->key.monotonic < b->key.monotonic;
	return a->key.realtime < b->key.realtime;
}
