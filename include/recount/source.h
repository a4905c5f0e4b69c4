/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_SOURCE_H
#define RECOUNT_SOURCE_H

/*
 * Where bytes come from.  Every source delivers bytes and a position; none
 * knows what they mean.  libevent appears here and in recountd only.
 */

#include "recount/err.h"
#include "recount/position.h"

/* ---- files, read once from front to back (import) ---- */

/* A plain or compressed (gzip, xz, zstd, bzip2: by their magic, not by name)
 * file as a stream of uncompressed bytes. */
struct reader;

/* 0; -errno with err saying which file and why. "-" is standard input. */
int reader_open(const char *path, struct reader **ret, struct reterr *err);
void reader_free(struct reader *r);
DEFINE_CLEANUP(struct reader *, reader_free)
/*
 * Up to n of the first bytes, without consuming them; fewer only when the
 * file is shorter (or damaged there).  Borrowed until reader_line() or
 * reader_skip().
 */
struct str reader_peek(struct reader *r, size_t n);
/*
 * Go to an offset of the uncompressed stream, forwards only, before the first
 * reader_line().  *ret_tail is the hash of the tail_n bytes before it.
 * 0; -ENODATA when the stream ends before it.
 */
int reader_skip(
    struct reader *r, int64_t offset, uint32_t tail_n, uint64_t *ret_tail);
/* What is there of the stream, some bytes at least, given out as it is instead
 * of as lines; empty: reader_line() says whether it ended or broke.  Borrowed
 * until the next call. */
struct str reader_take(struct reader *r);
enum reader_result {
	READER_LINE,
	READER_END,
	READER_BROKEN, /* compressed data damaged or cut off, or a read error:
			  reader_error() says which; nothing more comes */
};
struct reader_line {
	struct str text; /* without newline; CR is kept; until the next call */
	int64_t offset;  /* of its first byte */
	int64_t end;     /* of the byte behind its newline */
	bool cut;        /* longer than LINE_BYTES_MAX; text is its beginning */
	bool open;       /* the file ends without a newline */
};
enum reader_result reader_line(struct reader *r, struct reader_line *ret);
const char *reader_error(const struct reader *r);
/* The position behind the last line given (dev, ino, head, tail filled). */
void reader_position(const struct reader *r, struct position *ret);
/* Bytes of the file itself (compressed) consumed so far, and its size (0:
 * unknown); for progress bars. */
void reader_progress(const struct reader *r, int64_t *done, int64_t *size);
usec_t reader_mtime(const struct reader *r); /* of the file; now for a pipe */

/* ---- files that grow (recountd) ---- */

struct event_base;
struct tail;      /* follows what one path or glob names, over rotations */
struct tail_file; /* one file of it, from creation to deletion */

struct tail_ops {
	/* A file begins to be read at tail_file_position()->offset. */
	void (*open)(void *arg, struct tail_file *f);
	/* One complete line.  false: no more now (back-pressure); tail_resume()
	 * goes on with the line after this one. */
	bool (*line)(
	    void *arg, struct tail_file *f, const struct reader_line *l);
	/* Bytes that may have been lost: at most `bytes` (-1: unknown). */
	void (*gap)(
	    void *arg, struct tail_file *f, const char *reason, int64_t bytes);
	/* All that was readable now has been read. Optional. */
	void (*idle)(void *arg, struct tail_file *f);
	/* f is gone for good; its user pointer is the callee's to end. */
	void (*close)(void *arg, struct tail_file *f);
	/* Something went wrong that a person should know; the tail goes on.
	 * Repeats of one message are not reported again within a minute. */
	void (*trouble)(void *arg, const char *path, const char *text);
};

/* A file that was being read when the store was last written. */
struct tail_known {
	const char *path;
	struct position position;
	/* Becomes tail_file_user() when it is found again; the caller's until
	 * open() is called with it. */
	void *user;
	bool finished; /* was rotated away and read to its end */
};

/*
 * Follow pattern (a path, or a glob over paths).  known: all files that the
 * store has of this pattern; those not finished are found again among the
 * siblings (PATH.1, PATH.2.gz, PATH-20260304, …) by their contents, finished
 * first, then the siblings that appeared in between, then PATH itself.
 * from_end: files not in known start at their end rather than their beginning.
 * Borrows nothing after it returns.  0, or -errno.
 */
int tail_new(struct event_base *base, const char *pattern,
    const struct tail_known *known, size_t n_known, bool from_end,
    const struct tail_ops *ops, void *arg, struct tail **ret);
void tail_free(struct tail *t); /* calls close for each file */
void tail_resume(struct tail *t);
/* Look at once instead of at the next inotify event or poll. */
void tail_poll(struct tail *t);

const char *tail_file_path(const struct tail_file *f); /* as opened */
/* Behind the last line that line() took. */
void tail_file_position(const struct tail_file *f, struct position *ret);
void tail_file_set_user(struct tail_file *f, void *user);
void *tail_file_user(const struct tail_file *f);
/* What has been read of f so far and a bit ahead, for format detection. */
struct str tail_file_sample(struct tail_file *f, size_t n);

/* ---- journald ---- */

struct journal;

struct journal_entry {
	/* Export format as journalctl writes it: all fields, each with its
	 * newline, but without the empty line behind the entry. */
	struct str raw;
	struct str cursor;
	usec_t realtime; /* when journald received it */
	usec_t monotonic;
	char seqnum_id[33];
	uint64_t seqnum;
	bool cut; /* over JOURNAL_ENTRY_BYTES_MAX, or a field was damaged:
		     raw does not have everything */
};

/* The running system's journal. */
int journal_open_system(struct journal **ret, struct reterr *err);
/* One of its namespaces (systemd-journald@NAME.service), which need not exist
 * yet. */
int journal_open_namespace(
    const char *name, struct journal **ret, struct reterr *err);
/* All journal files below a folder, live when it changes. */
int journal_open_directory(
    const char *path, struct journal **ret, struct reterr *err);
/* These files, merged; each was seen to open with journal_file_check(). */
int journal_open_files(const char *const *paths, size_t n, struct journal **ret,
    struct reterr *err);
void journal_free(struct journal *j);
DEFINE_CLEANUP(struct journal *, journal_free)
/* Whether one file can be read as a journal at all; 0, or -errno + reason. */
int journal_file_check(const char *path, struct reterr *err);

int journal_seek_head(struct journal *j);
/*
 * Behind the entry with this cursor.  1: found, 0: that entry is no longer
 * there (now at the oldest entry that is left), -errno.  A cursor says nothing
 * of files that count in another sequence (other machines'; before systemd 254
 * also users' journals): all their entries come (again), and are known by
 * seqnum_id and seqnum.
 */
int journal_seek_after(struct journal *j, struct str cursor);
/*
 * 1 and the next entry (borrowed until the next call), 0 at the end for now.
 * -EBADMSG: entries were skipped because a file is damaged there; err says
 * which and where; the next call goes on behind the damage (bounded retries).
 */
int journal_next(
    struct journal *j, struct journal_entry *ret, struct reterr *err);
/* For the loop: descriptor to watch, and what to call when it is readable or
 * every few seconds.  journal_process() returns 1 when there may be more. */
int journal_fd(struct journal *j);
int journal_process(struct journal *j);
/* An entry whose raw would be larger is cut: a field that does not fit is left
 * out (of MESSAGE, the beginning is kept), the others stay. */
#define JOURNAL_ENTRY_BYTES_MAX ((size_t)512 * 1024)

/* ---- the journal export format, as a stream ---- */

/* A longer field is taken for damage; journald writes none. */
#define EXPORTED_FIELD_MAX ((uint64_t)1 << 30)

struct exported;
struct exported *exported_new(void);
void exported_free(struct exported *x);
DEFINE_CLEANUP(struct exported *, exported_free)
enum exported_result {
	EXPORTED_MORE,   /* all bytes were taken; more may come */
	EXPORTED_ENTRY,  /* one is complete: exported_raw() */
	EXPORTED_BROKEN, /* not this format here: what comes is passed
				  over up to the next empty line */
};
/* Take from the front of *bytes, which is moved on, up to the end of an
 * entry. */
enum exported_result exported_take(struct exported *x, struct str *bytes);
/* Nothing more comes: ENTRY when the last one has no empty line behind it,
 * BROKEN when it is cut off, else MORE. */
enum exported_result exported_end(struct exported *x);
/* The entry as in struct journal_entry, borrowed until more is taken. *ret_cut:
 * fields that were too large are not in it. */
struct str exported_raw(const struct exported *x, bool *ret_cut);
/* The other members of an entry, from its raw bytes.  -EINVAL: it does not say
 * when it was received. */
int journal_entry_read(struct str raw, bool cut, struct journal_entry *ret);

#endif
