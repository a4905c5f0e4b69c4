/* SPDX-License-Identifier: MIT */
/*
 * The timeline: some 25 items out of everything that was logged.
 *
 * Candidates are the groups that are not background (background.c), cut into
 * runs: a failure is one item however often it repeats, while a deploy at
 * 14:02 and its rollback at 14:31 are two, though they read alike (changes,
 * actions and recoveries more than RUN_GAP apart).  Each candidate gets points
 * for its class, for how close it stands to where an incident turns, and for
 * being new; those with the most points stay, in order of time.  What measures
 * the incident itself (onset, give-ups, slowness, end: turns.c), alerts and
 * marks always stay.
 *
 * A stack trace arrives as one message per line.  Messages of one process
 * within TOGETHER of each other are told as one item, with each of them as
 * evidence; likewise what systemd says of one unit as it stops and starts.
 */
#include "analysis.h"

#include <math.h>
#include <stdlib.h>

#include "timeline.h"

#define RUN_GAP (30 * USEC_PER_SEC)
#define RUNS_MAX 6 /* of one group */
#define TOGETHER (250 * USEC_PER_MSEC)
#define UNIT_TOGETHER (3 * USEC_PER_SEC)

/* How far from an incident things are told, and from its turns favoured. */
#define BEFORE (15 * USEC_PER_MIN)
#define AFTER (5 * USEC_PER_MIN)
#define TURN USEC_PER_MIN

/* Points; the scale is that of `points_of`. */
#define POINTS_MIN 4.0
#define PARTS_MAX 3  /* messages told of one joined item, besides the first */
#define CITED_MAX 16 /* evidence ids of one item */

struct draft *
draft_new(struct drafts *d)
{
	GROW(d->items, d->n, d->size);
	d->items[d->n] = (struct draft){
	    .item = {.until = USEC_NONE, .severity = SEVERITY_NONE},
	    .record = NO_RECORD,
	};
	return &d->items[d->n++];
}

static double
class_points(const struct message *m)
{
	if (m->rule == NULL) {
		if (m->severity < 0 || m->severity > SEV_WARNING)
			return 1;
		return m->severity <= SEV_ERR ? 3 : 2;
	}
	switch (m->rule->class) {
	case RULE_CHANGE:
		/* Routine jobs change little: their prior says so. */
		return m->rule->prior >= 0.4 ? 5 : 3;
	case RULE_ACTION:
		/* Logins and looking around are steps on the way. */
		return m->rule->prior >= 0.2  ? 5
		       : m->rule->prior > 0.1 ? 3
					      : 1.5;
	case RULE_FAILURE:
		return 4;
	case RULE_RECOVERY:
		return 3.5;
	case RULE_NOTICE:
		return 1;
	case RULE_ROUTINE:
		break;
	}
	return 0;
}

static bool
near(usec_t x, usec_t y, usec_t within)
{
	return x >= y - within && x <= y + within;
}

static double
place_points(const struct analysis *a, usec_t t)
{
	const struct incident *in = incident_near(a, t, BEFORE, AFTER);
	double points = 0;

	if (a->report->n_incidents == 0)
		return 0;
	if (in == NULL)
		return -2;
	if (near(t, in->start, TURN) ||
	    (in->end != USEC_NONE && near(t, in->end, TURN)))
		points += 2;
	else if (t > in->start && t <= incident_until(a, in))
		points += 1;
	/* The very moments: what stands within seconds of a turn. */
	if (near(t, in->start, 5 * USEC_PER_SEC) ||
	    (in->end != USEC_NONE && near(t, in->end, 5 * USEC_PER_SEC)))
		points += 1;
	return points;
}

static double
points_of(const struct analysis *a, const struct group *g, uint32_t record,
    uint32_t count)
{
	const struct message *m = &a->messages[record];
	double points = class_points(m) + place_points(a, m->time);

	points += g->usual == 0 ? 1 : -1;
	return points + 0.3 * log10(count);
}

static bool
in_runs(const struct message *m)
{
	return m->rule != NULL && (m->rule->class == RULE_CHANGE ||
				      m->rule->class == RULE_ACTION ||
				      m->rule->class == RULE_RECOVERY);
}

static enum phase
phase_of(const struct analysis *a, const struct message *m)
{
	const struct incident *in = incident_near(a, m->time, BEFORE, AFTER);
	bool deed = m->rule != NULL && (m->rule->class == RULE_ACTION ||
					   m->rule->class == RULE_CHANGE);

	if (in == NULL)
		return PHASE_BEFORE;
	if (in->phases.trigger == m->time)
		return PHASE_TRIGGER;
	if (m->kind == EVENT_ALERT)
		return m->flags & EVENT_RESOLVED ? PHASE_RECOVERY
						 : PHASE_DETECTION;
	if (m->time < in->start)
		return PHASE_BEFORE;
	if (in->end != USEC_NONE && m->time > in->end)
		return m->time < in->end + TURN ? PHASE_RECOVERY : PHASE_AFTER;
	if (in->end != USEC_NONE && deed && m->time > in->start + TURN / 2 &&
	    near(m->time, in->end, TURN))
		return PHASE_MITIGATION;
	if (m->rule != NULL && m->rule->class == RULE_RECOVERY)
		return PHASE_RECOVERY;
	return m->time < in->start + TURN / 2 ? PHASE_ONSET : PHASE_RESPONSE;
}

static const char *
kind_of(const struct message *m)
{
	if (m->kind == EVENT_ALERT)
		return m->flags & EVENT_RESOLVED ? "alert-resolved" : "alert";
	if (m->kind == EVENT_MARK)
		return "mark";
	if (m->rule != NULL)
		return m->rule->kind;
	return m->severity >= 0 && m->severity <= SEV_ERR ? "error" : "message";
}

static const char *
class_of(const struct message *m)
{
	if (m->kind == EVENT_ALERT)
		return "alert";
	if (m->kind == EVENT_MARK)
		return "mark";
	return m->rule != NULL ? rule_class_name(m->rule->class) : "message";
}

static uint32_t
source_name(const struct analysis *a, uint32_t source)
{
	for (size_t i = 0; i < a->n_sources; i++) {
		if (a->sources[i].id == source)
			return a->sources[i].name;
	}
	return NO_STRING;
}

/* What a phase names stands on the timeline, whatever its points. */
static bool
makes_phase(const struct analysis *a, const struct message *m)
{
	const struct incident *in = incident_near(a, m->time, BEFORE, AFTER);

	return in != NULL && m->rule != NULL &&
	       (m->time == in->phases.first_action ||
		   m->time == in->phases.mitigated ||
		   m->time == in->phases.trigger);
}

/* One item for members[from..to) of g. */
static void
draft_run(const struct analysis *a, struct drafts *d, const struct group *g,
    uint32_t from, uint32_t to, bool always)
{
	uint32_t first = g->members[from], last = g->members[to - 1];
	const struct message *m = &a->messages[first];
	struct draft *draft;
	double points = points_of(a, g, first, to - from);

	always = always || makes_phase(a, m);
	if (!always && points < POINTS_MIN)
		return;
	draft = draft_new(d);
	draft->record = first;
	draft->points = points;
	draft->always = always;
	draft->item.time = m->time;
	if (to - from > 1)
		draft->item.until = a->messages[last].time;
	draft->item.phase = phase_of(a, m);
	draft->item.kind = xstrdup(kind_of(m));
	draft->item.class = class_of(m);
	draft->item.host = pool_dup(a, m->host);
	draft->item.service = pool_dup(a, m->service);
	draft->item.source = pool_dup(a, source_name(a, m->source));
	draft->item.severity = m->severity;
	draft->item.text = message_text(a, m);
	draft->item.count = to - from;
	evidence_add(a, &draft->item.evidence, first);
	evidence_add(a, &draft->item.evidence, last);
}

static void
draft_group(const struct analysis *a, struct drafts *d, const struct group *g)
{
	const struct message *m = &a->messages[g->first];
	bool fact = m->kind == EVENT_ALERT || m->kind == EVENT_MARK;
	uint32_t from = 0, runs = 0;

	if (!in_runs(m)) {
		draft_run(a, d, g, 0, g->n_members, fact);
		return;
	}
	for (uint32_t k = 1; k <= g->n_members; k++) {
		usec_t before = a->messages[g->members[k - 1]].time;

		if (k < g->n_members &&
		    a->messages[g->members[k]].time <= before + RUN_GAP)
			continue;
		if (runs++ == RUNS_MAX)
			k = g->n_members; /* the rest is one run */
		draft_run(a, d, g, from, k, false);
		from = k;
	}
}

/* Stop begun, stopped, started: what systemd says of one unit in one go. */
static bool
one_unit(const struct message *m, const struct message *n)
{
	return m->rule != NULL && n->rule != NULL &&
	       m->rule->class == RULE_CHANGE && n->rule->class == RULE_CHANGE &&
	       m->host == n->host && m->unit == n->unit &&
	       m->unit != NO_STRING && m->identifier == n->identifier;
}

static bool
one_process(
    const struct analysis *a, const struct draft *x, const struct draft *y)
{
	const struct message *m, *n;

	if (x->record == NO_RECORD || y->record == NO_RECORD || x->always ||
	    y->always)
		return false;
	m = &a->messages[x->record];
	n = &a->messages[y->record];
	if (one_unit(m, n))
		return y->item.time - x->last <= UNIT_TOGETHER;
	return !in_runs(m) && !in_runs(n) && m->host == n->host &&
	       m->unit == n->unit && m->identifier == n->identifier &&
	       m->pid == n->pid && m->pid >= 0 &&
	       y->item.time - x->last <= TOGETHER;
}

static void
append_text(struct draft *into, const char *more)
{
	char *text = xasprintf("%s; %s", into->item.text, more);

	xfree(into->item.text);
	into->item.text = text;
}

/*
 * What the joined item says: the messages that weigh most, in order, and "…"
 * for those that are counted but not told.
 */
static void
join_text(struct draft *into, const struct draft *from)
{
	if (strstr(into->item.text, from->item.text) != NULL)
		return;
	if (from->weight > into->weight && into->weight < 3) {
		/* What came before was only the way to it. */
		xfree(into->item.text);
		into->item.text = xstrdup(from->item.text);
	} else if (from->weight >= into->weight && into->joined < PARTS_MAX) {
		append_text(into, from->item.text);
		into->joined++;
	} else if (!into->elided) {
		append_text(into, "…");
		into->elided = true;
	}
	if (from->weight > into->weight) {
		xfree(into->item.kind);
		into->item.kind = xstrdup(from->item.kind);
		into->item.class = from->item.class;
		into->weight = from->weight;
	}
}

void
draft_free(struct draft *d)
{
	xfree(d->item.kind);
	xfree(d->item.host);
	xfree(d->item.service);
	xfree(d->item.source);
	xfree(d->item.text);
	xfree(d->item.evidence.ids);
}

/* A long trace keeps its beginning and, in the last place, its end: that is
 * where most languages say what went wrong. */
static void
cite_in_turn(struct id_list *l, uint64_t id)
{
	if (l->n < CITED_MAX)
		id_list_add(l, id);
	else
		l->ids[l->n - 1] = id;
}

static void
join_drafts(const struct analysis *a, struct drafts *d)
{
	size_t n = 0;

	for (size_t i = 0; i < d->n; i++) {
		struct draft *x = &d->items[i];

		x->last = x->item.time;
		x->weight = x->record == NO_RECORD
				? 0
				: class_points(&a->messages[x->record]);
	}
	for (size_t i = 0; i < d->n; i++) {
		struct draft *y = &d->items[i], *into = NULL;

		for (size_t k = n; k-- > 0;) {
			if (one_process(a, &d->items[k], y)) {
				into = &d->items[k];
				break;
			}
			if (d->items[k].item.time < y->item.time - RUN_GAP)
				break;
		}
		if (into == NULL) {
			d->items[n++] = *y;
			continue;
		}
		for (size_t e = 0; e < y->item.evidence.n; e++)
			cite_in_turn(
			    &into->item.evidence, y->item.evidence.ids[e]);
		join_text(into, y);
		into->last = y->item.time;
		into->item.count += y->item.count;
		if (y->item.until > into->item.until)
			into->item.until = y->item.until;
		if (y->item.severity >= 0 &&
		    (into->item.severity < 0 ||
			y->item.severity < into->item.severity))
			into->item.severity = y->item.severity;
		if (y->points > into->points)
			into->points = y->points;
		draft_free(y);
	}
	d->n = n;
}

static int
by_time(const void *x, const void *y)
{
	const struct draft *a = x, *b = y;

	if (a->item.time != b->item.time)
		return a->item.time < b->item.time ? -1 : 1;
	/* A turn of the incident before the messages of that moment. */
	if (a->record != b->record)
		return a->record + 1 < b->record + 1 ? -1 : 1;
	return strcmp(a->item.text, b->item.text);
}

static int
by_points(const void *x, const void *y)
{
	const struct draft *a = x, *b = y;

	if (a->always != b->always)
		return a->always ? -1 : 1;
	if (a->points != b->points)
		return a->points > b->points ? -1 : 1;
	return by_time(x, y);
}

void
timeline_build(struct analysis *a)
{
	struct drafts d = {0};
	struct report *r = a->report;
	size_t keep;

	turns_draft(a, &d);
	for (size_t i = 0; i < a->n_groups; i++) {
		if (!a->groups[i].background)
			draft_group(a, &d, &a->groups[i]);
	}
	if (d.n == 0)
		return;
	qsort(d.items, d.n, sizeof(*d.items), by_time);
	join_drafts(a, &d);
	qsort(d.items, d.n, sizeof(*d.items), by_points);
	keep =
	    a->o.items_max > 0 && d.n > a->o.items_max ? a->o.items_max : d.n;
	for (size_t i = keep; i < d.n; i++)
		draft_free(&d.items[i]);
	qsort(d.items, keep, sizeof(*d.items), by_time);
	r->timeline = xcalloc(keep, sizeof(*r->timeline));
	r->n_timeline = keep;
	for (size_t i = 0; i < keep; i++)
		r->timeline[i] = d.items[i].item;
	xfree(d.items);
}
