/* SPDX-License-Identifier: MIT */
/*
 * Which entries of a journal are wanted: unit= and priority= of [journal].
 *
 * Units match as for journalctl -u, patterns included, against the unit an
 * entry is about; severities are those that events have, so that an error that
 * a service prints to its standard output counts as one.
 *
 * What is not wanted is passed over and leaves no trace in the store, but for
 * one thing: journald's own word that messages of a wanted unit were dropped is
 * a gap, although journald's unit may not be wanted.
 */
#include <fnmatch.h>

#include "internal.h"

void
ingest_match_entries(
    struct ingest_source *s, const char *units, unsigned severities)
{
	xfree(s->units);
	s->units = xstrdup(units);
	s->severities = severities;
}

/* units: patterns with blanks between them; a name without a type is a
 * service's. */
static bool
is_unit(const char *units, struct str unit)
{
	CLEANUP(xfree) char *name = str_dup(unit);
	struct str rest = str_of(units), one;

	while (rest.n > 0) {
		CLEANUP(xfree) char *pattern = NULL;

		rest = str_cut(rest, ' ', &one);
		if (one.n == 0)
			continue;
		pattern = str_chr(one, '.') >= 0
			      ? str_dup(one)
			      : xasprintf("%.*s.service", STR_ARG(one));
		if (fnmatch(pattern, name, 0) == 0)
			return true;
	}
	return false;
}

bool
ingest_is_wanted(const struct ingest_source *s, const struct log_event *ev)
{
	if (s->severities != 0 &&
	    (ev->severity == SEVERITY_NONE ||
		(s->severities & 1u << ev->severity) == 0))
		return false;
	return !s->units || is_unit(s->units, ev->unit);
}

int
ingest_unwanted(struct ingest_source *s, const struct log_event *ev)
{
	struct str from = STR(" from ");
	ptrdiff_t at = str_find(ev->body, from);
	struct str unit;

	if (!str_eq(ev->identifier, STR("systemd-journald")))
		return 0;
	if (!s->units)
		return ingest_notice_loss(s, ev);
	if (at < 0)
		return 0;
	str_cut(str_skip(ev->body, (size_t)at + from.n), ' ', &unit);
	return is_unit(s->units, unit) ? ingest_notice_loss(s, ev) : 0;
}
