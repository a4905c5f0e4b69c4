/* SPDX-License-Identifier: MIT */
/*
 * The HTTP endpoint: alerts and marks come in, metrics go out.
 *
 * A sender believes its alert safe as soon as it is answered, so a body that
 * was taken in waits, with its request, for a commit; one follows within
 * COMMIT_MSEC, for all that came meanwhile, so a flood of alerts costs no more
 * commits than a trickle.  While the store cannot be written, nothing is taken
 * and senders are told to come again (503), which all of them do.
 *
 * A body that was in a batch when its commit failed stays pending like
 * everything else; its sender is told to come again as well, and is then known.
 */
#include "webhook.h"

#include <event2/event.h>
#include <limits.h>
#include <stdlib.h>

#include "daemon-metrics.h"
#include "daemon.h"
#include "recount/log.h"

#define COMMIT_MSEC 20
#define JSON "application/json"
#define METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"
#define TOLD_EVERY 100 /* refused requests per message */

enum endpoint {
	ENDPOINT_ALERTS,
	ENDPOINT_PAGERDUTY,
	ENDPOINT_MARK,
	ENDPOINT_METRICS,
	ENDPOINT_HEALTH,
	ENDPOINT_OTHER,
	ENDPOINT_COUNT,
};

static const struct {
	const char *path;
	enum posted posted;
} endpoints[ENDPOINT_COUNT] = {
    [ENDPOINT_ALERTS] = {"/alertmanager", POSTED_ALERTS},
    [ENDPOINT_PAGERDUTY] = {"/pagerduty", POSTED_PAGERDUTY},
    [ENDPOINT_MARK] = {"/mark", POSTED_MARKS},
    [ENDPOINT_METRICS] = {"/metrics", 0},
    [ENDPOINT_HEALTH] = {"/healthz", 0},
    [ENDPOINT_OTHER] = {"other", 0},
};

/* Statuses that are answered. */
static const int statuses[] = {200, 400, 401, 403, 404, 405, 500, 503};
#define STATUSES ARRAY_SIZE(statuses)

struct waiting { /* for a commit */
	struct http_request *rq;
	enum endpoint endpoint;
	struct ingest_posted posted;
	struct waiting *next;
};

struct webhook {
	struct daemon *d;
	struct config_webhook config; /* strings owned here */
	struct buf tokens, keys;
	struct http_listener *listener;
	struct event *commit;
	struct waiting *waiting, **last;
	uint64_t answered[ENDPOINT_COUNT][STATUSES];
	uint64_t denied; /* told of now and then */
};

/* ---- answers ---- */

static void
answer(struct webhook *w, struct http_request *rq, enum endpoint e, int status,
    const char *type, struct str body)
{
	for (size_t i = 0; i < STATUSES; i++)
		w->answered[e][i] += statuses[i] == status;
	http_reply(rq, status, type, body);
}

static void
answer_error(struct webhook *w, struct http_request *rq, enum endpoint e,
    int status, const char *text)
{
	CLEANUP(buf_free) struct buf body = BUF_INIT;

	buf_adds(&body, "{\"error\": \"");
	for (; *text; text++)
		if (*text == '"' || *text == '\\' || (unsigned char)*text < ' ')
			buf_addc(&body, '\'');
		else
			buf_addc(&body, *text);
	buf_adds(&body, "\"}\n");
	if (status == 401)
		http_reply_header(
		    rq, "WWW-Authenticate", "Bearer realm=\"recountd\"");
	if (status == 503)
		http_reply_header(rq, "Retry-After", "5");
	answer(w, rq, e, status, JSON, buf_str(&body));
}

static void
answer_paused(struct webhook *w, struct http_request *rq, enum endpoint e)
{
	answer_error(w, rq, e, 503,
	    "the store cannot be written at the moment; send it again");
}

/* What waited is durable, or cannot be made so now. */
static void
answer_waiting(struct webhook *w, bool durable)
{
	struct waiting *one = w->waiting, *next;

	w->waiting = NULL;
	w->last = &w->waiting;
	for (; one; one = next) {
		CLEANUP(buf_free) struct buf body = BUF_INIT;

		next = one->next;
		buf_addf(&body, "{\"events\": %zu, \"known\": %zu}\n",
		    one->posted.events, one->posted.known);
		if (durable)
			answer(w, one->rq, one->endpoint, 200, JSON,
			    buf_str(&body));
		else
			answer_paused(w, one->rq, one->endpoint);
		xfree(one);
	}
}

static void
on_commit(evutil_socket_t fd, short what, void *arg)
{
	struct webhook *w = arg;

	if (!w->waiting)
		return;
	daemon_commit(w->d);
	answer_waiting(w, !daemon_paused(w->d));
}

/* ---- posts ---- */

/* 0, or the status of what keeps rq from it. */
static int
denied(struct webhook *w, struct http_request *rq, enum endpoint e,
    const char **ret_text)
{
	bool bearer = auth_bearer(
	    buf_str(&w->tokens), http_request_header(rq, "Authorization"));

	if (e == ENDPOINT_PAGERDUTY && w->keys.n) {
		*ret_text = "X-PagerDuty-Signature is missing, or does not "
			    "fit the body";
		return auth_signature(buf_str(&w->keys), http_request_body(rq),
			   http_request_header(rq, "X-PagerDuty-Signature"))
			   ? 0
			   : 401;
	}
	/* Such messages come from far away, through some proxy. */
	if (e == ENDPOINT_PAGERDUTY && !w->tokens.n) {
		*ret_text = "neither a pagerduty-key-file nor a token-file is "
			    "configured";
		return 403;
	}
	*ret_text = "the bearer token is missing, or wrong";
	return !w->tokens.n || bearer ? 0 : 401;
}

static void
take(struct webhook *w, struct http_request *rq, enum endpoint e)
{
	static const struct timeval soon = {0, COMMIT_MSEC * 1000};
	CLEANUP(xfree)
	char *name = xasprintf("%s%s%s", w->config.listen,
	    w->config.listen[0] == 'u' ? ":" : "", endpoints[e].path);
	struct ingest_posted posted = {0};
	struct reterr err = {""};
	struct waiting *one;
	int r;

	if (daemon_paused(w->d)) {
		answer_paused(w, rq, e);
		return;
	}
	if (http_request_body(rq).n == 0) {
		answer_error(w, rq, e, 400, "the body is empty");
		return;
	}
	r = ingest_posted(daemon_ingest(w->d), name, endpoints[e].posted,
	    http_request_body(rq), NULL, &posted, &err);
	if (r < 0) {
		if (r != -EINVAL)
			daemon_refused(w->d, name, r);
		answer_error(w, rq, e, r == -EINVAL ? 400 : 500,
		    err.text[0] ? err.text : strerror(-r));
		return;
	}
	one = xcalloc(1, sizeof(*one));
	one->rq = rq;
	one->endpoint = e;
	one->posted = posted;
	*w->last = one;
	w->last = &one->next;
	if (!evtimer_pending(w->commit, NULL))
		evtimer_add(w->commit, &soon);
}

static void
on_post(struct webhook *w, struct http_request *rq, enum endpoint e)
{
	const char *text = "";
	int status = denied(w, rq, e, &text);

	if (http_request_method(rq) != HTTP_POST) {
		http_reply_header(rq, "Allow", "POST");
		answer_error(w, rq, e, 405, "this takes POST only");
	} else if (status) {
		if (w->denied++ % TOLD_EVERY == 0)
			log_warning("%s%s: refused: %s", w->config.listen,
			    endpoints[e].path, text);
		answer_error(w, rq, e, status, text);
	} else {
		take(w, rq, e);
	}
}

/* ---- what is told ---- */

static void
on_health(struct webhook *w, struct http_request *rq)
{
	if (daemon_paused(w->d))
		answer(w, rq, ENDPOINT_HEALTH, 503, JSON,
		    STR("{\"status\": \"paused\", \"error\": \"the store "
			"cannot be written\"}\n"));
	else
		answer(w, rq, ENDPOINT_HEALTH, 200, JSON,
		    STR("{\"status\": \"ok\"}\n"));
}

static void
on_metrics(struct webhook *w, struct http_request *rq)
{
	CLEANUP(buf_free) struct buf out = BUF_INIT;

	if (w->config.metrics == ACCESS_TOKEN && w->tokens.n &&
	    !auth_bearer(buf_str(&w->tokens),
		http_request_header(rq, "Authorization"))) {
		answer_error(w, rq, ENDPOINT_METRICS, 401,
		    "the bearer token is missing, or wrong");
		return;
	}
	daemon_metrics(w->d, &out);
	answer(w, rq, ENDPOINT_METRICS, 200, METRICS_TYPE, buf_str(&out));
}

static enum endpoint
endpoint_of(const struct webhook *w, const char *path)
{
	for (int e = 0; e < ENDPOINT_OTHER; e++) {
		if (strcmp(path, endpoints[e].path) != 0)
			continue;
		if (w->config.metrics == ACCESS_NO && e >= ENDPOINT_METRICS)
			break;
		return (enum endpoint)e;
	}
	return ENDPOINT_OTHER;
}

static void
on_request(void *arg, struct http_request *rq)
{
	struct webhook *w = arg;
	enum endpoint e = endpoint_of(w, http_request_path(rq));
	enum http_method method = http_request_method(rq);

	if (e == ENDPOINT_OTHER) {
		answer_error(w, rq, e, 404,
		    "there are /alertmanager, /pagerduty, /mark, /metrics and "
		    "/healthz");
	} else if (e < ENDPOINT_METRICS) {
		on_post(w, rq, e);
	} else if (method != HTTP_GET && method != HTTP_HEAD) {
		http_reply_header(rq, "Allow", "GET, HEAD");
		answer_error(w, rq, e, 405, "this takes GET only");
	} else if (e == ENDPOINT_METRICS) {
		on_metrics(w, rq);
	} else {
		on_health(w, rq);
	}
}

void
webhook_metrics(const struct webhook *w, struct buf *out)
{
	struct http_counts n;

	http_listener_counts(w->listener, &n);
	metrics_head(out, "recount_webhook_requests_total", "counter",
	    "Requests answered.");
	for (int e = 0; e < ENDPOINT_COUNT; e++)
		for (size_t i = 0; i < STATUSES; i++)
			if (w->answered[e][i] > 0 || statuses[i] == 200)
				buf_addf(out,
				    "recount_webhook_requests_total{"
				    "endpoint=\"%s\",code=\"%d\"} %llu\n",
				    endpoints[e].path, statuses[i],
				    (unsigned long long)w->answered[e][i]);
	metrics_one(out, "recount_webhook_connections", "gauge",
	    "Connections open now.", n.open);
	metrics_one(out, "recount_webhook_connections_accepted_total",
	    "counter", "Connections accepted.", (double)n.accepted);
	metrics_one(out, "recount_webhook_connections_timed_out_total",
	    "counter", "Connections closed for being slow or idle.",
	    (double)n.timed_out);
	metrics_one(out, "recount_webhook_malformed_total", "counter",
	    "Requests that were no HTTP, or too large.", (double)n.refused);
}

/* ---- beginning and end ---- */

/* 0 and the secrets as they are now; -errno after a message. */
static int
read_secrets(
    const struct config_webhook *cw, struct buf *tokens, struct buf *keys)
{
	struct reterr err = {""};
	int r = secret_read(cw->token, CONFIG_TOKEN_CREDENTIAL, tokens, &err);

	if (r == 0)
		r = secret_read(cw->key, CONFIG_KEY_CREDENTIAL, keys, &err);
	if (r < 0)
		log_error("%s: [webhook]: %s", cw->where, err.text);
	return r;
}

static void
forget(struct buf *secrets)
{
	if (secrets->p)
		explicit_bzero(secrets->p, secrets->size);
	buf_free(secrets);
}

static void
config_copy(struct config_webhook *to, const struct config_webhook *from)
{
	*to = *from;
	to->listen = xstrdup(from->listen);
	to->token = xstrdup(from->token);
	to->key = xstrdup(from->key);
	to->where = xstrdup(from->where);
}

static void
config_end(struct config_webhook *c)
{
	xfree(c->listen);
	xfree(c->token);
	xfree(c->key);
	xfree(c->where);
}

struct webhook *
webhook_new(struct daemon *d, const struct config_webhook *cw)
{
	struct webhook *w = xcalloc(1, sizeof(*w));
	struct http_options o = {
	    .listen = cw->listen,
	    .fd = -1,
	    .body_max = (size_t)cw->body_max,
	    .timeout = cw->timeout,
	    .connections_max = cw->connections,
	};
	struct reterr err = {""};
	int r = read_secrets(cw, &w->tokens, &w->keys);

	w->d = d;
	w->last = &w->waiting;
	config_copy(&w->config, cw);
	if (r == 0) {
		r = http_listen(
		    daemon_base(d), &o, on_request, w, &w->listener, &err);
		if (r < 0)
			log_error("%s: [webhook]: %s", cw->where, err.text);
	}
	if (r < 0) {
		webhook_free(w);
		return NULL;
	}
	w->commit = evtimer_new(daemon_base(d), on_commit, w);
	if (!w->commit)
		abort(); /* out of memory */
	if (!w->tokens.n && cw->listen[0] != 'u')
		log_warning("%s: anybody on this machine may post: there is "
			    "no token-file",
		    cw->listen);
	log_info("listening for alerts and marks on %s", cw->listen);
	return w;
}

void
webhook_free(struct webhook *w)
{
	if (!w)
		return;
	if (w->waiting) {
		daemon_commit(w->d);
		answer_waiting(w, !daemon_paused(w->d));
	}
	if (w->commit)
		event_free(w->commit);
	http_listener_free(w->listener);
	forget(&w->tokens);
	forget(&w->keys);
	config_end(&w->config);
	xfree(w);
}

static bool
same_listener(const struct config_webhook *a, const struct config_webhook *b)
{
	return !strcmp(a->listen, b->listen) && a->body_max == b->body_max &&
	       a->timeout == b->timeout && a->connections == b->connections;
}

struct webhook *
webhook_reload(
    struct webhook *w, struct daemon *d, const struct config_webhook *cw)
{
	struct buf tokens = BUF_INIT, keys = BUF_INIT;

	if (!w || !cw || !same_listener(&w->config, cw)) {
		webhook_free(w);
		return cw ? webhook_new(d, cw) : NULL;
	}
	/* Senders notice nothing; only who may send changes. */
	if (read_secrets(cw, &tokens, &keys) < 0) {
		log_error("%s: the secrets stay as they were", cw->listen);
		forget(&tokens);
		forget(&keys);
		return w;
	}
	forget(&w->tokens);
	forget(&w->keys);
	w->tokens = tokens;
	w->keys = keys;
	config_end(&w->config);
	config_copy(&w->config, cw);
	return w;
}
