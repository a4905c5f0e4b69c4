/* SPDX-License-Identifier: MIT */
/*
 * What a column of an access log is.
 *
 * Keys say it, by whatever name administrators give them: the table holds the
 * usual ones.  A key can lie ("ua" is an upstream's address to one and the
 * user agent to another), so the value must look the part.  Columns without a
 * key are known by how they look ("GET / HTTP/1.1", a time, seconds with three
 * digits behind the point) and where they stand: size behind status, referrer
 * and agent behind these, the upstream's time behind the request's.
 */
#include "infer.h"

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
    {STR("response_time"), "request_time"},
    {STR("resp_time"), "request_time"},
    {STR("rsp_time"), "request_time"},
    {STR("total_time"), "request_time"},
    {STR("time_total"), "request_time"},
    {STR("elapsed"), "request_time"},
    {STR("req_t"), "request_time"},
    {STR("upstream_rt"), "upstream_response_time"},
    {STR("up_time"), "upstream_response_time"},
    {STR("upt"), "upstream_response_time"},
    {STR("upstream_resp_time"), "upstream_response_time"},
    {STR("backend_time"), "upstream_response_time"},
    {STR("urt_s"), "upstream_response_time"},
    {STR("upstream_response"), "upstream_response_time"},
    {STR("uc"), "upstream_connect_time"},
    {STR("upstream_ct"), "upstream_connect_time"},
    {STR("up_connect"), "upstream_connect_time"},
    {STR("uh"), "upstream_header_time"},
    {STR("upstream_ht"), "upstream_header_time"},
    {STR("up_header"), "upstream_header_time"},
    {STR("up"), "upstream_addr"},
    {STR("up_addr"), "upstream_addr"},
    {STR("upaddr"), "upstream_addr"},
    {STR("upstream_host"), "upstream_addr"},
    {STR("backend_addr"), "upstream_addr"},
    {STR("upstream_address"), "upstream_addr"},
    {STR("up_status"), "upstream_status"},
    {STR("upstatus"), "upstream_status"},
    {STR("backend_status"), "upstream_status"},
    {STR("ustatus"), "upstream_status"},
    {STR("xrid"), "request_id"},
    {STR("x_req_id"), "request_id"},
    {STR("correlation_id"), "request_id"},
    {STR("trace_id"), "request_id"},
    {STR("traceid"), "request_id"},
    {STR("id"), "request_id"},
    {STR("vh"), "host"},
    {STR("domain"), "host"},
    {STR("site"), "host"},
    {STR("http_host_header"), "host"},
    {STR("sn"), "server_name"},
    {STR("ref"), "http_referer"},
    {STR("http_ref"), "http_referer"},
    {STR("target"), "request_uri"},
    {STR("uri_path"), "request_uri"},
    {STR("http_agent"), "http_user_agent"},
    {STR("browser"), "http_user_agent"},
    {STR("body_bytes"), "body_bytes_sent"},
    {STR("bytes_out"), "body_bytes_sent"},
    {STR("bbs"), "body_bytes_sent"},
    {STR("cid"), "connection"},
    {STR("fwd"), "http_x_forwarded_for"},
    {STR("forwarded"), "http_x_forwarded_for"},
    {STR("x_forwarded"), "http_x_forwarded_for"},
    {STR("remote"), "remote_addr"},
    {STR("remote_address"), "remote_addr"},
    {STR("src"), "remote_addr"},
    {STR("source_ip"), "remote_addr"},
    {STR("st"), "status"},
    {STR("http_status"), "status"},
    {STR("http_method"), "request_method"},
    {STR("msec"), "msec"},
};

const char *
infer_alias(struct str key)
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

bool
infer_unsaid(struct str v)
{
	return v.n == 0 || str_eq(v, STR("-"));
}

bool
infer_used(const struct infer_names *names, const char *variable)
{
	for (size_t i = 0; i < names->n; i++)
		if (strcmp(names->used[i], variable) == 0)
			return true;
	return false;
}

static bool
all_digits(struct str v)
{
	uint64_t n;

	return v.n > 0 && v.n <= 18 && str_to_u64(v, &n);
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

static bool
is_hostname(struct str v)
{
	size_t letters = 0, last = 0;

	for (size_t i = 0; i < v.n; i++) {
		char c = v.p[i];

		if (c >= 'a' && c <= 'z')
			letters++;
		else if (c == '.' && i > 0)
			last = i;
		else if (!((c >= '0' && c <= '9') || c == '-'))
			return false;
	}
	/* a top-level domain has letters only */
	for (size_t i = last + 1; last > 0 && i < v.n; i++)
		if (v.p[i] < 'a' || v.p[i] > 'z')
			return false;
	return letters > 0 && last > 0 && v.n - last > 2;
}

static bool
is_method(struct str v)
{
	static const struct str methods[] = {STR("GET"), STR("POST"),
	    STR("PUT"), STR("DELETE"), STR("HEAD"), STR("PATCH"),
	    STR("OPTIONS")};

	for (size_t i = 0; i < ARRAY_SIZE(methods); i++)
		if (str_eq(methods[i], v))
			return true;
	return false;
}

static bool
is_status(struct str v)
{
	return v.n == 3 && v.p[0] >= '1' && v.p[0] <= '5' && all_digits(v);
}

/* "curl/8.1", "Mozilla/5.0 (…": a product and its version. */
static bool
is_agent(struct str v)
{
	ptrdiff_t slash = str_chr(v, '/');

	return slash > 1 && v.p[slash - 1] != ':' && (size_t)slash + 1 < v.n &&
	       v.p[slash + 1] >= '0' && v.p[slash + 1] <= '9' &&
	       v.p[0] >= 'A' && !is_request(v);
}

/* The first element of an upstream list. */
static struct str
list_head(struct str v)
{
	size_t n = 0;

	while (n < v.n && v.p[n] != ',' && v.p[n] != ' ')
		n++;
	return str_sub(v, 0, n);
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

/* Of a number: what may stand where. */
static const char *
guess_number(struct str v, const struct infer_names *nm)
{
	bool after_upstream = infer_used(nm, "upstream_response_time") ||
			      infer_used(nm, "upstream_addr");

	if (!infer_used(nm, "status"))
		return is_status(v) || (v.n == 3 && infer_used(nm, "request"))
			   ? "status"
			   : NULL;
	if (!infer_used(nm, "body_bytes_sent") &&
	    (!after_upstream || strcmp(nm->used[nm->n - 1], "status") == 0))
		return "body_bytes_sent";
	if (after_upstream && is_status(v))
		return "upstream_status";
	return NULL;
}

static const char *
guess_quoted(struct str v, const struct infer_names *nm)
{
	if (is_agent(v) && !infer_used(nm, "http_user_agent"))
		return "http_user_agent";
	if (!infer_used(nm, "http_referer"))
		return "http_referer";
	if (!infer_used(nm, "http_user_agent"))
		return "http_user_agent";
	if (!infer_used(nm, "http_x_forwarded_for") &&
	    (is_ip(v) || str_find(v, STR(", ")) > 0 || infer_unsaid(v)))
		return "http_x_forwarded_for";
	return NULL;
}

/* By look and place, for a column without a key. */
static const char *
guess(const struct infer_column *c, size_t index, const struct infer_names *nm)
{
	struct str v = c->value;
	bool behind =
	    infer_used(nm, "request") || infer_used(nm, "request_uri");
	const char *t = time_variable(v);

	if (t != NULL)
		return t;
	if (c->slowest != NULL)
		return c->slowest;
	if (is_request(v))
		return "request";
	if (is_ip(v) && !behind)
		return "remote_addr";
	if (is_method(v))
		return "request_method";
	if (v.n > 0 && v.p[0] == '/' && infer_used(nm, "request_method"))
		return "request_uri";
	if (is_hostname(v))
		return "host";
	if (is_hex_id(v))
		return "request_id";
	if (behind && is_address_port(v))
		return "upstream_addr";
	if (all_digits(v) || (infer_unsaid(v) && c->open == 0))
		return guess_number(v, nm);
	if (all_digits(list_head(v)) && is_status(list_head(v)) &&
	    infer_used(nm, "upstream_addr"))
		return "upstream_status";
	if (behind && c->open == '"')
		return guess_quoted(v, nm);
	return NULL;
}

/* Values named otherwise than they look would make lines fail to fit. */
static bool
suits(const char *variable, struct str v)
{
	static const char *const numbers[] = {
	    "status", "body_bytes_sent", "bytes_sent", "connection", "pid"};
	usec_t t;

	if (infer_unsaid(v))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		if (strcmp(variable, numbers[i]) == 0)
			return all_digits(v);
	if (strcmp(variable, "request_time") == 0)
		return parse_seconds(v, &t);
	if (strncmp(variable, "upstream_", 9) != 0)
		return true;
	v = list_head(v);
	if (infer_unsaid(v))
		return true;
	if (strcmp(variable, "upstream_status") == 0)
		return all_digits(v);
	if (strcmp(variable, "upstream_addr") == 0)
		return str_chr(v, '/') < 0 || str_starts(v, STR("unix:")) ||
		       str_starts(v, STR("http"));
	return parse_seconds(v, &t);
}

/* Of a member of a JSON object within the object: "request": {"uri": …}
 * means request_uri. */
static const char *
nested_alias(const struct infer_column *c)
{
	char joined[64];
	const char *variable = NULL;
	size_t n = c->parent.n + 1 + c->key.n;

	if (c->parent.n > 0 && n <= sizeof(joined)) {
		memcpy(joined, c->parent.p, c->parent.n);
		joined[c->parent.n] = '_';
		memcpy(joined + c->parent.n + 1, c->key.p, c->key.n);
		variable = infer_alias((struct str){joined, n});
	}
	return variable != NULL ? variable : infer_alias(c->key);
}

const char *
infer_name(const struct infer_column *c, size_t index, struct infer_names *nm)
{
	const char *variable = time_variable(c->value);

	if (variable == NULL && c->key.n > 0) {
		variable = nested_alias(c);
		if (variable != NULL && !suits(variable, c->value))
			variable = strcmp(variable, "upstream_addr") == 0
				       ? "http_user_agent"
				       : NULL;
		if (variable == NULL)
			variable = c->slowest;
	} else if (variable == NULL) {
		variable = guess(c, index, nm);
	}
	if (variable == NULL || infer_used(nm, variable) ||
	    nm->n == ARRAY_SIZE(nm->used))
		return NULL;
	nm->used[nm->n++] = variable;
	return variable;
}
