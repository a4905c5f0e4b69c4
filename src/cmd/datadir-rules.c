/* SPDX-License-Identifier: MIT */
/*
 * The rules of the data folders.  Apart from datadir.c, because recountd wants
 * formats only, and not what the rules need to link.
 *
 * A timeline without rules would be wrong rather than poor, so no rules at all
 * is an error, and so is one broken file: leaving it out would change what a
 * report says without telling anybody.
 */
#include <errno.h>

#include "cmd.h"
#include "recount/rules.h"

struct loading {
	struct rules *rules;
	struct reterr *err;
};

static int
load_rules(void *arg, const char *path)
{
	struct loading *l = arg;

	return rules_load(l->rules, path, l->err);
}

int
datadir_rules(struct rules **ret, struct reterr *err)
{
	CLEANUP(rules_free) struct rules *rs = rules_new();
	struct loading l = {.rules = rs, .err = err};
	/* Of rules the first one that fits. */
	int r = datadir_each_parsers(true, load_rules, &l);

	if (r < 0)
		return r;
	if (rules_count(rs) == 0)
		return reterr_set(err, ENOENT,
		    "no rules were found: %s/parsers does not exist; "
		    "$RECOUNT_PARSERS names another folder",
		    RECOUNT_DATADIR);
	*ret = STEAL(rs);
	return 0;
}
