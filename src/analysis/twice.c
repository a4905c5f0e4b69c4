/* SPDX-License-Identifier: MIT */
/*
 * One thing seen by two sources is one event.
 *
 * journald hands messages to rsyslog, which writes them to syslog and to
 * auth.log, which may be forwarded to a log host: up to four copies.  Two
 * records are the same message when host and text agree, they come from
 * different sources, and their times are within SLACK of each other (plus the
 * coarser one's precision).  A program may say the same sentence a hundred
 * times, so copies are paired one to one in order of time: the n-th sentence
 * in one source with the n-th in the other.
 *
 * The record that stays is the one with the finer clock, which is the
 * journal's where there is one; ties go to the smaller id.  Its twin is kept
 * as second evidence.
 */
#include "analysis.h"

#include <stdlib.h>

/* Between the program's call and rsyslog's own clock: queues under load. */
#define SLACK (2 * USEC_PER_SEC)

/* Copies waiting for their pair, by sense: more than this many within SLACK
 * are a flood, where pairing would cost more than it tells. */
#define PENDING_MAX 512

struct ref {
	uint64_t sense;
	uint32_t record;
};

static int
by_sense(const void *x, const void *y)
{
	const struct ref *a = x, *b = y;

	if (a->sense != b->sense)
		return a->sense < b->sense ? -1 : 1;
	return a->record < b->record ? -1 : a->record > b->record;
}

static bool
finer(const struct message *x, const struct message *y)
{
	bool x_journal = x->kind == EVENT_JOURNAL;
	bool y_journal = y->kind == EVENT_JOURNAL;

	if (x_journal != y_journal)
		return x_journal;
	if (x->precision != y->precision)
		return x->precision < y->precision;
	return x->id < y->id;
}

/* Whether source already has a copy in the chain that begins at record. */
static bool
chain_has(const struct analysis *a, uint32_t record, uint32_t source)
{
	for (; record != NO_RECORD; record = a->messages[record].twin) {
		if (a->messages[record].source == source)
			return true;
	}
	return false;
}

static bool
close_enough(const struct message *x, const struct message *y)
{
	usec_t apart =
	    x->time > y->time ? x->time - y->time : y->time - x->time;
	usec_t coarse =
	    x->precision > y->precision ? x->precision : y->precision;

	return apart <= SLACK + coarse;
}

/* Pair the copies among refs, which all have one sense, in order of time. */
static void
pair(struct analysis *a, const struct ref *refs, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct message *late = &a->messages[refs[i].record];
		size_t from = i > PENDING_MAX ? i - PENDING_MAX : 0;

		for (size_t k = from; k < i; k++) {
			struct message *early = &a->messages[refs[k].record];
			uint32_t tail = refs[k].record;

			if (early->is_twin || early->source == late->source ||
			    !close_enough(early, late) ||
			    chain_has(a, refs[k].record, late->source))
				continue;
			while (a->messages[tail].twin != NO_RECORD)
				tail = a->messages[tail].twin;
			a->messages[tail].twin = refs[i].record;
			late->is_twin = true;
			break;
		}
	}
	/* The finest of each chain becomes its head. */
	for (size_t i = 0; i < n; i++) {
		uint32_t head = refs[i].record, best = head, at;

		if (a->messages[head].is_twin ||
		    a->messages[head].twin == NO_RECORD)
			continue;
		for (at = head; at != NO_RECORD; at = a->messages[at].twin) {
			if (finer(&a->messages[at], &a->messages[best]))
				best = at;
		}
		if (best == head)
			continue;
		/* Unlink best, then put it in front. */
		for (at = head; a->messages[at].twin != best;)
			at = a->messages[at].twin;
		a->messages[at].twin = a->messages[best].twin;
		a->messages[best].twin = head;
		a->messages[head].is_twin = true;
		a->messages[best].is_twin = false;
	}
}

static bool
one_source(const struct analysis *a)
{
	for (size_t i = 1; i < a->n_messages; i++) {
		if (a->messages[i].source != a->messages[0].source)
			return false;
	}
	return true;
}

void
twice_find(struct analysis *a)
{
	CLEANUP(xfree)
	struct ref *refs = xcalloc(a->n_messages, sizeof(*refs));
	size_t n = 0;

	if (one_source(a))
		return;
	for (size_t i = 0; i < a->n_messages; i++) {
		const struct message *m = &a->messages[i];

		if (m->kind == EVENT_ALERT || m->kind == EVENT_MARK)
			continue;
		refs[n].sense = m->sense;
		refs[n++].record = (uint32_t)i;
	}
	if (n > 0)
		qsort(refs, n, sizeof(*refs), by_sense);
	for (size_t i = 0; i < n;) {
		size_t end = i + 1;

		while (end < n && refs[end].sense == refs[i].sense)
			end++;
		pair(a, refs + i, end - i);
		i = end;
	}
}
