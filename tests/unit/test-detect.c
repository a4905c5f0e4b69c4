/* SPDX-License-Identifier: MIT */
/*
 * Which format a file has: the built-in ones, access formats inferred from
 * their lines, and everything that must be refused.
 */
#include "parse-test.h"

#define ACCESS "192.0.2.7 - - [04/Mar/2026:14:00:07 +0100] \"GET / HTTP/1.1\" "
#define COMBINED ACCESS "200 5 \"-\" \"curl/8.1\""
#define ERROR "2026/03/04 14:00:07 [error] 5#5: *1 open() failed"

static const struct row {
	const char *name, *path;
	struct str sample;
	const char *parser; /* NULL: reason; "" : inferred, text is format */
	const char *text;
} rows[] = {
    {"combined, one line", NULL, STR(COMBINED "\n"), "combined", NULL},
    {"no newline at the end", NULL, STR(COMBINED), "combined", NULL},
    {"combined, the last line cut", NULL, STR(COMBINED "\n192.0.2.7 - - ["),
	"combined", NULL},
    {"CR LF", NULL, STR(COMBINED "\r\n" COMBINED "\r\n"), "combined", NULL},
    {"common", NULL, STR(ACCESS "200 5\n"), "common", NULL},
    {"main", NULL, STR(COMBINED " \"-\"\n"), "main", NULL},
    {"vhost_combined", NULL, STR("shop.example.com:443 " COMBINED "\n"),
	"vhost_combined", NULL},
    {"hostile lines between", NULL,
	STR(COMBINED "\n" COMBINED "\n\x16\x03\x01 x\n" COMBINED "\n"),
	"combined", NULL},
    {"nginx error, one line", "/var/log/nginx/error.log", STR(ERROR "\n"),
	"nginx-error", NULL},
    {"both spellings of syslog", NULL,
	STR("Mar  4 14:00:07 web1 a: b\n2026-03-04T14:00:08+01:00 web1 a: b\n"),
	"syslog", NULL},
    {"RFC 5424", NULL, STR("<34>1 2026-03-04T14:00:07Z a b c d - x\n"),
	"syslog", NULL},
    {"JSON lines", NULL,
	STR("{\"time\":\"2026-03-04T14:00:07Z\",\"level\":\"info\","
	    "\"msg\":\"x\"}\n"),
	"json", NULL},
    {"logfmt", NULL, STR("time=2026-03-04T14:00:07Z level=info msg=x\n"),
	"logfmt", NULL},
    {"application with traces", NULL,
	STR("2026-03-04 14:00:07,478 ERROR a: b\nTraceback:\n  File\nError: x\n"
	    "2026-03-04 14:00:08,478 INFO a: c\n"),
	"app", NULL},
    {"syslog with a line of prose", NULL,
	STR("2026-03-04T14:00:07+01:00 web1 a: b\n"
	    "2026-03-04T14:00:08+01:00 web1 a: c\nand so on\n"
	    "2026-03-04T14:00:09+01:00 web1 a: d\n"),
	"syslog", NULL},

    {"a tail of key=value", NULL,
	STR(COMBINED " rt=0.011 uct=\"0.001\" urt=\"0.011\" "
		     "ua=\"127.0.0.1:8001\" us=\"200\" rid=c839e08c host=a.b "
		     "zone=x\n" COMBINED
		     " rt=0.000 uct=\"-\" urt=\"-\" ua=\"-\" us=\"-\" rid=aa80 "
		     "host=a.b zone=y\n"),
	"",
	"$remote_addr - $remote_user [$time_local] \"$request\" "
	"$status $body_bytes_sent \"$http_referer\" "
	"\"$http_user_agent\" rt=$request_time "
	"uct=\"$upstream_connect_time\" urt=\"$upstream_response_time\" "
	"ua=\"$upstream_addr\" us=\"$upstream_status\" rid=$request_id "
	"host=$host zone=$column_17"},
    {"a tail of bare values", NULL,
	STR(COMBINED " \"-\" 0.250 0.249 . 10.0.0.3:8080\n" COMBINED
		     " \"203.0.113.5\" 0.250 - p -\n"),
	"",
	"$remote_addr - $remote_user [$time_local] \"$request\" "
	"$status $body_bytes_sent \"$http_referer\" "
	"\"$http_user_agent\" \"$http_x_forwarded_for\" $request_time "
	"$upstream_response_time $column_13 $upstream_addr"},
    {"key:\"value\" and brackets", NULL,
	STR(COMBINED " [0.250] upstream_addr:\"10.0.0.3:8080\"\n"), "",
	"$remote_addr - $remote_user [$time_local] \"$request\" "
	"$status $body_bytes_sent \"$http_referer\" "
	"\"$http_user_agent\" [$request_time] "
	"upstream_addr:\"$upstream_addr\""},
    {"lists in the tail", NULL,
	STR(COMBINED " urt=0.100, 0.200 : 0.001 us=502, 200 : 200 rid=x\n"), "",
	"$remote_addr - $remote_user [$time_local] \"$request\" "
	"$status $body_bytes_sent \"$http_referer\" "
	"\"$http_user_agent\" urt=$upstream_response_time "
	"us=$upstream_status rid=$request_id"},
    {"all key=value", NULL,
	STR("time=2026-03-04T14:00:07+01:00 ip=192.0.2.7 req=\"GET / HTTP/1.1\""
	    " status=200 bytes=5 ua=\"Mozilla/5.0 (X11)\" dur=0.1\n"),
	"",
	"time=$time_iso8601 ip=$remote_addr req=\"$request\" "
	"status=$status bytes=$body_bytes_sent "
	"ua=\"$http_user_agent\" dur=$column_7"},
    {"tabs and labels", NULL,
	STR("time:04/Mar/2026:14:00:07 +0100\thost:192.0.2.7\t"
	    "req:GET / HTTP/1.1\tstatus:200\tsize:5\tua:curl/8.1 (x y)\t"
	    "reqtime:0.250\tvhost:a.example\n"),
	"",
	"time:$time_local\thost:$host\treq:$request\t"
	"status:$status\tsize:$body_bytes_sent\tua:$http_user_agent\t"
	"reqtime:$request_time\tvhost:$column_8"},
    {"bars", NULL,
	STR("192.0.2.7 | 04/Mar/2026:14:00:07 +0100 | GET / HTTP/1.1 | 200 | "
	    "5 | curl/8.1 (x y) | 0.250\n"),
	"",
	"$remote_addr | $time_local | $request | $status | "
	"$body_bytes_sent | $column_6 | $request_time"},
    {"keys without a sign", NULL,
	STR(COMBINED
	    " request_time 0.250 upstream_response_time 0.249 us 200\n" COMBINED
	    " request_time 0.251 upstream_response_time 0.250 us 502\n"),
	"",
	"$remote_addr - $remote_user [$time_local] \"$request\" "
	"$status $body_bytes_sent \"$http_referer\" "
	"\"$http_user_agent\" request_time $request_time "
	"upstream_response_time $upstream_response_time us "
	"$upstream_status"},
    {"the request in three columns, and the host first", NULL,
	STR("a.example 192.0.2.7 [04/Mar/2026:14:00:07 +0100] GET /x?y=1 "
	    "HTTP/1.1 200 0.250 0.249 10.0.0.3:8080 502, 200\n"),
	"",
	"$host $remote_addr [$time_local] $request_method "
	"$request_uri $word_6 $status $request_time "
	"$upstream_response_time $upstream_addr $upstream_status"},
    {"the status before the request, a bare time", NULL,
	STR("2026-03-04T14:00:07+01:00 192.0.2.7 404 \"GET / HTTP/1.1\" 5 "
	    "0.001 c839e08c29064341909eb5bd0904c0b3\n"),
	"",
	"$time_iso8601 $remote_addr $status \"$request\" "
	"$body_bytes_sent $request_time $request_id"},
    {"an agent without quotes", NULL,
	STR(ACCESS "200 5 agent=Mozilla/5.0 (X11; x) y rt=0.250\n" ACCESS
		   "200 5 agent=curl rt=0.250\n"),
	"",
	"$remote_addr - $remote_user [$time_local] \"$request\" "
	"$status $body_bytes_sent agent=$http_user_agent "
	"rt=$request_time"},
    {"a key that lies", NULL,
	STR(COMBINED " us=\"HIT\" ua=\"10.0.0.3:80, 10.0.0.4:80\" "
		     "rt=\"250ms\"\n"),
	"",
	"$remote_addr - $remote_user [$time_local] \"$request\" "
	"$status $body_bytes_sent \"$http_referer\" "
	"\"$http_user_agent\" us=\"$column_10\" "
	"ua=\"$upstream_addr\" rt=\"$column_12\""},
    {"connect, header and response time in this order", NULL,
	STR(COMBINED " 0.250 0.001 0.248 0.249 HIT\n" COMBINED
		     " 0.101 0.001 0.099 0.100 MISS\n" COMBINED
		     " 0.000 - - - -\n"),
	"",
	"$remote_addr - $remote_user [$time_local] \"$request\" $status "
	"$body_bytes_sent \"$http_referer\" \"$http_user_agent\" "
	"$request_time $column_11 $column_12 $upstream_response_time "
	"$word_14"},
    {"bars behind combined, a referrer that never is", NULL,
	STR(COMBINED " | 0.250 | 10.0.0.3:80 | a | b\n"), "",
	"$remote_addr - $remote_user [$time_local] \"$request\" $status "
	"$body_bytes_sent \"$http_referer\" \"$http_user_agent\" | "
	"$request_time | $upstream_addr | $word_15 | $word_17"},
    {"JSON in JSON", NULL,
	STR("{\"ts\":\"2026-03-04T14:00:07+01:00\",\"request\":{\"method\":"
	    "\"GET\",\"uri\":\"/a\"},\"response\":{\"status\":200},"
	    "\"upstream\":{\"addr\":\"10.0.0.3:80\"}}\n"),
	"",
	"escape=json {\"ts\":\"$time_iso8601\",\"request\":{\"method\":"
	"\"$request_method\",\"uri\":\"$request_uri\"},\"response\":{"
	"\"status\":$status},\"upstream\":{\"addr\":\"$upstream_addr\"}}"},
    {"JSON access log", NULL,
	STR("{\"@timestamp\":\"2026-03-04T14:00:07+01:00\",\"status\":200,"
	    "\"request_method\":\"GET\",\"uri\":\"/\",\"request_time\":0.1,"
	    "\"x\":null}\n"),
	"",
	"escape=json {\"@timestamp\":\"$time_iso8601\",\"status\":$status,"
	"\"request_method\":\"$request_method\",\"uri\":\"$request_uri\","
	"\"request_time\":$request_time,\"x\":$column_6}"},

    {"empty", NULL, STR(""), NULL, "empty"},
    {"empty lines", NULL, STR("\n\n\n"), NULL, "empty lines"},
    {"binary", NULL, STR("\x7f\0\0\0\x01\x02\x03\x04\0\0\0\0"), NULL, "binary"},
    {"a journal file", NULL, STR("LPKSHHRH\0\0\0\0"), NULL, "journal"},
    {"gzip", NULL, STR("\x1f\x8b\x08 x"), NULL, "gzip"},
    {"UTF-16", NULL, STR("\xff\xfeM\0a\0r\0"), NULL, "UTF-16"},
    {"prose", "/var/log/README",
	STR("The log of the ship.\nIt was May 4 when we left, at 14:00:07.\n"),
	NULL, "time"},
    {"a change log with dates", NULL,
	STR("2026-03-04  A. Person\n\n\t* file.c: fix\n\n2026-03-01  B.\n"),
	NULL, "time"},
    {"prose with one dated line", NULL,
	STR("This is a text.\nIt has lines.\nMany lines.\nMore lines.\n"
	    "2026-03-04 14:00:07 is the time.\n"),
	NULL, "time"},
    {"JSON document", NULL, STR("{\n \"a\": 1\n}\n"), NULL, "JSON"},
    {"markup", NULL, STR("<html>\n<body>\n"), NULL, "markup"},
    {"a picture", NULL, STR("\x89PNG\r\n\x1a\n"), NULL, "picture"},
    {"CSV with times elsewhere", NULL,
	STR("id,when\n1,2026-03-04T14:00:07Z\n2,2026-03-04T14:00:08Z\n"), NULL,
	"time"},
};

static void
detects(void **state)
{
	const struct row *row = *state;
	CLEANUP(parsers_free) struct parsers *ps = parsers_new();
	struct detection d;

	parse_detect(ps, row->sample, row->path, &d);
	if (row->parser == NULL) {
		assert_null(d.parser);
		assert_non_null(strstr(d.reason, row->text));
		return;
	}
	assert_non_null(d.parser);
	assert_true(d.fitted > 0 && d.fitted <= d.lines);
	assert_string_equal(d.reason, "");
	if (row->parser[0] != '\0') {
		assert_string_equal(parser_name(d.parser), row->parser);
		return;
	}
	assert_string_equal(parser_log_format(d.parser), row->text);
	assert_ptr_equal(
	    parsers_find(ps, str_of(parser_name(d.parser))), d.parser);
	assert_int_equal(d.fitted, d.lines);
}

/* A format inferred from one file is not tried on another, whose lines it
 * might fit by accident. */
static void
inferred_for_one(void **state)
{
	CLEANUP(parsers_free) struct parsers *ps = parsers_new();
	struct detection a, b;

	parse_detect(ps, STR(COMBINED " x y z 0.250\n"), NULL, &a);
	parse_detect(ps, STR(COMBINED " | 0.250 | 0.250\n"), NULL, &b);
	assert_non_null(a.parser);
	assert_non_null(b.parser);
	assert_string_not_equal(
	    parser_log_format(a.parser), parser_log_format(b.parser));
}

/* Upstream values become lists in an outage only. */
static void
lists_later(void **state)
{
	CLEANUP(parsers_free) struct parsers *ps = parsers_new();
	struct parse_state st = {.seen = USEC_NONE, .last = USEC_NONE};
	struct log_event ev;
	struct detection d;

	parse_detect(ps,
	    STR(COMBINED " 0.250 0.001 0.248 0.249 10.0.0.3:80 200 x\n"), NULL,
	    &d);
	assert_non_null(d.parser);
	assert_int_equal(
	    parser_parse(d.parser,
		STR(COMBINED " 0.500 0.001, 0.002 0.100, 0.200 0.101, 0.202 "
			     "10.0.0.3:80, 10.0.0.4:80 502, 200 x"),
		&st, &ev),
	    PARSE_OK);
	assert_int_equal(ev.upstream_status, 200);
	assert_str(ev.upstream, "10.0.0.4:80");
	assert_int_equal(ev.duration, 500000);
}

/* The same sample twice gives the same parser, not a second one. */
static void
inferred_once(void **state)
{
	CLEANUP(parsers_free) struct parsers *ps = parsers_new();
	struct detection a, b;

	parse_detect(ps, STR(COMBINED " rt=0.1\n"), NULL, &a);
	parse_detect(ps, STR(COMBINED " rt=0.2\n"), NULL, &b);
	assert_non_null(a.parser);
	assert_ptr_equal(a.parser, b.parser);
}

int
main(void)
{
	static const struct CMUnitTest others[] = {
	    cmocka_unit_test(inferred_once),
	    cmocka_unit_test(inferred_for_one),
	    cmocka_unit_test(lists_later),
	};
	int failed = 0;

	RUN_ROWS(rows, detects);
	failed += cmocka_run_group_tests(others, NULL, NULL);
	return failed;
}
