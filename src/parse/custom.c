/* SPDX-License-Identifier: MIT */
/*
 * Formats that users describe: a pattern whose named groups are fields of the
 * event, or the places of the fields in a JSON object.
 *
 * Patterns are PCRE2 over bytes, compiled once, with a limit on the work for
 * one line, so that a careless one costs its line and not the daemon.  Values
 * are read leniently (a field that is not a number is unknown), except the
 * time: without it there is no event.
 */
#include "custom.h"

#include "json-scan.h"

enum custom_field
custom_field_find(struct str name)
{
	static const struct str names[CUSTOM_FIELDS] = {
	    [CUSTOM_TIME] = STR("time"),
	    [CUSTOM_HOST] = STR("host"),
	    [CUSTOM_SERVICE] = STR("service"),
	    [CUSTOM_IDENTIFIER] = STR("identifier"),
	    [CUSTOM_UNIT] = STR("unit"),
	    [CUSTOM_PID] = STR("pid"),
	    [CUSTOM_SEVERITY] = STR("severity"),
	    [CUSTOM_BODY] = STR("body"),
	    [CUSTOM_REQUEST] = STR("request"),
	    [CUSTOM_METHOD] = STR("method"),
	    [CUSTOM_TARGET] = STR("target"),
	    [CUSTOM_STATUS] = STR("status"),
	    [CUSTOM_BYTES] = STR("bytes"),
	    [CUSTOM_DURATION] = STR("duration"),
	    [CUSTOM_UPSTREAM] = STR("upstream"),
	    [CUSTOM_UPSTREAM_STATUS] = STR("upstream_status"),
	    [CUSTOM_UPSTREAM_DURATION] = STR("upstream_duration"),
	    [CUSTOM_CLIENT] = STR("client"),
	    [CUSTOM_VHOST] = STR("vhost"),
	    [CUSTOM_REQUEST_ID] = STR("request_id"),
	    [CUSTOM_USER_AGENT] = STR("user_agent"),
	    [CUSTOM_CONNECTION] = STR("connection"),
	};

	for (int i = CUSTOM_NONE + 1; i < CUSTOM_FIELDS; i++)
		if (str_eq(names[i], name))
			return (enum custom_field)i;
	return CUSTOM_NONE;
}

void
custom_free(struct custom *c)
{
	if (c == NULL)
		return;
	pcre2_code_free(c->pattern);
	pcre2_code_free(c->start);
	pcre2_match_data_free(c->groups);
	pcre2_match_data_free(c->start_groups);
	pcre2_match_context_free(c->limits);
	for (int i = 0; i < CUSTOM_FIELDS; i++)
		xfree(c->members[i]);
	xfree(c->fields);
	xfree(c->identifier);
	xfree(c);
}

static int64_t
number(struct str s)
{
	uint64_t v;

	return s.n > 0 && s.n <= 18 && str_to_u64(s, &v) ? (int64_t)v : -1;
}

static int
status(struct str s)
{
	int64_t v = number(s);

	return v > 0 && v < 1000 ? (int)v : -1;
}

/* Whole units and a fraction of them, as microseconds. */
static usec_t
duration(const struct custom *c, struct str s)
{
	uint64_t whole, fraction = 0, scale = 1;

	if (!scan_uint(&s, 1, 12, &whole) ||
	    whole > (uint64_t)(INT64_MAX / c->duration_ns))
		return -1;
	if (scan_char(&s, '.')) {
		size_t n = s.n;

		if (!scan_uint(&s, 1, 6, &fraction))
			return -1;
		for (n -= s.n; n > 0; n--)
			scale *= 10;
		while (s.n > 0 && s.p[0] >= '0' && s.p[0] <= '9')
			s = str_skip(s, 1);
	}
	if (s.n > 0)
		return -1;
	return (usec_t)whole * c->duration_ns / 1000 +
	       (usec_t)(fraction * (uint64_t)c->duration_ns / scale) / 1000;
}

static int
severity(struct str s)
{
	if (s.n == 1 && s.p[0] >= '0' && s.p[0] <= '7')
		return s.p[0] - '0';
	return level_word(s);
}

static bool
set_time(const struct custom *c, struct str v, struct parse_state *st,
    struct log_event *ev)
{
	struct parse_state own = *st; /* shares scratch, which stays unused */
	struct stamp t;

	if (parse_epoch(v, &ev->timestamp, &ev->precision))
		return true;
	if (c->zone != NULL)
		own.zone = c->zone;
	if (!scan_clf_time(&v, &t) && !scan_any_time(&v, &t))
		return false;
	if (str_trim(v).n > 0)
		return false;
	ev->timestamp = stamp_resolve(&t, &own, &ev->flags);
	ev->precision = t.precision;
	if (c->zone != NULL)
		ev->flags &= ~(unsigned)EVENT_TIME_ASSUMED;
	return true;
}

static struct str
said(struct str v)
{
	return str_eq(v, STR("-")) ? STR_NULL : v;
}

/* Everything but the time. */
static void
set_field(const struct custom *c, enum custom_field field, struct str v,
    struct log_event *ev)
{
	switch (field) {
	case CUSTOM_NONE:
	case CUSTOM_TIME:
	case CUSTOM_FIELDS:
		break;
	case CUSTOM_HOST:
		ev->host = said(v);
		break;
	case CUSTOM_SERVICE:
		ev->service = said(v);
		break;
	case CUSTOM_IDENTIFIER:
		ev->identifier = said(v);
		break;
	case CUSTOM_UNIT:
		ev->unit = said(v);
		break;
	case CUSTOM_PID:
		ev->pid = number(v);
		break;
	case CUSTOM_SEVERITY:
		ev->severity = severity(v);
		break;
	case CUSTOM_BODY:
		ev->body = v;
		break;
	case CUSTOM_REQUEST:
		request_split(v, &ev->method, &ev->target);
		break;
	case CUSTOM_METHOD:
		ev->method = said(v);
		break;
	case CUSTOM_TARGET:
		ev->target = said(v);
		break;
	case CUSTOM_STATUS:
		ev->status = status(v);
		break;
	case CUSTOM_BYTES:
		ev->body_bytes = number(v);
		break;
	case CUSTOM_DURATION:
		ev->duration = duration(c, v);
		break;
	case CUSTOM_UPSTREAM:
		ev->upstream = said(v);
		break;
	case CUSTOM_UPSTREAM_STATUS:
		ev->upstream_status = status(v);
		break;
	case CUSTOM_UPSTREAM_DURATION:
		ev->upstream_duration = duration(c, v);
		break;
	case CUSTOM_CLIENT:
		ev->client = said(v);
		break;
	case CUSTOM_VHOST:
		ev->vhost = said(v);
		break;
	case CUSTOM_REQUEST_ID:
		ev->request_id = said(v);
		break;
	case CUSTOM_USER_AGENT:
		ev->user_agent = said(v);
		break;
	case CUSTOM_CONNECTION:
		ev->connection = number(v);
		break;
	}
}

/* "request.uri": a member with that whole name, or one within another. */
static struct str
member(struct str object, struct str path)
{
	struct str head, rest = str_cut(path, '.', &head);
	struct str value = json_get(object, path);

	if (value.p != NULL || rest.p == NULL)
		return value;
	value = json_get(object, head);
	return value.p != NULL && value.p[0] == '{' ? member(value, rest)
						    : STR_NULL;
}

static bool
find_members(const struct custom *c, struct str line, struct str *ret)
{
	struct str rest = line, whole;

	if (!json_value(&rest, &whole) || whole.p[0] != '{' ||
	    str_trim(rest).n > 0)
		return false;
	for (int i = 0; i < CUSTOM_FIELDS; i++)
		if (c->members[i] != NULL)
			ret[i] =
			    json_text(member(whole, str_of(c->members[i])));
	return true;
}

static int
match(const struct custom *c, const pcre2_code *code, pcre2_match_data *data,
    struct str line)
{
	return pcre2_match(code, (PCRE2_SPTR)(line.p ? line.p : ""), line.n, 0,
	    0, data, c->limits);
}

static bool
find_groups(const struct custom *c, struct str line, struct str *ret)
{
	const PCRE2_SIZE *at;

	if (match(c, c->pattern, c->groups, line) < 0)
		return false;
	at = pcre2_get_ovector_pointer(c->groups);
	for (uint32_t g = 1; g <= c->n_groups; g++)
		if (c->fields[g] != CUSTOM_NONE && at[2 * g] != PCRE2_UNSET &&
		    at[2 * g + 1] >= at[2 * g])
			ret[c->fields[g]] =
			    str_sub(line, at[2 * g], at[2 * g + 1] - at[2 * g]);
	return true;
}

enum parse_result
custom_parse(const struct parser *p, struct str line, struct parse_state *st,
    struct log_event *ev)
{
	struct str v[CUSTOM_FIELDS] = {0};
	const struct custom *c = p->custom;

	if (!(c->pattern ? find_groups(c, line, v)
			 : find_members(c, line, v)) ||
	    !set_time(c, v[CUSTOM_TIME], st, ev))
		return PARSE_BAD;
	/* Any JSON line has a time; a request has more. */
	if (p->kind == EVENT_ACCESS &&
	    (v[CUSTOM_STATUS].n == 0 ||
		v[CUSTOM_REQUEST].n + v[CUSTOM_METHOD].n + v[CUSTOM_TARGET].n ==
		    0))
		return PARSE_BAD;
	ev->body = line;
	for (int i = 0; i < CUSTOM_FIELDS; i++)
		if (v[i].p != NULL)
			set_field(c, (enum custom_field)i, v[i], ev);
	if (ev->severity == SEVERITY_NONE && p->kind != EVENT_ACCESS)
		ev->severity = message_severity(ev->body);
	return PARSE_OK;
}

bool
custom_starts(const struct parser *p, struct str line)
{
	const struct custom *c = p->custom;

	return c->start == NULL ||
	       match(c, c->start, c->start_groups, line) >= 0;
}

/*
 * A format that is an application's spelling of one that is built in: the
 * pattern only tells whose it is, for detection and for people.  Once that is
 * known, every line that the built-in parser takes is taken.
 */
bool
custom_recognises(const struct custom *c, struct str line)
{
	return match(c, c->pattern, c->groups, line) >= 0;
}

enum parse_result
like_parse(const struct parser *p, struct str line, struct parse_state *st,
    struct log_event *ev)
{
	const struct custom *c = p->custom;

	if (c->like->parse(c->like, line, st, ev) != PARSE_OK)
		return PARSE_BAD;
	if (ev->identifier.n == 0 && c->identifier != NULL)
		ev->identifier = str_of(c->identifier);
	return PARSE_OK;
}

bool
like_starts(const struct parser *p, struct str line)
{
	return p->custom->like->starts(p->custom->like, line);
}
