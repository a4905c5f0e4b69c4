/* SPDX-License-Identifier: MIT */
/*
 * The present, the calendar, and times as text.
 *
 * The calendar is the proleptic Gregorian one, computed rather than asked of
 * libc: gmtime() and timegm() are slow, and mktime() hides what happens when
 * clocks change.  Days are counted in eras of 400 years from 1 March, so that
 * the leap day is the last day of its year and needs no case of its own.
 *
 * Printing never rounds up: a timestamp of 14:00:59.99 is shown as 14:00:59,
 * so that what is printed is never later than what happened.
 */
#include "recount/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define DAYS_PER_ERA 146097 /* 400 years */
#define DAYS_TO_1970 719468 /* from 0000-03-01 */
#define SECONDS_PER_DAY 86400
/* Beyond this no usec_t reaches; it keeps years within an int. */
#define SECONDS_MAX (INT64_MAX / USEC_PER_SEC)

usec_t
clock_now(void)
{
	const char *fixed = getenv("RECOUNT_NOW");
	struct timespec ts;
	usec_t now, t;

	clock_gettime(CLOCK_REALTIME, &ts);
	now = ts.tv_sec * USEC_PER_SEC + ts.tv_nsec / 1000;
	if (fixed != NULL &&
	    time_parse(str_of(fixed), now, zone_utc(), &t) == 0)
		return t;
	return now;
}

static int64_t
floor_div(int64_t a, int64_t b) /* b > 0 */
{
	return a / b - (a % b < 0);
}

static int64_t
days_from_civil(int64_t year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = floor_div(y, 400);
	int64_t year_of_era = y - era * 400;
	int64_t day_of_year =
	    (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

	return era * DAYS_PER_ERA + year_of_era * 365 + year_of_era / 4 -
	       year_of_era / 100 + day_of_year - DAYS_TO_1970;
}

int64_t
civil_to_seconds(const struct civil *c)
{
	return days_from_civil(c->year, c->month, c->day) * SECONDS_PER_DAY +
	       c->hour * 3600 + c->minute * 60 + c->second;
}

void
civil_from_seconds(int64_t seconds, struct civil *ret)
{
	int64_t days, era, day_of_era, year_of_era, day_of_year, month, rest;

	if (seconds > SECONDS_MAX)
		seconds = SECONDS_MAX;
	if (seconds < -SECONDS_MAX)
		seconds = -SECONDS_MAX;
	days = floor_div(seconds, SECONDS_PER_DAY);
	rest = seconds - days * SECONDS_PER_DAY;
	days += DAYS_TO_1970;
	era = floor_div(days, DAYS_PER_ERA);
	day_of_era = days - era * DAYS_PER_ERA;
	year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 -
			  day_of_era / 146096) /
		      365;
	day_of_year = day_of_era -
		      (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	month = (5 * day_of_year + 2) / 153; /* 0 is March */

	*ret = (struct civil){
	    .year = (int)(year_of_era + era * 400 + (month >= 10)),
	    .month = (int)(month < 10 ? month + 3 : month - 9),
	    .day = (int)(day_of_year - (153 * month + 2) / 5 + 1),
	    .hour = (int)(rest / 3600),
	    .minute = (int)(rest / 60 % 60),
	    .second = (int)(rest % 60),
	};
}

int
civil_weekday(const struct civil *c)
{
	int64_t days = days_from_civil(c->year, c->month, c->day);

	/* 1970-01-01 was a Thursday. */
	return (int)(days + 4 - floor_div(days + 4, 7) * 7);
}

char *
time_format_rfc3339(usec_t t, char *out)
{
	struct civil c;
	int n;

	if (t == USEC_NONE)
		return strcpy(out, "-");
	zone_to_civil(zone_utc(), t, &c, NULL, NULL);
	n = snprintf(out, TIME_TEXT_MAX, "%04d-%02d-%02dT%02d:%02d:%02d.",
	    c.year, c.month, c.day, c.hour, c.minute, c.second);
	if (c.usec % 1000 == 0)
		snprintf(
		    out + n, TIME_TEXT_MAX - (size_t)n, "%03dZ", c.usec / 1000);
	else
		snprintf(out + n, TIME_TEXT_MAX - (size_t)n, "%06dZ", c.usec);
	return out;
}

char *
time_format_clock(usec_t t, const struct zone *z, int digits, char *out)
{
	struct civil c;
	int n;

	if (t == USEC_NONE)
		return strcpy(out, "-");
	zone_to_civil(z, t, &c, NULL, NULL);
	n = snprintf(
	    out, TIME_TEXT_MAX, "%02d:%02d:%02d", c.hour, c.minute, c.second);
	if (digits > 6)
		digits = 6;
	if (digits > 0) {
		snprintf(out + n, TIME_TEXT_MAX - (size_t)n, ".%06d", c.usec);
		out[n + 1 + digits] = '\0';
	}
	return out;
}

char *
time_format_date(usec_t t, const struct zone *z, char *out)
{
	struct civil c;

	if (t == USEC_NONE)
		return strcpy(out, "-");
	zone_to_civil(z, t, &c, NULL, NULL);
	snprintf(out, TIME_TEXT_MAX, "%04d-%02d-%02d", c.year, c.month, c.day);
	return out;
}

char *
time_format_local(usec_t t, const struct zone *z, char *out)
{
	struct civil c;

	if (t == USEC_NONE)
		return strcpy(out, "-");
	zone_to_civil(z, t, &c, NULL, NULL);
	snprintf(out, TIME_TEXT_MAX, "%04d-%02d-%02d %02d:%02d:%02d", c.year,
	    c.month, c.day, c.hour, c.minute, c.second);
	return out;
}

char *
time_format_zone(usec_t t, const struct zone *z, char *out)
{
	char offset_text[24];
	const char *abbrev;
	struct civil c;
	int offset, n;

	if (t == USEC_NONE)
		t = 0;
	zone_to_civil(z, t, &c, &offset, &abbrev);
	if (offset == 0 && strcmp(abbrev, "UTC") == 0)
		return strcpy(out, "UTC");
	n = snprintf(offset_text, sizeof(offset_text), "UTC%c%d",
	    offset < 0 ? '-' : '+', abs(offset) / 3600);
	if (offset % 3600 != 0)
		snprintf(offset_text + n, sizeof(offset_text) - (size_t)n,
		    ":%02d", abs(offset) / 60 % 60);
	/* Many zones have no abbreviation but "+03". */
	if (abbrev[0] == '+' || abbrev[0] == '-' || abbrev[0] == '\0')
		return strcpy(out, offset_text);
	snprintf(out, TIME_TEXT_MAX, "%.16s (%s)", abbrev, offset_text);
	return out;
}
