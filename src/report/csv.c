/* SPDX-License-Identifier: MIT */
/*
 * One table, since a CSV file has one head: the timeline where there is one,
 * else the clients where they are asked for, else the incidents.
 *
 * The timeline begins with the three columns that Timesketch wants of a CSV
 * file (message, datetime, timestamp_desc); it takes the others as attributes.
 */
#include <math.h>
#include <stdio.h>

#include "recount/csv.h"
#include "recount/event.h"
#include "render.h"
#include "words.h"

static void
add_string(struct buf *out, const char *z, char end)
{
	if (z != NULL && z[0] != '\0')
		csv_add(out, str_of(z), end);
	else
		buf_addc(out, end);
}

/* Numbers and times are ours: they need no quotes. */
static void
add_time(struct buf *out, usec_t t, char end)
{
	char text[TIME_TEXT_MAX];

	if (t != USEC_NONE)
		buf_adds(out, time_format_rfc3339(t, text));
	buf_addc(out, end);
}

static void
add_count(struct buf *out, int64_t n, char end)
{
	if (n >= 0)
		buf_addf(out, "%lld", (long long)n);
	buf_addc(out, end);
}

static void
add_share(struct buf *out, double share, char end)
{
	if (share >= 0 && share <= 1)
		buf_addf(out, "%d.%06d", (int)(llround(share * 1e6) / 1000000),
		    (int)(llround(share * 1e6) % 1000000));
	buf_addc(out, end);
}

/* Of a span between two times that are there. */
static void
add_seconds(struct buf *out, usec_t span, char end)
{
	usec_t size = span < 0 ? -span : span;

	buf_addf(out, "%s%lld.%06lld%c", span < 0 ? "-" : "",
	    (long long)(size / USEC_PER_SEC), (long long)(size % USEC_PER_SEC),
	    end);
}

static void
add_evidence(struct buf *out, const struct id_list *l, char end)
{
	CLEANUP(buf_free) struct buf ids = BUF_INIT;
	char id[EVENT_ID_TEXT_MAX];

	for (size_t i = 0; i < l->n; i++)
		buf_addf(
		    &ids, "%s%s", i ? " " : "", event_id_format(l->ids[i], id));
	add_string(out, ids.p, end);
}

/* What the time is the time of: "timestamp_desc". */
static const char *
time_of(const struct timeline_item *it)
{
	const char *kind = it->kind ? it->kind : "";

	if (strcmp(kind, "alert") == 0)
		return "Alert Fired";
	if (strcmp(kind, "alert-resolved") == 0)
		return "Alert Resolved";
	return it->count > 1 ? "First Event" : "Event Logged";
}

static void
add_timeline(const struct report *r, struct buf *out)
{
	buf_adds(out,
	    "message,datetime,timestamp_desc,until,relative_s,phase,kind,class,"
	    "host,service,source,severity,count,evidence\n");
	for (size_t i = 0; i < r->n_timeline; i++) {
		const struct timeline_item *it = &r->timeline[i];
		const struct incident *in = words_incident_of(r, it);

		add_string(out, it->text, ',');
		add_time(out, it->time, ',');
		add_string(out, time_of(it), ',');
		add_time(out, it->until, ',');
		if (in != NULL && it->time != USEC_NONE)
			add_seconds(out, it->time - in->start, ',');
		else
			buf_addc(out, ',');
		add_string(out, phase_name(it->phase), ',');
		add_string(out, it->kind, ',');
		add_string(out, it->class, ',');
		add_string(out, it->host, ',');
		add_string(out, it->service, ',');
		add_string(out, it->source, ',');
		add_string(out,
		    it->severity >= 0 ? severity_name(it->severity) : NULL,
		    ',');
		add_count(out, it->count, ',');
		add_evidence(out, &it->evidence, '\n');
	}
}

static void
add_incidents(const struct report *r, struct buf *out)
{
	buf_adds(out,
	    "id,start,end,duration_s,classification,services,requests,failed,"
	    "failed_share,baseline_failed_share,aborted,slow,clients,"
	    "clients_affected,clients_affected_share,detected,first_action,"
	    "mitigated,at_least\n");
	for (size_t i = 0; i < r->n_incidents; i++) {
		const struct incident *in = &r->incidents[i];
		const struct impact *im = &in->impact;
		CLEANUP(buf_free) struct buf services = BUF_INIT;

		for (size_t k = 0; k < in->n_services; k++)
			buf_addf(&services, "%s%s", k ? " " : "",
			    in->services[k] ? in->services[k] : "?");
		add_string(out, in->id, ',');
		add_time(out, in->start, ',');
		add_time(out, in->end, ',');
		if (in->end != USEC_NONE)
			add_seconds(out, in->end - in->start, ',');
		else
			buf_addc(out, ',');
		add_string(out, incident_class_name(in->classification), ',');
		add_string(out, services.p, ',');
		add_count(out, im->total, ',');
		add_count(out, im->failed, ',');
		add_share(out, words_ratio(im->failed, im->total), ',');
		add_share(out, im->baseline_failed_share, ',');
		add_count(out, im->aborted, ',');
		add_count(out, im->slow, ',');
		add_count(out, im->clients_total, ',');
		add_count(out, im->clients_affected, ',');
		add_share(out,
		    words_ratio(im->clients_affected, im->clients_total), ',');
		add_time(out, in->phases.detected, ',');
		add_time(out, in->phases.first_action, ',');
		add_time(out, in->phases.mitigated, ',');
		buf_adds(out, im->at_least ? "true\n" : "false\n");
	}
}

static void
add_clients(const struct report *r, struct buf *out)
{
	buf_adds(out, "address,incident,failed,requests,first,last\n");
	for (size_t i = 0; i < r->n_incidents; i++) {
		const struct incident *in = &r->incidents[i];

		for (size_t k = 0; k < in->impact.n_clients; k++) {
			const struct impact_client *c = &in->impact.clients[k];

			add_string(out, c->address, ',');
			add_string(out, in->id, ',');
			add_count(out, c->failed, ',');
			add_count(out, c->requests, ',');
			add_time(out, c->first, ',');
			add_time(out, c->last, '\n');
		}
	}
}

void
report_render_csv(
    const struct report *r, const struct report_options *o, struct buf *out)
{
	if (o->parts & REPORT_TIMELINE)
		add_timeline(r, out);
	else if (o->parts & REPORT_CLIENTS)
		add_clients(r, out);
	else
		add_incidents(r, out);
}
