/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_CONFIG_INTERNAL_H
#define RECOUNT_CONFIG_INTERNAL_H

/* What the files that read the configuration share. */

#include "recount/config.h"

/* The new entry, with all but kind and path unset; valid until the next. */
struct config_file *config_add_file(
    struct config *c, enum config_kind kind, const char *path);
struct config_journal *config_add_journal(
    struct config *c, const char *directory);
/* The new entry with the default period, valid until the next; NULL when
 * there is one of that name. */
struct config_slo *config_add_slo(struct config *c, struct str name);
void config_slos_free(struct config *c);
/* "99.9" or "99.9 %" as a share, above 0 and below 1.  0, or -EINVAL. */
int config_percent_parse(struct str text, double *ret);
/* Looking for the name that was meant by word: far is what is too far, at
 * first; name stays NULL when none is near. */
struct nearest {
	struct str word;
	const char *name;
	size_t far;
};
void nearest_try(struct nearest *n, const char *name);
/* Add what is found on the machine. */
void config_discover(struct config *c, const char *root);

/* ---- config.c and config-keys.c ---- */

enum section {
	SECTION_NONE,
	SECTION_STORE,
	SECTION_WEBHOOK,
	SECTION_SLO,
	SECTION_JOURNAL,
	SECTION_NGINX,
	SECTION_SYSLOG,
	SECTION_LOG,
	SECTION_LISTEN,
	SECTION_COUNT,
};

/* Values of a source section, until it ends. */
struct gathered {
	char *access_log, *error_log, *path, *format;
	char *service, *host, *directory, *namespace, *units;
	unsigned severities;
	const struct zone *zone;
	bool disabled;
	unsigned access_line, error_line, path_line;
};

/* The reading of one configuration. */
struct loading {
	struct config *config;
	const struct parsers *parsers;
	const char *file;
	unsigned line; /* of the key, from 1 */
	enum section section;
	unsigned section_line;
	struct gathered g;
	struct reterr *err;
	bool sources; /* some section names sources */
};

/* config-listen.c: a [syslog-listen] begins, has a key, has ended. */
int config_listen_begin(struct loading *l, struct str title);
int config_listen_key(struct loading *l, const char *key, struct str value);
int config_listen_end(struct loading *l);
void config_listens_free(struct config *c);

extern const char *const config_section_names[SECTION_COUNT];
/* Fill l->err with what is wrong in its line; returns -EINVAL. */
int config_wrong(struct loading *l, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
struct config_slo *config_last_slo(struct loading *l); /* there is one */
struct str config_unquoted(struct str s); /* without '…' or "…" around it */
/* Values, for the keys of other files: 0, or -EINVAL with what is wrong. */
int config_set_text(struct loading *l, struct str value, char **place);
int config_set_span(struct loading *l, struct str value, usec_t *place);
/* config-journal.c */
int key_namespace(struct loading *l, struct str v);
int key_unit(struct loading *l, struct str v);
int key_priority(struct loading *l, struct str v);
int config_end_journal(struct loading *l);
/* config-webhook.c */
int config_begin_webhook(struct loading *l);
int config_check_webhook(const struct config_webhook *w, struct reterr *err);
void config_webhook_free(struct config_webhook *w); /* NULL is fine */
int key_listen(struct loading *l, struct str v);
int key_token(struct loading *l, struct str v);
int key_pagerduty(struct loading *l, struct str v);
int key_max_body(struct loading *l, struct str v);
int key_timeout(struct loading *l, struct str v);
int key_connections(struct loading *l, struct str v);
int key_metrics(struct loading *l, struct str v);
/* One "key = value" of the section that l is in. */
int config_read_key(struct loading *l, struct str text);

#endif
