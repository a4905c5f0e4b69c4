/* SPDX-License-Identifier: MIT */
/* Logs that applications write: plain, logfmt and JSON. */
#include "parse-test.h"

#define T "2026-03-04T14:00:07.000Z"
#define T_MS "2026-03-04T14:00:07.478Z"

static const struct row {
	const char *name, *parser, *line;
	const char *time; /* NULL: does not fit */
	int severity;
	const char *identifier, *body;
	int64_t pid;
	bool assumed; /* the zone */
} rows[] = {
    {"Python", "app", "2026-03-04 14:00:07,478 ERROR orders: no stock", T_MS,
	SEV_ERR, "orders", "orders: no stock", -1, true},
    {"ISO with Z", "app", "2026-03-04T14:00:07.478Z INFO started", T_MS,
	SEV_INFO, "", "started", -1, false},
    {"ISO with an offset", "app",
	"2026-03-04T15:00:07.478+01:00 [WARN] main: x", T_MS, SEV_WARNING,
	"main", "main: x", -1, false},
    {"PostgreSQL", "app",
	"2026-03-04 14:00:07.478 UTC [60] shop@shop FATAL:  too many clients",
	T_MS, SEV_CRIT, "", "too many clients", 60, false},
    {"PostgreSQL without a user", "app",
	"2026-03-04 14:00:07.478 UTC [60] LOG:  listening", T_MS, SEV_INFO, "",
	"listening", 60, false},
    {"a zone's abbreviation is taken off", "app",
	"2026-03-04 14:00:07.478 CET [60] LOG:  listening", T_MS, SEV_INFO, "",
	"listening", 60, true},
    {"MySQL", "app",
	"2026-03-04T14:00:07.478Z 0 [Warning] [MY-010068] [Server] CA", T_MS,
	SEV_WARNING, "", "[MY-010068] [Server] CA", -1, false},
    {"gunicorn", "app",
	"[2026-03-04 15:00:07 +0100] [12] [INFO] Booting worker", T, SEV_INFO,
	"", "Booting worker", 12, false},
    {"Apache httpd", "app",
	"[Wed Mar 04 14:00:07.478000 2026] [core:error] [pid 9:tid 8] AH1: x",
	T_MS, SEV_ERR, "", "[pid 9:tid 8] AH1: x", -1, true},
    {"PHP-FPM", "app", "[04-Mar-2026 14:00:07] WARNING: [pool www] slow", T,
	SEV_WARNING, "", "[pool www] slow", -1, true},
    {"Redis", "app", "12:M 04 Mar 2026 14:00:07.478 # Can't save", T_MS,
	SEV_WARNING, "", "Can't save", 12, true},
    {"Ruby", "app", "E, [2026-03-04T14:00:07.478000 #12] ERROR -- : no route",
	T_MS, SEV_ERR, "", "no route", 12, true},
    {"glog", "app", "E0304 14:00:07.478000      12 file.cc:12] lost", T_MS,
	SEV_ERR, "", "file.cc:12] lost", 12, true},
    {"Tomcat", "app",
	"04-Mar-2026 14:00:07.478 SEVERE [main] org.x.Y start failed", T_MS,
	SEV_ERR, "", "[main] org.x.Y start failed", -1, true},
    {"log4j", "app", "2026-03-04 14:00:07,478 [pool-1] ERROR com.x.Y - lost",
	T_MS, SEV_ERR, "", "com.x.Y - lost", -1, true},
    {"Go", "app", "2026/03/04 14:00:07 listening on :8080", T, SEVERITY_NONE,
	"", "listening on :8080", -1, true},
    {"RabbitMQ", "app", "2026-03-04 14:00:07.478 [error] <0.1.0> gone", T_MS,
	SEV_ERR, "", "<0.1.0> gone", -1, true},
    {"Elasticsearch", "app",
	"[2026-03-04T14:00:07,478][WARN ][o.e.n.Node] [a] low disk", T_MS,
	SEV_WARNING, "", "[o.e.n.Node] [a] low disk", -1, true},
    {"containers", "app", "2026-03-04T14:00:07.478000000Z stderr F ERROR lost",
	T_MS, SEV_ERR, "", "lost", -1, false},
    {"fail2ban", "app",
	"2026-03-04 14:00:07,478 fail2ban.filter [12]: INFO [sshd] Found", T_MS,
	SEV_INFO, "", "[sshd] Found", 12, true},
    {"auditd", "app",
	"type=AVC msg=audit(1772632807.478:12): apparmor=\"DENIED\"", T_MS,
	SEVERITY_NONE, "",
	"type=AVC msg=audit(1772632807.478:12): apparmor=\"DENIED\"", -1,
	false},
    {"apt's history", "app",
	"Start-Date: 2026-03-04  14:00:07\nCommandline: apt upgrade\n"
	"Upgrade: a:amd64 (1, 2)\nEnd-Date: 2026-03-04  14:00:09",
	T, SEVERITY_NONE, "",
	"Commandline: apt upgrade\nUpgrade: a:amd64 (1, 2)\n"
	"End-Date: 2026-03-04  14:00:09",
	-1, true},
    {"dpkg", "app", "2026-03-04 14:00:07 upgrade libc6:amd64 2.36-1 2.36-2", T,
	SEVERITY_NONE, "", "upgrade libc6:amd64 2.36-1 2.36-2", -1, true},
    {"a sentence that says error late has no level", "app",
	"2026-03-04 14:00:07.478 retrying because of an error", T_MS,
	SEVERITY_NONE, "", "retrying because of an error", -1, true},
    {"a trace follows", "app",
	"2026-03-04 14:00:07,478 ERROR a: b\nTraceback:\n  ERROR line", T_MS,
	SEV_ERR, "a", "a: b\nTraceback:\n  ERROR line", -1, true},
    {"a date alone is not a time", "app", "2026-03-04 release notes", NULL, 0,
	"", "", 0, false},
    {"prose", "app", "In 2026 things were different.", NULL, 0, "", "", 0,
	false},
    {"a time runs on", "app", "2026-03-04T14:00:07x hello", NULL, 0, "", "", 0,
	false},
    {"empty", "app", "", NULL, 0, "", "", 0, false},

    {"logfmt", "logfmt",
	"time=2026-03-04T14:00:07.478Z level=error msg=\"disk full\" x=1", T_MS,
	SEV_ERR, "", "disk full", -1, false},
    {"logfmt with escapes", "logfmt",
	"ts=1772632807.478 lvl=warn msg=\"a \\\"b\\\" c\" pid=7", T_MS,
	SEV_WARNING, "", "a \\\"b\\\" c", 7, false},
    {"logfmt without a message is all body", "logfmt",
	"t=2026-03-04T14:00:07Z level=info logger=ctx", T, SEV_INFO, "ctx",
	"t=2026-03-04T14:00:07Z level=info logger=ctx", -1, false},
    {"key=value without a time", "logfmt", "level=error msg=x", NULL, 0, "", "",
	0, false},
    {"words are not logfmt", "logfmt", "time flies like msg", NULL, 0, "", "",
	0, false},
    {"a quote is not closed", "logfmt", "time=2026-03-04T14:00:07Z msg=\"disk",
	NULL, 0, "", "", 0, false},

    {"JSON", "json",
	"{\"time\":\"2026-03-04T14:00:07.478Z\",\"level\":\"ERROR\","
	"\"msg\":\"disk \\\"a\\\" full\"}",
	T_MS, SEV_ERR, "", "disk \\\"a\\\" full", -1, false},
    {"JSON with a number for a time", "json",
	"{\"ts\":1772632807478,\"severity\":\"warn\",\"message\":\"x\"}", T_MS,
	SEV_WARNING, "", "x", -1, false},
    {"bunyan", "json",
	"{\"name\":\"api\",\"pid\":7,\"level\":50,\"msg\":\"x\","
	"\"time\":\"2026-03-04T14:00:07.478Z\",\"v\":0}",
	T_MS, SEV_ERR, "api", "x", 7, false},
    {"MongoDB", "json",
	"{\"t\":{\"$date\":\"2026-03-04T15:00:07.478+01:00\"},\"s\":\"E\","
	"\"c\":\"NETWORK\",\"msg\":\"x\",\"attr\":{\"msg\":\"y\"}}",
	T_MS, SEV_ERR, "", "x", -1, false},
    {"container runtime", "json",
	"{\"log\":\"hello\\n\",\"stream\":\"stdout\","
	"\"time\":\"2026-03-04T14:00:07.478000000Z\"}",
	T_MS, SEVERITY_NONE, "", "hello", -1, false},
    {"journalctl -o json", "json",
	"{\"__REALTIME_TIMESTAMP\":\"1772632807478000\",\"PRIORITY\":\"3\","
	"\"_PID\":\"7\",\"SYSLOG_IDENTIFIER\":\"api\","
	"\"MESSAGE\":\"gone\"}",
	T_MS, SEV_ERR, "api", "gone", 7, false},
    {"JSON without a time", "json", "{\"level\":\"info\",\"msg\":\"x\"}", NULL,
	0, "", "", 0, false},
    {"JSON cut off", "json", "{\"time\":\"2026-03-04T14:00:07Z\",\"msg\":\"x",
	NULL, 0, "", "", 0, false},
    {"JSON with something behind", "json",
	"{\"time\":\"2026-03-04T14:00:07Z\",\"msg\":\"x\"} y", NULL, 0, "", "",
	0, false},
};

static void
reads(void **state)
{
	const struct row *row = *state;
	CLEANUP(parsers_free) struct parsers *ps = parsers_new();
	struct parse_state st = {.zone = zone_utc(), .last = USEC_NONE};
	struct str line = str_of(row->line);
	struct log_event ev;

	time_parse(STR("2026-03-05T00:00:00Z"), 0, zone_utc(), &st.seen);
	assert_int_equal(
	    parser_parse(parsers_find(ps, str_of(row->parser)), line, &st, &ev),
	    row->time ? PARSE_OK : PARSE_BAD);
	if (row->time == NULL)
		return;
	assert_int_equal(ev.kind, EVENT_APP);
	assert_time(ev.timestamp, row->time);
	assert_int_equal(ev.severity, row->severity);
	assert_str(ev.identifier, row->identifier);
	assert_str(ev.body, row->body);
	assert_int_equal(ev.pid, row->pid);
	assert_int_equal((ev.flags & EVENT_TIME_ASSUMED) != 0, row->assumed);
	assert_inside(ev.body, line);
}

static const struct start_row {
	const char *name, *line;
	bool starts;
} starts[] = {
    {"an entry", "2026-03-04 14:00:07,478 ERROR a: b", true},
    {"a trace", "Traceback (most recent call last):", false},
    {"indented", "  File \"/opt/a.py\", line 94, in b", false},
    {"tab", "\tat org.x.Y(Z.java:1)", false},
    {"a cause", "Caused by: java.lang.Exception", false},
    {"empty", "", false},
    {"a time that does not begin the line",
	"at 2026-03-04 14:00:07,478 ERROR a: b", false},
};

static void
begins(void **state)
{
	const struct start_row *row = *state;
	CLEANUP(parsers_free) struct parsers *ps = parsers_new();

	assert_int_equal(parser_starts_entry(
			     parsers_find(ps, STR("app")), str_of(row->line)),
	    row->starts);
}

int
main(void)
{
	int failed = 0;

	RUN_ROWS(rows, reads);
	RUN_ROWS(starts, begins);
	return failed;
}
