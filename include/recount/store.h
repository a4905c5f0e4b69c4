/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_STORE_H
#define RECOUNT_STORE_H

/*
 * The store: one SQLite file that holds events in columnar segments, what was
 * lost, how far each source has been taken in, and the message patterns.
 * Nobody else sees an sqlite3 handle.
 *
 * One writer at a time; readers never block it and see whole batches only.
 */

#include "recount/err.h"
#include "recount/event.h"
#include "recount/position.h"

struct store;

enum store_mode {
	STORE_READ,  /* must exist; works without write permission */
	STORE_WRITE, /* created, with its folder, when missing */
};

/*
 * 0 and *ret, to be ended by store_free(); or -errno with the reason in err
 * and *ret untouched: -ENOENT no such store, -EPROTO written by a newer
 * recount, -EBADMSG not a recount store, -EBUSY another writer holds it (err
 * names its pid).
 */
int store_open(const char *path, enum store_mode mode, struct store **ret,
    struct reterr *err);
void store_free(struct store *st); /* what was not committed is dropped */
/*
 * Of a writer: whether commits wait until the disk has them, so that a power
 * cut loses nothing that was committed.  Without it, as at first, a power cut
 * may take the last commits back, whole, their positions included.
 */
int store_set_durable(struct store *st, bool durable, struct reterr *err);
DEFINE_CLEANUP(struct store *, store_free)

#define STORE_SECRET_BYTES 32
/* Random bytes that are this store's own, for pseudonyms: made by its first
 * writer, never changed.  0; -ENOENT: no writer has opened it since stores
 * have one. */
int store_secret(struct store *st, uint8_t out[STORE_SECRET_BYTES]);

/* ---- sources ---- */

enum source_kind {
	SOURCE_FILE,
	SOURCE_JOURNAL,
	SOURCE_SYSLOG,
	SOURCE_WEBHOOK,
	SOURCE_MARK
};

struct source_info {
	uint32_t id; /* given by the store, from 1 */
	enum source_kind kind;
	struct str name;   /* path, folder, or listener address */
	struct str host;   /* of lines that do not say */
	struct str format; /* parser_name(), or its log_format text */
	struct str zone;   /* zone_name() for lines without one */
	bool finished;     /* rotated away and read to its end */
	struct position position;
	uint64_t events, unparsed; /* taken in, ever */
	usec_t first, last;        /* timestamps; USEC_NONE when events is 0 */
};

/* info->id is ignored; part of the current batch.  0, or -errno. */
int store_source_add(
    struct store *st, const struct source_info *info, uint32_t *ret_id);
/* Change format, zone, name (renamed file), finished. Part of the batch. */
int store_source_update(struct store *st, const struct source_info *info);
/* In order of id; info borrows until fn returns.  A non-zero return of fn
 * ends the loop and is returned. */
int store_each_source(struct store *st,
    int (*fn)(void *arg, const struct source_info *info), void *arg);

/* ---- writing: everything between two commits is one transaction ---- */

/* ev->source and ev->raw are set; everything is copied.  ev->id is set to the
 * new evidence id.  -EINVAL: no such source; -E2BIG: over 8 MiB of strings. */
int store_append(struct store *st, struct log_event *ev);
int store_position(
    struct store *st, uint32_t source, const struct position *position);
/* Entry number seq is in the batch. */
int store_seq_add(
    struct store *st, uint32_t source, const char *seqnum_id, uint64_t seq);
/* All ranges the store has, of all sources, this batch included. */
bool store_seq_has(struct store *st, const char *seqnum_id, uint64_t seq);

struct gap {
	uint32_t source;     /* 0: not one source's */
	usec_t since, until; /* USEC_NONE: unknown */
	struct str reason;   /* "suppressed by journald", "cut off", … */
	int64_t lost;        /* lines (or entries) lost; -1 unknown */
	bool lost_bytes;     /* lost counts bytes instead, as an upper bound */
	int64_t offset;      /* where in the file; -1 */
};
int store_gap_add(struct store *st, const struct gap *gap);
/* Insert or replace. */
int store_pattern_put(
    struct store *st, uint64_t pattern, struct str template, struct str state);

/* Bytes and events waiting for the next commit. */
void store_pending(
    const struct store *st, size_t *ret_events, size_t *ret_bytes);
/*
 * 0: durable (in the WAL; an fsync when the mode asks for it).  -errno: the
 * batch stays pending and may be committed again: -ENOSPC disk full, -EBUSY
 * locked for too long, -EIO, -EROFS, -EBADMSG damaged.
 */
int store_commit(struct store *st, struct reterr *err);
/* Drop what lies before a time or beyond a size; 0 keeps.  Counts in *ret. */
int store_retain(struct store *st, usec_t older_than, int64_t bytes_max,
    uint64_t *ret_dropped, struct reterr *err);

/* ---- reading ---- */

enum store_columns { /* id, source, kind, severity, flags, times: always */
	STORE_ORIGIN = 1 << 0, /* host, service, identifier, unit, pid,
				  message_id, pattern */
	STORE_HTTP = 1 << 1,   /* method … connection */
	STORE_RAW = 1 << 2,    /* raw, body, offset, cursor */
	STORE_ALL = 7,
};

struct store_query {
	usec_t since, until; /* [since, until) of timestamp; USEC_NONE: open */
	unsigned columns;    /* enum store_columns */
	unsigned kinds;      /* 1 << enum event_kind; 0: all */
	bool ordered; /* by timestamp, then id; else by segment, the cheapest */
	bool reverse; /* newest first (ordered only) */
	/* Of interest are only events whose event_text() holds this; others
	 * may be left out.  Empty: all are. */
	struct str text;
	bool caseless; /* text, as PCRE2_CASELESS | PCRE2_UTF compares */
};

typedef int (*store_event_fn)(void *arg, const struct log_event *ev);

/*
 * Call fn for each event of the query; ev borrows until it returns.  A
 * non-zero return of fn ends the scan and is returned.  A damaged segment is
 * left out, counted in *ret_damaged (may be NULL), and the scan goes on.
 * A scan sees the store as it was when it began.
 */
int store_scan(struct store *st, const struct store_query *q, store_event_fn fn,
    void *arg, uint64_t *ret_damaged, struct reterr *err);

struct requests; /* recount/requests.h */
struct request_query {
	usec_t since, until; /* as in store_query */
	bool request_ids;    /* the column request_id is wanted */
};
typedef int (*request_fn)(void *arg, const struct requests *r);
/* The requests (EVENT_ACCESS) of a window by segment, each in order of id; r
 * borrows until fn returns.  Else as store_scan(). */
int store_scan_requests(struct store *st, const struct request_query *q,
    request_fn fn, void *arg, uint64_t *ret_damaged, struct reterr *err);
/* One event with all columns.  0, -ENOENT, -EBADMSG. */
int store_get(struct store *st, uint64_t id, store_event_fn fn, void *arg);
/* The event and those around it in the same source, n on each side, in order
 * of arrival. */
int store_neighbours(
    struct store *st, uint64_t id, unsigned n, store_event_fn fn, void *arg);
int store_each_gap(struct store *st, usec_t since, usec_t until,
    int (*fn)(void *arg, const struct gap *gap), void *arg);
int store_each_pattern(struct store *st,
    int (*fn)(
	void *arg, uint64_t pattern, struct str template, struct str state),
    void *arg);

/* What is read between the two is of one moment, however much is written
 * meanwhile; they nest.  0, or -errno and nothing to be released. */
int store_hold(struct store *st);
void store_release(struct store *st);

struct store_summary {
	uint64_t events, segments, patterns, gaps;
	usec_t first, last; /* timestamps; USEC_NONE when empty */
	int64_t bytes;      /* of the database file and its WAL */
	int64_t free_bytes; /* in it, reusable */
	int schema;
};
int store_summary(struct store *st, struct store_summary *ret);

/* ---- checking ---- */

struct store_damage {
	int64_t segment;     /* its number in the store; 0: not one segment's */
	uint32_t source;     /* 0: not one source's */
	uint64_t events;     /* that the segment should hold */
	usec_t since, until; /* first and last timestamp of the segment, by its
				row; USEC_NONE: not one segment's */
	struct str what;     /* one line for people; may hold any bytes */
};
typedef int (*store_damage_fn)(void *arg, const struct store_damage *damage);

/*
 * Have fn told of each damaged segment that reading leaves out from now on,
 * as often as one is met; what it returns does not matter.  fn may be NULL.
 */
void store_on_damage(struct store *st, store_damage_fn fn, void *arg);

struct store_checked {
	uint64_t segments, events; /* looked at */
	uint64_t damages;          /* told to fn */
};

/*
 * Look at everything that is in the store, and call fn for each damage; what
 * it is given borrows until it returns, and a non-zero return ends the check
 * and is returned.  Changes nothing.  0 however much is damaged; -errno when
 * the store cannot be read.
 */
int store_check(struct store *st, store_damage_fn fn, void *arg,
    struct store_checked *ret, struct reterr *err);

#endif
