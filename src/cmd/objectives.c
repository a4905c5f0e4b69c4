/* SPDX-License-Identifier: MIT */
/*
 * Objectives stand in recountd.conf, so that one file says what a machine is
 * for; the report reads them afresh each time, and a changed objective judges
 * old incidents too.
 */
#include "objectives.h"

#include <stdio.h>
#include <unistd.h>

#include "recount/config.h"
#include "recount/parse.h"

/* Below it nothing is found: sources are of no interest here. */
#define NO_ROOT "/dev/null"

int
objectives_load(const struct cmd_context *c, struct objectives *ret)
{
	const char *path = cmd_own(c, "config");
	CLEANUP(parsers_free) struct parsers *ps = NULL;
	struct reterr err = {""};

	*ret = (struct objectives){NULL, NULL, 0};
	if (!path && access(CONFIG_PATH, R_OK) < 0)
		return EXIT_DONE;
	ps = datadir_parsers(&err);
	if (!ps)
		return cmd_fail(c, "%s", err.text);
	if (config_load(path, NO_ROOT, ps, &ret->config, &err) < 0) {
		cmd_fail(c, "%s", err.text);
		return path ? EXIT_FAILED : EXIT_DONE;
	}
	ret->list = xcalloc(ret->config->n_slos, sizeof(*ret->list));
	for (; ret->n < ret->config->n_slos; ret->n++) {
		const struct config_slo *s = &ret->config->slos[ret->n];

		ret->list[ret->n] = (struct slo){
		    .name = s->name,
		    .match = s->match,
		    .objective = s->objective,
		    .period = s->period,
		};
	}
	return EXIT_DONE;
}

void
objectives_end(struct objectives *o)
{
	xfree(o->list);
	config_free(o->config);
}
