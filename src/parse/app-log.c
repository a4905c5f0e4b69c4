/* SPDX-License-Identifier: MIT */
/*
 * Logs that applications write for themselves: a time first, a level soon
 * after, then the message.  There is no standard, but nearly all have this
 * much in common, so one parser reads them instead of a format per product:
 *
 *   2026-03-04 14:00:07,478 ERROR orders: message       Python, Java
 *   2026-03-04 14:00:07.967 UTC [60] user@db FATAL:  …  PostgreSQL
 *   2026-03-04T14:00:07.123Z 0 [Warning] [MY-010068] …  MySQL
 *   [2026-03-04 14:00:07 +0000] [12] [INFO] …           gunicorn
 *   [Wed Mar 04 14:00:07.123456 2026] [core:error] …    Apache httpd
 *   [04-Mar-2026 14:00:07] WARNING: [pool www] …        PHP-FPM
 *   12:M 04 Mar 2026 14:00:07.123 * …                   Redis
 *   I, [2026-03-04T14:00:07.123456 #12]  INFO -- : …    Ruby
 *   I0304 14:00:07.123456    12 file.cc:12] …           glog, klog
 *   2026-03-04T14:00:07.123456789Z stderr F …           containers (CRI)
 *   type=AVC msg=audit(1772632807.478:12): …            auditd
 *   Start-Date: 2026-03-04  14:00:07                    apt's history
 *
 * A line that does not begin so continues the entry before it: a stack trace,
 * a wrapped statement.  The body begins behind the level (or, without one,
 * behind the time), so that the same message has the same pattern whoever
 * connected.
 */
#include "parser.h"

/* Words that may stand between the time and the level. */
#define LEVEL_WORDS_MAX 5

/* "E0304 14:00:07.123456    12 file.cc:12] " */
static bool
take_glog(struct str *s, struct stamp *t, struct log_event *ev)
{
	static const char letters[] = "EWIF";
	static const int8_t severities[] = {
	    SEV_ERR, SEV_WARNING, SEV_INFO, SEV_CRIT};
	struct str at = *s, clock;
	uint64_t v, pid;
	const char *letter;
	char text[40];
	size_t n = 0;

	if (at.n < 22 || !one_of(at.p[0], letters))
		return false;
	letter = strchr(letters, at.p[0]);
	at = str_skip(at, 1);
	if (!scan_uint(&at, 4, 4, &v) || v < 101 || v > 1231 ||
	    !scan_char(&at, ' '))
		return false;
	while (n < at.n && n < 16 && at.p[n] != ' ')
		n++;
	/* Written as an ISO time in a leap year, the scanner for these can
	 * read it. */
	clock = (struct str){text, 0};
	clock.n = 11 + n;
	memcpy(text, "2000-", 5);
	text[5] = (char)('0' + v / 1000);
	text[6] = (char)('0' + v / 100 % 10);
	text[7] = '-';
	text[8] = (char)('0' + v / 10 % 10);
	text[9] = (char)('0' + v % 10);
	text[10] = 'T';
	memcpy(text + 11, at.p, n);
	if (!scan_iso_time(&clock, t) || clock.n > 0 || t->has_offset)
		return false;
	t->has_year = false;
	at = str_skip(at, n);
	scan_spaces(&at);
	if (!scan_uint(&at, 1, 10, &pid))
		return false;
	scan_spaces(&at);
	ev->pid = (int64_t)pid;
	ev->severity = severities[letter - letters];
	*s = at;
	return true;
}

/* "12:M " before, " * " behind the time. */
static bool
take_redis_head(struct str *s, struct log_event *ev)
{
	struct str at = *s;
	uint64_t pid;

	if (!scan_uint(&at, 1, 9, &pid) || !scan_char(&at, ':') || at.n < 2 ||
	    !one_of(at.p[0], "MSCX") || at.p[1] != ' ')
		return false;
	ev->pid = (int64_t)pid;
	*s = str_skip(at, 2);
	return true;
}

static int
redis_level(struct str *s)
{
	static const char marks[] = "#*-.";
	static const int8_t severities[] = {
	    SEV_WARNING, SEV_NOTICE, SEV_INFO, SEV_DEBUG};
	const char *mark;

	if (s->n < 2 || s->p[1] != ' ' || !one_of(s->p[0], marks))
		return SEVERITY_NONE;
	mark = strchr(marks, s->p[0]);
	*s = str_skip(*s, 2);
	return severities[mark - marks];
}

/* "type=AVC msg=audit(1772632807.478:12): " */
static bool
take_audit(struct str *s, struct stamp *t)
{
	struct str at = *s, word, time;
	usec_t when, precision;
	ptrdiff_t colon;

	if (!scan_lit(&at, STR("type=")) || !scan_word(&at, &word) ||
	    !scan_lit(&at, STR("msg=audit(")))
		return false;
	colon = str_chr(at, ':');
	if (colon < 0)
		return false;
	time = str_sub(at, 0, (size_t)colon);
	at = str_skip(at, (size_t)colon);
	at = str_cut(at, ')', &word);
	if (at.p == NULL || !parse_epoch(time, &when, &precision))
		return false;
	*t = (struct stamp){
	    .has_year = true, .has_offset = true, .precision = precision};
	civil_from_seconds(when / USEC_PER_SEC, &t->civil);
	t->civil.usec = (int)(when % USEC_PER_SEC);
	return true;
}

struct head {
	struct stamp t;
	bool bracket; /* the time stood in [] */
	bool redis;
	bool whole; /* the body is all of the entry */
};

static bool
take_head(struct str *s, struct head *h, struct log_event *ev)
{
	struct str at = *s;
	struct str ruby = at;
	uint64_t pid;

	*h = (struct head){0};
	if (at.n < 14)
		return false;
	if (take_glog(s, &h->t, ev))
		return true;
	h->whole = take_audit(s, &h->t);
	if (h->whole)
		return true;
	scan_lit(&at, STR("Start-Date: "));
	h->redis = take_redis_head(&at, ev);
	/* "I, [2026-…" */
	if (ruby.n > 4 && ruby.p[0] >= 'A' && ruby.p[0] <= 'Z' &&
	    memcmp(ruby.p + 1, ", [", 3) == 0)
		at = str_skip(at, 3);
	h->bracket = scan_char(&at, '[');
	if (!scan_any_time(&at, &h->t))
		return false;
	if (h->bracket) {
		if (scan_lit(&at, STR(" #")) && scan_uint(&at, 1, 10, &pid))
			ev->pid = (int64_t)pid;
		if (!scan_char(&at, ']'))
			return false;
	}
	/* A time that runs on into something else is not one. */
	if (at.n > 0 && !one_of(at.p[0], " \t\n:|,;]["))
		return false;
	if (!scan_char(&at, ':') && !scan_char(&at, ','))
		scan_char(&at, '\n');
	scan_spaces(&at);
	/* containers' logs: the stream, and whether the line is full */
	if (scan_lit(&at, STR("stdout ")) || scan_lit(&at, STR("stderr ")))
		if (!scan_lit(&at, STR("F ")))
			scan_lit(&at, STR("P "));
	*s = at;
	return true;
}

bool
app_starts(const struct parser *p, struct str line)
{
	struct log_event ev;
	struct head h;

	return take_head(&line, &h, &ev);
}

/* "[core:error]": a module and a level. */
static int
module_level(struct str word)
{
	ptrdiff_t colon = str_chr(word, ':');

	if (word.n < 5 || word.p[0] != '[' || word.p[word.n - 1] != ']' ||
	    colon < 0)
		return SEVERITY_NONE;
	return level_word(str_sub(word, (size_t)colon + 1, 11));
}

static void
take_pid(struct str word, struct log_event *ev)
{
	uint64_t v;

	if (word.n > 0 && word.p[word.n - 1] == ':')
		word.n--;
	if (ev->pid < 0 && word.n > 2 && word.n < 14 && word.p[0] == '[' &&
	    word.p[word.n - 1] == ']' &&
	    str_to_u64(str_sub(word, 1, word.n - 2), &v))
		ev->pid = (int64_t)v;
}

/* "orders:" behind the level: a logger's name. */
static struct str
logger_name(struct str body)
{
	struct str word, at = body;

	if (!scan_word(&at, &word) || word.n < 2 || word.n > 64 ||
	    word.p[word.n - 1] != ':')
		return STR_NULL;
	word.n--;
	for (size_t i = 0; i < word.n; i++) {
		char c = word.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
			c == '.' || c == '_' || c == '-' ||
			(c >= 'A' && c <= 'Z' && i > 0)))
			return STR_NULL;
	}
	return word;
}

/* Finds the level among the first words; the body is what is behind it. */
static void
take_level(struct str s, struct log_event *ev)
{
	struct str at = s, first_line, word, rest;

	str_cut(s, '\n', &first_line);
	at = first_line;
	ev->body = s;
	for (int i = 0; i < LEVEL_WORDS_MAX && scan_word(&at, &word); i++) {
		int severity = level_word_strict(word);

		if (severity == SEVERITY_NONE)
			severity = module_level(word);
		if (severity == SEVERITY_NONE && i <= 1)
			severity = level_word(word);
		if (severity == SEVERITY_NONE) {
			take_pid(word, ev);
			if (i == 0 && ev->pid >= 0 && word.p[0] == '[')
				ev->body = str_skip(
				    s, (size_t)(at.p - s.p)); /* "[60] …" */
			continue;
		}
		ev->severity = severity;
		rest = str_skip(s, (size_t)(at.p - s.p));
		if (scan_lit(&rest, STR("-- : ")) ||
		    scan_lit(&rest, STR("- ")) || scan_lit(&rest, STR("| ")) ||
		    scan_lit(&rest, STR("]")))
			scan_spaces(&rest);
		if (rest.n > 0)
			ev->body = rest;
		return;
	}
}

enum parse_result
app_parse(const struct parser *p, struct str line, struct parse_state *st,
    struct log_event *ev)
{
	struct str s = line;
	struct head h;

	if (!take_head(&s, &h, ev))
		return PARSE_BAD;
	ev->timestamp = stamp_resolve(&h.t, st, &ev->flags);
	ev->precision = h.t.precision;
	ev->body = s;
	if (h.whole)
		return PARSE_OK;
	if (h.redis)
		ev->severity = redis_level(&s);
	if (ev->severity != SEVERITY_NONE) {
		ev->body = s;
		return PARSE_OK;
	}
	take_level(s, ev);
	ev->identifier = logger_name(ev->body);
	if (ev->severity == SEVERITY_NONE)
		ev->severity = message_severity(ev->body);
	return PARSE_OK;
}
