/* SPDX-License-Identifier: MIT */
#include "recount/report.h"

#include "table.h"

#define GOOD                                                                   \
	"{\"window\": {\"since\": \"2026-03-04T13:00:00.000Z\", "              \
	"\"until\": \"2026-03-04T14:00:00.000Z\"}, \"totals\": "               \
	"{\"requests\": "                                                      \
	"9870, \"failed\": 2217, \"clients\": 3310}, \"incidents\": [{"        \
	"\"start\": \"2026-03-04T13:21:07.000Z\", \"end\": "                   \
	"\"2026-03-04T13:38:40.000Z\", \"classification\": \"degradation\", "  \
	"\"services\": [\"orders\", \"\\udc80<b>\"], \"impact\": "             \
	"{\"requests\":"                                                       \
	" {\"total\": 2972, \"failed\": 2214}, \"clients\": {\"total\": "      \
	"3310, "                                                               \
	"\"affected\": 1204}, \"at_least\": true}}]}"
#define QUIET                                                                  \
	"{\"window\": {\"since\": \"2026-03-04T14:00:00.000Z\", \"until\": "   \
	"\"2026-03-04T15:00:00.000Z\"}, \"incidents\": []}"

static const struct row {
	const char *name, *folder, *json, *want;
} rows[] = {
    {"what was found", "a", GOOD,
	"Degradation of orders, \\x80&lt;b&gt;</b> 2026-03-04 "
	"13:21:07\u201313:38:40 UTC, 17 min 33 s; at least 2,214 of 2,972 "
	"requests failed, 74.5 %; at least 1,204 of 3,310 clients affected"},
    {"totals", "a", GOOD, "<td>9,870</td><td>2,217</td><td>3,310</td>"},
    {"where it stands", "2026-03-04T13", GOOD,
	"<a href=\"./2026-03-04T13/report.html\">2026-03-04 "
	"13:00:00\u201314:00:00 UTC</a>"},
    {"a link stays in its folder", "javascript:alert(1)//\"><b>", GOOD,
	"href=\"./javascript%3Aalert%281%29%2F%2F%22%3E%3Cb%3E/report.html"},
    {"nothing found", "a", QUIET, "no incident"},
    {"not JSON", "<cut>", "{\"window\": {",
	"&lt;cut&gt;</a></th><td class=\"says\">its report cannot be read: "
	"report.json:1:"},
    {"not even text", "a", "\377\200", "its report cannot be read"},
    {"empty", "a", "", "its report cannot be read"},
    {"not an object", "a", "[1]", "unknown"},
    {"of other types", "a",
	"{\"window\": 7, \"totals\": [], \"incidents\": [1, null, "
	"{\"services\": 4, \"start\": \"soon\"}]}",
	"<b class=\"bad\">Incident</b>"},
    {"ends before it starts", "a",
	"{\"incidents\": [{\"start\": \"2026-03-04T14:00:00Z\", \"end\": "
	"\"2026-03-04T13:00:00Z\"}]}",
	"from 2026-03-04 14:00:00"},
};

static void
says(void **state)
{
	const struct row *row = *state;
	struct report_index_entry entry = {row->folder, str_of(row->json)};
	CLEANUP(buf_free) struct buf out = BUF_INIT;

	report_index_html(&entry, 1, zone_utc(), &out);
	if (str_find(buf_str(&out), str_of(row->want)) < 0)
		fail_msg(
		    "lacks \"%s\":\n%s", row->want, strstr(out.p, "<tbody>"));
	assert_null(strstr(out.p, "<b>\""));
}

static void
the_latest_is_first(void **state)
{
	const struct report_index_entry entries[] = {
	    {"old", STR(GOOD)}, {"torn", STR("{")}, {"new", STR(QUIET)}};
	CLEANUP(buf_free) struct buf out = BUF_INIT;
	const char *new, *old, *torn;

	report_index_html(entries, ARRAY_SIZE(entries), zone_utc(), &out);
	new = strstr(out.p, "./new/");
	old = strstr(out.p, "./old/");
	torn = strstr(out.p, "./torn/");
	assert_non_null(new);
	assert_true(new < old &&old < torn);
	assert_non_null(strstr(out.p, "3 snapshots, 1 with incidents"));
}

static void
none_is_a_page_too(void **state)
{
	CLEANUP(buf_free) struct buf out = BUF_INIT;

	report_index_html(NULL, 0, zone_utc(), &out);
	assert_non_null(strstr(out.p, "0 snapshots"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_latest_is_first),
	    cmocka_unit_test(none_is_a_page_too),
	};

	return TABLE_RUN(rows, says) +
	       cmocka_run_group_tests(tests, NULL, NULL);
}
