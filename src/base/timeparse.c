/* SPDX-License-Identifier: MIT */
/*
 * Points in time as people and programs write them.
 *
 * Relative times ("-1h", "2h ago", "now-1h") are a sign and a span.  All
 * others are read as a row of items, each known by its shape: a weekday, a
 * day word, a date, a month's name, a day of the month, a year, a time, a
 * zone; each at most once and in any order.  One such reader takes what
 * systemd.time(7) has, RFC 3339, syslog, date(1), mail headers and nginx
 * alike, where a list of formats would always lack one.
 *
 * What the text leaves out comes from now: the day, seen in the zone that
 * applies, and for a month without a year the year that brings it nearest to
 * now.  A weekday must be the right one, since a wrong one is a typing error
 * in the date as often as in the name.
 */
#include <errno.h>

#include "zone.h"

#define TEXT_MAX 256
/* Times whose year prints in four digits, in UTC. */
#define YEAR_MIN 1
#define YEAR_MAX 9999
#define SECONDS_MIN (-62135596800)
#define SECONDS_MAX 253402300799

struct reading {
	struct str rest;
	struct civil c;
	bool has_date, has_time, has_zone, has_weekday;
	bool has_year, has_month, has_day; /* one by one: "Mar 4 2026" */
	int weekday;
	int shift; /* days from today, with has_date and without a date */
	bool from_today;
	const struct zone *zone;
};

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

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static size_t
digits_at(struct str s, size_t from)
{
	size_t n = from;

	while (n < s.n && is_digit(s.p[n]))
		n++;
	return n - from;
}

static char
char_at(struct str s, size_t i)
{
	return i < s.n ? s.p[i] : '\0';
}

/* Exactly n digits at the start, taken off. */
static bool
take_digits(struct str *s, size_t n, int *ret)
{
	int value = 0;

	if (s->n < n)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!is_digit(s->p[i]))
			return false;
		value = value * 10 + (s->p[i] - '0');
	}
	*s = str_skip(*s, n);
	*ret = value;
	return true;
}

/* One or two digits. */
static bool
take_short(struct str *s, int *ret)
{
	size_t n = digits_at(*s, 0);

	return n >= 1 && n <= 2 && take_digits(s, n, ret);
}

static bool
take_char(struct str *s, char c)
{
	if (char_at(*s, 0) != c || s->n == 0)
		return false;
	*s = str_skip(*s, 1);
	return true;
}

/* Does word, any case, begin with at least three letters of one of the n
 * names and hold nothing else?  Its index, or -1. */
static int
name_find(struct str word, const char *const *names, int n)
{
	for (int i = 0; i < n; i++) {
		size_t k = 0;

		while (k < word.n && names[i][k] != '\0' &&
		       lower(word.p[k]) == names[i][k])
			k++;
		if (k == word.n && (k == 3 || names[i][k] == '\0'))
			return i;
	}
	return -1;
}

static int
month_find(struct str word)
{
	static const char *const names[] = {"january", "february", "march",
	    "april", "may", "june", "july", "august", "september", "october",
	    "november", "december"};

	return name_find(word, names, 12) + 1;
}

static int
weekday_find(struct str word)
{
	static const char *const names[] = {"sunday", "monday", "tuesday",
	    "wednesday", "thursday", "friday", "saturday"};

	return name_find(word, names, 7);
}

static int
month_days(int year, int month)
{
	static const int days[] = {
	    31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return days[month - 1] + (month == 2 && leap);
}

/* "14:00", "14:00:07", "14:00:07.25"; colons are optional when compact. */
static bool
take_time(struct reading *r, bool compact)
{
	struct str *s = &r->rest;
	struct civil *c = &r->c;

	if (r->has_time)
		return false;
	if (compact) {
		if (!take_digits(s, 2, &c->hour) ||
		    !take_digits(s, 2, &c->minute))
			return false;
		if (is_digit(char_at(*s, 0)) && !take_digits(s, 2, &c->second))
			return false;
	} else {
		if (!take_short(s, &c->hour) || !take_char(s, ':') ||
		    !take_digits(s, 2, &c->minute))
			return false;
		if (take_char(s, ':') && !take_digits(s, 2, &c->second))
			return false;
	}
	if ((char_at(*s, 0) == '.' || char_at(*s, 0) == ',') &&
	    is_digit(char_at(*s, 1))) {
		int unit = 100000;

		*s = str_skip(*s, 1);
		for (; s->n > 0 && is_digit(s->p[0]); *s = str_skip(*s, 1)) {
			c->usec += (s->p[0] - '0') * unit;
			unit /= 10;
		}
	}
	if (is_digit(char_at(*s, 0)))
		return false;
	r->has_time = true;
	/* 60: a leap second, which counts as the next minute's first. */
	return c->hour <= 23 && c->minute <= 59 && c->second <= 60;
}

static bool
date_is_full(struct reading *r)
{
	if (r->has_date || r->has_year || r->has_month || r->has_day)
		return false;
	r->has_year = r->has_month = r->has_day = true;
	return true;
}

/* "2026-03-04", "2026/03/04", "26-03-04" */
static bool
take_date(struct reading *r, size_t year_digits)
{
	struct str *s = &r->rest;
	char sep = char_at(*s, year_digits);
	struct civil *c = &r->c;

	if (!date_is_full(r) || !take_digits(s, year_digits, &c->year) ||
	    !take_char(s, sep) || !take_short(s, &c->month) ||
	    !take_char(s, sep) || !take_short(s, &c->day))
		return false;
	if (year_digits == 2) /* as strptime's %y */
		c->year += c->year < 69 ? 2000 : 1900;
	if ((char_at(*s, 0) == 'T' || char_at(*s, 0) == 't') &&
	    is_digit(char_at(*s, 1))) {
		*s = str_skip(*s, 1);
		return take_time(r, false);
	}
	return !is_digit(char_at(*s, 0));
}

/* "20260304T140007" */
static bool
take_compact(struct reading *r)
{
	struct str *s = &r->rest;
	struct civil *c = &r->c;

	return date_is_full(r) && take_digits(s, 4, &c->year) &&
	       take_digits(s, 2, &c->month) && take_digits(s, 2, &c->day) &&
	       (take_char(s, 'T') || take_char(s, 't')) && take_time(r, true);
}

/* "04/Mar/2026:14:00:07" */
static bool
take_clf(struct reading *r)
{
	struct str *s = &r->rest;
	struct civil *c = &r->c;

	if (!date_is_full(r) || !take_digits(s, 2, &c->day) ||
	    !take_char(s, '/'))
		return false;
	c->month = month_find(str_sub(*s, 0, 3));
	*s = str_skip(*s, 3);
	if (c->month == 0 || !take_char(s, '/') || !take_digits(s, 4, &c->year))
		return false;
	return s->n == 0 || (take_char(s, ':') && take_time(r, false));
}

static bool
take_number_item(struct reading *r)
{
	struct str *s = &r->rest;
	size_t n = digits_at(*s, 0);
	char next = char_at(*s, n);

	if (next == ':' && n <= 2)
		return take_time(r, false);
	if ((next == '-' && (n == 4 || n == 2)) || (next == '/' && n == 4))
		return take_date(r, n);
	if (next == '/' && n == 2)
		return take_clf(r);
	if (n == 8 && (next == 'T' || next == 't'))
		return take_compact(r);
	if (n == 4 && !r->has_year && !r->has_date) {
		r->has_year = true;
		return take_digits(s, 4, &r->c.year);
	}
	if (n <= 2 && !r->has_day && !r->has_date) {
		r->has_day = true;
		return take_short(s, &r->c.day);
	}
	return false;
}

static bool
day_word(struct reading *r, struct str word)
{
	static const char *const names[] = {"yesterday", "today", "tomorrow"};

	for (int i = 0; i < 3; i++) {
		struct str name = str_of(names[i]);
		size_t k = 0;

		while (
		    k < word.n && k < name.n && lower(word.p[k]) == name.p[k])
			k++;
		if (k != word.n || k != name.n)
			continue;
		if (r->has_date || r->has_year || r->has_month || r->has_day)
			return false;
		r->has_date = r->from_today = true;
		r->shift = i - 1;
		return true;
	}
	return false;
}

static bool
zone_word(struct reading *r, struct str word, const struct zone *z)
{
	int offset;

	if (r->has_zone)
		return false;
	/* "CEST" names one of the two 02:30s of an autumn night, so the
	 * zone's own abbreviations go before zones of that name. */
	if (zone_abbrev_offset(z, word, &offset)) {
		char text[16];
		int m = (offset < 0 ? -offset : offset) / 60;

		text[0] = offset < 0 ? '-' : '+';
		text[1] = (char)('0' + m / 600);
		text[2] = (char)('0' + m / 60 % 10);
		text[3] = (char)('0' + m % 60 / 10);
		text[4] = (char)('0' + m % 10);
		word = (struct str){text, 5};
		r->has_zone = zone_find(word, &r->zone) == 0;
		return r->has_zone;
	}
	r->has_zone = zone_find(word, &r->zone) == 0;
	if (!r->has_zone && str_eq(word, STR("GMT"))) {
		r->zone = zone_utc(); /* HTTP dates, on hosts without tzdata */
		r->has_zone = true;
	}
	return r->has_zone;
}

static bool
take_word_item(struct reading *r, const struct zone *z)
{
	struct str word = {r->rest.p, 0};
	int found;

	while (word.n < r->rest.n && r->rest.p[word.n] != ' ' &&
	       r->rest.p[word.n] != '(' && r->rest.p[word.n] != ',')
		word.n++;
	r->rest = str_skip(r->rest, word.n);
	found = weekday_find(word);
	if (found >= 0 && !r->has_weekday) {
		r->has_weekday = true;
		r->weekday = found;
		return true;
	}
	found = month_find(word);
	if (found > 0 && !r->has_month && !r->has_date) {
		r->has_month = true;
		r->c.month = found;
		return true;
	}
	return day_word(r, word) || zone_word(r, word, z);
}

static bool
read_items(struct reading *r, const struct zone *z)
{
	while (r->rest.n > 0) {
		char c = r->rest.p[0];

		if (c == ' ' || c == '\t' || (c == ',' && r->has_weekday)) {
			r->rest = str_skip(r->rest, 1);
		} else if (c == '(' && r->has_zone) {
			/* "CET (UTC+1)": the way we print it */
			return r->rest.p[r->rest.n - 1] == ')';
		} else if (is_digit(c)) {
			if (!take_number_item(r))
				return false;
		} else if (is_letter(c) || c == '+' || c == '-') {
			if (!take_word_item(r, z))
				return false;
		} else {
			return false;
		}
	}
	return true;
}

static bool
in_years(usec_t t)
{
	return t >= SECONDS_MIN * USEC_PER_SEC &&
	       t < (SECONDS_MAX + 1) * USEC_PER_SEC;
}

static int
resolve(const struct reading *r, const struct civil *c, usec_t *ret)
{
	usec_t t, later;
	struct civil whole = *c;

	if (c->month < 1 || c->month > 12 || c->day < 1 || c->year < YEAR_MIN ||
	    c->year > YEAR_MAX || c->day > month_days(c->year, c->month))
		return -EINVAL;
	if (r->has_weekday && civil_weekday(c) != r->weekday)
		return -EINVAL;
	if (whole.second == 60)
		whole.second = 59;
	zone_from_civil(r->zone, &whole, &t, &later);
	if (c->second == 60)
		t += USEC_PER_SEC;
	if (!in_years(t))
		return -EINVAL;
	*ret = t;
	return 0;
}

/* "Mar  4 14:00:07": in the year that brings it nearest to now. */
static int
resolve_yearless(
    const struct reading *r, int this_year, usec_t now, usec_t *ret)
{
	usec_t best = 0, best_distance = -1;

	/* Up to eight years between two leap days. */
	for (int k = -8; k <= 8; k++) {
		struct civil c = r->c;
		usec_t t, distance;

		c.year = this_year + k;
		if (resolve(r, &c, &t) < 0)
			continue;
		distance = t > now ? t - now : now - t;
		if (best_distance < 0 || distance < best_distance) {
			best = t;
			best_distance = distance;
		}
	}
	if (best_distance < 0)
		return -EINVAL;
	*ret = best;
	return 0;
}

static int
parse_absolute(struct str text, usec_t now, const struct zone *z, usec_t *ret)
{
	struct reading r = {.rest = text, .zone = z};
	struct civil today;

	if (!read_items(&r, z))
		return -EINVAL;
	zone_to_civil(r.zone, now, &today, NULL, NULL);
	if (r.has_year || r.has_month || r.has_day) {
		if (!r.has_month || !r.has_day)
			return -EINVAL;
		if (!r.has_year)
			return resolve_yearless(&r, today.year, now, ret);
	} else if (r.has_date || r.has_time) {
		struct civil day = {
		    .year = today.year, .month = today.month, .day = today.day};

		if (r.from_today && r.shift != 0)
			civil_from_seconds(
			    civil_to_seconds(&day) + r.shift * 86400, &day);
		r.c.year = day.year;
		r.c.month = day.month;
		r.c.day = day.day;
	} else {
		return -EINVAL;
	}
	return resolve(&r, &r.c, ret);
}

/* "1772629200.25", perhaps with a sign */
static int
parse_epoch(struct str s, usec_t *ret)
{
	struct str whole;
	bool negative = take_char(&s, '-');
	struct str fraction = str_cut(s, '.', &whole);
	uint64_t seconds;
	usec_t t, unit = USEC_PER_SEC / 10;

	if (!str_to_u64(whole, &seconds) ||
	    (fraction.p != NULL && fraction.n == 0) ||
	    digits_at(fraction, 0) != fraction.n)
		return -EINVAL;
	if (seconds > SECONDS_MAX)
		return -EINVAL;
	t = (usec_t)seconds * USEC_PER_SEC;
	for (size_t i = 0; i < fraction.n; i++, unit /= 10)
		t += (fraction.p[i] - '0') * unit;
	if (negative)
		t = -t;
	if (!in_years(t))
		return -EINVAL;
	*ret = t;
	return 0;
}

static int
shift_by(usec_t now, struct str span, int sign, usec_t *ret)
{
	usec_t length, t;

	if (span_parse(span, &length) < 0 ||
	    __builtin_add_overflow(now, sign * length, &t))
		return -EINVAL;
	if (t < -62135596800 * USEC_PER_SEC || t > 253402300799 * USEC_PER_SEC)
		return -EINVAL;
	*ret = t;
	return 0;
}

/* Does s end with word, any case, behind a space?  It is taken off then. */
static bool
take_end(struct str *s, struct str word)
{
	size_t start = s->n - word.n;

	if (s->n <= word.n || s->p[start - 1] != ' ')
		return false;
	for (size_t i = 0; i < word.n; i++) {
		if (lower(s->p[start + i]) != word.p[i])
			return false;
	}
	s->n = start - 1;
	return true;
}

static int
parse_relative(struct str text, usec_t now, usec_t *ret)
{
	bool negative;
	int sign;

	if (take_end(&text, STR("ago")))
		return shift_by(now, text, -1, ret);
	if (take_end(&text, STR("left")))
		return shift_by(now, text, 1, ret);
	if (text.n >= 3 && lower(text.p[0]) == 'n' && lower(text.p[1]) == 'o' &&
	    lower(text.p[2]) == 'w') {
		text = str_trim(str_skip(text, 3));
		if (text.n == 0) {
			*ret = now;
			return 0;
		}
		if (text.p[0] != '+' && text.p[0] != '-')
			return -EINVAL;
	}
	negative = char_at(text, 0) == '-';
	sign = negative ? -1 : 1;
	if (negative || char_at(text, 0) == '+')
		return shift_by(now, str_skip(text, 1), sign, ret);
	/* "1h" alone; a number needs a unit, else it is no span. */
	if (text.n == 0 || is_digit(text.p[text.n - 1]))
		return -EINVAL;
	return shift_by(now, text, -1, ret);
}

int
time_parse(struct str text, usec_t now, const struct zone *z, usec_t *ret)
{
	size_t digits;

	text = str_trim(text);
	if (text.n == 0 || text.n > TEXT_MAX)
		return -EINVAL;
	if (text.p[0] == '@')
		return parse_epoch(str_skip(text, 1), ret);
	digits = digits_at(text, 0);
	/* journalctl -o short-unix */
	if (digits >= 9 && digits <= 11 &&
	    (text.n == digits || text.p[digits] == '.'))
		return parse_epoch(text, ret);
	if (parse_relative(text, now, ret) == 0)
		return 0;
	return parse_absolute(text, now, z, ret);
}
