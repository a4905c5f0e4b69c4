/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_TEMPLATE_H
#define RECOUNT_TEMPLATE_H

/* What report templates are given. */

#include <jansson.h>

#include "recount/report.h"

/*
 * The report's JSON as a value, with keys added that spare templates what
 * Mustache cannot do: times of the report's zone, numbers with their base in
 * words, lists by incident.  samples/templates/README.md names them.  The
 * caller's; strings are UTF-8, log text in them is still to be escaped.
 */
json_t *template_model(const struct report *r);

#endif
