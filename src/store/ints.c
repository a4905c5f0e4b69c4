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
 * and one such line must not cost the others their unit.  Wide values of which
 * there are few (hashes of patterns) are written once each, and the rows as
 * numbers of them.
 *
 * All arithmetic is modulo 2^64, so every int64_t survives.  Nearly all columns
 * span less than 2^31 and are worked on as 32-bit numbers from their minimum,
 * which compilers turn into vector instructions.
 *
 *	ints     1 byte: planes (low 4 bits) and flags; signed base; with
 *	         INTS_DELTA or INTS_LOW another signed; a block per plane
 *	         value = base + unit * x; with INTS_LOW x = 0 means the second
 *	         number; with INTS_DELTA value = unit * sum, where sum begins
 *	         as base and grows by x + the second number from row to row
 *	         or, from version 2 on, 1 byte INTS_DICT; varint number of
 *	         values; ints of the values; ints of each row's value
 */
#include "codec.h"

enum { /* the first byte of a column: width in planes, and these */
	INTS_WIDTH = 0x0f,
	INTS_DICT = 0x0f, /* all of the byte */
	INTS_DELTA = 0x10,
	INTS_MSEC = 0x20,
	INTS_SEC = 0x40,
	INTS_LOW = 0x80,
};

/* Columns of at least so many planes are looked at for few values. */
#define DICT_WIDTH_MIN 5
#define DICT_VALUES_MAX 1024u
#define DICT_SLOTS 4096u /* a power of two, well above */

#define NARROW_MAX ((uint64_t)INT32_MAX)

/* Scratch for one column. */
struct ints_scratch {
	int64_t values[SEGMENT_EVENTS_MAX];
	uint32_t narrow[SEGMENT_EVENTS_MAX];
	uint8_t plane[SEGMENT_EVENTS_MAX];

	uint32_t index[SEGMENT_EVENTS_MAX]; /* of a dictionary */
	int64_t dict[DICT_VALUES_MAX];
	uint16_t slots[DICT_SLOTS]; /* value + 1; 0 free */
};

static struct ints_scratch *
scratch_of(struct codec *c)
{
	if (c->ints == NULL)
		c->ints = xmalloc(sizeof(*c->ints));
	return c->ints;
}

/* Bytes that hold v. */
static unsigned
planes_of(uint64_t v)
{
	return v == 0 ? 0 : (unsigned)(71 - __builtin_clzll(v)) / 8;
}

/* ---- narrow columns ---- */

static void
put_narrow_planes(struct codec *c, struct buf *out, const uint32_t *x, size_t n,
    unsigned width)
{
	uint8_t *plane = scratch_of(c)->plane;

	for (unsigned k = 0; k < width; k++) {
		for (size_t i = 0; i < n; i++)
			plane[i] = (uint8_t)(x[i] >> (8 * k));
		put_block(c, out, plane, n);
	}
}

static unsigned
unit_flag(int64_t unit)
{
	return unit == 1 ? 0 : unit == 1000 ? INTS_MSEC : INTS_SEC;
}

/*
 * x: in units from low, none above range, which is not 0.  y: room for n, may
 * be x itself.
 */
static void
put_narrow(struct codec *c, struct buf *out, int64_t unit, int64_t low,
    const uint32_t *x, size_t n, uint32_t range, uint32_t *y)
{
	int32_t step_low = INT32_MAX, step_high = INT32_MIN;
	unsigned width = planes_of(range), step_width;

	for (size_t i = 1; i < n; i++) {
		int32_t step = (int32_t)(x[i] - x[i - 1]);

		step_low = step < step_low ? step : step_low;
		step_high = step > step_high ? step : step_high;
	}
	step_width =
	    planes_of((uint64_t)((int64_t)step_high - (int64_t)step_low));
	if (step_width >= width) {
		buf_addc(out, (char)(width | unit_flag(unit)));
		put_signed(out, (int64_t)((uint64_t)low * (uint64_t)unit));
		put_narrow_planes(c, out, x, n, width);
		return;
	}
	buf_addc(out, (char)(step_width | INTS_DELTA | unit_flag(unit)));
	put_signed(out, (int64_t)((uint64_t)low + x[0]));
	put_signed(out, step_low);
	/* From the end, so that y may be x. */
	for (size_t i = n; i-- > 1;)
		y[i] = x[i] - x[i - 1] - (uint32_t)step_low;
	y[0] = 0;
	put_narrow_planes(c, out, y, n, step_width);
}

void
put_same(struct buf *out, int64_t v)
{
	buf_addc(out, 0);
	put_signed(out, v);
}

void
put_counts(struct codec *c, struct buf *out, const uint32_t *v, size_t n)
{
	uint32_t low = n ? v[0] : 0, high = low, *x;

	for (size_t i = 1; i < n; i++) {
		low = v[i] < low ? v[i] : low;
		high = v[i] > high ? v[i] : high;
	}
	if (low == high) {
		put_same(out, low);
		return;
	}
	x = scratch_of(c)->narrow;
	for (size_t i = 0; i < n; i++)
		x[i] = v[i] - low;
	put_narrow(c, out, 1, low, x, n, high - low, x);
}

/* ---- wide columns ---- */

static void
put_wide_planes(struct codec *c, struct buf *out, const int64_t *x, size_t n,
    unsigned width)
{
	uint8_t *plane = scratch_of(c)->plane;

	for (unsigned k = 0; k < width; k++) {
		for (size_t i = 0; i < n; i++)
			plane[i] = (uint8_t)((uint64_t)x[i] >> (8 * k));
		put_block(c, out, plane, n);
	}
}

/* False and nothing written: there are too many different values. */
static bool
put_dict(struct codec *c, struct buf *out, const int64_t *v, size_t n)
{
	struct ints_scratch *s = scratch_of(c);
	uint32_t n_values = 0;

	memset(s->slots, 0, sizeof(s->slots));
	for (size_t i = 0; i < n; i++) {
		uint32_t at =
		    (uint32_t)(((uint64_t)v[i] * 0x9e3779b97f4a7c15ULL) >> 52);

		while (s->slots[at] != 0 && s->dict[s->slots[at] - 1] != v[i])
			at = (at + 1) % DICT_SLOTS;
		if (s->slots[at] == 0) {
			if (n_values == DICT_VALUES_MAX || n_values > n / 4)
				return false;
			s->dict[n_values++] = v[i];
			s->slots[at] = (uint16_t)n_values;
		}
		s->index[i] = s->slots[at] - 1u;
	}
	buf_addc(out, (char)INTS_DICT);
	put_varint(out, n_values);
	put_ints(c, out, s->dict, n_values, false);
	put_counts(c, out, s->index, n);
	return true;
}

/* low and high are of v; x has room for n values, may be v itself. */
static void
put_wide(struct codec *c, struct buf *out, int64_t unit, const int64_t *v,
    size_t n, int64_t low, int64_t high, int64_t *x)
{
	int64_t step_low = INT64_MAX, step_high = INT64_MIN;
	unsigned width = planes_of((uint64_t)high - (uint64_t)low), step_width;

	for (size_t i = 1; i < n; i++) {
		int64_t step = (int64_t)((uint64_t)v[i] - (uint64_t)v[i - 1]);

		step_low = step < step_low ? step : step_low;
		step_high = step > step_high ? step : step_high;
	}
	step_width = planes_of((uint64_t)step_high - (uint64_t)step_low);
	if (step_width < width) {
		buf_addc(
		    out, (char)(step_width | INTS_DELTA | unit_flag(unit)));
		put_signed(out, v[0]);
		put_signed(out, step_low);
		for (size_t i = n; i-- > 1;)
			x[i] = (int64_t)((uint64_t)v[i] - (uint64_t)v[i - 1] -
					 (uint64_t)step_low);
		x[0] = 0;
		put_wide_planes(c, out, x, n, step_width);
		return;
	}
	if (unit == 1 && width >= DICT_WIDTH_MIN && v != scratch_of(c)->dict &&
	    put_dict(c, out, v, n))
		return;
	buf_addc(out, (char)(width | unit_flag(unit)));
	put_signed(out, (int64_t)((uint64_t)low * (uint64_t)unit));
	for (size_t i = 0; i < n; i++)
		x[i] = (int64_t)((uint64_t)v[i] - (uint64_t)low);
	put_wide_planes(c, out, x, n, width);
}

/* v in units; low and high, which differ, are of v. */
static void
put_scaled(struct codec *c, struct buf *out, int64_t unit, const int64_t *v,
    size_t n, int64_t low, int64_t high)
{
	struct ints_scratch *s = scratch_of(c);

	if ((uint64_t)high - (uint64_t)low > NARROW_MAX) {
		put_wide(c, out, unit, v, n, low, high, s->values);
		return;
	}
	for (size_t i = 0; i < n; i++)
		s->narrow[i] = (uint32_t)((uint64_t)v[i] - (uint64_t)low);
	put_narrow(c, out, unit, low, s->narrow, n,
	    (uint32_t)((uint64_t)high - (uint64_t)low), s->narrow);
}

/* ---- spans and points of time ---- */

/* All v but low in units of unit; false: one is no multiple of it. */
static inline __attribute__((always_inline)) bool
divide(const int64_t *v, size_t n, int64_t low, int64_t unit, int64_t *q)
{
	for (size_t i = 0; i < n; i++) {
		q[i] = v[i] / unit;
		if (q[i] * unit != v[i] && v[i] != low)
			return false;
	}
	return true;
}

/* False and nothing written: the values have no common unit. */
static bool
put_spans(struct codec *c, struct buf *out, const int64_t *v, size_t n,
    int64_t low, int64_t high)
{
	int64_t *q = scratch_of(c)->values, unit, base = INT64_MAX;

	/* With constant units, which compilers divide by fast. */
	if (divide(v, n, low, 1000000, q))
		unit = 1000000;
	else if (divide(v, n, low, 1000, q))
		unit = 1000;
	else
		return false;
	if (low % unit == 0) {
		put_scaled(c, out, unit, q, n, low / unit, high / unit);
		return true;
	}
	for (size_t i = 0; i < n; i++)
		base = v[i] != low && q[i] < base ? q[i] : base;
	for (size_t i = 0; i < n; i++)
		q[i] = v[i] == low ? 0 : q[i] - base + 1;
	high = high / unit - base + 1;
	buf_addc(out,
	    (char)(planes_of((uint64_t)high) | INTS_LOW | unit_flag(unit)));
	put_signed(out, (int64_t)(((uint64_t)base - 1) * (uint64_t)unit));
	put_signed(out, low);
	put_wide_planes(c, out, q, n, planes_of((uint64_t)high));
	return true;
}

void
put_ints(
    struct codec *c, struct buf *out, const int64_t *v, size_t n, bool spans)
{
	int64_t low = n ? v[0] : 0, high = low;

	for (size_t i = 1; i < n; i++) {
		low = v[i] < low ? v[i] : low;
		high = v[i] > high ? v[i] : high;
	}
	if (low == high)
		put_same(out, low);
	else if (!spans || !put_spans(c, out, v, n, low, high))
		put_scaled(c, out, 1, v, n, low, high);
}

/* ---- reading ---- */

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

/* All planes of a column into ret, whose width is that of its values. */
static bool
get_planes(
    struct codec *c, struct in *in, size_t n, unsigned planes, struct ints *ret)
{
	if (ret->width > 0)
		ret->p = xcalloc(n, ret->width);
	for (unsigned k = 0; k < planes; k++) {
		size_t got;
		uint8_t *plane = get_block(c, in, n, &got);

		if (plane == NULL) {
			ints_free(ret);
			return false;
		}
		merge_plane(ret, plane, n, k);
		xfree(plane);
	}
	return true;
}

/* A column that is no dictionary: head is its first byte. */
static bool
get_plain(
    struct codec *c, struct in *in, size_t n, uint8_t head, struct ints *ret)
{
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
	if (!get_planes(c, in, n, planes, &col))
		return false;
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

static bool
get_dict(struct codec *c, struct in *in, size_t n, struct ints *ret)
{
	uint64_t n_values = get_varint(in);
	struct ints values = {0}, index = {0}, col = {.width = 8, .unit = 1};
	bool good = !in->bad && n_values <= n && n <= SEGMENT_EVENTS_MAX &&
		    get_plain(c, in, n_values, get_byte(in), &values) &&
		    get_plain(c, in, n, get_byte(in), &index);
	int64_t *p = good ? xcalloc(n + 1, sizeof(*p)) : NULL;

	for (size_t i = 0; good && i < n; i++) {
		uint64_t k = (uint64_t)ints_at(&index, i);

		good = k < n_values;
		p[i] = good ? ints_at(&values, k) : 0;
	}
	ints_free(&values);
	ints_free(&index);
	if (!good) {
		xfree(p);
		in->bad = true;
		return false;
	}
	col.p = p;
	*ret = col;
	return true;
}

bool
get_ints(struct codec *c, struct in *in, size_t n, struct ints *ret)
{
	uint8_t head = get_byte(in);

	return head == INTS_DICT ? get_dict(c, in, n, ret)
				 : get_plain(c, in, n, head, ret);
}
