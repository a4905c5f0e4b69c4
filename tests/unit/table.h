/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_TESTS_TABLE_H
#define RECOUNT_TESTS_TABLE_H

/* cmocka wants these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "recount/mem.h"

/*
 * Run function once per row of a static table whose rows begin with their
 * name; the row arrives in *state and is reported by that name.  The value is
 * the number of rows that failed.
 */
#define TABLE_RUN(rows, function)                                              \
	({                                                                     \
		struct CMUnitTest tests_[ARRAY_SIZE(rows)];                    \
                                                                               \
		for (size_t i_ = 0; i_ < ARRAY_SIZE(rows); i_++)               \
			tests_[i_] = (struct CMUnitTest){                      \
			    .name = (rows)[i_].name,                           \
			    .test_func = function,                             \
			    .initial_state = (void *)&(rows)[i_],              \
			};                                                     \
		_cmocka_run_group_tests(                                       \
		    #rows, tests_, ARRAY_SIZE(rows), NULL, NULL);              \
	})

#endif
