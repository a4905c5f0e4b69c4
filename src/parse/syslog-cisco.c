/* SPDX-License-Identifier: MIT */
/*
 * Syslog of network gear.
 *
 * Routers and switches agree on how a message ends, and on nothing before:
 *
 *   45: *Mar  4 14:00:07.123: %SYS-5-CONFIG_I: …        sequence number
 *   45: edge1: 000051: .Mar  4 14:00:07 CET: %LINK-…    and a name, and a zone
 *   45: 1d02h: %SYS-5-RESTART: …                        time since boot
 *   : 2026 Mar  4 14:00:07.123 UTC: %ETHPORT-5-IF_UP: … NX-OS
 *   45: edge1 RP/0/RSP0/CPU0:Mar  4 … : cfg[65]: %MGBL-… IOS XR
 *   Mar  4 2026 14:00:07 fw1 : %ASA-6-302013: …          ASA
 *
 * So the mnemonic is looked for, and what stands before it is taken apart for
 * a time, a zone and a name.  A star or a dot says that the clock was never
 * set, or is not kept by NTP any more; it is still the time there is.
 */
#include "parser.h"

/* How far from the beginning a mnemonic is looked for. */
#define PREFIX_BYTES_MAX 160
#define WORDS_MAX 12

static bool
is_upper(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* "%SYS-5-CONFIG_I:", "%ASA-6-302013:", "%PKI-SSP-4-EXPIRED:" */
static bool
take_mnemonic(struct str s, struct str *facility, int *severity)
{
	size_t n = 1, first = 0;

	while (n < s.n && n < 64 && (is_upper(s.p[n]) || s.p[n] == '-')) {
		if (s.p[n] == '-' && first == 0)
			first = n;
		if (s.p[n] == '-' && n + 2 < s.n && s.p[n + 1] >= '0' &&
		    s.p[n + 1] <= '7' && s.p[n + 2] == '-' && first > 1) {
			*facility = str_sub(s, 1, first - 1);
			*severity = s.p[n + 1] - '0';
		}
		n++;
	}
	if (n < s.n && s.p[n] == ' ') /* IOS XR */
		n++;
	return n < s.n && s.p[n] == ':' && facility->n > 0;
}

static ptrdiff_t
find_mnemonic(struct str s, struct str *facility, int *severity)
{
	struct str head = str_sub(s, 0, PREFIX_BYTES_MAX);
	size_t from = 0;
	ptrdiff_t at;

	while ((at = str_chr(str_skip(head, from), '%')) >= 0) {
		from += (size_t)at;
		if ((from == 0 || head.p[from - 1] == ' ' ||
			head.p[from - 1] == ':') &&
		    take_mnemonic(str_skip(s, from), facility, severity))
			return (ptrdiff_t)from;
		from++;
	}
	return -1;
}

/* "Mar  4 14:00:07.123", "Mar  4 2026 14:00:07", "2026 Mar  4 14:00:07",
 * "2026-03-04T14:00:07Z"; " UTC" and " CET" behind it. */
static bool
take_time(struct str *s, struct stamp *t)
{
	struct str at = *s, zone;
	uint64_t year;

	if (scan_uint(&at, 4, 4, &year) && scan_char(&at, ' ') &&
	    scan_bsd_time(&at, t)) {
		t->civil.year = (int)year;
		t->has_year = year >= 1970;
	} else {
		at = *s;
		if (!scan_bsd_time(&at, t) && !scan_iso_time(&at, t))
			return false;
	}
	zone = at;
	if (scan_char(&zone, ' ')) {
		size_t n = 0;

		while (n < zone.n && zone.p[n] >= 'A' && zone.p[n] <= 'Z')
			n++;
		if (n >= 3 && n <= 5 && n < zone.n && zone.p[n] == ':') {
			if (!t->has_offset &&
			    (str_eq(str_sub(zone, 0, n), STR("UTC")) ||
				str_eq(str_sub(zone, 0, n), STR("GMT")))) {
				t->has_offset = true;
				t->offset = 0;
			}
			at = str_skip(zone, n);
		}
	}
	*s = at;
	return true;
}

/* A number, or a time since boot: "45", "000051", "1d02h", "3w4d". */
static bool
is_counter(struct str word)
{
	for (size_t i = 0; i < word.n; i++)
		if ((word.p[i] < '0' || word.p[i] > '9') &&
		    !one_of(word.p[i], "ywdhms"))
			return false;
	return word.n > 0 && word.p[0] >= '0' && word.p[0] <= '9';
}

struct prefix {
	struct stamp time;
	bool timed, time_first;
	struct str host;
};

static void
take_prefix(struct str s, struct prefix *ret)
{
	for (int words = 0; words < WORDS_MAX; words++) {
		struct str word;
		size_t n = 0;

		while (s.n > 0 && one_of(s.p[0], " :*."))
			s = str_skip(s, 1);
		if (s.n == 0)
			return;
		if (!ret->timed && take_time(&s, &ret->time)) {
			ret->timed = true;
			ret->time_first = words == 0;
			continue;
		}
		/* An IPv6 address has colons, too; a month is capital. */
		while (n < s.n && s.p[n] != ' ' &&
		       !(s.p[n] == ':' &&
			   (n + 1 == s.n || s.p[n + 1] == ' ' ||
			       (s.p[n + 1] >= 'A' && s.p[n + 1] <= 'Z'))))
			n++;
		word = str_sub(s, 0, n);
		s = str_skip(s, n);
		if (ret->host.n == 0 && word.n <= 255 && !is_counter(word) &&
		    str_chr(word, '[') < 0 && str_chr(word, '/') < 0 &&
		    !(str_chr(word, ':') == 2 && word.n == 8)) /* 00:01:02 */
			ret->host = word;
	}
}

bool
time_assume(const struct parse_state *st, struct log_event *ev)
{
	usec_t t = st->last != USEC_NONE ? st->last : st->seen;

	if (t == USEC_NONE)
		return false;
	ev->timestamp = t;
	ev->precision = USEC_PER_SEC;
	ev->flags |= EVENT_TIME_ASSUMED;
	return true;
}

bool
cisco_parse(struct str s, bool priority, const struct parse_state *st,
    struct log_event *ev)
{
	struct prefix prefix = {.timed = false};
	struct str facility = STR_NULL;
	int severity = SEVERITY_NONE;
	ptrdiff_t at = find_mnemonic(s, &facility, &severity);

	if (at < 0)
		return false;
	take_prefix(str_sub(s, 0, (size_t)at), &prefix);
	/* In a file, without a priority, a line begins with its time. */
	if (!priority && !(prefix.timed && prefix.time_first))
		return false;
	if (prefix.timed) {
		ev->timestamp = stamp_resolve(&prefix.time, st, &ev->flags);
		ev->precision = prefix.time.precision;
	} else if (!time_assume(st, ev)) {
		return false;
	}
	ev->host = prefix.host;
	ev->identifier = facility;
	ev->severity = severity;
	ev->body = str_skip(s, (size_t)at);
	return true;
}
