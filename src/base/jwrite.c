/* SPDX-License-Identifier: MIT */
/*
 * A library that builds a tree first would have to hold every evidence line
 * twice, and jansson refuses strings that are not UTF-8; log lines are what
 * they are.  So the text is written directly.
 *
 * Layout is for people who read or diff it: containers marked "spread" put
 * each element on its own line, the others stay on one.
 */
#include "recount/jwrite.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "recount/utf8.h"

void
jwrite_start(struct jwrite *j, struct buf *out, enum jwrite_style style)
{
	*j = (struct jwrite){.out = out, .style = style};
}

static void
line(struct jwrite *j)
{
	buf_addc(j->out, '\n');
	for (unsigned i = 0; i < j->depth; i++)
		buf_adds(j->out, "  ");
}

static void
begin(struct jwrite *j, const char *key)
{
	if (j->filled[j->depth])
		buf_addc(j->out, ',');
	if (j->spread[j->depth])
		line(j);
	else if (j->filled[j->depth] && j->style == JWRITE_READABLE)
		buf_addc(j->out, ' ');
	j->filled[j->depth] = true;
	if (key != NULL) {
		buf_addc(j->out, '"');
		utf8_add_json(j->out, str_of(key));
		buf_adds(j->out, j->style == JWRITE_READABLE ? "\": " : "\":");
	}
}

static void
open_container(struct jwrite *j, const char *key, char bracket, bool spread)
{
	begin(j, key);
	buf_addc(j->out, bracket);
	if (++j->depth >= JWRITE_DEPTH_MAX)
		abort(); /* nothing that we write is that deep */
	j->filled[j->depth] = false;
	j->spread[j->depth] = spread && j->style != JWRITE_LINE;
}

void
jwrite_object(struct jwrite *j, const char *key, bool spread)
{
	open_container(j, key, '{', spread);
}

void
jwrite_array(struct jwrite *j, const char *key, bool spread)
{
	open_container(j, key, '[', spread);
}

void
jwrite_end(struct jwrite *j, char bracket)
{
	bool split = j->spread[j->depth] && j->filled[j->depth];

	j->depth--;
	if (split)
		line(j);
	buf_addc(j->out, bracket);
}

void
jwrite_str(struct jwrite *j, const char *key, struct str s)
{
	begin(j, key);
	buf_addc(j->out, '"');
	utf8_add_json(j->out, s);
	buf_addc(j->out, '"');
}

void
jwrite_string(struct jwrite *j, const char *key, const char *z)
{
	if (z == NULL)
		jwrite_null(j, key);
	else
		jwrite_str(j, key, str_of(z));
}

void
jwrite_known(struct jwrite *j, const char *key, struct str s)
{
	if (s.n > 0)
		jwrite_str(j, key, s);
}

void
jwrite_int(struct jwrite *j, const char *key, int64_t n)
{
	begin(j, key);
	buf_addf(j->out, "%lld", (long long)n);
}

void
jwrite_count(struct jwrite *j, const char *key, int64_t n)
{
	if (n < 0)
		jwrite_null(j, key);
	else
		jwrite_int(j, key, n);
}

void
jwrite_number(struct jwrite *j, const char *key, double v, int digits)
{
	char text[64];
	char *point;
	size_t n;

	/* Beyond 2^53 a double has no digits behind the point anyway. */
	if (!(fabs(v) < 9007199254740992.0)) {
		jwrite_null(j, key);
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
jwrite_rough(struct jwrite *j, const char *key, double v, int digits)
{
	char text[64];
	char *point;

	if (!isfinite(v)) {
		jwrite_null(j, key);
		return;
	}
	snprintf(text, sizeof(text), "%.*g", digits, v);
	point = text + strspn(text, "-0123456789");
	if (*point != '\0' && *point != 'e')
		*point = '.';
	begin(j, key);
	buf_adds(j->out, text);
}

void
jwrite_span(struct jwrite *j, const char *key, usec_t span)
{
	begin(j, key);
	buf_addf(j->out, "%lld.%06lld", (long long)(span / USEC_PER_SEC),
	    (long long)(span % USEC_PER_SEC));
}

void
jwrite_bool(struct jwrite *j, const char *key, bool v)
{
	begin(j, key);
	buf_adds(j->out, v ? "true" : "false");
}

void
jwrite_null(struct jwrite *j, const char *key)
{
	begin(j, key);
	buf_adds(j->out, "null");
}

void
jwrite_time(struct jwrite *j, const char *key, usec_t t)
{
	char text[TIME_TEXT_MAX];

	if (t == USEC_NONE)
		jwrite_null(j, key);
	else
		jwrite_string(j, key, time_format_rfc3339(t, text));
}
