/* SPDX-License-Identifier: MIT */
/*
 * [webhook]: where alerts, marks and metrics are asked for, and the secrets of
 * it.
 *
 * Secrets never stand in the configuration, which people show each other, but
 * in files: a path, or what systemd hands over by LoadCredential, which is
 * found without being named.  A file may hold several, a line each, so that
 * they can be exchanged without a moment in which neither fits.
 *
 * An address that other machines can reach needs a token; on this machine a
 * socket's mode may say enough, and is warned about where it does not.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/un.h>

#include "config-internal.h"
#include "recount/file.h"

#define BODY_DEFAULT ((int64_t)1024 * 1024)
#define BODY_MAX ((int64_t)16 * 1024 * 1024)
#define TIMEOUT_DEFAULT (10 * USEC_PER_SEC)
#define CONNECTIONS_DEFAULT 64
#define CONNECTIONS_MAX 4096

int
config_begin_webhook(struct loading *l)
{
	struct config_webhook *w;

	if (l->config->webhook) /* a drop-in goes on with it */
		return 0;
	w = l->config->webhook = xcalloc(1, sizeof(*w));
	w->listen = xstrdup(CONFIG_WEBHOOK_LISTEN);
	w->local = true;
	w->body_max = BODY_DEFAULT;
	w->timeout = TIMEOUT_DEFAULT;
	w->connections = CONNECTIONS_DEFAULT;
	w->where = xasprintf("%s:%u", l->file, l->line);
	return 0;
}

void
config_webhook_free(struct config_webhook *w)
{
	if (!w)
		return;
	xfree(w->listen);
	xfree(w->token);
	xfree(w->key);
	xfree(w->where);
	xfree(w);
}

/* A token may come from a later drop-in, so this is for the end. */
int
config_check_webhook(const struct config_webhook *w, struct reterr *err)
{
	CLEANUP(buf_free) struct buf token = BUF_INIT;

	if (!w || w->local || w->token ||
	    (secret_read(NULL, CONFIG_TOKEN_CREDENTIAL, &token, NULL) == 0 &&
		token.n))
		return 0;
	return reterr_set(err, EINVAL,
	    "%s: [webhook] listens where other machines can reach it, so it "
	    "needs a token-file",
	    w->where);
}

/* "HOST:PORT" with a numeric HOST. */
static bool
is_address(struct str v, bool *ret_local)
{
	unsigned char address[sizeof(struct in6_addr)];
	CLEANUP(xfree) char *host = NULL;
	struct str port = STR_NULL;
	uint64_t number;
	int family = AF_INET;

	for (size_t i = v.n; i-- > 0 && !port.p;)
		if (v.p[i] == ':') {
			port = str_skip(v, i + 1);
			v = str_sub(v, 0, i);
		}
	if (!port.p || !str_to_u64(port, &number) || number == 0 ||
	    number > 65535)
		return false;
	if (v.n > 2 && v.p[0] == '[' && v.p[v.n - 1] == ']') {
		v = str_sub(v, 1, v.n - 2);
		family = AF_INET6;
	}
	host = str_dup(v);
	if (inet_pton(family, host, address) != 1)
		return false;
	*ret_local = family == AF_INET
			 ? address[0] == 127
			 : !memcmp(address, &in6addr_loopback, 16);
	return true;
}

int
key_listen(struct loading *l, struct str v)
{
	struct config_webhook *w = l->config->webhook;
	struct str prefix = STR("unix:");
	size_t most = sizeof(((struct sockaddr_un *)NULL)->sun_path);
	bool local = true;

	if (str_starts(v, prefix)) {
		if (v.n <= prefix.n || v.p[prefix.n] != '/')
			return config_wrong(
			    l, "'%.*s' is not an absolute path", STR_ARG(v));
		if (v.n - prefix.n >= most)
			return config_wrong(
			    l, "the path has over %zu bytes", most - 1);
	} else if (!is_address(v, &local)) {
		return config_wrong(l,
		    "'%.*s' is neither unix:/path nor an address and port, "
		    "such as 127.0.0.1:9097",
		    STR_ARG(v));
	}
	w->local = local;
	return config_set_text(l, v, &w->listen);
}

static int
set_secret(struct loading *l, struct str v, char **place)
{
	struct str prefix = STR("credential:");
	struct str name = str_skip(v, prefix.n);

	if (str_starts(v, prefix)) {
		if (name.n == 0 || str_chr(name, '/') >= 0)
			return config_wrong(l,
			    "'%.*s' is no name of a credential", STR_ARG(name));
	} else if (v.n && v.p[0] != '/') {
		return config_wrong(l,
		    "'%.*s' is neither an absolute path nor credential:NAME",
		    STR_ARG(v));
	}
	return config_set_text(l, v, place);
}

int
key_token(struct loading *l, struct str v)
{
	return set_secret(l, v, &l->config->webhook->token);
}

int
key_pagerduty(struct loading *l, struct str v)
{
	return set_secret(l, v, &l->config->webhook->key);
}

int
key_max_body(struct loading *l, struct str v)
{
	int64_t n;

	if (config_size_parse(v, &n) < 0)
		return config_wrong(
		    l, "'%.*s' is no size; try 1M or 256K", STR_ARG(v));
	if (n < 1024 || n > BODY_MAX)
		return config_wrong(l, "must be between 1K and 16M");
	l->config->webhook->body_max = n;
	return 0;
}

int
key_timeout(struct loading *l, struct str v)
{
	usec_t *timeout = &l->config->webhook->timeout;
	int r = config_set_span(l, v, timeout);

	if (r == 0 && (*timeout < USEC_PER_SEC || *timeout > 10 * USEC_PER_MIN))
		return config_wrong(l, "must be between 1s and 10min");
	return r;
}

int
key_connections(struct loading *l, struct str v)
{
	uint64_t n;

	if (!str_to_u64(v, &n) || n < 1 || n > CONNECTIONS_MAX)
		return config_wrong(
		    l, "must be a number from 1 to %d", CONNECTIONS_MAX);
	l->config->webhook->connections = (unsigned)n;
	return 0;
}

int
key_metrics(struct loading *l, struct str v)
{
	static const struct {
		struct str word;
		enum config_access access;
	} words[] = {
	    {STR("token"), ACCESS_TOKEN},
	    {STR("open"), ACCESS_OPEN},
	    {STR("no"), ACCESS_NO},
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (str_eq(words[i].word, v)) {
			l->config->webhook->metrics = words[i].access;
			return 0;
		}
	return config_wrong(l, "'%.*s' is none of token, open, no", STR_ARG(v));
}

/* ---- secrets ---- */

int
secret_read(
    const char *place, const char *usual, struct buf *ret, struct reterr *err)
{
	CLEANUP(buf_free) struct buf text = BUF_INIT;
	CLEANUP(xfree) char *path = NULL;
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	struct str credential = STR("credential:"), rest, line;
	bool named = place != NULL;
	int r;

	if (named && str_starts(str_of(place), credential)) {
		if (!folder)
			return reterr_set(err, ENOENT,
			    "%s: there is no $CREDENTIALS_DIRECTORY", place);
		usual = place + credential.n;
		place = NULL;
	}
	if (!place && !folder)
		return 0;
	path = place ? xstrdup(place) : xasprintf("%s/%s", folder, usual);
	r = file_read(path, SECRETS_BYTES_MAX, &text, err);
	if (r == -ENOENT && !named)
		return 0;
	if (r < 0)
		return r;
	for (rest = buf_str(&text); rest.n;) {
		rest = str_cut(rest, '\n', &line);
		if (line.n && line.p[line.n - 1] == '\r')
			line.n--;
		line = str_trim(line);
		if (line.n) {
			buf_add_str(ret, line);
			buf_addc(ret, '\n');
		}
	}
	if (text.n)
		explicit_bzero(text.p, text.n);
	return ret->n ? 0
		      : reterr_set(
			    err, EINVAL, "%s: there is no secret in it", path);
}
