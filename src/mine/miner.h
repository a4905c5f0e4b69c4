/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_MINE_MINER_H
#define RECOUNT_MINE_MINER_H

#include "known.h"
#include "mask.h"
#include "recount/intern.h"
#include "recount/mine.h"

/* A place in a skeleton where words of several messages were merged. */
#define MINE_WORD '\002'
#define IS_PLACE(c) ((c) == MASK_VALUE || (c) == MINE_WORD)

#define MINE_CONTEXTS_MAX (1u << 20) /* 24 MB; beyond, nothing new merges */
#define MINE_NODES_MAX (2u << 20)    /* 16 MB; likewise */
#define MINE_SLOTS_MAX 24            /* per record: its first words */
#define MINE_STANDS_MAX 48           /* bytes of a value shown verbatim */

/* How a place of a template reads. */
struct place {
	uint8_t type;
	uint8_t n_stands; /* 0: by its type's name */
	char *stands;     /* what has always stood there */
};

/*
 * A record is one skeleton that was seen, or one that merging made.  The
 * records that mean the same form a tree; its root is the pattern.  Template
 * and places count for roots only.
 */
struct record {
	uint64_t id;
	uint64_t parent; /* id, 0 for a root */
	uint32_t seq;    /* age: the older of two survives a merge */
	uint32_t up;     /* index of the parent or of itself */
	char *skeleton, *template;
	uint16_t n, n_template, n_places;
	bool changed;
	bool merged; /* its places no longer match its own skeleton */
	struct place *places;
	struct buf text; /* the template for people, made when asked for */
};

struct slot {
	uint16_t at, n; /* of the skeleton */
	bool word;      /* else a place */
};

struct slots {
	unsigned n;
	struct slot slot[MINE_SLOTS_MAX];
};

/*
 * All records that are alike but for one slot, one chunk or two slots; kind
 * is part of the key.
 */
enum context_kind { KIND_WORD, KIND_CHUNK, KIND_PAIR };

struct context {
	uint64_t key;   /* 0: free */
	uint32_t nodes; /* index + 1 */
	uint16_t words;
	uint16_t states; /* of the words tell what happened */
	bool value;      /* one of them has a value here */
	bool open;       /* merged: a record has MINE_WORD here */
};

struct miner {
	struct record *records;
	uint32_t n_records, size_records;
	uint32_t seq;
	struct u64map *by_skeleton, *by_id; /* to index */
	bool
	    relink; /* records were restored, their parents not yet looked up */
	uint32_t *changed, n_changed, size_changed;

	struct context *contexts; /* open addressing, power of two */
	uint32_t n_contexts, size_contexts;
	struct node { /* who is in a context */
		uint32_t record, next;
	} * nodes;
	uint32_t n_nodes, size_nodes;

	uint32_t *wide, n_wide, size_wide; /* records with two words or more */

	struct derived { /* skeletons that belong to an open context */
		uint64_t hash;
		uint32_t record, age;
	} * derived;
	uint32_t age; /* of what is derived: what opens makes it anew */
	struct mask mask;
	struct known_list *known; /* NULL before the first one */
};

uint64_t mine_hash(const char *skeleton, size_t n);
uint32_t mine_root(struct miner *m, uint32_t i);
void mine_changed(struct miner *m, uint32_t i);
/* A record of its own, not yet in any context. */
uint32_t mine_record_new(
    struct miner *m, const char *skeleton, size_t n, uint64_t hash);
/* Two patterns are one; true when they were not already. */
bool mine_unite(struct miner *m, uint32_t a, uint32_t b);
/* Record i's own skeleton is how its pattern reads from now on, unless a more
 * general one is. */
void mine_show(struct miner *m, uint32_t i);
void mine_places_free(struct record *r);
void mine_record_free(struct record *r); /* what it holds */

/* slots.c: skeletons as text */
bool mine_is_boundary(char c); /* no part of a word */
void mine_slots(struct slots *s, const char *skeleton, size_t n);
/*
 * The next chunk between spaces, behind "key=" and without the punctuation
 * that ends it; *at is where to go on.  *ret_bare: it is one value and nothing
 * else.  In ret, word means that it has no value.
 */
bool mine_chunk(const char *skeleton, size_t n, size_t *at, struct slot *ret,
    bool *ret_bare);
unsigned mine_words_outside(const struct slots *s, struct slot chunk);
unsigned mine_places_before(const char *skeleton, size_t at);
/* The skeleton of record r with n_at slots merged; its length. */
size_t mine_merge_slots(const struct record *r, const struct slot *at,
    unsigned n_at, char wide[MASK_SKELETON_MAX]);
/* Whether skeleton is wide's with one word or value at each merged place. */
bool mine_fits(const struct record *wide, const char *skeleton, size_t n);

/* context.c */
uint64_t mine_context_key(
    const char *skeleton, size_t n, struct slot at, enum context_kind kind);
uint64_t mine_pair_key(
    const char *skeleton, size_t n, struct slot a, struct slot b);
struct context *mine_context_find(const struct miner *m, uint64_t key);
/* The same, made when there is room; else NULL. */
struct context *mine_context_at(struct miner *m, uint64_t key);
bool mine_context_join(struct miner *m, struct context *c, uint32_t record);
void mine_contexts_free(struct miner *m);

/* merge.c */
/* Enter a record; merges what it opens unless quiet. */
void mine_enter(struct miner *m, uint32_t i, bool quiet);
/* The record that a skeleton without one belongs to, or UINT32_MAX. */
uint32_t mine_place(struct miner *m, const char *skeleton, size_t n);

/* state.c */
void mine_state_write(const struct record *r, struct buf *b);
int mine_state_read(struct str state, struct record *r);

#endif
