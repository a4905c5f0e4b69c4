/* SPDX-License-Identifier: MIT */
/*
 * A picture that every place shows: mail, a terminal, a wiki.  Bars of '#',
 * one per slot of the sparkline, with a scale at the left and the hours below.
 * A slot in which anything failed has a mark, however small beside the most.
 */
#include "template-model.h"
#include "words.h"

#define HEIGHT 6
#define LABEL 8 /* columns of the scale */

static void
add_bars(struct buf *out, const struct report *r, int64_t most, int level)
{
	CLEANUP(buf_free) struct buf label = BUF_INIT;

	if (level == HEIGHT)
		words_count(&label, most);
	buf_addf(out, "%*s |", LABEL, label.p ? label.p : "");
	for (size_t i = 0; i < r->n_spark; i++) {
		/* Full from the middle of a level on. */
		bool on = r->spark[i] * HEIGHT * 2 >= most * (2 * level - 1);

		if (level == 1)
			on = r->spark[i] > 0;
		buf_addc(out, on ? '#' : ' ');
	}
	while (out->p[out->n - 1] == ' ')
		out->p[--out->n] = '\0';
	buf_addc(out, '\n');
}

void
picture_add(struct buf *out, const struct report *r)
{
	char from[TIME_TEXT_MAX], to[TIME_TEXT_MAX], span[TIME_TEXT_MAX];
	int64_t most = 0;

	for (size_t i = 0; i < r->n_spark; i++)
		most = r->spark[i] > most ? r->spark[i] : most;
	if (most == 0)
		return;
	for (int level = HEIGHT; level > 0; level--)
		add_bars(out, r, most, level);
	buf_addf(out, "%*s +", LABEL, "0");
	for (size_t i = 0; i < r->n_spark; i++)
		buf_addc(out, '-');
	time_format_clock(r->since, r->zone, 0, from);
	time_format_clock(r->until, r->zone, 0, to);
	buf_addf(out, "\n%*s  %s%*s\n", LABEL, "", from,
	    (int)(r->n_spark > 8 ? r->n_spark - 8 : 9), to);
	buf_addf(out, "%*s  failed requests in steps of %s", LABEL, "",
	    span_format((r->until - r->since) / (usec_t)r->n_spark, span));
}
