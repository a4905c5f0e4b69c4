/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_REPORT_JSON_WRITER_H
#define RECOUNT_REPORT_JSON_WRITER_H

/*
 * JSON, written in order: keys stand in the order of the calls, which is the
 * order of the contract.  Commas, indentation and escapes are done here.
 */

#include "recount/clock.h"

#define JSON_DEPTH_MAX 16

struct json {
	struct buf *out;
	unsigned depth;
	/* Per depth: something stands before; one line per element. */
	bool filled[JSON_DEPTH_MAX], spread[JSON_DEPTH_MAX];
};

void json_start(struct json *j, struct buf *out);
/* key is NULL within arrays.  spread: each element on a line of its own. */
void json_object(struct json *j, const char *key, bool spread);
void json_array(struct json *j, const char *key, bool spread);
void json_end(struct json *j, char bracket); /* '}' or ']' */
void json_str(struct json *j, const char *key, struct str s);
void json_string(struct json *j, const char *key, const char *z); /* or null */
void json_int(struct json *j, const char *key, int64_t n);
/* As json_int, but a negative n is unknown and becomes null. */
void json_count(struct json *j, const char *key, int64_t n);
/* At most that many digits behind the point, no trailing zeros; null for what
 * is not finite. */
void json_number(struct json *j, const char *key, double v, int digits);
void json_bool(struct json *j, const char *key, bool v);
void json_null(struct json *j, const char *key);
void json_time(struct json *j, const char *key, usec_t t); /* null: none */

#endif
