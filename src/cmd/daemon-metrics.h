/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_CMD_DAEMON_METRICS_H
#define RECOUNT_CMD_DAEMON_METRICS_H

/*
 * What recountd counts of itself, and where it tells it: /metrics
 * (daemon-metrics.c), STORE.state for `recount status` (daemon-state.c), the
 * journal (daemon-say.c).  Private to src/cmd.
 */

#include "recount/ingest.h"

struct daemon;

/* ---- daemon-meter.c ---- */

/* Upper bounds of the histogram of commits, in seconds; one more bucket is
 * for those beyond. */
#define METER_BUCKETS 13
extern const double meter_bounds[METER_BUCKETS];
#define METER_ERRORS_MAX 64 /* sources whose last error is kept */
#define METER_MINUTE_MSEC 60000

struct meter_error { /* the last one of a source */
	char *source, *text;
	usec_t at;
	uint64_t count;
};

struct meter_sample { /* what had been taken in at some moment */
	int64_t at;   /* msec of the monotonic clock; 0: none */
	struct ingest_total *totals;
	size_t n;
};

struct meter {
	usec_t started;
	uint64_t commits, failed;
	uint64_t buckets[METER_BUCKETS + 1];
	double seconds; /* of all commits */
	double longest;
	usec_t last_commit; /* USEC_NONE: none yet */
	struct meter_error errors[METER_ERRORS_MAX];
	size_t n_errors;
	struct meter_sample before, since; /* a minute apart */
};

void meter_start(struct meter *m);
void meter_end(struct meter *m);
int64_t meter_clock(void); /* monotonic, usec */
void meter_commit(struct meter *m, int64_t began, bool done);
void meter_error(struct meter *m, const char *source, const char *text);
const struct meter_error *meter_error_of(
    const struct meter *m, const char *source); /* or NULL */
/* Called about once a second. */
void meter_tick(struct meter *m, const struct ingest *in);
/* Events per second of t over the last minute or two; -1: not known yet. */
double meter_rate(const struct meter *m, const struct ingest_total *t);
/* The bound under which that share of commits took; -1: there were none. */
double meter_quantile(const struct meter *m, double share);

/* ---- of the daemon ---- */

const char *source_kind_word(enum source_kind kind); /* "file" */
/* How old what was not read of t is, in seconds; 0: nothing. */
double daemon_lag(const struct daemon *d, const struct ingest_total *t);

/* Append all metrics in Prometheus' text format (0.0.4). */
void daemon_metrics(struct daemon *d, struct buf *out);
/* "# HELP", "# TYPE" of one metric. */
void metrics_head(
    struct buf *out, const char *name, const char *type, const char *help);
/* All of a metric without labels. */
void metrics_one(struct buf *out, const char *name, const char *type,
    const char *help, double value);
/* Of this process; -1: unknown. */
struct process_use {
	double cpu_seconds;
	int64_t resident_bytes, virtual_bytes, open_fds, max_fds;
	double start_seconds; /* since 1970 */
};
void process_use(struct process_use *ret);

/* Write STORE.state, replacing the one before. */
void daemon_state_write(struct daemon *d);
void daemon_state_remove(struct daemon *d);
/* Say all there is to say: counts, queue, sources, positions.  Writes
 * STORE.state, too. */
void daemon_dump(struct daemon *d);

#endif
