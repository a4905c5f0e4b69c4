/* SPDX-License-Identifier: MIT */
/*
 * Log text is hostile to Markdown in its own way: it can close a table cell,
 * open HTML, link to somewhere, or mention and so notify people.  Backslashes
 * take the meaning from punctuation; HTML's own characters become entities,
 * which hold even where a tool passes the text on unrendered.  Neither helps
 * against what is recognised in the finished text ("@name", "#12", GitLab's
 * "!12", bare addresses), so an empty comment splits those, which shows
 * nothing and ends the match.
 */
#include "escape-markdown.h"

#include <ctype.h>
#include <strings.h>

#include "recount/utf8.h"

#define SPLIT "<!-- -->"

static bool
digit_at(struct str s, size_t i)
{
	return i < s.n && isdigit((unsigned char)s.p[i]);
}

/* Would this character begin a list, a rule or an underline? */
static bool
opens_line(struct str s, size_t i)
{
	if (i == 0)
		return s.p[0] == '-' || s.p[0] == '+' || s.p[0] == '=';
	if ((s.p[i] != '.' && s.p[i] != ')') ||
	    (i + 1 < s.n && s.p[i + 1] != ' '))
		return false;
	while (i > 0 && digit_at(s, i - 1))
		i--;
	return i == 0;
}

static void
add_char(struct buf *out, struct str s, size_t i)
{
	char c = s.p[i];
	const char *after = "";

	switch (c) {
	case '<':
		buf_adds(out, "&lt;");
		return;
	case '>':
		buf_adds(out, "&gt;");
		return;
	case '&':
		buf_adds(out, "&amp;");
		if (digit_at(s, i + 1))
			buf_adds(out, SPLIT);
		return;
	case '@':
		buf_adds(out, "@" SPLIT);
		return;
	case ':':
		if (str_starts(str_skip(s, i), STR("://")))
			after = SPLIT;
		break;
	case '.':
		if (i >= 3 && strncasecmp(s.p + i - 3, "www", 3) == 0)
			buf_adds(out, SPLIT);
		break;
	case '#':
		after = SPLIT;
		break;
	case '!':
	case '$':
	case '~':
		if (digit_at(s, i + 1))
			after = SPLIT;
		break;
	}
	if (memchr("\\`*_{}[]|~$!#", c, 13) != NULL || opens_line(s, i))
		buf_addc(out, '\\');
	buf_addc(out, c);
	buf_adds(out, after);
}

void
escape_markdown(struct buf *out, struct str s)
{
	CLEANUP(buf_free) struct buf safe = BUF_INIT;

	utf8_add_printable(&safe, s);
	s = str_trim(buf_str(&safe));
	for (size_t i = 0; i < s.n; i++)
		add_char(out, s, i);
}
