/* SPDX-License-Identifier: MIT */
/*
 * The timeline: one line per item, with the time relative to the onset of the
 * incident that the item belongs to, the clock, what and where, and the ids
 * that prove it at the right end.
 *
 * With several incidents the one that the times count from changes on the
 * way; a line of its own says so.  So does a new day.  Where clocks change
 * inside the window the zone stands behind every time, since 02:30 occurs
 * twice then.
 */
#include "text.h"
#include "words.h"

#include <stdio.h>

#include "recount/utf8.h"

#define RELATIVE_COLUMNS 8
#define KIND_MAX 22
#define PLACE_MAX 20
#define WORDS_MIN 30 /* columns of text; else it gets lines of its own */
#define BELOW 11     /* where those begin */
#define WORDS_MAX 80 /* where the evidence stands when nothing is cut */

struct layout {
	unsigned clock, kind, place, words, evidence;
	unsigned before;    /* columns in front of the text */
	bool abbrev, below; /* below: the text stands under the rest */
};

static void
add_evidence(struct text *t, struct buf *out, const struct timeline_item *it)
{
	words_evidence(out, &it->evidence);
	if (it->count > 1) {
		buf_addf(out, "%s%s", out->n > 0 ? " " : "", t->times);
		words_count(out, it->count);
	}
}

/* "web2", or the service where no host is known. */
static const char *
place_of(const struct timeline_item *it)
{
	if (it->host != NULL && it->host[0] != '\0')
		return it->host;
	return it->service ? it->service : "";
}

static unsigned
most(unsigned a, unsigned b, unsigned limit)
{
	if (b > limit)
		b = limit;
	return a > b ? a : b;
}

static struct layout
lay_out(struct text *t)
{
	struct layout l = {.abbrev = words_zone_changes(t->r)};
	unsigned fixed;

	l.clock = 8 + (l.abbrev ? 5 : 0);
	for (size_t i = 0; i < t->r->n_timeline; i++) {
		const struct timeline_item *it = &t->r->timeline[i];
		CLEANUP(buf_free) struct buf ids = BUF_INIT;

		l.kind = most(l.kind, text_columns(t, it->kind), KIND_MAX);
		l.place =
		    most(l.place, text_columns(t, place_of(it)), PLACE_MAX);
		l.words = most(l.words, text_columns(t, it->text), WORDS_MAX);
		add_evidence(t, &ids, it);
		l.evidence = most(l.evidence, text_columns(t, ids.p), 48);
	}
	l.before =
	    RELATIVE_COLUMNS + 1 + l.clock + 2 + l.kind + 1 + l.place + 1;
	if (t->o->width == 0)
		return l;
	fixed = l.before + 2 + l.evidence;
	l.below = t->o->width < fixed + WORDS_MIN;
	if (!l.below)
		l.words = t->o->width - fixed;
	else
		l.words = t->o->width > fixed ? t->o->width - fixed : 0;
	return l;
}

static enum style
style_of(const struct timeline_item *it)
{
	static const char *const good[] = {
	    "recovered", "mitigated", "resolved", "alert-resolved"};
	static const char *const seen[] = {"alert", "detected"};

	if (it->kind == NULL)
		return STYLE_PLAIN;
	if (strcmp(it->kind, "onset") == 0)
		return STYLE_BAD;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		if (strcmp(it->kind, good[i]) == 0)
			return STYLE_GOOD;
	}
	for (size_t i = 0; i < ARRAY_SIZE(seen); i++) {
		if (strcmp(it->kind, seen[i]) == 0)
			return STYLE_SEEN;
	}
	return STYLE_PLAIN;
}

/* The turns of the incident stand out without colour too. */
static void
add_kind(struct text *t, const struct timeline_item *it, unsigned columns)
{
	CLEANUP(xfree) char *kind = xstrdup(it->kind ? it->kind : "");
	enum style style = style_of(it);

	for (char *p = kind; style != STYLE_PLAIN && *p != '\0'; p++) {
		if (*p >= 'a' && *p <= 'z')
			*p = (char)(*p - 32);
	}
	text_cell(t, style, kind, columns);
}

/* The text, as many lines as it takes, and the ids at the end of the first. */
static void
add_words(
    struct text *t, const struct timeline_item *it, const struct layout *l)
{
	CLEANUP(buf_free) struct buf ids = BUF_INIT, safe = BUF_INIT;
	unsigned indent = l->below ? BELOW : l->before;
	struct str rest, first;

	add_evidence(t, &ids, it);
	text_printable(t, &safe, it->text);
	rest = buf_str(&safe);
	first = rest;
	if (l->below)
		first = STR("");
	else if (t->o->width > 0 && rest.n > 0)
		first = text_line(&rest, l->words);
	else
		rest = STR_NULL;
	buf_add_str(t->out, first);
	if (ids.n > 0) {
		unsigned columns = utf8_columns(first);

		text_spaces(t, l->words > columns ? l->words - columns : 0);
		text_spaces(t, 2);
		text_styled(t, STYLE_DIM, ids.p);
	}
	/* No spaces at the end of a line that cites nothing. */
	while (ids.n == 0 && t->out->n > 0 && t->out->p[t->out->n - 1] == ' ')
		t->out->n--;
	buf_addc(t->out, '\n');
	while (rest.n > 0) {
		text_spaces(t, indent);
		buf_add_str(
		    t->out, text_line(&rest,
				l->below ? t->o->width - BELOW : l->words));
		buf_addc(t->out, '\n');
	}
}

static void
add_item(struct text *t, const struct timeline_item *it, const struct layout *l)
{
	char relative[TIME_TEXT_MAX], clock[TIME_TEXT_MAX];
	bool before;

	words_relative(t->r, it, relative);
	before = relative[0] == '-';
	if (before) {
		unsigned n = text_columns(t, relative);

		text_spaces(t, n < RELATIVE_COLUMNS ? RELATIVE_COLUMNS - n : 0);
		buf_adds(t->out, t->minus);
		buf_adds(t->out, relative + 1);
	} else {
		text_right(t, relative, RELATIVE_COLUMNS);
	}
	buf_addc(t->out, ' ');
	time_format_clock(it->time, t->r->zone, 0, clock);
	if (l->abbrev && it->time != USEC_NONE) {
		size_t n = strlen(clock);

		snprintf(clock + n, sizeof(clock) - n, " %s",
		    words_abbrev(it->time, t->r->zone));
	}
	text_cell(t, STYLE_PLAIN, clock, l->clock);
	text_spaces(t, 2);
	add_kind(t, it, l->kind);
	buf_addc(t->out, ' ');
	text_cell(t, STYLE_PLAIN, place_of(it), l->place);
	buf_addc(t->out, ' ');
	add_words(t, it, l);
}

static void
add_change(struct text *t, const struct incident *in)
{
	size_t number = (size_t)(in - t->r->incidents) + 1;
	char clock[TIME_TEXT_MAX];

	text_spaces(t, RELATIVE_COLUMNS + 1);
	buf_addf(t->out, "%s ", t->dash);
	text_which(t, in, number);
	buf_addf(t->out, "; times relative to its onset, %s %s\n",
	    time_format_clock(
		in->phases.onset != USEC_NONE ? in->phases.onset : in->start,
		t->r->zone, 0, clock),
	    t->dash);
}

void
text_timeline(struct text *t)
{
	const struct report *r = t->r;
	const struct incident *told = NULL;
	struct layout l = lay_out(t);
	char day[TIME_TEXT_MAX], item_day[TIME_TEXT_MAX];

	text_heading(t, "TIMELINE");
	if (r->n_timeline == 0) {
		buf_adds(t->out, "nothing notable in this window\n\n");
		return;
	}
	time_format_date(r->since, r->zone, day);
	buf_addf(t->out, "%s, %s; ids: recount show ID\n",
	    r->n_incidents > 0 ? "relative to onset" : "no onset",
	    l.abbrev ? "zones as given" : words_abbrev(r->since, r->zone));
	for (size_t i = 0; i < r->n_timeline; i++) {
		const struct timeline_item *it = &r->timeline[i];
		const struct incident *in = words_incident_of(r, it);

		time_format_date(it->time, r->zone, item_day);
		if (strcmp(day, item_day) != 0) {
			text_spaces(t, RELATIVE_COLUMNS + 1);
			buf_addf(
			    t->out, "%s %s %s\n", t->dash, item_day, t->dash);
			strcpy(day, item_day);
		}
		if (r->n_incidents > 1 && in != told) {
			add_change(t, in);
			told = in;
		}
		add_item(t, it, &l);
	}
	buf_addc(t->out, '\n');
}
