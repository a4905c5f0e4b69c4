/* SPDX-License-Identifier: MIT */
#ifndef SOURCE_JOURNAL_LIVE_H
#define SOURCE_JOURNAL_LIVE_H

/*
 * Which journal files there are in folders that change.
 */

#include "journal-stream.h"

struct stream_list {
	struct stream **items;
	size_t n;
};

struct live;

/* path: a folder; NULL: those of the running system, of a namespace where it is
 * not NULL.  -errno, err says why. */
int live_open(const char *path, const char *namespace, struct live **ret,
    struct reterr *err);
void live_free(struct live *l);
int live_fd(struct live *l);
/* Handle what the descriptor tells: 1 something changed, 0, -errno. */
int live_process(struct live *l);
/*
 * Look at the folders: add streams of new files to list, note which are called
 * otherwise now, or are gone.  0, or -EBADMSG + err about a file that stays
 * unreadable (once for each).
 */
int live_scan(struct live *l, struct stream_list *list, struct reterr *err);
/* How many files were seen that may not be read. */
size_t live_denied(const struct live *l);

#endif
