/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_JWRITE_H
#define RECOUNT_JWRITE_H

/*
 * JSON, written in order: keys stand in the order of the calls.  Commas,
 * indentation and escapes are done here.
 */

#include "recount/clock.h"

#define JWRITE_DEPTH_MAX 16

enum jwrite_style {
	JWRITE_READABLE,
	JWRITE_COMPACT, /* no blank that JSON does not need */
	JWRITE_LINE,    /* and no line break: what is spread is not */
};

struct jwrite {
	struct buf *out;
	unsigned depth;
	enum jwrite_style style;
	/* Per depth: something stands before; one line per element. */
	bool filled[JWRITE_DEPTH_MAX], spread[JWRITE_DEPTH_MAX];
};

/* Borrows out, and appends to it. */
void jwrite_start(struct jwrite *j, struct buf *out, enum jwrite_style style);
/* key is NULL within arrays and at the top.  spread: each element on a line of
 * its own. */
void jwrite_object(struct jwrite *j, const char *key, bool spread);
void jwrite_array(struct jwrite *j, const char *key, bool spread);
void jwrite_end(struct jwrite *j, char bracket); /* '}' or ']' */
/* Any bytes; those that are not UTF-8 are escaped as utf8_add_json() says. */
void jwrite_str(struct jwrite *j, const char *key, struct str s);
void jwrite_string(struct jwrite *j, const char *key, const char *z); /* null */
/* As jwrite_str(), but nothing at all, not even the key, for no bytes. */
void jwrite_known(struct jwrite *j, const char *key, struct str s);
void jwrite_int(struct jwrite *j, const char *key, int64_t n);
/* As jwrite_int(), but a negative n is unknown and becomes null. */
void jwrite_count(struct jwrite *j, const char *key, int64_t n);
/* At most that many digits behind the point, no trailing zeros; null for what
 * is not finite. */
void jwrite_number(struct jwrite *j, const char *key, double v, int digits);
/* That many digits that matter, as printf's %g; null for what is not finite. */
void jwrite_rough(struct jwrite *j, const char *key, double v, int digits);
/* Seconds with six digits behind the point; span is not negative. */
void jwrite_span(struct jwrite *j, const char *key, usec_t span);
void jwrite_bool(struct jwrite *j, const char *key, bool v);
void jwrite_null(struct jwrite *j, const char *key);
void jwrite_time(struct jwrite *j, const char *key, usec_t t); /* null: none */

#endif
