/* SPDX-License-Identifier: MIT */
#include "recount/clock.h"

#include <errno.h>
#include <stdlib.h>

#include "table.h"

static const struct civil_row {
	const char *name;
	int64_t seconds;
	struct civil c;
	int weekday;
} civils[] = {
    {"the epoch", 0, {1970, 1, 1, 0, 0, 0, 0}, 4},
    {"the second before", -1, {1969, 12, 31, 23, 59, 59, 0}, 3},
    {"leap day", 1709164800, {2024, 2, 29, 0, 0, 0, 0}, 4},
    {"the day after 28 February 2023", 1677628800, {2023, 3, 1, 0, 0, 0, 0}, 3},
    {"2000 is a leap year", 951782400, {2000, 2, 29, 0, 0, 0, 0}, 2},
    {"1900 is none", -2203891200, {1900, 3, 1, 0, 0, 0, 0}, 4},
    {"beyond 32 bits", 2147483648, {2038, 1, 19, 3, 14, 8, 0}, 2},
    {"the last of year 9999", 253402300799, {9999, 12, 31, 23, 59, 59, 0}, 5},
    {"the first of year 1", -62135596800, {1, 1, 1, 0, 0, 0, 0}, 1},
};

static void
converts_both_ways(void **state)
{
	const struct civil_row *row = *state;
	struct civil c;

	assert_int_equal(civil_to_seconds(&row->c), row->seconds);
	civil_from_seconds(row->seconds, &c);
	assert_int_equal(c.year, row->c.year);
	assert_int_equal(c.month, row->c.month);
	assert_int_equal(c.day, row->c.day);
	assert_int_equal(c.hour, row->c.hour);
	assert_int_equal(c.minute, row->c.minute);
	assert_int_equal(c.second, row->c.second);
	assert_int_equal(civil_weekday(&row->c), row->weekday);
}

static void
every_day_follows_the_last(void **state)
{
	struct civil c, before = {0};

	for (int64_t day = -800000; day < 800000; day++) {
		civil_from_seconds(day * 86400, &c);
		assert_int_equal(civil_to_seconds(&c), day * 86400);
		assert_true(day == -800000 || c.day == before.day + 1 ||
			    (c.day == 1 && before.day >= 28));
		before = c;
	}
}

static const struct span_row {
	const char *name, *text;
	int r;
	usec_t span;
} spans[] = {
    {"a bare number is seconds", "90", 0, 90 * USEC_PER_SEC},
    {"minutes", "5min", 0, 5 * USEC_PER_MIN},
    {"a sum", "1h 30min", 0, 90 * USEC_PER_MIN},
    {"a sum without spaces", "1h30m", 0, 90 * USEC_PER_MIN},
    {"spaces before units", "17 min 33 s", 0, 1053 * USEC_PER_SEC},
    {"the last number without unit", "5min 20", 0, 320 * USEC_PER_SEC},
    {"a fraction is exact", "1.1s", 0, 1100000},
    {"a fraction of a day", "0.1d", 0, 8640 * USEC_PER_SEC},
    {"a fraction alone", ".5h", 0, 30 * USEC_PER_MIN},
    {"weeks", "2w", 0, 14 * USEC_PER_DAY},
    {"M is a month", "1M", 0, 2629800 * USEC_PER_SEC},
    {"m is a minute", "1m", 0, USEC_PER_MIN},
    {"microseconds", "3us", 0, 3},
    {"micro sign", "3\302\265s", 0, 3},
    {"milliseconds", "250ms", 0, 250 * USEC_PER_MSEC},
    {"spaces around", " 1s ", 0, USEC_PER_SEC},
    {"empty", "", -EINVAL, 0},
    {"only spaces", "  ", -EINVAL, 0},
    {"a unit alone", "h", -EINVAL, 0},
    {"no such unit", "3 parsecs", -EINVAL, 0},
    {"a point too many", "1.2.3s", -EINVAL, 0},
    {"a point without digits", "1.s", -EINVAL, 0},
    {"a number without unit in between", "5 3min", -EINVAL, 0},
    {"negative", "-5s", -EINVAL, 0},
    {"too long for a usec_t", "300000y", -EINVAL, 0},
    {"too many digits", "99999999999999999999s", -EINVAL, 0},
    {"a sum too long", "290000y 290000y", -EINVAL, 0},
};

static void
parses_span(void **state)
{
	const struct span_row *row = *state;
	usec_t span = 42;

	assert_int_equal(span_parse(str_of(row->text), &span), row->r);
	assert_int_equal(span, row->r == 0 ? row->span : 42);
}

static const struct format_row {
	const char *name;
	usec_t span;
	const char *plain, *sign;
} formats[] = {
    {"nothing", 0, "0 s", "0"},
    {"microseconds", 7, "7 us", "+7us"},
    {"milliseconds", 12345, "12 ms", "+12ms"},
    {"tenths of a second", 250000, "250 ms", "+0.2s"},
    {"whole seconds", 5 * USEC_PER_SEC, "5 s", "+5s"},
    {"seconds with tenths", 41300000, "41.3 s", "+41.3s"},
    {"never rounded up to a minute", 59999999, "59.9 s", "+59.9s"},
    {"minutes", 242 * USEC_PER_SEC, "4 min 2 s", "+4m02s"},
    {"whole minutes", 120 * USEC_PER_SEC, "2 min", "+2m00s"},
    {"hours", 7440 * USEC_PER_SEC, "2 h 4 min", "+2h04m"},
    {"hours are exact to the second", 3800 * USEC_PER_SEC, "1 h 3 min 20 s",
	"+1h03m"},
    {"days", 97200 * USEC_PER_SEC, "1 d 3 h", "+1d03h"},
};

static void
formats_span(void **state)
{
	const struct format_row *row = *state;
	char out[TIME_TEXT_MAX];

	assert_string_equal(span_format(row->span, out), row->plain);
	assert_string_equal(span_format_signed(row->span, out), row->sign);
	if (row->span > 0) {
		span_format_signed(-row->span, out);
		assert_int_equal(out[0], '-');
		assert_string_equal(out + 1, row->sign + 1);
	}
}

static void
formats_times(void **state)
{
	const usec_t t = 1772629207 * USEC_PER_SEC;
	const struct zone *berlin, *india, *fixed;
	char out[TIME_TEXT_MAX];

	assert_int_equal(zone_find(STR("Europe/Berlin"), &berlin), 0);
	assert_int_equal(zone_find(STR("Asia/Kolkata"), &india), 0);
	assert_int_equal(zone_find(STR("-0330"), &fixed), 0);
	assert_string_equal(
	    time_format_rfc3339(t, out), "2026-03-04T13:00:07.000Z");
	assert_string_equal(
	    time_format_rfc3339(t + 250000, out), "2026-03-04T13:00:07.250Z");
	assert_string_equal(time_format_rfc3339(t + 250001, out),
	    "2026-03-04T13:00:07.250001Z");
	assert_string_equal(
	    time_format_rfc3339(-1, out), "1969-12-31T23:59:59.999999Z");
	assert_string_equal(time_format_rfc3339(USEC_NONE, out), "-");
	assert_string_equal(
	    time_format_clock(t + 259999, berlin, 0, out), "14:00:07");
	assert_string_equal(
	    time_format_clock(t + 259999, berlin, 2, out), "14:00:07.25");
	assert_string_equal(
	    time_format_clock(t, berlin, 9, out), "14:00:07.000000");
	assert_string_equal(time_format_date(t, berlin, out), "2026-03-04");
	assert_string_equal(
	    time_format_local(t, berlin, out), "2026-03-04 14:00:07");
	assert_string_equal(time_format_zone(t, berlin, out), "CET (UTC+1)");
	assert_string_equal(time_format_zone(t, india, out), "IST (UTC+5:30)");
	assert_string_equal(time_format_zone(t, fixed, out), "UTC-3:30");
	assert_string_equal(time_format_zone(t, zone_utc(), out), "UTC");
}

static void
now_can_be_fixed(void **state)
{
	usec_t first;

	setenv("RECOUNT_NOW", "2026-03-04T13:00:07.5Z", 1);
	assert_int_equal(clock_now(), 1772629207500000);
	setenv("RECOUNT_NOW", "@1772629207.25", 1);
	assert_int_equal(clock_now(), 1772629207250000);
	unsetenv("RECOUNT_NOW");
	first = clock_now();
	assert_true(first > 1772629207 * USEC_PER_SEC);
	assert_true(clock_now() >= first);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_day_follows_the_last),
	    cmocka_unit_test(formats_times),
	    cmocka_unit_test(now_can_be_fixed),
	};

	return TABLE_RUN(civils, converts_both_ways) +
	       TABLE_RUN(spans, parses_span) +
	       TABLE_RUN(formats, formats_span) +
	       cmocka_run_group_tests(tests, NULL, NULL);
}
