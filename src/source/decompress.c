/* SPDX-License-Identifier: MIT */
/*
 * Four libraries behind one step function.
 *
 * Each codec decodes one stream at a time; what is common to all stands here:
 * whether the input may end now, and that a stream may be followed by another
 * one.  A codec says CODEC_STREAM_END when its stream is complete; if more
 * input follows, it is started afresh, after zero padding (tapes, and xz,
 * which pads to four bytes) has been dropped.  Input that ends anywhere else
 * was cut off, and that is an error of its own: rotated files are often found
 * half copied, and "cut off" tells a person what to do where "corrupt" does
 * not.
 *
 * Memory is bounded by what the decoders may allocate: xz and zstd streams
 * can ask for huge windows, so both get a limit.
 */
#include "decompress.h"

#include <bzlib.h>
#include <lzma.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

/* xz -9 asks for 65 MiB; zstd --ultra -22 for 128 MiB. */
#define XZ_BYTES_MAX ((uint64_t)160 * 1024 * 1024)
#define ZSTD_WINDOW_LOG_MAX 27

/* What one call hands to a library: all of them count in 32 bits somewhere. */
#define STEP_BYTES_MAX ((size_t)1 << 30)

enum codec_result { CODEC_MORE, CODEC_STREAM_END, CODEC_ERROR };

struct codec {
	const char *name;
	struct str magic;
	/* Ready for the first byte of a stream; called again after each. */
	void (*start)(struct decompress *d);
	enum codec_result (*step)(struct decompress *d, struct str *in,
	    char *out, size_t n, size_t *ret);
	void (*end)(struct decompress *d);
};

struct decompress {
	const struct codec *codec;
	bool started; /* the library holds a state for us */
	bool between; /* no byte of the current stream has been taken yet */
	bool any;     /* one stream was complete */
	const char *error;
	union {
		z_stream gzip;
		lzma_stream xz;
		bz_stream bzip2;
		ZSTD_DStream *zstd;
	};
};

static enum codec_result
failed(struct decompress *d, const char *why)
{
	d->error = why;
	return CODEC_ERROR;
}

static void
gzip_start(struct decompress *d)
{
	int r;

	if (d->started) {
		r = inflateReset(&d->gzip);
	} else {
		memset(&d->gzip, 0, sizeof(d->gzip));
		r = inflateInit2(&d->gzip, 15 + 16); /* gzip header only */
	}
	if (r != Z_OK)
		abort(); /* out of memory */
}

static enum codec_result
gzip_step(
    struct decompress *d, struct str *in, char *out, size_t n, size_t *ret)
{
	z_stream *z = &d->gzip;
	int r;

	z->next_in = (Bytef *)(uintptr_t)in->p;
	z->avail_in = (uInt)in->n;
	z->next_out = (Bytef *)out;
	z->avail_out = (uInt)n;
	r = inflate(z, Z_NO_FLUSH);
	*in = str_skip(*in, in->n - z->avail_in);
	*ret = n - z->avail_out;
	if (r == Z_STREAM_END)
		return CODEC_STREAM_END;
	if (r == Z_OK || r == Z_BUF_ERROR)
		return CODEC_MORE;
	if (r == Z_MEM_ERROR)
		abort();
	return failed(d, "gzip data is damaged");
}

static void
gzip_end(struct decompress *d)
{
	inflateEnd(&d->gzip);
}

static void
xz_start(struct decompress *d)
{
	if (!d->started)
		d->xz = (lzma_stream)LZMA_STREAM_INIT;
	if (lzma_stream_decoder(&d->xz, XZ_BYTES_MAX, 0) != LZMA_OK)
		abort();
}

static enum codec_result
xz_step(struct decompress *d, struct str *in, char *out, size_t n, size_t *ret)
{
	lzma_stream *z = &d->xz;
	lzma_ret r;

	z->next_in = (const uint8_t *)in->p;
	z->avail_in = in->n;
	z->next_out = (uint8_t *)out;
	z->avail_out = n;
	r = lzma_code(z, LZMA_RUN);
	*in = str_skip(*in, in->n - z->avail_in);
	*ret = n - z->avail_out;
	if (r == LZMA_STREAM_END)
		return CODEC_STREAM_END;
	if (r == LZMA_OK || r == LZMA_BUF_ERROR)
		return CODEC_MORE;
	if (r == LZMA_MEM_ERROR)
		abort();
	if (r == LZMA_MEMLIMIT_ERROR)
		return failed(d, "xz data needs too much memory");
	return failed(d, "xz data is damaged");
}

static void
xz_end(struct decompress *d)
{
	lzma_end(&d->xz);
}

static void
bzip2_end(struct decompress *d)
{
	BZ2_bzDecompressEnd(&d->bzip2);
}

static void
bzip2_start(struct decompress *d)
{
	if (d->started)
		bzip2_end(d);
	memset(&d->bzip2, 0, sizeof(d->bzip2));
	if (BZ2_bzDecompressInit(&d->bzip2, 0, 0) != BZ_OK)
		abort();
}

static enum codec_result
bzip2_step(
    struct decompress *d, struct str *in, char *out, size_t n, size_t *ret)
{
	bz_stream *z = &d->bzip2;
	int r;

	z->next_in = (char *)(uintptr_t)in->p;
	z->avail_in = (unsigned)in->n;
	z->next_out = out;
	z->avail_out = (unsigned)n;
	r = BZ2_bzDecompress(z);
	*in = str_skip(*in, in->n - z->avail_in);
	*ret = n - z->avail_out;
	if (r == BZ_STREAM_END)
		return CODEC_STREAM_END;
	if (r == BZ_OK)
		return CODEC_MORE;
	if (r == BZ_MEM_ERROR)
		abort();
	return failed(d, "bzip2 data is damaged");
}

static void
zstd_start(struct decompress *d)
{
	if (!d->started) {
		d->zstd = ZSTD_createDStream();
		if (d->zstd == NULL)
			abort();
		ZSTD_DCtx_setParameter(
		    d->zstd, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG_MAX);
	}
	ZSTD_DCtx_reset(d->zstd, ZSTD_reset_session_only);
}

static enum codec_result
zstd_step(
    struct decompress *d, struct str *in, char *out, size_t n, size_t *ret)
{
	ZSTD_inBuffer from = {in->p, in->n, 0};
	ZSTD_outBuffer to = {out, n, 0};
	size_t r = ZSTD_decompressStream(d->zstd, &to, &from);

	*in = str_skip(*in, from.pos);
	*ret = to.pos;
	if (r == 0)
		return CODEC_STREAM_END;
	if (!ZSTD_isError(r))
		return CODEC_MORE;
	if (strstr(ZSTD_getErrorName(r), "memory") != NULL)
		return failed(d, "zstd data needs too much memory");
	return failed(d, "zstd data is damaged");
}

static void
zstd_end(struct decompress *d)
{
	ZSTD_freeDStream(d->zstd);
}

static const struct codec codecs[] = {
    {"gzip", {"\x1f\x8b\x08", 3}, gzip_start, gzip_step, gzip_end},
    {"xz", {"\xfd\x37zXZ\0", 6}, xz_start, xz_step, xz_end},
    {"zstd", {"\x28\xb5\x2f\xfd", 4}, zstd_start, zstd_step, zstd_end},
    {"bzip2", {"BZh", 3}, bzip2_start, bzip2_step, bzip2_end},
};

const struct codec *
codec_detect(struct str magic)
{
	for (size_t i = 0; i < ARRAY_SIZE(codecs); i++) {
		const struct codec *c = &codecs[i];
		struct str rest;

		if (!str_starts(magic, c->magic))
			continue;
		if (c->step != bzip2_step)
			return c;
		/* "BZh" could be text: a block size and the first block's (or,
		 * of an empty file, the end's) magic must follow. */
		rest = str_skip(magic, 3);
		if (rest.n < 7 || rest.p[0] < '1' || rest.p[0] > '9')
			continue;
		rest = str_skip(rest, 1);
		if (str_starts(rest, STR("1AY&SY")) ||
		    str_starts(rest, STR("\x17rE8P\x90")))
			return c;
	}
	return NULL;
}

struct decompress *
decompress_new(const struct codec *c)
{
	struct decompress *d = xcalloc(1, sizeof(*d));

	d->codec = c;
	c->start(d);
	d->started = true;
	d->between = true;
	return d;
}

void
decompress_free(struct decompress *d)
{
	if (d == NULL)
		return;
	d->codec->end(d);
	xfree(d);
}

static enum decompress_result
broken(struct decompress *d, const char *why)
{
	d->error = why;
	return DECOMPRESS_BROKEN;
}

enum decompress_result
decompress_step(struct decompress *d, struct str *in, bool last, void *out,
    size_t n, size_t *ret)
{
	struct str part;
	enum codec_result r;

	*ret = 0;
	if (d->error != NULL)
		return DECOMPRESS_BROKEN;
	if (d->between && d->any) {
		while (in->n > 0 && in->p[0] == '\0')
			*in = str_skip(*in, 1);
	}
	if (d->between && in->n == 0) {
		if (!last)
			return DECOMPRESS_MORE;
		return d->any ? DECOMPRESS_END : broken(d, "it is cut off");
	}

	part = str_sub(*in, 0, STEP_BYTES_MAX);
	if (n > STEP_BYTES_MAX)
		n = STEP_BYTES_MAX;
	r = d->codec->step(d, &part, out, n, ret);
	if (r == CODEC_ERROR) {
		if (d->between && d->any)
			d->error = "something else follows the compressed data";
		return DECOMPRESS_BROKEN;
	}
	if (part.p != in->p) {
		*in = str_skip(*in, (size_t)(part.p - in->p));
		d->between = false;
	}
	if (r == CODEC_STREAM_END) {
		d->any = true;
		d->between = true;
		d->codec->start(d);
		return DECOMPRESS_MORE;
	}
	if (in->n == 0 && last && *ret == 0)
		return broken(d, "it is cut off");
	return DECOMPRESS_MORE;
}

const char *
decompress_error(const struct decompress *d)
{
	return d->error != NULL ? d->error : "";
}
