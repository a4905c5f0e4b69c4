/* SPDX-License-Identifier: MIT */
/*
 * SIGUSR1: all of the daemon's state as messages of its own, for a moment at
 * which something looks wrong and nobody wants to stop the daemon to find out.
 *
 * STORE.state and /metrics tell totals, a source being what people call one;
 * this tells each position by itself, a rotated file apart from the one that
 * took its place, as it stands in memory: with what was read and is not in the
 * store yet.  A message a line, so that journalctl can search it.
 */
#include "daemon-metrics.h"
#include "daemon-say.h"
#include "daemon.h"

static const char *
time_or_never(usec_t t, char buf[TIME_TEXT_MAX])
{
	return t == USEC_NONE ? "never" : time_format_rfc3339(t, buf);
}

static void
say_daemon(struct daemon *d)
{
	const struct ingest_counts *n = ingest_counts(daemon_ingest(d));
	const struct meter *m = daemon_meter(d);
	char since[TIME_TEXT_MAX], last[TIME_TEXT_MAX];
	struct process_use use;
	size_t events, bytes;

	store_pending(daemon_store(d), &events, &bytes);
	process_use(&use);
	daemon_say(SAY_STATE, LOG_LEVEL_NOTICE, NULL,
	    "state: version " RECOUNT_VERSION ", since %s, store %s%s",
	    time_or_never(m->started, since), daemon_store_path(d),
	    daemon_paused(d) ? ", PAUSED: the store cannot be written" : "");
	daemon_say(SAY_STATE, LOG_LEVEL_NOTICE, NULL,
	    "state: queue: %zu events, %zu bytes; last commit %s, %llu done, "
	    "%llu failed, longest %.3f s",
	    events, bytes, time_or_never(m->last_commit, last),
	    (unsigned long long)m->commits, (unsigned long long)m->failed,
	    m->longest);
	daemon_say(SAY_STATE, LOG_LEVEL_NOTICE, NULL,
	    "state: since the start: %llu events, %llu unparsed, %llu gaps, "
	    "%llu lost; %.2f s of CPU, %lld KiB resident, %lld descriptors",
	    (unsigned long long)n->events, (unsigned long long)n->unparsed,
	    (unsigned long long)n->gaps, (unsigned long long)n->lost,
	    use.cpu_seconds, (long long)(use.resident_bytes / 1024),
	    (long long)use.open_fds);
}

static void
say_totals(struct daemon *d)
{
	struct ingest_total *totals;
	size_t n = ingest_totals(daemon_ingest(d), &totals);

	for (size_t i = 0; i < n; i++) {
		const struct ingest_total *t = &totals[i];
		const struct meter_error *e =
		    meter_error_of(daemon_meter(d), t->name);
		char last[TIME_TEXT_MAX];

		if (!t->open && t->kind < SOURCE_WEBHOOK)
			continue;
		daemon_say(SAY_STATE, LOG_LEVEL_NOTICE, t->name,
		    "state: source: %s %s: %llu events, %llu unparsed, last "
		    "%s, %lld bytes and %.3f s behind, %llu errors%s%s",
		    source_kind_word(t->kind), t->name,
		    (unsigned long long)t->events,
		    (unsigned long long)t->unparsed,
		    time_or_never(t->last, last), (long long)t->behind,
		    daemon_lag(d, t), (unsigned long long)(e ? e->count : 0),
		    e ? ": " : "", e ? e->text : "");
	}
	ingest_totals_free(totals, n);
}

static int
say_position(void *arg, const struct source_info *info)
{
	const struct position *p = &info->position;
	CLEANUP(xfree) char *name = str_dup(info->name);

	if (info->finished)
		return 0;
	if (p->cursor.n)
		daemon_say(SAY_STATE, LOG_LEVEL_NOTICE, name,
		    "state: position: source %u, %s, cursor %.*s", info->id,
		    name, STR_ARG(p->cursor));
	else if (p->ino)
		daemon_say(SAY_STATE, LOG_LEVEL_NOTICE, name,
		    "state: position: source %u, %s, inode %llu, offset %lld",
		    info->id, name, (unsigned long long)p->ino,
		    (long long)p->offset);
	return 0;
}

void
daemon_dump(struct daemon *d)
{
	say_daemon(d);
	say_totals(d);
	store_each_source(daemon_store(d), say_position, NULL);
	daemon_state_write(d);
}
