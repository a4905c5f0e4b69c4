/* SPDX-License-Identifier: MIT */
/*
 * Where a line stops fitting a format, for the person who wrote the format.
 *
 * The parsers themselves answer yes or no, as fast as they can; this asks them
 * again with less and less of the format, until what is left fits, so that
 * nothing is kept up to date for the sake of messages: a log_format without
 * its last variables and with "the rest of the line" in their place; a
 * pattern, which PCRE2 can match partially, by the longest beginning of the
 * line that could still become a match.  Of the formats that begin with a time
 * it says whether the time is what is missing.
 */
#include "custom.h"
#include "json-scan.h"

static const char *
expected(enum format_scan scan)
{
	switch (scan) {
	case SCAN_UINT:
		return "a whole number or -";
	case SCAN_DECIMAL:
		return "a number or -";
	case SCAN_CLF:
		return "a time like 04/Mar/2026:14:00:07 +0100";
	case SCAN_ISO:
		return "a time like 2026-03-04T14:00:07+01:00";
	case SCAN_WORD:
		return "a value without blanks";
	case SCAN_FREE:
	case SCAN_PATH:
	case SCAN_LIST:
		break;
	}
	return "a value";
}

static void
add_literal(struct str lit, struct buf *why)
{
	buf_addc(why, '\'');
	buf_add_str(why, lit);
	buf_addc(why, '\'');
}

/* The first `n` steps of f, and then anything. */
static void
shorten(const struct log_format *f, unsigned n, struct log_format *ret)
{
	*ret = *f; /* borrows the literals */
	ret->n = n + 1;
	ret->steps[n] = (struct format_step){.scan = SCAN_FREE};
}

static size_t
format_misfit(const struct log_format *f, struct str line, struct buf *why)
{
	CLEANUP(xfree) struct log_format *part = xmalloc(sizeof(*part));
	struct str values[FORMAT_STEPS_MAX], name, rest;
	const struct format_step *step;
	unsigned n = f->n;

	if (!str_starts(line, f->before)) {
		buf_adds(why, "does not begin with ");
		add_literal(f->before, why);
		return 1;
	}
	do {
		if (n-- == 0)
			return 1;
		shorten(f, n, part);
	} while (!log_format_match(part, line, values));
	rest = values[n];
	step = &f->steps[n];
	name = log_format_variable(f, n);
	buf_addf(why, "wants %s", expected((enum format_scan)step->scan));
	if (name.n > 0)
		buf_addf(why, " for $%.*s", STR_ARG(name));
	if (step->after.n > 0) {
		buf_adds(why, ", then ");
		add_literal(step->after, why);
	} else {
		buf_adds(why, ", then the end");
	}
	return (size_t)(rest.p - line.p) + 1;
}

static size_t
pattern_misfit(const struct custom *c, struct str line, struct buf *why)
{
	size_t low = 0, high = line.n;

	/* The longest beginning of the line that may begin a match. */
	while (low < high) {
		size_t n = low + (high - low + 1) / 2;
		int r = pcre2_match(c->pattern,
		    (PCRE2_SPTR)(line.p ? line.p : ""), n, 0,
		    PCRE2_ANCHORED | PCRE2_PARTIAL_HARD, c->groups, c->limits);

		if (r >= 0 || r == PCRE2_ERROR_PARTIAL)
			low = n;
		else
			high = n - 1;
	}
	buf_adds(why, low < line.n ? "the pattern fits no further"
				   : "the line ends before the pattern does");
	return low + 1;
}

static size_t
json_misfit(struct str line, struct buf *why)
{
	struct str s = line, key, value;
	const char *at = line.p;

	if (!json_enter(&s, '{')) {
		buf_adds(why, "no JSON object begins here");
		return 1;
	}
	while (json_member(&s, &key, &value))
		at = value.p + value.n;
	if (s.p == NULL) {
		buf_adds(why, "the JSON object is broken behind here");
		return (size_t)(at - line.p) + 1;
	}
	buf_adds(why, str_trim(s).n > 0
			  ? "something stands behind the JSON object"
			  : "the members that are wanted are not all there");
	return str_trim(s).n > 0 ? (size_t)(s.p - line.p) + 1 : 1;
}

/* Formats that begin with a time, after a priority in <> or a bracket. */
static size_t
time_misfit(struct str line, struct buf *why)
{
	struct str s = line;
	struct stamp t;
	uint64_t v;

	if (scan_char(&s, '<') &&
	    !(scan_uint(&s, 1, 3, &v) && scan_char(&s, '>')))
		s = line;
	scan_char(&s, '[');
	if (scan_any_time(&s, &t))
		buf_adds(why, "what stands behind the time is something else");
	else
		buf_adds(why, "no time stands here");
	return (size_t)(s.p - line.p) + 1;
}

size_t
parser_misfit(const struct parser *p, struct str line, struct buf *why)
{
	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	if (line.p == NULL)
		line = STR("");
	if (p->format != NULL)
		return format_misfit(p->format, line, why);
	if (p->custom != NULL && p->custom->pattern != NULL)
		return pattern_misfit(p->custom, line, why);
	if (p->custom != NULL || p->parse == json_parse)
		return json_misfit(line, why);
	return time_misfit(line, why);
}
