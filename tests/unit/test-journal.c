/* SPDX-License-Identifier: MIT */
/*
 * Journals made by systemd's own tools from export text, read back: all
 * entries, all fields, each once, whatever state the files are in.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* setjmp and friends are cmocka's */
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "recount/source.h"

#define NOON ((usec_t)1772625600 * USEC_PER_SEC)

static char dir[64];

static const char *
path_of(const char *name)
{
	static char path[8][128];
	static unsigned turn;
	char *p = path[turn++ % 8];

	snprintf(p, sizeof(path[0]), "%s/%s", dir, name);
	return p;
}

static void
shell(const char *command)
{
	char *all = xasprintf("cd %s && { %s; }", dir, command);

	assert_int_equal(system(all), 0);
	xfree(all);
}

/* Append what is in text (export format) to the journal file `name`. */
static void
make(const char *name, const struct buf *text)
{
	CLEANUP(xfree) char *command = NULL;
	FILE *f = fopen(path_of("in"), "w");

	assert_int_equal(fwrite(text->p, 1, text->n, f), text->n);
	fclose(f);
	command = xasprintf("PATH=$PATH:/usr/lib/systemd:/lib/systemd "
			    "systemd-journal-remote -o %s in 2> log || "
			    "{ cat log; false; }",
	    name);
	shell(command);
}

static void
add_head(struct buf *text, usec_t realtime, const char *boot)
{
	buf_addf(text,
	    "__REALTIME_TIMESTAMP=%lld\n__MONOTONIC_TIMESTAMP=%lld\n"
	    "_BOOT_ID=%s\n",
	    (long long)realtime, (long long)(realtime - NOON + USEC_PER_DAY),
	    boot);
}

#define BOOT "0123456789abcdef0123456789abcdef"

/* n entries, step apart, that say "NAME 0", "NAME 1", … */
static void
make_many(const char *name, const char *says, int n, usec_t first, usec_t step)
{
	CLEANUP(buf_free) struct buf text = BUF_INIT;

	for (int i = 0; i < n; i++) {
		add_head(&text, first + i * step, BOOT);
		buf_addf(&text, "_HOSTNAME=web1\nPRIORITY=6\nMESSAGE=%s %d\n\n",
		    says, i);
	}
	make(name, &text);
}

/* What an entry says, from its raw form. */
static struct str
message_of(struct str raw)
{
	struct str line;

	while (raw.n > 0) {
		raw = str_cut(raw, '\n', &line);
		if (str_starts(line, STR("MESSAGE=")))
			return str_skip(line, 8);
	}
	return STR_NULL;
}

/* All messages, a newline behind each; "?" at its end: the entry is not what
 * was written; "!": damage. */
static size_t
read_all(struct journal *j, struct buf *out)
{
	struct journal_entry e;
	struct reterr err;
	size_t n = 0;
	int r;

	while ((r = journal_next(j, &e, &err)) != 0) {
		if (r < 0) {
			assert_int_equal(r, -EBADMSG);
			buf_adds(out, "!\n");
			continue;
		}
		buf_add_str(out, message_of(e.raw));
		buf_adds(out, e.cut ? "?\n" : "\n");
		n++;
	}
	return n;
}

static struct journal *
open_files(const char *a, const char *b)
{
	const char *paths[2] = {path_of(a), b != NULL ? path_of(b) : NULL};
	struct journal *j;

	assert_int_equal(
	    journal_open_files(paths, b != NULL ? 2 : 1, &j, NULL), 0);
	return j;
}

static void
export_form(void **state)
{
	static const char fields[] =
	    "_HOSTNAME=web1\nPRIORITY=3\nMESSAGE=caf\xc3\xa9\tau lait = good\n"
	    "LINES\n\x03\0\0\0\0\0\0\0a\nb\n"
	    "COLOUR\n\x05\0\0\0\0\0\0\0\x1b[31m\n"
	    "LATIN\n\x04\0\0\0\0\0\0\0"
	    "caf\xe9\nEMPTY=\n";
	CLEANUP(journal_free) struct journal *j = NULL;
	CLEANUP(buf_free) struct buf text = BUF_INIT, want = BUF_INIT;
	struct journal_entry e;

	add_head(&text, NOON, BOOT);
	buf_add(&text, fields, sizeof(fields) - 1);
	buf_addc(&text, '\n');
	make("a.journal", &text);
	j = open_files("a.journal", NULL);
	assert_int_equal(journal_next(j, &e, NULL), 1);
	buf_addf(&want, "__CURSOR=%.*s\n", STR_ARG(e.cursor));
	add_head(&want, NOON, BOOT);
	buf_add(&want, fields, sizeof(fields) - 1);
	assert_int_equal(e.raw.n, want.n);
	assert_memory_equal(e.raw.p, want.p, want.n);
	assert_int_equal(e.realtime, NOON);
	assert_int_equal(e.monotonic, USEC_PER_DAY);
	assert_int_equal(e.seqnum, 1);
	assert_int_equal(strlen(e.seqnum_id), 32);
	assert_false(e.cut);
	assert_int_equal(journal_next(j, &e, NULL), 0);
}

static void
same_as_journalctl(void **state)
{
	CLEANUP(journal_free) struct journal *j = NULL;
	struct journal_entry e;
	FILE *f;

	make_many("a.journal", "a", 500, NOON, 1000);
	j = open_files("a.journal", NULL);
	f = fopen(path_of("got"), "w");
	while (journal_next(j, &e, NULL) > 0) {
		fwrite(e.raw.p, 1, e.raw.n, f);
		fputc('\n', f);
	}
	fclose(f);
	shell("journalctl -q -o export --file=a.journal > want; cmp got want");
}

static void
goes_on_after_a_cursor(void **state)
{
	CLEANUP(journal_free) struct journal *j = NULL;
	CLEANUP(buf_free) struct buf cursor = BUF_INIT, got = BUF_INIT;
	struct journal_entry e;

	make_many("a.journal", "a", 10, NOON, 1000);
	j = open_files("a.journal", NULL);
	for (int i = 0; i < 7; i++)
		assert_int_equal(journal_next(j, &e, NULL), 1);
	buf_add_str(&cursor, e.cursor);
	journal_free(STEAL(j));

	j = open_files("a.journal", NULL);
	assert_int_equal(journal_seek_after(j, buf_str(&cursor)), 1);
	read_all(j, &got);
	assert_string_equal(got.p, "a 7\na 8\na 9\n");
	journal_free(STEAL(j));

	/* An entry that is not there: all that is there. */
	make_many("b.journal", "b", 2, NOON, 1000);
	j = open_files("b.journal", NULL);
	assert_int_equal(journal_seek_after(j, buf_str(&cursor)), 0);
	buf_reset(&got);
	read_all(j, &got);
	assert_string_equal(got.p, "b 0\nb 1\n");
	assert_int_equal(journal_seek_after(j, STR("nonsense")), 0);
	assert_int_equal(read_all(j, &got), 2);
}

static void
clocks_hide_nothing(void **state)
{
	CLEANUP(journal_free) struct journal *j = NULL;
	CLEANUP(buf_free) struct buf got = BUF_INIT;

	/* Two machines; the clock of the second is set back half-way. */
	make_many("a.journal", "a", 100, NOON, USEC_PER_SEC);
	make_many("b.journal", "b", 50, NOON, USEC_PER_SEC);
	make_many("b.journal", "b", 50, NOON - USEC_PER_HOUR, USEC_PER_SEC);
	j = open_files("a.journal", "b.journal");
	assert_int_equal(read_all(j, &got), 200);
	assert_true(
	    str_starts(buf_str(&got), STR("a 0\nb 0\na 1\nb 1\na 2\nb 2\n")));
}

static void
copies_count_once(void **state)
{
	CLEANUP(journal_free) struct journal *j = NULL;
	CLEANUP(buf_free) struct buf got = BUF_INIT;

	make_many("a.journal", "a", 5, NOON, 1000);
	shell("cp a.journal copy.journal");
	make_many("a.journal", "more", 1, NOON + USEC_PER_SEC, 1000);
	j = open_files("copy.journal", "a.journal");
	read_all(j, &got);
	assert_string_equal(got.p, "a 0\na 1\na 2\na 3\na 4\nmore 0\n");
}

static void
large_fields_are_cut(void **state)
{
	CLEANUP(journal_free) struct journal *j = NULL;
	CLEANUP(buf_free) struct buf text = BUF_INIT;
	CLEANUP(xfree) char *x = xmalloc(600000);
	struct journal_entry e;

	memset(x, 'x', 600000);
	add_head(&text, NOON, BOOT);
	buf_adds(&text, "PRIORITY=2\nDUMP=");
	buf_add(&text, x, 600000);
	buf_adds(&text, "\nMESSAGE=dumped\nLAST=1\n\n");
	add_head(&text, NOON + 1, BOOT);
	buf_adds(&text, "PRIORITY=2\nMESSAGE=");
	buf_add(&text, x, 600000);
	buf_adds(&text, "\nLAST=1\n\n");
	make("a.journal", &text);
	j = open_files("a.journal", NULL);
	assert_int_equal(journal_next(j, &e, NULL), 1);
	assert_true(e.cut);
	assert_true(str_find(e.raw, STR("MESSAGE=dumped\nLAST=1\n")) > 0);
	assert_true(str_find(e.raw, STR("DUMP")) < 0);
	assert_int_equal(journal_next(j, &e, NULL), 1);
	assert_true(e.cut);
	assert_true(message_of(e.raw).n > JOURNAL_ENTRY_BYTES_MAX / 4);
	assert_true(str_find(e.raw, STR("\nLAST=1\n")) > 0);
	assert_true(e.raw.n <= JOURNAL_ENTRY_BYTES_MAX);
}

/* Where the entries lie in a file whose messages begin with "a ". */
static void
find_entries(const char *name, off_t *ret_first, off_t *ret_last)
{
	static char all[32 * 1024 * 1024];
	const char needle[] = "MESSAGE=a ", *p = all;
	FILE *f = fopen(path_of(name), "r");
	size_t n = fread(all, 1, sizeof(all), f);

	fclose(f);
	*ret_first = *ret_last = 0;
	while ((p = memmem(p, n - (size_t)(p - all), needle, 10)) != NULL) {
		if (*ret_first == 0)
			*ret_first = p - all;
		*ret_last = p - all;
		p++;
	}
	assert_true(*ret_last > *ret_first);
}

/* Overwrite some bytes somewhere in the file, again and again: whatever comes
 * must be true, must come once, must end, and must not be silent. */
static void
damage_is_jumped_over(void **state)
{
	unsigned long seed = 7;
	unsigned told = 0, spoilt = 0;
	off_t first, last;

	make_many("good.journal", "a", 2000, NOON, 20000);
	find_entries("good.journal", &first, &last);
	for (int round = 0; round < 60; round++) {
		CLEANUP(journal_free) struct journal *j = NULL;
		CLEANUP(buf_free) struct buf got = BUF_INIT;
		struct str rest, line;
		char junk[64];
		bool seen[2000] = {false};
		size_t n, lost;
		int fd;

		shell("cp good.journal bad.journal");
		fd = open(path_of("bad.journal"), O_RDWR);
		memset(junk, round, sizeof(junk));
		for (int i = 0; i < round / 6 + 1; i++) {
			seed = seed * 6364136223846793005 + 1442695040888963407;
			assert_int_equal(
			    pwrite(fd, junk, sizeof(junk),
				first + (off_t)(seed >> 33) % (last - first)),
			    sizeof(junk));
		}
		close(fd);
		j = open_files("bad.journal", NULL);
		n = read_all(j, &got);
		assert_true(n <= 2000);
		for (rest = buf_str(&got); rest.n > 0;) {
			uint64_t number;

			rest = str_cut(rest, '\n', &line);
			if (str_eq(line, STR("!")))
				continue;
			if (str_ends(line, STR("?"))) {
				spoilt++;
				continue;
			}
			assert_true(str_starts(line, STR("a ")));
			assert_true(str_to_u64(str_skip(line, 2), &number));
			assert_true(number < 2000);
			assert_false(seen[number]);
			seen[number] = true;
		}
		lost = 2000 - n;
		if (str_find(buf_str(&got), STR("!\n")) >= 0)
			told++;
		else
			assert_int_equal(lost, 0);
		if (str_find(buf_str(&got), STR("?\n")) >= 0)
			assert_true(str_find(buf_str(&got), STR("!\n")) >= 0);
	}
	/* The test would be worth nothing if nothing was hit. */
	assert_true(told > 5 && spoilt > 5);
}

static void
says_why(void **state)
{
	static const struct {
		const char *make, *want;
		int code;
	} rows[] = {
	    {"rm -f f", "No such file", -ENOENT},
	    {": > f", "is empty", -EBADMSG},
	    {"echo text > f", "is not a journal file", -EBADMSG},
	    {"head -c 100 good.journal > f", "is cut off", -ENODATA},
	    {"head -c 100000 good.journal > f", "is cut off: 100000 of",
		-ENODATA},
	    {"cp good.journal f; printf '\\377\\377\\377\\377' | "
	     "dd of=f bs=1 seek=12 conv=notrunc status=none",
		"uses a feature", -EPROTONOSUPPORT},
	    {"cp good.journal f", "", 0},
	};

	make_many("good.journal", "a", 20, NOON, 1000);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct reterr err = {""};

		shell(rows[i].make);
		assert_int_equal(
		    journal_file_check(path_of("f"), &err), rows[i].code);
		if (rows[i].want[0] == '\0')
			assert_string_equal(err.text, "");
		else if (strstr(err.text, rows[i].want) == NULL)
			fail_msg("%s: %s", rows[i].make, err.text);
	}
}

static void
live_folder(void **state)
{
	CLEANUP(journal_free) struct journal *j = NULL;
	CLEANUP(buf_free) struct buf got = BUF_INIT, cursor = BUF_INIT;
	struct journal_entry e;

	shell("mkdir live");
	assert_int_equal(journal_open_directory(path_of("live"), &j, NULL), 0);
	assert_true(journal_fd(j) >= 0);
	assert_int_equal(journal_seek_head(j), 0);
	assert_int_equal(journal_next(j, &e, NULL), 0);
	make_many("live/a.journal", "a", 2, NOON, 1000);
	while (journal_process(j) > 0)
		read_all(j, &got);
	assert_string_equal(got.p, "a 0\na 1\n");
	buf_reset(&got);
	make_many("live/a.journal", "b", 2, NOON + USEC_PER_SEC, 1000);
	while (journal_process(j) > 0) {
		while (journal_next(j, &e, NULL) > 0) {
			buf_add_str(&got, message_of(e.raw));
			buf_reset(&cursor);
			buf_add_str(&cursor, e.cursor);
		}
	}
	assert_string_equal(got.p, "b 0b 1");
	journal_free(STEAL(j));

	make_many("live/a.journal", "c", 1, NOON + USEC_PER_MIN, 1000);
	assert_int_equal(journal_open_directory(path_of("live"), &j, NULL), 0);
	assert_int_equal(journal_seek_after(j, buf_str(&cursor)), 1);
	buf_reset(&got);
	read_all(j, &got);
	assert_string_equal(got.p, "c 0\n");
}

/* All that is there now, as read_all(). */
static void
look(struct journal *j, struct buf *out)
{
	assert_true(journal_process(j) >= 0);
	read_all(j, out);
}

static void
late_entries_in_a_live_folder(void **state)
{
	CLEANUP(journal_free) struct journal *j = NULL;
	CLEANUP(buf_free) struct buf got = BUF_INIT;

	shell("mkdir live");
	make_many("live/a.journal", "a", 2, NOON + USEC_PER_HOUR, 1000);
	assert_int_equal(journal_open_directory(path_of("live"), &j, NULL), 0);
	look(j, &got);
	/* Another machine's entries arrive, an hour older than those given. */
	make_many("live/b.journal", "b", 2, NOON, 1000);
	look(j, &got);
	make_many("live/b.journal", "late", 1, NOON - USEC_PER_HOUR, 1000);
	make_many("live/a.journal", "a again", 1, NOON, 1000);
	look(j, &got);
	assert_string_equal(got.p, "a 0\na 1\nb 0\nb 1\nlate 0\na again 0\n");
}

static void
renamed_and_deleted_while_live(void **state)
{
	CLEANUP(journal_free) struct journal *j = NULL;
	CLEANUP(buf_free) struct buf got = BUF_INIT;

	shell("mkdir live");
	make_many("live/a.journal", "a", 2, NOON, 1000);
	assert_int_equal(journal_open_directory(path_of("live"), &j, NULL), 0);
	look(j, &got);
	make_many("live/a.journal", "more", 1, NOON + 5000, 1000);
	shell("mv live/a.journal live/a@1.journal");
	make_many("live/a.journal", "new", 1, NOON + 6000, 1000);
	look(j, &got);
	make_many("live/a@1.journal", "last", 1, NOON + 7000, 1000);
	look(j, &got);
	shell("rm live/a@1.journal");
	make_many("live/a.journal", "new", 1, NOON + 8000, 1000);
	for (int i = 0; i < 3; i++)
		look(j, &got);
	assert_string_equal(got.p, "a 0\na 1\nmore 0\nnew 0\nlast 0\nnew 0\n");
	shell("cp live/a.journal live/copy.journal; echo x > live/c.journal");
	buf_reset(&got);
	for (int i = 0; i < 5; i++)
		look(j, &got);
	assert_string_equal(got.p, "!\n"); /* c.journal is none: told once */
}

static void
damage_while_live(void **state)
{
	CLEANUP(journal_free) struct journal *j = NULL;
	CLEANUP(buf_free) struct buf got = BUF_INIT, cursor = BUF_INIT;
	struct journal_entry e;
	off_t first, last;

	shell("mkdir live");
	make_many("live/a.journal", "a", 2000, NOON, 20000);
	assert_int_equal(journal_open_directory(path_of("live"), &j, NULL), 0);
	for (int i = 0; i < 100; i++)
		assert_int_equal(journal_next(j, &e, NULL), 1);
	buf_add_str(&cursor, e.cursor);
	journal_free(STEAL(j));
	find_entries("live/a.journal", &first, &last);
	for (int i = 0; i < 2000; i++) {
		int fd = open(path_of("live/a.journal"), O_RDWR);
		off_t at = first + (last - first) / 2 + i * 2;

		assert_int_equal(pwrite(fd, "\xff\xff", 2, at), 2);
		close(fd);
	}
	assert_int_equal(journal_open_directory(path_of("live"), &j, NULL), 0);
	assert_int_equal(journal_seek_after(j, buf_str(&cursor)), 1);
	for (int i = 0; i < 3; i++)
		look(j, &got);
	assert_true(str_starts(buf_str(&got), STR("a 100\na 101\n")));
	assert_true(str_find(buf_str(&got), STR("!\n")) > 0);
	buf_reset(&got);
	/* It goes on with what is written now, and ends telling. */
	make_many("live/b.journal", "new", 1, NOON + USEC_PER_HOUR, 1000);
	look(j, &got);
	assert_string_equal(got.p, "new 0\n");
}

static int
begin(void **state)
{
	strcpy(dir, "/tmp/recount-journal-XXXXXX");
	return mkdtemp(dir) == NULL;
}

static int
end(void **state)
{
	shell("rm -rf \"$PWD\"");
	return 0;
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(export_form),
	    CASE(same_as_journalctl),
	    CASE(goes_on_after_a_cursor),
	    CASE(clocks_hide_nothing),
	    CASE(copies_count_once),
	    CASE(large_fields_are_cut),
	    CASE(damage_is_jumped_over),
	    CASE(says_why),
	    CASE(live_folder),
	    CASE(late_entries_in_a_live_folder),
	    CASE(renamed_and_deleted_while_live),
	    CASE(damage_while_live),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
