/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_REPORT_TEMPLATE_MODEL_H
#define RECOUNT_REPORT_TEMPLATE_MODEL_H

#include "recount/template.h"

#define TEMPLATE_DASH "\u2013"

/* Put what b holds under key, and empty b.  Bytes that are no UTF-8 and
 * control bytes become visible. */
void model_put(json_t *object, const char *key, struct buf *b);
void model_put_string(json_t *object, const char *key, const char *z);
void model_put_bool(json_t *object, const char *key, bool v);
/* is_first, is_last and number, from 1, for the members of a list. */
void model_number(json_t *list);
/* "14:00:07" under key; nothing for no time. */
void model_put_time(
    json_t *object, const char *key, usec_t t, const struct report *r);

/* ---- template-items.c ---- */

void model_timeline(json_t *root, const struct report *r);
void model_factors(
    json_t *incident, const struct incident *in, const struct report *r);
void model_evidence(json_t *root, const struct report *r);

/* ---- template-impact.c ---- */

void model_impact(json_t *incident, const struct incident *in);

/* ---- picture.c ---- */

/* Failed requests over the window as bars of characters, some lines high; our
 * own characters only.  Nothing where nothing failed. */
void picture_add(struct buf *out, const struct report *r);

#endif
