/* SPDX-License-Identifier: MIT */
/*
 * Nearly every message is like one of a few that came before, but for numbers,
 * addresses and ids.  A form is such a message as literal text and holes
 * (hole.c); a message that has the text of a form, and fills its holes, has the
 * form's skeleton and types, and so leads to the same pattern without a look
 * at anything else.
 *
 * Names, paths and the like are text at first, and become holes when a message
 * comes that differs there and nowhere else: most of them never change, and
 * comparing bytes is cheaper than finding out what they are.
 *
 * Forms are looked up by the letters that a message begins with, the last one
 * that fitted first.  What is seen for the first time is not worth a form; when
 * there are too many, all are forgotten.  Nothing depends on what is known here
 * but speed.
 */
#include "known.h"

#include "hole.h"
#include "recount/intern.h"

#define FORMS_MAX 1024u
#define FORM_BYTES_MAX 1024u /* of a message */
#define BUCKETS 512u
#define BUCKET_FORMS 8u
#define SEEN_SLOTS 2048u
/* Quotes must be near each other, whatever fills holes between them: less than
 * the reach of mask.c. */
#define QUOTED_SPAN_MAX 250u

struct part {
	uint32_t at, n; /* text in front of the hole */
	bool last;      /* there is no hole */
	struct hole hole;
};

struct form {
	uint64_t shape;
	struct known_answer answer;
	size_t n_max; /* bytes of a message */
	struct part *parts;
	char *text;
	uint32_t open; /* holes that are no text, 1 << number */
	uint16_t n_holes;
	uint32_t *holes; /* hashes of what was in them */
};

struct known_list {
	struct form forms[FORMS_MAX];
	uint32_t n;
	struct u64map *by_shape;                 /* to index */
	uint16_t buckets[BUCKETS][BUCKET_FORMS]; /* index + 1 */
	uint32_t seen[SEEN_SLOTS]; /* shapes that came once, or more */
};

static void
forget(struct known_list *l)
{
	for (uint32_t i = 0; i < l->n; i++) {
		xfree(l->forms[i].parts);
		xfree(l->forms[i].text);
		xfree(l->forms[i].holes);
	}
	l->n = 0;
	u64map_free(l->by_shape);
	l->by_shape = u64map_new();
	memset(l->buckets, 0, sizeof(l->buckets));
}

void
known_free(struct known_list *l)
{
	if (l == NULL)
		return;
	forget(l);
	u64map_free(l->by_shape);
	xfree(l);
}

/* ---- finding ---- */

static inline uint64_t
load(const char *p)
{
	uint64_t w;

	memcpy(&w, p, sizeof(w));
	return w;
}

/* memcmp() without a call: texts are short. */
static inline bool
same(const char *a, const char *b, size_t n)
{
	if (n < 8) {
		for (size_t i = 0; i < n; i++)
			if (a[i] != b[i])
				return false;
		return true;
	}
	for (size_t i = 0; i + 8 < n; i += 8)
		if (load(a + i) != load(b + i))
			return false;
	return load(a + n - 8) == load(b + n - 8);
}

static uint16_t *
bucket_of(struct known_list *l, struct str message)
{
	uint64_t word = 0;
	size_t n = 0;

	while (n < 8 && n < message.n && IS(message.p[n], C_ALPHA))
		word = word << 8 | (unsigned char)message.p[n++];
	return l->buckets[(word * 0x9e3779b97f4a7c15u) >> 55];
}

static bool
form_fits(const struct form *f, struct str message)
{
	const char *p = message.p, *end = p + message.n;

	if (message.n > f->n_max)
		return false;
	for (const struct part *part = f->parts;; part++) {
		if ((size_t)(end - p) < part->n ||
		    !same(p, f->text + part->at, part->n))
			return false;
		p += part->n;
		if (part->last)
			return p == end;
		p = hole_match(&part->hole, p, end);
		if (p == NULL)
			return false;
	}
}

const struct known_answer *
known_find(struct known_list *l, struct str message)
{
	uint16_t *bucket;

	if (l == NULL || message.n > FORM_BYTES_MAX)
		return NULL;
	bucket = bucket_of(l, message);
	for (unsigned k = 0; k < BUCKET_FORMS && bucket[k] != 0; k++) {
		const struct form *f = &l->forms[bucket[k] - 1];
		uint16_t before;

		if (!form_fits(f, message))
			continue;
		if (k > 0) {
			before = bucket[k - 1];
			bucket[k - 1] = bucket[k];
			bucket[k] = before;
		}
		return (f->open & f->answer.rigid) == 0 ? &f->answer : NULL;
	}
	return NULL;
}

/* ---- learning ---- */

/* XXH3 of a few bytes lets them and the seed cancel out. */
static uint64_t
mix(uint64_t h, uint32_t v)
{
	h = (h ^ v) * 0x9e3779b97f4a7c15u;
	return h ^ h >> 29;
}

/* Equal for messages that differ in holes only. */
static uint64_t
shape_of(const struct mask *m, struct str message)
{
	uint64_t h = m->n_holes;
	size_t from = 0;

	for (unsigned k = 0; k < m->n_holes; k++) {
		const struct hole *hole = &m->holes[k];
		uint32_t sort = hole->kind | (uint32_t)hole->type << 8 |
				(uint32_t)hole->arg << 16;

		if (hole->kind == HOLE_CHUNK || hole->kind == HOLE_QUOTED)
			sort |=
			    (uint32_t)(hole->arg & (HOLE_FIRST_A | HOLE_FIRST_0)
					   ? 0
					   : (unsigned char)hole->first)
			    << 24;
		h = hash64_seed(
		    message.p + from, hole->at - from, mix(h, sort));
		from = hole->at + hole->n;
	}
	return hash64_seed(message.p + from, message.n - from, h);
}

/* Numbers, times and addresses differ from message to message. */
static bool
begins_open(const struct hole *h)
{
	return h->kind < HOLE_CHUNK ||
	       (h->type < MASK_CAN_STAND && h->type != MASK_ID);
}

static bool
seen_before(struct known_list *l, uint64_t shape)
{
	uint32_t *place = &l->seen[shape % SEEN_SLOTS];
	uint32_t tag = (uint32_t)(shape >> 32) | 1;

	if (*place == tag)
		return true;
	*place = tag;
	return false;
}

static struct form *
form_new(struct known_list *l, uint64_t shape, const struct mask *m)
{
	struct form *f;

	if (l->n == FORMS_MAX)
		forget(l);
	*u64map_at(l->by_shape, shape, l->n, NULL) = l->n;
	f = &l->forms[l->n++];
	*f = (struct form){.shape = shape, .n_holes = m->n_holes};
	f->holes = xcalloc(m->n_holes + 1u, sizeof(*f->holes));
	for (unsigned k = 0; k < m->n_holes; k++)
		f->open |= (uint32_t)begins_open(&m->holes[k]) << k;
	return f;
}

/* The longest run of bytes without a blank, if there is a quote; else 0. */
static size_t
quoted_span(struct str message)
{
	size_t longest = 0, n = 0;
	bool quotes = false;

	for (size_t i = 0; i < message.n; i++) {
		char c = message.p[i];

		quotes = quotes || c == '\'' || c == '"' || c == '`';
		n = IS(c, C_SPACE) ? 0 : n + 1;
		longest = n > longest ? n : longest;
	}
	return quotes ? longest : 0;
}

static void
form_write(struct form *f, const struct mask *m, struct str message)
{
	CLEANUP(buf_free) struct buf text = BUF_INIT;
	size_t span = quoted_span(message), from = 0;
	unsigned n = 0;

	xfree(f->parts);
	xfree(f->text);
	f->parts = xcalloc(m->n_holes + 1u, sizeof(*f->parts));
	for (unsigned k = 0; k <= m->n_holes; k++) {
		const struct hole *h = &m->holes[k];
		size_t to = k < m->n_holes ? h->at : message.n;

		if (k < m->n_holes && (f->open & (1u << k)) == 0)
			continue;
		f->parts[n].at = (uint32_t)text.n;
		f->parts[n].n = (uint32_t)(to - from);
		f->parts[n].last = k == m->n_holes;
		buf_add(&text, message.p + from, to - from);
		if (k == m->n_holes)
			break;
		f->parts[n++].hole = *h;
		from = h->at + h->n;
	}
	f->n_max = FORM_BYTES_MAX;
	if (span > 0)
		f->n_max = span < QUOTED_SPAN_MAX
			       ? text.n + QUOTED_SPAN_MAX - span
			       : 0;
	f->text = buf_steal(&text);
}

static void
bucket_add(struct known_list *l, struct str message, uint16_t number)
{
	uint16_t *bucket = bucket_of(l, message);
	unsigned k = 0;

	while (k < BUCKET_FORMS - 1 && bucket[k] != number)
		k++;
	memmove(bucket + 1, bucket, k * sizeof(*bucket));
	bucket[0] = number;
}

void
known_learn(struct known_list **at, const struct mask *m, struct str message,
    const struct known_answer *answer)
{
	struct known_list *l = *at;
	const uint64_t *found;
	struct form *f;
	uint64_t shape;
	bool fresh;

	if (m->full || message.n > FORM_BYTES_MAX)
		return;
	if (l == NULL) {
		l = *at = xcalloc(1, sizeof(*l));
		l->by_shape = u64map_new();
	}
	shape = shape_of(m, message);
	found = u64map_find(l->by_shape, shape);
	if (found == NULL && !seen_before(l, shape))
		return;
	f = found != NULL ? &l->forms[*found] : form_new(l, shape, m);
	if (f->n_holes != m->n_holes)
		return; /* two shapes of one hash */
	fresh = f->parts == NULL;
	for (unsigned k = 0; k < m->n_holes; k++) {
		const struct hole *h = &m->holes[k];
		uint32_t hash;

		if (f->open & (1u << k))
			continue;
		hash = (uint32_t)hash64(message.p + h->at, h->n);
		if (f->parts != NULL && hash != f->holes[k]) {
			f->open |= 1u << k;
			fresh = true;
		}
		f->holes[k] = hash;
	}
	/* A collision of the hashes of two names leaves a form that does not
	 * fit, which is no harm. */
	if (fresh)
		form_write(f, m, message);
	f->answer = *answer;
	bucket_add(l, message, (uint16_t)(f - l->forms + 1));
}
