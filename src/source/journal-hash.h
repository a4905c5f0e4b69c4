/* SPDX-License-Identifier: MIT */
#ifndef SOURCE_JOURNAL_HASH_H
#define SOURCE_JOURNAL_HASH_H

/*
 * The hash by which a journal entry vouches for its fields: the x= of its
 * cursor is the exclusive-or of the hashes of all of them.
 */

#include "recount/str.h"

uint64_t journal_hash(struct str field); /* NAME=value */

#endif
