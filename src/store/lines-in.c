/* SPDX-License-Identifier: MIT */
/*
 * Lines on their way out.  What was unpacked stays in columns; a line is put
 * together when it is asked for, in a buffer that the next one reuses.  Only
 * the lengths of all lines are computed at once, because offsets follow from
 * them, and because a line that would be longer than any that can have been
 * stored is a sign of damage.
 */
#include "lines.h"

#define ROWS_MAX SEGMENT_EVENTS_MAX
#define LENGTH_MAX ((uint64_t)8 * 1024 * 1024)

static bool
get_shapes(struct codec *c, struct in *in, struct lines_in *l)
{
	uint64_t n = get_varint(in);
	struct in text = {.budget = 0};
	uint8_t *block;
	size_t got;

	if (in->bad || n > SHAPES_MAX) {
		in->bad = true;
		return false;
	}
	block = get_block(c, in, SIZE_MAX, &got);
	if (block == NULL)
		return false;
	text.p = block;
	text.end = block + got;
	l->shapes = xcalloc(n + 1, sizeof(*l->shapes));
	while (
	    l->n_shapes < n && get_shape(&text, &l->shapes[l->n_shapes].shape))
		l->n_shapes++;
	if (text.bad || text.p != text.end)
		in->bad = true;
	xfree(block);
	return !in->bad;
}

/* The shape of a text of line i, or NULL. */
static struct shape_in *
shape_of(const struct lines_in *l, enum shape_slot slot, size_t i)
{
	int64_t k = ints_at(&l->slots[slot].shape, i);

	return k > 0 ? &l->shapes[k - 1] : NULL;
}

static bool
get_slot(
    struct codec *c, struct in *in, struct lines_in *l, enum shape_slot slot)
{
	struct slot_in *s = &l->slots[slot];

	if (!get_ints(c, in, l->n, &s->shape))
		return false;
	s->rank = xcalloc(l->n + 1, sizeof(*s->rank));
	for (size_t i = 0; i < l->n; i++) {
		int64_t k = ints_at(&s->shape, i);

		if (k < (slot == SLOT_LINE) || k > l->n_shapes ||
		    (slot != SLOT_LINE && k > 0 &&
			l->shapes[k - 1].shape.has_body)) {
			in->bad = true;
			return false;
		}
		if (k > 0)
			s->rank[i] = (uint16_t)l->shapes[k - 1].rows++;
	}
	return true;
}

static bool
get_rows(struct codec *c, struct in *in, struct lines_in *l)
{
	for (unsigned slot = 0; slot < SHAPE_SLOTS; slot++) {
		if (!get_slot(c, in, l, slot))
			return false;
	}
	l->loose = xcalloc(l->n + 1, sizeof(*l->loose));
	for (size_t i = 0; i < l->n; i++) {
		if (!shape_of(l, SLOT_LINE, i)->shape.has_body)
			l->loose[i] = (uint16_t)l->n_loose++;
	}
	/* A shape may serve several texts of a line, but a column holds no
	 * more than this. */
	for (uint32_t k = 0; k < l->n_shapes; k++) {
		if (l->shapes[k].rows > ROWS_MAX) {
			in->bad = true;
			return false;
		}
	}
	return true;
}

static bool
get_params(struct codec *c, struct in *in, struct shape_in *s)
{
	unsigned k = 0;

	s->params = xcalloc(s->shape.n_params + 1, sizeof(*s->params));
	for (unsigned i = 0; i < s->shape.n; i++) {
		uint8_t op = s->shape.elements[i].op;

		if (!op_is_param(op))
			continue;
		if (op == OP_WORD) {
			if (!get_strings(c, in, s->rows, &s->params[k].words))
				return false;
		} else if (!get_ints(c, in, s->rows, &s->params[k].numbers)) {
			return false;
		}
		k++;
	}
	return true;
}

/* ---- lengths ---- */

/* What a text refers to: the lengths of the event's other two. */
struct inner {
	uint64_t body, cursor;
};

static uint64_t
text_length(const struct lines_in *l, enum shape_slot slot,
    const struct columns *columns, size_t i, const struct inner *inner)
{
	const struct shape_in *s = shape_of(l, slot, i);
	const struct param_in *p;
	size_t at = l->slots[slot].rank[i];
	uint64_t n = 0;

	if (s == NULL)
		return 0;
	p = s->params;
	for (unsigned k = 0; k < s->shape.n; k++) {
		const struct element *e = &s->shape.elements[k];

		switch (e->op) {
		case OP_TEXT:
			n += e->n;
			break;
		case OP_STRING:
			n += e->arg == STRING_CURSOR
				 ? inner->cursor
				 : strings_at(&columns->strings[e->arg], i).n;
			break;
		case OP_DECIMAL:
			n += decimal_length(ints_at(&columns->ints[e->arg], i));
			break;
		case OP_SECONDS:
			n += seconds_length(ints_at(&columns->ints[e->arg], i));
			break;
		case OP_TIME:
			n += time_style_length(e->arg);
			break;
		case OP_FRACTION:
			n += e->arg;
			break;
		case OP_NUMBER:
			n += decimal_length(ints_at(&p++->numbers, at));
			break;
		case OP_PADDED:
			n += e->arg;
			p++;
			break;
		case OP_WORD:
			n += strings_at(&p++->words, at).n;
			break;
		case OP_HEX:
			n += hex_length((uint64_t)ints_at(&p++->numbers, at));
			break;
		case OP_BODY:
			n += inner->body;
			break;
		}
	}
	return n;
}

static uint64_t
line_length(const struct lines_in *l, const struct columns *columns, size_t i)
{
	struct inner inner = {0};

	inner.cursor = text_length(l, SLOT_CURSOR, columns, i, &inner);
	inner.body = text_length(l, SLOT_BODY, columns, i, &inner);
	/* Above the limit the sum does not matter; it must not wrap. */
	if (inner.cursor > LENGTH_MAX || inner.body > LENGTH_MAX)
		return UINT64_MAX;
	return text_length(l, SLOT_LINE, columns, i, &inner);
}

static bool
loose_fits(const struct lines_in *l, size_t at, int64_t length)
{
	int64_t body = ints_at(&l->body, at), tail = ints_at(&l->tail, at);

	return body < 0 || (body <= length && tail <= length - body);
}

static bool
get_offsets(struct codec *c, struct in *in, const struct columns *columns,
    struct lines_in *l)
{
	int64_t first = get_signed(in);
	struct ints step = {0};
	uint64_t expect = 0;

	if (!get_ints(c, in, l->n, &step))
		return false;
	l->offset = xcalloc(l->n + 1, sizeof(*l->offset));
	for (size_t i = 0; i < l->n && !in->bad; i++) {
		uint64_t length = line_length(l, columns, i);

		expect += (uint64_t)(i ? ints_at(&step, i) : first);
		l->offset[i] = (int64_t)expect;
		if (l->offset[i] >= 0)
			expect += length + 1;
		if (length > LENGTH_MAX ||
		    (!shape_of(l, SLOT_LINE, i)->shape.has_body &&
			!loose_fits(l, l->loose[i], (int64_t)length)))
			in->bad = true;
	}
	ints_free(&step);
	return !in->bad;
}

static bool
get_loose(struct codec *c, struct in *in, struct lines_in *l)
{
	if (!get_ints(c, in, l->n_loose, &l->body) ||
	    !get_ints(c, in, l->n_loose, &l->tail) ||
	    !get_strings(c, in, l->n_loose, &l->own) ||
	    !get_strings(c, in, l->n, &l->hints))
		return false;
	for (size_t i = 0; i < l->n_loose; i++) {
		int64_t body = ints_at(&l->body, i),
			tail = ints_at(&l->tail, i);

		if (body < -1 || tail < 0 || tail > (int64_t)LENGTH_MAX)
			in->bad = true;
	}
	return !in->bad;
}

bool
get_lines(struct codec *c, struct in *in, size_t n,
    const struct columns *columns, struct lines_in *ret)
{
	struct lines_in l = {.n = n};
	bool good = get_shapes(c, in, &l) && get_rows(c, in, &l);

	for (uint32_t k = 0; k < l.n_shapes && good; k++)
		good = get_params(c, in, &l.shapes[k]);
	if (!good || !get_loose(c, in, &l) ||
	    !get_offsets(c, in, columns, &l)) {
		in->bad = true;
		lines_in_free(&l);
		return false;
	}
	l.match = xcalloc(1, sizeof(*l.match));
	*ret = l;
	return true;
}

/* ---- one line ---- */

static void
fill_match(const struct lines_in *l, const struct shape_in *s, size_t at)
{
	const struct param_in *p = s->params;
	unsigned param = 0;

	for (unsigned k = 0; k < s->shape.n; k++) {
		uint8_t op = s->shape.elements[k].op;

		if (!op_is_param(op))
			continue;
		if (op == OP_WORD)
			l->match->words[param] = strings_at(&p->words, at);
		else
			l->match->numbers[param] = ints_at(&p->numbers, at);
		param++;
		p++;
	}
}

/* A text of line i, and where its parts are in it. */
static struct str
render(struct lines_in *l, enum shape_slot slot, size_t i,
    const struct log_event *ev, struct places *places)
{
	struct shape_in *s = shape_of(l, slot, i);
	struct slot_in *in = &l->slots[slot];

	memset(places, 0xff, sizeof(*places));
	if (s == NULL)
		return STR_NULL;
	fill_match(l, s, in->rank[i]);
	buf_reset(&in->text);
	shape_render(&s->shape, ev, l->match, &s->cache, &in->text, places);
	return buf_str(&in->text);
}

/*
 * Let fields borrow from the line where they lie in it, as they did when the
 * parser found them there: whoever stores the event again finds the same
 * shape.
 */
static void
point_into_line(
    struct log_event *ev, const struct places *line, const struct places *body)
{
	for (unsigned k = 0; k < SEGMENT_STRINGS; k++) {
		struct str *value = field_str(ev, k);

		if (line->strings[k] != SIZE_MAX)
			*value = str_sub(ev->raw, line->strings[k], value->n);
		else if (body->strings[k] != SIZE_MAX && line->body != SIZE_MAX)
			*value = str_sub(
			    ev->raw, line->body + body->strings[k], value->n);
	}
}

/* The same for a line without a shape. */
static void
follow_hints(struct log_event *ev, struct str hints)
{
	struct in in = {.p = (const uint8_t *)hints.p,
	    .end = (const uint8_t *)hints.p + hints.n};

	while (in.p < in.end && !in.bad) {
		uint64_t k = get_varint(&in), at = get_varint(&in);
		struct str *value, there;

		if (in.bad || k >= SEGMENT_STRINGS || at > ev->raw.n)
			return;
		value = field_str(ev, (unsigned)k);
		there = str_sub(ev->raw, at, value->n);
		/* It may not be true, but it must not change a field. */
		if (str_eq(there, *value))
			*value = there;
	}
}

void
lines_at(struct lines_in *l, size_t i, struct log_event *ev)
{
	size_t k = l->loose[i];
	struct places line, body;

	ev->cursor = ev->body = STR_NULL;
	ev->cursor = render(l, SLOT_CURSOR, i, ev, &body);
	ev->body = render(l, SLOT_BODY, i, ev, &body);
	ev->raw = render(l, SLOT_LINE, i, ev, &line);
	ev->offset = l->offset[i];
	if (line.body != SIZE_MAX) {
		ev->body = str_sub(ev->raw, line.body, ev->body.n);
	} else if (ints_at(&l->body, k) < 0) {
		ev->body = strings_at(&l->own, k);
	} else {
		size_t from = (size_t)ints_at(&l->body, k);

		ev->body = str_sub(ev->raw, from,
		    ev->raw.n - from - (size_t)ints_at(&l->tail, k));
	}
	point_into_line(ev, &line, &body);
	follow_hints(ev, strings_at(&l->hints, i));
}

void
lines_in_free(struct lines_in *l)
{
	for (uint32_t i = 0; i < l->n_shapes; i++) {
		struct shape_in *s = &l->shapes[i];

		for (unsigned k = 0; s->params && k < s->shape.n_params; k++) {
			ints_free(&s->params[k].numbers);
			strings_in_free(&s->params[k].words);
		}
		xfree(s->params);
		shape_free(&s->shape);
	}
	xfree(l->shapes);
	for (unsigned k = 0; k < SHAPE_SLOTS; k++) {
		ints_free(&l->slots[k].shape);
		xfree(l->slots[k].rank);
		buf_free(&l->slots[k].text);
	}
	xfree(l->loose);
	xfree(l->offset);
	ints_free(&l->body);
	ints_free(&l->tail);
	strings_in_free(&l->own);
	strings_in_free(&l->hints);
	xfree(l->match);
	*l = (struct lines_in){0};
}
