/* SPDX-License-Identifier: MIT */
#ifndef STORE_SEGMENT_H
#define STORE_SEGMENT_H

/*
 * A segment: up to SEGMENT_EVENTS_MAX events of one source as columns, in
 * order of their ids, in SEGMENT_PARTS pieces that can be read alone.  The
 * format is described in segment.c.
 */

#include "lines.h"
#include "recount/store.h"
#include "tokens.h"

/* A segment ends early when its events have this many bytes. */
#define SEGMENT_BYTES_MAX ((size_t)8 * 1024 * 1024)
/* Most bytes of all strings of one event together. */
#define EVENT_BYTES_MAX ((size_t)8 * 1024 * 1024)

/* What stands in the segment's row. */
struct segment_key {
	uint64_t first_id, last_id;
	usec_t ts_min, ts_max;
	uint32_t n;
	unsigned kinds; /* 1 << enum event_kind */
	size_t bytes;   /* of raw */
};

/* ---- writing ---- */

struct segment {
	struct segment_key key;
	/*
	 * Most integers are the same in every event, so a column comes into
	 * being with its second value: until then all rows are as the first.
	 */
	int64_t first[SEGMENT_INTS];
	unsigned varies; /* 1 << INT_…: these have a column */
	int64_t *ints[SEGMENT_INTS];
	size_t sizes[SEGMENT_INTS]; /* rows there is room for */
	struct strings strings[SEGMENT_STRINGS];
	struct lines lines;
	struct tokens tokens;
	size_t bytes; /* that count for SEGMENT_BYTES_MAX */
};

/* Ids must rise.  ev->id is set. */
void segment_add(struct segment *s, const struct log_event *ev);
static inline bool
segment_full(const struct segment *s)
{
	return s->key.n >= SEGMENT_EVENTS_MAX ||
	       s->bytes + strings_bytes(&s->lines.own) >= SEGMENT_BYTES_MAX;
}
void segment_reset(struct segment *s);
void segment_free(struct segment *s);
DEFINE_CLEANUP_IN(struct segment, segment_free)
/* What is written of a segment: its parts, and a filter of the ids in it. */
#define SEGMENT_BLOOM SEGMENT_PARTS
#define SEGMENT_BUFS (SEGMENT_PARTS + 1)
/* All of it, each appended to its buffer. */
void segment_write(
    struct codec *c, const struct segment *s, struct buf bufs[SEGMENT_BUFS]);

/* ---- reading ---- */

struct segment_in {
	uint32_t n;
	unsigned parts; /* 1 << enum segment_part: those that were read */
	struct ints ints[SEGMENT_INTS];
	struct strings_in strings[SEGMENT_STRINGS];
	struct lines_in lines;
};

/*
 * Read one part of a segment of key->n events into s, which is all zeros at
 * first; PART_RAW after all others, whose columns it refers to.  0, or
 * -EBADMSG.
 */
int segment_read(struct codec *c, enum segment_part part,
    const struct segment_key *key, const void *p, size_t n,
    struct segment_in *s);
/* The same without the check that nothing was damaged, for fuzzing. */
int segment_decode(struct codec *c, enum segment_part part,
    const struct segment_key *key, const void *p, size_t n,
    struct segment_in *s);
void segment_in_free(struct segment_in *s);
DEFINE_CLEANUP_IN(struct segment_in, segment_in_free)
/* Row i (< s->n) as an event, without its source; what was not read is
 * unknown.  Borrows from s; with PART_RAW until the next call. */
void segment_event(struct segment_in *s, size_t i, struct log_event *ret);
uint64_t segment_id(const struct segment_in *s, size_t i);
usec_t segment_timestamp(const struct segment_in *s, size_t i);
enum event_kind segment_kind(const struct segment_in *s, size_t i);

#endif
