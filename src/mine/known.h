/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_MINE_KNOWN_H
#define RECOUNT_MINE_KNOWN_H

/* Messages that were masked before, by their text.  See known.c. */

#include "mask.h"

struct known_list;

/* What a message led to. */
struct known_answer {
	uint64_t pattern;
	uint32_t age; /* of the miner; it holds as long as this does */
	/* Holes that must stay as they are for that, 1 << number. */
	uint32_t rigid;
};

/* NULL: it is not known.  Valid until the next known_learn(). */
const struct known_answer *known_find(struct known_list *l, struct str message);
/* m is the mask of message.  *l is made when it is NULL. */
void known_learn(struct known_list **l, const struct mask *m,
    struct str message, const struct known_answer *answer);
void known_free(struct known_list *l);

#endif
