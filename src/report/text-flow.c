/* SPDX-License-Identifier: MIT */
/*
 * Lines that are too long for the terminal, broken between words.
 *
 * A number stays with its unit ("8 s", "0.3 %"): apart, neither is read.  A
 * word that is too long for a line by itself is cut where the line ends, so
 * that what follows stays aligned.
 *
 * Two ways, because text comes in two states.  text_flow() takes text that is
 * not safe yet and has no styles; text_fold() takes a line that is already in
 * the output, escape sequences of ours included, which have no width.
 */
#include "text.h"

#include "recount/utf8.h"

#define PARAGRAPH_COLUMNS 100 /* where no width is given */

static bool
is_unit(struct str word)
{
	static const char *const units[] = {
	    "%", "s", "ms", "min", "h", "d", "B", "kB", "MB"};

	while (word.n > 1 && strchr(".,;:)", word.p[word.n - 1]) != NULL)
		word.n--;
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if (str_eq(word, str_of(units[i])))
			return true;
	}
	return false;
}

static bool
ends_in_digit(struct str word)
{
	return word.n > 0 && word.p[word.n - 1] >= '0' &&
	       word.p[word.n - 1] <= '9';
}

/* Up to the next space at which s may be broken: not in "8 s", nor in "1 min
 * 8 s". */
static struct str
first_word(struct str s)
{
	struct str rest, word, next, unit;
	size_t n;

	rest = str_cut(s, ' ', &word);
	for (n = word.n; rest.p != NULL && word.n > 0; n += 1 + word.n) {
		str_cut(str_cut(rest, ' ', &next), ' ', &unit);
		if (!(ends_in_digit(word) && is_unit(next)) &&
		    !(is_unit(word) &&
			strchr(".,;:)", word.p[word.n - 1]) == NULL &&
			ends_in_digit(next) && is_unit(unit)))
			break;
		rest = str_cut(rest, ' ', &word);
	}
	return str_sub(s, 0, n);
}

/* Columns of s without escape sequences. */
static unsigned
columns_of(struct str s)
{
	unsigned columns = 0;

	while (s.n > 0) {
		ptrdiff_t at = str_chr(s, '\033'), end;

		if (at < 0)
			return columns + utf8_columns(s);
		columns += utf8_columns(str_sub(s, 0, (size_t)at));
		s = str_skip(s, (size_t)at);
		end = str_chr(s, 'm');
		s = str_skip(s, end < 0 ? s.n : (size_t)end + 1);
	}
	return columns;
}

/* Bytes of s, which has no escape sequences, that fit into columns. */
size_t
text_fit(struct str s, unsigned columns)
{
	unsigned used = 0;
	size_t at = 0;

	while (at < s.n) {
		size_t n = utf8_valid(str_skip(s, at));
		unsigned width;

		if (n == 0)
			n = 1;
		width = utf8_columns(str_sub(s, at, n));
		if (used + width > columns)
			break;
		used += width;
		at += n;
	}
	return at;
}

struct str
text_line(struct str *rest, unsigned columns)
{
	struct str s = *rest, line = STR_NULL;
	unsigned used = 0;

	while (line.n < s.n) {
		struct str word = first_word(str_skip(s, line.n));
		unsigned width = utf8_columns(word);

		/* One space before each word but the first. */
		if (used > 0 && used + 1 + width > columns)
			break;
		line = str_sub(s, 0, (size_t)(word.p - s.p) + word.n);
		used = utf8_columns(line);
		if (line.n < s.n)
			line.n++; /* the space, for the next word */
		else
			break;
	}
	while (line.n > 0 && line.n < s.n && line.p[line.n - 1] == ' ')
		line.n--;
	if (used > columns && columns > 0)
		line.n = text_fit(line, columns);
	if (line.n == 0)
		line = str_sub(s, 0, 1); /* however narrow, it ends */
	*rest = str_skip(s, line.n);
	while (rest->n > 0 && rest->p[0] == ' ')
		*rest = str_skip(*rest, 1);
	return line;
}

void
text_paragraph(struct text *t, const char *z, unsigned indent)
{
	CLEANUP(buf_free) struct buf safe = BUF_INIT;
	unsigned limit = t->o->width > 0 ? t->o->width : PARAGRAPH_COLUMNS;
	struct str rest;

	text_printable(t, &safe, z);
	rest = buf_str(&safe);
	while (rest.n > 0) {
		buf_add_str(t->out,
		    text_line(&rest, limit > indent + 8 ? limit - indent : 8));
		if (rest.n > 0) {
			buf_addc(t->out, '\n');
			text_spaces(t, indent);
		}
	}
	buf_addc(t->out, '\n');
}

void
text_fold(struct text *t, size_t from, unsigned hang)
{
	CLEANUP(buf_free) struct buf line = BUF_INIT;
	struct str rest;
	unsigned column = 0;
	bool started = false; /* something but spaces stands in this line */

	if (t->o->width == 0 ||
	    columns_of(str_skip(buf_str(t->out), from)) <= t->o->width)
		return;
	buf_add_str(&line, str_skip(buf_str(t->out), from));
	t->out->n = from;
	for (rest = buf_str(&line); rest.n > 0;) {
		struct str word = first_word(rest);
		unsigned width = columns_of(word);

		if (started && width > 0 && column + width > t->o->width) {
			while (t->out->p[t->out->n - 1] == ' ')
				t->out->n--;
			buf_addc(t->out, '\n');
			text_spaces(t, hang);
			column = hang;
			started = false;
		}
		buf_add_str(t->out, word);
		column += width;
		started |= width > 0;
		rest = str_skip(rest, word.n);
		if (rest.n > 0 && (started || column < hang)) {
			buf_addc(t->out, ' ');
			column++;
		}
		rest = str_skip(rest, 1);
	}
}

void
text_fold_all(struct text *t, size_t from)
{
	CLEANUP(buf_free) struct buf all = BUF_INIT;
	struct str rest, line;

	if (t->o->width == 0)
		return;
	buf_add_str(&all, str_skip(buf_str(t->out), from));
	t->out->n = from;
	for (rest = buf_str(&all); rest.n > 0;) {
		size_t begins = t->out->n;

		rest = str_cut(rest, '\n', &line);
		buf_add_str(t->out, line);
		text_fold(t, begins, TEXT_INDENT);
		buf_addc(t->out, '\n');
	}
}
