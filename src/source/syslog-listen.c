/* SPDX-License-Identifier: MIT */
/*
 * A socket that syslog comes in by: made here or handed over by systemd, over
 * TCP (with TLS or without), UDP, or a path.
 *
 * Whoever gets the messages says when it cannot take more; nothing is read
 * then, so senders on a connection wait, and datagrams wait in the kernel's
 * queue as long as there is room.  Nothing here grows with what is sent: a
 * connection holds one incomplete message, of which there is a longest, and
 * connections are counted.
 */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "listen-internal.h"
#include "recount/intern.h"

#define BACKLOG 512
#define ACCEPT_TURN 64
#define DATAGRAM_TURN 1024
#define DATAGRAM_DRAIN 16384

/* ---- names ---- */

static struct sockaddr_storage
unmapped(const struct sockaddr_storage *from)
{
	const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)from;
	struct sockaddr_storage ret = *from;
	struct sockaddr_in four = {.sin_family = AF_INET};

	if (from->ss_family != AF_INET6 ||
	    !IN6_IS_ADDR_V4MAPPED(&six->sin6_addr))
		return ret;
	four.sin_port = six->sin6_port;
	memcpy(&four.sin_addr, six->sin6_addr.s6_addr + 12, 4);
	ret = (struct sockaddr_storage){0};
	memcpy(&ret, &four, sizeof(four));
	return ret;
}

void
listen_peer_text(const struct sockaddr_storage *from, char *peer, char *host)
{
	struct sockaddr_storage a = unmapped(from);
	char name[64], port[16];
	const char *form = a.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s";

	host[0] = '\0';
	snprintf(peer, LISTEN_PEER_MAX, "unix");
	if ((a.ss_family != AF_INET && a.ss_family != AF_INET6) ||
	    getnameinfo((struct sockaddr *)&a, sizeof(a), name, sizeof(name),
		port, sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		return;
	snprintf(peer, LISTEN_PEER_MAX, form, name, port);
	snprintf(host, LISTEN_PEER_MAX, "%s", name);
}

uint64_t
listen_sender_key(const struct sockaddr_storage *from)
{
	struct sockaddr_storage a = unmapped(from);

	if (a.ss_family == AF_INET)
		return hash64(&((struct sockaddr_in *)&a)->sin_addr, 4);
	if (a.ss_family == AF_INET6)
		return hash64(&((struct sockaddr_in6 *)&a)->sin6_addr, 16);
	return 0;
}

bool
listen_same_sender(
    const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
	return listen_sender_key(a) == listen_sender_key(b);
}

static char *
bound_name(const struct listener *l)
{
	struct sockaddr_storage a = {0};
	socklen_t size = sizeof(a);
	char peer[LISTEN_PEER_MAX], host[LISTEN_PEER_MAX];
	const char *scheme = !l->stream ? "udp" : l->tls ? "tls" : "tcp";

	if (getsockname(l->fd, (struct sockaddr *)&a, &size) < 0)
		return xstrdup(scheme);
	if (a.ss_family == AF_UNIX)
		return xasprintf(
		    "unix:%.*s", 107, ((struct sockaddr_un *)&a)->sun_path);
	listen_peer_text(&a, peer, host);
	return xasprintf("%s://%s", scheme, peer);
}

/* ---- what the parts call ---- */

void
listener_trouble(struct listener *l, const char *peer, const char *format, ...)
{
	char text[LISTEN_ERROR_MAX - LISTEN_PEER_MAX - 2];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	snprintf(l->counts.error, sizeof(l->counts.error), "%.*s%s%s",
	    LISTEN_PEER_MAX - 1, peer, peer[0] ? ": " : "", text);
	l->o.trouble(l->o.arg, peer, text);
}

static void
pause_all(struct listener *l, bool pause)
{
	l->paused = pause;
	if (l->ev && !l->stopped) {
		if (pause)
			event_del(l->ev);
		else if (!l->starved)
			event_add(l->ev, NULL);
	}
	stream_pause(l, pause);
}

bool
listener_ready(struct listener *l)
{
	if (l->o.ready(l->o.arg))
		return true;
	if (!l->paused)
		pause_all(l, true);
	return false;
}

void
listener_message(struct listener *l, const struct listen_message *m)
{
	l->counts.messages++;
	if (m->dropped) {
		l->counts.oversize++;
		l->counts.cut += m->dropped;
	}
	l->o.message(l->o.arg, m);
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct listener *l = arg;

	if (l->stream)
		stream_accept(l, ACCEPT_TURN);
	else
		datagram_read(l, DATAGRAM_TURN);
}

/* ---- sockets ---- */

static int
bind_socket(struct listener *l, const struct addrinfo *a)
{
	int on = 1, off = 0, size = l->o.receive_buffer, e;
	int fd = socket(a->ai_family,
	    a->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, a->ai_protocol);

	if (fd < 0)
		return -errno;
	if (l->stream)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (a->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	if (!l->stream && size &&
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (bind(fd, a->ai_addr, a->ai_addrlen) == 0 &&
	    (!l->stream || listen(fd, BACKLOG) == 0)) {
		l->fd = fd;
		return 0;
	}
	e = errno;
	close(fd);
	return -e;
}

static int
open_inet(struct listener *l, struct reterr *err)
{
	const struct listen_address *a = &l->o.address;
	struct addrinfo hints = {
	    .ai_flags = AI_PASSIVE | AI_NUMERICSERV,
	    .ai_socktype = l->stream ? SOCK_STREAM : SOCK_DGRAM,
	};
	struct addrinfo *found = NULL;
	bool any = !a->host[0];
	int r;

	/* IPv6's "any" takes IPv4 as well, where there is IPv6. */
	r = getaddrinfo(any ? "::" : a->host, a->port, &hints, &found);
	if (r == 0)
		r = bind_socket(l, found);
	else if (!any)
		return reterr_set(
		    err, EINVAL, "%s: %s", a->host, gai_strerror(r));
	if (r != 0 && any) {
		if (found)
			freeaddrinfo(found);
		found = NULL;
		if (getaddrinfo(NULL, a->port, &hints, &found) != 0)
			return reterr_set(err, EINVAL, "no address");
		r = bind_socket(l, found);
	}
	freeaddrinfo(found);
	return r < 0
		   ? reterr_set(err, -r, "cannot listen on %s port %s: %s",
			 any ? "any address," : a->host, a->port, strerror(-r))
		   : 0;
}

/* A socket that nobody listens on any more is what a killed daemon leaves. */
static void
remove_stale(const struct sockaddr_un *a)
{
	struct stat st;
	int fd;

	if (lstat(a->sun_path, &st) < 0 || !S_ISSOCK(st.st_mode))
		return;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	if (connect(fd, (const struct sockaddr *)a, sizeof(*a)) < 0 &&
	    errno == ECONNREFUSED)
		unlink(a->sun_path);
	close(fd);
}

static int
open_unix(struct listener *l, struct reterr *err)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return reterr_set(err, errno, "%s", strerror(errno));
	memcpy(a.sun_path, l->o.address.path, sizeof(a.sun_path));
	remove_stale(&a);
	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 ||
	    chmod(a.sun_path, l->o.mode) < 0) {
		int e = errno;

		close(fd);
		return reterr_set(
		    err, e, "cannot listen on %s: %s", a.sun_path, strerror(e));
	}
	l->fd = fd;
	l->bound_path = true;
	return 0;
}

static int
take_over(struct listener *l, struct reterr *err)
{
	int type = 0, flags;
	socklen_t size = sizeof(type);

	l->fd = fcntl(l->o.fd, F_DUPFD_CLOEXEC, 3);
	if (l->fd < 0)
		return reterr_set(err, errno, "%s", strerror(errno));
	l->inherited = true;
	getsockopt(l->fd, SOL_SOCKET, SO_TYPE, &type, &size);
	if (type != SOCK_STREAM && type != SOCK_DGRAM)
		return reterr_set(err, EPROTOTYPE,
		    "what systemd handed over is neither a stream nor a "
		    "datagram socket");
	l->stream = type == SOCK_STREAM;
	flags = fcntl(l->fd, F_GETFL);
	fcntl(l->fd, F_SETFL, flags | O_NONBLOCK);
	return 0;
}

static bool
wants_tls(const struct listen_options *o)
{
	return o->address.scheme == LISTEN_TLS ||
	       (o->address.scheme == LISTEN_SYSTEMD && o->certificate);
}

static int
open_socket(struct listener *l, struct reterr *err)
{
	enum listen_scheme scheme = l->o.address.scheme;

	if (l->o.fd >= 0)
		return take_over(l, err);
	l->stream = scheme == LISTEN_TCP || scheme == LISTEN_TLS;
	return scheme == LISTEN_UNIX ? open_unix(l, err) : open_inet(l, err);
}

int
listener_open(struct event_base *base, const struct listen_options *o,
    struct listener **ret, struct reterr *err)
{
	CLEANUP(listener_free) struct listener *l = xcalloc(1, sizeof(*l));
	int r;

	l->base = base;
	l->o = *o;
	l->fd = -1;
	r = wants_tls(o) ? tls_context_new(o, &l->tls, err) : 0;
	l->o.certificate = l->o.key = l->o.client_ca = NULL;
	if (r == 0)
		r = open_socket(l, err);
	if (r < 0)
		return r;
	l->name = bound_name(l);
	if (l->stream)
		l->buffer = xmalloc(STREAM_READ_BYTES);
	else
		datagram_begin(l);
	l->ev = event_new(base, l->fd, EV_READ | EV_PERSIST, on_readable, l);
	if (!l->ev)
		abort(); /* out of memory */
	event_add(l->ev, NULL);
	*ret = STEAL(l);
	return 0;
}

int
listener_change(
    struct listener *l, const struct listen_options *o, struct reterr *err)
{
	struct tls_context *tls = NULL;
	int r = wants_tls(o) ? tls_context_new(o, &tls, err) : 0;

	if (r < 0)
		return r;
	/* Connections keep what they began with. */
	tls_context_free(l->tls);
	l->tls = tls;
	l->o = *o;
	l->o.certificate = l->o.key = l->o.client_ca = NULL;
	if (l->datagrams) {
		datagram_end(l);
		datagram_begin(l);
	}
	return 0;
}

void
listener_free(struct listener *l)
{
	if (!l)
		return;
	stream_close_all(l);
	if (l->ev)
		event_free(l->ev);
	if (l->bound_path && !l->stopped)
		unlink(l->o.address.path);
	if (l->fd >= 0)
		close(l->fd);
	datagram_end(l);
	tls_context_free(l->tls);
	xfree(l->buffer);
	xfree(l->name);
	xfree(l);
}

const struct listen_counts *
listener_counts(const struct listener *l)
{
	return &l->counts;
}

void
listener_set_counts(struct listener *l, const struct listen_counts *n)
{
	struct listen_counts mine = l->counts;
	struct stat st;

	l->counts = *n;
	l->counts.connections = mine.connections;
	l->counts.socket = l->counts.drops = 0;
	if (!l->inherited || l->stream || fstat(l->fd, &st) < 0)
		return;
	l->counts.socket = st.st_ino;
	/* Another socket with the number of an old one has dropped less. */
	datagram_tick(l);
	if (n->socket == st.st_ino && l->drops >= n->drops)
		l->counts.lost = n->lost + (l->drops - n->drops);
}

const char *
listener_name(const struct listener *l)
{
	return l->name;
}

void
listener_resume(struct listener *l)
{
	if (l->paused)
		pause_all(l, false);
}

void
listener_tick(struct listener *l, usec_t now)
{
	if (!l->stream) {
		datagram_tick(l);
		return;
	}
	stream_tick(l, now);
	if (l->starved && !l->stopped) {
		l->starved = false;
		if (!l->paused)
			event_add(l->ev, NULL);
	}
}

void
listener_stop(struct listener *l)
{
	if (l->stopped)
		return;
	if (l->bound_path)
		unlink(l->o.address.path);
	if (l->stream)
		stream_stop(l);
	else
		datagram_stop(l);
	l->stopped = true;
}

bool
listener_drain(struct listener *l)
{
	return l->stream ? stream_drain(l) : datagram_read(l, DATAGRAM_DRAIN);
}

void
listener_close(struct listener *l)
{
	stream_close_all(l);
}

uint64_t
listener_connections(const struct listener *l)
{
	return l->counts.connections;
}

int
listen_check_tls(const struct listen_options *o, struct reterr *err)
{
	CLEANUP(tls_context_free) struct tls_context *t = NULL;

	return tls_context_new(o, &t, err);
}
