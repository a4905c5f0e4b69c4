/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_CMD_OBJECTIVES_H
#define RECOUNT_CMD_OBJECTIVES_H

/* The service level objectives that recountd.conf holds, for analysis. */

#include "cmd.h"
#include "recount/analysis.h"

struct objectives {
	struct config *config;
	struct slo *list; /* borrows from config */
	size_t n;
};

/*
 * Of the file that --config names, or of recountd's own where it can be read.
 * EXIT_DONE, or the status after a complaint; a fault in recountd's own file
 * is told, but leaves the report without objectives instead of without
 * report.
 */
int objectives_load(const struct cmd_context *c, struct objectives *ret);
void objectives_end(struct objectives *o);

DEFINE_CLEANUP_IN(struct objectives, objectives_end)

#endif
