/* SPDX-License-Identifier: MIT */
#ifndef STORE_FIELDS_H
#define STORE_FIELDS_H

/*
 * The fields of struct log_event that have columns of their own, and in which
 * part of a segment they stand.  The order is that of the stored columns, and
 * lines refer to fields by their number here: append only.
 */

#include "recount/event.h"

enum segment_part {
	PART_BASE,
	PART_ORIGIN,
	PART_HTTP,
	PART_RAW,
	SEGMENT_PARTS
};

enum {
	INT_ID,
	INT_TIMESTAMP,
	INT_OBSERVED,
	INT_PRECISION,
	INT_KIND,
	INT_SEVERITY,
	INT_FLAGS,
	INT_PID,
	INT_PATTERN,
	INT_STATUS,
	INT_BODY_BYTES,
	INT_DURATION,
	INT_UPSTREAM_DURATION,
	INT_UPSTREAM_STATUS,
	INT_UPSTREAM_TRIES,
	INT_CONNECTION,
	SEGMENT_INTS
};
/* The last string field is the cursor, which is not kept as a column but taken
 * apart like a line. */
#define STRING_CURSOR 12
#define SEGMENT_STRINGS 13

struct int_field {
	enum segment_part part;
	enum { TYPE_I64, TYPE_INT, TYPE_KIND } type;
	bool span; /* a span or point of time */
	size_t at; /* in struct log_event */
};
extern const struct int_field int_fields[SEGMENT_INTS];

struct string_field {
	enum segment_part part;
	size_t at;
};
extern const struct string_field string_fields[SEGMENT_STRINGS];

static inline int64_t
field_int(const struct log_event *ev, unsigned k)
{
	const char *at = (const char *)ev + int_fields[k].at;

	switch (int_fields[k].type) {
	case TYPE_I64:
		return *(const int64_t *)at;
	case TYPE_KIND:
		return *(const enum event_kind *)at;
	default:
		return *(const int *)at;
	}
}

static inline struct str *
field_str(const struct log_event *ev, unsigned k)
{
	return (struct str *)((char *)ev + string_fields[k].at);
}

void field_set_int(struct log_event *ev, unsigned k, int64_t v);

#endif
