/* SPDX-License-Identifier: MIT */
#ifndef PARSE_CONF_TOKEN_H
#define PARSE_CONF_TOKEN_H

/* Directives of an nginx configuration, as nginx itself cuts them. */

#include "recount/str.h"

#define CONF_WORDS_MAX 64

enum conf_end {
	CONF_SIMPLE, /* name words… ; */
	CONF_OPEN,   /* name words… { */
	CONF_CLOSE,  /* } */
	CONF_EOF,
	CONF_BROKEN, /* the file ends within a directive */
};

struct conf_directive {
	struct buf text;                   /* words, unquoted, NUL between */
	const char *words[CONF_WORDS_MAX]; /* further words are dropped */
	unsigned n;
};

/* The next directive off the front of *s; d is used again and ended with
 * buf_free(&d->text). */
enum conf_end conf_next(struct str *s, struct conf_directive *d);
/* The text of a log_format directive, its strings joined; "escape=json " stays
 * before it where it is not the default. */
void conf_log_format(const struct conf_directive *d, struct buf *out);
/* Behind the brace that closes a block of something other than nginx's own
 * syntax (Lua). */
void conf_skip_block(struct str *s);

#endif
