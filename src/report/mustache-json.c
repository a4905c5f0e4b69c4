/* SPDX-License-Identifier: MIT */
/*
 * jansson refuses halves of surrogate pairs, and recount's own JSON has them:
 * \udc80 to \udcff stand for bytes that are not UTF-8.  Only the text of
 * escapes is changed here, before jansson sees it, and never made longer.
 */
#include "recount/mustache.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

/* The number behind "\u" at p, or -1. */
static int
escape_at(struct str s)
{
	int n = 0;

	if (s.n < 6 || s.p[0] != '\\' || s.p[1] != 'u')
		return -1;
	for (int i = 2; i < 6; i++) {
		unsigned char c = (unsigned char)tolower((unsigned char)s.p[i]);

		if (!isxdigit(c))
			return -1;
		n = n * 16 + (c <= '9' ? c - '0' : c - 'a' + 10);
	}
	return n;
}

static bool
is_half(int c, int first)
{
	return c >= first && c < first + 0x400;
}

static void
mend(struct str s, struct buf *out)
{
	while (s.n > 0) {
		int c = escape_at(s);
		size_t n = c >= 0 ? 6 : s.p[0] == '\\' && s.n > 1 ? 2 : 1;

		if (is_half(c, 0xd800) &&
		    is_half(escape_at(str_skip(s, 6)), 0xdc00))
			buf_add(out, s.p, n = 12);
		else if (c >= 0xdc80 && c <= 0xdcff)
			buf_addf(out, "\\\\x%02x", (unsigned)c & 0xff);
		else if (is_half(c, 0xd800) || is_half(c, 0xdc00))
			buf_adds(out, "\\ufffd");
		else
			buf_add(out, s.p, n);
		s = str_skip(s, n);
	}
}

int
mustache_json(
    struct str text, const char *name, json_t **ret, struct reterr *err)
{
	CLEANUP(buf_free) struct buf mended = BUF_INIT;
	json_error_t error;
	json_t *value;

	buf_reserve(&mended, text.n);
	mend(text, &mended);
	value = json_loadb(mended.p ? mended.p : "", mended.n,
	    JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
	if (value == NULL)
		return reterr_set(err, EINVAL, "%s:%d:%d: %s", name, error.line,
		    error.column, error.text);
	*ret = value;
	return 0;
}
