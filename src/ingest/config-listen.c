/* SPDX-License-Identifier: MIT */
/*
 * Listeners of the configuration: [syslog-listen "NAME"], one address each.
 *
 * The limits have defaults that suit a log host for some hundred machines, and
 * bounds that keep a slip of the pen from taking the memory of the machine.
 */
#include <errno.h>

#include "config-internal.h"

#define MESSAGE_DEFAULT ((int64_t)64 * 1024)
#define CONNECTIONS_DEFAULT 1024
#define SENDER_CONNECTIONS_DEFAULT 256
#define CONNECTIONS_LIMIT 100000
#define RATE_LIMIT 100000000
#define BUFFER_DEFAULT ((int64_t)8 << 20)
#define BUFFER_LIMIT ((int64_t)1 << 30)
#define MODE_DEFAULT 0666 /* as /dev/log has it */

static struct config_listen *
last(struct loading *l)
{
	return &l->config->listens[l->config->n_listens - 1];
}

static void
release(struct config_listen *cl)
{
	xfree(cl->name);
	xfree(cl->certificate);
	xfree(cl->key);
	xfree(cl->client_ca);
	xfree(cl->service);
	xfree(cl->host);
	xfree(cl->format);
	xfree(cl->where);
}

void
config_listens_free(struct config *c)
{
	for (size_t i = 0; i < c->n_listens; i++)
		release(&c->listens[i]);
	xfree(c->listens);
}

void
config_listen_init(struct config_listen *cl, struct str name)
{
	*cl = (struct config_listen){
	    .name = str_dup(name),
	    .message_max = MESSAGE_DEFAULT,
	    .receive_buffer = BUFFER_DEFAULT,
	    .connections_max = CONNECTIONS_DEFAULT,
	    .sender_connections_max = SENDER_CONNECTIONS_DEFAULT,
	    .mode = MODE_DEFAULT,
	};
}

int
config_listen_begin(struct loading *l, struct str title)
{
	struct config *c = l->config;

	title = config_unquoted(str_trim(title));
	if (!title.n)
		return config_wrong(l,
		    "[syslog-listen] needs a name: [syslog-listen \"main\"]");
	for (size_t i = 0; i < c->n_listens; i++)
		if (str_eq(str_of(c->listens[i].name), title))
			return config_wrong(l,
			    "there is a [syslog-listen \"%.*s\"] already",
			    STR_ARG(title));
	c->listens =
	    xreallocarray(c->listens, c->n_listens + 1, sizeof(*c->listens));
	config_listen_init(&c->listens[c->n_listens++], title);
	last(l)->where = xasprintf("%s:%u", l->file, l->line);
	return 0;
}

/* ---- values ---- */

static int
read_path(struct loading *l, struct str v, char **place)
{
	if (!v.n || v.p[0] != '/')
		return config_wrong(
		    l, "'%.*s' is not an absolute path", STR_ARG(v));
	xfree(*place);
	*place = str_dup(v);
	return 0;
}

static int
read_number(struct loading *l, struct str v, uint64_t least, uint64_t most,
    unsigned *ret)
{
	uint64_t n;

	if (!str_to_u64(v, &n) || n < least || n > most)
		return config_wrong(l,
		    "'%.*s' is no number between %llu and %llu", STR_ARG(v),
		    (unsigned long long)least, (unsigned long long)most);
	*ret = (unsigned)n;
	return 0;
}

static int
read_size(
    struct loading *l, struct str v, int64_t least, int64_t most, int64_t *ret)
{
	int64_t n;

	if (config_size_parse(v, &n) < 0 || n < least || n > most)
		return config_wrong(l,
		    "'%.*s' is no size between %lld and %lld bytes", STR_ARG(v),
		    (long long)least, (long long)most);
	*ret = n;
	return 0;
}

static int
read_mode(struct loading *l, struct str v, unsigned *ret)
{
	unsigned mode = 0;

	for (size_t i = 0; i < v.n; i++) {
		if (v.p[i] < '0' || v.p[i] > '7' || mode > 077)
			return config_wrong(l,
			    "'%.*s' is no mode; try 0660 or 0666", STR_ARG(v));
		mode = mode * 8 + (unsigned)(v.p[i] - '0');
	}
	*ret = mode;
	return 0;
}

static int
read_address(struct loading *l, struct str v, struct listen_address *ret)
{
	struct reterr err = {""};

	if (ret->path[0] || ret->port[0])
		return config_wrong(
		    l, "a second address needs a section of its own");
	if (listen_address_parse(v, ret, &err) < 0)
		return config_wrong(l, "listen: %s", err.text);
	return 0;
}

int
config_listen_key(struct loading *l, const char *key, struct str v)
{
	struct config_listen *cl = last(l);
	struct str name = str_of(key);

	if (str_eq(name, STR("listen")))
		return read_address(l, v, &cl->address);
	if (str_eq(name, STR("certificate")))
		return read_path(l, v, &cl->certificate);
	if (str_eq(name, STR("key")))
		return read_path(l, v, &cl->key);
	if (str_eq(name, STR("client-ca")))
		return read_path(l, v, &cl->client_ca);
	if (str_eq(name, STR("max-message")))
		return read_size(l, v, (int64_t)LISTEN_MESSAGE_MIN,
		    (int64_t)LISTEN_MESSAGE_MAX, &cl->message_max);
	if (str_eq(name, STR("max-connections")))
		return read_number(
		    l, v, 1, CONNECTIONS_LIMIT, &cl->connections_max);
	if (str_eq(name, STR("max-connections-per-sender")))
		return read_number(
		    l, v, 1, CONNECTIONS_LIMIT, &cl->sender_connections_max);
	if (str_eq(name, STR("max-rate-per-sender")))
		return read_number(l, v, 0, RATE_LIMIT, &cl->sender_rate);
	if (str_eq(name, STR("receive-buffer")))
		return read_size(l, v, 0, BUFFER_LIMIT, &cl->receive_buffer);
	if (str_eq(name, STR("mode")))
		return read_mode(l, v, &cl->mode);
	/* idle-timeout */
	if (span_parse(v, &cl->idle_max) < 0 || cl->idle_max < 0)
		return config_wrong(
		    l, "'%.*s' is no time span; try 10min or 1h", STR_ARG(v));
	return 0;
}

/* ---- the end of the section ---- */

static int
check(struct loading *l, const struct config_listen *cl)
{
	const struct listen_address *a = &cl->address;
	bool tls = a->scheme == LISTEN_TLS;

	if (!a->path[0] && !a->port[0])
		return config_wrong(l, "[syslog-listen] needs a listen");
	if (tls && !cl->certificate)
		return config_wrong(l, "tls:// needs a certificate");
	if (!tls && a->scheme != LISTEN_SYSTEMD && cl->certificate)
		return config_wrong(
		    l, "a certificate is for tls:// or systemd:");
	if ((cl->key || cl->client_ca) && !cl->certificate)
		return config_wrong(l, "key and client-ca need a certificate");
	return 0;
}

int
config_listen_end(struct loading *l)
{
	struct gathered *g = &l->g;
	struct config_listen *cl = last(l);
	unsigned line = l->line;
	int r;

	cl->service = STEAL(g->service);
	cl->host = STEAL(g->host);
	cl->format = STEAL(g->format);
	cl->zone = g->zone;
	if (g->disabled) {
		release(cl);
		l->config->n_listens--;
		return 0;
	}
	l->line = l->section_line;
	r = check(l, cl);
	l->line = line;
	return r;
}
