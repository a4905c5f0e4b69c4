/* SPDX-License-Identifier: MIT */
/*
 * The timeline: one item, one <details>, which unfolds to the log lines that
 * the item rests on.  The closed line says when (to the onset and by the
 * clock), what, and where; the line at the left runs thick while the incident
 * lasts.
 *
 * A line that several items cite stands under each of them, since whoever
 * unfolds an item wants to see it there; its anchor is the first.  Factors
 * cite what mostly stands in the timeline already, so they link to it.
 *
 * A journal entry has some twenty fields; its message is shown, and the others
 * unfold.
 */
#include "html.h"

#include "escape.h"
#include "recount/event.h"
#include "recount/utf8.h"
#include "words.h"

/* Bytes of a line that are shown: what is longer is a stack trace or a dump,
 * and `recount show` has it. */
#define RAW_MAX 4096

static ptrdiff_t
find_evidence(const struct report *r, uint64_t id)
{
	size_t low = 0, high = r->n_evidence;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (r->evidence[mid].id < id)
			low = mid + 1;
		else
			high = mid;
	}
	if (low < r->n_evidence && r->evidence[low].id == id)
		return (ptrdiff_t)low;
	return -1;
}

/* Lines stay lines; everything else as utf8_add_printable() has it. */
static void
add_raw(struct html *h, struct str raw)
{
	size_t cut = raw.n;

	if (cut > RAW_MAX) {
		cut = RAW_MAX;
		while (cut > 0 && ((unsigned char)raw.p[cut] & 0xc0) == 0x80)
			cut--;
	}
	buf_adds(h->out, "<pre>");
	if (cut > 0 && raw.p[0] == '\n')
		buf_addc(h->out, '\n'); /* the first one does not count */
	for (struct str rest = str_sub(raw, 0, cut), line; rest.p != NULL;) {
		rest = str_cut(rest, '\n', &line);
		escape_html_printable(h->out, line);
		if (rest.p != NULL && rest.n > 0)
			buf_addc(h->out, '\n');
	}
	if (cut < raw.n)
		buf_addf(h->out, "\n\u2026 and %zu bytes more", raw.n - cut);
	buf_adds(h->out, "</pre>");
}

/* The message of a journal entry in export form; no bytes if it has none on
 * one line. */
static struct str
journal_message(struct str raw)
{
	ptrdiff_t at = str_find(raw, STR("\nMESSAGE="));
	struct str message = STR_NULL;

	if (at >= 0)
		str_cut(str_skip(raw, (size_t)at + 9), '\n', &message);
	return message;
}

static size_t
count_lines(struct str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += s.p[i] == '\n';
	return n;
}

static void
add_origin(struct html *h, const struct evidence *e)
{
	char clock[TIME_TEXT_MAX], id[EVENT_ID_TEXT_MAX];

	html_element(h, "code", "id", event_id_format(e->id, id));
	buf_addc(h->out, ' ');
	if (e->time != USEC_NONE) {
		time_format_clock(
		    e->time, h->r->zone, e->time % USEC_PER_SEC ? 3 : 0, clock);
		html_element(h, "span", "num", clock);
		buf_addc(h->out, ' ');
	}
	html_text(h, e->host);
	if (e->cursor != NULL) {
		buf_adds(h->out, ", journal");
	} else if (e->file != NULL) {
		buf_adds(h->out, ", <span class=\"path\">");
		html_text(h, e->file);
		buf_addf(h->out, "</span> at byte %lld", (long long)e->offset);
	} else if (e->peer != NULL) {
		buf_adds(h->out, ", from ");
		html_text(h, e->peer);
	}
}

static void
add_line(struct html *h, size_t index)
{
	const struct evidence *e = &h->r->evidence[index];
	char id[EVENT_ID_TEXT_MAX];
	struct str message =
	    e->cursor != NULL ? journal_message(e->raw) : STR_NULL;

	buf_adds(h->out, "<div class=\"line\"");
	if (!h->shown[index])
		buf_addf(h->out, " id=\"e-%s\"", event_id_format(e->id, id));
	h->shown[index] = true;
	buf_adds(h->out, "><p class=\"where\">");
	add_origin(h, e);
	buf_adds(h->out, "</p>");
	if (message.n > 0) {
		add_raw(h, message);
		buf_addf(h->out,
		    "<details class=\"fields\"><summary>all %zu "
		    "fields</summary>",
		    count_lines(e->raw));
		add_raw(h, e->raw);
		buf_adds(h->out, "</details>");
	} else {
		add_raw(h, e->raw);
	}
	buf_adds(h->out, "</div>\n");
}

void
html_evidence(struct html *h, const struct id_list *l, bool all)
{
	char id[EVENT_ID_TEXT_MAX];
	size_t linked = 0;

	for (size_t i = 0; !all && i < l->n; i++) {
		ptrdiff_t at = find_evidence(h->r, l->ids[i]);

		if (at < 0 || !h->shown[at])
			continue;
		event_id_format(l->ids[i], id);
		buf_addf(h->out, "%s<a class=\"id\" href=\"#e-%s\">%s</a>",
		    linked++ == 0 ? "<p class=\"links\">Evidence: " : " ", id,
		    id);
	}
	if (linked > 0)
		buf_adds(h->out, "</p>\n");
	if (!all && linked < l->n)
		buf_adds(h->out,
		    "<details class=\"more\"><summary>Evidence</summary>\n");
	for (size_t i = 0; i < l->n; i++) {
		ptrdiff_t at = find_evidence(h->r, l->ids[i]);

		if (at >= 0 && (all || !h->shown[at])) {
			add_line(h, (size_t)at);
		} else if (at < 0) {
			event_id_format(l->ids[i], id);
			buf_addf(h->out,
			    "<p class=\"where\"><code class=\"id\">%s</code> "
			    "is not in the store any more</p>\n",
			    id);
		}
	}
	if (!all && linked < l->n)
		buf_adds(h->out, "</details>\n");
}

/* ---- items ---- */

static bool
is_turn(const struct timeline_item *it)
{
	static const char *const turns[] = {"onset", "recovered", "mitigated",
	    "resolved", "alert", "alert-resolved", "detected"};

	for (size_t i = 0; it->kind != NULL && i < ARRAY_SIZE(turns); i++) {
		if (strcmp(it->kind, turns[i]) == 0)
			return true;
	}
	return false;
}

static bool
during_incident(const struct report *r, const struct timeline_item *it)
{
	for (size_t i = 0; i < r->n_incidents; i++) {
		const struct incident *in = &r->incidents[i];

		if (it->time >= in->start &&
		    (in->end == USEC_NONE || it->time <= in->end))
			return true;
	}
	return false;
}

static void
add_data(struct html *h, const char *name, const char *value)
{
	buf_addf(h->out, " data-%s=\"", name);
	html_text(h, value);
	buf_addc(h->out, '"');
}

static void
add_when(struct html *h, const struct timeline_item *it)
{
	char relative[TIME_TEXT_MAX];

	words_relative(h->r, it, relative);
	buf_adds(h->out, "<span class=\"rel\">");
	if (relative[0] == '-')
		buf_adds(h->out, "\u2212");
	html_text(h, relative + (relative[0] == '-'));
	buf_adds(h->out, "</span> <span class=\"clock\">");
	html_time(h, it->time, it->time);
	buf_adds(h->out, "</span> ");
}

static void
add_meta(struct html *h, const struct timeline_item *it)
{
	CLEANUP(buf_free) struct buf ids = BUF_INIT;

	buf_adds(h->out, "<span class=\"meta\">");
	html_element(h, "b", "kind", it->kind);
	if (it->host != NULL && it->host[0] != '\0') {
		buf_addc(h->out, ' ');
		html_element(h, "span", "host", it->host);
	}
	if (it->service != NULL && it->service[0] != '\0') {
		buf_addc(h->out, ' ');
		html_element(h, "span", "service", it->service);
	}
	if (it->count > 1) {
		buf_adds(h->out, " <span class=\"times\">\u00d7");
		words_count(h->out, it->count);
		buf_adds(h->out, "</span>");
	}
	buf_addc(h->out, ' ');
	if (h->r->n_incidents > 0) {
		html_element(h, "span", "phase", phase_name(it->phase));
		buf_addc(h->out, ' ');
	}
	words_evidence(&ids, &it->evidence);
	html_take_element(h, "span", "ids", &ids);
	buf_adds(h->out, "</span>");
}

static void
add_proof(struct html *h, const struct timeline_item *it)
{
	CLEANUP(buf_free) struct buf text = BUF_INIT;
	char id[EVENT_ID_TEXT_MAX];

	buf_adds(h->out, "<div class=\"proof\">\n");
	if (it->count > 1) {
		words_counted(&text, it->count, "event");
		if (it->until != USEC_NONE && it->until > it->time) {
			buf_adds(&text, " until ");
			words_time(&text, it->until, it->time, h->r);
		}
		buf_adds(&text, "; ");
		words_counted(&text, (int64_t)it->evidence.n, "line");
		buf_adds(&text, " of them:");
		html_take_element(h, "p", "note", &text);
		buf_addc(h->out, '\n');
	}
	html_evidence(h, &it->evidence, true);
	buf_adds(h->out, "<p class=\"again\">Again: ");
	buf_adds(&text, "recount show");
	for (size_t i = 0; i < it->evidence.n; i++)
		buf_addf(
		    &text, " %s", event_id_format(it->evidence.ids[i], id));
	html_take_element(h, "code", "command", &text);
	buf_adds(h->out, "</p>\n</div>");
}

static void
add_item(struct html *h, size_t index)
{
	const struct timeline_item *it = &h->r->timeline[index];
	const char *kind = it->kind != NULL ? it->kind : "";

	buf_addf(h->out, "<li class=\"item%s%s%s\"",
	    during_incident(h->r, it) ? " in" : "", is_turn(it) ? " turn" : "",
	    strcmp(kind, "onset") == 0 ? " bad" : "");
	add_data(h, "kind", kind);
	add_data(h, "phase", phase_name(it->phase));
	add_data(h, "host", it->host);
	add_data(h, "service", it->service);
	buf_addf(h->out, "><details id=\"t%zu\"><summary>", index + 1);
	add_when(h, it);
	html_element(h, "span", "text", it->text);
	buf_addc(h->out, ' ');
	add_meta(h, it);
	buf_adds(h->out, "</summary>\n");
	add_proof(h, it);
	buf_adds(h->out, "</details></li>\n");
}

static void
add_change(struct html *h, const struct incident *in)
{
	CLEANUP(buf_free) struct buf text = BUF_INIT;

	buf_addf(&text, "Incident %zu: ", (size_t)(in - h->r->incidents) + 1);
	words_incident(&text, in);
	buf_adds(&text, "; times relative to its onset, ");
	words_time(&text,
	    in->phases.onset != USEC_NONE ? in->phases.onset : in->start,
	    h->r->since, h->r);
	html_take_element(h, "li", "about", &text);
	buf_addc(h->out, '\n');
}

static void
add_intro(struct html *h)
{
	const struct report *r = h->r;
	CLEANUP(buf_free) struct buf text = BUF_INIT;
	char zone[TIME_TEXT_MAX];

	if (words_zone_changes(r))
		buf_adds(&text, "Clocks change inside the window");
	else
		buf_addf(&text, "Times are %s",
		    time_format_zone(r->since, r->zone, zone));
	if (r->n_incidents == 1) {
		const struct incident *in = &r->incidents[0];

		buf_adds(&text, "; relative ones count from the onset, ");
		words_time(&text,
		    in->phases.onset != USEC_NONE ? in->phases.onset
						  : in->start,
		    r->since, r);
	}
	buf_adds(&text, ". Each item unfolds to the lines it rests on.");
	html_take_element(h, "p", "note", &text);
	buf_addc(h->out, '\n');
}

void
html_timeline(struct html *h)
{
	const struct report *r = h->r;
	const struct incident *told = NULL;
	char day[TIME_TEXT_MAX], item_day[TIME_TEXT_MAX];

	html_section(h, "timeline", "Timeline");
	if (r->n_timeline == 0) {
		buf_adds(h->out,
		    "<p>Nothing notable in this window.</p>\n</section>\n");
		return;
	}
	add_intro(h);
	buf_adds(h->out, "<div id=\"filters\" role=\"search\" "
			 "aria-label=\"Filter the timeline\" hidden></div>\n"
			 "<ol class=\"items\" id=\"items\">\n");
	time_format_date(r->since, r->zone, day);
	for (size_t i = 0; i < r->n_timeline; i++) {
		const struct incident *in =
		    words_incident_of(r, &r->timeline[i]);

		time_format_date(r->timeline[i].time, r->zone, item_day);
		if (strcmp(day, item_day) != 0) {
			html_element(h, "li", "day", item_day);
			strcpy(day, item_day);
		}
		if (r->n_incidents > 1 && in != told) {
			add_change(h, in);
			told = in;
		}
		add_item(h, i);
	}
	buf_adds(h->out, "</ol>\n<p class=\"again\">Again: ");
	html_command(h, REPORT_TIMELINE);
	buf_adds(h->out, "</p>\n</section>\n");
}
