/* SPDX-License-Identifier: MIT */
/*
 * Impact, affected clients and contributing factors of one incident as
 * Markdown.  Here everything the model has is listed: a document is scrolled,
 * a terminal is not.
 */
#include "markdown.h"

#include <math.h>

#include "words.h"

static void
item(struct markdown *m, const char *name, struct buf *line)
{
	buf_addf(m->out, "- %s: ", name);
	markdown_take(m, line);
	buf_addc(m->out, '\n');
}

static void
add_phases(struct markdown *m, const struct incident *in)
{
	usec_t onset =
	    in->phases.onset != USEC_NONE ? in->phases.onset : in->start;
	const struct {
		const char *name;
		usec_t time;
	} rows[] = {
	    {"Onset", onset},
	    {"Detected", in->phases.detected},
	    {"First action", in->phases.first_action},
	    {"Mitigated", in->phases.mitigated},
	    {"Resolved", in->phases.resolved},
	};
	CLEANUP(buf_free) struct buf line = BUF_INIT;
	char text[TIME_TEXT_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (rows[i].time == USEC_NONE) {
			buf_adds(&line, "unknown");
		} else {
			buf_addf(&line, "%s ",
			    time_format_local(rows[i].time, m->r->zone, text));
			buf_adds(&line,
			    time_format_zone(rows[i].time, m->r->zone, text));
			if (i > 0)
				buf_addf(&line, ", %s after the onset",
				    span_format(rows[i].time - onset, text));
		}
		item(m, rows[i].name, &line);
	}
}

static void
add_requests(struct markdown *m, const struct impact *im)
{
	CLEANUP(buf_free) struct buf line = BUF_INIT;

	if (im->total < 0)
		return;
	if (im->at_least)
		buf_adds(&line, "at least ");
	words_of(&line, im->failed, im->total, "request");
	if (im->total > 0) {
		buf_adds(&line, ", ");
		words_share(&line, words_ratio(im->failed, im->total));
	}
	if (im->baseline_failed_share >= 0) {
		buf_adds(&line, " (baseline ");
		words_share(&line, im->baseline_failed_share);
		buf_addc(&line, ')');
	}
	item(m, "Failed", &line);
	if (im->excess_failed >= 0.5 && im->excess_failed < 1e15) {
		words_count(&line, llround(im->excess_failed));
		item(m, "Failed beyond the baseline's share", &line);
	}
	if (im->aborted > 0) {
		words_of(&line, im->aborted, im->total, "request");
		item(m, "Given up by the client", &line);
	}
	if (im->slow > 0) {
		words_of(&line, im->slow, im->total, "request");
		if (im->slow_threshold_ms >= 0) {
			buf_adds(&line, " took longer than ");
			words_ms(&line, im->slow_threshold_ms);
		}
		item(m, "Slow", &line);
	}
	if (im->clients_total > 0) {
		if (im->at_least)
			buf_adds(&line, "at least ");
		words_of(
		    &line, im->clients_affected, im->clients_total, "client");
		buf_adds(&line, ", ");
		words_share(&line,
		    words_ratio(im->clients_affected, im->clients_total));
		item(m, "Clients affected", &line);
	}
	if (im->at_least) {
		buf_adds(&line, im->at_least_reason
				    ? im->at_least_reason
				    : "logs are incomplete, see coverage");
		item(m, "Numbers are lower bounds", &line);
	}
}

static void
add_latency(struct markdown *m, const struct impact *im)
{
	static const char *const names[] = {"Latency", "p50", "p95", "p99"};
	const struct {
		const char *name;
		const struct percentiles *p;
	} rows[] = {{"baseline", &im->latency_baseline},
	    {"during", &im->latency_during}};
	CLEANUP(buf_free) struct buf cell = BUF_INIT;

	if (isnan(im->latency_during.p50) && isnan(im->latency_during.p95))
		return;
	buf_addc(m->out, '\n');
	markdown_table(m, names, "lrrr");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		buf_addc(m->out, '|');
		markdown_cell(m, rows[i].name);
		words_ms(&cell, rows[i].p->p50);
		markdown_take_cell(m, &cell);
		words_ms(&cell, rows[i].p->p95);
		markdown_take_cell(m, &cell);
		words_ms(&cell, rows[i].p->p99);
		markdown_take_cell(m, &cell);
		buf_addc(m->out, '\n');
	}
}

static void
add_endpoints(struct markdown *m, const struct impact *im)
{
	static const char *const names[] = {
	    "Endpoint", "Failed", "Requests", "Share", "Baseline"};
	CLEANUP(buf_free) struct buf cell = BUF_INIT;

	if (im->n_endpoints == 0)
		return;
	buf_addc(m->out, '\n');
	markdown_table(m, names, "lrrrr");
	for (size_t i = 0; i < im->n_endpoints; i++) {
		const struct impact_endpoint *e = &im->endpoints[i];

		buf_addf(&cell, "%s %s", e->method ? e->method : "",
		    e->route ? e->route : "?");
		buf_addc(m->out, '|');
		markdown_take_cell(m, &cell);
		words_count(&cell, e->failed);
		markdown_take_cell(m, &cell);
		words_count(&cell, e->total);
		markdown_take_cell(m, &cell);
		words_share(&cell, words_ratio(e->failed, e->total));
		markdown_take_cell(m, &cell);
		words_share(&cell, e->baseline_failed_share);
		markdown_take_cell(m, &cell);
		buf_addc(m->out, '\n');
	}
}

static void
add_units(struct markdown *m, const struct impact *im)
{
	static const char *const names[] = {
	    "Host", "Unit", "Down for", "Restarts"};
	CLEANUP(buf_free) struct buf cell = BUF_INIT;

	if (im->n_units == 0)
		return;
	buf_addc(m->out, '\n');
	markdown_table(m, names, "llrr");
	for (size_t i = 0; i < im->n_units; i++) {
		const struct impact_unit *u = &im->units[i];

		buf_addc(m->out, '|');
		markdown_cell(m, u->host);
		markdown_cell(m, u->unit);
		words_seconds(&cell, u->down_s);
		markdown_take_cell(m, &cell);
		words_count(&cell, u->restarts);
		markdown_take_cell(m, &cell);
		buf_addc(m->out, '\n');
	}
}

static void
add_slos(struct markdown *m, const struct impact *im)
{
	CLEANUP(buf_free) struct buf line = BUF_INIT;

	for (size_t i = 0; i < im->n_slos; i++) {
		buf_addf(&line, "%s, ", im->slos[i].name);
		words_slo(&line, &im->slos[i], im->at_least);
		item(m, "Objective", &line);
	}
}

void
markdown_impact(struct markdown *m, const struct incident *in, size_t number)
{
	CLEANUP(buf_free) struct buf line = BUF_INIT;

	markdown_incident_heading(m, "Impact", in, number);
	words_incident(&line, in);
	item(m, "What", &line);
	words_incident_when(&line, m->r, in, m->dash);
	item(m, "When", &line);
	add_phases(m, in);
	add_requests(m, &in->impact);
	add_slos(m, &in->impact);
	add_latency(m, &in->impact);
	add_endpoints(m, &in->impact);
	add_units(m, &in->impact);
	markdown_command(m, "Counted by", REPORT_IMPACT);
}

void
markdown_clients(struct markdown *m, const struct incident *in, size_t number)
{
	static const char *const names[] = {
	    "Client", "Failed", "Requests", "First failure", "Last failure"};
	const struct impact *im = &in->impact;
	CLEANUP(buf_free) struct buf cell = BUF_INIT;

	markdown_incident_heading(m, "Affected clients", in, number);
	words_of(&cell, im->clients_affected, im->clients_total, "client");
	buf_adds(&cell, " affected");
	if ((int64_t)im->n_clients < im->clients_affected)
		buf_addf(&cell, ", %zu listed", im->n_clients);
	markdown_take(m, &cell);
	buf_adds(m->out, ".\n\n");
	markdown_table(m, names, "lrrll");
	for (size_t i = 0; i < im->n_clients; i++) {
		const struct impact_client *c = &im->clients[i];

		buf_addc(m->out, '|');
		markdown_cell(m, c->address);
		words_count(&cell, c->failed);
		markdown_take_cell(m, &cell);
		words_count(&cell, c->requests);
		markdown_take_cell(m, &cell);
		words_time(&cell, c->first, in->start, m->r);
		markdown_take_cell(m, &cell);
		words_time(&cell, c->last, in->start, m->r);
		markdown_take_cell(m, &cell);
		buf_addc(m->out, '\n');
	}
}

void
markdown_factors(struct markdown *m, const struct incident *in, size_t number)
{
	CLEANUP(buf_free) struct buf line = BUF_INIT;

	markdown_incident_heading(
	    m, "Contributing factors (candidates)", in, number);
	if (in->n_factors == 0)
		buf_adds(m->out, "None found in the logs.\n");
	for (size_t i = 0; i < in->n_factors; i++) {
		const struct factor *f = &in->factors[i];

		words_time(&line, f->time, in->start, m->r);
		buf_addf(&line, " %s", f->kind ? f->kind : "");
		if (f->host != NULL && f->host[0] != '\0')
			buf_addf(&line, " on %s", f->host);
		buf_addf(&line, ": %s", f->text ? f->text : "");
		buf_addf(m->out, "%zu. ", i + 1);
		markdown_take(m, &line);
		buf_addc(m->out, '\n');
		/* Reasons say it themselves. */
		if (f->n_reasons == 0 && !isnan(f->lead_s)) {
			buf_adds(m->out, "   - ");
			words_seconds(&line, fabs(f->lead_s));
			buf_adds(&line, f->lead_s >= 0 ? " before the onset"
						       : " after the onset");
			markdown_take(m, &line);
			buf_addc(m->out, '\n');
		}
		for (size_t k = 0; k < f->n_reasons; k++) {
			buf_adds(m->out, "   - ");
			markdown_text(m, f->reasons[k]);
			buf_addc(m->out, '\n');
		}
		if (f->evidence.n > 0) {
			buf_adds(m->out, "   - evidence: ");
			markdown_evidence(m, &f->evidence);
			buf_addc(m->out, '\n');
		}
	}
}
