/* SPDX-License-Identifier: MIT */
/*
 * What was acknowledged is never lost and never doubled: a writer that is
 * killed at random moments, a disk that fills up, readers beside a writer, and
 * files that were damaged.
 */
#include "store-help.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define KILLS 60
#define T0 (1772629200 * USEC_PER_SEC)

static const struct store_query everything = {
    .since = USEC_NONE, .until = USEC_NONE, .columns = STORE_ALL};

/* Line n says n, and enough else to fill a page now and then. */
static void
append_line(struct store *st, uint32_t source, uint64_t n)
{
	char line[600];
	struct log_event ev;
	int k = snprintf(line, sizeof(line),
	    "198.51.100.%d - - \"GET /item/%llu HTTP/1.1\" 200 %llu \"%.*s\"",
	    (int)(n % 250), (unsigned long long)n,
	    (unsigned long long)(n * 7919), (int)(n * 31 % 400),
	    "................................................................"
	    "................................................................"
	    "................................................................"
	    "................................................................"
	    "................................................................"
	    "................................................................"
	    "................");

	event_init(&ev);
	ev.source = source;
	ev.kind = EVENT_ACCESS;
	ev.timestamp = T0 + (usec_t)n * 1000;
	ev.observed = T0;
	ev.raw = ev.body = (struct str){line, (size_t)k};
	ev.offset = (int64_t)n;
	assert_int_equal(store_append(st, &ev), 0);
}

/* Lines from the store's position on, in batches of random size; *fd gets
 * the position after each commit. */
static void
write_lines(const char *path, uint64_t seed, int fd, uint64_t until)
{
	struct store *st = NULL;
	struct position pos = {0};
	uint64_t n;

	if (store_open(path, STORE_WRITE, &st, NULL) < 0)
		_exit(3);
	n = 0;
	{
		struct store_summary sum;

		if (store_summary(st, &sum) < 0)
			_exit(4);
		n = sum.events;
		if (n == 0 && sum.segments == 0) {
			struct source_info info = {.name = STR("f")};
			uint32_t id;

			/* A first batch may have been cut off before. */
			store_source_add(st, &info, &id);
		}
	}
	while (n < until) {
		uint64_t batch = 1 + help_random(&seed) % 60;

		if (help_random(&seed) % 16 == 0)
			batch *= 300;
		for (; batch > 0; batch--)
			append_line(st, 1, n++);
		pos.offset = (int64_t)n;
		store_position(st, 1, &pos);
		if (store_commit(st, NULL) < 0)
			_exit(5);
		if (write(fd, &n, sizeof(n)) != sizeof(n))
			_exit(6);
	}
	store_free(st);
	_exit(0);
}

struct sequence {
	uint64_t next, wrong;
	int64_t position;
};

static int
check_line(void *arg, const struct log_event *ev)
{
	struct sequence *s = arg;
	char want[40];
	int k = snprintf(want, sizeof(want), "GET /item/%llu HTTP",
	    (unsigned long long)s->next);

	if (ev->offset != (int64_t)s->next || ev->id != s->next + 1 ||
	    str_find(ev->raw, (struct str){want, (size_t)k}) < 0 ||
	    !str_eq(ev->raw, ev->body))
		s->wrong++;
	s->next++;
	return 0;
}

static int
take_position(void *arg, const struct source_info *info)
{
	struct sequence *s = arg;

	s->position = info->position.offset;
	return 0;
}

static void
expect_lines(struct store *st, uint64_t at_least, struct sequence *s)
{
	struct store_query q = everything;
	uint64_t damaged = 1;

	*s = (struct sequence){0};
	q.ordered = true;
	assert_int_equal(store_scan(st, &q, check_line, s, &damaged, NULL), 0);
	assert_int_equal(damaged, 0);
	assert_int_equal(s->wrong, 0);
	assert_true(s->next >= at_least);
}

/* The same when no writer is at it: the position belongs to the lines. */
static void
expect_lines_and_position(
    struct store *st, uint64_t at_least, struct sequence *s)
{
	expect_lines(st, at_least, s);
	store_each_source(st, take_position, s);
	assert_int_equal(s->position, s->next);
}

static void
survives_kills(void **state)
{
	CLEANUP(xfree) char *path = help_path("kill");
	uint64_t seed = 2026, acked = 0;
	struct sequence seen;

	store_free(help_open("kill", STORE_WRITE));
	for (int round = 0; round < KILLS; round++) {
		struct store *st;
		int fds[2], status;
		uint64_t n;
		pid_t pid;

		assert_int_equal(pipe(fds), 0);
		pid = fork();
		if (pid == 0) {
			close(fds[0]);
			write_lines(
			    path, seed + (uint64_t)round, fds[1], UINT64_MAX);
		}
		close(fds[1]);
		usleep((useconds_t)(help_random(&seed) % 30000));
		if (round % 4 == 0) { /* a reader in the middle of it */
			st = help_open("kill", STORE_READ);
			if (acked > 0)
				expect_lines(st, acked, &seen);
			store_free(st);
		}
		kill(pid, SIGKILL);
		while (read(fds[0], &n, sizeof(n)) == sizeof(n))
			acked = n;
		close(fds[0]);
		waitpid(pid, &status, 0);
		assert_true(WIFSIGNALED(status));
		if (acked == 0)
			continue;
		st = help_open("kill", round % 2 ? STORE_READ : STORE_WRITE);
		expect_lines_and_position(st, acked, &seen);
		store_free(st);
	}
	assert_true(acked > 1000);
}

/* In a child: its files may grow to `limit` bytes. */
static int
fill_disk(const char *path)
{
	struct rlimit limit = {2 * 1024 * 1024, RLIM_INFINITY};
	struct rlimit none = {RLIM_INFINITY, RLIM_INFINITY};
	struct source_info info = {.name = STR("f")};
	struct position pos = {0};
	struct store *st = NULL;
	struct reterr err;
	uint32_t id;
	uint64_t n = 0;
	size_t events, bytes, again;
	int r = 0;

	signal(SIGXFSZ, SIG_IGN);
	if (store_open(path, STORE_WRITE, &st, &err) < 0 ||
	    store_source_add(st, &info, &id) < 0)
		return 2;
	setrlimit(RLIMIT_FSIZE, &limit);
	while (r == 0 && n < 1000000) {
		for (int i = 0; i < 5000; i++)
			append_line(st, 1, n++);
		pos.offset = (int64_t)n;
		store_position(st, 1, &pos);
		r = store_commit(st, &err);
	}
	if (r != -ENOSPC)
		return 3;
	store_pending(st, &events, &bytes);
	if (events != 5000 || store_commit(st, &err) != -ENOSPC)
		return 4;
	/* More comes in while the disk is full. */
	append_line(st, 1, n++);
	pos.offset = (int64_t)n;
	store_position(st, 1, &pos);
	if (store_commit(st, &err) != -ENOSPC)
		return 5;
	setrlimit(RLIMIT_FSIZE, &none);
	store_pending(st, &again, &bytes);
	if (again != events + 1 || store_commit(st, &err) != 0)
		return 6;
	append_line(st, 1, n++);
	pos.offset = (int64_t)n;
	store_position(st, 1, &pos);
	r = store_commit(st, &err);
	store_free(st);
	return r < 0 ? 7 : 0;
}

static void
survives_a_full_disk(void **state)
{
	CLEANUP(xfree) char *path = help_path("full");
	CLEANUP(store_free) struct store *st = NULL;
	struct sequence seen;
	int status;

	if (fork() == 0)
		_exit(fill_disk(path));
	wait(&status);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	st = help_open("full", STORE_READ);
	expect_lines_and_position(st, 5002, &seen);
}

/* Scans see whole batches, in order, while a writer commits. */
static void
reads_beside_a_writer(void **state)
{
	CLEANUP(xfree) char *path = help_path("beside");
	CLEANUP(store_free) struct store *st = NULL;
	struct sequence seen = {0};
	int fds[2], status, scans = 0;
	pid_t pid;

	store_free(help_open("beside", STORE_WRITE));
	assert_int_equal(pipe(fds), 0);
	fcntl(fds[1], F_SETPIPE_SZ, 1024 * 1024);
	pid = fork();
	if (pid == 0)
		write_lines(path, 77, fds[1], 100000);
	st = help_open("beside", STORE_READ);
	while (seen.next == 0) { /* until the source is there */
		struct store_summary sum;

		assert_int_equal(store_summary(st, &sum), 0);
		if (sum.events > 0)
			expect_lines(st, 1, &seen);
	}
	while (waitpid(pid, &status, WNOHANG) == 0) {
		struct store_query q = everything;
		struct sequence s = {0};
		uint64_t damaged;

		q.ordered = true;
		assert_int_equal(
		    store_scan(st, &q, check_line, &s, &damaged, NULL), 0);
		assert_int_equal(damaged, 0);
		assert_int_equal(s.wrong, 0);
		assert_true(s.next >= seen.next);
		seen = s;
		scans++;
	}
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	expect_lines(st, 100000, &seen);
	assert_true(scans > 0);
	close(fds[0]);
	close(fds[1]);
}

static int
count_line(void *arg, const struct log_event *ev)
{
	(*(uint64_t *)arg)++;
	return 0;
}

static void
write_store(const char *name, uint64_t lines)
{
	struct store *st = help_open(name, STORE_WRITE);
	uint32_t a = help_source(st, "a");

	for (uint64_t n = 0; n < lines; n++)
		append_line(st, a, n);
	help_commit(st);
	store_free(st);
}

static void
passes_over_damaged_segments(void **state)
{
	CLEANUP(xfree) char *path = help_path("damaged");
	CLEANUP(store_free) struct store *st = NULL;
	struct store_query q = everything;
	uint64_t n = 0, damaged = 0;
	sqlite3 *db;

	write_store("damaged", 50000); /* four segments */
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(
	    sqlite3_exec(db,
		"UPDATE part SET data = cast(substr(data, 1, 100) || x'ff' ||"
		" substr(data, 102) AS BLOB)"
		" WHERE id = (SELECT 4 * min(id) + 3 FROM segment)",
		NULL, NULL, NULL),
	    SQLITE_OK);
	sqlite3_close(db);
	st = help_open("damaged", STORE_READ);
	for (int ordered = 0; ordered < 2; ordered++) {
		n = 0;
		q.ordered = ordered;
		assert_int_equal(
		    store_scan(st, &q, count_line, &n, &damaged, NULL), 0);
		assert_int_equal(damaged, 1);
		assert_int_equal(n, 50000 - 16384);
	}
	assert_int_equal(store_get(st, 1, count_line, &n), -EBADMSG);
	assert_int_equal(store_get(st, 16385, count_line, &n), 0);
	q.columns = 0; /* the columns that are whole can be read */
	n = 0;
	assert_int_equal(store_scan(st, &q, count_line, &n, &damaged, NULL), 0);
	assert_int_equal(damaged, 0);
	assert_int_equal(n, 50000);
}

/* Whatever stands in the file: an answer, no crash, no endless loop. */
static void
survives_random_damage(void **state)
{
	CLEANUP(xfree) char *path = help_path("random"), *copy = help_path("c");
	uint64_t seed = 99;
	struct stat sb;

	write_store("random", 3000);
	assert_int_equal(stat(path, &sb), 0);
	for (int round = 0; round < 150; round++) {
		CLEANUP(xfree)
		char *command =
		    xasprintf("rm -f %s*; cp %s %s", copy, path, copy);
		CLEANUP(store_free) struct store *st = NULL;
		struct reterr err;
		uint64_t n = 0, damaged;
		int fd, hits = 1 + (int)(help_random(&seed) % 8);

		assert_int_equal(system(command), 0);
		fd = open(copy, O_WRONLY);
		assert_true(fd >= 0);
		for (int i = 0; i < hits; i++) {
			uint64_t noise = help_random(&seed);
			off_t at =
			    (off_t)(help_random(&seed) %
				    (round % 3 ? 20000 : (uint64_t)sb.st_size));

			assert_int_equal(pwrite(fd, &noise, 4, at), 4);
		}
		if (round % 10 == 9)
			assert_int_equal(
			    ftruncate(fd, (off_t)(help_random(&seed) %
						  (uint64_t)sb.st_size)),
			    0);
		close(fd);
		if (store_open(copy, round % 2 ? STORE_READ : STORE_WRITE, &st,
			&err) < 0)
			continue;
		store_scan(st, &everything, count_line, &n, &damaged, &err);
		assert_true(n <= 3000);
		store_get(st, 5, count_line, &n);
		store_neighbours(st, 100, 5, count_line, &n);
		if (round % 2 == 0) {
			append_line(st, 1, 5);
			store_commit(st, &err);
			store_retain(st, T0 + 1, 100, &n, &err);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(survives_kills),
	    cmocka_unit_test(survives_a_full_disk),
	    cmocka_unit_test(reads_beside_a_writer),
	    cmocka_unit_test(passes_over_damaged_segments),
	    cmocka_unit_test(survives_random_damage),
	};

	return cmocka_run_group_tests(tests, help_setup, help_teardown);
}
