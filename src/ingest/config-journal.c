/* SPDX-License-Identifier: MIT */
/*
 * [journal]: which journal, and which of its entries.
 */
#include <errno.h>

#include "config-internal.h"
#include "recount/event.h"

#define NAMESPACE_BYTES_MAX 222 /* as systemd has it */

int
key_namespace(struct loading *l, struct str v)
{
	for (size_t i = 0; i < v.n; i++)
		if ((unsigned char)v.p[i] <= ' ' || v.p[i] == '/')
			v.n = 0;
	if (v.n == 0 || v.n > NAMESPACE_BYTES_MAX || v.p[0] == '.')
		return config_wrong(l, "this is no name of a namespace");
	return config_set_text(l, v, &l->g.namespace);
}

/* May stand several times, and hold several. */
int
key_unit(struct loading *l, struct str v)
{
	CLEANUP(xfree) char *before = STEAL(l->g.units);
	CLEANUP(buf_free) struct buf text = BUF_INIT;

	if (before)
		buf_addf(&text, "%s ", before);
	for (size_t i = 0; i < v.n; i++)
		buf_addc(&text, v.p[i] == ',' || v.p[i] == '\t' ? ' ' : v.p[i]);
	return config_set_text(
	    l, text.n ? buf_str(&text) : STR(""), &l->g.units);
}

/* "warning" and what is worse, or "err..notice". */
int
key_priority(struct loading *l, struct str v)
{
	ptrdiff_t dots = str_find(v, STR(".."));
	int from = SEV_EMERG, to;

	if (dots >= 0)
		from = severity_parse(str_trim(str_sub(v, 0, (size_t)dots)));
	to = severity_parse(
	    str_trim(dots >= 0 ? str_skip(v, (size_t)dots + 2) : v));
	if (from == SEVERITY_NONE || to == SEVERITY_NONE)
		return config_wrong(l,
		    "'%.*s' is no priority; try warning, or err..notice",
		    STR_ARG(v));
	if (from > to) {
		int swap = from;

		from = to;
		to = swap;
	}
	l->g.severities = 0;
	for (int i = from; i <= to; i++)
		l->g.severities |= 1u << i;
	return 0;
}

int
config_end_journal(struct loading *l)
{
	struct gathered *g = &l->g;
	struct config_journal *j;

	if (g->directory && g->namespace)
		return config_wrong(
		    l, "[journal] has a directory or a namespace, not both");
	if (g->disabled)
		return 0;
	j = config_add_journal(l->config, g->directory);
	j->host = xstrdup(g->host);
	j->namespace = xstrdup(g->namespace);
	j->units = xstrdup(g->units);
	j->severities = g->severities;
	j->where = xasprintf("%s:%u", l->file, l->section_line);
	return 0;
}
