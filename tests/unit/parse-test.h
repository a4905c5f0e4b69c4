/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_TESTS_PARSE_TEST_H
#define RECOUNT_TESTS_PARSE_TEST_H

/* What the tests of parsers share. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "recount/parse.h"

#define assert_str(got, want)                                                  \
	do {                                                                   \
		struct str got_ = (got);                                       \
		CLEANUP(xfree) char *text_ = str_dup(got_);                    \
		assert_string_equal(text_, (want));                            \
	} while (0)

/* RFC 3339 for people who read the failing row. */
static inline void
assert_time(usec_t got, const char *want)
{
	char text[TIME_TEXT_MAX];

	if (got == USEC_NONE)
		assert_string_equal("no time", want);
	assert_string_equal(time_format_rfc3339(got, text), want);
}

/* Every string an event has lies where it may: in the line or in memory that
 * outlives it; the body always in the line. */
static inline void
assert_inside(struct str part, struct str whole)
{
	if (part.n == 0)
		return;
	assert_true(part.p >= whole.p);
	assert_true(part.p + part.n <= whole.p + whole.n);
}

/* One test per row, reported by the row's own name. */
#define RUN_ROWS(rows, function)                                               \
	do {                                                                   \
		struct CMUnitTest tests_[ARRAY_SIZE(rows)];                    \
		for (size_t i_ = 0; i_ < ARRAY_SIZE(rows); i_++)               \
			tests_[i_] = (struct CMUnitTest){                      \
			    .name = rows[i_].name,                             \
			    .test_func = (function),                           \
			    .initial_state = (void *)&rows[i_],                \
			};                                                     \
		failed += cmocka_run_group_tests(tests_, NULL, NULL);          \
	} while (0)

#endif
