/* SPDX-License-Identifier: MIT */
/*
 * Cutting a stream into syslog messages.
 *
 * There are two ways, and nothing but the bytes says which one a sender has
 * chosen: a length in front of each message, or a newline (some use NUL)
 * behind it.  A message begins with "<", so digits, a blank and "<" can only
 * be a length; anything else that comes first is a line.  What was found holds
 * for the whole connection: a length in the middle of lines is text, and text
 * where a length belongs means that we are out of step, which nothing mends
 * but a new connection.
 *
 * A message longer than max keeps its beginning, and the rest is passed over
 * up to the end of the frame, so that the next message is read right.  Memory
 * is max bytes for each connection, and only while a message is incomplete:
 * whole ones are handed out where they lie.
 */
#include "recount/listen.h"

#define LENGTH_DIGITS_MAX 8
#define TLS_HANDSHAKE 0x16 /* the first byte of a TLS client */
/* A buffer that one long message made is not kept for short ones. */
#define PART_KEPT_MAX 4096

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_end(char c)
{
	return c == '\n' || c == '\0';
}

static enum frame_result
broken(struct framer *f, const char *trouble)
{
	f->trouble = trouble;
	return FRAME_BROKEN;
}

static void
begin_message(struct framer *f)
{
	if (f->part.size > PART_KEPT_MAX)
		buf_free(&f->part);
	else
		buf_reset(&f->part);
	f->dropped = 0;
	f->given = false;
}

/* Keep what of s still fits. */
static void
keep(struct framer *f, struct str s)
{
	size_t room = f->max - (f->part.n < f->max ? f->part.n : f->max);
	size_t n = s.n < room ? s.n : room;

	buf_add(&f->part, s.p, n);
	f->dropped += s.n - n;
}

/* Hand out text, of which `more` bytes are missing; false: there is none. */
static bool
give(struct framer *f, struct str text, uint64_t more, struct frame *ret)
{
	f->given = true;
	while (text.n > 0 && is_end(text.p[text.n - 1]))
		text.n--;
	*ret = (struct frame){text, more};
	return text.n > 0;
}

static void
length_begins(struct framer *f)
{
	uint64_t n = 0;

	for (size_t i = 0; i < f->part.n && is_digit(f->part.p[i]); i++)
		n = n * 10 + (uint64_t)(f->part.p[i] - '0');
	f->left = n;
	begin_message(f);
}

/* The first bytes.  Undecided ones are kept: they may belong to a line. */
static enum frame_result
detect(struct framer *f, struct str *in)
{
	while (in->n > 0 && f->mode == FRAME_UNKNOWN) {
		char c = in->p[0];
		bool blank = f->part.n > 0 && f->part.p[f->part.n - 1] == ' ';

		if (f->part.n == 0 && c == TLS_HANDSHAKE)
			return broken(f, "TLS, where none is spoken");
		if (f->part.n == 0 && is_end(c)) {
			*in = str_skip(*in, 1);
			continue;
		}
		if (blank && c == '<') {
			f->mode = FRAME_COUNTED;
			length_begins(f);
			return FRAME_MORE;
		}
		if (blank || f->part.n > LENGTH_DIGITS_MAX ||
		    (f->part.n == 0 && c == '0') ||
		    !(is_digit(c) || (c == ' ' && f->part.n > 0))) {
			f->mode = FRAME_LINES;
			return FRAME_MORE;
		}
		buf_addc(&f->part, c);
		*in = str_skip(*in, 1);
	}
	return FRAME_MORE;
}

/* "83 ": newlines between messages are let pass, some senders add them. */
static enum frame_result
next_length(struct framer *f, struct str *in)
{
	while (in->n > 0) {
		char c = in->p[0];

		*in = str_skip(*in, 1);
		if (f->part.n == 0 && (is_end(c) || c == '\r'))
			continue;
		if (c == ' ' && f->part.n > 0) {
			length_begins(f);
			return f->left > FRAME_BYTES_MAX
				   ? broken(f, "a length beyond 16 MiB")
				   : FRAME_MORE;
		}
		if (!is_digit(c) || (c == '0' && f->part.n == 0) ||
		    f->part.n == LENGTH_DIGITS_MAX)
			return broken(f, "no length where one belongs");
		buf_addc(&f->part, c);
	}
	return FRAME_MORE;
}

static enum frame_result
next_counted(struct framer *f, struct str *in, struct frame *ret)
{
	while (in->n > 0) {
		enum frame_result r = FRAME_MORE;
		struct str piece;

		if (f->left == 0)
			r = next_length(f, in);
		if (r == FRAME_BROKEN || f->left == 0 || in->n == 0)
			return r;
		piece = str_sub(*in, 0, f->left);
		*in = str_skip(*in, piece.n);
		f->left -= piece.n;
		if (f->left == 0 && f->part.n == 0 && piece.n <= f->max) {
			if (give(f, piece, 0, ret))
				return FRAME_MESSAGE;
			begin_message(f);
			continue;
		}
		keep(f, piece);
		if (f->left > 0)
			return FRAME_MORE;
		if (give(f, buf_str(&f->part), f->dropped, ret))
			return FRAME_MESSAGE;
		begin_message(f);
	}
	return FRAME_MORE;
}

/* Where the first LF or NUL stands; -1. */
static ptrdiff_t
find_end(struct str s)
{
	ptrdiff_t at = str_chr(s, '\n');
	ptrdiff_t nul = str_chr(at < 0 ? s : str_sub(s, 0, (size_t)at), '\0');

	return nul >= 0 ? nul : at;
}

static enum frame_result
next_line(struct framer *f, struct str *in, struct frame *ret)
{
	while (in->n > 0) {
		ptrdiff_t end = find_end(*in);
		struct str piece =
		    str_sub(*in, 0, end < 0 ? in->n : (size_t)end);

		*in = str_skip(*in, piece.n + (end >= 0));
		if (end >= 0 && f->part.n == 0 && piece.n <= f->max) {
			if (give(f, piece, 0, ret))
				return FRAME_MESSAGE;
			begin_message(f);
			continue;
		}
		keep(f, piece);
		if (end < 0)
			return FRAME_MORE;
		if (give(f, buf_str(&f->part), f->dropped, ret))
			return FRAME_MESSAGE;
		begin_message(f);
	}
	return FRAME_MORE;
}

enum frame_result
frame_next(struct framer *f, struct str *in, struct frame *ret)
{
	if (f->given)
		begin_message(f);
	if (f->mode == FRAME_UNKNOWN && detect(f, in) == FRAME_BROKEN)
		return FRAME_BROKEN;
	switch (f->mode) {
	case FRAME_LINES:
		return next_line(f, in, ret);
	case FRAME_COUNTED:
		return next_counted(f, in, ret);
	case FRAME_UNKNOWN:
		break;
	}
	return FRAME_MORE;
}

enum frame_result
frame_end(struct framer *f, struct frame *ret)
{
	if (f->given)
		begin_message(f);
	/* A length without a message is nothing. */
	if (f->part.n == 0 || (f->mode == FRAME_COUNTED && f->left == 0))
		return FRAME_MORE;
	return give(f, buf_str(&f->part), f->dropped + f->left, ret)
		   ? FRAME_MESSAGE
		   : FRAME_MORE;
}

void
framer_free(struct framer *f)
{
	buf_free(&f->part);
}
