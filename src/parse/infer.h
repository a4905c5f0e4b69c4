/* SPDX-License-Identifier: MIT */
#ifndef PARSE_INFER_H
#define PARSE_INFER_H

#include "parser.h"

/* A value in a line, and the name that stands before it, if any. */
struct infer_column {
	struct str key, value;
	struct str parent;   /* JSON: the key of the object it stands in */
	const char *slowest; /* the time it is, by how large it is; or NULL */
	char open;           /* the quote or bracket before the value, or 0 */
	bool varies;         /* other lines have something else there */
	bool blanks;         /* some have a blank in it */
};

/* What has been named in a line so far; each variable is used once. */
struct infer_names {
	const char *used[FORMAT_STEPS_MAX];
	size_t n;
};

/* The columns of a line, FORMAT_STEPS_MAX at most; 0 when it has no such
 * shape.  separator: ' ', '\t' or '|'. */
size_t infer_columns(struct str line, char separator, struct infer_column *ret);
/* The variable a key means ("X-Request-ID", "rid", …), or NULL. */
const char *infer_alias(struct str key);
bool infer_used(const struct infer_names *names, const char *variable);
/* The variable for a column, or NULL; recorded as used. */
const char *infer_name(
    const struct infer_column *c, size_t index, struct infer_names *names);
bool infer_unsaid(struct str value); /* empty or "-" */

#endif
