/* SPDX-License-Identifier: MIT */
/*
 * The formats known, in one list.  The order is how specific they are: where
 * two fit a sample equally well, detection takes the earlier one.  Formats
 * added later (from nginx.conf, from the user) stand before the built-in ones
 * of the same name when looked up, since they know better.
 */
#include <errno.h>
#include <jansson.h>

#include "custom.h"

struct parsers {
	struct parser **list;
	size_t n, size;
};

/* A server with more formats than this has generated them. */
#define PARSERS_MAX 1024

#define COMBINED                                                               \
	"$remote_addr - $remote_user [$time_local] \"$request\" "              \
	"$status $body_bytes_sent"

static const struct {
	const char *name, *text;
} formats[] = {
    {"combined", COMBINED " \"$http_referer\" \"$http_user_agent\""},
    {"common", COMBINED},
    {"main", COMBINED " \"$http_referer\" \"$http_user_agent\" "
		      "\"$http_x_forwarded_for\""},
    {"vhost_combined", "$host:$server_port " COMBINED
		       " \"$http_referer\" \"$http_user_agent\""},
};

static const struct parser lines[] = {
    {.name = "nginx-error",
	.kind = EVENT_NGINX_ERROR,
	.parse = nginx_error_parse,
	.starts = nginx_error_starts},
    {.name = "syslog", .kind = EVENT_SYSLOG, .parse = syslog_parse},
    {.name = "json", .kind = EVENT_APP, .parse = json_parse},
    {.name = "logfmt", .kind = EVENT_APP, .parse = logfmt_parse},
    {.name = "app",
	.kind = EVENT_APP,
	.parse = app_parse,
	.starts = app_starts},
};

int
parsers_add(struct parsers *ps, const struct parser *model, struct reterr *err)
{
	struct parser *p;

	if (ps->n >= PARSERS_MAX)
		return reterr_set(
		    err, EINVAL, "more than %d formats", PARSERS_MAX);
	p = xcalloc(1, sizeof(*p));
	*p = *model;
	p->name = xstrdup(model->name);
	if (ps->n == ps->size) {
		ps->size = ps->size ? 2 * ps->size : 16;
		ps->list = xreallocarray(ps->list, ps->size, sizeof(*ps->list));
	}
	ps->list[ps->n++] = p;
	return 0;
}

void
parser_release(struct parser *p)
{
	log_format_free(p->format);
	custom_free(p->custom);
	json_decref(p->samples);
	xfree(p->file);
	xfree(p->sample_lines);
	p->file = NULL;
	p->sample_lines = NULL;
	p->format = NULL;
	p->custom = NULL;
	p->samples = NULL;
}

struct parsers *
parsers_new(void)
{
	struct parsers *ps = xcalloc(1, sizeof(*ps));

	for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
		parsers_add_log_format(
		    ps, formats[i].name, str_of(formats[i].text), NULL, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		parsers_add(ps, &lines[i], NULL);
	return ps;
}

void
parsers_free(struct parsers *ps)
{
	if (ps == NULL)
		return;
	for (size_t i = 0; i < ps->n; i++) {
		parser_release(ps->list[i]);
		xfree(ps->list[i]->name);
		xfree(ps->list[i]);
	}
	xfree(ps->list);
	xfree(ps);
}

int
parsers_add_log_format(struct parsers *ps, const char *name, struct str text,
    struct reterr *err, const struct parser **ret)
{
	CLEANUP(log_format_free) struct log_format *f = NULL;
	struct parser model = {.kind = EVENT_ACCESS, .parse = access_parse};
	const struct parser *p = NULL;
	int r;

	for (size_t i = 0; i < ps->n && p == NULL; i++)
		if (ps->list[i]->format != NULL &&
		    strcmp(ps->list[i]->name, name) == 0 &&
		    str_eq(str_of(ps->list[i]->format->text), text))
			p = ps->list[i];
	if (p == NULL) {
		r = log_format_compile(text, &f, err);
		if (r < 0)
			return r;
		model.format = f;
		model.name = (char *)name;
		model.inferred = str_starts(str_of(name), STR(INFERRED));
		r = parsers_add(ps, &model, err);
		if (r < 0)
			return r;
		f = NULL; /* it is the list's now */
		p = ps->list[ps->n - 1];
	}
	if (ret != NULL)
		*ret = p;
	return 0;
}

const struct parser *
parsers_find(const struct parsers *ps, struct str name)
{
	for (size_t i = ps->n; i-- > 0;)
		if (str_eq(str_of(ps->list[i]->name), name))
			return ps->list[i];
	return NULL;
}

const struct parser *
parsers_get(const struct parsers *ps, size_t i)
{
	return ps->list[i];
}

size_t
parsers_count(const struct parsers *ps)
{
	return ps->n;
}

const char *
parser_name(const struct parser *p)
{
	return p->name;
}

enum event_kind
parser_kind(const struct parser *p)
{
	return p->kind;
}

const char *
parser_log_format(const struct parser *p)
{
	return p->format != NULL ? p->format->text : NULL;
}

static struct str
without_cr(struct str line)
{
	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	return line;
}

enum parse_result
parser_parse(const struct parser *p, struct str line, struct parse_state *st,
    struct log_event *ev)
{
	event_init(ev);
	ev->kind = p->kind;
	ev->raw = line;
	if (p->parse(p, without_cr(line), st, ev) != PARSE_OK)
		return PARSE_BAD;
	st->last = ev->timestamp;
	return PARSE_OK;
}

bool
parser_starts_entry(const struct parser *p, struct str line)
{
	return p->starts == NULL || p->starts(p, without_cr(line));
}
