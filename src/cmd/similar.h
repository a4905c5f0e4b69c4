/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_CMD_SIMILAR_H
#define RECOUNT_CMD_SIMILAR_H

/* Earlier incidents in the store that look like those of a report. */

#include "cmd.h"
#include "recount/analysis.h"

/*
 * o: what r was made with.  make: makes the report of other options, without
 * evidence.  0 or -errno.
 */
int similar_find(struct store *st, const struct analysis_options *o,
    int (*make)(struct store *st, const struct analysis_options *o,
	struct report **ret),
    struct report *r);

#endif
