/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_MINE_VALUE_H
#define RECOUNT_MINE_VALUE_H

/* What a chunk of a message may be: spelling only, no memory. */

#include "mask.h"

enum {
	C_SPACE = 1,
	C_PUNCT = 2, /* ends a chunk and stays in the skeleton */
	C_DIGIT = 4,
	C_ALPHA = 8,
	C_HEX = 16,  /* a-f, A-F */
	C_MARK = 32, /* needs a second look: / \ : @ */
	C_DOT = 64,
	C_JOIN = 128, /* may stand between the values of one list */
};

extern const unsigned char value_class[256];
#define IS(c, what) ((value_class[(unsigned char)(c)] & (what)) != 0)

/* How many bytes from p on are of these classes. */
static inline size_t
value_span(const char *p, const char *end, int what)
{
	const char *q = p;

	while (q < end && IS(*q, what))
		q++;
	return (size_t)(q - p);
}

static inline bool
value_has_none(const char *p, const char *end, int what)
{
	for (; p < end; p++)
		if (IS(*p, what))
			return false;
	return true;
}

/* Marks around a word that are not part of it. */
static inline bool
value_is_trim(char c)
{
	return !IS(c, C_ALPHA | C_DIGIT | C_SPACE | C_PUNCT) && c != '/' &&
	       c != '\\' && c != '%';
}

/* words: parted by single spaces. */
bool value_among(const char *words, const char *p, size_t n);

/* The type a number takes from the unit behind it; MASK_ANY for no unit.
 * Some units count only when no space parts them from the number. */
enum mask_type value_unit(const char *p, size_t n, bool glued);

/* Length of an IPv4 address with an optional port at p, else 0. */
size_t value_ipv4(const char *p, const char *end);

/* Hexadecimal digits, at least one below ten, and colons: MAC and IPv6. */
bool value_is_colon_hex(const char *p, const char *end);

/*
 * A DNS name: with a top-level domain that people use, since class names and
 * file names have dots too.  Two-letter ones count behind two dots only:
 * foo.py, foo.so.
 */
bool value_is_host(const char *p, size_t n);

/* A name with dots and a port behind it is a host unless it ends as source
 * files do: mirror.example:80, but main.c:80. */
bool value_is_source(const char *p, size_t n);

/* "true", "null" and their like; "on" and "off" only behind "=", since they
 * are wording elsewhere. */
bool value_is_constant(const char *p, size_t n, bool assigned);

/* The type of a chunk that has digits. */
enum mask_type value_type(const char *p, size_t n);

#endif
