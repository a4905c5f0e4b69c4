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
#define MARKED "2026-03-04T14:00:00.000Z mark  deploy / 2.4.1\n"

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
	failed += cmocka_run_group_tests(others, NULL, NULL);
	return failed;
}
