/* SPDX-License-Identifier: MIT */
/*
 * The report as one HTML file: no other file, no network, nothing that needs
 * a script.  Everything unfolds with <details>; the script (html/report.js)
 * adds filters, keys, the crosshair and the switch between light and dark.
 *
 * The page is meant for two readers.  Who only wants to know what happened
 * stops after the first screen: what, how long, how many, and a picture.  Who
 * wants to check scrolls: every line unfolds to the log lines it rests on, and
 * every part ends with the command that gives it again.
 *
 * What comes from logs is hostile.  It is escaped when it is written and
 * nowhere else, and the page forbids itself everything by its own policy but
 * the one style and the one script it carries, known by their hashes: text
 * that slipped through could not run or load anything.  That is also why
 * there is no style attribute in here: positions are attributes of SVG.
 */
#include "html.h"

#include <math.h>

#include "escape.h"
#include "html-assets.h"
#include "render.h"
#include "words.h"

void
html_text(struct html *h, const char *z)
{
	escape_html_printable(h->out, str_of(z));
}

void
html_take(struct html *h, struct buf *b)
{
	escape_html_printable(h->out, buf_str(b));
	buf_reset(b);
}

void
html_element(
    struct html *h, const char *tag, const char *class, const char *text)
{
	buf_addf(h->out, "<%s", tag);
	if (class != NULL)
		buf_addf(h->out, " class=\"%s\"", class);
	buf_addc(h->out, '>');
	html_text(h, text);
	buf_addf(h->out, "</%s>", tag);
}

void
html_take_element(
    struct html *h, const char *tag, const char *class, struct buf *b)
{
	html_element(h, tag, class, b->n > 0 ? b->p : NULL);
	buf_reset(b);
}

void
html_time(struct html *h, usec_t t, usec_t day)
{
	CLEANUP(buf_free) struct buf text = BUF_INIT;
	char full[TIME_TEXT_MAX];

	if (t == USEC_NONE) {
		buf_adds(h->out, "unknown");
		return;
	}
	words_time(&text, t, day, h->r);
	buf_addf(
	    h->out, "<time datetime=\"%s\">", time_format_rfc3339(t, full));
	html_take(h, &text);
	buf_adds(h->out, "</time>");
}

void
html_percent(struct buf *out, double part)
{
	long long milli = llround(part * 100000);

	if (milli < 0)
		milli = 0;
	buf_addf(out, "%lld.%03lld%%", milli / 1000, milli % 1000);
}

void
html_section(struct html *h, const char *id, const char *heading)
{
	buf_addf(h->out,
	    "\n<section id=\"%s\" aria-labelledby=\"%s-h\">\n"
	    "<h2 id=\"%s-h\">",
	    id, id, id);
	html_text(h, heading);
	buf_adds(h->out, "</h2>\n");
}

void
html_incident_heading(struct html *h, const char *id, const char *what,
    const struct incident *in, size_t number)
{
	CLEANUP(xfree) char *full = xasprintf("%s-%zu", id, number);
	CLEANUP(buf_free) struct buf heading = BUF_INIT;

	buf_adds(&heading, what);
	if (h->r->n_incidents > 1) {
		buf_addf(&heading, " of incident %zu: ", number);
		words_incident(&heading, in);
	}
	html_section(h, number == 1 ? id : full, heading.p);
}

void
html_command(struct html *h, unsigned parts)
{
	CLEANUP(buf_free) struct buf command = BUF_INIT;

	words_command(&command, h->r, parts);
	html_take_element(h, "code", "command", &command);
}

void
html_frame_begin(struct buf *out, const char *title)
{
	buf_adds(out, "<!doctype html>\n<html lang=\"en\">\n<head>\n"
		      "<meta charset=\"utf-8\">\n"
		      "<meta http-equiv=\"Content-Security-Policy\" "
		      "content=\"default-src 'none'; style-src '");
	buf_adds(out, html_report_css_hash);
	buf_adds(out, "'; script-src '");
	buf_adds(out, html_report_js_hash);
	buf_adds(out, "'; base-uri 'none'; form-action 'none'\">\n"
		      "<meta name=\"viewport\" content=\"width=device-width, "
		      "initial-scale=1\">\n"
		      "<meta name=\"color-scheme\" content=\"light dark\">\n"
		      "<meta name=\"referrer\" content=\"no-referrer\">\n"
		      "<meta name=\"robots\" content=\"noindex\">\n<title>");
	escape_html_printable(out, str_of(title));
	buf_adds(out, "</title>\n<style>");
	buf_adds(out, html_report_css);
	buf_adds(out, "</style>\n</head>\n<body>\n");
}

void
html_frame_end(struct buf *out)
{
	buf_adds(out, "<script>");
	buf_adds(out, html_report_js);
	buf_adds(out, "</script>\n</body>\n</html>\n");
}

void
html_bar_begin(struct buf *out)
{
	buf_adds(out,
	    "<a class=\"skip\" href=\"#main\">Skip to the report</a>\n"
	    "<header class=\"bar\">\n<span class=\"brand\">recount</span>\n"
	    "<nav aria-label=\"Parts\">");
}

void
html_bar_end(struct buf *out)
{
	buf_adds(out, "</nav>\n<button type=\"button\" id=\"theme\" hidden>"
		      "Theme: auto</button>\n</header>\n");
}

void
html_name_incident(struct buf *out, const struct incident *in)
{
	CLEANUP(buf_free) struct buf words = BUF_INIT;
	struct str rest;

	words_incident(&words, in);
	if (in->classification == INCIDENT_LATENCY) {
		rest = str_skip(buf_str(&words), strlen("latency"));
		buf_adds(out, "Slow answers");
		buf_add_str(out, rest);
	} else {
		words.p[0] = (char)(words.p[0] - 32);
		buf_add_str(out, buf_str(&words));
	}
}

/* "Degradation of orders", "2 incidents", "No incident found". */
static void
add_title(struct buf *title, const struct report *r)
{
	if (r->n_incidents == 1)
		html_name_incident(title, &r->incidents[0]);
	else if (r->n_incidents > 1)
		words_counted(title, (int64_t)r->n_incidents, "incident");
	else
		buf_adds(title, "No incident found");
}

static void
add_bar(struct html *h)
{
	static const struct {
		unsigned part;
		const char *id, *name;
		bool of_incident;
	} links[] = {
	    {REPORT_SUMMARY, "chart", "Chart", false},
	    {REPORT_TIMELINE, "timeline", "Timeline", false},
	    {REPORT_IMPACT, "impact", "Impact", true},
	    {REPORT_CLIENTS, "clients", "Clients", true},
	    {REPORT_FACTORS, "factors", "Factors", true},
	    {REPORT_COVERAGE, "coverage", "Coverage", false},
	};
	const struct report *r = h->r;

	html_bar_begin(h->out);
	for (size_t i = 0; i < ARRAY_SIZE(links); i++) {
		if (!(h->o->parts & links[i].part) ||
		    (links[i].of_incident && r->n_incidents == 0) ||
		    (links[i].part == REPORT_SUMMARY && r->series.n == 0))
			continue;
		buf_addf(h->out, "<a href=\"#%s\">%s</a> ", links[i].id,
		    links[i].name);
	}
	html_bar_end(h->out);
}

/* What was looked at, and in which zone all times are. */
static void
add_window(struct html *h)
{
	const struct report *r = h->r;
	CLEANUP(buf_free) struct buf line = BUF_INIT;

	buf_adds(h->out, "<p class=\"window\">");
	words_window(&line, r->since, r->until, r->zone, HTML_DASH);
	html_take(h, &line);
	if (r->baseline_since != USEC_NONE && r->baseline_until != USEC_NONE) {
		buf_adds(h->out, "; compared with ");
		html_time(h, r->baseline_since, r->since);
		buf_adds(h->out, HTML_DASH);
		html_time(h, r->baseline_until, r->baseline_since);
	}
	buf_adds(h->out, "; ");
	words_looked_at(&line, r);
	words_redacted(&line, r);
	html_take(h, &line);
	buf_adds(h->out, "</p>\n");
}

static void
add_summary(struct html *h, const char *title)
{
	const struct report *r = h->r;

	buf_adds(h->out, "<div class=\"top\">\n<h1>");
	html_text(h, title);
	buf_adds(h->out, "</h1>\n");
	add_window(h);
	for (size_t i = 0; i < r->n_incidents; i++)
		html_hero(h, &r->incidents[i], i + 1);
	if (r->summary != NULL) {
		html_element(h, "p", "summary", r->summary);
		buf_addc(h->out, '\n');
	}
	buf_adds(h->out, "</div>\n");
	if (r->series.n > 0)
		html_chart(h);
}

static void
add_end(struct html *h)
{
	const struct report *r = h->r;
	CLEANUP(buf_free) struct buf line = BUF_INIT;
	char text[TIME_TEXT_MAX];

	buf_adds(h->out,
	    "\n<footer>\n<p>Each line of a log is shown as it was written, "
	    "with bytes that a screen would obey made visible "
	    "(<code>\\x1b</code>). <code>recount show ID</code> gives it back "
	    "byte for byte, with its neighbours.</p>\n"
	    "<p>This page again: <code class=\"command\">");
	words_command(&line, r, h->o->parts);
	buf_adds(&line, " -o html");
	html_take(h, &line);
	buf_adds(h->out, "</code></p>\n<p>Made by recount ");
	html_text(h, r->generated.version);
	if (r->generated.at != USEC_NONE) {
		buf_adds(h->out, " on ");
		buf_adds(
		    h->out, time_format_local(r->generated.at, r->zone, text));
		buf_addf(h->out, " %s",
		    time_format_zone(r->generated.at, r->zone, text));
	}
	buf_adds(h->out, ".</p>\n</footer>\n");
}

void
report_render_html(
    const struct report *r, const struct report_options *o, struct buf *out)
{
	CLEANUP(xfree)
	bool *shown = xcalloc(r->n_evidence + 1, sizeof(*shown));
	CLEANUP(buf_free) struct buf title = BUF_INIT, head = BUF_INIT;
	struct html h = {.r = r, .o = o, .out = out, .shown = shown};

	add_title(&title, r);
	buf_add_str(&head, buf_str(&title));
	buf_adds(&head, ", ");
	words_window(&head, r->since, r->until, r->zone, HTML_DASH);
	html_frame_begin(out, head.p);
	add_bar(&h);
	buf_adds(out, "<main id=\"main\">\n");
	if (o->parts & REPORT_SUMMARY)
		add_summary(&h, title.p);
	if (o->parts & REPORT_TIMELINE)
		html_timeline(&h);
	for (size_t i = 0; i < r->n_incidents; i++) {
		const struct incident *in = &r->incidents[i];

		if (o->parts & REPORT_IMPACT)
			html_impact(&h, in, i + 1);
		if (o->parts & REPORT_CLIENTS)
			html_clients(&h, in, i + 1);
		if (o->parts & REPORT_FACTORS)
			html_factors(&h, in, i + 1);
		if (r->similar_sought)
			html_similar(&h, in, i + 1);
	}
	if (o->parts & REPORT_COVERAGE)
		html_coverage(&h);
	if ((o->parts & REPORT_SUMMARY) && r->series.n > 0)
		html_chart_table(&h);
	buf_adds(out, "</main>\n");
	add_end(&h);
	html_frame_end(out);
}
