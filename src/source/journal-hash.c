/* SPDX-License-Identifier: MIT */
/*
 * Bob Jenkins' lookup3 in its two-word form, on little-endian words: twelve
 * bytes at a time are added to three words of state, which are then stirred;
 * what is left of the last twelve is filled up with zeros and stirred more.
 */
#include "journal-hash.h"

#include <endian.h>

#define BLOCK 12

struct state {
	uint32_t a, b, c;
};

static inline uint32_t
turn(uint32_t x, int bits)
{
	return x << bits | x >> (32 - bits);
}

static inline void
add_block(struct state *s, const char *p)
{
	uint32_t word[3];

	memcpy(word, p, BLOCK);
	s->a += le32toh(word[0]);
	s->b += le32toh(word[1]);
	s->c += le32toh(word[2]);
}

static inline void
stir(struct state *s)
{
	s->a = (s->a - s->c) ^ turn(s->c, 4);
	s->c += s->b;
	s->b = (s->b - s->a) ^ turn(s->a, 6);
	s->a += s->c;
	s->c = (s->c - s->b) ^ turn(s->b, 8);
	s->b += s->a;
	s->a = (s->a - s->c) ^ turn(s->c, 16);
	s->c += s->b;
	s->b = (s->b - s->a) ^ turn(s->a, 19);
	s->a += s->c;
	s->c = (s->c - s->b) ^ turn(s->b, 4);
	s->b += s->a;
}

static inline void
stir_last(struct state *s)
{
	s->c = (s->c ^ s->b) - turn(s->b, 14);
	s->a = (s->a ^ s->c) - turn(s->c, 11);
	s->b = (s->b ^ s->a) - turn(s->a, 25);
	s->c = (s->c ^ s->b) - turn(s->b, 16);
	s->a = (s->a ^ s->c) - turn(s->c, 4);
	s->b = (s->b ^ s->a) - turn(s->a, 14);
	s->c = (s->c ^ s->b) - turn(s->b, 24);
}

uint64_t
journal_hash(struct str field)
{
	const uint32_t first = 0xdeadbeef + (uint32_t)field.n;
	struct state s = {first, first, first};
	char last[BLOCK] = {0};

	while (field.n > BLOCK) {
		add_block(&s, field.p);
		stir(&s);
		field.p += BLOCK;
		field.n -= BLOCK;
	}
	if (field.n > 0) {
		memcpy(last, field.p, field.n);
		add_block(&s, last);
		stir_last(&s);
	}
	return (uint64_t)s.c << 32 | s.b;
}
