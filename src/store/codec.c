/* SPDX-License-Identifier: MIT */
/*
 * Blocks are packed with zstd at its fastest level, which loses nothing to
 * higher ones on columns.  What does not get smaller is stored as it is.
 *
 *	varint   7 bits per byte, lowest first, 0x80 set in all but the last
 *	signed   varint of (v << 1) ^ (v >> 63)
 *	block    varint n; varint 2 * stored + packed; stored bytes, which are
 *	         the n bytes themselves or, if packed, a zstd frame of them
 */
#include "codec.h"

#include <stdlib.h>

#include <zstd.h>

#define LEVEL 1
/* Below, the header of a frame costs more than packing saves. */
#define PACK_BYTES_MIN 32

enum { BLOCK_PLAIN, BLOCK_ZSTD };

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
	xfree(c->ints);
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
