/* SPDX-License-Identifier: MIT */
/*
 * Incidents with planted truth: a seeded generator makes an hour of traffic
 * (daily cycle, growth, one heavy client, clumps of background failures),
 * plants one incident in it, and the analysis must find it where it is; quiet
 * days must yield nothing.  RECOUNT_SEEDS and RECOUNT_QUIET_DAYS enlarge the
 * run.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "recount/analysis.h"

#define T0 ((usec_t)1767225600 * USEC_PER_SEC) /* 2026-01-01 */
#define ONSET_WITHIN (10 * USEC_PER_SEC)

struct dice {
	uint64_t state;
};

static double
roll(struct dice *d) /* splitmix64, in [0, 1) */
{
	uint64_t z = d->state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return (double)((z ^ (z >> 31)) >> 11) / 9007199254740992.0;
}

static double
between(struct dice *d, double low, double high)
{
	return low + (high - low) * roll(d);
}

struct plan {
	double rate, growth, cycle, heavy; /* requests per second and shape */
	double background, clumps;         /* share failing on a good day */
	usec_t length, start, end;         /* of traffic; of the incident */
	double severity;                   /* share failing in it */
	bool one_route;
};

struct truth {
	usec_t first, last;
	int64_t failed, total, background;
};

static const char *const routes[] = {
    "/", "/api/search", "/api/login", "/api/orders/{id}", "/static/app.js"};

static void
emit(struct analysis *a, struct dice *d, const struct plan *p, usec_t t,
    uint64_t id, bool clump, struct truth *truth)
{
	struct log_event ev;
	char client[32];
	size_t route = (size_t)(roll(d) * 5);
	bool inside = t >= p->start && t < p->end;
	bool hit =
	    inside && (!p->one_route || route == 2) && roll(d) < p->severity;
	bool stray = roll(d) < (clump ? 0.05 : p->background);

	event_init(&ev);
	snprintf(client, sizeof(client), "10.0.%d.%d",
	    roll(d) < p->heavy ? 0 : (int)(roll(d) * 4), (int)(roll(d) * 200));
	ev.id = id;
	ev.source = 1;
	ev.kind = EVENT_ACCESS;
	ev.timestamp = t / USEC_PER_SEC * USEC_PER_SEC;
	ev.precision = USEC_PER_SEC;
	ev.method = STR("GET");
	ev.target = str_of(routes[route]);
	ev.client = str_of(client);
	ev.status = hit || stray ? 502 : 200;
	ev.vhost = STR("shop.example.com");
	analysis_add(a, &ev);
	if (!inside)
		truth->background += stray;
	if (inside)
		truth->total++;
	if (hit) {
		if (truth->failed++ == 0)
			truth->first = ev.timestamp;
		truth->last = ev.timestamp;
	}
}

static struct report *
run_plan(struct dice *d, const struct plan *p, struct truth *truth)
{
	CLEANUP(rules_free) struct rules *rules = rules_new();
	struct analysis_options o = {
	    .since = T0,
	    .until = T0 + p->length,
	    .lookback = T0,
	    .zone = zone_utc(),
	    .rules = rules,
	    .failed_status = 500,
	    .items_max = 32,
	};
	CLEANUP(analysis_free) struct analysis *a = analysis_new(&o);
	struct report *r = NULL;
	usec_t t = T0, clump_until = 0;
	uint64_t id = 0;

	*truth = (struct truth){0};
	while (t < T0 + p->length) {
		double part = (double)(t - T0) / (double)p->length;
		double rate = p->rate * (1 + p->growth * part) *
			      (1 + p->cycle * sin(part * 6.283));

		t += (usec_t)(-log(1 - roll(d)) / rate * 1e6);
		if (roll(d) < p->clumps)
			clump_until = t + 5 * USEC_PER_SEC;
		if (t < T0 + p->length)
			emit(a, d, p, t, ++id, t < clump_until, truth);
	}
	analysis_finish(a, &r);
	return r;
}

static struct plan
plan_incident(struct dice *d)
{
	struct plan p = {
	    .rate = between(d, 2, 25),
	    .growth = between(d, -0.3, 0.6),
	    .cycle = between(d, 0, 0.5),
	    .heavy = between(d, 0, 0.5),
	    .background = between(d, 0.0002, 0.01),
	    .clumps = between(d, 0, 0.0002),
	    .length = USEC_PER_HOUR,
	    .one_route = roll(d) < 0.5,
	};

	p.severity = fmax(between(d, 0.1, 1), p.background * 5);
	p.start = T0 + (usec_t)(between(d, 0.2, 0.7) * (double)p.length);
	p.end = p.start + (usec_t)(between(d, 60, 900) * 1e6);
	return p;
}

static long
from_env(const char *name, long usual)
{
	const char *text = getenv(name);

	return text ? atol(text) : usual;
}

static void
finds_planted_incidents(void **state)
{
	long seeds = from_env("RECOUNT_SEEDS", 60), asked = 0, found = 0,
	     extra = 0;

	(void)state;
	for (long seed = 1; seed <= seeds; seed++) {
		struct dice d = {(uint64_t)seed * 7919};
		struct plan p = plan_incident(&d);
		struct truth truth;
		CLEANUP(report_free)
		struct report *r = run_plan(&d, &p, &truth);
		bool good = false;

		/* What the promise covers: 20 failures, and 3 times usual. */
		if (truth.failed < 20 ||
		    (double)truth.failed <
			3 * fmax(p.background, 0.002) * (double)truth.total)
			continue;
		asked++;
		for (size_t i = 0; i < r->n_incidents; i++)
			good |= llabs(r->incidents[i].start - truth.first) <=
				ONSET_WITHIN;
		extra += r->n_incidents > 1;
		found += good;
		if (!good)
			print_message("seed %ld: %zu incidents, onset %+.1f s, "
				      "%lld of %lld failed, rate %.1f, "
				      "background %.4f\n",
			    seed, r->n_incidents,
			    r->n_incidents ? (double)(r->incidents[0].start -
						      truth.first) /
						 1e6
					   : NAN,
			    (long long)truth.failed, (long long)truth.total,
			    p.rate, p.background);
	}
	print_message(
	    "%ld of %ld planted incidents found; more than one told in "
	    "%ld\n",
	    found, asked, extra);
	assert_true(asked > seeds / 2);
	assert_true(found * 100 >= asked * 95);
	/* Clumps that by chance are as large as the promise covers. */
	assert_true(extra * 100 <= asked * 10);
}

static void
quiet_days_stay_quiet(void **state)
{
	long days = from_env("RECOUNT_QUIET_DAYS", 5), invented = 0;

	(void)state;
	for (long day = 1; day <= days; day++) {
		struct dice d = {(uint64_t)day * 104729};
		struct plan p = {
		    .rate = between(&d, 0.5, 4),
		    .growth = between(&d, -0.3, 0.6),
		    .cycle = between(&d, 0.2, 0.8),
		    .heavy = between(&d, 0, 0.6),
		    .background = between(&d, 0.0002, 0.01),
		    .clumps = between(&d, 0, 0.0002),
		    .length = USEC_PER_DAY,
		};
		struct truth truth;
		CLEANUP(report_free)
		struct report *r = run_plan(&d, &p, &truth);

		invented += r->n_incidents > 0;
		for (size_t i = 0; i < r->n_incidents; i++)
			print_message(
			    "day %ld: invented: %s\n", day, r->summary);
	}
	assert_true(invented * 100 <= days);
}

/* The counts of a small hand-made incident are what was put in. */
static void
counts_are_exact(void **state)
{
	struct dice d = {42};
	struct plan p = {
	    .rate = 10,
	    .background = 0,
	    .length = 20 * USEC_PER_MIN,
	    .start = T0 + 10 * USEC_PER_MIN,
	    .end = T0 + 13 * USEC_PER_MIN,
	    .severity = 0.8,
	};
	struct truth truth;
	CLEANUP(report_free) struct report *r = run_plan(&d, &p, &truth);

	(void)state;
	assert_int_equal(r->n_incidents, 1);
	assert_int_equal(r->totals.failed, truth.failed);
	assert_int_equal(r->incidents[0].impact.failed, truth.failed);
	assert_int_equal(r->incidents[0].start, truth.first);
	/* Times are whole seconds: it ended by the end of the last one. */
	assert_int_equal(
	    r->incidents[0].end, truth.last + USEC_PER_SEC - USEC_PER_MSEC);
	assert_true(r->incidents[0].classification == INCIDENT_DEGRADATION);
	assert_true(r->n_timeline >= 2);
	for (size_t i = 0; i < r->n_timeline; i++)
		assert_true(r->timeline[i].evidence.n > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(counts_are_exact),
	    cmocka_unit_test(finds_planted_incidents),
	    cmocka_unit_test(quiet_days_stay_quiet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
