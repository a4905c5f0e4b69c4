/* SPDX-License-Identifier: MIT */
#ifndef SOURCE_LISTEN_INTERNAL_H
#define SOURCE_LISTEN_INTERNAL_H

/* What the files of the listeners share: syslog-listen.c (sockets and the
 * whole), syslog-stream.c (connections), syslog-datagram.c, syslog-tls.c. */

#include <event2/event.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "recount/clock.h"
#include "recount/listen.h"

/* What is read at once, and by one connection before the others' turn. */
#define STREAM_READ_BYTES ((size_t)64 * 1024)
#define STREAM_TURN_BYTES ((size_t)256 * 1024)

/* ---- syslog-tls.c ---- */

struct tls_context; /* a certificate and what is asked of clients */
struct tls;         /* one connection */

enum io {
	IO_DATA,
	IO_WAIT_READ,
	IO_WAIT_WRITE,
	IO_END,
	IO_ERROR,
};

/* -EINVAL with the reason. */
int tls_context_new(const struct listen_options *o, struct tls_context **ret,
    struct reterr *err);
void tls_context_free(struct tls_context *t);
DEFINE_CLEANUP(struct tls_context *, tls_context_free)
/* The server's side of a connection on fd, which stays the caller's. */
struct tls *tls_new(struct tls_context *t, int fd);
void tls_free(struct tls *t);
/* Does the handshake as well.  IO_ERROR: err says why. */
enum io tls_read(
    struct tls *t, void *p, size_t n, size_t *ret, struct reterr *err);
bool tls_is_established(const struct tls *t);
bool tls_pending(const struct tls *t); /* bytes are here, not in the socket */
void tls_say_goodbye(struct tls *t);

/* ---- connections ---- */

struct connection {
	struct listener *l;
	struct connection *prev, *next; /* longest idle first */
	int fd;
	struct event *ev;
	bool writing; /* TLS waits until it can write */
	bool held;    /* beyond its rate: until the next tick */
	struct tls *tls;
	struct framer framer;
	usec_t began, active;
	struct sockaddr_storage from;
	char peer[LISTEN_PEER_MAX], host[LISTEN_PEER_MAX];
	unsigned taken; /* messages since the last tick */
};

struct sender { /* of datagrams, for the limit of its rate */
	uint64_t key;
	unsigned taken; /* since the last tick */
};
#define SENDERS_MAX 1024u

struct listener {
	struct event_base *base;
	struct listen_options o; /* without its strings */
	char *name;
	int fd;
	bool inherited, stream, bound_path;
	struct event *ev; /* accept, or datagrams */
	bool paused;      /* o.ready() said no */
	bool starved;     /* no descriptors: until the next tick */
	bool stopped;
	struct listen_counts counts;
	char *buffer; /* STREAM_READ_BYTES; what datagrams need */

	struct tls_context *tls; /* NULL: plain */
	struct connection *first, *last;

	struct datagrams *datagrams;
	struct sender *senders; /* SENDERS_MAX, or NULL */
	uint32_t drops;         /* of the socket when last asked */
};

void listener_trouble(struct listener *l, const char *peer, const char *format,
    ...) __attribute__((format(printf, 3, 4)));
bool listener_ready(struct listener *l); /* or pause */
void listener_message(struct listener *l, const struct listen_message *m);
/* "192.0.2.7:40312" and "192.0.2.7". */
void listen_peer_text(
    const struct sockaddr_storage *from, char *peer, char *host);
/* The same sender, whatever the port. */
bool listen_same_sender(
    const struct sockaddr_storage *a, const struct sockaddr_storage *b);
uint64_t listen_sender_key(const struct sockaddr_storage *from);

/* syslog-stream.c */
void stream_accept(struct listener *l, unsigned most);
void stream_pause(struct listener *l, bool pause);
void stream_tick(struct listener *l, usec_t now);
void stream_stop(struct listener *l);
bool stream_drain(struct listener *l);
void stream_close_all(struct listener *l);

/* syslog-datagram.c */
void datagram_begin(struct listener *l);
/* Up to most messages; whether there was one. */
bool datagram_read(struct listener *l, unsigned most);
void datagram_tick(struct listener *l);
void datagram_stop(struct listener *l);
void datagram_end(struct listener *l);

#endif
