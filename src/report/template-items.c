/* SPDX-License-Identifier: MIT */
/*
 * Timeline, factors and evidence for templates.  An incident gets the items
 * that are told in relation to it, and those again by what they are: how it
 * was detected, what was changed before it, what people did, how it ended.
 * The classes come from the rules, so nothing here knows a kind of event.
 */
#include <math.h>

#include "recount/event.h"
#include "template-model.h"
#include "words.h"

/* "k3f9 k7v0", and how to look at them. */
static void
add_ids(json_t *object, const struct id_list *ids)
{
	CLEANUP(buf_free) struct buf b = BUF_INIT, command = BUF_INIT;

	words_evidence(&b, ids);
	buf_addf(&command, "recount show %s", b.p ? b.p : "");
	model_put(object, "evidence_text", &b);
	model_put(object, "show_command", &command);
}

static void
add_item(json_t *object, const struct timeline_item *it, const struct report *r)
{
	CLEANUP(buf_free) struct buf b = BUF_INIT;
	char text[TIME_TEXT_MAX];

	model_put_time(object, "time_text", it->time, r);
	words_relative(r, it, text);
	model_put_string(object, "relative_text", text);
	model_put_string(object, "where_text",
	    it->host != NULL && it->host[0] != '\0' ? it->host : it->service);
	/* The same text stands for an alert that fires and one that ends. */
	if (it->kind != NULL && strcmp(it->kind, "alert") == 0)
		buf_adds(&b, "alert: ");
	else if (it->kind != NULL && strcmp(it->kind, "alert-resolved") == 0)
		buf_adds(&b, "alert over: ");
	buf_adds(&b, it->text ? it->text : "");
	model_put(object, "event_text", &b);
	words_count(&b, it->count);
	model_put(object, "count_text", &b);
	model_put_bool(object, "is_folded", it->count > 1);
	model_put_bool(object, "is_onset",
	    it->kind != NULL && strcmp(it->kind, "onset") == 0);
	model_put_bool(object, "is_recovered",
	    it->kind != NULL && strcmp(it->kind, "recovered") == 0);
	add_ids(object, &it->evidence);
}

/* The lists of an incident, each with what belongs in it. */
static bool
is_detection(const struct timeline_item *it)
{
	return it->phase == PHASE_DETECTION;
}

static bool
of_class(const struct timeline_item *it, const char *class)
{
	return it->class != NULL && strcmp(it->class, class) == 0;
}

static bool
is_change_before(const struct timeline_item *it)
{
	return of_class(it, "change") && it->phase < PHASE_ONSET;
}

static bool
is_failure(const struct timeline_item *it)
{
	return it->phase >= PHASE_ONSET && it->phase <= PHASE_RESPONSE &&
	       (of_class(it, "failure") || of_class(it, "impact"));
}

/* What people did about it. */
static bool
is_action(const struct timeline_item *it)
{
	return (of_class(it, "action") || of_class(it, "mark")) &&
	       it->phase >= PHASE_ONSET && it->phase != PHASE_DETECTION;
}

static bool
is_mitigation(const struct timeline_item *it)
{
	return it->phase == PHASE_MITIGATION &&
	       (is_action(it) || of_class(it, "change"));
}

static bool
is_recovery(const struct timeline_item *it)
{
	return it->phase == PHASE_RECOVERY && !is_action(it);
}

static const struct selection {
	const char *key, *has;
	bool (*test)(const struct timeline_item *it);
} selections[] = {
    {"changes_before", "has_changes_before", is_change_before},
    {"failures", "has_failures", is_failure},
    {"detections", "has_detections", is_detection},
    {"actions", "has_actions", is_action},
    {"mitigations", "has_mitigations", is_mitigation},
    {"recoveries", "has_recoveries", is_recovery},
};

/* Each list has items of its own: is_first is another in each. */
static void
select_items(json_t *incident, const struct incident *in, json_t *timeline,
    const struct report *r, const struct selection *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < r->n_timeline; i++) {
		const struct timeline_item *it = &r->timeline[i];

		if (words_incident_of(r, it) == in &&
		    (s->test == NULL || s->test(it)))
			json_array_append_new(
			    list, json_copy(json_array_get(timeline, i)));
	}
	model_number(list);
	model_put_bool(incident, s->has, json_array_size(list) > 0);
	json_object_set_new(incident, s->key, list);
}

void
model_timeline(json_t *root, const struct report *r)
{
	const struct selection all = {"timeline", "has_timeline", NULL};
	json_t *timeline = json_object_get(root, "timeline");
	json_t *incidents = json_object_get(root, "incidents");

	for (size_t i = 0; i < r->n_timeline; i++)
		add_item(json_array_get(timeline, i), &r->timeline[i], r);
	for (size_t i = 0; i < r->n_incidents; i++) {
		json_t *incident = json_array_get(incidents, i);

		for (size_t k = 0; k < ARRAY_SIZE(selections); k++)
			select_items(incident, &r->incidents[i], timeline, r,
			    &selections[k]);
		select_items(incident, &r->incidents[i], timeline, r, &all);
	}
	model_number(timeline);
	model_put_bool(root, "has_timeline", r->n_timeline > 0);
}

void
model_factors(
    json_t *incident, const struct incident *in, const struct report *r)
{
	json_t *list = json_object_get(incident, "factors");
	CLEANUP(buf_free) struct buf b = BUF_INIT;

	for (size_t i = 0; i < in->n_factors; i++) {
		const struct factor *f = &in->factors[i];
		json_t *one = json_array_get(list, i);

		model_put_time(one, "time_text", f->time, r);
		model_put_string(one, "where_text",
		    f->host != NULL && f->host[0] != '\0' ? f->host
							  : f->service);
		for (size_t k = 0; k < f->n_reasons; k++)
			buf_addf(&b, "%s%s", k ? "; " : "", f->reasons[k]);
		model_put(one, "reasons_text", &b);
		if (!isnan(f->lead_s)) {
			if (f->lead_s != 0)
				words_seconds(&b, fabs(f->lead_s));
			buf_adds(&b, f->lead_s > 0   ? " before the onset"
				     : f->lead_s < 0 ? " after the onset"
						     : "at the onset");
			model_put(one, "lead_text", &b);
		}
		add_ids(one, &f->evidence);
	}
	model_number(list);
	model_put_bool(incident, "has_factors", in->n_factors > 0);
	/* What analysis takes for the trigger, where it takes anything. */
	json_object_set_new(incident, "trigger",
	    in->n_factors > 0 && in->phases.trigger != USEC_NONE
		? json_copy(json_array_get(list, 0))
		: json_null());
}

/* Mustache walks lists, not objects. */
void
model_evidence(json_t *root, const struct report *r)
{
	json_t *evidence = json_object_get(root, "evidence");
	json_t *list = json_array(), *one;
	char id[EVENT_ID_TEXT_MAX];

	for (size_t i = 0; i < r->n_evidence; i++) {
		const struct evidence *e = &r->evidence[i];

		one = json_copy(
		    json_object_get(evidence, event_id_format(e->id, id)));
		model_put_string(one, "id", id);
		model_put_time(one, "time_text", e->time, r);
		json_array_append_new(list, one);
	}
	model_number(list);
	json_object_set_new(root, "evidence_list", list);
}
