/* SPDX-License-Identifier: MIT */
/*
 * The rules engine on small rules of its own, and the samples of all rules
 * that come with the program.
 */
#include "table.h"

#include <errno.h>
#include <stdio.h>

#include "../../src/rules/internal.h"

#define REST "\"kind\":\"k\",\"class\":\"failure\",\"why\":\"w\",\"prior\":0.5"
#define RULE(name, more) "{\"name\":\"" name "\"," more "," REST "}"
#define FILE_OF(rules) "{\"rules\":[" rules "]}"
#define MID "0123456789abcdef0123456789abcdef"

/* ---- what is refused ---- */

static const struct load_row {
	const char *name, *text;
	const char *error; /* NULL: taken */
} load_rows[] = {
    {"a rule with a pattern", FILE_OF(RULE("a", "\"pattern\":\"x\"")), NULL},
    {"a file without rules", "{\"formats\":[]}", NULL},
    {"not JSON", "{\"rules\":[}", "text:1:"},
    {"not an object", "[]", "does not hold an object"},
    {"a name twice",
	FILE_OF(
	    RULE("a", "\"pattern\":\"x\"") "," RULE("a", "\"pattern\":\"y\"")),
	"two rules named a"},
    {"no name", FILE_OF("{\"pattern\":\"x\"," REST "}"),
	"rule 1: there must be a name"},
    {"a misspelt key", FILE_OF(RULE("a", "\"patern\":\"x\"")),
	"a: unknown key patern"},
    {"a pattern that does not compile",
	FILE_OF(RULE("a", "\"pattern\":\"x(\"")), "a: pattern, byte 2"},
    {"no condition", FILE_OF(RULE("a", "\"text\":\"t\"")), "no condition"},
    {"a message id of wrong length",
	FILE_OF(RULE("a", "\"message-id\":[\"abc\"]")), "not 32 hex digits"},
    {"an unknown kind of event",
	FILE_OF(RULE("a", "\"pattern\":\"x\",\"kinds\":[\"jornal\"]")),
	"unknown kind of event jornal"},
    {"a placeholder that names nothing",
	FILE_OF(RULE("a", "\"pattern\":\"x\",\"text\":\"{y}\"")),
	"{y} is neither"},
    {"brackets that do not pair",
	FILE_OF(RULE("a", "\"pattern\":\"x\",\"text\":\"a[b\"")),
	"\"[\" without \"]\""},
    {"a brace that does not end",
	FILE_OF(RULE("a", "\"pattern\":\"x\",\"text\":\"a{b\"")),
	"\"{\" without \"}\""},
    {"a subject of two parts",
	FILE_OF(RULE("a", "\"pattern\":\"x\",\"subject\":\"{unit} x\"")),
	"one {placeholder}"},
    {"a severity that is none",
	FILE_OF(RULE("a", "\"max-severity\":\"awful\"")), "no severity"},
    {"a sample without message",
	FILE_OF(RULE("a", "\"pattern\":\"x\",\"samples\":[{}]")),
	"a sample without message"},
    {"a prior beyond one",
	"{\"rules\":[{\"name\":\"a\",\"pattern\":\"x\",\"kind\":\"k\","
	"\"class\":\"failure\",\"why\":\"w\",\"prior\":2}]}",
	"not within 0 and 1"},
    {"an unknown class",
	"{\"rules\":[{\"name\":\"a\",\"pattern\":\"x\",\"kind\":\"k\","
	"\"class\":\"faliure\",\"why\":\"w\"}]}",
	"unknown class faliure"},
};

static void
loads(void **state)
{
	const struct load_row *row = *state;
	CLEANUP(rules_free) struct rules *rs = rules_new();
	struct reterr err = {""};
	int r = rules_load_text(rs, str_of(row->text), &err);

	if (!row->error) {
		assert_int_equal(r, 0);
		return;
	}
	assert_int_equal(r, -EINVAL);
	if (!strstr(err.text, row->error))
		fail_msg("\"%s\" does not say \"%s\"", err.text, row->error);
	assert_int_equal(rules_count(rs), 0);
}

/* ---- which rule fits, and how it reads ---- */

static const char rules_text[] = FILE_OF(RULE("by-id",
    "\"message-id\":[\"" MID
    "\"],\"text\":\"id {unit}\"") "," RULE("id-or-text",
    "\"message-id\":[\"ffffffffffffffffffffffffffffffff\"],"
    "\"identifier\":[\"pid1\"],\"pattern\":\"^(?<u>\\\\S+) broke\","
    "\"subject\":\"{u}\",\"text\":\"{u} broke\"") "," RULE("by-unit",
    "\"unit\":\"orders@*.service\",\"pattern\":\"lost\"") "," RULE("by-"
								   "glo"
								   "b",
    "\"identifier\":[\"agent-*\"],\"pattern\":\"did (?<w>.*)\","
    "\"text\":\"{identifier}: {w}\"") "," RULE("not-for",
    "\"not-identifier\":[\"noisy\"],"
    "\"pattern\":\"changed (?<a>\\\\w+)(?: to (?<b>\\\\w+))?\","
    "\"text\":\"{a} changed[ to {b}][ by {host}]\"") "," RULE("first",
    "\"pattern\":\"alpha\"") "," RULE("second",
    "\"pattern\":\"alpha|beta\"") "," RULE("who",
    "\"pattern\":\"^(?<who>\\\\w+) : ran (?<cmd>.*)\","
    "\"actor\":\"{who}\",\"subject\":\"{cmd}\",\"text\":\"{who} "
    "{cmd}\"") "," RULE("proxy", "\"identifier\":[\"nginx\"],"
				 "\"pattern\":\"refused\","
				 "\"subject\":\"{upstream}\",\"text\":"
				 "\"no {upstream}\"") "," RULE("head",
    "\"pattern\":\"^At the start\"") "," RULE("anyone",
    "\"kinds\":[\"access\"],\"pattern\":\"GET\"") "," RULE("slow-regex",
    "\"pattern\":\"^(?:a+)+b$\"") "," RULE("bad", "\"max-severity\":\"err\""));

static const struct match_row {
	const char *name;
	const char *message;
	const char *want;                   /* rule; NULL: none */
	const char *text, *subject, *actor; /* NULL: any */
	struct log_event ev;
} match_rows[] = {
    {"nothing fits", "gamma", .want = NULL},
    {"an empty message", "", .want = NULL},
    {"by message id", "whatever", .want = "by-id", .text = "id x.service",
	.ev = {.message_id = {MID, 32}, .unit = {"x.service", 9}}},
    {"other message id, same text", "x broke",
	.ev = {.message_id = {MID, 31}, .identifier = {"pid1", 4}}},
    {"no message id: by text", "x broke", .want = "id-or-text",
	.text = "x broke", .subject = "x", .ev = {.identifier = {"pid1", 4}}},
    {"identifier is another", "x broke", .ev = {.identifier = {"pid2", 4}}},
    {"unit by glob", "lost it", .want = "by-unit", .text = "lost it",
	.subject = "", .ev = {.unit = {"orders@7.service", 16}}},
    {"another unit", "lost it", .ev = {.unit = {"orders.service", 14}}},
    {"identifier by glob", "did work", .want = "by-glob",
	.text = "agent-7: work", .ev = {.identifier = {"agent-7", 7}}},
    {"not for this identifier", "changed x",
	.ev = {.identifier = {"noisy", 5}}},
    {"optional parts without value", "changed x", .want = "not-for",
	.text = "x changed"},
    {"optional parts with value", "changed x to y", .want = "not-for",
	.text = "x changed to y by w1", .ev = {.host = {"w1", 2}}},
    {"the first of two", "beta alpha", .want = "first"},
    {"the second of two", "beta", .want = "second"},
    {"case is kept", "Alpha", .want = NULL},
    {"actor and subject", "ana : ran x -y", .want = "who", .text = "ana x -y",
	.subject = "x -y", .actor = "ana"},
    {"nginx's error log needs no identifier", "refused", .want = "proxy",
	.text = "no 192.0.2.1:80", .subject = "192.0.2.1:80",
	.ev = {.kind = EVENT_NGINX_ERROR,
	    .upstream = {"http://192.0.2.1:80/x", 21}}},
    {"an upstream's socket", "refused", .want = "proxy",
	.text = "no unix:/run/a.sock",
	.ev = {.kind = EVENT_NGINX_ERROR,
	    .upstream = {"http://unix:/run/a.sock:/x", 26}}},
    {"requests are not looked at", "alpha", .ev = {.kind = EVENT_ACCESS}},
    {"unless a rule says so", "GET", .want = "anyone",
	.ev = {.kind = EVENT_ACCESS}},
    {"catastrophic patterns end", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac",
	.want = NULL},
    {"behind a time", "2026-03-04 14:00:07,123 At the start", .want = "head"},
    {"behind time, zone, pid and level",
	"2026-03-04 14:00:07.123 UTC [4711] LOG:  At the start", .want = "head",
	.text = "At the start"},
    {"behind nginx's head", "2026/03/04 14:00:07 [warn] 5#5: *9 At the start",
	.want = "head"},
    {"behind the kernel's time", "[  365.208818] At the start", .want = "head"},
    {"a number is no head", "12 At the start", .want = NULL},
    {"an address is no time", "192.0.2.1:8000 At the start", .want = NULL},
    {"level in the text", "orders: ERROR: x", .want = "bad",
	.text = "orders: ERROR: x"},
    {"a level that is only a word", "error is what it is", .want = NULL},
    {"a level in the middle of a sentence", "check is critical: x",
	.want = NULL},
    {"a level behind a bracket", "[orders] error: x", .want = "bad"},
    {"behind klog's head", "E0304 14:00:07.123456  12 a.go:4] At the start",
	.want = "head"},
    {"klog's level", "E0304 14:00:07.123456  12 a.go:4] x", .want = "bad",
	.text = "x"},
    {"klog's mild level", "I0304 14:00:07.123456  12 a.go:4] x", .want = NULL},
    {"behind PHP-FPM's head", "[04-Mar-2026 14:00:07] NOTICE: At the start",
	.want = "head"},
    {"a level in angle brackets", "<error> [1.2] x", .want = "bad"},
    {"level and message of JSON",
	"{\"level\": \"error\", \"msg\": \"no \\\"x\\\"\"}", .want = "bad",
	.text = "no \\\"x\\\""},
    {"level in numbers", "{\"level\":50,\"msg\":\"x\"}", .want = "bad",
	.text = "x"},
    {"a mild level in numbers", "{\"level\":30,\"msg\":\"x\"}", .want = NULL},
    {"level and message of logfmt", "ts=1 level=error msg=\"x y\" k=v",
	.want = "bad", .text = "x y"},
    {"JSON that ends early", "{\"level\": \"error\", \"msg\": \"x\\",
	.want = "bad"},
    {"several lines are told by the first", "a: ERROR: x\nTrace\n  y",
	.want = "bad", .text = "a: ERROR: x"},
};

static void
matches(void **state)
{
	const struct match_row *row = *state;
	CLEANUP(rules_free) struct rules *rs = rules_new();
	CLEANUP(buf_free) struct buf text = BUF_INIT;
	struct rule_match m = {0};
	struct log_event ev = row->ev;
	struct reterr err = {""};

	if (rules_load_text(rs, str_of(rules_text), &err) < 0)
		fail_msg("%s", err.text);
	ev.severity = SEVERITY_NONE;
	ev.body = str_of(row->message);
	if (!rules_match(rs, &ev, &m, &text)) {
		assert_null(row->want);
		return;
	}
	assert_non_null(row->want);
	assert_string_equal(m.rule->name, row->want);
	if (row->text)
		assert_string_equal(text.p, row->text);
	if (row->subject)
		assert_true(str_eq(m.subject, str_of(row->subject)));
	if (row->actor)
		assert_true(str_eq(m.actor, str_of(row->actor)));
}

/* ---- literals never lose a match ---- */

static const struct literal_row {
	const char *name;    /* = the pattern */
	const char *message; /* which it fits */
	const char *want;    /* literals, in order; "" none */
} literal_rows[] = {
    {"disk full", "the disk full", "disk full"},
    {"(?i)Disk FULL", "dIsK fUlL", "disk full"},
    {"colou?r is", "color is", "colo"},
    {"ab+cde", "abbbcde", "cde"},
    {"x{0,2}yzz", "yzz", "yzz"},
    {"(?:abc){2,}", "abcabc", "abc"},
    {"(?:foo|barn)s", "barns", "foo barn"},
    {"(?:foo|ba)s", "bas", ""},
    {"foo|", "anything", ""},
    {"(?:foo)?bar", "bar", "bar"},
    {"(?:foo)*", "anything", ""},
    {"[abc]def[]x]", "adef]", "def"},
    {"[[:alpha:]]+ never", "is never", " never"},
    {"a\\.b\\(c", "a.b(c", "a.b(c"},
    {"\\bone\\b two", "one two", "one two"},
    {"one\\n(?:a|\\ttwo)", "one\n\ttwo", "one\n"},
    {"(?=notthis)?yes", "yes", "yes"},
    {"(?!nope)maybe", "maybe", "maybe"},
    {"(?<name>alpha)", "alpha", "alpha"},
    {"(?x) a b c # d", "abc", ""},
    {"\\x41bcdef", "Abcdef", ""},
    {"\\Qa.b\\E", "a.b", ""},
    {"a|b", "b", ""},
    {"^\\s*$", "", ""},
};

static void
literals(void **state)
{
	const struct literal_row *row = *state;
	CLEANUP(string_list_free) struct strings found = {NULL, 0};
	CLEANUP(buf_free) struct buf line = BUF_INIT;
	CLEANUP(buf_free) struct buf text = BUF_INIT;
	CLEANUP(rules_free) struct rules *rs = rules_new();
	struct rule_match m;
	struct log_event ev;
	json_t *pattern = json_string(row->name);
	char *quoted = json_dumps(pattern, JSON_ENCODE_ANY);

	literals_of(str_of(row->name), &found);
	for (size_t i = 0; i < found.n; i++)
		buf_addf(&line, "%s%s", i ? " " : "", found.v[i]);
	assert_string_equal(line.p ? line.p : "", row->want);

	buf_addf(&text, FILE_OF(RULE("a", "\"pattern\":%s")), quoted);
	free(quoted);
	json_decref(pattern);
	assert_int_equal(rules_load_text(rs, buf_str(&text), NULL), 0);
	event_init(&ev);
	ev.body = str_of(row->message);
	assert_true(rules_match(rs, &ev, &m, NULL));
}

/* ---- the rules that come with the program ---- */

static void
complain(void *arg, const char *rule, const char *text)
{
	print_error("%s: %s\n", rule, text);
}

/* meson gives __FILE__ relative to where it runs the tests. */
static void
shipped(void **state)
{
	CLEANUP(rules_free) struct rules *rs = rules_new();
	struct str here = str_of(__FILE__);
	struct str root =
	    str_sub(here, 0, here.n - strlen("unit/test-rules.c"));
	CLEANUP(xfree) char *path = xasprintf("%.*s../parsers", STR_ARG(root));
	struct reterr err = {""};

	if (rules_load(rs, path, &err) < 0)
		fail_msg("%s", err.text);
	assert_true(rules_count(rs) > 100);
	assert_int_equal(rules_test(rs, complain, NULL), 0);
}

/* A sample that fails, one that must not fit and does, and none at all. */
static void
samples_can_fail(void **state)
{
	static const char text[] = FILE_OF(
	    RULE("a", "\"pattern\":\"x\",\"text\":\"t\",\"samples\":["
		      "{\"message\":\"y\"},{\"message\":\"x\",\"text\":\"u\"},"
		      "{\"message\":\"x\",\"not\":true},"
		      "{\"message\":\"x\",\"text\":\"t\"}]") "," RULE("b",
		"\"pattern\":\"z\"") "," RULE("c",
		"\"pattern\":\"xx\",\"samples\":[{\"message\":\"xx\"}]"));
	CLEANUP(rules_free) struct rules *rs = rules_new();

	assert_int_equal(rules_load_text(rs, str_of(text), NULL), 0);
	assert_int_equal(rules_test(rs, NULL, NULL), 5);
}

/* A site's own rule, loaded first, stands for ours of that name. */
static void
first_loaded_wins(void **state)
{
	CLEANUP(rules_free) struct rules *rs = rules_new();
	struct log_event ev;
	struct rule_match m;

	assert_int_equal(
	    rules_load_text(
		rs, STR(FILE_OF(RULE("a", "\"pattern\":\"x\""))), NULL),
	    0);
	assert_int_equal(
	    rules_load_text(rs,
		STR(FILE_OF(RULE("a", "\"pattern\":\"y\"") "," RULE(
		    "b", "\"pattern\":\"z\""))),
		NULL),
	    0);
	assert_int_equal(rules_count(rs), 2);
	event_init(&ev);
	ev.body = STR("y");
	assert_false(rules_match(rs, &ev, &m, NULL));
	ev.body = STR("z x");
	assert_true(rules_match(rs, &ev, &m, NULL));
	assert_string_equal(m.rule->name, "a");
}

int
main(void)
{
	static const struct CMUnitTest more[] = {
	    cmocka_unit_test(shipped),
	    cmocka_unit_test(samples_can_fail),
	    cmocka_unit_test(first_loaded_wins),
	};

	return TABLE_RUN(load_rows, loads) + TABLE_RUN(match_rows, matches) +
	       TABLE_RUN(literal_rows, literals) +
	       cmocka_run_group_tests(more, NULL, NULL);
}
