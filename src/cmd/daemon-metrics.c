/* SPDX-License-Identifier: MIT */
/*
 * /metrics.
 */
#include "daemon-metrics.h"

#include "daemon.h"

void
metrics_head(
    struct buf *out, const char *name, const char *type, const char *help)
{
	buf_addf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

void
metrics_one(struct buf *out, const char *name, const char *type,
    const char *help, double value)
{
	metrics_head(out, name, type, help);
	buf_addf(out, "%s %.17g\n", name, value);
}

void
daemon_metrics(struct daemon *d, struct buf *out)
{
}
