/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_MINE_HOLE_H
#define RECOUNT_MINE_HOLE_H

/* The places of a message that may hold other bytes without its mask becoming
 * another one.  See hole.c. */

#include "skeleton.h"

#define HOLE_CHUNK_MAX 255 /* bytes */
#define HOLE_NUMBER_MAX 64
#define HOLE_QUOTED_MAX 128

/* Conditions of a HOLE_CHUNK; of a HOLE_QUOTED the first one, of a HOLE_HEX the
 * last three. */
enum {
	HOLE_DIGITS = 1,     /* has a digit; else has none */
	HOLE_PLAIN = 2,      /* has none of / \ : @ */
	HOLE_NO_UNIT = 4,    /* has neither . nor : */
	HOLE_FIRST_A = 8,    /* begins with a letter, */
	HOLE_FIRST_0 = 16,   /* with a digit, or else with a certain byte, */
	HOLE_FIRST_ANY = 32, /* or with any of these */
};

/* The chunk p..stop (without marks around it) ends at end with them, and was
 * put into the mask of s.  after_hex: right behind a hexadecimal value. */
void hole_chunk(struct scan *s, const char *p, const char *stop,
    const char *end, bool after_hex);
/* p..q was put as a quoted value of that type. */
void hole_quoted(struct scan *s, const char *p, const char *q, bool digits,
    enum mask_type type);

/* Where what fits h at p ends, or NULL. */
const char *hole_match(const struct hole *h, const char *p, const char *end);

#endif
