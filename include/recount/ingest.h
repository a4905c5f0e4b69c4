/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_INGEST_H
#define RECOUNT_INGEST_H

/*
 * The one place where source, parser, miner and store meet.  Lines and
 * journal entries come in with where they stood; events go to the store, and
 * with them, in the same transaction, how far each source has been taken in.
 *
 * Nothing that was read is lost: a line that its format does not fit is kept
 * as EVENT_TEXT with EVENT_UNPARSED.  Only lines without any character but
 * blanks are no events.
 */

#include "recount/parse.h"
#include "recount/source.h"
#include "recount/store.h"

/* A batch is ready to be committed beyond either. */
#define INGEST_BATCH_EVENTS ((size_t)65536)
#define INGEST_BATCH_BYTES ((size_t)32 * 1024 * 1024)

struct ingest;
struct ingest_source; /* one file or journal that is being taken in */

/* Borrows both until ingest_free(); st is open for writing.  Message patterns
 * go on where the store's end.  0, or -errno. */
int ingest_new(struct store *st, struct parsers *ps, struct ingest **ret);
/* All sources must be closed; what was not committed is dropped. */
void ingest_free(struct ingest *in);
DEFINE_CLEANUP(struct ingest *, ingest_free)

/* What is told to the user: level is an enum log_level.  Default: log_msg. */
void ingest_set_say(struct ingest *in,
    void (*say)(void *arg, int level, const char *text), void *arg);
void ingest_say(struct ingest *in, int level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Journal entries of recountd itself are passed over: what it says while it
 * stores an entry must not become the next entry. */
void ingest_skip_own(struct ingest *in, bool skip);

struct ingest_counts {
	uint64_t events, unparsed, cut;
	uint64_t duplicates; /* journal entries that the store had */
	uint64_t gaps;
	uint64_t lost;       /* lines that the gaps say are missing */
	uint64_t lost_bytes; /* bytes, at most, where lines are not known */
};
const struct ingest_counts *ingest_counts(const struct ingest *in);

struct ingest_total { /* a source as people name it: rotated files are one */
	enum source_kind kind;
	char *name;
	uint64_t events, unparsed; /* ever, of what the store knows */
	usec_t last;               /* timestamp; USEC_NONE */
	int64_t behind;            /* bytes of files that were not read yet */
	bool open;                 /* some of it is being taken in now */
};
/* In order of kind and name; *ret is for ingest_totals_free(). */
size_t ingest_totals(const struct ingest *in, struct ingest_total **ret);
void ingest_totals_free(struct ingest_total *totals, size_t n);

/* ---- files ---- */

struct ingest_file {
	const char *path;     /* as opened; kept as the source's name */
	const char *host;     /* of lines that do not say; NULL unknown */
	const char *service;  /* as configured; NULL: from the line */
	const char *fallback; /* service where the line has none either; NULL:
				 from the file's name */
	const struct zone *zone;     /* of times without one */
	const struct parser *parser; /* NULL: every line is kept unparsed */
	usec_t seen; /* mtime of a file that is read once; USEC_NONE: lines
			are read as they are written */
	/* Where the reader stands: only dev, ino and the head are asked for.
	 * Called from ingest_commit() and ingest_close(). */
	void (*position)(void *arg, struct position *ret);
	void *arg;
};

/*
 * The rows of the store, in order of id, that may be this file, by the bytes
 * it begins with.  *at is 0 at first and belongs to the callee; NULL: no
 * more.  A row is the file when the tail_n bytes before its offset hash to
 * its tail as well.  host: NULL fits every row.  Borrowed until the next call
 * that opens or closes a source.
 */
const struct source_info *ingest_find(
    struct ingest *in, struct str beginning, const char *host, size_t *at);
/* All rows, those of this run included. */
const struct source_info *ingest_row(const struct ingest *in, size_t i);
size_t ingest_rows(const struct ingest *in);

/* id: a row to go on with (file->parser NULL takes the row's format), or 0
 * for a new one.  The caller's until ingest_close(). */
int ingest_open_file(struct ingest *in, const struct ingest_file *file,
    uint32_t id, struct ingest_source **ret);
/* For a file whose format is known only when its first line is there. */
const struct parser *ingest_parser(const struct ingest_source *s);
int ingest_set_parser(struct ingest_source *s, const struct parser *parser);
/*
 * One line; l->text may become part of an entry of several lines that is
 * stored when the next entry begins.  0, or -errno of the store, after which
 * the line counts as not given.
 */
int ingest_line(struct ingest_source *s, const struct reader_line *l);
/* The entry that waits for continuation lines, if any, is complete. */
int ingest_flush(struct ingest_source *s);
bool ingest_waits(const struct ingest_source *s);
/* Files that are followed: the file was renamed, or its reading has ended. */
void ingest_rename(struct ingest_source *s, const char *path);
/* Flush, note the position, end.  NULL is fine. */
int ingest_close(struct ingest_source *s, bool finished);
uint32_t ingest_source_id(const struct ingest_source *s);
/* Events taken from this source in this run, and those unparsed. */
const struct ingest_counts *ingest_source_counts(const struct ingest_source *s);

/* ---- journals ---- */

/* name: the folder, or "system".  A row of the same name is gone on with;
 * *ret_cursor (may be NULL) is where it ended, empty at first, borrowed until
 * the source is closed. */
int ingest_open_journal(struct ingest *in, const char *name, const char *host,
    struct ingest_source **ret, struct str *ret_cursor);
/* Take in only entries about these units (patterns, blanks between them; NULL:
 * all) of these severities (1 << enum severity; 0: all). */
void ingest_match_entries(
    struct ingest_source *s, const char *units, unsigned severities);
/* Whether the store has it, of whatever source; counted as a duplicate. */
bool ingest_knows_entry(struct ingest *in, const struct journal_entry *e);
/* 0 also for entries that the store has, which are counted. */
int ingest_entry(struct ingest_source *s, const struct journal_entry *e);

/* ---- syslog over the network ---- */

struct ingest_listener {
	const char *name;    /* "udp://0.0.0.0:514", kept as the source's */
	const char *host;    /* of all messages that do not say; NULL: theirs */
	const char *service; /* as configured; NULL: from the message */
	const struct zone *zone;
	/* Of access lines that messages carry; NULL: detected. */
	const struct parser *inner;
};

/* A row of the same name is gone on with; *ret_state is what
 * ingest_set_state() left there, borrowed until the source is closed. */
int ingest_open_listener(struct ingest *in, const struct ingest_listener *l,
    struct ingest_source **ret, struct str *ret_state);

struct ingest_message {
	struct str text; /* as received */
	struct str peer; /* who sent it: evidence */
	struct str host; /* of a message that does not say; may be empty */
	usec_t received;
	bool cut;
};
int ingest_message(struct ingest_source *s, const struct ingest_message *m);
/* What is to be known of the listener in status: part of the batch. */
void ingest_set_state(struct ingest_source *s, struct str state);

/* ---- alerts and marks ---- */

/* A whole document as parse_alerts() takes it.  Alert states that the store
 * has are passed over, so that a growing document can be taken in again.
 * 0, -EINVAL when it is not such a document. */
int ingest_alerts(struct ingest *in, const struct ingest_file *file,
    struct str text, struct reterr *err);
/*
 * The body of a request.  Each fact in it that the store does not have becomes
 * an event with its bytes as evidence, of the source `name` (an endpoint);
 * host: of facts that do not say, or NULL.  Nothing is durable before the next
 * ingest_commit().  0; -EINVAL: not such a body, err says why, nothing of it
 * was taken; -errno of the store.
 */
struct ingest_posted {
	size_t events, known;
};
int ingest_posted(struct ingest *in, const char *name, enum posted what,
    struct str body, const char *host, struct ingest_posted *ret,
    struct reterr *err);
/* A fact from a person.  kind: "deploy", "note", …; *ret_id its evidence id.
 * The event's identifier is the kind, its body the text. */
int ingest_mark(struct ingest *in, usec_t at, const char *kind, struct str text,
    const char *host, uint64_t *ret_id);

/*
 * The same for a store that another process is writing: the mark waits beside
 * it (STORE.marks) for that process, or the next.  0, or -errno.
 */
int ingest_mark_later(const char *store_path, usec_t at, const char *kind,
    struct str text, const char *host);
/* Take in what waits there, and commit. */
int ingest_take_marks(
    struct ingest *in, const char *store_path, struct reterr *err);

/* ---- what is missing, and the end of a batch ---- */

/* Unless the store has this very gap (source, offset, reason) already. */
int ingest_gap(struct ingest *in, const struct gap *gap);
bool ingest_batch_full(const struct ingest *in);
/* Patterns and positions join the batch, then store_commit(): see there. */
int ingest_commit(struct ingest *in, struct reterr *err);

/* ---- import: files as they lie on disk (import.c) ---- */

struct import_options {
	const char *host;        /* --source-host; NULL unknown */
	const struct zone *zone; /* --source-timezone */
	const char *format;      /* --format; NULL: detect */
	const char *service;
	/* Optional: bytes of all files together; called a few times a second
	 * at most. */
	void (*progress)(void *arg, const char *path, int64_t done,
	    int64_t size, uint64_t events);
	void *arg;
};

struct import_result {
	uint64_t files, journals, alert_files;
	uint64_t known;   /* files that held nothing new */
	uint64_t skipped; /* not logs */
	uint64_t empty, failed;
	uint64_t bytes; /* uncompressed, of lines taken in now */
};

/*
 * Take in what the paths name; "-" is standard input.  What cannot be read is
 * said through ingest_say() and the rest is taken in.  0; -ENODATA when a
 * path that was named gave nothing because of an error; -errno of the store,
 * which ends it.
 */
int import_paths(struct ingest *in, struct parsers *ps,
    const struct import_options *o, char *const *paths, size_t n,
    struct import_result *ret, struct reterr *err);

/* Whether a file that begins so is a journal in export format. */
bool ingest_is_export(struct str sample);

#endif
