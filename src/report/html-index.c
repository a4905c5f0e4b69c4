/* SPDX-License-Identifier: MIT */
/*
 * The index of a folder of snapshots: one row each, the latest first, with
 * what a reader scans for, which is whether something happened, when, and how
 * many it hit.
 *
 * A snapshot may come from another version or be damaged, and somebody may
 * have put a folder of their own beside them: every value is taken as one of
 * unknown type, and shown if it is what it should be.  A folder whose report
 * cannot be read keeps its row, since a list that leaves out in silence would
 * be read as "nothing happened".
 */
#include <errno.h>
#include <stdlib.h>

#include "escape.h"
#include "html.h"
#include "recount/mustache.h"
#include "words.h"

struct snapshot {
	const char *folder;
	json_t *report; /* NULL: cannot be read, and why */
	char *why;
	usec_t since, until;
	size_t incidents;
};

/* The value at "impact.requests.failed"; NULL where there is none. */
static const json_t *
at(const json_t *j, const char *path)
{
	struct str rest = str_of(path), name;

	while (rest.p != NULL && j != NULL) {
		CLEANUP(xfree) char *key = NULL;

		rest = str_cut(rest, '.', &name);
		key = str_dup(name);
		j = json_object_get(j, key);
	}
	return j;
}

static int64_t
count_at(const json_t *j, const char *path)
{
	const json_t *v = at(j, path);

	return json_is_integer(v) ? json_integer_value(v) : -1;
}

static usec_t
time_at(const json_t *j, const char *path)
{
	const char *text = json_string_value(at(j, path));
	usec_t t;

	if (text == NULL || time_parse(str_of(text), 0, zone_utc(), &t) < 0)
		return USEC_NONE;
	return t;
}

static int
latest_first(const void *x, const void *y)
{
	const struct snapshot *a = x, *b = y;

	if (a->until != b->until)
		return a->until > b->until ? -1 : 1;
	if (a->since != b->since)
		return a->since > b->since ? -1 : 1;
	return strcmp(a->folder, b->folder);
}

/* A path that a browser takes for that folder and nothing else. */
static void
add_link(struct buf *out, const char *folder, const char *file)
{
	buf_adds(out, "<a href=\"./");
	for (const char *p = folder; *p != '\0'; p++) {
		unsigned char c = (unsigned char)*p;

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    (c >= '0' && c <= '9') || strchr("-_.", c) != NULL)
			buf_addc(out, (char)c);
		else
			buf_addf(out, "%%%02X", c);
	}
	buf_addf(out, "/%s\">", file);
}

static void
add_text(struct buf *out, struct buf *text)
{
	escape_html_printable(out, buf_str(text));
	buf_reset(text);
}

static void
words_hit(struct buf *text, const json_t *in)
{
	int64_t failed = count_at(in, "impact.requests.failed");
	int64_t total = count_at(in, "impact.requests.total");
	int64_t affected = count_at(in, "impact.clients.affected");
	const char *least =
	    json_is_true(at(in, "impact.at_least")) ? "at least " : "";

	if (failed >= 0 && total > 0) {
		buf_addf(text, "; %s", least);
		words_of(text, failed, total, "request");
		buf_adds(text, " failed, ");
		words_share(text, words_ratio(failed, total));
	}
	if (affected >= 0) {
		buf_addf(text, "; %s", least);
		words_of(text, affected, count_at(in, "impact.clients.total"),
		    "client");
		buf_adds(text, " affected");
	}
}

static void
add_incident(const json_t *in, const struct zone *zone, struct buf *out)
{
	CLEANUP(buf_free) struct buf text = BUF_INIT;
	const char *class = json_string_value(at(in, "classification"));
	usec_t start = time_at(in, "start"), end = time_at(in, "end");
	const json_t *services = at(in, "services");
	char span[TIME_TEXT_MAX];

	buf_adds(&text, class != NULL ? class : "incident");
	for (size_t i = 0; i < json_array_size(services); i++) {
		const char *name =
		    json_string_value(json_array_get(services, i));

		buf_addf(&text, "%s%s", i == 0 ? " of " : ", ",
		    name != NULL ? name : "?");
	}
	if (text.p[0] >= 'a' && text.p[0] <= 'z')
		text.p[0] = (char)(text.p[0] - 32);
	buf_adds(out, "<b class=\"bad\">");
	add_text(out, &text);
	buf_adds(out, "</b> ");
	if (start != USEC_NONE && end != USEC_NONE && end >= start) {
		words_window(&text, start, end, zone, HTML_DASH);
		buf_addf(&text, ", %s", span_format(end - start, span));
	} else if (start != USEC_NONE) {
		buf_addf(&text, "from %s, not over by then",
		    time_format_local(start, zone, span));
	}
	words_hit(&text, in);
	add_text(out, &text);
}

static void
add_findings(const struct snapshot *s, const struct zone *zone, struct buf *out)
{
	const json_t *incidents = at(s->report, "incidents");

	if (s->report == NULL) {
		buf_adds(out, "its report cannot be read: ");
		escape_html_printable(out, str_of(s->why));
	} else if (s->incidents == 0) {
		buf_adds(
		    out, json_is_array(incidents) ? "no incident" : "unknown");
	}
	for (size_t i = 0; i < s->incidents; i++) {
		if (i > 0)
			buf_adds(out, "<br>");
		add_incident(json_array_get(incidents, i), zone, out);
	}
}

static void
add_row(const struct snapshot *s, const struct zone *zone, struct buf *out)
{
	CLEANUP(buf_free) struct buf text = BUF_INIT;
	static const char *const totals[] = {
	    "totals.requests", "totals.failed", "totals.clients"};

	buf_addf(out, "<tr%s><th scope=\"row\">",
	    s->report != NULL && s->incidents == 0 ? " class=\"quiet\"" : "");
	add_link(out, s->folder, "report.html");
	if (s->since != USEC_NONE && s->until != USEC_NONE)
		words_window(&text, s->since, s->until, zone, HTML_DASH);
	else
		buf_adds(&text, s->folder);
	add_text(out, &text);
	buf_adds(out, "</a></th><td class=\"says\">");
	add_findings(s, zone, out);
	buf_adds(out, "</td>");
	for (size_t i = 0; i < ARRAY_SIZE(totals); i++) {
		int64_t n = count_at(s->report, totals[i]);

		if (n >= 0)
			words_count(&text, n);
		buf_adds(out, "<td>");
		add_text(out, &text);
		buf_adds(out, "</td>");
	}
	buf_adds(out, "</tr>\n");
}

static void
add_head(const struct snapshot *list, size_t n, const struct zone *zone,
    struct buf *out)
{
	CLEANUP(buf_free) struct buf text = BUF_INIT;
	int64_t with = 0;

	for (size_t i = 0; i < n; i++)
		with += list[i].incidents > 0;
	buf_adds(out,
	    "<main id=\"main\">\n<div class=\"top\">\n<h1>Snapshots</h1>\n"
	    "<p class=\"window\">");
	words_counted(&text, (int64_t)n, "snapshot");
	buf_addf(&text, ", %lld with incidents, the latest first; times are ",
	    (long long)with);
	buf_adds(&text, zone_name(zone));
	add_text(out, &text);
	buf_adds(out,
	    "</p>\n</div>\n<section aria-label=\"Snapshots\">\n"
	    "<input type=\"checkbox\" id=\"only\">"
	    "<label for=\"only\">only those with incidents</label>\n"
	    "<div class=\"scroll\"><table class=\"numbers snapshots\">"
	    "<thead><tr><th scope=\"col\">Window</th>"
	    "<th scope=\"col\" class=\"says\">Found</th>"
	    "<th scope=\"col\">Requests</th><th scope=\"col\">Failed</th>"
	    "<th scope=\"col\">Clients</th></tr></thead>\n<tbody>\n");
}

static void
read_entry(const struct report_index_entry *e, struct snapshot *s)
{
	struct reterr err = {""};

	*s = (struct snapshot){.folder = e->folder};
	if (mustache_json(e->json, "report.json", &s->report, &err) < 0)
		s->why = xstrdup(err.text);
	s->since = time_at(s->report, "window.since");
	s->until = time_at(s->report, "window.until");
	s->incidents = json_array_size(at(s->report, "incidents"));
}

void
report_index_html(const struct report_index_entry *entries, size_t n,
    const struct zone *zone, struct buf *out)
{
	CLEANUP(xfree)
	struct snapshot *list = xcalloc(n + 1, sizeof(*list));

	for (size_t i = 0; i < n; i++)
		read_entry(&entries[i], &list[i]);
	qsort(list, n, sizeof(*list), latest_first);
	html_frame_begin(out, "Snapshots");
	html_bar_begin(out);
	html_bar_end(out);
	add_head(list, n, zone, out);
	for (size_t i = 0; i < n; i++)
		add_row(&list[i], zone, out);
	buf_adds(out, "</tbody></table></div>\n</section>\n</main>\n");
	html_frame_end(out);
	for (size_t i = 0; i < n; i++) {
		json_decref(list[i].report);
		xfree(list[i].why);
	}
}
