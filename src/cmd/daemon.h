/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_CMD_DAEMON_H
#define RECOUNT_CMD_DAEMON_H

/*
 * recountd behind its command line: the loop (daemon.c) and what it follows
 * (follow-file.c, follow-journal.c).  Private to src/cmd.
 */

#include "recount/config.h"
#include "recount/ingest.h"

struct event_base;
struct daemon;

/* Run until SIGTERM or SIGINT.  config_path as for config_load(); config and
 * parsers are taken over.  0, or -errno after a message. */
int daemon_run(
    const char *config_path, struct config *config, struct parsers *parsers);

/* Say what would be read, to standard output.  -EINVAL when some of it could
 * not be. */
int daemon_check(const struct config *c, struct parsers *parsers);

/* ---- for the followers ---- */

struct event_base *daemon_base(struct daemon *d);
struct ingest *daemon_ingest(struct daemon *d);
struct parsers *daemon_parsers(struct daemon *d);
struct store *daemon_store(struct daemon *d);
const struct config *daemon_config(const struct daemon *d);
const char *daemon_store_path(const struct daemon *d);
struct meter;
struct meter *daemon_meter(const struct daemon *d);
struct webhook;
const struct webhook *daemon_webhook(const struct daemon *d); /* or NULL */
/* Whether the journal of that name has entries that were not read yet. */
bool daemon_journal_behind(const struct daemon *d, const char *name);
const char *daemon_host(const struct daemon *d);
/*
 * After an event was taken in.  false: the store cannot take more for now
 * (full disk, locked); what was given is kept, and *_resume() will be called.
 */
bool daemon_took(struct daemon *d);
/* Make durable what there is, at once. */
void daemon_commit(struct daemon *d);
bool daemon_paused(const struct daemon *d);
/* The store refused an event: that must not happen, and is told. */
void daemon_refused(struct daemon *d, const char *path, int error);

struct follow_file;
/* Whether another follower than ff reads that file: two patterns may name it.
 */
bool daemon_is_read(const struct daemon *d, const struct follow_file *ff,
    uint64_t dev, uint64_t ino);
struct follow_file *follow_file_new(
    struct daemon *d, const struct config_file *cf);
/* finished files were closed before; the others can be gone on with. */
void follow_file_free(struct follow_file *ff);
void follow_file_resume(struct follow_file *ff);
void follow_file_poll(struct follow_file *ff);
bool follow_file_reads(
    const struct follow_file *ff, uint64_t dev, uint64_t ino);
/* A moment has passed: entries that waited long enough are complete. */
void follow_file_tick(struct follow_file *ff);

struct follow_journal;
struct follow_journal *follow_journal_new(
    struct daemon *d, const struct config_journal *cj);
void follow_journal_free(struct follow_journal *fj);
void follow_journal_resume(struct follow_journal *fj);
void follow_journal_poll(struct follow_journal *fj);
const char *follow_journal_name(const struct follow_journal *fj);
bool follow_journal_behind(const struct follow_journal *fj);

#endif
