/* SPDX-License-Identifier: MIT */
#ifndef PARSE_SCAN_H
#define PARSE_SCAN_H

/*
 * Hand-written scanners over borrowed bytes.  Each takes what it knows off
 * the front of *s and returns true, or leaves *s alone and returns false.
 */

#include "recount/parse.h"

/* A point in time as a line spells it, before zone and year are known. */
struct stamp {
	struct civil civil;
	bool has_year;
	bool has_offset; /* civil is `offset` seconds east of UTC */
	int offset;
	usec_t precision;
};

/* strchr() finds the NUL that ends set; this does not. */
static inline bool
one_of(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

static inline bool
scan_char(struct str *s, char c)
{
	if (s->n == 0 || s->p[0] != c)
		return false;
	*s = str_skip(*s, 1);
	return true;
}

static inline bool
scan_lit(struct str *s, struct str lit)
{
	if (!str_starts(*s, lit))
		return false;
	*s = str_skip(*s, lit.n);
	return true;
}

static inline size_t
scan_spaces(struct str *s) /* blanks taken */
{
	size_t n = 0;

	while (n < s->n && (s->p[n] == ' ' || s->p[n] == '\t'))
		n++;
	*s = str_skip(*s, n);
	return n;
}

/* min to max digits; takes no more than max. */
bool scan_uint(struct str *s, unsigned min, unsigned max, uint64_t *ret);
/* Up to the next blank; the blanks behind it are taken, too. */
static inline bool
scan_word(struct str *s, struct str *ret)
{
	size_t n = 0;

	while (n < s->n && s->p[n] != ' ' && s->p[n] != '\t')
		n++;
	if (n == 0)
		return false;
	*ret = (struct str){s->p, n};
	*s = str_skip(*s, n);
	scan_spaces(s);
	return true;
}

/* "20/Nov/2026:23:00:27 +0000" */
#define CLF_TIME_BYTES 26
bool scan_clf_time(struct str *s, struct stamp *ret);
/* "2026-11-20T23:05:01.463511+00:00": 'T' or a blank between, '.' or ','
 * before a fraction, zone "Z", "UTC", "+0100", "+01:00", "+01" or none;
 * '/' for '-' as Go and nginx have it. */
bool scan_iso_time(struct str *s, struct stamp *ret);
/* "Nov 20 18:03:06", "Nov  1 …", "Nov 20 2026 18:03:06", with a fraction. */
bool scan_bsd_time(struct str *s, struct stamp *ret);
/* Any of these and of the spellings applications have: "20 Nov 2026
 * 18:10:08.123", "20-Nov-2026 18:10:08", "Fri Nov 20 18:10:08.123456 2026". */
bool scan_any_time(struct str *s, struct stamp *ret);
/* All of s as seconds since 1970 with or without a fraction, or as an integer
 * of milli-, micro- or nanoseconds (told apart by magnitude). */
bool parse_epoch(struct str s, usec_t *ret, usec_t *ret_precision);
/* All of s as seconds, "0.076" or "3"; false for "-" and the like. */
bool parse_seconds(struct str s, usec_t *ret);

/* Year and zone are put in from st where the stamp has none; flags gets
 * EVENT_TIME_ASSUMED and EVENT_TIME_AMBIGUOUS. */
usec_t stamp_resolve(
    const struct stamp *t, const struct parse_state *st, unsigned *flags);
/* Without a year and zone of its own there is nothing to resolve. */
usec_t stamp_utc(const struct stamp *t);

/*
 * The time memory: most lines spell their time as the line before did, but for
 * the seconds.  (time-memory.c)
 */
/* A time like the one remembered, and a blank, off the front of *s: timestamp,
 * precision and flags of ev are set as scanning and resolving would have set
 * them.  False also when that would have worked. */
bool time_recall(struct str *s, const struct parse_state *st, unsigned style,
    struct log_event *ev);
/* spelled: what t was scanned from, bytes of the line that rest is the end of.
 * style: any number below 256; what was remembered under one is not recalled
 * under another. */
void time_remember(struct parse_state *st, unsigned style, struct str spelled,
    const struct stamp *t);

/*
 * The level that an application's own message opens with, behind a time of
 * its own, in brackets, as "level=…" or as a JSON member; SEVERITY_NONE.
 */
int message_severity(struct str body);
/* One word as a level: "ERROR", "[error]", "<warn>", "FATAL:", any case. */
int level_word(struct str word);
/* A level only when written the way levels are: in capitals or decorated. */
int level_word_strict(struct str word);

/* "NAME.service" and the like. */
bool is_unit_name(struct str s);
/* The unit a message of systemd's is about, or empty. */
struct str systemd_message_unit(struct str body);
/* "shopd" for "shopd.service"; empty for sessions, user managers, init. */
struct str unit_service(struct str unit);

#endif
