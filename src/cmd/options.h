/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_CMD_OPTIONS_H
#define RECOUNT_CMD_OPTIONS_H

/*
 * The command line of recount: options that stand before or after the
 * command, and the texts of --help.  Private to src/cmd.
 */

#include "cmd.h"

enum options_answer {
	OPTIONS_RUN,   /* c->cmd is to be run */
	OPTIONS_DONE,  /* --help or --version was answered: exit 0 */
	OPTIONS_WRONG, /* complained about: exit EXIT_USAGE */
};

/* commands: the table to choose c->cmd from, ending with NULL.  Reorders
 * argv; c borrows from it, and owns nothing but c->db (options_end). */
enum options_answer options_read(struct cmd_context *c, int argc, char **argv,
    const struct cmd *const *commands);
void options_end(struct cmd_context *c);

void options_help(const struct cmd *const *commands);
void options_help_command(const struct cmd *cmd);

#endif
