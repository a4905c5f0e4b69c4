/* SPDX-License-Identifier: MIT */
#include "recount/event.h"

#include <errno.h>

#include "table.h"

static const struct id_row {
	const char *name;
	uint64_t id;
	const char *text;
} ids[] = {
    {"zero", 0, "0"},
    {"no leading zeros", 31, "z"},
    {"two digits", 32, "10"},
    {"the largest", UINT64_MAX, "fzzzzzzzzzzzz"},
    {"every digit", UINT64_C(0x01234567), "j6hb7"},
};

static void
ids_come_back(void **state)
{
	const struct id_row *row = *state;
	char text[EVENT_ID_TEXT_MAX];
	uint64_t id = 42;

	assert_string_equal(event_id_format(row->id, text), row->text);
	assert_int_equal(event_id_parse(str_of(text), &id), 0);
	assert_true(id == row->id);
}

static const struct typed_row {
	const char *name, *text;
	int r;
	uint64_t id;
} typed[] = {
    {"large letters", "Z0", 0, 31 * 32},
    {"l, i and o as they look", "lIo", 0, 1 * 1024 + 1 * 32},
    {"leading zeros", "000000000000000000001", 0, 1},
    {"u is no digit", "u", -EINVAL, 0},
    {"nor is a sign", "-1", -EINVAL, 0},
    {"nor is a NUL", NULL, -EINVAL, 0},
    {"empty", "", -EINVAL, 0},
    {"too large", "g000000000000", -EINVAL, 0},
};

static void
reads_typed_id(void **state)
{
	const struct typed_row *row = *state;
	struct str text = row->text ? str_of(row->text) : STR("1\0");
	uint64_t id = 42;

	assert_int_equal(event_id_parse(text, &id), row->r);
	assert_true(id == (row->r == 0 ? row->id : 42));
}

static const struct severity_row {
	const char *name, *text;
	int severity;
} severities[] = {
    {"journal", "err", SEV_ERR},
    {"large letters", "ERROR", SEV_ERR},
    {"one letter", "W", SEV_WARNING},
    {"a number", "3", SEV_ERR},
    {"no number of syslog", "8", SEVERITY_NONE},
    {"Java", "FATAL", SEV_CRIT},
    {"Go", "trace", SEV_DEBUG},
    {"a word that begins like one", "errors", SEVERITY_NONE},
    {"empty", "", SEVERITY_NONE},
};

static void
reads_severity(void **state)
{
	const struct severity_row *row = *state;

	assert_int_equal(severity_parse(str_of(row->text)), row->severity);
}

static void
severity_names_come_back(void **state)
{
	for (int i = SEV_EMERG; i <= SEV_DEBUG; i++)
		assert_int_equal(severity_parse(str_of(severity_name(i))), i);
	assert_string_equal(severity_name(SEVERITY_NONE), "");
	assert_string_equal(severity_name(8), "");
}

static const struct route_row {
	const char *name, *target, *route;
} routes[] = {
    {"words stay", "/api/orders", "/api/orders"},
    {"the root", "/", "/"},
    {"a query goes", "/api/orders?id=8812&x=/y", "/api/orders"},
    {"a fragment goes", "/a#b", "/a"},
    {"a number", "/api/orders/8812", "/api/orders/{id}"},
    {"in the middle", "/users/7/orders", "/users/{id}/orders"},
    {"a trailing slash stays", "/orders/7/", "/orders/{id}/"},
    {"a UUID", "/o/6f1ed002-ab5f-4c3e-9a55-0d6a7d6a7d6a", "/o/{id}"},
    {"long hex", "/c/deadbeef01", "/c/{id}"},
    {"a word of hex letters", "/facade/decade", "/facade/decade"},
    {"a hash without digits", "/c/abcdefabcdefabcd", "/c/{id}"},
    {"a mixed id", "/o/ord-8812", "/o/{id}"},
    {"letters and digits in turn", "/t/a1b2", "/t/{id}"},
    {"a user's number", "/u/u42", "/u/{id}"},
    {"a date", "/log/2026-03-04", "/log/{id}"},
    {"versions stay", "/api/v1/v10", "/api/v1/v10"},
    {"words with a digit stay", "/oauth2/i18n/k8s/s3", "/oauth2/i18n/k8s/s3"},
    {"files stay", "/static/app.js", "/static/app.js"},
    {"files with hashes keep the extension", "/static/app.3f9a8b7c.js",
	"/static/{id}.js"},
    {"numbered images keep it too", "/img/8812.jpg", "/img/{id}.jpg"},
    {"mail addresses", "/u/a@example.org", "/u/{id}"},
    {"a session behind ;", "/cart;jsessionid=8812AB", "/cart"},
    {"as a proxy is asked", "http://example.org/a/1?b", "/a/{id}"},
    {"a proxy without path", "http://example.org", "/"},
    {"OPTIONS *", "*", "*"},
    {"CONNECT", "example.org:443", "{other}"},
    {"TLS sent to the wrong port", "\\x16\\x03\\x01", "{other}"},
    {"empty", "", "{other}"},
    {"deeper than anybody routes", "/a/b/c/d/e/f/g/h/i/j/k/l/m/n",
	"/a/b/c/d/e/f/g/h/i/j/k/l/{rest}"},
    {"no end to a segment",
	"/x/this-is-a-title-that-goes-on-for-much-longer-than-words-do",
	"/x/{id}"},
};

static void
finds_route(void **state)
{
	const struct route_row *row = *state;
	CLEANUP(buf_free) struct buf out = BUF_INIT;

	event_route(str_of(row->target), &out);
	assert_string_equal(out.p, row->route);
}

static void
an_event_starts_unknown(void **state)
{
	struct log_event ev;

	event_init(&ev);
	assert_int_equal(ev.severity, SEVERITY_NONE);
	assert_true(ev.timestamp == USEC_NONE);
	assert_int_equal(ev.status, -1);
	assert_int_equal(ev.duration, -1);
	assert_int_equal(ev.offset, -1);
	assert_int_equal(ev.raw.n, 0);
	for (int i = 0; i < EVENT_KIND_COUNT; i++)
		assert_non_null(event_kind_name(i));
	assert_string_equal(event_kind_name(EVENT_ACCESS), "access");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(severity_names_come_back),
	    cmocka_unit_test(an_event_starts_unknown),
	};

	return TABLE_RUN(ids, ids_come_back) +
	       TABLE_RUN(typed, reads_typed_id) +
	       TABLE_RUN(severities, reads_severity) +
	       TABLE_RUN(routes, finds_route) +
	       cmocka_run_group_tests(tests, NULL, NULL);
}
