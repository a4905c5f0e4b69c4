/* SPDX-License-Identifier: MIT */
/*
 * A log is written by few lines of code, each of which writes the same words
 * with other values.  A shape is such a line with places for the values:
 *
 *	<client> - - [<time> +0100] "<method> <target> HTTP/1.1" <status> …
 *
 * The parser has found what many of the values mean, and those stand in
 * columns of their own already: where the line shows such a field, the shape
 * just names it.  Other numbers, words with digits in them and quoted text are
 * parameters, with a column each.  All other words are taken for literal until
 * a line comes that differs from an earlier one in nothing but a few of them:
 * then these become parameters too.
 *
 * Nothing here has to be clever to be right: a line has a shape only when
 * walking the shape along the line consumed exactly the line's bytes, which is
 * what shape_match() does for every line.
 */
#include "shape.h"

#include <stdlib.h>

#include "recount/intern.h"

struct slice {
	uint32_t from, to;
	uint8_t field;
};

struct deriver {
	struct shape *sh;
	enum shape_slot slot;
	struct str text;
	const struct log_event *ev;
	struct slice slices[SEGMENT_STRINGS];
	unsigned n_slices;
	uint32_t body, body_end; /* UINT32_MAX: not in the text */
	uint32_t pos;
	bool time_done;
	unsigned used; /* int fields, 1 << k */
	bool full;
};

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_delimiter(char c)
{
	return c == '\0' || strchr(" \t\r\n\"'()[]{}<>=:;,|#*&?!@$", c) != NULL;
}

/* ---- building ---- */

static struct element *
add_element(struct deriver *d, enum shape_op op, unsigned arg)
{
	struct shape *sh = d->sh;

	if (sh->n == SHAPE_ELEMENTS_MAX) {
		d->full = true;
		sh->n--;
	}
	sh->elements[sh->n] = (struct element){.op = op, .arg = (uint8_t)arg};
	return &sh->elements[sh->n++];
}

static void
add_text(struct deriver *d, size_t n, bool word)
{
	struct shape *sh = d->sh;
	struct element *last = sh->n ? &sh->elements[sh->n - 1] : NULL;

	if (last == NULL || last->op != OP_TEXT || last->word || word) {
		last = add_element(d, OP_TEXT, 0);
		last->at = (uint32_t)sh->text.n;
		last->word = word;
	}
	buf_add(&sh->text, d->text.p + d->pos, n);
	last->n = (uint16_t)(last->n + n);
	d->pos += (uint32_t)n;
}

static void
add_param(struct deriver *d, enum shape_op op, unsigned arg, size_t n)
{
	add_element(d, op, arg);
	d->pos += (uint32_t)n;
}

/* ---- fields that lie in the line ---- */

static bool
slice_of(struct str part, struct str whole, struct slice *ret)
{
	uintptr_t p = (uintptr_t)part.p, w = (uintptr_t)whole.p;

	if (part.p == NULL || p < w || p - w > whole.n ||
	    part.n > whole.n - (p - w))
		return false;
	ret->from = (uint32_t)(p - w);
	ret->to = (uint32_t)(p - w + part.n);
	return true;
}

static int
slice_cmp(const void *a, const void *b)
{
	const struct slice *x = a, *y = b;

	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	if (x->to != y->to)
		return x->to > y->to ? -1 : 1;
	return (int)x->field - (int)y->field;
}

static void
find_slices(struct deriver *d)
{
	struct slice body;
	unsigned kept = 0;

	d->body = d->body_end = UINT32_MAX;
	if (d->slot == SLOT_LINE && slice_of(d->ev->body, d->text, &body)) {
		d->body = body.from;
		d->body_end = body.to;
	}
	if (d->slot == SLOT_CURSOR)
		return; /* it is a field itself */
	for (unsigned k = 0; k < SEGMENT_STRINGS; k++) {
		struct str value = *field_str(d->ev, k);
		struct slice *s = &d->slices[d->n_slices];

		if (value.n == 0 || !slice_of(value, d->text, s))
			continue;
		if (s->from < d->body_end && s->to > d->body)
			continue; /* the body is a matter of its own */
		s->field = (uint8_t)k;
		d->n_slices++;
	}
	qsort(d->slices, d->n_slices, sizeof(d->slices[0]), slice_cmp);
	for (unsigned k = 0; k < d->n_slices; k++) {
		if (kept == 0 || d->slices[k].from >= d->slices[kept - 1].to)
			d->slices[kept++] = d->slices[k];
	}
	d->n_slices = kept;
}

/* ---- what lies between them ---- */

/* The int field that shows as v and was not seen yet, or -1. */
static int
find_int_field(struct deriver *d, int64_t v, bool span)
{
	static const uint8_t decimals[] = {INT_STATUS, INT_BODY_BYTES, INT_PID,
	    INT_CONNECTION, INT_UPSTREAM_STATUS, INT_TIMESTAMP, INT_OBSERVED};
	static const uint8_t spans[] = {INT_DURATION, INT_UPSTREAM_DURATION};
	const uint8_t *fields = span ? spans : decimals;
	size_t n = span ? ARRAY_SIZE(spans) : ARRAY_SIZE(decimals);

	for (size_t i = 0; i < n; i++) {
		if ((d->used & (1u << fields[i])) == 0 &&
		    field_int(d->ev, fields[i]) == v) {
			d->used |= 1u << fields[i];
			return fields[i];
		}
	}
	return -1;
}

static bool
is_plain_number(const char *p, size_t n)
{
	return n >= 1 && n <= DIGITS_MAX && (n == 1 || p[0] != '0');
}

static int64_t
number_of(const char *p, size_t n)
{
	int64_t v = 0;

	while (n-- > 0)
		v = v * 10 + (*p++ - '0');
	return v;
}

static void
derive_digits(struct deriver *d, size_t n)
{
	const char *p = d->text.p + d->pos;
	int field;

	if (!is_plain_number(p, n)) {
		if (n <= DIGITS_MAX)
			add_param(d, OP_PADDED, (unsigned)n, n);
		else
			add_param(d, OP_WORD, 0, n);
		return;
	}
	field = find_int_field(d, number_of(p, n), false);
	if (field >= 0)
		add_param(d, OP_DECIMAL, (unsigned)field, n);
	else
		add_param(d, OP_NUMBER, 0, n);
}

/* "12.345": a duration that is known, or two numbers. */
static void
derive_fraction(struct deriver *d, size_t whole, size_t n)
{
	const char *p = d->text.p + d->pos;
	size_t digits = n - whole - 1;
	int field = -1;

	if (digits == 3 && whole <= 9)
		field = find_int_field(d,
		    number_of(p, whole) * USEC_PER_SEC +
			number_of(p + whole + 1, 3) * USEC_PER_MSEC,
		    true);
	if (field >= 0) {
		add_param(d, OP_SECONDS, (unsigned)field, n);
		return;
	}
	add_param(d, OP_NUMBER, 0, whole);
	add_text(d, 1, false);
	add_param(d, OP_PADDED, (unsigned)digits, digits);
}

static void
derive_word(struct deriver *d, size_t n)
{
	const char *p = d->text.p + d->pos;
	size_t digits = 0, more = 0, any = 0;

	while (digits < n && is_digit(p[digits]))
		digits++;
	if (digits == n) {
		derive_digits(d, n);
		return;
	}
	if (p[digits] == '.') {
		while (digits + 1 + more < n && is_digit(p[digits + 1 + more]))
			more++;
	}
	if (is_plain_number(p, digits) && more > 0 && more <= DIGITS_MAX &&
	    digits + 1 + more == n) {
		derive_fraction(d, digits, n);
		return;
	}
	while (any < n && !is_digit(p[any]))
		any++;
	if (any < n)
		add_param(d, OP_WORD, 0, n);
	else
		add_text(d, n, true);
}

/* A time at the front of s; what is behind its seconds belongs to it too,
 * and is literal (the zone) or known (the fraction). */
static bool
derive_time(struct deriver *d, struct str s)
{
	usec_t ts = d->ev->timestamp;
	int64_t second = ts / USEC_PER_SEC, shown, zone;
	struct element *e;
	size_t digits = 0, at;

	if (d->time_done || ts < 0 || s.n < 15)
		return false;
	for (unsigned style = 0; style < TIME_STYLES; style++) {
		size_t n = time_style_length(style);

		if (!time_style_read(style, s, second, &shown))
			continue;
		zone = shown - second;
		if (zone % 60 != 0 || llabs(zone) > 26 * 3600)
			return false;
		e = add_element(d, OP_TIME, style);
		e->zone = (int32_t)zone;
		d->pos += (uint32_t)n;
		d->time_done = true;
		s = str_skip(s, n);
		if (s.n > 1 && (s.p[0] == '.' || s.p[0] == ',')) {
			while (digits + 1 < s.n && is_digit(s.p[digits + 1]))
				digits++;
			if (digits >= 1 && digits <= 6) {
				add_text(d, 1, false);
				add_param(
				    d, OP_FRACTION, (unsigned)digits, digits);
				s = str_skip(s, 1 + digits);
			}
		}
		at = s.n > 0 && s.p[0] == ' ' ? 1 : 0;
		if (s.n >= at + 5 && (s.p[at] == '+' || s.p[at] == '-')) {
			at++;
			while (
			    at < s.n && (is_digit(s.p[at]) || s.p[at] == ':'))
				at++;
			add_text(d, at, false);
		}
		return true;
	}
	return false;
}

/* Bytes of a value that is known to end at one certain character: those of
 * journal fields end with the line, those of cursors at a semicolon. */
static size_t
value_length(const struct deriver *d, struct str rest, char before)
{
	char end = d->slot == SLOT_CURSOR ? ';' : '\n';
	const char *q;

	if (before != '=' || d->ev->kind != EVENT_JOURNAL ||
	    d->slot == SLOT_BODY)
		return 0;
	q = memchr(rest.p, end, rest.n);
	return q ? (size_t)(q - rest.p) : rest.n;
}

/* The string field that has exactly these bytes, or -1. */
static int
find_string_field(const struct deriver *d, struct str s)
{
	for (unsigned k = d->slot == SLOT_CURSOR ? SEGMENT_STRINGS : 0;
	     k < SEGMENT_STRINGS; k++) {
		if (str_eq(*field_str(d->ev, k), s))
			return (int)k;
	}
	return -1;
}

static void
derive_value(struct deriver *d, size_t n)
{
	struct str s = {d->text.p + d->pos, n};
	size_t digits = 0, hex = 0;
	int field;

	while (digits < n && is_digit(s.p[digits]))
		digits++;
	while (hex < n &&
	       (is_digit(s.p[hex]) || (s.p[hex] >= 'a' && s.p[hex] <= 'f')))
		hex++;
	if (d->slot == SLOT_CURSOR && hex == n && n <= 16 && s.p[0] != '0') {
		add_param(d, OP_HEX, 0, n);
		return;
	}
	if (digits == n) {
		derive_digits(d, n);
		return;
	}
	field = find_string_field(d, s);
	if (field >= 0)
		add_param(d, OP_STRING, (unsigned)field, n);
	else
		add_param(d, OP_WORD, 0, n);
}

/* Everything from the position to limit, which holds no field. */
static void
derive_gap(struct deriver *d, uint32_t limit)
{
	const char *p = d->text.p;

	while (d->pos < limit && !d->full) {
		struct str rest = {p + d->pos, limit - d->pos};
		char before = d->pos > 0 ? p[d->pos - 1] : ' ';
		size_t n = 0;

		if (is_delimiter(before) && derive_time(d, rest))
			continue;
		if (rest.p[0] == '"' && is_delimiter(before)) {
			const char *q =
			    rest.n > 1 ? memchr(rest.p + 1, '"', rest.n - 1)
				       : NULL;

			add_text(d, 1, false);
			n = q ? (size_t)(q - rest.p) - 1 : 0;
			if (q != NULL && n > 0 && is_digit(rest.p[1]))
				derive_word(d, n);
			else if (q != NULL)
				add_param(d, OP_WORD, 0, n);
			if (q != NULL)
				add_text(d, 1, false);
			continue;
		}
		n = value_length(d, rest, before);
		if (n > 0) {
			derive_value(d, n);
			continue;
		}
		n = 0;
		if (is_delimiter(rest.p[0])) {
			add_text(d, 1, false);
			continue;
		}
		while (n < rest.n && !is_delimiter(rest.p[n]))
			n++;
		derive_word(d, n);
	}
}

bool
shape_derive(struct shape *sh, enum shape_slot slot, struct str text,
    const struct log_event *ev)
{
	struct deriver d = {.sh = sh, .slot = slot, .text = text, .ev = ev};
	unsigned next = 0;

	find_slices(&d);
	if (text.n - (d.body_end - d.body) > SHAPE_LINE_BYTES_MAX)
		return false;
	sh->elements = xcalloc(SHAPE_ELEMENTS_MAX + 1, sizeof(*sh->elements));
	while (!d.full) {
		uint32_t limit = (uint32_t)text.n;

		if (d.pos == d.body && !sh->has_body) {
			add_param(&d, OP_BODY, 0, ev->body.n);
			sh->has_body = true;
			continue;
		}
		if (next < d.n_slices && d.pos == d.slices[next].from) {
			add_param(&d, OP_STRING, d.slices[next].field,
			    d.slices[next].to - d.pos);
			next++;
			continue;
		}
		if (d.pos >= limit)
			break;
		if (next < d.n_slices && d.slices[next].from < limit)
			limit = d.slices[next].from;
		if (!sh->has_body && d.body < limit)
			limit = d.body;
		derive_gap(&d, limit);
	}
	return !d.full;
}

/* ---- comparing ---- */

uint64_t
shape_skeleton(const struct shape *sh)
{
	uint64_t h = sh->n;

	for (unsigned i = 0; i < sh->n; i++) {
		const struct element *e = &sh->elements[i];
		int32_t head[3] = {e->op, e->arg, e->zone};

		if (e->word)
			head[0] = OP_WORD;
		h = hash64_seed(head, sizeof(head), h);
		if (e->op == OP_TEXT && !e->word)
			h = hash64_seed(sh->text.p + e->at, e->n, h);
	}
	return h;
}

unsigned
shape_differences(struct shape *sh, const struct shape *other, bool widen)
{
	unsigned n = 0;

	if (sh->n != other->n) /* a collision of hashes */
		return UINT32_MAX;
	for (unsigned i = 0; i < sh->n; i++) {
		struct element *e = &sh->elements[i];
		const struct element *o = &other->elements[i];

		if (!e->word)
			continue;
		if (o->op == OP_TEXT && o->n == e->n &&
		    memcmp(sh->text.p + e->at, other->text.p + o->at, e->n) ==
			0)
			continue;
		n += o->op == OP_TEXT;
		if (widen)
			*e = (struct element){.op = OP_WORD};
	}
	return n;
}

void
shape_compile(struct shape *sh)
{
	unsigned n = 0;

	sh->n_params = 0;
	for (unsigned i = 0; i < sh->n; i++) {
		struct element e = sh->elements[i];
		struct element *last = n ? &sh->elements[n - 1] : NULL;

		if (last != NULL && e.op == OP_TEXT && last->op == OP_TEXT &&
		    last->at + last->n == e.at)
			last->n = (uint16_t)(last->n + e.n);
		else
			sh->elements[n++] = e;
		sh->n_params += op_is_param(e.op);
	}
	sh->n = n;
	shape_compile_steps(sh);
}

void
shape_whole(struct shape *sh)
{
	*sh = (struct shape){.n = 1, .n_params = 1};
	sh->elements = xcalloc(1, sizeof(*sh->elements));
	sh->elements[0].op = OP_WORD;
}

void
shape_free(struct shape *sh)
{
	xfree(sh->elements);
	xfree(sh->steps);
	buf_free(&sh->text);
	*sh = (struct shape){0};
}
