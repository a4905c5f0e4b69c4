/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_CMD_MAKE_REPORT_H
#define RECOUNT_CMD_MAKE_REPORT_H

#include "cmd.h"
#include "recount/model.h"

/*
 * The model of the window that c asks for, with its evidence; to be ended by
 * report_free().  Takes --all, --similar and --config from c where the command
 * has them.  EXIT_DONE, or the status after a complaint and *ret untouched.
 */
int make_report(struct cmd_context *c, struct store *st, struct report **ret);

#endif
