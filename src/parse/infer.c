/* SPDX-License-Identifier: MIT */
/*
 * The log_format of an access log that nobody told us.
 *
 * Lines are cut into columns at blanks, minding quotes and brackets.  Most
 * hand-made formats are combined with columns added: key=value ones say what
 * they are, others are known by how they look ("GET / HTTP/1.1", a time in
 * brackets) or where they stand (status and size behind the request, referrer
 * and agent behind these).  A column that stays unknown is kept as an unnamed
 * variable.  JSON lines are read by their keys.
 *
 * The result is only a proposal: detection compiles it and keeps it only if
 * the sample's lines fit it.
 */
#include "json-scan.h"
#include "parser.h"

#define COLUMNS_MAX FORMAT_STEPS_MAX
/* Lines looked at for a column that is "-" in the first one. */
#define PEERS_MAX 200

struct column {
	struct str key;   /* "rt" of rt=0.1, with the sign behind it */
	char open, close; /* quotes or brackets around the value, or 0 */
	struct str value;
};

static const struct {
	struct str key;
	const char *variable;
} aliases[] = {
    {STR("rt"), "request_time"},
    {STR("request_time"), "request_time"},
    {STR("req_time"), "request_time"},
    {STR("reqtime"), "request_time"},
    {STR("duration"), "request_time"},
    {STR("time_taken"), "request_time"},
    {STR("latency"), "request_time"},
    {STR("uct"), "upstream_connect_time"},
    {STR("upstream_connect_time"), "upstream_connect_time"},
    {STR("uht"), "upstream_header_time"},
    {STR("upstream_header_time"), "upstream_header_time"},
    {STR("urt"), "upstream_response_time"},
    {STR("upstream_response_time"), "upstream_response_time"},
    {STR("upstream_time"), "upstream_response_time"},
    {STR("ut"), "upstream_response_time"},
    {STR("ua"), "upstream_addr"},
    {STR("upstream_addr"), "upstream_addr"},
    {STR("upstream"), "upstream_addr"},
    {STR("uaddr"), "upstream_addr"},
    {STR("backend"), "upstream_addr"},
    {STR("us"), "upstream_status"},
    {STR("ust"), "upstream_status"},
    {STR("upstream_status"), "upstream_status"},
    {STR("rid"), "request_id"},
    {STR("req_id"), "request_id"},
    {STR("reqid"), "request_id"},
    {STR("request_id"), "request_id"},
    {STR("requestid"), "request_id"},
    {STR("x_request_id"), "request_id"},
    {STR("host"), "host"},
    {STR("http_host"), "http_host"},
    {STR("vhost"), "host"},
    {STR("server_name"), "server_name"},
    {STR("server"), "server_name"},
    {STR("xff"), "http_x_forwarded_for"},
    {STR("http_x_forwarded_for"), "http_x_forwarded_for"},
    {STR("x_forwarded_for"), "http_x_forwarded_for"},
    {STR("forwarded_for"), "http_x_forwarded_for"},
    {STR("remote_addr"), "remote_addr"},
    {STR("client"), "remote_addr"},
    {STR("client_ip"), "remote_addr"},
    {STR("clientip"), "remote_addr"},
    {STR("remote_ip"), "remote_addr"},
    {STR("ip"), "remote_addr"},
    {STR("addr"), "remote_addr"},
    {STR("remote_user"), "remote_user"},
    {STR("user"), "remote_user"},
    {STR("request"), "request"},
    {STR("req"), "request"},
    {STR("method"), "request_method"},
    {STR("request_method"), "request_method"},
    {STR("verb"), "request_method"},
    {STR("uri"), "request_uri"},
    {STR("request_uri"), "request_uri"},
    {STR("url"), "request_uri"},
    {STR("path"), "request_uri"},
    {STR("status"), "status"},
    {STR("code"), "status"},
    {STR("status_code"), "status"},
    {STR("body_bytes_sent"), "body_bytes_sent"},
    {STR("bytes"), "body_bytes_sent"},
    {STR("size"), "body_bytes_sent"},
    {STR("bytes_sent"), "bytes_sent"},
    {STR("referer"), "http_referer"},
    {STR("referrer"), "http_referer"},
    {STR("http_referer"), "http_referer"},
    {STR("http_referrer"), "http_referer"},
    {STR("agent"), "http_user_agent"},
    {STR("user_agent"), "http_user_agent"},
    {STR("http_user_agent"), "http_user_agent"},
    {STR("useragent"), "http_user_agent"},
    {STR("conn"), "connection"},
    {STR("connection"), "connection"},
    {STR("pid"), "pid"},
    {STR("hostname"), "hostname"},
    {STR("msec"), "msec"},
};

static const char *
alias(struct str key)
{
	char bare[32];
	size_t n = 0;

	/* "X-Request-ID", "upstream.addr" and "request_id" are one */
	if (key.n == 0 || key.n >= sizeof(bare))
		return NULL;
	for (; n < key.n; n++) {
		char c = key.p[n];

		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		bare[n] = c == '-' || c == '.' ? '_' : c;
	}
	key = (struct str){bare, n};
	for (size_t i = 0; i < ARRAY_SIZE(aliases); i++)
		if (str_eq(aliases[i].key, key))
			return aliases[i].variable;
	return NULL;
}

static bool
is_key(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

static size_t
closing(struct str s, char close)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\\' && close == '"')
			i++;
		else if (s.p[i] == close)
			return i;
	}
	return SIZE_MAX;
}

static bool
take_column(struct str *s, struct column *c)
{
	struct str at = *s;
	size_t n = 0;

	*c = (struct column){0};
	while (n < at.n && n < 40 && is_key(at.p[n]))
		n++;
	if (n > 0 && n < at.n && (at.p[n] == '=' || at.p[n] == ':') &&
	    !(at.p[0] >= '0' && at.p[0] <= '9') &&
	    (at.p[n] == '=' || (n + 1 < at.n && at.p[n + 1] == '"') ||
		alias(str_sub(at, 0, n)) != NULL)) {
		c->key = str_sub(at, 0, n + 1);
		at = str_skip(at, n + 1);
	}
	if (at.n > 0 && (at.p[0] == '"' || at.p[0] == '[' || at.p[0] == '(')) {
		c->open = at.p[0];
		c->close = c->open == '[' ? ']' : c->open == '(' ? ')' : '"';
		at = str_skip(at, 1);
		n = closing(at, c->close);
		if (n == SIZE_MAX)
			return false;
		c->value = str_sub(at, 0, n);
		at = str_skip(at, n + 1);
		if (at.n > 0 && at.p[0] != ' ')
			return false;
	} else {
		n = 0;
		/* lists of upstream values go on over their separators */
		for (;;) {
			while (n < at.n && at.p[n] != ' ')
				n++;
			if (n > 0 && n + 1 < at.n && at.p[n - 1] == ',')
				n++;
			else if (n + 2 < at.n && at.p[n + 1] == ':' &&
				 at.p[n + 2] == ' ')
				n += 3;
			else
				break;
		}
		c->value = str_sub(at, 0, n);
		at = str_skip(at, n);
	}
	*s = at;
	return true;
}

static size_t
columns(struct str line, struct column *ret)
{
	size_t n = 0;

	while (line.n > 0) {
		if (n == COLUMNS_MAX || !take_column(&line, &ret[n]))
			return 0;
		n++;
		if (line.n > 0 && !scan_char(&line, ' '))
			return 0;
	}
	return n;
}

static bool
unsaid(struct str v)
{
	return v.n == 0 || str_eq(v, STR("-"));
}

/* Where the line has "-", what others have in the same column. */
static void
fill_unsaid(struct column *c, size_t n, const struct str *lines, size_t n_lines)
{
	struct column other[COLUMNS_MAX];

	for (size_t l = 0; l < n_lines && l < PEERS_MAX; l++) {
		if (columns(lines[l], other) != n)
			continue;
		for (size_t i = 0; i < n; i++)
			if (unsaid(c[i].value) && !unsaid(other[i].value) &&
			    str_eq(c[i].key, other[i].key) &&
			    c[i].open == other[i].open)
				c[i].value = other[i].value;
	}
}

static bool
all_digits(struct str v)
{
	uint64_t n;

	return v.n > 0 && v.n <= 18 && str_to_u64(v, &n);
}

/* nginx writes seconds with exactly three digits behind the point. */
static bool
is_seconds(struct str v)
{
	ptrdiff_t dot = str_chr(v, '.');
	usec_t t;

	return dot > 0 && v.n - (size_t)dot == 4 && parse_seconds(v, &t);
}

static bool
is_seconds_list(struct str v)
{
	ptrdiff_t at = str_chr(v, ',');

	if (at < 0)
		at = str_chr(v, ' ');
	return at > 0 && is_seconds(str_sub(v, 0, (size_t)at));
}

static bool
is_hex_id(struct str v)
{
	for (size_t i = 0; i < v.n; i++)
		if (!((v.p[i] >= '0' && v.p[i] <= '9') ||
			(v.p[i] >= 'a' && v.p[i] <= 'f') || v.p[i] == '-'))
			return false;
	return v.n == 32 || v.n == 36;
}

static bool
is_address_port(struct str v)
{
	ptrdiff_t at;
	struct str head;
	uint64_t port;

	if (str_starts(v, STR("unix:/")))
		return true;
	str_cut(v, ',', &head);
	str_cut(head, ' ', &v);
	for (at = (ptrdiff_t)v.n - 1; at > 0 && v.p[at] != ':';)
		at--;
	return at > 6 && str_to_u64(str_skip(v, (size_t)at + 1), &port) &&
	       port < 65536 &&
	       (v.p[0] == '[' || str_chr(str_sub(v, 0, (size_t)at), '.') > 0);
}

static bool
is_request(struct str v)
{
	struct str method = STR_NULL, target = STR_NULL;

	request_split(v, &method, &target);
	return method.n > 0 && target.n > 0 && str_find(v, STR(" HTTP/")) > 0;
}

static bool
is_ip(struct str v)
{
	size_t dots = 0, colons = 0;

	for (size_t i = 0; i < v.n; i++) {
		if (v.p[i] == '.')
			dots++;
		else if (v.p[i] == ':')
			colons++;
		else if (!((v.p[i] >= '0' && v.p[i] <= '9') ||
			     (v.p[i] >= 'a' && v.p[i] <= 'f') ||
			     (v.p[i] >= 'A' && v.p[i] <= 'F')))
			return false;
	}
	return v.n >= 2 && (dots == 3 || colons >= 2);
}

/* What has been named so far; each variable is used once. */
struct naming {
	const char *used[COLUMNS_MAX];
	size_t n;
	bool request, quoted_after; /* behind the request; quotes behind it */
};

static bool
used(const struct naming *nm, const char *variable)
{
	for (size_t i = 0; i < nm->n; i++)
		if (strcmp(nm->used[i], variable) == 0)
			return true;
	return false;
}

static const char *
time_variable(struct str v)
{
	struct stamp t;
	struct str at = v;
	usec_t when, precision;

	if (scan_clf_time(&at, &t) && at.n == 0)
		return "time_local";
	at = v;
	if (scan_iso_time(&at, &t) && at.n == 0 && t.has_offset)
		return "time_iso8601";
	if (str_chr(v, '.') == 10 && parse_epoch(v, &when, &precision))
		return "msec";
	return NULL;
}

/* By look and place, for a column without a key. */
static const char *
guess(const struct column *c, size_t index, const struct naming *nm)
{
	struct str v = c->value;
	const char *t = time_variable(v);

	if (t != NULL)
		return t;
	if (is_request(v))
		return "request";
	if (is_ip(v) && index < 3 && !nm->request)
		return "remote_addr";
	if (nm->request && all_digits(v) && !used(nm, "status"))
		return v.n == 3 ? "status" : NULL;
	if (nm->request && (all_digits(v) || unsaid(v)) && c->open == 0 &&
	    used(nm, "status") && !used(nm, "body_bytes_sent"))
		return "body_bytes_sent";
	if (is_seconds(v) && used(nm, "status"))
		return used(nm, "request_time") ? "upstream_response_time"
						: "request_time";
	if (is_seconds_list(v))
		return "upstream_response_time";
	if (is_hex_id(v))
		return "request_id";
	if (nm->request && is_address_port(v))
		return "upstream_addr";
	if (nm->request && c->open == '"') {
		if (!used(nm, "http_referer"))
			return "http_referer";
		if (!used(nm, "http_user_agent"))
			return "http_user_agent";
		if (is_ip(v) || str_find(v, STR(", ")) > 0 || unsaid(v))
			return "http_x_forwarded_for";
	}
	return NULL;
}

static void
add_variable(
    struct naming *nm, const char *variable, size_t index, struct buf *out)
{
	if (variable == NULL || used(nm, variable)) {
		buf_addf(out, "${column_%zu}", index + 1);
		return;
	}
	buf_addf(out, "${%s}", variable);
	nm->used[nm->n++] = variable;
	nm->request |= strcmp(variable, "request") == 0 ||
		       strcmp(variable, "request_uri") == 0;
}

/* Values named otherwise than they look would make lines fail to fit. */
static bool
suits(const char *variable, struct str v)
{
	if (unsaid(v))
		return true;
	if (strcmp(variable, "status") == 0 ||
	    strcmp(variable, "body_bytes_sent") == 0 ||
	    strcmp(variable, "bytes_sent") == 0 ||
	    strcmp(variable, "connection") == 0 || strcmp(variable, "pid") == 0)
		return all_digits(v);
	if (strcmp(variable, "request_time") == 0) {
		usec_t t;

		return parse_seconds(v, &t);
	}
	if (strcmp(variable, "upstream_addr") == 0) /* "ua" is an agent? */
		return str_chr(v, '/') < 0 || str_starts(v, STR("unix:")) ||
		       str_starts(v, STR("http"));
	return true;
}

static const char *
name_column(const struct column *c, size_t index, const struct naming *nm)
{
	struct str key = c->key;
	const char *variable;

	if (key.n == 0)
		return guess(c, index, nm);
	variable = time_variable(c->value);
	if (variable != NULL)
		return variable;
	key.n--;
	variable = alias(key);
	if (variable != NULL && !suits(variable, c->value))
		variable =
		    strcmp(variable, "upstream_addr") == 0 && c->open == '"'
			? "http_user_agent"
			: NULL;
	return variable;
}

static bool
infer_columns(const struct str *lines, size_t n_lines, size_t which,
    struct naming *nm, struct buf *out)
{
	struct column c[COLUMNS_MAX];
	size_t n = columns(lines[which], c);

	if (n < 4)
		return false;
	fill_unsaid(c, n, lines, n_lines);
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_addc(out, ' ');
		buf_add_str(out, c[i].key);
		if (c[i].open != 0)
			buf_addc(out, c[i].open);
		if (c[i].key.n == 0 && c[i].open == 0 && c[i].value.n == 1 &&
		    strchr("-|", c[i].value.p[0]) != NULL && i == 1)
			buf_add_str(out, c[i].value); /* combined's "-" */
		else
			add_variable(nm, name_column(&c[i], i, nm), i, out);
		if (c[i].close != 0)
			buf_addc(out, c[i].close);
	}
	return true;
}

/* {"time":"…","status":200}: keys are literals, values variables. */
static bool
infer_json(struct str line, struct naming *nm, struct buf *out)
{
	struct str s = line, key, value;
	const char *from = line.p;
	size_t index = 0;

	if (!json_enter(&s, '{'))
		return false;
	buf_adds(out, "escape=json ");
	while (json_member(&s, &key, &value)) {
		struct column c = {.value = json_text(value)};

		if (value.p[0] == '{' || value.p[0] == '[')
			return false;
		c.open = c.close = value.p[0] == '"' ? '"' : 0;
		if (index == COLUMNS_MAX)
			return false;
		/* as in key=value, one byte stands behind the key */
		c.key = (struct str){key.p, key.n + 1};
		buf_add(out, from, (size_t)(value.p - from));
		if (c.open)
			buf_addc(out, c.open);
		add_variable(nm, name_column(&c, index, nm), index, out);
		if (c.open)
			buf_addc(out, c.close);
		from = value.p + value.n;
		index++;
	}
	if (s.p == NULL || str_trim(s).n > 0)
		return false;
	buf_add(out, from, (size_t)(line.p + line.n - from));
	return true;
}

bool
infer_log_format(
    const struct str *lines, size_t n, size_t which, struct buf *ret)
{
	struct naming nm = {0};
	bool done;

	buf_reset(ret);
	if (lines[which].n == 0 || lines[which].n > FORMAT_TEXT_MAX / 2 ||
	    str_chr(lines[which], '$') >= 0)
		return false;
	done = lines[which].p[0] == '{'
		   ? infer_json(lines[which], &nm, ret)
		   : infer_columns(lines, n, which, &nm, ret);
	return done &&
	       (used(&nm, "time_local") || used(&nm, "time_iso8601") ||
		   used(&nm, "msec")) &&
	       used(&nm, "status") && nm.request;
}
