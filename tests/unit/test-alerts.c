/* SPDX-License-Identifier: MIT */
/* Alertmanager messages and marks: what is emitted, where it stands. */
#include "parse-test.h"

#define FIRING                                                                 \
	"{\"status\":\"firing\",\"labels\":{\"alertname\":\"HighErrors\","     \
	"\"service\":\"shop\",\"instance\":\"web1:9100\","                     \
	"\"severity\":\"critical\"},\"annotations\":{\"summary\":"             \
	"\"83 % of \\\"all\\\"\"},\"startsAt\":\"2026-03-04T14:00:07.359Z\","  \
	"\"endsAt\":\"0001-01-01T00:00:00Z\",\"fingerprint\":\"a1\"}"
#define RESOLVED                                                               \
	"{\"status\":\"resolved\",\"labels\":{\"alertname\":\"HighErrors\","   \
	"\"job\":\"blackbox\",\"severity\":\"warning\"},\"startsAt\":"         \
	"\"2026-03-04T14:00:07.359Z\",\"endsAt\":"                             \
	"\"2026-03-04T15:05:00+01:00\",\"fingerprint\":\"a1\"}"
#define MESSAGE(alerts) "{\"version\":\"4\",\"alerts\":[" alerts "]}"
#define MARK                                                                   \
	"{\"time\":\"2026-03-04T14:00:00Z\",\"kind\":\"deploy\","              \
	"\"text\":\"2.4.1\"}"

/* Emitted events, a line each. */
struct list {
	struct str text;
	struct buf out;
};

static int
note(void *arg, struct log_event *ev)
{
	struct list *list = arg;
	char time[TIME_TEXT_MAX];

	assert_true(ev->offset >= 0);
	assert_ptr_equal(ev->raw.p, list->text.p + ev->offset);
	assert_inside(ev->raw, list->text);
	if (ev->kind !=
	    EVENT_MARK) /* PagerDuty's are made of several members */
		assert_inside(ev->body, ev->raw);
	buf_addf(&list->out, "%s %s%s %s %.*s %.*s/%.*s %.*s\n",
	    time_format_rfc3339(ev->timestamp, time), event_kind_name(ev->kind),
	    ev->flags & EVENT_RESOLVED ? "-resolved" : "",
	    severity_name(ev->severity), STR_ARG(ev->identifier),
	    STR_ARG(ev->host), STR_ARG(ev->service), STR_ARG(ev->body));
	return 0;
}

#define FIRED                                                                  \
	"2026-03-04T14:00:07.359Z alert crit HighErrors web1/shop 83 % of "    \
	"\\\"all\\\"\n"
#define ENDED                                                                  \
	"2026-03-04T14:05:00.000Z alert-resolved warning HighErrors "          \
	"/blackbox HighErrors\n"
#define MARKED "2026-03-04T14:00:00.000Z mark notice deploy / 2.4.1\n"
/* Events of PagerDuty's: type, time, agent, members of data. */
#define PAGER(type, at, agent, data)                                           \
	"{\"event\":{\"id\":\"01\",\"event_type\":\"" type "\","               \
	"\"resource_type\":\"incident\",\"occurred_at\":\"2026-03-04T" at      \
	"Z\",\"agent\":" agent ",\"data\":{" data "}}}"
#define USER "{\"id\":\"P1\",\"summary\":\"Ana\",\"type\":\"user_reference\"}"
#define ROBOT "{\"summary\":\"cron\",\"type\":\"service_reference\"}"
#define INCIDENT                                                               \
	"\"id\":\"PGR0\",\"type\":\"incident\",\"title\":\"It "                \
	"\\\"burns\\\"\","                                                     \
	"\"service\":{\"summary\":\"API\"},\"urgency\":\"high\""
#define NOTE                                                                   \
	"\"id\":\"N1\",\"type\":\"incident_note\",\"content\":\"db is down\"," \
	"\"incident\":{\"id\":\"PGR0\",\"summary\":\"It burns\"}"
#define TRIGGERED PAGER("incident.triggered", "14:01:00.5", "null", INCIDENT)
#define TRIGGERED_MARK                                                         \
	"2026-03-04T14:01:00.500Z mark crit detected /API PagerDuty: "         \
	"incident triggered: It \"burns\"\n"
#define ACKNOWLEDGED PAGER("incident.acknowledged", "14:03:00", USER, INCIDENT)
#define ACKNOWLEDGED_MARK                                                      \
	"2026-03-04T14:03:00.000Z mark notice action /API PagerDuty: "         \
	"incident acknowledged by a responder: It \"burns\"\n"

static const struct row {
	const char *name, *text;
	const char *want; /* NULL: refused */
} rows[] = {
    {"one message", MESSAGE(FIRING), FIRED},
    {"an array of messages", "[\n" MESSAGE(FIRING) ",\n" MESSAGE(RESOLVED) "]",
	FIRED ENDED},
    {"messages, one per line", MESSAGE(FIRING) "\n" MESSAGE(RESOLVED) "\n",
	FIRED ENDED},
    {"repeats are one", MESSAGE(FIRING) MESSAGE(FIRING "," FIRING), FIRED},
    {"firing again after the end is the same start",
	MESSAGE(FIRING) MESSAGE(RESOLVED) MESSAGE(FIRING), FIRED ENDED},
    {"alerts alone", "[" FIRING "]", FIRED},
    {"a mark", MARK, MARKED},
    {"marks and messages", MARK "\n" MESSAGE(FIRING), MARKED FIRED},
    {"a message without alerts", MESSAGE(""), ""},
    {"nothing is emitted of a broken document", MESSAGE(FIRING) "\n{\"ale",
	NULL},
    {"text behind", MESSAGE(FIRING) " x", NULL},
    {"an alert without a start", MESSAGE("{\"labels\":{}}"), NULL},
    {"alerts that are no array", "{\"alerts\":{}}", NULL},
    {"another JSON document", "{\"a\":1}", NULL},
    {"an empty array", "[]", NULL},
    {"a mark without a time", "{\"text\":\"x\"}", NULL},
    {"not JSON", "hello", NULL},
    {"a resolved alert told twice, with another end",
	MESSAGE(RESOLVED) "{\"alerts\":[{\"status\":\"resolved\",\"labels\":{},"
			  "\"startsAt\":\"2026-03-04T15:00:07.359+01:00\","
			  "\"endsAt\":\"2026-03-04T14:09:00Z\","
			  "\"fingerprint\":\"a1\"}]}",
	ENDED},
    {"PagerDuty: triggered is detected", TRIGGERED, TRIGGERED_MARK},
    {"PagerDuty: who acknowledged is a role", ACKNOWLEDGED, ACKNOWLEDGED_MARK},
    {"PagerDuty: a message told again is one",
	TRIGGERED TRIGGERED "[" ACKNOWLEDGED "," ACKNOWLEDGED "]",
	TRIGGERED_MARK ACKNOWLEDGED_MARK},
    {"PagerDuty: an incident is triggered once",
	TRIGGERED PAGER("incident.triggered", "14:02:00", "null", INCIDENT),
	TRIGGERED_MARK},
    {"PagerDuty: acknowledged again later is another fact",
	ACKNOWLEDGED PAGER(
	    "incident.acknowledged", "14:30:00", ROBOT, "\"id\":\"PGR0\""),
	ACKNOWLEDGED_MARK "2026-03-04T14:30:00.000Z mark notice action / "
			  "PagerDuty: incident acknowledged by an "
			  "integration\n"},
    {"PagerDuty: resolved",
	PAGER("incident.resolved", "14:40:00", ROBOT, INCIDENT),
	"2026-03-04T14:40:00.000Z mark notice resolved /API PagerDuty: "
	"incident resolved by an integration: It \"burns\"\n"},
    {"PagerDuty: a note says its words",
	PAGER("incident.annotated", "14:05:00", USER, NOTE),
	"2026-03-04T14:05:00.000Z mark notice note / PagerDuty: note added "
	"by a responder: db is down\n"},
    {"PagerDuty: what is not known yet is a note",
	PAGER("service.updated", "14:05:00", USER, "\"id\":\"S1\""),
	"2026-03-04T14:05:00.000Z mark notice note / PagerDuty: "
	"service.updated\n"},
    {"PagerDuty: without a time",
	"{\"event\":{\"event_type\":\"incident.triggered\",\"data\":{}}}",
	NULL},
    {"PagerDuty: without data",
	"{\"event\":{\"event_type\":\"incident.triggered\","
	"\"occurred_at\":\"2026-03-04T14:05:00Z\"}}",
	NULL},
    {"a mark whose time is called at, of a host",
	"{\"at\":1772632800.5,\"text\":\"x\",\"host\":\"web1\"}",
	"2026-03-04T14:00:00.500Z mark notice note web1/ x\n"},
    {"one mark twice", MARK MARK, MARKED},
    {"a mark without text", "{\"time\":1,\"text\":\"  \"}", NULL},
    {"empty", "", NULL},
};

static void
reads(void **state)
{
	const struct row *row = *state;
	struct list list = {.text = str_of(row->text)};
	struct reterr err = {0};
	int r = parse_alerts(list.text, note, &list, &err);

	assert_int_equal(r, row->want ? 0 : -EINVAL);
	assert_str(buf_str(&list.out), row->want ? row->want : "");
	if (row->want == NULL)
		assert_true(strlen(err.text) > 0);
	buf_free(&list.out);
}

static int
refuse(void *arg, struct log_event *ev)
{
	++*(int *)arg;
	return -ECANCELED;
}

/* What the callback returns ends the walk. */
static void
stops(void **state)
{
	int calls = 0;

	assert_int_equal(parse_alerts(STR(MESSAGE(FIRING "," RESOLVED)), refuse,
			     &calls, NULL),
	    -ECANCELED);
	assert_int_equal(calls, 1);
}

static const struct posted_row {
	const char *name;
	enum posted what;
	const char *text;
	const char *want; /* or, of what is refused, a word of the reason */
	int result;
} posted_rows[] = {
    {"posted: a mark without a time is of its receipt", POSTED_MARKS,
	"{\"text\":\"x\",\"kind\":\"action\"}",
	"2026-03-04T14:00:00.000Z mark notice action / x\n", 0},
    {"posted: a mark with a time", POSTED_MARKS, MARK, MARKED, 0},
    {"posted: a mark with a time that is none", POSTED_MARKS,
	"{\"text\":\"x\",\"at\":\"soon\"}", "time", -EINVAL},
    {"posted: a mark of no kind", POSTED_MARKS,
	"{\"text\":\"x\",\"kind\":\"outage\"}", "kind", -EINVAL},
    {"posted: an alert is no mark", POSTED_MARKS, MESSAGE(FIRING), "text",
	-EINVAL},
    {"posted: a mark is no alert", POSTED_ALERTS, MARK, "no alerts", -EINVAL},
    {"posted: an alert", POSTED_ALERTS, MESSAGE(FIRING), FIRED, 0},
    {"posted: no alert in it", POSTED_ALERTS, MESSAGE(""), "", 0},
    {"posted: an alert is no PagerDuty event", POSTED_PAGERDUTY,
	MESSAGE(FIRING), "event_type", -EINVAL},
    {"posted: a PagerDuty event", POSTED_PAGERDUTY, TRIGGERED, TRIGGERED_MARK,
	0},
    {"posted: a PagerDuty event is no alert", POSTED_ALERTS, TRIGGERED,
	"no alerts", -EINVAL},
    {"posted: text", POSTED_ALERTS, "alert!", "JSON", -EINVAL},
    {"posted: nothing", POSTED_MARKS, " ", "nothing", -EINVAL},
};

static void
reads_posted(void **state)
{
	const struct posted_row *row = *state;
	struct list list = {.text = str_of(row->text)};
	struct reterr err = {0};
	usec_t received = 1772632800 * USEC_PER_SEC;

	assert_int_equal(
	    parse_posted(row->what, list.text, received, note, &list, &err),
	    row->result);
	if (row->result == 0)
		assert_str(buf_str(&list.out), row->want);
	else
		assert_non_null(strstr(err.text, row->want));
	buf_free(&list.out);
}

/* Deep nesting is refused, not followed. */
static void
deep(void **state)
{
	CLEANUP(buf_free) struct buf text = BUF_INIT;

	for (int i = 0; i < 100000; i++)
		buf_addc(&text, '[');
	assert_int_equal(
	    parse_alerts(buf_str(&text), refuse, NULL, NULL), -EINVAL);
}

int
main(void)
{
	static const struct CMUnitTest others[] = {
	    cmocka_unit_test(stops),
	    cmocka_unit_test(deep),
	};
	int failed = 0;

	RUN_ROWS(rows, reads);
	RUN_ROWS(posted_rows, reads_posted);
	failed += cmocka_run_group_tests(others, NULL, NULL);
	return failed;
}
