/* SPDX-License-Identifier: MIT */
#include "../../src/analysis/names.h"
#include "table.h"

/* The names in a text, joined by blanks, in order. */
static char *
names_in(struct str text)
{
	CLEANUP(intern_free) struct intern *names = intern_new();
	CLEANUP(buf_free) struct buf out = BUF_INIT;

	names_of_text(names, text);
	for (uint32_t i = 0; i < intern_count(names); i++) {
		if (i > 0)
			buf_addc(&out, ' ');
		buf_add_str(&out, intern_get(names, i));
	}
	return buf_steal(&out);
}

static const struct row {
	const char *name, *text, *want;
} rows[] = {
    {"nothing", "", ""},
    {"words of the language are no names", "could not open the file", ""},
    {"parts of a path, not the common folders",
	"sed -i s/a/b/ /etc/shop/shop.json", "shop"},
    {"a path with spaces around", "open /srv/billing/deploy.sh now",
	"billing deploy"},
    {"a relative path may be anything", "read/write ratio of in/out", ""},
    {"a folder at the end", "ls /opt/orders/", "orders"},
    {"unit", "orders.service: Failed", "orders"},
    {"timer", "started stock-sync.timer.", "stock-sync"},
    {"host and port", "connect to db1:5432 failed", "db1:5432"},
    {"a colon is not a port", "error: refused", ""},
    {"time of day is like a port, and harmless", "at 12:30", "12:30"},
    {"too short", "/a/b/cd", ""},
    {"common folders alone", "/etc /usr/local/bin/", ""},
    {"once", "/etc/shop/a.conf /etc/shop/a.conf", "shop"},
    {"url", "GET http://pay.example.com:8443/charge", "pay.example.com:8443"},
    {"template instance", "restarting worker@3.service", "worker@3"},
};

static void
of_text(void **state)
{
	const struct row *row = *state;
	CLEANUP(xfree) char *have = names_in(str_of(row->text));

	assert_string_equal(have, row->want);
}

static const struct unit_row {
	const char *name, *unit, *want; /* want NULL: none */
} units[] = {
    {"service", "orders.service", "orders"},
    {"a session is where, not what", "session-12.scope", NULL},
    {"nor is a user's manager", "user@1000.service", NULL},
    {"nor the machine's", "init.scope", NULL},
    {"nor systemd's own", "systemd-tmpfiles-clean.service", NULL},
    {"empty", "", NULL},
};

static void
of_unit(void **state)
{
	const struct unit_row *row = *state;
	CLEANUP(intern_free) struct intern *names = intern_new();

	names_of_unit(names, str_of(row->unit));
	assert_int_equal(intern_count(names), row->want != NULL);
	if (row->want != NULL)
		assert_int_not_equal(
		    intern_find(names, str_of(row->want)), UINT32_MAX);
}

static void
shared(void **state)
{
	CLEANUP(intern_free) struct intern *known = intern_new();
	CLEANUP(intern_free) struct intern *names = intern_new();
	struct str found = STR_NULL;

	assert_false(names_shared(known, names, &found));
	names_of_text(known, STR("/etc/shop/prices.json orders.service"));
	names_of_text(names, STR("/etc/other/file"));
	assert_false(names_shared(known, names, &found));
	names_of_text(names, STR("systemctl restart orders.service"));
	assert_true(names_shared(known, names, &found));
	assert_true(str_eq(found, STR("orders")));
}

static void
in_text(void **state)
{
	CLEANUP(intern_free) struct intern *known = intern_new();
	struct str found = STR_NULL;

	names_of_unit(known, STR("orders.service"));
	assert_true(
	    names_in_text(known, STR("deploy of orders: done"), &found));
	assert_true(str_eq(found, STR("orders")));
	/* A word, not a part of one. */
	assert_false(names_in_text(known, STR("reorders preorders"), &found));
	assert_false(names_in_text(known, STR("\xff\0orders2"), &found));
	assert_false(names_in_text(known, STR_NULL, &found));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(shared),
	    cmocka_unit_test(in_text),
	};
	int failed = TABLE_RUN(rows, of_text);

	failed += TABLE_RUN(units, of_unit);
	return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
