/* SPDX-License-Identifier: MIT */
/*
 * One file, from where its reading begins until it is gone.
 *
 * Before each turn of reading the file is compared with what was read of it
 * last (its size, and the bytes before the place read to): a file that was
 * truncated or rewritten must not be read on as if nothing had happened.
 *
 * A rotated file is kept open for a good while: programs go on writing to it
 * until they are told to open the new one, and a request that takes minutes is
 * logged when it ends.  A last line without newline is given out earlier, once
 * the file has been still for some polls.
 */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recount/event.h"
#include "tail.h"

/* What one file may give in one turn of the loop. */
#define TURN_BYTES ((int64_t)1024 * 1024)

/* Slow polls (of two seconds) without growth after which … */
#define QUIET_REST 5     /* … a rotated file's open line is complete */
#define QUIET_CLOSE 150  /* … a rotated file is finished */
#define QUIET_DELETED 15 /* … a deleted one is */

static bool
give(struct tail_file *f, const struct reader_line *line)
{
	struct tail *t = f->tail;

	f->fresh = true;
	if (t->ops->line(t->arg, f, line))
		return true;
	t->paused = true;
	f->dirty = true;
	return false;
}

/* Whatever the reader says when it has no line. */
static void
at_end(struct tail_file *f, enum reader_result result)
{
	struct tail *t = f->tail;

	f->dirty = false;
	if (result == READER_BROKEN) {
		tail_trouble(t, f->path, reader_error(f->reader));
		t->ops->gap(t->arg, f, reader_error(f->reader), -1);
		f->ended = true;
	} else if (f->once) {
		f->ended = true;
	}
	if (f->fresh && t->ops->idle != NULL)
		t->ops->idle(t->arg, f);
	f->fresh = false;
	if (f->ended)
		f->over = true;
}

static void
announce(struct tail_file *f)
{
	struct tail *t = f->tail;

	f->opened = true;
	t->ops->open(t->arg, f);
	if (f->gap != NULL)
		t->ops->gap(t->arg, f, f->gap, -1);
	xfree(f->gap);
	f->gap = NULL;
}

/*
 * A program that does not append (plain ">") goes on where it was after
 * copytruncate, and leaves a hole at the beginning: zeros that nobody wrote
 * and that would hide the first line.
 */
static void
skip_hole(struct tail_file *f)
{
	char buf[4096];
	int fd = reader_fd(f->reader);
	off_t from = lseek(fd, 0, SEEK_DATA);
	ssize_t n = 0, zeros = 0;
	uint64_t tail;

	if (from > 0)
		n = pread(fd, buf, sizeof(buf), from);
	while (zeros < n && buf[zeros] == '\0')
		zeros++;
	lseek(fd, 0, SEEK_SET);
	if (from > 0)
		reader_skip(f->reader, from + zeros, 0, &tail);
}

void
tail_file_read(struct tail_file *f)
{
	struct tail *t = f->tail;
	struct reader_line line;
	enum reader_result result;
	int64_t size, from;

	if (!f->opened)
		announce(f);
	if (f->reader == NULL) {
		f->over = true;
		return;
	}
	if (f->ended)
		return;
	if (!f->once && !reader_unchanged(f->reader, &size)) {
		tail_truncated(t, f);
		return;
	}
	if (reader_read_end(f->reader) == 0 && !f->once)
		skip_hole(f);
	from = reader_read_end(f->reader);
	while ((result = reader_line(f->reader, &line)) == READER_LINE) {
		if (!give(f, &line))
			return;
		if (line.end - from > TURN_BYTES) {
			t->more = true;
			return;
		}
	}
	at_end(f, result);
}

static nlink_t
links(const struct tail_file *f)
{
	struct stat st;

	return fstat(reader_fd(f->reader), &st) < 0 ? 0 : st.st_nlink;
}

void
tail_file_tick(struct tail_file *f)
{
	struct reader_line line;
	bool deleted;

	f->dirty = true;
	if (!f->rotated || f->reader == NULL || !f->opened || f->once ||
	    f->tail->paused)
		return;
	f->quiet = reader_read_end(f->reader) == f->quiet_at ? f->quiet + 1 : 0;
	f->quiet_at = reader_read_end(f->reader);
	if (f->quiet >= QUIET_REST &&
	    reader_rest(f->reader, &line) == READER_LINE) {
		give(f, &line);
		return;
	}
	deleted = links(f) == 0;
	/* Moved away, and nothing has taken its place: whoever writes may well
	 * have it open still. */
	if (!deleted && tail_find(f->tail, f->base) == NULL)
		return;
	if (f->quiet >= (deleted ? QUIET_DELETED : QUIET_CLOSE))
		f->over = true;
}

void
tail_file_free(struct tail_file *f)
{
	if (f == NULL)
		return;
	watch_file_end(f);
	if (f->opened)
		f->tail->ops->close(f->tail->arg, f);
	reader_free(f->reader);
	xfree(f->base);
	xfree(f->path);
	xfree(f->gap);
	buf_free(&f->sample);
	xfree(f);
}

const char *
tail_file_path(const struct tail_file *f)
{
	return f->path;
}

void
tail_file_position(const struct tail_file *f, struct position *ret)
{
	if (f->reader != NULL)
		reader_position(f->reader, ret);
	else
		*ret = f->position;
	ret->noted = f->noted;
}

void
tail_file_set_user(struct tail_file *f, void *user)
{
	f->user = user;
}

void *
tail_file_user(const struct tail_file *f)
{
	return f->user;
}

struct str
tail_file_sample(struct tail_file *f, size_t n)
{
	CLEANUP(reader_free) struct reader *r = NULL;
	struct str head;
	ssize_t got;

	buf_reset(&f->sample);
	if (f->reader == NULL)
		return STR_NULL;
	if (n > LINE_BYTES_MAX)
		n = LINE_BYTES_MAX;
	if (!reader_compressed(f->reader)) {
		buf_reserve(&f->sample, n);
		got = pread(reader_fd(f->reader), f->sample.p, n, 0);
		f->sample.n = got > 0 ? (size_t)got : 0;
	} else if (reader_open(f->path, &r, NULL) == 0) {
		head = reader_peek(r, n);
		buf_add_str(&f->sample, head);
	}
	return buf_str(&f->sample);
}
