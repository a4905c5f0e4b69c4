/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_ERR_H
#define RECOUNT_ERR_H

/*
 * Errors for people.  A function that can fail for a reason worth telling
 * takes a struct reterr; the int it returns stays a negative errno.
 */

#include "recount/str.h"

struct reterr {
	char text[512]; /* one line, "file:line: what" where a file is at fault
			 */
};

/* Fill err (which may be NULL) and return -code, so that callers can write
 * return reterr_set(err, EINVAL, "…"). */
int reterr_set(struct reterr *err, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
