/* SPDX-License-Identifier: MIT */
/*
 * Escaping is the last step before a text goes out, and done once: a text is
 * raw until then, so nothing can be escaped twice or, by way of a shortcut,
 * never.  The apostrophe is escaped too, though our own attributes use
 * quotation marks: templates of others may not.
 */
#include "escape.h"

#include "recount/utf8.h"

void
escape_html(struct buf *out, struct str s)
{
	size_t plain = 0; /* where what was not copied yet begins */

	for (size_t i = 0; i < s.n; i++) {
		const char *entity;

		switch (s.p[i]) {
		case '&':
			entity = "&amp;";
			break;
		case '<':
			entity = "&lt;";
			break;
		case '>':
			entity = "&gt;";
			break;
		case '"':
			entity = "&quot;";
			break;
		case '\'':
			entity = "&#39;";
			break;
		default:
			continue;
		}
		buf_add_str(out, str_sub(s, plain, i - plain));
		buf_adds(out, entity);
		plain = i + 1;
	}
	buf_add_str(out, str_skip(s, plain));
}

void
escape_html_printable(struct buf *out, struct str s)
{
	CLEANUP(buf_free) struct buf safe = BUF_INIT;

	utf8_add_printable(&safe, s);
	escape_html(out, buf_str(&safe));
}
