/* SPDX-License-Identifier: MIT */
/*
 * Two messages that are alike but for some chunks have the same skeleton and
 * values of the same types, if each of these chunks is put into the mask in the
 * same way by itself, and if nobody around it looks at what differs.  A hole
 * is such a chunk, with the conditions under which another one may stand there:
 *
 *	number   digits, perhaps a fraction; a sign before and a unit behind
 *	         are not part of it
 *	ip       four numbers, with or without a port
 *	hex      six digits or more, of both sorts
 *	chunk    anything that mask_chunk() finds to be one value of one type
 *	quoted   what stands between quotes, of one type
 *
 * Who looks at other chunks (see mask.c): a month or a day at the first byte of
 * the next one, a number at a unit, a pair of hexadecimal digits at another
 * pair, quotes at how far the other quote is, a missing value at what comes
 * next.  So the sort of the first byte is part of a hole, its last byte is a
 * letter or a digit, and where two bytes might make a pair there is none.
 * What is no hole must stand there byte for byte: a condition too many costs
 * time, one too few would be wrong, and tests/unit/test-mine-known.c looks for
 * that.
 */
#include "hole.h"

/* ---- conditions ---- */

static bool
begins_as(const struct hole *h, const char *p)
{
	return h->arg & HOLE_FIRST_A   ? IS(*p, C_ALPHA)
	       : h->arg & HOLE_FIRST_0 ? IS(*p, C_DIGIT)
				       : *p == h->first;
}

/* Whether a chunk can be that hole at all. */
static bool
chunk_is_sound(const struct hole *h, const char *p, const char *stop)
{
	unsigned flags = h->arg;
	bool number = true;
	int seen = 0;

	if (stop - p < 3 || stop - p > HOLE_CHUNK_MAX ||
	    !IS(stop[-1], C_ALPHA | C_DIGIT) || !begins_as(h, p))
		return false;
	if (value_is_trim(*p) && !IS(p[1], C_DIGIT))
		return false; /* a sign belongs to a number only */
	for (const char *q = p; q < stop; q++) {
		seen |= value_class[(unsigned char)*q];
		number = number &&
			 (IS(*q, C_DIGIT | C_DOT) || *q == '-' || *q == '+');
		if (*q == '.' && q[1] == '.')
			return false;
		if ((flags & HOLE_NO_UNIT) && (*q == '.' || *q == ':'))
			return false;
	}
	return !number && !(seen & C_PUNCT) &&
	       !(seen & C_DIGIT) == !(flags & HOLE_DIGITS) &&
	       !((seen & C_MARK) && (flags & HOLE_PLAIN));
}

/* "Mon ", "Jun ", "Fri, ": they look at what follows. */
static bool
behind_date(const struct scan *s, const char *p)
{
	while (p > s->begin && IS(p[-1], C_SPACE))
		p--;
	if (p > s->begin && p[-1] == ',')
		p--;
	return p - s->begin >= 3 &&
	       value_among("Mon Tue Wed Thu Fri Sat Sun Jan Feb Mar Apr May "
			   "Jun Jul Aug Sep Oct Nov Dec",
		   p - 3, 3);
}

/* Whether p may begin with a letter or a digit: nobody looks, and there is no
 * mark that might be a sign. */
static bool
begins_freely(const struct scan *s, const char *p)
{
	if (p == s->begin || memchr("=[({<", p[-1], 5) != NULL)
		return true;
	return p - s->begin >= 2 && p[-1] == ' ' && IS(p[-2], C_ALPHA) &&
	       !behind_date(s, p);
}

static bool
is_pair(const char *p)
{
	return IS(p[0], C_HEX | C_DIGIT) && IS(p[1], C_HEX | C_DIGIT) &&
	       (IS(p[0], C_HEX) || IS(p[1], C_HEX));
}

/* Whether a number of two digits at p..end would be taken for a pair of
 * hexadecimal ones, or make the chunk before one. */
static bool
beside_pair(const struct scan *s, const char *p, const char *end)
{
	return (p - s->begin >= 3 && p[-1] == ' ' && is_pair(p - 3) &&
		   (p - s->begin == 3 || !IS(p[-4], C_ALPHA | C_DIGIT))) ||
	       (s->end - end >= 3 && *end == ' ' && is_pair(end + 1) &&
		   (s->end - end == 3 || end[3] == ' '));
}

/* Letters behind a number that say nothing but its unit, whatever the number
 * is. */
static bool
is_tail(const char *p, size_t n)
{
	if (n == 0 || (n == 1 && *p == '%'))
		return true;
	if (value_span(p, p + n, C_ALPHA) < n || (n == 1 && IS(*p, C_HEX)))
		return false;
	return value_unit(p, n, true) != MASK_ANY ||
	       (n <= 4 && value_span(p, p + n, C_HEX) < n);
}

/* ---- shapes of values, as far as they go at p ---- */

static const char *
skip_number(const char *p, const char *end)
{
	const char *q = p;

	while (q < end && IS(*q, C_DIGIT))
		q++;
	if (q == p)
		return NULL;
	if (end - q > 1 && *q == '.' && IS(q[1], C_DIGIT))
		for (q++; q < end && IS(*q, C_DIGIT);)
			q++;
	return q - p <= HOLE_NUMBER_MAX ? q : NULL;
}

static const char *
skip_digits(const char *p, const char *end, unsigned max)
{
	unsigned n = 0;

	while (p + n < end && n < max && IS(p[n], C_DIGIT))
		n++;
	return n > 0 ? p + n : NULL;
}

/* separator: in front of the port; 0 none. */
static const char *
skip_ip(const char *p, const char *end, char separator)
{
	for (int i = 0; i < 4; i++) {
		if (i > 0 && (p >= end || *p++ != '.'))
			return NULL;
		p = skip_digits(p, end, 3);
		if (p == NULL)
			return NULL;
	}
	if (separator == 0)
		return p;
	if (p >= end || *p != separator)
		return NULL;
	return skip_digits(p + 1, end, 5);
}

/* Not "12d" or "12B", which have a unit. */
static const char *
skip_hex(const char *p, const char *end)
{
	const char *q = p;
	size_t digits;
	int seen = 0;

	while (q < end && IS(*q, C_HEX | C_DIGIT))
		seen |= value_class[(unsigned char)*q++];
	if (q - p < 6 || q - p > HOLE_NUMBER_MAX || !(seen & C_HEX) ||
	    !(seen & C_DIGIT))
		return NULL;
	digits = value_span(p, q, C_DIGIT);
	return p + digits + 1 == q && (q[-1] == 'd' || q[-1] == 'B') ? NULL : q;
}

/* ---- finding them ---- */

static void
hole_add(struct scan *s, const char *p, const char *end, struct hole h)
{
	struct mask *m = s->m;

	if (m->n_holes == MASK_HOLES_MAX)
		return;
	h.at = (uint32_t)(p - s->begin);
	h.n = (uint32_t)(end - p);
	m->holes[m->n_holes++] = h;
}

void
hole_chunk(struct scan *s, const char *p, const char *stop, const char *end,
    bool after_hex)
{
	const char *number = *p == '-' || *p == '+' ? p + 1 : p, *q;
	struct hole h = {.first = *p};

	if (end < s->end && *end == '\'')
		return;
	q = skip_number(number, stop);
	if (q != NULL && is_tail(q, (size_t)(stop - q))) {
		if (!after_hex && !beside_pair(s, number, stop))
			hole_add(s, number, q, (struct hole){0});
		return;
	}
	h.arg = 0;
	q = skip_ip(p, stop, 0);
	if (q != NULL && q < stop && (*q == ':' || *q == '#' || *q == '/')) {
		h.arg = (uint8_t)*q;
		q = skip_ip(p, stop, *q);
	}
	h.kind = HOLE_IP;
	if (q == stop) {
		hole_add(s, p, stop, h);
		return;
	}
	h = (struct hole){.kind = HOLE_HEX, .first = *p};
	if (IS(*p, C_ALPHA | C_DIGIT))
		h.arg = IS(*p, C_ALPHA) ? HOLE_FIRST_A : HOLE_FIRST_0;
	if (IS(*p, C_ALPHA) && behind_date(s, p))
		return;
	if (skip_hex(p, stop) == stop) {
		if (begins_freely(s, p))
			h.arg |= HOLE_FIRST_ANY;
		hole_add(s, p, stop, h);
		return;
	}
	h.kind = HOLE_CHUNK;
	if (IS(*p, C_ALPHA) && p - s->begin >= 2 && p[-1] == ' ' &&
	    IS(p[-2], C_DIGIT))
		h.arg |= HOLE_NO_UNIT;
	for (q = p; q < stop; q++)
		if (IS(*q, C_DIGIT))
			h.arg |= HOLE_DIGITS;
	if (s->split != NULL)
		h.arg |= HOLE_PLAIN;
	if (!chunk_is_sound(&h, p, stop))
		return;
	h.type = mask_chunk(p, stop);
	if (h.type < MASK_TYPES)
		hole_add(s, p, stop, h);
}

void
hole_quoted(struct scan *s, const char *p, const char *q, bool digits,
    enum mask_type type)
{
	struct hole h = {.kind = HOLE_QUOTED,
	    .first = *q,
	    .type = (uint8_t)type,
	    .arg = digits ? HOLE_DIGITS : 0};

	if (q - p <= HOLE_QUOTED_MAX)
		hole_add(s, p, q, h);
}

/* ---- filling them ---- */

static const char *
match_chunk(const struct hole *h, const char *p, const char *end)
{
	const char *stop = p;

	while (stop < end && !IS(*stop, C_SPACE | C_PUNCT))
		stop++;
	if (stop < end && *stop == '\'')
		return NULL;
	while (stop > p && value_is_trim(stop[-1]))
		stop--;
	if (!chunk_is_sound(h, p, stop) || mask_chunk(p, stop) != h->type)
		return NULL;
	return stop;
}

static const char *
match_quoted(const struct hole *h, const char *p, const char *end)
{
	const char *q = p;
	bool digits = false;

	for (; q < end && *q != h->first && !IS(*q, C_SPACE); q++)
		digits = digits || IS(*q, C_DIGIT);
	if (q == p || q == end || *q != h->first || q - p > HOLE_QUOTED_MAX ||
	    digits != (h->arg == HOLE_DIGITS) ||
	    mask_quoted(p, q, digits) != h->type)
		return NULL;
	return q;
}

const char *
hole_match(const struct hole *h, const char *p, const char *end)
{
	switch ((enum hole_kind)h->kind) {
	case HOLE_NUMBER:
		return skip_number(p, end);
	case HOLE_IP:
		return skip_ip(p, end, (char)h->arg);
	case HOLE_HEX:
		if (p < end && ((h->arg & HOLE_FIRST_ANY) || begins_as(h, p)))
			return skip_hex(p, end);
		return NULL;
	case HOLE_CHUNK:
		return match_chunk(h, p, end);
	case HOLE_QUOTED:
		return match_quoted(h, p, end);
	}
	return NULL;
}
