/* SPDX-License-Identifier: MIT */
#include "recount/utf8.h"

#include "report-fixture.h"
#include "table.h"

#define ALL                                                                    \
	(REPORT_SUMMARY | REPORT_TIMELINE | REPORT_IMPACT | REPORT_CLIENTS |   \
	    REPORT_FACTORS | REPORT_COVERAGE)

static void
render(const struct report *r, unsigned parts, struct buf *out)
{
	struct report_options o = {.parts = parts};

	for (const struct report_format *f = report_formats; f->name; f++) {
		if (strcmp(f->name, "html") == 0)
			f->render(r, &o, out);
	}
	assert_true(out->n > 0);
}

static size_t
count(const struct buf *out, const char *text)
{
	struct str rest = buf_str(out);
	size_t n = 0;

	for (ptrdiff_t at; (at = str_find(rest, str_of(text))) >= 0; n++)
		rest = str_skip(rest, (size_t)at + strlen(text));
	return n;
}

static const struct row {
	const char *name, *text;
	unsigned parts; /* that it stands in; in no other */
} rows[] = {
    {"what happened", "<h1>Degradation of orders</h1>", REPORT_SUMMARY},
    {"how long", "<strong>17 min 33 s</strong>", REPORT_SUMMARY},
    {"how many", "<strong>at least 2,214</strong> <span>of 2,972 requests",
	REPORT_SUMMARY},
    {"the picture", "<svg class=\"curves\"", REPORT_SUMMARY},
    {"and the same in words",
	"<th scope=\"row\"><time datetime=\""
	"2026-03-04T13:30:00.000Z\">14:30:00</time></th>"
	"<td>2,620</td><td>2,213</td><td>84.5 %</td>"
	"<td>0.0 ms</td><td>1.90 s</td><td>2.10 s</td>",
	REPORT_SUMMARY},
    {"an item unfolds", "<details id=\"t2\"><summary><span class=\"rel\">0<",
	REPORT_TIMELINE},
    {"to its evidence", "id=\"e-zzz\"", REPORT_TIMELINE},
    {"and says how to see it again", "recount show 100 zzz", REPORT_TIMELINE},
    {"time before the onset", "\u221241.3s</span>",
	REPORT_SUMMARY | REPORT_TIMELINE},
    {"impact with its base", "at least 2,214 of 2,972 requests, 74.5 %",
	REPORT_IMPACT},
    {"why a number is a lower bound", "212 messages were suppressed",
	REPORT_IMPACT},
    {"each client", "<th scope=\"row\">192.0.2.7</th><td>8</td><td>9</td>",
	REPORT_CLIENTS},
    {"factors are candidates", "Candidates, likeliest first", REPORT_FACTORS},
    {"gaps", "suppressed by journald&#39;s rate limit; lost: 212 messages",
	REPORT_COVERAGE},
};

static void
stands_in_its_parts(void **state)
{
	const struct row *row = *state;
	CLEANUP(report_free) struct report *r = fixture_report();

	for (unsigned part = 1; part <= REPORT_COVERAGE; part <<= 1) {
		CLEANUP(buf_free) struct buf out = BUF_INIT;

		render(r, part, &out);
		if ((count(&out, row->text) > 0) != ((row->parts & part) != 0))
			fail_msg("part %u: \"%s\" %s", part, row->text,
			    row->parts & part ? "is not there" : "is there");
	}
}

static void
hostile_text_is_shown_not_obeyed(void **state)
{
	CLEANUP(report_free) struct report *r = fixture_report();
	CLEANUP(buf_free) struct buf out = BUF_INIT;

	render(r, ALL, &out);
	for (size_t i = 0; i < out.n;) {
		size_t n = utf8_valid(str_skip(buf_str(&out), i));

		assert_true(n > 0);
		assert_true(out.p[i] == '\n' || out.p[i] == '\t' ||
			    (unsigned char)out.p[i] >= ' ');
		i += n;
	}
	assert_int_equal(count(&out, "<script>x"), 0);
	assert_int_equal(count(&out, "<script>"), 1); /* ours */
	assert_int_equal(count(&out, "\342\200\256"), 0);
	assert_true(count(&out, "\\x1b]0;pwned\\x07 &lt;script&gt;x") > 0);
	assert_true(count(&out, "\\u{202e} \\xff") > 0);
	/* The policy forbids them, so they would do nothing. */
	assert_int_equal(count(&out, " style=\""), 0);
	assert_int_equal(count(&out, " onclick=\""), 0);
	assert_int_equal(count(&out, "javascript:"), 0);
}

/* Two elements of one name: links would lead to the wrong one. */
static void
anchors_are_unique(void **state)
{
	CLEANUP(report_free) struct report *r = fixture_report();
	CLEANUP(buf_free) struct buf out = BUF_INIT;

	/* The same evidence under every item. */
	for (size_t i = 0; i < r->n_timeline; i++)
		id_list_add(&r->timeline[i].evidence, HOSTILE_ID);
	id_list_add(&r->incidents[0].factors[0].evidence, HOSTILE_ID);
	render(r, ALL, &out);
	assert_int_equal(count(&out, "id=\"e-zzz\""), 1);
	assert_true(count(&out, "href=\"#e-zzz\"") > 0);
}

static void
nothing_found_says_so(void **state)
{
	CLEANUP(report_free) struct report *r = fixture_empty();
	CLEANUP(buf_free) struct buf out = BUF_INIT;

	render(r, ALL, &out);
	assert_int_equal(count(&out, "<h1>No incident found</h1>"), 1);
	assert_int_equal(count(&out, "418,204 events"), 2);
	assert_int_equal(count(&out, "Nothing notable"), 1);
	assert_int_equal(count(&out, "id=\"plot\""), 0);
}

/* A window of one instant, requests of one kind, an incident without end. */
static void
corners_hold(void **state)
{
	CLEANUP(report_free) struct report *r = fixture_report();
	CLEANUP(buf_free) struct buf out = BUF_INIT;

	r->incidents[0].end = USEC_NONE;
	r->incidents[0].phases.onset = USEC_NONE;
	r->series.n = 1;
	r->series.points[0].requests = 0;
	r->series.usual.requests = NAN;
	r->series.usual.latency.p95 = NAN;
	r->until = r->since + 1;
	render(r, ALL, &out);
	assert_true(count(&out, "still going on") > 0);
	assert_int_equal(count(&out, "nan"), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(hostile_text_is_shown_not_obeyed),
	    cmocka_unit_test(anchors_are_unique),
	    cmocka_unit_test(nothing_found_says_so),
	    cmocka_unit_test(corners_hold),
	};
	int failed = TABLE_RUN(rows, stands_in_its_parts);

	return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
