/* SPDX-License-Identifier: MIT */
/*
 * Lines on their way in.  A line is a frame around a message, and its shape is
 * found in two steps, since a hundred messages in ten frames are not a thousand
 * shapes; a journal cursor is a third text of the same kind.  Each is matched
 * against the shapes that texts of the same slot, kind and message pattern had
 * before, the latest first; one that fits none is taken apart and brings its
 * own shape, or widens one that differs in a few words.  Shapes stay known from
 * one segment to the next, but a segment holds the text of all shapes it uses,
 * so each can be read alone.
 *
 * Stored are: the shapes; which one each line has; per shape and parameter a
 * column; for lines whose shape does not say where the body is, how far it is
 * from either end (or the body itself, if it lies elsewhere); and how far each
 * line is from where the one before ended in its file, which is nothing as
 * long as a file is read from front to back.
 *
 *	lines    varint number of shapes; block of all shapes (shape-line.c);
 *	         per slot ints: each line's shape, from 1, or 0;
 *	         per shape and parameter ints or strings, a row for each text;
 *	         for lines without OP_BODY ints, ints, strings: body and tail,
 *	         or body -1 and the body; strings: for lines or bodies without
 *	         a shape of their own where fields lie; signed: first offset;
 *	         ints: each offset less the end of the line before
 */
#include "lines.h"

#include <endian.h>

#include "recount/intern.h"

#define TRIES_MAX 16u   /* shapes tried before a line is taken apart */
#define VARIANTS_MAX 8u /* shapes of one skeleton, before words are widened */
/* With more than this, a segment begins without the shapes of the last. */
#define SHAPES_KEPT_MAX (SHAPES_MAX * 3 / 4)

/* ---- shapes ---- */

static void
use_free(struct shape_use *u)
{
	for (unsigned k = 0; k < u->shape.n_params; k++) {
		xfree(u->params[k].numbers);
		strings_free(&u->params[k].words);
	}
	xfree(u->params);
	shape_free(&u->words);
	shape_free(&u->shape);
}

static struct shape
shape_copy(const struct shape *sh)
{
	struct shape copy = *sh;

	copy.elements = xcalloc(sh->n + 1, sizeof(*sh->elements));
	memcpy(copy.elements, sh->elements, sh->n * sizeof(*sh->elements));
	copy.text = BUF_INIT;
	buf_add_str(&copy.text, buf_str(&sh->text));
	return copy;
}

/* Takes words over. */
static struct shape_use *
use_add(struct lines *l, struct shape *words, uint64_t key, uint64_t skeleton)
{
	struct shape_use *u = &l->uses[l->n_uses++];

	*u = (struct shape_use){
	    .key = key, .skeleton = skeleton, .shape = shape_copy(words)};
	u->words = *words;
	*words = (struct shape){0};
	shape_compile(&u->shape);
	u->params = xcalloc(u->shape.n_params + 1, sizeof(*u->params));
	for (unsigned i = 0, k = 0; i < u->shape.n; i++) {
		uint8_t op = u->shape.elements[i].op;

		if (op_is_param(op))
			u->params[k++].is_word = op == OP_WORD;
	}
	return u;
}

static void
uses_begin(struct lines *l)
{
	if (l->n_uses > 0)
		return;
	/* One per slot, so that no column has more rows than there are lines.
	 */
	for (unsigned slot = 0; slot < SHAPE_SLOTS; slot++) {
		struct shape whole;

		shape_whole(&whole);
		use_add(l, &whole, 0, 0);
	}
	l->match = xcalloc(1, sizeof(*l->match));
}

static void
chain_push(struct lines *l, struct shape_use *u)
{
	uint32_t *head = &l->buckets[u->key % SHAPE_BUCKETS];

	u->chain = *head;
	*head = (uint32_t)(u - l->uses) + 1;
}

/* A shape that fits, moved to the front of its bucket; or NULL. */
static struct shape_use *
find_fit(
    struct lines *l, struct str text, const struct log_event *ev, uint64_t key)
{
	uint32_t *link = &l->buckets[key % SHAPE_BUCKETS];

	for (unsigned tries = 0; *link != 0 && tries < TRIES_MAX;) {
		struct shape_use *u = &l->uses[*link - 1];

		if (u->key == key) {
			tries++;
			if (shape_match(
				&u->shape, text, ev, &u->cache, l->match)) {
				*link = u->chain;
				chain_push(l, u);
				return u;
			}
		}
		link = &u->chain;
	}
	return NULL;
}

/*
 * The known shape that sh resembles most, if any: the same but for words.
 * Unless it is better to keep the two apart, the words that tell sh from it
 * become parameters of sh.
 */
static struct shape_use *
find_similar(struct lines *l, struct shape *sh, uint64_t key, uint64_t skeleton)
{
	struct shape_use *similar = NULL;
	unsigned variants = 0, least = UINT32_MAX, words = 0;
	uint32_t at = l->buckets[key % SHAPE_BUCKETS];

	for (; at != 0 && least > 0; at = l->uses[at - 1].chain) {
		struct shape_use *u = &l->uses[at - 1];
		unsigned n;

		if (u->key != key || u->skeleton != skeleton)
			continue;
		n = shape_differences(sh, &u->words, false);
		variants++;
		if (n < least) {
			least = n;
			similar = u;
		}
	}
	for (unsigned i = 0; i < sh->n; i++)
		words += sh->elements[i].word;
	if (similar != NULL &&
	    (least <= 3 || least <= words / 3 || variants >= VARIANTS_MAX ||
		l->n_uses >= SHAPES_KEPT_MAX))
		shape_differences(sh, &similar->words, true);
	return similar;
}

/* Shapes that occur once only are not worth their room: what was seen the
 * first time is kept as it is. */
static bool
seen_before(struct lines *l, uint64_t shape)
{
	uint32_t *place = &l->seen[shape % ARRAY_SIZE(l->seen)];
	uint32_t tag = (uint32_t)(shape >> 32) | 1;

	if (*place == tag)
		return true;
	*place = tag;
	return false;
}

static struct shape_use *
learn(struct lines *l, enum shape_slot slot, struct str text,
    const struct log_event *ev, uint64_t key)
{
	CLEANUP(shape_free) struct shape sh = {0};
	struct shape_use *u;
	uint64_t skeleton;

	if (text.n == 0 || !shape_derive(&sh, slot, text, ev))
		return NULL;
	skeleton = shape_skeleton(&sh);
	u = find_similar(l, &sh, key, skeleton);
	/* It may fit already, having been too far back to be tried. */
	if (u != NULL && shape_match(&u->shape, text, ev, &u->cache, l->match))
		return u;
	if (l->n_uses == SHAPES_MAX ||
	    (u == NULL && !seen_before(l, skeleton ^ key)))
		return NULL;
	u = use_add(l, &sh, key, skeleton);
	if (shape_match(&u->shape, text, ev, &u->cache, l->match)) {
		chain_push(l, u);
		return u;
	}
	use_free(u);
	l->n_uses--;
	return NULL;
}

#define EACH_BYTE(b) (0x0101010101010101ULL * (b))

/* Eight bytes of a field's name; what is behind its "=" does not count. */
static uint64_t
name_bytes(const char *p, bool *ret_ends)
{
	uint64_t w, x, ends;

	memcpy(&w, p, sizeof(w));
	w = le64toh(w);
	x = w ^ EACH_BYTE('=');
	/* The top bit of each byte that is "=", and perhaps of later ones. */
	ends = (x - EACH_BYTE(1)) & ~x & EACH_BYTE(0x80);
	*ret_ends = ends != 0;
	return ends ? w & ((ends & (0 - ends)) - 1) >> 7 : w;
}

/* Behind a field that begins at p; NULL when there is no more. */
static const char *
next_field(const char *p, const char *end, bool text)
{
	const char *q = memchr(p, '\n', (size_t)(end - p));
	uint64_t n;

	if (q == NULL)
		return NULL;
	q++;
	if (text || memchr(p, '=', (size_t)(q - p)) != NULL)
		return q;
	if (end - q < 9)
		return NULL;
	memcpy(&n, q, sizeof(n));
	n = le64toh(n);
	q += 8;
	return n < (uint64_t)(end - q) ? q + n + 1 : NULL;
}

/*
 * Frames of journal entries differ in which fields there are and in which
 * order; some letters of each name tell them apart without trying them all.
 */
static uint64_t
frame_key(struct str text)
{
	const char *p = text.p, *end = text.p + text.n;
	uint64_t h = 0;

	while (p != NULL && end - p >= 16) {
		bool ends;

		h = (h ^ name_bytes(p, &ends)) * 0x9e3779b97f4a7c15ULL;
		if (!ends)
			h = (h ^ name_bytes(p + 8, &ends)) *
			    0x9e3779b97f4a7c15ULL;
		p = next_field(p, end, ends);
	}
	return h ^ h >> 32;
}

/* ---- lines ---- */

static void
lines_grow(struct lines *l)
{
	l->size = l->size ? l->size * 2 : 64;
	for (unsigned k = 0; k < SHAPE_SLOTS; k++)
		l->shapes[k] =
		    xreallocarray(l->shapes[k], l->size, sizeof(*l->shapes[k]));
	l->length = xreallocarray(l->length, l->size, sizeof(*l->length));
	l->offset = xreallocarray(l->offset, l->size, sizeof(*l->offset));
}

static void
add_params(struct shape_use *u, const struct match *m)
{
	for (unsigned k = 0; k < u->shape.n_params; k++) {
		struct param *p = &u->params[k];

		if (p->is_word) {
			strings_add(&p->words, m->words[k]);
			continue;
		}
		if (u->rows == p->size) {
			p->size = p->size ? p->size * 2 : 16;
			p->numbers = xreallocarray(
			    p->numbers, p->size, sizeof(*p->numbers));
		}
		p->numbers[u->rows] = m->numbers[k];
	}
	u->rows++;
}

static void
add_loose(struct lines *l, const struct log_event *ev)
{
	uintptr_t p = (uintptr_t)ev->body.p, raw = (uintptr_t)ev->raw.p;
	size_t i = l->n_loose++;

	if (i == l->loose_size) {
		l->loose_size = l->loose_size ? l->loose_size * 2 : 16;
		l->body =
		    xreallocarray(l->body, l->loose_size, sizeof(*l->body));
		l->tail =
		    xreallocarray(l->tail, l->loose_size, sizeof(*l->tail));
	}
	if (p != 0 && raw != 0 && p >= raw && p - raw <= ev->raw.n &&
	    ev->body.n <= ev->raw.n - (p - raw)) {
		l->body[i] = (int64_t)(p - raw);
		l->tail[i] = (int64_t)(ev->raw.n - ev->body.n) - l->body[i];
		strings_add(&l->own, STR_NULL);
	} else {
		l->body[i] = -1;
		l->tail[i] = 0;
		strings_add(&l->own, ev->body);
	}
}

/* A frame that is nothing but the body, as those of access logs are; or
 * NULL.  It fits without a look at the text. */
static struct shape_use *
bare_frame(struct lines *l, const struct log_event *ev, uint64_t key)
{
	uint32_t at = l->buckets[key % SHAPE_BUCKETS];
	struct shape_use *u = at != 0 ? &l->uses[at - 1] : NULL;

	if (u == NULL || u->key != key || u->shape.n != 1 ||
	    !u->shape.has_body || ev->body.p != ev->raw.p ||
	    ev->body.n != ev->raw.n)
		return NULL;
	return u;
}

static struct shape_use *
add_text(struct lines *l, enum shape_slot slot, struct str text,
    const struct log_event *ev)
{
	uint64_t key = slot * EVENT_KIND_COUNT + (uint64_t)ev->kind;
	struct shape_use *u = NULL;

	if (slot == SLOT_BODY)
		key ^= ev->pattern * 0x9e3779b97f4a7c15ULL;
	else if (slot == SLOT_LINE && ev->kind == EVENT_JOURNAL)
		key ^= frame_key(text);
	if (slot == SLOT_LINE)
		u = bare_frame(l, ev, key);
	if (u == NULL)
		u = find_fit(l, text, ev, key);
	if (u == NULL)
		u = learn(l, slot, text, ev, key);
	if (u == NULL) {
		u = &l->uses[slot];
		l->match->words[0] = text;
	}
	add_params(u, l->match);
	l->shapes[slot][l->n] = (uint8_t)(u - l->uses);
	return u;
}

/*
 * A shape says which fields lie in the line; a line without one has a list of
 * them, so that it can have a shape when it is stored again with more of its
 * kind: pairs of varints, field and offset.
 */
static void
add_hints(struct lines *l, const struct log_event *ev)
{
	CLEANUP(buf_free) struct buf hints = BUF_INIT;
	uintptr_t raw = (uintptr_t)ev->raw.p;

	for (unsigned k = 0; k < SEGMENT_STRINGS; k++) {
		const struct str *value = field_str(ev, k);
		uintptr_t p = (uintptr_t)value->p;

		if (value->n == 0 || p < raw || p - raw > ev->raw.n ||
		    value->n > ev->raw.n - (p - raw))
			continue;
		put_varint(&hints, k);
		put_varint(&hints, p - raw);
	}
	strings_add(&l->hints, buf_str(&hints));
}

/* From where the line before ended to where line i > 0 begins. */
static int64_t
line_step(const struct lines *l, size_t i)
{
	uint64_t expect = (uint64_t)l->offset[i - 1];

	if (l->offset[i - 1] >= 0)
		expect += (uint64_t)l->length[i - 1] + 1;
	return (int64_t)((uint64_t)l->offset[i] - expect);
}

void
lines_add(struct lines *l, const struct log_event *ev)
{
	const struct shape_use *line, *body = NULL;

	uses_begin(l);
	if (l->n == l->size)
		lines_grow(l);
	for (unsigned k = 0; k < SHAPE_SLOTS; k++)
		l->shapes[k][l->n] = SHAPE_NONE;
	line = add_text(l, SLOT_LINE, ev->raw, ev);
	if (line->shape.has_body)
		body = add_text(l, SLOT_BODY, ev->body, ev);
	else
		add_loose(l, ev);
	if (ev->cursor.n > 0)
		add_text(l, SLOT_CURSOR, ev->cursor, ev);
	if (line == &l->uses[SLOT_LINE] || body == &l->uses[SLOT_BODY])
		add_hints(l, ev);
	else
		strings_add(&l->hints, STR_NULL);
	l->length[l->n] = (uint32_t)ev->raw.n;
	l->offset[l->n] = ev->offset;
	l->jumps += l->n > 0 && line_step(l, l->n) != 0;
	l->n++;
}

static void
uses_clear(struct lines *l)
{
	for (uint32_t i = 0; i < l->n_uses; i++)
		use_free(&l->uses[i]);
	memset(l->buckets, 0, sizeof(l->buckets));
	l->n_uses = 0;
	xfree(l->match);
	l->match = NULL;
}

void
lines_reset(struct lines *l)
{
	if (l->n_uses > SHAPES_KEPT_MAX)
		uses_clear(l);
	for (uint32_t i = 0; i < l->n_uses; i++) {
		struct shape_use *u = &l->uses[i];

		for (unsigned k = 0; k < u->shape.n_params; k++)
			strings_reset(&u->params[k].words);
		u->rows = 0;
	}
	l->n = 0;
	l->jumps = 0;
	l->n_loose = 0;
	strings_reset(&l->own);
	strings_reset(&l->hints);
}

void
lines_free(struct lines *l)
{
	uses_clear(l);
	for (unsigned k = 0; k < SHAPE_SLOTS; k++)
		xfree(l->shapes[k]);
	xfree(l->length);
	xfree(l->offset);
	xfree(l->body);
	xfree(l->tail);
	strings_free(&l->own);
	strings_free(&l->hints);
	*l = (struct lines){0};
}

/* ---- stored ---- */

static void
put_shapes(struct codec *c, struct buf *out, const struct lines *l)
{
	CLEANUP(buf_free) struct buf text = BUF_INIT;
	CLEANUP(xfree) uint32_t *rows = xmalloc((l->n + 1) * sizeof(*rows));
	uint8_t number[SHAPE_NONE + 1] = {0}, used = 0;

	for (uint32_t i = 0; i < l->n_uses; i++) {
		if (l->uses[i].rows == 0)
			continue;
		put_shape(&text, &l->uses[i].shape);
		number[i] = ++used;
	}
	put_varint(out, used);
	put_block(c, out, text.p, text.n);
	for (unsigned k = 0; k < SHAPE_SLOTS; k++) {
		for (size_t i = 0; i < l->n; i++)
			rows[i] = number[l->shapes[k][i]];
		put_counts(c, out, rows, l->n);
	}
}

static void
put_params(struct codec *c, struct buf *out, const struct shape_use *u)
{
	for (unsigned k = 0; k < u->shape.n_params; k++) {
		const struct param *p = &u->params[k];

		if (p->is_word)
			put_strings(c, out, &p->words);
		else
			put_ints(c, out, p->numbers, u->rows, false);
	}
}

static void
put_offsets(struct codec *c, struct buf *out, const struct lines *l)
{
	CLEANUP(xfree) int64_t *step = NULL;

	put_signed(out, l->n ? l->offset[0] : 0);
	if (l->jumps == 0) {
		put_same(out, 0);
		return;
	}
	step = xcalloc(l->n, sizeof(*step));
	for (size_t i = 1; i < l->n; i++)
		step[i] = line_step(l, i);
	/* The first one would keep the rest from being constant. */
	step[0] = step[1];
	put_ints(c, out, step, l->n, false);
}

void
put_lines(struct codec *c, struct buf *out, const struct lines *l)
{
	put_shapes(c, out, l);
	for (uint32_t i = 0; i < l->n_uses; i++) {
		if (l->uses[i].rows > 0)
			put_params(c, out, &l->uses[i]);
	}
	put_ints(c, out, l->body, l->n_loose, false);
	put_ints(c, out, l->tail, l->n_loose, false);
	put_strings(c, out, &l->own);
	put_strings(c, out, &l->hints);
	put_offsets(c, out, l);
}
