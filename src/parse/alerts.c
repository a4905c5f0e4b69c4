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
 * "time", "text" and perhaps "kind".
 */
#include <errno.h>

#include "json-scan.h"
#include "parser.h"
#include "recount/intern.h"

struct walk {
	struct str text;
	int (*fn)(void *arg, struct log_event *ev); /* NULL: only look */
	void *arg;
	struct u64map *seen;
	size_t found;
	struct buf names; /* unescaped labels of the event being emitted */
};

/* The text of a member, its escapes resolved into w->names if there are any.
 * The buffer must not move while slices of it are borrowed. */
static struct str
plain(struct walk *w, struct str value)
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
	return plain(w, json_get(labels, name));
}

static bool
time_member(struct str value, usec_t *ret, usec_t *ret_precision)
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

/* Whether this state of this alert was there before. */
static bool
repeated(struct walk *w, struct str alert, struct str labels, bool resolved)
{
	struct str print = json_text(json_get(alert, STR("fingerprint")));
	struct str start = json_text(json_get(alert, STR("startsAt")));
	bool new;
	uint64_t key;

	if (print.n == 0)
		print = labels;
	key = hash64_seed(start.p, start.n, hash64(print.p, print.n));
	u64map_at(w->seen, key * 2 + resolved, 1, &new);
	return !new;
}

static int
emit(struct walk *w, struct str object, struct log_event *ev)
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

	if (labels.p == NULL ||
	    !time_member(json_get(alert, STR("startsAt")), &start, &precision))
		return -EINVAL;
	w->found++;
	if (w->fn == NULL || repeated(w, alert, labels, resolved))
		return 0;
	event_init(&ev);
	buf_reset(&w->names);
	buf_reserve(&w->names, labels.n * 2);
	ev.kind = EVENT_ALERT;
	ev.timestamp = start;
	ev.precision = precision;
	if (resolved) {
		ev.flags |= EVENT_RESOLVED;
		if (time_member(
			json_get(alert, STR("endsAt")), &end, &precision) &&
		    end >= start) {
			ev.timestamp = end;
			ev.precision = precision;
		}
	}
	alert_labels(w, labels, &ev);
	ev.body = alert_body(alert, labels);
	return emit(w, alert, &ev);
}

static int
walk_mark(struct walk *w, struct str mark)
{
	struct log_event ev;

	event_init(&ev);
	ev.kind = EVENT_MARK;
	ev.body = json_text(json_get(mark, STR("text")));
	if (ev.body.n == 0 || !time_member(json_get(mark, STR("time")),
				  &ev.timestamp, &ev.precision))
		return -EINVAL;
	w->found++;
	if (w->fn == NULL)
		return 0;
	buf_reset(&w->names);
	buf_reserve(&w->names, mark.n);
	ev.identifier = plain(w, json_get(mark, STR("kind")));
	if (ev.identifier.n == 0)
		ev.identifier = STR("note");
	ev.host = plain(w, json_get(mark, STR("host")));
	ev.service = plain(w, json_get(mark, STR("service")));
	return emit(w, mark, &ev);
}

static int
walk_object(struct walk *w, struct str object)
{
	struct str alerts = json_get(object, STR("alerts")), one;
	int r;

	if (alerts.p == NULL) {
		if (json_get(object, STR("startsAt")).p != NULL)
			return walk_alert(w, object);
		return walk_mark(w, object);
	}
	if (!json_enter(&alerts, '['))
		return -EINVAL;
	while (json_element(&alerts, &one)) {
		r = walk_alert(w, one);
		if (r != 0)
			return r;
	}
	if (alerts.p == NULL)
		return -EINVAL;
	w->found++; /* a message without alerts is still one */
	return 0;
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
	for (size_t i = 0; i < s.n; i++)
		if (!one_of(s.p[i], " \t\r\n"))
			return -EINVAL;
	return 0;
}

int
parse_alerts(struct str text, int (*fn)(void *arg, struct log_event *ev),
    void *arg, struct reterr *err)
{
	CLEANUP(u64map_free) struct u64map *seen = u64map_new();
	struct walk w = {.text = text, .arg = arg, .seen = seen};
	int r = walk_text(&w);

	if (r == 0 && w.found == 0)
		r = -EINVAL;
	if (r == 0) {
		w.fn = fn;
		r = walk_text(&w);
		buf_free(&w.names);
		return r;
	}
	return reterr_set(
	    err, EINVAL, "neither Alertmanager messages nor marks");
}
