/* SPDX-License-Identifier: MIT */
/*
 * SQL over a store: the table events says what a scan says; conditions that
 * choose segments and rows never change an answer; nothing can be written.
 */
#include "store-help.h"

#include <errno.h>
#include <sqlite3.h>

#include "recount/sql.h"

#define T0 (1772629200 * USEC_PER_SEC) /* 2026-03-04 13:00:00 UTC */
#define EVENTS 40000

struct got {
	struct buf text; /* cells with bars, rows with newlines */
	uint64_t damaged;
	struct reterr err;
};

static void
got_end(struct got *g)
{
	buf_free(&g->text);
}
DEFINE_CLEANUP_IN(struct got, got_end)

static int
begin(void *arg, const struct str *names, size_t n)
{
	return 0;
}

static int
add_row(void *arg, const struct store_cell *cells, size_t n)
{
	struct got *g = arg;

	for (size_t i = 0; i < n; i++) {
		buf_addc(&g->text, '|');
		buf_add_str(&g->text, cells[i].text);
	}
	buf_addc(&g->text, '\n');
	return 0;
}

static int
end(void *arg)
{
	return 0;
}

static int
ask(struct store *st, const char *sql, struct got *g)
{
	static const struct store_answer to = {begin, add_row, end};

	g->damaged = 0;
	buf_reset(&g->text);
	buf_adds(&g->text, "");
	return store_sql(st, sql, &to, g, &g->damaged, &g->err);
}

/* Two sources, an event each 100 ms, in turn; some are requests. */
static void
fill(void)
{
	CLEANUP(store_free) struct store *st = help_open("s", STORE_WRITE);
	struct gap gap = {.source = 1,
	    .since = T0,
	    .until = USEC_NONE,
	    .reason = STR("cut off"),
	    .lost = 3,
	    .offset = -1};

	help_source(st, "a.log");
	help_source(st, "b.log");
	for (int i = 0; i < EVENTS; i++) {
		char raw[64];
		struct log_event ev;

		event_init(&ev);
		snprintf(raw, sizeof(raw), "line %d", i);
		ev.source = 1 + (uint32_t)i % 2;
		ev.timestamp = T0 + i * (usec_t)100000;
		ev.observed = ev.timestamp;
		ev.precision = 1;
		ev.host = i % 3 ? STR("web1") : STR("web2");
		ev.raw = str_of(raw);
		ev.body = str_of(raw + 5);
		ev.severity = i % 7;
		if (i % 10 == 0) {
			ev.kind = EVENT_ACCESS;
			ev.method = STR("GET");
			ev.status = i % 100 ? 200 : 502;
			ev.duration = 250000 + i % 3;
			ev.target = STR("/orders/7?x=1");
		}
		if (i == 123)
			ev.pattern = 0xfedcba9876543210;
		if (i == 39999) {
			ev.kind = EVENT_MARK;
			ev.identifier = STR("deploy");
			ev.flags = EVENT_UNPARSED;
		}
		assert_int_equal(store_append(st, &ev), 0);
	}
	assert_int_equal(store_gap_add(st, &gap), 0);
	assert_int_equal(
	    store_pattern_put(st, 0xfedcba9876543210, STR("a <*>"), STR("s")),
	    0);
	help_commit(st);
}

static const struct row {
	const char *name, *sql, *want; /* want NULL: refused */
} rows[] = {
    {"all events", "SELECT count(*) FROM events", "|40000\n"},
    {"a row as it went in",
	"SELECT time, timestamp, source, kind, host, method, status, duration,"
	" route, body, raw, pid, client, unparsed FROM events"
	" WHERE raw = x'6c696e6520313030'",
	"|2026-03-04 13:00:10.000000|1772629210000000|1|access|web1|GET|502"
	"|0.250001|/orders/{id}|100|line 100|||0\n"},
    {"the line is a blob", "SELECT typeof(raw) FROM events LIMIT 1", "|blob\n"},
    {"grouped",
	"SELECT status, count(*) FROM events WHERE kind = 'access'"
	" GROUP BY 1 ORDER BY 1",
	"|200|3600\n|502|400\n"},
    {"an exact window",
	"SELECT count(*) FROM events WHERE time >="
	" '2026-03-04 13:10:00.000000' AND time <"
	" '2026-03-04 13:20:00.000000'",
	"|6000\n"},
    {"the same in microseconds",
	"SELECT count(*) FROM events WHERE timestamp >= 1772629800000000 AND"
	" timestamp < 1772630400000000",
	"|6000\n"},
    {"an instant", "SELECT raw FROM events WHERE timestamp = 1772629800000000",
	"|line 6000\n"},
    {"microseconds as text",
	"SELECT raw FROM events WHERE timestamp = '1772629800000000'",
	"|line 6000\n"},
    {"beginnings of times",
	"SELECT count(*) FROM events WHERE time >= '2026-03-04 13:10' AND"
	" time < '2026-03-04 13:20'",
	"|6000\n"},
    {"as SQLite writes times",
	"SELECT count(*) FROM events WHERE time >="
	" datetime('2026-03-04T15:10:00+02:00') AND"
	" time < datetime(1772630400, 'unixepoch')",
	"|6000\n"},
    {"between",
	"SELECT min(raw), count(*) FROM events WHERE time BETWEEN"
	" '2026-03-04 13:10:00.0' AND '2026-03-04 13:10:00.100000'",
	"|line 6000|2\n"},
    {"after and up to",
	"SELECT count(*) FROM events WHERE time >"
	" '2026-03-04 13:10:00.000000' AND time <="
	" '2026-03-04 13:10:01.000000'",
	"|10\n"},
    {"half a month is compared as text",
	"SELECT count(*) FROM events WHERE time >= '2026-0'", "|40000\n"},
    {"a day that is none is compared as text",
	"SELECT count(*) FROM events WHERE time < '2026-03-99'", "|40000\n"},
    {"no time at all", "SELECT count(*) FROM events WHERE time > 'x'", "|0\n"},
    {"compared with nothing",
	"SELECT count(*) FROM events WHERE time > NULL OR NULL", "|0\n"},
    {"two bounds of one side",
	"SELECT count(*) FROM events WHERE time >= '2026' AND"
	" time >= '2026-03-04 14:06:39'",
	"|10\n"},
    {"by id",
	"SELECT e.raw FROM events AS e JOIN (SELECT id FROM events"
	" WHERE body = '77') AS x ON e.id = x.id",
	"|line 77\n"},
    {"by row", "SELECT raw FROM events WHERE rowid = 78", "|line 77\n"},
    {"by ids", "SELECT raw FROM events WHERE rowid IN (78, 30000, 99999)",
	"|line 77\n|line 29999\n"},
    {"an id and what does not fit it",
	"SELECT raw FROM events WHERE rowid = 78 AND source = 1", ""},
    {"two ids", "SELECT raw FROM events WHERE rowid = 78 AND rowid = 79", ""},
    {"no such id", "SELECT count(*) FROM events WHERE id = 'zzzzzz'", "|0\n"},
    {"no id at all", "SELECT count(*) FROM events WHERE id = '!'", "|0\n"},
    {"every event by its id",
	"SELECT count(*) FROM events AS a JOIN events AS b ON a.id = b.id"
	" AND a.raw = b.raw",
	"|40000\n"},
    {"with itself",
	"SELECT count(*) FROM (SELECT * FROM events LIMIT 3) AS a,"
	" (SELECT * FROM events LIMIT 4) AS b",
	"|12\n"},
    {"by source", "SELECT count(*) FROM events WHERE source = 2", "|20000\n"},
    {"by no source", "SELECT count(*) FROM events WHERE source = 3", "|0\n"},
    {"by host", "SELECT count(*) FROM events WHERE host = 'web2'", "|13334\n"},
    {"by host in any case",
	"SELECT count(*) FROM events WHERE host = 'WEB2' COLLATE NOCASE",
	"|13334\n"},
    {"by hosts", "SELECT count(*) FROM events WHERE host IN ('web2', NULL)",
	"|13334\n"},
    {"by status", "SELECT count(*) FROM events WHERE status >= 500", "|400\n"},
    {"by status as text", "SELECT count(*) FROM events WHERE status = '502'",
	"|400\n"},
    {"by statuses",
	"SELECT count(*) FROM events WHERE status IN (502, 404, '200')",
	"|4000\n"},
    {"by no status", "SELECT count(*) FROM events WHERE status < 1000",
	"|4000\n"},
    {"by absent status", "SELECT count(*) FROM events WHERE status IS NULL",
	"|36000\n"},
    {"by half a severity", "SELECT count(*) FROM events WHERE severity <= 2.5",
	"|17144\n"},
    {"by severity", "SELECT count(*) FROM events WHERE severity < 3",
	"|17144\n"},
    {"by duration", "SELECT count(*) FROM events WHERE duration > 0.25",
	"|2666\n"},
    {"by duration and a whole number",
	"SELECT count(*) FROM events WHERE duration < 1", "|4000\n"},
    {"by pattern", "SELECT raw FROM events WHERE pattern = 'fedcba9876543210'",
	"|line 123\n"},
    {"by the pattern's text",
	"SELECT raw FROM events JOIN patterns ON pattern = patterns.id"
	" WHERE template LIKE 'a %'",
	"|line 123\n"},
    {"by kind and service",
	"SELECT count(*) FROM events WHERE kind = 'text' AND service = 'x'",
	"|0\n"},
    {"either", "SELECT count(*) FROM events WHERE status = 502 OR rowid = 1",
	"|400\n"},
    {"marks", "SELECT time, kind, text FROM marks",
	"|2026-03-04 14:06:39.900000|deploy|39999\n"},
    {"unparsed", "SELECT raw FROM events WHERE unparsed = 1", "|line 39999\n"},
    {"sources",
	"SELECT id, kind, name, host, events, first FROM sources"
	" ORDER BY id LIMIT 1",
	"|1|file|a.log|web1|20000|2026-03-04 13:00:00.000000\n"},
    {"segments", "SELECT sum(events) FROM segments", "|40000\n"},
    {"gaps", "SELECT source, since, until, reason, lost, unit FROM gaps",
	"|1|2026-03-04 13:00:00.000000||cut off|3|lines\n"},
    {"patterns", "SELECT id, template FROM patterns",
	"|fedcba9876543210|a <*>\n"},
    {"a closing semicolon", "SELECT 1; ", "|1\n"},
    {"two queries", "SELECT 1; -- and\nSELECT 2", "|1\n|2\n"},
    {"recursion",
	"WITH RECURSIVE n(i) AS (SELECT 1 UNION SELECT i + 1 FROM n"
	" WHERE i < 3) SELECT sum(i) FROM n",
	"|6\n"},
    {"other tables without a file",
	"SELECT value FROM json_each('[7]');"
	"SELECT name FROM pragma_table_info('events') LIMIT 1",
	"|7\n|id\n"},
    {"what it is", "PRAGMA application_id", "|1919118964\n"},
    {"nothing", "  ", NULL},
    {"no SQL", "SELEC 1", NULL},
    {"no such column", "SELECT mood FROM events", NULL},
    {"deleting", "DELETE FROM segment", NULL},
    {"deleting events", "DELETE FROM events", NULL},
    {"adding an event", "INSERT INTO events(raw) VALUES('x')", NULL},
    {"a new table", "CREATE TABLE x(y)", NULL},
    {"a temporary table", "CREATE TEMP TABLE x(y)", NULL},
    {"another file", "ATTACH '/dev/null' AS x", NULL},
    {"a copy", "VACUUM INTO '/dev/full'", NULL},
    {"a way of writing", "PRAGMA journal_mode = DELETE", NULL},
    {"a version", "PRAGMA user_version = 99", NULL},
    {"schema as text", "PRAGMA writable_schema = 1", NULL},
    {"a transaction", "BEGIN", NULL},
    {"the end of one", "COMMIT", NULL},
    {"code", "SELECT load_extension('x')", NULL},
};

static void
answers(void **state)
{
	CLEANUP(store_free) struct store *st = help_open("s", STORE_READ);
	CLEANUP(got_end) struct got g = {.damaged = 0};
	const struct row *row = *state;

	for (int again = 0; again < 2; again++) {
		int r = ask(st, row->sql, &g);

		if (row->want == NULL) {
			assert_int_equal(r, -EINVAL);
			assert_true(g.err.text[0] != '\0');
			continue;
		}
		if (r != 0)
			fail_msg("%s", g.err.text);
		assert_string_equal(g.text.p, row->want);
		assert_int_equal(g.damaged, 0);
	}
}

/* Each condition against the same one in a form that is not used to choose:
 * with a plus sign before it, the column is no column any more. */
static void
choosing_changes_nothing(void **state)
{
	static const char *const columns[] = {"timestamp", "time", "observed",
	    "source", "kind", "severity", "host", "identifier", "pid",
	    "pattern", "method", "target", "status", "bytes", "duration",
	    "client", "connection", "unparsed", "flags", "id", "rowid"};
	static const char *const values[] = {"0", "-1", "1", "200", "0.250001",
	    "'web1'", "'GET'", "'access'", "''", "x''", "NULL", "'200'",
	    "1772629800000000", "'2026-03-04 13:10:00.000000'", "'2026-03-04'",
	    "'fedcba9876543210'", "9e99", "'2k'", "x'77656231'"};
	static const char *const ops[] = {
	    "=", "<", "<=", ">", ">=", "IS", "<>"};
	CLEANUP(store_free) struct store *st = help_open("s", STORE_READ);
	CLEANUP(buf_free) struct buf sql = BUF_INIT;
	CLEANUP(got_end) struct got g = {.damaged = 0};

	buf_adds(&sql, "WITH e AS NOT MATERIALIZED (SELECT * , rowid"
		       " FROM events WHERE rowid % 97 = 5)\n");
	for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
		bool first = true;
		size_t head = sql.n;

		buf_addf(&sql, "SELECT '%s', ", columns[i]);
		for (size_t j = 0; j < ARRAY_SIZE(values); j++)
			for (size_t k = 0; k < ARRAY_SIZE(ops); k++) {
				if ((i + j + k) % 3)
					continue;
				buf_addf(&sql,
				    "%s(SELECT count(*) FROM e WHERE %s %s %s)"
				    " - (SELECT total(likely(%s %s %s)) FROM "
				    "e)",
				    first ? "" : " OR ", columns[i], ops[k],
				    values[j], columns[i], ops[k], values[j]);
				first = false;
			}
		if (ask(st, sql.p, &g) != 0)
			fail_msg("%s: %s", columns[i], g.err.text);
		if (g.text.n < 3 || g.text.p[g.text.n - 2] == '1')
			fail_msg("%s", g.text.p);
		sql.n = head;
	}
}

static int
break_segment(void)
{
	CLEANUP(xfree) char *path = help_path("s");
	sqlite3 *db;
	int r = sqlite3_open(path, &db);

	if (r == SQLITE_OK)
		r = sqlite3_exec(db,
		    "UPDATE part SET data = x'00' WHERE id ="
		    " (SELECT min(id) * 4 + 3 FROM segment)",
		    NULL, NULL, NULL);
	sqlite3_close(db);
	return r;
}

/* Only queries that need the broken part go without its events. */
static void
leaves_out_what_is_damaged(void **state)
{
	CLEANUP(store_free) struct store *st = NULL;
	CLEANUP(got_end) struct got g = {.damaged = 0};

	assert_int_equal(break_segment(), SQLITE_OK);
	st = help_open("s", STORE_READ);
	assert_int_equal(ask(st, "SELECT count(host) FROM events", &g), 0);
	assert_string_equal(g.text.p, "|40000\n");
	assert_int_equal(g.damaged, 0);
	assert_int_equal(ask(st, "SELECT count(raw) FROM events", &g), 0);
	assert_string_equal(g.text.p, "|23616\n");
	assert_int_equal(g.damaged, 1);
	assert_int_equal(
	    ask(st, "SELECT raw FROM events WHERE rowid = 1", &g), 0);
	assert_string_equal(g.text.p, "");
	assert_int_equal(g.damaged, 1);
}

static int
setup(void **state)
{
	int r = help_setup(state);

	if (r == 0)
		fill();
	return r;
}

int
main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(rows) + 2];
	size_t n = 0;

	for (; n < ARRAY_SIZE(rows); n++)
		tests[n] = (struct CMUnitTest){.name = rows[n].name,
		    .test_func = answers,
		    .initial_state = (void *)&rows[n]};
	tests[n++] =
	    (struct CMUnitTest)cmocka_unit_test(choosing_changes_nothing);
	tests[n++] =
	    (struct CMUnitTest)cmocka_unit_test(leaves_out_what_is_damaged);
	return cmocka_run_group_tests(tests, setup, help_teardown);
}
