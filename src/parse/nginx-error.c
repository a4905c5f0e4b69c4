/* SPDX-License-Identifier: MIT */
/*
 * nginx's error log:
 *
 *   2026/03/04 14:00:07 [error] 53#53: *9975 message, client: 192.0.2.1,
 *   server: shop.example.com, request: "GET / HTTP/1.1", upstream:
 *   "http://127.0.0.1:8001/", host: "shop.example.com", referrer: "…"
 *
 * The body is the message without that context, so that one fault is one
 * pattern whoever asked.  Paths and requests in it come from outside and may
 * hold anything, even something that looks like the context; but they stand in
 * quotes, so the context begins where quotes before it are paired and an
 * address follows.  A line that is not an entry (a library's message over
 * several lines) belongs to the one before it.
 */
#include "parser.h"

static int
nginx_level(struct str level)
{
	static const struct {
		struct str name;
		int severity;
	} levels[] = {
	    {STR("error"), SEV_ERR},
	    {STR("warn"), SEV_WARNING},
	    {STR("notice"), SEV_NOTICE},
	    {STR("info"), SEV_INFO},
	    {STR("crit"), SEV_CRIT},
	    {STR("alert"), SEV_ALERT},
	    {STR("emerg"), SEV_EMERG},
	    {STR("debug"), SEV_DEBUG},
	};

	for (size_t i = 0; i < ARRAY_SIZE(levels); i++)
		if (str_eq(levels[i].name, level))
			return levels[i].severity;
	return SEVERITY_NONE;
}

/* Time, level, pid#tid: and *connection; the message is left in *s. */
static bool
take_head(struct str *s, struct stamp *t, struct log_event *ev)
{
	struct str level;
	uint64_t pid, v;

	if (!scan_iso_time(s, t) || t->has_offset || !scan_lit(s, STR(" [")))
		return false;
	*s = str_cut(*s, ']', &level);
	ev->severity = nginx_level(level);
	if (s->p == NULL || ev->severity == SEVERITY_NONE ||
	    !scan_char(s, ' ') || !scan_uint(s, 1, 10, &pid) ||
	    !scan_char(s, '#') || !scan_uint(s, 1, 10, &v) ||
	    !scan_char(s, ':'))
		return false;
	ev->pid = (int64_t)pid;
	scan_char(s, ' ');
	if (s->n > 1 && s->p[0] == '*' && s->p[1] >= '0' && s->p[1] <= '9') {
		*s = str_skip(*s, 1);
		if (scan_uint(s, 1, 18, &v))
			ev->connection = (int64_t)v;
		scan_char(s, ' ');
	}
	return true;
}

bool
nginx_error_starts(const struct parser *p, struct str line)
{
	struct log_event ev;
	struct stamp t;

	return line.n >= 26 && line.p[4] == '/' && take_head(&line, &t, &ev);
}

static struct str
unquote(struct str s)
{
	if (s.n >= 2 && s.p[0] == '"' && s.p[s.n - 1] == '"')
		return str_sub(s, 1, s.n - 2);
	return s;
}

/* The host of an upstream URL, as access logs have it; without one (FastCGI
 * over a socket, unusual schemes) all of it. */
static struct str
upstream_address(struct str url)
{
	ptrdiff_t at = str_find(url, STR("://"));
	struct str host = url;

	if (at < 0)
		return url;
	host = str_skip(url, (size_t)at + 3);
	if (str_starts(host, STR("unix:"))) {
		at = str_chr(str_skip(host, 5), ':');
		return at < 0 ? host : str_sub(host, 0, (size_t)at + 5);
	}
	at = str_chr(host, '/');
	return at < 0 ? host : str_sub(host, 0, (size_t)at);
}

static void
take_member(struct str key, struct str value, struct log_event *ev)
{
	if (str_eq(key, STR("client")))
		ev->client = value;
	else if (str_eq(key, STR("server")) && ev->vhost.n == 0)
		ev->vhost = value;
	else if (str_eq(key, STR("request")))
		request_split(unquote(value), &ev->method, &ev->target);
	else if (str_eq(key, STR("upstream")))
		ev->upstream = upstream_address(unquote(value));
	else if (str_eq(key, STR("host")))
		ev->vhost = unquote(value);
}

/* The value at the front of s: quoted, or up to ", ". */
static size_t
value_length(struct str s)
{
	ptrdiff_t at;

	if (s.n > 0 && s.p[0] == '"') {
		/* Up to a quote that ends the line or the value. */
		for (size_t i = 1; i < s.n; i++)
			if (s.p[i] == '"' &&
			    (i + 1 == s.n ||
				str_starts(str_skip(s, i + 1), STR(", "))))
				return i + 1;
		return s.n;
	}
	at = str_find(s, STR(", "));
	return at < 0 ? s.n : (size_t)at;
}

/* Whether an address, "unix:" or a name without blanks and quotes is there. */
static bool
is_plain_value(struct str s)
{
	size_t n = value_length(s);

	if (n == 0 || s.p[0] == '"')
		return false;
	for (size_t i = 0; i < n; i++)
		if (s.p[i] == ' ' || s.p[i] == '"' || s.p[i] == '/')
			return i > 5 && str_starts(s, STR("unix:"));
	return true;
}

/* Offset of key in s outside quotes, or -1. */
static ptrdiff_t
find_unquoted(struct str s, struct str key, bool plain)
{
	bool quoted = false;

	for (size_t i = 0; i + key.n <= s.n; i++) {
		if (s.p[i] == '"')
			quoted = !quoted;
		else if (!quoted && s.p[i] == ',' &&
			 memcmp(s.p + i, key.p, key.n) == 0 &&
			 (!plain || is_plain_value(str_skip(s, i + key.n))))
			return (ptrdiff_t)i;
	}
	return -1;
}

/* Where the context begins.  Most lines have a client first; those of
 * upstream checks and resolvers do not. */
static ptrdiff_t
context_start(struct str s)
{
	static const struct {
		struct str key;
		bool plain;
	} keys[] = {
	    {STR(", client: "), true},
	    {STR(", server: "), true},
	    {STR(", request: \""), false},
	    {STR(", upstream: \""), false},
	    {STR(", host: \""), false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		ptrdiff_t at = find_unquoted(s, keys[i].key, keys[i].plain);

		if (at >= 0)
			return at;
	}
	return str_find(s, keys[0].key); /* behind a quote without a partner */
}

enum parse_result
nginx_error_parse(const struct parser *p, struct str line,
    struct parse_state *st, struct log_event *ev)
{
	struct str s = line, key;
	struct stamp t;
	ptrdiff_t at;

	if (!take_head(&s, &t, ev))
		return PARSE_BAD;
	ev->timestamp = stamp_resolve(&t, st, &ev->flags);
	ev->precision = t.precision;
	ev->identifier = STR("nginx");
	ev->body = s;
	at = context_start(s);
	if (at < 0)
		return PARSE_OK;
	ev->body = str_sub(s, 0, (size_t)at);
	s = str_skip(s, (size_t)at);
	while (scan_lit(&s, STR(", "))) {
		size_t n;

		s = str_cut(s, ':', &key);
		if (s.p == NULL)
			break;
		scan_char(&s, ' ');
		n = value_length(s);
		take_member(key, str_sub(s, 0, n), ev);
		s = str_skip(s, n);
	}
	return PARSE_OK;
}
