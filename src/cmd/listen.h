/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_CMD_LISTEN_H
#define RECOUNT_CMD_LISTEN_H

/* The syslog listeners of recountd (listen-syslog.c).  Private to src/cmd. */

#include "daemon.h"
#include "recount/listen.h"

struct listens;

/* Takes note of the sockets that systemd handed over. */
struct listens *listens_new(struct daemon *d);
void listens_free(struct listens *ls); /* NULL is fine */
/* Listen where c says, and nowhere else; c must stay until the next one is
 * applied or all is freed. */
void listens_apply(struct listens *ls, const struct config *c);
size_t listens_count(const struct listens *ls);
void listens_resume(struct listens *ls);
/* Before a commit: what was counted joins it. */
void listens_note(struct listens *ls);
/* The end: what senders have handed over is read; seconds at most. */
void listens_finish(struct listens *ls);

/* ---- listen-loss.c ---- */

#define LISTEN_LOSSES 4

struct listen_losses { /* of one listener */
	uint64_t noted[LISTEN_LOSSES];
	usec_t since[LISTEN_LOSSES];
};

/* What n has counted is known already. */
void listen_losses_begin(
    struct listen_losses *ll, const struct listen_counts *n, usec_t now);
/* Write the gaps that are due; last: all there are.  0, or -errno. */
int listen_losses_note(struct listen_losses *ll, const struct listen_counts *n,
    struct ingest *in, uint32_t source, usec_t now, bool last);

#endif
