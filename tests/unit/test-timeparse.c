/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "recount/clock.h"
#include "table.h"

/* Wednesday 2026-03-04 14:00:07.5 in Berlin */
#define NOW ((usec_t)1772629207500000)

static const struct row {
	const char *name, *text;
	const char *want; /* NULL: refused */
} rows[] = {
    {"now", "now", "2026-03-04T13:00:07.500Z"},
    {"today is midnight", "today", "2026-03-03T23:00:00.000Z"},
    {"yesterday", "yesterday", "2026-03-02T23:00:00.000Z"},
    {"tomorrow", "tomorrow", "2026-03-04T23:00:00.000Z"},
    {"in any case", "Yesterday", "2026-03-02T23:00:00.000Z"},
    {"yesterday at a time elsewhere", "yesterday 14:00 America/New_York",
	"2026-03-03T19:00:00.000Z"},
    {"a span back", "-1h", "2026-03-04T12:00:07.500Z"},
    {"a span forward", "+30min", "2026-03-04T13:30:07.500Z"},
    {"a bare span is ago", "1h", "2026-03-04T12:00:07.500Z"},
    {"ago", "2h 30min ago", "2026-03-04T10:30:07.500Z"},
    {"left", "5min left", "2026-03-04T13:05:07.500Z"},
    {"now minus", "now-1h", "2026-03-04T12:00:07.500Z"},
    {"now plus, spaced", "now + 90s", "2026-03-04T13:01:37.500Z"},
    {"seconds since 1970", "@1772629200", "2026-03-04T13:00:00.000Z"},
    {"with a fraction", "@1772629200.25", "2026-03-04T13:00:00.250Z"},
    {"before 1970", "@-1.5", "1969-12-31T23:59:58.500Z"},
    {"journalctl -o short-unix", "1772629200.250000",
	"2026-03-04T13:00:00.250Z"},
    {"date and time", "2026-03-04 14:00:07", "2026-03-04T13:00:07.000Z"},
    {"without seconds", "2026-03-04 14:00", "2026-03-04T13:00:00.000Z"},
    {"with a fraction of a second", "2026-03-04 14:00:07.250001",
	"2026-03-04T13:00:07.250001Z"},
    {"a fraction behind a comma", "2026-03-04 14:00:07,25",
	"2026-03-04T13:00:07.250Z"},
    {"a date alone is midnight", "2026-07-01", "2026-06-30T22:00:00.000Z"},
    {"a year of two digits", "12-11-23 11:12", "2012-11-23T10:12:00.000Z"},
    {"a time alone is today", "11:12", "2026-03-04T10:12:00.000Z"},
    {"a time with seconds", "11:12:13", "2026-03-04T10:12:13.000Z"},
    {"with a weekday", "Wed 2026-03-04 14:00:07", "2026-03-04T13:00:07.000Z"},
    {"with a long weekday", "Wednesday 2026-03-04", "2026-03-03T23:00:00.000Z"},
    {"the wrong weekday", "Thu 2026-03-04 14:00:07", NULL},
    {"journalctl -o short-full", "Wed 2026-03-04 14:00:07 CET",
	"2026-03-04T13:00:07.000Z"},
    {"journalctl -o short-iso", "2026-03-04T14:00:07+0100",
	"2026-03-04T13:00:07.000Z"},
    {"journalctl -o short-iso-precise", "2026-03-04T14:00:07.000250+01:00",
	"2026-03-04T13:00:07.000250Z"},
    {"zone UTC", "2026-03-04 14:00 UTC", "2026-03-04T14:00:00.000Z"},
    {"zone by name", "2026-03-04 14:00 Asia/Tokyo", "2026-03-04T05:00:00.000Z"},
    {"zone by offset", "2026-03-04 14:00 -05:00", "2026-03-04T19:00:00.000Z"},
    {"no such zone", "2026-03-04 14:00 Mars/Olympus", NULL},
    {"two zones", "2026-03-04 14:00 UTC CET", NULL},
    {"the earlier of two", "2026-10-25 02:30", "2026-10-25T00:30:00.000Z"},
    {"the later of two, by its abbreviation", "2026-10-25 02:30 CET",
	"2026-10-25T01:30:00.000Z"},
    {"the earlier of two, by its abbreviation", "2026-10-25 02:30 CEST",
	"2026-10-25T00:30:00.000Z"},
    {"a time that was skipped", "2026-03-29 02:30", "2026-03-29T01:30:00.000Z"},
    {"RFC 3339", "2026-03-04T13:00:07Z", "2026-03-04T13:00:07.000Z"},
    {"RFC 3339 in small letters", "2026-03-04t13:00:07.5z",
	"2026-03-04T13:00:07.500Z"},
    {"RFC 3339 without zone", "2026-03-04T14:00:07",
	"2026-03-04T13:00:07.000Z"},
    {"a leap second", "2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z"},
    {"ISO 8601 without separators", "20260304T130007Z",
	"2026-03-04T13:00:07.000Z"},
    {"syslog", "Mar  4 14:00:07", "2026-03-04T13:00:07.000Z"},
    {"syslog: the nearest December", "Dec 31 23:59:59",
	"2025-12-31T22:59:59.000Z"},
    {"syslog: the nearest leap day", "Feb 29 12:00:00",
	"2028-02-29T11:00:00.000Z"},
    {"syslog: no such day", "Feb 30 12:00:00", NULL},
    {"nginx", "04/Mar/2026:14:00:07 +0100", "2026-03-04T13:00:07.000Z"},
    {"nginx's error log", "2026/03/04 14:00:07", "2026-03-04T13:00:07.000Z"},
    {"date(1)", "Wed Mar  4 14:00:07 CET 2026", "2026-03-04T13:00:07.000Z"},
    {"HTTP", "Wed, 04 Mar 2026 13:00:07 GMT", "2026-03-04T13:00:07.000Z"},
    {"as reports print it", "2026-03-04 14:00:07 CET (UTC+1)",
	"2026-03-04T13:00:07.000Z"},
    {"spaces around", "  2026-03-04  14:00 ", "2026-03-04T13:00:00.000Z"},
    {"empty", "", NULL},
    {"only spaces", "   ", NULL},
    {"a number is no time", "90", NULL},
    {"no thirteenth month", "2026-13-01", NULL},
    {"no such day", "2026-02-29", NULL},
    {"day zero", "2026-03-00", NULL},
    {"no 24:00", "2026-03-04 24:00", NULL},
    {"no minute 60", "2026-03-04 14:60", NULL},
    {"no second 61", "2026-03-04 14:00:61", NULL},
    {"two dates", "2026-03-04 2026-03-05", NULL},
    {"two times", "14:00 15:00", NULL},
    {"a weekday alone", "Wed", NULL},
    {"a month alone", "March", NULL},
    {"a zone alone", "UTC", NULL},
    {"too much behind it", "2026-03-04 14:00:07 CET x", NULL},
    {"a date and a day word", "yesterday 2026-03-04", NULL},
    {"before the year 1", "-3000y", NULL},
    {"beyond the year 9999", "@253402300800", NULL},
    {"an epoch without digits", "@", NULL},
    {"an epoch with letters", "@12x", NULL},
};

static void
parses(void **state)
{
	const struct row *row = *state;
	char out[TIME_TEXT_MAX];
	const struct zone *z;
	usec_t t = 42;
	int r;

	assert_int_equal(zone_find(STR("Europe/Berlin"), &z), 0);
	r = time_parse(str_of(row->text), NOW, z, &t);
	if (row->want == NULL) {
		assert_int_equal(r, -EINVAL);
		assert_int_equal(t, 42);
		return;
	}
	assert_int_equal(r, 0);
	assert_string_equal(time_format_rfc3339(t, out), row->want);
}

/* Every prefix of what is valid is handled, and reads no byte behind it. */
static void
survives_cuts(void **state)
{
	const struct row *row = *state;
	size_t n = strlen(row->text);

	for (size_t cut = 0; cut <= n; cut++) {
		CLEANUP(xfree) char *copy = xmalloc(cut + 1);
		usec_t t;

		memcpy(copy, row->text, cut);
		copy[cut] = '7';
		time_parse((struct str){copy, cut}, NOW, zone_utc(), &t);
	}
}

int
main(void)
{
	return TABLE_RUN(rows, parses) + TABLE_RUN(rows, survives_cuts);
}
