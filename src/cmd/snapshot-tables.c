/* SPDX-License-Identifier: MIT */
/*
 * The database of a snapshot: the window's events, and the report's timeline,
 * impact and clients as tables that any SQLite can read.  recount(1) names
 * their columns.
 */
#include <math.h>

#include "recount/plain.h"
#include "snapshot.h"

static struct plain_value
integer(int64_t v)
{
	return (struct plain_value){.known = v >= 0, .integer = v};
}

static struct plain_value
real(double v)
{
	return (struct plain_value){.known = !isnan(v), .real = v};
}

static struct plain_value
text(const char *v)
{
	return (struct plain_value){.known = v != NULL, .text = v};
}

/* `room` holds it. */
static struct plain_value
instant(usec_t t, char room[TIME_TEXT_MAX])
{
	if (t == USEC_NONE)
		return text(NULL);
	return text(time_format_rfc3339(t, room));
}

static void
join_ids(struct buf *out, const struct id_list *l)
{
	char id[EVENT_ID_TEXT_MAX];

	for (size_t i = 0; i < l->n; i++)
		buf_addf(out, "%s%s", i > 0 ? " " : "",
		    event_id_format(l->ids[i], id));
}

static int
add_timeline(struct plain *p, const struct report *r, struct reterr *err)
{
	static const struct plain_column columns[] = {
	    {"position", PLAIN_INTEGER},
	    {"time", PLAIN_TEXT},
	    {"until", PLAIN_TEXT},
	    {"phase", PLAIN_TEXT},
	    {"kind", PLAIN_TEXT},
	    {"host", PLAIN_TEXT},
	    {"service", PLAIN_TEXT},
	    {"source", PLAIN_TEXT},
	    {"severity", PLAIN_INTEGER},
	    {"text", PLAIN_TEXT},
	    {"count", PLAIN_INTEGER},
	    {"evidence", PLAIN_TEXT},
	};
	int status =
	    plain_table(p, "timeline", columns, ARRAY_SIZE(columns), err);

	for (size_t i = 0; status == 0 && i < r->n_timeline; i++) {
		const struct timeline_item *it = &r->timeline[i];
		CLEANUP(buf_free) struct buf ids = BUF_INIT;
		char since[TIME_TEXT_MAX], until[TIME_TEXT_MAX];

		join_ids(&ids, &it->evidence);
		status = plain_row(p,
		    (struct plain_value[]){
			integer((int64_t)i + 1),
			instant(it->time, since),
			instant(it->until, until),
			text(phase_name(it->phase)),
			text(it->kind),
			text(it->host),
			text(it->service),
			text(it->source),
			integer(it->severity),
			text(it->text),
			integer(it->count),
			text(ids.p),
		    },
		    err);
	}
	return status;
}

static const struct plain_column impact_columns[] = {
    {"incident", PLAIN_TEXT},
    {"start", PLAIN_TEXT},
    {"end", PLAIN_TEXT},
    {"classification", PLAIN_TEXT},
    {"services", PLAIN_TEXT},
    {"requests", PLAIN_INTEGER},
    {"failed", PLAIN_INTEGER},
    {"failed_share", PLAIN_REAL},
    {"baseline_failed_share", PLAIN_REAL},
    {"excess_failed", PLAIN_REAL},
    {"aborted", PLAIN_INTEGER},
    {"slow", PLAIN_INTEGER},
    {"slow_threshold_ms", PLAIN_REAL},
    {"clients", PLAIN_INTEGER},
    {"clients_affected", PLAIN_INTEGER},
    {"p50_ms", PLAIN_REAL},
    {"p95_ms", PLAIN_REAL},
    {"p99_ms", PLAIN_REAL},
    {"baseline_p50_ms", PLAIN_REAL},
    {"baseline_p95_ms", PLAIN_REAL},
    {"baseline_p99_ms", PLAIN_REAL},
    {"at_least", PLAIN_INTEGER},
};

static int
add_incident(struct plain *p, const struct incident *in, struct reterr *err)
{
	const struct impact *im = &in->impact;
	CLEANUP(buf_free) struct buf services = BUF_INIT;
	char start[TIME_TEXT_MAX], end[TIME_TEXT_MAX];

	for (size_t i = 0; i < in->n_services; i++)
		buf_addf(&services, "%s%s", i > 0 ? ", " : "", in->services[i]);
	return plain_row(p,
	    (struct plain_value[]){
		text(in->id),
		instant(in->start, start),
		instant(in->end, end),
		text(incident_class_name(in->classification)),
		text(services.p),
		integer(im->total),
		integer(im->failed),
		real(im->total > 0 ? (double)im->failed / (double)im->total
				   : NAN),
		real(im->baseline_failed_share),
		real(im->excess_failed),
		integer(im->aborted),
		integer(im->slow),
		real(im->slow_threshold_ms),
		integer(im->clients_total),
		integer(im->clients_affected),
		real(im->latency_during.p50),
		real(im->latency_during.p95),
		real(im->latency_during.p99),
		real(im->latency_baseline.p50),
		real(im->latency_baseline.p95),
		real(im->latency_baseline.p99),
		integer(im->at_least),
	    },
	    err);
}

static int
add_impact(struct plain *p, const struct report *r, struct reterr *err)
{
	int status = plain_table(
	    p, "impact", impact_columns, ARRAY_SIZE(impact_columns), err);

	for (size_t i = 0; status == 0 && i < r->n_incidents; i++)
		status = add_incident(p, &r->incidents[i], err);
	return status;
}

static int
add_clients(struct plain *p, const struct report *r, struct reterr *err)
{
	static const struct plain_column columns[] = {
	    {"incident", PLAIN_TEXT},
	    {"client", PLAIN_TEXT},
	    {"requests", PLAIN_INTEGER},
	    {"failed", PLAIN_INTEGER},
	    {"first_failed", PLAIN_TEXT},
	    {"last_failed", PLAIN_TEXT},
	};
	int status =
	    plain_table(p, "clients", columns, ARRAY_SIZE(columns), err);

	for (size_t i = 0; i < r->n_incidents; i++) {
		const struct incident *in = &r->incidents[i];

		for (size_t k = 0; status == 0 && k < in->impact.n_clients;
		     k++) {
			const struct impact_client *c = &in->impact.clients[k];
			char first[TIME_TEXT_MAX], last[TIME_TEXT_MAX];

			status = plain_row(p,
			    (struct plain_value[]){
				text(in->id),
				text(c->address),
				integer(c->requests),
				integer(c->failed),
				instant(c->first, first),
				instant(c->last, last),
			    },
			    err);
		}
	}
	return status;
}

static void
redact_text(void *arg, struct str s, struct buf *out)
{
	redactor_text(arg, s, out);
}

int
snapshot_tables(struct store *st, const struct report *r,
    struct redactor *redactor, const char *path, struct reterr *err)
{
	CLEANUP(xfree) char *file = xasprintf("%s/events.db", path);
	CLEANUP(plain_free) struct plain *p = NULL;
	uint64_t damaged; /* in the report's coverage already */
	int status = plain_create(file, &p, err);

	if (status == 0)
		status = plain_events(p, st, r->since, r->until,
		    redactor ? redact_text : NULL, redactor, &damaged, err);
	if (status == 0)
		status = add_timeline(p, r, err);
	if (status == 0)
		status = add_impact(p, r, err);
	if (status == 0)
		status = add_clients(p, r, err);
	return status == 0 ? plain_finish(p, err) : status;
}
