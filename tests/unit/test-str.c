/* SPDX-License-Identifier: MIT */
#include "recount/str.h"

#include "table.h"

static const struct cut_row {
	const char *name, *s, *head, *rest; /* rest NULL: no separator */
} cuts[] = {
    {"in the middle", "a:b:c", "a", "b:c"},
    {"at the start", ":b", "", "b"},
    {"at the end the rest is empty, not missing", "a:", "a", ""},
    {"no separator", "abc", "abc", NULL},
    {"nothing at all", "", "", NULL},
};

static void
cuts_at_first(void **state)
{
	const struct cut_row *row = *state;
	struct str head, rest = str_cut(str_of(row->s), ':', &head);

	assert_true(str_eq(head, str_of(row->head)));
	assert_int_equal(rest.p == NULL, row->rest == NULL);
	assert_true(str_eq(rest, str_of(row->rest)));
}

static const struct number_row {
	const char *name, *s;
	bool ok;
	uint64_t value;
} numbers[] = {
    {"zero", "0", true, 0},
    {"leading zeros", "007", true, 7},
    {"the largest", "18446744073709551615", true, UINT64_MAX},
    {"one too many", "18446744073709551616", false, 0},
    {"ten times too many", "184467440737095516150", false, 0},
    {"empty", "", false, 0},
    {"sign", "-1", false, 0},
    {"trailing space", "1 ", false, 0},
};

static void
reads_number(void **state)
{
	const struct number_row *row = *state;
	uint64_t value = 42;

	assert_int_equal(str_to_u64(str_of(row->s), &value), row->ok);
	assert_int_equal(value, row->ok ? row->value : 42);
}

static const struct find_row {
	const char *name, *s, *needle;
	ptrdiff_t at;
} finds[] = {
    {"at the start", "abcabc", "abc", 0},
    {"the first of two", "xabab", "ab", 1},
    {"at the very end", "xyz", "z", 2},
    {"not there", "abc", "d", -1},
    {"longer than the text", "ab", "abc", -1},
    {"in nothing", "", "a", -1},
    {"nothing is found at once", "abc", "", 0},
};

static void
finds_first(void **state)
{
	const struct find_row *row = *state;

	assert_int_equal(
	    str_find(str_of(row->s), str_of(row->needle)), row->at);
}

static const struct order_row {
	const char *name, *a, *b;
	int order;
} orders[] = {
    {"equal", "a", "a", 0},
    {"shorter first", "a", "ab", -1},
    {"longer last", "ab", "a", 1},
    {"bytes are unsigned", "\377", "a", 1},
    {"empty first", "", "a", -1},
};

static void
orders_bytes(void **state)
{
	const struct order_row *row = *state;
	int order = str_cmp(str_of(row->a), str_of(row->b));

	assert_int_equal((order > 0) - (order < 0), row->order);
}

static void
clamps(void **state)
{
	struct str s = STR(" \tabc \t");

	assert_true(str_eq(str_trim(s), STR("abc")));
	assert_true(str_eq(str_trim(STR("  ")), STR("")));
	assert_true(str_eq(str_skip(STR("abc"), 9), STR("")));
	assert_true(str_eq(str_sub(STR("abc"), 1, 9), STR("bc")));
	assert_true(str_eq(str_sub(STR("abc"), 9, 1), STR("")));
	assert_true(str_starts(STR("abc"), STR("ab")));
	assert_false(str_starts(STR("a"), STR("ab")));
	assert_true(str_ends(STR("abc"), STR("bc")));
	assert_true(str_ends(STR("abc"), STR("")));
	assert_false(str_ends(STR("c"), STR("bc")));
	assert_int_equal(str_skip(STR_NULL, 1).n, 0);
}

static void
buf_grows(void **state)
{
	CLEANUP(buf_free) struct buf b = BUF_INIT;
	CLEANUP(xfree) char *z = NULL;

	for (int i = 0; i < 1000; i++)
		buf_addc(&b, (char)('a' + i % 26));
	assert_int_equal(b.n, 1000);
	assert_int_equal(b.p[999], 'a' + 999 % 26);
	assert_int_equal(b.p[1000], '\0');
	buf_reset(&b);
	buf_addf(&b, "%0200d", 7); /* longer than what was reserved first */
	assert_int_equal(b.n, 200);
	assert_int_equal(b.p[199], '7');
	buf_reset(&b);
	buf_add(&b, "a\0b", 3);
	assert_true(str_eq(buf_str(&b), STR("a\0b")));
	z = buf_steal(&b);
	assert_int_equal(z[2], 'b');
	assert_null(b.p);
}

static void
steal_of_nothing_is_empty(void **state)
{
	struct buf b = BUF_INIT;
	CLEANUP(xfree) char *z = buf_steal(&b);

	assert_string_equal(z, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(clamps),
	    cmocka_unit_test(buf_grows),
	    cmocka_unit_test(steal_of_nothing_is_empty),
	};

	return TABLE_RUN(cuts, cuts_at_first) +
	       TABLE_RUN(numbers, reads_number) +
	       TABLE_RUN(finds, finds_first) + TABLE_RUN(orders, orders_bytes) +
	       cmocka_run_group_tests(tests, NULL, NULL);
}
