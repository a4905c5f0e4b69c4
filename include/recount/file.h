/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_FILE_H
#define RECOUNT_FILE_H

/* Small files, whole: configuration, formats, rules. */

#include "recount/err.h"

/* Append what path holds to ret.  0; -errno with path and reason in err: also
 * -EFBIG for a file of more than `most` bytes. */
int file_read(
    const char *path, size_t most, struct buf *ret, struct reterr *err);

#endif
