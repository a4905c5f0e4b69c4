/* SPDX-License-Identifier: MIT */
#include <jansson.h>
#include <math.h>

#include "recount/event.h"
#include "report-fixture.h"
#include "table.h"

DEFINE_CLEANUP(json_t *, json_decref)

static void
render(const struct report *r, unsigned parts, struct buf *out)
{
	const struct report_options o = {.parts = parts};

	for (const struct report_format *f = report_formats; f->name; f++) {
		if (strcmp(f->name, "json") == 0)
			f->render(r, &o, out);
	}
	assert_true(out->n > 0);
}

/*
 * jansson refuses lone surrogates, which stand for bytes that are not UTF-8.
 * They become private-use characters U+F780–U+F7FF here: the same four
 * columns of text, and no other string of the fixture has them.
 */
static json_t *
parse(const struct report *r)
{
	CLEANUP(buf_free) struct buf out = BUF_INIT;
	json_error_t error;
	json_t *root;

	render(r, 0, &out);
	for (size_t i = 0; i + 4 < out.n; i++) {
		if (memcmp(out.p + i, "\\udc", 4) == 0)
			memcpy(out.p + i, "\\uf7", 4);
	}
	root = json_loadb(
	    out.p, out.n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
	if (root == NULL)
		fail_msg("%d:%d: %s\n%s", error.line, error.column, error.text,
		    out.p);
	return root;
}

/* "incidents.0.impact": NULL where there is no such thing. */
static const json_t *
at(const json_t *j, const char *path)
{
	struct str rest = str_of(path), name;
	uint64_t index;

	while (rest.n > 0 && j != NULL) {
		CLEANUP(xfree) char *key = NULL;

		rest = str_cut(rest, '.', &name);
		key = str_dup(name);
		if (json_is_array(j) && str_to_u64(name, &index))
			j = json_array_get(j, index);
		else
			j = json_object_get(j, key);
	}
	return j;
}

/* The contract: the keys of each object, in their order. */
static const struct keys_row {
	const char *name, *path, *keys;
} keys[] = {
    {"the report", "",
	"schema generated window redaction baseline summary totals incidents "
	"timeline "
	"series coverage evidence"},
    {"generated", "generated", "version at command"},
    {"window", "window", "since until timezone"},
    {"baseline", "baseline", "since until"},
    {"totals", "totals", "events requests failed aborted clients"},
    {"an incident", "incidents.0",
	"id start end ongoing duration_s classification services phases "
	"impact factors similar"},
    {"a similar incident", "incidents.0.similar.0", "id start score shared"},
    {"an objective", "incidents.0.impact.slo.0",
	"name objective period_s budget_spent burn_rate failed total"},
    {"phases", "incidents.0.phases",
	"trigger onset detected first_action mitigated resolved"},
    {"impact", "incidents.0.impact",
	"requests clients latency_ms endpoints units slo at_least"},
    {"requests", "incidents.0.impact.requests",
	"total failed failed_share aborted slow slow_threshold_ms "
	"baseline_failed_share excess_failed"},
    {"clients", "incidents.0.impact.clients", "total affected affected_share"},
    {"latency", "incidents.0.impact.latency_ms", "baseline during"},
    {"percentiles", "incidents.0.impact.latency_ms.during", "p50 p95 p99"},
    {"an endpoint", "incidents.0.impact.endpoints.0",
	"method route total failed failed_share baseline_failed_share"},
    {"a unit", "incidents.0.impact.units.0", "host unit down_s restarts"},
    {"a factor", "incidents.0.factors.0",
	"rank time kind host service text lead_s score reasons evidence"},
    {"a timeline item", "timeline.0",
	"time until phase kind host service source severity text count class "
	"evidence"},
    {"the series", "series", "step_s baseline points"},
    {"a step in quiet time", "series.baseline",
	"requests failed_share latency_ms"},
    {"a step", "series.points.0", "time requests failed aborted latency_ms"},
    {"coverage", "coverage.0", "source host first last events unparsed gaps"},
    {"a gap", "coverage.0.gaps.0", "since until reason lost"},
    {"evidence", "evidence.zzz", "time host origin raw"},
    {"origin", "evidence.zzz.origin", "file offset"},
};

static void
has_keys_in_order(void **state)
{
	const struct keys_row *row = *state;
	CLEANUP(report_free) struct report *r = fixture_report();
	CLEANUP(json_decref) json_t *root = parse(r);
	CLEANUP(buf_free) struct buf got = BUF_INIT;
	json_t *object = (json_t *)at(root, row->path), *value;
	const char *key;

	assert_true(json_is_object(object));
	json_object_foreach(object, key, value)
	    buf_addf(&got, "%s%s", got.n > 0 ? " " : "", key);
	assert_string_equal(got.p, row->keys);
}

/* Compared as JSON text, so that 17 is not 17.0 and null not "". */
static const struct value_row {
	const char *name, *path, *value;
} values[] = {
    {"the schema", "schema", "\"recount.report/1\""},
    {"the command", "generated.command", "[\"recount\",\"report\"]"},
    {"UTC with milliseconds", "window.since", "\"2026-03-04T13:00:00.000Z\""},
    {"the zone by name", "window.timezone", "\"Europe/Berlin\""},
    {"a count", "totals.events", "418204"},
    {"the end", "incidents.0.end", "\"2026-03-04T13:38:40.000Z\""},
    {"not ongoing", "incidents.0.ongoing", "false"},
    {"duration in seconds", "incidents.0.duration_s", "1053"},
    {"the class", "incidents.0.classification", "\"degradation\""},
    {"a phase with a fraction", "incidents.0.phases.trigger",
	"\"2026-03-04T13:20:25.700Z\""},
    {"a phase that is unknown", "incidents.0.phases.resolved", "null"},
    {"a share of 1", "incidents.0.impact.requests.failed_share", "0.744953"},
    {"milliseconds", "incidents.0.impact.requests.slow_threshold_ms", "812.5"},
    {"unknown percentile", "incidents.0.impact.latency_ms.during.p99", "null"},
    {"unknown share", "incidents.0.impact.endpoints.0.baseline_failed_share",
	"null"},
    {"objective", "incidents.0.impact.slo.0.objective", "0.999"},
    {"period", "incidents.0.impact.slo.0.period_s", "2592000"},
    {"budget", "incidents.0.impact.slo.0.budget_spent", "0.37477"},
    {"burn rate", "incidents.0.impact.slo.0.burn_rate", "922.5"},
    {"how alike", "incidents.0.similar.0.score", "0.75"},
    {"at least", "incidents.0.impact.at_least", "true"},
    {"rank from 1", "incidents.0.factors.0.rank", "1"},
    {"lead in seconds", "incidents.0.factors.0.lead_s", "41.3"},
    {"no service", "incidents.0.factors.0.service", "null"},
    {"ids of factors", "incidents.0.factors.0.evidence", "[\"34\"]"},
    {"one event has no last one", "timeline.0.until", "null"},
    {"the last event folded in", "timeline.1.until",
	"\"2026-03-04T13:21:08.000Z\""},
    {"ids, first and last", "timeline.1.evidence", "[\"100\",\"zzz\"]"},
    {"a phase's name", "timeline.2.phase", "\"detection\""},
    {"severity is a number", "timeline.0.severity", "3"},
    {"when a step begins", "series.points.2.time",
	"\"2026-03-04T13:30:00.000Z\""},
    {"its latency", "series.points.2.latency_ms.p95", "1900.5"},
    {"what was lost", "coverage.0.gaps.0.lost", "212"},
    {"offset in the file", "evidence.zzz.origin.offset", "4096"},
};

static void
has_value(void **state)
{
	const struct value_row *row = *state;
	CLEANUP(report_free) struct report *r = fixture_report();
	CLEANUP(json_decref) json_t *root = parse(r);
	const json_t *value = at(root, row->path);
	CLEANUP(xfree) char *text = NULL;

	assert_non_null(value);
	text = json_dumps(
	    value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(12));
	assert_string_equal(text, row->value);
}

static void
raw_comes_back_byte_for_byte(void **state)
{
	CLEANUP(report_free) struct report *r = fixture_report();
	CLEANUP(json_decref) json_t *root = parse(r);
	const json_t *raw = at(root, "evidence.zzz.raw");
	CLEANUP(buf_free) struct buf bytes = BUF_INIT;
	const unsigned char *p;
	size_t n;

	assert_true(json_is_string(raw));
	p = (const unsigned char *)json_string_value(raw);
	n = json_string_length(raw);
	for (size_t i = 0; i < n; i++) {
		if (p[i] == 0xef && p[i + 1] >= 0x9e && p[i + 1] <= 0x9f) {
			/* U+F7xx, see parse() */
			buf_addc(&bytes,
			    (char)((p[i + 1] & 3) << 6 | (p[i + 2] & 0x3f)));
			i += 2;
		} else {
			buf_addc(&bytes, (char)p[i]);
		}
	}
	assert_int_equal(bytes.n, sizeof(hostile_raw));
	assert_memory_equal(bytes.p, hostile_raw, sizeof(hostile_raw));
}

static void
the_unknown_is_null(void **state)
{
	CLEANUP(report_free) struct report *r = fixture_report();
	CLEANUP(json_decref) json_t *root = NULL;

	r->incidents[0].end = USEC_NONE;
	r->incidents[0].impact.clients_total = -1;
	r->incidents[0].impact.clients_affected = -1;
	r->incidents[0].impact.excess_failed = INFINITY;
	r->baseline_since = USEC_NONE;
	r->timeline[0].severity = -1;
	r->coverage[0].gaps[0].lost = -1;
	xfree(r->evidence[0].file);
	r->evidence[0].file = NULL;
	root = parse(r);
	assert_true(json_is_null(at(root, "baseline")));
	assert_true(json_is_null(at(root, "incidents.0.end")));
	assert_true(json_is_true(at(root, "incidents.0.ongoing")));
	assert_true(json_is_null(at(root, "incidents.0.duration_s")));
	assert_true(json_is_null(at(root, "incidents.0.impact.clients.total")));
	assert_true(json_is_null(
	    at(root, "incidents.0.impact.clients.affected_share")));
	assert_true(json_is_null(
	    at(root, "incidents.0.impact.requests.excess_failed")));
	assert_true(json_is_null(at(root, "timeline.0.severity")));
	assert_true(json_is_null(at(root, "coverage.0.gaps.0.lost")));
	assert_true(json_is_null(at(root, "evidence.zzz.origin")));
}

static void
other_origins(void **state)
{
	CLEANUP(report_free) struct report *r = fixture_report();
	CLEANUP(json_decref) json_t *journal = NULL;
	CLEANUP(json_decref) json_t *peer = NULL;

	xfree(r->evidence[0].file);
	r->evidence[0].file = NULL;
	r->evidence[0].cursor = xstrdup("s=1;i=2");
	journal = parse(r);
	assert_string_equal(
	    json_string_value(at(journal, "evidence.zzz.origin.cursor")),
	    "s=1;i=2");
	xfree(r->evidence[0].cursor);
	r->evidence[0].cursor = NULL;
	r->evidence[0].peer = xstrdup("192.0.2.1:514");
	peer = parse(r);
	assert_string_equal(
	    json_string_value(at(peer, "evidence.zzz.origin.peer")),
	    "192.0.2.1:514");
}

static void
lost_bytes_are_said_to_be_bytes(void **state)
{
	CLEANUP(report_free) struct report *r = fixture_report();
	CLEANUP(json_decref) json_t *root = NULL;

	r->coverage[0].gaps[0].lost_bytes = true;
	root = parse(r);
	assert_string_equal(
	    json_string_value(at(root, "coverage.0.gaps.0.reason")),
	    "suppressed by journald's rate limit (lost: bytes)");
}

/* Parts choose what people see; programs always get everything, but for the
 * clients: who they are is only told where it is asked for. */
static void
parts_do_not_matter(void **state)
{
	CLEANUP(report_free) struct report *r = fixture_report();
	CLEANUP(buf_free) struct buf a = BUF_INIT;
	CLEANUP(buf_free) struct buf b = BUF_INIT;

	render(r, 0, &a);
	render(r, REPORT_TIMELINE, &b);
	assert_true(str_eq(buf_str(&a), buf_str(&b)));
	assert_int_equal(str_find(buf_str(&a), STR("192.0.2.7")), -1);
	buf_reset(&b);
	render(r, REPORT_TIMELINE | REPORT_CLIENTS, &b);
	assert_true(
	    str_find(buf_str(&b),
		STR("\"list\": [\n            {\"address\": "
		    "\"192.0.2.7\", \"requests\": 9, \"failed\": 8")) >= 0);
}

static void
an_empty_report_is_valid(void **state)
{
	CLEANUP(report_free) struct report *r = fixture_empty();
	CLEANUP(json_decref) json_t *root = parse(r);

	assert_int_equal(json_array_size(at(root, "incidents")), 0);
	assert_int_equal(json_array_size(at(root, "timeline")), 0);
	assert_int_equal(json_object_size(at(root, "evidence")), 0);
	assert_true(json_is_null(at(root, "summary")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(raw_comes_back_byte_for_byte),
	    cmocka_unit_test(the_unknown_is_null),
	    cmocka_unit_test(other_origins),
	    cmocka_unit_test(lost_bytes_are_said_to_be_bytes),
	    cmocka_unit_test(parts_do_not_matter),
	    cmocka_unit_test(an_empty_report_is_valid),
	};

	return TABLE_RUN(keys, has_keys_in_order) +
	       TABLE_RUN(values, has_value) +
	       cmocka_run_group_tests(tests, NULL, NULL);
}
