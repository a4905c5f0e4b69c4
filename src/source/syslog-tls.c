/* SPDX-License-Identifier: MIT */
/*
 * TLS as RFC 5425 wants it, with OpenSSL on the non-blocking socket itself:
 * nothing is ever sent after the handshake, so all there is to it is a read
 * that may have to wait.
 *
 * There are no session tickets.  A client would find them unread in its
 * socket, and rsyslog looks into its socket to learn whether the other side
 * has hung up: with a ticket in the way it never would.  For the same reason
 * the end of a connection that we end is the bare FIN (see syslog-stream.c).
 *
 * A sender that vanishes without close_notify is an end like any other:
 * messages are framed, and an incomplete one is known as such.
 */
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>

#include "listen-internal.h"

struct tls_context {
	SSL_CTX *ctx;
};

struct tls {
	SSL *ssl;
};

/* The first reason that OpenSSL has queued; those behind it say where. */
static int
failed(struct reterr *err, const char *what, const char *path)
{
	unsigned long code = ERR_peek_error();
	const char *reason = code ? ERR_reason_error_string(code) : NULL;
	int system = code && ERR_SYSTEM_ERROR(code) ? ERR_GET_REASON(code) : 0;

	ERR_clear_error();
	if (system)
		reason = strerror(system);
	return reterr_set(err, EINVAL, "%s %s: %s", what, path,
	    reason ? reason : "cannot be used");
}

static int
load(SSL_CTX *ctx, const struct listen_options *o, struct reterr *err)
{
	const char *key = o->key ? o->key : o->certificate;

	ERR_clear_error();
	if (SSL_CTX_use_certificate_chain_file(ctx, o->certificate) != 1)
		return failed(err, "certificate", o->certificate);
	if (SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1)
		return failed(err, "key", key);
	if (SSL_CTX_check_private_key(ctx) != 1)
		return failed(err, "key", key);
	if (!o->client_ca)
		return 0;
	if (SSL_CTX_load_verify_file(ctx, o->client_ca) != 1)
		return failed(err, "client-ca", o->client_ca);
	SSL_CTX_set_client_CA_list(ctx, SSL_load_client_CA_file(o->client_ca));
	SSL_CTX_set_verify(
	    ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	return 0;
}

int
tls_context_new(const struct listen_options *o, struct tls_context **ret,
    struct reterr *err)
{
	CLEANUP(tls_context_free)
	struct tls_context *t = xcalloc(1, sizeof(*t));
	int r;

	t->ctx = SSL_CTX_new(TLS_server_method());
	if (!t->ctx)
		abort(); /* out of memory */
	SSL_CTX_set_min_proto_version(t->ctx, TLS1_2_VERSION);
	SSL_CTX_set_num_tickets(t->ctx, 0);
	SSL_CTX_set_session_cache_mode(t->ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_mode(t->ctx, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_options(t->ctx, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION |
					SSL_OP_NO_COMPRESSION |
					SSL_OP_IGNORE_UNEXPECTED_EOF);
	r = load(t->ctx, o, err);
	if (r < 0)
		return r;
	*ret = STEAL(t);
	return 0;
}

void
tls_context_free(struct tls_context *t)
{
	if (!t)
		return;
	SSL_CTX_free(t->ctx);
	xfree(t);
}

struct tls *
tls_new(struct tls_context *ctx, int fd)
{
	struct tls *t = xcalloc(1, sizeof(*t));

	t->ssl = SSL_new(ctx->ctx);
	if (!t->ssl || SSL_set_fd(t->ssl, fd) != 1)
		abort(); /* out of memory */
	SSL_set_accept_state(t->ssl);
	return t;
}

void
tls_free(struct tls *t)
{
	if (!t)
		return;
	SSL_free(t->ssl);
	xfree(t);
}

enum io
tls_read(struct tls *t, void *p, size_t n, size_t *ret, struct reterr *err)
{
	unsigned long code;
	const char *reason;

	ERR_clear_error();
	errno = 0;
	if (SSL_read_ex(t->ssl, p, n, ret) == 1)
		return IO_DATA;
	switch (SSL_get_error(t->ssl, 0)) {
	case SSL_ERROR_WANT_READ:
		return IO_WAIT_READ;
	case SSL_ERROR_WANT_WRITE:
		return IO_WAIT_WRITE;
	case SSL_ERROR_ZERO_RETURN:
		return IO_END;
	}
	code = ERR_peek_error();
	reason = code ? ERR_reason_error_string(code) : NULL;
	if (!reason)
		reason = errno ? strerror(errno) : "the connection was lost";
	reterr_set(err, EPROTO, "TLS: %s", reason);
	ERR_clear_error();
	return IO_ERROR;
}

bool
tls_is_established(const struct tls *t)
{
	return SSL_is_init_finished(t->ssl);
}

bool
tls_pending(const struct tls *t)
{
	return SSL_has_pending(t->ssl);
}

void
tls_say_goodbye(struct tls *t)
{
	ERR_clear_error();
	SSL_shutdown(t->ssl); /* once, without waiting for the answer */
	ERR_clear_error();
}
