/* SPDX-License-Identifier: MIT */
/*
 * Impact, affected clients and contributing factors of one incident.  Every
 * number stands with its base; "at least" stands before those that a gap in
 * the logs makes a lower bound, with the reason below.
 */
#include "text.h"

#include <math.h>
#include <stdio.h>

#include "words.h"

#define ENDPOINTS_MAX 10
#define FACTORS_MAX 10
#define LABEL_COLUMNS 11
#define ROUTE_MAX 48

/* Begins a line; what the next end_line() folds. */
static void
label(struct text *t, const char *name)
{
	t->line = t->out->n;
	text_spaces(t, TEXT_INDENT);
	text_cell(t, STYLE_PLAIN, name, LABEL_COLUMNS);
}

static void
end_line(struct text *t)
{
	text_fold(t, t->line, TEXT_INDENT + LABEL_COLUMNS);
	buf_addc(t->out, '\n');
}

static void
add_requests(struct text *t, const struct impact *im)
{
	if (im->total < 0)
		return;
	label(t, "requests");
	if (im->at_least)
		buf_adds(t->out, "at least ");
	words_of(t->out, im->failed, im->total, "request");
	buf_adds(t->out, " failed");
	if (im->total > 0) {
		buf_adds(t->out, ", ");
		words_share(t->out, words_ratio(im->failed, im->total));
	}
	if (im->baseline_failed_share >= 0) {
		buf_adds(t->out, " (baseline ");
		words_share(t->out, im->baseline_failed_share);
		buf_addc(t->out, ')');
	}
	if (im->excess_failed >= 0.5 && im->excess_failed < 1e15) {
		buf_adds(t->out, "; ");
		words_count(t->out, llround(im->excess_failed));
		buf_adds(t->out, " more than the baseline's share");
	}
	end_line(t);
	if (im->aborted > 0) {
		label(t, "");
		words_of(t->out, im->aborted, im->total, "request");
		buf_adds(t->out, " were given up by the client");
		end_line(t);
	}
	if (im->slow > 0) {
		label(t, "");
		words_of(t->out, im->slow, im->total, "request");
		buf_adds(t->out, " were slow");
		if (im->slow_threshold_ms >= 0) {
			buf_adds(t->out, ", longer than ");
			words_ms(t->out, im->slow_threshold_ms);
		}
		end_line(t);
	}
}

static void
add_latency(struct text *t, const struct impact *im)
{
	const struct {
		const char *name;
		double before, during;
	} rows[] = {
	    {"p50", im->latency_baseline.p50, im->latency_during.p50},
	    {"p95", im->latency_baseline.p95, im->latency_during.p95},
	    {"p99", im->latency_baseline.p99, im->latency_during.p99},
	};
	const char *sep = "";

	if (isnan(im->latency_during.p50) && isnan(im->latency_during.p95) &&
	    isnan(im->latency_during.p99))
		return;
	label(t, "latency");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (isnan(rows[i].during))
			continue;
		buf_addf(t->out, "%s%s ", sep, rows[i].name);
		words_ms(t->out, rows[i].during);
		if (!isnan(rows[i].before)) {
			buf_adds(t->out, " (baseline ");
			words_ms(t->out, rows[i].before);
			buf_addc(t->out, ')');
		}
		sep = ", ";
	}
	end_line(t);
}

/* "POST /orders" */
static void
endpoint_name(struct buf *out, const struct impact_endpoint *e)
{
	if (e->method != NULL && e->method[0] != '\0')
		buf_addf(out, "%s ", e->method);
	buf_adds(out, e->route ? e->route : "?");
}

static void
add_endpoints(struct text *t, const struct impact *im)
{
	unsigned columns = 0;
	size_t n =
	    im->n_endpoints < ENDPOINTS_MAX ? im->n_endpoints : ENDPOINTS_MAX;

	for (size_t i = 0; i < n; i++) {
		CLEANUP(buf_free) struct buf name = BUF_INIT;
		unsigned width;

		endpoint_name(&name, &im->endpoints[i]);
		width = text_columns(t, name.p);
		if (width > ROUTE_MAX && t->o->width > 0)
			width = ROUTE_MAX;
		if (width > columns)
			columns = width;
	}
	for (size_t i = 0; i < n; i++) {
		const struct impact_endpoint *e = &im->endpoints[i];
		CLEANUP(buf_free) struct buf name = BUF_INIT;

		label(t, i == 0 ? "endpoints" : "");
		endpoint_name(&name, e);
		text_cell(t, STYLE_PLAIN, name.p, columns);
		text_spaces(t, 2);
		words_of(t->out, e->failed, e->total, NULL);
		buf_adds(t->out, " failed, ");
		words_share(t->out, words_ratio(e->failed, e->total));
		if (e->baseline_failed_share >= 0) {
			buf_adds(t->out, " (baseline ");
			words_share(t->out, e->baseline_failed_share);
			buf_addc(t->out, ')');
		}
		end_line(t);
	}
	if (im->n_endpoints > n) {
		label(t, "");
		buf_addf(
		    t->out, "and %zu more: -o json\n", im->n_endpoints - n);
	}
}

static void
add_units(struct text *t, const struct impact *im)
{
	for (size_t i = 0; i < im->n_units; i++) {
		const struct impact_unit *u = &im->units[i];

		label(t, i == 0 ? "units" : "");
		if (u->host != NULL && u->host[0] != '\0') {
			text_safe(t, u->host);
			buf_addc(t->out, ' ');
		}
		text_safe(t, u->unit ? u->unit : "?");
		if (isnan(u->down_s)) {
			buf_adds(t->out, " downtime unknown");
		} else {
			buf_adds(t->out, " down for ");
			words_seconds(t->out, u->down_s);
		}
		if (u->restarts > 0) {
			buf_adds(t->out, ", ");
			words_counted(t->out, u->restarts, "restart");
		}
		end_line(t);
	}
}

static void
add_slos(struct text *t, const struct impact *im)
{
	for (size_t i = 0; i < im->n_slos; i++) {
		label(t, i == 0 ? "objectives" : "");
		text_safe(t, im->slos[i].name);
		buf_addc(t->out, ' ');
		words_slo(t->out, &im->slos[i], im->at_least);
		end_line(t);
	}
}

static void
add_phases(struct text *t, const struct incident *in)
{
	usec_t onset =
	    in->phases.onset != USEC_NONE ? in->phases.onset : in->start;
	const struct {
		const char *name;
		usec_t time;
	} rows[] = {
	    {"detected", in->phases.detected},
	    {"first action", in->phases.first_action},
	    {"mitigated", in->phases.mitigated},
	    {"resolved", in->phases.resolved},
	};
	const char *sep = "";
	char text[TIME_TEXT_MAX];
	CLEANUP(buf_free) struct buf line = BUF_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (rows[i].time == USEC_NONE)
			continue;
		buf_addf(&line, "%s%s ", sep, rows[i].name);
		words_time(&line, rows[i].time, in->start, t->r);
		buf_addf(&line, " (%s)",
		    span_format_signed(rows[i].time - onset, text));
		sep = ", ";
	}
	if (line.n == 0)
		return;
	label(t, "phases");
	buf_adds(t->out, line.p);
	end_line(t);
}

void
text_impact(struct text *t, const struct incident *in, size_t number)
{
	const struct impact *im = &in->impact;

	t->line = t->out->n;
	text_heading(t, "IMPACT");
	text_which(t, in, number);
	buf_adds(t->out, ", ");
	words_incident_when(t->out, t->r, in, t->dash);
	buf_adds(t->out, "  ");
	text_styled(t, STYLE_DIM, in->id ? in->id : "");
	text_fold(t, t->line, TEXT_INDENT);
	buf_addc(t->out, '\n');
	add_phases(t, in);
	add_requests(t, im);
	if (im->clients_total > 0) {
		label(t, "clients");
		if (im->at_least)
			buf_adds(t->out, "at least ");
		words_of(
		    t->out, im->clients_affected, im->clients_total, "client");
		buf_adds(t->out, " affected, ");
		words_share(t->out,
		    words_ratio(im->clients_affected, im->clients_total));
		end_line(t);
	}
	add_latency(t, im);
	add_endpoints(t, im);
	add_units(t, im);
	add_slos(t, im);
	if (im->at_least) {
		CLEANUP(buf_free) struct buf why = BUF_INIT;

		buf_adds(&why, "lower bounds: ");
		buf_adds(&why, im->at_least_reason
				   ? im->at_least_reason
				   : "logs are incomplete, see coverage");
		label(t, "at least");
		text_paragraph(t, why.p, TEXT_INDENT + LABEL_COLUMNS);
	}
	buf_addc(t->out, '\n');
}

void
text_clients(struct text *t, const struct incident *in, size_t number)
{
	const struct impact *im = &in->impact;
	unsigned columns = 7;

	text_heading(t, "CLIENTS");
	text_which(t, in, number);
	buf_adds(t->out, ": ");
	words_of(t->out, im->clients_affected, im->clients_total, "client");
	buf_adds(t->out, " affected\n");
	for (size_t i = 0; i < im->n_clients; i++) {
		unsigned width = text_columns(t, im->clients[i].address);

		if (width > columns && width <= 45)
			columns = width;
	}
	for (size_t i = 0; i < im->n_clients; i++) {
		const struct impact_client *c = &im->clients[i];

		t->line = t->out->n;
		text_spaces(t, TEXT_INDENT);
		text_cell(t, STYLE_PLAIN, c->address, columns);
		text_spaces(t, 2);
		words_of(t->out, c->failed, c->requests, "request");
		buf_adds(t->out, " failed, first ");
		words_time(t->out, c->first, in->start, t->r);
		buf_adds(t->out, ", last ");
		words_time(t->out, c->last, in->start, t->r);
		text_fold(t, t->line, TEXT_INDENT + 2);
		buf_addc(t->out, '\n');
	}
	if ((int64_t)im->n_clients < im->clients_affected) {
		text_spaces(t, TEXT_INDENT);
		words_of(t->out, (int64_t)im->n_clients, im->clients_affected,
		    "affected client");
		buf_adds(t->out, " listed\n");
	}
	buf_addc(t->out, '\n');
}

static void
add_factor(struct text *t, const struct incident *in, size_t i)
{
	const struct factor *f = &in->factors[i];
	CLEANUP(buf_free) struct buf line = BUF_INIT;
	CLEANUP(buf_free) struct buf why = BUF_INIT;
	unsigned indent = TEXT_INDENT + 4;

	buf_addf(t->out, "%2zu  ", i + 1);
	words_time(&line, f->time, in->start, t->r);
	buf_addf(&line, " %s", f->kind ? f->kind : "");
	if (f->host != NULL && f->host[0] != '\0')
		buf_addf(&line, " on %s", f->host);
	buf_addf(&line, ": %s", f->text ? f->text : "");
	if (f->evidence.n > 0) {
		buf_adds(&line, "  [");
		words_evidence(&line, &f->evidence);
		buf_addc(&line, ']');
	}
	text_paragraph(t, line.p, indent);
	/* Reasons say it themselves. */
	if (f->n_reasons == 0 && !isnan(f->lead_s)) {
		words_seconds(&why, fabs(f->lead_s));
		buf_adds(&why,
		    f->lead_s >= 0 ? " before the onset" : " after the onset");
	}
	for (size_t k = 0; k < f->n_reasons; k++)
		buf_addf(&why, "%s%s", why.n > 0 ? "; " : "", f->reasons[k]);
	if (why.n > 0) {
		text_spaces(t, indent);
		text_paragraph(t, why.p, indent);
	}
}

void
text_factors(struct text *t, const struct incident *in, size_t number)
{
	size_t n = in->n_factors < FACTORS_MAX ? in->n_factors : FACTORS_MAX;

	text_heading(t, "FACTORS");
	if (t->r->n_incidents > 1) {
		text_which(t, in, number);
		buf_addc(t->out, '\n');
		text_spaces(t, TEXT_INDENT);
	}
	if (n == 0)
		buf_adds(t->out, "no contributing factor found in the logs\n");
	else
		buf_adds(t->out,
		    "candidates for contributing factors, likeliest first\n");
	for (size_t i = 0; i < n; i++) {
		text_spaces(t, TEXT_INDENT);
		add_factor(t, in, i);
	}
	if (in->n_factors > n) {
		text_spaces(t, TEXT_INDENT);
		buf_addf(t->out, "and %zu more: -o json\n", in->n_factors - n);
	}
	buf_addc(t->out, '\n');
}
