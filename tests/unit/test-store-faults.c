/* SPDX-License-Identifier: MIT */
/*
 * A small workload, and everything that a disk can do to it: the power fails
 * during each of its writes, each of its operations fails once or for good,
 * the disk is full from each of them on.  Afterwards the store opens, is
 * sound, and holds exactly the first so many batches with the positions that
 * belong to them; nothing that was acknowledged is missing (but for a power
 * cut while commits need not be durable); and going on from there completes
 * it.
 *
 * Every fifth moment is tried; all of them with $RECOUNT_FAULT_SEEDS, which is
 * how many ways each power cut is tried then.
 */
#include "store-help.h"

#include <errno.h>
#include <sys/stat.h>

#include "fault-vfs.h"

#define T0 (1772629200 * USEC_PER_SEC)
#define BATCHES 12
#define BATCHES_PER_OPENING 4
#define RETAIN_AFTER 7
#define TRIES 4
#define LINE_BYTES 256 /* from one line to the next */

/* Events in all batches before this one.  Batch 0 has the sources only. */
static uint64_t
events_before(unsigned batch)
{
	uint64_t n = 0;

	for (unsigned i = 1; i < batch; i++)
		n += 1 + i * 37 % 90;
	return n;
}

static int
append(struct store *st, uint64_t n)
{
	char line[200];
	struct log_event ev;
	int k = snprintf(line, sizeof(line), "line %llu: %llx %.*s",
	    (unsigned long long)n, (unsigned long long)(n * 7919 * 104729),
	    (int)(n * 31 % 100),
	    "................................................................"
	    "....................................");

	event_init(&ev);
	ev.source = 1 + (uint32_t)n % 2;
	ev.kind = EVENT_SYSLOG;
	ev.timestamp = T0 + (usec_t)n * USEC_PER_SEC;
	ev.observed = ev.timestamp;
	ev.raw = ev.body = (struct str){line, (size_t)k};
	ev.offset = (int64_t)n * LINE_BYTES;
	return store_append(st, &ev);
}

/* Batch number i, as a follower would write it. */
static void
add_batch(struct store *st, unsigned i)
{
	struct gap gap = {.source = 1,
	    .since = T0 + USEC_PER_DAY, /* retention lets it be */
	    .until = T0 + USEC_PER_DAY,
	    .reason = STR("cut off"),
	    .lost = i,
	    .offset = -1};

	for (uint32_t s = 1; i == 0 && s <= 2; s++)
		assert_int_equal(help_source(st, "f"), s);
	if (i == 0)
		return;
	for (uint64_t n = events_before(i); n < events_before(i + 1); n++) {
		struct position pos = {.offset = (int64_t)(n + 1) * LINE_BYTES};

		assert_int_equal(append(st, n), 0);
		assert_int_equal(
		    store_position(st, 1 + (uint32_t)n % 2, &pos), 0);
	}
	assert_int_equal(store_gap_add(st, &gap), 0);
	assert_int_equal(
	    store_pattern_put(st, i, STR("line <*>"), STR("s")), 0);
}

struct work {
	const char *path;
	bool durable, patient;    /* patient: try again what failed */
	unsigned acked;           /* batches that were acknowledged */
	size_t acked_at[BATCHES]; /* fault_changes() then */
	bool failed;              /* and gave up */
};

/* -errno only after TRIES. */
static int
open_store(const struct work *w, struct store **ret)
{
	int r = -EIO;

	for (int i = 0; i < (w->patient ? TRIES : 1) && r < 0; i++)
		r = store_open(w->path, STORE_WRITE, ret, NULL);
	if (r == 0 && w->durable)
		r = store_set_durable(*ret, true, NULL);
	return r;
}

static int
commit(const struct work *w, struct store *st)
{
	int r = -EIO;

	for (int i = 0; i < (w->patient ? TRIES : 1) && r < 0; i++)
		r = store_commit(st, NULL);
	return r;
}

/* All batches from w->acked on. */
static void
work(struct work *w)
{
	while (w->acked < BATCHES) {
		CLEANUP(store_free) struct store *st = NULL;

		w->failed = open_store(w, &st) < 0;
		if (w->failed)
			return;
		do {
			uint64_t dropped;

			add_batch(st, w->acked);
			w->failed = commit(w, st) < 0;
			if (w->failed)
				return;
			w->acked_at[w->acked++] = fault_changes();
			if (w->acked == RETAIN_AFTER)
				store_retain(st, T0 + 30 * USEC_PER_SEC, 0,
				    &dropped, NULL);
		} while (w->acked % BATCHES_PER_OPENING != 0);
	}
}

/* ---- what is there afterwards ---- */

struct seen {
	uint64_t next;
	int64_t positions[2];
	unsigned gaps;
};

static int
see_event(void *arg, const struct log_event *ev)
{
	struct seen *s = arg;
	char want[32];
	int k;

	if (s->next == UINT64_MAX)
		s->next = (uint64_t)ev->offset / LINE_BYTES;
	k = snprintf(
	    want, sizeof(want), "line %llu: ", (unsigned long long)s->next);
	if (ev->offset != (int64_t)s->next * LINE_BYTES ||
	    ev->id != s->next + 1 ||
	    !str_starts(ev->raw, (struct str){want, (size_t)k}))
		fail_msg("%.*s instead of line %llu", STR_ARG(ev->raw),
		    (unsigned long long)s->next);
	s->next++;
	return 0;
}

static int
see_source(void *arg, const struct source_info *info)
{
	struct seen *s = arg;

	s->positions[info->id - 1] = info->position.offset;
	return 0;
}

static int
see_gap(void *arg, const struct gap *gap)
{
	struct seen *s = arg;

	s->gaps++;
	return 0;
}

static int
see_damage(void *arg, const struct store_damage *d)
{
	fail_msg("segment %lld: %.*s", (long long)d->segment, STR_ARG(d->what));
	return 1;
}

/* The batches that are there: exactly those before the one returned. */
static unsigned
see(const char *path)
{
	struct store_query q = {.since = USEC_NONE,
	    .until = USEC_NONE,
	    .columns = STORE_ALL,
	    .ordered = true};
	struct seen s = {.next = UINT64_MAX};
	CLEANUP(store_free) struct store *st = NULL;
	struct store_checked checked;
	struct reterr err = {""};
	uint64_t damaged, n;
	unsigned batch = 0;

	if (store_open(path, STORE_WRITE, &st, &err) < 0)
		fail_msg("does not open: %s", err.text);
	assert_int_equal(store_check(st, see_damage, NULL, &checked, &err), 0);
	assert_int_equal(store_scan(st, &q, see_event, &s, &damaged, &err), 0);
	assert_int_equal(damaged, 0);
	s.positions[0] = -1;
	store_each_source(st, see_source, &s);
	store_each_gap(st, USEC_NONE, USEC_NONE, see_gap, &s);
	if (s.positions[0] < 0) { /* not even the sources */
		assert_int_equal(s.next, UINT64_MAX);
		return 0;
	}
	batch = 1 + s.gaps;
	n = s.next == UINT64_MAX ? 0 : s.next;
	assert_int_equal(n, events_before(batch));
	if (n > 0) {
		int64_t last = s.positions[0] > s.positions[1] ? s.positions[0]
							       : s.positions[1];

		assert_int_equal(last, n * LINE_BYTES);
	}
	return batch;
}

/* Going on from there, without faults, completes it. */
static void
complete(const char *path, unsigned from)
{
	struct work w = {.path = path, .acked = from};

	work(&w);
	assert_false(w.failed);
	assert_int_equal(see(path), BATCHES);
}

static void
expect(const char *path, unsigned at_least, unsigned at_most)
{
	unsigned batches = see(path);

	if (batches < at_least || batches > at_most)
		fail_msg(
		    "%u batches, not %u to %u", batches, at_least, at_most);
	complete(path, batches);
}

static void
remove_store(const char *path)
{
	static const char *const suffixes[] = {
	    "", "-wal", "-shm", "-journal", ".lock"};

	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		CLEANUP(xfree)
		char *name = xasprintf("%s%s", path, suffixes[i]);

		unlink(name);
	}
}

/* ---- the power fails ---- */

static unsigned
seeds(unsigned *ret_step)
{
	const char *text = getenv("RECOUNT_FAULT_SEEDS");

	*ret_step = text != NULL ? 1 : 5;
	return text != NULL ? (unsigned)atoi(text) : 1;
}

static void
power_cuts(bool durable)
{
	CLEANUP(xfree)
	char *path = help_path("s.db"), *folder = help_path("cut");
	CLEANUP(xfree) char *left = help_path("cut/s.db");
	struct work w = {.path = path, .durable = durable};
	size_t changes;
	unsigned lost = 0, step, n_seeds = seeds(&step);

	fault_begin();
	fault_log(true);
	work(&w);
	assert_false(w.failed);
	fault_log(false);
	remove_store(path);
	mkdir(folder, 0700);
	changes = fault_changes();
	for (size_t n = 0; n < changes; n += step)
		for (unsigned seed = 0; seed < n_seeds; seed++) {
			unsigned acked = 0, batches;

			while (acked < BATCHES && w.acked_at[acked] <= n)
				acked++;
			remove_store(left);
			fault_power_cut(n, n * 1000 + seed, folder);
			batches = see(left);
			if (durable && batches < acked)
				fail_msg("change %zu, seed %u: %u batches of %u"
					 " acknowledged",
				    n, seed, batches, acked);
			lost += batches < acked;
			assert_true(batches <= acked + 1);
			complete(left, batches);
		}
	remove_store(left);
	fault_end();
	printf("%zu changes, %u times a commit taken back\n", changes, lost);
	/* Else nothing was put to the test. */
	assert_true(changes > 100);
	assert_true(durable || lost > 0);
}

static void
power_cut_loses_nothing_durable(void **state)
{
	power_cuts(true);
}

static void
power_cut_takes_back_whole_batches(void **state)
{
	power_cuts(false);
}

/* ---- operations fail ---- */

static void
each_operation(enum fault kind, bool lasting, bool patient)
{
	CLEANUP(xfree) char *path = help_path("s.db");
	uint64_t happened;
	unsigned failed = 0, n = (unsigned)kind, step;

	seeds(&step);
	do {
		struct work w = {.path = path, .patient = patient};

		remove_store(path);
		fault_begin();
		fault_plan(kind, n, lasting);
		work(&w);
		happened = fault_happened();
		fault_plan(FAULT_NONE, 0, false);
		if (patient && w.failed)
			fail_msg("operation %u failed once, and for good", n);
		failed += w.failed;
		expect(path, w.acked, w.acked + 1);
		fault_end();
		n += step;
	} while (happened > 0 || (kind == FAULT_FULL && n < 100));
	remove_store(path);
	printf("%u operations, %u times given up\n", n, failed);
	assert_true(n > 100);
	assert_true(patient || failed > 0);
}

static void
an_operation_fails_once(void **state)
{
	each_operation(FAULT_IO, false, true);
}

static void
operations_fail_for_good(void **state)
{
	each_operation(FAULT_IO, true, false);
}

static void
the_disk_is_full(void **state)
{
	each_operation(FAULT_FULL, true, false);
}

static int
forget_disk(void **state)
{
	fault_end();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(
		power_cut_loses_nothing_durable, forget_disk),
	    cmocka_unit_test_teardown(
		power_cut_takes_back_whole_batches, forget_disk),
	    cmocka_unit_test_teardown(an_operation_fails_once, forget_disk),
	    cmocka_unit_test_teardown(operations_fail_for_good, forget_disk),
	    cmocka_unit_test_teardown(the_disk_is_full, forget_disk),
	};

	return cmocka_run_group_tests(tests, help_setup, help_teardown);
}
