/* SPDX-License-Identifier: MIT */
/*
 * The loop of recountd.
 *
 * Followers push events into ingest; this file decides when they become
 * durable: once per commit interval, or as soon as a batch is full.  When the
 * store cannot take a batch (disk full, locked), nothing more is read: the
 * batch and all positions stay in memory, the files and the journal keep the
 * rest, and the commit is tried again at each interval.  So nothing is lost,
 * and memory stays bounded by one batch.
 *
 * SIGTERM and SIGINT read what is there now, commit, and end.  SIGHUP reads
 * the configuration again; a broken one is told about and the old one stays.
 * SIGUSR1 tells the state (daemon-dump.c).
 * Whatever happens in between, a kill included, the store's positions say
 * where to go on.
 */
#include "daemon.h"

#include <errno.h>
#include <event2/event.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include <unistd.h>

#include "daemon-metrics.h"
#include "daemon-say.h"
#include "listen.h"
#include "recount/log.h"
#include "webhook.h"

#define RETAIN_SECONDS 600
#define RETAIN_FIRST_SECONDS 30
#define STATE_SECONDS 5 /* between two writings of STORE.state */
/* After SIGTERM a commit that fails is tried again for so long. */
#define END_TRIES 8
#define END_WAIT_MSEC 400

struct daemon {
	char *config_path;
	struct config *config;
	char *store_path; /* as opened */
	char host[HOST_NAME_MAX + 1];
	struct event_base *base;
	struct store *store;
	struct parsers *parsers;
	struct ingest *ingest;

	struct follow_file **files;
	size_t n_files;
	struct follow_journal **journals;
	size_t n_journals;
	struct webhook *webhook; /* NULL: none */
	struct listens *listens;

	struct event *commit, *retain, *watchdog;
	struct event *sigterm, *sigint, *sighup, *sigusr1;
	bool paused;
	unsigned failures; /* of commits, in a row */
	struct meter *meter;
	int64_t state_at; /* meter_clock() when it was written last */
	uint64_t refused, troubles;
};

struct event_base *
daemon_base(struct daemon *d)
{
	return d->base;
}

struct ingest *
daemon_ingest(struct daemon *d)
{
	return d->ingest;
}

struct parsers *
daemon_parsers(struct daemon *d)
{
	return d->parsers;
}

struct store *
daemon_store(struct daemon *d)
{
	return d->store;
}

const struct config *
daemon_config(const struct daemon *d)
{
	return d->config;
}

const char *
daemon_store_path(const struct daemon *d)
{
	return d->store_path;
}

struct meter *
daemon_meter(const struct daemon *d)
{
	return d->meter;
}

const struct webhook *
daemon_webhook(const struct daemon *d)
{
	return d->webhook;
}

bool
daemon_journal_behind(const struct daemon *d, const char *name)
{
	for (size_t i = 0; i < d->n_journals; i++)
		if (!strcmp(follow_journal_name(d->journals[i]), name))
			return follow_journal_behind(d->journals[i]);
	return false;
}

const char *
daemon_host(const struct daemon *d)
{
	return d->host[0] ? d->host : NULL;
}

bool
daemon_paused(const struct daemon *d)
{
	return d->paused;
}

void
daemon_refused(struct daemon *d, const char *path, int error)
{
	meter_error(d->meter, path, strerror(-error));
	if (d->refused++ < 10)
		daemon_say(SAY_TROUBLE, LOG_LEVEL_ERROR, path,
		    "%s: not taken in: %s", path, strerror(-error));
}

/* ---- commits ---- */

static void
resume(struct daemon *d)
{
	if (!d->paused)
		return;
	d->paused = false;
	for (size_t i = 0; i < d->n_files; i++)
		follow_file_resume(d->files[i]);
	for (size_t i = 0; i < d->n_journals; i++)
		follow_journal_resume(d->journals[i]);
	listens_resume(d->listens);
}

static int
commit(struct daemon *d)
{
	struct reterr err = {""};
	int64_t began = meter_clock();
	int r;

	listens_note(d->listens);
	r = ingest_commit(d->ingest, &err);
	meter_commit(d->meter, began, r == 0);
	if (r < 0) {
		const char *why = err.text[0] ? err.text : strerror(-r);

		meter_error(d->meter, d->store_path, why);
		/* The first, and then about once a minute. */
		if (d->failures++ % 60 == 0)
			daemon_say(SAY_PAUSED, LOG_LEVEL_ERROR, d->store_path,
			    "%s: cannot write: %s; reading waits until it can",
			    d->store_path, why);
		d->paused = true;
		sd_notifyf(0, "STATUS=Waiting: cannot write %s", d->store_path);
		return r;
	}
	if (d->failures > 0)
		daemon_say(SAY_RESUMED, LOG_LEVEL_NOTICE, d->store_path,
		    "%s: can be written again", d->store_path);
	d->failures = 0;
	resume(d);
	return 0;
}

void
daemon_commit(struct daemon *d)
{
	if (!d->paused)
		commit(d);
}

bool
daemon_took(struct daemon *d)
{
	if (!d->paused && ingest_batch_full(d->ingest))
		commit(d);
	return !d->paused;
}

static void
tell_status(struct daemon *d)
{
	const struct ingest_counts *n = ingest_counts(d->ingest);
	int64_t now = meter_clock();

	meter_tick(d->meter, d->ingest);
	if (d->state_at == 0 || d->paused ||
	    now - d->state_at >= STATE_SECONDS * USEC_PER_SEC) {
		daemon_state_write(d);
		d->state_at = now;
	}
	if (d->paused)
		return; /* commit() has said so */

	sd_notifyf(0,
	    "STATUS=%zu paths and %zu journals followed, %zu addresses "
	    "listened on, %llu events since the start",
	    d->n_files, d->n_journals, listens_count(d->listens),
	    (unsigned long long)n->events);
}

static void
on_commit(evutil_socket_t fd, short what, void *arg)
{
	struct daemon *d = arg;
	struct reterr err = {""};

	for (size_t i = 0; i < d->n_files; i++)
		follow_file_tick(d->files[i]);
	if (commit(d) < 0) {
		tell_status(d);
		return;
	}
	if (ingest_take_marks(d->ingest, d->store_path, &err) < 0 &&
	    d->troubles++ % 600 == 0)
		log_warning("%s", err.text);
	tell_status(d);
}

static void
on_retain(evutil_socket_t fd, short what, void *arg)
{
	static const struct timeval period = {RETAIN_SECONDS, 0};
	struct daemon *d = arg;
	const struct config *c = d->config;
	usec_t older = c->max_age ? clock_now() - c->max_age : 0;
	struct reterr err = {""};
	uint64_t dropped = 0;
	int r = 0;

	if ((c->max_age || c->max_size) && commit(d) == 0)
		r = store_retain(d->store, older, c->max_size, &dropped, &err);
	if (r < 0)
		log_warning("%s: retention: %s", d->store_path,
		    err.text[0] ? err.text : strerror(-r));
	else if (dropped > 0)
		log_info("%llu events dropped: older than max-age, or beyond "
			 "max-size",
		    (unsigned long long)dropped);
	evtimer_add(d->retain, &period);
}

static void
on_watchdog(evutil_socket_t fd, short what, void *arg)
{
	sd_notify(0, "WATCHDOG=1");
}

/* ---- followers ---- */

bool
daemon_is_read(const struct daemon *d, const struct follow_file *ff,
    uint64_t dev, uint64_t ino)
{
	for (size_t i = 0; i < d->n_files; i++)
		if (d->files[i] != ff &&
		    follow_file_reads(d->files[i], dev, ino))
			return true;
	return false;
}

/* Paths before patterns: what a pattern names as well is the path's, which
 * may say more about it. */
static void
follow_files(struct daemon *d, bool patterns)
{
	const struct config *c = d->config;

	for (size_t i = 0; i < c->n_files; i++) {
		bool pattern = strpbrk(c->files[i].path, "*?[") != NULL;

		if (pattern == patterns)
			d->files[d->n_files++] =
			    follow_file_new(d, &c->files[i]);
	}
}

static void
follow(struct daemon *d)
{
	const struct config *c = d->config;

	d->files = xcalloc(c->n_files + 1, sizeof(*d->files));
	d->journals = xcalloc(c->n_journals + 1, sizeof(*d->journals));
	for (size_t i = 0; i < c->n_journals; i++) {
		struct follow_journal *fj =
		    follow_journal_new(d, &c->journals[i]);

		if (fj)
			d->journals[d->n_journals++] = fj;
	}
	follow_files(d, false);
	follow_files(d, true);
	listens_apply(d->listens, c);
}

static void
unfollow(struct daemon *d)
{
	for (size_t i = 0; i < d->n_files; i++)
		follow_file_free(d->files[i]);
	for (size_t i = 0; i < d->n_journals; i++)
		follow_journal_free(d->journals[i]);
	xfree(STEAL(d->files));
	xfree(STEAL(d->journals));
	d->n_files = d->n_journals = 0;
}

/* ---- signals ---- */

static void
on_end(evutil_socket_t signal, short what, void *arg)
{
	struct daemon *d = arg;

	sd_notify(0, "STOPPING=1");
	event_base_loopbreak(d->base);
}

static void
on_reload(evutil_socket_t signal, short what, void *arg)
{
	struct daemon *d = arg;
	struct config *config;
	struct reterr err = {""};

	sd_notify(0, "RELOADING=1");
	if (config_load(d->config_path, "", d->parsers, &config, &err) < 0) {
		daemon_say(SAY_CONFIG_REFUSED, LOG_LEVEL_ERROR, NULL,
		    "%s; the configuration stays as it was", err.text);
	} else {
		if (strcmp(config->store_path, d->store_path) != 0)
			log_warning("the store stays %s until recountd is "
				    "started again",
			    d->store_path);
		unfollow(d);
		commit(d);
		config_free(d->config);
		d->config = config;
		follow(d);
		d->webhook = webhook_reload(d->webhook, d, config->webhook);
		daemon_say(SAY_CONFIG_READ, LOG_LEVEL_INFO, NULL,
		    "configuration read again");
	}
	sd_notify(0, "READY=1");
}

static void
on_dump(evutil_socket_t signal, short what, void *arg)
{
	daemon_dump(arg);
}

static struct event *
add_signal(struct daemon *d, int number, event_callback_fn fn)
{
	struct event *ev = evsignal_new(d->base, number, fn, d);

	if (!ev || event_add(ev, NULL) < 0)
		abort(); /* out of memory */
	return ev;
}

/* ---- the whole ---- */

static struct timeval
interval(usec_t span)
{
	return (struct timeval){
	    (time_t)(span / USEC_PER_SEC), (suseconds_t)(span % USEC_PER_SEC)};
}

static void
add_timers(struct daemon *d)
{
	struct timeval every = interval(d->config->commit_interval);
	static const struct timeval first = {RETAIN_FIRST_SECONDS, 0};
	uint64_t watch = 0;

	d->commit = event_new(d->base, -1, EV_PERSIST, on_commit, d);
	d->retain = evtimer_new(d->base, on_retain, d);
	d->watchdog = event_new(d->base, -1, EV_PERSIST, on_watchdog, d);
	if (!d->commit || !d->retain || !d->watchdog)
		abort(); /* out of memory */
	event_add(d->commit, &every);
	evtimer_add(d->retain, &first);
	if (sd_watchdog_enabled(0, &watch) > 0) {
		struct timeval half = interval((usec_t)watch / 2);

		event_add(d->watchdog, &half);
	}
}

static void
event_end(struct event **ev)
{
	if (*ev)
		event_free(*ev);
	*ev = NULL;
}

static void
daemon_end(struct daemon *d)
{
	event_end(&d->commit);
	event_end(&d->retain);
	event_end(&d->watchdog);
	event_end(&d->sigterm);
	event_end(&d->sigint);
	event_end(&d->sighup);
	event_end(&d->sigusr1);
	listens_free(d->listens);
	ingest_free(d->ingest);
	parsers_free(d->parsers);
	store_free(d->store);
	if (d->base)
		event_base_free(d->base);
	config_free(d->config);
	meter_end(d->meter);
	xfree(d->config_path);
	xfree(d->store_path);
}

DEFINE_CLEANUP_IN(struct daemon, daemon_end)

/* What is there to read now is taken along, then all must become durable. */
static int
finish(struct daemon *d)
{
	static const struct timespec wait = {0, END_WAIT_MSEC * 1000000L};
	int r = -EBUSY;

	listens_finish(d->listens);
	for (size_t i = 0; i < d->n_files; i++)
		follow_file_poll(d->files[i]);
	for (size_t i = 0; i < d->n_journals; i++)
		follow_journal_poll(d->journals[i]);
	unfollow(d);
	webhook_free(STEAL(d->webhook));
	for (int i = 0; i < END_TRIES && r < 0; i++) {
		if (i > 0)
			nanosleep(&wait, NULL);
		r = commit(d);
	}
	if (r < 0)
		log_error("what was read since the last commit is not in the "
			  "store; it will be read again");
	else
		daemon_say(SAY_STOP, LOG_LEVEL_INFO, NULL,
		    "ends; everything that was read is in %s", d->store_path);
	daemon_state_remove(d);
	return r;
}

static int
begin(struct daemon *d)
{
	struct reterr err = {""};
	int r = store_open(d->store_path, STORE_WRITE, &d->store, &err);

	if (r < 0) {
		log_error("%s", err.text[0] ? err.text : strerror(-r));
		return r;
	}
	if (d->config->durable)
		r = store_set_durable(d->store, true, &err);
	if (r == 0)
		r = ingest_new(d->store, d->parsers, &d->ingest);
	if (r < 0) {
		log_error("%s: %s", d->store_path, strerror(-r));
		return r;
	}
	ingest_skip_own(d->ingest, true);
	if (gethostname(d->host, sizeof(d->host) - 1) < 0)
		d->host[0] = '\0';
	return 0;
}

int
daemon_run(
    const char *config_path, struct config *config, struct parsers *parsers)
{
	struct meter meter = {0};
	CLEANUP(daemon_end)
	struct daemon d = {
	    .meter = &meter,
	    .config_path = xstrdup(config_path),
	    .config = config,
	    .parsers = parsers,
	    .store_path = xstrdup(config->store_path),
	};
	int r;

	meter_start(&meter);
	r = begin(&d);
	if (r < 0)
		return r;
	signal(SIGPIPE, SIG_IGN);
	d.base = event_base_new();
	if (!d.base)
		abort(); /* out of memory */
	d.sigterm = add_signal(&d, SIGTERM, on_end);
	d.sigint = add_signal(&d, SIGINT, on_end);
	d.sighup = add_signal(&d, SIGHUP, on_reload);
	d.sigusr1 = add_signal(&d, SIGUSR1, on_dump);
	d.listens = listens_new(&d);
	follow(&d);
	if (config->webhook)
		d.webhook = webhook_new(&d, config->webhook);
	if (d.n_files + d.n_journals + listens_count(d.listens) == 0 &&
	    !d.webhook) {
		log_error("there is nothing to read; %s names sources",
		    config_path ? config_path : CONFIG_PATH);
		return -ENOENT;
	}
	add_timers(&d);
	daemon_say(SAY_START, LOG_LEVEL_INFO, NULL,
	    "following %zu paths and %zu journals, listening on %zu "
	    "addresses, into %s",
	    d.n_files, d.n_journals, listens_count(d.listens), d.store_path);
	sd_notify(0, "READY=1");
	event_base_dispatch(d.base);
	return finish(&d);
}
