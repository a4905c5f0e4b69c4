/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_MINE_SKELETON_H
#define RECOUNT_MINE_SKELETON_H

/* How a skeleton grows while a message is read. */

#include "value.h"

struct scan {
	const char *begin, *p, *end;
	struct mask *m;
	bool full; /* no room left in the skeleton or among the values */
	const char *split; /* a chunk was "key:…" and goes on here; or NULL */
};

void skeleton_word(struct scan *s, const char *p, size_t n);
void skeleton_char(struct scan *s, char c);
/* Ornaments are alike whatever their length: a run counts as three. */
void skeleton_mark(struct scan *s, char c);
/* The bytes p..end are a value; one list with the value before if only what
 * joins a list stands between them. */
void skeleton_value(
    struct scan *s, const char *p, const char *end, enum mask_type type);

#endif
