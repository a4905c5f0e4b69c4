/* SPDX-License-Identifier: MIT */
/*
 * The listeners of recountd: from the configuration, or from what systemd
 * handed over, to messages in the store.
 *
 * Reading the configuration again keeps the sockets whose address stays, with
 * all their connections; they get new limits and the certificate as it is
 * now.  An address that cannot be had is tried again every few seconds: the
 * daemon it belonged to may be about to end.
 *
 * What was counted is the source's state in the store, written with every
 * commit; what means that messages are missing becomes a gap (listen-loss.c).
 *
 * At the end senders are told, and what they had sent is read and stored.  A
 * sender that goes on all the same is not waited for.
 */
#include "listen.h"

#include <errno.h>
#include <event2/event.h>
#include <netdb.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include <unistd.h>

#include "recount/log.h"

#define TICK_SECONDS 1
#define RETRY_TICKS 5
/* Of the end: all of it, and silence after which nothing more is expected. */
#define DRAIN_MAX (2500 * USEC_PER_MSEC)
#define DRAIN_QUIET (300 * USEC_PER_MSEC)
#define DRAIN_STEP_NSEC 10000000L
/* Of a listener that is closed while the others go on. */
#define CLOSE_MAX (500 * USEC_PER_MSEC)
/* Sockets of this name are listened on without a word of configuration. */
#define AUTOMATIC "syslog"
#define TOLD_AT_ONCE 5

struct passed { /* a socket from systemd */
	int fd;
	char *name;
};

struct listening {
	struct listens *ls;
	const struct config_listen *cl; /* of the configuration in force */
	struct listen_address address;
	int fd; /* handed over, or -1 */
	bool tls, wanted;
	unsigned mode;
	struct listener *l; /* NULL: could not be opened */
	struct ingest_source *s;
	unsigned retry; /* ticks until the next try */
	struct listen_losses losses;
	unsigned told; /* in this minute */
	usec_t told_since;
};

struct listens {
	struct daemon *d;
	struct listening **list;
	size_t n;
	struct passed *passed;
	size_t n_passed;
	struct config_listen automatic;
	struct event *tick;
};

/* ---- what a listener tells ---- */

static bool
on_ready(void *arg)
{
	const struct listening *x = arg;

	return !daemon_paused(x->ls->d);
}

static void
on_message(void *arg, const struct listen_message *m)
{
	struct listening *x = arg;
	struct ingest_message im = {
	    .text = m->text,
	    .peer = m->peer,
	    .host = m->host.n ? m->host : str_of(daemon_host(x->ls->d)),
	    .received = m->received,
	    .cut = m->dropped > 0,
	};
	int r = ingest_message(x->s, &im);

	if (r < 0)
		daemon_refused(x->ls->d, listener_name(x->l), r);
	daemon_took(x->ls->d);
}

/* A few at once, then one a minute: anybody may cause them. */
static void
on_trouble(void *arg, const char *peer, const char *text)
{
	struct listening *x = arg;
	usec_t now = clock_now();

	if (now - x->told_since > USEC_PER_MIN) {
		if (x->told > TOLD_AT_ONCE)
			log_warning("syslog-listen \"%s\": %u more messages "
				    "like that",
			    x->cl->name, x->told - TOLD_AT_ONCE);
		x->told = 0;
		x->told_since = now;
	}
	if (x->told++ < TOLD_AT_ONCE)
		log_warning("syslog-listen \"%s\": %s%s%s", x->cl->name, peer,
		    peer[0] ? ": " : "", text);
}

static void
note_losses(struct listening *x, usec_t now, bool last)
{
	int r = listen_losses_note(&x->losses, listener_counts(x->l),
	    daemon_ingest(x->ls->d), ingest_source_id(x->s), now, last);

	if (r < 0)
		daemon_refused(x->ls->d, listener_name(x->l), r);
}

static void
put_state(struct listening *x)
{
	CLEANUP(buf_free) struct buf text = BUF_INIT;

	listen_counts_write(listener_counts(x->l), &text);
	ingest_set_state(x->s, buf_str(&text));
}

/* ---- opening and closing ---- */

static struct listen_options
options_of(struct listening *x)
{
	const struct config_listen *cl = x->cl;

	return (struct listen_options){
	    .address = x->address,
	    .fd = x->fd,
	    .certificate = cl->certificate,
	    .key = cl->key,
	    .client_ca = cl->client_ca,
	    .message_max = (size_t)cl->message_max,
	    .connections_max = cl->connections_max,
	    .sender_connections_max = cl->sender_connections_max,
	    .sender_rate = cl->sender_rate,
	    .idle_max = cl->idle_max,
	    .receive_buffer = (int)cl->receive_buffer,
	    .mode = (mode_t)cl->mode,
	    .ready = on_ready,
	    .message = on_message,
	    .trouble = on_trouble,
	    .arg = x,
	};
}

static const struct parser *
inner_format(struct listening *x)
{
	struct parsers *ps = daemon_parsers(x->ls->d);
	struct str text = str_of(x->cl->format);
	const struct parser *p = NULL;
	struct reterr err = {""};

	if (!text.n)
		return NULL;
	if (str_chr(text, '$') < 0)
		return parsers_find(ps, text);
	if (parsers_add_log_format(ps, x->cl->name, text, &err, &p) < 0)
		log_error("syslog-listen \"%s\": log-format: %s", x->cl->name,
		    err.text);
	return p;
}

static int
open_source(struct listening *x, struct listen_counts *ret)
{
	struct ingest_listener il = {
	    .name = listener_name(x->l),
	    .host = x->cl->host,
	    .service = x->cl->service,
	    .zone = x->cl->zone ? x->cl->zone : zone_local(),
	    .inner = inner_format(x),
	};
	struct str state;
	int r =
	    ingest_open_listener(daemon_ingest(x->ls->d), &il, &x->s, &state);

	if (r < 0)
		daemon_refused(x->ls->d, il.name, r);
	else
		listen_counts_read(state, ret);
	return r;
}

static void
close_source(struct listening *x)
{
	if (!x->s)
		return;
	note_losses(x, clock_now(), true);
	put_state(x);
	if (ingest_close(STEAL(x->s), false) < 0)
		log_error("syslog-listen \"%s\": its end could not be noted",
		    x->cl->name);
}

static void
listening_open(struct listening *x)
{
	struct listen_options o = options_of(x);
	struct listen_counts counts = {0};
	struct reterr err = {""};
	usec_t now = clock_now();

	if (listener_open(daemon_base(x->ls->d), &o, &x->l, &err) < 0) {
		if (x->retry == 0)
			log_error(
			    "syslog-listen \"%s\": %s", x->cl->name, err.text);
		x->retry = RETRY_TICKS;
		return;
	}
	if (open_source(x, &counts) < 0) {
		listener_free(STEAL(x->l));
		return;
	}
	listen_losses_begin(&x->losses, &counts, now);
	listener_set_counts(x->l, &counts);
	log_info("syslog-listen \"%s\": listening on %s", x->cl->name,
	    listener_name(x->l));
}

/* Read what has been sent; others wait meanwhile. */
static void
drain(struct listening **list, size_t n, usec_t most)
{
	static const struct timespec step = {0, DRAIN_STEP_NSEC};
	usec_t begin = clock_now(), quiet = begin, now = begin;

	for (size_t i = 0; i < n; i++)
		if (list[i]->l)
			listener_stop(list[i]->l);
	while (now - begin < most && now - quiet < DRAIN_QUIET) {
		bool some = false, open = false;

		for (size_t i = 0; i < n; i++) {
			if (!list[i]->l)
				continue;
			some |= listener_drain(list[i]->l);
			open |= listener_connections(list[i]->l);
		}
		now = clock_now();
		if (some)
			quiet = now;
		else if (!open)
			break;
		else
			nanosleep(&step, NULL);
	}
}

static void
listening_free(struct listening *x)
{
	if (x->l) {
		/* Unfinished messages are told of while it closes. */
		listener_close(x->l);
		listener_tick(x->l, clock_now());
		close_source(x);
		listener_free(x->l);
	}
	xfree(x);
}

/* ---- which listeners there are to be ---- */

/* A socket that systemd listens on for this address. */
static int
passed_for(const struct listens *ls, const struct listen_address *a)
{
	int type = a->scheme == LISTEN_TCP || a->scheme == LISTEN_TLS
		       ? SOCK_STREAM
		       : SOCK_DGRAM;
	struct addrinfo hints = {.ai_socktype = type,
	    .ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV};
	struct addrinfo *found = NULL;
	int ret = -1;

	if (ls->n_passed && a->scheme != LISTEN_UNIX &&
	    getaddrinfo(a->host[0] ? a->host : "::", a->port, &hints, &found))
		found = NULL;
	for (size_t i = 0; i < ls->n_passed && ret < 0; i++) {
		int fd = ls->passed[i].fd;

		if (a->scheme == LISTEN_UNIX
			? sd_is_socket_unix(fd, type, -1, a->path, 0) > 0
			: found &&
			      sd_is_socket_sockaddr(fd, type, found->ai_addr,
				  (unsigned)found->ai_addrlen, -1) > 0)
			ret = fd;
	}
	if (found)
		freeaddrinfo(found);
	return ret;
}

static bool
same_address(const struct listening *x, const struct config_listen *cl, int fd)
{
	const struct listen_address *a = &x->address, *b = &cl->address;

	return x->fd == fd && a->scheme == b->scheme &&
	       !strcmp(a->host, b->host) && !strcmp(a->port, b->port) &&
	       !strcmp(a->path, b->path) && x->tls == !!cl->certificate &&
	       x->mode == cl->mode;
}

static void
go_on(struct listening *x)
{
	struct listen_options o = options_of(x);
	struct listen_counts unused;
	struct reterr err = {""};

	if (!x->l)
		return;
	if (listener_change(x->l, &o, &err) < 0)
		log_error("syslog-listen \"%s\": %s; it stays as it was",
		    x->cl->name, err.text);
	/* Its zone, host or service may be others. */
	close_source(x);
	if (open_source(x, &unused) < 0) {
		listener_free(STEAL(x->l));
		x->retry = RETRY_TICKS;
	}
}

static void
want(struct listens *ls, const struct config_listen *cl, int fd)
{
	struct listening *x = NULL;

	for (size_t i = 0; i < ls->n && !x; i++)
		if (!ls->list[i]->wanted && same_address(ls->list[i], cl, fd))
			x = ls->list[i];
	if (!x) {
		x = xcalloc(1, sizeof(*x));
		x->ls = ls;
		x->address = cl->address;
		x->fd = fd;
		x->tls = cl->certificate != NULL;
		x->mode = cl->mode;
		ls->list =
		    xreallocarray(ls->list, ls->n + 1, sizeof(*ls->list));
		ls->list[ls->n++] = x;
	}
	x->cl = cl;
	x->wanted = true;
}

static bool
want_named(struct listens *ls, const struct config_listen *cl, const char *name)
{
	bool any = false;

	for (size_t i = 0; i < ls->n_passed; i++) {
		if (strcmp(ls->passed[i].name, name) != 0)
			continue;
		want(ls, cl, ls->passed[i].fd);
		any = true;
	}
	return any;
}

static void
want_automatic(struct listens *ls, const struct config *c)
{
	for (size_t i = 0; i < ls->n; i++)
		if (ls->list[i]->wanted && ls->list[i]->fd >= 0)
			return; /* some section says what they are for */
	want_named(ls, &ls->automatic, AUTOMATIC);
}

void
listens_apply(struct listens *ls, const struct config *c)
{
	size_t kept = 0;

	for (size_t i = 0; i < ls->n; i++)
		ls->list[i]->wanted = false;
	for (size_t i = 0; i < c->n_listens; i++) {
		const struct config_listen *cl = &c->listens[i];

		if (cl->address.scheme != LISTEN_SYSTEMD)
			want(ls, cl, passed_for(ls, &cl->address));
		else if (!want_named(ls, cl, cl->address.path))
			log_error("syslog-listen \"%s\": systemd handed over "
				  "no socket named '%s'",
			    cl->name, cl->address.path);
	}
	want_automatic(ls, c);
	for (size_t i = 0; i < ls->n; i++) {
		struct listening *x = ls->list[i];

		if (x->wanted) {
			ls->list[kept++] = x;
			continue;
		}
		/* Its old section is gone; there it still has a name. */
		x->cl = &ls->automatic;
		drain(&x, 1, CLOSE_MAX);
		listening_free(x);
	}
	ls->n = kept;
	for (size_t i = 0; i < ls->n; i++) {
		if (ls->list[i]->l)
			go_on(ls->list[i]);
		else
			listening_open(ls->list[i]);
	}
}

/* ---- the whole ---- */

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct listens *ls = arg;
	usec_t now = clock_now();

	for (size_t i = 0; i < ls->n; i++) {
		struct listening *x = ls->list[i];

		if (!x->l) {
			if (x->retry > 1)
				x->retry--;
			else
				listening_open(x);
			continue;
		}
		listener_tick(x->l, now);
		note_losses(x, now, false);
	}
}

static void
take_passed(struct listens *ls)
{
	char **names = NULL;
	int n = sd_listen_fds_with_names(0, &names);

	for (int i = 0; i < n; i++) {
		ls->passed = xreallocarray(
		    ls->passed, ls->n_passed + 1, sizeof(*ls->passed));
		ls->passed[ls->n_passed++] = (struct passed){
		    .fd = SD_LISTEN_FDS_START + i,
		    .name = xstrdup(names[i]),
		};
		free(names[i]);
	}
	free(names);
}

struct listens *
listens_new(struct daemon *d)
{
	static const struct timeval period = {TICK_SECONDS, 0};
	struct listens *ls = xcalloc(1, sizeof(*ls));

	ls->d = d;
	config_listen_init(&ls->automatic, STR(AUTOMATIC));
	ls->automatic.address.scheme = LISTEN_SYSTEMD;
	memcpy(ls->automatic.address.path, AUTOMATIC, sizeof(AUTOMATIC));
	take_passed(ls);
	ls->tick = event_new(daemon_base(d), -1, EV_PERSIST, on_tick, ls);
	if (!ls->tick)
		abort(); /* out of memory */
	event_add(ls->tick, &period);
	return ls;
}

void
listens_finish(struct listens *ls)
{
	if (ls->n)
		drain(ls->list, ls->n, DRAIN_MAX);
	for (size_t i = 0; i < ls->n; i++)
		listening_free(ls->list[i]);
	ls->n = 0;
}

void
listens_free(struct listens *ls)
{
	if (!ls)
		return;
	for (size_t i = 0; i < ls->n; i++)
		listening_free(ls->list[i]);
	for (size_t i = 0; i < ls->n_passed; i++)
		xfree(ls->passed[i].name);
	event_free(ls->tick);
	xfree(ls->automatic.name);
	xfree(ls->passed);
	xfree(ls->list);
	xfree(ls);
}

size_t
listens_count(const struct listens *ls)
{
	return ls->n;
}

void
listens_resume(struct listens *ls)
{
	for (size_t i = 0; i < ls->n; i++)
		if (ls->list[i]->l)
			listener_resume(ls->list[i]->l);
}

void
listens_note(struct listens *ls)
{
	for (size_t i = 0; i < ls->n; i++)
		if (ls->list[i]->s)
			put_state(ls->list[i]);
}
