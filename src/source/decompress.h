/* SPDX-License-Identifier: MIT */
#ifndef SOURCE_DECOMPRESS_H
#define SOURCE_DECOMPRESS_H

/*
 * Compressed streams, told apart by their first bytes.  Streams may follow
 * each other in one file (gzip members, xz streams, zstd frames), as log
 * rotation and `cat a.gz b.gz` leave them.
 */

#include "recount/str.h"

/* As many first bytes as codec_detect() needs to be sure. */
#define CODEC_MAGIC_BYTES 10

struct codec;
struct decompress;

/* The codec of a file that begins like this; NULL: not compressed. */
const struct codec *codec_detect(struct str magic);

struct decompress *decompress_new(const struct codec *c);
void decompress_free(struct decompress *d);
DEFINE_CLEANUP(struct decompress *, decompress_free)

enum decompress_result {
	DECOMPRESS_MORE,   /* wants input, or room, or just another call */
	DECOMPRESS_END,    /* input ended where a stream ended */
	DECOMPRESS_BROKEN, /* decompress_error() says why */
};
/*
 * Take from *in (which is advanced) and write to out[0..n); *ret is the number
 * of bytes written.  last: nothing comes after *in.
 */
enum decompress_result decompress_step(struct decompress *d, struct str *in,
    bool last, void *out, size_t n, size_t *ret);
const char *decompress_error(const struct decompress *d);

#endif
