/* SPDX-License-Identifier: MIT */
/*
 * A column of integers is written as what remains after the obvious has been
 * taken out, as byte planes: first all lowest bytes, then all second ones, and
 * so on up to the highest that is used.  Each plane is a block of its own, so
 * that zstd sees bytes of one distribution: the high bytes of sizes and times
 * nearly vanish, the low ones are stored as they are.
 *
 * What is taken out: the difference to the value before (where that makes the
 * column narrower: ids, times, offsets), the minimum, and a common unit of
 * 1000 or 1000000 (times that a log writes in milliseconds or seconds).  The
 * lowest value may be exempt from the unit, because -1 stands for "unknown"
 * and one such line must not cost the others their unit.
 *
 * All arithmetic is modulo 2^64, so every int64_t survives.
 *
 *	varint   7 bits per byte, lowest first, 0x80 set in all but the last
 *	signed   varint of (v << 1) ^ (v >> 63)
 *	block    varint n; varint 2 * stored + packed; stored bytes, which are
 *	         the n bytes themselves or, if packed, a zstd frame of them
 *	ints     1 byte: planes (low 4 bits) and flags; signed base; with
 *	         INTS_DELTA or INTS_LOW another signed; a block per plane
 *	         value = base + unit * x; with INTS_LOW x = 0 means the second
 *	         number; with INTS_DELTA value = unit * sum, where sum begins
 *	         as base and grows by x + the second number from row to row
 */
#include "codec.h"

#include <stdlib.h>

#include <zstd.h>

#define LEVEL 1
/* Below, the header of a frame costs more than packing saves. */
#define PACK_BYTES_MIN 32

enum { BLOCK_PLAIN, BLOCK_ZSTD };

enum { /* the first byte of a column: width in planes, and these */
	INTS_WIDTH = 0x0f,
	INTS_DELTA = 0x10,
	INTS_MSEC = 0x20,
	INTS_SEC = 0x40,
	INTS_LOW = 0x80,
};

struct codec *
codec_new(void)
{
	return xcalloc(1, sizeof(struct codec));
}

void
codec_free(struct codec *c)
{
	if (c == NULL)
		return;
	ZSTD_freeCCtx(c->pack);
	ZSTD_freeDCtx(c->unpack);
	buf_free(&c->scratch);
	buf_free(&c->scratch2);
	xfree(c->values);
	xfree(c);
}

void
put_varint(struct buf *out, uint64_t v)
{
	uint8_t bytes[10];
	size_t n = 0;

	while (v >= 0x80) {
		bytes[n++] = (uint8_t)(v | 0x80);
		v >>= 7;
	}
	bytes[n++] = (uint8_t)v;
	buf_add(out, bytes, n);
}

void
put_signed(struct buf *out, int64_t v)
{
	put_varint(out, ((uint64_t)v << 1) ^ (uint64_t)(v >> 63));
}

void
put_block(struct codec *c, struct buf *out, const void *p, size_t n)
{
	size_t bound = ZSTD_compressBound(n), packed;

	put_varint(out, n);
	if (n < PACK_BYTES_MIN) {
		put_varint(out, (n << 1) | BLOCK_PLAIN);
		buf_add(out, p, n);
		return;
	}
	if (c->pack == NULL) {
		c->pack = ZSTD_createCCtx();
		if (c->pack == NULL)
			abort();
	}
	buf_reset(&c->scratch);
	buf_reserve(&c->scratch, bound);
	packed = ZSTD_compressCCtx(c->pack, c->scratch.p, bound, p, n, LEVEL);
	/* Less than 1/32 saved is not worth unpacking. */
	if (ZSTD_isError(packed) || packed >= n - n / 32) {
		put_varint(out, (n << 1) | BLOCK_PLAIN);
		buf_add(out, p, n);
	} else {
		put_varint(out, (packed << 1) | BLOCK_ZSTD);
		buf_add(out, c->scratch.p, packed);
	}
}

/* Bytes that hold v. */
static unsigned
planes_of(uint64_t v)
{
	return v == 0 ? 0 : (unsigned)(71 - __builtin_clzll(v)) / 8;
}

static void
put_planes(struct codec *c, struct buf *out, const uint64_t *x, size_t n,
    unsigned width)
{
	uint8_t *plane;

	buf_reset(&c->scratch2);
	buf_reserve(&c->scratch2, n);
	plane = (uint8_t *)c->scratch2.p;
	for (unsigned k = 0; k < width; k++) {
		for (size_t i = 0; i < n; i++)
			plane[i] = (uint8_t)(x[i] >> (8 * k));
		put_block(c, out, plane, n);
	}
}

/* The largest common unit of all values but low, whose difference from the
 * smallest of them is what gets divided. */
static int64_t
common_unit(const int64_t *v, size_t n, int64_t low, int64_t *ret_base)
{
	int64_t unit = 1000000, base = INT64_MAX;

	for (size_t i = 0; i < n && unit > 1; i++) {
		if (v[i] == low)
			continue;
		if (v[i] < base)
			base = v[i];
		while (unit > 1 && v[i] % unit != 0)
			unit /= 1000;
	}
	*ret_base = base;
	return unit;
}

static bool
put_spans(struct codec *c, struct buf *out, const int64_t *v, size_t n,
    int64_t low, int64_t high)
{
	int64_t base, unit = common_unit(v, n, low, &base);
	uint64_t *x = c->values;
	unsigned width;

	if (unit == 1)
		return false;
	for (size_t i = 0; i < n; i++) {
		x[i] = v[i] == low ? 0
				   : ((uint64_t)v[i] - (uint64_t)base) /
					     (uint64_t)unit +
					 1;
	}
	width =
	    planes_of(((uint64_t)high - (uint64_t)base) / (uint64_t)unit + 1);
	buf_addc(out,
	    (char)(width | INTS_LOW | (unit == 1000 ? INTS_MSEC : INTS_SEC)));
	put_signed(out, (int64_t)((uint64_t)base - (uint64_t)unit));
	put_signed(out, low);
	put_planes(c, out, x, n, width);
	return true;
}

static void
put_deltas(struct codec *c, struct buf *out, const int64_t *v, size_t n,
    int64_t step_low, uint64_t step_range)
{
	uint64_t *x = c->values;
	unsigned width = planes_of(step_range);
	unsigned unit = 0;

	x[0] = 0;
	for (size_t i = 1; i < n; i++)
		x[i] = (uint64_t)v[i] - (uint64_t)v[i - 1] - (uint64_t)step_low;
	buf_addc(out, (char)(width | INTS_DELTA | unit));
	put_signed(out, v[0]);
	put_signed(out, step_low);
	put_planes(c, out, x, n, width);
}

/* Seconds and milliseconds that mostly rise: divide, then difference. */
static bool
put_span_deltas(struct codec *c, struct buf *out, const int64_t *v, size_t n)
{
	int64_t base, unit = common_unit(v, n, INT64_MIN, &base);
	int64_t low = INT64_MAX, high = INT64_MIN;
	uint64_t *x = c->values;
	unsigned width;

	if (unit == 1 || base == INT64_MAX)
		return false;
	for (size_t i = 1; i < n; i++) {
		int64_t step = v[i] / unit - v[i - 1] / unit;

		low = step < low ? step : low;
		high = step > high ? step : high;
	}
	x[0] = 0;
	for (size_t i = 1; i < n; i++)
		x[i] = (uint64_t)(v[i] / unit - v[i - 1] / unit - low);
	width = planes_of((uint64_t)(high - low));
	buf_addc(out,
	    (char)(width | INTS_DELTA | (unit == 1000 ? INTS_MSEC : INTS_SEC)));
	put_signed(out, v[0] / unit);
	put_signed(out, low);
	put_planes(c, out, x, n, width);
	return true;
}

void
put_ints(
    struct codec *c, struct buf *out, const int64_t *v, size_t n, bool spans)
{
	int64_t low = n ? v[0] : 0, high = low;
	int64_t step_low = INT64_MAX, step_high = INT64_MIN;
	unsigned width, step_width;

	for (size_t i = 1; i < n; i++) {
		int64_t step = (int64_t)((uint64_t)v[i] - (uint64_t)v[i - 1]);

		low = v[i] < low ? v[i] : low;
		high = v[i] > high ? v[i] : high;
		step_low = step < step_low ? step : step_low;
		step_high = step > step_high ? step : step_high;
	}
	if (low == high) {
		buf_addc(out, 0);
		put_signed(out, low);
		return;
	}
	if (c->values == NULL)
		c->values = xcalloc(SEGMENT_EVENTS_MAX, sizeof(*c->values));
	width = planes_of((uint64_t)high - (uint64_t)low);
	step_width = planes_of((uint64_t)step_high - (uint64_t)step_low);
	if (step_width < width) {
		if (spans && low > INT64_MIN && put_span_deltas(c, out, v, n))
			return;
		put_deltas(c, out, v, n, step_low,
		    (uint64_t)step_high - (uint64_t)step_low);
		return;
	}
	if (spans && put_spans(c, out, v, n, low, high))
		return;
	for (size_t i = 0; i < n; i++)
		c->values[i] = (uint64_t)v[i] - (uint64_t)low;
	buf_addc(out, (char)width);
	put_signed(out, low);
	put_planes(c, out, c->values, n, width);
}

/* ---- reading ---- */

uint8_t
get_byte(struct in *in)
{
	if (in->bad || in->p == in->end) {
		in->bad = true;
		return 0;
	}
	return *in->p++;
}

uint64_t
get_varint(struct in *in)
{
	uint64_t v = 0;

	for (unsigned shift = 0; shift < 64; shift += 7) {
		uint8_t b = get_byte(in);

		v |= (uint64_t)(b & 0x7f) << shift;
		if ((b & 0x80) == 0)
			return v;
	}
	in->bad = true;
	return 0;
}

int64_t
get_signed(struct in *in)
{
	uint64_t v = get_varint(in);

	return (int64_t)((v >> 1) ^ (0 - (v & 1)));
}

uint8_t *
get_block(struct codec *c, struct in *in, size_t want, size_t *ret_n)
{
	uint64_t n = get_varint(in), head = get_varint(in);
	uint64_t stored = head >> 1;
	uint8_t *p;

	if (in->bad || n > BLOCK_BYTES_MAX || n > in->budget ||
	    (want != SIZE_MAX && n != want) ||
	    stored > (uint64_t)(in->end - in->p) ||
	    ((head & 1) == BLOCK_PLAIN && stored != n)) {
		in->bad = true;
		return NULL;
	}
	if ((head & 1) == BLOCK_ZSTD) {
		/* Before memory is spent on what a few bytes claim. */
		if (ZSTD_getFrameContentSize(in->p, stored) != n) {
			in->bad = true;
			return NULL;
		}
		if (c->unpack == NULL) {
			c->unpack = ZSTD_createDCtx();
			if (c->unpack == NULL)
				abort();
		}
	}
	in->budget -= n;
	p = xmalloc(n + 1);
	if ((head & 1) == BLOCK_PLAIN) {
		memcpy(p, in->p, n);
	} else if (ZSTD_decompressDCtx(c->unpack, p, n, in->p, stored) != n) {
		xfree(p);
		in->bad = true;
		return NULL;
	}
	p[n] = 0;
	in->p += stored;
	*ret_n = n;
	return p;
}

void
ints_free(struct ints *c)
{
	xfree(c->p);
	*c = (struct ints){0};
}

/* Or plane k, whose bytes are at p, into the column. */
static void
merge_plane(struct ints *c, const uint8_t *p, size_t n, unsigned k)
{
	switch (c->width) {
	case 1:
		memcpy(c->p, p, n);
		break;
	case 2:
		for (size_t i = 0; i < n; i++)
			((uint16_t *)c->p)[i] |= (uint16_t)(p[i] << (8 * k));
		break;
	case 4:
		for (size_t i = 0; i < n; i++)
			((uint32_t *)c->p)[i] |= (uint32_t)p[i] << (8 * k);
		break;
	default:
		for (size_t i = 0; i < n; i++)
			((uint64_t *)c->p)[i] |= (uint64_t)p[i] << (8 * k);
		break;
	}
}

bool
get_ints(struct codec *c, struct in *in, size_t n, struct ints *ret)
{
	uint8_t head = get_byte(in);
	unsigned planes = head & INTS_WIDTH;
	int64_t base = get_signed(in), second = 0;
	struct ints col = {.base = base, .unit = 1};

	if (planes > 8 || n > SEGMENT_EVENTS_MAX)
		in->bad = true;
	if (head & (INTS_DELTA | INTS_LOW))
		second = get_signed(in);
	if (head & (INTS_MSEC | INTS_SEC))
		col.unit = head & INTS_SEC ? 1000000 : 1000;
	if (in->bad)
		return false;
	if (head & INTS_DELTA)
		col.width = 8;
	else
		col.width = planes > 4 ? 8 : planes == 3 ? 4 : planes;
	if (col.width > 0)
		col.p = xcalloc(n, col.width);
	for (unsigned k = 0; k < planes; k++) {
		size_t got;
		uint8_t *plane = get_block(c, in, n, &got);

		if (plane == NULL) {
			ints_free(&col);
			return false;
		}
		merge_plane(&col, plane, n, k);
		xfree(plane);
	}
	if (head & INTS_DELTA) {
		uint64_t *x = col.p, sum = (uint64_t)base;

		for (size_t i = 0; i < n; i++) {
			if (i > 0)
				sum += x[i] + (uint64_t)second;
			x[i] = sum;
		}
		col.base = 0;
	} else if (head & INTS_LOW) {
		col.has_low = true;
		col.low = second;
	}
	*ret = col;
	return true;
}
