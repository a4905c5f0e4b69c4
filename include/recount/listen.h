/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_LISTEN_H
#define RECOUNT_LISTEN_H

/*
 * Syslog over the network: how a stream is cut into messages, and sockets that
 * give messages with where they came from.  What the messages say is no
 * business of this header.
 */

#include <sys/types.h>

#include "recount/clock.h"
#include "recount/err.h"

/* ---- framing: a pure function of bytes (syslog-frame.c) ---- */

/* Frames that announce more than this are taken for garbage. */
#define FRAME_BYTES_MAX ((uint64_t)16 * 1024 * 1024)

enum frame_mode {
	FRAME_UNKNOWN, /* nothing was seen yet */
	FRAME_LINES,   /* messages end with LF or NUL */
	FRAME_COUNTED, /* "LENGTH SP MESSAGE", RFC 6587 and 5425 */
};

/* One connection's framing; {.max = …} to begin with. */
struct framer {
	size_t max; /* bytes of a message that are kept; the rest is dropped */
	enum frame_mode mode;
	struct buf part;     /* of a message, at most max; or of a length */
	uint64_t left;       /* counted: bytes of the message to come */
	uint64_t dropped;    /* bytes of the message beyond max */
	bool given;          /* part was handed out by the last call */
	const char *trouble; /* why FRAME_BROKEN; static */
};

enum frame_result {
	FRAME_MORE,    /* all of *in was taken; the message is not complete */
	FRAME_MESSAGE, /* *ret is one */
	FRAME_BROKEN,  /* not syslog, or out of step: close the connection */
};

struct frame {
	struct str text;  /* never empty, without LF and NUL at its end; borrows
			     from *in or the framer until the next call */
	uint64_t dropped; /* bytes missing at its end, as far as is known */
};

/*
 * The next message off the front of *in, which is moved on.  Call again until
 * FRAME_MORE.  Whether lengths stand before messages is decided by the first
 * bytes, once.
 */
enum frame_result frame_next(
    struct framer *f, struct str *in, struct frame *ret);
/* The stream has ended: what is there of a last message.  FRAME_MESSAGE or
 * FRAME_MORE (there is none). */
enum frame_result frame_end(struct framer *f, struct frame *ret);
void framer_free(struct framer *f);

DEFINE_CLEANUP_IN(struct framer, framer_free)

/* ---- addresses (syslog-address.c) ---- */

enum listen_scheme {
	LISTEN_UDP,
	LISTEN_TCP,
	LISTEN_TLS,
	LISTEN_UNIX,    /* datagrams on a path */
	LISTEN_SYSTEMD, /* whatever systemd handed over under a name */
};

#define LISTEN_PATH_MAX 108 /* as struct sockaddr_un has it, with its NUL */

struct listen_address {
	enum listen_scheme scheme;
	char host[256]; /* as written, without brackets; "" or "*": any */
	char port[32];  /* as written, or the scheme's default */
	char path[LISTEN_PATH_MAX]; /* or systemd's name */
};

/*
 * "udp://0.0.0.0:514", "tcp://[::1]:1514", "tls://:6514", "unix:/run/log",
 * "systemd:NAME"; without a port 514, or 6514 for TLS.
 * 0, or -EINVAL with the reason.
 */
int listen_address_parse(
    struct str text, struct listen_address *ret, struct reterr *err);

/* ---- what was counted ---- */

#define LISTEN_ERROR_MAX 256

/* Since the listener is known to the store, but for connections. */
struct listen_counts {
	uint64_t connections;     /* now */
	uint64_t accepted;        /* connections, ever */
	uint64_t messages, bytes; /* received; bytes as on the wire */
	uint64_t oversize;        /* messages that were cut */
	uint64_t cut;             /* bytes that these are missing */
	uint64_t lost;            /* datagrams that the kernel dropped */
	uint64_t refused;         /* connections: too many, or no TLS */
	uint64_t idle;    /* connections closed because they were idle */
	uint64_t broken;  /* connections closed because of their framing */
	uint64_t limited; /* datagrams beyond the sender's rate */
	/* Of a socket that outlives us: which one, and its drops so far. */
	uint64_t socket, drops;
	char error[LISTEN_ERROR_MAX]; /* the last one; may hold any bytes */
};

/* "messages=12 bytes=…", for the store; appended. */
void listen_counts_write(const struct listen_counts *n, struct buf *out);
/* What is not there is 0.  false: that is something else. */
bool listen_counts_read(struct str text, struct listen_counts *ret);
/* The numbers for people, by name, in order; NULL after the last. */
const char *listen_counts_name(size_t i);
uint64_t listen_counts_value(const struct listen_counts *n, size_t i);

/* ---- listeners ---- */

struct event_base;
struct listener; /* one socket that receives, with its connections */

#define LISTEN_MESSAGE_MIN ((size_t)480) /* every receiver takes these */
#define LISTEN_MESSAGE_MAX ((size_t)1024 * 1024)
#define LISTEN_PEER_MAX 96

struct listen_message {
	struct str text; /* as received, without LF and NUL at its end */
	struct str peer; /* "192.0.2.7:40312", "unix, pid 12, uid 0" */
	struct str host; /* "192.0.2.7"; empty: this machine */
	usec_t received;
	uint64_t dropped; /* bytes missing at the end, at least; 0: whole */
};

struct listen_options {
	struct listen_address address;
	int fd; /* a socket that systemd handed over, duplicated; else -1 */
	const char *certificate, *key, *client_ca; /* TLS; client_ca or NULL */
	size_t message_max;
	unsigned connections_max, sender_connections_max;
	unsigned sender_rate; /* messages a second; 0: any number */
	usec_t idle_max;      /* 0: for ever */
	int receive_buffer;   /* bytes of datagrams that wait; 0: as it is */
	mode_t mode;          /* of a unix socket */

	/* Whether messages can be taken now; where not, reading stops until
	 * listener_resume(). */
	bool (*ready)(void *arg);
	/* What m holds is borrowed. */
	void (*message)(void *arg, const struct listen_message *m);
	/* Something that an administrator may want to know; peer may be "". */
	void (*trouble)(void *arg, const char *peer, const char *text);
	void *arg;
};

/* o's strings are copied as far as they are needed.  0; -errno with the
 * reason. */
int listener_open(struct event_base *base, const struct listen_options *o,
    struct listener **ret, struct reterr *err);
/* New limits, callbacks and certificates for what stays open; on failure
 * nothing changes. */
int listener_change(
    struct listener *l, const struct listen_options *o, struct reterr *err);
/* What was not read stays with the kernel, and is gone with a socket that was
 * not handed over: see listener_stop(). */
void listener_free(struct listener *l);
DEFINE_CLEANUP(struct listener *, listener_free)

const struct listen_counts *listener_counts(const struct listener *l);
/* Go on from what was counted before: right after listener_open(). */
void listener_set_counts(struct listener *l, const struct listen_counts *n);
/* "udp://127.0.0.1:514" as it is bound. */
const char *listener_name(const struct listener *l);
void listener_resume(struct listener *l);
/* About once a second: losses are asked for, idle connections are closed. */
void listener_tick(struct listener *l, usec_t now);

/*
 * The end: connections that wait are accepted, no others; each sender is told
 * that nobody will listen, and new datagrams are turned away (and counted).
 */
void listener_stop(struct listener *l);
/* Read what is there now; whether there was something.  After
 * listener_stop(), until there is nothing for a while. */
bool listener_drain(struct listener *l);
/* All connections are closed; what had come of a message is given. */
void listener_close(struct listener *l);
uint64_t listener_connections(const struct listener *l); /* that are open */

/* Whether a certificate, its key and the client's authority can be used: for
 * recountd --check.  0, or -errno with the reason. */
int listen_check_tls(const struct listen_options *o, struct reterr *err);

#endif
