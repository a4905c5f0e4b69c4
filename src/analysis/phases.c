/* SPDX-License-Identifier: MIT */
/*
 * The phases that postmortems ask for, each only where something in the logs
 * says so.
 *
 * trigger       the best factor, when it is a change or a failure that came
 *               no later than the onset and scores TRIGGER_SCORE at least
 * detected      the first alert that fired (or mark of that kind) since the
 *               onset; one that fired earlier was about something else
 * first action  the first thing a person did after onset (or after detection,
 *               when the trigger was itself somebody's action)
 * mitigated     the last change or action before the failures ended
 * resolved      the end of the failures
 */
#include "analysis.h"

#define TRIGGER_SCORE 0.15
/* Alerts evaluate late; one this long after the end is about the incident
 * still, later ones are not. */
#define ALERT_AFTER (2 * USEC_PER_MIN)
/* Between the command that helps and the last failure: services start. */
#define MITIGATION_BEFORE (2 * USEC_PER_MIN)
#define MITIGATION_AFTER USEC_PER_SEC

static bool
is_mark(const struct analysis *a, const struct message *m, const char *kind)
{
	return m->kind == EVENT_MARK &&
	       str_eq(pool_get(a, m->identifier), str_of(kind));
}

static bool
of_class(const struct message *m, enum rule_class class)
{
	return m->rule != NULL && m->rule->class == class;
}

static bool
was_trigger(const struct incident *in, const struct message *m)
{
	if (in->phases.trigger == USEC_NONE)
		return false;
	for (size_t i = 0; i < in->factors[0].evidence.n; i++) {
		if (in->factors[0].evidence.ids[i] == m->id)
			return true;
	}
	return false;
}

static void
first(usec_t *phase, usec_t t)
{
	if (*phase == USEC_NONE)
		*phase = t;
}

/* The last change or action up to t, not long before the failures ended. */
static usec_t
last_deed(const struct analysis *a, const struct incident *in, usec_t t)
{
	for (size_t i = messages_from(a, t + 1); i-- > 0;) {
		const struct message *m = &a->messages[i];

		if (m->time < in->end - MITIGATION_BEFORE ||
		    m->time < in->start + 2 * USEC_PER_SEC)
			break;
		if (!m->is_twin &&
		    (of_class(m, RULE_ACTION) || of_class(m, RULE_CHANGE)))
			return m->time;
	}
	return USEC_NONE;
}

static void
phases_of(const struct analysis *a, struct incident *in)
{
	usec_t until = incident_until(a, in);

	in->phases.trigger = in->phases.detected = USEC_NONE;
	in->phases.first_action = in->phases.mitigated = USEC_NONE;
	in->phases.onset = in->start;
	in->phases.resolved = in->end;
	if (in->n_factors > 0 && in->factors[0].score >= TRIGGER_SCORE)
		in->phases.trigger = in->factors[0].time;
	for (size_t i = messages_from(a, in->start); i < a->n_messages; i++) {
		const struct message *m = &a->messages[i];

		if (m->time > until + ALERT_AFTER)
			break;
		if (m->is_twin || !in_window(a, m->time))
			continue;
		if ((m->kind == EVENT_ALERT && !(m->flags & EVENT_RESOLVED)) ||
		    is_mark(a, m, "detected"))
			first(&in->phases.detected, m->time);
		if (m->time > until + MITIGATION_AFTER)
			continue;
		if (is_mark(a, m, "mitigated"))
			in->phases.mitigated = m->time;
		if (!of_class(m, RULE_ACTION) && !is_mark(a, m, "action"))
			continue;
		if (was_trigger(in, m) ||
		    (m->time < in->start + 2 * USEC_PER_SEC &&
			m->kind != EVENT_MARK))
			continue;
		first(&in->phases.first_action, m->time);
	}
	if (in->end == USEC_NONE || in->phases.mitigated != USEC_NONE)
		return;
	in->phases.mitigated = last_deed(a, in, in->end);
	if (in->phases.mitigated == USEC_NONE)
		in->phases.mitigated =
		    last_deed(a, in, in->end + MITIGATION_AFTER);
}

void
phases_find(struct analysis *a)
{
	for (size_t i = 0; i < a->report->n_incidents; i++)
		phases_of(a, &a->report->incidents[i]);
}
