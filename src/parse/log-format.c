/* SPDX-License-Identifier: MIT */
/*
 * nginx's log_format, compiled.
 *
 * A format is text with variables in it.  It becomes a list of steps: scan
 * one variable's value, then expect the literal behind it.  Most values reach
 * to that literal; numbers and times know their own end, which also keeps a
 * hostile request from being taken for the fields behind it.
 *
 * nginx escapes quotes within values (as \x22, or \" with escape=json; Apache
 * writes \"), so a value between quotes ends at the first quote that has no
 * backslash before it.  Only escape=none leaves them in; such a value reaches
 * to the whole literal instead.
 *
 * A value without quotes may contain its literal: "$remote_user [" where the
 * user is "a [b".  log_format_match() then goes back to the last value that
 * could have been longer and tries the literal's next occurrence, a bounded
 * number of times.
 */
#include <errno.h>

#include "conf-token.h"
#include "parser.h"

#define BACKTRACKS_MAX 256

static const struct {
	struct str name;
	uint8_t var, scan;
} vars[] = {
    {STR("remote_addr"), VAR_ADDR, SCAN_WORD},
    {STR("realip_remote_addr"), VAR_OTHER, SCAN_FREE},
    {STR("http_x_forwarded_for"), VAR_XFF, SCAN_FREE},
    {STR("proxy_add_x_forwarded_for"), VAR_XFF, SCAN_FREE},
    {STR("http_x_real_ip"), VAR_XFF, SCAN_FREE},
    {STR("http_cf_connecting_ip"), VAR_XFF, SCAN_FREE},
    {STR("time_local"), VAR_TIME_LOCAL, SCAN_CLF},
    {STR("time_iso8601"), VAR_TIME_ISO, SCAN_ISO},
    {STR("msec"), VAR_MSEC, SCAN_DECIMAL},
    {STR("request"), VAR_REQUEST, SCAN_FREE},
    {STR("request_method"), VAR_METHOD, SCAN_FREE},
    {STR("request_uri"), VAR_TARGET, SCAN_FREE},
    {STR("uri"), VAR_URI, SCAN_FREE},
    {STR("document_uri"), VAR_URI, SCAN_FREE},
    {STR("status"), VAR_STATUS, SCAN_UINT},
    {STR("body_bytes_sent"), VAR_BODY_BYTES, SCAN_UINT},
    {STR("bytes_sent"), VAR_BYTES, SCAN_UINT},
    {STR("request_length"), VAR_OTHER, SCAN_UINT},
    {STR("http_user_agent"), VAR_UA, SCAN_FREE},
    {STR("request_time"), VAR_DURATION, SCAN_DECIMAL},
    {STR("upstream_response_time"), VAR_UPSTREAM_TIME, SCAN_LIST},
    {STR("upstream_connect_time"), VAR_OTHER, SCAN_LIST},
    {STR("upstream_header_time"), VAR_OTHER, SCAN_LIST},
    {STR("upstream_response_length"), VAR_OTHER, SCAN_LIST},
    {STR("upstream_bytes_received"), VAR_OTHER, SCAN_LIST},
    {STR("upstream_bytes_sent"), VAR_OTHER, SCAN_LIST},
    {STR("upstream_queue_time"), VAR_OTHER, SCAN_LIST},
    {STR("upstream_addr"), VAR_UPSTREAM_ADDR, SCAN_LIST},
    {STR("upstream_status"), VAR_UPSTREAM_STATUS, SCAN_LIST},
    {STR("request_id"), VAR_REQUEST_ID, SCAN_WORD},
    {STR("http_x_request_id"), VAR_REQUEST_ID, SCAN_FREE},
    {STR("req_id"), VAR_REQUEST_ID, SCAN_FREE},
    {STR("host"), VAR_HOST, SCAN_WORD},
    {STR("http_host"), VAR_HTTP_HOST, SCAN_FREE},
    {STR("server_name"), VAR_SERVER_NAME, SCAN_WORD},
    {STR("connection"), VAR_CONNECTION, SCAN_UINT},
    {STR("connection_requests"), VAR_OTHER, SCAN_UINT},
    {STR("pid"), VAR_PID, SCAN_UINT},
    {STR("hostname"), VAR_HOSTNAME, SCAN_FREE},
    {STR("server_port"), VAR_OTHER, SCAN_UINT},
    {STR("remote_port"), VAR_OTHER, SCAN_UINT},
};

static void
var_lookup(struct str name, struct format_step *step)
{
	step->var = VAR_OTHER;
	/* what infer.c calls a column that has no blanks */
	step->scan = str_starts(name, STR("word_")) ? SCAN_WORD : SCAN_FREE;
	for (size_t i = 0; i < ARRAY_SIZE(vars); i++)
		if (str_eq(vars[i].name, name)) {
			step->var = vars[i].var;
			step->scan = vars[i].scan;
			return;
		}
}

static bool
is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_';
}

/* "$name" or "${name}" off the front of *s. */
static bool
take_variable(struct str *s, struct str *ret)
{
	struct str at = str_skip(*s, 1);
	bool brace = scan_char(&at, '{');
	size_t n = 0;

	while (n < at.n && is_name(at.p[n]))
		n++;
	if (n == 0)
		return false;
	*ret = str_sub(at, 0, n);
	at = str_skip(at, n);
	if (brace && !scan_char(&at, '}'))
		return false;
	*s = at;
	return true;
}

/* Values that touch: where the second begins must show in the bytes. */
static void
join_adjacent(struct log_format *f)
{
	for (unsigned i = 0; i + 1 < f->n;) {
		struct format_step *a = &f->steps[i], *b = &f->steps[i + 1];

		if (a->after.n > 0 || a->scan > SCAN_PATH) {
			i++;
			continue;
		}
		if (a->var != VAR_TARGET && a->var != VAR_URI &&
		    (b->var == VAR_TARGET || b->var == VAR_URI)) {
			a->scan = SCAN_PATH;
			i++;
			continue;
		}
		/* "$uri$is_args$args" is the target; else neither is known */
		if (a->var == VAR_URI)
			a->var = VAR_TARGET;
		else if (a->var != VAR_TARGET)
			a->var = VAR_OTHER;
		a->after = b->after;
		a->quoted = b->quoted;
		memmove(b, b + 1, (f->n - i - 2) * sizeof(*b));
		f->n--;
	}
}

static int
compile_steps(
    struct str text, bool escaped, struct log_format *f, struct reterr *err)
{
	size_t from = 0;

	/* Literals are borrowed, so the buffer must not move. */
	buf_reserve(&f->literals, text.n);
	while (text.n > 0) {
		struct str name = STR_NULL, *lit;
		struct format_step *step;

		if (text.p[0] != '$' || !take_variable(&text, &name)) {
			buf_addc(&f->literals, text.p[0]);
			text = str_skip(text, 1);
			lit = f->n > 0 ? &f->steps[f->n - 1].after : &f->before;
			*lit = (struct str){
			    f->literals.p + from, f->literals.n - from};
			continue;
		}
		if (f->n == FORMAT_STEPS_MAX)
			return reterr_set(err, EINVAL,
			    "log_format has more than %d variables",
			    FORMAT_STEPS_MAX);
		from = f->literals.n;
		step = &f->steps[f->n++];
		var_lookup(name, step);
	}
	for (unsigned i = 0; i < f->n; i++)
		f->steps[i].quoted = escaped && f->steps[i].after.n > 0 &&
				     f->steps[i].after.p[0] == '"';
	join_adjacent(f);
	for (unsigned i = 0; i < f->n; i++) {
		struct format_step *step = &f->steps[i];
		size_t n = step->after.n < 8 ? step->after.n : 8;

		step->word = step->mask = 0;
		if (n == 0)
			continue;
		memcpy(&step->word, step->after.p, n);
		memset(&step->mask, 0xff, n);
	}
	return 0;
}

/* People also give the whole directive: "log_format name '…' '…';". */
static int
take_directive(struct str text, struct buf *ret, struct reterr *err)
{
	struct conf_directive d = {.text = BUF_INIT};
	CLEANUP(buf_free) struct buf closed = BUF_INIT;
	struct str s;

	buf_add_str(&closed, text);
	buf_addc(&closed, ';');
	s = buf_str(&closed);
	if (conf_next(&s, &d) == CONF_SIMPLE && d.n > 2)
		conf_log_format(&d, ret);
	buf_free(&d.text);
	if (ret->n == 0)
		return reterr_set(err, EINVAL,
		    "log_format directive without a name and a text");
	return 0;
}

int
log_format_compile(struct str text, struct log_format **ret, struct reterr *err)
{
	CLEANUP(log_format_free) struct log_format *f = NULL;
	CLEANUP(buf_free) struct buf joined = BUF_INIT;
	bool escaped = true;
	struct str body;
	int r;

	if (text.n > FORMAT_TEXT_MAX)
		return reterr_set(err, EINVAL,
		    "log_format is longer than %zu bytes", FORMAT_TEXT_MAX);
	if (str_starts(text, STR("log_format "))) {
		r = take_directive(text, &joined, err);
		if (r < 0)
			return r;
		text = buf_str(&joined);
	}
	body = text;
	if (scan_lit(&body, STR("escape="))) {
		escaped = !str_starts(body, STR("none"));
		body = str_cut(body, ' ', &(struct str){0});
	}
	f = xcalloc(1, sizeof(*f));
	f->text = str_dup(text);
	r = compile_steps(body, escaped, f, err);
	if (r < 0)
		return r;
	if (!log_format_has(f, VAR_TIME_LOCAL) &&
	    !log_format_has(f, VAR_TIME_ISO) && !log_format_has(f, VAR_MSEC))
		return reterr_set(err, EINVAL,
		    "log_format has no $time_local, $time_iso8601 or $msec");
	*ret = STEAL(f);
	return 0;
}

struct str
log_format_variable(const struct log_format *f, unsigned i)
{
	struct str s = str_of(f->text), name, ret = STR_NULL;
	unsigned n = 0;

	while (s.n > 0) {
		if (s.p[0] != '$' || !take_variable(&s, &name)) {
			s = str_skip(s, 1);
			continue;
		}
		if (n++ == i)
			ret = name;
	}
	return n == f->n ? ret : STR_NULL;
}

void
log_format_free(struct log_format *f)
{
	if (f == NULL)
		return;
	buf_free(&f->literals);
	xfree(f->text);
	xfree(f);
}

bool
log_format_has(const struct log_format *f, enum format_var var)
{
	for (unsigned i = 0; i < f->n; i++)
		if (f->steps[i].var == var)
			return true;
	return false;
}

/* Where a value between quotes ends; NULL when the quote is missing. */
static const char *
quote_end(const char *p, const char *end)
{
	for (const char *q = p; q < end; q++) {
		const char *back;

		q = memchr(q, '"', (size_t)(end - q));
		if (q == NULL)
			return NULL;
		for (back = q; back > p && back[-1] == '\\';)
			back--;
		if ((q - back) % 2 == 0)
			return q;
	}
	return NULL;
}

static const char *
list_end(const char *p, const char *end, const struct format_step *step)
{
	const char *lit = step->after.p;

	for (;;) {
		while (p < end && *p != ' ' && *p != ',' && *p != '"' &&
		       (step->after.n == 0 || *p != *lit || *lit == ':'))
			p++;
		if (end - p >= 2 && p[0] == ',' &&
		    (step->after.n == 0 || *lit != ',' || p[1] == ' ')) {
			p += p[1] == ' ' ? 2 : 1;
			continue;
		}
		if (end - p >= 3 && p[0] == ' ' && p[1] == ':' && p[2] == ' ') {
			p += 3;
			continue;
		}
		return p;
	}
}

/* Whether the literal behind a step's value is at p. */
static inline bool
literal_at(const char *p, const char *end, const struct format_step *step)
{
	uint64_t there;

	if ((size_t)(end - p) < step->after.n)
		return false;
	if (end - p < 8 || step->after.n > 8)
		return bytes_same(p, step->after.p, step->after.n);
	memcpy(&there, p, 8);
	return (there & step->mask) == step->word;
}

static const char *
literal_find(const char *p, const char *end, const struct format_step *step)
{
	for (; p < end; p++) {
		p = memchr(p, step->after.p[0], (size_t)(end - p));
		if (p == NULL || literal_at(p, end, step))
			return p;
	}
	return NULL;
}

/* A value without blanks. */
static const char *
word_end(const struct format_step *step, const char *p, const char *from,
    const char *end)
{
	const char *q = NULL;

	if (step->quoted) {
		q = quote_end(p, end);
	} else if (step->after.n == 0) {
		q = end;
	} else if (step->after.p[0] == ' ' && from == p) {
		/* The first blank, or none. */
		while (p < end && *p != ' ')
			p++;
		return p < end ? p : NULL;
	} else {
		q = literal_find(from, end, step);
	}
	return q == NULL || memchr(p, ' ', (size_t)(q - p)) != NULL ? NULL : q;
}

static inline const char *
value_end(const struct format_step *step, const char *p, const char *from,
    const char *end)
{
	struct str at = {p, (size_t)(end - p)};
	struct stamp t;
	const char *q = p;

	switch ((enum format_scan)step->scan) {
	case SCAN_FREE:
		if (step->quoted)
			return quote_end(p, end);
		return step->after.n == 0 ? end : literal_find(from, end, step);
	case SCAN_WORD:
		return word_end(step, p, from, end);
	case SCAN_PATH:
		while (q < end && *q != '/' && *q != ' ' && *q != '"')
			q++;
		return q;
	case SCAN_UINT:
		while (q < end && *q >= '0' && *q <= '9')
			q++;
		return q == p && q < end && *q == '-' ? q + 1 : q;
	case SCAN_DECIMAL:
		while (q < end && ((*q >= '0' && *q <= '9') || *q == '.'))
			q++;
		return q == p && q < end && *q == '-' ? q + 1 : q;
	case SCAN_LIST:
		return list_end(p, end, step);
	case SCAN_CLF:
		/* Read once only, when it is needed: see access_time(). */
		return at.n >= CLF_TIME_BYTES && p[2] == '/' && p[20] == ' '
			   ? p + CLF_TIME_BYTES
			   : NULL;
	case SCAN_ISO:
		return scan_iso_time(&at, &t) ? at.p : NULL;
	}
	return NULL;
}

bool
log_format_match(const struct log_format *f, struct str line, struct str *ret)
{
	const char *p = line.p, *end = line.p + line.n, *from;
	unsigned i = 0, budget = BACKTRACKS_MAX;

	if (!str_starts(line, f->before))
		return false;
	from = p += f->before.n;
	while (i < f->n || p != end) {
		const struct format_step *step = f->steps + i;
		const char *q = NULL;

		if (i < f->n)
			q = value_end(step, p, from, end);
		if (q != NULL && literal_at(q, end, step)) {
			ret[i++] = (struct str){p, (size_t)(q - p)};
			from = p = q + step->after.n;
			continue;
		}
		do {
			if (i == 0 || budget-- == 0)
				return false;
			step = &f->steps[--i];
		} while (step->scan > SCAN_WORD || step->quoted ||
			 step->after.n == 0);
		p = ret[i].p;
		from = p + ret[i].n + 1;
	}
	return true;
}
