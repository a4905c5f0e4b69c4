/* SPDX-License-Identifier: MIT */
/*
 * A stream of bytes cut into lines.
 *
 * One buffer holds a window of the uncompressed stream: a little of what has
 * been given out (POSITION_TAIL_MAX bytes, so that a position can be hashed at
 * any moment), and what has not.  It is refilled by large reads and moved to
 * the front only when its end is reached, so a line is touched by memchr()
 * and nothing else.  Plain files are read, not mapped: a mapped file that is
 * truncated under us would kill the process.
 *
 *	buf    at                scan       n
 *	| past | line being looked for ...  | free
 *
 * A line over LINE_BYTES_MAX is kept aside at that length, and the rest of it
 * runs through the buffer, so memory stays bounded whatever a file holds.
 *
 * The same code follows growing files for the tail: there the end of the file
 * is not an end, only "nothing now", and a line without its newline waits.
 */
#include "reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "decompress.h"
#include "recount/event.h"
#include "recount/intern.h"

#define READ_BYTES ((size_t)256 * 1024)  /* one read of a whole file */
#define FOLLOW_BYTES ((size_t)64 * 1024) /* one read of a growing one */
#define INPUT_BYTES ((size_t)128 * 1024) /* one read of compressed data */

struct reader {
	char *path;
	int fd;
	struct stat stat; /* as opened */
	bool follow;
	bool pipe; /* cannot seek */

	struct decompress *decompress; /* NULL: plain */
	char *input;                   /* compressed bytes not yet used */
	struct str rest;               /* of input */
	bool input_end;
	int64_t input_read;

	char *buf;
	size_t size, at, scan, n;
	int64_t base; /* offset in the stream of buf[0] */
	bool end;     /* no more bytes will come */
	bool broken;
	char error[160];

	char head[POSITION_HEAD_MAX]; /* the stream's first bytes */
	size_t head_n;

	char *cut; /* the first LINE_BYTES_MAX bytes of an overlong line */
	bool cutting;
	struct position before_cut;
};

/* behind: bytes that came just now, after those in the buffer. */
static void
reader_fail(struct reader *r, size_t behind, const char *what, const char *why)
{
	r->broken = true;
	r->end = true;
	snprintf(r->error, sizeof(r->error), "%s at byte %lld: %s", what,
	    (long long)(r->base + (int64_t)(r->n + behind)), why);
}

/* The next bytes of the file itself; 0 at its end, or when it fails. */
static size_t
read_file(struct reader *r, void *p, size_t n)
{
	ssize_t got;

	do
		got = read(r->fd, p, n);
	while (got < 0 && errno == EINTR);
	if (got < 0) {
		reader_fail(r, 0, "cannot be read", strerror(errno));
		return 0;
	}
	r->input_read += got;
	return (size_t)got;
}

static size_t
read_decompressed(struct reader *r, void *p, size_t n)
{
	for (;;) {
		enum decompress_result result;
		size_t got;

		if (r->rest.n == 0 && !r->input_end) {
			r->rest.p = r->input;
			r->rest.n = read_file(r, r->input, INPUT_BYTES);
			if (r->broken)
				return 0;
			r->input_end = r->rest.n == 0;
		}
		result = decompress_step(
		    r->decompress, &r->rest, r->input_end, p, n, &got);
		if (result == DECOMPRESS_BROKEN)
			reader_fail(r, got, "cannot be unpacked",
			    decompress_error(r->decompress));
		if (got > 0 || result != DECOMPRESS_MORE)
			return got;
	}
}

/* Make room for more bytes behind n: first by dropping what is past. */
static void
reader_make_room(struct reader *r, size_t more)
{
	size_t past = r->at > POSITION_TAIL_MAX ? r->at - POSITION_TAIL_MAX : 0;

	if (r->size - r->n >= more)
		return;
	if (past > 0) {
		memmove(r->buf, r->buf + past, r->n - past);
		r->base += (int64_t)past;
		r->at -= past;
		r->scan -= past;
		r->n -= past;
	}
	if (r->size - r->n < more) {
		size_t size = r->size ? r->size * 2 : more + POSITION_TAIL_MAX;

		while (size - r->n < more)
			size *= 2;
		r->buf = xreallocarray(r->buf, size, 1);
		r->size = size;
	}
}

static void
reader_keep_head(struct reader *r, size_t from, size_t n)
{
	size_t room = sizeof(r->head) - r->head_n;

	if (room == 0 || r->base + (int64_t)from != (int64_t)r->head_n)
		return;
	if (n > room)
		n = room;
	memcpy(r->head + r->head_n, r->buf + from, n);
	r->head_n += n;
}

/* Some more bytes into the buffer; false when there are none (now). */
static bool
reader_fill(struct reader *r)
{
	size_t chunk = r->follow ? FOLLOW_BYTES : READ_BYTES;
	size_t got;

	if (r->end)
		return false;
	reader_make_room(r, chunk);
	if (r->decompress != NULL)
		got = read_decompressed(r, r->buf + r->n, chunk);
	else
		got = read_file(r, r->buf + r->n, chunk);
	if (got == 0 && !r->follow)
		r->end = true;
	reader_keep_head(r, r->n, got);
	r->n += got;
	return got > 0;
}

/* Plain or packed: look at the first bytes, which plain files keep. */
static void
reader_detect(struct reader *r)
{
	const struct codec *codec;

	while (r->n < CODEC_MAGIC_BYTES && reader_fill(r))
		;
	codec = codec_detect((struct str){r->buf, r->n});
	if (codec == NULL)
		return;
	r->decompress = decompress_new(codec);
	r->input = xmalloc(r->n > INPUT_BYTES ? r->n : INPUT_BYTES);
	memcpy(r->input, r->buf, r->n);
	r->rest = (struct str){r->input, r->n};
	r->input_end = r->end;
	r->end = r->broken;
	r->n = 0;
	r->head_n = 0;
}

int
reader_open_fd(int fd, const char *path, bool follow, struct reader **ret,
    struct reterr *err)
{
	CLEANUP(reader_free) struct reader *r = xcalloc(1, sizeof(*r));

	r->fd = fd;
	r->path = xstrdup(path);
	r->follow = follow;
	if (fstat(fd, &r->stat) < 0)
		return reterr_set(err, errno, "%s: %m", path);
	if (S_ISDIR(r->stat.st_mode))
		return reterr_set(err, EISDIR, "%s: is a folder", path);
	r->pipe = !S_ISREG(r->stat.st_mode);
	reader_make_room(r, FOLLOW_BYTES); /* so that buf is never NULL */
	if (!follow)
		reader_detect(r);
	*ret = STEAL(r);
	return 0;
}

int
reader_open(const char *path, struct reader **ret, struct reterr *err)
{
	int fd;

	if (strcmp(path, "-") == 0)
		fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	else
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return reterr_set(err, errno, "%s: %m", path);
	posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	return reader_open_fd(fd, path, false, ret, err);
}

void
reader_free(struct reader *r)
{
	if (r == NULL)
		return;
	close(r->fd);
	decompress_free(r->decompress);
	xfree(r->input);
	xfree(r->buf);
	xfree(r->cut);
	xfree(r->path);
	xfree(r);
}

struct str
reader_peek(struct reader *r, size_t n)
{
	if (n > LINE_BYTES_MAX)
		n = LINE_BYTES_MAX;
	while (r->n - r->at < n && reader_fill(r))
		;
	return (struct str){
	    r->buf + r->at, r->n - r->at < n ? r->n - r->at : n};
}

struct str
reader_take(struct reader *r)
{
	struct str bytes = reader_peek(r, 1);

	bytes.n = r->n - r->at;
	r->at = r->scan = r->n;
	return bytes;
}

/* Continue at offset by seeking: possible when the file has that much. */
static bool
reader_seek(struct reader *r, int64_t from)
{
	struct stat st;

	if (r->decompress != NULL || r->pipe || r->broken)
		return false;
	if (fstat(r->fd, &st) < 0 || st.st_size < from)
		return false;
	if (lseek(r->fd, from, SEEK_SET) < 0)
		return false;
	r->base = from;
	r->at = r->scan = r->n = 0;
	r->end = false;
	r->input_read = from;
	return true;
}

int
reader_skip(
    struct reader *r, int64_t offset, uint32_t tail_n, uint64_t *ret_tail)
{
	int64_t first, to;

	if (offset < r->base + (int64_t)r->at)
		return -EINVAL;
	if (tail_n > POSITION_TAIL_MAX)
		tail_n = POSITION_TAIL_MAX;
	if (tail_n > offset)
		tail_n = (uint32_t)offset;
	first = offset - POSITION_TAIL_MAX;

	/* The head has to be seen in any case: it is part of a position. */
	while (r->head_n < sizeof(r->head) && (int64_t)r->head_n < offset &&
	       reader_fill(r))
		;
	if (first > r->base + (int64_t)r->n)
		reader_seek(r, first);
	for (;;) {
		to = r->base + (int64_t)r->n;
		if (to >= offset)
			break;
		r->at = r->n; /* lets reader_fill() drop it */
		if (!reader_fill(r))
			return -ENODATA;
	}
	r->at = r->scan = (size_t)(offset - r->base);
	*ret_tail = hash64(r->buf + r->at - tail_n, tail_n);
	return 0;
}

/* The line [at, at + n) of the buffer, with what is kept of it when cut. */
static enum reader_result
reader_give(struct reader *r, size_t n, bool open, struct reader_line *ret)
{
	ret->text = (struct str){r->buf + r->at, n};
	ret->offset = r->base + (int64_t)r->at;
	ret->end = ret->offset + (int64_t)n + (open ? 0 : 1);
	ret->cut = n > LINE_BYTES_MAX;
	ret->open = open;
	if (r->cutting) {
		ret->text.p = r->cut;
		ret->offset = r->before_cut.offset;
		ret->cut = true;
		r->cutting = false;
	}
	if (ret->cut)
		ret->text.n = LINE_BYTES_MAX;
	r->at += n + (open ? 0 : 1);
	r->scan = r->at;
	return READER_LINE;
}

static void
reader_begin_cut(struct reader *r)
{
	reader_position(r, &r->before_cut);
	if (r->cut == NULL)
		r->cut = xmalloc(LINE_BYTES_MAX);
	memcpy(r->cut, r->buf + r->at, LINE_BYTES_MAX);
	r->cutting = true;
}

enum reader_result
reader_line(struct reader *r, struct reader_line *ret)
{
	for (;;) {
		const char *from = r->buf + r->scan;
		const char *newline =
		    r->n > r->scan ? memchr(from, '\n', r->n - r->scan) : NULL;

		if (newline != NULL)
			return reader_give(r,
			    (size_t)(newline - (r->buf + r->at)), false, ret);
		r->scan = r->n;
		if (!r->cutting && r->n - r->at > LINE_BYTES_MAX)
			reader_begin_cut(r);
		if (r->cutting)
			r->at = r->n;
		if (reader_fill(r))
			continue;
		if (r->follow && !r->end)
			return READER_END;
		if (reader_rest(r, ret) == READER_LINE)
			return READER_LINE;
		return r->broken ? READER_BROKEN : READER_END;
	}
}

const char *
reader_error(const struct reader *r)
{
	return r->error;
}

void
reader_position(const struct reader *r, struct position *ret)
{
	if (r->cutting) {
		*ret = r->before_cut;
		return;
	}
	*ret = (struct position){
	    .offset = r->base + (int64_t)r->at,
	    .dev = r->pipe ? 0 : r->stat.st_dev,
	    .ino = r->pipe ? 0 : r->stat.st_ino,
	};
	ret->head_n =
	    (uint32_t)(ret->offset < (int64_t)r->head_n ? ret->offset
							: (int64_t)r->head_n);
	ret->tail_n =
	    (uint32_t)(ret->offset < POSITION_TAIL_MAX ? ret->offset
						       : POSITION_TAIL_MAX);
	ret->head = hash64(r->head, ret->head_n);
	ret->tail = hash64(r->buf + r->at - ret->tail_n, ret->tail_n);
}

void
reader_progress(const struct reader *r, int64_t *done, int64_t *size)
{
	*done = r->input_read - (int64_t)r->rest.n;
	if (r->decompress == NULL)
		*done -= (int64_t)(r->n - r->at);
	*size = r->pipe ? 0 : r->stat.st_size;
}

usec_t
reader_mtime(const struct reader *r)
{
	if (r->pipe)
		return clock_now();
	return r->stat.st_mtim.tv_sec * USEC_PER_SEC +
	       r->stat.st_mtim.tv_nsec / 1000;
}

enum reader_result
reader_rest(struct reader *r, struct reader_line *ret)
{
	if (r->n == r->at && !r->cutting)
		return READER_END;
	return reader_give(r, r->n - r->at, true, ret);
}

void
reader_stop(struct reader *r)
{
	r->end = true;
}

bool
reader_compressed(const struct reader *r)
{
	return r->decompress != NULL;
}

int
reader_fd(const struct reader *r)
{
	return r->fd;
}

int64_t
reader_read_end(const struct reader *r)
{
	return r->base + (int64_t)r->n;
}

bool
reader_unchanged(const struct reader *r, int64_t *ret_size)
{
	char now[POSITION_TAIL_MAX];
	size_t n = r->n < sizeof(now) ? r->n : sizeof(now);
	struct stat st;

	if (r->decompress != NULL || r->pipe || fstat(r->fd, &st) < 0) {
		*ret_size = reader_read_end(r);
		return true;
	}
	*ret_size = st.st_size;
	if (st.st_size < reader_read_end(r))
		return false;
	return pread(r->fd, now, n, reader_read_end(r) - (int64_t)n) ==
		   (ssize_t)n &&
	       (n == 0 || memcmp(now, r->buf + r->n - n, n) == 0);
}
