/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_CONFIG_INTERNAL_H
#define RECOUNT_CONFIG_INTERNAL_H

/* What the files that read the configuration share. */

#include "recount/config.h"

/* The new entry, with all but kind and path unset; valid until the next. */
struct config_file *config_add_file(
    struct config *c, enum config_kind kind, const char *path);
struct config_journal *config_add_journal(
    struct config *c, const char *directory);
/* The new entry with the default period, valid until the next; NULL when
 * there is one of that name. */
struct config_slo *config_add_slo(struct config *c, struct str name);
void config_slos_free(struct config *c);
/* "99.9" or "99.9 %" as a share, above 0 and below 1.  0, or -EINVAL. */
int config_percent_parse(struct str text, double *ret);
/* Looking for the name that was meant by word: far is what is too far, at
 * first; name stays NULL when none is near. */
struct nearest {
	struct str word;
	const char *name;
	size_t far;
};
void nearest_try(struct nearest *n, const char *name);
/* Add what is found on the machine. */
void config_discover(struct config *c, const char *root);

#endif
