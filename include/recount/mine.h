/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_MINE_H
#define RECOUNT_MINE_H

/*
 * Message patterns: which messages say the same thing with other values.
 *
 * Streaming, with one configuration for every source; memory is bounded by
 * MINE_PATTERNS_MAX.  A pattern's id is a hash of its first template, so the
 * same input gives the same ids, and ids stay when the miner is saved and
 * loaded again.
 */

#include "recount/str.h"

#define MINE_PATTERNS_MAX 65536

struct miner;

struct miner *miner_new(void);
void miner_free(struct miner *m);
DEFINE_CLEANUP(struct miner *, miner_free)

/*
 * The pattern of one message (any bytes).  Never 0.  When the message started
 * a pattern or widened one, *ret_changed (may be NULL) is set.
 */
uint64_t miner_add(struct miner *m, struct str message, bool *ret_changed);

/* The template of a pattern, with <*> or typed masks (<ip>, <num>, …) where
 * values stood.  Borrowed until the next miner_add(); empty when unknown. */
struct str miner_template(const struct miner *m, uint64_t pattern);

/*
 * Patterns for the store: each_changed calls fn for every pattern started or
 * widened since the last call (state is opaque and enough to restore it);
 * miner_restore gives one back to a fresh miner.  0, or -EINVAL when state
 * is damaged, in which case nothing was added.
 */
int miner_each_changed(struct miner *m,
    int (*fn)(void *arg, uint64_t pattern, struct str template,
	struct str state),
    void *arg);
int miner_restore(struct miner *m, uint64_t pattern, struct str state);
/* The pattern that this one was merged into, which may have been merged in
 * turn; 0 when it stands for itself (or state is damaged).  For readers of a
 * store, who have no miner. */
uint64_t mine_state_survivor(struct str state);

/*
 * Offline help for `patterns --annotate`, where all messages are known before
 * the first answer is due: after every miner_add() the same message may map to
 * a pattern that has since been merged into another.  Gives the survivor.
 */
uint64_t miner_resolve(const struct miner *m, uint64_t pattern);

#endif
