/* SPDX-License-Identifier: MIT */
#include "report-fixture.h"
#include "table.h"

#define ALL                                                                    \
	(REPORT_SUMMARY | REPORT_TIMELINE | REPORT_IMPACT | REPORT_CLIENTS |   \
	    REPORT_FACTORS | REPORT_COVERAGE)

static void
render(const struct report *r, unsigned parts, struct buf *out)
{
	const struct report_options o = {.parts = parts};

	for (const struct report_format *f = report_formats; f->name; f++) {
		if (strcmp(f->name, "markdown") == 0)
			f->render(r, &o, out);
	}
	assert_true(out->n > 0);
}

static bool
has(const struct buf *out, const char *text)
{
	return str_find(buf_str(out), str_of(text)) >= 0;
}

static const struct row {
	const char *name, *text, *want;
} rows[] = {
    {"words stay", "orders, 12 ms (p95): 100 %", "orders, 12 ms (p95): 100 %"},
    {"a cell's end", "a|b", "a\\|b"},
    {"emphasis", "**a** _b_ ~~c~~", "\\*\\*a\\*\\* \\_b\\_ \\~\\~c\\~\\~"},
    {"code", "`a`", "\\`a\\`"},
    {"a backslash before a bar", "a\\|b", "a\\\\\\|b"},
    {"HTML", "<img src=x onerror=y>", "&lt;img src=x onerror=y&gt;"},
    {"an entity", "&#60;", "&amp;\\#<!-- -->60;"},
    {"a link", "[a](b)", "\\[a\\](b)"},
    {"an image", "![a](b)", "\\!\\[a\\](b)"},
    {"a bare address", "see https://evil.example/x",
	"see https:<!-- -->//evil.example/x"},
    {"a bare host", "see WWW.evil.example", "see WWW<!-- -->.evil.example"},
    {"a mention", "ping @admin", "ping @<!-- -->admin"},
    {"an issue", "fixes #12", "fixes \\#<!-- -->12"},
    {"mathematics", "$x$", "\\$x\\$"},
    {"a list", "- a", "\\- a"},
    {"a numbered list", "12. a", "12\\. a"},
    {"but not a number", "12.5 a. b", "12.5 a. b"},
    {"a merge request", "in !12, $3, ~4, &5",
	"in \\!<!-- -->12, \\$<!-- -->3, \\~<!-- -->4, &amp;<!-- -->5"},
    {"a line break", "a\nb", "a\\\\nb"},
    {"an escape sequence", "\033[1m", "\\\\x1b\\[1m"},
    {"no UTF-8", "\377", "\\\\xff"},
};

/* What any of the texts becomes in a cell of the timeline. */
static void
takes_the_meaning_out(void **state)
{
	const struct row *row = *state;
	CLEANUP(report_free) struct report *r = fixture_empty();
	CLEANUP(buf_free) struct buf out = BUF_INIT;
	CLEANUP(buf_free) struct buf cell = BUF_INIT;

	r->timeline = xcalloc(1, sizeof(*r->timeline));
	fixture_item(r, ONSET, PHASE_BEFORE, "note", row->text, 1, 7, 7);
	render(r, REPORT_TIMELINE, &out);
	buf_addf(&cell,
	    "|  | 14:21:07 | before | note | web2 | %s | 1 | `recount "
	    "show 7` |\n",
	    row->want);
	if (!has(&out, cell.p))
		fail_msg("lacks \"%s\":\n%s", cell.p, out.p);
}

/* Every row of a table has as many cells as its head. */
static void
tables_hold_together(void **state)
{
	CLEANUP(report_free) struct report *r = fixture_report();
	CLEANUP(buf_free) struct buf out = BUF_INIT;
	struct str rest, line;
	int columns = 0, tables = 0;

	render(r, ALL, &out);
	rest = buf_str(&out);
	while (rest.n > 0) {
		int bars = 0;

		rest = str_cut(rest, '\n', &line);
		for (size_t i = 0; i < line.n; i++)
			bars += line.p[i] == '|' &&
				(i == 0 || line.p[i - 1] != '\\');
		if (line.n == 0 || line.p[0] != '|') {
			columns = 0;
			continue;
		}
		tables += columns == 0;
		if (columns == 0)
			columns = bars;
		assert_int_equal(bars, columns);
	}
	assert_int_equal(tables, 6);
}

static void
tells_the_story(void **state)
{
	static const char *const texts[] = {
	    "# Incident report\n",
	    "- Window: 2026-03-04 14:00:00\u201315:00:00 CET (UTC+1), time "
	    "zone Europe/Berlin\n",
	    "- Baseline: 2026-03-04 13:00:00\u201314:00:00 CET (UTC+1)\n",
	    "count from the onset at 2026-03-04 14:21:07.\n",
	    "| +2m11s | 14:23:18 | detection | alert | web2 |",
	    "- Detected: 2026-03-04 14:23:18 CET (UTC+1), 2 min 11 s after "
	    "the onset\n",
	    "- Mitigated: unknown\n",
	    "- Failed: at least 2,214 of 2,972 requests, 74.5 % (baseline "
	    "0.1 %)\n",
	    "| POST /orders/\\{id\\} | 2,214 | 2,400 | 92.3 % | ? |\n",
	    "   - none in the baseline\n",
	    "- Gap in web2/journal, 14:21:07\u201314:24:07: suppressed by "
	    "journald's rate limit; lost: 212 messages\n",
	    "`recount report -S 2026-03-04T13:00:00Z",
	};
	CLEANUP(report_free) struct report *r = fixture_report();
	CLEANUP(buf_free) struct buf out = BUF_INIT;

	render(r, ALL, &out);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		if (!has(&out, texts[i]))
			fail_msg("lacks \"%s\":\n%s", texts[i], out.p);
	}
}

static void
says_that_nothing_was_found(void **state)
{
	CLEANUP(report_free) struct report *r = fixture_empty();
	CLEANUP(buf_free) struct buf out = BUF_INIT;

	render(r, ALL, &out);
	assert_true(has(&out, "No incident found."));
	assert_true(has(&out, "Nothing notable in this window.\n"));
	assert_true(has(&out, "- Baseline: none\n"));
	assert_false(has(&out, "## Impact"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(tables_hold_together),
	    cmocka_unit_test(tells_the_story),
	    cmocka_unit_test(says_that_nothing_was_found),
	};

	return TABLE_RUN(rows, takes_the_meaning_out) +
	       cmocka_run_group_tests(tests, NULL, NULL);
}
