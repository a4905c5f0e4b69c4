/* SPDX-License-Identifier: MIT */
/*
 * Memory doubles when it is full, so that adding byte by byte stays linear.
 * A NUL always stands behind the last byte without being counted: what was
 * built can be handed to libc as it is.  buf_reset() keeps the memory, since
 * most buffers are filled once per line.
 */
#include "recount/str.h"

#include <stdio.h>
#include <stdlib.h>

void
buf_free(struct buf *b)
{
	xfree(b->p);
	*b = BUF_INIT;
}

void
buf_reset(struct buf *b)
{
	b->n = 0;
	if (b->p != NULL)
		b->p[0] = '\0';
}

void
buf_reserve(struct buf *b, size_t more)
{
	size_t need, size;

	if (more > SIZE_MAX / 2 - b->n)
		abort(); /* callers bound what they add */
	need = b->n + more + 1;
	if (need <= b->size)
		return;
	size = b->size ? b->size : 64;
	while (size < need)
		size *= 2;
	b->p = xreallocarray(b->p, size, 1);
	b->size = size;
}

void
buf_add(struct buf *b, const void *p, size_t n)
{
	buf_reserve(b, n);
	if (n > 0)
		memcpy(b->p + b->n, p, n);
	b->n += n;
	b->p[b->n] = '\0';
}

void
buf_add_str(struct buf *b, struct str s)
{
	buf_add(b, s.p, s.n);
}

void
buf_adds(struct buf *b, const char *z)
{
	buf_add(b, z, strlen(z));
}

void
buf_addc(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void
buf_addv(struct buf *b, const char *format, va_list args)
{
	va_list again;
	int n;

	va_copy(again, args);
	buf_reserve(b, 64);
	n = vsnprintf(b->p + b->n, b->size - b->n, format, args);
	if (n < 0)
		abort(); /* a wrong format string */
	if ((size_t)n >= b->size - b->n) {
		buf_reserve(b, (size_t)n);
		vsnprintf(b->p + b->n, b->size - b->n, format, again);
	}
	va_end(again);
	b->n += (size_t)n;
}

void
buf_addf(struct buf *b, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	buf_addv(b, format, args);
	va_end(args);
}

char *
buf_steal(struct buf *b)
{
	char *p;

	buf_reserve(b, 0);
	p = b->p;
	p[b->n] = '\0';
	*b = BUF_INIT;
	return p;
}
