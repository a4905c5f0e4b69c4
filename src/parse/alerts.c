/* SPDX-License-Identifier: MIT */
/*
 * Alerts and marks as JSON.
 *
 * An Alertmanager webhook says again and again what still fires, and names in
 * each message the alert's start.  What counts is when an alert's state
 * changed: firing since startsAt, resolved at endsAt.  Each (alert, start,
 * state) is therefore emitted once per document, where it first stands.
 *
 * Text is walked twice, first to see that all of it is such a document, then
 * to emit, so that a broken one leaves nothing half done.  Positions come from
 * our own scanner: the evidence is the alert's object, byte for byte.
 *
 * Besides webhook bodies (one, an array, or one per line) the alert objects
 * may stand alone, as Alertmanager's API lists them.  A mark is an object with
 * "text", "time" (or "at") and perhaps "kind", "host", "service" and "id".
 * PagerDuty's messages are in pagerduty.c.
 *
 * The key of a fact is read from its raw bytes, so that those in the store are
 * known by the same rule as those that come in, whichever way they came.
 */
#include "alert-walk.h"

#include <errno.h>

#define MARK_TEXT_MAX 4096

int
walk_refuse(struct walk *w, const char *why)
{
	w->why = why;
	return -EINVAL;
}

struct str
walk_plain(struct walk *w, struct str value)
{
	struct str text = json_text(value);
	size_t from = w->names.n;

	if (text.n == 0 || str_chr(text, '\\') < 0)
		return text;
	json_unescape(text, &w->names);
	return (struct str){w->names.p + from, w->names.n - from};
}

static struct str
label(struct walk *w, struct str labels, struct str name)
{
	return walk_plain(w, json_get(labels, name));
}

bool
walk_time(struct str value, usec_t *ret, usec_t *ret_precision)
{
	struct str text = json_text(value);
	struct stamp t;

	if (parse_epoch(text, ret, ret_precision))
		return true;
	if (!scan_iso_time(&text, &t) || text.n > 0)
		return false;
	*ret = stamp_utc(&t);
	*ret_precision = t.precision;
	return true;
}

static int
alert_severity(struct str word)
{
	static const struct {
		struct str name;
		int severity;
	} names[] = {
	    {STR("critical"), SEV_CRIT},
	    {STR("page"), SEV_CRIT},
	    {STR("high"), SEV_ERR},
	    {STR("warning"), SEV_WARNING},
	    {STR("low"), SEV_NOTICE},
	    {STR("none"), SEV_INFO},
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (str_eq(names[i].name, word))
			return names[i].severity;
	return level_word(word);
}

/* "web1:9100" is about web1; IPv6 addresses stay. */
static struct str
without_port(struct str instance)
{
	ptrdiff_t at = str_chr(instance, ':');
	uint64_t port;

	if (at > 0 && str_to_u64(str_skip(instance, (size_t)at + 1), &port))
		instance.n = (size_t)at;
	return instance;
}

static void
alert_labels(struct walk *w, struct str labels, struct log_event *ev)
{
	static const struct str hosts[] = {STR("host"), STR("hostname"),
	    STR("node"), STR("nodename"), STR("instance")};
	static const struct str services[] = {
	    STR("service"), STR("app"), STR("job")};

	ev->identifier = label(w, labels, STR("alertname"));
	ev->severity = alert_severity(label(w, labels, STR("severity")));
	for (size_t i = 0; i < ARRAY_SIZE(hosts) && ev->host.n == 0; i++)
		ev->host = without_port(label(w, labels, hosts[i]));
	for (size_t i = 0; i < ARRAY_SIZE(services) && ev->service.n == 0; i++)
		ev->service = label(w, labels, services[i]);
	ev->unit = label(w, labels, STR("unit"));
	if (ev->unit.n == 0 && is_unit_name(label(w, labels, STR("name"))))
		ev->unit = label(w, labels, STR("name")); /* node_exporter */
}

static struct str
alert_body(struct str alert, struct str labels)
{
	static const struct str keys[] = {
	    STR("summary"), STR("description"), STR("message"), STR("title")};
	struct str annotations = json_get(alert, STR("annotations")), text;

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		text = json_text(json_get(annotations, keys[i]));
		if (text.n > 0)
			return text;
	}
	text = json_text(json_get(labels, STR("alertname")));
	return text.n > 0 ? text : alert;
}

static bool
alert_resolved(struct str alert)
{
	struct str status = json_get(alert, STR("status"));

	return str_eq(json_text(status), STR("resolved"));
}

/* Alertmanager's fingerprint is a hash of the labels.  An alert that goes on
 * firing, or is told to be resolved once more, has the same start. */
static uint64_t
alert_key(struct str alert)
{
	struct str print = json_text(json_get(alert, STR("fingerprint")));
	usec_t start = USEC_NONE, precision;
	uint64_t key;

	if (print.n == 0)
		print = json_get(alert, STR("labels"));
	walk_time(json_get(alert, STR("startsAt")), &start, &precision);
	key = hash64_seed(
	    (const char *)&start, sizeof(start), hash64(print.p, print.n));
	return key * 2 + alert_resolved(alert);
}

/* Who marks twice by mistake says so with an id; else a mark is what it says,
 * of when. */
static uint64_t
mark_key(const struct log_event *ev)
{
	struct str id = json_text(json_get(ev->raw, STR("id")));
	struct str host = json_get(ev->raw, STR("host"));
	uint64_t key = (uint64_t)ev->timestamp;

	if (id.n > 0)
		return hash64_seed(id.p, id.n, 1);
	key = hash64_seed(ev->identifier.p, ev->identifier.n, key);
	key = hash64_seed(host.p, host.n, key);
	return hash64_seed(ev->body.p, ev->body.n, key);
}

uint64_t
parse_alert_key(const struct log_event *ev)
{
	struct str event = pagerduty_event(ev->raw);

	if (event.p != NULL)
		return pagerduty_key(event);
	return ev->kind == EVENT_ALERT ? alert_key(ev->raw) : mark_key(ev);
}

bool
walk_new(struct walk *w, uint64_t key)
{
	bool new;

	u64map_at(w->seen, key, 1, &new);
	return new;
}

int
walk_emit(struct walk *w, struct str object, struct log_event *ev)
{
	ev->raw = object;
	ev->offset = object.p - w->text.p;
	return w->fn(w->arg, ev);
}

static int
walk_alert(struct walk *w, struct str alert)
{
	struct str labels = json_get(alert, STR("labels"));
	bool resolved = alert_resolved(alert);
	struct log_event ev;
	usec_t start, end, precision;

	if (labels.n == 0 || labels.p[0] != '{')
		return walk_refuse(w, "an alert has no labels");
	if (pagerduty_event(alert).p != NULL)
		return walk_refuse(w, "an alert is PagerDuty's, too");
	if (!walk_time(json_get(alert, STR("startsAt")), &start, &precision))
		return walk_refuse(w, "an alert's startsAt is missing, or no "
				      "time");
	w->found++;
	if (w->fn == NULL || !walk_new(w, alert_key(alert)))
		return 0;
	event_init(&ev);
	buf_reset(&w->names);
	buf_reserve(&w->names, labels.n * 2);
	ev.kind = EVENT_ALERT;
	ev.timestamp = start;
	ev.precision = precision;
	if (resolved) {
		ev.flags |= EVENT_RESOLVED;
		if (walk_time(
			json_get(alert, STR("endsAt")), &end, &precision) &&
		    end >= start) {
			ev.timestamp = end;
			ev.precision = precision;
		}
	}
	alert_labels(w, labels, &ev);
	ev.body = alert_body(alert, labels);
	return walk_emit(w, alert, &ev);
}

static bool
mark_time(struct walk *w, struct str mark, struct log_event *ev)
{
	struct str at = json_get(mark, STR("at"));

	if (at.p == NULL)
		at = json_get(mark, STR("time"));
	if (at.p == NULL && w->received != USEC_NONE) {
		ev->timestamp = w->received;
		ev->precision = 1;
		return true;
	}
	return walk_time(at, &ev->timestamp, &ev->precision);
}

static bool
is_blank(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!one_of(s.p[i], " \t\r\n"))
			return false;
	return true;
}

/* Of marks that are posted: somebody is there who can be told. */
static int
check_kind(struct walk *w, struct str kind)
{
	static const struct str kinds[] = {STR("note"), STR("deploy"),
	    STR("detected"), STR("action"), STR("mitigated"), STR("resolved")};

	if (w->received == USEC_NONE || kind.n == 0)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (str_eq(kinds[i], kind))
			return 0;
	return walk_refuse(w, "kind is none of note, deploy, detected, "
			      "action, mitigated, resolved");
}

static int
walk_mark(struct walk *w, struct str mark)
{
	struct str text = json_get(mark, STR("text"));
	struct str kind = json_text(json_get(mark, STR("kind")));
	struct log_event ev;

	/* What it is the same as could not be said. */
	if (pagerduty_event(mark).p != NULL)
		return walk_refuse(
		    w, "it is an event of PagerDuty's, not a mark");
	event_init(&ev);
	ev.kind = EVENT_MARK;
	ev.severity = SEV_NOTICE;
	ev.body = json_text(text);
	if (text.n == 0 || text.p[0] != '"' || is_blank(ev.body))
		return walk_refuse(w, "a mark has no text");
	if (ev.body.n > MARK_TEXT_MAX)
		return walk_refuse(w, "a mark's text has over 4096 bytes");
	if (!mark_time(w, mark, &ev))
		return walk_refuse(
		    w, "a mark's time is missing, or no RFC 3339 time");
	if (check_kind(w, kind) < 0)
		return -EINVAL;
	w->found++;
	if (w->fn == NULL)
		return 0;
	buf_reset(&w->names);
	buf_reserve(&w->names, mark.n);
	ev.identifier = walk_plain(w, json_get(mark, STR("kind")));
	if (ev.identifier.n == 0)
		ev.identifier = STR("note");
	ev.host = walk_plain(w, json_get(mark, STR("host")));
	ev.service = walk_plain(w, json_get(mark, STR("service")));
	ev.raw = mark;
	return walk_new(w, mark_key(&ev)) ? walk_emit(w, mark, &ev) : 0;
}

static int
walk_alerts(struct walk *w, struct str alerts)
{
	struct str one;
	int r;

	if (!json_enter(&alerts, '['))
		return walk_refuse(w, "alerts is no array");
	while (json_element(&alerts, &one)) {
		r = walk_alert(w, one);
		if (r != 0)
			return r;
	}
	if (alerts.p == NULL)
		return walk_refuse(w, "its alerts are broken JSON");
	w->found++; /* a message without alerts is still one */
	return 0;
}

static int
walk_object(struct walk *w, struct str object)
{
	struct str alerts = json_get(object, STR("alerts"));

	if (object.n == 0 || object.p[0] != '{')
		return walk_refuse(w, "it is no JSON object");
	if (w->wants & WALK_PAGERDUTY) {
		if (pagerduty_event(object).p != NULL)
			return walk_pagerduty(w, object);
		if (w->wants == WALK_PAGERDUTY)
			return walk_refuse(w, "it has no event with an "
					      "event_type");
	}
	if (w->wants & WALK_ALERTS) {
		if (alerts.p != NULL)
			return walk_alerts(w, alerts);
		if (json_get(object, STR("startsAt")).p != NULL)
			return walk_alert(w, object);
		if (w->wants == WALK_ALERTS)
			return walk_refuse(w, "it has no alerts");
	}
	return walk_mark(w, object);
}

/* One value, an array of them, or several behind each other. */
static int
walk_text(struct walk *w)
{
	struct str s = w->text, value;
	int r;

	scan_lit(&s, STR("\xef\xbb\xbf"));
	while (json_value(&s, &value)) {
		struct str list = value, one;

		if (!json_enter(&list, '[')) {
			r = walk_object(w, value);
			if (r != 0)
				return r;
			continue;
		}
		while (json_element(&list, &one)) {
			r = walk_object(w, one);
			if (r != 0)
				return r;
		}
		if (list.p == NULL)
			return -EINVAL;
	}
	return is_blank(s) ? 0 : walk_refuse(w, "it is broken JSON");
}

static int
parse_document(struct walk *w, int (*fn)(void *arg, struct log_event *ev))
{
	CLEANUP(u64map_free) struct u64map *seen = u64map_new();
	int r;

	w->seen = seen;
	r = walk_text(w);
	if (r == 0 && w->found == 0)
		r = walk_refuse(w, "there is nothing in it");
	if (r != 0)
		return r;
	w->fn = fn;
	r = walk_text(w);
	buf_free(&w->names);
	return r;
}

int
parse_alerts(struct str text, int (*fn)(void *arg, struct log_event *ev),
    void *arg, struct reterr *err)
{
	struct walk w = {
	    .text = text,
	    .arg = arg,
	    .wants = WALK_ALERTS | WALK_PAGERDUTY | WALK_MARKS,
	    .received = USEC_NONE,
	};
	int r = parse_document(&w, fn);

	if (w.fn == NULL)
		return reterr_set(err, EINVAL,
		    "neither messages of Alertmanager or PagerDuty nor marks");
	return r;
}

int
parse_posted(enum posted what, struct str text, usec_t received,
    int (*fn)(void *arg, struct log_event *ev), void *arg, struct reterr *err)
{
	static const struct {
		unsigned wants;
		const char *name;
	} kinds[] = {
	    [POSTED_ALERTS] = {WALK_ALERTS, "an Alertmanager message"},
	    [POSTED_PAGERDUTY] = {WALK_PAGERDUTY, "a PagerDuty message"},
	    [POSTED_MARKS] = {WALK_MARKS, "a mark"},
	};
	struct walk w = {
	    .text = text,
	    .arg = arg,
	    .wants = kinds[what].wants,
	    .received = received,
	};
	int r = parse_document(&w, fn);

	if (w.fn == NULL)
		return reterr_set(err, EINVAL, "the body is not %s: %s",
		    kinds[what].name, w.why ? w.why : "it is broken JSON");
	return r;
}
