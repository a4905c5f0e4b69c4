/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_CONFIG_H
#define RECOUNT_CONFIG_H

/*
 * What recountd is told to do: INI as systemd writes it, a main file and
 * drop-ins, or what it finds on the machine when it is told nothing.
 */

#include "recount/clock.h"
#include "recount/err.h"
#include "recount/listen.h"

#define CONFIG_PATH "/etc/recount/recountd.conf"
#define CONFIG_STORE_PATH "/var/lib/recount/recount.db"
#define CONFIG_NGINX_CONF "/etc/nginx/nginx.conf"
#define CONFIG_FILE_BYTES_MAX ((size_t)1024 * 1024)

struct parsers;

enum config_kind { CONFIG_ACCESS, CONFIG_ERROR, CONFIG_SYSLOG, CONFIG_LOG };

struct config_file { /* one path or glob to follow */
	enum config_kind kind;
	char *path;
	char *format;         /* log_format text or parser name; NULL: detect */
	char *service, *host; /* NULL: not configured */
	const struct zone *zone; /* NULL: local */
	char *where;             /* "recountd.conf:12", or "discovered" */
};

struct config_journal {
	char *directory; /* NULL: the running system's */
	char *namespace; /* of it; NULL: the default one */
	char *host;
	char *units;         /* patterns, blanks between; NULL: all */
	unsigned severities; /* 1 << enum severity; 0: all */
	char *where;
};

struct config_listen { /* one address that syslog comes in by */
	char *name;
	struct listen_address address;
	char *certificate, *key, *client_ca; /* NULL: not configured */
	char *service, *host, *format;       /* format: of access lines */
	const struct zone *zone;             /* NULL: local */
	int64_t message_max, receive_buffer; /* bytes */
	unsigned connections_max, sender_connections_max;
	unsigned sender_rate; /* messages a second; 0: any number */
	usec_t idle_max;      /* 0: for ever */
	unsigned mode;        /* of a unix socket */
	char *where;
};

struct config_slo {         /* a service level objective, for the report */
	char *name, *match; /* match: a glob (struct slo); NULL: all */
	double objective;   /* share that is to succeed, below 1 */
	usec_t period;
};

#define CONFIG_WEBHOOK_LISTEN "unix:/run/recount/webhook"
#define CONFIG_TOKEN_CREDENTIAL "webhook-token"
#define CONFIG_KEY_CREDENTIAL "pagerduty-key"

enum config_access { ACCESS_TOKEN, ACCESS_OPEN, ACCESS_NO };

struct config_webhook { /* the endpoint for alerts, marks and metrics */
	char *listen;   /* "unix:/path", "127.0.0.1:9097", "[::1]:9097" */
	bool local;     /* no other machine can reach it */
	char *token;    /* secret_read(); NULL: the credential, if any */
	char *key;      /* PagerDuty's, likewise */
	int64_t body_max;
	usec_t timeout; /* of a request */
	unsigned connections;
	enum config_access metrics; /* who may read them: ACCESS_TOKEN means
				       whoever has the token, if there is one */
	char *where;
};

struct config {
	char *store_path;
	usec_t max_age;   /* 0: keep */
	int64_t max_size; /* bytes; 0: no limit */
	usec_t commit_interval;
	bool durable; /* a power cut may not take commits back */

	struct config_journal *journals;
	size_t n_journals;
	struct config_file *files;
	size_t n_files;
	struct config_listen *listens;
	size_t n_listens;
	struct config_slo *slos;
	size_t n_slos;

	struct config_webhook *webhook; /* NULL: none */

	bool discovered; /* sources were found rather than configured */
};

/*
 * path NULL: CONFIG_PATH, which may be missing.  The drop-ins of a file are
 * the *.conf of the folder of its name with ".d", in order of name.  Where
 * nothing names a source, sources are discovered; root is put before the paths
 * that are looked at then ("" usually).  parsers: the formats
 * that may be named, borrowed for the call.
 * 0; -EINVAL or -errno with "file:line: what" in err.
 */
int config_load(const char *path, const char *root,
    const struct parsers *parsers, struct config **ret, struct reterr *err);
void config_free(struct config *c);
DEFINE_CLEANUP(struct config *, config_free)
/* All but the address at its default; name is copied. */
void config_listen_init(struct config_listen *cl, struct str name);
const char *config_kind_name(enum config_kind kind); /* "nginx access" */
/* The i-th key, from 0, that a section such as "store" may have; NULL behind
 * the last, and for a section that is not known. */
const char *config_key_name(const char *section, size_t i);

#define SECRETS_BYTES_MAX ((size_t)64 * 1024)
/*
 * The secrets that `place` holds, one a line, blanks around them and empty
 * lines left out, each with a newline in *ret.  place: a path,
 * "credential:NAME" (a file of $CREDENTIALS_DIRECTORY), or NULL: the
 * credential called `usual`, and nothing where there is none.
 * 0; -EINVAL: there is none in it; -errno; with the reason in err, which never
 * holds a secret.
 */
int secret_read(
    const char *place, const char *usual, struct buf *ret, struct reterr *err);

/* "10G", "512M", "100k", "4096": binary multiples.  0, or -EINVAL. */
int config_size_parse(struct str text, int64_t *ret);

#endif
