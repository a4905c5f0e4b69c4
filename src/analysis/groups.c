/* SPDX-License-Identifier: MIT */
/*
 * Messages that say the same thing about the same thing are one group: those a
 * rule knows by (rule, host, subject, actor), the others by (host, unit or
 * identifier, pattern).  What is an item on the timeline, a factor, or
 * background noise is decided per group, so a message that repeats ten
 * thousand times costs as much thought as one.
 */
#include "analysis.h"

bool
quiet_time(const struct analysis *a, usec_t t)
{
	for (size_t i = 0; i < a->report->n_incidents; i++) {
		const struct incident *in = &a->report->incidents[i];

		if (t >= in->start - AROUND_BEFORE &&
		    t <= incident_until(a, in) + AROUND_AFTER)
			return false;
	}
	return true;
}

usec_t
quiet_length(const struct analysis *a)
{
	usec_t from = a->o.lookback, quiet;

	/* Time from which nothing is in the store is not quiet, but unknown. */
	if (a->n_messages > 0)
		from = a->messages[0].time;
	if (a->n_requests > 0 && a->requests[0].end < from)
		from = a->requests[0].end;
	quiet = a->o.until - from;
	for (size_t i = 0; i < a->report->n_incidents; i++) {
		const struct incident *in = &a->report->incidents[i];
		usec_t since = in->start - AROUND_BEFORE;
		usec_t until = incident_until(a, in) + AROUND_AFTER;

		if (since < from)
			since = from;
		if (until > a->o.until)
			until = a->o.until;
		quiet -= until > since ? until - since : 0;
	}
	return quiet > 0 ? quiet : 0;
}

static uint64_t
group_key(const struct analysis *a, const struct message *m)
{
	uint32_t origin = m->unit != NO_STRING ? m->unit : m->identifier;
	uint64_t parts[5] = {m->host, 0};

	if (m->kind == EVENT_ALERT || m->kind == EVENT_MARK) {
		parts[1] = m->id; /* each a fact of its own */
	} else if (m->rule != NULL) {
		struct str name = str_of(m->rule->name);

		parts[1] = hash64(name.p, name.n);
		parts[2] = m->subject;
		parts[3] = m->actor;
		if (m->subject == NO_STRING && m->actor == NO_STRING) {
			parts[2] = origin;
			parts[3] = m->pattern;
			parts[4] = 1;
		}
	} else {
		parts[1] = 1;
		parts[2] = origin;
		parts[3] = m->pattern;
	}
	return hash64(parts, sizeof(parts));
}

/*
 * Whether a message says what is usual here.  In a window without an incident
 * everything in it does, but for what broke: a process killed for want of
 * memory is to be told on a host that serves no requests, too.
 */
static bool
says_usual(const struct analysis *a, const struct message *m)
{
	if (a->report->n_incidents == 0 && m->rule != NULL &&
	    m->rule->class == RULE_FAILURE && in_window(a, m->time))
		return false;
	return quiet_time(a, m->time);
}

static void
group_add(struct analysis *a, struct group *g, uint32_t record)
{
	const struct message *m = &a->messages[record];

	if (says_usual(a, m))
		g->usual++;
	if (!in_window(a, m->time))
		return;
	if (g->n_members == 0)
		g->first = record;
	g->last = record;
	GROW(g->members, g->n_members, g->size);
	g->members[g->n_members++] = record;
}

void
groups_build(struct analysis *a)
{
	CLEANUP(u64map_free) struct u64map *by_key = u64map_new();
	bool new;

	for (size_t i = 0; i < a->n_messages; i++) {
		const struct message *m = &a->messages[i];
		uint64_t *at;

		if (m->is_twin)
			continue;
		at = u64map_at(by_key, group_key(a, m), a->n_groups, &new);
		if (new) {
			GROW(a->groups, a->n_groups, a->size_groups);
			a->groups[a->n_groups++] = (struct group){0};
		}
		group_add(a, &a->groups[*at], (uint32_t)i);
	}
}
