/* SPDX-License-Identifier: MIT */
/*
 * What is told of an incident and what is not: one thing seen by two sources
 * once, a stack trace as one item, background noise not at all.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "recount/analysis.h"

#define T0 ((usec_t)1767225600 * USEC_PER_SEC) /* 2026-01-01 */
#define SEC USEC_PER_SEC
#define ONSET (T0 + 300 * SEC)
#define END (T0 + 420 * SEC)

enum source { ACCESS = 1, JOURNAL, SYSLOG };

struct scene {
	struct rules *rules;
	struct analysis *a;
	uint64_t next;
};

static int
scene_new(void **state)
{
	struct scene *s = xcalloc(1, sizeof(*s));
	struct analysis_options o = {
	    .since = T0,
	    .until = T0 + 600 * SEC,
	    .lookback = T0,
	    .zone = zone_utc(),
	    .failed_status = 500,
	    .items_max = 32,
	};

	s->rules = rules_new();
	o.rules = s->rules;
	s->a = analysis_new(&o);
	analysis_add_source(s->a, ACCESS, STR("access.log"), STR("web1"));
	analysis_add_source(s->a, JOURNAL, STR("journal"), STR("web1"));
	analysis_add_source(s->a, SYSLOG, STR("syslog"), STR("web1"));
	*state = s;
	return 0;
}

static int
scene_free(void **state)
{
	struct scene *s = *state;

	analysis_free(s->a);
	rules_free(s->rules);
	xfree(s);
	return 0;
}

static uint64_t
say(struct scene *s, enum source source, usec_t t, int severity,
    const char *body, uint64_t pattern)
{
	struct log_event ev;

	event_init(&ev);
	ev.id = ++s->next;
	ev.source = source;
	ev.kind = source == JOURNAL ? EVENT_JOURNAL : EVENT_SYSLOG;
	ev.timestamp = t;
	ev.precision = source == JOURNAL ? 1 : SEC;
	ev.severity = severity;
	ev.host = STR("web1");
	ev.identifier = STR("shop");
	ev.unit = source == JOURNAL ? STR("shop.service") : STR_NULL;
	ev.pid = 77;
	ev.body = str_of(body);
	ev.pattern = pattern;
	analysis_add(s->a, &ev);
	return ev.id;
}

/* Ten requests a second; all of them fail between ONSET and END. */
static void
traffic(struct scene *s, bool trouble)
{
	for (usec_t t = T0; t < T0 + 600 * SEC; t += SEC / 10) {
		struct log_event ev;
		char client[32];

		snprintf(client, sizeof(client), "192.0.2.%d",
		    (int)(t / (SEC / 10) % 200));
		event_init(&ev);
		ev.id = ++s->next;
		ev.source = ACCESS;
		ev.kind = EVENT_ACCESS;
		ev.timestamp = t;
		ev.precision = 1;
		ev.host = STR("web1");
		ev.method = STR("GET");
		ev.target = STR("/api/search?q=x");
		ev.client = str_of(client);
		ev.status = trouble && t >= ONSET && t < END ? 502 : 200;
		analysis_add(s->a, &ev);
	}
}

static const struct timeline_item *
item_citing(const struct report *r, uint64_t id)
{
	for (size_t i = 0; i < r->n_timeline; i++) {
		for (size_t k = 0; k < r->timeline[i].evidence.n; k++) {
			if (r->timeline[i].evidence.ids[k] == id)
				return &r->timeline[i];
		}
	}
	return NULL;
}

static void
one_thing_from_two_sources_is_told_once(void **state)
{
	struct scene *s = *state;
	CLEANUP(report_free) struct report *r = NULL;
	const char *text = "cannot reach the database";
	uint64_t journal, syslog, second;

	traffic(s, true);
	journal = say(s, JOURNAL, ONSET + 250000, SEV_ERR, text, 5);
	syslog = say(s, SYSLOG, ONSET, SEV_ERR, text, 5);
	/* Said again, and again seen twice. */
	second = say(s, JOURNAL, ONSET + 5 * SEC, SEV_ERR, text, 5);
	say(s, SYSLOG, ONSET + 5 * SEC, SEV_ERR, text, 5);
	analysis_finish(s->a, &r);

	assert_int_equal(r->totals.events, 6000 + 2);
	assert_non_null(item_citing(r, journal));
	assert_ptr_equal(item_citing(r, journal), item_citing(r, syslog));
	assert_ptr_equal(item_citing(r, journal), item_citing(r, second));
	assert_int_equal(item_citing(r, journal)->count, 2);
	assert_string_equal(item_citing(r, journal)->source, "journal");
}

static void
a_stack_trace_is_one_item(void **state)
{
	struct scene *s = *state;
	CLEANUP(report_free) struct report *r = NULL;
	uint64_t first, last;

	traffic(s, true);
	first = say(s, JOURNAL, ONSET + 1000, SEV_ERR, "request failed", 11);
	say(s, JOURNAL, ONSET + 1100, SEV_ERR, "Traceback (last call)", 12);
	say(s, JOURNAL, ONSET + 1200, SEV_ERR, "  File app.py, line 9", 13);
	last = say(s, JOURNAL, ONSET + 1300, SEV_ERR, "KeyError: 'fx'", 14);
	analysis_finish(s->a, &r);

	assert_non_null(item_citing(r, first));
	assert_ptr_equal(item_citing(r, first), item_citing(r, last));
	assert_int_equal(item_citing(r, first)->evidence.n, 4);
}

static void
background_is_left_out(void **state)
{
	struct scene *s = *state;
	CLEANUP(report_free) struct report *r = NULL;
	uint64_t noise = 0, news;

	traffic(s, true);
	for (usec_t t = T0; t < T0 + 600 * SEC; t += 20 * SEC)
		noise = say(s, JOURNAL, t, SEV_ERR, "sensor unreadable", 21);
	news = say(s, JOURNAL, ONSET + 2 * SEC, SEV_ERR, "queue is full", 22);
	analysis_finish(s->a, &r);

	assert_null(item_citing(r, noise));
	assert_non_null(item_citing(r, news));
}

static void
a_quiet_hour_tells_nothing(void **state)
{
	struct scene *s = *state;
	CLEANUP(report_free) struct report *r = NULL;

	traffic(s, false);
	say(s, JOURNAL, ONSET, SEV_ERR, "sensor unreadable", 21);
	analysis_finish(s->a, &r);

	assert_int_equal(r->n_incidents, 0);
	assert_int_equal(r->totals.requests, 6000);
	assert_int_equal(r->totals.failed, 0);
	assert_non_null(strstr(r->summary, "No incident found"));
}

static void
an_alert_before_the_incident_does_not_detect_it(void **state)
{
	struct scene *s = *state;
	CLEANUP(report_free) struct report *r = NULL;
	struct log_event ev;
	const usec_t times[] = {ONSET - 60 * SEC, ONSET + 30 * SEC};

	traffic(s, true);
	for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
		event_init(&ev);
		ev.id = ++s->next;
		ev.source = SYSLOG;
		ev.kind = EVENT_ALERT;
		ev.timestamp = times[i];
		ev.body = STR("errors are high");
		ev.identifier = STR("HighErrorRate");
		analysis_add(s->a, &ev);
	}
	analysis_finish(s->a, &r);

	assert_int_equal(r->n_incidents, 1);
	assert_int_equal(r->incidents[0].start, ONSET);
	assert_int_equal(r->incidents[0].phases.detected, ONSET + 30 * SEC);
	assert_int_equal(r->incidents[0].impact.failed, 1200);
	assert_int_equal(r->incidents[0].impact.clients_affected, 200);
	assert_true(r->incidents[0].classification == INCIDENT_OUTAGE);
}

/* app1's clock is 90 s ahead; request ids that web1 logged too show it. */
static void
a_clock_that_is_ahead_is_corrected(void **state)
{
	struct scene *s = *state;
	CLEANUP(report_free) struct report *r = NULL;
	struct log_event ev;
	char id[40], body[80];
	uint64_t cause, first = 0;

	analysis_add_source(s->a, 9, STR("app1 journal"), STR("app1"));
	for (int i = 0; i < 1200; i++) {
		snprintf(id, sizeof(id), "%08xdeadbeef00c0ffee", i);
		event_init(&ev);
		ev.id = ++s->next;
		ev.source = ACCESS;
		ev.kind = EVENT_ACCESS;
		ev.timestamp = T0 + i * SEC / 2;
		ev.precision = 1;
		ev.host = STR("web1");
		ev.method = STR("GET");
		ev.target = STR("/");
		ev.client = STR("192.0.2.1");
		ev.request_id = str_of(id);
		ev.status = i >= 600 && i < 840 ? 500 : 200;
		analysis_add(s->a, &ev);
		if (ev.status == 200)
			continue;
		snprintf(body, sizeof(body), "unhandled, request_id=%s", id);
		event_init(&ev);
		ev.id = ++s->next;
		ev.source = 9;
		ev.kind = EVENT_JOURNAL;
		ev.timestamp = T0 + i * SEC / 2 + 90 * SEC;
		ev.precision = 1;
		ev.host = STR("app1");
		ev.severity = SEV_ERR;
		ev.pattern = 31;
		ev.body = str_of(body);
		analysis_add(s->a, &ev);
		first = first ? first : ev.id;
	}
	event_init(&ev);
	ev.id = cause = ++s->next;
	ev.source = 9;
	ev.kind = EVENT_JOURNAL;
	ev.timestamp = ONSET + 88 * SEC;
	ev.precision = 1;
	ev.host = STR("app1");
	ev.severity = SEV_WARNING;
	ev.pattern = 32;
	ev.body = STR("cache is off now");
	analysis_add(s->a, &ev);
	analysis_finish(s->a, &r);

	assert_int_equal(r->n_incidents, 1);
	assert_non_null(item_citing(r, first));
	assert_int_equal(item_citing(r, first)->time, ONSET);
	assert_non_null(item_citing(r, cause));
	assert_int_equal(item_citing(r, cause)->time, ONSET - 2 * SEC);
	assert_int_equal(r->incidents[0].factors[0].evidence.ids[0], cause);
	for (size_t i = 0; i < r->n_coverage; i++) {
		if (strcmp(r->coverage[i].source, "app1 journal") == 0) {
			assert_int_equal(r->coverage[i].n_gaps, 1);
			assert_non_null(
			    strstr(r->coverage[i].gaps[0].reason, "ahead"));
		}
	}
}

/* Nothing but the access log tells of a crawler that came before the onset. */
static void
a_crawler_before_the_onset_is_a_factor(void **state)
{
	struct scene *s = *state;
	CLEANUP(report_free) struct report *r = NULL;
	const struct factor *f;
	uint64_t first = 0;

	traffic(s, true);
	for (usec_t t = ONSET - 20 * SEC; t < END; t += SEC / 20) {
		struct log_event ev;

		event_init(&ev);
		ev.id = ++s->next;
		ev.source = ACCESS;
		ev.kind = EVENT_ACCESS;
		ev.timestamp = t;
		ev.precision = 1;
		ev.host = STR("web1");
		ev.method = STR("GET");
		ev.target = STR("/export");
		ev.client = STR("198.51.100.9");
		ev.status = 200;
		analysis_add(s->a, &ev);
		first = first ? first : ev.id;
	}
	analysis_finish(s->a, &r);

	assert_int_equal(r->n_incidents, 1);
	assert_int_equal(r->incidents[0].n_factors, 1);
	f = &r->incidents[0].factors[0];
	assert_string_equal(f->kind, "traffic-surge");
	assert_non_null(strstr(f->text, "198.51.100.9"));
	assert_int_equal(f->time, ONSET - 20 * SEC);
	assert_int_equal(f->evidence.ids[0], first);
	assert_non_null(item_citing(r, first));
}

static void
visit(struct scene *s, usec_t t)
{
	struct log_event ev;
	char client[32];

	snprintf(
	    client, sizeof(client), "192.0.2.%d", (int)(t / SEC * 7 % 200));
	event_init(&ev);
	ev.id = ++s->next;
	ev.source = ACCESS;
	ev.kind = EVENT_ACCESS;
	ev.timestamp = t;
	ev.precision = 1;
	ev.method = STR("GET");
	ev.target = STR("/");
	ev.client = str_of(client);
	ev.status = 200;
	analysis_add(s->a, &ev);
}

/* Requests stop for good at ONSET; is the host still there? */
static struct report *
requests_stop(struct scene *s, bool alive)
{
	struct report *r = NULL;

	for (usec_t t = T0; t < ONSET; t += SEC / 4)
		visit(s, t);
	for (usec_t t = T0; t < (alive ? END : ONSET); t += 10 * SEC)
		say(s, JOURNAL, t, SEV_INFO, "tick", 41);
	analysis_finish(s->a, &r);
	return r;
}

static void
silence_of_a_host_that_lives_is_an_incident(void **state)
{
	CLEANUP(report_free) struct report *r = requests_stop(*state, true);

	assert_int_equal(r->n_incidents, 1);
	assert_true(r->incidents[0].classification == INCIDENT_SILENCE);
	assert_true(r->incidents[0].ongoing);
	assert_true(r->incidents[0].impact.at_least);
	assert_true(llabs(r->incidents[0].start - ONSET) <= 2 * SEC);
}

static void
logs_that_end_are_not_silence(void **state)
{
	CLEANUP(report_free) struct report *r = requests_stop(*state, false);

	assert_int_equal(r->n_incidents, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		one_thing_from_two_sources_is_told_once, scene_new, scene_free),
	    cmocka_unit_test_setup_teardown(
		a_stack_trace_is_one_item, scene_new, scene_free),
	    cmocka_unit_test_setup_teardown(
		background_is_left_out, scene_new, scene_free),
	    cmocka_unit_test_setup_teardown(
		a_quiet_hour_tells_nothing, scene_new, scene_free),
	    cmocka_unit_test_setup_teardown(
		an_alert_before_the_incident_does_not_detect_it, scene_new,
		scene_free),
	    cmocka_unit_test_setup_teardown(
		a_clock_that_is_ahead_is_corrected, scene_new, scene_free),
	    cmocka_unit_test_setup_teardown(
		a_crawler_before_the_onset_is_a_factor, scene_new, scene_free),
	    cmocka_unit_test_setup_teardown(
		silence_of_a_host_that_lives_is_an_incident, scene_new,
		scene_free),
	    cmocka_unit_test_setup_teardown(
		logs_that_end_are_not_silence, scene_new, scene_free),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
