/* SPDX-License-Identifier: MIT */
#include "recount/redact.h"

#include "table.h"

static const uint8_t key[REDACT_KEY_BYTES] = {1, 2, 3};

/* What must be gone, and what must still stand, after --redact. */
static const struct text_row {
	const char *name, *text, *gone, *stays;
} texts[] = {
    {"combined",
	"203.0.113.9 - - [04/Mar/2026:13:21:07 +0000] \"GET /a?q=jo"
	"&page=2 HTTP/1.1\" 502 150",
	"203.0.113.9", " - - [04/Mar/2026:13:21:07 +0000] \"GET /a?q="},
    {"value of a query", "GET /a?q=john&page=22 HTTP/1.1", "john", "&page="},
    {"every value of a query", "GET /a?q=john&page=22 HTTP/1.1", "22",
	" HTTP/1.1"},
    {"query without a name", "GET /find?john+doe HTTP/1.1", "john",
	"GET /find?"},
    {"referer", "\"https://shop.example/s?term=secretword\" \"curl/8\"",
	"secretword", "\"https://shop.example/s?term="},
    {"user of an access line", "203.0.113.9 - carol [04/Mar/2026", "carol",
	" [04/Mar/2026"},
    {"a user that is an address",
	"2001:db8::7 - carol@example.org [04/Mar/2026", "carol", " [04/Mar"},
    {"address and port", "upstream 198.51.100.7:8080 failed", "198.51.100.7",
	":8080 failed"},
    {"IPv6", "client: 2001:db8::17, server: x", "2001:db8", ", server: x"},
    {"IPv6 before a colon", "from 2001:db8::17: refused", "2001:db8",
	": refused"},
    {"IPv6 in brackets", "http://[2001:db8::17]:443/", "2001:db8", "]:443/"},
    {"IPv6 from a colon on", "peer ::ffff:203.0.113.9 gone", "203.0.113.9",
	" gone"},
    {"end of a sentence", "Connection closed by 203.0.113.9.", "203.0.113.9",
	"Connection closed by "},
    {"loopback stays", "connect to 127.0.0.1:5432 failed", NULL,
	"127.0.0.1:5432"},
    {"any stays", "listen 0.0.0.0:80, [::1]:80, [::]:80", NULL,
	"0.0.0.0:80, [::1]:80, [::]:80"},
    {"a time is no address", "at 12:34:56 it rained", NULL, "12:34:56"},
    {"nor is a version", "Chrome/120.0.0.0 Safari/537.36", NULL,
	"Chrome/120.0.0.0"},
    {"nor five numbers", "1.2.3.4.5", NULL, "1.2.3.4.5"},
    {"nor a word", "std::string", NULL, "std::string"},
    {"e-mail", "sent to jane.doe+x@mail.example.org.", "jane.doe", "sent to "},
    {"a unit is no e-mail", "user@1000.service: ok", NULL,
	"user@1000.service: ok"},
    {"password", "login password=hunter2 ok", "hunter2", " ok"},
    {"header", "Authorization: Bearer abc.def-123", "abc.def",
	"Authorization: Bearer "},
    {"JSON", "{\"api_key\":\"k123\",\"n\":1}", "k123", "\",\"n\":1}"},
    {"behind an underscore", "DB_PASSWORD=s3cr3t", "s3cr3t", "DB_PASSWORD="},
    {"a working directory", "PWD=/srv/shop ; USER=root", NULL, "PWD=/srv/shop"},
    {"session opened is none", "pam_unix(sshd:session): session opened", NULL,
	"(sshd:session): session opened"},
    {"a token by its look", "with eyJhbGciOiJIUzI1NiJ9.eyJzdWIi.c2ln!",
	"eyJzdWIi", "!"},
    {"a name that was tried", "Failed password for invalid user admin from x",
	"admin", "from x"},
    {"only where it was tried", "invalid user shop from x; shop is down", NULL,
	"; shop is down"},
    {"a system account stays", "Failed password for root from x", NULL,
	"for root from"},
    {"empty", "", NULL, ""},
    {"a question", "What? Nothing", NULL, "What? Nothing"},
};

static char *
redacted(struct redactor *r, struct str text)
{
	struct buf out = BUF_INIT;

	redactor_text(r, text, &out);
	return buf_steal(&out);
}

static void
hides_values(void **state)
{
	const struct text_row *row = *state;
	CLEANUP(redactor_free)
	struct redactor *r = redactor_new(REDACT_VALUES, key);
	CLEANUP(xfree) char *out = redacted(r, str_of(row->text));

	if (row->gone)
		assert_null(strstr(out, row->gone));
	assert_non_null(strstr(out, row->stays));
}

/* Lines that say who a person is, and what then becomes of their name. */
static const struct person_row {
	const char *name, *line, *person;
} persons[] = {
    {"sshd", "Accepted publickey for carol from 192.0.2.1 port 4", "carol"},
    {"sudo", "sudo:    carol : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=x",
	"carol"},
    {"sudo without a terminal", "carol : PWD=/ ; USER=root ; COMMAND=x",
	"carol"},
    {"pam", "session opened for user carol(uid=1000) by (uid=0)", "carol"},
    {"by whom", "session opened for user root(uid=0) by carol(uid=1000)",
	"carol"},
    {"logind", "New session 5 of user carol.", "carol"},
    {"cron", "CRON[12]: (carol) CMD (/usr/bin/backup)", "carol"},
    {"home",
	"PWD=/home"
	"/carol/src",
	"carol"},
    {"a dot in it", "Accepted password for carol.w from x", "carol.w"},
};

static void
hides_people(void **state)
{
	const struct person_row *row = *state;
	CLEANUP(redactor_free)
	struct redactor *values = redactor_new(REDACT_VALUES, key);
	CLEANUP(redactor_free)
	struct redactor *people = redactor_new(REDACT_PEOPLE, key);
	CLEANUP(xfree)
	char *text = xasprintf(
	    "%s runs it from 192.0.2.1; %ss do not", row->person, row->person);
	CLEANUP(xfree) char *kept = xasprintf("; %ss do not", row->person);
	CLEANUP(xfree) char *value = NULL;
	CLEANUP(xfree) char *role = NULL;

	redactor_learn(values, str_of(row->line));
	redactor_learn(people, str_of(row->line));
	value = redacted(values, str_of(text));
	role = redacted(people, str_of(text));
	assert_memory_equal(value, "user-", 5);
	assert_non_null(strstr(value, " runs it from ip-"));
	assert_non_null(strstr(value, kept));
	assert_memory_equal(role, "R1 runs it from 192.0.2.1; ", 27);
	assert_non_null(strstr(role, kept));
}

static void
roles_are_numbered_in_order(void **state)
{
	CLEANUP(redactor_free)
	struct redactor *r = redactor_new(REDACT_VALUES | REDACT_PEOPLE, key);
	CLEANUP(xfree) char *out = NULL;

	redactor_learn(r, STR("Accepted password for zoe from x"));
	redactor_learn(r, STR("Accepted password for adam from x"));
	redactor_learn(r, STR("Accepted password for zoe from x"));
	out = redacted(r, STR("adam, zoe, /home"
			      "/zoe/x and root"));
	assert_string_equal(out, "R2, R1, /home"
				 "/R1/x and root");
}

static void
same_value_same_pseudonym(void **state)
{
	static const uint8_t other[REDACT_KEY_BYTES] = {9};
	CLEANUP(redactor_free)
	struct redactor *a = redactor_new(REDACT_VALUES, key);
	CLEANUP(redactor_free)
	struct redactor *b = redactor_new(REDACT_VALUES, other);
	CLEANUP(xfree) char *one = redacted(a, STR("192.0.2.1"));
	CLEANUP(xfree) char *mapped = redacted(a, STR("::ffff:192.0.2.1"));
	CLEANUP(xfree) char *two = redacted(a, STR("192.0.2.2"));
	CLEANUP(xfree) char *elsewhere = redacted(b, STR("192.0.2.1"));

	assert_string_equal(one, mapped);
	assert_string_not_equal(one, two);
	assert_string_not_equal(one, elsewhere);
}

/* Lines made to be slow: 1 MB that nearly is an address, a name, a query. */
static void
long_lines_take_no_time(void **state)
{
	static const char home[] = "/home"
				   "/";
	static const char *const pieces[] = {"1.", "a-", "a.", "::", "a@", "?a",
	    "=", " - ", "password", "eyJ.", home};

	for (size_t i = 0; i < ARRAY_SIZE(pieces); i++) {
		CLEANUP(redactor_free)
		struct redactor *r =
		    redactor_new(REDACT_VALUES | REDACT_PEOPLE, key);
		CLEANUP(buf_free) struct buf line = BUF_INIT;
		CLEANUP(buf_free) struct buf out = BUF_INIT;

		while (line.n < 1024 * 1024)
			buf_adds(&line, pieces[i]);
		redactor_learn(r, buf_str(&line));
		redactor_text(r, buf_str(&line), &out);
		assert_true(out.n > 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(roles_are_numbered_in_order),
	    cmocka_unit_test(same_value_same_pseudonym),
	    cmocka_unit_test(long_lines_take_no_time),
	};
	int failed = TABLE_RUN(texts, hides_values);

	failed += TABLE_RUN(persons, hides_people);
	return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
