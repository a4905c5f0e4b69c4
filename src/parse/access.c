/* SPDX-License-Identifier: MIT */
/*
 * From the values of an access line to an event.
 *
 * Upstream values are lists when nginx tried several servers: "0.1, 0.2" within
 * one group, "0.3 : 0.4" over an internal redirect.  The time is their sum,
 * address and status are those of the last try.
 *
 * The client is $remote_addr, as nginx itself sees it.  When that is a proxy
 * of one's own (a private address) and the header it adds is logged, the
 * client is the last address in it that is not private, since only entries
 * from the right were put there by somebody who is trusted.
 */
#include "parser.h"

static bool
known(struct str s)
{
	return s.n > 1 || (s.n == 1 && s.p[0] != '-');
}

static struct str
dashless(struct str s)
{
	return known(s) ? s : STR_NULL;
}

static inline int64_t
number(struct str s)
{
	int64_t v = 0;

	/* 18 digits: as much as fits, and more than was ever sent */
	if (s.n == 0 || s.n > 18)
		return -1;
	for (size_t i = 0; i < s.n; i++) {
		unsigned digit = (unsigned char)s.p[i] - '0';

		if (digit > 9)
			return -1;
		v = v * 10 + (int64_t)digit;
	}
	return v;
}

void
request_split(struct str request, struct str *method, struct str *target)
{
	size_t n = 0;
	struct str rest;

	while (n < request.n && n < 32 &&
	       ((request.p[n] >= 'A' && request.p[n] <= 'Z') ||
		   request.p[n] == '_' || request.p[n] == '-'))
		n++;
	if (n == 0 || n >= request.n || request.p[n] != ' ') {
		*target = dashless(request); /* not HTTP: TLS, probes */
		return;
	}
	*method = str_sub(request, 0, n);
	rest = str_skip(request, n + 1);
	/* " HTTP/1.1" and the like */
	if (rest.n >= 9 && bytes_same(rest.p + rest.n - 9, " HTTP/", 6) &&
	    rest.p[rest.n - 1] != ' ' && rest.p[rest.n - 2] == '.' &&
	    rest.p[rest.n - 3] != ' ') {
		*target = str_sub(rest, 0, rest.n - 9);
		return;
	}
	for (size_t i = rest.n; i-- > 0;)
		if (rest.p[i] == ' ') {
			if (str_starts(str_skip(rest, i), STR(" HTTP/")))
				rest.n = i;
			break;
		}
	*target = rest;
}

/* The next element of an upstream list; false at its end. */
static bool
list_next(struct str *list, struct str *ret)
{
	size_t n = 0;

	while (list->n > 0 &&
	       (list->p[0] == ' ' || list->p[0] == ',' ||
		   (list->p[0] == ':' && list->n > 1 && list->p[1] == ' ')))
		*list = str_skip(*list, 1);
	if (list->n == 0)
		return false;
	while (n < list->n && list->p[n] != ' ' && list->p[n] != ',')
		n++;
	*ret = str_sub(*list, 0, n);
	*list = str_skip(*list, n);
	return true;
}

static void
upstream_times(struct str list, struct log_event *ev)
{
	struct str one;
	usec_t t;
	int tries = 0;

	while (list_next(&list, &one)) {
		tries++;
		if (!parse_seconds(one, &t))
			continue;
		if (ev->upstream_duration < 0)
			ev->upstream_duration = 0;
		ev->upstream_duration += t;
	}
	if (ev->upstream_duration >= 0 && ev->upstream_tries < tries)
		ev->upstream_tries = tries;
}

static void
upstream_addresses(struct str list, struct log_event *ev)
{
	struct str one;
	int tries = 0;

	while (list_next(&list, &one))
		if (known(one)) {
			tries++;
			ev->upstream = one;
		}
	if (tries > 0 && ev->upstream_tries < tries)
		ev->upstream_tries = tries;
}

static void
upstream_statuses(struct str list, struct log_event *ev)
{
	struct str one;

	while (list_next(&list, &one)) {
		int64_t v = number(one);

		if (v >= 0 && v < 1000)
			ev->upstream_status = (int)v;
	}
}

static bool
is_private(struct str a)
{
	static const struct str prefixes[] = {STR("10."), STR("127."),
	    STR("192.168."), STR("169.254."), STR("unix:"), STR("fc"),
	    STR("fd"), STR("fe80:"), STR("::ffff:10."), STR("::ffff:127."),
	    STR("::ffff:192.168.")};
	uint64_t second;

	if (str_eq(a, STR("::1")))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (str_starts(a, prefixes[i]))
			return prefixes[i].n > 2 || str_chr(a, ':') > 0;
	return scan_lit(&a, STR("172.")) && scan_uint(&a, 2, 3, &second) &&
	       second >= 16 && second <= 31 && scan_char(&a, '.');
}

static bool
is_address(struct str a)
{
	bool mark = false;

	for (size_t i = 0; i < a.n; i++) {
		char c = a.p[i];

		if (c == '.' || c == ':')
			mark = true;
		else if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ||
			     (c >= 'A' && c <= 'F')))
			return false;
	}
	return mark && a.n >= 2 && a.n <= 45;
}

static struct str
forwarded_client(struct str list)
{
	struct str found = STR_NULL;

	while (list.n > 0) {
		struct str one;

		list = str_cut(list, ',', &one);
		one = str_trim(one);
		if (is_address(one) && (found.n == 0 || !is_private(one)))
			found = one;
	}
	return found;
}

/* A second often has many lines. */
static bool
clf_time(struct str v, struct parse_state *st, usec_t *ret)
{
	struct stamp t;

	if (st->clf_at != 0 && v.n == sizeof(st->clf) &&
	    bytes_same(v.p, st->clf, sizeof(st->clf))) {
		*ret = st->clf_at;
		return true;
	}
	if (!scan_clf_time(&v, &t))
		return false;
	*ret = st->clf_at = stamp_utc(&t);
	memcpy(st->clf, v.p - sizeof(st->clf), sizeof(st->clf));
	return true;
}

static void
access_time(enum format_var var, struct str v, struct parse_state *st,
    struct log_event *ev)
{
	struct stamp t;
	usec_t at, precision = USEC_PER_SEC;

	if (var == VAR_MSEC) {
		if (!parse_epoch(v, &at, &precision))
			return;
	} else if (var == VAR_TIME_ISO) {
		if (!scan_iso_time(&v, &t))
			return;
		at = stamp_utc(&t);
		precision = t.precision;
	} else if (!clf_time(v, st, &at)) {
		return;
	}
	if (ev->timestamp == USEC_NONE || precision < ev->precision) {
		ev->timestamp = at;
		ev->precision = precision;
	}
}

/* What several variables may say, the better one first. */
struct access_extra {
	struct str xff, uri, host, http_host, server_name;
	int64_t bytes;
};

static inline void
access_value(enum format_var var, struct str v, struct parse_state *st,
    struct log_event *ev, struct access_extra *x)
{
	int64_t n;

	switch (var) {
	case VAR_OTHER:
		break;
	case VAR_ADDR:
		ev->client = dashless(v);
		break;
	case VAR_XFF:
		x->xff = dashless(v);
		break;
	case VAR_TIME_LOCAL:
	case VAR_TIME_ISO:
	case VAR_MSEC:
		access_time(var, v, st, ev);
		break;
	case VAR_REQUEST:
		request_split(v, &ev->method, &ev->target);
		break;
	case VAR_METHOD:
		ev->method = dashless(v);
		break;
	case VAR_TARGET:
		ev->target = dashless(v);
		break;
	case VAR_URI:
		x->uri = dashless(v);
		break;
	case VAR_STATUS:
		n = number(v);
		if (n > 0 && n < 1000)
			ev->status = (int)n;
		break;
	case VAR_BODY_BYTES:
		ev->body_bytes = number(v);
		break;
	case VAR_BYTES:
		x->bytes = number(v);
		break;
	case VAR_UA:
		ev->user_agent = dashless(v);
		break;
	case VAR_DURATION:
		parse_seconds(v, &ev->duration);
		break;
	case VAR_UPSTREAM_TIME:
		upstream_times(v, ev);
		break;
	case VAR_UPSTREAM_ADDR:
		upstream_addresses(v, ev);
		break;
	case VAR_UPSTREAM_STATUS:
		upstream_statuses(v, ev);
		break;
	case VAR_REQUEST_ID:
		ev->request_id = dashless(v);
		break;
	case VAR_HOST:
		x->host = dashless(v);
		break;
	case VAR_HTTP_HOST:
		x->http_host = dashless(v);
		break;
	case VAR_SERVER_NAME:
		x->server_name = dashless(v);
		break;
	case VAR_CONNECTION:
		ev->connection = number(v);
		break;
	case VAR_PID:
		ev->pid = number(v);
		break;
	case VAR_HOSTNAME:
		ev->host = dashless(v);
		break;
	}
}

enum parse_result
access_parse(const struct parser *p, struct str line, struct parse_state *st,
    struct log_event *ev)
{
	struct str values[FORMAT_STEPS_MAX];
	struct access_extra x = {.bytes = -1};
	struct str forwarded;

	if (!log_format_match(p->format, line, values))
		return PARSE_BAD;
	for (unsigned i = 0; i < p->format->n; i++) {
		enum format_var var = p->format->steps[i].var;

		if (var != VAR_OTHER)
			access_value(var, values[i], st, ev, &x);
	}
	if (ev->timestamp == USEC_NONE)
		return PARSE_BAD;
	if (ev->target.n == 0 && x.uri.n > 0)
		ev->target = x.uri;
	if (ev->body_bytes < 0)
		ev->body_bytes = x.bytes;
	ev->vhost = x.host.n        ? x.host
		    : x.http_host.n ? x.http_host
				    : x.server_name;
	if (x.xff.n > 0 && (ev->client.n == 0 || is_private(ev->client))) {
		forwarded = forwarded_client(x.xff);
		if (forwarded.n > 0)
			ev->client = forwarded;
	}
	ev->body = line;
	return PARSE_OK;
}
