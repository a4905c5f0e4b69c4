/* SPDX-License-Identifier: MIT */
/*
 * Syslog as files hold it.  One parser takes every spelling, line by line,
 * since a file's spelling changes when the daemon's configuration does:
 *
 *   Mar  4 14:00:07 host tag[12]: message            RFC 3164, rsyslog, …
 *   <30>Mar  4 14:00:07 tag: message                  without a host
 *   2026-03-04T14:00:07.463511+01:00 host tag: …      rsyslog's file format
 *   <165>1 2026-03-04T14:00:07Z host app 12 id [sd] … RFC 5424
 *   Mar  4 14:00:07 host user.notice tag: message     BusyBox
 *   <14>tag: message                                  libraries
 *   <189>45: *Mar  4 14:00:07.123: %SYS-5-CONFIG_I: … see syslog-cisco.c
 *
 * Of "host tag:" only the tag ends in a colon, so a first word that does is
 * the tag and the host is missing.
 *
 * Files have no priority as a rule.  The level that a message opens with is
 * taken then; see level.c.
 */
#include "parser.h"

#define TAG_BYTES_MAX 128
#define HOST_BYTES_MAX 255
#define PID_DIGITS_MAX 18

/* "<30>" */
static bool
take_priority(struct str *s, struct log_event *ev)
{
	struct str at = *s;
	uint64_t v;

	if (!scan_char(&at, '<') || !scan_uint(&at, 1, 3, &v) || v > 191 ||
	    !scan_char(&at, '>'))
		return false;
	ev->severity = (int)(v % 8);
	*s = at;
	return true;
}

/* A facility's name has up to eight letters or digits. */
static bool
may_have_facility(struct str s)
{
	for (size_t n = 0; n < s.n && n <= 8; n++) {
		if (s.p[n] == '.')
			return true;
		if (s.p[n] == ' ' || s.p[n] == ':' || s.p[n] == '[')
			return false;
	}
	return false;
}

/* "user.notice " */
static bool
take_facility(struct str *s, struct log_event *ev)
{
	static const struct str facilities[] = {STR("kern"), STR("user"),
	    STR("mail"), STR("daemon"), STR("auth"), STR("syslog"), STR("lpr"),
	    STR("news"), STR("uucp"), STR("cron"), STR("authpriv"), STR("ftp")};
	struct str at = *s, word, facility;
	bool is = false;
	int severity;

	if (!may_have_facility(at) || !scan_word(&at, &word))
		return false;
	word = str_cut(word, '.', &facility);
	if (word.p == NULL || facility.n < 3 || facility.n > 8)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(facilities); i++)
		is |= str_eq(facility, facilities[i]);
	is |= facility.n == 6 && str_starts(facility, STR("local"));
	severity = level_word(word);
	if (!is || severity == SEVERITY_NONE)
		return false;
	ev->severity = severity;
	*s = at;
	return true;
}

/* "[12]" off the front of *s. */
static bool
take_pid(struct str *s, int64_t *ret_pid)
{
	struct str at = str_skip(*s, 1), inside;
	uint64_t pid = 0;
	ptrdiff_t end;
	size_t n = 0;

	while (
	    n < at.n && n < PID_DIGITS_MAX && at.p[n] >= '0' && at.p[n] <= '9')
		pid = pid * 10 + (uint64_t)(at.p[n++] - '0');
	if (n > 0 && n < at.n && at.p[n] == ']') {
		*s = str_skip(at, n + 1);
		*ret_pid = (int64_t)pid;
		return true;
	}
	end = str_chr(str_sub(at, 0, TAG_BYTES_MAX), ']');
	if (end < 0)
		return false;
	inside = str_sub(at, 0, (size_t)end);
	*s = str_skip(at, (size_t)end + 1);
	if (inside.n <= PID_DIGITS_MAX && str_to_u64(inside, &pid))
		*ret_pid = (int64_t)pid;
	return true;
}

/* "tag[12]: " or "tag: "; *ret_pid stays when there is none. */
static bool
take_tag(struct str *s, struct str *ret, int64_t *ret_pid)
{
	struct str tag, at = *s;
	int64_t pid = *ret_pid;
	size_t n = 0;

	while (n < at.n && n < TAG_BYTES_MAX && at.p[n] != ':' &&
	       at.p[n] != '[' && at.p[n] != ' ')
		n++;
	if (n == 0 || n == at.n || (at.p[n] != ':' && at.p[n] != '['))
		return false;
	tag = str_sub(at, 0, n);
	at = str_skip(at, n);
	if (at.p[0] == '[') {
		if (!take_pid(&at, &pid) ||
		    (!scan_char(&at, ':') && at.n > 0 && at.p[0] != ' '))
			return false;
	} else {
		at = str_skip(at, 1);
		/* "12:30" or a "C:\…" is no tag */
		if (at.n > 0 && at.p[0] != ' ')
			return false;
	}
	scan_char(&at, ' ');
	*s = at;
	*ret = tag;
	*ret_pid = pid;
	return true;
}

/* The host of the line before off the front of *s. */
static bool
take_same_host(
    struct str *s, const struct parse_state *st, struct log_event *ev)
{
	size_t n = st->n_host;

	if (n == 0 || s->n <= n || s->p[n] != ' ' ||
	    memcmp(s->p, st->host, n) != 0)
		return false;
	ev->host = (struct str){s->p, n};
	*s = str_skip(*s, n + 1);
	scan_spaces(s);
	return true;
}

/* What is a word, but no facility and no tag, is a host, whatever follows;
 * only a tag's bracket may reach beyond the word. */
static bool
take_host(struct str *s, struct parse_state *st, struct log_event *ev)
{
	if (!scan_word(s, &ev->host) || ev->host.n > HOST_BYTES_MAX)
		return false;
	if (ev->host.n <= sizeof(st->host) && str_chr(ev->host, '[') < 0) {
		memcpy(st->host, ev->host.p, ev->host.n);
		st->n_host = (uint8_t)ev->host.n;
	}
	return true;
}

/* Kernel messages begin with seconds since boot. */
static struct str
skip_uptime(struct str body)
{
	struct str at = body;
	uint64_t v;

	if (!scan_char(&at, '['))
		return body;
	scan_spaces(&at);
	if (!scan_uint(&at, 1, 12, &v) || !scan_char(&at, '.') ||
	    !scan_uint(&at, 1, 9, &v) || !scan_char(&at, ']'))
		return body;
	scan_char(&at, ' ');
	return at;
}

static void
finish(struct log_event *ev)
{
	int severity;

	if (str_eq(ev->identifier, STR("kernel")))
		ev->body = skip_uptime(ev->body);
	if (str_eq(ev->identifier, STR("systemd"))) {
		ev->unit = systemd_message_unit(ev->body);
		ev->service = unit_service(ev->unit);
	}
	if (ev->severity != SEVERITY_NONE && ev->severity != SEV_INFO)
		return;
	severity = message_severity(ev->body);
	if (severity != SEVERITY_NONE)
		ev->severity = severity;
}

/* "-" for what is not said. */
static bool
take_5424(struct str *s, struct str *ret)
{
	if (!scan_word(s, ret))
		return false;
	if (str_eq(*ret, STR("-")))
		*ret = STR_NULL;
	return true;
}

/* "[id name="value"]…" or "-" */
static bool
skip_structured_data(struct str *s)
{
	struct str at = *s;
	bool quoted = false;

	if (scan_char(&at, '-')) {
		scan_char(&at, ' ');
		*s = at;
		return true;
	}
	if (at.n == 0 || at.p[0] != '[')
		return false;
	for (size_t i = 0; i < at.n; i++) {
		char c = at.p[i];

		if (quoted && c == '\\')
			i++;
		else if (c == '"')
			quoted = !quoted;
		else if (c == ']' && !quoted &&
			 (i + 1 == at.n || at.p[i + 1] != '[')) {
			at = str_skip(at, i + 1);
			scan_char(&at, ' ');
			*s = at;
			return true;
		}
	}
	return false;
}

static enum parse_result
parse_5424(struct str s, struct parse_state *st, struct log_event *ev)
{
	struct str stamp, pid, msgid;
	struct stamp t;
	uint64_t v;

	if (!take_5424(&s, &stamp))
		return PARSE_BAD;
	if (stamp.n == 0) {
		if (st->seen == USEC_NONE)
			return PARSE_BAD;
		ev->timestamp = st->seen;
		ev->precision = USEC_PER_SEC;
		ev->flags |= EVENT_TIME_ASSUMED;
	} else if (parse_epoch(stamp, &ev->timestamp, &ev->precision)) {
		/* "1 1772632807.463 MX84 events …": no more than a host. */
		take_5424(&s, &ev->host);
		ev->body = s;
		finish(ev);
		return PARSE_OK;
	} else {
		if (!scan_iso_time(&stamp, &t) || stamp.n > 0)
			return PARSE_BAD;
		ev->timestamp = stamp_resolve(&t, st, &ev->flags);
		ev->precision = t.precision;
	}
	if (!take_5424(&s, &ev->host) || !take_5424(&s, &ev->identifier) ||
	    !take_5424(&s, &pid) || !take_5424(&s, &msgid))
		return PARSE_BAD;
	/* Some leave the structured data out instead of writing "-". */
	if (!skip_structured_data(&s) && s.n > 0 && s.p[0] == '[')
		return PARSE_BAD;
	if (pid.n > 0 && pid.n <= 18 && str_to_u64(pid, &v))
		ev->pid = (int64_t)v;
	scan_lit(&s, STR("\xef\xbb\xbf"));
	ev->body = s;
	finish(ev);
	return PARSE_OK;
}

/* The time at the front of *s, and the blanks behind it. */
static bool
take_time(
    struct str *s, bool priority, struct parse_state *st, struct log_event *ev)
{
	const struct str from = *s;
	struct stamp t;
	bool bsd;

	if (time_recall(s, st, priority, ev))
		return true;
	bsd = scan_bsd_time(s, &t);
	if (!bsd) {
		/* With a blank in the date it is an application's log. */
		if (s->n < 20 || (s->p[10] != 'T' && !priority) ||
		    !scan_iso_time(s, &t))
			return false;
	}
	ev->timestamp = stamp_resolve(&t, st, &ev->flags);
	ev->precision = t.precision;
	if (bsd || t.has_offset)
		time_remember(
		    st, priority, str_sub(from, 0, from.n - s->n), &t);
	return scan_char(s, ' ') || (bsd && scan_lit(s, STR(": ")));
}

/* "<14>tag: message", as many a logging library sends it. */
static enum parse_result
parse_timeless(struct str s, struct parse_state *st, struct log_event *ev)
{
	if (!time_assume(st, ev))
		return PARSE_BAD;
	take_tag(&s, &ev->identifier, &ev->pid);
	ev->body = s;
	finish(ev);
	return PARSE_OK;
}

enum parse_result
syslog_parse(const struct parser *p, struct str line, struct parse_state *st,
    struct log_event *ev)
{
	struct str s = line, at;
	bool bsd, priority = take_priority(&s, ev);

	at = s;
	if (priority && scan_lit(&at, STR("1 ")))
		return parse_5424(at, st, ev);
	if (cisco_parse(s, priority, st, ev))
		return PARSE_OK;
	if (priority)
		scan_spaces(&s);
	at = s;
	bsd = s.n > 0 && s.p[0] > '9';
	if (!take_time(&s, priority, st, ev))
		return priority ? parse_timeless(at, st, ev) : PARSE_BAD;
	scan_spaces(&s);
	if (take_same_host(&s, st, ev)) {
		take_facility(&s, ev);
	} else if (!take_facility(&s, ev) &&
		   !take_tag(&s, &ev->identifier, &ev->pid)) {
		if (!take_host(&s, st, ev))
			return PARSE_BAD;
		take_facility(&s, ev);
	}
	if (ev->identifier.n == 0 && !take_tag(&s, &ev->identifier, &ev->pid) &&
	    !bsd)
		return PARSE_BAD;
	ev->body = s;
	finish(ev);
	return PARSE_OK;
}
