/* SPDX-License-Identifier: MIT */
/*
 * What ties the chart to the rest of the page: pins that lead to the
 * timeline, and the numbers as a table.
 *
 * Items too close to stand beside each other share a pin, which shows how
 * many they are and leads to the first.  The table is what a screen reader
 * reads in place of the picture, and what the script takes the crosshair's
 * numbers from; so they cannot differ.
 */
#include <math.h>

#include "html-chart.h"
#include "words.h"

#define PIN_APART 0.021 /* of the width */
#define PIN_RADIUS 9
#define NAMED_MAX 6 /* items in a pin's title */

static double
part_of(const struct report *r, usec_t t)
{
	double part = (double)(t - r->since) / (double)(r->until - r->since);

	return fmin(fmax(part, 0), 1);
}

static void
name_item(struct html *h, const struct timeline_item *it)
{
	CLEANUP(buf_free) struct buf text = BUF_INIT;

	words_time(&text, it->time, h->r->since, h->r);
	buf_addf(&text, " %s: %s", it->kind ? it->kind : "",
	    it->text ? it->text : "");
	html_take(h, &text);
}

static void
add_pin(struct html *h, size_t first, size_t n, int y, int bottom)
{
	const struct timeline_item *items = &h->r->timeline[first];
	const char *class = "pin";
	/* Whole circles, at the edges too. */
	double at = fmin(fmax(part_of(h->r, items[0].time), PIN_APART / 2),
	    1 - PIN_APART / 2);

	for (size_t i = 0; i < n; i++) {
		if (items[i].kind != NULL &&
		    strcmp(items[i].kind, "onset") == 0)
			class = "pin bad";
	}
	buf_addf(
	    h->out, "<a class=\"%s\" href=\"#t%zu\"><title>", class, first + 1);
	for (size_t i = 0; i < n && i < NAMED_MAX; i++) {
		if (i > 0)
			buf_addc(h->out, '\n');
		name_item(h, &items[i]);
	}
	if (n > NAMED_MAX)
		buf_addf(h->out, "\nand %zu more", n - NAMED_MAX);
	buf_adds(h->out, "</title><line x1=\"");
	html_percent(h->out, at);
	buf_adds(h->out, "\" x2=\"");
	html_percent(h->out, at);
	buf_addf(h->out, "\" y1=\"%d\" y2=\"%d\"/><circle cx=\"", y, bottom);
	html_percent(h->out, at);
	buf_addf(h->out, "\" cy=\"%d\" r=\"%d\"/><text x=\"", y, PIN_RADIUS);
	html_percent(h->out, at);
	buf_addf(h->out, "\" y=\"%d\">%zu</text></a>\n", y + 4, n);
}

void
html_chart_pins(struct html *h, int y, int bottom)
{
	const struct report *r = h->r;
	size_t n;

	for (size_t i = 0; i < r->n_timeline; i += n) {
		double at = part_of(r, r->timeline[i].time);

		for (n = 1; i + n < r->n_timeline; n++) {
			if (part_of(r, r->timeline[i + n].time) - at >
			    PIN_APART)
				break;
		}
		add_pin(h, i, n, y, bottom);
	}
}

static void
add_row(struct html *h, size_t k, bool latency)
{
	const struct report *r = h->r;
	const struct chart_point *p = &r->series.points[k];
	usec_t t = r->since + (usec_t)k * r->series.step;
	CLEANUP(buf_free) struct buf cell = BUF_INIT;
	const double ms[] = {p->latency.p50, p->latency.p95, p->latency.p99};

	buf_adds(h->out, "<tr><th scope=\"row\">");
	html_time(h, t, r->since);
	buf_adds(h->out, "</th>");
	words_count(&cell, p->requests);
	html_take_element(h, "td", NULL, &cell);
	words_count(&cell, p->failed);
	html_take_element(h, "td", NULL, &cell);
	if (p->requests > 0)
		words_share(&cell, words_ratio(p->failed, p->requests));
	html_take_element(h, "td", NULL, &cell);
	for (size_t i = 0; latency && i < ARRAY_SIZE(ms); i++) {
		if (!isnan(ms[i]))
			words_ms(&cell, ms[i]);
		html_take_element(h, "td", NULL, &cell);
	}
	buf_adds(h->out, "</tr>\n");
}

void
html_chart_table(struct html *h)
{
	const struct chart_series *s = &h->r->series;
	char step[TIME_TEXT_MAX];
	bool latency = false;

	for (size_t k = 0; k < s->n; k++)
		latency |= !isnan(s->points[k].latency.p50);
	html_section(h, "series", "The chart as a table");
	buf_addf(h->out,
	    "<details><summary>%zu steps of %s</summary>\n"
	    "<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
	    "aria-labelledby=\"series-h\">\n"
	    "<table class=\"numbers\" id=\"points\"><thead><tr>"
	    "<th scope=\"col\">From</th><th scope=\"col\">Requests</th>"
	    "<th scope=\"col\">Failed</th><th scope=\"col\">Share</th>%s"
	    "</tr></thead>\n<tbody>\n",
	    s->n, span_format(s->step, step),
	    latency ? "<th scope=\"col\">p50</th><th scope=\"col\">p95</th>"
		      "<th scope=\"col\">p99</th>"
		    : "");
	for (size_t k = 0; k < s->n; k++)
		add_row(h, k, latency);
	buf_adds(h->out, "</tbody></table>\n</div></details>\n"
			 "<p class=\"again\">Again: ");
	html_command(h, h->o->parts);
	buf_adds(
	    h->out, " <code>-o json | jq .series</code></p>\n</section>\n");
}
