/* SPDX-License-Identifier: MIT */
/*
 * Syslog streams of any bytes: what comes of them must not depend on how they
 * arrive, must stay within bounds, and must not be more than was sent.
 */
#include <stdlib.h>

#include "fuzz.h"
#include "recount/listen.h"

#define MAX ((size_t)64)

static void
check(bool ok)
{
	if (!ok)
		abort();
}

static void
add(struct buf *out, const struct frame *f, uint64_t *bytes)
{
	check(f->text.n > 0 && f->text.n <= MAX);
	check(f->text.p[f->text.n - 1] != '\n');
	*bytes += f->text.n;
	buf_addf(out, "%zu+%llu:", f->text.n, (unsigned long long)f->dropped);
	buf_add_str(out, f->text);
}

static void
feed(struct str in, size_t step, struct buf *out)
{
	CLEANUP(framer_free) struct framer f = {.max = MAX};
	enum frame_result r = FRAME_MORE;
	struct frame frame;
	uint64_t bytes = 0, size = in.n;

	while (in.n > 0 && r != FRAME_BROKEN) {
		struct str piece = str_sub(in, 0, step);

		in = str_skip(in, piece.n);
		while ((r = frame_next(&f, &piece, &frame)) == FRAME_MESSAGE)
			add(out, &frame, &bytes);
		check(r == FRAME_BROKEN || piece.n == 0);
		check(f.part.n <= MAX);
	}
	buf_addf(out, "%d%d", (int)r, (int)f.mode);
	if (r != FRAME_BROKEN && frame_end(&f, &frame) == FRAME_MESSAGE)
		add(out, &frame, &bytes);
	check(bytes <= size);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(buf_free) struct buf whole = BUF_INIT, pieces = BUF_INIT;
	struct str in = {(const char *)data, size};

	feed(in, size + 1, &whole);
	feed(in, 1, &pieces);
	check(str_eq(buf_str(&whole), buf_str(&pieces)));
	buf_reset(&pieces);
	feed(in, 7, &pieces);
	check(str_eq(buf_str(&whole), buf_str(&pieces)));
	return 0;
}
