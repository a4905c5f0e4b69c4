/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_TESTS_REPORT_FIXTURE_H
#define RECOUNT_TESTS_REPORT_FIXTURE_H

/*
 * A report built by hand: one incident, in a zone one hour ahead of UTC, with
 * what a hostile client can get into a log at the places where log text
 * stands.  Times are written relative to the onset.
 */
#include <math.h>

#include "recount/report.h"

#define ONSET (1772630467 * USEC_PER_SEC) /* 2026-03-04 13:21:07 UTC */
#define HOSTILE_ID 0x7fffu

/* An escape sequence, HTML, a table cell, a mention, a link, an issue number,
 * emphasis, a right-to-left override, a byte that is not UTF-8. */
#define HOSTILE                                                                \
	"\033]0;pwned\007 <script>x</script> | a | @admin http://evil.example" \
	" #12 **b** `c` \342\200\256 \377"
/* Every byte value once, NUL included. */
static char hostile_raw[256];

static inline struct factor
fixture_factor(usec_t time, const char *kind, const char *text)
{
	struct factor f = {
	    .time = time,
	    .kind = xstrdup(kind),
	    .host = xstrdup("web2"),
	    .text = xstrdup(text),
	    .lead_s = (double)(ONSET - time) / (double)USEC_PER_SEC,
	    .score = 0.75,
	};

	f.reasons = xcalloc(2, sizeof(*f.reasons));
	f.reasons[f.n_reasons++] = xstrdup("none in the baseline");
	f.reasons[f.n_reasons++] = xstrdup(HOSTILE);
	id_list_add(&f.evidence, 100);
	return f;
}

static inline void
fixture_item(struct report *r, usec_t time, enum phase phase, const char *kind,
    const char *text, int64_t count, uint64_t first, uint64_t last)
{
	struct timeline_item *it = &r->timeline[r->n_timeline++];

	*it = (struct timeline_item){
	    .time = time,
	    .until = count > 1 ? time + USEC_PER_SEC : USEC_NONE,
	    .phase = phase,
	    .kind = xstrdup(kind),
	    .host = xstrdup("web2"),
	    .source = xstrdup("web2/journal"),
	    .severity = 3,
	    .text = xstrdup(text),
	    .count = count,
	};
	id_list_add(&it->evidence, first);
	if (last != first)
		id_list_add(&it->evidence, last);
}

static inline void
fixture_impact(struct impact *im)
{
	*im = (struct impact){
	    .total = 2972,
	    .failed = 2214,
	    .aborted = 12,
	    .slow = 40,
	    .slow_threshold_ms = 812.5,
	    .baseline_failed_share = 0.001,
	    .excess_failed = 2211.028,
	    .clients_total = 3310,
	    .clients_affected = 1204,
	    .latency_baseline = {12.25, 40, NAN},
	    .latency_during = {480, 1900.5, NAN},
	    .at_least = true,
	    .at_least_reason = xstrdup("212 messages were suppressed"),
	};
	im->endpoints = xcalloc(1, sizeof(*im->endpoints));
	im->endpoints[im->n_endpoints++] = (struct impact_endpoint){
	    .method = xstrdup("POST"),
	    .route = xstrdup("/orders/{id}"),
	    .total = 2400,
	    .failed = 2214,
	    .baseline_failed_share = NAN,
	};
	im->units = xcalloc(1, sizeof(*im->units));
	im->units[im->n_units++] = (struct impact_unit){
	    .host = xstrdup("web2"),
	    .unit = xstrdup("orders.service"),
	    .down_s = 12.5,
	    .restarts = 3,
	};
	im->slos = xcalloc(1, sizeof(*im->slos));
	im->slos[im->n_slos++] = (struct impact_slo){
	    .name = xstrdup(HOSTILE),
	    .objective = 0.999,
	    .period_s = 30 * 86400,
	    .total = 2400,
	    .failed = 2214,
	    .burn_rate = 922.5,
	    .budget_spent = 0.37477,
	};
	im->clients = xcalloc(1, sizeof(*im->clients));
	im->clients[im->n_clients++] = (struct impact_client){
	    .address = xstrdup("192.0.2.7"),
	    .requests = 9,
	    .failed = 8,
	    .first = ONSET,
	    .last = ONSET + USEC_PER_MIN,
	};
}

static inline struct incident
fixture_incident(usec_t onset, usec_t length, const char *service)
{
	struct incident in = {
	    .id = xasprintf("i-%s", service),
	    .start = onset,
	    .end = length > 0 ? onset + length : USEC_NONE,
	    .classification = INCIDENT_DEGRADATION,
	    .phases = {onset - 41300 * USEC_PER_MSEC, onset,
		onset + 131 * USEC_PER_SEC, USEC_NONE, USEC_NONE, USEC_NONE},
	};

	in.services = xcalloc(1, sizeof(*in.services));
	in.services[in.n_services++] = xstrdup(service);
	fixture_impact(&in.impact);
	in.factors = xcalloc(1, sizeof(*in.factors));
	in.factors[in.n_factors++] = fixture_factor(
	    onset - 41300 * USEC_PER_MSEC, "config-change", HOSTILE);
	in.similar = xcalloc(1, sizeof(*in.similar));
	in.similar[in.n_similar++] = (struct similar){
	    .id = xstrdup("i-earlier"),
	    .start = onset - 3 * USEC_PER_DAY,
	    .score = 0.75,
	    .shared = xcalloc(1, sizeof(char *)),
	    .n_shared = 1,
	};
	in.similar[0].shared[0] = xstrdup(HOSTILE);
	return in;
}

static inline void
fixture_coverage(struct report *r)
{
	struct coverage *c;

	r->coverage = c = xcalloc(1, sizeof(*r->coverage));
	r->n_coverage = 1;
	*c = (struct coverage){
	    .source = xstrdup("web2/journal"),
	    .host = xstrdup("web2"),
	    .first = r->since,
	    .last = r->until,
	    .events = 418204,
	    .unparsed = 17,
	};
	c->gaps = xcalloc(1, sizeof(*c->gaps));
	c->gaps[c->n_gaps++] = (struct coverage_gap){
	    .since = ONSET,
	    .until = ONSET + 3 * USEC_PER_MIN,
	    .reason = xstrdup("suppressed by journald's rate limit"),
	    .lost = 212,
	};
}

/* A quarter of an hour each; the latency of the first is unknown. */
static inline void
fixture_series(struct report *r)
{
	struct chart_series *s = &r->series;

	s->step = 15 * USEC_PER_MIN;
	s->points = xcalloc(4, sizeof(*s->points));
	s->points[s->n++] = (struct chart_point){2400, 0, 0, {NAN, NAN, NAN}};
	s->points[s->n++] = (struct chart_point){2450, 1, 0, {12, 41, 60}};
	s->points[s->n++] =
	    (struct chart_point){2620, 2213, 12, {0, 1900.5, 2100}};
	s->points[s->n++] = (struct chart_point){2400, 3, 0, {12, 40, 61}};
	s->usual.requests = 2410;
	s->usual.failed_share = 0.001;
	s->usual.latency = (struct percentiles){12.25, 40, NAN};
}

/* 14:00 to 15:00 in Berlin, nothing in it yet. */
static inline struct report *
fixture_empty(void)
{
	struct report *r = xcalloc(1, sizeof(*r));

	r->generated.version = "0.1.0";
	r->generated.at = ONSET + USEC_PER_DAY;
	r->since = ONSET - (21 * 60 + 7) * USEC_PER_SEC;
	r->until = r->since + USEC_PER_HOUR;
	r->baseline_since = r->baseline_until = USEC_NONE;
	if (zone_find(STR("Europe/Berlin"), &r->zone) < 0)
		zone_find(STR("+01:00"), &r->zone);
	r->totals.events = 418204;
	r->totals.requests = 9870;
	r->totals.failed = 2217;
	r->totals.aborted = 12;
	r->totals.clients = 3310;
	return r;
}

static inline struct report *
fixture_report(void)
{
	struct report *r = fixture_empty();

	r->generated.command = xcalloc(2, sizeof(*r->generated.command));
	r->generated.command[r->generated.n_command++] = xstrdup("recount");
	r->generated.command[r->generated.n_command++] = xstrdup("report");
	r->baseline_since = r->since - USEC_PER_HOUR;
	r->baseline_until = r->since;
	r->summary = xstrdup("Degradation of orders.");
	r->similar_sought = true;
	r->incidents = xcalloc(1, sizeof(*r->incidents));
	r->incidents[r->n_incidents++] =
	    fixture_incident(ONSET, 1053 * USEC_PER_SEC, "orders");
	r->timeline = xcalloc(4, sizeof(*r->timeline));
	fixture_item(r, ONSET - 41300 * USEC_PER_MSEC, PHASE_TRIGGER,
	    "config-change", HOSTILE, 1, 100, 100);
	fixture_item(r, ONSET, PHASE_ONSET, "onset", "POST /orders fails", 2214,
	    1024, HOSTILE_ID);
	fixture_item(r, ONSET + 131 * USEC_PER_SEC, PHASE_DETECTION, "alert",
	    "HighErrorRate fires", 1, 2000, 2000);
	fixture_item(r, ONSET + 1053 * USEC_PER_SEC, PHASE_RECOVERY,
	    "recovered", "orders answers as before", 1, 3000, 3000);
	fixture_coverage(r);
	r->evidence = xcalloc(1, sizeof(*r->evidence));
	for (int i = 0; i < 256; i++)
		hostile_raw[i] = (char)i;
	r->evidence[r->n_evidence++] = (struct evidence){
	    .id = HOSTILE_ID,
	    .time = ONSET,
	    .host = xstrdup("web2"),
	    .file = xstrdup("/var/log/nginx/access.log"),
	    .offset = 4096,
	    .raw = {xmemdup0(hostile_raw, 256), 256},
	};
	fixture_series(r);
	r->n_spark = 4;
	r->spark[1] = 1;
	r->spark[2] = 2213;
	return r;
}

#endif
