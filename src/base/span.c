/* SPDX-License-Identifier: MIT */
/*
 * Spans of time as systemd.time(7) writes them, and as a reader wants them.
 *
 * A span is a sum of numbers with units, in any order, with or without spaces
 * ("1h30min", "2 days 4 h"); the last number may go without and means seconds.
 * Fractions are taken digit by digit in units of usec_t, so that "1.5s" and
 * "0.1 days" are exact and nothing depends on floating point.
 *
 * Printed spans are exact to the second from a minute upwards: a postmortem
 * quotes them.
 */
#include "recount/clock.h"

#include <errno.h>
#include <stdio.h>

/* As systemd has them: a month is 30.44 days, a year 365.25. */
#define USEC_PER_MONTH (2629800 * USEC_PER_SEC)
#define USEC_PER_YEAR (31557600 * USEC_PER_SEC)

static const struct unit {
	const char *name;
	usec_t span;
} units[] = {
    {"s", USEC_PER_SEC}, {"sec", USEC_PER_SEC}, {"secs", USEC_PER_SEC},
    {"second", USEC_PER_SEC}, {"seconds", USEC_PER_SEC}, {"m", USEC_PER_MIN},
    {"min", USEC_PER_MIN}, {"mins", USEC_PER_MIN}, {"minute", USEC_PER_MIN},
    {"minutes", USEC_PER_MIN}, {"h", USEC_PER_HOUR}, {"hr", USEC_PER_HOUR},
    {"hour", USEC_PER_HOUR}, {"hours", USEC_PER_HOUR}, {"d", USEC_PER_DAY},
    {"day", USEC_PER_DAY}, {"days", USEC_PER_DAY}, {"w", 7 * USEC_PER_DAY},
    {"week", 7 * USEC_PER_DAY}, {"weeks", 7 * USEC_PER_DAY},
    {"M", USEC_PER_MONTH}, {"month", USEC_PER_MONTH},
    {"months", USEC_PER_MONTH}, {"y", USEC_PER_YEAR}, {"year", USEC_PER_YEAR},
    {"years", USEC_PER_YEAR}, {"ms", USEC_PER_MSEC}, {"msec", USEC_PER_MSEC},
    {"us", 1}, {"usec", 1}, {"\302\265s", 1}, /* micro sign */
    {"\316\274s", 1},                         /* Greek mu */
};

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_unit_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (unsigned char)c >= 0x80;
}

/* The unit at the start of *s, which is taken off; 0 when there is none such.
 * No letters at all: seconds, as long as nothing follows. */
static usec_t
unit_take(struct str *s)
{
	struct str name = {s->p, 0};

	while (name.n < s->n && is_unit_byte(s->p[name.n]))
		name.n++;
	*s = str_skip(*s, name.n);
	if (name.n == 0)
		return s->n == 0 ? USEC_PER_SEC : 0;
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if (str_eq(name, str_of(units[i].name)))
			return units[i].span;
	}
	return 0;
}

int
span_parse(struct str text, usec_t *ret)
{
	usec_t sum = 0;

	text = str_trim(text);
	if (text.n == 0)
		return -EINVAL;
	while (text.n > 0) {
		struct str whole = {text.p, 0}, fraction;
		uint64_t number = 0;
		usec_t unit, part;

		while (whole.n < text.n && is_digit(text.p[whole.n]))
			whole.n++;
		text = str_skip(text, whole.n);
		fraction = (struct str){text.p, 0};
		if (text.n > 0 && text.p[0] == '.') {
			text = str_skip(text, 1);
			fraction.p = text.p;
			while (
			    fraction.n < text.n && is_digit(text.p[fraction.n]))
				fraction.n++;
			text = str_skip(text, fraction.n);
			if (fraction.n == 0)
				return -EINVAL;
		}
		if (whole.n == 0 && fraction.n == 0)
			return -EINVAL;
		if (whole.n > 0 && !str_to_u64(whole, &number))
			return -EINVAL;
		text = str_trim(text);
		unit = unit_take(&text);
		if (unit == 0 || number > INT64_MAX ||
		    __builtin_mul_overflow((usec_t)number, unit, &part) ||
		    __builtin_add_overflow(sum, part, &sum))
			return -EINVAL;
		for (size_t i = 0; i < fraction.n && unit > 0; i++) {
			unit /= 10;
			part = (fraction.p[i] - '0') * unit;
			if (__builtin_add_overflow(sum, part, &sum))
				return -EINVAL;
		}
		text = str_trim(text);
	}
	*ret = sum;
	return 0;
}

static int
add_unit(char *out, int n, usec_t count, const char *unit)
{
	if (count == 0)
		return n;
	return n + snprintf(out + n, TIME_TEXT_MAX - (size_t)n, "%s%lld %s",
		       n > 0 ? " " : "", (long long)count, unit);
}

char *
span_format(usec_t span, char *out)
{
	usec_t s;
	int n = 0;

	if (span == USEC_NONE)
		return strcpy(out, "-");
	if (span < 0) {
		out[n++] = '-';
		span_format(-span, out + 1);
		return out;
	}
	if (span < USEC_PER_SEC && span > 0) {
		if (span < USEC_PER_MSEC)
			snprintf(out, TIME_TEXT_MAX, "%d us", (int)span);
		else
			snprintf(out, TIME_TEXT_MAX, "%d ms",
			    (int)(span / USEC_PER_MSEC));
		return out;
	}
	if (span < USEC_PER_MIN) {
		int tenths = (int)(span / (USEC_PER_SEC / 10));

		if (tenths % 10 == 0)
			snprintf(out, TIME_TEXT_MAX, "%d s", tenths / 10);
		else
			snprintf(out, TIME_TEXT_MAX, "%d.%d s", tenths / 10,
			    tenths % 10);
		return out;
	}
	s = span / USEC_PER_SEC;
	n = add_unit(out, n, s / 86400, "d");
	n = add_unit(out, n, s / 3600 % 24, "h");
	n = add_unit(out, n, s / 60 % 60, "min");
	if (s < 86400)
		add_unit(out, n, s % 60, "s");
	return out;
}

char *
span_format_signed(usec_t span, char *out)
{
	char sign = span < 0 ? '-' : '+';
	long long s;

	if (span == USEC_NONE)
		return strcpy(out, "-");
	if (span < 0)
		span = -span;
	s = span / USEC_PER_SEC;
	if (span == 0)
		strcpy(out, "0");
	else if (span < USEC_PER_MSEC)
		snprintf(out, TIME_TEXT_MAX, "%c%dus", sign, (int)span);
	else if (span < USEC_PER_SEC / 10)
		snprintf(out, TIME_TEXT_MAX, "%c%dms", sign,
		    (int)(span / USEC_PER_MSEC));
	else if (s < 60 && span % USEC_PER_SEC < USEC_PER_SEC / 10)
		snprintf(out, TIME_TEXT_MAX, "%c%llds", sign, s);
	else if (s < 60)
		snprintf(out, TIME_TEXT_MAX, "%c%lld.%ds", sign, s,
		    (int)(span % USEC_PER_SEC / (USEC_PER_SEC / 10)));
	else if (s < 3600)
		snprintf(
		    out, TIME_TEXT_MAX, "%c%lldm%02llds", sign, s / 60, s % 60);
	else if (s < 86400)
		snprintf(out, TIME_TEXT_MAX, "%c%lldh%02lldm", sign, s / 3600,
		    s / 60 % 60);
	else
		snprintf(out, TIME_TEXT_MAX, "%c%lldd%02lldh", sign, s / 86400,
		    s / 3600 % 24);
	return out;
}
