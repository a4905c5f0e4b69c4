/* SPDX-License-Identifier: MIT */
/*
 * The name that was probably meant: the one that the fewest changes of one
 * character make out of what was written (Levenshtein's distance, one row at a
 * time).  Names in a configuration are short.
 */
#include "config-internal.h"

#define NAME_MAX_BYTES 64

/* Changes of one character that make a into b; names are short. */
static size_t
distance(struct str a, struct str b)
{
	size_t row[NAME_MAX_BYTES + 1];

	if (a.n > NAME_MAX_BYTES || b.n > NAME_MAX_BYTES)
		return SIZE_MAX;
	for (size_t j = 0; j <= b.n; j++)
		row[j] = j;
	for (size_t i = 1; i <= a.n; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= b.n; j++) {
			size_t change = diagonal + (a.p[i - 1] != b.p[j - 1]);

			diagonal = row[j];
			row[j] = row[j] < row[j - 1] ? row[j] : row[j - 1];
			row[j] = row[j] + 1 < change ? row[j] + 1 : change;
		}
	}
	return row[b.n];
}

void
nearest_try(struct nearest *n, const char *name)
{
	size_t far = distance(n->word, str_of(name));

	if (far < n->far) {
		n->far = far;
		n->name = name;
	}
}
