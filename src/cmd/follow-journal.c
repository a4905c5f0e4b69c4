/* SPDX-License-Identifier: MIT */
/*
 * One journal: the running system's, or a folder's.
 *
 * Entries are read in turns of bounded length, so that a backlog of days does
 * not keep the loop from its files and signals.  The descriptor tells of new
 * entries; a slow poll is the net, since journal_fd() does not see everything
 * (files on network file systems, a journald that was restarted).
 */
#include "daemon.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>

#include "daemon-metrics.h"
#include "daemon-say.h"
#include "recount/log.h"

#define TURN_ENTRIES 1024
#define POLL_SECONDS 2

struct follow_journal {
	struct daemon *d;
	char *name, *host;
	struct journal *j;
	struct ingest_source *s;
	struct event *readable, *turn, *poll;
	usec_t told; /* when damage was told last */
	bool behind; /* there is more to read */
};

static void
note_gap(struct follow_journal *fj, const char *text)
{
	struct gap gap = {
	    .source = ingest_source_id(fj->s),
	    .since = clock_now(),
	    .reason = str_of(text),
	    .lost = -1,
	    .offset = -1,
	};
	int r;

	gap.until = gap.since;
	meter_error(daemon_meter(fj->d), fj->name, text);
	if (fj->told == USEC_NONE || gap.since - fj->told > USEC_PER_MIN) {
		daemon_say(SAY_GAP, LOG_LEVEL_WARNING, fj->name,
		    "journal %s: %s", fj->name, text);
		fj->told = gap.since;
	}
	r = ingest_gap(daemon_ingest(fj->d), &gap);
	if (r < 0)
		daemon_refused(fj->d, fj->name, r);
}

static void
schedule(struct follow_journal *fj)
{
	static const struct timeval at_once = {0, 0};

	evtimer_add(fj->turn, &at_once);
}

static void
on_turn(evutil_socket_t fd, short what, void *arg)
{
	struct follow_journal *fj = arg;

	for (int i = 0; i < TURN_ENTRIES; i++) {
		struct journal_entry e;
		struct reterr err = {""};
		int r;

		if (daemon_paused(fj->d))
			return; /* follow_journal_resume() goes on */
		r = journal_next(fj->j, &e, &err);
		fj->behind = r > 0;
		if (r == 0)
			return;
		if (r < 0) {
			note_gap(fj, err.text[0] ? err.text : strerror(-r));
			if (r == -EBADMSG)
				continue;
			return;
		}
		r = ingest_entry(fj->s, &e);
		if (r < 0)
			daemon_refused(fj->d, fj->name, r);
		daemon_took(fj->d);
	}
	schedule(fj);
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct follow_journal *fj = arg;

	journal_process(fj->j);
	schedule(fj);
}

static int
open_journal(struct follow_journal *fj, const struct config_journal *cj)
{
	struct reterr err = {""};
	struct str cursor;
	int r;

	if (cj->directory)
		r = journal_open_directory(cj->directory, &fj->j, &err);
	else if (cj->namespace)
		r = journal_open_namespace(cj->namespace, &fj->j, &err);
	else
		r = journal_open_system(&fj->j, &err);
	if (r < 0) {
		log_error("journal %s: %s", fj->name,
		    err.text[0] ? err.text : strerror(-r));
		return r;
	}
	r = ingest_open_journal(
	    daemon_ingest(fj->d), fj->name, fj->host, &fj->s, &cursor);
	if (r < 0) {
		daemon_refused(fj->d, fj->name, r);
		return r;
	}
	ingest_match_entries(fj->s, cj->units, cj->severities);
	if (!cursor.n)
		return journal_seek_head(fj->j);
	r = journal_seek_after(fj->j, cursor);
	if (r == 0)
		note_gap(fj, "the last entry that was read is gone: entries "
			     "may have been removed before they were read");
	return r;
}

struct follow_journal *
follow_journal_new(struct daemon *d, const struct config_journal *cj)
{
	static const struct timeval period = {POLL_SECONDS, 0};
	struct follow_journal *fj = xcalloc(1, sizeof(*fj));
	int fd;

	fj->d = d;
	fj->name = cj->namespace
		       ? xasprintf("namespace %s", cj->namespace)
		       : xstrdup(cj->directory ? cj->directory : "system");
	fj->host = xstrdup(cj->host ? cj->host : daemon_host(d));
	fj->told = USEC_NONE;
	if (open_journal(fj, cj) < 0) {
		follow_journal_free(fj);
		return NULL;
	}
	fj->turn = evtimer_new(daemon_base(d), on_turn, fj);
	fj->poll = event_new(daemon_base(d), -1, EV_PERSIST, on_readable, fj);
	fd = journal_fd(fj->j);
	if (fd >= 0)
		fj->readable = event_new(
		    daemon_base(d), fd, EV_READ | EV_PERSIST, on_readable, fj);
	if (!fj->turn || !fj->poll)
		abort(); /* out of memory */
	if (fj->readable)
		event_add(fj->readable, NULL);
	event_add(fj->poll, &period);
	schedule(fj);
	return fj;
}

void
follow_journal_free(struct follow_journal *fj)
{
	if (!fj)
		return;
	if (fj->readable)
		event_free(fj->readable);
	if (fj->turn)
		event_free(fj->turn);
	if (fj->poll)
		event_free(fj->poll);
	if (ingest_close(fj->s, false) < 0)
		log_error("journal %s: its end could not be noted", fj->name);
	journal_free(fj->j);
	xfree(fj->name);
	xfree(fj->host);
	xfree(fj);
}

const char *
follow_journal_name(const struct follow_journal *fj)
{
	return fj->name;
}

bool
follow_journal_behind(const struct follow_journal *fj)
{
	return fj->behind;
}

void
follow_journal_resume(struct follow_journal *fj)
{
	schedule(fj);
}

/* What is there now, up to one turn of it. */
void
follow_journal_poll(struct follow_journal *fj)
{
	journal_process(fj->j);
	on_turn(-1, 0, fj);
}
