/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_CMD_WEBHOOK_H
#define RECOUNT_CMD_WEBHOOK_H

/*
 * What recountd is told over HTTP, and what it tells.  Private to src/cmd.
 */

#include "recount/config.h"
#include "recount/http.h"

struct daemon;
struct webhook;

/* Listen as configured.  NULL after a message: recountd goes on without. */
struct webhook *webhook_new(struct daemon *d, const struct config_webhook *cw);
/* Commits, and answers what waits.  NULL is fine. */
void webhook_free(struct webhook *w);
/* The configuration was read again; takes w (either may be NULL), and gives
 * the one that is to go on. */
struct webhook *webhook_reload(
    struct webhook *w, struct daemon *d, const struct config_webhook *cw);
/* Lines for /metrics. */
void webhook_metrics(const struct webhook *w, struct buf *out);

/* ---- webhook-auth.c: all comparisons take a time that does not depend on
 * what is right ---- */

/* secrets: as secret_read() gives them.  authorization: the header, or NULL. */
bool auth_bearer(struct str secrets, const char *authorization);
/* signature: the header X-PagerDuty-Signature, "v1=…,v1=…", or NULL. */
bool auth_signature(struct str secrets, struct str body, const char *signature);

#endif
