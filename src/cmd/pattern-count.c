/* SPDX-License-Identifier: MIT */
/*
 * Counting patterns.
 *
 * Window and baseline are scanned one after the other; each pattern has a row
 * with its counts per bucket, which is all that the comparison wants.
 *
 * What journald hands to rsyslog is in the store twice.  Both copies lie
 * within moments of each other, so among messages of one pattern, host and
 * program the n-th one that a source has within a slot of time is a copy if
 * another source has had its n-th in that slot already.  This needs no text,
 * and no more memory than a slot's messages, since events come in order of
 * time; it errs where copies fall to both sides of a slot's edge, which is why
 * slots are long compared to rsyslog's delay.
 */
#include "pattern-count.h"

#include <errno.h>
#include <stdlib.h>

#include "filter.h"
#include "recount/mine.h"

#define COPY_SLOT (10 * USEC_PER_SEC)
#define MERGES_MAX 64 /* of one pattern, one after the other */

struct counting {
	struct pattern_table *t;
	struct filter *filter;
	bool window; /* that is scanned; else the baseline */
	bool copies; /* to be looked for: there is more than one source */
	usec_t slot;
	/* Messages told in this slot; and by one source alone. */
	struct u64map *told, *by_source;
};

static void
counting_end(struct counting *k)
{
	filter_free(k->filter);
	u64map_free(k->told);
	u64map_free(k->by_source);
}

DEFINE_CLEANUP_IN(struct counting, counting_end)

static bool
is_copy(struct counting *k, const struct log_event *ev, uint64_t pattern)
{
	uint64_t parts[4] = {pattern, hash64(ev->host.p, ev->host.n),
	    hash64(ev->identifier.p, ev->identifier.n), 0};
	usec_t slot = ev->timestamp / COPY_SLOT;
	uint64_t *told, mine;

	if (!k->copies ||
	    (ev->kind != EVENT_JOURNAL && ev->kind != EVENT_SYSLOG))
		return false;
	if (slot != k->slot) {
		u64map_free(k->told);
		u64map_free(k->by_source);
		k->told = u64map_new();
		k->by_source = u64map_new();
		k->slot = slot;
	}
	told = u64map_at(k->told, hash64(parts, sizeof(parts)), 0, NULL);
	parts[3] = (uint64_t)ev->source + 1;
	mine =
	    ++*u64map_at(k->by_source, hash64(parts, sizeof(parts)), 0, NULL);
	if (mine <= *told)
		return true;
	*told = mine;
	return false;
}

static struct pattern_row *
row_of(struct pattern_table *t, uint64_t pattern)
{
	size_t n_buckets = t->window.n_buckets + t->baseline.n_buckets;
	bool new;
	size_t at = (size_t)*u64map_at(t->index, pattern, t->n, &new);

	if (!new)
		return &t->rows[at];
	if (t->n == t->size) {
		t->size = t->size ? 2 * t->size : 256;
		t->rows = xreallocarray(t->rows, t->size, sizeof(*t->rows));
		t->buckets = xreallocarray(
		    t->buckets, t->size, n_buckets * sizeof(*t->buckets));
	}
	memset(
	    t->buckets + t->n * n_buckets, 0, n_buckets * sizeof(*t->buckets));
	t->rows[t->n] =
	    (struct pattern_row){.pattern = pattern, .severity = SEVERITY_NONE};
	return &t->rows[t->n++];
}

static bool
before(usec_t t, uint64_t id, usec_t t2, uint64_t id2)
{
	return t != t2 ? t < t2 : id < id2;
}

/* The first and last place where it stands, and who said it. */
static void
take_place(struct pattern_row *row, const struct log_event *ev, bool window)
{
	bool fresh = row->first_id == 0 || (window && !row->in_window);

	row->in_window = row->in_window || window;
	if (fresh || before(ev->timestamp, ev->id, row->first, row->first_id)) {
		struct str who = ev->service.n      ? ev->service
				 : ev->identifier.n ? ev->identifier
						    : ev->unit;

		row->first = ev->timestamp;
		row->first_id = ev->id;
		if (!row->service || !str_eq(str_of(row->service), who)) {
			xfree(row->service);
			row->service = who.n ? str_dup(who) : NULL;
		}
	}
	if (fresh || before(row->last, row->last_id, ev->timestamp, ev->id)) {
		row->last = ev->timestamp;
		row->last_id = ev->id;
	}
}

/* What a pattern was merged into may have been merged in turn. */
static uint64_t
survivor_of(const struct pattern_table *t, uint64_t pattern)
{
	/* Damage in a store must not hang. */
	for (int i = 0; i < MERGES_MAX; i++) {
		const uint64_t *next = u64map_find(t->survivor, pattern);

		if (!next)
			break;
		pattern = *next;
	}
	return pattern;
}

static int
count_event(void *arg, const struct log_event *ev)
{
	struct counting *k = arg;
	struct pattern_table *t = k->t;
	const struct pattern_span *s = k->window ? &t->window : &t->baseline;
	uint64_t pattern = survivor_of(t, ev->pattern);
	struct pattern_row *row;
	size_t bucket;

	if (pattern == 0 || !filter_wants(k->filter, ev) ||
	    is_copy(k, ev, pattern))
		return 0;
	row = row_of(t, pattern);
	take_place(row, ev, k->window);
	if (ev->severity != SEVERITY_NONE &&
	    (row->severity == SEVERITY_NONE || ev->severity < row->severity))
		row->severity = ev->severity;
	bucket = pattern_span_bucket(s, ev->timestamp) +
		 (k->window ? 0 : t->window.n_buckets);
	bucket += (size_t)(row - t->rows) *
		  (t->window.n_buckets + t->baseline.n_buckets);
	if (t->buckets[bucket] < UINT32_MAX)
		t->buckets[bucket]++;
	return 0;
}

static int
scan(struct counting *k, struct store *st, bool window, struct reterr *err)
{
	const struct pattern_span *s = window ? &k->t->window : &k->t->baseline;
	struct store_query q = {
	    .since = s->since,
	    .until = s->until,
	    .columns = STORE_ORIGIN,
	    .kinds = ~(1u << EVENT_ACCESS),
	    .ordered = k->copies,
	};

	uint64_t damaged = 0;
	int r;

	if (s->n_buckets == 0)
		return 0;
	filter_query(k->filter, &q);
	k->window = window;
	r = store_scan(st, &q, count_event, k, &damaged, err);
	k->t->damaged += damaged;
	return r;
}

static int
count_sources(void *arg, const struct source_info *info)
{
	size_t *n = arg;

	*n += info->events > 0;
	return 0;
}

static int
take_survivor(
    void *arg, uint64_t pattern, struct str template, struct str state)
{
	struct pattern_table *t = arg;
	uint64_t survivor = mine_state_survivor(state);

	if (survivor != 0)
		*u64map_at(t->survivor, pattern, 0, NULL) = survivor;
	return 0;
}

static int
take_template(
    void *arg, uint64_t pattern, struct str template, struct str state)
{
	struct pattern_table *t = arg;
	const uint64_t *at = u64map_find(t->index, pattern);

	if (at && !t->rows[*at].template)
		t->rows[*at].template = str_dup(template);
	return 0;
}

static int
by_change(const void *x, const void *y)
{
	const struct pattern_row *a = x, *b = y;
	bool same_a = a->counts.change == PATTERN_SAME;
	bool same_b = b->counts.change == PATTERN_SAME;

	if (same_a != same_b)
		return same_a ? 1 : -1;
	if (!same_a && a->counts.score != b->counts.score)
		return a->counts.score > b->counts.score ? -1 : 1;
	if (a->counts.window != b->counts.window)
		return a->counts.window > b->counts.window ? -1 : 1;
	if (a->first != b->first)
		return a->first < b->first ? -1 : 1;
	return a->pattern < b->pattern ? -1 : a->pattern > b->pattern;
}

static void
compare(struct pattern_table *t)
{
	CLEANUP(xfree)
	struct pattern_counts *list = xcalloc(t->n + 1, sizeof(*list));
	size_t n_buckets = t->window.n_buckets + t->baseline.n_buckets;

	for (size_t i = 0; i < t->n; i++)
		list[i].buckets = t->buckets + i * n_buckets;
	patterns_compare(&t->window, &t->baseline, list, t->n);
	for (size_t i = 0; i < t->n; i++)
		t->rows[i].counts = list[i];
	if (t->n > 1)
		qsort(t->rows, t->n, sizeof(*t->rows), by_change);
}

int
pattern_table_fill(
    struct pattern_table *t, const struct cmd_context *c, struct store *st)
{
	CLEANUP(counting_end)
	struct counting k = {.t = t, .slot = USEC_NONE};
	struct reterr err = {""};
	size_t n_sources = 0;
	int r = filter_new(c, &k.filter);

	if (r != EXIT_DONE)
		return r;
	t->index = u64map_new();
	t->survivor = u64map_new();
	pattern_spans_cut(&t->window, &t->baseline);
	r = store_each_source(st, count_sources, &n_sources);
	k.copies = n_sources > 1;
	if (r == 0)
		r = store_each_pattern(st, take_survivor, t);
	if (r == 0)
		r = scan(&k, st, false, &err);
	if (r == 0)
		r = scan(&k, st, true, &err);
	if (r == 0)
		r = store_each_pattern(st, take_template, t);
	if (r < 0)
		return cmd_fail(c, "%s", err.text[0] ? err.text : strerror(-r));
	compare(t);
	return EXIT_DONE;
}

void
pattern_table_end(struct pattern_table *t)
{
	for (size_t i = 0; i < t->n; i++) {
		xfree(t->rows[i].template);
		xfree(t->rows[i].service);
	}
	xfree(t->rows);
	xfree(t->buckets);
	u64map_free(t->index);
	u64map_free(t->survivor);
}
