/* SPDX-License-Identifier: MIT */
/*
 * Fingerprints: incidents of one kind resemble each other, however loud each
 * was; those of another kind do not.
 */
#include <stdio.h>

#include "recount/analysis.h"
#include "recount/intern.h"
#include "table.h"

#define T0 ((usec_t)1767225600 * USEC_PER_SEC) /* 2026-01-01 */
#define HOUR USEC_PER_HOUR

/* How one hour with an incident goes. */
struct kind {
	const char *route; /* that fails */
	int status;
	const char *errors[3]; /* said each second; pattern: the address */
	int minutes;
	double share; /* of the route's requests */
	bool slow;    /* they are answered, but late */
	bool gone;    /* nothing is asked for at all */
};

static const struct kind database = {"/orders", 500,
    {"connection to db refused", "query gave up"}, 5, 1, false, false};
static const struct kind database_longer = {"/orders", 500,
    {"connection to db refused", "query gave up"}, 12, 0.5, false, false};
static const struct kind disk = {"/upload", 507,
    {"no space left on device", "cannot write part"}, 5, 1, false, false};
static const struct kind disk_on_orders = {"/orders", 500,
    {"no space left on device", "cannot write part"}, 5, 1, false, false};
static const struct kind silent = {"/orders", 500, {NULL}, 5, 1, false, false};
static const struct kind slow = {
    .route = "/orders", .status = 200, .minutes = 5, .share = 1, .slow = true};
static const struct kind slow_longer = {
    .route = "/orders", .status = 200, .minutes = 9, .share = 1, .slow = true};
static const struct kind slow_upload = {
    .route = "/upload", .status = 200, .minutes = 5, .share = 1, .slow = true};
static const struct kind gone = {
    .route = "/orders", .status = 200, .minutes = 5, .gone = true};
static const struct kind gone_longer = {
    .route = "/orders", .status = 200, .minutes = 9, .gone = true};

static void
request(struct analysis *a, uint64_t id, usec_t t, const char *route,
    int status, bool late)
{
	char client[32];
	struct log_event ev;

	event_init(&ev);
	ev.id = id;
	ev.source = 1;
	ev.kind = EVENT_ACCESS;
	ev.timestamp = t;
	ev.precision = USEC_PER_MSEC;
	ev.method = STR("GET");
	ev.target = str_of(route);
	snprintf(client, sizeof(client), "192.0.2.%u",
	    (unsigned)(t / USEC_PER_SEC * 7 % 40));
	ev.client = str_of(client);
	ev.status = status;
	ev.duration = late ? 3 * USEC_PER_SEC : 20 * USEC_PER_MSEC;
	analysis_add(a, &ev);
}

static void
message(struct analysis *a, uint64_t id, usec_t t, const char *text, int sev)
{
	struct log_event ev;

	event_init(&ev);
	ev.id = id;
	ev.source = 2;
	ev.kind = EVENT_SYSLOG;
	ev.timestamp = t;
	ev.precision = 1;
	ev.severity = sev;
	ev.host = STR("web1");
	ev.identifier = STR("orders");
	ev.body = str_of(text);
	ev.pattern = hash64(text, strlen(text));
	analysis_add_template(a, ev.pattern, ev.body);
	analysis_add(a, &ev);
}

static struct report *
happen(const struct kind *k, usec_t since)
{
	CLEANUP(rules_free) struct rules *rules = rules_new();
	struct analysis_options o = {.since = since,
	    .until = since + HOUR,
	    .lookback = since,
	    .zone = zone_utc(),
	    .rules = rules,
	    .failed_status = 500};
	CLEANUP(analysis_free) struct analysis *a = analysis_new(&o);
	usec_t onset = since + 20 * USEC_PER_MIN;
	usec_t end = onset + k->minutes * USEC_PER_MIN;
	struct report *r = NULL;
	uint64_t id = 1;

	for (usec_t t = since; t < o.until; t += USEC_PER_SEC) {
		bool bad = t >= onset && t < end;
		bool hit =
		    bad && (double)(t / USEC_PER_SEC % 10) < k->share * 10;

		if (!bad || !k->gone) {
			request(a, id++, t, "/", 200, false);
			request(a, id++, t, k->route, hit ? k->status : 200,
			    hit && k->slow);
		}
		message(a, id++, t, "sensor 4 does not answer", SEV_WARNING);
		message(a, id++, t, "all is well", SEV_INFO);
		for (size_t i = 0; bad && k->errors[i] != NULL; i++)
			message(a, id++, t, k->errors[i], SEV_ERR);
	}
	analysis_finish(a, &r);
	assert_int_equal(r->n_incidents, 1);
	return r;
}

static const struct pair {
	const char *name;
	const struct kind *now, *earlier;
	double least, most; /* score; least 0: not similar at all */
} pairs[] = {
    {"the same again", &database, &database, 1, 1},
    {"longer and milder", &database, &database_longer, 1, 1},
    {"another cause elsewhere", &database, &disk, 0, 0},
    {"another cause at the same route", &database, &disk_on_orders, 0, 0},
    {"the same route, nothing said", &database, &silent, 0, 0},
    {"nothing said either time", &silent, &silent, 1, 1},
    {"slow again, for longer", &slow, &slow_longer, 1, 1},
    {"slow elsewhere", &slow, &slow_upload, 0, 0},
    {"failing, then slow", &slow, &silent, 0, 0},
    {"no requests again", &gone, &gone_longer, 1, 1},
    {"slow, then none", &gone, &slow, 0, 0},
};

static void
alike(void **state)
{
	const struct pair *row = *state;
	CLEANUP(report_free) struct report *now = happen(row->now, T0);
	CLEANUP(report_free)
	struct report *earlier = happen(row->earlier, T0 - 5 * HOUR);
	const struct incident *in = &now->incidents[0];

	report_add_similar(now, earlier);
	report_add_similar(now, earlier); /* found twice, told once */
	if (row->least == 0) {
		assert_int_equal(in->n_similar, 0);
		return;
	}
	assert_int_equal(in->n_similar, 1);
	assert_string_equal(in->similar[0].id, earlier->incidents[0].id);
	assert_int_equal(in->similar[0].start, earlier->incidents[0].start);
	assert_true(in->similar[0].score >= row->least - 1e-9);
	assert_true(in->similar[0].score <= row->most + 1e-9);
	assert_true(in->similar[0].n_shared > 0);
}

/* What comes later is not an earlier incident. */
static void
only_earlier(void **state)
{
	CLEANUP(report_free) struct report *now = happen(&database, T0);
	CLEANUP(report_free)
	struct report *later = happen(&database, T0 + 5 * HOUR);

	report_add_similar(now, later);
	report_add_similar(now, now);
	assert_int_equal(now->incidents[0].n_similar, 0);
}

/* The most alike first, five at most, of equals the latest. */
static void
in_order(void **state)
{
	CLEANUP(report_free) struct report *now = happen(&database, T0);
	const struct incident *in = &now->incidents[0];

	for (int i = 8; i >= 1; i--) {
		CLEANUP(report_free)
		struct report *earlier =
		    happen(i == 4 ? &disk : &database, T0 - i * 5 * HOUR);

		report_add_similar(now, earlier);
	}
	assert_int_equal(in->n_similar, 5);
	for (size_t i = 1; i < in->n_similar; i++)
		assert_true(in->similar[i].start < in->similar[i - 1].start);
	assert_true(in->similar[4].start < T0 - 29 * HOUR);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(only_earlier),
	    cmocka_unit_test(in_order),
	};
	int failed = TABLE_RUN(pairs, alike);

	return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
