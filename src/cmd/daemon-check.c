/* SPDX-License-Identifier: MIT */
/*
 * recountd --check: what would be read, and whether it can be.
 *
 * A file that does not exist yet is fine, it is followed when it appears; one
 * that may not be read is what the check is for.
 */
#include "daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recount/listen.h"
#include "recount/utf8.h"

#define SAMPLE_BYTES ((size_t)64 * 1024)

struct check {
	struct parsers *parsers;
	struct buf out;
	unsigned wrong;
};

static const struct parser *
configured_format(struct check *k, const struct config_file *cf)
{
	const struct parser *p = NULL;
	struct reterr err = {""};

	if (strchr(cf->format, '$')) {
		if (parsers_add_log_format(k->parsers, "log-format",
			str_of(cf->format), &err, &p) < 0)
			buf_addf(
			    &k->out, "\n    WRONG: log-format: %s", err.text);
	} else {
		p = parsers_find(k->parsers, str_of(cf->format));
		if (!p)
			buf_addf(&k->out,
			    "\n    WRONG: there is no format '%s'", cf->format);
	}
	k->wrong += !p;
	return p;
}

/* What is found in one existing file. */
static void
check_path(struct check *k, const struct config_file *cf, const char *path)
{
	CLEANUP(reader_free) struct reader *r = NULL;
	const struct parser *p = NULL;
	struct reterr err = {""};
	struct detection d;
	struct stat st;
	struct str sample;

	buf_adds(&k->out, "    ");
	utf8_add_printable(&k->out, str_of(path));
	if (stat(path, &st) == 0)
		buf_addf(&k->out, ": %lld bytes", (long long)st.st_size);
	if (access(path, R_OK) < 0 || reader_open(path, &r, &err) < 0) {
		buf_addf(
		    &k->out, ", WRONG: cannot be read: %s\n", strerror(errno));
		k->wrong++;
		return;
	}
	sample = reader_peek(r, SAMPLE_BYTES);
	if (cf->format)
		p = configured_format(k, cf);
	if (sample.n == 0) {
		buf_adds(&k->out, ", empty\n");
		return;
	}
	parse_detect(k->parsers, sample, path, &d);
	if (d.parser)
		buf_addf(&k->out, ", looks like %s: %zu of %zu lines fit",
		    parser_name(d.parser), d.fitted, d.lines);
	else
		buf_addf(&k->out, ", no known format: %s", d.reason);
	if (p && d.parser && p != d.parser)
		buf_addf(&k->out, " (configured: %s)", parser_name(p));
	buf_addc(&k->out, '\n');
}

static void
check_file(struct check *k, const struct config_file *cf)
{
	glob_t g;

	buf_addf(&k->out, "%s  ", config_kind_name(cf->kind));
	utf8_add_printable(&k->out, str_of(cf->path));
	buf_addf(&k->out, "  (%s)\n    format %s, host %s, zone %s", cf->where,
	    cf->format ? cf->format : "detected",
	    cf->host ? cf->host : "this one",
	    cf->zone ? zone_name(cf->zone) : "local");
	if (cf->service)
		buf_addf(&k->out, ", service %s", cf->service);
	buf_addc(&k->out, '\n');
	if (glob(cf->path, 0, NULL, &g) != 0) {
		buf_adds(&k->out, "    does not exist yet: is followed when "
				  "it appears\n");
		return;
	}
	for (size_t i = 0; i < g.gl_pathc; i++)
		check_path(k, cf, g.gl_pathv[i]);
	globfree(&g);
}

static void
check_journal(struct check *k, const struct config_journal *cj)
{
	CLEANUP(journal_free) struct journal *j = NULL;
	struct journal_entry e;
	struct reterr err = {""};
	int r;

	buf_addf(&k->out, "journal  %s%s  (%s)\n",
	    cj->namespace ? "namespace " : "",
	    cj->namespace   ? cj->namespace
	    : cj->directory ? cj->directory
			    : "of this system",
	    cj->where);
	if (cj->units)
		buf_addf(&k->out, "    only units %s\n", cj->units);
	for (int i = 0, n = 0; i < 8; i++)
		if (cj->severities & 1u << i)
			buf_addf(&k->out, "%s%s", n++ ? ", " : "    only ",
			    severity_name(i));
	buf_adds(&k->out, cj->severities ? "\n    " : "    ");
	if (cj->directory)
		r = journal_open_directory(cj->directory, &j, &err);
	else if (cj->namespace)
		r = journal_open_namespace(cj->namespace, &j, &err);
	else
		r = journal_open_system(&j, &err);
	if (r == 0)
		r = journal_seek_head(j);
	if (r == 0)
		r = journal_next(j, &e, &err);
	if (r < 0) {
		buf_addf(&k->out, "WRONG: %s\n",
		    err.text[0] ? err.text : strerror(-r));
		k->wrong++;
	} else {
		buf_adds(&k->out,
		    r ? "can be read\n" : "has no entries that can be read\n");
	}
}

/* Says how many there are, never what they are. */
static size_t
check_secret(
    struct check *k, const char *what, const char *place, const char *usual)
{
	CLEANUP(buf_free) struct buf secrets = BUF_INIT;
	struct reterr err = {""};
	size_t n = 0;

	if (secret_read(place, usual, &secrets, &err) < 0) {
		buf_addf(&k->out, "    WRONG: %s\n", err.text);
		k->wrong++;
		return 1; /* nobody is let in without it */
	}
	for (size_t i = 0; i < secrets.n; i++)
		n += secrets.p[i] == '\n';
	buf_addf(&k->out, "    %s: %s%zu (%s)\n", what, n ? "" : "none, ", n,
	    place ? place : usual);
	if (secrets.p)
		explicit_bzero(secrets.p, secrets.size);
	return n;
}

static void
check_webhook(struct check *k, const struct config_webhook *w)
{
	static const char *const access[] = {
	    [ACCESS_TOKEN] = "with the token, if there is one",
	    [ACCESS_OPEN] = "for everybody",
	    [ACCESS_NO] = "no",
	};
	char span[TIME_TEXT_MAX];

	buf_addf(&k->out, "webhook  %s  (%s)\n", w->listen, w->where);
	if (check_secret(k, "tokens", w->token, CONFIG_TOKEN_CREDENTIAL) == 0)
		buf_addf(&k->out, "    whoever can reach %s may post\n",
		    w->listen[0] == 'u' ? "the socket" : "this address");
	check_secret(k, "PagerDuty keys", w->key, CONFIG_KEY_CREDENTIAL);
	buf_addf(&k->out,
	    "    bodies up to %lld KiB, within %s, %u connections; metrics: "
	    "%s\n",
	    (long long)(w->body_max >> 10), span_format(w->timeout, span),
	    w->connections, access[w->metrics]);
}

static const char *
scheme_name(enum listen_scheme scheme)
{
	static const char *const names[] = {
	    [LISTEN_UDP] = "udp",
	    [LISTEN_TCP] = "tcp",
	    [LISTEN_TLS] = "tls",
	    [LISTEN_UNIX] = "unix datagrams",
	    [LISTEN_SYSTEMD] = "sockets from systemd",
	};

	return names[scheme];
}

/* Whether the address is free is not asked: recountd may be running. */
static void
check_listen(struct check *k, const struct config_listen *cl)
{
	const struct listen_address *a = &cl->address;
	struct listen_options o = {
	    .certificate = cl->certificate,
	    .key = cl->key,
	    .client_ca = cl->client_ca,
	};
	struct reterr err = {""};

	buf_addf(&k->out, "syslog-listen  %s  (%s)\n    %s, ", cl->name,
	    cl->where, scheme_name(a->scheme));
	if (a->path[0])
		utf8_add_printable(&k->out, str_of(a->path));
	else
		buf_addf(&k->out, "%s, port %s",
		    a->host[0] ? a->host : "any address", a->port);
	buf_addf(&k->out,
	    ", host %s, zone %s\n    messages up to %lld bytes, up to %u "
	    "connections, %u of one sender",
	    cl->host ? cl->host : "as the message or the sender's address",
	    cl->zone ? zone_name(cl->zone) : "local",
	    (long long)cl->message_max, cl->connections_max,
	    cl->sender_connections_max);
	if (cl->service)
		buf_addf(&k->out, ", service %s", cl->service);
	buf_addc(&k->out, '\n');
	if (!cl->certificate)
		return;
	if (listen_check_tls(&o, &err) < 0) {
		buf_addf(&k->out, "    WRONG: %s\n", err.text);
		k->wrong++;
	} else {
		buf_addf(&k->out, "    certificate %s, clients need %s%s\n",
		    cl->certificate, cl->client_ca ? "one signed by " : "none",
		    cl->client_ca ? cl->client_ca : "");
	}
}

static void
check_store(struct check *k, const struct config *c)
{
	char span[TIME_TEXT_MAX];

	buf_addf(&k->out, "store  %s\n    ", c->store_path);
	if (c->max_age)
		buf_addf(&k->out, "keeps %s", span_format(c->max_age, span));
	else
		buf_adds(&k->out, "keeps everything");
	if (c->max_size)
		buf_addf(&k->out, ", at most %lld MiB",
		    (long long)(c->max_size >> 20));
	buf_addf(&k->out, "; commits every %s%s\n",
	    span_format(c->commit_interval, span),
	    c->durable ? ", to the disk" : "");
}

int
daemon_check(const struct config *c, struct parsers *parsers)
{
	struct check k = {.parsers = parsers};

	check_store(&k, c);
	for (size_t i = 0; i < c->n_journals; i++)
		check_journal(&k, &c->journals[i]);
	for (size_t i = 0; i < c->n_files; i++)
		check_file(&k, &c->files[i]);
	for (size_t i = 0; i < c->n_listens; i++)
		check_listen(&k, &c->listens[i]);
	if (c->webhook)
		check_webhook(&k, c->webhook);
	if (c->n_files + c->n_journals + c->n_listens == 0 && !c->webhook) {
		buf_adds(&k.out, "WRONG: there is nothing to read\n");
		k.wrong++;
	}
	fwrite(k.out.p, 1, k.out.n, stdout);
	buf_free(&k.out);
	return k.wrong ? -EINVAL : 0;
}
