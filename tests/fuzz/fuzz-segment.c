/* SPDX-License-Identifier: MIT */
/*
 * The decoder of segments.  The input is the number of events (2 bytes,
 * little-endian) and then for each part its length (3 bytes) and its bytes,
 * the hash at their beginning included but not looked at.
 */
#include "fuzz.h"

#include <assert.h>

#include "../../src/store/segment.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(codec_free) struct codec *c = codec_new();
	CLEANUP(segment_in_free) struct segment_in in = {0};
	struct segment_key key = {.first_id = 1,
	    .last_id = INT64_MAX,
	    .ts_min = INT64_MIN,
	    .ts_max = INT64_MAX};
	struct log_event ev;
	size_t total = 0;

	if (size < 2)
		return 0;
	key.n = data[0] | (uint32_t)data[1] << 8;
	data += 2;
	size -= 2;
	for (unsigned k = 0; k < SEGMENT_PARTS; k++) {
		size_t n;

		if (size < 3)
			return 0;
		n = data[0] | (size_t)data[1] << 8 | (size_t)data[2] << 16;
		data += 3;
		size -= 3;
		n = n < size ? n : size;
		if (segment_decode(c, k, &key, data, n, &in) < 0)
			return 0;
		data += n;
		size -= n;
	}
	for (uint32_t i = 0; i < in.n && total < 1u << 24; i++) {
		segment_event(&in, i, &ev);
		assert(ev.id >= key.first_id);
		assert(ev.body.n <= EVENT_BYTES_MAX);
		assert(ev.raw.n <= EVENT_BYTES_MAX);
		total += ev.raw.n;
		if (ev.raw.n > 0) /* it is really there */
			assert(memchr(ev.raw.p, ev.raw.p[ev.raw.n - 1],
				   ev.raw.n) != NULL);
	}
	return 0;
}
