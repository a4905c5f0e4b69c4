/* SPDX-License-Identifier: MIT */
#include "recount/utf8.h"

#include "report-fixture.h"
#include "table.h"

#define ALL                                                                    \
	(REPORT_SUMMARY | REPORT_TIMELINE | REPORT_IMPACT | REPORT_CLIENTS |   \
	    REPORT_FACTORS | REPORT_COVERAGE)

static void
render(const struct report *r, struct report_options o, struct buf *out)
{
	for (const struct report_format *f = report_formats; f->name; f++) {
		if (strcmp(f->name, "text") == 0)
			f->render(r, &o, out);
	}
	assert_true(out->n > 0);
}

static void
assert_has(const struct buf *out, const char *text)
{
	if (str_find(buf_str(out), str_of(text)) < 0)
		fail_msg("lacks \"%s\":\n%s", text, out->p);
}

static void
assert_lacks(const struct buf *out, const char *text)
{
	if (str_find(buf_str(out), str_of(text)) >= 0)
		fail_msg("has \"%s\":\n%s", text, out->p);
}

static const struct row {
	const char *name, *text;
	unsigned parts; /* that it stands in; in no other */
} rows[] = {
    {"the absolute window, its zone, its baseline",
	"2026-03-04 14:00:00\u201315:00:00 CET (UTC+1) \u00b7 baseline "
	"13:00:00\u201314:00:00",
	REPORT_SUMMARY},
    {"what was looked at", "1 source, 418,204 events, 9,870 requests, 1 gap",
	REPORT_SUMMARY | REPORT_COVERAGE},
    {"the sparkline between its ends",
	"14:00 \u2581\u2582\u2588\u2581 15:00  failed requests, at most "
	"2,213 in 15 min",
	REPORT_SUMMARY},
    {"time before the onset", "\u221241.3s 14:20:25  config-change web2",
	REPORT_TIMELINE},
    {"turns stand out", "      0 14:21:07  ONSET ", REPORT_TIMELINE},
    {"first and last evidence, and how many", "100 zzz \u00d72,214",
	REPORT_TIMELINE},
    {"time after the onset", "+2m11s 14:23:18  ALERT", REPORT_TIMELINE},
    {"numbers with their base",
	"at least 2,214 of 2,972 requests failed, 74.5 % (baseline 0.1 %); "
	"2,211 more than the baseline's share",
	REPORT_IMPACT},
    {"clients with their base", "1,204 of 3,310 clients affected, 36.4 %",
	REPORT_IMPACT},
    {"latency, but not what is unknown",
	"p50 480 ms (baseline 12 ms), p95 1.90 s (baseline 40 ms)\n",
	REPORT_IMPACT},
    {"endpoints", "POST /orders/{id}  2,214 of 2,400 failed, 92.3 %\n",
	REPORT_IMPACT},
    {"units", "web2 orders.service down for 12.5 s, 3 restarts", REPORT_IMPACT},
    {"why a number is a lower bound", "212 messages were suppressed",
	REPORT_IMPACT},
    {"each client",
	"192.0.2.7  8 of 9 requests failed, first 14:21:07, "
	"last 14:22:07",
	REPORT_CLIENTS},
    {"how many clients are not listed", "1 of 1,204 affected clients listed",
	REPORT_CLIENTS},
    {"factors are candidates", "candidates for contributing factors",
	REPORT_FACTORS},
    {"reasons", "none in the baseline", REPORT_FACTORS},
    {"gaps",
	"14:21:07\u201314:24:07: suppressed by journald's rate limit; "
	"lost: 212 messages",
	REPORT_COVERAGE},
    {"lines that fit no format", "17 of 418,204 lines fit no format (<0.1 %)",
	REPORT_COVERAGE},
};

static void
stands_in_its_parts(void **state)
{
	const struct row *row = *state;
	CLEANUP(report_free) struct report *r = fixture_report();

	for (unsigned part = 1; part <= REPORT_COVERAGE; part <<= 1) {
		CLEANUP(buf_free) struct buf out = BUF_INIT;

		render(r, (struct report_options){.parts = part}, &out);
		if (row->parts & part)
			assert_has(&out, row->text);
		else
			assert_lacks(&out, row->text);
	}
}

static void
hostile_text_is_shown_not_obeyed(void **state)
{
	CLEANUP(report_free) struct report *r = fixture_report();
	CLEANUP(buf_free) struct buf out = BUF_INIT;

	render(r, (struct report_options){.parts = ALL}, &out);
	for (size_t i = 0; i < out.n;) {
		size_t n = utf8_valid(str_skip(buf_str(&out), i));

		assert_true(n > 0);
		assert_true(out.p[i] == '\n' || (unsigned char)out.p[i] >= ' ');
		i += n;
	}
	assert_has(&out, "\\x1b]0;pwned\\x07");
	assert_has(&out, "\\u{202e} \\xff");
}

static void
ascii_is_ascii(void **state)
{
	CLEANUP(report_free) struct report *r = fixture_report();
	CLEANUP(buf_free) struct buf out = BUF_INIT;

	render(r, (struct report_options){.parts = ALL, .ascii = true}, &out);
	for (size_t i = 0; i < out.n; i++)
		assert_true((unsigned char)out.p[i] < 0x80);
	assert_has(&out, "14:00 _.#_ 15:00");
	assert_has(&out, "100 zzz x2,214");
	assert_has(&out, " -41.3s 14:20:25");
}

static void
colour_only_where_asked(void **state)
{
	CLEANUP(report_free) struct report *r = fixture_report();
	CLEANUP(buf_free) struct buf plain = BUF_INIT;
	CLEANUP(buf_free) struct buf colour = BUF_INIT;

	render(r, (struct report_options){.parts = ALL}, &plain);
	render(
	    r, (struct report_options){.parts = ALL, .colour = true}, &colour);
	assert_lacks(&plain, "\033");
	assert_has(&colour, "\033[1mTIMELINE\033[0m");
}

/* Whatever its width: lines end before it does, nothing is left out, ids stand
 * at the end of their item's first line. */
static void
fits_the_terminal(void **state)
{
	static const unsigned widths[] = {40, 60, 80, 90, 100, 132, 250};

	for (size_t i = 0; i < ARRAY_SIZE(widths); i++) {
		CLEANUP(report_free) struct report *r = fixture_report();
		CLEANUP(buf_free) struct buf out = BUF_INIT;
		struct str rest, line;

		xfree(r->timeline[2].text);
		r->timeline[2].text = xstrdup(
		    "a b c d e f g h i j k l m n o p q r s t u v w x y z 17 %");
		render(r,
		    (struct report_options){.parts = ALL, .width = widths[i]},
		    &out);
		rest = buf_str(&out);
		while (rest.n > 0) {
			rest = str_cut(rest, '\n', &line);
			/* Commands are to be copied whole. */
			if (!str_starts(line, STR("This window again")) &&
			    utf8_columns(line) > widths[i])
				fail_msg("beyond %u: %.*s", widths[i],
				    STR_ARG(line));
		}
		assert_has(&out, " 17 %");
		assert_has(&out, "  34\n");
		assert_lacks(&out, " \n");
	}
}

static void
says_that_nothing_was_found(void **state)
{
	CLEANUP(report_free) struct report *r = fixture_empty();
	CLEANUP(buf_free) struct buf out = BUF_INIT;

	render(r, (struct report_options){.parts = ALL}, &out);
	assert_has(&out, "No incident found.");
	assert_has(&out, "no baseline");
	assert_has(
	    &out, "Looked at: 0 sources, 418,204 events, 9,870 requests.");
	assert_has(&out, "nothing notable in this window");
	assert_lacks(&out, "IMPACT");
	assert_lacks(&out, "outage");
}

static void
tells_several_incidents_apart(void **state)
{
	CLEANUP(report_free) struct report *r = fixture_report();
	CLEANUP(buf_free) struct buf out = BUF_INIT;
	usec_t second = ONSET + 1800 * USEC_PER_SEC;

	r->incidents = xreallocarray(r->incidents, 2, sizeof(*r->incidents));
	r->incidents[r->n_incidents++] = fixture_incident(second, 0, "search");
	r->timeline = xreallocarray(r->timeline, 7, sizeof(*r->timeline));
	/* Behind the first, before the second: the phase decides. */
	fixture_item(r, ONSET + 1060 * USEC_PER_SEC, PHASE_RECOVERY, "note",
	    "closes the first", 1, 3001, 3001);
	fixture_item(r, second - 10 * USEC_PER_SEC, PHASE_BEFORE, "note",
	    "comes before the second", 1, 3002, 3002);
	fixture_item(r, second + USEC_PER_SEC, PHASE_ONSET, "note",
	    "belongs to the second", 1, 3003, 3003);
	render(r, (struct report_options){.parts = ALL}, &out);
	assert_has(&out, "+17m40s 14:38:47  note");
	assert_has(&out, "\u221210s 14:50:57  note");
	assert_has(&out, "+1s 14:51:08  note");
	assert_has(&out, "incident 2 of 2: degradation of search; times "
			 "relative to its onset, 14:51:07");
	assert_has(&out, "IMPACT    incident 1 of 2: degradation of orders");
	assert_has(&out, "IMPACT    incident 2 of 2: degradation of search");
	assert_has(&out, "still going on at the end of the window");
	assert_has(&out, "INCIDENTS i-orders");
}

/* 02:30 occurs twice; each of them must say which one it is. */
static void
names_the_zone_where_clocks_change(void **state)
{
	CLEANUP(report_free) struct report *r = fixture_empty();
	CLEANUP(buf_free) struct buf out = BUF_INIT;
	const usec_t change = 1792890000 * USEC_PER_SEC; /* 2026-10-25 01:00Z */

	r->since = change - USEC_PER_HOUR;
	r->until = change + USEC_PER_HOUR;
	r->timeline = xcalloc(2, sizeof(*r->timeline));
	fixture_item(
	    r, change - 30 * USEC_PER_MIN, PHASE_BEFORE, "note", "a", 1, 1, 1);
	fixture_item(
	    r, change + 30 * USEC_PER_MIN, PHASE_BEFORE, "note", "b", 1, 2, 2);
	fixture_coverage(r);
	render(r, (struct report_options){.parts = ALL}, &out);
	assert_has(&out, "2026-10-25 02:00:00 CEST (UTC+2)\u201303:00:00 CET "
			 "(UTC+1)");
	assert_has(&out, "02:30:00 CEST  note");
	assert_has(&out, "02:30:00 CET   note");
	assert_has(&out, "02:00:00 CEST\u201303:00:00 CET");
}

static void
gives_the_command_for_this_window(void **state)
{
	CLEANUP(report_free) struct report *r = fixture_report();
	CLEANUP(buf_free) struct buf all = BUF_INIT;
	CLEANUP(buf_free) struct buf timeline = BUF_INIT;

	render(r, (struct report_options){.parts = ALL}, &all);
	assert_has(&all, "recount report -S 2026-03-04T13:00:00Z -U "
			 "2026-03-04T14:00:00Z --timezone=Europe/Berlin\n");
	render(r,
	    (struct report_options){.parts = REPORT_SUMMARY | REPORT_TIMELINE},
	    &timeline);
	assert_has(&timeline, "recount timeline -S");
}

static void
outage_is_a_class_of_its_own(void **state)
{
	CLEANUP(report_free) struct report *r = fixture_report();
	CLEANUP(buf_free) struct buf before = BUF_INIT;
	CLEANUP(buf_free) struct buf after = BUF_INIT;

	render(r, (struct report_options){.parts = ALL}, &before);
	assert_lacks(&before, "outage");
	r->incidents[0].classification = INCIDENT_OUTAGE;
	render(r, (struct report_options){.parts = ALL}, &after);
	assert_has(&after, "outage of orders");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(hostile_text_is_shown_not_obeyed),
	    cmocka_unit_test(ascii_is_ascii),
	    cmocka_unit_test(colour_only_where_asked),
	    cmocka_unit_test(fits_the_terminal),
	    cmocka_unit_test(says_that_nothing_was_found),
	    cmocka_unit_test(tells_several_incidents_apart),
	    cmocka_unit_test(names_the_zone_where_clocks_change),
	    cmocka_unit_test(gives_the_command_for_this_window),
	    cmocka_unit_test(outage_is_a_class_of_its_own),
	};

	return TABLE_RUN(rows, stands_in_its_parts) +
	       cmocka_run_group_tests(tests, NULL, NULL);
}
