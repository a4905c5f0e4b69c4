/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_CMD_FILTER_H
#define RECOUNT_CMD_FILTER_H

/* Which events of a window are wanted: -u, -p, -g, --host, --service. */

#include "cmd.h"

struct filter;

/* EXIT_DONE, or EXIT_USAGE after a complaint about -g. */
int filter_new(const struct cmd_context *c, struct filter **ret);
void filter_free(struct filter *f);
DEFINE_CLEANUP(struct filter *, filter_free)
/* Add to q the columns that it needs to see, and what may be left out because
 * it would not want it; borrowed from f. */
void filter_query(const struct filter *f, struct store_query *q);
bool filter_wants(struct filter *f, const struct log_event *ev);

#endif
