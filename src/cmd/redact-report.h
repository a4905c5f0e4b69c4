/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_CMD_REDACT_REPORT_H
#define RECOUNT_CMD_REDACT_REPORT_H

#include "cmd.h"
#include "recount/redact.h"

/* Rows of the option table of a command that can redact. */
#define REDACT_OPTIONS                                                         \
	{"redact", 0, NULL,                                                    \
	    "addresses, names, tokens, query values as pseudonyms"},           \
	    {"redact-key", 0, "FILE",                                          \
		"key of the pseudonyms, instead of the store's own"},          \
	{                                                                      \
		"blameless", 0, NULL, "people as roles: R1, R2, ..."           \
	}

/*
 * The redactor that c's options ask for: *ret_flags says which (0: none, and
 * *ret is NULL).  EXIT_DONE, or the status after a complaint.
 */
int redact_open(const struct cmd_context *c, struct store *st,
    struct redactor **ret, unsigned *ret_flags);

#endif
