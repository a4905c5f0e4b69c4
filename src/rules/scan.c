/* SPDX-License-Identifier: MIT */
/*
 * All literals of all rules, searched for in one pass: the automaton of Aho
 * and Corasick, completed to a table without failure links, so that each byte
 * of a message costs one look-up however many rules there are.
 *
 * Bytes are first mapped to classes (case folded; all bytes that occur in no
 * literal are class 0), which keeps the table some hundred kilobytes small for
 * the rules that come with the program.  Memory is bounded by STATES_MAX; a
 * literal that would exceed it is refused and its rule is then always tried.
 */
#include <ctype.h>

#include "internal.h"

#define STATES_MAX 32768

struct output { /* of one state, a list */
	unsigned rule;
	uint32_t next; /* number of the following, 0: last */
};

struct scan {
	uint8_t class[256]; /* of a byte */
	unsigned classes;   /* class 0 included */
	struct strings literals;
	unsigned *rules; /* of each literal */
	uint16_t *next;  /* state * classes + class */
	uint32_t *first; /* number of each state's first output, or 0 */
	struct output *outputs;
	size_t n_outputs, n_states;
};

struct scan *
scan_new(void)
{
	struct scan *s = xcalloc(1, sizeof(*s));

	s->classes = 1;
	s->n_states = 1;
	return s;
}

void
scan_free(struct scan *s)
{
	if (!s)
		return;
	string_list_free(&s->literals);
	xfree(s->rules);
	xfree(s->next);
	xfree(s->first);
	xfree(s->outputs);
	xfree(s);
}

bool
scan_add(struct scan *s, struct str literal, unsigned rule)
{
	if (literal.n == 0 || s->n_states + literal.n > STATES_MAX)
		return false;
	for (size_t i = 0; i < literal.n; i++) {
		unsigned char c = (unsigned char)literal.p[i];

		/* 255 classes: at most 230 bytes differ when case is folded */
		if (!s->class[tolower(c)]) {
			s->class[toupper(c)] = s->class[tolower(c)] =
			    (uint8_t)s->classes++;
		}
	}
	s->n_states += literal.n; /* an upper bound until built */
	s->rules =
	    xreallocarray(s->rules, s->literals.n + 1, sizeof(*s->rules));
	s->rules[s->literals.n] = rule;
	string_list_add(&s->literals, literal);
	return true;
}

static void
add_output(struct scan *s, size_t state, unsigned rule)
{
	s->outputs =
	    xreallocarray(s->outputs, s->n_outputs + 1, sizeof(*s->outputs));
	s->outputs[s->n_outputs] = (struct output){rule, s->first[state]};
	s->first[state] = (uint32_t)s->n_outputs++;
}

static void
build_trie(struct scan *s)
{
	s->next = xcalloc(s->n_states * s->classes, sizeof(*s->next));
	s->first = xcalloc(s->n_states, sizeof(*s->first));
	s->n_states = 1;
	s->outputs = xcalloc(1, sizeof(*s->outputs)); /* number 0: none */
	s->n_outputs = 1;
	for (size_t i = 0; i < s->literals.n; i++) {
		const char *p = s->literals.v[i];
		size_t state = 0;

		for (; *p; p++) {
			uint16_t *n = &s->next[state * s->classes +
					       s->class[(unsigned char)*p]];

			if (!*n)
				*n = (uint16_t)s->n_states++;
			state = *n;
		}
		add_output(s, state, s->rules[i]);
	}
}

/* Breadth first, so that the state a failure leads to is complete. */
void
scan_build(struct scan *s)
{
	CLEANUP(xfree) uint16_t *fail = NULL;
	CLEANUP(xfree) uint16_t *queue = NULL;
	size_t head = 0, tail = 0;

	build_trie(s);
	fail = xcalloc(s->n_states, sizeof(*fail));
	queue = xcalloc(s->n_states, sizeof(*queue));
	queue[tail++] = 0;
	while (head < tail) {
		size_t state = queue[head++];

		for (unsigned c = 0; c < s->classes; c++) {
			uint16_t *n = &s->next[state * s->classes + c];
			uint16_t other =
			    s->next[(size_t)fail[state] * s->classes + c];

			if (!*n) {
				*n = state ? other : 0;
				continue;
			}
			fail[*n] = state ? other : 0;
			queue[tail++] = *n;
			for (uint32_t o = s->first[fail[*n]]; o;
			     o = s->outputs[o].next)
				add_output(s, *n, s->outputs[o].rule);
		}
	}
}

void
scan_run(const struct scan *s, struct str text, uint64_t *bits)
{
	size_t state = 0;

	for (size_t i = 0; i < text.n; i++) {
		state = s->next[state * s->classes +
				s->class[(unsigned char)text.p[i]]];
		for (uint32_t o = s->first[state]; o; o = s->outputs[o].next) {
			unsigned r = s->outputs[o].rule;

			bits[r / 64] |= UINT64_C(1) << (r % 64);
		}
	}
}
