/* SPDX-License-Identifier: MIT */
/*
 * Where to listen, as it is written in the configuration; and what was
 * counted there, as it is written to the store.
 *
 * Both are words for people: the store keeps counts as "name=value", so that
 * one who looks into the database understands them, and a later version can
 * add some.
 */
#include <errno.h>
#include <stdio.h>

#include "recount/listen.h"

/* ---- addresses ---- */

static const struct scheme {
	struct str prefix;
	enum listen_scheme scheme;
	const char *port; /* NULL: a path or a name */
} schemes[] = {
    {STR("udp://"), LISTEN_UDP, "514"},
    {STR("tcp://"), LISTEN_TCP, "514"},
    {STR("tls://"), LISTEN_TLS, "6514"},
    {STR("unix:"), LISTEN_UNIX, NULL},
    {STR("systemd:"), LISTEN_SYSTEMD, NULL},
};

static int
set(char *place, size_t size, struct str value, struct reterr *err)
{
	if (value.n >= size || (value.n && memchr(value.p, '\0', value.n)))
		return reterr_set(err, EINVAL, "'%.*s' is too long",
		    (int)(value.n < 60 ? value.n : 60), value.p);
	memcpy(place, value.n ? value.p : "", value.n);
	place[value.n] = '\0';
	return 0;
}

/* "[::1]:514", "0.0.0.0:514", ":514", "web1", "::1" */
static int
parse_host(struct str text, const struct scheme *s, struct listen_address *ret,
    struct reterr *err)
{
	struct str host = text, port = STR_NULL;
	uint64_t number;
	int r;

	if (text.n && text.p[0] == '[') {
		ptrdiff_t end = str_chr(text, ']');

		if (end < 0)
			return reterr_set(err, EINVAL, "'[' without ']'");
		host = str_sub(text, 1, (size_t)end - 1);
		port = str_skip(text, (size_t)end + 1);
		if (port.n && port.p[0] != ':')
			return reterr_set(
			    err, EINVAL, "there is no ':' behind ']'");
		port = str_skip(port, 1);
	} else if (str_chr(text, ':') >= 0) {
		struct str rest = str_cut(text, ':', &host);

		if (str_chr(rest, ':') >= 0) /* an IPv6 address, bare */
			host = text;
		else
			port = rest;
	}
	if (str_chr(text, '/') >= 0)
		return reterr_set(err, EINVAL, "there is a '/' in it");
	if (port.n &&
	    (!str_to_u64(port, &number) || number < 1 || number > 65535))
		return reterr_set(
		    err, EINVAL, "'%.*s' is no port", STR_ARG(port));
	if (str_eq(host, STR("*")))
		host = STR_NULL;
	r = set(ret->host, sizeof(ret->host), host, err);
	return r < 0 ? r
		     : set(ret->port, sizeof(ret->port),
			   port.n ? port : str_of(s->port), err);
}

int
listen_address_parse(
    struct str text, struct listen_address *ret, struct reterr *err)
{
	struct listen_address a = {.scheme = LISTEN_UDP};
	int r = -EINVAL;

	for (size_t i = 0; i < ARRAY_SIZE(schemes); i++) {
		const struct scheme *s = &schemes[i];
		struct str rest;

		if (!str_starts(text, s->prefix))
			continue;
		rest = str_skip(text, s->prefix.n);
		a.scheme = s->scheme;
		if (s->port)
			r = parse_host(rest, s, &a, err);
		else if (!rest.n)
			r = reterr_set(
			    err, EINVAL, "nothing stands behind ':'");
		else if (s->scheme == LISTEN_UNIX && rest.p[0] != '/')
			r = reterr_set(err, EINVAL,
			    "'%.*s' is not an absolute path", STR_ARG(rest));
		else
			r = set(a.path, sizeof(a.path), rest, err);
		if (r == 0)
			*ret = a;
		return r;
	}
	return reterr_set(err, EINVAL,
	    "'%.*s' begins with none of udp://, tcp://, tls://, unix:/ and "
	    "systemd:",
	    STR_ARG(text));
}

/* ---- counts ---- */

#define AT(field) offsetof(struct listen_counts, field)

static const struct {
	const char *name;
	size_t at;
} counts[] = {
    {"connections", AT(connections)},
    {"accepted", AT(accepted)},
    {"messages", AT(messages)},
    {"bytes", AT(bytes)},
    {"oversize", AT(oversize)},
    {"cut_bytes", AT(cut)},
    {"lost", AT(lost)},
    {"refused", AT(refused)},
    {"idle_closed", AT(idle)},
    {"broken", AT(broken)},
    {"limited", AT(limited)},
    /* from here on for us alone */
    {"socket", AT(socket)},
    {"drops", AT(drops)},
};
#define COUNTS_SHOWN (ARRAY_SIZE(counts) - 2)

const char *
listen_counts_name(size_t i)
{
	return i < COUNTS_SHOWN ? counts[i].name : NULL;
}

uint64_t
listen_counts_value(const struct listen_counts *n, size_t i)
{
	return *(const uint64_t *)((const char *)n + counts[i].at);
}

void
listen_counts_write(const struct listen_counts *n, struct buf *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++)
		buf_addf(out, "%s%s=%llu", i ? " " : "", counts[i].name,
		    (unsigned long long)listen_counts_value(n, i));
	if (n->error[0])
		buf_addf(out, " error=%s", n->error);
}

bool
listen_counts_read(struct str text, struct listen_counts *ret)
{
	struct listen_counts n = {0};
	bool any = false;

	while (text.n > 0) {
		struct str word, name, value;
		uint64_t v;

		if (str_starts(text, STR("error="))) {
			text =
			    str_sub(str_skip(text, 6), 0, sizeof(n.error) - 1);
			memcpy(n.error, text.p, text.n);
			break;
		}
		text = str_cut(text, ' ', &word);
		value = str_cut(word, '=', &name);
		if (!value.p || !str_to_u64(value, &v))
			return false;
		for (size_t i = 0; i < ARRAY_SIZE(counts); i++)
			if (str_eq(name, str_of(counts[i].name))) {
				*(uint64_t *)((char *)&n + counts[i].at) = v;
				any = true;
			}
	}
	if (any)
		*ret = n;
	return any;
}
