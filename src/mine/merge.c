/* SPDX-License-Identifier: MIT */
/*
 * When two skeletons are one pattern.
 *
 * Words are kept unless messages show that a word is a value: a context (all
 * else being equal) in which enough different words have stood at one slot is
 * merged.  That is done by making a record of its own, whose skeleton has
 * MINE_WORD there, and uniting it with all who are in the context; it enters
 * contexts in turn, so that the next slot may merge.  "Open" means that this
 * record exists: a fact about the set of records, so that it does not matter
 * in which order a store gives them back.
 *
 * Four more ways lead together, each for messages that no single slot joins:
 * a word where others have a value ("user anna", "user <num>"); a chunk with
 * a value where others have nothing but the value ("LOCAL(0)", "<ip>"); two
 * slots that differ at once ("class a.B for class c.D"), which share no
 * context; and what fits a record with several merged words.
 *
 * How many words are enough depends on grammar, not on vocabulary: the first
 * word is the subject, what stands behind a preposition is an object, and
 * participles tell what happened.
 *
 * Tried on labelled logs and dropped: five words everywhere, which keeps names
 * apart that come in fours; two words behind a preposition, or behind "to",
 * which make "to destroy" and "to spawn" one; three for "key=word", which
 * makes "user=root" and "user=guest" one.  Not tried: a share of equal words,
 * as Drain has it, since no one share suits both "VM Started" and "Invalid
 * user X".
 */
#include "miner.h"
#include "value.h"

/*
 * How many different words must have stood at a slot, all else being equal,
 * before it counts as a place for values.  Three alphabetic words are wording
 * ("started", "stopped", "paused"), four are more likely names.
 */
enum {
	OPEN_WORDS = 4,
	/* Behind a preposition stands an object: "for …", "by …". */
	OPEN_OBJECT = 3,
	/* "for user …" cannot go on otherwise. */
	OPEN_NAME = 2,
	/* Half of the words tell what happened; few programs know more than a
	 * dozen such, and merged they would hide what an incident is about. */
	OPEN_STATE = 12,
	/* Only one other word is left to hold the pattern together. */
	OPEN_SHORT = 8,
	/* The first word is the subject: "crond startup succeeded". */
	OPEN_FIRST = 16,
	/* No other word is left: messages of one word, values aside.  Only a
	 * flood of them is noise. */
	OPEN_ALONE = 256,
};

/* How many other words there must be for … */
enum {
	MIXED_REST = 3, /* a word to be like the value elsewhere */
	CHUNK_REST = 2, /* a chunk to be like the value elsewhere */
	PAIR_REST = 3,  /* two slots to differ at once */
};

/*
 * Different words at both slots of a pair.  State machines have some (state,
 * state) pairs that must stay apart; names with dots (classes, options) are
 * never states.
 */
enum { PAIR_WORDS = 10, PAIR_DOTTED = 4 };

#define PAIR_SLOTS 8 /* first slots of a skeleton that may pair: 28 pairs */
/* Records with several words merged: a new skeleton is held against each. */
#define WIDE_MAX 512u

static bool
slot_is(const char *skeleton, struct slot s, const char *words)
{
	return s.word && value_among(words, skeleton + s.at, s.n);
}

/* Whether the word before is a preposition; "to" may go on with a verb. */
static bool
is_object(const char *skeleton, const struct slots *s, unsigned i)
{
	const struct slot *slot = &s->slot[i];

	return i > 0 && slot->at == slot[-1].at + slot[-1].n + 1 &&
	       slot_is(skeleton, slot[-1], "for by of from as with in on at");
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
	return rest >= MIXED_REST && is_object(skeleton, s, i) ? OPEN_OBJECT
							       : OPEN_WORDS;
}

/*
 * The places of two records that are alike up to at and behind it: wide gets
 * the types that both have, or ANY.
 */
static void
align_types(struct record *wide, const struct record *r, size_t at)
{
	unsigned before = mine_places_before(wide->skeleton, at);
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

/*
 * The record of record i's skeleton with slots merged, made when it is new;
 * UINT32_MAX when there is no room.
 */
static uint32_t
widened(struct miner *m, uint32_t i, const struct slot *at, unsigned n_at,
    bool *ret_new)
{
	char wide[MASK_SKELETON_MAX];
	size_t n = mine_merge_slots(&m->records[i], at, n_at, wide);
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
	struct context *c = mine_context_at(
	    m, mine_context_key(r->skeleton, r->n, at, KIND_WORD));

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
	mine_context_join(m, c, i);
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

		if (!mine_chunk(r->skeleton, r->n, &at, &chunk, &bare))
			break;
		if (chunk.word || mine_words_outside(s, chunk) < CHUNK_REST)
			continue;
		c = mine_context_at(
		    m, mine_context_key(r->skeleton, r->n, chunk, KIND_CHUNK));
		if (c == NULL)
			continue;
		if (!bare) {
			mine_context_join(m, c, i);
			continue;
		}
		if (c->open)
			continue;
		c->open = true;
		m->age++;
		for (uint32_t node = c->nodes; node != 0 && !quiet;) {
			struct node n = m->nodes[node - 1];

			mine_unite(m, i, n.record);
			r->places[mine_places_before(r->skeleton, chunk.at)]
			    .type = MASK_ANY;
			node = n.next;
		}
		if (!quiet && c->nodes != 0)
			mine_show(m, i);
		mine_context_join(m, c, i);
	}
}

/* The bytes at the second slot of a pair in a record of its context. */
static struct str
pair_word(const struct record *r, size_t at)
{
	size_t end = at;

	if (at < r->n && IS_PLACE(r->skeleton[at]))
		end++;
	while (end < r->n && !mine_is_boundary(r->skeleton[end]))
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
		mine_hash(wide, mine_merge_slots(r, at, 2, wide))) != NULL)
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
			c = mine_context_at(
			    m, mine_pair_key(r->skeleton, r->n, at[0], at[1]));
			if (c == NULL || !mine_context_join(m, c, i))
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
		    mine_fits(r, m->records[k].skeleton, m->records[k].n) &&
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
		c = mine_context_at(
		    m, mine_context_key(r->skeleton, r->n, at, KIND_WORD));
		if (c == NULL || !mine_context_join(m, c, i))
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
		const struct context *c = mine_context_find(
		    m, mine_context_key(skeleton, n, s.slot[k], KIND_WORD));

		if (c != NULL && c->open)
			return m->nodes[c->nodes - 1].record;
	}
	for (unsigned k = 0; k < MINE_SLOTS_MAX; k++) {
		const struct context *c;

		if (!mine_chunk(skeleton, n, &at, &chunk, &bare))
			break;
		if (chunk.word || bare ||
		    mine_words_outside(&s, chunk) < CHUNK_REST)
			continue;
		c = mine_context_find(
		    m, mine_context_key(skeleton, n, chunk, KIND_CHUNK));
		if (c != NULL && c->open)
			return m->nodes[c->nodes - 1].record;
	}
	/* The oldest, since the list's order is not kept. */
	for (uint32_t i = 0; i < m->n_wide; i++)
		if (mine_fits(&m->records[m->wide[i]], skeleton, n) &&
		    (found == UINT32_MAX ||
			m->records[m->wide[i]].seq < m->records[found].seq))
			found = m->wide[i];
	return found;
}
