/* SPDX-License-Identifier: MIT */
/*
 * Skeletons as text: where their words and places are.  A slot is a word or a
 * place; a chunk is what stands between spaces and may hold several.
 */
#include "miner.h"

bool
mine_is_boundary(char c)
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
		while (i < n && !mine_is_boundary(skeleton[i]))
			i++;
		if (i == from) {
			i++;
			continue;
		}
		s->slot[s->n++] = (struct slot){from, i - from, true};
	}
}

/*
 * A chunk between spaces of which a value is only a part, and where another
 * message has nothing but the value: LOCAL(0) and 10.0.0.1.
 */
bool
mine_chunk(const char *skeleton, size_t n, size_t *at, struct slot *ret,
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

unsigned
mine_words_outside(const struct slots *s, struct slot chunk)
{
	unsigned n = 0;

	for (unsigned i = 0; i < s->n; i++)
		n +=
		    s->slot[i].word && (s->slot[i].at < chunk.at ||
					   s->slot[i].at >= chunk.at + chunk.n);
	return n;
}

unsigned
mine_places_before(const char *skeleton, size_t n)
{
	unsigned places = 0;

	for (size_t i = 0; i < n; i++)
		places += IS_PLACE(skeleton[i]);
	return places;
}

/* The skeleton of record r with n_at slots merged; its length. */
size_t
mine_merge_slots(const struct record *r, const struct slot *at, unsigned n_at,
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

/* Whether skeleton is wide's with one word or value at each merged place. */
bool
mine_fits(const struct record *wide, const char *skeleton, size_t n)
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
		if (i >= n || mine_is_boundary(skeleton[i]))
			return false;
		while (i < n && !mine_is_boundary(skeleton[i]))
			i++;
	}
	return i == n;
}
