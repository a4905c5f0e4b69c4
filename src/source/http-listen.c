/* SPDX-License-Identifier: MIT */
/*
 * HTTP by libevent's evhttp, with what evhttp (2.1) has not: a limit of
 * connections, a deadline for a whole request, and errors as JSON.
 *
 * evhttp does not tell when it drops a connection.  So each connection's
 * bufferevent has a reference of ours besides evhttp's: evhttp takes its
 * callbacks off before it lets go, and a sweep a few times a second, and at
 * each new connection, gives up those without callbacks.  (The descriptor is
 * closed by evhttp at once; what lingers is a few hundred bytes.)  At the limit
 * nothing more is accepted, and the kernel's queue waits.
 *
 * evhttp's time-out is for silence, so a sender of a byte every second could
 * stay for ever.  The sweep ends connections that did not complete a request
 * (or take a reply) in time, by the event that evhttp's own time-out makes.
 *
 * evhttp answers what it does not understand, or finds too large, by itself,
 * with a page for people.  A callback on the output sees that it was not us,
 * and before anything is written, a JSON text is put in its place.
 */
#include "recount/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <event2/listener.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define HEADERS_MAX 16384
#define BACKLOG 64
/* "HTTP/1.1 413" */
#define STATUS_BYTES 12
#define SWEEP_MSEC 200

struct connection {
	struct http_listener *l;
	struct connection *next;
	struct bufferevent *bev; /* a reference */
	struct event *replace;   /* evhttp's own reply, before it is written */
	int64_t since;           /* monotonic seconds: what is due now began */
	bool busy;               /* a request is with its user */
	bool ours;               /* the bytes that come now are our reply */
	bool refused;            /* evhttp answered by itself */
};

struct http_request {
	struct http_listener *l;
	struct evhttp_request *rq;
	char *path;
};

struct http_listener {
	struct event_base *base;
	struct evhttp *http;
	struct evconnlistener *accepting; /* http's */
	struct event *sweep;
	struct http_options o;
	char *unix_path; /* to remove; NULL: none */
	struct stat unix_stat;
	struct connection *connections;
	struct http_counts counts;
	bool held; /* not accepting: at the limit, or an error */
	http_fn fn;
	void *arg;
};

static int64_t
seconds_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

/* ---- connections ---- */

static void
hold(struct http_listener *l, bool held)
{
	if (l->held == held)
		return;
	l->held = held;
	if (held)
		evconnlistener_disable(l->accepting);
	else
		evconnlistener_enable(l->accepting);
}

static void
connection_free(struct connection *c)
{
	event_free(c->replace);
	bufferevent_decref(c->bev);
	xfree(c);
}

static bool
is_dropped(const struct connection *c)
{
	bufferevent_data_cb read, write;
	bufferevent_event_cb event;
	void *arg;

	bufferevent_getcb(c->bev, &read, &write, &event, &arg);
	return !read && !write && !event;
}

static void
free_dropped(struct http_listener *l)
{
	for (struct connection **at = &l->connections; *at;) {
		struct connection *c = *at;

		if (!is_dropped(c)) {
			at = &c->next;
			continue;
		}
		*at = c->next;
		l->counts.open--;
		connection_free(c);
	}
}

static const char *
refusal(int status)
{
	switch (status) {
	case 413:
		return "the body is larger than max-body";
	case 417:
		return "this Expect is not supported";
	case 501:
		return "this method is not supported";
	default:
		return "this is no HTTP request";
	}
}

/* Nothing of the reply is written before the loop asks what is writable. */
static void
on_replace(evutil_socket_t fd, short what, void *arg)
{
	CLEANUP(buf_free) struct buf body = BUF_INIT;
	struct connection *c = arg;
	struct evbuffer *out = bufferevent_get_output(c->bev);
	char line[STATUS_BYTES + 1] = "";
	int status;

	if (evbuffer_copyout(out, line, STATUS_BYTES) < STATUS_BYTES)
		return;
	status = atoi(line + 9);
	buf_addf(&body, "{\"error\": \"%s\"}\n", refusal(status));
	evbuffer_unfreeze(out, 1);
	evbuffer_drain(out, evbuffer_get_length(out));
	evbuffer_freeze(out, 1);
	evbuffer_add_printf(out,
	    "HTTP/1.1 %d Refused\r\nContent-Type: application/json\r\n"
	    "Content-Length: %zu\r\nConnection: close\r\n\r\n%s",
	    status, body.n, body.p);
}

static void
on_output(struct evbuffer *out, const struct evbuffer_cb_info *info, void *arg)
{
	struct connection *c = arg;
	char line[STATUS_BYTES + 1] = "";

	if (c->ours || c->refused || info->n_added == 0 ||
	    evbuffer_copyout(out, line, STATUS_BYTES) < STATUS_BYTES ||
	    (line[9] != '4' && line[9] != '5'))
		return;
	c->refused = true;
	c->l->counts.refused++;
	event_active(c->replace, EV_TIMEOUT, 0);
}

static void
sweep_soon(struct http_listener *l)
{
	static const struct timeval soon = {0, SWEEP_MSEC * 1000};

	if (!evtimer_pending(l->sweep, NULL))
		evtimer_add(l->sweep, &soon);
}

/* evhttp wants a bufferevent for a connection it has accepted. */
static struct bufferevent *
connection_new(struct event_base *base, void *arg)
{
	struct http_listener *l = arg;
	struct connection *c = xcalloc(1, sizeof(*c));

	/* Without BEV_OPT_CLOSE_ON_FREE evhttp closes the descriptor. */
	c->bev = bufferevent_socket_new(base, -1, 0);
	c->replace = event_new(base, -1, 0, on_replace, c);
	if (!c->bev || !c->replace ||
	    !evbuffer_add_cb(bufferevent_get_output(c->bev), on_output, c))
		abort(); /* out of memory */
	bufferevent_incref(c->bev);
	c->l = l;
	c->since = seconds_now();
	free_dropped(l);
	c->next = l->connections;
	l->connections = c;
	l->counts.accepted++;
	if (++l->counts.open >= l->o.connections_max)
		hold(l, true);
	sweep_soon(l);
	return c->bev;
}

static struct connection *
connection_of(const struct http_listener *l, struct evhttp_request *rq)
{
	struct evhttp_connection *evcon = evhttp_request_get_connection(rq);
	struct bufferevent *bev =
	    evcon ? evhttp_connection_get_bufferevent(evcon) : NULL;
	struct connection *c = bev ? l->connections : NULL;

	while (c && c->bev != bev)
		c = c->next;
	return c;
}

static void
on_sweep(evutil_socket_t fd, short what, void *arg)
{
	struct http_listener *l = arg;
	int64_t now = seconds_now();
	int64_t most = (l->o.timeout + USEC_PER_SEC - 1) / USEC_PER_SEC;

	free_dropped(l);
	for (struct connection *c = l->connections; c; c = c->next) {
		if (c->busy || now - c->since <= most)
			continue;
		c->since = now;
		l->counts.timed_out++;
		bufferevent_trigger_event(c->bev,
		    BEV_EVENT_READING | BEV_EVENT_TIMEOUT,
		    BEV_TRIG_DEFER_CALLBACKS);
	}
	if (l->counts.open < l->o.connections_max)
		hold(l, false);
	if (l->connections || l->held)
		sweep_soon(l);
}

/* No descriptors left, usually: not again before the next sweep. */
static void
on_accept_error(struct evconnlistener *accepting, void *arg)
{
	hold(arg, true);
	sweep_soon(arg);
}

/* ---- requests ---- */

static void
on_request(struct evhttp_request *evrq, void *arg)
{
	struct http_listener *l = arg;
	struct http_request *rq = xcalloc(1, sizeof(*rq));
	struct connection *c = connection_of(l, evrq);
	const char *uri = evhttp_request_get_uri(evrq);

	if (c)
		c->busy = true;
	rq->l = l;
	rq->rq = evrq;
	rq->path = xmemdup0(uri, strcspn(uri, "?#"));
	l->fn(l->arg, rq);
}

enum http_method
http_request_method(const struct http_request *rq)
{
	switch (evhttp_request_get_command(rq->rq)) {
	case EVHTTP_REQ_GET:
		return HTTP_GET;
	case EVHTTP_REQ_HEAD:
		return HTTP_HEAD;
	case EVHTTP_REQ_POST:
		return HTTP_POST;
	default:
		return HTTP_OTHER;
	}
}

const char *
http_request_path(const struct http_request *rq)
{
	return rq->path;
}

const char *
http_request_header(const struct http_request *rq, const char *name)
{
	return evhttp_find_header(
	    evhttp_request_get_input_headers(rq->rq), name);
}

struct str
http_request_body(struct http_request *rq)
{
	struct evbuffer *in = evhttp_request_get_input_buffer(rq->rq);
	size_t n = evbuffer_get_length(in);

	return (struct str){
	    n > 0 ? (const char *)evbuffer_pullup(in, -1) : "", n};
}

void
http_reply_header(struct http_request *rq, const char *name, const char *value)
{
	evhttp_add_header(
	    evhttp_request_get_output_headers(rq->rq), name, value);
}

/* The reply is on its way as a whole. */
static void
on_complete(struct evhttp_request *evrq, void *arg)
{
	struct connection *c = connection_of(arg, evrq);

	if (!c)
		return;
	c->ours = false;
	c->since = seconds_now();
}

void
http_reply(
    struct http_request *rq, int status, const char *type, struct str body)
{
	struct connection *c = connection_of(rq->l, rq->rq);
	struct evbuffer *out = evbuffer_new();

	if (!out || evbuffer_add(out, body.p, body.n) < 0)
		abort(); /* out of memory */
	if (c) {
		c->busy = false;
		c->ours = true;
		c->since = seconds_now();
	}
	http_reply_header(rq, "Content-Type", type);
	/* Who is refused may have more of it to say: not here. */
	if (status >= 400)
		http_reply_header(rq, "Connection", "close");
	evhttp_request_set_on_complete_cb(rq->rq, on_complete, rq->l);
	evhttp_send_reply(rq->rq, status, NULL, out);
	evbuffer_free(out);
	xfree(rq->path);
	xfree(rq);
}

/* ---- listening ---- */

static int
unix_address(const char *path, struct sockaddr_un *sun)
{
	size_t n = strlen(path);

	if (n >= sizeof(sun->sun_path))
		return -ENAMETOOLONG;
	*sun = (struct sockaddr_un){.sun_family = AF_UNIX};
	memcpy(sun->sun_path, path, n);
	return 0;
}

/* A socket file that nobody answers on is left over. */
static int
remove_stale(const char *path, const struct sockaddr_un *sun)
{
	struct stat st;
	int fd, r;

	if (lstat(path, &st) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EEXIST;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	r = connect(fd, (const struct sockaddr *)sun, sizeof(*sun));
	if (r == 0 || errno == EAGAIN) {
		close(fd);
		return -EADDRINUSE;
	}
	close(fd);
	return unlink(path) < 0 && errno != ENOENT ? -errno : 0;
}

static int
listen_unix(struct http_listener *l, const char *path, int *ret)
{
	struct sockaddr_un sun;
	int fd, r = unix_address(path, &sun);

	r = r < 0 ? r : remove_stale(path, &sun);
	if (r < 0)
		return r;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	/* Nobody can connect before listen(), so not with another mode. */
	if (bind(fd, (struct sockaddr *)&sun, sizeof(sun)) < 0 ||
	    chmod(path, 0660) < 0 || listen(fd, BACKLOG) < 0 ||
	    lstat(path, &l->unix_stat) < 0) {
		r = -errno;
		close(fd);
		return r;
	}
	l->unix_path = xstrdup(path);
	*ret = fd;
	return 0;
}

static int
listen_inet(const char *text, int *ret)
{
	struct sockaddr_storage ss;
	int n = sizeof(ss), one = 1, fd, r;

	if (evutil_parse_sockaddr_port(text, (struct sockaddr *)&ss, &n) < 0)
		return -EINVAL;
	fd =
	    socket(ss.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0 ||
	    bind(fd, (struct sockaddr *)&ss, (socklen_t)n) < 0 ||
	    listen(fd, BACKLOG) < 0) {
		r = -errno;
		close(fd);
		return r;
	}
	*ret = fd;
	return 0;
}

static void
start(struct http_listener *l, int fd)
{
	l->http = evhttp_new(l->base);
	l->sweep = evtimer_new(l->base, on_sweep, l);
	l->accepting = evconnlistener_new(l->base, NULL, NULL,
	    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd);
	if (!l->http || !l->sweep || !l->accepting)
		abort(); /* out of memory */
	evhttp_set_bevcb(l->http, connection_new, l);
	evhttp_set_gencb(l->http, on_request, l);
	evhttp_set_allowed_methods(
	    l->http, EVHTTP_REQ_GET | EVHTTP_REQ_POST | EVHTTP_REQ_HEAD |
			 EVHTTP_REQ_PUT | EVHTTP_REQ_DELETE |
			 EVHTTP_REQ_OPTIONS | EVHTTP_REQ_PATCH);
	evhttp_set_max_headers_size(l->http, HEADERS_MAX);
	evhttp_set_max_body_size(l->http, (ev_ssize_t)l->o.body_max);
	evhttp_set_timeout_tv(l->http,
	    &(struct timeval){(time_t)(l->o.timeout / USEC_PER_SEC) + 1, 0});
	if (!evhttp_bind_listener(l->http, l->accepting))
		abort(); /* out of memory */
	evconnlistener_set_error_cb(l->accepting, on_accept_error);
}

int
http_listen(struct event_base *base, const struct http_options *o, http_fn fn,
    void *arg, struct http_listener **ret, struct reterr *err)
{
	struct http_listener *l = xcalloc(1, sizeof(*l));
	struct str prefix = STR("unix:");
	int fd = o->fd, r = 0;

	l->base = base;
	l->o = *o;
	l->o.listen = NULL;
	l->fn = fn;
	l->arg = arg;
	if (fd < 0)
		r = str_starts(str_of(o->listen), prefix)
			? listen_unix(l, o->listen + prefix.n, &fd)
			: listen_inet(o->listen, &fd);
	if (r < 0) {
		xfree(l);
		return reterr_set(err, -r, "%s: %s", o->listen, strerror(-r));
	}
	start(l, fd);
	*ret = l;
	return 0;
}

void
http_listener_free(struct http_listener *l)
{
	struct stat st;

	if (!l)
		return;
	event_free(l->sweep);
	evhttp_free(l->http); /* and its listener and connections */
	while (l->connections) {
		struct connection *c = l->connections;

		l->connections = c->next;
		connection_free(c);
	}
	if (l->unix_path && lstat(l->unix_path, &st) == 0 &&
	    st.st_dev == l->unix_stat.st_dev &&
	    st.st_ino == l->unix_stat.st_ino)
		unlink(l->unix_path);
	xfree(l->unix_path);
	xfree(l);
}

void
http_listener_counts(const struct http_listener *l, struct http_counts *ret)
{
	*ret = l->counts;
}
