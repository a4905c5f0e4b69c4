/* SPDX-License-Identifier: MIT */
/*
 * A record as bytes for the store, all integers little-endian:
 *
 *	u8  version
 *	u8  flags: 1 merged, 2 a template of its own follows the skeleton
 *	u32 age (seq)
 *	u64 parent, 0 for a pattern that stands for itself
 *	u16 length, skeleton; the same for the template if flagged
 *	u16 number of places; for each: u8 type, u8 length, what stands there
 *
 * Contexts are not stored: they follow from the skeletons of all records in
 * whatever order these come back, and what has been merged is in the parents.
 */
#include "miner.h"

#include <endian.h>
#include <errno.h>

enum { VERSION = 1, F_MERGED = 1, F_TEMPLATE = 2 };

static void
put(struct buf *b, uint64_t value, size_t n)
{
	value = htole64(value);
	buf_add(b, &value, n);
}

void
mine_state_write(const struct record *r, struct buf *b)
{
	bool own = r->template != r->skeleton;

	put(b, VERSION, 1);
	put(b, (r->merged ? F_MERGED : 0) | (own ? F_TEMPLATE : 0), 1);
	put(b, r->seq, 4);
	put(b, r->parent, 8);
	put(b, r->n, 2);
	buf_add(b, r->skeleton, r->n);
	if (own) {
		put(b, r->n_template, 2);
		buf_add(b, r->template, r->n_template);
	}
	put(b, r->n_places, 2);
	for (unsigned i = 0; i < r->n_places; i++) {
		const struct place *p = &r->places[i];

		put(b, p->type, 1);
		put(b, p->stands ? p->n_stands + 1u : 0, 1);
		if (p->stands != NULL)
			buf_add(b, p->stands, p->n_stands);
	}
}

/* The next n bytes as a number; *ok false when they are not there. */
static uint64_t
take(struct str *s, size_t n, bool *ok)
{
	uint64_t value = 0;

	if (s->n < n) {
		*ok = false;
		return 0;
	}
	memcpy(&value, s->p, n);
	*s = str_skip(*s, n);
	return le64toh(value);
}

static char *
take_skeleton(struct str *s, uint16_t *ret_n, bool *ok)
{
	size_t n = take(s, 2, ok);
	char *bytes;

	if (!*ok || n > MASK_SKELETON_MAX || n > s->n) {
		*ok = false;
		return NULL;
	}
	bytes = xmemdup0(s->p, n);
	*s = str_skip(*s, n);
	*ret_n = (uint16_t)n;
	return bytes;
}

static void
take_places(struct str *s, struct record *r, bool *ok)
{
	size_t n = take(s, 2, ok), have = 0;

	for (size_t i = 0; *ok && i < r->n_template; i++)
		have += IS_PLACE(r->template[i]);
	if (!*ok || n != have) {
		*ok = false;
		return;
	}
	r->places = xcalloc(n, sizeof(*r->places));
	r->n_places = (uint16_t)n;
	for (size_t i = 0; i < n && *ok; i++) {
		struct place *p = &r->places[i];
		size_t stands;

		p->type = (uint8_t)take(s, 1, ok);
		stands = take(s, 1, ok);
		if (p->type >= MASK_TYPES || stands > MINE_STANDS_MAX + 1 ||
		    (stands > 0 && stands - 1 > s->n))
			*ok = false;
		if (!*ok || stands == 0)
			continue;
		p->n_stands = (uint8_t)(stands - 1);
		p->stands = xmemdup0(s->p, p->n_stands);
		*s = str_skip(*s, p->n_stands);
	}
}

int
mine_state_read(struct str s, struct record *ret)
{
	struct record r = {0};
	bool ok = true;
	uint64_t flags;

	if (take(&s, 1, &ok) != VERSION)
		return -EINVAL;
	flags = take(&s, 1, &ok);
	r.merged = flags & F_MERGED;
	r.seq = (uint32_t)take(&s, 4, &ok);
	r.parent = take(&s, 8, &ok);
	r.skeleton = take_skeleton(&s, &r.n, &ok);
	if (ok && (flags & F_TEMPLATE)) {
		r.template = take_skeleton(&s, &r.n_template, &ok);
	} else {
		r.template = r.skeleton;
		r.n_template = r.n;
	}
	if (ok)
		take_places(&s, &r, &ok);
	if (!ok || s.n != 0) {
		mine_record_free(&r);
		return -EINVAL;
	}
	*ret = r;
	return 0;
}

uint64_t
mine_state_survivor(struct str state)
{
	struct record r;
	uint64_t parent;

	if (mine_state_read(state, &r) < 0)
		return 0;
	parent = r.parent;
	mine_record_free(&r);
	return parent;
}
