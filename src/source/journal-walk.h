/* SPDX-License-Identifier: MIT */
#ifndef SOURCE_JOURNAL_WALK_H
#define SOURCE_JOURNAL_WALK_H

/*
 * The entries of a journal file nobody writes to, read from its bytes.  See
 * journal-walk.c.
 */

#include "journal-entry.h"
#include "journal-file.h"

struct journal_walk;

/* NULL when the file uses what is not known here, or cannot be opened. */
struct journal_walk *journal_walk_open(const char *path);
void journal_walk_free(struct journal_walk *w);

/*
 * The next entry: 1; 0 behind the last one; -EBADMSG when there is anything
 * about it that is better left to libsystemd, which then goes on behind the
 * entry before.
 */
int journal_walk_next(struct journal_walk *w, struct journal_cursor *ret);
/* Of the entry that came last, until the next: its cursor, and all of it in
 * export form. */
const char *journal_walk_cursor(const struct journal_walk *w);
struct str journal_walk_raw(const struct journal_walk *w);

#endif
