/* SPDX-License-Identifier: MIT */
#ifndef STORE_TOKENS_H
#define STORE_TOKENS_H

/*
 * What looks like an id in the text of events, and a filter per segment that
 * says which ids are surely not in it.  See tokens.c.
 */

#include "recount/event.h"

/* ---- collecting ---- */

struct tokens {
	struct token {
		uint64_t hash;
		uint32_t row;
		uint32_t shape; /* 1 << what it says of the segment */
	} * list;               /* by row */
	size_t n, size;
	bool full; /* some were left out */
};

void tokens_add(struct tokens *t, uint32_t row, struct str text);
void tokens_reset(struct tokens *t); /* empty, memory kept */
void tokens_free(struct tokens *t);
DEFINE_CLEANUP_IN(struct tokens, tokens_free)

/* The filter of rows from `from` on, appended to out; nothing when some tokens
 * were left out. */
void put_bloom(struct buf *out, const struct tokens *t, uint32_t from);

/* ---- asking ---- */

#define WANTED_MAX 8

/* What must be in a filter where a text is to be found. */
struct wanted {
	struct {
		uint64_t hash;
		uint32_t
		    unless; /* tells nothing where one of these shapes is */
	} tokens[WANTED_MAX];
	unsigned n; /* 0: no filter can tell */
};

/* caseless: as PCRE2 compares with PCRE2_CASELESS and PCRE2_UTF. */
struct wanted tokens_wanted(struct str text, bool caseless);

/* Whether the text may be in an event of the segment with this filter; one that
 * is damaged says so of everything. */
bool bloom_may_hold(const void *bloom, size_t n, const struct wanted *wanted);

/* ---- checking ---- */

struct bloom {
	uint32_t shapes, bits;
	const uint8_t *bytes; /* borrowed */
};

/* -EBADMSG: damaged. */
int bloom_open(const void *bloom, size_t n, struct bloom *ret);
/* Whether nothing that is in text would be hidden. */
bool bloom_holds(const struct bloom *bloom, struct str text);

#endif
