/* SPDX-License-Identifier: MIT */
/*
 * Which messages are copies of each other.  A log is a string of words
 * "source:second text"; what is expected names the records that are told, by
 * their place in it, each followed by its copies.
 */
#include <stdio.h>

#include "../../src/analysis/analysis.h"
#include "table.h"

#define T0 ((usec_t)1767225600 * USEC_PER_SEC) /* 2026-01-01 */
#define N_MAX 8

struct line {
	char source; /* 'j' the journal, 's' syslog, 'a' auth.log; 0: no more */
	double at;
	const char *text;
	const char *host;
};

static const struct row {
	const char *name;
	struct line lines[N_MAX];
	const char *want;
} rows[] = {
    {"nothing", {{0}}, ""},
    {"one", {{'j', 0, "a", "h"}}, "0"},
    {"journal and syslog", {{'s', 0, "a", "h"}, {'j', 0.1, "a", "h"}}, "1+0"},
    {"journal, syslog and auth.log",
	{{'s', 0, "a", "h"}, {'a', 0, "a", "h"}, {'j', 0.2, "a", "h"}},
	"2+0+1"},
    {"said twice in one source", {{'j', 0, "a", "h"}, {'j', 0.1, "a", "h"}},
	"0 1"},
    {"the n-th with the n-th",
	{{'j', 0, "a", "h"}, {'j', 0.5, "a", "h"}, {'s', 0, "a", "h"},
	    {'s', 1, "a", "h"}},
	"0+2 1+3"},
    {"other text", {{'j', 0, "a", "h"}, {'s', 0, "b", "h"}}, "0 1"},
    {"other host", {{'j', 0, "a", "h"}, {'s', 0, "a", "g"}}, "0 1"},
    {"too late", {{'j', 0, "a", "h"}, {'s', 9, "a", "h"}}, "0 1"},
    {"one copy too few",
	{{'j', 0, "a", "h"}, {'j', 0.5, "a", "h"}, {'s', 0.9, "a", "h"}},
	"0+2 1"},
    {"blanks and control characters as rsyslog writes them",
	{{'j', 0, "a  b\tc", "h"}, {'s', 0, "a b#011c", "h"}}, "0+1"},
};

static void
add(struct analysis *a, size_t i, const struct line *l)
{
	struct log_event ev;

	event_init(&ev);
	ev.id = i + 1;
	ev.source = (uint32_t)l->source;
	ev.kind = l->source == 'j' ? EVENT_JOURNAL : EVENT_SYSLOG;
	ev.precision = l->source == 'j' ? 1 : USEC_PER_SEC;
	ev.timestamp = T0 + (usec_t)(l->at * (double)USEC_PER_SEC);
	ev.host = str_of(l->host);
	ev.body = str_of(l->text);
	analysis_add(a, &ev);
}

/* Records by their place in the row, which their ids tell. */
static void
told(const struct analysis *a, struct buf *out)
{
	for (uint64_t id = 1; id <= a->n_messages; id++) {
		uint32_t at = 0;

		while (a->messages[at].id != id)
			at++;
		if (a->messages[at].is_twin)
			continue;
		buf_adds(out, out->n > 0 ? " " : "");
		buf_addf(out, "%d", (int)id - 1);
		for (at = a->messages[at].twin; at != NO_RECORD;
		     at = a->messages[at].twin)
			buf_addf(out, "+%d", (int)a->messages[at].id - 1);
	}
}

static void
copies(void **state)
{
	const struct row *row = *state;
	CLEANUP(rules_free) struct rules *rules = rules_new();
	struct analysis_options o = {.since = T0,
	    .until = T0 + USEC_PER_HOUR,
	    .lookback = T0,
	    .zone = zone_utc(),
	    .rules = rules,
	    .failed_status = 500};

	/* The order of arrival does not matter. */
	for (int backwards = 0; backwards < 2; backwards++) {
		CLEANUP(analysis_free) struct analysis *a = analysis_new(&o);
		CLEANUP(buf_free) struct buf have = BUF_INIT;
		size_t n = 0;

		while (n < N_MAX && row->lines[n].source != 0)
			n++;
		for (size_t i = 0; i < n; i++) {
			size_t k = backwards ? n - 1 - i : i;

			add(a, k, &row->lines[k]);
		}
		messages_sort(a);
		twice_find(a);
		told(a, &have);
		assert_string_equal(have.p ? have.p : "", row->want);
	}
}

int
main(void)
{
	return TABLE_RUN(rows, copies);
}
