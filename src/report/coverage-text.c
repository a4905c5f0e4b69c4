/* SPDX-License-Identifier: MIT */
/*
 * What the report rests on: each source, how much of it fits a format, and
 * what is missing.  A report that hides its gaps is taken for exact.
 */
#include "text.h"

#include "recount/utf8.h"
#include "words.h"

#define SOURCE_MAX 48
#define GAPS_MAX 20 /* shown per source; -o json has all */

static void
add_gap(struct text *t, const struct coverage_gap *g)
{
	t->line = t->out->n;
	text_spaces(t, TEXT_INDENT + 2);
	buf_adds(t->out, "gap ");
	if (g->since == USEC_NONE && g->until == USEC_NONE) {
		buf_adds(t->out, "at an unknown time");
	} else {
		words_time(t->out, g->since, t->r->since, t->r);
		if (g->until != USEC_NONE && g->until != g->since) {
			buf_adds(t->out, t->dash);
			words_time(t->out, g->until, t->r->since, t->r);
		}
	}
	buf_adds(t->out, ": ");
	text_safe(t, g->reason ? g->reason : "unknown reason");
	buf_adds(t->out, "; lost: ");
	words_lost(t->out, g);
	text_fold(t, t->line, TEXT_INDENT + 4);
	buf_addc(t->out, '\n');
}

/* The end of a path says more than its beginning. */
static void
add_source(struct text *t, const char *source, unsigned columns)
{
	CLEANUP(buf_free) struct buf safe = BUF_INIT;
	unsigned width = text_columns(t, source);
	struct str s;

	text_printable(t, &safe, source);
	s = buf_str(&safe);
	if (width > columns) {
		s = str_skip(s, text_fit(s, width - columns +
						utf8_columns(str_of(t->cut))));
		buf_adds(t->out, t->cut);
		width = utf8_columns(s) + utf8_columns(str_of(t->cut));
	}
	buf_add_str(t->out, s);
	text_spaces(t, width < columns ? columns - width : 0);
}

void
text_coverage(struct text *t)
{
	const struct report *r = t->r;
	unsigned columns = 0, limit = SOURCE_MAX;

	if (t->o->width < TEXT_INDENT + SOURCE_MAX)
		limit = t->o->width > 2 * TEXT_INDENT
			    ? t->o->width - TEXT_INDENT
			    : TEXT_INDENT;

	text_heading(t, "COVERAGE");
	words_looked_at(t->out, r);
	if (words_gaps(r) == 0 && r->n_coverage > 0)
		buf_adds(t->out, ", no known gap");
	buf_addc(t->out, '\n');
	for (size_t i = 0; i < r->n_coverage; i++) {
		unsigned width = text_columns(t, r->coverage[i].source);

		if (width > limit && t->o->width > 0)
			width = limit;
		if (width > columns)
			columns = width;
	}
	for (size_t i = 0; i < r->n_coverage; i++) {
		const struct coverage *c = &r->coverage[i];

		t->line = t->out->n;
		text_spaces(t, TEXT_INDENT);
		add_source(t, c->source, columns);
		text_spaces(t, 2);
		if (c->host != NULL && c->host[0] != '\0') {
			text_safe(t, c->host);
			buf_adds(t->out, ": ");
		}
		words_counted(t->out, c->events, "event");
		if (c->first != USEC_NONE && c->last != USEC_NONE) {
			buf_adds(t->out, ", ");
			words_time(t->out, c->first, r->since, r);
			buf_adds(t->out, t->dash);
			words_time(t->out, c->last, r->since, r);
		}
		if (c->unparsed > 0) {
			buf_adds(t->out, "; ");
			words_of(t->out, c->unparsed, c->events, "line");
			buf_adds(t->out, " fit no format (");
			words_share(
			    t->out, words_ratio(c->unparsed, c->events));
			buf_addc(t->out, ')');
		}
		text_fold(t, t->line, TEXT_INDENT + 2);
		buf_addc(t->out, '\n');
		for (size_t k = 0; k < c->n_gaps && k < GAPS_MAX; k++)
			add_gap(t, &c->gaps[k]);
		if (c->n_gaps > GAPS_MAX) {
			text_spaces(t, TEXT_INDENT + 2);
			buf_addf(t->out, "and %zu more gaps: -o json\n",
			    c->n_gaps - GAPS_MAX);
		}
	}
	buf_addc(t->out, '\n');
}
