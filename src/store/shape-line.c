/* SPDX-License-Identifier: MIT */
/*
 * Shapes at work: a line taken apart, a line put together, and the form in
 * which shapes are stored.
 *
 * Taking apart is strict where putting together is not ambiguous: a number
 * with a leading zero or more digits than fit is no number, a field must show
 * exactly as it would be written.  So what matched comes back byte for byte.
 *
 *	shape    varint number of elements; each 1 byte enum shape_op, then
 *	         OP_TEXT: varint length, bytes; OP_TIME: 1 byte style, signed
 *	         seconds east of UTC; OP_STRING, _DECIMAL, _SECONDS: 1 byte
 *	         field (fields.h); OP_FRACTION, OP_PADDED: 1 byte digits
 */
#include "shape.h"

#include <inttypes.h>

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* ---- taking apart ---- */

/* Every matcher gives the bytes consumed, or -1. */

/* As many digits as there are, if they are a plain number. */
static inline ptrdiff_t
match_number(struct str rest, int64_t *ret)
{
	int64_t v = 0;
	size_t n = 0;

	while (n < rest.n && n <= DIGITS_MAX && is_digit(rest.p[n]))
		v = v * 10 + (rest.p[n++] - '0');
	if (n == 0 || n > DIGITS_MAX || (n > 1 && rest.p[0] == '0'))
		return -1;
	*ret = v;
	return (ptrdiff_t)n;
}

static inline ptrdiff_t
match_decimal(struct str rest, int64_t want)
{
	int64_t v;
	ptrdiff_t n = match_number(rest, &v);

	return n < 0 || v != want ? -1 : n;
}

/* Exactly this many. */
static inline ptrdiff_t
match_digits(struct str rest, size_t digits, int64_t *ret)
{
	int64_t v = 0;

	if (rest.n < digits)
		return -1;
	for (size_t i = 0; i < digits; i++) {
		if (!is_digit(rest.p[i]))
			return -1;
		v = v * 10 + (rest.p[i] - '0');
	}
	*ret = v;
	return (ptrdiff_t)digits;
}

static ptrdiff_t
match_seconds(struct str rest, int64_t want)
{
	int64_t whole, msec;
	ptrdiff_t n = match_number(rest, &whole);

	if (n < 0 || n > 9 || rest.n < (size_t)n + 4 || rest.p[n] != '.' ||
	    match_digits(str_skip(rest, (size_t)n + 1), 3, &msec) < 0 ||
	    whole * USEC_PER_SEC + msec * USEC_PER_MSEC != want)
		return -1;
	return n + 4;
}

static int64_t
floor_second(usec_t ts)
{
	return ts / USEC_PER_SEC - (ts % USEC_PER_SEC < 0);
}

static const char *
time_text(struct time_cache *cache, const struct element *e, usec_t ts)
{
	if (cache->valid &&
	    (uint64_t)ts - (uint64_t)cache->from < USEC_PER_SEC &&
	    cache->zone == e->zone && cache->style == e->arg)
		return cache->text;
	time_style_write(e->arg, floor_second(ts) + e->zone, cache->text);
	cache->from =
	    (usec_t)((uint64_t)floor_second(ts) * (uint64_t)USEC_PER_SEC);
	cache->zone = e->zone;
	cache->style = e->arg;
	cache->valid = true;
	return cache->text;
}

static void
fraction_text(unsigned digits, usec_t ts, char out[6])
{
	int64_t usec = ts - floor_second(ts) * USEC_PER_SEC;

	for (unsigned i = 6; i-- > 0; usec /= 10)
		out[i] = (char)('0' + usec % 10);
}

static ptrdiff_t
match_time(struct str rest, const struct element *e, usec_t ts,
    struct time_cache *cache)
{
	char fraction[6];

	if (e->op == OP_TIME) {
		size_t n = time_style_length(e->arg);

		if (rest.n < n ||
		    !bytes_same(rest.p, time_text(cache, e, ts), n))
			return -1;
		return (ptrdiff_t)n;
	}
	fraction_text(e->arg, ts, fraction);
	if (rest.n < e->arg || memcmp(rest.p, fraction, e->arg) != 0)
		return -1;
	return e->arg;
}

static ptrdiff_t
match_word(struct str rest, const struct element *e, const struct log_event *ev)
{
	const char *stop = rest.p + rest.n;

	switch (e->stop) {
	case STOP_CHAR:
		stop = rest.n ? memchr(rest.p, e->stop_arg, rest.n) : NULL;
		break;
	case STOP_STRING:
		stop = field_str(ev, e->stop_arg)->p;
		break;
	case STOP_BODY:
		stop = ev->body.p;
		break;
	}
	if (stop == NULL || (uintptr_t)stop < (uintptr_t)rest.p ||
	    (uintptr_t)stop > (uintptr_t)(rest.p + rest.n))
		return -1;
	return stop - rest.p;
}

static ptrdiff_t
match_string(struct str rest, struct str value)
{
	if (value.n == 0)
		return 0;
	/* The same bytes elsewhere would do as well. */
	if (value.n > rest.n ||
	    (value.p != rest.p && !bytes_same(value.p, rest.p, value.n)))
		return -1;
	return (ptrdiff_t)value.n;
}

static ptrdiff_t
match_hex(struct str rest, int64_t *ret)
{
	uint64_t v = 0;
	size_t n = 0;

	for (; n < rest.n; n++) {
		char c = rest.p[n];

		if (!is_digit(c) && !(c >= 'a' && c <= 'f'))
			break;
		if (n == 16)
			return -1;
		v = v << 4 | (uint64_t)(is_digit(c) ? c - '0' : c - 'a' + 10);
	}
	if (n == 0 || rest.p[0] == '0')
		return -1;
	*ret = (int64_t)v;
	return (ptrdiff_t)n;
}

bool
shape_match(const struct shape *sh, struct str text, const struct log_event *ev,
    struct time_cache *cache, struct match *m)
{
	struct str rest = text;
	unsigned param = 0;

	for (unsigned i = 0; i < sh->n; i++) {
		const struct element *e = &sh->elements[i];
		ptrdiff_t n = -1;

		/* Every other element is one; a switch would be mispredicted
		 * more often. */
		if (e->op == OP_TEXT) {
			if (rest.n < e->n ||
			    !bytes_same(rest.p, sh->text.p + e->at, e->n))
				return false;
			rest.p += e->n;
			rest.n -= e->n;
			continue;
		}
		switch (e->op) {
		case OP_STRING:
			n = match_string(rest, *field_str(ev, e->arg));
			break;
		case OP_DECIMAL:
			n = match_decimal(rest, field_int(ev, e->arg));
			break;
		case OP_SECONDS:
			n = match_seconds(rest, field_int(ev, e->arg));
			break;
		case OP_TIME:
		case OP_FRACTION:
			n = match_time(rest, e, ev->timestamp, cache);
			break;
		case OP_NUMBER:
			n = match_number(rest, &m->numbers[param++]);
			break;
		case OP_PADDED:
			n = match_digits(rest, e->arg, &m->numbers[param++]);
			break;
		case OP_WORD:
			n = match_word(rest, e, ev);
			if (n >= 0)
				m->words[param++] =
				    (struct str){rest.p, (size_t)n};
			break;
		case OP_HEX:
			n = match_hex(rest, &m->numbers[param++]);
			break;
		case OP_BODY:
			if (rest.p == ev->body.p && ev->body.n <= rest.n)
				n = (ptrdiff_t)ev->body.n;
			break;
		}
		if (n < 0)
			return false;
		rest.p += n;
		rest.n -= (size_t)n;
	}
	return rest.n == 0;
}

/* ---- putting together ---- */

size_t
decimal_length(int64_t v)
{
	size_t n = 1;

	if (v < 0) /* no line says so; hostile columns may */
		return 1;
	for (; v >= 10; v /= 10)
		n++;
	return n;
}

size_t
seconds_length(int64_t v)
{
	return decimal_length(v < 0 ? 0 : v / USEC_PER_SEC) + 4;
}

size_t
hex_length(uint64_t v)
{
	return v == 0 ? 1 : (size_t)(67 - __builtin_clzll(v)) / 4;
}

static void
add_digits(struct buf *out, int64_t v, size_t n)
{
	buf_reserve(out, n);
	for (size_t i = n; i-- > 0; v /= 10)
		out->p[out->n + i] = (char)('0' + v % 10);
	out->n += n;
	out->p[out->n] = '\0';
}

static void
add_decimal(struct buf *out, int64_t v)
{
	add_digits(out, v < 0 ? 0 : v, decimal_length(v));
}

static void
add_seconds(struct buf *out, int64_t v)
{
	v = v < 0 ? 0 : v;
	add_decimal(out, v / USEC_PER_SEC);
	buf_addc(out, '.');
	add_digits(out, v / USEC_PER_MSEC % 1000, 3);
}

void
shape_render(const struct shape *sh, const struct log_event *ev,
    const struct match *m, struct time_cache *cache, struct buf *out,
    struct places *places)
{
	unsigned param = 0;
	char fraction[6];

	for (unsigned i = 0; i < sh->n; i++) {
		const struct element *e = &sh->elements[i];

		switch (e->op) {
		case OP_TEXT:
			buf_add(out, sh->text.p + e->at, e->n);
			break;
		case OP_STRING:
			places->strings[e->arg] = out->n;
			buf_add_str(out, *field_str(ev, e->arg));
			break;
		case OP_DECIMAL:
			add_decimal(out, field_int(ev, e->arg));
			break;
		case OP_SECONDS:
			add_seconds(out, field_int(ev, e->arg));
			break;
		case OP_TIME:
			buf_add(out, time_text(cache, e, ev->timestamp),
			    time_style_length(e->arg));
			break;
		case OP_FRACTION:
			fraction_text(e->arg, ev->timestamp, fraction);
			buf_add(out, fraction, e->arg);
			break;
		case OP_NUMBER:
			add_decimal(out, m->numbers[param++]);
			break;
		case OP_PADDED:
			add_digits(out, m->numbers[param++], e->arg);
			break;
		case OP_WORD:
			buf_add_str(out, m->words[param++]);
			break;
		case OP_HEX:
			buf_addf(
			    out, "%" PRIx64, (uint64_t)m->numbers[param++]);
			break;
		case OP_BODY:
			places->body = out->n;
			buf_add_str(out, ev->body);
			break;
		}
	}
}

/* ---- stored ---- */

void
put_shape(struct buf *out, const struct shape *sh)
{
	put_varint(out, sh->n);
	for (unsigned i = 0; i < sh->n; i++) {
		const struct element *e = &sh->elements[i];

		buf_addc(out, (char)e->op);
		switch (e->op) {
		case OP_TEXT:
			put_varint(out, e->n);
			buf_add(out, sh->text.p + e->at, e->n);
			break;
		case OP_TIME:
			buf_addc(out, (char)e->arg);
			put_signed(out, e->zone);
			break;
		case OP_STRING:
		case OP_DECIMAL:
		case OP_SECONDS:
		case OP_FRACTION:
		case OP_PADDED:
			buf_addc(out, (char)e->arg);
			break;
		}
	}
}

static bool
get_text(struct in *in, struct shape *sh, struct element *e)
{
	uint64_t n = get_varint(in);

	if (in->bad || n > SHAPE_LINE_BYTES_MAX ||
	    n > (uint64_t)(in->end - in->p))
		return false;
	e->at = (uint32_t)sh->text.n;
	e->n = (uint16_t)n;
	buf_add(&sh->text, in->p, n);
	in->p += n;
	return true;
}

static bool
get_element(struct in *in, struct shape *sh, struct element *e)
{
	int64_t zone;

	e->op = get_byte(in);
	switch (e->op) {
	case OP_TEXT:
		return get_text(in, sh, e);
	case OP_STRING:
		e->arg = get_byte(in);
		return e->arg < SEGMENT_STRINGS;
	case OP_DECIMAL:
	case OP_SECONDS:
		e->arg = get_byte(in);
		return e->arg < SEGMENT_INTS;
	case OP_TIME:
		e->arg = get_byte(in);
		zone = get_signed(in);
		if (zone < -7 * 86400 || zone > 7 * 86400)
			return false;
		e->zone = (int32_t)zone;
		return e->arg < TIME_STYLES;
	case OP_FRACTION:
		e->arg = get_byte(in);
		return e->arg >= 1 && e->arg <= 6;
	case OP_PADDED:
		e->arg = get_byte(in);
		return e->arg >= 1 && e->arg <= DIGITS_MAX;
	case OP_NUMBER:
	case OP_WORD:
	case OP_HEX:
		return true;
	case OP_BODY:
		if (sh->has_body)
			return false;
		sh->has_body = true;
		return true;
	default:
		return false;
	}
}

bool
get_shape(struct in *in, struct shape *ret)
{
	uint64_t n = get_varint(in);
	struct shape sh = {0};

	if (in->bad || n > SHAPE_ELEMENTS_MAX) {
		in->bad = true;
		return false;
	}
	sh.elements = xcalloc(n + 1, sizeof(*sh.elements));
	for (; sh.n < n && !in->bad; sh.n++) {
		struct element *e = &sh.elements[sh.n];

		if (!get_element(in, &sh, e))
			in->bad = true;
		sh.n_params += op_is_param(e->op);
	}
	if (in->bad) {
		shape_free(&sh);
		return false;
	}
	*ret = sh;
	return true;
}
