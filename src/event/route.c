/* SPDX-License-Identifier: MIT */
/*
 * A route is what requests have in common that one handler answers.  The log
 * does not say which handlers there are, so the path decides: a segment that
 * looks like an identifier becomes {id}, the others stay.
 *
 * What looks like one: a number; hex from eight digits on (UUIDs, hashes);
 * three digits or more among letters ("ord-8812", "a1b2c3"); letters and
 * digits taking turns; what is too long for a word.  Two digits at most
 * behind or within a word are taken for a name ("v1", "oauth2", "i18n").  An
 * extension stays, so that images remain images.  Wrong guesses cost little
 * either way as long as the number of routes stays small, which is why
 * segments, their length and what is no path at all are bounded here.
 */
#include "recount/event.h"

#define SEGMENTS_MAX 12
#define WORD_MAX 48
#define HEX_MIN 8
#define EXTENSION_MAX 5

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_hex_digit(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

struct shape {
	size_t digits, letters, hex, escapes;
	size_t turns; /* between letters and digits */
	bool other;
	bool digit_word; /* a part between - _ . of two digits or more */
};

static struct shape
shape_of(struct str s)
{
	struct shape shape = {0};
	size_t run = 0; /* digits since the last separator, if nothing else */
	char last = 0;
	bool pure = true;

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i], class = 0;

		if (c == '%' && i + 2 < s.n && is_hex_digit(s.p[i + 1]) &&
		    is_hex_digit(s.p[i + 2])) {
			shape.escapes++;
			i += 2;
			pure = false;
			last = 0;
			continue;
		}
		if (is_digit(c)) {
			class = 'd';
			shape.digits++;
			run++;
		} else if (is_letter(c)) {
			class = 'l';
			shape.letters++;
			pure = false;
		} else if (c == '-' || c == '_' || c == '.') {
			shape.digit_word |= pure && run >= 2;
			pure = true;
			run = 0;
		} else {
			shape.other = true;
			pure = false;
		}
		if (is_hex_digit(c) || c == '-')
			shape.hex++;
		if (class != 0 && last != 0 && class != last)
			shape.turns++;
		last = class;
	}
	shape.digit_word |= pure && run >= 2;
	return shape;
}

/* "v1", "v10": a version of an interface, not of a thing */
static bool
is_version(struct str s)
{
	return s.n >= 2 && s.n <= 3 && (s.p[0] == 'v' || s.p[0] == 'V') &&
	       is_digit(s.p[1]) && is_digit(s.p[s.n - 1]);
}

static bool
is_id(struct str s)
{
	struct shape shape = shape_of(s);

	if (s.n == 0 || is_version(s))
		return false;
	if (s.n > WORD_MAX || shape.escapes > 5 ||
	    memchr(s.p, '@', s.n) != NULL)
		return true;
	if (shape.digits == 0)
		return shape.hex == s.n && shape.letters >= 16;
	if (shape.letters == 0 && !shape.other)
		return true; /* a number, a date */
	if (shape.hex == s.n && shape.digits + shape.letters >= HEX_MIN)
		return true;
	if (shape.digits >= 3 || shape.turns >= 3 || shape.digit_word)
		return true;
	/* "u42" rather than "oauth2" */
	return shape.letters == 1 && shape.digits >= 2;
}

/* ".js" at the end of s, when what stands before it is not empty. */
static struct str
extension_of(struct str s)
{
	for (size_t n = 2; n <= EXTENSION_MAX + 1 && n < s.n; n++) {
		struct str end = str_skip(s, s.n - n);

		if (end.p[0] == '.' && str_chr(s, '@') < 0)
			return is_letter(end.p[1]) ? end : STR_NULL;
		if (!is_letter(end.p[0]) && !is_digit(end.p[0]))
			break;
	}
	return STR_NULL;
}

/* Most segments are words; they need no closer look. */
static bool
is_word(struct str s)
{
	if (s.n >= 16)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (!is_letter(s.p[i]))
			return false;
	}
	return true;
}

static void
add_segment(struct buf *out, struct str s)
{
	struct str extension, stem;

	if (is_word(s)) {
		buf_add_str(out, s);
		return;
	}
	extension = extension_of(s);
	stem = str_sub(s, 0, s.n - extension.n);
	if (!is_id(stem)) {
		buf_add_str(out, s);
		return;
	}
	buf_adds(out, "{id}");
	buf_add_str(out, extension);
}

void
event_route(struct str target, struct buf *out)
{
	ptrdiff_t scheme = str_find(str_sub(target, 0, 16), STR("://"));
	struct str path, segment;

	if (scheme > 0) { /* as a proxy is asked: "http://host/path" */
		ptrdiff_t slash;

		target = str_skip(target, (size_t)scheme + 3);
		slash = str_chr(target, '/');
		target = slash < 0 ? STR("/") : str_skip(target, (size_t)slash);
	}
	str_cut(target, '?', &path);
	str_cut(path, '#', &path);
	if (str_eq(path, STR("*"))) {
		buf_add_str(out, path);
		return;
	}
	if (path.n == 0 || path.p[0] != '/') {
		/* CONNECT, or what a port scanner sent instead of HTTP */
		buf_adds(out, "{other}");
		return;
	}
	path = str_skip(path, 1);
	for (int i = 0; path.p != NULL; i++) {
		path = str_cut(path, '/', &segment);
		str_cut(segment, ';', &segment); /* ;jsessionid=… */
		buf_addc(out, '/');
		if (i == SEGMENTS_MAX) {
			buf_adds(out, "{rest}");
			break;
		}
		add_segment(out, segment);
	}
}
