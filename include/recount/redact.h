/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_REDACT_H
#define RECOUNT_REDACT_H

/*
 * Text with what is private replaced by pseudonyms.  The same value has the
 * same pseudonym wherever it stands, in every text that goes through
 * redactors of the same key; without the key nobody gets from one to the
 * other, not even by trying all addresses there are.
 */

#include "recount/str.h"

#define REDACT_KEY_BYTES 32

enum redact_flag {
	/* Addresses, e-mail addresses, user names, tokens and passwords, the
	 * values in a URL's query. */
	REDACT_VALUES = 1 << 0,
	/* People as roles: R1, R2, … in the order they were learnt in. */
	REDACT_PEOPLE = 1 << 1,
};

struct redactor;

/* flags: enum redact_flag, at least one.  key: copied.  Never NULL; to be
 * ended by redactor_free(). */
struct redactor *redactor_new(
    unsigned flags, const uint8_t key[REDACT_KEY_BYTES]);
void redactor_free(struct redactor *r);
DEFINE_CLEANUP(struct redactor *, redactor_free)

/*
 * Remember who a log line says has logged in, used sudo or owns a job: their
 * names are replaced in every text from now on, wherever they stand as a word.
 * So learn from all lines first.  Names that somebody only tried ("invalid
 * user admin") are replaced where they were tried, not as words.
 */
void redactor_learn(struct redactor *r, struct str line);
/* Append text to out with what is private replaced. */
void redactor_text(struct redactor *r, struct str text, struct buf *out);

#endif
