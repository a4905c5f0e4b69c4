/* SPDX-License-Identifier: MIT */
/*
 * Ranges stand sorted in an array, none touching another.  Entries mostly come
 * in rising order, so the last range is looked at before the array is
 * searched.  What changed since the last commit is kept as one span per set:
 * a commit deletes what the table has in it and writes what is in it now.
 */
#include "seq.h"

#include "recount/mem.h"

struct set {
	char id[33];
	struct seq_range *ranges;
	size_t n, size;
	bool changed;
	uint64_t first, last; /* the span, if changed */
};

struct seqs {
	struct set *sets;
	size_t n;
};

struct seqs *
seqs_new(void)
{
	return xcalloc(1, sizeof(struct seqs));
}

void
seqs_free(struct seqs *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->n; i++)
		xfree(s->sets[i].ranges);
	xfree(s->sets);
	xfree(s);
}

static struct set *
seqs_find(const struct seqs *s, const char *id)
{
	for (size_t i = s->n; i-- > 0;) {
		if (strncmp(s->sets[i].id, id, 32) == 0)
			return &s->sets[i];
	}
	return NULL;
}

/* The first range that ends at seq or later. */
static size_t
set_search(const struct set *set, uint64_t seq)
{
	size_t low = 0, high = set->n;

	if (high > 0 && set->ranges[high - 1].last < seq)
		return high;
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (set->ranges[mid].last < seq)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static void
set_insert(struct set *set, size_t at, uint64_t first, uint64_t last)
{
	if (set->n == set->size) {
		set->size = set->size ? set->size * 2 : 8;
		set->ranges =
		    xreallocarray(set->ranges, set->size, sizeof(*set->ranges));
	}
	memmove(&set->ranges[at + 1], &set->ranges[at],
	    (set->n - at) * sizeof(*set->ranges));
	set->ranges[at] = (struct seq_range){.first = first, .last = last};
	memcpy(set->ranges[at].seqnum_id, set->id, sizeof(set->id));
	set->n++;
}

static void
set_add(struct set *set, uint64_t first, uint64_t last)
{
	size_t at = set_search(set, first > 0 ? first - 1 : 0), end = at;

	/* All ranges from at to end overlap the new one, or touch it. */
	while (end < set->n &&
	       (last == UINT64_MAX || set->ranges[end].first <= last + 1))
		end++;
	if (at == end) {
		set_insert(set, at, first, last);
		return;
	}
	if (set->ranges[at].first > first)
		set->ranges[at].first = first;
	if (set->ranges[end - 1].last > last)
		last = set->ranges[end - 1].last;
	set->ranges[at].last = last;
	memmove(&set->ranges[at + 1], &set->ranges[end],
	    (set->n - end) * sizeof(*set->ranges));
	set->n -= end - at - 1;
}

void
seqs_add(struct seqs *s, const char *seqnum_id, uint64_t first, uint64_t last)
{
	struct set *set = seqs_find(s, seqnum_id);

	if (set == NULL) {
		s->sets = xreallocarray(s->sets, s->n + 1, sizeof(*s->sets));
		set = &s->sets[s->n++];
		*set = (struct set){0};
		memcpy(set->id, seqnum_id, strnlen(seqnum_id, 32));
	}
	set_add(set, first, last);
	if (!set->changed || first < set->first)
		set->first = first;
	if (!set->changed || last > set->last)
		set->last = last;
	set->changed = true;
}

bool
seqs_has(const struct seqs *s, const char *seqnum_id, uint64_t seq)
{
	const struct set *set = seqs_find(s, seqnum_id);
	size_t at;

	if (set == NULL)
		return false;
	at = set_search(set, seq);
	return at < set->n && set->ranges[at].first <= seq;
}

void
seqs_clean(struct seqs *s)
{
	for (size_t i = 0; i < s->n; i++)
		s->sets[i].changed = false;
}

int
seqs_each_changed(const struct seqs *s,
    int (*fn)(void *arg, const char *seqnum_id, uint64_t first, uint64_t last,
	const struct seq_range *ranges, size_t n),
    void *arg)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct set *set = &s->sets[i];
		size_t at, end;
		int r;

		if (!set->changed)
			continue;
		at = set_search(set, set->first);
		end = at;
		while (end < set->n && set->ranges[end].first <= set->last)
			end++;
		/* The ranges at both ends may reach beyond the span, and may
		 * have swallowed others there. */
		r = fn(arg, set->id, set->ranges[at].first,
		    set->ranges[end - 1].last, &set->ranges[at], end - at);
		if (r != 0)
			return r;
	}
	return 0;
}
