/* SPDX-License-Identifier: MIT */
/*
 * Datagrams, over UDP and on unix sockets: one is one message.
 *
 * UDP gives no back-pressure.  What arrives while the socket's queue is full
 * is dropped by the kernel, which counts it: SO_MEMINFO tells how much since
 * the socket was made, also when nothing arrives any more (SO_RXQ_OVFL would
 * tell with the next datagram only).
 *
 * At the end a socket of our own is closed to new datagrams first, with a
 * filter that lets none pass; the kernel counts those as dropped as well.
 * Then what is queued is a finite number, and every datagram that was sent is
 * either read or counted.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/sock_diag.h>
#include <stdio.h>
#include <sys/un.h>

#include "listen-internal.h"

#define BATCH 32u
#define DATAGRAM_BYTES_MAX ((size_t)65536)

struct datagrams {
	struct mmsghdr headers[BATCH];
	struct iovec places[BATCH];
	struct sockaddr_storage from[BATCH];
	char control[BATCH][CMSG_SPACE(sizeof(struct ucred))];
	char *bytes; /* BATCH times size */
	size_t size;
	char peer[LISTEN_PEER_MAX], host[LISTEN_PEER_MAX];
	struct sockaddr_storage last; /* whose texts these are */
};

static uint32_t
ask_drops(const struct listener *l)
{
	uint32_t info[SK_MEMINFO_VARS] = {0};
	socklen_t size = sizeof(info);

	if (getsockopt(l->fd, SOL_SOCKET, SO_MEMINFO, info, &size) < 0 ||
	    size <= SK_MEMINFO_DROPS * sizeof(*info))
		return l->drops;
	return info[SK_MEMINFO_DROPS];
}

void
datagram_begin(struct listener *l)
{
	struct datagrams *d = xcalloc(1, sizeof(*d));
	int on = 1;

	l->datagrams = d;
	/* Longer ones than we keep are known by their real length. */
	d->size = l->o.message_max < DATAGRAM_BYTES_MAX ? l->o.message_max
							: DATAGRAM_BYTES_MAX;
	d->bytes = xmalloc(BATCH * d->size);
	d->last.ss_family = AF_UNSPEC;
	if (l->o.sender_rate)
		l->senders = xcalloc(SENDERS_MAX, sizeof(*l->senders));
	setsockopt(l->fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on));
}

void
datagram_end(struct listener *l)
{
	if (!l->datagrams)
		return;
	xfree(l->datagrams->bytes);
	xfree(STEAL(l->datagrams));
	xfree(STEAL(l->senders));
}

/* ---- who it is from ---- */

/* Senders on this machine are known by what the kernel says of them. */
static void
local_peer(struct datagrams *d, struct msghdr *h)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(h);
	struct ucred who;

	d->host[0] = '\0';
	d->last.ss_family = AF_UNSPEC;
	snprintf(d->peer, sizeof(d->peer), "unix");
	if (!c || c->cmsg_level != SOL_SOCKET ||
	    c->cmsg_type != SCM_CREDENTIALS ||
	    c->cmsg_len < CMSG_LEN(sizeof(who)))
		return;
	memcpy(&who, CMSG_DATA(c), sizeof(who));
	snprintf(d->peer, sizeof(d->peer), "unix, pid %d, uid %u", (int)who.pid,
	    (unsigned)who.uid);
}

static void
find_peer(struct datagrams *d, unsigned i)
{
	const struct sockaddr_storage *from = &d->from[i];

	if (from->ss_family != AF_INET && from->ss_family != AF_INET6) {
		local_peer(d, &d->headers[i].msg_hdr);
		return;
	}
	/* Most datagrams are from the sender of the one before. */
	if (memcmp(from, &d->last, sizeof(*from)) == 0)
		return;
	listen_peer_text(from, d->peer, d->host);
	d->last = *from;
}

/* Senders share a place when their keys do; that is a matter of luck, and of
 * a second. */
static bool
is_beyond_rate(struct listener *l, const struct sockaddr_storage *from)
{
	uint64_t key;
	struct sender *s;

	if (!l->senders)
		return false;
	key = listen_sender_key(from);
	s = &l->senders[key % SENDERS_MAX];
	if (s->key != key)
		*s = (struct sender){.key = key};
	return s->taken++ >= l->o.sender_rate;
}

/* ---- reading ---- */

static void
emit(struct listener *l, unsigned i, usec_t now)
{
	struct datagrams *d = l->datagrams;
	size_t n = d->headers[i].msg_len;
	struct listen_message m = {.received = now};

	l->counts.bytes += n;
	if (is_beyond_rate(l, &d->from[i])) {
		l->counts.limited++;
		return;
	}
	find_peer(d, i);
	m.text = (struct str){d->bytes + i * d->size, n};
	if (n > d->size) {
		m.text.n = d->size;
		m.dropped = n - d->size;
	}
	while (m.text.n && (m.text.p[m.text.n - 1] == '\n' ||
			       m.text.p[m.text.n - 1] == '\0'))
		m.text.n--;
	m.peer = str_of(d->peer);
	m.host = str_of(d->host);
	if (m.text.n)
		listener_message(l, &m);
}

static void
prepare(struct datagrams *d, unsigned n)
{
	memset(d->from, 0, sizeof(d->from[0]) * n);
	for (unsigned i = 0; i < n; i++) {
		d->places[i] = (struct iovec){d->bytes + i * d->size, d->size};
		d->headers[i].msg_hdr = (struct msghdr){
		    .msg_name = &d->from[i],
		    .msg_namelen = sizeof(d->from[i]),
		    .msg_iov = &d->places[i],
		    .msg_iovlen = 1,
		    .msg_control = d->control[i],
		    .msg_controllen = sizeof(d->control[i]),
		};
	}
}

bool
datagram_read(struct listener *l, unsigned most)
{
	struct datagrams *d = l->datagrams;
	bool some = false;

	for (unsigned taken = 0; taken < most && listener_ready(l);) {
		usec_t now;
		int n;

		prepare(d, BATCH);
		/* MSG_TRUNC: the real length of what does not fit. */
		n = recvmmsg(
		    l->fd, d->headers, BATCH, MSG_DONTWAIT | MSG_TRUNC, NULL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		now = clock_now();
		for (int i = 0; i < n; i++)
			emit(l, (unsigned)i, now);
		taken += (unsigned)n;
		some = true;
	}
	return some;
}

void
datagram_tick(struct listener *l)
{
	uint32_t drops = ask_drops(l);

	l->counts.lost += drops - l->drops; /* modulo 2^32, as the kernel */
	l->drops = drops;
	if (l->counts.socket)
		l->counts.drops = drops;
	if (l->senders)
		memset(l->senders, 0, SENDERS_MAX * sizeof(*l->senders));
}

void
datagram_stop(struct listener *l)
{
	struct sock_filter none = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog program = {.len = 1, .filter = &none};

	event_del(l->ev);
	/* The next one to listen on a socket of systemd's goes on with what is
	 * in it; and senders on a unix socket would not be told. */
	if (!l->inherited && !l->bound_path)
		setsockopt(l->fd, SOL_SOCKET, SO_ATTACH_FILTER, &program,
		    sizeof(program));
}
