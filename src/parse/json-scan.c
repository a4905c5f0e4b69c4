/* SPDX-License-Identifier: MIT */
/*
 * A scanner for positions in JSON.
 *
 * Evidence must be shown byte for byte, so what is wanted of a document is not
 * its values but where they stand.  A library gives the values; this gives the
 * slices.  It is lenient about what is inside numbers and words, strict about
 * what decides where a value ends: quotes, escapes and braces.
 */
#include "json-scan.h"

#include "recount/parse.h"

static struct str
skip_blank(struct str s)
{
	size_t n = 0;

	while (n < s.n && (s.p[n] == ' ' || s.p[n] == '\t' || s.p[n] == '\n' ||
			      s.p[n] == '\r'))
		n++;
	return str_skip(s, n);
}

/* Length of the string at the front of s with its quotes, or 0. */
static size_t
string_length(struct str s)
{
	for (size_t i = 1; i < s.n; i++) {
		if (s.p[i] == '\\')
			i++;
		else if (s.p[i] == '"')
			return i + 1;
	}
	return 0;
}

/* Braces are only balanced here, by kind; what is between them need not be
 * JSON until somebody enters it. */
static size_t
nested_length(struct str s)
{
	char stack[JSON_DEPTH_MAX];
	size_t depth = 0, n;

	for (size_t i = 0; i < s.n; i++) {
		switch (s.p[i]) {
		case '"':
			n = string_length(str_skip(s, i));
			if (n == 0)
				return 0;
			i += n - 1;
			break;
		case '{':
		case '[':
			if (depth == JSON_DEPTH_MAX)
				return 0;
			stack[depth++] = s.p[i] == '{' ? '}' : ']';
			break;
		case '}':
		case ']':
			if (stack[--depth] != s.p[i])
				return 0;
			if (depth == 0)
				return i + 1;
			break;
		}
	}
	return 0;
}

static size_t
word_length(struct str s)
{
	size_t n = 0;

	while (n < s.n && memchr(" \t\r\n,:{}[]\"", s.p[n], 11) == NULL)
		n++;
	return n;
}

bool
json_value(struct str *s, struct str *ret)
{
	struct str at = skip_blank(*s);
	size_t n;

	if (at.n == 0)
		return false;
	if (at.p[0] == '"')
		n = string_length(at);
	else if (at.p[0] == '{' || at.p[0] == '[')
		n = nested_length(at);
	else
		n = word_length(at);
	if (n == 0)
		return false;
	*ret = str_sub(at, 0, n);
	*s = str_skip(at, n);
	return true;
}

bool
json_enter(struct str *s, char brace)
{
	struct str at = skip_blank(*s);

	if (at.n == 0 || at.p[0] != brace)
		return false;
	*s = str_skip(at, 1);
	return true;
}

/* At the closing brace, or broken. */
static bool
stop(struct str *s, char brace)
{
	if (s->n > 0 && s->p[0] == brace)
		*s = str_skip(*s, 1);
	else
		*s = STR_NULL;
	return false;
}

bool
json_member(struct str *s, struct str *ret_key, struct str *ret_value)
{
	struct str at = skip_blank(*s), key, value;

	if (at.n > 0 && at.p[0] == ',')
		at = skip_blank(str_skip(at, 1));
	if (at.n == 0 || at.p[0] != '"' || !json_value(&at, &key)) {
		*s = at;
		return stop(s, '}');
	}
	at = skip_blank(at);
	if (at.n == 0 || at.p[0] != ':') {
		*s = STR_NULL;
		return false;
	}
	at = str_skip(at, 1);
	if (!json_value(&at, &value)) {
		*s = STR_NULL;
		return false;
	}
	*ret_key = str_sub(key, 1, key.n - 2);
	*ret_value = value;
	*s = at;
	return true;
}

bool
json_element(struct str *s, struct str *ret)
{
	struct str at = skip_blank(*s);

	if (at.n > 0 && at.p[0] == ',')
		at = skip_blank(str_skip(at, 1));
	if (!json_value(&at, ret)) {
		*s = at;
		return stop(s, ']');
	}
	*s = at;
	return true;
}

struct str
json_get(struct str object, struct str key)
{
	struct str k, v;

	if (!json_enter(&object, '{'))
		return STR_NULL;
	while (json_member(&object, &k, &v))
		if (str_eq(k, key))
			return v;
	return STR_NULL;
}

struct str
json_text(struct str value)
{
	if (value.n >= 2 && value.p[0] == '"')
		return str_sub(value, 1, value.n - 2);
	if (str_eq(value, STR("null")))
		return STR_NULL;
	return value;
}

static int
hex4(struct str s)
{
	int v = 0;

	if (s.n < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		char c = s.p[i];
		int d = c >= '0' && c <= '9'   ? c - '0'
			: c >= 'a' && c <= 'f' ? c - 'a' + 10
			: c >= 'A' && c <= 'F' ? c - 'A' + 10
					       : -1;

		if (d < 0)
			return -1;
		v = v * 16 + d;
	}
	return v;
}

static void
add_utf8(struct buf *out, int c)
{
	if (c < 0x80) {
		buf_addc(out, (char)c);
	} else if (c < 0x800) {
		buf_addc(out, (char)(0xc0 | c >> 6));
		buf_addc(out, (char)(0x80 | (c & 0x3f)));
	} else if (c < 0x10000) {
		buf_addc(out, (char)(0xe0 | c >> 12));
		buf_addc(out, (char)(0x80 | (c >> 6 & 0x3f)));
		buf_addc(out, (char)(0x80 | (c & 0x3f)));
	} else {
		buf_addc(out, (char)(0xf0 | c >> 18));
		buf_addc(out, (char)(0x80 | (c >> 12 & 0x3f)));
		buf_addc(out, (char)(0x80 | (c >> 6 & 0x3f)));
		buf_addc(out, (char)(0x80 | (c & 0x3f)));
	}
}

void
json_unescape(struct str text, struct buf *out)
{
	static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";

	for (size_t i = 0; i < text.n; i++) {
		const char *known;
		int c, low;

		if (text.p[i] != '\\' || i + 1 == text.n) {
			buf_addc(out, text.p[i]);
			continue;
		}
		i++;
		c = text.p[i] == 'u' ? hex4(str_skip(text, i + 1)) : -1;
		if (c < 0) {
			known = text.p[i] ? strchr(from, text.p[i]) : NULL;
			buf_addc(out, known ? to[known - from] : text.p[i]);
			continue;
		}
		i += 4;
		if (c >= 0xd800 && c < 0xdc00 &&
		    str_starts(str_skip(text, i + 1), STR("\\u"))) {
			low = hex4(str_skip(text, i + 3));
			if (low >= 0xdc00 && low < 0xe000) {
				c = 0x10000 + ((c - 0xd800) << 10) +
				    (low - 0xdc00);
				i += 6;
			}
		}
		add_utf8(out, c);
	}
}
