/* SPDX-License-Identifier: MIT */
/*
 * Files as lines: every row makes a file with the tools people use, reads it,
 * and compares all that comes of it.
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

#include "recount/event.h"
#include "recount/intern.h"
#include "recount/source.h"

static char dir[64];

static const char *
path_of(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void
shell(const char *command)
{
	char *all = xasprintf("cd %s && %s", dir, command);

	assert_int_equal(system(all), 0);
	xfree(all);
}

static const struct row {
	const char *name, *make; /* a shell command that writes "f" */
	/* offset-end:text, marks, one per line; then how it ends */
	const char *want;
} rows[] = {
    {"empty", ": > f", "END"},
    {"one line", "printf 'a\\n' > f", "0-2:a\nEND"},
    {"no newline at the end", "printf 'a\\nbc' > f", "0-2:a\n2-4:bc open\nEND"},
    {"empty lines", "printf '\\n\\nx\\n' > f", "0-1:\n1-2:\n2-4:x\nEND"},
    {"CR is kept", "printf 'a\\r\\nb\\r\\n' > f", "0-3:a\r\n3-6:b\r\nEND"},
    {"BZh is not always bzip2", "printf 'BZhello\\nBZh9\\n' > f",
	"0-8:BZhello\n8-13:BZh9\nEND"},
    {"gzip", "printf 'a\\nbc\\n' | gzip > f", "0-2:a\n2-5:bc\nEND"},
    {"xz", "printf 'a\\nbc\\n' | xz > f", "0-2:a\n2-5:bc\nEND"},
    {"zstd", "printf 'a\\nbc\\n' | zstd -q > f", "0-2:a\n2-5:bc\nEND"},
    {"bzip2", "printf 'a\\nbc\\n' | bzip2 > f", "0-2:a\n2-5:bc\nEND"},
    {"empty gzip", "gzip < /dev/null > f", "END"},
    {"empty xz", "xz < /dev/null > f", "END"},
    {"empty zstd", "zstd -q < /dev/null > f", "END"},
    {"empty bzip2", "bzip2 < /dev/null > f", "END"},
    {"gzip members, a line over both",
	"{ printf 'a\\nb' | gzip; printf 'c\\nd\\n' | gzip; } > f",
	"0-2:a\n2-5:bc\n5-7:d\nEND"},
    {"xz streams with padding",
	"{ printf 'a\\n' | xz; printf '\\0\\0\\0\\0'; echo b | xz; } > f",
	"0-2:a\n2-4:b\nEND"},
    {"zstd frames", "{ echo a | zstd -q; echo b | zstd -q; } > f",
	"0-2:a\n2-4:b\nEND"},
    {"bzip2 streams", "{ echo a | bzip2; echo b | bzip2; } > f",
	"0-2:a\n2-4:b\nEND"},
    {"gzip cut off", "seq 3 | gzip > g; head -c $(($(stat -c %s g) - 4)) g > f",
	"0-2:1\n2-4:2\n4-6:3\nBROKEN cannot be unpacked at byte 6: it is cut "
	"off"},
    {"gzip with garbage behind", "{ echo a | gzip; echo garbage; } > f",
	"0-2:a\nBROKEN cannot be unpacked at byte 2: something else follows "
	"the compressed data"},
    {"gzip with a wrong checksum",
	"seq 3 | gzip > f; printf '\377\377' | dd of=f bs=1 "
	"seek=$(($(stat -c %s f) - 8)) conv=notrunc status=none",
	"0-2:1\n2-4:2\n4-6:3\nBROKEN cannot be unpacked at byte 6: gzip data "
	"is damaged"},
    {"zstd cut off",
	"seq 3 | zstd -q > g; head -c $(($(stat -c %s g) - 4)) g > f",
	"0-2:1\n2-4:2\n4-6:3\nBROKEN cannot be unpacked at byte 6: it is cut "
	"off"},
    {"only a gzip header", "printf '\\037\\213\\010' > f",
	"BROKEN cannot be unpacked at byte 0: it is cut off"},
};

static void
add_line(struct buf *out, const struct reader_line *line)
{
	buf_addf(out, "%lld-%lld:%.*s%s%s\n", (long long)line->offset,
	    (long long)line->end, STR_ARG(line->text), line->cut ? " cut" : "",
	    line->open ? " open" : "");
}

static void
reads(void **state)
{
	const struct row *row = *state;
	CLEANUP(reader_free) struct reader *r = NULL;
	CLEANUP(buf_free) struct buf got = BUF_INIT;
	struct reader_line line;
	enum reader_result result;

	shell(row->make);
	assert_int_equal(reader_open(path_of("f"), &r, NULL), 0);
	while ((result = reader_line(r, &line)) == READER_LINE)
		add_line(&got, &line);
	buf_adds(&got, result == READER_END ? "END" : "BROKEN ");
	buf_adds(&got, reader_error(r));
	assert_string_equal(got.p, row->want);
	/* and it stays at the end */
	assert_int_equal(reader_line(r, &line), result);
}

static void
nul_and_binary_bytes(void **state)
{
	CLEANUP(reader_free) struct reader *r = NULL;
	struct reader_line line;

	shell("printf 'a\\0b\\n\\377\\376\\n' > f");
	assert_int_equal(reader_open(path_of("f"), &r, NULL), 0);
	assert_int_equal(reader_line(r, &line), READER_LINE);
	assert_int_equal(line.text.n, 3);
	assert_memory_equal(line.text.p, "a\0b", 3);
	assert_int_equal(reader_line(r, &line), READER_LINE);
	assert_memory_equal(line.text.p, "\xff\xfe", 2);
}

static void
lines_at_the_limit(void **state)
{
	CLEANUP(reader_free) struct reader *r = NULL;
	struct reader_line line;
	const int64_t max = (int64_t)LINE_BYTES_MAX;

	shell("x() { head -c $1 /dev/zero | tr '\\0' $2; echo; };"
	      "{ x 1048576 a; x 1048577 b; x 100000000 c; echo d; } > f");
	assert_int_equal(reader_open(path_of("f"), &r, NULL), 0);
	assert_int_equal(reader_line(r, &line), READER_LINE);
	assert_int_equal(line.text.n, max);
	assert_false(line.cut);
	assert_int_equal(reader_line(r, &line), READER_LINE);
	assert_int_equal(line.text.n, max);
	assert_true(line.cut);
	assert_int_equal(line.end - line.offset, max + 2);
	assert_int_equal(reader_line(r, &line), READER_LINE);
	assert_true(line.cut);
	assert_int_equal(line.text.n, max);
	assert_int_equal(line.text.p[0], 'c');
	assert_int_equal(line.text.p[line.text.n - 1], 'c');
	assert_int_equal(line.end - line.offset, 100000001);
	assert_int_equal(reader_line(r, &line), READER_LINE);
	assert_memory_equal(line.text.p, "d", 1);
	assert_int_equal(line.offset, 2 * max + 3 + 100000001);
	assert_int_equal(reader_line(r, &line), READER_END);
}

/* A position means the same whatever the file is packed in, and hashes what
 * the contract says it hashes. */
static void
positions(void **state)
{
	static const char *const names[] = {
	    "f", "f.gz", "f.xz", "f.zst", "f.bz2"};
	CLEANUP(buf_free) struct buf all = BUF_INIT;
	struct position want = {0};

	shell("seq 100000 > f; gzip -kf f; xz -kf f; zstd -qkf f; bzip2 -kf f");
	for (int i = 1; i <= 100000; i++)
		buf_addf(&all, "%d\n", i);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		CLEANUP(reader_free) struct reader *r = NULL, *again = NULL;
		struct reader_line line;
		struct position p;
		uint64_t tail;

		assert_int_equal(reader_open(path_of(names[i]), &r, NULL), 0);
		reader_position(r, &p);
		assert_int_equal(p.offset + p.head_n + p.tail_n, 0);
		for (int n = 0; n < 77777; n++)
			assert_int_equal(reader_line(r, &line), READER_LINE);
		reader_position(r, &p);
		assert_int_equal(p.offset, line.end);
		assert_int_equal(p.head_n, POSITION_HEAD_MAX);
		assert_int_equal(p.tail_n, POSITION_TAIL_MAX);
		assert_int_equal(p.head, hash64(all.p, p.head_n));
		assert_int_equal(
		    p.tail, hash64(all.p + p.offset - p.tail_n, p.tail_n));
		if (i == 0)
			want = p;
		assert_int_equal(p.offset, want.offset);

		assert_int_equal(
		    reader_open(path_of(names[i]), &again, NULL), 0);
		assert_int_equal(reader_peek(again, 4096).n, 4096);
		assert_int_equal(
		    reader_skip(again, p.offset, p.tail_n, &tail), 0);
		assert_int_equal(tail, p.tail);
		assert_int_equal(reader_line(again, &line), READER_LINE);
		assert_memory_equal(line.text.p, "77778", 5);
		reader_position(again, &p);
		assert_int_equal(p.head, want.head);
	}
}

static void
skips_not_too_far(void **state)
{
	CLEANUP(reader_free) struct reader *r = NULL;
	uint64_t tail;

	shell("seq 10 > f");
	assert_int_equal(reader_open(path_of("f"), &r, NULL), 0);
	assert_int_equal(reader_skip(r, 22, 0, &tail), -ENODATA);
	reader_free(STEAL(r));
	assert_int_equal(reader_open(path_of("f"), &r, NULL), 0);
	assert_int_equal(reader_skip(r, 1000000000000, 9, &tail), -ENODATA);
	reader_free(STEAL(r));
	assert_int_equal(reader_open(path_of("f"), &r, NULL), 0);
	assert_int_equal(reader_skip(r, 21, 5000, &tail), 0);
	assert_int_equal(tail, hash64("1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n", 21));
}

static void
pipes(void **state)
{
	CLEANUP(reader_free) struct reader *r = NULL;
	CLEANUP(buf_free) struct buf got = BUF_INIT;
	struct reader_line line;
	int64_t done, size;
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "a\nb", 3), 3);
	close(fds[1]);
	assert_true(dup2(fds[0], STDIN_FILENO) >= 0);
	close(fds[0]);
	assert_int_equal(reader_open("-", &r, NULL), 0);
	assert_int_equal(reader_peek(r, 100).n, 3);
	while (reader_line(r, &line) == READER_LINE)
		add_line(&got, &line);
	assert_string_equal(got.p, "0-2:a\n2-3:b open\n");
	reader_progress(r, &done, &size);
	assert_int_equal(done, 3);
	assert_int_equal(size, 0);
}

static void
says_why(void **state)
{
	struct reader *r = NULL;
	struct reterr err;

	assert_int_equal(reader_open(path_of("none"), &r, &err), -ENOENT);
	assert_non_null(strstr(err.text, "none: No such file"));
	assert_int_equal(reader_open(dir, &r, &err), -EISDIR);
	assert_non_null(strstr(err.text, "is a folder"));
	assert_null(r);
}

static int
begin(void **state)
{
	strcpy(dir, "/tmp/recount-reader-XXXXXX");
	return mkdtemp(dir) == NULL;
}

static int
end(void **state)
{
	shell("rm -rf \"$PWD\"");
	return 0;
}

int
main(void)
{
	static const struct CMUnitTest others[] = {
	    cmocka_unit_test(nul_and_binary_bytes),
	    cmocka_unit_test(lines_at_the_limit),
	    cmocka_unit_test(positions),
	    cmocka_unit_test(skips_not_too_far),
	    cmocka_unit_test(pipes),
	    cmocka_unit_test(says_why),
	};
	struct CMUnitTest tests[ARRAY_SIZE(rows) + ARRAY_SIZE(others)];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		tests[i] = (struct CMUnitTest){
		    .name = rows[i].name,
		    .test_func = reads,
		    .initial_state = (void *)(uintptr_t)&rows[i],
		};
	memcpy(tests + ARRAY_SIZE(rows), others, sizeof(others));
	return cmocka_run_group_tests(tests, begin, end);
}
