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
 * last line without newline is held back until reader_rest() asks for it.
 */
int reader_open_fd(int fd, const char *path, bool follow, struct reader **ret,
    struct reterr *err);
/* What is held back of a last line without newline, as an open line; what the
 * file may get behind it becomes a line of its own.  READER_END: nothing. */
enum reader_result reader_rest(struct reader *r, struct reader_line *ret);
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
/* Nothing more is to be read from the file, only from what is already here. */
void reader_stop(struct reader *r);

#endif
