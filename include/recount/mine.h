/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_MINE_H
#define RECOUNT_MINE_H

/*
 * Message patterns: which messages say the same thing with other values.
 *
 * Streaming, with one configuration for every source.  A pattern follows from
 * the messages' bytes and their order alone, so the same input gives the same
 * ids; an id is a hash of the first message's wording and stays when the
 * miner is saved and restored.  Patterns are merged when later messages show
 * that a word is a value; the oldest id survives.
 *
 * Memory is bounded by MINE_PATTERNS_MAX, those merged into others included
 * (about 100 MB when a hostile sender fills it with long messages; a few MB
 * for real logs).  Beyond it new messages get coarse patterns: "FIRST <*>" at
 * first, one "<*>" for all in the end; the patterns there are stay as they
 * are.
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

/* Free the memory that the miner only has to be quick (about half a megabyte);
 * what it answers does not depend on it. */
void miner_forget(struct miner *m);

/*
 * The template of a pattern, for people: <*> or a type (<ip>, <num>, <path>, …)
 * where values stood, and the value itself where it is a name or a path that
 * has always been the same.  Of a pattern that was merged, the survivor's.
 * Borrowed until the next miner_add(); empty when unknown.
 */
struct str miner_template(const struct miner *m, uint64_t pattern);

/*
 * Patterns for the store: each_changed calls fn for every pattern started,
 * widened or merged since the last call (state is opaque and enough to
 * restore it).  When fn answers -errno, that is passed on, and this pattern
 * and those not yet told are told again the next time.
 */
int miner_each_changed(struct miner *m,
    int (*fn)(
	void *arg, uint64_t pattern, struct str template, struct str state),
    void *arg);
/* Give one back to a fresh miner, before its first miner_add(); in any order,
 * but all of them.  0, or -EINVAL when state is damaged, in which case
 * nothing was added. */
int miner_restore(struct miner *m, uint64_t pattern, struct str state);
/* The pattern that this one was merged into, which may have been merged in
 * turn; 0 when it stands for itself (or state is damaged).  For readers of a
 * store, who have no miner. */
uint64_t mine_state_survivor(struct str state);

/*
 * The pattern that this one has been merged into, or itself.  What was stored
 * before a merge still has the old id; where all messages are known before
 * the first answer is due (`patterns --annotate`), resolve after adding all.
 */
uint64_t miner_resolve(const struct miner *m, uint64_t pattern);

#endif
