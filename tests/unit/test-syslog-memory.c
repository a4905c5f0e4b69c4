/* SPDX-License-Identifier: MIT */
#include "parse-test.h"

#include <stdio.h>

/*
 * The syslog parser remembers how the line before spelled its time and host.
 * Whatever it remembers, each line must be read as one that comes alone is.
 */

static uint64_t seed;

static unsigned
pick(unsigned n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % n;
}

#define PICK(list) list[pick(ARRAY_SIZE(list))]

/* A line made of pieces that fit together more often than not. */
static size_t
make_line(char *line, size_t size)
{
	static const char *const priorities[] = {"", "", "", "<30>", "<13>1 "};
	/* The clocks of Berlin go back, and forward; the year ends. */
	static const char *const dates[] = {"Oct 25 ", "Mar 29 ", "Dec 31 ",
	    "Jan  1 ", "Feb 29 ", "Oct 25 2026 ", "2026-10-25T", "2026-03-29T",
	    "2026-10-25 ", "2026/10/25 "};
	static const char *const minutes[] = {"00:59:", "01:59:", "02:00:",
	    "02:30:", "02:59:", "03:00:", "23:59:", "24:00:", "2:00:"};
	static const char *const fractions[] = {"", "", "", ".5", ".123",
	    ",123", ".123456", ".1234567", ".", ".12a"};
	static const char *const zones[] = {"", "", "", "Z", "+01:00", "+0100",
	    "+01", " 2026", " 2025 ", " UTC", " CET", "-08:00", ":"};
	static const char *const words[] = {" ", " ", " ", "  ", "\t", ": ",
	    " web1 ", " web1 ", " web1 ", " web1\t", " web[1 ",
	    " web2:", " web1.example.net ", " user.notice ", " local0.err ",
	    " 2026 "};
	static const char *const tags[] = {"sshd[12]: ", "sshd[x y]: ",
	    "sshd: ", "kernel: ", "sshd[12] ", "sshd[123456789012345678]: ",
	    "sshd[1234567890123456789]: ", "x] y]: ", "daemon.warn x: ", "no "};

	return (size_t)snprintf(line, size, "%s%s%s%02u%s%s%s%smessage",
	    PICK(priorities), PICK(dates), PICK(minutes),
	    pick(4) ? pick(60) : pick(70), PICK(fractions), PICK(zones),
	    PICK(words), PICK(tags));
}

static void
as_if_alone(void **state)
{
	CLEANUP(parsers_free) struct parsers *ps = parsers_new();
	const struct parser *p = parsers_find(ps, STR("syslog"));
	struct parse_state st = {.seen = USEC_NONE, .last = USEC_NONE};
	const struct zone *zones[2] = {zone_utc()};
	unsigned read = 0, same = 0;
	usec_t seen[3] = {USEC_NONE};
	char line[2][200];
	size_t n = 0;

	(void)state;
	assert_int_equal(zone_find(STR("Europe/Berlin"), &zones[1]), 0);
	time_parse(STR("2026-10-25T01:30:00Z"), 0, zone_utc(), &seen[1]);
	time_parse(STR("2026-12-31T22:00:30Z"), 0, zone_utc(), &seen[2]);
	for (unsigned round = 0; round < 300000; round++) {
		struct log_event a, b;
		struct parse_state fresh;
		enum parse_result ra, rb;
		struct str s;

		/* Often the line before with another second. */
		if (n == 0 || pick(3) == 0)
			n = make_line(line[0], sizeof(line[0]));
		else
			for (size_t i = 0; i < n; i++)
				if (line[0][i] == ':' && pick(2) && i + 2 < n)
					line[0][i + 2] = (char)('0' + pick(10));
		if (pick(50) == 0) {
			st.seen = seen[pick(3)];
			st.zone = zones[pick(2)];
		}
		memcpy(line[1], line[0], n);
		s = (struct str){line[1], n};
		fresh = (struct parse_state){
		    .zone = st.zone, .seen = st.seen, .last = st.last};
		same += st.time.n_head > 0;
		ra = parser_parse(p, s, &st, &a);
		rb = parser_parse(p, s, &fresh, &b);
		if (ra != rb)
			fail_msg("%.*s", STR_ARG(s));
		if (ra != PARSE_OK)
			continue;
		read++;
		if (a.timestamp != b.timestamp || a.flags != b.flags ||
		    a.precision != b.precision || a.pid != b.pid ||
		    a.severity != b.severity || !str_eq(a.host, b.host) ||
		    !str_eq(a.identifier, b.identifier) ||
		    !str_eq(a.body, b.body))
			fail_msg("%.*s", STR_ARG(s));
	}
	assert_in_range(read, 30000, 300000);
	assert_in_range(same, 30000, 300000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(as_if_alone)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
