/* SPDX-License-Identifier: MIT */
#include "miner.h"
#include "value.h"

enum {
	OPEN_WORDS = 4,   /* different words at a slot that make it a place */
	OPEN_STATE = 12,  /* the same when half of them tell what happened */
	OPEN_SHORT = 8,   /* the same where one other word is left */
	OPEN_FIRST = 16,  /* for the first word, the subject */
	OPEN_ALONE = 256, /* where no other word is left */
	OPEN_NAME = 2,    /* "for user …" */
	MIXED_REST = 3,   /* other words that let a word and a value be one */
	CHUNK_REST = 2,   /* that let a chunk and a value be one */
	PAIR_REST = 3,    /* that let two words differ at once */
	PAIR_WORDS = 10,  /* different words at both of them */
	PAIR_DOTTED = 4,  /* the same for names with dots: classes, options */
	PAIR_SLOTS = 8,   /* of a skeleton's first words */
	WIDE_MAX = 4096,  /* records with several words merged */
};

/* What a context leaves out; part of its key. */
#define KIND_WORD 0
#define KIND_CHUNK 1
#define KIND_PAIR 2

struct context {
	uint64_t key;   /* 0: free */
	uint32_t nodes; /* index + 1 */
	uint16_t words;
	uint16_t states; /* of the words tell what happened */
	bool value;      /* one of them has a value here */
	bool open;       /* merged: a record has MINE_WORD here */
};

static bool
is_boundary(char c)
{
	return (unsigned char)c <= ' ' || strchr("=,;()[]{}\"'`<>|:/", c);
}

void
mine_slots(struct slots *s, const char *skeleton, size_t n)
{
	s->n = 0;
	for (size_t i = 0; i < n && s->n < MINE_SLOTS_MAX;) {
		size_t from = i;

		if (IS_PLACE(skeleton[i])) {
			s->slot[s->n++] = (struct slot){i, 1, false};
			i++;
			continue;
		}
		while (i < n && !is_boundary(skeleton[i]))
			i++;
		if (i == from) {
			i++;
			continue;
		}
		s->slot[s->n++] = (struct slot){from, i - from, true};
	}
}

static uint64_t
context_key(const char *skeleton, size_t n, struct slot at, uint64_t kind)
{
	uint64_t key = hash64_seed(skeleton, at.at, kind);
	size_t behind = (size_t)at.at + at.n;

	key = hash64_seed(skeleton + behind, n - behind, key);
	return key ? key : 1;
}

static struct context *
context_find(const struct miner *m, uint64_t key)
{
	uint32_t mask = m->size_contexts - 1;

	if (m->size_contexts == 0)
		return NULL;
	for (uint32_t i = (uint32_t)key & mask;; i = (i + 1) & mask) {
		if (m->contexts[i].key == key)
			return &m->contexts[i];
		if (m->contexts[i].key == 0)
			return NULL;
	}
}

static void
contexts_grow(struct miner *m)
{
	uint32_t size = m->size_contexts ? m->size_contexts * 2 : 1024;
	struct context *old = m->contexts;

	m->contexts = xcalloc(size, sizeof(*old));
	for (uint32_t i = 0; i < m->size_contexts; i++) {
		uint32_t j = (uint32_t)old[i].key & (size - 1);

		if (old[i].key == 0)
			continue;
		while (m->contexts[j].key != 0)
			j = (j + 1) & (size - 1);
		m->contexts[j] = old[i];
	}
	m->size_contexts = size;
	xfree(old);
}

static struct context *
context_at(struct miner *m, uint64_t key)
{
	struct context *c = context_find(m, key);
	uint32_t i;

	if (c != NULL || m->n_contexts >= MINE_CONTEXTS_MAX)
		return c;
	if (m->n_contexts * 2 >= m->size_contexts)
		contexts_grow(m);
	i = (uint32_t)key & (m->size_contexts - 1);
	while (m->contexts[i].key != 0)
		i = (i + 1) & (m->size_contexts - 1);
	m->contexts[i].key = key;
	m->n_contexts++;
	return &m->contexts[i];
}

static bool
context_join(struct miner *m, struct context *c, uint32_t record)
{
	if (m->n_nodes >= MINE_NODES_MAX)
		return false;
	if (m->n_nodes == m->size_nodes) {
		m->size_nodes = m->size_nodes ? m->size_nodes * 2 : 1024;
		m->nodes =
		    xreallocarray(m->nodes, m->size_nodes, sizeof(*m->nodes));
	}
	m->nodes[m->n_nodes++] = (struct node){record, c->nodes};
	c->nodes = m->n_nodes;
	return true;
}

static bool
slot_is(const char *skeleton, struct slot s, const char *words)
{
	return s.word && value_among(words, skeleton + s.at, s.n);
}

/* "for user X", "by account X", "invalid user X <ip>": a name follows. */
static bool
is_name(const char *skeleton, const struct slots *s, unsigned i)
{
	const struct slot *slot = &s->slot[i];

	if (i < 2 || slot->at != slot[-1].at + slot[-1].n + 1 ||
	    !slot_is(
		skeleton, slot[-1], "user account login group host username"))
		return false;
	return slot_is(skeleton, slot[-2], "for by of from to as with") ||
	       (i + 1 < s->n && !slot[1].word &&
		   slot[1].at == slot->at + slot->n + 1);
}

/*
 * Whether a word tells what happened rather than to whom: "started" and
 * "stopped" must not be one pattern as soon as a few such were seen.
 */
static bool
is_state(const char *p, size_t n)
{
	static const char states[] =
	    "up down on off ok OK success failure error start stop open close "
	    "enable disable active inactive idle ready done yes no true false";

	while (n > 0 && (p[n - 1] == '.' || p[n - 1] == '!'))
		n--;
	if (n > 3 && (memcmp(p + n - 2, "ed", 2) == 0 ||
			 memcmp(p + n - 3, "ing", 3) == 0 ||
			 memcmp(p + n - 2, "ED", 2) == 0 ||
			 memcmp(p + n - 3, "ING", 3) == 0))
		return true;
	return value_among(states, p, n);
}

/* How many words must have stood at slot i for it to be a place. */
static unsigned
words_needed(const char *skeleton, const struct slots *s, unsigned i,
    const struct context *c)
{
	unsigned rest = 0;
	bool first = true;

	for (unsigned j = 0; j < s->n; j++) {
		rest += j != i && s->slot[j].word;
		first = first && !(j < i && s->slot[j].word);
	}
	if (is_name(skeleton, s, i))
		return c->value ? 1 : OPEN_NAME;
	if (rest == 0)
		return OPEN_ALONE;
	if (c->value && rest >= MIXED_REST)
		return 1;
	if (first)
		return OPEN_FIRST;
	if (c->states * 2u >= c->words)
		return OPEN_STATE;
	if (rest == 1)
		return OPEN_SHORT;
	return OPEN_WORDS;
}

static unsigned
places_before(const char *skeleton, size_t n)
{
	unsigned places = 0;

	for (size_t i = 0; i < n; i++)
		places += IS_PLACE(skeleton[i]);
	return places;
}

/*
 * The places of two records that are alike up to at and behind it: wide gets
 * the types that both have, or ANY.
 */
static void
align_types(struct record *wide, const struct record *r, size_t at)
{
	unsigned before = places_before(wide->skeleton, at);
	unsigned behind = wide->n_places - before - 1;

	if (wide == r || r->template != r->skeleton ||
	    r->n_places < before + behind)
		return;
	for (unsigned i = 0; i < before + behind; i++) {
		struct place *p = &wide->places[i < before ? i : i + 1];
		unsigned k = i < before ? i : r->n_places - behind + i - before;

		if (p->type == MASK_TYPES)
			p->type = r->places[k].type;
		else if (p->type != r->places[k].type)
			p->type = MASK_ANY;
	}
}

/* The skeleton of record r with n_at slots merged; its length. */
static size_t
merge_slots(const struct record *r, const struct slot *at, unsigned n_at,
    char wide[MASK_SKELETON_MAX])
{
	size_t n = 0, from = 0;

	for (unsigned k = 0; k < n_at; k++) {
		memcpy(wide + n, r->skeleton + from, at[k].at - from);
		n += at[k].at - from;
		wide[n++] = MINE_WORD;
		from = (size_t)at[k].at + at[k].n;
	}
	memcpy(wide + n, r->skeleton + from, r->n - from);
	return n + r->n - from;
}

/*
 * The record of record i's skeleton with slots merged, made when it is new;
 * UINT32_MAX when there is no room.
 */
static uint32_t
widened(struct miner *m, uint32_t i, const struct slot *at, unsigned n_at,
    bool *ret_new)
{
	char wide[MASK_SKELETON_MAX];
	size_t n = merge_slots(&m->records[i], at, n_at, wide);
	uint64_t hash = mine_hash(wide, n);
	const uint64_t *found = u64map_find(m->by_skeleton, hash);
	uint32_t w;

	*ret_new = found == NULL && m->n_records < MINE_PATTERNS_MAX - 1;
	if (found != NULL)
		return (uint32_t)*found;
	if (!*ret_new)
		return UINT32_MAX;
	w = mine_record_new(m, wide, n, hash);
	for (unsigned k = 0; k < m->records[w].n_places; k++)
		m->records[w].places[k].type = MASK_TYPES;
	return w;
}

/* Types that nothing was aligned with. */
static void
settle_types(struct record *r)
{
	for (unsigned i = 0; i < r->n_places; i++)
		if (r->places[i].type == MASK_TYPES)
			r->places[i].type = MASK_ANY;
}

/*
 * Merge the slots of record i: all who are in context c become one pattern
 * with it.  That is done when the record with the slots merged is entered;
 * where it exists, c has been merged before.
 */
static void
context_merge(struct miner *m, struct context *c, uint32_t i,
    const struct slot *at, unsigned n_at)
{
	bool is_new;
	uint32_t wide = widened(m, i, at, n_at, &is_new);

	if (wide == UINT32_MAX)
		return;
	for (uint32_t node = is_new ? c->nodes : 0; node != 0;) {
		struct node n = m->nodes[node - 1];

		mine_unite(m, wide, n.record);
		if (n_at == 1)
			align_types(
			    &m->records[wide], &m->records[n.record], at[0].at);
		node = n.next;
	}
	if (is_new)
		settle_types(&m->records[wide]);
	if (mine_unite(m, i, wide) || is_new)
		mine_show(m, wide);
	if (is_new)
		mine_enter(m, wide, false);
}

/*
 * Record i has a merged word at this slot, so the context is open: from now
 * on a skeleton belongs to it whatever word it has there.
 */
static void
context_open(struct miner *m, uint32_t i, struct slot at, bool quiet)
{
	const struct record *r = &m->records[i];
	struct context *c =
	    context_at(m, context_key(r->skeleton, r->n, at, KIND_WORD));

	if (c == NULL)
		return;
	c->open = true;
	m->age++;
	for (uint32_t node = quiet ? 0 : c->nodes; node != 0;) {
		struct node n = m->nodes[node - 1];

		if (mine_unite(m, i, n.record))
			mine_show(m, i);
		node = n.next;
	}
	context_join(m, c, i);
}

/*
 * A chunk between spaces of which a value is only a part, and where another
 * message has nothing but the value: LOCAL(0) and 10.0.0.1.
 */
static bool
chunk_slot(const char *skeleton, size_t n, size_t *at, struct slot *ret,
    bool *ret_bare)
{
	size_t i = *at, end, places = 0;

	while (i < n && skeleton[i] == ' ')
		i++;
	if (i >= n)
		return false;
	for (end = i; end < n && skeleton[end] != ' '; end++)
		places += IS_PLACE(skeleton[end]);
	*at = end;
	/* Behind "key=", which is wording. */
	for (size_t k = i; k + 1 < end && !IS_PLACE(skeleton[k]); k++)
		if (skeleton[k] == '=') {
			i = k + 1;
			break;
		}
	while (end > i && strchr(",;:.!?", skeleton[end - 1]))
		end--;
	*ret = (struct slot){i, end - i, places == 0};
	*ret_bare = places == 1 && end - i == 1;
	return true;
}

static unsigned
words_outside(const struct slots *s, struct slot chunk)
{
	unsigned n = 0;

	for (unsigned i = 0; i < s->n; i++)
		n +=
		    s->slot[i].word && (s->slot[i].at < chunk.at ||
					   s->slot[i].at >= chunk.at + chunk.n);
	return n;
}

static void
enter_chunks(struct miner *m, uint32_t i, const struct slots *s, bool quiet)
{
	struct slot chunk;
	size_t at = 0;
	bool bare;

	for (unsigned k = 0; k < MINE_SLOTS_MAX; k++) {
		struct record *r = &m->records[i];
		struct context *c;

		if (!chunk_slot(r->skeleton, r->n, &at, &chunk, &bare))
			break;
		if (chunk.word || words_outside(s, chunk) < CHUNK_REST)
			continue;
		c = context_at(
		    m, context_key(r->skeleton, r->n, chunk, KIND_CHUNK));
		if (c == NULL)
			continue;
		if (!bare) {
			context_join(m, c, i);
			continue;
		}
		if (c->open)
			continue;
		c->open = true;
		m->age++;
		for (uint32_t node = c->nodes; node != 0 && !quiet;) {
			struct node n = m->nodes[node - 1];

			mine_unite(m, i, n.record);
			r->places[places_before(r->skeleton, chunk.at)].type =
			    MASK_ANY;
			node = n.next;
		}
		if (!quiet && c->nodes != 0)
			mine_show(m, i);
		context_join(m, c, i);
	}
}

/* The bytes at the second slot of a pair in a record of its context. */
static struct str
pair_word(const struct record *r, size_t at)
{
	size_t end = at;

	if (at < r->n && IS_PLACE(r->skeleton[at]))
		end++;
	while (end < r->n && !is_boundary(r->skeleton[end]))
		end++;
	return (struct str){r->skeleton + at, end - at};
}

/*
 * Whether a pair is merged already, or enough different words have stood at
 * both slots.  Counted when a context has 4, 8, 16, … records, so that it
 * costs little.
 */
static bool
pair_is_open(const struct miner *m, const struct context *c,
    const struct slot at[2], const struct record *r)
{
	CLEANUP(intern_free) struct intern *first = NULL, *second = NULL;
	size_t between = at[1].at - (size_t)(at[0].at + at[0].n);
	unsigned needed = PAIR_WORDS;
	char wide[MASK_SKELETON_MAX];

	/* Asked of the records, not of the context: these come back from a
	 * store in another order. */
	if (u64map_find(m->by_skeleton,
		mine_hash(wide, merge_slots(r, at, 2, wide))) != NULL)
		return true;
	if (c->value)
		return c->words > 0;
	if (memchr(r->skeleton + at[0].at, '.', at[0].n - 1u) != NULL &&
	    memchr(r->skeleton + at[1].at, '.', at[1].n - 1u) != NULL)
		needed = PAIR_DOTTED;
	if (c->words < needed || (c->words & (c->words - 1)) != 0)
		return false;
	first = intern_new();
	second = intern_new();
	for (uint32_t node = c->nodes; node != 0;) {
		struct node n = m->nodes[node - 1];
		const struct record *other = &m->records[n.record];
		struct str word = pair_word(other, at[0].at);

		intern_add(first, word);
		intern_add(
		    second, pair_word(other, at[0].at + word.n + between));
		node = n.next;
	}
	return intern_count(first) >= needed && intern_count(second) >= needed;
}

static uint64_t
pair_key(const char *skeleton, size_t n, struct slot a, struct slot b)
{
	uint64_t key = hash64_seed(skeleton, a.at, KIND_PAIR);
	size_t from = (size_t)a.at + a.n;

	key = hash64_seed(skeleton + from, b.at - from, key);
	from = (size_t)b.at + b.n;
	key = hash64_seed(skeleton + from, n - from, key);
	return key ? key : 1;
}

/* Two words that differ at once, as in "job X started by Y". */
static void
enter_pairs(struct miner *m, uint32_t i, const struct slots *s, bool quiet)
{
	unsigned slot[PAIR_SLOTS], n = 0, words = 0;

	for (unsigned k = 0; k < s->n; k++) {
		words += s->slot[k].word;
		if (m->records[i].skeleton[s->slot[k].at] != MINE_WORD &&
		    n < PAIR_SLOTS)
			slot[n++] = k;
	}
	for (unsigned a = 0; a < n; a++) {
		for (unsigned b = a + 1; b < n; b++) {
			const struct record *r = &m->records[i];
			struct slot at[2] = {
			    s->slot[slot[a]], s->slot[slot[b]]};
			struct context *c;

			if (at[0].word != at[1].word ||
			    words < PAIR_REST + 2u * at[0].word)
				continue;
			if (m->n_contexts > MINE_CONTEXTS_MAX / 2)
				return;
			c = context_at(
			    m, pair_key(r->skeleton, r->n, at[0], at[1]));
			if (c == NULL || !context_join(m, c, i))
				continue;
			if (!at[0].word)
				c->value = true;
			else if (c->words < UINT16_MAX)
				c->words++;
			if (!quiet && pair_is_open(m, c, at, r))
				context_merge(m, c, i, at, 2);
		}
	}
}

/* Whether skeleton is wide's with one word or value at each merged place. */
static bool
fits(const struct record *wide, const char *skeleton, size_t n)
{
	size_t i = 0;

	for (size_t k = 0; k < wide->n; k++) {
		if (wide->skeleton[k] != MINE_WORD) {
			if (i >= n || skeleton[i] != wide->skeleton[k])
				return false;
			i++;
			continue;
		}
		if (i < n && IS_PLACE(skeleton[i])) {
			i++;
			continue;
		}
		if (i >= n || is_boundary(skeleton[i]))
			return false;
		while (i < n && !is_boundary(skeleton[i]))
			i++;
	}
	return i == n;
}

/* Records with several words merged are kept at hand: see mine_place(). */
static void
enter_wide(struct miner *m, uint32_t i, bool quiet)
{
	const struct record *r = &m->records[i];
	unsigned words = 0;

	for (unsigned k = 0; k < r->n; k++)
		words += r->skeleton[k] == MINE_WORD;
	if (words < 2 || m->n_wide >= WIDE_MAX)
		return;
	if (m->n_wide == m->size_wide) {
		m->size_wide = m->size_wide ? m->size_wide * 2 : 64;
		m->wide =
		    xreallocarray(m->wide, m->size_wide, sizeof(*m->wide));
	}
	m->wide[m->n_wide++] = i;
	m->age++;
	/* What came before it and shares no context with it. */
	for (uint32_t k = 0; k < m->n_records && !quiet; k++)
		if (k != i &&
		    fits(r, m->records[k].skeleton, m->records[k].n) &&
		    mine_unite(m, i, k))
			mine_show(m, i);
}

void
mine_enter(struct miner *m, uint32_t i, bool quiet)
{
	struct slots s;

	mine_slots(&s, m->records[i].skeleton, m->records[i].n);
	enter_wide(m, i, quiet);
	for (unsigned k = 0; k < s.n; k++) {
		struct record *r = &m->records[i];
		struct slot at = s.slot[k];
		struct context *c;

		if (r->skeleton[at.at] == MINE_WORD) {
			context_open(m, i, at, quiet);
			continue;
		}
		c = context_at(
		    m, context_key(r->skeleton, r->n, at, KIND_WORD));
		if (c == NULL || !context_join(m, c, i))
			continue;
		if (!at.word)
			c->value = true;
		else if (c->words < UINT16_MAX)
			c->words++;
		if (at.word && c->states < UINT16_MAX &&
		    is_state(r->skeleton + at.at, at.n))
			c->states++;
		if (!quiet &&
		    (c->open ||
			(c->words > 0 &&
			    c->words >= words_needed(r->skeleton, &s, k, c))))
			context_merge(m, c, i, &at, 1);
	}
	enter_chunks(m, i, &s, quiet);
	enter_pairs(m, i, &s, quiet);
}

uint32_t
mine_place(struct miner *m, const char *skeleton, size_t n)
{
	struct slots s;
	struct slot chunk;
	uint32_t found = UINT32_MAX;
	size_t at = 0;
	bool bare;

	mine_slots(&s, skeleton, n);
	for (unsigned k = 0; k < s.n; k++) {
		const struct context *c = context_find(
		    m, context_key(skeleton, n, s.slot[k], KIND_WORD));

		if (c != NULL && c->open)
			return m->nodes[c->nodes - 1].record;
	}
	for (unsigned k = 0; k < MINE_SLOTS_MAX; k++) {
		const struct context *c;

		if (!chunk_slot(skeleton, n, &at, &chunk, &bare))
			break;
		if (chunk.word || bare || words_outside(&s, chunk) < CHUNK_REST)
			continue;
		c = context_find(
		    m, context_key(skeleton, n, chunk, KIND_CHUNK));
		if (c != NULL && c->open)
			return m->nodes[c->nodes - 1].record;
	}
	/* The oldest, since the list's order is not kept. */
	for (uint32_t i = 0; i < m->n_wide; i++)
		if (fits(&m->records[m->wide[i]], skeleton, n) &&
		    (found == UINT32_MAX ||
			m->records[m->wide[i]].seq < m->records[found].seq))
			found = m->wide[i];
	return found;
}

void
mine_contexts_free(struct miner *m)
{
	xfree(m->contexts);
	xfree(m->nodes);
	xfree(m->wide);
}
