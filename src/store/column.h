/* SPDX-License-Identifier: MIT */
#ifndef STORE_COLUMN_H
#define STORE_COLUMN_H

/* Columns of strings: collected, written, read.  See column.c. */

#include "codec.h"

/* ---- collecting ---- */

/*
 * While all rows have the same value, there are no numbers of rows: most
 * columns never come to a second value.
 */
struct strings {
	bool empty;      /* there are rows, and all of them are empty */
	uint32_t *index; /* of each row's value in ends; if n_values > 1 */
	uint32_t n, size;
	uint32_t *ends; /* where each value ends in bytes */
	uint32_t n_values, values_size;
	struct buf bytes;
	struct strings_slot {   /* small: it is the caches that cost */
		uint16_t tag;   /* some bits of the value's hash */
		uint16_t value; /* + 1; 0 free */
	} * slots;
	uint32_t n_slots;
	bool distinct; /* no longer looked for equals */
	struct {       /* the value of the row before */
		uint32_t value, from, n;
	} last;
};

/*
 * Adding a value in two steps, so that memory is on its way while something
 * else is done: unless strings_again(), strings_expect() gives a hash to add
 * the same value with.
 */
uint64_t strings_expect(const struct strings *s, struct str value);
void strings_add_other(struct strings *s, struct str value, uint64_t hash);

/* Most columns say again what they said in the row before. */
static inline bool
strings_again(struct strings *s, struct str value)
{
	if (s->empty && value.n == 0) {
		s->n++;
		return true;
	}
	if (s->n == 0 || value.n != s->last.n || s->distinct ||
	    !bytes_same(s->bytes.p + s->last.from, value.p, value.n))
		return false;
	if (s->n_values > 1) {
		if (s->n == s->size)
			return false;
		s->index[s->n] = s->last.value;
	}
	s->n++;
	return true;
}

static inline void
strings_add(struct strings *s, struct str value)
{
	if (!strings_again(s, value))
		strings_add_other(s, value, strings_expect(s, value));
}

void strings_reset(struct strings *s); /* empty, memory kept */
void strings_free(struct strings *s);
static inline size_t
strings_bytes(const struct strings *s)
{
	return s->bytes.n;
}

void put_strings(struct codec *c, struct buf *out, const struct strings *s);

/* ---- as read ---- */

struct strings_in {
	bool direct;       /* row i is value i */
	struct ints index; /* else */
	uint32_t n_values;
	uint32_t *ends;
	char *bytes;
};

bool get_strings(
    struct codec *c, struct in *in, size_t n, struct strings_in *ret);
void strings_in_free(struct strings_in *s);

static inline struct str
strings_value(const struct strings_in *s, uint32_t v)
{
	uint32_t from = v ? s->ends[v - 1] : 0;

	return (struct str){s->bytes + from, s->ends[v] - from};
}

static inline struct str
strings_at(const struct strings_in *s, size_t i)
{
	return strings_value(
	    s, s->direct ? (uint32_t)i : (uint32_t)ints_at(&s->index, i));
}

#endif
