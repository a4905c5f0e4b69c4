/* SPDX-License-Identifier: MIT */
/*
 * The bytes of all lines stand in one block.  A body is a slice of its line
 * and costs two small numbers, how far from either end it is; one that lies
 * elsewhere (unescaped text) is kept as a string of its own.  What is written
 * of an offset is how far it is from where the line before ended, which is
 * nothing at all as long as a file is read from front to back.
 */
#include "lines.h"

static bool
lies_in(struct str part, struct str whole)
{
	uintptr_t p = (uintptr_t)part.p, w = (uintptr_t)whole.p;

	return part.p != NULL && whole.p != NULL && p >= w &&
	       p - w <= whole.n && part.n <= whole.n - (p - w);
}

static void
lines_grow(struct lines *l)
{
	l->size = l->size ? l->size * 2 : 64;
	l->length = xreallocarray(l->length, l->size, sizeof(*l->length));
	l->offset = xreallocarray(l->offset, l->size, sizeof(*l->offset));
	l->body = xreallocarray(l->body, l->size, sizeof(*l->body));
	l->tail = xreallocarray(l->tail, l->size, sizeof(*l->tail));
}

void
lines_add(struct lines *l, const struct log_event *ev)
{
	size_t i = l->n;

	if (i == l->size)
		lines_grow(l);
	buf_add(&l->bytes, ev->raw.p, ev->raw.n);
	l->length[i] = (int64_t)ev->raw.n;
	l->offset[i] = ev->offset;
	if (lies_in(ev->body, ev->raw)) {
		l->body[i] = ev->body.p - ev->raw.p;
		l->tail[i] = (int64_t)(ev->raw.n - ev->body.n) - l->body[i];
		strings_add(&l->own, STR_NULL);
	} else {
		l->body[i] = -1;
		l->tail[i] = 0;
		strings_add(&l->own, ev->body);
	}
	l->n++;
}

void
lines_reset(struct lines *l)
{
	l->n = 0;
	buf_reset(&l->bytes);
	strings_reset(&l->own);
}

void
lines_free(struct lines *l)
{
	buf_free(&l->bytes);
	xfree(l->length);
	xfree(l->offset);
	xfree(l->body);
	xfree(l->tail);
	strings_free(&l->own);
	*l = (struct lines){0};
}

size_t
lines_memory(const struct lines *l)
{
	return l->bytes.size + l->size * 4 * sizeof(int64_t) +
	       strings_memory(&l->own);
}

void
put_lines(struct codec *c, struct buf *out, const struct lines *l)
{
	int64_t *step = xcalloc(l->n, sizeof(*step));
	uint64_t expect = 0;

	put_ints(c, out, l->length, l->n, false);
	put_block(c, out, l->bytes.p, l->bytes.n);
	for (size_t i = 0; i < l->n; i++) {
		step[i] = (int64_t)((uint64_t)l->offset[i] - expect);
		expect = l->offset[i] < 0 ? (uint64_t)l->offset[i]
					  : (uint64_t)l->offset[i] +
						(uint64_t)l->length[i] + 1;
	}
	/* The first one would keep the rest from being constant. */
	put_signed(out, l->n > 0 ? step[0] : 0);
	if (l->n > 0)
		step[0] = l->n > 1 ? step[1] : 0;
	put_ints(c, out, step, l->n, false);
	xfree(step);
	put_ints(c, out, l->body, l->n, false);
	put_ints(c, out, l->tail, l->n, false);
	put_strings(c, out, &l->own);
}

/* ---- reading ---- */

static bool
get_text(struct codec *c, struct in *in, size_t n, struct lines_in *l)
{
	struct ints length = {0};
	uint64_t end = 0;
	size_t got;

	if (!get_ints(c, in, n, &length))
		return false;
	l->ends = xcalloc(n + 1, sizeof(*l->ends));
	for (size_t i = 0; i < n; i++) {
		int64_t k = ints_at(&length, i);

		if (k < 0 || (uint64_t)k > BLOCK_BYTES_MAX ||
		    end + (uint64_t)k > BLOCK_BYTES_MAX) {
			in->bad = true;
			break;
		}
		end += (uint64_t)k;
		l->ends[i] = (uint32_t)end;
	}
	ints_free(&length);
	if (in->bad)
		return false;
	l->bytes = (char *)get_block(c, in, end, &got);
	return l->bytes != NULL;
}

static bool
get_offsets(struct codec *c, struct in *in, size_t n, struct lines_in *l)
{
	int64_t first = get_signed(in);
	struct ints step = {0};
	int64_t *offset;
	uint64_t expect = 0;

	if (!get_ints(c, in, n, &step))
		return false;
	offset = xcalloc(n, sizeof(*offset));
	for (size_t i = 0; i < n; i++) {
		uint32_t length = l->ends[i] - (i ? l->ends[i - 1] : 0);

		offset[i] = (int64_t)(expect + (uint64_t)(i ? ints_at(&step, i)
							    : first));
		expect = offset[i] < 0 ? (uint64_t)offset[i]
				       : (uint64_t)offset[i] + length + 1;
	}
	ints_free(&step);
	l->offset = (struct ints){.p = offset, .width = 8, .unit = 1};
	return true;
}

bool
get_lines(struct codec *c, struct in *in, size_t n, struct lines_in *ret)
{
	struct lines_in l = {0};

	if (!get_text(c, in, n, &l) || !get_offsets(c, in, n, &l) ||
	    !get_ints(c, in, n, &l.body) || !get_ints(c, in, n, &l.tail) ||
	    !get_strings(c, in, n, &l.own))
		goto bad;
	for (size_t i = 0; i < n; i++) {
		int64_t length = l.ends[i] - (i ? l.ends[i - 1] : 0);
		int64_t body = ints_at(&l.body, i), tail = ints_at(&l.tail, i);

		if (body < -1 || body > length || tail < 0 ||
		    (body >= 0 && tail > length - body))
			goto bad;
	}
	*ret = l;
	return true;
bad:
	in->bad = true;
	lines_in_free(&l);
	return false;
}

void
lines_at(const struct lines_in *l, size_t i, struct log_event *ev)
{
	uint32_t from = i ? l->ends[i - 1] : 0;
	int64_t body = ints_at(&l->body, i);

	ev->raw = (struct str){l->bytes + from, l->ends[i] - from};
	ev->offset = ints_at(&l->offset, i);
	if (body < 0)
		ev->body = strings_at(&l->own, i);
	else
		ev->body = (struct str){ev->raw.p + body,
		    ev->raw.n - (size_t)body - (size_t)ints_at(&l->tail, i)};
}

void
lines_in_free(struct lines_in *l)
{
	xfree(l->bytes);
	xfree(l->ends);
	ints_free(&l->offset);
	ints_free(&l->body);
	ints_free(&l->tail);
	strings_in_free(&l->own);
	*l = (struct lines_in){0};
}
