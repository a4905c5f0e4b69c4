/* SPDX-License-Identifier: MIT */
/*
 * The input's lines are messages.  Whatever they hold: the same messages give
 * the same patterns, a miner restored half-way goes on with the same ones,
 * and no state, however damaged, does harm.
 */
#include "fuzz.h"

#include <stdlib.h>

#include "recount/mine.h"

#define STATES_MAX 4096

struct saved {
	uint64_t pattern;
	char *state;
	size_t n;
};

struct saves {
	struct saved *saved;
	size_t n;
};

static int
save(void *arg, uint64_t pattern, struct str template, struct str state)
{
	struct saves *saves = arg;

	if (pattern == 0 || (template.n > 0 && template.p == NULL))
		abort();
	for (size_t i = 0; i < saves->n; i++) {
		if (saves->saved[i].pattern != pattern)
			continue;
		xfree(saves->saved[i].state);
		saves->saved[i].state = str_dup(state);
		saves->saved[i].n = state.n;
		return 0;
	}
	if (saves->n == STATES_MAX)
		return -1;
	saves->saved[saves->n++] =
	    (struct saved){pattern, str_dup(state), state.n};
	return 0;
}

static void
add_all(struct miner *a, struct miner *b, struct str lines)
{
	while (lines.n > 0) {
		struct str line;
		uint64_t pattern;

		lines = str_cut(lines, '\n', &line);
		pattern = miner_add(a, line, NULL);
		if (pattern == 0 || pattern != miner_resolve(a, pattern))
			abort();
		if (miner_add(b, line, NULL) != pattern)
			abort();
		if (!str_eq(
			miner_template(a, pattern), miner_template(b, pattern)))
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(miner_free) struct miner *a = miner_new();
	CLEANUP(miner_free) struct miner *b = miner_new();
	CLEANUP(miner_free) struct miner *restored = miner_new();
	struct str all = {(const char *)data, size};
	struct saves saves = {xcalloc(STATES_MAX, sizeof(*saves.saved)), 0};
	bool whole;

	add_all(a, b, str_sub(all, 0, size / 2));
	whole = miner_each_changed(a, save, &saves) == 0;
	/* In the opposite order, since a store owes none. */
	for (size_t i = saves.n; i > 0; i--) {
		struct saved *s = &saves.saved[i - 1];

		if (miner_restore(
			restored, s->pattern, (struct str){s->state, s->n}) < 0)
			abort();
		xfree(s->state);
	}
	xfree(saves.saved);
	if (whole)
		add_all(a, restored, str_skip(all, size / 2));
	if (size > 8) {
		uint64_t pattern;

		memcpy(&pattern, data, sizeof(pattern));
		miner_restore(b, pattern, str_skip(all, 8));
		miner_add(b, all, NULL);
	}
	return 0;
}
