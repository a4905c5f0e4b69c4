/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_MEM_H
#define RECOUNT_MEM_H

/*
 * Memory that cannot run out half-way, and locals that clean up after
 * themselves.
 *
 * Every x-function aborts when memory is exhausted: events and cursors commit
 * in one transaction, so a restart loses nothing, and no caller needs an
 * error path that no test would ever take.  Bound sizes that come from input
 * before they get here.
 */

#include <stddef.h>

void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
/* realloc(p, count * size) with the product checked. */
void *xreallocarray(void *p, size_t count, size_t size);
char *xstrdup(const char *s);            /* NULL gives NULL */
char *xmemdup0(const void *p, size_t n); /* n bytes and a NUL behind them */
char *xasprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * CLEANUP(f) before a local calls f on it when the scope ends.
 * DEFINE_CLEANUP(type, f) is for f(type), where type is a pointer and
 * f(NULL) is fine; DEFINE_CLEANUP_IN(type, f) for f(type *), where the
 * object itself stands in the local.
 */
#define CLEANUP(f) __attribute__((cleanup(f##_cleanup)))
#define DEFINE_CLEANUP(type, f)                                                \
	static inline void __attribute__((unused)) f##_cleanup(type *p)        \
	{                                                                      \
		f(*p);                                                         \
	}
#define DEFINE_CLEANUP_IN(type, f)                                             \
	static inline void __attribute__((unused)) f##_cleanup(type *p)        \
	{                                                                      \
		f(p);                                                          \
	}

/* The value of pointer p, which is NULL afterwards: ownership moves on. */
#define STEAL(p)                                                               \
	({                                                                     \
		__typeof__(p) *steal_ = &(p);                                  \
		__typeof__(p) stolen_ = *steal_;                               \
		*steal_ = NULL;                                                \
		stolen_;                                                       \
	})

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* free() for CLEANUP(xfree) char *s; also what ends every x-allocation. */
void xfree(void *p);
static inline void __attribute__((unused)) xfree_cleanup(void *p)
{
	xfree(*(void **)p);
}

#endif
