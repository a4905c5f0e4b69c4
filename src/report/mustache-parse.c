/* SPDX-License-Identifier: MIT */
/*
 * A template is read in three steps: cut into texts and tags, one array in the
 * order of the text; then line by line, what is alone on its line
 * (mustache-lines.c); then linked to a tree, for which the same array serves.
 * Nothing is copied: a node is a place in the text.
 */
#include "mustache-tree.h"

#include <errno.h>
#include <stdarg.h>

#define NEST_MAX 100

struct reading {
	struct mustache_template *t;
	struct reterr *err;
	struct str rest;
	struct str open, close; /* delimiters */
	unsigned line, column;  /* of rest, from 1 */
};

void
mustache_template_end(struct mustache_template *t)
{
	xfree(t->name);
	xfree(t->path);
	xfree(t->nodes);
	buf_free(&t->text);
}

int
mustache_fault(const struct mustache_template *t, const struct mustache_node *n,
    int code, struct reterr *err, const char *format, ...)
{
	CLEANUP(buf_free) struct buf why = BUF_INIT;
	va_list args;

	va_start(args, format);
	buf_addv(&why, format, args);
	va_end(args);
	return reterr_set(
	    err, code, "%s:%u:%u: %s", t->path, n->line, n->column, why.p);
}

/* ---- texts and tags ---- */

/* The next n bytes become a node, and are taken off. */
static struct mustache_node *
take(struct reading *r, enum mustache_kind kind, size_t n)
{
	struct mustache_template *t = r->t;
	struct mustache_node *node;

	if (t->n == t->size) {
		t->size = t->size ? 2 * t->size : 64;
		t->nodes = xreallocarray(t->nodes, t->size, sizeof(*t->nodes));
	}
	node = &t->nodes[t->n++];
	*node = (struct mustache_node){
	    .kind = kind,
	    .name = str_sub(r->rest, 0, n),
	    .line = r->line,
	    .column = r->column,
	};
	for (size_t i = 0; i < n; i++) {
		r->column++;
		if (r->rest.p[i] == '\n') {
			r->line++;
			r->column = 1;
		}
	}
	r->rest = str_skip(r->rest, n);
	return node;
}

static struct str
trim(struct str s)
{
	static const char blanks[] = " \t\r\n";

	while (s.n > 0 && memchr(blanks, s.p[0], sizeof(blanks) - 1))
		s = str_skip(s, 1);
	while (s.n > 0 && memchr(blanks, s.p[s.n - 1], sizeof(blanks) - 1))
		s.n--;
	return s;
}

/* "| |": what stands between the two equals signs. */
static bool
set_delimiters(struct reading *r, struct str s)
{
	size_t n = 0;

	s = trim(s);
	while (n < s.n && memchr(" \t\r\n=", s.p[n], 5) == NULL)
		n++;
	r->open = str_sub(s, 0, n);
	r->close = trim(str_skip(s, n));
	if (r->open.n == 0 || r->close.n == 0)
		return false;
	for (size_t i = 0; i < r->close.n; i++) {
		if (memchr(" \t\r\n=", r->close.p[i], 5) != NULL)
			return false;
	}
	return true;
}

static const struct sigil {
	char c;
	enum mustache_kind kind;
} sigils[] = {
    {'#', MUSTACHE_NODE_SECTION},
    {'^', MUSTACHE_NODE_INVERTED},
    {'/', MUSTACHE_NODE_CLOSE},
    {'>', MUSTACHE_NODE_PARTIAL},
    {'<', MUSTACHE_NODE_PARENT},
    {'$', MUSTACHE_NODE_BLOCK},
    {'&', MUSTACHE_NODE_VALUE_RAW},
    {'{', MUSTACHE_NODE_VALUE_RAW},
    {'!', MUSTACHE_NODE_NOTHING},
    {'=', MUSTACHE_NODE_NOTHING},
};

/* content: what is between the delimiters and, of a tag that has one, the
 * closing sigil. */
static int
name_tag(struct reading *r, struct mustache_node *tag, struct str content)
{
	struct str name = trim(content);
	char c = name.n > 0 ? name.p[0] : '\0';

	tag->kind = MUSTACHE_NODE_VALUE;
	for (size_t i = 0; i < ARRAY_SIZE(sigils); i++) {
		if (sigils[i].c != c)
			continue;
		tag->kind = sigils[i].kind;
		name = trim(str_skip(name, 1));
	}
	if (c == '=' && !set_delimiters(r, name))
		return mustache_fault(r->t, tag, EINVAL, r->err,
		    "delimiters are set with {{=OPEN CLOSE=}}, without blanks "
		    "or equals signs in them");
	if ((tag->kind == MUSTACHE_NODE_PARTIAL ||
		tag->kind == MUSTACHE_NODE_PARENT) &&
	    str_starts(name, STR("*"))) {
		tag->dynamic = true;
		name = trim(str_skip(name, 1));
	}
	tag->name = name;
	if (name.n == 0 && tag->kind != MUSTACHE_NODE_NOTHING)
		return mustache_fault(
		    r->t, tag, EINVAL, r->err, "a tag without a name");
	return 0;
}

/* rest begins with the opening delimiter. */
static int
read_tag(struct reading *r)
{
	struct str inner = str_skip(r->rest, r->open.n), tail;
	CLEANUP(buf_free) struct buf end = BUF_INIT;
	struct mustache_node *tag;
	size_t lead = 0;
	ptrdiff_t n;

	while (lead < inner.n && memchr(" \t\r\n", inner.p[lead], 4))
		lead++;
	tail = str_skip(inner, lead);
	if (str_starts(tail, STR("{")))
		buf_addc(&end, '}');
	else if (str_starts(tail, STR("=")))
		buf_addc(&end, '=');
	buf_add_str(&end, r->close);
	/* The sigil may be the closing one as well. */
	lead += end.n > r->close.n;
	n = str_find(str_skip(inner, lead), buf_str(&end));
	if (n < 0) {
		tag = take(r, MUSTACHE_NODE_NOTHING, 0);
		return mustache_fault(r->t, tag, EINVAL, r->err,
		    "this tag is not closed: there is no %.*s",
		    STR_ARG(buf_str(&end)));
	}
	n += (ptrdiff_t)lead;
	tag = take(r, MUSTACHE_NODE_NOTHING, r->open.n + (size_t)n + end.n);
	return name_tag(r, tag, str_sub(inner, 0, (size_t)n));
}

static int
cut_up(struct reading *r)
{
	int error = 0;

	while (r->rest.n > 0 && error == 0) {
		ptrdiff_t end = str_chr(r->rest, '\n');
		size_t n = end < 0 ? r->rest.n : (size_t)end + 1;
		ptrdiff_t tag = str_find(str_sub(r->rest, 0, n), r->open);

		if (tag == 0)
			error = read_tag(r);
		else
			take(r, MUSTACHE_NODE_TEXT, tag > 0 ? (size_t)tag : n);
	}
	return error;
}

/* ---- the tree ---- */

static bool
opens(const struct mustache_node *n)
{
	return n->kind == MUSTACHE_NODE_SECTION ||
	       n->kind == MUSTACHE_NODE_INVERTED ||
	       n->kind == MUSTACHE_NODE_PARENT ||
	       n->kind == MUSTACHE_NODE_BLOCK;
}

struct linking {
	struct mustache_template *t;
	struct mustache_node *open[NEST_MAX];
	struct mustache_node **tail[NEST_MAX + 1]; /* where the next one goes */
	size_t depth;
};

static int
close_one(struct linking *l, struct mustache_node *n, struct reterr *err)
{
	struct mustache_node *open;

	if (l->depth == 0)
		return mustache_fault(l->t, n, EINVAL, err,
		    "{{/%.*s}} closes nothing", STR_ARG(n->name));
	open = l->open[--l->depth];
	if (!str_eq(open->name, n->name))
		return mustache_fault(l->t, n, EINVAL, err,
		    "{{/%.*s}} where '%.*s' of line %u is open",
		    STR_ARG(n->name), STR_ARG(open->name), open->line);
	if (open->kind == MUSTACHE_NODE_BLOCK && open->alone)
		mustache_dedent(open);
	return 0;
}

static int
link_up(struct mustache_template *t, struct reterr *err)
{
	struct linking l = {.t = t, .tail = {&t->root}};

	for (size_t i = 0; i < t->n; i++) {
		struct mustache_node *n = &t->nodes[i];
		bool ignored =
		    l.depth > 0 &&
		    l.open[l.depth - 1]->kind == MUSTACHE_NODE_PARENT &&
		    n->kind != MUSTACHE_NODE_BLOCK;

		if (n->kind == MUSTACHE_NODE_CLOSE) {
			int error = close_one(&l, n, err);

			if (error < 0)
				return error;
			continue;
		}
		if (n->dropped || n->kind == MUSTACHE_NODE_NOTHING)
			continue;
		if (!ignored) {
			*l.tail[l.depth] = n;
			l.tail[l.depth] = &n->next;
		}
		if (!opens(n))
			continue;
		if (l.depth == NEST_MAX)
			return mustache_fault(t, n, EINVAL, err,
			    "nested deeper than %d", NEST_MAX);
		l.open[l.depth++] = n;
		l.tail[l.depth] = &n->child;
	}
	if (l.depth > 0) {
		struct mustache_node *open = l.open[l.depth - 1];

		return mustache_fault(t, open, EINVAL, err,
		    "'%.*s' is not closed", STR_ARG(open->name));
	}
	return 0;
}

int
mustache_parse(struct mustache_template *t, struct reterr *err)
{
	struct reading r = {
	    .t = t,
	    .err = err,
	    .rest = buf_str(&t->text),
	    .open = STR("{{"),
	    .close = STR("}}"),
	    .line = 1,
	    .column = 1,
	};
	int error;

	if (t->text.n > MUSTACHE_TEXT_MAX)
		return reterr_set(err, EINVAL,
		    "%s: a template of more than %d bytes", t->path,
		    MUSTACHE_TEXT_MAX);
	error = cut_up(&r);
	if (error < 0)
		return error;
	mustache_lines(t);
	return link_up(t, err);
}
