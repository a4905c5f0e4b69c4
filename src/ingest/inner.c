/* SPDX-License-Identifier: MIT */
/*
 * Lines of nginx's inside syslog messages.
 *
 * nginx sends its logs to syslog as they are: an access line, or a line of
 * the error log, behind a syslog header.  A request is a request however it
 * was logged, so such a message becomes the event that the line alone would
 * be; from the header it takes the host and the tag, which is what people gave
 * their server as a name (syslog:…,tag=shop).
 *
 * Looking for a format costs something, so it is done only for texts that
 * have the marks of one: nginx's date in brackets, its error log's date, or a
 * JSON object with a status in it.  Formats that were found are kept.
 */
#include "internal.h"

static bool
is_error_line(struct str s)
{
	return s.n > 24 && s.p[4] == '/' && s.p[7] == '/' && s.p[10] == ' ' &&
	       s.p[13] == ':' && s.p[16] == ':' && s.p[19] == ' ' &&
	       s.p[20] == '[';
}

/* "[21/Nov/2026:03:28:30 +0000]" */
static bool
has_clf_time(struct str s)
{
	struct str rest = str_sub(s, 0, 1024);
	ptrdiff_t at;

	while ((at = str_chr(rest, '[')) >= 0) {
		rest = str_skip(rest, (size_t)at + 1);
		if (rest.n > 21 && rest.p[2] == '/' && rest.p[6] == '/' &&
		    rest.p[11] == ':' && rest.p[14] == ':' && rest.p[17] == ':')
			return true;
	}
	return false;
}

static bool
has_marks(struct str body)
{
	if (body.n < 30)
		return false;
	if (body.p[0] == '{')
		return str_find(body, STR("status\"")) >= 0 &&
		       (str_find(body, STR("request")) >= 0 ||
			   str_find(body, STR("uri\"")) >= 0);
	return has_clf_time(body);
}

static bool
is_request(const struct parser *p)
{
	return p && (parser_kind(p) == EVENT_ACCESS);
}

static bool
parse_access(struct ingest_source *s, struct str body, struct log_event *ret)
{
	struct detection d;

	for (size_t i = 0; i < s->n_others; i++)
		if (parser_parse(s->others[i], body, &s->state, ret) ==
		    PARSE_OK)
			return true;
	if (!has_marks(body) || s->n_others == OTHERS_MAX ||
	    s->looked >= LOOKS_MAX)
		return false;
	s->looked++;
	parse_detect(s->in->parsers, body, "", &d);
	if (!is_request(d.parser) ||
	    parser_parse(d.parser, body, &s->state, ret) != PARSE_OK)
		return false;
	s->others[s->n_others++] = d.parser;
	return true;
}

static bool
parse_error(struct ingest_source *s, struct str body, struct log_event *ret)
{
	const struct parser *p;

	if (!is_error_line(body))
		return false;
	p = parsers_find(s->in->parsers, STR("nginx-error"));
	return p && parser_parse(p, body, &s->state, ret) == PARSE_OK;
}

void
ingest_look_inside(struct ingest_source *s, struct log_event *ev)
{
	struct log_event inner;
	usec_t last = s->state.last;

	if (ev->kind != EVENT_SYSLOG || ev->body.n == 0)
		return;
	if (!parse_error(s, ev->body, &inner) &&
	    !parse_access(s, ev->body, &inner)) {
		s->state.last = last;
		return;
	}
	inner.raw = ev->raw;
	inner.offset = ev->offset;
	inner.cursor = ev->cursor;
	inner.observed = ev->observed;
	inner.flags |= ev->flags & EVENT_CUT;
	if (!inner.host.n)
		inner.host = ev->host;
	if (!inner.identifier.n)
		inner.identifier = ev->identifier;
	if (inner.pid < 0)
		inner.pid = ev->pid;
	if (!inner.vhost.n && !s->service)
		inner.service = ev->identifier;
	*ev = inner;
}
