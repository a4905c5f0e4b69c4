/* SPDX-License-Identifier: MIT */
/*
 * A walk over the tree, with three stacks that live in the frames of the C
 * functions: the contexts that names are looked up in, the arguments of
 * parents, and the indentation of partials.
 *
 * Arguments: a block asks every parent around it, the outermost first, so that
 * who includes has the last word.  An argument's own blocks are asked of the
 * parents outside of the one that it was given to: that is where it was
 * written, and it ends the recursion of an argument that holds its own block.
 *
 * Indentation is written in front of what the template has in a line, never
 * inside of a value.
 */
#include "recount/mustache.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "escape-markdown.h"
#include "escape.h"
#include "mustache-tree.h"
#include "recount/utf8.h"

#define DEPTH_MAX 256      /* sections, partials and blocks in each other */
#define TEMPLATES_MAX 256  /* partials of one run */
#define STEPS_MAX 5000000  /* nodes rendered */
#define NUMBER_TEXT_MAX 64 /* bytes of a number as text */

struct context {
	json_t *value;
	const struct context *outer;
};

struct arguments { /* of one parent tag */
	const struct mustache_node *blocks;
	const struct mustache_template *template; /* that has them */
	const struct arguments *outer;
};

struct frame {
	const struct mustache_template *template;
	const struct context *context;
	const struct arguments *arguments;
};

struct render {
	const struct mustache_options *o;
	struct buf *out;
	size_t begin; /* of our output in out */
	struct reterr *err;
	struct buf indent;
	bool line_start; /* of a line of the template */
	unsigned depth, steps;
	struct mustache_template *loaded[TEMPLATES_MAX];
	size_t n_loaded;
};

static int render_list(
    struct render *r, const struct frame *f, const struct mustache_node *list);

/* ---- looking up ---- */

static json_t *
member(json_t *value, struct str name)
{
	uint64_t index;

	if (json_is_object(value))
		return json_object_getn(value, name.p, name.n);
	if (json_is_array(value) && str_to_u64(name, &index))
		return json_array_get(value, index);
	return NULL;
}

/* NULL where there is no such thing. */
static json_t *
look_up(const struct context *c, struct str name)
{
	struct str first;
	json_t *value = NULL;

	if (str_eq(name, STR(".")))
		return c->value;
	name = str_cut(name, '.', &first);
	for (; c != NULL && value == NULL; c = c->outer)
		value = member(c->value, first);
	while (name.p != NULL && value != NULL) {
		name = str_cut(name, '.', &first);
		value = member(value, first);
	}
	return value;
}

static bool
is_true(const json_t *v)
{
	switch (v ? json_typeof(v) : JSON_NULL) {
	case JSON_NULL:
	case JSON_FALSE:
		return false;
	case JSON_ARRAY:
		return json_array_size(v) > 0;
	case JSON_STRING:
		return json_string_length(v) > 0;
	case JSON_INTEGER:
		return json_integer_value(v) != 0;
	case JSON_REAL:
		return json_real_value(v) != 0;
	default:
		return true;
	}
}

/* ---- output ---- */

static void
begin_line(struct render *r)
{
	if (r->line_start)
		buf_add_str(r->out, buf_str(&r->indent));
	r->line_start = false;
}

static void
add_text(struct render *r, struct str s)
{
	if (s.n == 0)
		return;
	if (s.p[0] != '\n' && s.p[0] != '\r')
		begin_line(r);
	buf_add_str(r->out, s);
	r->line_start = s.p[s.n - 1] == '\n';
}

/* The shortest text that reads as v again. */
static void
format_real(double v, char *text)
{
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, NUMBER_TEXT_MAX, "%.*g", digits, v);
		if (strtod(text, NULL) == v)
			break;
	}
}

/* Line breaks and tabs are harmless there, and text may have them. */
static void
add_html(struct buf *out, struct str s)
{
	while (s.n > 0) {
		size_t n = 0;

		while (n < s.n && memchr("\n\r\t", s.p[n], 3) == NULL)
			n++;
		escape_html_printable(out, str_sub(s, 0, n));
		s = str_skip(s, n);
		buf_add(out, s.p, s.n > 0);
		s = str_skip(s, 1);
	}
}

static void
add_escaped(struct render *r, struct str s, enum mustache_escape how)
{
	if (s.n == 0)
		return;
	begin_line(r);
	switch (how) {
	case MUSTACHE_HTML:
		add_html(r->out, s);
		break;
	case MUSTACHE_MARKDOWN:
		escape_markdown(r->out, s);
		break;
	case MUSTACHE_TEXT:
		utf8_add_printable(r->out, s);
		break;
	case MUSTACHE_RAW:
		buf_add_str(r->out, s);
		break;
	}
}

static void
add_value(struct render *r, json_t *v, enum mustache_escape how)
{
	char text[NUMBER_TEXT_MAX];
	char *dump;

	switch (v ? json_typeof(v) : JSON_NULL) {
	case JSON_NULL:
		break;
	case JSON_STRING:
		add_escaped(r,
		    (struct str){json_string_value(v), json_string_length(v)},
		    how);
		break;
	case JSON_INTEGER:
		snprintf(text, sizeof(text), "%lld",
		    (long long)json_integer_value(v));
		add_escaped(r, str_of(text), MUSTACHE_RAW);
		break;
	case JSON_REAL:
		format_real(json_real_value(v), text);
		add_escaped(r, str_of(text), MUSTACHE_RAW);
		break;
	case JSON_TRUE:
	case JSON_FALSE:
		add_escaped(r, json_is_true(v) ? STR("true") : STR("false"),
		    MUSTACHE_RAW);
		break;
	default: /* whoever wrote that wants to see what is in it */
		dump = json_dumps(v, JSON_COMPACT);
		add_escaped(r, str_of(dump), how);
		free(dump);
		break;
	}
}

/* ---- partials ---- */

static int
load(struct render *r, const struct frame *f, const struct mustache_node *n,
    struct str name, struct mustache_template **ret)
{
	CLEANUP(buf_free) struct buf path = BUF_INIT;
	CLEANUP(xfree) char *where = NULL;
	struct mustache_template *t;
	int error = -ENOENT;

	for (size_t i = 0; i < r->n_loaded; i++) {
		if (str_eq(str_of(r->loaded[i]->name), name)) {
			*ret = r->loaded[i];
			return 0;
		}
	}
	if (r->n_loaded == TEMPLATES_MAX)
		return mustache_fault(f->template, n, E2BIG, r->err,
		    "more than %d partials", TEMPLATES_MAX);
	t = xcalloc(1, sizeof(*t));
	t->name = str_dup(name);
	r->loaded[r->n_loaded++] = t;
	/* A name with a NUL in it is no file's. */
	if (r->o->load != NULL && strlen(t->name) == name.n)
		error = r->o->load(r->o->arg, name, &t->text, &path, r->err);
	t->path = path.n > 0 ? buf_steal(&path) : xstrdup(t->name);
	if (error == -ENOENT) {
		t->missing = true;
		where = xasprintf(
		    "%s:%u:%u", f->template->path, n->line, n->column);
		if (r->o->missing != NULL)
			r->o->missing(r->o->arg, where, name);
	} else if (error < 0) {
		return error;
	} else {
		error = mustache_parse(t, r->err);
		if (error < 0)
			return error;
	}
	*ret = t;
	return 0;
}

/* n: a partial or a parent. */
static int
render_partial(
    struct render *r, const struct frame *f, const struct mustache_node *n)
{
	const struct arguments args = {n->child, f->template, f->arguments};
	struct frame inner = *f;
	struct mustache_template *t = NULL;
	struct str name = n->name;
	size_t indent = r->indent.n;
	int error;

	if (n->dynamic) {
		const json_t *v = look_up(f->context, name);

		if (!json_is_string(v))
			return 0;
		name =
		    (struct str){json_string_value(v), json_string_length(v)};
	}
	error = load(r, f, n, name, &t);
	if (error < 0 || t->missing)
		return error;
	inner.template = t;
	if (n->kind == MUSTACHE_NODE_PARENT)
		inner.arguments = &args;
	if (n->alone)
		buf_add_str(&r->indent, n->indent);
	error = render_list(r, &inner, t->root);
	r->indent.n = indent;
	return error;
}

static const struct mustache_node *
find_block(const struct arguments *a, struct str name)
{
	for (const struct mustache_node *n = a->blocks; n != NULL;
	     n = n->next) {
		if (str_eq(n->name, name))
			return n;
	}
	return NULL;
}

static int
render_block(
    struct render *r, const struct frame *f, const struct mustache_node *n)
{
	const struct mustache_node *content = n->child;
	size_t indent = r->indent.n, before = r->out->n;
	struct frame inner = *f;
	int error;

	for (const struct arguments *a = f->arguments; a; a = a->outer) {
		const struct mustache_node *block = find_block(a, n->name);

		if (block == NULL)
			continue;
		content = block->child;
		inner.template = a->template;
		inner.arguments = a->outer;
	}
	if (n->alone)
		buf_add_str(&r->indent, n->indent);
	error = render_list(r, &inner, content);
	r->indent.n = indent;
	/* An argument without a newline stands on a line all the same. */
	if (r->out->n > before && r->out->p[r->out->n - 1] != '\n')
		add_text(r, n->eol);
	return error;
}

/* ---- the walk ---- */

static int
render_section(
    struct render *r, const struct frame *f, const struct mustache_node *n)
{
	json_t *value = look_up(f->context, n->name), *one;
	struct context context = {value, f->context};
	struct frame inner = *f;
	size_t i;

	if (is_true(value) == (n->kind == MUSTACHE_NODE_INVERTED))
		return 0;
	if (n->kind == MUSTACHE_NODE_INVERTED || json_is_true(value))
		return render_list(r, f, n->child);
	inner.context = &context;
	if (!json_is_array(value))
		return render_list(r, &inner, n->child);
	json_array_foreach(value, i, one)
	{
		int error;

		context.value = one;
		error = render_list(r, &inner, n->child);
		if (error < 0)
			return error;
	}
	return 0;
}

static int
render_one(
    struct render *r, const struct frame *f, const struct mustache_node *n)
{
	switch (n->kind) {
	case MUSTACHE_NODE_TEXT:
		add_text(r, n->name);
		return 0;
	case MUSTACHE_NODE_VALUE:
		add_value(r, look_up(f->context, n->name), r->o->escape);
		return 0;
	case MUSTACHE_NODE_VALUE_RAW:
		add_value(r, look_up(f->context, n->name), MUSTACHE_RAW);
		return 0;
	case MUSTACHE_NODE_SECTION:
	case MUSTACHE_NODE_INVERTED:
		return render_section(r, f, n);
	case MUSTACHE_NODE_PARTIAL:
	case MUSTACHE_NODE_PARENT:
		return render_partial(r, f, n);
	case MUSTACHE_NODE_BLOCK:
		return render_block(r, f, n);
	default:
		return 0;
	}
}

static int
render_list(
    struct render *r, const struct frame *f, const struct mustache_node *list)
{
	int error = 0;

	if (list != NULL && r->depth == DEPTH_MAX)
		return mustache_fault(f->template, list, ELOOP, r->err,
		    "more than %d sections and partials in each other",
		    DEPTH_MAX);
	r->depth++;
	for (const struct mustache_node *n = list; n && error == 0;
	     n = n->next) {
		if (++r->steps > STEPS_MAX ||
		    r->out->n - r->begin > MUSTACHE_OUTPUT_MAX)
			error = mustache_fault(f->template, n, E2BIG, r->err,
			    "this template gives too much output");
		else
			error = render_one(r, f, n);
	}
	r->depth--;
	return error;
}

static void
render_end(struct render *r)
{
	for (size_t i = 0; i < r->n_loaded; i++) {
		mustache_template_end(r->loaded[i]);
		xfree(r->loaded[i]);
	}
	buf_free(&r->indent);
}
DEFINE_CLEANUP_IN(struct render, render_end)
DEFINE_CLEANUP_IN(struct mustache_template, mustache_template_end)

int
mustache_render(struct str text, const char *path, json_t *value,
    const struct mustache_options *o, struct buf *out, struct reterr *err)
{
	CLEANUP(mustache_template_end)
	struct mustache_template t = {.path = xstrdup(path)};
	CLEANUP(render_end)
	struct render r = {
	    .o = o,
	    .out = out,
	    .begin = out->n,
	    .err = err,
	    .line_start = true,
	};
	const struct context context = {.value = value};
	const struct frame f = {.template = &t, .context = &context};
	int error;

	buf_add_str(&t.text, text);
	error = mustache_parse(&t, err);
	return error < 0 ? error : render_list(&r, &f, t.root);
}
