/* SPDX-License-Identifier: MIT */
/*
 * Templates see the very JSON that -o json writes, so that one written for the
 * one fits the other, and so that whatever is done to a report before it is
 * rendered (redaction) has been done here too.  The JSON is read back into a
 * value, and keys are added while model and value are walked side by side.
 *
 * Keys that are added end in _text, _after, _command or is_, or are lists and
 * switches of their own; none replaces one of the contract.
 */
#include "template-model.h"

#include <stdlib.h>

#include "recount/mustache.h"
#include "recount/utf8.h"
#include "render.h"
#include "words.h"

void
model_put(json_t *object, const char *key, struct buf *b)
{
	CLEANUP(buf_free) struct buf safe = BUF_INIT;

	utf8_add_printable(&safe, buf_str(b));
	if (json_object_set_new(
		object, key, json_stringn(safe.p ? safe.p : "", safe.n)) < 0)
		abort(); /* out of memory */
	buf_reset(b);
}

void
model_put_string(json_t *object, const char *key, const char *z)
{
	CLEANUP(buf_free) struct buf b = BUF_INIT;

	buf_adds(&b, z ? z : "");
	model_put(object, key, &b);
}

void
model_put_bool(json_t *object, const char *key, bool v)
{
	json_object_set_new(object, key, json_boolean(v));
}

void
model_number(json_t *list)
{
	size_t n = json_array_size(list), i;
	json_t *one;

	json_array_foreach(list, i, one)
	{
		json_object_set_new(
		    one, "number", json_integer((json_int_t)i + 1));
		model_put_bool(one, "is_first", i == 0);
		model_put_bool(one, "is_last", i + 1 == n);
	}
}

void
model_put_time(
    json_t *object, const char *key, usec_t t, const struct report *r)
{
	CLEANUP(buf_free) struct buf b = BUF_INIT;

	if (t == USEC_NONE)
		return;
	words_time(&b, t, r->since, r);
	model_put(object, key, &b);
}

/* ---- an incident ---- */

static void
add_phases(json_t *incident, const struct incident *in, const struct report *r)
{
	const struct {
		const char *key;
		usec_t time;
	} rows[] = {
	    {"trigger", in->phases.trigger},
	    {"onset", in->phases.onset},
	    {"detected", in->phases.detected},
	    {"first_action", in->phases.first_action},
	    {"mitigated", in->phases.mitigated},
	    {"resolved", in->phases.resolved},
	};
	json_t *phases = json_object_get(incident, "phases");
	usec_t onset =
	    in->phases.onset != USEC_NONE ? in->phases.onset : in->start;
	char key[32], text[TIME_TEXT_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (rows[i].time == USEC_NONE)
			continue;
		snprintf(key, sizeof(key), "%s_text", rows[i].key);
		model_put_time(phases, key, rows[i].time, r);
		snprintf(key, sizeof(key), "%s_after", rows[i].key);
		if (rows[i].time >= onset)
			model_put_string(phases, key,
			    span_format(rows[i].time - onset, text));
	}
}

static const char *
class_text(enum incident_class c)
{
	switch (c) {
	case INCIDENT_OUTAGE:
		return "Outage";
	case INCIDENT_LATENCY:
		return "Slow answers";
	case INCIDENT_SILENCE:
		return "Missing requests";
	default:
		return "Degradation";
	}
}

static void
add_incident(
    json_t *incident, const struct incident *in, const struct report *r)
{
	CLEANUP(buf_free) struct buf b = BUF_INIT;
	char text[TIME_TEXT_MAX];

	words_incident(&b, in);
	model_put(incident, "name_text", &b);
	model_put_string(
	    incident, "class_text", class_text(in->classification));
	for (size_t i = 0; i < in->n_services; i++)
		buf_addf(&b, "%s%s", i ? ", " : "",
		    in->services[i] ? in->services[i] : "?");
	model_put(incident, "services_text", &b);
	model_put_bool(
	    incident, "is_outage", in->classification == INCIDENT_OUTAGE);
	model_put_bool(
	    incident, "is_latency", in->classification == INCIDENT_LATENCY);
	model_put_bool(
	    incident, "is_silence", in->classification == INCIDENT_SILENCE);
	words_incident_when(&b, r, in, TEMPLATE_DASH);
	model_put(incident, "when_text", &b);
	model_put_string(
	    incident, "date_text", time_format_date(in->start, r->zone, text));
	model_put_string(incident, "start_text",
	    time_format_local(in->start, r->zone, text));
	model_put_time(incident, "start_clock_text", in->start, r);
	model_put_string(
	    incident, "zone_text", time_format_zone(in->start, r->zone, text));
	if (in->end != USEC_NONE) {
		model_put_string(incident, "end_text",
		    time_format_local(in->end, r->zone, text));
		model_put_time(incident, "end_clock_text", in->end, r);
		model_put_string(incident, "duration_text",
		    span_format(in->end - in->start, text));
	}
	add_phases(incident, in, r);
	model_impact(incident, in);
	model_factors(incident, in, r);
}

/* ---- the report ---- */

static void
add_commands(json_t *root, const struct report *r)
{
	static const struct {
		const char *key;
		unsigned parts;
	} rows[] = {
	    {"report", REPORT_FACTORS},
	    {"timeline", REPORT_TIMELINE},
	    {"impact", REPORT_IMPACT},
	    {"clients", REPORT_IMPACT | REPORT_CLIENTS},
	};
	json_t *commands = json_object();
	CLEANUP(buf_free) struct buf b = BUF_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		words_command(&b, r, rows[i].parts);
		model_put(commands, rows[i].key, &b);
	}
	json_object_set_new(root, "commands", commands);
}

static void
add_window(json_t *root, const struct report *r)
{
	json_t *window = json_object_get(root, "window");
	json_t *baseline = json_object_get(root, "baseline");
	CLEANUP(buf_free) struct buf b = BUF_INIT;
	char text[TIME_TEXT_MAX];

	words_window(&b, r->since, r->until, r->zone, TEMPLATE_DASH);
	model_put(window, "text", &b);
	model_put_string(
	    window, "zone_text", time_format_zone(r->since, r->zone, text));
	if (json_is_object(baseline)) {
		words_window(&b, r->baseline_since, r->baseline_until, r->zone,
		    TEMPLATE_DASH);
		model_put(baseline, "text", &b);
	}
	words_looked_at(&b, r);
	model_put(root, "looked_at_text", &b);
}

static void
add_totals(json_t *root, const struct report *r)
{
	json_t *totals = json_object_get(root, "totals");
	CLEANUP(buf_free) struct buf b = BUF_INIT;

	words_counted(&b, r->totals.events, "event");
	model_put(totals, "events_text", &b);
	words_counted(&b, r->totals.requests, "request");
	model_put(totals, "requests_text", &b);
	words_of(&b, r->totals.failed, r->totals.requests, "request");
	model_put(totals, "failed_text", &b);
	words_counted(&b, r->totals.clients, "client");
	model_put(totals, "clients_text", &b);
}

static void
add_coverage(json_t *root, const struct report *r)
{
	json_t *coverage = json_object_get(root, "coverage"), *gaps;
	CLEANUP(buf_free) struct buf b = BUF_INIT;

	gaps = json_array();
	for (size_t i = 0; i < r->n_coverage; i++) {
		const struct coverage *c = &r->coverage[i];
		json_t *source = json_array_get(coverage, i);

		model_put_time(source, "first_text", c->first, r);
		model_put_time(source, "last_text", c->last, r);
		words_counted(&b, c->events, "event");
		model_put(source, "events_text", &b);
		words_of(&b, c->unparsed, c->events, "event");
		model_put(source, "unparsed_text", &b);
		for (size_t k = 0; k < c->n_gaps; k++) {
			json_t *gap = json_object();

			words_gap(&b, c, &c->gaps[k], r, TEMPLATE_DASH);
			model_put(gap, "text", &b);
			json_array_append_new(gaps, gap);
		}
	}
	model_number(gaps);
	model_put_bool(root, "has_gaps", json_array_size(gaps) > 0);
	json_object_set_new(root, "gaps", gaps);
}

json_t *
template_model(const struct report *r)
{
	const struct report_options o = {.parts = 0};
	CLEANUP(buf_free) struct buf b = BUF_INIT;
	json_t *root = NULL, *incidents;

	report_render_json(r, &o, &b);
	if (mustache_json(buf_str(&b), "report", &root, NULL) < 0)
		abort(); /* we wrote it */
	buf_reset(&b);
	add_window(root, r);
	add_totals(root, r);
	incidents = json_object_get(root, "incidents");
	for (size_t i = 0; i < r->n_incidents; i++)
		add_incident(json_array_get(incidents, i), &r->incidents[i], r);
	model_number(incidents);
	model_put_bool(root, "has_incidents", r->n_incidents > 0);
	model_put_bool(root, "several", r->n_incidents > 1);
	model_timeline(root, r);
	add_coverage(root, r);
	model_evidence(root, r);
	add_commands(root, r);
	picture_add(&b, r);
	json_object_set_new(root, "picture", json_stringn(b.p ? b.p : "", b.n));
	return root;
}
