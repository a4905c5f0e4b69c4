/* SPDX-License-Identifier: MIT */
/*
 * Taking events in, and the order of the steps.
 *
 * Events are kept as compact records: a request is 56 bytes whatever its line
 * was, a message keeps its text only where a rule needs it or while its
 * pattern is rare (BODIES_KEPT), since the hundredth example of a pattern adds
 * nothing that a timeline would show.  Records are sorted by time and id
 * before the first step, so the order of arrival has no influence.
 */
#include "analysis.h"

#include <stdlib.h>

/* Bodies kept of one pattern: enough for folded items to show an example. */
#define BODIES_KEPT 32

struct analysis *
analysis_new(const struct analysis_options *o)
{
	struct analysis *a = xcalloc(1, sizeof(*a));

	a->o = *o;
	a->last_host = a->last_vhost = NO_STRING;
	a->pool = intern_new();
	a->clients = intern_new();
	a->templates = u64map_new();
	a->merged = u64map_new();
	a->kept = u64map_new();
	return a;
}

void
analysis_free(struct analysis *a)
{
	if (a == NULL)
		return;
	for (size_t i = 0; i < a->n_groups; i++)
		xfree(a->groups[i].members);
	xfree(a->groups);
	xfree(a->episodes);
	xfree(a->gaps);
	xfree(a->sources);
	xfree(a->messages);
	xfree(a->requests);
	slow_limits_free(a->slow);
	request_intake_free(a->intake);
	clocks_free(a->clocks);
	xfree(a->route_from);
	buf_free(&a->scratch);
	u64map_free(a->kept);
	u64map_free(a->merged);
	u64map_free(a->templates);
	intern_free(a->clients);
	intern_free(a->pool);
	report_free(a->report);
	xfree(a);
}

char *
pool_dup(const struct analysis *a, uint32_t s)
{
	struct str text = pool_get(a, s);

	return text.n ? str_dup(text) : NULL;
}

uint32_t
pool_add(struct analysis *a, struct str s)
{
	return s.n ? intern_add(a->pool, s) : NO_STRING;
}

/* As pool_add, for fields that are mostly the same as in the event before. */
static uint32_t
pool_again(struct analysis *a, struct str s, uint32_t *last)
{
	if (*last == NO_STRING || !str_eq(intern_get(a->pool, *last), s))
		*last = pool_add(a, s);
	return *last;
}

uint32_t
route_add(struct analysis *a, struct str method, struct str target)
{
	if (target.n == 0)
		return NO_STRING;
	buf_reset(&a->scratch);
	buf_add_str(&a->scratch, method);
	buf_addc(&a->scratch, ' ');
	event_route(target, &a->scratch);
	return intern_add(a->pool, buf_str(&a->scratch));
}

static void
add_request(struct analysis *a, const struct log_event *ev)
{
	GROW(a->requests, a->n_requests, a->size_requests);
	a->requests[a->n_requests++] = (struct request){
	    .id = ev->id,
	    .end = ev->timestamp,
	    .duration = ev->duration,
	    .source = ev->source,
	    .host = pool_again(a, ev->host, &a->last_host),
	    .client = client_add(a, ev->client),
	    .route = route_add(a, ev->method, ev->target),
	    .vhost = pool_again(
		a, ev->vhost.n ? ev->vhost : ev->service, &a->last_vhost),
	    .status = (uint16_t)(ev->status > 0 ? ev->status : 0),
	    .request_id = request_id_in(ev->request_id),
	    .coarse = ev->precision >= USEC_PER_SEC,
	};
}

/*
 * What a message says, whichever way it came: rsyslog writes control
 * characters as #ooo and sudo pads names, so blanks, control characters and
 * their escapes do not count.
 */
static uint64_t
sense_of(const struct log_event *ev)
{
	uint64_t h = hash64(ev->host.p, ev->host.n);
	char plain[512];
	size_t n = 0;

	for (size_t i = 0; i < ev->body.n && n < sizeof(plain); i++) {
		unsigned char c = (unsigned char)ev->body.p[i];

		if (c == '#' && i + 3 < ev->body.n &&
		    ev->body.p[i + 1] == '0') {
			i += 3;
			continue;
		}
		if (c > ' ' && c != 127)
			plain[n++] = (char)c;
	}
	return hash64_seed(plain, n, h);
}

/* Events keep the pattern they were stored with; it may have become part of
 * another since.  Chains are short, and bounded in case they are circular. */
static uint64_t
pattern_now(const struct analysis *a, uint64_t pattern)
{
	for (unsigned i = 0; i < 64; i++) {
		const uint64_t *next = u64map_find(a->merged, pattern);

		if (next == NULL)
			break;
		pattern = *next;
	}
	return pattern;
}

static void
add_message(struct analysis *a, const struct log_event *ev)
{
	CLEANUP(buf_free) struct buf text = BUF_INIT;
	struct rule_match match = {0};
	struct message m = {
	    .id = ev->id,
	    .time = ev->timestamp,
	    .precision = ev->precision,
	    .pattern = pattern_now(a, ev->pattern),
	    .sense = sense_of(ev),
	    .request_id = request_id_in(ev->body),
	    .source = ev->source,
	    .host = pool_add(a, ev->host),
	    .service = pool_add(a, ev->service),
	    .identifier = pool_add(a, ev->identifier),
	    .unit = pool_add(a, ev->unit),
	    .text = NO_STRING,
	    .subject = NO_STRING,
	    .actor = NO_STRING,
	    .route = NO_STRING,
	    .pid = ev->pid,
	    .twin = NO_RECORD,
	    .kind = (uint8_t)ev->kind,
	    .severity = (int8_t)ev->severity,
	    .flags = (uint8_t)ev->flags,
	};

	clock_saw(a, ev, m.host);
	if (ev->kind == EVENT_NGINX_ERROR)
		m.route = route_add(a, ev->method, ev->target);
	if (rules_match(a->o.rules, ev, &match, &text)) {
		m.rule = match.rule;
		m.subject = pool_add(a, match.subject);
		m.actor = pool_add(a, match.actor);
		m.text = pool_add(a, buf_str(&text));
	} else {
		uint64_t *kept = u64map_at(a->kept, m.pattern, 0, NULL);

		if ((*kept)++ < BODIES_KEPT)
			m.text = pool_add(a, str_trim(ev->body));
	}
	GROW(a->messages, a->n_messages, a->size_messages);
	a->messages[a->n_messages++] = m;
}

static struct source_note *
source_note(struct analysis *a, uint32_t id)
{
	for (size_t i = a->n_sources; i-- > 0;) {
		if (a->sources[i].id == id)
			return &a->sources[i];
	}
	GROW(a->sources, a->n_sources, a->size_sources);
	a->sources[a->n_sources] = (struct source_note){
	    .id = id,
	    .name = NO_STRING,
	    .host = NO_STRING,
	    .first = USEC_NONE,
	    .last = USEC_NONE,
	};
	return &a->sources[a->n_sources++];
}

void
source_saw(struct analysis *a, uint32_t source, usec_t t, unsigned flags)
{
	struct source_note *s = source_note(a, source);

	s->events++;
	s->unparsed += (flags & EVENT_UNPARSED) != 0;
	if (s->first == USEC_NONE || t < s->first)
		s->first = t;
	if (s->last == USEC_NONE || t > s->last)
		s->last = t;
}

void
analysis_add(struct analysis *a, const struct log_event *ev)
{
	if (ev->timestamp < a->o.lookback || ev->timestamp >= a->o.until)
		return;
	if (in_window(a, ev->timestamp))
		source_saw(a, ev->source, ev->timestamp, ev->flags);
	if (ev->kind == EVENT_ACCESS)
		add_request(a, ev);
	else
		add_message(a, ev);
}

void
analysis_add_source(
    struct analysis *a, uint32_t source, struct str name, struct str host)
{
	struct source_note *s = source_note(a, source);

	s->name = pool_add(a, name);
	s->host = pool_add(a, host);
}

void
analysis_add_gap(struct analysis *a, uint32_t source, usec_t since,
    usec_t until, struct str reason, int64_t lost, bool lost_bytes)
{
	GROW(a->gaps, a->n_gaps, a->size_gaps);
	a->gaps[a->n_gaps++] = (struct gap_note){
	    .source = source,
	    .since = since,
	    .until = until,
	    .reason = pool_add(a, reason),
	    .lost = lost,
	    .lost_bytes = lost_bytes,
	};
}

void
analysis_add_template(struct analysis *a, uint64_t pattern, struct str text)
{
	*u64map_at(a->templates, pattern, 0, NULL) = pool_add(a, text);
}

void
analysis_merge_pattern(struct analysis *a, uint64_t pattern, uint64_t into)
{
	if (pattern != into)
		*u64map_at(a->merged, pattern, 0, NULL) = into;
}

static int
by_end(const void *x, const void *y)
{
	const struct request *a = x, *b = y;

	if (a->end != b->end)
		return a->end < b->end ? -1 : 1;
	return a->id < b->id ? -1 : a->id > b->id;
}

static int
by_time(const void *x, const void *y)
{
	const struct message *a = x, *b = y;

	if (a->time != b->time)
		return a->time < b->time ? -1 : 1;
	return a->id < b->id ? -1 : a->id > b->id;
}

/* One log file comes in order; only where several meet is there work. */
static void
requests_sort(struct analysis *a)
{
	for (size_t i = 1; i < a->n_requests; i++) {
		if (by_end(&a->requests[i - 1], &a->requests[i]) <= 0)
			continue;
		qsort(a->requests, a->n_requests, sizeof(*a->requests), by_end);
		return;
	}
}

void
messages_sort(struct analysis *a)
{
	if (a->n_messages > 0)
		qsort(
		    a->messages, a->n_messages, sizeof(*a->messages), by_time);
}

size_t
requests_from(const struct analysis *a, usec_t t)
{
	size_t low = 0, high = a->n_requests;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (a->requests[mid].end < t)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

size_t
messages_from(const struct analysis *a, usec_t t)
{
	size_t low = 0, high = a->n_messages;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (a->messages[mid].time < t)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

void
analysis_finish(struct analysis *a, struct report **ret)
{
	a->report = xcalloc(1, sizeof(*a->report));
	a->report->since = a->o.since;
	a->report->until = a->o.until;
	a->report->zone = a->o.zone;
	a->report->baseline_since = USEC_NONE;
	a->report->baseline_until = USEC_NONE;

	requests_sort(a);
	messages_sort(a);
	steps_note(a);
	skew_correct(a);
	twice_find(a);
	routes_count(a);
	slow_limits_find(a);
	requests_judge(a);
	detect_episodes(a);
	incidents_find(a);
	groups_build(a);
	background_mark(a);
	impact_count(a);
	series_build(a);
	slo_count(a);
	fingerprints_take(a);
	factors_rank(a);
	phases_find(a);
	timeline_build(a);
	coverage_build(a);
	summary_write(a);
	*ret = STEAL(a->report);
}

static int
by_number(const void *x, const void *y)
{
	const uint64_t *a = x, *b = y;

	return *a < *b ? -1 : *a > *b;
}

void
analysis_evidence_ids(const struct report *r, uint64_t **ret_ids, size_t *ret_n)
{
	struct id_list all = {0};
	size_t n = 0;

	for (size_t i = 0; i < r->n_timeline; i++) {
		for (size_t k = 0; k < r->timeline[i].evidence.n; k++)
			id_list_add(&all, r->timeline[i].evidence.ids[k]);
	}
	for (size_t i = 0; i < r->n_incidents; i++) {
		const struct incident *in = &r->incidents[i];

		for (size_t f = 0; f < in->n_factors; f++) {
			const struct id_list *l = &in->factors[f].evidence;

			for (size_t k = 0; k < l->n; k++)
				id_list_add(&all, l->ids[k]);
		}
	}
	if (all.n > 0)
		qsort(all.ids, all.n, sizeof(*all.ids), by_number);
	for (size_t i = 0; i < all.n; i++) {
		if (i == 0 || all.ids[i] != all.ids[i - 1])
			all.ids[n++] = all.ids[i];
	}
	*ret_ids = all.ids;
	*ret_n = n;
}
