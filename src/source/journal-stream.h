/* SPDX-License-Identifier: MIT */
#ifndef SOURCE_JOURNAL_STREAM_H
#define SOURCE_JOURNAL_STREAM_H

/*
 * The entries of one journal file, in the order in which they were written.
 */

#include "journal-entry.h"
#include "journal-file.h"
#include "journal-walk.h"

struct stream {
	char *path; /* as it is called now */
	uint64_t dev, ino;
	struct journal_head head;  /* as read last */
	sd_journal *sd;            /* NULL before its turn, and after its end */
	struct journal_walk *walk; /* reads instead of sd as long as it can */
	bool growing;              /* of a live journal */
	unsigned missed; /* looks at its folder that did not find it */

	bool ready;   /* at an entry that was not given yet */
	bool waiting; /* at the end of what is there now */
	bool ended;   /* for good */

	bool counted; /* was read from its first entry on */
	uint64_t given;
	uint64_t stuck_at, stuck_before; /* see stream_wait() */
	unsigned damages;
	uint64_t spoilt, spoilt_told; /* entries with damaged fields */

	char *cursor; /* of the entry sd is at, or was at last; free() */
	struct journal_cursor key;
};

/* A stream of the file, whose head was read; before its first entry. */
struct stream *stream_new(
    const char *path, const struct journal_head *head, bool growing);
void stream_free(struct stream *s);
void stream_rewind(struct stream *s);
/* Its file is no longer there.  (One look may miss a file that is renamed at
 * that very moment.) */
bool stream_gone(const struct stream *s);
/*
 * To the next entry: afterwards s is ready, waiting or ended.  0, or -EBADMSG
 * when something cannot be read (s may be ready then, or else).
 */
int stream_advance(struct stream *s, struct reterr *err);
/* Behind the entry of c (whose text is cursor).  1 it is there, 0 not (s is at
 * the next one that is), -errno. */
int stream_seek_after(
    struct stream *s, const char *cursor, const struct journal_cursor *c);
/* Whether a's entry comes before b's: sequence numbers tell for certain, then
 * the monotonic clock of one boot, then the time received. */
bool stream_before(const struct stream *a, const struct stream *b);

#endif
