/* SPDX-License-Identifier: MIT */
/*
 * Which tags have their line to themselves.  Such a line leaves no trace of
 * its own: the blanks before the tag and the newline behind it go, and the
 * blanks of a partial, parent or block become its indentation.
 *
 * A line has one tag and blanks, for most tags.  Parents and blocks may share
 * one, since a block is opened in the line of its parent, and
 * "  {{$block}}{{/block}}" is as much a line of its own as the same in two
 * lines.  What stands between a parent and its blocks is never shown, so it
 * does not count; and of a parent that is opened and closed in one line only
 * what surrounds it counts.
 *
 * A block's content is stored without the indentation that all its lines have,
 * and where it is expanded it gets that of the place: that is how an argument
 * written at the left edge lands at the right depth.
 */
#include "mustache-tree.h"

#define NEST_MAX 100

struct walk {
	struct mustache_template *t;
	/* What is open; deeper than NEST_MAX is refused later. */
	struct mustache_node *open[NEST_MAX];
	size_t depth;
};

static bool
is_blank(const struct mustache_node *n)
{
	if (n->kind != MUSTACHE_NODE_TEXT)
		return false;
	for (size_t i = 0; i < n->name.n; i++) {
		if (memchr(" \t\r\n", n->name.p[i], 4) == NULL)
			return false;
	}
	return true;
}

static bool
ends_line(const struct mustache_node *n)
{
	return n->kind == MUSTACHE_NODE_TEXT &&
	       n->name.p[n->name.n - 1] == '\n';
}

/* What the line is made of. */
struct line {
	struct mustache_node *from, *to; /* to: behind the last */
	size_t tags, inherit, texts;     /* texts: neither blank nor ignored */
	struct mustache_node *tag;       /* the first */
};

static void
note_open(struct walk *w, struct mustache_node *n)
{
	if (w->depth < NEST_MAX)
		w->open[w->depth] = n;
	w->depth++;
}

/* What n closes, or NULL. */
static struct mustache_node *
note_close(struct walk *w)
{
	if (w->depth == 0)
		return NULL;
	w->depth--;
	return w->depth < NEST_MAX ? w->open[w->depth] : NULL;
}

static bool
inherits(const struct mustache_node *n)
{
	return n != NULL && (n->kind == MUSTACHE_NODE_PARENT ||
				n->kind == MUSTACHE_NODE_BLOCK);
}

static bool
in_parent(const struct walk *w)
{
	return w->depth > 0 && w->depth <= NEST_MAX &&
	       w->open[w->depth - 1]->kind == MUSTACHE_NODE_PARENT;
}

static struct str
eol_of(const struct line *l)
{
	const struct mustache_node *last = l->to - 1;
	struct str s = last->name;

	if (!ends_line(last))
		return STR_NULL;
	return s.n > 1 && s.p[s.n - 2] == '\r' ? str_skip(s, s.n - 2)
					       : str_skip(s, s.n - 1);
}

/* Read the line that begins at l->from. */
static void
survey(struct walk *w, struct line *l)
{
	struct mustache_node *end = w->t->nodes + w->t->n, *n;

	for (n = l->from; n < end; n++) {
		struct mustache_node *closed = NULL;

		switch (n->kind) {
		case MUSTACHE_NODE_TEXT:
			l->texts += !is_blank(n) && !in_parent(w);
			break;
		case MUSTACHE_NODE_VALUE:
		case MUSTACHE_NODE_VALUE_RAW:
			l->texts++;
			break;
		case MUSTACHE_NODE_CLOSE:
			closed = note_close(w);
			/* What it closes, for alone_in_line(). */
			n->child = closed;
			break;
		case MUSTACHE_NODE_SECTION:
		case MUSTACHE_NODE_INVERTED:
		case MUSTACHE_NODE_PARENT:
		case MUSTACHE_NODE_BLOCK:
			note_open(w, n);
			break;
		case MUSTACHE_NODE_PARTIAL:
		case MUSTACHE_NODE_NOTHING:
			break;
		}
		if (n->kind != MUSTACHE_NODE_TEXT) {
			l->tags++;
			l->inherit += inherits(n) || inherits(closed);
			if (l->tag == NULL)
				l->tag = n;
		}
		if (ends_line(n)) {
			n++;
			break;
		}
	}
	l->to = n;
}

/* Everything in the line is the tag's, or the tags' of inheritance. */
static void
clear_line(struct line *l)
{
	struct mustache_node *n;

	if (l->from != l->tag)
		l->tag->indent = l->from->name;
	for (n = l->from; n < l->to; n++) {
		if (n->kind == MUSTACHE_NODE_TEXT)
			n->dropped = true;
		else if (n->kind != MUSTACHE_NODE_CLOSE)
			n->alone = true;
		else if (n->child != NULL)
			n->child->eol = eol_of(l);
	}
}

/* "{{<p}}{{$a}}x{{/a}}{{/p}}" and nothing else: the parent alone counts. */
static void
clear_around_parents(struct line *l)
{
	struct mustache_node *lead = l->from, *n, *rest;

	if (is_blank(lead))
		lead++;
	for (n = l->from; n < l->to; n++) {
		struct mustache_node *open =
		    n->kind == MUSTACHE_NODE_CLOSE ? n->child : NULL;

		if (open == NULL || open->kind != MUSTACHE_NODE_PARENT)
			continue;
		/* Opened first in this line, or alone in one above. */
		if (open != lead && !open->alone)
			continue;
		for (rest = n + 1; rest < l->to && is_blank(rest);)
			rest++;
		if (rest < l->to)
			continue;
		if (n + 1 < l->to)
			n[1].dropped = true;
		if (open == lead && lead != l->from) {
			open->indent = l->from->name;
			l->from->dropped = true;
		}
		open->alone = true;
	}
}

void
mustache_lines(struct mustache_template *t)
{
	struct mustache_node *end = t->nodes + t->n, *n;
	struct walk w = {.t = t};
	struct line l = {.from = t->nodes};

	for (; l.from < end; l = (struct line){.from = l.to}) {
		survey(&w, &l);
		if (l.texts == 0 && l.tags > 0 &&
		    (l.tags == 1 || l.inherit == l.tags))
			clear_line(&l);
		else if (l.inherit > 0)
			clear_around_parents(&l);
		for (n = l.from; n < l.to && n->dropped;)
			n++;
		if (n < l.to)
			n->first = true;
	}
	for (n = t->nodes; n < end; n++) {
		if (n->kind == MUSTACHE_NODE_CLOSE)
			n->child = NULL;
	}
}

/* ---- indentation ---- */

static size_t
leading(struct str s)
{
	size_t n = 0;

	while (n < s.n && (s.p[n] == ' ' || s.p[n] == '\t'))
		n++;
	return n;
}

/* Does what is in n begin lines that n's own indentation is not part of? */
static bool
has_lines(const struct mustache_node *n)
{
	return n->kind == MUSTACHE_NODE_SECTION ||
	       n->kind == MUSTACHE_NODE_INVERTED ||
	       (n->kind == MUSTACHE_NODE_BLOCK && !n->alone);
}

/* The least indentation of any line that begins in the list. */
static size_t
common(const struct mustache_node *list, size_t least)
{
	for (const struct mustache_node *n = list; n != NULL; n = n->next) {
		size_t here = least;

		if (n->alone && !has_lines(n))
			here = n->indent.n;
		else if (n->first && n->kind == MUSTACHE_NODE_TEXT)
			here = is_blank(n) && ends_line(n) ? least
							   : leading(n->name);
		else if (n->first && !(n->alone && has_lines(n)))
			here = 0;
		if (here < least)
			least = here;
		if (has_lines(n))
			least = common(n->child, least);
	}
	return least;
}

static void
strip(struct mustache_node *list, size_t indent)
{
	for (struct mustache_node *n = list; n != NULL; n = n->next) {
		if (n->alone && !has_lines(n))
			n->indent = str_skip(n->indent, indent);
		else if (n->first && n->kind == MUSTACHE_NODE_TEXT &&
			 leading(n->name) >= indent)
			n->name = str_skip(n->name, indent);
		if (has_lines(n))
			strip(n->child, indent);
	}
}

static bool
finds_first(const struct mustache_node *list, struct str *ret)
{
	for (const struct mustache_node *n = list; n != NULL; n = n->next) {
		if (n->alone && !has_lines(n)) {
			*ret = n->indent;
			return true;
		}
		if (n->first && n->kind == MUSTACHE_NODE_TEXT &&
		    !(is_blank(n) && ends_line(n))) {
			*ret = str_sub(n->name, 0, leading(n->name));
			return true;
		}
		if (has_lines(n) && finds_first(n->child, ret))
			return true;
	}
	return false;
}

void
mustache_dedent(struct mustache_node *block)
{
	struct str first;
	size_t n;

	if (!finds_first(block->child, &first))
		return;
	n = common(block->child, first.n);
	block->indent = str_sub(first, 0, n);
	strip(block->child, n);
}
