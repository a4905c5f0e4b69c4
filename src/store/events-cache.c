/* SPDX-License-Identifier: MIT */
/*
 * Decoded segments, for as long as a query runs.
 *
 * A join looks events up one by one, mostly near each other: decoding a
 * segment anew for each would take a thousand times as long as finding the
 * row in it.  So the last few stay, with the parts that were asked of them so
 * far.  The row number of a segment may be given out again, so a segment is
 * known by its ids too, which never are.
 */
#include "events-table.h"

static void
cached_free(struct cached *e)
{
	if (e == NULL)
		return;
	segment_in_free(&e->in);
	xfree(e);
}

void
cache_clear(struct events_cache *c)
{
	for (unsigned k = 0; k < CACHED_SEGMENTS; k++) {
		cached_free(c->entries[k]);
		c->entries[k] = NULL;
	}
}

static bool
is_same(const struct segment_row *a, const struct segment_row *b)
{
	return a->row == b->row && a->key.first_id == b->key.first_id &&
	       a->key.n == b->key.n;
}

/* A free place, or that of the segment that nobody used for longest.  More
 * than there are places can be held by nested loops over many tables: then
 * NULL. */
static struct cached **
place(struct events_cache *c)
{
	struct cached **best = NULL;

	for (unsigned k = 0; k < CACHED_SEGMENTS; k++) {
		struct cached **at = &c->entries[k];

		if (*at == NULL)
			return at;
		if ((*at)->held == 0 &&
		    (best == NULL || (*at)->used < (*best)->used))
			best = at;
	}
	return best;
}

bool
cache_more(struct events_cache *c, struct cached *e, unsigned parts)
{
	if (parts & (1u << PART_RAW)) /* lines refer to all other columns */
		parts = (1u << SEGMENT_PARTS) - 1;
	for (unsigned k = 0; k < SEGMENT_PARTS; k++) {
		const unsigned part = 1u << k;

		if ((parts & ~e->in.parts & part) == 0)
			continue;
		if ((e->bad & part) != 0)
			return false;
		if (segment_load(c->st, &e->row, part, &e->in) < 0) {
			e->bad |= part;
			return false;
		}
	}
	return true;
}

static struct cached *
hold(struct events_cache *c, struct cached *e)
{
	e->held++;
	e->used = ++c->clock;
	return e;
}

struct cached *
cache_hold(
    struct events_cache *c, const struct segment_row *row, unsigned parts)
{
	struct cached **at, *e = NULL;

	for (unsigned k = 0; k < CACHED_SEGMENTS && e == NULL; k++)
		if (c->entries[k] != NULL && is_same(&c->entries[k]->row, row))
			e = c->entries[k];
	if (e == NULL) {
		e = xcalloc(1, sizeof(*e));
		e->row = *row;
		at = place(c);
		if (at != NULL) {
			cached_free(*at);
			*at = e;
		}
	}
	hold(c, e);
	if (cache_more(c, e, parts))
		return e;
	cache_release(c, e);
	return NULL;
}

struct cached *
cache_find(struct events_cache *c, uint64_t id, uint32_t *ret_at)
{
	for (unsigned k = 0; k < CACHED_SEGMENTS; k++) {
		struct cached *e = c->entries[k];
		int64_t at;

		if (e == NULL || id < e->row.key.first_id ||
		    id > e->row.key.last_id ||
		    (e->in.parts & (1u << PART_BASE)) == 0)
			continue;
		at = segment_find_id(&e->in, id);
		if (at < 0)
			continue;
		*ret_at = (uint32_t)at;
		return hold(c, e);
	}
	return NULL;
}

void
cache_release(struct events_cache *c, struct cached *e)
{
	if (e == NULL || --e->held > 0)
		return;
	for (unsigned k = 0; k < CACHED_SEGMENTS; k++)
		if (c->entries[k] == e)
			return;
	cached_free(e); /* there was no place for it */
}

const struct log_event *
cached_event(struct cached *e, uint32_t at)
{
	if (!e->have_ev || e->at != at) {
		segment_event(&e->in, at, &e->ev);
		e->at = at;
		e->have_ev = true;
	}
	return &e->ev;
}
