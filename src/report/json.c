/* SPDX-License-Identifier: MIT */
/*
 * The contract "recount.report/1": keys as they stand there and in that
 * order.  Keys may be added, none may be renamed or left out; what is unknown
 * is null.  Everything but "generated" depends on the store and the window
 * alone, so two runs can be compared byte for byte.
 *
 * Strings are UTF-8; a byte of a log that is not becomes a lone surrogate
 * \udc80–\udcff (see utf8.h), so "raw" gives the line back byte for byte.
 */
#include <math.h>

#include "json-parts.h"
#include "recount/event.h"
#include "recount/redact.h"
#include "render.h"
#include "words.h"

#define SHARE_DIGITS 6
#define SECONDS_DIGITS 6
#define MS_DIGITS 3

static void
add_ids(struct jwrite *j, const struct id_list *l)
{
	char id[EVENT_ID_TEXT_MAX];

	jwrite_array(j, "evidence", false);
	for (size_t i = 0; i < l->n; i++)
		jwrite_string(j, NULL, event_id_format(l->ids[i], id));
	jwrite_end(j, ']');
}

static void
add_strings(struct jwrite *j, const char *key, char *const *strings, size_t n)
{
	jwrite_array(j, key, false);
	for (size_t i = 0; i < n; i++)
		jwrite_string(j, NULL, strings[i]);
	jwrite_end(j, ']');
}

static void
add_percentiles(struct jwrite *j, const char *key, const struct percentiles *p)
{
	jwrite_object(j, key, false);
	jwrite_number(j, "p50", p->p50, MS_DIGITS);
	jwrite_number(j, "p95", p->p95, MS_DIGITS);
	jwrite_number(j, "p99", p->p99, MS_DIGITS);
	jwrite_end(j, '}');
}

static void
add_share(struct jwrite *j, const char *key, int64_t part, int64_t base)
{
	jwrite_number(j, key, words_ratio(part, base), SHARE_DIGITS);
}

void
json_client(struct jwrite *j, const struct impact_client *c)
{
	jwrite_string(j, "address", c->address);
	jwrite_count(j, "requests", c->requests);
	jwrite_count(j, "failed", c->failed);
	jwrite_time(j, "first", c->first);
	jwrite_time(j, "last", c->last);
}

static void
add_clients(struct jwrite *j, const struct impact *im)
{
	jwrite_array(j, "list", true);
	for (size_t i = 0; i < im->n_clients; i++) {
		jwrite_object(j, NULL, false);
		json_client(j, &im->clients[i]);
		jwrite_end(j, '}');
	}
	jwrite_end(j, ']');
}

static void
add_impact(struct jwrite *j, const struct impact *im, bool clients)
{
	jwrite_object(j, "impact", true);
	jwrite_object(j, "requests", false);
	jwrite_count(j, "total", im->total);
	jwrite_count(j, "failed", im->failed);
	add_share(j, "failed_share", im->failed, im->total);
	jwrite_count(j, "aborted", im->aborted);
	jwrite_count(j, "slow", im->slow);
	jwrite_number(j, "slow_threshold_ms", im->slow_threshold_ms, MS_DIGITS);
	jwrite_number(j, "baseline_failed_share", im->baseline_failed_share,
	    SHARE_DIGITS);
	jwrite_number(j, "excess_failed", im->excess_failed, 3);
	jwrite_end(j, '}');
	jwrite_object(j, "clients", false);
	jwrite_count(j, "total", im->clients_total);
	jwrite_count(j, "affected", im->clients_affected);
	add_share(j, "affected_share", im->clients_affected, im->clients_total);
	if (clients)
		add_clients(j, im);
	jwrite_end(j, '}');
	jwrite_object(j, "latency_ms", false);
	add_percentiles(j, "baseline", &im->latency_baseline);
	add_percentiles(j, "during", &im->latency_during);
	jwrite_end(j, '}');
	jwrite_array(j, "endpoints", true);
	for (size_t i = 0; i < im->n_endpoints; i++) {
		const struct impact_endpoint *e = &im->endpoints[i];

		jwrite_object(j, NULL, false);
		jwrite_string(j, "method", e->method);
		jwrite_string(j, "route", e->route);
		jwrite_count(j, "total", e->total);
		jwrite_count(j, "failed", e->failed);
		add_share(j, "failed_share", e->failed, e->total);
		jwrite_number(j, "baseline_failed_share",
		    e->baseline_failed_share, SHARE_DIGITS);
		jwrite_end(j, '}');
	}
	jwrite_end(j, ']');
	jwrite_array(j, "units", true);
	for (size_t i = 0; i < im->n_units; i++) {
		const struct impact_unit *u = &im->units[i];

		jwrite_object(j, NULL, false);
		jwrite_string(j, "host", u->host);
		jwrite_string(j, "unit", u->unit);
		jwrite_number(j, "down_s", u->down_s, SECONDS_DIGITS);
		jwrite_count(j, "restarts", u->restarts);
		jwrite_end(j, '}');
	}
	jwrite_end(j, ']');
	jwrite_array(j, "slo", true);
	for (size_t i = 0; i < im->n_slos; i++) {
		const struct impact_slo *s = &im->slos[i];

		jwrite_object(j, NULL, false);
		jwrite_string(j, "name", s->name);
		jwrite_number(j, "objective", s->objective, 6);
		jwrite_number(j, "period_s", s->period_s, SECONDS_DIGITS);
		jwrite_number(j, "budget_spent", s->budget_spent, SHARE_DIGITS);
		jwrite_number(j, "burn_rate", s->burn_rate, 3);
		jwrite_count(j, "failed", s->failed);
		jwrite_count(j, "total", s->total);
		jwrite_end(j, '}');
	}
	jwrite_end(j, ']');
	jwrite_bool(j, "at_least", im->at_least);
	jwrite_end(j, '}');
}

static void
add_factors(struct jwrite *j, const struct incident *in)
{
	jwrite_array(j, "factors", true);
	for (size_t i = 0; i < in->n_factors; i++) {
		const struct factor *f = &in->factors[i];

		jwrite_object(j, NULL, false);
		jwrite_int(j, "rank", (int64_t)i + 1);
		jwrite_time(j, "time", f->time);
		jwrite_string(j, "kind", f->kind);
		jwrite_string(j, "host", f->host);
		jwrite_string(j, "service", f->service);
		jwrite_string(j, "text", f->text);
		jwrite_number(j, "lead_s", f->lead_s, SECONDS_DIGITS);
		jwrite_number(j, "score", f->score, 6);
		add_strings(j, "reasons", f->reasons, f->n_reasons);
		add_ids(j, &f->evidence);
		jwrite_end(j, '}');
	}
	jwrite_end(j, ']');
}

static void
add_similar(struct jwrite *j, const struct incident *in, bool sought)
{
	if (!sought) {
		jwrite_null(j, "similar");
		return;
	}
	jwrite_array(j, "similar", true);
	for (size_t i = 0; i < in->n_similar; i++) {
		const struct similar *s = &in->similar[i];

		jwrite_object(j, NULL, false);
		jwrite_string(j, "id", s->id);
		jwrite_time(j, "start", s->start);
		jwrite_number(j, "score", s->score, 3);
		add_strings(j, "shared", s->shared, s->n_shared);
		jwrite_end(j, '}');
	}
	jwrite_end(j, ']');
}

void
json_incident(
    struct jwrite *j, const struct incident *in, bool sought, bool clients)
{
	jwrite_string(j, "id", in->id);
	jwrite_time(j, "start", in->start);
	jwrite_time(j, "end", in->end);
	jwrite_bool(j, "ongoing", in->end == USEC_NONE);
	jwrite_number(j, "duration_s",
	    in->end == USEC_NONE
		? NAN
		: (double)(in->end - in->start) / (double)USEC_PER_SEC,
	    SECONDS_DIGITS);
	jwrite_string(
	    j, "classification", incident_class_name(in->classification));
	add_strings(j, "services", in->services, in->n_services);
	jwrite_object(j, "phases", false);
	jwrite_time(j, "trigger", in->phases.trigger);
	jwrite_time(j, "onset", in->phases.onset);
	jwrite_time(j, "detected", in->phases.detected);
	jwrite_time(j, "first_action", in->phases.first_action);
	jwrite_time(j, "mitigated", in->phases.mitigated);
	jwrite_time(j, "resolved", in->phases.resolved);
	jwrite_end(j, '}');
	add_impact(j, &in->impact, clients);
	add_factors(j, in);
	add_similar(j, in, sought);
}

void
json_item(struct jwrite *j, const struct timeline_item *item)
{
	jwrite_time(j, "time", item->time);
	jwrite_time(j, "until", item->until);
	jwrite_string(j, "phase", phase_name(item->phase));
	jwrite_string(j, "kind", item->kind);
	jwrite_string(j, "host", item->host);
	jwrite_string(j, "service", item->service);
	jwrite_string(j, "source", item->source);
	jwrite_count(j, "severity", item->severity);
	jwrite_string(j, "text", item->text);
	jwrite_count(j, "count", item->count);
	jwrite_string(j, "class", item->class);
	add_ids(j, &item->evidence);
}

static void
add_timeline(struct jwrite *j, const struct report *r)
{
	jwrite_array(j, "timeline", true);
	for (size_t i = 0; i < r->n_timeline; i++) {
		jwrite_object(j, NULL, false);
		json_item(j, &r->timeline[i]);
		jwrite_end(j, '}');
	}
	jwrite_end(j, ']');
}

static void
add_series(struct jwrite *j, const struct report *r)
{
	const struct chart_series *s = &r->series;

	if (s->n == 0) {
		jwrite_null(j, "series");
		return;
	}
	jwrite_object(j, "series", true);
	jwrite_number(j, "step_s", (double)s->step / (double)USEC_PER_SEC,
	    SECONDS_DIGITS);
	jwrite_object(j, "baseline", false);
	jwrite_number(j, "requests", s->usual.requests, 3);
	jwrite_number(j, "failed_share", s->usual.failed_share, SHARE_DIGITS);
	add_percentiles(j, "latency_ms", &s->usual.latency);
	jwrite_end(j, '}');
	jwrite_array(j, "points", true);
	for (size_t i = 0; i < s->n; i++) {
		const struct chart_point *p = &s->points[i];

		jwrite_object(j, NULL, false);
		jwrite_time(j, "time", r->since + (usec_t)i * s->step);
		jwrite_count(j, "requests", p->requests);
		jwrite_count(j, "failed", p->failed);
		jwrite_count(j, "aborted", p->aborted);
		add_percentiles(j, "latency_ms", &p->latency);
		jwrite_end(j, '}');
	}
	jwrite_end(j, ']');
	jwrite_end(j, '}');
}

/* "lost" is a number alone, so the reason says what it counts. */
static void
add_reason(struct jwrite *j, const struct coverage_gap *g)
{
	CLEANUP(buf_free) struct buf reason = BUF_INIT;

	if (g->reason == NULL || !g->lost_bytes) {
		jwrite_string(j, "reason", g->reason);
		return;
	}
	buf_addf(&reason, "%s (lost: bytes)", g->reason);
	jwrite_str(j, "reason", buf_str(&reason));
}

void
json_coverage(struct jwrite *j, const struct coverage *c)
{
	jwrite_string(j, "source", c->source);
	jwrite_string(j, "host", c->host);
	jwrite_time(j, "first", c->first);
	jwrite_time(j, "last", c->last);
	jwrite_count(j, "events", c->events);
	jwrite_count(j, "unparsed", c->unparsed);
	jwrite_array(j, "gaps", c->n_gaps > 1);
	for (size_t k = 0; k < c->n_gaps; k++) {
		const struct coverage_gap *g = &c->gaps[k];

		jwrite_object(j, NULL, false);
		jwrite_time(j, "since", g->since);
		jwrite_time(j, "until", g->until);
		add_reason(j, g);
		jwrite_count(j, "lost", g->lost);
		jwrite_end(j, '}');
	}
	jwrite_end(j, ']');
}

static void
add_coverage(struct jwrite *j, const struct report *r)
{
	jwrite_array(j, "coverage", true);
	for (size_t i = 0; i < r->n_coverage; i++) {
		jwrite_object(j, NULL, false);
		json_coverage(j, &r->coverage[i]);
		jwrite_end(j, '}');
	}
	jwrite_end(j, ']');
}

void
json_evidence(struct jwrite *j, const struct evidence *e)
{
	jwrite_time(j, "time", e->time);
	jwrite_string(j, "host", e->host);
	if (e->file == NULL && e->cursor == NULL && e->peer == NULL) {
		jwrite_null(j, "origin");
	} else {
		jwrite_object(j, "origin", false);
		if (e->file != NULL) {
			jwrite_string(j, "file", e->file);
			jwrite_count(j, "offset", e->offset);
		} else if (e->cursor != NULL) {
			jwrite_string(j, "cursor", e->cursor);
		} else {
			jwrite_string(j, "peer", e->peer);
		}
		jwrite_end(j, '}');
	}
	jwrite_str(j, "raw", e->raw);
}

static void
add_evidence(struct jwrite *j, const struct report *r)
{
	char id[EVENT_ID_TEXT_MAX];

	jwrite_object(j, "evidence", true);
	for (size_t i = 0; i < r->n_evidence; i++) {
		const struct evidence *e = &r->evidence[i];

		jwrite_object(j, event_id_format(e->id, id), false);
		json_evidence(j, e);
		jwrite_end(j, '}');
	}
	jwrite_end(j, '}');
}

/* What was replaced in texts; null: nothing, they are as they were logged. */
static void
add_redaction(struct jwrite *j, const struct report *r)
{
	if (r->redacted == 0) {
		jwrite_null(j, "redaction");
		return;
	}
	jwrite_array(j, "redaction", false);
	if (r->redacted & REDACT_VALUES)
		jwrite_string(j, NULL, "values");
	if (r->redacted & REDACT_PEOPLE)
		jwrite_string(j, NULL, "people");
	jwrite_end(j, ']');
}

void
json_head(struct jwrite *j, const struct report *r)
{
	jwrite_string(j, "schema", "recount.report/1");
	jwrite_object(j, "generated", false);
	jwrite_string(j, "version", r->generated.version);
	jwrite_time(j, "at", r->generated.at);
	add_strings(j, "command", r->generated.command, r->generated.n_command);
	jwrite_end(j, '}');
	jwrite_object(j, "window", false);
	jwrite_time(j, "since", r->since);
	jwrite_time(j, "until", r->until);
	jwrite_string(j, "timezone", zone_name(r->zone));
	jwrite_end(j, '}');
	add_redaction(j, r);
	if (r->baseline_since == USEC_NONE || r->baseline_until == USEC_NONE) {
		jwrite_null(j, "baseline");
	} else {
		jwrite_object(j, "baseline", false);
		jwrite_time(j, "since", r->baseline_since);
		jwrite_time(j, "until", r->baseline_until);
		jwrite_end(j, '}');
	}
	jwrite_string(j, "summary", r->summary);
	jwrite_object(j, "totals", false);
	jwrite_count(j, "events", r->totals.events);
	jwrite_count(j, "requests", r->totals.requests);
	jwrite_count(j, "failed", r->totals.failed);
	jwrite_count(j, "aborted", r->totals.aborted);
	jwrite_count(j, "clients", r->totals.clients);
	jwrite_end(j, '}');
}

void
report_render_json(
    const struct report *r, const struct report_options *o, struct buf *out)
{
	struct jwrite j;

	jwrite_start(&j, out, JWRITE_READABLE);
	jwrite_object(&j, NULL, true);
	json_head(&j, r);
	jwrite_array(&j, "incidents", true);
	for (size_t i = 0; i < r->n_incidents; i++) {
		jwrite_object(&j, NULL, true);
		json_incident(&j, &r->incidents[i], r->similar_sought,
		    o->parts & REPORT_CLIENTS);
		jwrite_end(&j, '}');
	}
	jwrite_end(&j, ']');
	add_timeline(&j, r);
	add_series(&j, r);
	add_coverage(&j, r);
	add_evidence(&j, r);
	jwrite_end(&j, '}');
	buf_addc(out, '\n');
}
