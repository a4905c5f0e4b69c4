/* SPDX-License-Identifier: MIT */
/*
 * Views into bytes.  None of these functions allocates (str_dup apart), none
 * looks for a NUL, and none reads a byte outside the view: parsers hand over
 * pieces of lines, and what stands behind a piece belongs to something else.
 * Offsets that lie outside are clamped rather than refused, so that a scanner
 * can skip first and ask whether anything is left afterwards.
 */
#include "recount/str.h"

int
str_cmp(struct str a, struct str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n ? memcmp(a.p, b.p, n) : 0;

	if (order != 0)
		return order;
	return a.n < b.n ? -1 : a.n > b.n;
}

ptrdiff_t
str_find(struct str s, struct str needle)
{
	const char *at;

	if (needle.n == 0)
		return 0;
	at = s.n ? memmem(s.p, s.n, needle.p, needle.n) : NULL;
	return at ? at - s.p : -1;
}

ptrdiff_t
str_chr(struct str s, char c)
{
	const char *at = s.n ? memchr(s.p, c, s.n) : NULL;

	return at ? at - s.p : -1;
}

struct str
str_sub(struct str s, size_t from, size_t n)
{
	s = str_skip(s, from);
	if (s.n > n)
		s.n = n;
	return s;
}

struct str
str_trim(struct str s)
{
	while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t'))
		s = str_skip(s, 1);
	while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
		s.n--;
	return s;
}

struct str
str_cut(struct str s, char sep, struct str *head)
{
	ptrdiff_t at = str_chr(s, sep);

	if (at < 0) {
		*head = s;
		return STR_NULL;
	}
	*head = (struct str){s.p, (size_t)at};
	return str_skip(s, (size_t)at + 1);
}

bool
str_to_u64(struct str s, uint64_t *ret)
{
	uint64_t value = 0;

	if (s.n == 0)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		unsigned digit = (unsigned char)s.p[i] - '0';

		if (digit > 9 || value > (UINT64_MAX - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*ret = value;
	return true;
}

char *
str_dup(struct str s)
{
	return xmemdup0(s.p, s.n);
}
