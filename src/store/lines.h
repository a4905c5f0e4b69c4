/* SPDX-License-Identifier: MIT */
#ifndef STORE_LINES_H
#define STORE_LINES_H

/*
 * The original bytes of a segment's events, where in them the bodies lie, and
 * where they stood in their file.  See lines.c.
 */

#include "column.h"
#include "recount/event.h"

struct lines {
	size_t n, size;
	struct buf bytes;
	int64_t *length, *offset, *body, *tail;
	struct strings own; /* bodies that do not lie in their line */
};

void lines_add(struct lines *l, const struct log_event *ev);
void lines_reset(struct lines *l);
void lines_free(struct lines *l);
size_t lines_memory(const struct lines *l);
void put_lines(struct codec *c, struct buf *out, const struct lines *l);

struct lines_in {
	char *bytes;
	uint32_t *ends;
	struct ints offset, body, tail;
	struct strings_in own;
};

bool get_lines(struct codec *c, struct in *in, size_t n, struct lines_in *ret);
/* Sets raw, body and offset of ev; they borrow from l. */
void lines_at(const struct lines_in *l, size_t i, struct log_event *ev);
void lines_in_free(struct lines_in *l);

#endif
