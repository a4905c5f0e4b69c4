/* SPDX-License-Identifier: MIT */
#ifndef PARSE_JSON_SCAN_H
#define PARSE_JSON_SCAN_H

/*
 * Where things stand in JSON text.  Values stay slices of the text, strings
 * with their escapes; nothing is allocated.  Nesting over JSON_DEPTH_MAX is
 * refused.  Bytes that are not UTF-8 and bare "-" (as loggers write them) are
 * let pass.
 */

#include "recount/str.h"

#define JSON_DEPTH_MAX 64

/* The value at the front of *s (blanks before it are skipped); quotes and
 * braces belong to it. */
bool json_value(struct str *s, struct str *ret);
/*
 * Members of an object, elements of an array.  json_enter() takes the brace
 * off; each *_next() returns false at the closing one or where the text is
 * broken, which *s->p == NULL tells apart.
 */
bool json_enter(struct str *s, char brace);
bool json_member(struct str *s, struct str *ret_key, struct str *ret_value);
bool json_element(struct str *s, struct str *ret);
/* The member of object with this key, or a str with p == NULL. */
struct str json_get(struct str object, struct str key);
/* What is between the quotes; other values as they are, null as empty. */
struct str json_text(struct str value);
/* json_text() with its escapes resolved, appended to out. */
void json_unescape(struct str text, struct buf *out);

#endif
