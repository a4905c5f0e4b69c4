/* SPDX-License-Identifier: MIT */
/*
 * Shapes at work: a line put together, and the form in which shapes are
 * stored.  Lines are taken apart in shape-match.c.
 *
 *	shape    varint number of elements; each 1 byte enum shape_op, then
 *	         OP_TEXT: varint length, bytes; OP_TIME: 1 byte style, signed
 *	         seconds east of UTC; OP_STRING, _DECIMAL, _SECONDS: 1 byte
 *	         field (fields.h); OP_FRACTION, OP_PADDED: 1 byte digits
 */
#include "shape.h"

#include <inttypes.h>

static int64_t
floor_second(usec_t ts)
{
	return ts / USEC_PER_SEC - (ts % USEC_PER_SEC < 0);
}

const char *
time_text(struct time_cache *cache, uint8_t style, int32_t zone, usec_t ts)
{
	if (cache->valid &&
	    (uint64_t)ts - (uint64_t)cache->from < USEC_PER_SEC &&
	    cache->zone == zone && cache->style == style)
		return cache->text;
	time_style_write(style, floor_second(ts) + zone, cache->text);
	cache->from =
	    (usec_t)((uint64_t)floor_second(ts) * (uint64_t)USEC_PER_SEC);
	cache->zone = zone;
	cache->style = style;
	cache->valid = true;
	return cache->text;
}

void
fraction_text(unsigned digits, usec_t ts, char out[6])
{
	int64_t usec = ts % USEC_PER_SEC;

	if (usec < 0)
		usec += USEC_PER_SEC;
	for (unsigned i = 6; i-- > 0; usec /= 10)
		out[i] = (char)('0' + usec % 10);
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
			buf_add(out,
			    time_text(cache, e->arg, e->zone, ev->timestamp),
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
