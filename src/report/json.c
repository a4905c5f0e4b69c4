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

#include "json-writer.h"
#include "recount/event.h"
#include "render.h"
#include "words.h"

#define SHARE_DIGITS 6
#define SECONDS_DIGITS 6
#define MS_DIGITS 3

static void
add_ids(struct json *j, const struct id_list *l)
{
	char id[EVENT_ID_TEXT_MAX];

	json_array(j, "evidence", false);
	for (size_t i = 0; i < l->n; i++)
		json_string(j, NULL, event_id_format(l->ids[i], id));
	json_end(j, ']');
}

static void
add_strings(struct json *j, const char *key, char *const *strings, size_t n)
{
	json_array(j, key, false);
	for (size_t i = 0; i < n; i++)
		json_string(j, NULL, strings[i]);
	json_end(j, ']');
}

static void
add_percentiles(struct json *j, const char *key, const struct percentiles *p)
{
	json_object(j, key, false);
	json_number(j, "p50", p->p50, MS_DIGITS);
	json_number(j, "p95", p->p95, MS_DIGITS);
	json_number(j, "p99", p->p99, MS_DIGITS);
	json_end(j, '}');
}

static void
add_share(struct json *j, const char *key, int64_t part, int64_t base)
{
	json_number(j, key, words_ratio(part, base), SHARE_DIGITS);
}

static void
add_impact(struct json *j, const struct impact *im)
{
	json_object(j, "impact", true);
	json_object(j, "requests", false);
	json_count(j, "total", im->total);
	json_count(j, "failed", im->failed);
	add_share(j, "failed_share", im->failed, im->total);
	json_count(j, "aborted", im->aborted);
	json_count(j, "slow", im->slow);
	json_number(j, "slow_threshold_ms", im->slow_threshold_ms, MS_DIGITS);
	json_number(j, "baseline_failed_share", im->baseline_failed_share,
	    SHARE_DIGITS);
	json_number(j, "excess_failed", im->excess_failed, 3);
	json_end(j, '}');
	json_object(j, "clients", false);
	json_count(j, "total", im->clients_total);
	json_count(j, "affected", im->clients_affected);
	add_share(j, "affected_share", im->clients_affected, im->clients_total);
	json_end(j, '}');
	json_object(j, "latency_ms", false);
	add_percentiles(j, "baseline", &im->latency_baseline);
	add_percentiles(j, "during", &im->latency_during);
	json_end(j, '}');
	json_array(j, "endpoints", true);
	for (size_t i = 0; i < im->n_endpoints; i++) {
		const struct impact_endpoint *e = &im->endpoints[i];

		json_object(j, NULL, false);
		json_string(j, "method", e->method);
		json_string(j, "route", e->route);
		json_count(j, "total", e->total);
		json_count(j, "failed", e->failed);
		add_share(j, "failed_share", e->failed, e->total);
		json_number(j, "baseline_failed_share",
		    e->baseline_failed_share, SHARE_DIGITS);
		json_end(j, '}');
	}
	json_end(j, ']');
	json_array(j, "units", true);
	for (size_t i = 0; i < im->n_units; i++) {
		const struct impact_unit *u = &im->units[i];

		json_object(j, NULL, false);
		json_string(j, "host", u->host);
		json_string(j, "unit", u->unit);
		json_number(j, "down_s", u->down_s, SECONDS_DIGITS);
		json_count(j, "restarts", u->restarts);
		json_end(j, '}');
	}
	json_end(j, ']');
	json_array(j, "slo", true);
	for (size_t i = 0; i < im->n_slos; i++) {
		const struct impact_slo *s = &im->slos[i];

		json_object(j, NULL, false);
		json_string(j, "name", s->name);
		json_number(j, "objective", s->objective, 6);
		json_number(j, "period_s", s->period_s, SECONDS_DIGITS);
		json_number(j, "budget_spent", s->budget_spent, SHARE_DIGITS);
		json_number(j, "burn_rate", s->burn_rate, 3);
		json_count(j, "failed", s->failed);
		json_count(j, "total", s->total);
		json_end(j, '}');
	}
	json_end(j, ']');
	json_bool(j, "at_least", im->at_least);
	json_end(j, '}');
}

static void
add_factors(struct json *j, const struct incident *in)
{
	json_array(j, "factors", true);
	for (size_t i = 0; i < in->n_factors; i++) {
		const struct factor *f = &in->factors[i];

		json_object(j, NULL, false);
		json_int(j, "rank", (int64_t)i + 1);
		json_time(j, "time", f->time);
		json_string(j, "kind", f->kind);
		json_string(j, "host", f->host);
		json_string(j, "service", f->service);
		json_string(j, "text", f->text);
		json_number(j, "lead_s", f->lead_s, SECONDS_DIGITS);
		json_number(j, "score", f->score, 6);
		add_strings(j, "reasons", f->reasons, f->n_reasons);
		add_ids(j, &f->evidence);
		json_end(j, '}');
	}
	json_end(j, ']');
}

static void
add_similar(struct json *j, const struct incident *in, bool sought)
{
	if (!sought) {
		json_null(j, "similar");
		return;
	}
	json_array(j, "similar", true);
	for (size_t i = 0; i < in->n_similar; i++) {
		const struct similar *s = &in->similar[i];

		json_object(j, NULL, false);
		json_string(j, "id", s->id);
		json_time(j, "start", s->start);
		json_number(j, "score", s->score, 3);
		add_strings(j, "shared", s->shared, s->n_shared);
		json_end(j, '}');
	}
	json_end(j, ']');
}

static void
add_incident(struct json *j, const struct incident *in, bool sought)
{
	json_object(j, NULL, true);
	json_string(j, "id", in->id);
	json_time(j, "start", in->start);
	json_time(j, "end", in->end);
	json_bool(j, "ongoing", in->end == USEC_NONE);
	json_number(j, "duration_s",
	    in->end == USEC_NONE
		? NAN
		: (double)(in->end - in->start) / (double)USEC_PER_SEC,
	    SECONDS_DIGITS);
	json_string(
	    j, "classification", incident_class_name(in->classification));
	add_strings(j, "services", in->services, in->n_services);
	json_object(j, "phases", false);
	json_time(j, "trigger", in->phases.trigger);
	json_time(j, "onset", in->phases.onset);
	json_time(j, "detected", in->phases.detected);
	json_time(j, "first_action", in->phases.first_action);
	json_time(j, "mitigated", in->phases.mitigated);
	json_time(j, "resolved", in->phases.resolved);
	json_end(j, '}');
	add_impact(j, &in->impact);
	add_factors(j, in);
	add_similar(j, in, sought);
	json_end(j, '}');
}

static void
add_timeline(struct json *j, const struct report *r)
{
	json_array(j, "timeline", true);
	for (size_t i = 0; i < r->n_timeline; i++) {
		const struct timeline_item *item = &r->timeline[i];

		json_object(j, NULL, false);
		json_time(j, "time", item->time);
		json_time(j, "until", item->until);
		json_string(j, "phase", phase_name(item->phase));
		json_string(j, "kind", item->kind);
		json_string(j, "host", item->host);
		json_string(j, "service", item->service);
		json_string(j, "source", item->source);
		json_count(j, "severity", item->severity);
		json_string(j, "text", item->text);
		json_count(j, "count", item->count);
		add_ids(j, &item->evidence);
		json_end(j, '}');
	}
	json_end(j, ']');
}

/* "lost" is a number alone, so the reason says what it counts. */
static void
add_reason(struct json *j, const struct coverage_gap *g)
{
	CLEANUP(buf_free) struct buf reason = BUF_INIT;

	if (g->reason == NULL || !g->lost_bytes) {
		json_string(j, "reason", g->reason);
		return;
	}
	buf_addf(&reason, "%s (lost: bytes)", g->reason);
	json_str(j, "reason", buf_str(&reason));
}

static void
add_coverage(struct json *j, const struct report *r)
{
	json_array(j, "coverage", true);
	for (size_t i = 0; i < r->n_coverage; i++) {
		const struct coverage *c = &r->coverage[i];

		json_object(j, NULL, false);
		json_string(j, "source", c->source);
		json_string(j, "host", c->host);
		json_time(j, "first", c->first);
		json_time(j, "last", c->last);
		json_count(j, "events", c->events);
		json_count(j, "unparsed", c->unparsed);
		json_array(j, "gaps", c->n_gaps > 1);
		for (size_t k = 0; k < c->n_gaps; k++) {
			const struct coverage_gap *g = &c->gaps[k];

			json_object(j, NULL, false);
			json_time(j, "since", g->since);
			json_time(j, "until", g->until);
			add_reason(j, g);
			json_count(j, "lost", g->lost);
			json_end(j, '}');
		}
		json_end(j, ']');
		json_end(j, '}');
	}
	json_end(j, ']');
}

static void
add_evidence(struct json *j, const struct report *r)
{
	char id[EVENT_ID_TEXT_MAX];

	json_object(j, "evidence", true);
	for (size_t i = 0; i < r->n_evidence; i++) {
		const struct evidence *e = &r->evidence[i];

		json_object(j, event_id_format(e->id, id), false);
		json_time(j, "time", e->time);
		json_string(j, "host", e->host);
		if (e->file == NULL && e->cursor == NULL && e->peer == NULL) {
			json_null(j, "origin");
		} else {
			json_object(j, "origin", false);
			if (e->file != NULL) {
				json_string(j, "file", e->file);
				json_count(j, "offset", e->offset);
			} else if (e->cursor != NULL) {
				json_string(j, "cursor", e->cursor);
			} else {
				json_string(j, "peer", e->peer);
			}
			json_end(j, '}');
		}
		json_str(j, "raw", e->raw);
		json_end(j, '}');
	}
	json_end(j, '}');
}

void
report_render_json(
    const struct report *r, const struct report_options *o, struct buf *out)
{
	struct json j;

	json_start(&j, out);
	json_object(&j, NULL, true);
	json_string(&j, "schema", "recount.report/1");
	json_object(&j, "generated", false);
	json_string(&j, "version", r->generated.version);
	json_time(&j, "at", r->generated.at);
	add_strings(
	    &j, "command", r->generated.command, r->generated.n_command);
	json_end(&j, '}');
	json_object(&j, "window", false);
	json_time(&j, "since", r->since);
	json_time(&j, "until", r->until);
	json_string(&j, "timezone", zone_name(r->zone));
	json_end(&j, '}');
	if (r->baseline_since == USEC_NONE || r->baseline_until == USEC_NONE) {
		json_null(&j, "baseline");
	} else {
		json_object(&j, "baseline", false);
		json_time(&j, "since", r->baseline_since);
		json_time(&j, "until", r->baseline_until);
		json_end(&j, '}');
	}
	json_string(&j, "summary", r->summary);
	json_object(&j, "totals", false);
	json_count(&j, "events", r->totals.events);
	json_count(&j, "requests", r->totals.requests);
	json_count(&j, "failed", r->totals.failed);
	json_count(&j, "aborted", r->totals.aborted);
	json_count(&j, "clients", r->totals.clients);
	json_end(&j, '}');
	json_array(&j, "incidents", true);
	for (size_t i = 0; i < r->n_incidents; i++)
		add_incident(&j, &r->incidents[i], r->similar_sought);
	json_end(&j, ']');
	add_timeline(&j, r);
	add_coverage(&j, r);
	add_evidence(&j, r);
	json_end(&j, '}');
	buf_addc(out, '\n');
}
