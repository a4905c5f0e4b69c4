/* SPDX-License-Identifier: MIT */
/*
 * Earlier incidents that look alike, as text and as Markdown.  Shown where
 * they were looked for; "none" is an answer too.
 */
#include "markdown.h"
#include "text.h"
#include "words.h"

static void
words_similar(struct buf *out, const struct report *r, const struct similar *s)
{
	char text[TIME_TEXT_MAX];

	buf_addf(out, "%s ", time_format_local(s->start, r->zone, text));
	buf_adds(out, words_abbrev(s->start, r->zone));
	buf_adds(out, ", alike by ");
	words_share(out, s->score);
	for (size_t i = 0; i < s->n_shared; i++)
		buf_addf(out, "%s%s", i == 0 ? ": " : "; ", s->shared[i]);
}

void
text_similar(struct text *t, const struct incident *in, size_t number)
{
	text_heading(t, "SIMILAR");
	if (t->r->n_incidents > 1) {
		text_which(t, in, number);
		buf_addc(t->out, '\n');
		text_spaces(t, TEXT_INDENT);
	}
	if (in->n_similar == 0)
		buf_adds(t->out, "no earlier incident looks like this one\n");
	for (size_t i = 0; i < in->n_similar; i++) {
		CLEANUP(buf_free) struct buf line = BUF_INIT;

		if (i > 0)
			text_spaces(t, TEXT_INDENT);
		words_similar(&line, t->r, &in->similar[i]);
		buf_addf(&line, "  [%s]", in->similar[i].id);
		text_paragraph(t, line.p, TEXT_INDENT + 4);
	}
	buf_addc(t->out, '\n');
}

void
markdown_similar(struct markdown *m, const struct incident *in, size_t number)
{
	CLEANUP(buf_free) struct buf line = BUF_INIT;

	markdown_incident_heading(m, "Similar incidents", in, number);
	if (in->n_similar == 0)
		buf_adds(m->out, "No earlier incident looks like this one.\n");
	for (size_t i = 0; i < in->n_similar; i++) {
		buf_adds(m->out, "- ");
		buf_addf(&line, "%s, ", in->similar[i].id);
		words_similar(&line, m->r, &in->similar[i]);
		markdown_take(m, &line);
		buf_addc(m->out, '\n');
	}
}
