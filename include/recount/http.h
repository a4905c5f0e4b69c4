/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_HTTP_H
#define RECOUNT_HTTP_H

/*
 * A small HTTP server on one address, for recountd: requests come whole, are
 * bounded in size, time and number, and are answered once, now or later.
 */

#include "recount/clock.h"
#include "recount/err.h"

struct event_base;
struct http_listener;
struct http_request;

struct http_options {
	const char *listen; /* "unix:/path", "127.0.0.1:9097", "[::1]:9097" */
	int fd;             /* a listening socket, taken over; -1: none */
	size_t body_max;    /* bytes; a larger body is answered with 413 */
	usec_t timeout;     /* until a request is whole, or a reply is taken */
	unsigned connections_max; /* more wait in the kernel's queue */
};

/* A request without a user of its own is answered by fn with http_reply(),
 * from within or later. */
typedef void (*http_fn)(void *arg, struct http_request *rq);

/* Borrows base.  A socket file that nobody listens on any more is replaced;
 * the new one has mode 0660.  0; -errno with the address in err. */
int http_listen(struct event_base *base, const struct http_options *o,
    http_fn fn, void *arg, struct http_listener **ret, struct reterr *err);
/* All requests must have been answered.  Removes the socket file. */
void http_listener_free(struct http_listener *l);

struct http_counts {
	unsigned open;      /* connections now */
	uint64_t accepted;  /* connections, ever */
	uint64_t timed_out; /* those closed for being slow or idle */
	uint64_t refused;   /* requests that were no HTTP, or too large */
};
void http_listener_counts(
    const struct http_listener *l, struct http_counts *ret);

/* Valid until the reply. */
enum http_method { HTTP_GET, HTTP_HEAD, HTTP_POST, HTTP_OTHER };
enum http_method http_request_method(const struct http_request *rq);
const char *http_request_path(const struct http_request *rq); /* no query */
/* NULL: not there. */
const char *http_request_header(
    const struct http_request *rq, const char *name);
struct str http_request_body(struct http_request *rq);

/* Another header for the reply; both are copied. */
void http_reply_header(
    struct http_request *rq, const char *name, const char *value);
/* Ends rq; also right when the sender is gone meanwhile. */
void http_reply(
    struct http_request *rq, int status, const char *type, struct str body);

#endif
