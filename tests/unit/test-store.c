/* SPDX-License-Identifier: MIT */
/*
 * The store as its callers see it: what goes in comes out, in the order that
 * was asked for; batches are whole; what cannot be opened says why.
 */
#include "store-help.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define T0 (1772629200 * USEC_PER_SEC)

static void
add_line(struct store *st, uint32_t source, usec_t ts, const char *raw)
{
	struct log_event ev;

	event_init(&ev);
	ev.source = source;
	ev.timestamp = ts;
	ev.observed = ts;
	ev.precision = 1;
	ev.raw = str_of(raw);
	ev.body = ev.raw;
	assert_int_equal(store_append(st, &ev), 0);
}

/* Event number n of a fixed sequence; what it borrows lives in raw. */
static void
make_event(
    uint64_t n, uint32_t n_sources, struct buf *raw, struct log_event *ev)
{
	uint64_t seed = n * 0x9e3779b97f4a7c15ULL + 1;

	help_event(raw, &seed, ev);
	ev->source = (uint32_t)(1 + help_random(&seed) % n_sources);
	ev->id = n;
}

static int
compare_event(void *arg, const struct log_event *got)
{
	CLEANUP(buf_free) struct buf raw = BUF_INIT;
	struct log_event want;
	uint64_t *sum = arg;

	make_event(got->id, 3, &raw, &want);
	help_same_event(got, &want);
	*sum += got->id;
	return 0;
}

/* However events are cut into batches, all of them come back, each as it was,
 * and small segments do not pile up. */
static void
merges_small_batches(void **state)
{
	CLEANUP(store_free) struct store *st = help_open("merge", STORE_WRITE);
	CLEANUP(buf_free) struct buf raw = BUF_INIT;
	struct store_query q = {
	    .since = USEC_NONE, .until = USEC_NONE, .columns = STORE_ALL};
	struct store_summary summary;
	uint64_t seed = 8, n = 0, sum, damaged;

	for (int i = 0; i < 3; i++)
		help_source(st, "s");
	while (n < 10000) {
		uint64_t batch = help_random(&seed) % 40;

		if (help_random(&seed) % 50 == 0)
			batch = help_random(&seed) % 5000;
		while (batch-- > 0) {
			struct log_event ev;
			uint64_t id = ++n;

			make_event(id, 3, &raw, &ev);
			assert_int_equal(store_append(st, &ev), 0);
			assert_int_equal(ev.id, id);
		}
		help_commit(st);
		if (help_random(&seed) % 40 == 0) {
			store_free(STEAL(st));
			st = help_open("merge", STORE_WRITE);
		}
	}
	for (int i = 0; i < 3; i++) {
		q.ordered = i > 0;
		q.reverse = i > 1;
		sum = 0;
		assert_int_equal(
		    store_scan(st, &q, compare_event, &sum, &damaged, NULL), 0);
		assert_int_equal(damaged, 0);
		assert_int_equal(sum, n * (n + 1) / 2);
	}
	assert_int_equal(store_summary(st, &summary), 0);
	assert_int_equal(summary.events, n);
	assert_true(summary.segments < 60);
}

struct listing {
	struct buf text;
	uint64_t last_id;
};

static int
list(void *arg, const struct log_event *ev)
{
	struct listing *l = arg;

	buf_addf(&l->text, "%llu:%.*s ", (unsigned long long)ev->id,
	    STR_ARG(ev->raw));
	l->last_id = ev->id;
	return 0;
}

static void
expect_scan(struct store *st, const struct store_query *q, const char *want)
{
	struct listing l = {0};
	uint64_t damaged = 99;

	assert_int_equal(store_scan(st, q, list, &l, &damaged, NULL), 0);
	assert_int_equal(damaged, 0);
	assert_string_equal(l.text.p ? l.text.p : "", want);
	buf_free(&l.text);
}

static const struct store_query all = {
    .since = USEC_NONE, .until = USEC_NONE, .columns = STORE_ALL};

static void
scans_in_order(void **state)
{
	CLEANUP(store_free) struct store *st = help_open("order", STORE_WRITE);
	uint32_t a = help_source(st, "a"), b = help_source(st, "b");
	struct store_query q = all;

	add_line(st, a, T0 + 10, "a10");
	add_line(st, a, T0 + 5, "a5");
	add_line(st, b, T0 + 7, "b7");
	add_line(st, b, T0 + 10, "b10");
	help_commit(st);
	add_line(st, a, T0 + 1, "a1");
	help_commit(st);
	q.ordered = true;
	expect_scan(st, &q, "5:a1 2:a5 3:b7 1:a10 4:b10 ");
	q.reverse = true;
	expect_scan(st, &q, "4:b10 1:a10 3:b7 2:a5 5:a1 ");
	q.reverse = false;
	q.since = T0 + 5;  /* inclusive */
	q.until = T0 + 10; /* exclusive */
	expect_scan(st, &q, "2:a5 3:b7 ");
	q.kinds = 1u << EVENT_ACCESS;
	expect_scan(st, &q, "");
}

static void
sees_committed_batches_only(void **state)
{
	CLEANUP(store_free) struct store *st = help_open("batch", STORE_WRITE);
	CLEANUP(store_free) struct store *rd = NULL;
	uint32_t a = help_source(st, "a");
	size_t events, bytes;

	help_commit(st);
	rd = help_open("batch", STORE_READ);
	add_line(st, a, T0, "one");
	add_line(st, a, T0 + 1, "two");
	store_pending(st, &events, &bytes);
	assert_int_equal(events, 2);
	assert_int_equal(bytes, 6);
	expect_scan(rd, &all, "");
	help_commit(st);
	store_pending(st, &events, &bytes);
	assert_int_equal(events, 0);
	expect_scan(rd, &all, "1:one 2:two ");
	add_line(st, a, T0 + 2, "dropped");
	store_free(STEAL(st));
	st = help_open("batch", STORE_WRITE);
	add_line(st, a, T0 + 3, "three");
	help_commit(st);
	expect_scan(rd, &all, "1:one 2:two 3:three ");
}

static void
gets_and_neighbours(void **state)
{
	CLEANUP(store_free) struct store *st = help_open("get", STORE_WRITE);
	uint32_t a = help_source(st, "a"), b = help_source(st, "b");
	struct listing l = {0};

	for (int i = 0; i < 9; i++) {
		char text[16];

		snprintf(text, sizeof(text), "n%d", i);
		add_line(st, i % 2 ? b : a, T0 + i, text);
		if (i % 4 == 3)
			help_commit(st);
	}
	assert_int_equal(store_get(st, 5, list, &l), 0);
	assert_int_equal(store_get(st, 6, list, &l), 0);
	assert_int_equal(store_get(st, 9, list, &l), -ENOENT); /* pending */
	assert_int_equal(store_get(st, 0, list, &l), -ENOENT);
	assert_string_equal(l.text.p, "5:n4 6:n5 ");
	help_commit(st);
	buf_reset(&l.text);
	assert_int_equal(store_neighbours(st, 5, 1, list, &l), 0);
	assert_string_equal(l.text.p, "3:n2 5:n4 7:n6 ");
	buf_reset(&l.text);
	assert_int_equal(store_neighbours(st, 9, 100, list, &l), 0);
	assert_string_equal(l.text.p, "1:n0 3:n2 5:n4 7:n6 9:n8 ");
	buf_free(&l.text);
}

static int
check_source(void *arg, const struct source_info *info)
{
	const struct source_info *want = arg;

	if (info->id != want->id)
		return 0;
	help_same_str(info->name, want->name, "name", 0);
	help_same_str(info->zone, want->zone, "zone", 0);
	assert_int_equal(info->finished, want->finished);
	assert_int_equal(info->events, want->events);
	assert_int_equal(info->unparsed, want->unparsed);
	assert_int_equal(info->first, want->first);
	assert_int_equal(info->last, want->last);
	assert_int_equal(info->position.offset, want->position.offset);
	assert_int_equal(info->position.head, want->position.head);
	help_same_str(
	    info->position.cursor, want->position.cursor, "cursor", 0);
	return 1;
}

static void
keeps_sources(void **state)
{
	CLEANUP(store_free)
	struct store *st = help_open("sources", STORE_WRITE);
	CLEANUP(store_free) struct store *rd = NULL;
	uint32_t a = help_source(st, "a");
	struct source_info want = {.id = a,
	    .name = STR("a.1"),
	    .zone = STR("Europe/Oslo"),
	    .finished = true,
	    .events = 2,
	    .first = T0 - 5,
	    .last = T0};
	struct position pos = {.offset = 77,
	    .head = UINT64_MAX,
	    .head_n = 7,
	    .cursor = STR("s=1;i=2")};

	add_line(st, a, T0, "x");
	add_line(st, a, T0 - 5, "y");
	assert_int_equal(store_source_update(st, &want), 0);
	assert_int_equal(store_position(st, a, &pos), 0);
	want.position = pos;
	help_commit(st);
	rd = help_open("sources", STORE_READ);
	assert_int_equal(store_each_source(rd, check_source, &want), 1);
	assert_int_equal(store_each_source(st, check_source, &want), 1);
	store_free(STEAL(st));
	st = help_open("sources", STORE_WRITE);
	assert_int_equal(store_each_source(st, check_source, &want), 1);
	assert_int_equal(store_position(st, a + 1, &pos), -EINVAL);
}

static void
keeps_sequences(void **state)
{
	static const char id[] = "0123456789abcdef0123456789abcdef";
	static const char other[] = "ffffffffffffffffffffffffffffffff";
	CLEANUP(store_free) struct store *st = help_open("seq", STORE_WRITE);
	uint32_t a = help_source(st, "a");
	uint64_t seed = 1;
	bool have[300] = {false};

	for (int round = 0; round < 40; round++) {
		for (int i = 0; i < 5; i++) {
			uint64_t seq = help_random(&seed) % 300;

			have[seq] = true;
			assert_int_equal(store_seq_add(st, a, id, seq), 0);
		}
		if (round % 3 == 0)
			help_commit(st);
		if (round % 7 == 6) {
			help_commit(st);
			store_free(STEAL(st));
			st = help_open("seq", STORE_WRITE);
		}
		for (uint64_t seq = 0; seq < 300; seq++) {
			assert_int_equal(store_seq_has(st, id, seq), have[seq]);
			assert_false(store_seq_has(st, other, seq));
		}
	}
}

static int
count_gap(void *arg, const struct gap *gap)
{
	struct buf *out = arg;

	buf_addf(out, "%.*s/%lld/%d ", STR_ARG(gap->reason),
	    (long long)gap->lost, gap->lost_bytes);
	return 0;
}

static int
count_pattern(
    void *arg, uint64_t pattern, struct str template, struct str state)
{
	struct buf *out = arg;

	buf_addf(out, "%llx=%.*s/%.*s ", (unsigned long long)pattern,
	    STR_ARG(template), STR_ARG(state));
	return 0;
}

static void
keeps_gaps_and_patterns(void **state)
{
	CLEANUP(store_free) struct store *st = help_open("gaps", STORE_WRITE);
	CLEANUP(buf_free) struct buf out = BUF_INIT;
	struct gap gap = {.since = T0,
	    .until = T0 + 10,
	    .reason = STR("cut off"),
	    .lost = 12,
	    .offset = -1};
	struct gap open = {.since = USEC_NONE,
	    .until = USEC_NONE,
	    .reason = STR("unknown"),
	    .lost = -1,
	    .lost_bytes = true,
	    .offset = 5};

	assert_int_equal(store_gap_add(st, &gap), 0);
	assert_int_equal(store_gap_add(st, &open), 0);
	assert_int_equal(
	    store_pattern_put(st, UINT64_MAX, STR("a <*>"), STR("s1")), 0);
	assert_int_equal(store_pattern_put(st, 5, STR("b"), STR_NULL), 0);
	assert_int_equal(
	    store_pattern_put(st, UINT64_MAX, STR("<*> <*>"), STR("s2")), 0);
	help_commit(st);
	store_each_gap(st, T0 + 5, T0 + 6, count_gap, &out);
	assert_string_equal(out.p, "unknown/-1/1 cut off/12/0 ");
	buf_reset(&out);
	store_each_gap(st, T0 + 11, USEC_NONE, count_gap, &out);
	assert_string_equal(out.p, "unknown/-1/1 ");
	buf_reset(&out);
	store_each_pattern(st, count_pattern, &out);
	assert_string_equal(out.p, "ffffffffffffffff=<*> <*>/s2 5=b/ ");
}

static void
one_writer(void **state)
{
	CLEANUP(store_free) struct store *st = help_open("lock", STORE_WRITE);
	CLEANUP(xfree) char *path = help_path("lock");
	struct store *other = NULL;
	struct reterr err;
	char pid[32];

	snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	assert_int_equal(store_open(path, STORE_WRITE, &other, &err), -EBUSY);
	assert_non_null(strstr(err.text, pid));
	assert_null(other);
	store_free(STEAL(st));
	st = help_open("lock", STORE_WRITE);
}

static void
write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void
refuses_what_is_not_a_store(void **state)
{
	CLEANUP(xfree) char *text = help_path("text"), *none = help_path("no");
	CLEANUP(xfree)
	char *deep = help_path("x/y/z.db"), *dir = help_path("d");
	struct store *st = NULL;
	struct reterr err;

	write_file(text, "this is a text file, and long enough to be read as "
			 "the beginning of a database, which it is not, and "
			 "will never be\n");
	assert_int_equal(store_open(text, STORE_READ, &st, &err), -EBADMSG);
	assert_int_equal(store_open(text, STORE_WRITE, &st, &err), -EBADMSG);
	assert_int_equal(store_open(none, STORE_READ, &st, &err), -ENOENT);
	assert_int_equal(mkdir(dir, 0755), 0);
	assert_int_equal(store_open(dir, STORE_READ, &st, &err), -EBADMSG);
	assert_int_equal(store_open(dir, STORE_WRITE, &st, &err), -EBADMSG);
	assert_null(st);
	assert_int_equal(store_open(deep, STORE_WRITE, &st, &err), 0);
	store_free(st);
}

/* A store that is newer must not be touched. */
static void
refuses_newer(void **state)
{
	CLEANUP(xfree) char *path = help_path("newer");
	struct store *st = help_open("newer", STORE_WRITE);
	struct reterr err;
	int fd;

	store_free(st);
	fd = open(path, O_RDWR);
	assert_true(fd >= 0);
	/* user_version stands big-endian at offset 60 of the file */
	assert_int_equal(pwrite(fd, "\0\0\0\x63", 4, 60), 4);
	close(fd);
	st = NULL;
	assert_int_equal(store_open(path, STORE_WRITE, &st, &err), -EPROTO);
	assert_int_equal(store_open(path, STORE_READ, &st, &err), -EPROTO);
}

/* Runs as somebody who may read and not write; 0 is success. */
static int
read_only_child(const char *path)
{
	struct store *st = NULL;
	struct store_summary sum;
	int r;

	if (geteuid() == 0 && (setgid(65534) < 0 || setuid(65534) < 0))
		return 9;
	r = store_open(path, STORE_READ, &st, NULL);
	if (r < 0)
		return -r;
	r = store_summary(st, &sum);
	store_free(st);
	return r < 0 ? -r : sum.events != 2;
}

static void
reads_without_write_permission(void **state)
{
	struct store *st = help_open("ro/db", STORE_WRITE);
	CLEANUP(xfree) char *path = help_path("ro/db"), *dir = help_path("ro");
	uint32_t a = help_source(st, "a");
	int status;

	add_line(st, a, T0, "one");
	add_line(st, a, T0, "two");
	help_commit(st);
	/* Once beside a writer, once when nobody is there. */
	for (int round = 0; round < 2; round++) {
		CLEANUP(xfree) char *wal = xasprintf("%s-wal", path);
		CLEANUP(xfree) char *shm = xasprintf("%s-shm", path);

		chmod(help_folder, 0755);
		chmod(path, 0444);
		chmod(wal, 0444);
		chmod(shm, 0444);
		chmod(dir, 0555);
		if (fork() == 0)
			_exit(read_only_child(path));
		wait(&status);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 0);
		chmod(dir, 0755);
		chmod(path, 0644);
		store_free(STEAL(st));
	}
}

static void
retains(void **state)
{
	CLEANUP(store_free) struct store *st = help_open("keep", STORE_WRITE);
	uint32_t a = help_source(st, "a");
	struct store_summary sum;
	uint64_t dropped, seed = 7;
	char line[2001];

	for (int i = 0; i < 20000; i++) {
		for (size_t k = 0; k < sizeof(line) - 1; k++)
			line[k] = (char)('!' + help_random(&seed) % 90);
		line[sizeof(line) - 1] = '\0';
		add_line(st, a, T0 + i * USEC_PER_SEC, line);
		if (i % 2000 == 1999)
			help_commit(st);
	}
	assert_int_equal(store_summary(st, &sum), 0);
	assert_int_equal(sum.events, 20000);
	assert_true(sum.bytes > 20000 * 1500);
	assert_int_equal(
	    store_retain(st, T0 + 10000 * USEC_PER_SEC, 0, &dropped, NULL), 0);
	assert_true(dropped > 4000 && dropped <= 10000);
	assert_int_equal(
	    store_retain(st, 0, 12 * 1024 * 1024, &dropped, NULL), 0);
	assert_true(dropped > 0);
	store_free(STEAL(st));
	st = help_open("keep", STORE_WRITE);
	assert_int_equal(store_summary(st, &sum), 0);
	assert_true(sum.bytes <= 12 * 1024 * 1024 + 64 * 1024);
	assert_true(sum.events > 2000);
	assert_int_equal(sum.last, T0 + 19999 * USEC_PER_SEC);
	assert_true(sum.first >= T0 + 9000 * USEC_PER_SEC);
}

/* What a commit is going to write again must neither come back after it was
 * dropped nor be there twice. */
static void
retains_between_commits(void **state)
{
	CLEANUP(store_free) struct store *st = help_open("mid", STORE_WRITE);
	uint32_t a = help_source(st, "a"), b = help_source(st, "b");
	struct listing l = {0};
	uint64_t dropped;

	for (int i = 0; i < 6000; i++)
		add_line(st, a, T0 + i, "x");
	help_commit(st);
	add_line(st, a, T0 + 6000, "y");
	assert_int_equal(store_retain(st, T0 + 9000, 0, &dropped, NULL), 0);
	assert_int_equal(dropped, 0); /* about to be replaced */
	help_commit(st);
	assert_int_equal(store_get(st, 6001, list, &l), 0);
	assert_int_equal(store_retain(st, T0 + 9000, 0, &dropped, NULL), 0);
	assert_int_equal(dropped, 6001);
	add_line(st, a, T0 + 9001, "z");
	help_commit(st);
	expect_scan(st, &all, "6002:z ");
	buf_free(&l.text);
	/* Kept in memory after a large commit, nothing new: may go. */
	for (int i = 0; i < 6000; i++)
		add_line(st, b, T0 + i, "x");
	help_commit(st);
	assert_int_equal(store_retain(st, T0 + 9000, 0, &dropped, NULL), 0);
	assert_int_equal(dropped, 6000);
	add_line(st, b, T0 + 9002, "w");
	help_commit(st);
	expect_scan(st, &all, "6002:z 12003:w ");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(scans_in_order),
	    cmocka_unit_test(merges_small_batches),
	    cmocka_unit_test(sees_committed_batches_only),
	    cmocka_unit_test(gets_and_neighbours),
	    cmocka_unit_test(keeps_sources),
	    cmocka_unit_test(keeps_sequences),
	    cmocka_unit_test(keeps_gaps_and_patterns),
	    cmocka_unit_test(one_writer),
	    cmocka_unit_test(refuses_what_is_not_a_store),
	    cmocka_unit_test(refuses_newer),
	    cmocka_unit_test(reads_without_write_permission),
	    cmocka_unit_test(retains),
	    cmocka_unit_test(retains_between_commits),
	};

	return cmocka_run_group_tests(tests, help_setup, help_teardown);
}
