/* SPDX-License-Identifier: MIT */
/*
 * A library that builds a tree first would have to hold every evidence line
 * twice, and jansson refuses strings that are not UTF-8; log lines are what
 * they are.  So the text is written directly.
 *
 * Layout is for people who read or diff it: containers marked "spread" put
 * each element on its own line, the others stay on one.
 */
#include "json-writer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "recount/utf8.h"

void
json_start(struct json *j, struct buf *out)
{
	*j = (struct json){.out = out};
}

static void
line(struct json *j)
{
	buf_addc(j->out, '\n');
	for (unsigned i = 0; i < j->depth; i++)
		buf_adds(j->out, "  ");
}

static void
begin(struct json *j, const char *key)
{
	if (j->filled[j->depth])
		buf_addc(j->out, ',');
	if (j->spread[j->depth])
		line(j);
	else if (j->filled[j->depth])
		buf_addc(j->out, ' ');
	j->filled[j->depth] = true;
	if (key != NULL) {
		buf_addc(j->out, '"');
		utf8_add_json(j->out, str_of(key));
		buf_adds(j->out, "\": ");
	}
}

static void
open_container(struct json *j, const char *key, char bracket, bool spread)
{
	begin(j, key);
	buf_addc(j->out, bracket);
	if (++j->depth >= JSON_DEPTH_MAX)
		abort(); /* the contract is not that deep */
	j->filled[j->depth] = false;
	j->spread[j->depth] = spread;
}

void
json_object(struct json *j, const char *key, bool spread)
{
	open_container(j, key, '{', spread);
}

void
json_array(struct json *j, const char *key, bool spread)
{
	open_container(j, key, '[', spread);
}

void
json_end(struct json *j, char bracket)
{
	bool split = j->spread[j->depth] && j->filled[j->depth];

	j->depth--;
	if (split)
		line(j);
	buf_addc(j->out, bracket);
}

void
json_str(struct json *j, const char *key, struct str s)
{
	begin(j, key);
	buf_addc(j->out, '"');
	utf8_add_json(j->out, s);
	buf_addc(j->out, '"');
}

void
json_string(struct json *j, const char *key, const char *z)
{
	if (z == NULL)
		json_null(j, key);
	else
		json_str(j, key, str_of(z));
}

void
json_int(struct json *j, const char *key, int64_t n)
{
	begin(j, key);
	buf_addf(j->out, "%lld", (long long)n);
}

void
json_count(struct json *j, const char *key, int64_t n)
{
	if (n < 0)
		json_null(j, key);
	else
		json_int(j, key, n);
}

void
json_number(struct json *j, const char *key, double v, int digits)
{
	char text[64];
	char *point;
	size_t n;

	/* Beyond 2^53 a double has no digits behind the point anyway. */
	if (!(fabs(v) < 9007199254740992.0)) {
		json_null(j, key);
		return;
	}
	snprintf(text, sizeof(text), "%.*f", digits, v);
	n = strlen(text);
	if (digits > 0) {
		while (text[n - 1] == '0')
			text[--n] = '\0';
		/* Whatever the locale calls its decimal point. */
		point = text + strspn(text, "-0123456789");
		if (point[strcspn(point, "0123456789")] == '\0')
			*point = '\0';
		else
			*point = '.';
	}
	if (strcmp(text, "-0") == 0)
		strcpy(text, "0");
	begin(j, key);
	buf_adds(j->out, text);
}

void
json_bool(struct json *j, const char *key, bool v)
{
	begin(j, key);
	buf_adds(j->out, v ? "true" : "false");
}

void
json_null(struct json *j, const char *key)
{
	begin(j, key);
	buf_adds(j->out, "null");
}

void
json_time(struct json *j, const char *key, usec_t t)
{
	char text[TIME_TEXT_MAX];

	if (t == USEC_NONE)
		json_null(j, key);
	else
		json_string(j, key, time_format_rfc3339(t, text));
}
