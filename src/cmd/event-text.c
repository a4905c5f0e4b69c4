/* SPDX-License-Identifier: MIT */
/*
 * One event as text.
 *
 * short and short-iso read like journalctl's, with the evidence id in front,
 * because that is what `recount show` wants.  JSON has one object a line with
 * OpenTelemetry's names; bytes that are not UTF-8 survive in it as lone
 * surrogates (utf8.h).  CSV is for spreadsheets.  raw is the bytes
 * themselves and nothing else.
 */
#include "event-text.h"

#include <stdio.h>
#include <stdlib.h>

#include "recount/csv.h"
#include "recount/parse.h"
#include "recount/utf8.h"

/* ---- JSON ---- */

static void
json_flags(struct jwrite *j, unsigned flags)
{
	static const struct {
		unsigned flag;
		const char *key;
	} names[] = {
	    {EVENT_UNPARSED, "unparsed"},
	    {EVENT_TIME_AMBIGUOUS, "time_ambiguous"},
	    {EVENT_TIME_ASSUMED, "time_assumed"},
	    {EVENT_CUT, "cut"},
	    {EVENT_RESOLVED, "resolved"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (flags & names[i].flag)
			jwrite_bool(j, names[i].key, true);
}

static void
json_http(const struct log_event *ev, struct jwrite *j)
{
	jwrite_known(j, "http.request.method", ev->method);
	jwrite_known(j, "url.original", ev->target);
	if (ev->status > 0)
		jwrite_int(j, "http.response.status_code", ev->status);
	if (ev->body_bytes >= 0)
		jwrite_int(j, "http.response.body.size", ev->body_bytes);
	if (ev->duration >= 0)
		jwrite_span(j, "duration_s", ev->duration);
	if (ev->upstream_duration >= 0)
		jwrite_span(j, "upstream.duration_s", ev->upstream_duration);
	jwrite_known(j, "upstream.address", ev->upstream);
	if (ev->upstream_status > 0)
		jwrite_int(j, "upstream.status_code", ev->upstream_status);
	if (ev->upstream_tries > 0)
		jwrite_int(j, "upstream.tries", ev->upstream_tries);
	jwrite_known(j, "client.address", ev->client);
	jwrite_known(j, "server.address", ev->vhost);
	jwrite_known(j, "request.id", ev->request_id);
	jwrite_known(j, "user_agent.original", ev->user_agent);
	if (ev->connection > 0)
		jwrite_int(j, "connection", ev->connection);
}

static void
add_parameter(void *arg, struct str id, struct str name, struct str value)
{
	struct jwrite *j = arg;

	jwrite_object(j, NULL, false);
	jwrite_str(j, "id", id);
	jwrite_known(j, "name", name);
	jwrite_known(j, "value", value);
	jwrite_end(j, '}');
}

/* What a syslog message says besides, where it has its priority still. */
static void
json_syslog(const struct log_event *ev, struct jwrite *j)
{
	struct syslog_attributes a;

	if (!event_peer(ev).n && ev->kind != EVENT_SYSLOG)
		return;
	if (!syslog_attributes(ev->raw, &a))
		return;
	jwrite_int(j, "syslog.facility", a.facility);
	jwrite_known(j, "syslog.msgid", a.msgid);
	if (!a.data.n)
		return;
	/* Names are the sender's: values, never keys. */
	jwrite_array(j, "syslog.structured_data", false);
	syslog_structured_data(a.data, add_parameter, j);
	jwrite_end(j, ']');
}

void
event_json_add(const struct log_event *ev, struct jwrite *j)
{
	char id[EVENT_ID_TEXT_MAX], pattern[17];

	jwrite_str(j, "id", str_of(event_id_format(ev->id, id)));
	jwrite_time(j, "timestamp", ev->timestamp);
	jwrite_time(j, "observed_timestamp", ev->observed);
	jwrite_str(j, "kind", str_of(event_kind_name(ev->kind)));
	if (ev->severity != SEVERITY_NONE)
		jwrite_str(j, "severity", str_of(severity_name(ev->severity)));
	json_flags(j, ev->flags);
	jwrite_known(j, "host.name", ev->host);
	jwrite_known(j, "service.name", ev->service);
	jwrite_known(j, "syslog.identifier", ev->identifier);
	jwrite_known(j, "systemd.unit", ev->unit);
	if (ev->pid >= 0)
		jwrite_int(j, "process.pid", ev->pid);
	jwrite_known(j, "message_id", ev->message_id);
	if (ev->pattern) {
		snprintf(pattern, sizeof(pattern), "%016llx",
		    (unsigned long long)ev->pattern);
		jwrite_string(j, "pattern", pattern);
	}
	json_syslog(ev, j);
	json_http(ev, j);
	jwrite_int(j, "source", ev->source);
	if (event_peer(ev).n)
		jwrite_str(j, "peer", event_peer(ev));
	else if (ev->cursor.n)
		jwrite_str(j, "cursor", ev->cursor);
	else if (ev->offset >= 0)
		jwrite_int(j, "offset", ev->offset);
	jwrite_known(j, "body", ev->body);
	jwrite_str(j, "raw", ev->raw);
}

static void
add_json(const struct log_event *ev, const struct zone *z, struct buf *out)
{
	struct jwrite j;

	jwrite_start(&j, out, JWRITE_LINE);
	jwrite_object(&j, NULL, false);
	event_json_add(ev, &j);
	jwrite_end(&j, '}');
	buf_addc(out, '\n');
}

/* ---- lines ---- */

static struct str
message_of(const struct log_event *ev)
{
	return ev->body.n && ev->kind != EVENT_ACCESS ? ev->body : ev->raw;
}

static void
add_message(const struct log_event *ev, struct buf *out)
{
	struct str tag = ev->identifier.n ? ev->identifier : ev->service;

	buf_addc(out, ' ');
	utf8_add_printable(out, ev->host.n ? ev->host : STR("-"));
	buf_addc(out, ' ');
	if (ev->kind == EVENT_TEXT)
		tag = STR_NULL;
	if (tag.n) {
		utf8_add_printable(out, tag);
		if (ev->pid >= 0)
			buf_addf(out, "[%lld]", (long long)ev->pid);
		buf_adds(out, ": ");
	}
	utf8_add_printable(out, message_of(ev));
	buf_addc(out, '\n');
}

static void
add_id(const struct log_event *ev, struct buf *out)
{
	char id[EVENT_ID_TEXT_MAX];

	buf_addf(out, "%-6s ", event_id_format(ev->id, id));
}

static int
digits_of(const struct log_event *ev)
{
	return ev->precision >= USEC_PER_SEC ? 0 : 3;
}

static void
add_short(const struct log_event *ev, const struct zone *z, struct buf *out)
{
	static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May",
	    "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	char clock[TIME_TEXT_MAX];
	struct civil c;

	add_id(ev, out);
	zone_to_civil(z, ev->timestamp, &c, NULL, NULL);
	time_format_clock(ev->timestamp, z, digits_of(ev), clock);
	buf_addf(out, "%s %02d %s", months[c.month - 1], c.day, clock);
	add_message(ev, out);
}

static void
add_iso(const struct log_event *ev, const struct zone *z, struct buf *out)
{
	char date[TIME_TEXT_MAX], clock[TIME_TEXT_MAX];
	struct civil c;
	int offset;

	add_id(ev, out);
	zone_to_civil(z, ev->timestamp, &c, &offset, NULL);
	buf_addf(out, "%sT%s%c%02d:%02d",
	    time_format_date(ev->timestamp, z, date),
	    time_format_clock(ev->timestamp, z, digits_of(ev), clock),
	    offset < 0 ? '-' : '+', abs(offset) / 3600, abs(offset) / 60 % 60);
	add_message(ev, out);
}

static void
add_cat(const struct log_event *ev, const struct zone *z, struct buf *out)
{
	utf8_add_printable(out, message_of(ev));
	buf_addc(out, '\n');
}

static void
add_raw(const struct log_event *ev, const struct zone *z, struct buf *out)
{
	buf_add_str(out, ev->raw);
	buf_addc(out, '\n'); /* of journal fields: the empty line between */
}

/* ---- Markdown ---- */

void
markdown_block(struct buf *out, struct str text)
{
	while (text.n > 0) {
		struct str line;

		text = str_cut(text, '\n', &line);
		buf_adds(out, line.n > 0 ? "    " : "");
		buf_add_str(out, line);
		buf_addc(out, '\n');
	}
}

static void
add_markdown(const struct log_event *ev, const struct zone *z, struct buf *out)
{
	CLEANUP(buf_free) struct buf line = BUF_INIT;

	add_iso(ev, z, &line);
	markdown_block(out, buf_str(&line));
}

/* ---- CSV ---- */

static void
add_csv(const struct log_event *ev, const struct zone *z, struct buf *out)
{
	char id[EVENT_ID_TEXT_MAX], time[TIME_TEXT_MAX];

	buf_addf(out, "%s,%s,%s,%s,", event_id_format(ev->id, id),
	    time_format_rfc3339(ev->timestamp, time), event_kind_name(ev->kind),
	    severity_name(ev->severity));
	csv_add(out, ev->host, ',');
	csv_add(out, ev->service, ',');
	csv_add(out, ev->unit, ',');
	csv_add(out, ev->method, ',');
	csv_add(out, ev->target, ',');
	if (ev->status > 0)
		buf_addf(out, "%d", ev->status);
	buf_addc(out, ',');
	if (ev->duration >= 0)
		buf_addf(out, "%lld.%06lld",
		    (long long)(ev->duration / USEC_PER_SEC),
		    (long long)(ev->duration % USEC_PER_SEC));
	buf_addc(out, ',');
	csv_add(out, ev->client, ',');
	csv_add(out, message_of(ev), '\n');
}

/* ---- the table ---- */

const struct event_format event_formats[] = {
    {"short", STORE_ORIGIN | STORE_RAW, NULL, add_short},
    {"text", STORE_ORIGIN | STORE_RAW, NULL, add_short},
    {"markdown", STORE_ORIGIN | STORE_RAW, NULL, add_markdown},
    {"short-iso", STORE_ORIGIN | STORE_RAW, NULL, add_iso},
    {"cat", STORE_RAW, NULL, add_cat},
    {"json", STORE_ALL, NULL, add_json},
    {"raw", STORE_RAW, NULL, add_raw},
    {"csv", STORE_ALL,
	"id,timestamp,kind,severity,host,service,unit,method,target,status,"
	"duration_s,client,message\n",
	add_csv},
    {NULL, 0, NULL, NULL},
};

const struct event_format *
event_format_find(const char *name)
{
	if (!name)
		return &event_formats[0];
	for (const struct event_format *f = event_formats; f->name; f++)
		if (!strcmp(f->name, name))
			return f;
	return NULL;
}

void
event_format_names(struct buf *out)
{
	for (const struct event_format *f = event_formats; f->name; f++)
		buf_addf(out, "%s%s", f == event_formats ? "" : ", ", f->name);
}
