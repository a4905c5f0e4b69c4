/* SPDX-License-Identifier: MIT */
/*
 * Which systemd units were down during an incident, and for how long: from
 * the message that a unit failed or stopped to the next one that it started.
 * The kinds are those that the systemd rules give (parsers/rules-*.json).
 */
#include "analysis.h"

#include <math.h>

static bool
kind_is(const struct message *m, const char *const *kinds)
{
	if (m->rule == NULL)
		return false;
	for (; *kinds != NULL; kinds++) {
		if (strcmp(m->rule->kind, *kinds) == 0)
			return true;
	}
	return false;
}

static bool
goes_down(const struct message *m)
{
	static const char *const kinds[] = {"unit-failed", "unit-stopped",
	    "process-exited", "oom-kill", "start-limit", NULL};

	return kind_is(m, kinds);
}

static bool
comes_up(const struct message *m)
{
	static const char *const kinds[] = {"unit-started", NULL};

	return kind_is(m, kinds);
}

static struct impact_unit *
unit_of(struct analysis *a, struct incident *in, const struct message *m)
{
	struct impact *im = &in->impact;
	struct str name = pool_get(a, m->unit), host = pool_get(a, m->host);

	for (size_t i = 0; i < im->n_units; i++) {
		if (str_eq(str_of(im->units[i].unit), name) &&
		    str_eq(str_of(im->units[i].host), host))
			return &im->units[i];
	}
	im->units =
	    xreallocarray(im->units, im->n_units + 1, sizeof(*im->units));
	im->units[im->n_units] = (struct impact_unit){
	    .host = str_dup(host), .unit = str_dup(name), .down_s = 0};
	return &im->units[im->n_units++];
}

void
units_count(struct analysis *a, struct incident *in)
{
	usec_t until = incident_until(a, in);
	size_t from = messages_from(a, in->start - 5 * USEC_PER_SEC);

	for (size_t i = from; i < a->n_messages && a->messages[i].time <= until;
	     i++) {
		const struct message *m = &a->messages[i];
		struct impact_unit *u;
		usec_t up = USEC_NONE;
		bool already = false;

		if (m->is_twin || m->unit == NO_STRING)
			continue;
		if (comes_up(m)) {
			/* Only of units that went down are restarts told. */
			for (size_t k = 0; k < in->impact.n_units; k++) {
				u = &in->impact.units[k];
				if (str_eq(str_of(u->unit),
					pool_get(a, m->unit)) &&
				    str_eq(
					str_of(u->host), pool_get(a, m->host)))
					u->restarts++;
			}
			continue;
		}
		if (!goes_down(m))
			continue;
		/* The first message of one fall counts, to the next rise. */
		for (size_t k = i; k-- > from && !already;) {
			const struct message *b = &a->messages[k];

			if (b->unit != m->unit || b->host != m->host)
				continue;
			if (comes_up(b))
				break;
			already = goes_down(b);
		}
		if (already)
			continue;
		for (size_t k = i + 1; k < a->n_messages; k++) {
			const struct message *b = &a->messages[k];

			if (b->unit == m->unit && b->host == m->host &&
			    comes_up(b)) {
				up = b->time;
				break;
			}
		}
		u = unit_of(a, in, m);
		u->down_s += up == USEC_NONE ? NAN
					     : (double)(up - m->time) /
						   (double)USEC_PER_SEC;
	}
}
