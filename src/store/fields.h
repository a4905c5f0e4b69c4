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

/* number, part, type, whether it is a span or point of time, where */
#define INT_FIELDS(X)                                                          \
	X(INT_ID, PART_BASE, TYPE_I64, false, id)                              \
	X(INT_TIMESTAMP, PART_BASE, TYPE_I64, true, timestamp)                 \
	X(INT_OBSERVED, PART_BASE, TYPE_I64, true, observed)                   \
	X(INT_PRECISION, PART_BASE, TYPE_I64, true, precision)                 \
	X(INT_KIND, PART_BASE, TYPE_KIND, false, kind)                         \
	X(INT_SEVERITY, PART_BASE, TYPE_INT, false, severity)                  \
	X(INT_FLAGS, PART_BASE, TYPE_INT, false, flags)                        \
	X(INT_PID, PART_ORIGIN, TYPE_I64, false, pid)                          \
	X(INT_PATTERN, PART_ORIGIN, TYPE_I64, false, pattern)                  \
	X(INT_STATUS, PART_HTTP, TYPE_INT, false, status)                      \
	X(INT_BODY_BYTES, PART_HTTP, TYPE_I64, false, body_bytes)              \
	X(INT_DURATION, PART_HTTP, TYPE_I64, true, duration)                   \
	X(INT_UPSTREAM_DURATION, PART_HTTP, TYPE_I64, true, upstream_duration) \
	X(INT_UPSTREAM_STATUS, PART_HTTP, TYPE_INT, false, upstream_status)    \
	X(INT_UPSTREAM_TRIES, PART_HTTP, TYPE_INT, false, upstream_tries)      \
	X(INT_CONNECTION, PART_HTTP, TYPE_I64, false, connection)

enum {
#define X(number, part, type, span, field) number,
	INT_FIELDS(X)
#undef X
	    SEGMENT_INTS
};
enum {
	STRING_HOST,
	STRING_SERVICE,
	STRING_IDENTIFIER,
	STRING_UNIT,
	STRING_MESSAGE_ID,
	STRING_METHOD,
	STRING_TARGET,
	STRING_UPSTREAM,
	STRING_CLIENT,
	STRING_VHOST,
	STRING_REQUEST_ID,
	STRING_USER_AGENT,
	/* Not kept as a column but taken apart like a line. */
	STRING_CURSOR,
	SEGMENT_STRINGS
};

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

/* field_int() of all, in order. */
static inline void
field_ints(const struct log_event *ev, int64_t ret[SEGMENT_INTS])
{
#define X(number, part, type, span, field) ret[number] = (int64_t)ev->field;
	INT_FIELDS(X)
#undef X
}

static inline struct str *
field_str(const struct log_event *ev, unsigned k)
{
	return (struct str *)((char *)ev + string_fields[k].at);
}

void field_set_int(struct log_event *ev, unsigned k, int64_t v);

#endif
