/* SPDX-License-Identifier: MIT */
/*
 * Which format a file has.
 *
 * Every format known is tried on the sample's lines; the one that fits the
 * largest share wins, the more specific one on a tie.  Lines that continue an
 * entry count as fitting, but not on their own: a format must begin entries,
 * too.  An access log nobody described is inferred (infer.c) when no known
 * format fits it well.
 *
 * Refusing matters as much as finding: a binary file or a page of prose taken
 * for a log would put thousands of lines with invented times on a timeline.
 */
#include <stdio.h>

#include "custom.h"
#include "recount/intern.h"

#define LINES_MAX 400
#define CANDIDATES_MAX 8

struct sample {
	struct str lines[LINES_MAX];
	size_t n;
};

static void
cut_lines(struct str text, struct sample *ret)
{
	ret->n = 0;
	scan_lit(&text, STR("\xef\xbb\xbf"));
	while (text.n > 0 && ret->n < LINES_MAX) {
		struct str line, rest = str_cut(text, '\n', &line);

		/* the last line may be cut short */
		if (rest.p == NULL && ret->n > 0)
			break;
		if (line.n > 0 && line.p[line.n - 1] == '\r')
			line.n--;
		if (line.n > 0)
			ret->lines[ret->n++] = line;
		text = rest;
	}
}

/* Lines that fit; entries among them in *ret_starts. */
static size_t
count_fitted(const struct parser *p, const struct sample *s, size_t *ret_starts)
{
	const struct custom *like =
	    p->custom != NULL && p->custom->like != NULL ? p->custom : NULL;
	struct parse_state st = {
	    .zone = zone_utc(), .seen = USEC_NONE, .last = USEC_NONE};
	struct log_event ev;
	size_t fitted = 0, recognised = 0;

	*ret_starts = 0;
	for (size_t i = 0; i < s->n; i++) {
		if (p->starts != NULL && !p->starts(p, s->lines[i])) {
			fitted += *ret_starts > 0;
			continue;
		}
		if (parser_parse(p, s->lines[i], &st, &ev) == PARSE_OK) {
			fitted++;
			++*ret_starts;
			recognised += like != NULL &&
				      custom_recognises(like, s->lines[i]);
		}
	}
	buf_free(&st.scratch);
	/* One spelling of a built-in format, if nearly all is spelt so. */
	return like != NULL && recognised * 10 < *ret_starts * 9 ? 0 : fitted;
}

/* Every 50 lines an entry must begin, at least; single-line formats need a
 * fitting line in two. */
static bool
enough(const struct parser *p, size_t fitted, size_t starts, size_t n)
{
	if (starts == 0)
		return false;
	if (p->starts != NULL)
		return starts * 50 >= n && fitted * 2 >= n;
	return fitted * 2 >= n;
}

/* An access format that fits `least` lines, or the most beyond that. */
static void
infer(struct parsers *ps, const struct sample *s, size_t least,
    struct detection *ret)
{
	CLEANUP(buf_free) struct buf text = BUF_INIT, chosen = BUF_INIT;
	size_t step = s->n / CANDIDATES_MAX + 1, starts, best = 0;
	char name[32];

	for (size_t i = 0; i < s->n; i += step) {
		CLEANUP(log_format_free) struct log_format *f = NULL;
		struct parser p = {.kind = EVENT_ACCESS, .parse = access_parse};
		size_t fitted;

		if (!infer_log_format(s->lines, s->n, i, &text) ||
		    log_format_compile(buf_str(&text), &f, NULL) < 0)
			continue;
		p.format = f;
		fitted = count_fitted(&p, s, &starts);
		if (fitted < least || fitted <= best ||
		    !enough(&p, fitted, starts, s->n))
			continue;
		best = fitted;
		buf_reset(&chosen);
		buf_add_str(&chosen, buf_str(&text));
		if (fitted == s->n)
			break;
	}
	if (chosen.n == 0)
		return;
	/* The name says which text it stands for, wherever it was found. */
	snprintf(name, sizeof(name), INFERRED "%08x",
	    (unsigned)hash64(chosen.p, chosen.n));
	if (parsers_add_log_format(
		ps, name, buf_str(&chosen), NULL, &ret->parser) == 0)
		ret->fitted = best;
}

static const char *
refuse_bytes(struct str sample)
{
	static const struct {
		struct str magic;
		const char *what;
	} magics[] = {
	    {STR("LPKSHHRH"), "a journal file"},
	    {STR("\x1f\x8b"), "gzip data"},
	    {STR("\xfd"
		 "7zXZ"),
		"xz data"},
	    {STR("\x28\xb5\x2f\xfd"), "zstd data"},
	    {STR("BZh"), "bzip2 data"},
	    {STR("PK\x03\x04"), "a zip archive"},
	    {STR("\xff\xfe"), "UTF-16 text"},
	    {STR("\xfe\xff"), "UTF-16 text"},
	    {STR("SQLite format 3"), "an SQLite database"},
	    {STR("\x7f"
		 "ELF"),
		"a program"},
	    {STR("%PDF-"), "a PDF document"},
	    {STR("\x89"
		 "PNG"),
		"a picture"},
	    {STR("\xff\xd8\xff"), "a picture"},
	    {STR("GIF8"), "a picture"},
	};
	size_t control = 0;

	if (sample.n == 0)
		return "empty";
	for (size_t i = 0; i < ARRAY_SIZE(magics); i++)
		if (str_starts(sample, magics[i].magic))
			return magics[i].what;
	for (size_t i = 0; i < sample.n; i++) {
		unsigned char c = (unsigned char)sample.p[i];

		control += c == 0 || (c < 32 && c != '\n' && c != '\r' &&
					 c != '\t' && c != 27 && c != '\f');
	}
	/* A stray control byte in a request is no reason. */
	return control * 20 > sample.n ? "binary data" : NULL;
}

static const char *
why_nothing(const struct sample *s)
{
	if (s->n == 0)
		return "only empty lines";
	if (s->lines[0].p[0] == '{' || s->lines[0].p[0] == '[')
		return "JSON, but not a log of one object with a time per line";
	if (s->lines[0].p[0] == '<')
		return "markup, not a log";
	return "no known format fits, and lines do not begin with a time";
}

/* Which of two that fit equally is meant: what a user described, else what the
 * path says. */
static bool
prefers(const char *path, const struct parser *p)
{
	if (p->custom != NULL)
		return true;
	if (path == NULL)
		return false;
	if (strstr(path, "syslog") != NULL || strstr(path, "messages") != NULL)
		return p->kind == EVENT_SYSLOG;
	if (strstr(path, "access") != NULL)
		return p->kind == EVENT_ACCESS;
	return false;
}

/*
 * Whether p, which fits more lines than best, does so only because any line
 * continues an entry of it: a word of prose in a syslog file is a line that
 * does not fit, and no reason to take all of it for something else.
 */
static bool
only_continues(const struct parser *p, size_t starts, const struct parser *best,
    size_t best_starts)
{
	return p->starts != NULL && p->custom == NULL && best != NULL &&
	       best->starts == NULL && best_starts >= starts;
}

void
parse_detect(struct parsers *ps, struct str sample, const char *path,
    struct detection *ret)
{
	CLEANUP(xfree) struct sample *s = xmalloc(sizeof(*s));
	const char *refusal = refuse_bytes(sample);
	size_t starts, best_starts = 0;

	*ret = (struct detection){0};
	if (refusal != NULL) {
		snprintf(ret->reason, sizeof(ret->reason), "%s", refusal);
		return;
	}
	cut_lines(sample, s);
	ret->lines = s->n;
	for (size_t i = 0; i < parsers_count(ps); i++) {
		const struct parser *p = parsers_get(ps, i);
		size_t fitted;

		if (p->inferred)
			continue;
		fitted = count_fitted(p, s, &starts);
		if (!enough(p, fitted, starts, s->n))
			continue;
		if ((fitted > ret->fitted &&
			!only_continues(p, starts, ret->parser, best_starts)) ||
		    (fitted == ret->fitted && prefers(path, p) &&
			!prefers(path, ret->parser))) {
			ret->parser = p;
			ret->fitted = fitted;
			best_starts = starts;
		}
	}
	/* Requests make a log an access log, though an application's format may
	 * fit it as well. */
	if (ret->parser == NULL || ret->parser->kind == EVENT_APP)
		infer(ps, s, ret->fitted, ret);
	else if (ret->parser->kind == EVENT_ACCESS && ret->fitted < s->n)
		infer(ps, s, ret->fitted + 1, ret);
	if (ret->parser == NULL)
		snprintf(
		    ret->reason, sizeof(ret->reason), "%s", why_nothing(s));
}
