/* SPDX-License-Identifier: MIT */
/*
 * /metrics: Prometheus' text format, and the names that go with it: base units,
 * _total for what only grows, one label for what a person calls the source.
 *
 * What is counted per source is what the store has of it, rotated files added
 * up, so that counters go on over a restart; losses, gaps and commits are those
 * of this process and begin at 0, as counters may.
 */
#include "daemon-metrics.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "daemon.h"
#include "recount/file.h"
#include "webhook.h"

#define PROC_BYTES_MAX ((size_t)65536)

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
	buf_addf(out, "%s %.15g\n", name, value);
}

static void
add_label(struct buf *out, const char *value)
{
	for (; *value; value++)
		if (*value == '\n')
			buf_adds(out, "\\n");
		else if (*value == '"' || *value == '\\')
			buf_addf(out, "\\%c", *value);
		else
			buf_addc(out, *value);
}

const char *
source_kind_word(enum source_kind kind)
{
	static const char *const words[] = {
	    [SOURCE_FILE] = "file",
	    [SOURCE_JOURNAL] = "journal",
	    [SOURCE_SYSLOG] = "syslog",
	    [SOURCE_WEBHOOK] = "webhook",
	    [SOURCE_MARK] = "marks",
	};

	return (size_t)kind < ARRAY_SIZE(words) ? words[kind] : "";
}

/* ---- sources ---- */

double
daemon_lag(const struct daemon *d, const struct ingest_total *t)
{
	usec_t now = clock_now();
	bool behind = t->behind > 0 || (t->kind == SOURCE_JOURNAL && t->open &&
					   daemon_journal_behind(d, t->name));

	if (!behind || t->last == USEC_NONE || t->last > now)
		return 0;
	return (double)(now - t->last) / (double)USEC_PER_SEC;
}

static double
events_of(const struct daemon *d, const struct ingest_total *t)
{
	return (double)t->events;
}

static double
unparsed_of(const struct daemon *d, const struct ingest_total *t)
{
	return (double)t->unparsed;
}

static double
last_of(const struct daemon *d, const struct ingest_total *t)
{
	return t->last == USEC_NONE ? NAN
				    : (double)t->last / (double)USEC_PER_SEC;
}

static double
behind_of(const struct daemon *d, const struct ingest_total *t)
{
	return t->kind == SOURCE_FILE && t->open ? (double)t->behind : NAN;
}

static double
lag_of(const struct daemon *d, const struct ingest_total *t)
{
	bool can_lag = t->kind == SOURCE_FILE || t->kind == SOURCE_JOURNAL;

	return can_lag && t->open ? daemon_lag(d, t) : NAN;
}

static double
errors_of(const struct daemon *d, const struct ingest_total *t)
{
	const struct meter_error *e = meter_error_of(daemon_meter(d), t->name);

	return e ? (double)e->count : 0;
}

static const struct per_source {
	const char *name, *type, *help;
	/* NAN: not for this one. */
	double (*value)(const struct daemon *d, const struct ingest_total *t);
} per_source[] = {
    {"recount_events_total", "counter", "Events taken in.", events_of},
    {"recount_lines_unparsed_total", "counter", "Events that no format fitted.",
	unparsed_of},
    {"recount_source_errors_total", "counter",
	"Troubles with a source since the start.", errors_of},
    {"recount_source_last_event_timestamp_seconds", "gauge",
	"When the last event taken in happened.", last_of},
    {"recount_source_lag_bytes", "gauge",
	"Bytes of a followed file that were not read yet.", behind_of},
    {"recount_source_lag_seconds", "gauge",
	"How far the last event taken in lies back while there is more to "
	"read; 0 when there is not.",
	lag_of},
};

static void
add_sources(struct daemon *d, struct buf *out)
{
	struct ingest_total *totals;
	size_t n = ingest_totals(daemon_ingest(d), &totals);

	for (size_t k = 0; k < ARRAY_SIZE(per_source); k++) {
		const struct per_source *m = &per_source[k];

		metrics_head(out, m->name, m->type, m->help);
		for (size_t i = 0; i < n; i++) {
			double value = m->value(d, &totals[i]);

			if (isnan(value))
				continue;
			buf_addf(out, "%s{kind=\"%s\",source=\"", m->name,
			    source_kind_word(totals[i].kind));
			add_label(out, totals[i].name);
			buf_addf(out, "\"} %.15g\n", value);
		}
	}
	ingest_totals_free(totals, n);
}

/* ---- store and queue ---- */

static void
add_commits(const struct meter *m, struct buf *out)
{
	static const char name[] = "recount_commit_duration_seconds";
	uint64_t sum = 0;

	metrics_head(out, name, "histogram",
	    "How long it took to make a batch durable.");
	for (size_t i = 0; i < METER_BUCKETS; i++) {
		sum += m->buckets[i];
		buf_addf(out, "%s_bucket{le=\"%g\"} %llu\n", name,
		    meter_bounds[i], (unsigned long long)sum);
	}
	buf_addf(out,
	    "%s_bucket{le=\"+Inf\"} %llu\n%s_sum %.15g\n"
	    "%s_count %llu\n",
	    name, (unsigned long long)m->commits, name, m->seconds, name,
	    (unsigned long long)m->commits);
	metrics_one(out, "recount_commits_failed_total", "counter",
	    "Commits that did not succeed and were tried again.",
	    (double)m->failed);
	if (m->last_commit != USEC_NONE)
		metrics_one(out, "recount_last_commit_timestamp_seconds",
		    "gauge", "When a batch was made durable last.",
		    (double)m->last_commit / (double)USEC_PER_SEC);
}

static void
add_store(struct daemon *d, struct buf *out)
{
	const struct ingest_counts *n = ingest_counts(daemon_ingest(d));
	struct store_summary sum;
	size_t events, bytes;

	metrics_one(out, "recount_gaps_total", "counter",
	    "Gaps noted since the start.", (double)n->gaps);
	metrics_one(out, "recount_lost_lines_total", "counter",
	    "Lines known to be lost since the start.", (double)n->lost);
	metrics_one(out, "recount_lost_bytes_total", "counter",
	    "Bytes that may be lost since the start, at most.",
	    (double)n->lost_bytes);
	store_pending(daemon_store(d), &events, &bytes);
	metrics_one(out, "recount_queue_events", "gauge",
	    "Events that wait for a commit.", (double)events);
	metrics_one(out, "recount_queue_bytes", "gauge",
	    "Their size in memory.", (double)bytes);
	metrics_one(out, "recount_paused", "gauge",
	    "1 while the store cannot be written and nothing is read.",
	    daemon_paused(d));
	if (store_summary(daemon_store(d), &sum) < 0)
		return;
	metrics_one(out, "recount_store_size_bytes", "gauge",
	    "Size of the database file and its log.", (double)sum.bytes);
	metrics_one(out, "recount_store_free_bytes", "gauge",
	    "Bytes of it that can be used again.", (double)sum.free_bytes);
	metrics_one(out, "recount_store_segments", "gauge",
	    "Segments in the store.", (double)sum.segments);
	metrics_one(out, "recount_store_events", "gauge",
	    "Events in the store.", (double)sum.events);
	if (sum.first != USEC_NONE)
		metrics_one(out, "recount_store_oldest_timestamp_seconds",
		    "gauge", "When the oldest event in the store happened.",
		    (double)sum.first / (double)USEC_PER_SEC);
}

/* ---- the process ---- */

static int64_t
open_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int64_t n = -1; /* the one that looks is not counted */

	while (dir && readdir(dir))
		n++;
	if (!dir)
		return -1;
	closedir(dir);
	return n - 2; /* . and .. */
}

/* Field `which` of /proc/self/stat, from 3 on: those behind the name, which
 * may hold anything. */
static int64_t
stat_field(struct str text, int which)
{
	struct str field = STR_NULL;
	uint64_t value;

	for (size_t i = text.n; i-- > 0;)
		if (text.p[i] == ')') {
			text = str_skip(text, i + 2);
			break;
		}
	for (int i = 3; i <= which; i++)
		text = str_cut(text, ' ', &field);
	return str_to_u64(field, &value) ? (int64_t)value : -1;
}

/* When the machine was started, in seconds since 1970. */
static double
boot_seconds(void)
{
	CLEANUP(buf_free) struct buf text = BUF_INIT;
	struct str rest, line;
	uint64_t value;

	if (file_read("/proc/stat", PROC_BYTES_MAX, &text, NULL) < 0)
		return -1;
	for (rest = buf_str(&text); rest.n;) {
		rest = str_cut(rest, '\n', &line);
		if (str_starts(line, STR("btime ")) &&
		    str_to_u64(str_skip(line, 6), &value))
			return (double)value;
	}
	return -1;
}

void
process_use(struct process_use *ret)
{
	CLEANUP(buf_free) struct buf text = BUF_INIT;
	double hertz = (double)sysconf(_SC_CLK_TCK), boot = boot_seconds();
	struct rlimit limit;
	struct rusage use;

	*ret = (struct process_use){-1, -1, -1, -1, -1, -1};
	if (getrusage(RUSAGE_SELF, &use) == 0)
		ret->cpu_seconds =
		    (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
		    (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) /
			(double)USEC_PER_SEC;
	if (file_read("/proc/self/stat", PROC_BYTES_MAX, &text, NULL) == 0) {
		ret->virtual_bytes = stat_field(buf_str(&text), 23);
		ret->resident_bytes =
		    stat_field(buf_str(&text), 24) * sysconf(_SC_PAGESIZE);
		if (boot >= 0)
			ret->start_seconds =
			    boot +
			    (double)stat_field(buf_str(&text), 22) / hertz;
	}
	ret->open_fds = open_descriptors();
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
	    limit.rlim_cur != RLIM_INFINITY)
		ret->max_fds = (int64_t)limit.rlim_cur;
}

static void
add_process(struct buf *out)
{
	struct process_use use;

	process_use(&use);
	if (use.cpu_seconds >= 0)
		metrics_one(out, "process_cpu_seconds_total", "counter",
		    "Total user and system CPU time spent in seconds.",
		    use.cpu_seconds);
	if (use.resident_bytes >= 0)
		metrics_one(out, "process_resident_memory_bytes", "gauge",
		    "Resident memory size in bytes.",
		    (double)use.resident_bytes);
	if (use.virtual_bytes >= 0)
		metrics_one(out, "process_virtual_memory_bytes", "gauge",
		    "Virtual memory size in bytes.", (double)use.virtual_bytes);
	if (use.open_fds >= 0)
		metrics_one(out, "process_open_fds", "gauge",
		    "Number of open file descriptors.", (double)use.open_fds);
	if (use.max_fds >= 0)
		metrics_one(out, "process_max_fds", "gauge",
		    "Maximum number of open file descriptors.",
		    (double)use.max_fds);
	if (use.start_seconds >= 0)
		metrics_one(out, "process_start_time_seconds", "gauge",
		    "Start time of the process since unix epoch in seconds.",
		    use.start_seconds);
}

void
daemon_metrics(struct daemon *d, struct buf *out)
{
	metrics_head(
	    out, "recount_build_info", "gauge", "The version that runs.");
	buf_addf(
	    out, "recount_build_info{version=\"%s\"} 1\n", RECOUNT_VERSION);
	add_sources(d, out);
	add_commits(daemon_meter(d), out);
	add_store(d, out);
	if (daemon_webhook(d))
		webhook_metrics(daemon_webhook(d), out);
	add_process(out);
}
