/* SPDX-License-Identifier: MIT */
/*
 * Clocks that were set: coverage says which, when, how far and in which
 * direction; late lines, slewed clocks, reboots and the repeated hour of
 * daylight saving time are no steps.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "recount/analysis.h"

#define T0 ((usec_t)1767225600 * USEC_PER_SEC) /* 2026-01-01 */

/* A line: seconds from T0 on the wall; for a journal also since the boot. */
struct line {
	double wall, monotonic;
	char boot; /* of a journal; 0: another log */
	unsigned flags;
};

#define LINES_MAX 20
static const struct row {
	const char *name;
	const char *want; /* NULL: nothing */
	double at;
	struct line lines[LINES_MAX];
} rows[] = {
    {"a journal's clock goes back an hour",
	"the clock of web1 was set 1 h back", 400,
	{{3990, 10, 'a', 0}, {4000, 20, 'a', 0}, {400, 20, 'a', 0},
	    {500, 120, 'a', 0}}},
    {"a journal's clock goes forward",
	"the clock of web1 was set 2 min forward", 150,
	{{10, 10, 'a', 0}, {20, 20, 'a', 0}, {150, 30, 'a', 0}}},
    {"a journal is quiet for an hour", NULL, 0,
	{{10, 10, 'a', 0}, {3610, 3610, 'a', 0}}},
    {"NTP slews by 500 ppm", NULL, 0,
	{{10, 10, 'a', 0}, {7210, 7206.4, 'a', 0}}},
    {"half a second is not told", NULL, 0,
	{{10, 10, 'a', 0}, {10.5, 10, 'a', 0}}},
    {"a reboot is no step", NULL, 0,
	{{1000, 900, 'a', 0}, {1100, 5, 'b', 0}, {1101, 6, 'b', 0}}},
    {"a file goes back and stays there",
	"the clock of web1 was set at least 10 min back", 400,
	{{990, 0, 0, 0}, {1000, 0, 0, 0}, {400, 0, 0, 0}, {401, 0, 0, 0},
	    {402, 0, 0, 0}, {403, 0, 0, 0}, {404, 0, 0, 0}}},
    {"late lines are no step", NULL, 0,
	{{990, 0, 0, 0}, {1000, 0, 0, 0}, {400, 0, 0, 0}, {401, 0, 0, 0},
	    {1001, 0, 0, 0}, {402, 0, 0, 0}, {403, 0, 0, 0}, {1002, 0, 0, 0},
	    {404, 0, 0, 0}, {405, 0, 0, 0}, {1003, 0, 0, 0}}},
    {"a line from the future is no step", NULL, 0,
	{{100, 0, 0, 0}, {101, 0, 0, 0}, {102, 0, 0, 0}, {3000, 0, 0, 0},
	    {103, 0, 0, 0}, {104, 0, 0, 0}, {105, 0, 0, 0}, {106, 0, 0, 0},
	    {107, 0, 0, 0}, {108, 0, 0, 0}}},
    {"the hour that comes twice", NULL, 0,
	{{990, 0, 0, 0}, {1000, 0, 0, 0}, {400, 0, 0, EVENT_TIME_AMBIGUOUS},
	    {401, 0, 0, EVENT_TIME_AMBIGUOUS},
	    {402, 0, 0, EVENT_TIME_AMBIGUOUS},
	    {403, 0, 0, EVENT_TIME_AMBIGUOUS},
	    {404, 0, 0, EVENT_TIME_AMBIGUOUS},
	    {405, 0, 0, EVENT_TIME_AMBIGUOUS}}},
};

static usec_t
usec_of(double seconds)
{
	return (usec_t)(seconds * 1000) * USEC_PER_MSEC;
}

static void
add(struct analysis *a, const struct line *l, uint64_t id)
{
	char cursor[128];
	struct log_event ev;

	event_init(&ev);
	ev.id = id;
	ev.source = 1;
	ev.kind = l->boot ? EVENT_JOURNAL : EVENT_SYSLOG;
	ev.timestamp = T0 + usec_of(l->wall);
	ev.flags = l->flags;
	ev.host = STR("web1");
	ev.body = STR("something happened");
	if (l->boot) {
		snprintf(cursor, sizeof(cursor),
		    "s=1;i=%llx;b=%c;m=%llx;t=%llx;x=0", (unsigned long long)id,
		    l->boot, (unsigned long long)usec_of(l->monotonic),
		    (unsigned long long)ev.timestamp);
		ev.cursor = str_of(cursor);
	}
	analysis_add(a, &ev);
}

static void
tells(void **state)
{
	const struct row *row = *state;
	CLEANUP(rules_free) struct rules *rules = rules_new();
	CLEANUP(report_free) struct report *r = NULL;
	struct analysis_options o = {.since = T0,
	    .until = T0 + 3 * USEC_PER_HOUR,
	    .lookback = T0,
	    .zone = zone_utc(),
	    .rules = rules,
	    .failed_status = 500};
	CLEANUP(analysis_free) struct analysis *a = analysis_new(&o);

	analysis_add_source(a, 1, STR("source"), STR("web1"));
	for (size_t i = 0; i < LINES_MAX && row->lines[i].wall > 0; i++)
		add(a, &row->lines[i], i + 1);
	analysis_finish(a, &r);
	assert_int_equal(r->n_coverage, 1);
	if (row->want == NULL) {
		if (r->coverage[0].n_gaps > 0)
			fail_msg("%s", r->coverage[0].gaps[0].reason);
		return;
	}
	assert_int_equal(r->coverage[0].n_gaps, 1);
	assert_string_equal(r->coverage[0].gaps[0].reason, row->want);
	assert_int_equal(r->coverage[0].gaps[0].since, T0 + usec_of(row->at));
	assert_int_equal(r->coverage[0].gaps[0].lost, 0);
}

int
main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(rows)];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		tests[i] = (struct CMUnitTest){
		    .name = rows[i].name,
		    .test_func = tells,
		    .initial_state = (void *)&rows[i],
		};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
