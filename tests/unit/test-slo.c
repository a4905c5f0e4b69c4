/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "../../src/analysis/slo.h"
#include "table.h"

#define DAYS (24 * 60.0)

/* The tables of "The Site Reliability Workbook", chapter 5: objectives over
 * thirty days, failures per thousand requests, minutes. */
static const struct spend {
	const char *name;
	double objective;
	int failed; /* of 10000 */
	double minutes, burn_rate, budget_spent;
} spends[] = {
    {"page: 2 % in an hour", 0.999, 144, 60, 14.4, 0.02},
    {"page: 5 % in six hours", 0.999, 60, 360, 6, 0.05},
    {"ticket: 10 % in three days", 0.999, 10, 3 * DAYS, 1, 0.1},
    {"0.1 % fail: gone after 30 days", 0.999, 10, 30 * DAYS, 1, 1},
    {"0.2 % fail: gone after 15 days", 0.999, 20, 15 * DAYS, 2, 1},
    {"1 % fail: gone after 3 days", 0.999, 100, 3 * DAYS, 10, 1},
    {"all fail: gone after 43 minutes", 0.999, 10000, 43.2, 1000, 1},
    {"more than there was", 0.999, 10000, 432, 1000, 10},
    {"other objective", 0.95, 5000, 60, 10, 10 / 720.0},
    {"none failed", 0.999, 0, 60, 0, 0},
};

static void
spending(void **state)
{
	const struct spend *row = *state;
	struct slo s = {
	    .objective = row->objective, .period = 30 * USEC_PER_DAY};
	double burn, spent;

	slo_spend(&s, row->failed, 10000,
	    (usec_t)(row->minutes * (double)USEC_PER_MIN), &burn, &spent);
	assert_true(fabs(burn - row->burn_rate) < 1e-9 * (1 + burn));
	assert_true(fabs(spent - row->budget_spent) < 1e-9 * (1 + spent));
}

static void
unknown(void **state)
{
	struct slo s = {.objective = 0.999, .period = 30 * USEC_PER_DAY};
	double burn = 0, spent = 0;

	slo_spend(&s, 0, 0, USEC_PER_HOUR, &burn, &spent);
	assert_true(isnan(burn) && isnan(spent));
	/* A failure took some time, even if its line stands for an instant. */
	slo_spend(&s, 1, 1, 0, &burn, &spent);
	assert_true(spent > 0);
}

static const struct match {
	const char *name, *match, *route, *service;
	bool want;
} matches[] = {
    {"no glob wants all", NULL, "GET /", "", true},
    {"route", "POST /api/orders", "POST /api/orders", "a", true},
    {"route, other method", "POST /api/orders", "GET /api/orders", "a", false},
    {"star of a route", "GET /api/*", "GET /api/orders/{id}", "a", true},
    {"any method", "* /api/*", "PUT /api/x", "a", true},
    {"path, any method", "/api/*", "PUT /api/x", "a", true},
    {"path is whole", "/api", "GET /api/x", "a", false},
    {"virtual host", "shop.example.com", "GET /", "shop.example.com", true},
    {"other host", "shop.example.com", "GET /", "api.example.com", false},
    {"star of a host", "*.example.com", "GET /", "api.example.com", true},
    {"host is not a path", "api", "GET /api", "shop", false},
    {"no service known", "shop", "GET /", "", false},
    {"no route known", "/api/*", "", "shop", false},
};

static void
matching(void **state)
{
	const struct match *row = *state;
	struct slo s = {.match = row->match};

	assert_int_equal(
	    slo_matches(&s, str_of(row->route), str_of(row->service)),
	    row->want);
}

/* ---- counted over an incident ---- */

#define T0 ((usec_t)1767225600 * USEC_PER_SEC) /* 2026-01-01 */
#define ONSET (T0 + 20 * USEC_PER_MIN)
#define END (T0 + 25 * USEC_PER_MIN)

static void
counting(void **state)
{
	static const struct slo slos[] = {
	    {"pay", "POST /pay", 0.999, 30 * USEC_PER_DAY},
	    {"all", NULL, 0.99, 30 * USEC_PER_DAY},
	    {"unused", "/nowhere", 0.9, USEC_PER_DAY},
	};
	CLEANUP(rules_free) struct rules *rules = rules_new();
	struct analysis_options o = {.since = T0,
	    .until = T0 + USEC_PER_HOUR,
	    .lookback = T0,
	    .zone = zone_utc(),
	    .rules = rules,
	    .failed_status = 500,
	    .slos = slos,
	    .n_slos = ARRAY_SIZE(slos)};
	CLEANUP(analysis_free) struct analysis *a = analysis_new(&o);
	CLEANUP(report_free) struct report *r = NULL;
	const struct impact_slo *s;
	uint64_t id = 1;

	/* Two a second, every other one pays; all payments fail for a time. */
	for (usec_t t = T0; t < o.until; t += USEC_PER_SEC / 2, id++) {
		struct log_event ev;
		bool pay = id % 2 == 0, hit = pay && t >= ONSET && t < END;

		event_init(&ev);
		ev.id = id;
		ev.source = 1;
		ev.kind = EVENT_ACCESS;
		ev.timestamp = t;
		ev.precision = USEC_PER_MSEC;
		ev.method = pay ? STR("POST") : STR("GET");
		ev.target = pay ? STR("/pay") : STR("/");
		ev.client = STR("192.0.2.1");
		ev.status = hit ? 502 : 200;
		analysis_add(a, &ev);
	}
	analysis_finish(a, &r);
	assert_int_equal(r->n_incidents, 1);
	s = r->incidents[0].impact.slos;
	assert_int_equal(r->incidents[0].impact.n_slos, 3);
	assert_string_equal(s[0].name, "pay");
	assert_int_equal(s[0].failed, 300);
	assert_int_equal(s[0].total, 300);
	assert_true(fabs(s[0].burn_rate - 1000) < 1e-6);
	/* Five minutes of thirty days at 1000 times what is allowed. */
	assert_true(
	    fabs(s[0].budget_spent / (1000 * 5 / (30 * DAYS)) - 1) < 0.01);
	assert_int_equal(s[1].failed, r->incidents[0].impact.failed);
	assert_int_equal(s[1].total, r->incidents[0].impact.total);
	assert_int_equal(s[2].total, 0);
	assert_true(isnan(s[2].burn_rate));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(unknown),
	    cmocka_unit_test(counting),
	};
	int failed = TABLE_RUN(spends, spending);

	failed += TABLE_RUN(matches, matching);
	return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
