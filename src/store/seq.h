/* SPDX-License-Identifier: MIT */
#ifndef STORE_SEQ_H
#define STORE_SEQ_H

/* Which journal entries the store has: sets of ranges, one per sequence id. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "recount/position.h"

struct seqs;

struct seqs *seqs_new(void);
void seqs_free(struct seqs *s);
void seqs_add(
    struct seqs *s, const char *seqnum_id, uint64_t first, uint64_t last);
bool seqs_has(const struct seqs *s, const char *seqnum_id, uint64_t seq);
/* Nothing added so far needs writing. */
void seqs_clean(struct seqs *s);
/*
 * For each set that changed since seqs_clean(): fn gets the span in which it
 * did, and the ranges that lie in that span now, in order.
 */
int seqs_each_changed(const struct seqs *s,
    int (*fn)(void *arg, const char *seqnum_id, uint64_t first, uint64_t last,
	const struct seq_range *ranges, size_t n),
    void *arg);

#endif
