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
unsigned filter_columns(const struct filter *f); /* it needs to see */
bool filter_wants(struct filter *f, const struct log_event *ev);

#endif
