/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_CMD_SNAPSHOT_H
#define RECOUNT_CMD_SNAPSHOT_H

/* What the files of `recount snapshot` share: cmd-snapshot.c says what is in
 * a snapshot, snapshot-folder.c how it gets there, snapshot-tables.c writes
 * the tables of its database. */

#include "cmd.h"
#include "recount/model.h"
#include "recount/redact.h"

/* ---- snapshot-folder.c ---- */

struct folder; /* of snapshots, locked */

/* The folder at path, created when missing; what a killed run left half-made
 * in it is removed.  0; -EBUSY: another run holds it; -errno.  The reason is
 * in err. */
int folder_open(const char *path, struct folder **ret, struct reterr *err);
void folder_free(struct folder *f);
DEFINE_CLEANUP(struct folder *, folder_free)

/* A new snapshot in the making.  The value is its path, the folder's, valid
 * until folder_keep(). */
int folder_begin(struct folder *f, const char **ret_path, struct reterr *err);
/* Write a file into the snapshot in the making, synced. */
int folder_file(
    struct folder *f, const char *name, struct str content, struct reterr *err);
/* The snapshot is complete: from now on it is there, as `name`, whole, in
 * place of one that was there under that name; `latest` leads to it. */
int folder_keep(struct folder *f, const char *name, struct reterr *err);

/* What may be kept; a limit of 0 is none. */
struct folder_limit {
	uint64_t count;
	usec_t age; /* by the end of the window */
};
/* Remove snapshots beyond the limit, the oldest windows first. */
int folder_retain(struct folder *f, const struct folder_limit *limit,
    usec_t now, struct reterr *err);

/* Write an index page anew, whole or not at all. */
int folder_index(struct folder *f, const struct zone *zone, struct reterr *err);

#define SNAPSHOT_NAME_MAX 64
/* "20260304T130000Z-20260304T140000Z" */
void snapshot_name(usec_t since, usec_t until, char out[SNAPSHOT_NAME_MAX]);

/* ---- snapshot-tables.c ---- */

/* events.db in the folder `path`; redactor: NULL, or it has learnt. */
int snapshot_tables(struct store *st, const struct report *r,
    struct redactor *redactor, const char *path, struct reterr *err);

#endif
