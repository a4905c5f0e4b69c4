/* SPDX-License-Identifier: MIT */
#include "recount/utf8.h"

#include <stdio.h>

#include "table.h"

static const struct row {
	const char *name, *text, *printable, *json;
	unsigned columns; /* of the printable form */
} rows[] = {
    {"plain", "GET /a", "GET /a", "GET /a", 6},
    {"umlauts stay", "gr\303\274n", "gr\303\274n", "gr\303\274n", 4},
    {"tab and newline", "a\tb\nc\rd", "a\\tb\\nc\\x0dd", "a\\tb\\nc\\rd", 12},
    {"an escape sequence", "\033[31mred", "\\x1b[31mred", "\\u001b[31mred", 11},
    {"DEL", "\177", "\\x7f", "\\u007f", 4},
    {"C1 as a character", "\302\233", "\\u{009b}", "\\u009b", 8},
    {"C1 as a byte", "\233", "\\x9b", "\\udc9b", 4},
    {"right-to-left override", "\342\200\256", "\\u{202e}", "\\u202e", 8},
    {"isolate", "\342\201\246", "\\u{2066}", "\\u2066", 8},
    {"zero width space", "\342\200\213", "\\u{200b}", "\\u200b", 8},
    {"line separator", "\342\200\250", "\\u{2028}", "\\u2028", 8},
    {"tag character", "\363\240\201\201", "\\u{e0041}", "\\udb40\\udc41", 9},
    {"quotes and backslashes", "\"\\", "\"\\", "\\\"\\\\", 2},
    {"too long a form of /", "\300\257", "\\xc0\\xaf", "\\udcc0\\udcaf", 8},
    {"a surrogate", "\355\262\200", "\\xed\\xb2\\x80", "\\udced\\udcb2\\udc80",
	12},
    {"beyond Unicode", "\364\220\200\200", "\\xf4\\x90\\x80\\x80",
	"\\udcf4\\udc90\\udc80\\udc80", 16},
    {"cut off", "a\342\202", "a\\xe2\\x82", "a\\udce2\\udc82", 9},
    {"wide", "\346\227\245\346\234\254", "\346\227\245\346\234\254",
	"\346\227\245\346\234\254", 4},
    {"emoji", "\360\237\224\245", "\360\237\224\245", "\360\237\224\245", 2},
    {"combining", "e\314\201", "e\314\201", "e\314\201", 1},
    {"empty", "", "", "", 0},
};

static void
makes_printable(void **state)
{
	const struct row *row = *state;
	CLEANUP(buf_free) struct buf b = BUF_INIT;
	CLEANUP(buf_free) struct buf again = BUF_INIT;

	utf8_add_printable(&b, str_of(row->text));
	assert_true(str_eq(buf_str(&b), str_of(row->printable)));
	assert_int_equal(utf8_columns(buf_str(&b)), row->columns);
	/* What is safe is left alone. */
	utf8_add_printable(&again, buf_str(&b));
	assert_true(str_eq(buf_str(&again), buf_str(&b)));
}

static void
makes_json(void **state)
{
	const struct row *row = *state;
	CLEANUP(buf_free) struct buf b = BUF_INIT;

	buf_adds(&b, "<");
	utf8_add_json(&b, str_of(row->text));
	assert_int_equal(b.p[0], '<');
	assert_true(str_eq(str_skip(buf_str(&b), 1), str_of(row->json)));
}

/* The bytes that add_json() was given, by the rule of its contract. */
static void
decode(struct str s, struct buf *out)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned code;
		char c = s.p[i];

		if (c != '\\') {
			buf_addc(out, c);
			continue;
		}
		c = s.p[++i];
		if (c != 'u') {
			buf_addc(out, c == 'n'   ? '\n'
				      : c == 't' ? '\t'
				      : c == 'r' ? '\r'
						 : c);
			continue;
		}
		assert_int_equal(sscanf(s.p + i + 1, "%4x", &code), 1);
		i += 4;
		if (code >= 0xdc80 && code <= 0xdcff)
			buf_addc(out, (char)(code & 0xff));
		else
			buf_addc(out, (char)code); /* no other in the test */
	}
}

static void
json_keeps_every_byte(void **state)
{
	CLEANUP(buf_free) struct buf b = BUF_INIT;
	CLEANUP(buf_free) struct buf back = BUF_INIT;
	char all[3 * 256];

	for (int i = 0; i < 256; i++) {
		/* Alone, and where a sequence might have started. */
		all[3 * i] = (char)i;
		all[3 * i + 1] = (char)(255 - i);
		all[3 * i + 2] = 'x';
	}
	/* Pairs that are a valid two-byte form are no case of this test. */
	for (int i = 0; i + 1 < 3 * 256; i++) {
		if (utf8_valid((struct str){all + i, 2}) == 2)
			all[i + 1] = 'y';
	}
	utf8_add_json(&b, (struct str){all, sizeof(all)});
	decode(buf_str(&b), &back);
	assert_int_equal(back.n, sizeof(all));
	assert_memory_equal(back.p, all, sizeof(all));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(json_keeps_every_byte),
	};

	return TABLE_RUN(rows, makes_printable) + TABLE_RUN(rows, makes_json) +
	       cmocka_run_group_tests(tests, NULL, NULL);
}
