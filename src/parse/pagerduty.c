/* SPDX-License-Identifier: MIT */
/*
 * PagerDuty's webhooks (v3): what happened to an incident there, as marks.
 *
 * A message holds one event: its type ("incident.acknowledged"), when it
 * occurred, who brought it about, and the incident.  What postmortems ask for
 * are the turns: triggered is detected, acknowledged is the first action,
 * resolved is resolved; everything else is a note.  Who it was stays in the
 * evidence; the text says "a responder", or "an integration", because a
 * timeline blames nobody.
 *
 * Messages are delivered again until they are answered, under another id where
 * several subscriptions exist, so an event is known by its incident, its type
 * and its time.  An incident is triggered once, whatever the time says.
 *
 * The evidence is the whole message.  The text is made of several members of
 * it, so it is the one body that does not lie inside its raw bytes.
 */
#include "alert-walk.h"

static const struct turn {
	struct str type; /* behind "incident." */
	struct str kind; /* of the mark */
	const char *words;
	bool by; /* say who did it, as a role */
} turns[] = {
    {STR("triggered"), STR("detected"), "incident triggered", false},
    {STR("acknowledged"), STR("action"), "incident acknowledged", true},
    {STR("resolved"), STR("resolved"), "incident resolved", true},
    {STR("unacknowledged"), STR("note"), "acknowledgement timed out", false},
    {STR("reopened"), STR("note"), "incident reopened", true},
    {STR("escalated"), STR("note"), "incident escalated", true},
    {STR("reassigned"), STR("note"), "incident reassigned", true},
    {STR("delegated"), STR("note"), "incident delegated", true},
    {STR("priority_updated"), STR("note"), "priority changed", true},
    {STR("annotated"), STR("note"), "note added", true},
    {STR("status_update_published"), STR("note"), "status update", true},
    {STR("responder.added"), STR("note"), "responders asked for", true},
    {STR("responder.replied"), STR("note"), "responder replied", false},
};

struct str
pagerduty_event(struct str message)
{
	struct str event = json_get(message, STR("event"));

	return json_get(event, STR("event_type")).p ? event : STR_NULL;
}

/* Notes and updates name their incident in a member of its own. */
static struct str
incident_of(struct str data)
{
	struct str inner = json_get(data, STR("incident"));

	return json_get(inner, STR("id")).p ? inner : data;
}

uint64_t
pagerduty_key(struct str event)
{
	struct str type = json_text(json_get(event, STR("event_type")));
	struct str data = json_get(event, STR("data"));
	struct str id = json_text(json_get(incident_of(data), STR("id")));
	uint64_t key = hash64_seed(type.p, type.n, hash64(id.p, id.n));
	usec_t at, precision;

	if (id.n == 0) { /* about something else: itself */
		id = json_text(json_get(event, STR("id")));
		key = hash64_seed(id.p, id.n, key);
	}
	if (!str_eq(type, STR("incident.triggered")) &&
	    walk_time(json_get(event, STR("occurred_at")), &at, &precision))
		key = hash64_seed((const char *)&at, sizeof(at), key);
	return key;
}

static const struct turn *
turn_of(struct str type)
{
	struct str prefix = STR("incident.");

	if (!str_starts(type, prefix))
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(turns); i++)
		if (str_eq(turns[i].type, str_skip(type, prefix.n)))
			return &turns[i];
	return NULL;
}

static const char *
role_of(struct str event)
{
	struct str agent = json_get(event, STR("agent"));
	struct str type = json_text(json_get(agent, STR("type")));

	if (type.n == 0)
		return NULL;
	return str_starts(type, STR("user")) ? "a responder" : "an integration";
}

/* What it is about: a note's words, else the incident's title. */
static struct str
subject_of(struct walk *w, struct str data)
{
	static const struct str keys[] = {
	    STR("content"), STR("message"), STR("title"), STR("summary")};
	struct str text = STR_NULL;

	for (size_t i = 0; i < ARRAY_SIZE(keys) && text.n == 0; i++)
		text = walk_plain(w, json_get(data, keys[i]));
	if (text.n == 0)
		text = walk_plain(w, json_get(incident_of(data), STR("title")));
	if (text.n == 0)
		text =
		    walk_plain(w, json_get(incident_of(data), STR("summary")));
	return text;
}

static struct str
words_of(
    struct walk *w, struct str event, struct str type, const struct turn *turn)
{
	struct str data = json_get(event, STR("data"));
	struct str subject = subject_of(w, data);
	const char *role = role_of(event);
	size_t from = w->names.n;

	buf_adds(&w->names, "PagerDuty: ");
	if (turn)
		buf_adds(&w->names, turn->words);
	else
		buf_add_str(&w->names, type);
	if (turn && turn->by && role)
		buf_addf(&w->names, " by %s", role);
	if (subject.n > 0) {
		buf_adds(&w->names, ": ");
		buf_add_str(&w->names, subject);
	}
	return (struct str){w->names.p + from, w->names.n - from};
}

static int
severity_of(struct str data, const struct turn *turn)
{
	struct str urgency = json_text(json_get(data, STR("urgency")));

	if (!turn || !str_eq(turn->kind, STR("detected")))
		return SEV_NOTICE;
	return str_eq(urgency, STR("low")) ? SEV_WARNING : SEV_CRIT;
}

int
walk_pagerduty(struct walk *w, struct str message)
{
	struct str event = pagerduty_event(message);
	struct str type = json_get(event, STR("event_type"));
	struct str data = json_get(event, STR("data"));
	const struct turn *turn;
	struct log_event ev;

	if (type.n < 3 || type.p[0] != '"')
		return walk_refuse(w, "event_type is no text");
	type = json_text(type);
	event_init(&ev);
	if (!walk_time(json_get(event, STR("occurred_at")), &ev.timestamp,
		&ev.precision))
		return walk_refuse(w, "occurred_at is missing, or no time");
	if (data.n == 0 || data.p[0] != '{')
		return walk_refuse(w, "the event has no data");
	w->found++;
	if (w->fn == NULL || !walk_new(w, pagerduty_key(event)))
		return 0;
	turn = turn_of(type);
	buf_reset(&w->names);
	/* Each member is unescaped once at most, then copied once. */
	buf_reserve(&w->names, 2 * message.n + 256);
	ev.kind = EVENT_MARK;
	ev.severity = severity_of(data, turn);
	ev.identifier = turn ? turn->kind : STR("note");
	ev.service = walk_plain(
	    w, json_get(json_get(data, STR("service")), STR("summary")));
	ev.body = words_of(w, event, type, turn);
	return walk_emit(w, message, &ev);
}
