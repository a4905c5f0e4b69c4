/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_EVENT_REDACT_INTERNAL_H
#define RECOUNT_EVENT_REDACT_INTERNAL_H

/* What redact.c and redact-people.c share. */

#include "recount/intern.h"
#include "recount/redact.h"

struct redactor {
	unsigned flags;
	uint8_t key[REDACT_KEY_BYTES];
	struct intern *people; /* number n is the role R(n + 1) */
};

static inline bool
redact_is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_' || c == '-';
}

/* How many bytes at the beginning of s are a name that a context such as
 * "invalid user " stands before; 0: there is none.  *ret_before is the length
 * of the context. */
size_t redact_tried_name(struct str s, size_t *ret_before);

#endif
