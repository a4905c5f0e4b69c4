/* SPDX-License-Identifier: MIT */
/*
 * Checking a store: a sound one is called sound, however it came about; every
 * way to damage one is noticed, told of the right segment, and hides nothing
 * else.
 */
#include "store-help.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>

#define T0 (1772629200 * USEC_PER_SEC)
#define SOURCES 3
#define EVENTS 40000

struct found {
	uint64_t n;
	int64_t segment;
	uint32_t source;
	usec_t since, until;
	char what[512];
};

static int
note(void *arg, const struct store_damage *d)
{
	struct found *f = arg;

	if (f->n++ > 0)
		return 0;
	f->segment = d->segment;
	f->source = d->source;
	f->since = d->since;
	f->until = d->until;
	snprintf(f->what, sizeof(f->what), "%.*s", STR_ARG(d->what));
	return 0;
}

static void
check(const char *name, struct found *ret, struct store_checked *done)
{
	CLEANUP(store_free) struct store *st = help_open(name, STORE_READ);
	struct reterr err = {""};

	*ret = (struct found){0};
	if (store_check(st, note, ret, done, &err) != 0)
		fail_msg("%s", err.text);
	assert_int_equal(ret->n, done->damages);
}

/* Several sources of several segments, and one of everything else. */
static void
fill(const char *name)
{
	CLEANUP(store_free) struct store *st = help_open(name, STORE_WRITE);
	CLEANUP(buf_free) struct buf raw = BUF_INIT;
	struct gap gap = {.source = 1,
	    .since = T0,
	    .until = T0 + 1,
	    .reason = STR("cut off"),
	    .lost = 3,
	    .offset = -1};
	uint64_t seed = 5;

	for (int i = 0; i < SOURCES; i++)
		help_source(st, "a.log");
	for (int i = 0; i < EVENTS; i++) {
		struct position p = {.offset = (int64_t)(i + 1) * 8192};
		struct log_event ev;

		help_event(&raw, &seed, &ev);
		ev.timestamp = T0 + i * 1000;
		ev.source = 1 + (uint32_t)(help_random(&seed) % SOURCES) % 2;
		ev.offset = (int64_t)i * 8192;
		assert_int_equal(store_append(st, &ev), 0);
		assert_int_equal(store_position(st, ev.source, &p), 0);
		if (help_random(&seed) % 5000 == 0)
			help_commit(st);
	}
	assert_int_equal(store_gap_add(st, &gap), 0);
	assert_int_equal(store_seq_add(st, 3, "0123", 7), 0);
	assert_int_equal(store_pattern_put(st, 9, STR("a <*>"), STR("s")), 0);
	help_commit(st);
}

/* One statement on the file behind the store's back. */
static void
damage(const char *name, const char *sql)
{
	CLEANUP(xfree) char *path = help_path(name);
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	assert_int_equal(sqlite3_changes(db), 1);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void
copy(const char *from, const char *to)
{
	CLEANUP(xfree)
	char *command = xasprintf("cd '%s' && rm -f %s %s-* && cp %s %s",
	    help_folder, to, to, from, to);

	assert_int_equal(system(command), 0);
}

static void
calls_sound_what_is(void **state)
{
	struct store_checked done;
	struct found f;

	check("whole", &f, &done);
	if (f.n > 0)
		fail_msg("segment %lld: %s", (long long)f.segment, f.what);
	assert_int_equal(done.events, EVENTS);
	assert_true(done.segments >= 3);
}

static void
calls_sound_what_is_empty(void **state)
{
	struct store_checked done;
	struct found f;

	store_free(help_open("empty", STORE_WRITE));
	check("empty", &f, &done);
	assert_int_equal(f.n, 0);
	assert_int_equal(done.events, 0);
}

/* What is done to the whole store, and what must be said of it. */
static const struct row {
	const char *name, *sql, *what;
	int64_t segment; /* -1: the first one, 0: none */
} rows[] = {
#define FIRST "(SELECT min(id) FROM segment)"
#define FLIP(piece, at)                                                        \
	"UPDATE part SET data = CAST(substr(data, 1, " at ") ||"               \
	" CASE substr(data, " at " + 1, 1) WHEN x'41' THEN x'42' ELSE"         \
	" x'41' END || substr(data, " at " + 2) AS BLOB)"                      \
	" WHERE id = 4 * " FIRST " + " piece
    {"a byte of the ids flipped", FLIP("0", "40"), "ids and times", -1},
    {"a byte of the origin flipped", FLIP("1", "9"), "origin", -1},
    {"a byte of the requests flipped", FLIP("2", "100"), "requests", -1},
    {"a byte of the lines flipped", FLIP("3", "5000"), "lines", -1},
    {"the last byte flipped", FLIP("3", "length(data) - 1"), "lines", -1},
    {"a byte of a hash flipped", FLIP("3", "2"), "lines", -1},
    {"lines cut off",
	"UPDATE part SET data = substr(data, 1, length(data) / 2)"
	" WHERE id = 4 * " FIRST " + 3",
	"lines", -1},
    {"a piece emptied", "UPDATE part SET data = x'' WHERE id = 4 * " FIRST,
	"ids and times", -1},
    {"a piece deleted", "DELETE FROM part WHERE id = 4 * " FIRST " + 2",
	"requests", -1},
    {"another segment's piece",
	"UPDATE part SET data = (SELECT data FROM part WHERE id = 4 *"
	" (SELECT max(id) FROM segment) + 1) WHERE id = 4 * " FIRST " + 1",
	"origin", -1},
    {"the row's count changed",
	"UPDATE segment SET n = n - 1 WHERE id = " FIRST, "ids and times", -1},
    {"the row's count absurd",
	"UPDATE segment SET n = 99999999 WHERE id = " FIRST, "no sense", -1},
    {"the row's last id changed",
	"UPDATE segment SET last_id = last_id + 1 WHERE id = " FIRST,
	"other evidence ids", -1},
    {"the row begins earlier",
	"UPDATE segment SET ts_min = ts_min - 1 WHERE id = " FIRST,
	"another time", -1},
    {"the row's bytes changed",
	"UPDATE segment SET bytes = bytes + 1 WHERE id = " FIRST,
	"another length", -1},
    {"the row's kinds changed",
	"UPDATE segment SET kinds = kinds | 1024 WHERE id = " FIRST,
	"other kinds", -1},
    {"the row's size changed",
	"UPDATE segment SET stored = stored + 1 WHERE id = " FIRST,
	"another size", -1},
    {"a filter damaged",
	"UPDATE bloom SET data = zeroblob(length(data)) WHERE segment = " FIRST,
	"filter is damaged", -1},
    {"another segment's filter",
	"UPDATE bloom SET data = (SELECT data FROM bloom WHERE segment "
	"<> " FIRST ") WHERE segment = " FIRST,
	"filter hides ids", -1},
    {"a segment given to nobody",
	"UPDATE segment SET source = 77 WHERE id = " FIRST, "source is unknown",
	-1},
    {"a segment deleted, its pieces not",
	"DELETE FROM segment WHERE id = " FIRST, "belong to no segment", 0},
    {"ids to be given out again",
	"UPDATE meta SET value = 10 WHERE name = 'next_id'",
	"not given out yet", -1},
    {"no id to be given out", "DELETE FROM meta WHERE name = 'next_id'",
	"next evidence id", 0},
    {"a source counts too few",
	"UPDATE source SET events = 5, unparsed = 0"
	" WHERE id = 1",
	"fewer events", 0},
    {"a position before the events",
	"UPDATE source SET offset = 10 WHERE id = (SELECT source FROM segment"
	" WHERE id = " FIRST ")",
	"behind its source's position", -1},
    {"a position that cannot be", "UPDATE source SET offset = -1 WHERE id = 3",
	"position in the file", 0},
    {"sequence numbers turned round", "UPDATE seq SET last = 0",
	"sequence numbers of 0123", 0},
    {"a gap turned round", "UPDATE gap SET until = since - 1",
	"ends before it begins", 0},
};

static void
notices(void **state)
{
	const struct row *row = *state;
	struct store_checked done;
	struct found f;

	copy("whole", "hurt");
	damage("hurt", row->sql);
	check("hurt", &f, &done);
	if (f.n == 0)
		fail_msg("not noticed");
	if (strstr(f.what, row->what) == NULL)
		fail_msg("said \"%s\" instead of \"%s\"", f.what, row->what);
	assert_int_equal(f.segment != 0, row->segment != 0);
	if (f.segment != 0)
		assert_true(f.source > 0 && f.since <= f.until);
}

/* What stands in the others is looked at all the same. */
static void
damage_hides_no_other(void **state)
{
	struct store_checked whole, done;
	struct found f;

	check("whole", &f, &whole);
	copy("whole", "hurt");
	damage("hurt", "UPDATE part SET data = x'00' WHERE id = 4 * " FIRST);
	damage("hurt", "UPDATE part SET data = x'00' WHERE id ="
		       " 4 * (SELECT max(id) FROM segment) + 3");
	check("hurt", &f, &done);
	assert_int_equal(done.segments, whole.segments);
	assert_int_equal(done.events, whole.events);
	assert_true(done.damages >= 2);
}

/* A page of zeros wherever it lies: told, or the store does not open. */
static void
notices_every_lost_page(void **state)
{
	const off_t page = 16384;
	static const char zeros[16384];
	CLEANUP(xfree) char *path = help_path("hurt");
	struct stat sb;
	uint64_t seed = 3;

	copy("whole", "hurt");
	assert_int_equal(stat(path, &sb), 0);
	for (int i = 0; i < 12; i++) {
		struct reterr err = {""};
		struct store_checked done;
		struct store *st = NULL;
		struct found f = {0};
		off_t at = i < 8 ? i + 1
				 : (off_t)(help_random(&seed) %
					   (uint64_t)(sb.st_size / page));
		int fd, r;

		copy("whole", "hurt");
		fd = open(path, O_WRONLY | O_CLOEXEC);
		assert_int_equal(
		    pwrite(fd, zeros, sizeof(zeros), at * page), page);
		close(fd);
		if (store_open(path, STORE_READ, &st, &err) < 0)
			continue;
		r = store_check(st, note, &f, &done, &err);
		store_free(st);
		if (r == 0 && f.n == 0)
			fail_msg("page %lld was not missed", (long long)at);
	}
}

static int
setup(void **state)
{
	int r = help_setup(state);

	if (r == 0)
		fill("whole");
	return r;
}

int
main(void)
{
	static const struct CMUnitTest plain[] = {
	    cmocka_unit_test(calls_sound_what_is),
	    cmocka_unit_test(calls_sound_what_is_empty),
	    cmocka_unit_test(damage_hides_no_other),
	    cmocka_unit_test(notices_every_lost_page),
	};
	struct CMUnitTest tests[ARRAY_SIZE(plain) + ARRAY_SIZE(rows)];

	memcpy(tests, plain, sizeof(plain));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		tests[ARRAY_SIZE(plain) + i] =
		    (struct CMUnitTest){.name = rows[i].name,
			.test_func = notices,
			.initial_state = (void *)&rows[i]};
	return cmocka_run_group_tests(tests, setup, help_teardown);
}
