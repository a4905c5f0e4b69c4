/* SPDX-License-Identifier: MIT */
/*
 * The picture: requests and failures above, latency below, on one axis of
 * time, with the phases of the incidents shaded behind and the timeline's
 * events as pins on top.
 *
 * It fits any width without a script: what has a place in time gets it in
 * per cent of the width, so that text keeps its size; the curves are paths in
 * an inner <svg> that is stretched, with strokes that are not.  One unit of a
 * path's x is a hundredth of a step, y goes from 0 to 1000.
 *
 * Nothing is told by colour alone: failures are the filled area at the bottom,
 * the percentiles have strokes of their own, phases have names, pins numbers.
 * html_chart_table() is the same in words.
 *
 * Latency has a logarithmic scale, since what matters is how many times as
 * slow, and 10 ms and 30 s have to fit on one picture.
 */
#include "html.h"

#include <math.h>

#include "html-chart.h"
#include "words.h"

#define BANDS_TOP 0
#define PINS_AT 40 /* centres */
#define REQUESTS_TOP 66
#define REQUESTS_HEIGHT 150
#define LATENCY_TOP 246
#define LATENCY_HEIGHT 110
#define AXIS_HEIGHT 26
#define PLOT_COLUMNS 1040.0 /* pixels of a wide screen, for what fits */
#define NARROW_COLUMNS 340.0
#define LETTER 6.6 /* pixels of one, about */

struct chart {
	struct html *h;
	struct buf *out;
	const struct report *r;
	double span;
	bool latency;
	int height;    /* without the axis */
	int64_t most;  /* requests: where the scale ends */
	int low, high; /* latency: 10^low to 10^high ms */
};

static double
part_of(const struct chart *c, usec_t t)
{
	return (double)(t - c->r->since) / c->span;
}

static void
add_x(struct chart *c, const char *name, usec_t t)
{
	buf_addf(c->out, " %s=\"", name);
	html_percent(c->out, part_of(c, t));
	buf_addc(c->out, '"');
}

static void
add_line(struct chart *c, const char *class, usec_t t, int top, int bottom)
{
	buf_addf(c->out, "<line class=\"%s\"", class);
	add_x(c, "x1", t);
	add_x(c, "x2", t);
	buf_addf(c->out, " y1=\"%d\" y2=\"%d\"/>", top, bottom);
}

/* A line across, and its meaning at the left or right end; two calls, since
 * names stand above the curves and lines below. */
static void
add_level(struct chart *c, const char *class, int y)
{
	buf_addf(c->out,
	    "<line class=\"%s\" x1=\"0\" x2=\"100%%\" y1=\"%d\" "
	    "y2=\"%d\"/>\n",
	    class, y, y);
}

static void
name_level(struct chart *c, const char *class, int y, struct buf *text)
{
	bool right = strcmp(class, "usual") == 0;

	buf_addf(c->out,
	    "<text class=\"%s-name\" x=\"%s\" y=\"%d\">%s</text>\n", class,
	    right ? "100%" : "0", y - 4, text->p);
	buf_reset(text);
}

/* ---- phases ---- */

struct band {
	const char *class, *name;
	usec_t since, until;
};

static usec_t
within(const struct chart *c, usec_t t)
{
	if (t < c->r->since)
		return c->r->since;
	return t > c->r->until ? c->r->until : t;
}

static void
add_band(struct chart *c, const struct band *b)
{
	usec_t since = within(c, b->since), until = within(c, b->until);
	char span[TIME_TEXT_MAX], clock[TIME_TEXT_MAX];
	double part = (double)(until - since) / c->span, columns;

	if (until <= since)
		return;
	buf_addf(c->out, "<g><title>%s from %s, ", b->name,
	    time_format_clock(since, c->r->zone, 0, clock));
	buf_addf(c->out, "%s</title><rect class=\"band %s\"",
	    span_format(b->until - b->since, span), b->class);
	add_x(c, "x", since);
	buf_adds(c->out, " width=\"");
	html_percent(c->out, part);
	buf_addf(c->out, "\" y=\"%d\" height=\"%d\"/>", BANDS_TOP,
	    c->height - BANDS_TOP);
	columns = (double)strlen(b->name) * LETTER + 10;
	if (columns < part * PLOT_COLUMNS) {
		buf_addf(c->out, "<text class=\"band-name%s\" dx=\"5\"",
		    columns < part * NARROW_COLUMNS ? "" : " wide");
		add_x(c, "x", since);
		buf_addf(
		    c->out, " y=\"%d\">%s</text>", BANDS_TOP + 16, b->name);
	}
	buf_adds(c->out, "</g>\n");
}

static void
add_bands(struct chart *c, const struct incident *in)
{
	usec_t end = in->end != USEC_NONE ? in->end : c->r->until;
	usec_t at =
	    in->phases.onset != USEC_NONE ? in->phases.onset : in->start;
	const struct {
		usec_t until; /* USEC_NONE: does not end by this */
		const char *class, *name;
	} steps[] = {
	    {in->phases.detected, "unseen", "Undetected"},
	    {in->phases.first_action, "seen", "Detected"},
	    {in->phases.mitigated, "worked", "Response"},
	    {end, "worked", "Mitigated"},
	};
	usec_t onset = at;

	if (in->phases.trigger != USEC_NONE && in->phases.trigger < onset) {
		add_band(c, &(struct band){"trigger", "Trigger",
				in->phases.trigger, onset});
	}
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		usec_t until = steps[i].until;
		const char *name = steps[i].name;

		if (until == USEC_NONE || until < at)
			continue;
		if (until > end)
			until = end;
		/* Nothing in the logs says that somebody noticed. */
		if (i > 0 && in->phases.detected == USEC_NONE && at == onset)
			name = "Failing";
		add_band(c, &(struct band){steps[i].class, name, at, until});
		at = until;
	}
	add_line(c, "turn", onset, BANDS_TOP, c->height);
	if (in->end != USEC_NONE)
		add_line(c, "turn end", in->end, BANDS_TOP, c->height);
}

/* ---- curves ---- */

static int64_t
x_of(const struct chart *c, size_t point)
{
	double all = c->span / (double)c->r->series.step * 100;

	/* The last step may be shorter. */
	return (int64_t)fmin((double)point * 100, floor(all));
}

static int
request_y(const struct chart *c, double n)
{
	return (int)lround(1000 - 1000 * n / (double)c->most);
}

static int
latency_y(const struct chart *c, double ms)
{
	double low = c->low, high = c->high;
	double at = ms > 0 ? log10(ms) : low;

	at = (fmin(fmax(at, low), high) - low) / (high - low);
	return (int)lround(1000 - 1000 * at);
}

static void
begin_curves(struct chart *c, int top, int height)
{
	buf_addf(c->out,
	    "<svg class=\"curves\" y=\"%d\" width=\"100%%\" height=\"%d\" "
	    "viewBox=\"0 0 %lld 1000\" preserveAspectRatio=\"none\" "
	    "aria-hidden=\"true\">\n",
	    top, height, (long long)x_of(c, c->r->series.n));
}

/* Stairs of what a point has; closed down to the bottom to be filled. */
static void
add_stairs(struct chart *c, const char *class, bool failed, bool filled)
{
	const struct chart_series *s = &c->r->series;

	buf_addf(c->out, "<path class=\"%s\" d=\"M0 ", class);
	if (filled)
		buf_adds(c->out, "1000V");
	for (size_t k = 0; k < s->n; k++) {
		int64_t n =
		    failed ? s->points[k].failed : s->points[k].requests;

		buf_addf(c->out, "%s%dH%lld", k > 0 ? "V" : "",
		    request_y(c, (double)n), (long long)x_of(c, k + 1));
	}
	buf_addf(c->out, "%s\"/>\n", filled ? "V1000Z" : "");
}

static double
percentile_of(const struct percentiles *p, int which)
{
	return which == 50 ? p->p50 : which == 95 ? p->p95 : p->p99;
}

/* Through the middle of each step; broken where nothing is known. */
static void
add_curve(struct chart *c, int which)
{
	const struct chart_series *s = &c->r->series;
	bool drawing = false;

	buf_addf(c->out, "<path class=\"p%d\" d=\"", which);
	for (size_t k = 0; k < s->n; k++) {
		double ms = percentile_of(&s->points[k].latency, which);

		if (isnan(ms)) {
			drawing = false;
			continue;
		}
		buf_addf(c->out, "%s%lld %d%s", drawing ? "L" : "M",
		    (long long)(x_of(c, k) + x_of(c, k + 1)) / 2,
		    latency_y(c, ms), drawing ? "" : "h0");
		drawing = true;
	}
	buf_adds(c->out, "\"/>\n");
}

static int
requests_at(const struct chart *c, double n)
{
	return REQUESTS_TOP + request_y(c, n) * REQUESTS_HEIGHT / 1000;
}

static void
add_requests(struct chart *c)
{
	const struct chart_series *s = &c->r->series;
	CLEANUP(buf_free) struct buf text = BUF_INIT;
	char step[TIME_TEXT_MAX];
	int64_t half = c->most / 2;

	add_level(c, "grid", requests_at(c, (double)c->most));
	add_level(c, "grid", requests_at(c, (double)half));
	begin_curves(c, REQUESTS_TOP, REQUESTS_HEIGHT);
	add_stairs(c, "all-area", false, true);
	add_stairs(c, "failed-area", true, true);
	add_stairs(c, "all-line", false, false);
	buf_adds(c->out, "</svg>\n");
	add_level(c, "floor", requests_at(c, 0));
	words_count(&text, c->most);
	buf_addf(&text, " requests in %s", span_format(s->step, step));
	name_level(c, "grid", requests_at(c, (double)c->most), &text);
	words_count(&text, half);
	name_level(c, "grid", requests_at(c, (double)half), &text);
	if (!isnan(s->usual.requests)) {
		int y = requests_at(c, s->usual.requests);

		add_level(c, "usual", y);
		buf_adds(&text, "usually ");
		words_count(&text, llround(s->usual.requests));
		name_level(c, "usual", y, &text);
	}
}

static int
latency_at(const struct chart *c, double ms)
{
	return LATENCY_TOP + latency_y(c, ms) * LATENCY_HEIGHT / 1000;
}

static void
add_latency(struct chart *c)
{
	static const int which[] = {50, 95, 99};
	const struct chart_series *s = &c->r->series;
	CLEANUP(buf_free) struct buf text = BUF_INIT;

	for (int power = c->low; power <= c->high; power++)
		add_level(c, power == c->low ? "floor" : "grid",
		    latency_at(c, pow(10, power)));
	begin_curves(c, LATENCY_TOP, LATENCY_HEIGHT);
	for (size_t i = ARRAY_SIZE(which); i-- > 0;)
		add_curve(c, which[i]);
	buf_adds(c->out, "</svg>\n");
	for (int power = c->low; power <= c->high; power++) {
		double ms = pow(10, power);

		/* What is faster lies on the floor too. */
		if (power == c->low)
			buf_adds(&text, "\u2264 ");
		if (power < 0)
			buf_addf(&text, "0.%.*s1 ms", -power - 1, "0000");
		else if (power < 3)
			buf_addf(&text, "%.0f ms", ms);
		else
			buf_addf(&text, "%.0f s", ms / 1000);
		name_level(c, "grid", latency_at(c, ms), &text);
	}
	if (!isnan(s->usual.latency.p95)) {
		int y = latency_at(c, s->usual.latency.p95);

		add_level(c, "usual", y);
		buf_adds(&text, "usually p95 ");
		words_ms(&text, s->usual.latency.p95);
		name_level(c, "usual", y, &text);
	}
}

/* ---- time ---- */

static void
add_axis(struct chart *c)
{
	static const int steps[] = {1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900,
	    1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800,
	    1209600, 2592000};
	const struct report *r = c->r;
	usec_t step = steps[ARRAY_SIZE(steps) - 1] * USEC_PER_SEC, t;
	struct civil civil;
	int offset, number = 0;

	for (size_t i = ARRAY_SIZE(steps); i-- > 0;) {
		if ((r->until - r->since) / (steps[i] * USEC_PER_SEC) <= 9)
			step = steps[i] * USEC_PER_SEC;
	}
	zone_to_civil(r->zone, r->since, &civil, &offset, NULL);
	t = r->since + offset * USEC_PER_SEC;
	t = (t + step - 1) / step * step - offset * USEC_PER_SEC;
	for (; t <= r->until; t += step, number++) {
		char text[TIME_TEXT_MAX];
		double part = part_of(c, t);

		add_line(c, "tick", t, c->height, c->height + 5);
		if (part < 0.03 || part > 0.97)
			continue;
		if (step >= USEC_PER_DAY)
			time_format_date(t, r->zone, text);
		else
			time_format_clock(t, r->zone, 0, text);
		if (step >= USEC_PER_MIN && step < USEC_PER_DAY)
			text[5] = '\0';
		buf_addf(c->out, "<text class=\"hour%s\"",
		    number % 2 ? " wide" : "");
		add_x(c, "x", t);
		buf_addf(c->out, " y=\"%d\">%s</text>\n", c->height + 20, text);
	}
}

/* ---- the whole ---- */

/* The scales: round ends that hold everything. */
static void
find_scales(struct chart *c)
{
	const struct chart_series *s = &c->r->series;
	double most = fmax(1, isnan(s->usual.requests) ? 0 : s->usual.requests);
	double slow = isnan(s->usual.latency.p99) ? 0 : s->usual.latency.p99;
	double fast = 1e12;
	int64_t unit = 1;

	for (size_t k = 0; k < s->n; k++) {
		const struct chart_point *p = &s->points[k];

		most = fmax(most, (double)p->requests);
		if (isnan(p->latency.p50))
			continue;
		c->latency = true;
		slow = fmax(slow, p->latency.p99);
		if (p->latency.p50 > 0)
			fast = fmin(fast, p->latency.p50);
	}
	while ((double)unit * 10 < most)
		unit *= 10;
	/* Up to 10 in pairs, so that the half is a whole number. */
	for (int64_t n = 2; n <= 10 && c->most == 0; n += unit > 1 ? 1 : 2) {
		if ((double)(n * unit) >= most)
			c->most = n * unit;
	}
	c->low = (int)fmax(-1, floor(log10(fmin(fast, fmax(slow, 1)))));
	c->high = (int)ceil(log10(fmax(slow, 1)));
	if (c->high < c->low + 2)
		c->high = c->low + 2;
	c->height = c->latency ? LATENCY_TOP + LATENCY_HEIGHT
			       : REQUESTS_TOP + REQUESTS_HEIGHT;
}

static void
add_key(struct chart *c, const char *class, const char *name)
{
	buf_addf(c->out, "<li><svg class=\"swatch\" width=\"22\" height=\"12\" "
			 "aria-hidden=\"true\">");
	if (strstr(class, "area") != NULL)
		buf_addf(c->out,
		    "<rect class=\"%s\" width=\"22\" height=\"12\"/>", class);
	else
		buf_addf(c->out, "<path class=\"%s\" d=\"M0 6h22\"/>", class);
	buf_addf(c->out, "</svg>%s</li>", name);
}

void
html_chart(struct html *h)
{
	const struct report *r = h->r;
	struct chart c = {.h = h,
	    .out = h->out,
	    .r = r,
	    .span = (double)(r->until - r->since)};
	char text[TIME_TEXT_MAX];

	find_scales(&c);
	html_section(h, "chart",
	    c.latency ? "Requests, failures and latency"
		      : "Requests and failures");
	buf_adds(h->out, "<ul class=\"keys\">");
	add_key(&c, "all-area", "requests");
	add_key(&c, "failed-area", "failed");
	if (c.latency) {
		add_key(&c, "p50", "p50");
		add_key(&c, "p95", "p95");
		add_key(&c, "p99", "p99 of latency, logarithmic");
	}
	if (!isnan(r->series.usual.requests))
		add_key(&c, "usual", "usual");
	buf_adds(h->out, "</ul>\n");
	buf_addf(h->out, "<div class=\"plot\" id=\"plot\" data-since=\"%s\"",
	    time_format_rfc3339(r->since, text));
	buf_addf(h->out, " data-until=\"%s\">\n",
	    time_format_rfc3339(r->until, text));
	buf_addf(h->out,
	    "<svg width=\"100%%\" "
	    "height=\"%d\" role=\"group\" aria-label=\"Chart; the table at "
	    "the end of this page has the same numbers\">\n",
	    c.height + AXIS_HEIGHT);
	for (size_t i = 0; i < r->n_incidents; i++)
		add_bands(&c, &r->incidents[i]);
	add_requests(&c);
	if (c.latency)
		add_latency(&c);
	add_axis(&c);
	if (h->o->parts & REPORT_TIMELINE)
		html_chart_pins(h, PINS_AT, c.height);
	buf_addf(h->out,
	    "<line id=\"cross\" y1=\"%d\" y2=\"%d\"/></svg>\n"
	    "<div id=\"readout\" hidden></div>\n</div>\n",
	    BANDS_TOP, c.height);
	buf_addf(h->out,
	    "<p class=\"note\">%s%s"
	    "<a href=\"#series\">The same as a table</a>.</p>\n</section>\n",
	    r->n_incidents > 0 ? "Shaded: from the onset to the end, with what "
				 "was known by then. "
			       : "",
	    h->o->parts & REPORT_TIMELINE
		? "Numbered: how many events of the timeline. "
		: "");
}
