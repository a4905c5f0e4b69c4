/* SPDX-License-Identifier: MIT */
/*
 * How long, how many, how badly: the figures on top of the page, and the part
 * that a postmortem copies.  The figures on top are few and large, each with
 * its base below it; everything else the model has stands in the tables.
 */
#include <math.h>

#include "html.h"
#include "words.h"

/* ---- on top ---- */

/* One figure; what and base are taken. */
static void
add_figure(struct html *h, const char *class, const char *name,
    struct buf *what, struct buf *base)
{
	buf_addf(
	    h->out, "<div class=\"figure%s\"><dt>%s</dt><dd>", class, name);
	html_take_element(h, "strong", NULL, what);
	buf_addc(h->out, ' ');
	html_take_element(h, "span", NULL, base);
	buf_adds(h->out, "</dd></div>\n");
}

static void
add_duration(struct html *h, const struct incident *in)
{
	CLEANUP(buf_free) struct buf what = BUF_INIT, base = BUF_INIT;
	usec_t end = in->end != USEC_NONE ? in->end : h->r->until;
	char text[TIME_TEXT_MAX];

	if (in->end == USEC_NONE)
		buf_adds(&what, "at least ");
	buf_adds(&what, span_format(end - in->start, text));
	words_time(&base, in->start, h->r->since, h->r);
	buf_adds(&base, HTML_DASH);
	if (in->end != USEC_NONE)
		words_time(&base, in->end, in->start, h->r);
	else
		buf_adds(&base, "still going on at the end of the window");
	add_figure(h, "", "How long", &what, &base);
}

static void
add_failed(struct html *h, const struct impact *im)
{
	CLEANUP(buf_free) struct buf what = BUF_INIT, base = BUF_INIT;

	if (im->at_least)
		buf_adds(&what, "at least ");
	words_count(&what, im->failed);
	buf_adds(&base, "of ");
	words_counted(&base, im->total, "request");
	buf_adds(&base, ", ");
	words_share(&base, words_ratio(im->failed, im->total));
	if (im->baseline_failed_share >= 0) {
		buf_adds(&base, "; usually ");
		words_share(&base, im->baseline_failed_share);
	}
	add_figure(h, " bad", "Requests failed", &what, &base);
}

static void
add_slow(struct html *h, const struct impact *im)
{
	CLEANUP(buf_free) struct buf what = BUF_INIT, base = BUF_INIT;

	words_count(&what, im->slow);
	buf_adds(&base, "of ");
	words_counted(&base, im->total, "request");
	buf_adds(&base, ", ");
	words_share(&base, words_ratio(im->slow, im->total));
	if (im->slow_threshold_ms >= 0) {
		buf_adds(&base, ", took longer than ");
		words_ms(&base, im->slow_threshold_ms);
	}
	add_figure(h, " bad", "Requests slow", &what, &base);
}

static void
add_affected(struct html *h, const struct impact *im)
{
	CLEANUP(buf_free) struct buf what = BUF_INIT, base = BUF_INIT;

	if (im->at_least)
		buf_adds(&what, "at least ");
	words_count(&what, im->clients_affected);
	buf_adds(&base, "of ");
	words_counted(&base, im->clients_total, "client");
	buf_adds(&base, ", ");
	words_share(
	    &base, words_ratio(im->clients_affected, im->clients_total));
	add_figure(h, "", "Clients affected", &what, &base);
}

static void
add_detected(struct html *h, const struct incident *in, usec_t onset)
{
	CLEANUP(buf_free) struct buf what = BUF_INIT, base = BUF_INIT;
	char text[TIME_TEXT_MAX];

	if (in->phases.detected == USEC_NONE) {
		buf_adds(&what, "unknown");
		buf_adds(&base, "no alert in the logs");
	} else {
		buf_adds(&what, span_format(in->phases.detected - onset, text));
		buf_adds(&base, "after the onset, at ");
		words_time(&base, in->phases.detected, in->start, h->r);
	}
	add_figure(h, "", "Detected after", &what, &base);
}

static void
add_phases(struct html *h, const struct incident *in, usec_t onset)
{
	const struct {
		const char *name;
		usec_t time;
	} rows[] = {
	    {"Trigger", in->phases.trigger},
	    {"Onset", onset},
	    {"Detected", in->phases.detected},
	    {"First action", in->phases.first_action},
	    {"Mitigated", in->phases.mitigated},
	    {"Resolved", in->phases.resolved},
	};
	char text[TIME_TEXT_MAX];

	buf_adds(h->out, "<ol class=\"phases\" aria-label=\"Phases\">\n");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		usec_t t = rows[i].time;

		buf_addf(h->out, "<li%s><b>%s</b> ",
		    t == USEC_NONE ? " class=\"unknown\"" : "", rows[i].name);
		html_time(h, t, in->start);
		if (t != USEC_NONE && i != 1) {
			span_format_signed(t - onset, text);
			buf_adds(h->out, " <span class=\"rel\">");
			buf_adds(h->out, text[0] == '-' ? "\u2212" : "");
			html_text(h, text + (text[0] == '-'));
			buf_adds(h->out, "</span>");
		}
		buf_adds(h->out, "</li>\n");
	}
	buf_adds(h->out, "</ol>\n");
}

void
html_hero(struct html *h, const struct incident *in, size_t number)
{
	const struct impact *im = &in->impact;
	usec_t onset =
	    in->phases.onset != USEC_NONE ? in->phases.onset : in->start;
	CLEANUP(buf_free) struct buf text = BUF_INIT;

	buf_adds(h->out, "<div class=\"hero\">\n");
	if (h->r->n_incidents > 1) {
		buf_addf(&text, "%zu. ", number);
		html_name_incident(&text, in);
		html_take_element(h, "h2", NULL, &text);
	}
	buf_adds(h->out, "<dl class=\"figures\">\n");
	add_duration(h, in);
	if (im->total > 0 && in->classification == INCIDENT_LATENCY)
		add_slow(h, im);
	else if (im->total > 0)
		add_failed(h, im);
	if (im->clients_total > 0)
		add_affected(h, im);
	add_detected(h, in, onset);
	buf_adds(h->out, "</dl>\n");
	add_phases(h, in, onset);
	buf_adds(h->out, "</div>\n");
}

/* ---- the section ---- */

static void
add_fact(struct html *h, const char *name, struct buf *value)
{
	buf_addf(h->out, "<tr><th scope=\"row\">%s</th><td>", name);
	html_take(h, value);
	buf_adds(h->out, "</td></tr>\n");
}

static void
add_request_facts(struct html *h, const struct impact *im)
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
	add_fact(h, "Failed", &line);
	if (im->excess_failed >= 0.5 && im->excess_failed < 1e15) {
		words_of(&line, llround(im->excess_failed), im->failed, NULL);
		add_fact(h, "Beyond the baseline\u2019s share", &line);
	}
	if (im->aborted > 0) {
		words_of(&line, im->aborted, im->total, "request");
		add_fact(h, "Given up by the client", &line);
	}
	if (im->slow > 0) {
		words_of(&line, im->slow, im->total, "request");
		if (im->slow_threshold_ms >= 0) {
			buf_adds(&line, " took longer than ");
			words_ms(&line, im->slow_threshold_ms);
		}
		add_fact(h, "Slow", &line);
	}
}

static void
add_facts(struct html *h, const struct incident *in)
{
	const struct impact *im = &in->impact;
	CLEANUP(buf_free) struct buf line = BUF_INIT;

	buf_adds(h->out, "<table class=\"facts\">\n");
	words_incident(&line, in);
	buf_adds(&line, ", ");
	words_incident_when(&line, h->r, in, HTML_DASH);
	add_fact(h, "Incident", &line);
	buf_adds(&line, in->id);
	add_fact(h, "Its name", &line);
	add_request_facts(h, im);
	if (im->clients_total > 0) {
		if (im->at_least)
			buf_adds(&line, "at least ");
		words_of(
		    &line, im->clients_affected, im->clients_total, "client");
		buf_adds(&line, ", ");
		words_share(&line,
		    words_ratio(im->clients_affected, im->clients_total));
		add_fact(h, "Clients affected", &line);
	}
	for (size_t i = 0; i < im->n_slos; i++) {
		buf_addf(&line, "%s, ", im->slos[i].name);
		words_slo(&line, &im->slos[i], im->at_least);
		add_fact(h, "Objective", &line);
	}
	if (im->at_least) {
		buf_adds(&line, im->at_least_reason
				    ? im->at_least_reason
				    : "logs are incomplete, see coverage");
		add_fact(h, "Lower bounds, since", &line);
	}
	buf_adds(h->out, "</table>\n");
}

/* names: columns, the first is a heading of its row, parted by '|'. */
static void
begin_table(struct html *h, const char *caption, const char *names)
{
	struct str rest = str_of(names), name;

	buf_addf(h->out,
	    "<div class=\"scroll\"><table class=\"numbers\"><caption>%s"
	    "</caption><thead><tr>",
	    caption);
	while (rest.p != NULL) {
		rest = str_cut(rest, '|', &name);
		buf_addf(h->out, "<th scope=\"col\">%.*s</th>", STR_ARG(name));
	}
	buf_adds(h->out, "</tr></thead>\n<tbody>\n");
}

static void
end_table(struct html *h)
{
	buf_adds(h->out, "</tbody></table></div>\n");
}

static void
begin_row(struct html *h, const char *head)
{
	buf_adds(h->out, "<tr><th scope=\"row\">");
	html_text(h, head);
	buf_adds(h->out, "</th>");
}

static void
add_latency(struct html *h, const struct impact *im)
{
	const struct {
		const char *name;
		const struct percentiles *p;
	} rows[] = {{"baseline", &im->latency_baseline},
	    {"during", &im->latency_during}};
	CLEANUP(buf_free) struct buf cell = BUF_INIT;

	if (isnan(im->latency_during.p50) && isnan(im->latency_during.p95))
		return;
	begin_table(h, "Latency", "|p50|p95|p99");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		begin_row(h, rows[i].name);
		words_ms(&cell, rows[i].p->p50);
		html_take_element(h, "td", NULL, &cell);
		words_ms(&cell, rows[i].p->p95);
		html_take_element(h, "td", NULL, &cell);
		words_ms(&cell, rows[i].p->p99);
		html_take_element(h, "td", NULL, &cell);
		buf_adds(h->out, "</tr>\n");
	}
	end_table(h);
}

static void
add_endpoints(struct html *h, const struct impact *im)
{
	CLEANUP(buf_free) struct buf cell = BUF_INIT;

	if (im->n_endpoints == 0)
		return;
	begin_table(h, "Endpoints", "Endpoint|Failed|Requests|Share||Baseline");
	for (size_t i = 0; i < im->n_endpoints; i++) {
		const struct impact_endpoint *e = &im->endpoints[i];
		double share = words_ratio(e->failed, e->total);

		buf_addf(&cell, "%s %s", e->method ? e->method : "",
		    e->route ? e->route : "?");
		begin_row(h, cell.p);
		buf_reset(&cell);
		words_count(&cell, e->failed);
		html_take_element(h, "td", NULL, &cell);
		words_count(&cell, e->total);
		html_take_element(h, "td", NULL, &cell);
		words_share(&cell, share);
		html_take_element(h, "td", NULL, &cell);
		buf_adds(h->out,
		    "<td class=\"meter\"><svg width=\"100%\" height=\"8\" "
		    "aria-hidden=\"true\"><rect class=\"all-area\" "
		    "width=\"100%\" height=\"8\"/><rect class=\"failed-area\" "
		    "height=\"8\" width=\"");
		html_percent(h->out, isnan(share) ? 0 : share);
		buf_adds(h->out, "\"/></svg></td>");
		if (!isnan(e->baseline_failed_share))
			words_share(&cell, e->baseline_failed_share);
		html_take_element(h, "td", NULL, &cell);
		buf_adds(h->out, "</tr>\n");
	}
	end_table(h);
}

static void
add_units(struct html *h, const struct impact *im)
{
	CLEANUP(buf_free) struct buf cell = BUF_INIT;

	if (im->n_units == 0)
		return;
	begin_table(h, "Units", "Unit|Host|Down for|Restarts");
	for (size_t i = 0; i < im->n_units; i++) {
		const struct impact_unit *u = &im->units[i];

		begin_row(h, u->unit);
		html_element(h, "td", NULL, u->host);
		words_seconds(&cell, u->down_s);
		html_take_element(h, "td", NULL, &cell);
		words_count(&cell, u->restarts);
		html_take_element(h, "td", NULL, &cell);
		buf_adds(h->out, "</tr>\n");
	}
	end_table(h);
}

static void
add_again(struct html *h, unsigned parts)
{
	buf_adds(h->out, "<p class=\"again\">Again: ");
	html_command(h, parts);
	buf_adds(h->out, "</p>\n</section>\n");
}

void
html_impact(struct html *h, const struct incident *in, size_t number)
{
	const struct impact *im = &in->impact;

	html_incident_heading(h, "impact", "Impact", in, number);
	add_facts(h, in);
	add_endpoints(h, im);
	buf_adds(h->out, "<div class=\"pair\">\n");
	add_latency(h, im);
	add_units(h, im);
	buf_adds(h->out, "</div>\n");
	add_again(h, REPORT_IMPACT);
}

void
html_clients(struct html *h, const struct incident *in, size_t number)
{
	const struct impact *im = &in->impact;
	CLEANUP(buf_free) struct buf cell = BUF_INIT;

	html_incident_heading(h, "clients", "Affected clients", in, number);
	words_of(&cell, im->clients_affected, im->clients_total, "client");
	buf_adds(&cell, " affected");
	if ((int64_t)im->n_clients < im->clients_affected)
		buf_addf(&cell, ", %zu listed", im->n_clients);
	html_take_element(h, "p", "note", &cell);
	begin_table(h, "Clients, most failures first",
	    "Client|Failed|Requests|First failure|Last failure");
	for (size_t i = 0; i < im->n_clients; i++) {
		const struct impact_client *c = &im->clients[i];

		begin_row(h, c->address);
		words_count(&cell, c->failed);
		html_take_element(h, "td", NULL, &cell);
		words_count(&cell, c->requests);
		html_take_element(h, "td", NULL, &cell);
		buf_adds(h->out, "<td>");
		html_time(h, c->first, in->start);
		buf_adds(h->out, "</td><td>");
		html_time(h, c->last, in->start);
		buf_adds(h->out, "</td></tr>\n");
	}
	end_table(h);
	add_again(h, REPORT_CLIENTS);
}
