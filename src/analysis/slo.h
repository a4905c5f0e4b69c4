/* SPDX-License-Identifier: MIT */
#ifndef ANALYSIS_SLO_H
#define ANALYSIS_SLO_H

#include "recount/analysis.h"

/*
 * How fast the error budget of s was spent, and which share of it (1: all)
 * went in a time of that length.  NAN where there were no requests.
 */
void slo_spend(const struct slo *s, int64_t failed, int64_t total,
    usec_t length, double *ret_burn_rate, double *ret_budget_spent);
/* route: "POST /api/orders/{id}"; service: the virtual host, or whatever the
 * requests' log is called. */
bool slo_matches(const struct slo *s, struct str route, struct str service);

#endif
