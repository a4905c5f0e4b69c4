/* SPDX-License-Identifier: MIT */
/*
 * events: the events of a window, filtered, in order.
 *
 * With -n the last N are wanted, in order all the same: the store is asked for
 * the newest first, and what was printed into memory is turned around.
 */
#include <stdio.h>

#include "event-text.h"
#include "filter.h"

#define OUT_BYTES ((size_t)64 * 1024) /* written in one go */

struct printing {
	const struct cmd_context *c;
	struct filter *filter;
	const struct event_format *format;
	struct buf out;
	int64_t left; /* of -n; -1: no limit */
	bool turn;    /* keep the ends of events, to print the last first */
	size_t *ends, n_ends, size_ends;
};

static void
printing_end(struct printing *p)
{
	filter_free(p->filter);
	buf_free(&p->out);
	xfree(p->ends);
}

DEFINE_CLEANUP_IN(struct printing, printing_end)

static void
keep_end(struct printing *p)
{
	if (p->n_ends == p->size_ends) {
		p->size_ends = p->size_ends ? 2 * p->size_ends : 256;
		p->ends =
		    xreallocarray(p->ends, p->size_ends, sizeof(*p->ends));
	}
	p->ends[p->n_ends++] = p->out.n;
}

static int
print_event(void *arg, const struct log_event *ev)
{
	struct printing *p = arg;

	if (!filter_wants(p->filter, ev))
		return 0;
	if (p->left == 0)
		return 1;
	if (p->left > 0)
		p->left--;
	p->format->add(ev, p->c->zone, &p->out);
	if (p->turn) {
		keep_end(p);
	} else if (p->out.n >= OUT_BYTES) {
		fwrite(p->out.p, 1, p->out.n, stdout);
		buf_reset(&p->out);
	}
	return ferror(stdout) || p->left == 0;
}

static void
write_rest(struct printing *p)
{
	if (!p->turn) {
		fwrite(p->out.p, 1, p->out.n, stdout);
		return;
	}
	for (size_t i = p->n_ends; i > 0; i--) {
		size_t from = i > 1 ? p->ends[i - 2] : 0;

		fwrite(p->out.p + from, 1, p->ends[i - 1] - from, stdout);
	}
}

static int
run_events(struct cmd_context *c)
{
	CLEANUP(store_free) struct store *st = NULL;
	CLEANUP(printing_end)
	struct printing p = {
	    .c = c,
	    .format = event_format_find(c->output),
	    .left = c->lines,
	    .turn = c->lines >= 0 && !c->reverse,
	};
	CLEANUP(buf_free) struct buf text = BUF_INIT;
	struct store_query q = {
	    .ordered = true, .reverse = c->reverse || p.turn};
	struct reterr err = {""};
	uint64_t damaged = 0;
	int status, r;

	if (!p.format) {
		event_format_names(&text);
		return cmd_usage(c, "-o wants one of %s", text.p);
	}
	if (c->argc > 0)
		return cmd_usage(c,
		    "'%s': events takes no operands; -g "
		    "searches, -u names a unit",
		    c->argv[0]);
	status = filter_new(c, &p.filter);
	if (status != EXIT_DONE)
		return status;
	if (cmd_store(c, STORE_READ, &st) < 0)
		return EXIT_FAILED;
	status = cmd_window(c, st, true, USEC_PER_HOUR, &q.since, &q.until);
	if (status != EXIT_DONE)
		return status;

	q.columns = p.format->columns;
	filter_query(p.filter, &q);
	cmd_window_text(c, q.since, q.until, &text);
	if (!c->quiet && (c->since != USEC_NONE || c->until != USEC_NONE))
		fprintf(stderr, "recount events: %s\n", text.p);
	cmd_pager(c);
	if (p.format->head)
		fputs(p.format->head, stdout);
	r = c->lines == 0 ? 0
			  : store_scan(st, &q, print_event, &p, &damaged, &err);
	write_rest(&p);
	if (damaged)
		return cmd_fail(c, "%llu damaged segments were left out",
		    (unsigned long long)damaged);
	return r < 0 ? cmd_fail(c, "%s", err.text) : EXIT_DONE;
}

const struct cmd cmd_events = {
    .name = "events",
    .synopsis = "[-S TIME] [-U TIME] [-u UNIT] [-p LEVEL] [-g REGEX] "
		"[-o FORMAT] [-n N] [-r]",
    .help = "the events themselves: short, short-iso, cat, json, raw or csv",
    .outputs = "short, short-iso, cat, json, csv, raw, markdown",
    .run = run_events,
};
