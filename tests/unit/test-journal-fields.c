/* SPDX-License-Identifier: MIT */
/* Journal entries in export format. */
#include "parse-test.h"

#define TIMES                                                                  \
	"__CURSOR=s=1;i=2\n__REALTIME_TIMESTAMP=1772629207250001\n"            \
	"_SOURCE_REALTIME_TIMESTAMP=1772629207250000\n"
#define TEN "\x0a\0\0\0\0\0\0\0"

static const struct row {
	const char *name;
	struct str raw;
	bool fits;
	int severity;
	const char *body, *identifier, *unit, *service;
	int64_t pid;
} rows[] = {
    {"a service's line",
	STR(TIMES "MESSAGE=hello\nPRIORITY=6\nSYSLOG_IDENTIFIER=python3\n"
		  "_COMM=py\n_PID=42\nSYSLOG_PID=7\n_HOSTNAME=web1\n"
		  "_SYSTEMD_UNIT=orders.service\n"),
	true, SEV_INFO, "hello", "python3", "orders.service", "orders", 42},
    {"about another unit",
	STR(TIMES "MESSAGE=Failed\nPRIORITY=3\nSYSLOG_IDENTIFIER=systemd\n"
		  "_PID=1\n_SYSTEMD_UNIT=init.scope\nUNIT=orders.service\n"),
	true, SEV_ERR, "Failed", "systemd", "orders.service", "orders", 1},
    {"a core dump",
	STR(TIMES "MESSAGE=dumped\nPRIORITY=2\n_COMM=systemd-coredum\n"
		  "_SYSTEMD_UNIT=systemd-coredump@0.service\n"
		  "COREDUMP_UNIT=orders.service"),
	true, SEV_CRIT, "dumped", "systemd-coredum", "orders.service", "orders",
	-1},
    {"a session has no service",
	STR(TIMES "MESSAGE=x\n_SYSTEMD_UNIT=session-3.scope\n"), true,
	SEVERITY_NONE, "x", "", "session-3.scope", "", -1},
    {"nor has a user manager",
	STR(TIMES "MESSAGE=x\n_SYSTEMD_UNIT=user@1000.service\n"), true,
	SEVERITY_NONE, "x", "", "user@1000.service", "", -1},
    {"a user's service",
	STR(TIMES "MESSAGE=x\n_SYSTEMD_UNIT=user@1000.service\n"
		  "_SYSTEMD_USER_UNIT=mine.service\n"),
	true, SEVERITY_NONE, "x", "", "mine.service", "mine", -1},
    {"binary message", STR(TIMES "MESSAGE\n" TEN "a\nMESSAGE=\nPRIORITY=4\n"),
	true, SEV_WARNING, "a\nMESSAGE=", "", "", "", -1},
    {"the first of repeated fields", STR(TIMES "MESSAGE=a\nMESSAGE=b\n"), true,
	SEVERITY_NONE, "a", "", "", "", -1},
    {"an application's level over the default",
	STR(TIMES "PRIORITY=6\n"
		  "MESSAGE=2026-03-04 14:00:07,250 CRITICAL orders: gone\n"),
	true, SEV_CRIT, "2026-03-04 14:00:07,250 CRITICAL orders: gone", "", "",
	"", -1},
    {"logfmt's level over the default",
	STR(TIMES "PRIORITY=6\nMESSAGE=time=x level=error msg=gone\n"), true,
	SEV_ERR, "time=x level=error msg=gone", "", "", "", -1},
    {"JSON's level over the default",
	STR(TIMES "PRIORITY=6\nMESSAGE={\"level\":\"debug\",\"m\":1}\n"), true,
	SEV_DEBUG, "{\"level\":\"debug\",\"m\":1}", "", "", "", -1},
    {"a chosen priority stays", STR(TIMES "PRIORITY=4\nMESSAGE=ERROR: gone\n"),
	true, SEV_WARNING, "ERROR: gone", "", "", "", -1},
    {"no message", STR(TIMES "PRIORITY=6\n"), true, SEV_INFO, "", "", "", "",
	-1},
    {.name = "no time", .raw = STR("MESSAGE=hello\n")},
    {.name = "a length beyond the end",
	.raw = STR("MESSAGE\n\xff\xff\xff\xff\xff\xff\xff\xffx\n" TIMES)},
    {.name = "a length cut off", .raw = STR("MESSAGE\n\x01\0\0")},
    {.name = "empty", .raw = STR("")},
};

static void
reads(void **state)
{
	const struct row *row = *state;
	struct log_event ev;

	assert_int_equal(
	    parse_journal(row->raw, &ev), row->fits ? PARSE_OK : PARSE_BAD);
	if (!row->fits)
		return;
	assert_int_equal(ev.kind, EVENT_JOURNAL);
	assert_true(ev.timestamp == 1772629207250000);
	assert_true(ev.observed == 1772629207250001);
	assert_int_equal(ev.precision, 1);
	assert_int_equal(ev.severity, row->severity);
	assert_str(ev.body, row->body);
	assert_str(ev.identifier, row->identifier);
	assert_str(ev.unit, row->unit);
	assert_str(ev.service, row->service);
	assert_str(ev.cursor, "s=1;i=2");
	assert_int_equal(ev.pid, row->pid);
	assert_inside(ev.body, row->raw);
}

int
main(void)
{
	int failed = 0;

	RUN_ROWS(rows, reads);
	return failed;
}
