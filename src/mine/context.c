/* SPDX-License-Identifier: MIT */
#include "miner.h"

enum {
	OPEN_WORDS = 5,  /* different words at a place that make it one */
	OPEN_SHORT = 8,  /* the same where one other word is left */
	OPEN_FIRST = 16, /* for the first word, the subject */
	OPEN_ALONE = 64, /* for a message of one word */
	OPEN_NAME = 2,   /* "for user …" */
	MIXED_REST = 3,  /* other words that let a word and a value be one */
};

struct context {
	uint64_t key;   /* 0: free */
	uint32_t nodes; /* index + 1 */
	uint16_t words;
	bool value; /* one of them has a value here */
	bool open;
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

static void
context_join(struct miner *m, struct context *c, uint32_t record)
{
	if (m->n_nodes == m->size_nodes) {
		m->size_nodes = m->size_nodes ? m->size_nodes * 2 : 1024;
		m->nodes =
		    xreallocarray(m->nodes, m->size_nodes, sizeof(*m->nodes));
	}
	m->nodes[m->n_nodes++] = (struct node){record, c->nodes};
	c->nodes = m->n_nodes;
}

static bool
slot_is(const char *skeleton, struct slot s, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strlen(words[i]) == s.n &&
		    memcmp(words[i], skeleton + s.at, s.n) == 0)
			return true;
	return false;
}

/* "for user X", "by account X": what follows is a name. */
static bool
is_name(const char *skeleton, const struct slots *s, unsigned i)
{
	static const char *const before[] = {
	    "for", "by", "of", "from", "to", "as", "with"};
	static const char *const noun[] = {
	    "user", "account", "login", "group", "host", "username"};

	return i >= 2 && s->slot[i - 1].word && s->slot[i - 2].word &&
	       s->slot[i].at == s->slot[i - 1].at + s->slot[i - 1].n + 1 &&
	       slot_is(skeleton, s->slot[i - 1], noun, ARRAY_SIZE(noun)) &&
	       slot_is(skeleton, s->slot[i - 2], before, ARRAY_SIZE(before));
}

/* How many words must have stood at slot i for it to be a place. */
static unsigned
words_needed(
    const char *skeleton, const struct slots *s, unsigned i, bool mixed)
{
	unsigned rest = 0;

	for (unsigned j = 0; j < s->n; j++)
		rest += j != i && s->slot[j].word;
	if (mixed && rest >= MIXED_REST)
		return 1;
	if (is_name(skeleton, s, i))
		return mixed ? 1 : OPEN_NAME;
	if (rest == 0)
		return OPEN_ALONE;
	if (i == 0)
		return OPEN_FIRST;
	return rest == 1 ? OPEN_SHORT : OPEN_WORDS;
}

/* The record of a skeleton with slot at merged; made when it is new. */
static uint32_t
widened(struct miner *m, uint32_t i, struct slot at, bool *ret_new)
{
	const struct record *r = &m->records[i];
	char wide[MASK_SKELETON_MAX];
	size_t n = r->n - at.n + 1;
	uint64_t hash;
	const uint64_t *found;

	memcpy(wide, r->skeleton, at.at);
	wide[at.at] = MINE_WORD;
	memcpy(
	    wide + at.at + 1, r->skeleton + at.at + at.n, r->n - at.at - at.n);
	hash = mine_hash(wide, n);
	found = u64map_find(m->by_skeleton, hash);
	*ret_new = found == NULL && m->n_records < MINE_PATTERNS_MAX;
	if (found != NULL)
		return (uint32_t)*found;
	return *ret_new ? mine_record_new(m, wide, n, hash) : UINT32_MAX;
}

static void
context_open(struct miner *m, struct context *c, uint32_t i, struct slot at)
{
	bool is_new;
	uint32_t wide = widened(m, i, at, &is_new);

	c->open = true;
	m->age++;
	for (uint32_t node = c->nodes; node != 0;) {
		struct node n = m->nodes[node - 1];

		mine_unite(m, i, n.record, wide);
		node = n.next;
	}
	if (wide == UINT32_MAX)
		return;
	mine_unite(m, i, wide, wide);
	context_join(m, c, wide);
	if (is_new)
		mine_enter(m, wide, false);
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

#define KIND_WORD 0
#define KIND_CHUNK 0x9e3779b97f4a7c15u
#define COMPOSITE_REST 2 /* other words that let a chunk and a value be one */

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
		if (chunk.word || words_outside(s, chunk) < COMPOSITE_REST)
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

			mine_unite(m, i, n.record, i);
			node = n.next;
		}
		context_join(m, c, i);
	}
}

void
mine_enter(struct miner *m, uint32_t i, bool quiet)
{
	struct slots s;
	unsigned wides = 0;

	mine_slots(&s, m->records[i].skeleton, m->records[i].n);
	for (unsigned k = 0; k < m->records[i].n; k++)
		wides += m->records[i].skeleton[k] == MINE_WORD;
	if (wides > 1) {
		if (m->n_wide == m->size_wide) {
			m->size_wide = m->size_wide ? m->size_wide * 2 : 64;
			m->wide = xreallocarray(
			    m->wide, m->size_wide, sizeof(*m->wide));
		}
		m->wide[m->n_wide++] = i;
	}
	for (unsigned k = 0; k < s.n; k++) {
		struct record *r = &m->records[i];
		struct context *c;

		if (r->skeleton[s.slot[k].at] == MINE_WORD)
			continue;
		c = context_at(
		    m, context_key(r->skeleton, r->n, s.slot[k], KIND_WORD));
		if (c == NULL)
			continue;
		context_join(m, c, i);
		if (s.slot[k].word)
			c->words++;
		else
			c->value = true;
		if (c->open) {
			if (!quiet)
				mine_unite(m, i, m->nodes[c->nodes - 1].record,
				    UINT32_MAX);
			continue;
		}
		if (c->words < 1 ||
		    c->words < words_needed(r->skeleton, &s, k, c->value))
			continue;
		if (quiet)
			c->open = true;
		else
			context_open(m, c, i, s.slot[k]);
	}
	enter_chunks(m, i, &s, quiet);
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

uint32_t
mine_place(struct miner *m, const char *skeleton, size_t n)
{
	struct slots s;
	struct slot chunk;
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
		if (chunk.word || bare ||
		    words_outside(&s, chunk) < COMPOSITE_REST)
			continue;
		c = context_find(
		    m, context_key(skeleton, n, chunk, KIND_CHUNK));
		if (c != NULL && c->open)
			return m->nodes[c->nodes - 1].record;
	}
	for (uint32_t i = 0; i < m->n_wide; i++)
		if (fits(&m->records[m->wide[i]], skeleton, n))
			return m->wide[i];
	return UINT32_MAX;
}

void
mine_contexts_free(struct miner *m)
{
	xfree(m->contexts);
	xfree(m->nodes);
	xfree(m->wide);
}
