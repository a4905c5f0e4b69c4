/* SPDX-License-Identifier: MIT */
/*
 * A rule names two days per year, each with a wall-clock time as shown before
 * the change.  For a point in time both are worked out for the year that it
 * lies in by standard time; south of the equator daylight saving time begins
 * later in the year than it ends, so the test is turned around there.
 *
 * Offsets in the notation count west of UTC, which is the other way round
 * from everything else here.
 */
#include "zone-rule.h"

#include <errno.h>

#include "recount/clock.h"

#define RULE_HOURS_MAX 167 /* RFC 8536, version 3 */

static bool
take_char(struct str *s, char c)
{
	if (s->n == 0 || s->p[0] != c)
		return false;
	*s = str_skip(*s, 1);
	return true;
}

static bool
take_number(struct str *s, int max, int *ret)
{
	int value = 0;
	size_t n = 0;

	while (n < s->n && n < 4 && s->p[n] >= '0' && s->p[n] <= '9')
		value = value * 10 + (s->p[n++] - '0');
	if (n == 0 || value > max)
		return false;
	*s = str_skip(*s, n);
	*ret = value;
	return true;
}

/* [+-]hh[:mm[:ss]] in seconds */
static bool
take_time(struct str *s, int *ret)
{
	int hours, minutes = 0, seconds = 0, sign = 1;

	if (take_char(s, '-'))
		sign = -1;
	else
		take_char(s, '+');
	if (!take_number(s, RULE_HOURS_MAX, &hours))
		return false;
	if (take_char(s, ':')) {
		if (!take_number(s, 59, &minutes))
			return false;
		if (take_char(s, ':') && !take_number(s, 59, &seconds))
			return false;
	}
	*ret = sign * (hours * 3600 + minutes * 60 + seconds);
	return true;
}

static bool
take_name(struct str *s, char *out, size_t size)
{
	bool quoted = take_char(s, '<');
	size_t n = 0;

	for (; n < s->n; n++) {
		char c = s->p[n];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

		if (!letter && !(quoted && ((c >= '0' && c <= '9') ||
					       c == '+' || c == '-')))
			break;
	}
	if (n < 3 || n >= size)
		return false;
	memcpy(out, s->p, n);
	out[n] = '\0';
	*s = str_skip(*s, n);
	return !quoted || take_char(s, '>');
}

static bool
take_day(struct str *s, struct zone_rule_day *ret)
{
	struct zone_rule_day d = {.seconds = 2 * 3600};

	if (take_char(s, 'J')) {
		d.kind = RULE_JULIAN;
		if (!take_number(s, 365, &d.day) || d.day < 1)
			return false;
	} else if (take_char(s, 'M')) {
		d.kind = RULE_MONTH;
		if (!take_number(s, 12, &d.month) || d.month < 1 ||
		    !take_char(s, '.') || !take_number(s, 5, &d.week) ||
		    d.week < 1 || !take_char(s, '.') ||
		    !take_number(s, 6, &d.day))
			return false;
	} else {
		d.kind = RULE_DAY;
		if (!take_number(s, 365, &d.day))
			return false;
	}
	if (take_char(s, '/') && !take_time(s, &d.seconds))
		return false;
	*ret = d;
	return true;
}

int
zone_rule_parse(struct str text, struct zone_rule *ret)
{
	struct zone_rule rule = {0};
	int west;

	if (!take_name(&text, rule.std_abbrev, sizeof(rule.std_abbrev)) ||
	    !take_time(&text, &west) || west > 26 * 3600 || west < -26 * 3600)
		return -EINVAL;
	rule.std_offset = -west;
	if (text.n > 0) {
		rule.has_dst = true;
		rule.dst_offset = rule.std_offset + 3600;
		if (!take_name(&text, rule.dst_abbrev, sizeof(rule.dst_abbrev)))
			return -EINVAL;
		if (text.n > 0 && text.p[0] != ',') {
			if (!take_time(&text, &west) || west > 26 * 3600 ||
			    west < -26 * 3600)
				return -EINVAL;
			rule.dst_offset = -west;
		}
		if (text.n == 0) /* what POSIX leaves open, as zic fills it */
			text = STR(",M3.2.0,M11.1.0");
		if (!take_char(&text, ',') || !take_day(&text, &rule.start) ||
		    !take_char(&text, ',') || !take_day(&text, &rule.end) ||
		    text.n > 0)
			return -EINVAL;
	}
	*ret = rule;
	return 0;
}

/* The wall-clock second, as if UTC, at which the rule's day strikes. */
static int64_t
day_in_year(const struct zone_rule_day *d, int year)
{
	struct civil c = {.year = year, .month = 1, .day = 1};
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
	int64_t day;

	switch (d->kind) {
	case RULE_JULIAN:
		day = d->day - 1 + (leap && d->day >= 60);
		break;
	case RULE_DAY:
		day = d->day;
		break;
	default: {
		struct civil next = c;
		int64_t length;

		c.month = d->month;
		next.month = d->month % 12 + 1;
		next.year = year + d->month / 12;
		length =
		    (civil_to_seconds(&next) - civil_to_seconds(&c)) / 86400;
		day = (d->day - civil_weekday(&c) + 7) % 7 + (d->week - 1) * 7;
		while (day >= length) /* week 5: the last there is */
			day -= 7;
		break;
	}
	}
	return civil_to_seconds(&c) + day * 86400 + d->seconds;
}

int
zone_rule_offset(
    const struct zone_rule *rule, int64_t seconds, const char **ret_abbrev)
{
	struct civil c;
	int64_t start, end;
	bool dst = false;

	if (rule->has_dst) {
		civil_from_seconds(seconds + rule->std_offset, &c);
		start = day_in_year(&rule->start, c.year) - rule->std_offset;
		end = day_in_year(&rule->end, c.year) - rule->dst_offset;
		if (start < end)
			dst = seconds >= start && seconds < end;
		else
			dst = seconds >= start || seconds < end;
	}
	*ret_abbrev = dst ? rule->dst_abbrev : rule->std_abbrev;
	return dst ? rule->dst_offset : rule->std_offset;
}
