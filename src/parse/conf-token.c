/* SPDX-License-Identifier: MIT */
/*
 * nginx's configuration syntax: words end at blanks, ';' and '{'; quotes of
 * both kinds take everything but their own kind; a backslash takes the next
 * character along (and makes \t \r \n what they are in C; otherwise it stays
 * before anything but a quote, a backslash or a blank); "${" does not open a
 * block; '#' begins a comment where a word could begin.
 */
#include "conf-token.h"

static void
skip_blank(struct str *s)
{
	for (;;) {
		while (s->n > 0 && (s->p[0] == ' ' || s->p[0] == '\t' ||
				       s->p[0] == '\r' || s->p[0] == '\n'))
			*s = str_skip(*s, 1);
		if (s->n == 0 || s->p[0] != '#')
			return;
		while (s->n > 0 && s->p[0] != '\n')
			*s = str_skip(*s, 1);
	}
}

static void
add_escaped(char c, struct buf *out)
{
	switch (c) {
	case 't':
		buf_addc(out, '\t');
		break;
	case 'r':
		buf_addc(out, '\r');
		break;
	case 'n':
		buf_addc(out, '\n');
		break;
	case '"':
	case '\'':
	case '\\':
		buf_addc(out, c);
		break;
	default:
		buf_addc(out, '\\');
		buf_addc(out, c);
	}
}

static bool
ends_word(const struct str *s, size_t i)
{
	char c = s->p[i];

	if (c == '{')
		return i == 0 || s->p[i - 1] != '$';
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ';';
}

/* false when a quote is not closed. */
static bool
take_word(struct str *s, struct buf *out)
{
	char quote = s->p[0] == '"' || s->p[0] == '\'' ? s->p[0] : 0;
	size_t i = quote ? 1 : 0;

	for (; i < s->n; i++) {
		if (s->p[i] == '\\' && i + 1 < s->n) {
			add_escaped(s->p[++i], out);
			continue;
		}
		if (quote ? s->p[i] == quote : ends_word(s, i))
			break;
		buf_addc(out, s->p[i] ? s->p[i] : ' ');
	}
	if (quote) {
		if (i == s->n)
			return false;
		i++;
	}
	*s = str_skip(*s, i);
	buf_addc(out, '\0');
	return true;
}

static enum conf_end
finish(struct conf_directive *d, const size_t *at, enum conf_end end)
{
	for (unsigned i = 0; i < d->n; i++)
		d->words[i] = d->text.p + at[i];
	return end;
}

enum conf_end
conf_next(struct str *s, struct conf_directive *d)
{
	size_t at[CONF_WORDS_MAX];
	bool any = false;

	buf_reset(&d->text);
	d->n = 0;
	for (;;) {
		size_t from = d->text.n;

		skip_blank(s);
		if (s->n == 0)
			return finish(d, at, any ? CONF_BROKEN : CONF_EOF);
		if (s->p[0] == ';' || s->p[0] == '{' || s->p[0] == '}') {
			char c = s->p[0];

			if (c == '}' && any) /* a ';' was forgotten */
				return finish(d, at, CONF_SIMPLE);
			*s = str_skip(*s, 1);
			if (c == ';' && !any)
				continue;
			return finish(d, at,
			    c == ';'   ? CONF_SIMPLE
			    : c == '{' ? CONF_OPEN
				       : CONF_CLOSE);
		}
		any = true;
		if (!take_word(s, &d->text))
			return finish(d, at, CONF_BROKEN);
		if (d->n < CONF_WORDS_MAX)
			at[d->n++] = from;
	}
}

void
conf_log_format(const struct conf_directive *d, struct buf *out)
{
	unsigned i = 2;

	if (d->n > 2 && strncmp(d->words[2], "escape=", 7) == 0) {
		i = 3;
		if (strcmp(d->words[2], "escape=default") != 0) {
			buf_adds(out, d->words[2]);
			buf_addc(out, ' ');
		}
	}
	for (; i < d->n; i++)
		buf_adds(out, d->words[i]);
}

void
conf_skip_block(struct str *s)
{
	size_t depth = 1;

	while (s->n > 0 && depth > 0) {
		char c = s->p[0];

		*s = str_skip(*s, 1);
		if (c == '{') {
			depth++;
		} else if (c == '}') {
			depth--;
		} else if (c == '"' || c == '\'') {
			/* A string of one line; an apostrophe in a comment
			 * has no partner there. */
			for (size_t i = 0; i < s->n && s->p[i] != '\n'; i++) {
				if (s->p[i] == '\\') {
					i++;
				} else if (s->p[i] == c) {
					*s = str_skip(*s, i + 1);
					break;
				}
			}
		}
	}
}
