/* SPDX-License-Identifier: MIT */
/*
 * The spellings of time that logs have.
 *
 * A scanner only reads what stands there, into a struct stamp; what the line
 * leaves out (RFC 3164 has no year and no zone, nginx's error log no zone) is
 * put in by stamp_resolve() from what the source knows.
 *
 * The year is the latest one that does not put the line more than a day
 * behind the time it was seen: logs are old, never from the future, but
 * clocks differ.
 *
 * When clocks are set back, an hour of local times happens twice.  Lines of
 * one file are written in order, so the earlier occurrence is taken until that
 * would go back in time, and the later one from then on.  A minute of going
 * back is let pass: daemons that stamp a message before they queue it do that
 * all the time, and one such line must not push the rest of the file an hour
 * ahead.  Where the line before says nothing (there is none, or it is long
 * past), the later occurrence is taken if the file was last written to right
 * behind it.
 */
#include "scan.h"

#define FUTURE_MAX USEC_PER_DAY
#define BACKWARDS_MAX USEC_PER_MIN
#define SPARSE_MIN (30 * USEC_PER_MIN)
#define WRITTEN_MAX (10 * USEC_PER_MIN)

bool
scan_uint(struct str *s, unsigned min, unsigned max, uint64_t *ret)
{
	uint64_t v = 0;
	unsigned n = 0;

	while (n < max && n < s->n && s->p[n] >= '0' && s->p[n] <= '9')
		v = v * 10 + (uint64_t)(s->p[n++] - '0');
	if (n < min || n == 0)
		return false;
	*s = str_skip(*s, n);
	*ret = v;
	return true;
}

static bool
scan_int(struct str *s, unsigned min, unsigned max, int low, int high, int *ret)
{
	uint64_t v;
	struct str at = *s;

	if (!scan_uint(&at, min, max, &v) || (int)v < low || (int)v > high)
		return false;
	*s = at;
	*ret = (int)v;
	return true;
}

static bool
scan_month(struct str *s, int *ret)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

	if (s->n < 3 || s->p[0] < 'A' || s->p[0] > 'S')
		return false;
	for (int m = 0; m < 12; m++)
		if (s->p[0] == names[3 * m] &&
		    memcmp(s->p, names + 3 * m, 3) == 0) {
			*s = str_skip(*s, 3);
			*ret = m + 1;
			return true;
		}
	return false;
}

static bool
civil_valid(const struct civil *c)
{
	static const int days[] = {
	    31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap =
	    c->year % 4 == 0 && (c->year % 100 != 0 || c->year % 400 == 0);

	if (c->day > days[c->month - 1])
		return false;
	return c->month != 2 || c->day < 29 || leap;
}

/* "18:03:06" and a fraction; 60 is a leap second and becomes 59. */
static bool
scan_clock(struct str *s, struct stamp *t)
{
	struct str at = *s;
	unsigned digits = 0;
	int usec = 0;

	if (!scan_int(&at, 2, 2, 0, 23, &t->civil.hour) ||
	    !scan_char(&at, ':') ||
	    !scan_int(&at, 2, 2, 0, 59, &t->civil.minute) ||
	    !scan_char(&at, ':') ||
	    !scan_int(&at, 2, 2, 0, 60, &t->civil.second))
		return false;
	if (t->civil.second == 60)
		t->civil.second = 59;
	if (at.n > 1 && (at.p[0] == '.' || at.p[0] == ',') && at.p[1] >= '0' &&
	    at.p[1] <= '9') {
		at = str_skip(at, 1);
		while (at.n > 0 && at.p[0] >= '0' && at.p[0] <= '9') {
			if (digits < 6)
				usec = usec * 10 + (at.p[0] - '0');
			digits++;
			at = str_skip(at, 1);
		}
		for (unsigned d = digits; d < 6; d++)
			usec *= 10;
	}
	t->civil.usec = usec;
	t->precision = digits == 0   ? USEC_PER_SEC
		       : digits <= 3 ? USEC_PER_MSEC
				     : 1;
	*s = at;
	return true;
}

/* "Z", "+01:00", "+0100", "+01"; minutes, and hours up to 15. */
static bool
scan_offset(struct str *s, struct stamp *t)
{
	struct str at = *s;
	int hours, minutes = 0;
	bool west;

	if (scan_char(&at, 'Z') || scan_char(&at, 'z')) {
		t->offset = 0;
	} else {
		west = at.n > 0 && at.p[0] == '-';
		if (!scan_char(&at, '+') && !scan_char(&at, '-'))
			return false;
		if (!scan_int(&at, 2, 2, 0, 15, &hours))
			return false;
		if (at.n > 0 && at.p[0] == ':') {
			at = str_skip(at, 1);
			if (!scan_int(&at, 2, 2, 0, 59, &minutes))
				return false;
		} else {
			scan_int(&at, 2, 2, 0, 59, &minutes);
		}
		t->offset = (hours * 60 + minutes) * 60;
		if (west)
			t->offset = -t->offset;
	}
	t->has_offset = true;
	*s = at;
	return true;
}

/* " UTC", " +0100", " CET" behind a time: the first two say the zone, the
 * last is taken off and left to the source's zone. */
static void
scan_zone_word(struct str *s, struct stamp *t)
{
	struct str at = *s;
	size_t n = 0;

	if (!scan_char(&at, ' '))
		return;
	if (at.n > 0 && (at.p[0] == '+' || at.p[0] == '-')) {
		if (scan_offset(&at, t) &&
		    (at.n == 0 || at.p[0] == ' ' || at.p[0] == ']'))
			*s = at;
		else
			t->has_offset = false;
		return;
	}
	while (n < at.n && at.p[n] >= 'A' && at.p[n] <= 'Z')
		n++;
	if (n < at.n && at.p[n] != ' ' && at.p[n] != ']')
		return;
	if (n == 3 &&
	    (memcmp(at.p, "UTC", 3) == 0 || memcmp(at.p, "GMT", 3) == 0)) {
		t->has_offset = true;
		t->offset = 0;
		*s = str_skip(at, n);
	} else if ((n == 3 || n == 4) && at.p[n - 1] == 'T' &&
		   level_word(str_sub(at, 0, n)) == SEVERITY_NONE) {
		*s = str_skip(at, n); /* CET, CEST, EST, PDT, … */
	}
}

/* Two digits, or a number that is out of every range. */
static inline int
two(const char *p)
{
	unsigned a = (unsigned)p[0] - '0', b = (unsigned)p[1] - '0';

	return a > 9 || b > 9 ? 100 : (int)(a * 10 + b);
}

/* The one on the hottest path, and the only one of fixed width. */
bool
scan_clf_time(struct str *s, struct stamp *ret)
{
	const char *p = s->p;
	struct stamp t = {
	    .has_year = true, .has_offset = true, .precision = USEC_PER_SEC};
	struct str month;
	int century, hours, minutes;

	if (s->n < CLF_TIME_BYTES || p[2] != '/' || p[6] != '/' ||
	    p[11] != ':' || p[14] != ':' || p[17] != ':' || p[20] != ' ' ||
	    (p[21] != '+' && p[21] != '-'))
		return false;
	month = (struct str){p + 3, 3};
	if (!scan_month(&month, &t.civil.month))
		return false;
	t.civil.day = two(p);
	century = two(p + 7);
	t.civil.year = century * 100 + two(p + 9);
	t.civil.hour = two(p + 12);
	t.civil.minute = two(p + 15);
	t.civil.second = two(p + 18);
	hours = two(p + 22);
	minutes = two(p + 24);
	if (t.civil.day < 1 || t.civil.year < 1970 || t.civil.year > 9999 ||
	    two(p + 9) > 99 || t.civil.hour > 23 || t.civil.minute > 59 ||
	    t.civil.second > 60 || hours > 15 || minutes > 59 ||
	    !civil_valid(&t.civil))
		return false;
	if (t.civil.second == 60)
		t.civil.second = 59;
	t.offset = (hours * 60 + minutes) * 60;
	if (p[21] == '-')
		t.offset = -t.offset;
	*s = str_skip(*s, CLF_TIME_BYTES);
	*ret = t;
	return true;
}

bool
scan_iso_time(struct str *s, struct stamp *ret)
{
	struct stamp t = {.has_year = true};
	struct str at = *s;
	char sep;

	if (!scan_int(&at, 4, 4, 1970, 9999, &t.civil.year) || at.n == 0)
		return false;
	sep = at.p[0];
	if ((sep != '-' && sep != '/' && sep != '.') || !scan_char(&at, sep) ||
	    !scan_int(&at, 2, 2, 1, 12, &t.civil.month) ||
	    !scan_char(&at, sep) || !scan_int(&at, 2, 2, 1, 31, &t.civil.day))
		return false;
	if (!scan_char(&at, 'T') && !scan_char(&at, ' ') &&
	    !scan_char(&at, 't') && !scan_char(&at, '_'))
		return false;
	scan_char(&at, ' '); /* apt's history has two */
	if (!scan_clock(&at, &t) || !civil_valid(&t.civil))
		return false;
	if (!scan_offset(&at, &t))
		scan_zone_word(&at, &t);
	*s = at;
	*ret = t;
	return true;
}

bool
scan_bsd_time(struct str *s, struct stamp *ret)
{
	struct stamp t = {.civil.year = 2000};
	struct str at = *s, year;

	if (!scan_month(&at, &t.civil.month) || scan_spaces(&at) == 0 ||
	    !scan_int(&at, 1, 2, 1, 31, &t.civil.day) || scan_spaces(&at) == 0)
		return false;
	year = at;
	if (scan_int(&year, 4, 4, 1970, 9999, &t.civil.year) &&
	    scan_char(&year, ' ')) {
		t.has_year = true;
		at = year;
	} else {
		t.civil.year = 2000;
	}
	if (!scan_clock(&at, &t))
		return false;
	year = at; /* the year may also stand behind the time */
	if (!t.has_year && scan_char(&year, ' ') &&
	    scan_int(&year, 4, 4, 1970, 9999, &t.civil.year) &&
	    (year.n == 0 || year.p[0] == ' ' || year.p[0] == ']' ||
		str_starts(year, STR(": ")))) {
		t.has_year = true;
		at = year;
	} else if (!t.has_year) {
		t.civil.year = 2000;
	}
	if (!civil_valid(&t.civil))
		return false;
	*s = at;
	*ret = t;
	return true;
}

/* "20 Nov 2026 18:10:08", "20-Nov-2026 18:10:08 UTC" */
static bool
scan_day_first(struct str *s, struct stamp *ret)
{
	struct stamp t = {.has_year = true};
	struct str at = *s;
	char sep;

	if (!scan_int(&at, 1, 2, 1, 31, &t.civil.day) || at.n == 0)
		return false;
	sep = at.p[0];
	if ((sep != ' ' && sep != '-' && sep != '/') || !scan_char(&at, sep) ||
	    !scan_month(&at, &t.civil.month) || !scan_char(&at, sep) ||
	    !scan_int(&at, 4, 4, 1970, 9999, &t.civil.year) ||
	    (!scan_char(&at, ' ') && !scan_char(&at, ':')) ||
	    !scan_clock(&at, &t) || !civil_valid(&t.civil))
		return false;
	if (!scan_offset(&at, &t))
		scan_zone_word(&at, &t);
	*s = at;
	*ret = t;
	return true;
}

bool
scan_any_time(struct str *s, struct stamp *ret)
{
	static const char days[] = "MonTueWedThuFriSatSun";
	struct str at = *s;

	if (s->n < 14)
		return false;
	if (s->p[0] >= '0' && s->p[0] <= '9')
		return scan_iso_time(s, ret) || scan_day_first(s, ret);
	if (!one_of(s->p[0], "ADFJMNOSTW"))
		return false;
	for (int d = 0; d < 7; d++)
		if (memcmp(s->p, days + 3 * d, 3) == 0) {
			at = str_skip(at, 3);
			scan_char(&at, ',');
			scan_spaces(&at);
			break;
		}
	if (!scan_bsd_time(&at, ret) &&
	    (at.p == s->p || !scan_day_first(&at, ret)))
		return false;
	*s = at;
	return true;
}

bool
parse_seconds(struct str s, usec_t *ret)
{
	uint64_t whole, fraction = 0;
	size_t before;

	if (!scan_uint(&s, 1, 12, &whole))
		return false;
	if (scan_char(&s, '.')) {
		before = s.n;
		if (!scan_uint(&s, 1, 6, &fraction))
			return false;
		for (size_t d = before - s.n; d < 6; d++)
			fraction *= 10;
		while (s.n > 0 && s.p[0] >= '0' && s.p[0] <= '9')
			s = str_skip(s, 1);
	}
	if (s.n > 0)
		return false;
	*ret = (usec_t)whole * USEC_PER_SEC + (usec_t)fraction;
	return true;
}

bool
parse_epoch(struct str s, usec_t *ret, usec_t *ret_precision)
{
	ptrdiff_t dot = str_chr(s, '.');
	size_t whole = dot < 0 ? s.n : (size_t)dot;
	usec_t precision = USEC_PER_SEC;
	uint64_t v;
	usec_t t;

	if (whole >= 9 && whole <= 11) {
		if (!parse_seconds(s, &t))
			return false;
		if (dot >= 0)
			precision = s.n - whole - 1 <= 3 ? USEC_PER_MSEC : 1;
	} else {
		s = str_sub(s, 0, whole);
		if (whole < 12 || whole > 19 || !scan_uint(&s, 12, 19, &v) ||
		    s.n > 0)
			return false;
		precision = 1;
		if (whole <= 14) {
			t = (usec_t)v * 1000;
			precision = USEC_PER_MSEC;
		} else if (whole <= 17) {
			t = (usec_t)v;
		} else {
			t = (usec_t)(v / 1000);
		}
	}
	*ret = t;
	*ret_precision = precision;
	return true;
}

usec_t
stamp_utc(const struct stamp *t)
{
	return (civil_to_seconds(&t->civil) - t->offset) * USEC_PER_SEC +
	       t->civil.usec;
}

static usec_t
local_to_utc(
    const struct civil *c, const struct parse_state *st, unsigned *flags)
{
	const struct zone *z = st->zone != NULL ? st->zone : zone_utc();
	usec_t early, late;

	if (zone_from_civil(z, c, &early, &late) != ZONE_TWICE)
		return early;
	*flags |= EVENT_TIME_AMBIGUOUS;
	if (st->seen != USEC_NONE && late > st->seen + BACKWARDS_MAX)
		return early;
	if (st->last != USEC_NONE) {
		if (early < st->last - BACKWARDS_MAX)
			return late;
		if (early < st->last + SPARSE_MIN)
			return early;
	}
	if (st->seen == USEC_NONE || late < st->seen - WRITTEN_MAX)
		return early;
	return late;
}

usec_t
stamp_resolve(
    const struct stamp *t, const struct parse_state *st, unsigned *flags)
{
	struct stamp s = *t;
	struct civil now;
	usec_t ref = st->seen != USEC_NONE ? st->seen : st->last;
	usec_t at = 0;
	unsigned f = 0;

	if (s.has_year && s.has_offset)
		return stamp_utc(&s);
	*flags |= EVENT_TIME_ASSUMED;
	if (s.has_year) {
		at = local_to_utc(&s.civil, st, &f);
		*flags |= f;
		return at;
	}
	if (ref == USEC_NONE)
		ref = 0;
	civil_from_seconds(ref / USEC_PER_SEC, &now);
	/* Down to the last leap year, wherever 29 February is to go. */
	for (int year = now.year + 1; year >= now.year - 8; year--) {
		s.civil.year = year;
		if (!civil_valid(&s.civil))
			continue;
		f = 0;
		at = s.has_offset ? stamp_utc(&s)
				  : local_to_utc(&s.civil, st, &f);
		if (at <= ref + FUTURE_MAX)
			break;
	}
	*flags |= f;
	return at;
}
