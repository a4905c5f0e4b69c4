/* SPDX-License-Identifier: MIT */
/*
 * Open addressing with linear probing over 32-bit slots that point into a
 * dense array in order of insertion.  The dense array is what callers see, so
 * iteration order never depends on the hash; tables stay at most half full,
 * which keeps probes short without a tombstone (nothing is ever removed).
 *
 * In a large table a look-up is three waits for memory: slot, entry, bytes.
 * A slot holds a part of the hash so that only the right entry is looked at,
 * and where many strings are added together the waits overlap.
 */
#include "recount/intern.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

uint64_t
hash64(const void *p, size_t n)
{
	return XXH3_64bits(p, n);
}

uint64_t
hash64_seed(const void *p, size_t n, uint64_t seed)
{
	return XXH3_64bits_withSeed(p, n, seed);
}

/* Strings live in chunks, so that what intern_get() lends never moves. */
#define CHUNK_BYTES 65536

struct chunk {
	struct chunk *next;
	size_t used, size;
	char bytes[];
};

struct intern {
	struct entry {
		struct str s;
		uint64_t hash;
	} * entries;
	uint32_t n, size;
	struct slot {
		uint32_t index; /* + 1; 0 free */
		uint32_t tag;   /* upper half of the hash */
	} * slots;              /* a power of two of them */
	uint32_t n_slots;
	struct chunk *chunks;
	size_t bytes;
};

struct intern *
intern_new(void)
{
	return xcalloc(1, sizeof(struct intern));
}

static void
chunks_free(struct chunk *c)
{
	while (c != NULL) {
		struct chunk *next = c->next;

		xfree(c);
		c = next;
	}
}

void
intern_free(struct intern *in)
{
	if (in == NULL)
		return;
	chunks_free(in->chunks);
	xfree(in->entries);
	xfree(in->slots);
	xfree(in);
}

void
intern_clear(struct intern *in)
{
	chunks_free(in->chunks);
	in->chunks = NULL;
	in->n = 0;
	in->bytes = 0;
	if (in->n_slots > 0)
		memset(in->slots, 0, in->n_slots * sizeof(*in->slots));
}

static char *
keep(struct intern *in, struct str s)
{
	struct chunk *c = in->chunks;
	char *place;

	if (c == NULL || c->size - c->used < s.n) {
		size_t size = s.n > CHUNK_BYTES ? s.n : CHUNK_BYTES;

		c = xmalloc(sizeof(*c) + size);
		c->size = size;
		c->used = 0;
		c->next = in->chunks;
		in->chunks = c;
	}
	place = c->bytes + c->used;
	if (s.n > 0)
		memcpy(place, s.p, s.n);
	c->used += s.n;
	in->bytes += s.n;
	return place;
}

static void
intern_grow(struct intern *in)
{
	in->n_slots = in->n_slots ? in->n_slots * 2 : 64;
	xfree(in->slots);
	in->slots = xcalloc(in->n_slots, sizeof(*in->slots));
	for (uint32_t i = 0; i < in->n; i++) {
		uint64_t hash = in->entries[i].hash;
		uint32_t at = hash & (in->n_slots - 1);

		while (in->slots[at].index != 0)
			at = (at + 1) & (in->n_slots - 1);
		in->slots[at] = (struct slot){i + 1, (uint32_t)(hash >> 32)};
	}
}

/* The slot that holds s, or the free one where it would go. */
static uint32_t
intern_slot(const struct intern *in, struct str s, uint64_t hash)
{
	uint32_t at = hash & (in->n_slots - 1);

	while (in->slots[at].index != 0) {
		const struct slot *slot = &in->slots[at];

		if (slot->tag == (uint32_t)(hash >> 32) &&
		    str_eq(in->entries[slot->index - 1].s, s))
			break;
		at = (at + 1) & (in->n_slots - 1);
	}
	return at;
}

static uint32_t
add_hashed(struct intern *in, struct str s, uint64_t hash)
{
	uint32_t at;

	if (in->n * 2 >= in->n_slots)
		intern_grow(in);
	at = intern_slot(in, s, hash);
	if (in->slots[at].index != 0)
		return in->slots[at].index - 1;
	if (in->n == in->size) {
		in->size = in->size ? in->size * 2 : 64;
		in->entries =
		    xreallocarray(in->entries, in->size, sizeof(*in->entries));
	}
	in->entries[in->n] =
	    (struct entry){.s = {keep(in, s), s.n}, .hash = hash};
	in->slots[at] = (struct slot){++in->n, (uint32_t)(hash >> 32)};
	return in->n - 1;
}

uint32_t
intern_add(struct intern *in, struct str s)
{
	return add_hashed(in, s, hash64(s.p, s.n));
}

#define TOGETHER 16

static void
add_together(
    struct intern *in, const struct str *s, size_t n, uint32_t *ret_ids)
{
	uint64_t hash[TOGETHER];

	for (size_t i = 0; i < n; i++) {
		hash[i] = hash64(s[i].p, s[i].n);
		if (in->n_slots > 0)
			__builtin_prefetch(
			    &in->slots[hash[i] & (in->n_slots - 1)]);
	}
	/* Mostly the first slot is the right one. */
	for (size_t i = 0; i < n && in->n_slots > 0; i++) {
		uint32_t index = in->slots[hash[i] & (in->n_slots - 1)].index;

		if (index != 0)
			__builtin_prefetch(&in->entries[index - 1]);
	}
	for (size_t i = 0; i < n && in->n_slots > 0; i++) {
		uint32_t index = in->slots[hash[i] & (in->n_slots - 1)].index;

		if (index != 0)
			__builtin_prefetch(in->entries[index - 1].s.p);
	}
	for (size_t i = 0; i < n; i++)
		ret_ids[i] = add_hashed(in, s[i], hash[i]);
}

void
intern_add_all(
    struct intern *in, const struct str *s, size_t n, uint32_t *ret_ids)
{
	for (size_t i = 0; i < n; i += TOGETHER)
		add_together(in, s + i, n - i < TOGETHER ? n - i : TOGETHER,
		    ret_ids + i);
}

uint32_t
intern_find(const struct intern *in, struct str s)
{
	uint32_t at;

	if (in->n == 0)
		return UINT32_MAX;
	at = intern_slot(in, s, hash64(s.p, s.n));
	return in->slots[at].index - 1; /* 0 wraps to UINT32_MAX */
}

struct str
intern_get(const struct intern *in, uint32_t id)
{
	return in->entries[id].s;
}

uint32_t
intern_count(const struct intern *in)
{
	return in->n;
}

size_t
intern_bytes(const struct intern *in)
{
	return in->bytes;
}

struct u64map {
	struct pair {
		uint64_t key, value;
		bool used;
	} * pairs;
	size_t n, size; /* size: a power of two */
};

struct u64map *
u64map_new(void)
{
	return xcalloc(1, sizeof(struct u64map));
}

void
u64map_free(struct u64map *m)
{
	if (m == NULL)
		return;
	xfree(m->pairs);
	xfree(m);
}

static struct pair *
u64map_slot(const struct u64map *m, uint64_t key)
{
	/* Keys are often small and dense: spread them over all bits. */
	uint64_t mixed = (key ^ (key >> 32)) * 0x9e3779b97f4a7c15u;
	size_t at = (size_t)(mixed >> 20) & (m->size - 1);

	while (m->pairs[at].used && m->pairs[at].key != key)
		at = (at + 1) & (m->size - 1);
	return &m->pairs[at];
}

static void
u64map_grow(struct u64map *m)
{
	struct pair *old = m->pairs;
	size_t size = m->size;

	m->size = size ? size * 2 : 64;
	m->pairs = xcalloc(m->size, sizeof(*m->pairs));
	for (size_t i = 0; i < size; i++) {
		if (old[i].used)
			*u64map_slot(m, old[i].key) = old[i];
	}
	xfree(old);
}

uint64_t *
u64map_at(struct u64map *m, uint64_t key, uint64_t initial, bool *ret_new)
{
	struct pair *p;

	if (m->n * 2 >= m->size)
		u64map_grow(m);
	p = u64map_slot(m, key);
	if (ret_new != NULL)
		*ret_new = !p->used;
	if (!p->used) {
		*p = (struct pair){.key = key, .value = initial, .used = true};
		m->n++;
	}
	return &p->value;
}

const uint64_t *
u64map_find(const struct u64map *m, uint64_t key)
{
	struct pair *p;

	if (m->n == 0)
		return NULL;
	p = u64map_slot(m, key);
	return p->used ? &p->value : NULL;
}

size_t
u64map_count(const struct u64map *m)
{
	return m->n;
}
