/* SPDX-License-Identifier: MIT */
/*
 * The model of a window, made from the store: what report, timeline, impact,
 * incidents and snapshot render.
 *
 * The window is scanned once, together with the LOOKBACK before it that says
 * what is normal; every event goes into the analysis, which sees no store; the
 * raw lines of what the model cites are fetched at the end.
 */
#include "make-report.h"

#include <errno.h>

#include "objectives.h"
#include "recount/analysis.h"
#include "recount/mine.h"
#include "similar.h"

/* What is normal is looked up this far before the window, or as far as the
 * window is long where that is more. */
#define LOOKBACK USEC_PER_HOUR
#define ITEMS_MAX 32

static int
add_event(void *arg, const struct log_event *ev)
{
	analysis_add(arg, ev);
	return 0;
}

static int
add_source(void *arg, const struct source_info *info)
{
	analysis_add_source(arg, info->id, info->name, info->host);
	return 0;
}

static int
add_gap(void *arg, const struct gap *gap)
{
	analysis_add_gap(arg, gap->source, gap->since, gap->until, gap->reason,
	    gap->lost, gap->lost_bytes);
	return 0;
}

static int
add_pattern(void *arg, uint64_t pattern, struct str template, struct str state)
{
	uint64_t survivor = mine_state_survivor(state);

	analysis_add_template(arg, pattern, template);
	if (survivor != 0)
		analysis_merge_pattern(arg, pattern, survivor);
	return 0;
}

struct source_names {
	struct source_name {
		uint32_t id;
		char *name;
	} * list;
	size_t n;
};

static void
source_names_free(struct source_names *s)
{
	for (size_t i = 0; i < s->n; i++)
		xfree(s->list[i].name);
	xfree(s->list);
}
DEFINE_CLEANUP_IN(struct source_names, source_names_free)

static int
note_name(void *arg, const struct source_info *info)
{
	struct source_names *s = arg;

	s->list = xreallocarray(s->list, s->n + 1, sizeof(*s->list));
	s->list[s->n++] = (struct source_name){info->id, str_dup(info->name)};
	return 0;
}

struct fetch {
	struct report *report;
	const struct source_names *names;
};

static int
keep_evidence(void *arg, const struct log_event *ev)
{
	const struct fetch *f = arg;
	struct evidence *e = &f->report->evidence[f->report->n_evidence++];

	*e = (struct evidence){
	    .id = ev->id,
	    .time = ev->timestamp,
	    .host = ev->host.n ? str_dup(ev->host) : NULL,
	    .offset = ev->offset,
	    .raw = {xmemdup0(ev->raw.p, ev->raw.n), ev->raw.n},
	};
	if (event_peer(ev).n > 0) {
		e->peer = str_dup(event_peer(ev));
		return 0;
	}
	if (ev->cursor.n > 0) {
		e->cursor = str_dup(ev->cursor);
		return 0;
	}
	for (size_t i = 0; i < f->names->n; i++) {
		if (f->names->list[i].id != ev->source)
			continue;
		if (ev->offset >= 0)
			e->file = xstrdup(f->names->list[i].name);
		else
			e->peer = xstrdup(f->names->list[i].name);
	}
	return 0;
}

static int
fetch_evidence(struct store *st, struct report *r)
{
	CLEANUP(source_names_free) struct source_names names = {0};
	CLEANUP(xfree) uint64_t *ids = NULL;
	struct fetch f = {.report = r, .names = &names};
	size_t n;
	int error;

	error = store_each_source(st, note_name, &names);
	if (error < 0)
		return error;
	analysis_evidence_ids(r, &ids, &n);
	r->evidence = xcalloc(n, sizeof(*r->evidence));
	for (size_t i = 0; i < n; i++) {
		error = store_get(st, ids[i], keep_evidence, &f);
		/* Damaged: the scan has counted it, the rest still stands. */
		if (error < 0 && error != -EBADMSG)
			return error;
	}
	return 0;
}

static int
add_requests(void *arg, const struct requests *r)
{
	analysis_add_requests(arg, r);
	return 0;
}

/* ---- what the store has lost ---- */

/* Damaged segments that were left out, each once, in order of their rows. */
struct left_out {
	struct store_damage *list; /* without the text */
	size_t n;
};

static void
left_out_end(struct left_out *l)
{
	xfree(l->list);
}
DEFINE_CLEANUP_IN(struct left_out, left_out_end)

static int
note_damage(void *arg, const struct store_damage *d)
{
	struct left_out *l = arg;
	size_t at = l->n;

	while (at > 0 && l->list[at - 1].segment >= d->segment)
		at--;
	if (at < l->n && l->list[at].segment == d->segment)
		return 0;
	l->list = xreallocarray(l->list, l->n + 1, sizeof(*l->list));
	memmove(
	    l->list + at + 1, l->list + at, (l->n++ - at) * sizeof(*l->list));
	l->list[at] = *d;
	return 0;
}

/* Those that have a part in the window are gaps in what it says. */
static void
add_left_out(const struct left_out *l, const struct analysis_options *o,
    struct analysis *a)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct store_damage *d = &l->list[i];

		if (d->until < o->since || d->since >= o->until)
			continue;
		analysis_add_gap(a, d->source, d->since, d->until,
		    STR("damaged segment in the store"),
		    d->events > 0 ? (int64_t)d->events : -1, false);
	}
}

/* Requests are many and need no text, messages are few and do: rebuilding the
 * lines of requests would cost more than everything else. */
static int
scan_events(
    struct store *st, const struct analysis_options *o, struct analysis *a)
{
	struct store_query messages = {
	    .since = o->lookback,
	    .until = o->until,
	    .columns = STORE_ALL,
	    .kinds = ((1 << EVENT_KIND_COUNT) - 1) & ~(1 << EVENT_ACCESS),
	};
	struct request_query requests = {
	    .since = o->lookback, .until = o->until};
	CLEANUP(left_out_end) struct left_out left = {0};
	struct reterr err;
	int r;

	store_on_damage(st, note_damage, &left);
	r = store_scan(st, &messages, add_event, a, NULL, &err);
	requests.request_ids = analysis_wants_request_ids(a);
	if (r == 0)
		r = store_scan_requests(
		    st, &requests, add_requests, a, NULL, &err);
	store_on_damage(st, NULL, NULL);
	if (r == 0)
		add_left_out(&left, o, a);
	return r;
}

/* A report without its evidence.  0 or -errno. */
static int
analyse(struct store *st, const struct analysis_options *o, struct report **ret)
{
	CLEANUP(analysis_free) struct analysis *a = analysis_new(o);

	if (store_each_source(st, add_source, a) < 0 ||
	    store_each_gap(st, o->since, o->until, add_gap, a) < 0 ||
	    store_each_pattern(st, add_pattern, a) < 0 ||
	    scan_events(st, o, a) < 0)
		return -EIO;
	analysis_finish(a, ret);
	return 0;
}

int
make_report(struct cmd_context *c, struct store *st, struct report **ret)
{
	CLEANUP(rules_free) struct rules *rules = NULL;
	CLEANUP(objectives_end) struct objectives slos = {0};
	CLEANUP(report_free) struct report *r = NULL;
	struct analysis_options o = {.zone = c->zone, .failed_status = 500};
	struct reterr err;
	int status;

	status = cmd_window(c, st, false, USEC_PER_HOUR, &o.since, &o.until);
	if (status != EXIT_DONE)
		return status;
	if (datadir_rules(&rules, &err) < 0)
		return cmd_fail(c, "%s", err.text);
	status = objectives_load(c, &slos);
	if (status != EXIT_DONE)
		return status;
	o.rules = rules;
	o.slos = slos.list;
	o.n_slos = slos.n;
	o.lookback = o.since - (o.until - o.since);
	if (o.lookback > o.since - LOOKBACK)
		o.lookback = o.since - LOOKBACK;
	o.items_max = cmd_own(c, "all") ? 0 : ITEMS_MAX;
	if (analyse(st, &o, &r) < 0)
		return cmd_fail(c, "%s: cannot be read", c->db);
	if (cmd_own(c, "similar") && similar_find(st, &o, analyse, r) < 0)
		return cmd_fail(c, "%s: cannot be read", c->db);
	if (fetch_evidence(st, r) < 0)
		return cmd_fail(c, "%s: evidence cannot be read", c->db);
	r->generated.version = RECOUNT_VERSION;
	r->generated.at = c->now;
	r->generated.command =
	    xcalloc(c->n_command, sizeof(*r->generated.command));
	for (size_t i = 0; i < c->n_command; i++)
		r->generated.command[r->generated.n_command++] =
		    xstrdup(c->command[i]);
	*ret = STEAL(r);
	return EXIT_DONE;
}
