/* SPDX-License-Identifier: MIT */
/*
 * Read in blocks rather than by the size that stat() gives: a configuration
 * may be a pipe or a file of /proc.
 */
#include "recount/file.h"

#include <errno.h>
#include <stdio.h>

int
file_read(const char *path, size_t most, struct buf *ret, struct reterr *err)
{
	FILE *f = fopen(path, "re");
	size_t before = ret->n, n;
	char block[16384];
	int code = 0;

	if (f == NULL)
		return reterr_set(err, errno, "%s: %s", path, strerror(errno));
	while ((n = fread(block, 1, sizeof(block), f)) > 0 &&
	       ret->n - before <= most)
		buf_add(ret, block, n);
	if (ferror(f))
		code = errno != 0 ? errno : EIO;
	else if (ret->n - before > most)
		code = EFBIG;
	fclose(f);
	return code ? reterr_set(err, code, "%s: %s", path, strerror(code)) : 0;
}
