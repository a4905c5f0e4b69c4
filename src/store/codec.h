/* SPDX-License-Identifier: MIT */
#ifndef STORE_CODEC_H
#define STORE_CODEC_H

/*
 * The pieces that segments are made of: variable-length integers, blocks of
 * bytes, and columns of integers.  All of it is little-endian and
 * self-delimiting.  Readers check every bound: what they read may be damaged
 * or hostile.
 */

#include <zstd.h>

#include "recount/str.h"

/* Most events of a segment, and most bytes of one block when unpacked. */
#define SEGMENT_EVENTS_MAX 16384u
#define BLOCK_BYTES_MAX ((size_t)32 * 1024 * 1024)
/* And of all blocks of one part. */
#define PART_BYTES_MAX ((size_t)64 * 1024 * 1024)

/* Compression contexts and scratch memory, reused from segment to segment. */
struct codec {
	ZSTD_CCtx *pack;
	ZSTD_DCtx *unpack;
	struct buf scratch;
	struct ints_scratch *ints; /* of ints.c */
};

struct codec *codec_new(void);
void codec_free(struct codec *c);
DEFINE_CLEANUP(struct codec *, codec_free)

/* ---- writing: everything appends to out ---- */

void put_varint(struct buf *out, uint64_t v);
void put_signed(struct buf *out, int64_t v);
/* Length and bytes, compressed when that is smaller. */
void put_block(struct codec *c, struct buf *out, const void *p, size_t n);
/*
 * n integers.  spans: values are spans or points of time, where it pays to
 * look for a common unit of 1 ms or 1 s.
 */
void put_ints(
    struct codec *c, struct buf *out, const int64_t *v, size_t n, bool spans);
/* The same for n small numbers, none above INT32_MAX. */
void put_counts(struct codec *c, struct buf *out, const uint32_t *v, size_t n);
/* The same for any number of rows that all hold v. */
void put_same(struct buf *out, int64_t v);

/* ---- reading ---- */

/* Goes bad on the first violated bound and stays so; every read of a bad
 * reader gives 0. */
struct in {
	const uint8_t *p, *end;
	size_t budget; /* bytes that blocks may still unpack to */
	bool bad;
};

uint64_t get_varint(struct in *in);
int64_t get_signed(struct in *in);
uint8_t get_byte(struct in *in);
/*
 * One block of put_block(), unpacked into memory of the caller's, who ends it
 * with xfree(); NULL when bad.  want: the only length that is right, or
 * SIZE_MAX when the block says.
 */
uint8_t *get_block(struct codec *c, struct in *in, size_t want, size_t *ret_n);

/* A column as it stands in memory: as narrow as its values allow. */
struct ints {
	void *p;                 /* NULL when width is 0 */
	unsigned width;          /* bytes of one: 0, 1, 2, 4, 8 */
	bool has_low;            /* x == 0 stands for low */
	int64_t base, unit, low; /* value = base + unit * x */
};

/* false and in->bad: not such a column.  End ret with ints_free(). */
bool get_ints(struct codec *c, struct in *in, size_t n, struct ints *ret);
void ints_free(struct ints *c);

static inline int64_t
ints_at(const struct ints *c, size_t i)
{
	uint64_t x;

	switch (c->width) {
	case 0:
		return c->base;
	case 1:
		x = ((const uint8_t *)c->p)[i];
		break;
	case 2:
		x = ((const uint16_t *)c->p)[i];
		break;
	case 4:
		x = ((const uint32_t *)c->p)[i];
		break;
	default:
		x = ((const uint64_t *)c->p)[i];
		break;
	}
	if (c->has_low && x == 0)
		return c->low;
	return (int64_t)((uint64_t)c->base + (uint64_t)c->unit * x);
}

#endif
