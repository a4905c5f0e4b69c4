/* SPDX-License-Identifier: MIT */
/*
 * Clocks that disagree.  A request that passes through two hosts leaves its id
 * in the logs of both (nginx's $request_id, a trace id in an application's
 * message), at practically the same time; where one clock is off, all such
 * pairs are apart by the same span.  The host with the most requests is the
 * reference, since its access log is what incidents are measured by.
 *
 * Per other host, the median of the differences is its skew, believed when
 * there are PAIRS_MIN of them, half lie within SPREAD_MAX of the median, and
 * it is more than a request may take (SKEW_MIN).  Its messages are then put
 * where the reference clock would have them, and the report says so: raw lines
 * are never touched.
 */
#include "analysis.h"

#include <stdio.h>
#include <stdlib.h>

#define PAIRS_MIN 5
#define SKEW_MIN (5 * USEC_PER_SEC)
#define SPREAD_MAX (2 * USEC_PER_SEC)
/* Fewer hex digits than this occur by chance: counters, dates, addresses. */
#define ID_DIGITS_MIN 16

static bool
is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ||
	       (c >= 'A' && c <= 'F');
}

static bool
is_hex_or_dash(char c)
{
	return is_hex(c) || c == '-';
}

/* Long hex words, dashes inside allowed (UUIDs), with a letter and a digit. */
uint64_t
request_id_in(struct str text)
{
	for (size_t i = 0; i + ID_DIGITS_MIN <= text.n;) {
		size_t from = i, digits = 0, letters = 0;
		size_t end = i + ID_DIGITS_MIN;

		/* Of most words the end shows that they are too short. */
		while (end > i && is_hex_or_dash(text.p[end - 1]))
			end--;
		if (end > i) {
			i = end;
			continue;
		}
		while (i < text.n &&
		       (is_hex(text.p[i]) || (text.p[i] == '-' && i > from))) {
			digits += text.p[i] >= '0' && text.p[i] <= '9';
			letters += text.p[i] > '9';
			i++;
		}
		if (digits > 0 && letters > 0 &&
		    digits + letters >= ID_DIGITS_MIN)
			return hash64(text.p + from, i - from);
		if (i == from)
			i++;
	}
	return 0;
}

static uint32_t
reference_host(const struct analysis *a)
{
	CLEANUP(u64map_free) struct u64map *counts = u64map_new();
	uint32_t best = NO_STRING;
	uint64_t most = 0;

	for (size_t i = 0; i < a->n_requests;) {
		uint32_t host = a->requests[i].host;
		size_t from = i;
		uint64_t n;

		while (i < a->n_requests && a->requests[i].host == host)
			i++;
		n = *u64map_at(counts, host, 0, NULL) += i - from;
		if (n > most) {
			most = n;
			best = host;
		}
	}
	return best;
}

bool
analysis_wants_request_ids(const struct analysis *a)
{
	for (size_t i = 0; i < a->n_messages; i++) {
		if (a->messages[i].request_id != 0)
			return true;
	}
	return false;
}

static int
by_usec(const void *x, const void *y)
{
	const usec_t *a = x, *b = y;

	return *a < *b ? -1 : *a > *b;
}

/* How far the clock of host is ahead; 0 when it cannot be told. */
static usec_t
skew_of(const struct analysis *a, uint32_t host, const struct u64map *seen)
{
	CLEANUP(xfree)
	usec_t *apart = xcalloc(a->n_messages + 1, sizeof(*apart));
	size_t n = 0;
	usec_t skew;

	for (size_t i = 0; i < a->n_messages; i++) {
		const struct message *m = &a->messages[i];
		const uint64_t *at;

		if (m->host != host || m->request_id == 0 || m->is_twin)
			continue;
		at = u64map_find(seen, m->request_id);
		if (at != NULL)
			apart[n++] = m->time - (usec_t)*at;
	}
	if (n < PAIRS_MIN)
		return 0;
	qsort(apart, n, sizeof(*apart), by_usec);
	skew = apart[n / 2];
	if ((skew < SKEW_MIN && skew > -SKEW_MIN) ||
	    apart[n * 3 / 4] - apart[n / 4] > SPREAD_MAX)
		return 0;
	return skew;
}

static void
note_skew(struct analysis *a, uint32_t host, usec_t skew)
{
	CLEANUP(buf_free) struct buf text = BUF_INIT;
	char span[TIME_TEXT_MAX];

	buf_addf(&text,
	    "the clock of %.*s is %s %s that of the web server; "
	    "its messages are shown corrected",
	    STR_ARG(pool_get(a, host)),
	    span_format(skew > 0 ? skew : -skew, span),
	    skew > 0 ? "ahead of" : "behind");
	for (size_t i = 0; i < a->n_sources; i++) {
		if (a->sources[i].host == host)
			analysis_add_gap(a, a->sources[i].id, USEC_NONE,
			    USEC_NONE, buf_str(&text), 0, false);
	}
}

void
skew_correct(struct analysis *a)
{
	CLEANUP(u64map_free) struct u64map *seen = u64map_new();
	CLEANUP(u64map_free) struct u64map *asked = u64map_new();
	uint32_t reference;
	bool moved = false;

	if (!analysis_wants_request_ids(a))
		return;
	reference = reference_host(a);
	for (size_t i = 0; i < a->n_requests; i++) {
		if (a->requests[i].host == reference &&
		    a->requests[i].request_id != 0)
			u64map_at(seen, a->requests[i].request_id,
			    (uint64_t)a->requests[i].end, NULL);
	}
	if (u64map_count(seen) == 0)
		return;
	for (size_t i = 0; i < a->n_messages; i++) {
		uint32_t host = a->messages[i].host;
		bool new;
		usec_t skew;

		u64map_at(asked, host, 0, &new);
		if (!new || host == reference || host == NO_STRING)
			continue;
		skew = skew_of(a, host, seen);
		if (skew == 0)
			continue;
		for (size_t k = 0; k < a->n_messages; k++) {
			if (a->messages[k].host == host)
				a->messages[k].time -= skew;
		}
		note_skew(a, host, skew);
		moved = true;
	}
	if (moved)
		messages_sort(a);
}
