/* SPDX-License-Identifier: MIT */
/*
 * What also happens on a quiet day does not explain an incident: scanners,
 * brute force on sshd, a sensor that complains every five minutes, cron.
 *
 * A group is background when its rate near incidents is no more than its rate
 * in quiet time would give by chance.  The test is Poisson with a margin of
 * MARGIN standard deviations; its expectation never counts as less than the
 * quiet count scaled down, so a group seen once in quiet time needs two or
 * more near an incident to stand out.  Deploys, configuration changes and what
 * people did, and recoveries (a service that starts), are told even if there
 * was one earlier: only a series of them (SERIES) is routine.
 */
#include "analysis.h"

#include <math.h>

#define MARGIN 3.0
#define SERIES 3
/* For what systemd does by itself all day: units that start and finish. */
#define SMALL_SERIES 2
#define SMALL_PRIOR 0.4

static bool
is_background(const struct analysis *a, const struct group *g, double expected)
{
	const struct rule *rule = a->messages[g->first].rule;

	/* Nobody puts a mark there by chance; an alert may fire on a quiet
	 * day, but where there is no incident it is what there is to tell. */
	if (a->messages[g->first].kind == EVENT_MARK ||
	    (a->messages[g->first].kind == EVENT_ALERT &&
		a->report->n_incidents == 0))
		return false;
	if (rule != NULL && rule->class == RULE_ROUTINE)
		return true;
	if (g->usual == 0)
		return false;
	if (rule != NULL &&
	    (rule->class == RULE_CHANGE || rule->class == RULE_ACTION ||
		rule->class == RULE_RECOVERY) &&
	    g->usual < (rule->prior < SMALL_PRIOR ? SMALL_SERIES : SERIES))
		return false;
	return g->count <= expected + MARGIN * sqrt(expected) + 1;
}

void
background_mark(struct analysis *a)
{
	double quiet = (double)quiet_length(a);
	double near = 0;

	for (size_t i = 0; i < a->report->n_incidents; i++) {
		const struct incident *in = &a->report->incidents[i];

		near += (double)(incident_until(a, in) - in->start +
				 AROUND_BEFORE + AROUND_AFTER);
	}
	for (size_t i = 0; i < a->n_groups; i++) {
		struct group *g = &a->groups[i];

		if (g->n_members == 0) {
			g->background = true;
			continue;
		}
		g->count = 0;
		for (uint32_t k = 0; k < g->n_members; k++) {
			usec_t t = a->messages[g->members[k]].time;

			g->count += incident_near(a, t, AROUND_BEFORE,
					AROUND_AFTER) != NULL;
		}
		g->background = is_background(
		    a, g, quiet > 0 ? (double)g->usual * near / quiet : 0);
	}
}
