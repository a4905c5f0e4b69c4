/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_MUSTACHE_H
#define RECOUNT_MUSTACHE_H

/*
 * Mustache templates over JSON: the specification's core, inheritance and
 * dynamic names; no lambdas.  Beyond it: 0 and "" are false, as they are for
 * mustache.js, and "list.0" names an element.
 *
 * A template can come from anywhere: its size, its nesting, how deep partials
 * include each other, the work and the output are all bounded.
 */

#include <jansson.h>

#include "recount/err.h"

#define MUSTACHE_TEXT_MAX (1 << 20)   /* bytes of one template */
#define MUSTACHE_OUTPUT_MAX (1 << 26) /* bytes */

enum mustache_escape { /* what {{name}} does; {{{name}}} never escapes */
	MUSTACHE_HTML,
	MUSTACHE_MARKDOWN,
	MUSTACHE_TEXT, /* control bytes become visible, as on a terminal */
	MUSTACHE_RAW,
};

struct mustache_options {
	enum mustache_escape escape;
	/*
	 * Append the text of a partial to text, and to path what complaints
	 * should call it.  name may come from data: any bytes.  0; -ENOENT,
	 * which renders as nothing; another -errno ends it with err.
	 * NULL: there are none.
	 */
	int (*load)(void *arg, struct str name, struct buf *text,
	    struct buf *path, struct reterr *err);
	/* A partial that is not there; where is "FILE:LINE:COLUMN".  Or NULL.
	 */
	void (*missing)(void *arg, const char *where, struct str name);
	void *arg;
};

/*
 * Append the template rendered over value to out.  path is what complaints
 * call it.  0, or -errno with "path:line:column: why" in err; out may have
 * grown by then.
 */
int mustache_render(struct str text, const char *path, json_t *value,
    const struct mustache_options *o, struct buf *out, struct reterr *err);

/*
 * Read JSON for a template.  Bytes that recount's JSON holds as \udc80–\udcff
 * because they are not UTF-8 become text of the form \xff, other halves of a
 * surrogate pair U+FFFD: jansson has no strings for them.  *ret is the
 * caller's.  0, or -EINVAL with "name:line:column: why" in err.
 */
int mustache_json(
    struct str text, const char *name, json_t **ret, struct reterr *err);

#endif
