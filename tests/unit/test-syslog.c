/* SPDX-License-Identifier: MIT */
/* Syslog lines in every spelling files have, and the year they leave out. */
#include "parse-test.h"

#define MS(hms, fraction) "2026-03-04T" hms "." fraction "Z"

static const struct row {
	const char *name, *line;
	const char *time; /* NULL: does not fit */
	const char *host, *tag, *body, *unit;
	int64_t pid;
	int severity;
	usec_t precision;
} rows[] = {
    {"traditional", "Mar  4 14:00:07 web1 sshd[53]: Server listening",
	MS("14:00:07", "000"), "web1", "sshd", "Server listening", "", 53,
	SEVERITY_NONE, USEC_PER_SEC},
    {"day padded with a zero", "Mar 04 14:00:07 web1 cron: x",
	MS("14:00:07", "000"), "web1", "cron", "x", "", -1, SEVERITY_NONE,
	USEC_PER_SEC},
    {"with a priority", "<27>Mar  4 14:00:07 web1 app[1]: boom",
	MS("14:00:07", "000"), "web1", "app", "boom", "", 1, SEV_ERR,
	USEC_PER_SEC},
    {"without a host", "<30>Mar  4 14:00:07 app[7]: hello",
	MS("14:00:07", "000"), "", "app", "hello", "", 7, SEV_INFO,
	USEC_PER_SEC},
    {"BusyBox", "Mar  4 14:00:07 gw daemon.warn ntpd: no peers",
	MS("14:00:07", "000"), "gw", "ntpd", "no peers", "", -1, SEV_WARNING,
	USEC_PER_SEC},
    {"BusyBox without a host", "Mar  4 14:00:07 kern.info kernel: up",
	MS("14:00:07", "000"), "", "kernel", "up", "", -1, SEV_INFO,
	USEC_PER_SEC},
    {"year behind the day", "Mar  4 2026 14:00:07 fw : %ASA-6-302013: Built",
	MS("14:00:07", "000"), "fw", "ASA", "%ASA-6-302013: Built", "", -1,
	SEV_INFO, USEC_PER_SEC},
    {"Cisco with a sequence number",
	"<189>45: *Mar  4 14:00:07.123: %SYS-5-CONFIG_I: Configured",
	MS("14:00:07", "123"), "", "SYS", "%SYS-5-CONFIG_I: Configured", "", -1,
	SEV_NOTICE, USEC_PER_MSEC},
    {"Cisco with a name, two numbers and a zone",
	"<187>45: edge1: 000051: .Mar  4 14:00:07 CET: %LINK-3-UPDOWN: down",
	MS("14:00:07", "000"), "edge1", "LINK", "%LINK-3-UPDOWN: down", "", -1,
	SEV_ERR, USEC_PER_SEC},
    {"Cisco without numbers", "<189>Mar  4 14:00:07.123: %SYS-5-CONFIG_I: x",
	MS("14:00:07", "123"), "", "SYS", "%SYS-5-CONFIG_I: x", "", -1,
	SEV_NOTICE, USEC_PER_MSEC},
    {"Cisco since boot", "<189>29: 1d02h: %SYS-5-RESTART: x",
	"2026-03-05T00:00:00.000Z", "", "SYS", "%SYS-5-RESTART: x", "", -1,
	SEV_NOTICE, USEC_PER_SEC},
    {"Cisco just booted", "<187>29: 00:00:46: %LINK-3-UPDOWN: x",
	"2026-03-05T00:00:00.000Z", "", "LINK", "%LINK-3-UPDOWN: x", "", -1,
	SEV_ERR, USEC_PER_SEC},
    {"NX-OS", "<189>: 2026 Mar  4 14:00:07.123 UTC: %ETHPORT-5-IF_UP: x",
	MS("14:00:07", "123"), "", "ETHPORT", "%ETHPORT-5-IF_UP: x", "", -1,
	SEV_NOTICE, USEC_PER_MSEC},
    {"IOS XR",
	"<189>45: edge1 RP/0/RSP0/CPU0:Mar  4 14:00:07.123 : cfg[65]: "
	"%MGBL-CONFIG-6-DB_COMMIT : x: y",
	MS("14:00:07", "123"), "edge1", "MGBL",
	"%MGBL-CONFIG-6-DB_COMMIT : x: y", "", -1, SEV_INFO, USEC_PER_MSEC},
    {"Cisco that says its IPv6 address",
	"<189>45: 2001:db8::1: Mar  4 14:00:07: %SYS-5-X: y",
	MS("14:00:07", "000"), "2001:db8::1", "SYS", "%SYS-5-X: y", "", -1,
	SEV_NOTICE, USEC_PER_SEC},
    {"ASA without a time", "<166>%ASA-6-302013: Built",
	"2026-03-05T00:00:00.000Z", "", "ASA", "%ASA-6-302013: Built", "", -1,
	SEV_INFO, USEC_PER_SEC},
    {"ASA with a colon", "<164>:Mar 04 14:00:07 UTC: %ASA-4-106023: Deny",
	MS("14:00:07", "000"), "", "ASA", "%ASA-4-106023: Deny", "", -1,
	SEV_WARNING, USEC_PER_SEC},
    {"Cisco in rsyslog's file",
	"Mar  4 14:00:07 10.0.0.1 45: *Mar  4 13:59:59.123: %SYS-5-X: y",
	MS("14:00:07", "000"), "10.0.0.1", "SYS", "%SYS-5-X: y", "", -1,
	SEV_NOTICE, USEC_PER_SEC},
    {"a percent sign is no mnemonic",
	"Mar  4 14:00:07 web1 df: /var at 93 %ABC-9-DEF: full",
	MS("14:00:07", "000"), "web1", "df", "/var at 93 %ABC-9-DEF: full", "",
	-1, SEVERITY_NONE, USEC_PER_SEC},
    {"a priority and nothing else", "<14>hello world",
	"2026-03-05T00:00:00.000Z", "", "", "hello world", "", -1, SEV_INFO,
	USEC_PER_SEC},
    {"Python's SysLogHandler with a tag", "<11>app[12]: boom",
	"2026-03-05T00:00:00.000Z", "", "app", "boom", "", 12, SEV_ERR,
	USEC_PER_SEC},
    {"a blank behind the priority", "<14> Mar  4 14:00:07 sw1 lldp: x",
	MS("14:00:07", "000"), "sw1", "lldp", "x", "", -1, SEV_INFO,
	USEC_PER_SEC},
    {"Go's log/syslog", "<13>2026-03-04T15:00:07+01:00 web1 app[7]: x",
	MS("14:00:07", "000"), "web1", "app", "x", "", 7, SEV_NOTICE,
	USEC_PER_SEC},
    {"logger --rfc3164", "<13>Mar  4 14:00:07 web1 bob: x",
	MS("14:00:07", "000"), "web1", "bob", "x", "", -1, SEV_NOTICE,
	USEC_PER_SEC},
    {"logger --rfc5424",
	"<13>1 2026-03-04T14:00:07.216557+00:00 web1 bob - - [timeQuality "
	"tzKnown=\"1\" isSynced=\"0\"] x",
	MS("14:00:07", "216557"), "web1", "bob", "x", "", -1, SEV_NOTICE, 1},
    {"BusyBox syslogd -R", "<30>Mar  4 14:00:07 udhcpc[88]: lease lost",
	MS("14:00:07", "000"), "", "udhcpc", "lease lost", "", 88, SEV_INFO,
	USEC_PER_SEC},
    {"rsyslog's RSYSLOG_ForwardFormat",
	"<86>2026-03-04T14:00:07.463511+00:00 web1 sshd[9]: Accepted",
	MS("14:00:07", "463511"), "web1", "sshd", "Accepted", "", 9, SEV_INFO,
	1},
    {"syslog-ng with its sequence",
	"<13>1 2026-03-04T15:00:07+01:00 web1 app 4 - [meta "
	"sequenceId=\"29\"] x",
	MS("14:00:07", "000"), "web1", "app", "x", "", 4, SEV_NOTICE,
	USEC_PER_SEC},
    {"RFC 5424 without structured data",
	"<34>1 2026-03-04T14:00:07Z web1 app 4 id hello", MS("14:00:07", "000"),
	"web1", "app", "hello", "", 4, SEV_CRIT, USEC_PER_SEC},
    {"seconds since 1970", "<134>1 1772632807.463 MX84 events dhcp lease",
	MS("14:00:07", "463"), "MX84", "", "events dhcp lease", "", -1,
	SEV_INFO, USEC_PER_MSEC},
    {"no tag", "Mar  4 14:00:07 web1 last message repeated 3 times",
	MS("14:00:07", "000"), "web1", "", "last message repeated 3 times", "",
	-1, SEVERITY_NONE, USEC_PER_SEC},
    {"IPv6 host", "Mar  4 14:00:07 2001:db8::1 app: x", MS("14:00:07", "000"),
	"2001:db8::1", "app", "x", "", -1, SEVERITY_NONE, USEC_PER_SEC},
    {"tags with slashes and parentheses",
	"Mar  4 14:00:07 web1 (udev-worker)[99]: x", MS("14:00:07", "000"),
	"web1", "(udev-worker)", "x", "", 99, SEVERITY_NONE, USEC_PER_SEC},
    {"a body with leading blanks", "Mar  4 14:00:07 web1 sudo:   bob : PWD=/",
	MS("14:00:07", "000"), "web1", "sudo", "  bob : PWD=/", "", -1,
	SEVERITY_NONE, USEC_PER_SEC},
    {"ISO time", "2026-03-04T15:00:07.463511+01:00 web1 app[2]: x",
	MS("14:00:07", "463511"), "web1", "app", "x", "", 2, SEVERITY_NONE, 1},
    {"ISO, offset without a colon", "2026-03-04T15:00:07.463+0100 web1 app: x",
	MS("14:00:07", "463"), "web1", "app", "x", "", -1, SEVERITY_NONE,
	USEC_PER_MSEC},
    {"ISO, Z and a comma", "2026-03-04T14:00:07,463Z web1 app: x",
	MS("14:00:07", "463"), "web1", "app", "x", "", -1, SEVERITY_NONE,
	USEC_PER_MSEC},
    {"RFC 5424",
	"<165>1 2026-03-04T14:00:07.003Z web1 app 42 ID47 "
	"[x@1 a=\"b]c\\\"d\"][y@1] \xef\xbb\xbfhello",
	MS("14:00:07", "003"), "web1", "app", "hello", "", 42, SEV_NOTICE,
	USEC_PER_MSEC},
    {"RFC 5424 with nothing said", "<34>1 2026-03-04T14:00:07Z - - - - - hello",
	MS("14:00:07", "000"), "", "", "hello", "", -1, SEV_CRIT, USEC_PER_SEC},
    {"RFC 5424 without a message", "<34>1 2026-03-04T14:00:07Z a b c d -",
	MS("14:00:07", "000"), "a", "b", "", "", -1, SEV_CRIT, USEC_PER_SEC},
    {"systemd names the unit first",
	"Mar  4 14:00:07 web1 systemd[1]: orders.service: Main process exited",
	MS("14:00:07", "000"), "web1", "systemd",
	"orders.service: Main process exited", "orders.service", 1,
	SEVERITY_NONE, USEC_PER_SEC},
    {"systemd names the unit behind the verb",
	"Mar  4 14:00:07 web1 systemd[1]: Failed to start orders.service - "
	"Order daemon.",
	MS("14:00:07", "000"), "web1", "systemd",
	"Failed to start orders.service - Order daemon.", "orders.service", 1,
	SEVERITY_NONE, USEC_PER_SEC},
    {"systemd names no unit",
	"Mar  4 14:00:07 web1 systemd[1]: Started Order daemon.",
	MS("14:00:07", "000"), "web1", "systemd", "Started Order daemon.", "",
	1, SEVERITY_NONE, USEC_PER_SEC},
    {"systemd says nothing",
	"Mar  4 14:00:07 web1 systemd[1]: ", MS("14:00:07", "000"), "web1",
	"systemd", "", "", 1, SEVERITY_NONE, USEC_PER_SEC},
    {"another program's words name no unit",
	"Mar  4 14:00:07 web1 deploy: Started orders.service - ok",
	MS("14:00:07", "000"), "web1", "deploy", "Started orders.service - ok",
	"", -1, SEVERITY_NONE, USEC_PER_SEC},
    {"kernel", "Mar  4 14:00:07 web1 kernel: [  612.666656] Out of memory",
	MS("14:00:07", "000"), "web1", "kernel", "Out of memory", "", -1,
	SEVERITY_NONE, USEC_PER_SEC},
    {"level in the message's own line",
	"Mar  4 14:00:07 web1 python3[9]: 2026-03-04 14:00:07,478 ERROR a: b",
	MS("14:00:07", "000"), "web1", "python3",
	"2026-03-04 14:00:07,478 ERROR a: b", "", 9, SEV_ERR, USEC_PER_SEC},
    {"a sentence about errors has no level",
	"Mar  4 14:00:07 web1 app: error rates are normal",
	MS("14:00:07", "000"), "web1", "app", "error rates are normal", "", -1,
	SEVERITY_NONE, USEC_PER_SEC},
    {.name = "an application's time", .line = "2026-03-04 14:00:07 INFO x: y"},
    {.name = "no time", .line = "web1 sshd[53]: Server listening"},
    {.name = "no such day", .line = "Feb 30 14:00:07 web1 a: b"},
    {.name = "no such hour", .line = "Mar  4 24:00:07 web1 a: b"},
    {.name = "cut in the time", .line = "Mar  4 14:00"},
    {.name = "structured data not closed",
	.line = "<34>1 2026-03-04T14:00:07Z a b c d [x"},
    {.name = "a priority too large", .line = "<999>Mar  4 14:00:07 a b: c"},
    {.name = "empty", .line = ""},
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
	    parser_parse(parsers_find(ps, STR("syslog")), line, &st, &ev),
	    row->time ? PARSE_OK : PARSE_BAD);
	if (row->time == NULL)
		return;
	assert_time(ev.timestamp, row->time);
	assert_int_equal(ev.precision, row->precision);
	assert_str(ev.host, row->host);
	assert_str(ev.identifier, row->tag);
	assert_str(ev.body, row->body);
	assert_str(ev.unit, row->unit);
	assert_int_equal(ev.pid, row->pid);
	assert_int_equal(ev.severity, row->severity);
	assert_inside(ev.body, line);
}

static const struct year_row {
	const char *name, *line, *seen, *zone, *want;
} years[] = {
    {"this year", "Mar  4 14:00:07 a b: c", "2026-03-04T14:00:09Z", "UTC",
	"2026-03-04T14:00:07.000Z"},
    {"last year, read in January", "Dec 31 23:59:59 a b: c",
	"2027-01-01T00:00:02Z", "UTC", "2026-12-31T23:59:59.000Z"},
    {"next year, the zone is ahead", "Jan  1 00:59:59 a b: c",
	"2026-12-31T23:59:59Z", "+01:00", "2026-12-31T23:59:59.000Z"},
    {"half a day of clock error", "Mar  5 02:00:00 a b: c",
	"2026-03-04T14:00:00Z", "UTC", "2026-03-05T02:00:00.000Z"},
    {"not two days ahead", "Mar  6 14:00:01 a b: c", "2026-03-04T14:00:00Z",
	"UTC", "2025-03-06T14:00:01.000Z"},
    {"29 February goes back to a leap year", "Feb 29 12:00:00 a b: c",
	"2027-03-04T14:00:00Z", "UTC", "2024-02-29T12:00:00.000Z"},
    {"an offset in the line is not replaced",
	"2026-03-04T14:00:07+02:00 a b: c", "2026-03-04T14:00:00Z", "-08:00",
	"2026-03-04T12:00:07.000Z"},
};

static void
year(void **state)
{
	const struct year_row *row = *state;
	CLEANUP(parsers_free) struct parsers *ps = parsers_new();
	struct parse_state st = {.last = USEC_NONE};
	struct log_event ev;

	assert_int_equal(zone_find(str_of(row->zone), &st.zone), 0);
	time_parse(str_of(row->seen), 0, zone_utc(), &st.seen);
	assert_int_equal(parser_parse(parsers_find(ps, STR("syslog")),
			     str_of(row->line), &st, &ev),
	    PARSE_OK);
	assert_time(ev.timestamp, row->want);
}

struct seen {
	struct buf text;
};

static void
see(void *arg, struct str id, struct str name, struct str value)
{
	struct seen *seen = arg;

	buf_addf(&seen->text, "%.*s %.*s=%.*s;", STR_ARG(id), STR_ARG(name),
	    STR_ARG(value));
}

static const struct attribute_row {
	const char *name, *line;
	int facility; /* -1: not said */
	const char *msgid, *want;
} attributes[] = {
    {"RFC 5424",
	"<165>1 2026-03-04T14:00:07Z h a 1 ID47 [x@1 a=\"b\" "
	"c=\"d\"][y] hello",
	20, "ID47", "x@1 a=b;x@1 c=d;y =;"},
    {"escapes", "<13>1 - - - - - [x a=\"q\\\"b\\]c\\\\d\\e\"] x", 1, "",
	"x a=q\"b]c\\d\\e;"},
    {"none", "<13>1 - - - - - - x", 1, "", ""},
    {"left out", "<13>1 - - - - m text", 1, "m", ""},
    {"RFC 3164", "<27>Mar  4 14:00:07 h a: x", 3, "", ""},
    {"no priority", "Mar  4 14:00:07 h a: x", -1, "", ""},
    {"not closed", "<13>1 - - - - - [x a=\"b", 1, "", ""},
};

static void
has_attributes(void **state)
{
	const struct attribute_row *row = *state;
	struct syslog_attributes a;
	struct seen seen = {BUF_INIT};

	buf_adds(&seen.text, "");
	assert_int_equal(
	    syslog_attributes(str_of(row->line), &a), row->facility >= 0);
	if (row->facility >= 0) {
		assert_int_equal(a.facility, row->facility);
		assert_str(a.msgid, row->msgid);
		syslog_structured_data(a.data, see, &seen);
	}
	assert_string_equal(seen.text.p, row->want);
	buf_free(&seen.text);
}

int
main(void)
{
	int failed = 0;

	RUN_ROWS(rows, reads);
	RUN_ROWS(years, year);
	RUN_ROWS(attributes, has_attributes);
	return failed;
}
