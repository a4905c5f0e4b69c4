/* SPDX-License-Identifier: MIT */
/*
 * Clocks that were set while logs were written: which, when, by how much.
 * A report whose times do not compare has to say so.
 *
 * A journal entry carries two times in its cursor, that of the wall clock and
 * that since the boot, which nobody sets.  Their difference is constant but
 * for the pace that NTP gives a clock (SLEW), so where it changes, the wall
 * clock was stepped, by exactly that.
 *
 * Other logs have the wall clock only.  A step forward looks like silence; a
 * step back shows as lines that are older than those before them, and stay so:
 * HELD of them in a row, since a single late line is nothing.  Its size is at
 * least what can be seen.  Hosts that share a source are kept apart, and what
 * fell into an hour that a change of daylight saving time repeats does not
 * count.
 */
#include <stdlib.h>

#include "analysis.h"

#define STEP_MIN USEC_PER_SEC        /* of journals */
#define SLEW 1000                    /* of time passed; adjtime(3) has 2000 */
#define BACK_MIN (10 * USEC_PER_SEC) /* of other logs */
#define HELD 5

struct clock { /* of a boot, or of a host in a source */
	usec_t monotonic,
	    ahead;         /* of the last entry; ahead: wall - monotonic */
	usec_t last;       /* newest time before a line went back */
	usec_t before;     /* the same before the last leap forward */
	unsigned since;    /* lines since that */
	usec_t first_back; /* of lines that went back */
	unsigned held;
};

struct step {
	usec_t at, size; /* size < 0: back */
	uint32_t source, host;
	bool at_least;
};

struct clocks {
	struct u64map *index; /* hash -> clock */
	struct clock *list;
	size_t n, size;
	struct step *steps;
	size_t n_steps, size_steps;
	uint64_t last_key;
	size_t last_at;
};

void
clocks_free(struct clocks *c)
{
	if (c == NULL)
		return;
	u64map_free(c->index);
	xfree(c->list);
	xfree(c->steps);
	xfree(c);
}

/* NULL with *ret_new: it was not known before. */
static struct clock *
clock_of(struct clocks *c, uint64_t key, bool *ret_new)
{
	uint64_t *at;

	*ret_new = false;
	if (c->n > 0 && key == c->last_key)
		return &c->list[c->last_at];
	at = u64map_at(c->index, key, c->n, ret_new);
	if (*ret_new) {
		GROW(c->list, c->n, c->size);
		c->list[c->n++] = (struct clock){0};
	}
	c->last_key = key;
	c->last_at = (size_t)*at;
	return &c->list[*at];
}

static void
note_step(struct clocks *c, struct step s)
{
	GROW(c->steps, c->n_steps, c->size_steps);
	c->steps[c->n_steps++] = s;
}

/* "…;b=BOOT;m=1f2e3d;t=5e4c…;…"; the text behind name, up to ';'. */
static bool
cursor_field(struct str cursor, char name, struct str *ret)
{
	while (cursor.n > 0) {
		struct str field;

		cursor = str_cut(cursor, ';', &field);
		if (field.n > 2 && field.p[0] == name && field.p[1] == '=') {
			*ret = str_skip(field, 2);
			return true;
		}
	}
	return false;
}

static bool
cursor_number(struct str cursor, char name, usec_t *ret)
{
	struct str text;
	uint64_t v = 0;

	if (!cursor_field(cursor, name, &text) || text.n > 15)
		return false;
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (c >= '0' && c <= '9')
			v = v << 4 | (uint64_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			v = v << 4 | (uint64_t)(c - 'a' + 10);
		else
			return false;
	}
	*ret = (usec_t)v;
	return true;
}

static void
saw_entry(struct clocks *c, const struct log_event *ev, uint32_t host)
{
	usec_t monotonic, wall, jump, passed;
	struct str boot;
	struct clock *k;
	bool new;

	if (!cursor_field(ev->cursor, 'b', &boot) ||
	    !cursor_number(ev->cursor, 'm', &monotonic) ||
	    !cursor_number(ev->cursor, 't', &wall))
		return;
	k = clock_of(c, hash64(boot.p, boot.n), &new);
	passed = monotonic - k->monotonic;
	jump = wall - monotonic - k->ahead;
	if (passed < 0)
		return;
	if (!new && (jump > STEP_MIN + passed / SLEW ||
			jump < -STEP_MIN - passed / SLEW))
		note_step(c, (struct step){.at = wall,
				 .size = jump,
				 .source = ev->source,
				 .host = host});
	k->monotonic = monotonic;
	k->ahead = wall - monotonic;
}

static void
saw_line(struct clocks *c, const struct log_event *ev, uint32_t host)
{
	uint64_t key = (uint64_t)ev->source << 32 | host;
	usec_t t = ev->timestamp;
	bool new;
	struct clock *k;

	if (ev->flags & (EVENT_UNPARSED | EVENT_TIME_AMBIGUOUS))
		return;
	k = clock_of(c, key, &new);
	if (new)
		*k = (struct clock){.last = t, .before = t, .since = HELD};
	/* A few lines from the future were no step, so this is none back. */
	if (t <= k->last - BACK_MIN && k->since < HELD)
		k->last = k->before;
	if (t > k->last - BACK_MIN) {
		bool leap = t > k->last + BACK_MIN;

		k->before = leap ? k->last : k->before;
		k->since = leap ? 1 : k->since + 1;
		k->last = t > k->last ? t : k->last;
		k->held = 0;
		return;
	}
	if (k->held++ == 0)
		k->first_back = t;
	if (k->held < HELD)
		return;
	note_step(c, (struct step){.at = k->first_back,
			 .size = k->first_back - k->last,
			 .source = ev->source,
			 .host = host,
			 .at_least = true});
	k->last = t;
	k->held = 0;
}

void
clock_saw(struct analysis *a, const struct log_event *ev, uint32_t host)
{
	struct clocks *c = a->clocks;

	if (c == NULL) {
		c = a->clocks = xcalloc(1, sizeof(*c));
		c->index = u64map_new();
	}
	/* What people and webhooks say comes late by its nature. */
	if (ev->kind == EVENT_MARK || ev->kind == EVENT_ALERT)
		return;
	if (ev->cursor.n > 0)
		saw_entry(c, ev, host);
	else
		saw_line(c, ev, host);
}

void
steps_note(struct analysis *a)
{
	struct clocks *c = a->clocks;

	for (size_t i = 0; c != NULL && i < c->n_steps; i++) {
		const struct step *s = &c->steps[i];
		CLEANUP(buf_free) struct buf text = BUF_INIT;
		struct str host = pool_get(a, s->host);
		char span[TIME_TEXT_MAX];

		buf_addf(&text, "the clock of %.*s was set %s%s %s",
		    STR_ARG(host.n ? host : STR("the host")),
		    s->at_least ? "at least " : "",
		    span_format(s->size < 0 ? -s->size : s->size, span),
		    s->size < 0 ? "back" : "forward");
		analysis_add_gap(
		    a, s->source, s->at, s->at, buf_str(&text), 0, false);
	}
}
