/* SPDX-License-Identifier: MIT */
#include "recount/intern.h"

#include <stdio.h>

#include "table.h"

#define MANY 20000

static struct str
name_of(uint32_t i, char *text, size_t size)
{
	return (struct str){text, (size_t)snprintf(text, size, "name %u", i)};
}

static void
numbers_in_order_of_sight(void **state)
{
	CLEANUP(intern_free) struct intern *in = intern_new();
	char text[32];
	struct str first;

	assert_int_equal(intern_find(in, STR("name 0")), UINT32_MAX);
	for (uint32_t i = 0; i < MANY; i++)
		assert_int_equal(
		    intern_add(in, name_of(i, text, sizeof(text))), i);
	first = intern_get(in, 0);
	for (uint32_t i = 0; i < MANY; i++) {
		struct str s = name_of(i, text, sizeof(text));

		assert_int_equal(intern_add(in, s), i);
		assert_int_equal(intern_find(in, s), i);
		assert_true(str_eq(intern_get(in, i), s));
	}
	assert_int_equal(intern_count(in), MANY);
	assert_int_equal(intern_find(in, STR("name")), UINT32_MAX);
	/* What was lent has not moved while the table grew. */
	assert_ptr_equal(intern_get(in, 0).p, first.p);
}

static void
takes_any_bytes(void **state)
{
	CLEANUP(intern_free) struct intern *in = intern_new();
	CLEANUP(xfree) char *long_one = xcalloc(1, 300000);

	assert_int_equal(intern_add(in, STR("")), 0);
	assert_int_equal(intern_add(in, STR_NULL), 0);
	assert_int_equal(intern_add(in, STR("a\0b")), 1);
	assert_int_equal(intern_add(in, STR("a\0c")), 2);
	assert_int_equal(intern_add(in, (struct str){long_one, 300000}), 3);
	assert_int_equal(intern_get(in, 3).n, 300000);
	assert_int_equal(intern_bytes(in), 300006);
}

static void
starts_again_after_clear(void **state)
{
	CLEANUP(intern_free) struct intern *in = intern_new();

	intern_add(in, STR("a"));
	intern_add(in, STR("b"));
	intern_clear(in);
	assert_int_equal(intern_count(in), 0);
	assert_int_equal(intern_bytes(in), 0);
	assert_int_equal(intern_find(in, STR("a")), UINT32_MAX);
	assert_int_equal(intern_add(in, STR("b")), 0);
	assert_int_equal(intern_find(in, STR("a")), UINT32_MAX);
}

static void
maps_numbers(void **state)
{
	CLEANUP(u64map_free) struct u64map *m = u64map_new();
	bool new;

	assert_null(u64map_find(m, 0));
	for (uint64_t i = 0; i < MANY; i++) {
		/* 0 and the largest are keys like any other. */
		uint64_t *at = u64map_at(m, UINT64_MAX - i * i, i, &new);

		assert_true(new);
		assert_int_equal(*at, i);
	}
	for (uint64_t i = 0; i < MANY; i++) {
		*u64map_at(m, UINT64_MAX - i * i, 7, &new) += 1;
		assert_false(new);
		assert_int_equal(*u64map_find(m, UINT64_MAX - i * i), i + 1);
	}
	assert_int_equal(u64map_count(m), MANY);
	assert_null(u64map_find(m, 0));
	assert_int_equal(*u64map_at(m, 0, 9, NULL), 9);
}

/* They stand in stores: another value would make old stores unreadable. */
static void
hashes_never_change(void **state)
{
	assert_true(hash64("", 0) == UINT64_C(0x2d06800538d394c2));
	assert_true(hash64("recount", 7) == UINT64_C(0x59dd1ab9bc2be1eb));
	assert_true(
	    hash64_seed("recount", 7, 1) == UINT64_C(0xb6fbb7a39b104728));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(numbers_in_order_of_sight),
	    cmocka_unit_test(takes_any_bytes),
	    cmocka_unit_test(starts_again_after_clear),
	    cmocka_unit_test(maps_numbers),
	    cmocka_unit_test(hashes_never_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
