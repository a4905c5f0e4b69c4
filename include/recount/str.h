/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_STR_H
#define RECOUNT_STR_H

/*
 * struct str borrows bytes that somebody else owns; struct buf owns bytes
 * that grow.  Neither cares about NUL, UTF-8 or newlines: log lines hold
 * whatever was written.
 */

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "recount/mem.h"

struct str {
	const char *p; /* may be NULL when n is 0 */
	size_t n;
};

#define STR(literal) ((struct str){("" literal), sizeof(literal) - 1})
#define STR_NULL ((struct str){NULL, 0})
/* For printf("%.*s"): STR_ARG(s) */
#define STR_ARG(s) (int)(s).n, (s).p ? (s).p : ""

static inline struct str
str_of(const char *z) /* NULL gives the empty str */
{
	return (struct str){z, z ? strlen(z) : 0};
}

/* Whether n bytes are equal; quicker than a call for a word or two. */
static inline bool
bytes_same(const char *a, const char *b, size_t n)
{
	uint64_t x, y;
	uint32_t v, w;

	if (n >= 8) {
		if (n > 64)
			return memcmp(a, b, n) == 0;
		for (size_t i = 0; i + 8 < n; i += 8) {
			memcpy(&x, a + i, 8);
			memcpy(&y, b + i, 8);
			if (x != y)
				return false;
		}
		memcpy(&x, a + n - 8, 8);
		memcpy(&y, b + n - 8, 8);
		return x == y;
	}
	if (n >= 4) {
		memcpy(&v, a, 4);
		memcpy(&w, b, 4);
		if (v != w)
			return false;
		memcpy(&v, a + n - 4, 4);
		memcpy(&w, b + n - 4, 4);
		return v == w;
	}
	return n == 0 ||
	       (a[0] == b[0] && a[n / 2] == b[n / 2] && a[n - 1] == b[n - 1]);
}

static inline bool
str_eq(struct str a, struct str b)
{
	return a.n == b.n && bytes_same(a.p, b.p, a.n);
}

int str_cmp(struct str a, struct str b); /* bytewise, shorter first */

/* s without its first n bytes (all of it at most). */
static inline struct str
str_skip(struct str s, size_t n)
{
	if (n > s.n)
		n = s.n;
	return (struct str){n ? s.p + n : s.p, s.n - n};
}

static inline bool
str_starts(struct str s, struct str prefix)
{
	return s.n >= prefix.n &&
	       (prefix.n == 0 || memcmp(s.p, prefix.p, prefix.n) == 0);
}

static inline bool
str_ends(struct str s, struct str suffix)
{
	return s.n >= suffix.n && str_eq(str_skip(s, s.n - suffix.n), suffix);
}

/* Offset of the first occurrence, or -1. */
ptrdiff_t str_find(struct str s, struct str needle);
ptrdiff_t str_chr(struct str s, char c);
struct str str_sub(struct str s, size_t from, size_t n); /* clamped */
struct str str_trim(struct str s); /* spaces and tabs off both ends */
/*
 * Cut s at the first sep: *head is what stood before it, the return is what
 * is behind it.  Without sep the head is everything and the return has
 * p == NULL.
 */
struct str str_cut(struct str s, char sep, struct str *head);
/* All of s as a decimal number without sign; false leaves *ret untouched. */
bool str_to_u64(struct str s, uint64_t *ret);
char *str_dup(struct str s); /* NUL-terminated copy; end with xfree() */

struct buf {
	char *p; /* NULL before the first byte; else p[n] is NUL */
	size_t n, size;
};

#define BUF_INIT ((struct buf){NULL, 0, 0})

void buf_free(struct buf *b);  /* and ready to be used again */
void buf_reset(struct buf *b); /* empty, memory kept */
void buf_reserve(struct buf *b, size_t more);
void buf_add(struct buf *b, const void *p, size_t n);
void buf_add_str(struct buf *b, struct str s);
void buf_adds(struct buf *b, const char *z);
void buf_addc(struct buf *b, char c);
void buf_addf(struct buf *b, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void buf_addv(struct buf *b, const char *format, va_list args);
char *buf_steal(struct buf *b); /* never NULL; end with xfree() */

static inline struct str
buf_str(const struct buf *b)
{
	return (struct str){b->p, b->n};
}

DEFINE_CLEANUP_IN(struct buf, buf_free)

#endif
