/* SPDX-License-Identifier: MIT */
/*
 * The miner: from a message to its pattern.
 *
 * mask_message() gives a message's skeleton; a table of skeletons' hashes
 * gives the record, and the record's root is the pattern: no tree, no
 * comparison with templates, no list.  A skeleton that is no record is looked
 * up in what has been merged (merge.c), and remembered in a cache of fixed size
 * that any merge empties: a pattern follows from the records alone, never from
 * what was seen in between, so a restored miner goes on as the one that was
 * saved.  Only what is in no merged context becomes a record.
 *
 * Most messages do not even come that far: known.c has the last few hundred
 * kinds of message by their text.
 *
 * A pattern is a tree of records; its id is the hash of its oldest record's
 * skeleton, and what merges later keeps that id.  Hashes are compared, not
 * skeletons: two of 65536 collide once in 10^10 stores, and who makes them
 * collide on purpose only mislabels his own messages.
 *
 * Beyond MINE_PATTERNS_MAX - COARSE_ROOM records a new skeleton is cut to its
 * first word and one value, beyond MINE_PATTERNS_MAX to the value alone: a
 * hostile sender gets coarse patterns, and everybody else keeps theirs.
 * Dropping the least used instead was rejected, since ids would come back.
 */
#include "miner.h"

#include <errno.h>

#define DERIVED_SIZE 16384 /* skeletons; a power of two */

/* Room kept for coarse patterns when there are too many. */
#define COARSE_ROOM (MINE_PATTERNS_MAX / 16)

struct miner *
miner_new(void)
{
	struct miner *m = xcalloc(1, sizeof(*m));

	m->by_skeleton = u64map_new();
	m->by_id = u64map_new();
	m->derived = xcalloc(DERIVED_SIZE, sizeof(*m->derived));
	m->age = 1;
	return m;
}

void
mine_places_free(struct record *r)
{
	for (unsigned i = 0; i < r->n_places; i++)
		xfree(r->places[i].stands);
	xfree(r->places);
	r->places = NULL;
	r->n_places = 0;
}

void
mine_record_free(struct record *r)
{
	mine_places_free(r);
	if (r->template != r->skeleton)
		xfree(r->template);
	xfree(r->skeleton);
	buf_free(&r->text);
}

void
miner_free(struct miner *m)
{
	if (m == NULL)
		return;
	for (uint32_t i = 0; i < m->n_records; i++)
		mine_record_free(&m->records[i]);
	xfree(m->records);
	u64map_free(m->by_skeleton);
	u64map_free(m->by_id);
	xfree(m->changed);
	xfree(m->derived);
	mine_contexts_free(m);
	known_free(m->known);
	xfree(m);
}

void
miner_forget(struct miner *m)
{
	known_free(m->known);
	m->known = NULL;
}

uint64_t
mine_hash(const char *skeleton, size_t n)
{
	uint64_t hash = hash64(skeleton, n);

	return hash ? hash : 1;
}

void
mine_changed(struct miner *m, uint32_t i)
{
	struct record *r = &m->records[i];

	buf_reset(&r->text);
	if (r->changed)
		return;
	r->changed = true;
	if (m->n_changed == m->size_changed) {
		m->size_changed = m->size_changed ? m->size_changed * 2 : 64;
		m->changed = xreallocarray(
		    m->changed, m->size_changed, sizeof(*m->changed));
	}
	m->changed[m->n_changed++] = i;
}

static uint32_t
record_add(struct miner *m, struct record r, uint64_t hash)
{
	uint32_t i = m->n_records;

	if (i == m->size_records) {
		m->size_records = i ? i * 2 : 64;
		m->records = xreallocarray(
		    m->records, m->size_records, sizeof(*m->records));
	}
	r.up = i;
	m->records[m->n_records++] = r;
	*u64map_at(m->by_skeleton, hash, i, NULL) = i;
	*u64map_at(m->by_id, r.id, i, NULL) = i;
	return i;
}

uint32_t
mine_record_new(struct miner *m, const char *skeleton, size_t n, uint64_t hash)
{
	struct record r = {.id = hash, .seq = m->seq++, .n = (uint16_t)n};
	uint32_t i;

	r.skeleton = xmemdup0(skeleton, n);
	r.template = r.skeleton;
	r.n_template = r.n;
	for (size_t k = 0; k < n; k++)
		r.n_places += IS_PLACE(skeleton[k]);
	r.places = xcalloc(r.n_places, sizeof(*r.places));
	i = record_add(m, r, hash);
	mine_changed(m, i);
	return i;
}

uint32_t
mine_root(struct miner *m, uint32_t i)
{
	while (m->records[i].up != i) {
		uint32_t up = m->records[i].up;

		m->records[i].up = m->records[up].up;
		i = up;
	}
	return i;
}

static unsigned
words_merged(const char *skeleton, size_t n)
{
	unsigned words = 0;

	for (size_t i = 0; i < n; i++)
		words += skeleton[i] == MINE_WORD;
	return words;
}

void
mine_show(struct miner *m, uint32_t shown)
{
	uint32_t root = mine_root(m, shown);
	struct record *r = &m->records[root];
	const struct record *from = &m->records[shown];
	struct place *places;

	if (words_merged(from->skeleton, from->n) <
	    words_merged(r->template, r->n_template))
		return;
	places = xcalloc(from->n_places, sizeof(*places));
	for (unsigned i = 0; i < from->n_places; i++)
		places[i].type = from->places[i].type;
	mine_places_free(r);
	if (r->template != r->skeleton)
		xfree(r->template);
	r->places = places;
	r->n_places = from->n_places;
	r->n_template = from->n;
	r->template =
	    shown == root ? r->skeleton : xmemdup0(from->skeleton, from->n);
	mine_changed(m, root);
}

bool
mine_unite(struct miner *m, uint32_t a, uint32_t b)
{
	uint32_t old = mine_root(m, a), young = mine_root(m, b);

	if (old == young)
		return false;
	if (m->records[young].seq < m->records[old].seq) {
		uint32_t swap = old;

		old = young;
		young = swap;
	}
	m->age++;
	m->records[young].up = old;
	m->records[young].parent = m->records[old].id;
	m->records[old].merged = true;
	mine_changed(m, old);
	mine_changed(m, young);
	return true;
}

/* Parents of restored records, by id; damaged ones become roots. */
static void
relink(struct miner *m)
{
	m->relink = false;
	for (uint32_t i = 0; i < m->n_records; i++) {
		struct record *r = &m->records[i];
		const uint64_t *up;

		if (r->parent == 0 || r->up != i)
			continue;
		up = u64map_find(m->by_id, r->parent);
		/* Parents are older, so there is no circle. */
		if (up != NULL && m->records[*up].seq < r->seq)
			r->up = (uint32_t)*up;
	}
	m->age++;
}

/* What a value shows: verbatim as long as it may and is short. */
static void
place_set(struct place *p, const struct mask_value *v, const char *message)
{
	p->type = v->type;
	if (v->type < MASK_CAN_STAND || v->n > MINE_STANDS_MAX)
		return;
	p->n_stands = (uint8_t)v->n;
	p->stands = xmemdup0(message + v->at, v->n);
}

/* Widen the places of a pattern by the values of one more message. */
static bool
places_widen(struct record *r, const struct mask *mask, const char *message)
{
	bool widened = false;

	for (unsigned i = 0; i < r->n_places && i < mask->n_values; i++) {
		struct place *p = &r->places[i];
		const struct mask_value *v = &mask->values[i];

		if (p->stands != NULL &&
		    (v->n != p->n_stands ||
			memcmp(p->stands, message + v->at, v->n) != 0)) {
			xfree(p->stands);
			p->stands = NULL;
			widened = true;
		}
		if (p->type != v->type && p->type != MASK_ANY) {
			p->type = MASK_ANY;
			widened = true;
		}
	}
	return widened;
}

/*
 * Too many patterns: only the first word tells the rest apart, and when even
 * those are too many, nothing does.
 */
static void
coarsen(struct miner *m)
{
	struct mask *mask = &m->mask;
	struct slots s;
	uint16_t at = 0;

	mine_slots(&s, mask->skeleton, mask->n);
	if (m->n_records < MINE_PATTERNS_MAX - 1 && s.n > 0 && s.slot[0].word) {
		at = s.slot[0].at + s.slot[0].n;
		mask->skeleton[at++] = ' ';
	}
	mask->skeleton[at] = MASK_VALUE;
	mask->n = at + 1;
	mask->values[0] = (struct mask_value){.skeleton = at, .many = true};
	mask->n_values = 1;
}

static uint32_t
record_start(struct miner *m, uint64_t hash, struct str message)
{
	uint32_t i = mine_record_new(m, m->mask.skeleton, m->mask.n, hash);
	struct record *r = &m->records[i];

	for (unsigned k = 0; k < r->n_places && k < m->mask.n_values; k++)
		place_set(&r->places[k], &m->mask.values[k], message.p);
	mine_enter(m, i, false);
	return i;
}

/* The record of a skeleton that is not one itself. */
static uint32_t
record_for(struct miner *m, uint64_t hash, struct str message, bool *ret_new)
{
	struct mask *mask = &m->mask;
	struct derived *d = &m->derived[hash & (DERIVED_SIZE - 1)];
	const uint64_t *found;
	uint32_t i;

	if (d->hash == hash && d->age == m->age)
		return d->record;
	i = mine_place(m, mask->skeleton, mask->n);
	if (i == UINT32_MAX && m->n_records < MINE_PATTERNS_MAX - COARSE_ROOM) {
		*ret_new = true;
		return record_start(m, hash, message);
	}
	if (i == UINT32_MAX) {
		coarsen(m);
		found = u64map_find(
		    m->by_skeleton, mine_hash(mask->skeleton, mask->n));
		if (found != NULL) {
			i = (uint32_t)*found;
		} else {
			i = mine_record_new(m, mask->skeleton, mask->n,
			    mine_hash(mask->skeleton, mask->n));
			m->records[i].merged = true;
			*ret_new = true;
		}
	}
	*d = (struct derived){hash, i, m->age};
	return i;
}

/*
 * The holes of the message whose bytes record i, its pattern, still shows:
 * with others there, its places would be widened.
 */
static uint32_t
rigid_holes(const struct miner *m, uint32_t i)
{
	const struct record *r = &m->records[i];
	const struct mask *mask = &m->mask;
	uint32_t rigid = 0;

	if (r->up != i || r->merged)
		return 0;
	for (unsigned k = 0; k < r->n_places && k < mask->n_values; k++) {
		const struct mask_value *v = &mask->values[k];

		for (unsigned h = 0; h < mask->n_holes; h++)
			if (r->places[k].stands != NULL &&
			    mask->holes[h].at >= v->at &&
			    mask->holes[h].at < v->at + v->n)
				rigid |= 1u << h;
	}
	return rigid;
}

uint64_t
miner_add(struct miner *m, struct str message, bool *ret_changed)
{
	const struct known_answer *known;
	struct known_answer answer;
	const uint64_t *found;
	bool changed = false;
	struct record *r;
	uint64_t hash;
	uint32_t i, root;

	if (m->relink)
		relink(m);
	known = known_find(m->known, message);
	if (known != NULL && known->age == m->age)
		return known->pattern;
	mask_message(&m->mask, message);
	hash = mine_hash(m->mask.skeleton, m->mask.n);
	found = u64map_find(m->by_skeleton, hash);
	if (found != NULL) {
		i = (uint32_t)*found;
		r = &m->records[i];
		if (r->up == i && !r->merged &&
		    places_widen(r, &m->mask, message.p)) {
			mine_changed(m, i);
			changed = true;
		}
	} else {
		i = record_for(m, hash, message, &changed);
	}
	root = mine_root(m, i);
	if (ret_changed != NULL && changed)
		*ret_changed = true;
	/* Beyond that, what a message leads to depends on what came first. */
	if (m->n_records < MINE_PATTERNS_MAX - COARSE_ROOM) {
		answer = (struct known_answer){
		    m->records[root].id, m->age, rigid_holes(m, i)};
		known_learn(&m->known, &m->mask, message, &answer);
	}
	return m->records[root].id;
}

static struct record *
record_of(const struct miner *m, uint64_t pattern)
{
	const uint64_t *i = u64map_find(m->by_id, pattern);

	if (i == NULL)
		return NULL;
	return &m->records[mine_root((struct miner *)m, (uint32_t)*i)];
}

static void
render(struct record *r)
{
	unsigned place = 0;

	for (size_t i = 0; i < r->n_template; i++) {
		const struct place *p;
		char c = r->template[i];

		if (!IS_PLACE(c)) {
			buf_addc(&r->text, c);
			continue;
		}
		p = place < r->n_places ? &r->places[place] : NULL;
		place++;
		if (p == NULL || c == MINE_WORD)
			buf_adds(&r->text, "<*>");
		else if (p->stands != NULL)
			buf_add(&r->text, p->stands, p->n_stands);
		else
			buf_add_str(&r->text, mask_name(p->type));
	}
}

struct str
miner_template(const struct miner *m, uint64_t pattern)
{
	struct record *r = record_of(m, pattern);

	if (r == NULL)
		return STR_NULL;
	if (r->text.n == 0)
		render(r);
	return buf_str(&r->text);
}

uint64_t
miner_resolve(const struct miner *m, uint64_t pattern)
{
	const struct record *r = record_of(m, pattern);

	return r ? r->id : pattern;
}

int
miner_each_changed(struct miner *m,
    int (*fn)(
	void *arg, uint64_t pattern, struct str template, struct str state),
    void *arg)
{
	CLEANUP(buf_free) struct buf state = BUF_INIT;
	uint32_t done = 0;
	int r = 0;

	for (; done < m->n_changed; done++) {
		struct record *rec = &m->records[m->changed[done]];

		buf_reset(&state);
		mine_state_write(rec, &state);
		r = fn(
		    arg, rec->id, miner_template(m, rec->id), buf_str(&state));
		if (r < 0)
			break;
		rec->changed = false;
	}
	m->n_changed -= done;
	if (m->n_changed > 0)
		memmove(m->changed, m->changed + done,
		    m->n_changed * sizeof(*m->changed));
	return r < 0 ? r : 0;
}

int
miner_restore(struct miner *m, uint64_t pattern, struct str state)
{
	struct record rec;
	uint64_t hash;
	uint32_t i;
	int r;

	if (pattern == 0 || m->n_records >= MINE_PATTERNS_MAX ||
	    u64map_find(m->by_id, pattern) != NULL)
		return -EINVAL;
	r = mine_state_read(state, &rec);
	if (r < 0)
		return r;
	hash = mine_hash(rec.skeleton, rec.n);
	if (hash != pattern || rec.parent == pattern) {
		mine_record_free(&rec);
		return -EINVAL;
	}
	rec.id = pattern;
	i = record_add(m, rec, hash);
	if (rec.seq >= m->seq)
		m->seq = rec.seq + 1;
	mine_enter(m, i, true);
	m->relink = true;
	return 0;
}
