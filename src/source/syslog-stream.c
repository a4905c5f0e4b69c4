/* SPDX-License-Identifier: MIT */
/*
 * Connections: accepted, read in turns, closed.
 *
 * A connection reads a bounded number of bytes and lets the others have their
 * turn; when the daemon cannot take more, none is read, and the kernel's
 * window makes the senders wait.  Connections stand in a list with the one
 * that was silent the longest in front, so that one of them can make room when
 * there are too many; a new one is refused only when nobody is idle.
 *
 * The end is the delicate part.  What a sender has written and the kernel has
 * acknowledged is gone for the sender, so a daemon that closes its sockets
 * with bytes in them loses messages.  So each connection first gets a FIN from
 * us, which senders take for a connection that is closed (rsyslog looks for it
 * before it sends), and is then read until the sender closes it or falls
 * silent.  With TLS no close_notify goes before that FIN: it would lie in
 * front of it, and rsyslog would not see it.
 */
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "listen-internal.h"

#define HANDSHAKE_MAX (30 * USEC_PER_SEC)
/* Who was silent for so long may be closed to make room. */
#define SPARE_AFTER USEC_PER_MIN
/* Half-open connections: first asked after so many seconds, then so often. */
#define KEEPALIVE_IDLE 120
#define KEEPALIVE_INTERVAL 30
#define KEEPALIVE_COUNT 4

static void on_stream(evutil_socket_t fd, short what, void *arg);

/* ---- the list ---- */

static void
list_remove(struct connection *c)
{
	struct listener *l = c->l;

	*(c->prev ? &c->prev->next : &l->first) = c->next;
	*(c->next ? &c->next->prev : &l->last) = c->prev;
	c->prev = c->next = NULL;
}

static void
list_append(struct connection *c)
{
	struct listener *l = c->l;

	c->prev = l->last;
	c->next = NULL;
	*(l->last ? &l->last->next : &l->first) = c;
	l->last = c;
}

/* ---- one connection ---- */

static void
wait_for(struct connection *c, bool write)
{
	short what = (short)(write ? EV_WRITE : EV_READ);

	if (c->ev && c->writing == write)
		return;
	if (c->ev)
		event_free(c->ev);
	c->writing = write;
	c->ev = event_new(
	    c->l->base, c->fd, (short)(what | EV_PERSIST), on_stream, c);
	if (!c->ev)
		abort(); /* out of memory */
	if (!c->l->paused && !c->held)
		event_add(c->ev, NULL);
}

static void
connection_close(struct connection *c)
{
	list_remove(c);
	c->l->counts.connections--;
	if (c->ev)
		event_free(c->ev);
	if (c->tls && !c->l->stopped && tls_is_established(c->tls))
		tls_say_goodbye(c->tls);
	tls_free(c->tls);
	close(c->fd);
	framer_free(&c->framer);
	xfree(c);
}

static void
emit(struct connection *c, const struct frame *f, usec_t now)
{
	struct listen_message m = {
	    .text = f->text,
	    .peer = str_of(c->peer),
	    .host = str_of(c->host),
	    .received = now,
	    .dropped = f->dropped,
	};

	c->taken++;
	listener_message(c->l, &m);
}

/* false: the connection was closed. */
static bool
feed(struct connection *c, struct str bytes)
{
	usec_t now = clock_now();
	struct frame f;
	enum frame_result r;

	c->l->counts.bytes += bytes.n;
	c->active = now;
	list_remove(c);
	list_append(c);
	while ((r = frame_next(&c->framer, &bytes, &f)) == FRAME_MESSAGE)
		emit(c, &f, now);
	if (r != FRAME_BROKEN)
		return true;
	c->l->counts.broken++;
	listener_trouble(
	    c->l, c->peer, "%s; the connection is closed", c->framer.trouble);
	connection_close(c);
	return false;
}

/* What there is of a last message.  Unless the sender ended it so, the rest
 * was on its way: the message is not whole. */
static void
emit_rest(struct connection *c, bool whole)
{
	struct frame f;

	if (frame_end(&c->framer, &f) != FRAME_MESSAGE)
		return;
	if (!whole && f.dropped == 0)
		f.dropped = 1;
	emit(c, &f, clock_now());
}

static void
stream_over(struct connection *c, enum io how, const struct reterr *err)
{
	emit_rest(c, how == IO_END);
	if (how == IO_ERROR) {
		if (c->tls && !tls_is_established(c->tls))
			c->l->counts.refused++;
		listener_trouble(c->l, c->peer, "%s", err->text);
	}
	connection_close(c);
}

static enum io
read_some(struct connection *c, size_t *ret, struct reterr *err)
{
	char *p = c->l->buffer;
	ssize_t n;

	if (c->tls)
		return tls_read(c->tls, p, STREAM_READ_BYTES, ret, err);
	n = recv(c->fd, p, STREAM_READ_BYTES, 0);
	if (n > 0) {
		*ret = (size_t)n;
		return IO_DATA;
	}
	if (n == 0)
		return IO_END;
	if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
		return IO_WAIT_READ;
	reterr_set(err, errno, "%s", strerror(errno));
	return IO_ERROR;
}

/* Read up to a turn's bytes; true when there may be more.  *ret_bytes counts;
 * c may be gone afterwards, *ret_gone says so. */
static bool
read_turn(struct connection *c, size_t *ret_bytes, bool *ret_gone)
{
	struct listener *l = c->l;
	unsigned rate = l->o.sender_rate;

	*ret_bytes = 0;
	*ret_gone = false;
	while (*ret_bytes < STREAM_TURN_BYTES) {
		struct reterr err = {""};
		size_t n = 0;
		enum io io;

		if (rate && c->taken >= rate && !l->stopped) {
			c->held = true;
			event_del(c->ev);
			return false;
		}
		if (!listener_ready(l))
			return false;
		io = read_some(c, &n, &err);
		switch (io) {
		case IO_DATA:
			*ret_bytes += n;
			if (!feed(c, (struct str){l->buffer, n})) {
				*ret_gone = true;
				return false;
			}
			break;
		case IO_WAIT_READ:
		case IO_WAIT_WRITE:
			wait_for(c, io == IO_WAIT_WRITE);
			return false;
		case IO_END:
		case IO_ERROR:
			stream_over(c, io, &err);
			*ret_gone = true;
			return false;
		}
	}
	return true;
}

static void
on_stream(evutil_socket_t fd, short what, void *arg)
{
	struct connection *c = arg;
	size_t bytes;
	bool gone;

	/* What OpenSSL holds does not make the socket readable. */
	if (read_turn(c, &bytes, &gone) && c->tls && tls_pending(c->tls))
		event_active(c->ev, EV_READ, 0);
}

/* ---- accepting ---- */

static void
keep_alive(int fd)
{
	int on = 1, idle = KEEPALIVE_IDLE, every = KEEPALIVE_INTERVAL;
	int count = KEEPALIVE_COUNT;

	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &every, sizeof(every));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof(count));
}

/* How many connections this sender has; looked at only when there are as many
 * as one may have. */
static unsigned
of_sender(const struct listener *l, const struct sockaddr_storage *from)
{
	unsigned n = 0;

	if (l->counts.connections < l->o.sender_connections_max)
		return 0;
	for (const struct connection *c = l->first; c; c = c->next)
		n += listen_same_sender(&c->from, from);
	return n;
}

/* Whether there is a place for one more, which may be made. */
static bool
make_room(struct listener *l, usec_t now)
{
	struct connection *oldest = l->first;

	if (l->counts.connections < l->o.connections_max)
		return true;
	if (!oldest || now - oldest->active < SPARE_AFTER)
		return false;
	l->counts.idle++;
	listener_trouble(l, oldest->peer,
	    "silent the longest, closed to make room for others");
	connection_close(oldest);
	return true;
}

static void
begin(struct listener *l, int fd, const struct sockaddr_storage *from)
{
	struct connection *c;
	usec_t now = clock_now();
	char peer[LISTEN_PEER_MAX], host[LISTEN_PEER_MAX];
	const char *why = NULL;

	listen_peer_text(from, peer, host);
	l->counts.accepted++;
	if (of_sender(l, from) >= l->o.sender_connections_max)
		why = "the sender has as many as one may have";
	else if (!make_room(l, now))
		why = "there are as many as there may be";
	if (why) {
		l->counts.refused++;
		listener_trouble(l, peer, "connection refused: %s", why);
		close(fd);
		return;
	}
	keep_alive(fd);
	c = xcalloc(1, sizeof(*c));
	c->l = l;
	c->fd = fd;
	c->from = *from;
	c->framer.max = l->o.message_max;
	c->began = c->active = now;
	memcpy(c->peer, peer, sizeof(c->peer));
	memcpy(c->host, host, sizeof(c->host));
	if (l->tls)
		c->tls = tls_new(l->tls, fd);
	list_append(c);
	l->counts.connections++;
	wait_for(c, false);
}

void
stream_accept(struct listener *l, unsigned most)
{
	while (most-- > 0 && listener_ready(l)) {
		struct sockaddr_storage from = {0};
		socklen_t size = sizeof(from);
		int fd = accept4(l->fd, (struct sockaddr *)&from, &size,
		    SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0) {
			begin(l, fd, &from);
			continue;
		}
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
		    errno == ENOMEM) {
			/* It stays readable: asking at once would spin. */
			l->starved = true;
			event_del(l->ev);
			listener_trouble(
			    l, "", "cannot accept: %s", strerror(errno));
		}
		if (errno != EINTR && errno != ECONNABORTED)
			return;
	}
}

/* ---- all of them ---- */

static void
restart(struct connection *c)
{
	event_add(c->ev, NULL);
	if (c->tls && tls_pending(c->tls))
		event_active(c->ev, EV_READ, 0);
}

void
stream_pause(struct listener *l, bool pause)
{
	for (struct connection *c = l->first; c; c = c->next) {
		if (pause)
			event_del(c->ev);
		else if (!c->held)
			restart(c);
	}
}

void
stream_tick(struct listener *l, usec_t now)
{
	struct connection *c, *next;

	for (c = l->first; c; c = next) {
		next = c->next;
		c->taken = 0;
		if (c->held) {
			c->held = false;
			if (!l->paused)
				restart(c);
		}
		if (c->tls && !tls_is_established(c->tls) &&
		    now - c->began > HANDSHAKE_MAX) {
			l->counts.refused++;
			listener_trouble(
			    l, c->peer, "no TLS handshake within 30 s");
			connection_close(c);
		} else if (l->o.idle_max && now - c->active > l->o.idle_max) {
			l->counts.idle++;
			connection_close(c);
		}
	}
}

void
stream_stop(struct listener *l)
{
	struct connection *c, *next;

	if (!l->inherited) {
		/* Those have sent already, for all they know. */
		stream_accept(l, l->o.connections_max);
		event_free(STEAL(l->ev));
		close(l->fd);
		l->fd = -1;
	} else {
		event_del(l->ev);
	}
	for (c = l->first; c; c = next) {
		next = c->next;
		if (c->tls && !tls_is_established(c->tls))
			connection_close(c);
		else
			shutdown(c->fd, SHUT_WR);
	}
}

bool
stream_drain(struct listener *l)
{
	uint64_t n = l->counts.connections;
	struct connection *c, *next;
	bool some = false;

	/* Reading moves c to the end of the list: each has one turn. */
	for (c = l->first; c && n-- > 0; c = next) {
		size_t bytes;
		bool gone;

		next = c->next;
		read_turn(c, &bytes, &gone);
		some |= bytes > 0 || gone;
	}
	return some;
}

void
stream_close_all(struct listener *l)
{
	while (l->first) {
		emit_rest(l->first, false);
		connection_close(l->first);
	}
}
