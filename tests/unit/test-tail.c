/* SPDX-License-Identifier: MIT */
/*
 * Each behaviour of a log on disk that the tail has to see through, with real
 * files, real inotify and real rotation, and what must come of it.
 */
#include "tail-world.h"

static int
setup(void **state)
{
	*state = world_new();
	return 0;
}

static int
teardown(void **state)
{
	world_free(*state);
	return 0;
}

static void
follows_growth(void **state)
{
	struct world *w = *state;

	world_append(w, "a.log", "one\ntwo\r\nthr");
	world_start(w, "a.log", false);
	world_run(w);
	world_expect(&w->lines, "one\ntwo\r\n");
	world_append(w, "a.log", "ee\n");
	world_run(w);
	world_expect(&w->lines, "three\n");
	world_expect(&w->story, "open a.log 0\n");
	assert_int_equal(w->kept[0]->position.offset, 15);
}

static void
starts_at_the_end(void **state)
{
	struct world *w = *state;

	world_append(w, "a.log", "old\nhalf");
	world_start(w, "a.log", true);
	world_run(w);
	world_append(w, "a.log", " a line\nnew\n");
	world_run(w);
	world_expect(&w->lines, "half a line\nnew\n");
}

static void
appears_later(void **state)
{
	struct world *w = *state;

	world_start(w, "sub/a.log", true);
	world_run(w);
	world_shell(w, "mkdir sub");
	world_append(w, "sub/a.log", "one\n");
	world_poll(w, 1);
	world_expect(&w->lines, "one\n");
	world_append(w, "sub/a.log", "two\n");
	world_run(w);
	world_expect(&w->lines, "two\n");
}

static void
renamed_then_created(void **state)
{
	struct world *w = *state;

	world_append(w, "a.log", "1\n");
	world_start(w, "a.log", false);
	world_run(w);
	world_rename(w, "a.log", "a.log.1");
	world_append(w, "a.log.1", "2\n"); /* the writer has it open still */
	world_append(w, "a.log", "3\n");
	world_run(w);
	world_expect(&w->lines, "1\n2\n3\n");
	world_append(w, "a.log.1", "late\n");
	world_run(w);
	world_expect(&w->lines, "late\n");
	world_poll(w, 200);
	world_expect(&w->story, "open a.log 0\nopen a.log 0\nclose a.log\n");
}

static void
rest_of_a_rotated_file(void **state)
{
	struct world *w = *state;

	world_append(w, "a.log", "1\nrest");
	world_start(w, "a.log", false);
	world_run(w);
	world_rename(w, "a.log", "a.log.1");
	world_append(w, "a.log", "2\n");
	world_poll(w, 1);
	world_expect(&w->lines, "1\n2\n");
	world_poll(w, 10);
	world_expect(&w->lines, "rest[open]\n");
	world_poll(w, 200);
	world_expect(&w->lines, "");
}

static void
deleted_and_created_again(void **state)
{
	struct world *w = *state;

	world_append(w, "a.log", "1\nrest");
	world_start(w, "a.log", false);
	world_run(w);
	unlink(world_path(w, "a.log"));
	world_poll(w, 20);
	world_expect(&w->lines, "1\nrest[open]\n");
	world_append(w, "a.log", "2\n");
	world_run(w);
	world_expect(&w->lines, "2\n");
	world_expect(&w->story, "open a.log 0\nclose a.log\nopen a.log 0\n");
}

static void
copied_and_truncated(void **state)
{
	struct world *w = *state;

	world_append(w, "a.log", "1\n2\n");
	world_start(w, "a.log", false);
	world_run(w);
	w->hold_after = 1; /* back-pressure: line 3 is not read in time */
	w->lines_n = 0;
	world_append(w, "a.log", "3\n4\n5\n");
	world_run(w);
	world_shell(w, "cp a.log a.log.1 && : > a.log");
	world_append(w, "a.log", "6\n");
	world_run(w);
	world_expect(&w->lines, "1\n2\n3\n");
	w->hold_after = 0;
	tail_resume(w->tail);
	world_run(w);
	world_expect(&w->lines, "4\n5\n6\n");
	world_expect(&w->story,
	    "open a.log 0\ngap a.log.1: copied and truncated\n"
	    "open a.log 0\nclose a.log.1\n");
}

static void
truncated_and_written_again(void **state)
{
	struct world *w = *state;

	world_append(w, "a.log", "first\n");
	world_start(w, "a.log", false);
	world_run(w);
	/* as long as before, and longer: only the content tells */
	world_shell(w, "printf 'other\\n' > a.log");
	world_run(w);
	world_shell(w, "printf 'third\\nand more\\n' > a.log");
	world_run(w);
	world_expect(&w->lines, "first\nother\nthird\nand more\n");
	assert_non_null(strstr(w->story.p, "gap a.log: truncated or rewrit"));
}

static void
written_with_a_hole(void **state)
{
	struct world *w = *state;
	int fd;

	world_start(w, "a.log", false);
	fd = open(world_path(w, "a.log"), O_WRONLY | O_CREAT, 0644);
	for (int i = 0; i < 20000; i++)
		assert_int_equal(write(fd, "line\n", 5), 5);
	world_poll(w, 1);
	assert_int_equal(w->lines_n, 20000);
	buf_reset(&w->lines);
	assert_int_equal(truncate(world_path(w, "a.log"), 0), 0);
	world_run(w);
	assert_int_equal(write(fd, "next\n", 5), 5); /* at its old place */
	world_run(w);
	world_expect(&w->lines, "next\n");
	close(fd);
}

static void
rotated_while_down(void **state)
{
	struct world *w = *state;

	world_append(w, "a.log", "1\n");
	world_start(w, "a.log", false);
	world_run(w);
	world_stop(w);
	world_append(w, "a.log", "2\n");
	world_shell(w, "printf 'ancient\\n' | gzip > a.log.4.gz");
	world_rename(w, "a.log", "a.log.3");
	world_shell(w, "gzip a.log.3");
	world_shell(w, "printf '3\\n' | gzip > a.log.2.gz");
	world_append(w, "a.log.1", "4\n");
	world_append(w, "a.log", "5\n");
	world_start(w, "a.log", false);
	world_run(w);
	world_expect(&w->lines, "1\n2\n3\n4\n5\n");
	world_stop(w);
	world_start(w, "a.log", false);
	world_poll(w, 2);
	world_expect(&w->lines, "");
	world_append(w, "a.log", "6\n");
	world_run(w);
	world_expect(&w->lines, "6\n");
}

static void
dates_while_down(void **state)
{
	struct world *w = *state;

	world_append(w, "a.log", "1\n");
	world_start(w, "a.log", false);
	world_run(w);
	world_stop(w);
	world_append(w, "a.log", "2\n");
	world_append(w, "a-20260301.log", "ancient\n");
	world_rename(w, "a.log", "a-20260302.log");
	world_append(w, "a-20260303.log", "3\n");
	world_append(w, "a.log", "4\n");
	world_start(w, "a.log", false);
	world_run(w);
	world_expect(&w->lines, "1\n2\n3\n4\n");
}

static void
gone_while_down(void **state)
{
	struct world *w = *state;

	world_append(w, "a.log", "1\n");
	world_start(w, "a.log", false);
	world_run(w);
	world_stop(w);
	world_append(w, "a.log", "2\n");
	/* kept open, so that its inode is not given to the next one */
	world_shell(w, "exec 3< a.log; rm a.log; echo new > a.log");
	buf_reset(&w->story);
	world_start(w, "a.log", false);
	world_run(w);
	world_expect(&w->lines, "1\nnew\n");
	world_expect(&w->story,
	    "open a.log 2\ngap a.log: gone before it was r\n"
	    "open a.log 0\nclose a.log\n");
}

static void
copied_while_down(void **state)
{
	struct world *w = *state;

	world_append(w, "a.log", "1\n");
	world_start(w, "a.log", false);
	world_run(w);
	world_stop(w);
	world_append(w, "a.log", "2\n");
	world_shell(w, "cp a.log a.log.1; : > a.log; echo 3 >> a.log");
	world_start(w, "a.log", false);
	world_run(w);
	world_expect(&w->lines, "1\n2\n3\n");
	assert_non_null(strstr(w->story.p, "gap a.log.1: copied and"));
}

static void
same_inode_other_file(void **state)
{
	struct world *w = *state;
	struct kept *k;

	world_append(w, "a.log", "one of yore\n");
	world_start(w, "a.log", false);
	world_run(w);
	world_stop(w);
	/* as after inode reuse: dev and ino are right, the content is not */
	world_shell(w, "printf 'something else altogether\\n' > a.log");
	k = w->kept[0];
	assert_int_equal(k->position.offset, 12);
	world_start(w, "a.log", false);
	world_run(w);
	world_expect(&w->lines, "one of yore\nsomething else altogether\n");
}

static void
equal_beginnings(void **state)
{
	struct world *w = *state;

	/* Every file begins with the same long header. */
	world_shell(w,
	    "for i in 1 2 3; do yes header | head -n 1000 > $i; done;"
	    "echo a >> 1; echo b >> 2; echo c >> 3; mv 1 a.log");
	world_start(w, "a.log", false);
	world_run(w);
	world_stop(w);
	buf_reset(&w->lines);
	world_shell(w, "mv a.log a.log.2; mv 2 a.log.1; mv 3 a.log");
	world_start(w, "a.log", false);
	world_run(w);
	assert_int_equal(w->lines_n, 3003);
	assert_true(str_ends(buf_str(&w->lines), STR("header\nc\n")));
	assert_true(str_find(buf_str(&w->lines), STR("header\na\n")) < 0);
}

static void
globs_grow(void **state)
{
	struct world *w = *state;

	world_append(w, "a.log", "a1\n");
	world_append(w, "a.log.1", "not followed\n");
	world_shell(w, "echo packed | gzip > z.log.gz");
	world_start(w, "*.log*", false);
	world_run(w);
	world_append(w, "b.log", "b1\n");
	world_run(w);
	world_append(w, "worker-1.log", "w1\n");
	world_run(w);
	world_expect(&w->lines, "a1\nb1\nw1\n");
	world_shell(w, "mv a.log.1 a.log.2; mv a.log a.log.1");
	world_run(w);
	world_append(w, "a.log.1", "a2\n");
	world_append(w, "a.log", "a3\n");
	world_run(w);
	world_rename(w, "b.log", "c.log");
	world_append(w, "c.log", "c1\n");
	world_run(w);
	world_poll(w, 200);
	world_expect(&w->lines, "a2\na3\nc1\n");
}

static void
unreadable_then_readable(void **state)
{
	struct world *w = *state;

	if (geteuid() == 0) {
		/* Nothing is unreadable for root but what is no file. */
		world_shell(w, "mkdir a.log");
		world_start(w, "a.log", false);
		world_poll(w, 3);
		world_expect(
		    &w->story, "trouble a.log: is not a regular file\n");
		world_shell(w, "rmdir a.log");
	} else {
		world_shell(w, "echo 1 > a.log; chmod 0 a.log");
		world_start(w, "a.log", false);
		world_poll(w, 3);
		world_expect(&w->story, "trouble a.log: Permission denied\n");
		world_shell(w, "rm -f a.log");
	}
	world_append(w, "a.log", "1\n");
	world_poll(w, 1);
	world_expect(&w->lines, "1\n");
}

static void
overlong_line(void **state)
{
	struct world *w = *state;

	world_start(w, "a.log", false);
	world_shell(w, "head -c 3000000 /dev/zero | tr '\\0' x > a.log");
	world_poll(w, 3);
	assert_int_equal(w->lines_n, 0);
	assert_int_equal(w->kept[0]->position.offset, 0);
	world_append(w, "a.log", "\nnext\n");
	world_poll(w, 1);
	assert_int_equal(w->lines_n, 2);
	assert_true(str_ends(buf_str(&w->lines), STR("xxx[cut]\nnext\n")));
	assert_int_equal(w->kept[0]->position.offset, 3000006);
}

static void
imported_then_followed(void **state)
{
	struct world *w = *state;
	CLEANUP(reader_free) struct reader *r = NULL;
	struct reader_line line;
	struct kept *k = xcalloc(1, sizeof(*k));

	world_shell(w, "seq 5000 > a.log; gzip -k a.log");
	assert_int_equal(reader_open(world_path(w, "a.log.gz"), &r, NULL), 0);
	while (reader_line(r, &line) == READER_LINE)
		;
	reader_position(r, &k->position);
	k->path = xstrdup(world_path(w, "a.log"));
	w->kept[w->n_kept++] = k;
	world_append(w, "a.log", "new\n");
	world_start(w, "a.log", false);
	world_run(w);
	world_expect(&w->lines, "new\n");
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(follows_growth),
	    CASE(starts_at_the_end),
	    CASE(appears_later),
	    CASE(renamed_then_created),
	    CASE(rest_of_a_rotated_file),
	    CASE(deleted_and_created_again),
	    CASE(copied_and_truncated),
	    CASE(truncated_and_written_again),
	    CASE(written_with_a_hole),
	    CASE(rotated_while_down),
	    CASE(dates_while_down),
	    CASE(gone_while_down),
	    CASE(copied_while_down),
	    CASE(same_inode_other_file),
	    CASE(equal_beginnings),
	    CASE(globs_grow),
	    CASE(unreadable_then_readable),
	    CASE(overlong_line),
	    CASE(imported_then_followed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
