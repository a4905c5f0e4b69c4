/* SPDX-License-Identifier: MIT */
/*
 * The report as a terminal or a chat shows it.  Headings stand in a column of
 * their own at the left, so that the eye finds the parts and grep finds the
 * lines.  The absolute window, zone and baseline come first: every time
 * further down is a clock time in that zone.
 *
 * All text that may stem from a log passes text_safe() or text_cell(), which
 * take the control bytes out; cutting to the terminal's width counts columns
 * of what is shown, not bytes.
 */
#include "text.h"

#include "recount/utf8.h"
#include "render.h"
#include "words.h"

static const char *
style_code(enum style style)
{
	switch (style) {
	case STYLE_HEADING:
		return "\033[1m";
	case STYLE_BAD:
		return "\033[1;31m";
	case STYLE_GOOD:
		return "\033[1;32m";
	case STYLE_SEEN:
		return "\033[1;33m";
	case STYLE_DIM:
		return "\033[2m";
	default:
		return "";
	}
}

static void
style_on(struct text *t, enum style style)
{
	if (t->o->colour)
		buf_adds(t->out, style_code(style));
}

static void
style_off(struct text *t, enum style style)
{
	if (t->o->colour && style != STYLE_PLAIN)
		buf_adds(t->out, "\033[0m");
}

void
text_spaces(struct text *t, unsigned n)
{
	while (n-- > 0)
		buf_addc(t->out, ' ');
}

void
text_printable(struct text *t, struct buf *out, const char *z)
{
	struct str rest = str_of(z);
	ptrdiff_t at;

	/* Texts of the model leave out with an ellipsis, which is ours. */
	while (t->o->ascii && (at = str_find(rest, STR("\u2026"))) >= 0) {
		utf8_add_printable(out, str_sub(rest, 0, (size_t)at));
		buf_adds(out, t->cut);
		rest = str_skip(rest, (size_t)at + STR("\u2026").n);
	}
	utf8_add_printable(out, rest);
}

void
text_safe(struct text *t, const char *z)
{
	text_printable(t, t->out, z);
}

void
text_styled(struct text *t, enum style style, const char *z)
{
	style_on(t, style);
	text_safe(t, z);
	style_off(t, style);
}

void
text_heading(struct text *t, const char *heading)
{
	unsigned n = (unsigned)strlen(heading);

	if (n > 0)
		text_styled(t, STYLE_HEADING, heading);
	text_spaces(t, n < TEXT_INDENT ? TEXT_INDENT - n : 1);
}

unsigned
text_columns(struct text *t, const char *z)
{
	CLEANUP(buf_free) struct buf safe = BUF_INIT;

	text_printable(t, &safe, z);
	return utf8_columns(buf_str(&safe));
}

void
text_cell(struct text *t, enum style style, const char *z, unsigned columns)
{
	CLEANUP(buf_free) struct buf safe = BUF_INIT;
	struct str s;
	unsigned width;

	text_printable(t, &safe, z);
	s = buf_str(&safe);
	width = utf8_columns(s);
	style_on(t, style);
	if (width > columns && t->o->width > 0) {
		unsigned mark = utf8_columns(str_of(t->cut));

		s.n = text_fit(s, columns > mark ? columns - mark : 0);
		buf_add_str(t->out, s);
		buf_adds(t->out, t->cut);
		width = utf8_columns(s) + mark;
	} else {
		buf_add_str(t->out, s);
	}
	style_off(t, style);
	if (width < columns)
		text_spaces(t, columns - width);
}

void
text_right(struct text *t, const char *z, unsigned columns)
{
	unsigned width = text_columns(t, z);

	if (width < columns)
		text_spaces(t, columns - width);
	text_safe(t, z);
}

void
text_which(struct text *t, const struct incident *in, size_t number)
{
	CLEANUP(buf_free) struct buf what = BUF_INIT;

	if (t->r->n_incidents > 1) {
		buf_addf(
		    t->out, "incident %zu of %zu: ", number, t->r->n_incidents);
	}
	words_incident(&what, in);
	text_safe(t, what.p);
}

static void
add_head(struct text *t)
{
	const struct report *r = t->r;
	size_t from = t->out->n;

	text_styled(t, STYLE_HEADING, "recount ");
	text_styled(
	    t, STYLE_HEADING, r->generated.version ? r->generated.version : "");
	buf_addf(t->out, " %s ", t->dot);
	words_window(t->out, r->since, r->until, r->zone, t->dash);
	buf_addf(t->out, " %s ", t->dot);
	if (r->baseline_since != USEC_NONE && r->baseline_until != USEC_NONE) {
		buf_adds(t->out, "baseline ");
		words_time(t->out, r->baseline_since, r->since, r);
		buf_adds(t->out, t->dash);
		words_time(t->out, r->baseline_until, r->baseline_since, r);
	} else {
		buf_adds(t->out, "no baseline");
	}
	buf_addf(t->out, " %s ", t->dot);
	words_looked_at(t->out, r);
	words_redacted(t->out, r);
	text_fold(t, from, TEXT_INDENT);
	buf_adds(t->out, "\n\n");
}

/* One line per incident: what `recount incidents` is for. */
static void
add_incidents(struct text *t)
{
	const struct report *r = t->r;

	for (size_t i = 0; i < r->n_incidents; i++) {
		const struct incident *in = &r->incidents[i];
		CLEANUP(buf_free) struct buf what = BUF_INIT;
		size_t from = t->out->n;

		text_heading(t, i == 0 ? "INCIDENTS" : "");
		text_cell(t, STYLE_DIM, in->id, text_columns(t, in->id) + 2);
		words_incident_when(&what, r, in, t->dash);
		buf_adds(&what, "  ");
		words_incident(&what, in);
		if (in->impact.total > 0) {
			buf_adds(&what, "  ");
			if (in->impact.at_least)
				buf_adds(&what, "at least ");
			words_of(&what, in->impact.failed, in->impact.total,
			    "request");
			buf_adds(&what, " failed, ");
			words_share(&what,
			    words_ratio(in->impact.failed, in->impact.total));
		}
		text_safe(t, what.p);
		text_fold(t, from, TEXT_INDENT + 2);
		buf_addc(t->out, '\n');
	}
	if (r->n_incidents > 0)
		buf_addc(t->out, '\n');
}

static void
add_summary(struct text *t)
{
	const struct report *r = t->r;
	bool says_none = r->summary != NULL && str_starts(str_of(r->summary),
						   STR("No incident found"));

	text_heading(t, "SUMMARY");
	if (r->n_incidents == 0 && !says_none)
		text_paragraph(t, "No incident found.", TEXT_INDENT);
	if (r->summary != NULL && r->summary[0] != '\0') {
		if (r->n_incidents == 0 && !says_none)
			text_spaces(t, TEXT_INDENT);
		text_paragraph(t, r->summary, TEXT_INDENT);
	} else if (r->n_incidents > 0) {
		text_paragraph(t, "see below", TEXT_INDENT);
	}
	if (r->n_incidents == 0) {
		CLEANUP(buf_free) struct buf looked = BUF_INIT;

		buf_adds(&looked, "Looked at: ");
		words_looked_at(&looked, r);
		buf_addc(&looked, '.');
		text_spaces(t, TEXT_INDENT);
		text_paragraph(t, looked.p, TEXT_INDENT);
	}
	buf_addc(t->out, '\n');
}

/* Buckets joined until they fit beside the two clocks. */
static size_t
spark_of(const struct text *t, int64_t *bars, usec_t *ret_step)
{
	const struct report *r = t->r;
	unsigned room = t->o->width > 12 + 8 ? t->o->width - 12 : 8;
	size_t join = 1, n = 0;

	while (t->o->width > 0 && (r->n_spark + join - 1) / join > room)
		join++;
	for (size_t i = 0; i < r->n_spark; i++) {
		n = i / join;
		bars[n] = (i % join ? bars[n] : 0) + r->spark[i];
	}
	*ret_step = (r->until - r->since) / (usec_t)r->n_spark * (usec_t)join;
	return n + 1;
}

static void
add_bars(struct text *t, const int64_t *bars, size_t n, int64_t most)
{
	static const char *const blocks[] = {"\u2581", "\u2582", "\u2583",
	    "\u2584", "\u2585", "\u2586", "\u2587", "\u2588"};
	static const char *const ascii[] = {"_", ".", "-", "=", "#"};
	const char *const *levels = t->o->ascii ? ascii : blocks;
	int64_t top =
	    (t->o->ascii ? ARRAY_SIZE(ascii) : ARRAY_SIZE(blocks)) - 1;
	bool red = false;

	for (size_t i = 0; i < n; i++) {
		/* The lowest level is for none at all. */
		double part = (double)bars[i] / (double)most;
		int64_t level = (int64_t)(part * (double)(top - 1)) + 1;

		if (bars[i] <= 0)
			level = 0;
		if (red != (level > 0)) {
			red = level > 0;
			(red ? style_on : style_off)(t, STYLE_BAD);
		}
		buf_adds(t->out, levels[level < top ? level : top]);
	}
	if (red)
		style_off(t, STYLE_BAD);
}

static void
add_spark(struct text *t)
{
	const struct report *r = t->r;
	int64_t bars[SPARK_MAX], most = 0;
	size_t n, from = t->out->n;
	char clock[TIME_TEXT_MAX];
	usec_t step;

	if (r->n_spark == 0)
		return;
	n = spark_of(t, bars, &step);
	for (size_t i = 0; i < n; i++) {
		if (bars[i] > most)
			most = bars[i];
	}
	if (most == 0)
		return;
	time_format_clock(r->since, r->zone, 0, clock);
	buf_addf(t->out, "%.5s ", clock);
	add_bars(t, bars, n, most);
	time_format_clock(r->until, r->zone, 0, clock);
	buf_addf(t->out, " %.5s  failed requests, at most ", clock);
	words_count(t->out, most);
	buf_addf(t->out, " in %s", span_format(step, clock));
	text_fold(t, from, 6);
	buf_adds(t->out, "\n\n");
}

/* On a terminal the command stands alone, to be marked with the mouse. */
static void
add_end(struct text *t)
{
	if (t->o->parts & (REPORT_TIMELINE | REPORT_FACTORS))
		buf_addf(t->out, "Every line: recount show ID.%s",
		    t->o->width > 0 ? "\n" : "  ");
	buf_adds(t->out, "This window again: ");
	words_command(t->out, t->r, t->o->parts);
	buf_addc(t->out, '\n');
}

void
report_render_text(
    const struct report *r, const struct report_options *o, struct buf *out)
{
	struct text t = {
	    .r = r,
	    .o = o,
	    .out = out,
	    .dash = o->ascii ? "-" : "\u2013",
	    .dot = o->ascii ? "|" : "\u00b7",
	    .times = o->ascii ? "x" : "\u00d7",
	    .cut = o->ascii ? "..." : "\u2026",
	    .minus = o->ascii ? "-" : "\u2212",
	};
	size_t from;

	from = out->n;
	if (o->parts & REPORT_SUMMARY) {
		add_head(&t);
		add_summary(&t);
		if (r->n_incidents > 1 || !(o->parts & ~REPORT_SUMMARY))
			add_incidents(&t);
		add_spark(&t);
	}
	if (o->parts & REPORT_TIMELINE)
		text_timeline(&t);
	for (size_t i = 0; i < r->n_incidents; i++) {
		const struct incident *in = &r->incidents[i];

		if (o->parts & REPORT_IMPACT)
			text_impact(&t, in, i + 1);
		if (o->parts & REPORT_CLIENTS)
			text_clients(&t, in, i + 1);
		if (o->parts & REPORT_FACTORS)
			text_factors(&t, in, i + 1);
		if (r->similar_sought)
			text_similar(&t, in, i + 1);
	}
	if (o->parts & REPORT_COVERAGE)
		text_coverage(&t);
	text_fold_all(&t, from);
	add_end(&t);
}
