/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_CMD_DAEMON_METRICS_H
#define RECOUNT_CMD_DAEMON_METRICS_H

/*
 * What recountd counts of itself: for /metrics, and for `recount status`.
 * Private to src/cmd.
 */

#include "recount/clock.h"
#include "recount/str.h"

struct daemon;

/* Append all metrics in Prometheus' text format (0.0.4). */
void daemon_metrics(struct daemon *d, struct buf *out);

/* "# HELP", "# TYPE" of one metric. */
void metrics_head(
    struct buf *out, const char *name, const char *type, const char *help);
/* All of a metric without labels. */
void metrics_one(struct buf *out, const char *name, const char *type,
    const char *help, double value);

#endif
