/* SPDX-License-Identifier: MIT */
/*
 * STORE.state: what `recount status` tells of the running daemon and cannot
 * find in the store.
 *
 * A file beside the store is found by whoever has found the store, needs no
 * socket, and is there when the daemon hangs, which is when it is wanted most.
 * It is replaced, never rewritten, a few times a minute at most, without fsync:
 * what it says is of no use after a crash.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "daemon-metrics.h"
#include "daemon.h"
#include "recount/jwrite.h"

static void
add_source(struct daemon *d, const struct ingest_total *t, struct jwrite *j)
{
	const struct meter *m = daemon_meter(d);
	const struct meter_error *e = meter_error_of(m, t->name);
	double rate = meter_rate(m, t);

	jwrite_object(j, NULL, false);
	jwrite_string(j, "kind", source_kind_word(t->kind));
	jwrite_string(j, "name", t->name);
	jwrite_int(j, "events", (int64_t)t->events);
	jwrite_int(j, "unparsed", (int64_t)t->unparsed);
	if (rate >= 0)
		jwrite_number(j, "rate", rate, 2);
	else
		jwrite_null(j, "rate");
	jwrite_number(j, "lag_s", daemon_lag(d, t), 3);
	jwrite_int(j, "lag_bytes", t->behind);
	jwrite_time(j, "last", t->last);
	jwrite_string(j, "error", e ? e->text : NULL);
	jwrite_time(j, "error_at", e ? e->at : USEC_NONE);
	jwrite_int(j, "errors", e ? (int64_t)e->count : 0);
	jwrite_end(j, '}');
}

static void
add_sources(struct daemon *d, struct jwrite *j)
{
	struct ingest_total *totals;
	size_t n = ingest_totals(daemon_ingest(d), &totals);
	double rate = 0;

	jwrite_array(j, "sources", true);
	for (size_t i = 0; i < n; i++) {
		double one = meter_rate(daemon_meter(d), &totals[i]);

		rate = one < 0 || rate < 0 ? -1 : rate + one;
		if (totals[i].open || totals[i].kind >= SOURCE_WEBHOOK)
			add_source(d, &totals[i], j);
	}
	jwrite_end(j, ']');
	if (rate >= 0)
		jwrite_number(j, "rate", rate, 2);
	else
		jwrite_null(j, "rate");
	ingest_totals_free(totals, n);
}

static void
add_commit(const struct meter *m, struct jwrite *j)
{
	jwrite_object(j, "commit", false);
	jwrite_int(j, "count", (int64_t)m->commits);
	jwrite_int(j, "failed", (int64_t)m->failed);
	if (m->commits > 0) {
		jwrite_number(j, "p50_s", meter_quantile(m, 0.5), 6);
		jwrite_number(j, "p99_s", meter_quantile(m, 0.99), 6);
		jwrite_number(j, "max_s", m->longest, 6);
	}
	jwrite_time(j, "last", m->last_commit);
	jwrite_end(j, '}');
}

static void
add_error(const struct meter *m, struct jwrite *j)
{
	const struct meter_error *last = NULL;

	for (size_t i = 0; i < m->n_errors; i++)
		if (!last || m->errors[i].at > last->at)
			last = &m->errors[i];
	jwrite_object(j, "last_error", false);
	if (last) {
		jwrite_string(j, "source", last->source);
		jwrite_string(j, "text", last->text);
		jwrite_time(j, "at", last->at);
	}
	jwrite_end(j, '}');
}

static void
state_text(struct daemon *d, struct buf *out)
{
	const struct ingest_counts *n = ingest_counts(daemon_ingest(d));
	const struct config *c = daemon_config(d);
	struct process_use use;
	struct jwrite j;
	size_t events, bytes;

	store_pending(daemon_store(d), &events, &bytes);
	process_use(&use);
	jwrite_start(&j, out, false);
	jwrite_object(&j, NULL, true);
	jwrite_string(&j, "schema", "recount.state/1");
	jwrite_string(&j, "version", RECOUNT_VERSION);
	jwrite_int(&j, "pid", getpid());
	jwrite_time(&j, "started", daemon_meter(d)->started);
	jwrite_time(&j, "written", clock_now());
	jwrite_bool(&j, "paused", daemon_paused(d));
	jwrite_object(&j, "queue", false);
	jwrite_int(&j, "events", (int64_t)events);
	jwrite_int(&j, "bytes", (int64_t)bytes);
	jwrite_end(&j, '}');
	add_commit(daemon_meter(d), &j);
	jwrite_object(&j, "since_start", false);
	jwrite_int(&j, "events", (int64_t)n->events);
	jwrite_int(&j, "unparsed", (int64_t)n->unparsed);
	jwrite_int(&j, "gaps", (int64_t)n->gaps);
	jwrite_int(&j, "lost", (int64_t)n->lost);
	jwrite_int(&j, "lost_bytes_max", (int64_t)n->lost_bytes);
	jwrite_end(&j, '}');
	jwrite_object(&j, "retention", false);
	jwrite_int(&j, "max_age_s", c->max_age / USEC_PER_SEC);
	jwrite_int(&j, "max_size", c->max_size);
	jwrite_end(&j, '}');
	jwrite_object(&j, "process", false);
	jwrite_number(&j, "cpu_s", use.cpu_seconds, 2);
	jwrite_int(&j, "resident_bytes", use.resident_bytes);
	jwrite_int(&j, "open_fds", use.open_fds);
	jwrite_end(&j, '}');
	add_error(daemon_meter(d), &j);
	add_sources(d, &j);
	jwrite_end(&j, '}');
	buf_addc(out, '\n');
}

void
daemon_state_write(struct daemon *d)
{
	CLEANUP(xfree)
	char *path = xasprintf("%s.state", daemon_store_path(d));
	CLEANUP(xfree) char *fresh = xasprintf("%s.new", path);
	CLEANUP(buf_free) struct buf text = BUF_INIT;
	int fd;
	bool whole;

	state_text(d, &text);
	/* A full disk is told about elsewhere; the old file is better then. */
	fd = open(
	    fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (fd < 0)
		return;
	whole = write(fd, text.p, text.n) == (ssize_t)text.n;
	if (close(fd) < 0 || !whole || rename(fresh, path) < 0)
		unlink(fresh);
}

void
daemon_state_remove(struct daemon *d)
{
	CLEANUP(xfree)
	char *path = xasprintf("%s.state", daemon_store_path(d));

	unlink(path);
}
