/* SPDX-License-Identifier: MIT */
/*
 * A cell is a formula for Excel, LibreOffice and others when it begins with
 * = + - or @, also in their full-width forms, and also behind blanks, which
 * some of them take off.  Quotes do not help: they are gone before that.
 */
#include "recount/csv.h"

#include "recount/utf8.h"

static bool
is_formula(struct str s)
{
	static const char *const wide[] = {
	    "\uff1d", "\uff0b", "\uff0d", "\uff20"};

	s = str_trim(s);
	if (s.n > 0 && memchr("=+-@", s.p[0], 4) != NULL)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(wide); i++) {
		if (str_starts(s, str_of(wide[i])))
			return true;
	}
	return false;
}

void
csv_add(struct buf *out, struct str value, char end)
{
	CLEANUP(buf_free) struct buf safe = BUF_INIT;

	utf8_add_printable(&safe, value);
	buf_addc(out, '"');
	/* A tab or a carriage return in front was a way around; it is "\t"
	 * by now. */
	if (is_formula(value) || is_formula(buf_str(&safe)))
		buf_addc(out, '\'');
	for (size_t i = 0; i < safe.n; i++) {
		if (safe.p[i] == '"')
			buf_addc(out, '"');
		buf_addc(out, safe.p[i]);
	}
	buf_addc(out, '"');
	buf_addc(out, end);
}
