/* SPDX-License-Identifier: MIT */
#ifndef SOURCE_READER_H
#define SOURCE_READER_H

/*
 * What the tail needs of a reader beyond the contract in recount/source.h:
 * the same line scanner over a file that still grows.
 */

#include <sys/stat.h>

#include "recount/source.h"

/*
 * Take over fd (closed by reader_free(), also on failure).  follow: the file
 * is plain whatever its first bytes are, and READER_END means "for now": a
 * last line without newline is held back until reader_unfollow().
 */
int reader_open_fd(int fd, const char *path, bool follow, struct reader **ret,
    struct reterr *err);
/* The file will not grow any more: its rest comes out as an open line. */
void reader_unfollow(struct reader *r);
bool reader_compressed(const struct reader *r);
int reader_fd(const struct reader *r);
/* Bytes read so far, behind the position by what waits in the buffer. */
int64_t reader_read_end(const struct reader *r);
/*
 * Whether the file still is what was read from it: false when it became
 * shorter, or when the bytes before reader_read_end() changed.  Always true
 * for what is not a plain regular file.  *ret_size is its size now.
 */
bool reader_unchanged(const struct reader *r, int64_t *ret_size);
/* Bytes from the last line's end on that are already here; borrowed. */
struct str reader_buffered(const struct reader *r);

#endif
