/* SPDX-License-Identifier: MIT */
#include "recount/clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "table.h"

static const struct wall_row {
	const char *name, *zone;
	struct civil c;
	enum zone_answer answer;
	const char *first, *later;
} walls[] = {
    {"winter", "Europe/Berlin", {2026, 1, 15, 12, 0, 0, 0}, ZONE_ONCE,
	"2026-01-15T11:00:00.000Z", "2026-01-15T11:00:00.000Z"},
    {"summer", "Europe/Berlin", {2026, 7, 15, 12, 0, 0, 0}, ZONE_ONCE,
	"2026-07-15T10:00:00.000Z", "2026-07-15T10:00:00.000Z"},
    {"just before clocks go back", "Europe/Berlin",
	{2026, 10, 25, 1, 59, 59, 0}, ZONE_ONCE, "2026-10-24T23:59:59.000Z",
	"2026-10-24T23:59:59.000Z"},
    {"the first moment that comes twice", "Europe/Berlin",
	{2026, 10, 25, 2, 0, 0, 0}, ZONE_TWICE, "2026-10-25T00:00:00.000Z",
	"2026-10-25T01:00:00.000Z"},
    {"the last moment that comes twice", "Europe/Berlin",
	{2026, 10, 25, 2, 59, 59, 999999}, ZONE_TWICE,
	"2026-10-25T00:59:59.999999Z", "2026-10-25T01:59:59.999999Z"},
    {"just after that hour", "Europe/Berlin", {2026, 10, 25, 3, 0, 0, 0},
	ZONE_ONCE, "2026-10-25T02:00:00.000Z", "2026-10-25T02:00:00.000Z"},
    {"just before clocks go forward", "Europe/Berlin",
	{2026, 3, 29, 1, 59, 59, 0}, ZONE_ONCE, "2026-03-29T00:59:59.000Z",
	"2026-03-29T00:59:59.000Z"},
    {"skipped: the offset from before", "Europe/Berlin",
	{2026, 3, 29, 2, 30, 0, 0}, ZONE_NEVER, "2026-03-29T01:30:00.000Z",
	"2026-03-29T01:30:00.000Z"},
    {"just after the gap", "Europe/Berlin", {2026, 3, 29, 3, 0, 0, 0},
	ZONE_ONCE, "2026-03-29T01:00:00.000Z", "2026-03-29T01:00:00.000Z"},
    {"twice, by the rule for later years", "Europe/Berlin",
	{2060, 10, 31, 2, 30, 0, 0}, ZONE_TWICE, "2060-10-31T00:30:00.000Z",
	"2060-10-31T01:30:00.000Z"},
    {"never, by the rule for later years", "Europe/Berlin",
	{2060, 3, 28, 2, 30, 0, 0}, ZONE_NEVER, "2060-03-28T01:30:00.000Z",
	"2060-03-28T01:30:00.000Z"},
    {"west of Greenwich, twice", "America/New_York", {2026, 11, 1, 1, 30, 0, 0},
	ZONE_TWICE, "2026-11-01T05:30:00.000Z", "2026-11-01T06:30:00.000Z"},
    {"south of the equator, twice", "Australia/Sydney",
	{2026, 4, 5, 2, 30, 0, 0}, ZONE_TWICE, "2026-04-04T15:30:00.000Z",
	"2026-04-04T16:30:00.000Z"},
    {"south of the equator, later years", "Australia/Sydney",
	{2060, 1, 1, 0, 0, 0, 0}, ZONE_ONCE, "2059-12-31T13:00:00.000Z",
	"2059-12-31T13:00:00.000Z"},
    {"half an hour twice", "Australia/Lord_Howe", {2026, 4, 5, 1, 45, 0, 0},
	ZONE_TWICE, "2026-04-04T14:45:00.000Z", "2026-04-04T15:15:00.000Z"},
    {"a whole day skipped", "Pacific/Apia", {2011, 12, 30, 12, 0, 0, 0},
	ZONE_NEVER, "2011-12-30T22:00:00.000Z", "2011-12-30T22:00:00.000Z"},
    {"a fixed offset", "+05:30", {2026, 3, 4, 0, 0, 0, 0}, ZONE_ONCE,
	"2026-03-03T18:30:00.000Z", "2026-03-03T18:30:00.000Z"},
    {"UTC", "UTC", {2026, 3, 29, 2, 30, 0, 0}, ZONE_ONCE,
	"2026-03-29T02:30:00.000Z", "2026-03-29T02:30:00.000Z"},
};

static void
reads_wall_clock(void **state)
{
	const struct wall_row *row = *state;
	const struct zone *z;
	char first[TIME_TEXT_MAX], later[TIME_TEXT_MAX];
	usec_t t, t_later;

	assert_int_equal(zone_find(str_of(row->zone), &z), 0);
	assert_int_equal(
	    zone_from_civil(z, &row->c, &t, &t_later), row->answer);
	assert_string_equal(time_format_rfc3339(t, first), row->first);
	assert_string_equal(time_format_rfc3339(t_later, later), row->later);
}

static const struct find_row {
	const char *name, *zone;
	int r;
} finds[] = {
    {"a name", "Europe/Oslo", 0},
    {"an offset", "+02:00", 0},
    {"an offset without colon", "-0530", 0},
    {"an hour alone", "+2", 0},
    {"UTC in any case", "utc", 0},
    {"no such zone", "Europe/Atlantis", -ENOENT},
    {"a folder", "Europe", -ENOENT},
    {"a file that is no zone", "tzdata.zi", -ENOENT},
    {"out of the folder", "../../../etc/passwd", -ENOENT},
    {"an absolute path", "/usr/share/zoneinfo/Europe/Oslo", -ENOENT},
    {"empty", "", -ENOENT},
    {"too many hours", "+24:00", -ENOENT},
    {"too many minutes", "+02:60", -ENOENT},
    {"a sign alone", "+", -ENOENT},
    {"digits that do not tell hours from minutes", "+530", -ENOENT},
};

static void
finds_zone(void **state)
{
	const struct find_row *row = *state;
	const struct zone *z = NULL, *again = NULL;

	assert_int_equal(zone_find(str_of(row->zone), &z), row->r);
	assert_int_equal(z != NULL, row->r == 0);
	if (row->r == 0) {
		zone_find(str_of(row->zone), &again);
		assert_ptr_equal(z, again);
	}
}

static const struct local_row {
	const char *name, *tz, *zone;
	int summer; /* offset on 2026-07-01 */
} locals[] = {
    {"a name", "Europe/Berlin", "Europe/Berlin", 7200},
    {"behind a colon", ":America/New_York", "America/New_York", -14400},
    {"a file", "/usr/share/zoneinfo/Asia/Tokyo",
	"/usr/share/zoneinfo/Asia/Tokyo", 32400},
    {"a POSIX rule", "EST5EDT,M3.2.0,M11.1.0", "EST5EDT,M3.2.0,M11.1.0",
	-14400},
    {"a POSIX rule without summer", "<+07>-7", "<+07>-7", 25200},
    {"empty is UTC", "", "UTC", 0},
    {"nonsense is UTC", "No/Such", "UTC", 0},
};

/* In a process of its own, since the local zone is read once. */
static void
finds_local_zone(void **state)
{
	const struct local_row *row = *state;
	int status = -1;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		struct civil c;
		int offset;

		setenv("TZ", row->tz, 1);
		zone_to_civil(
		    zone_local(), 1782864000 * USEC_PER_SEC, &c, &offset, NULL);
		if (strcmp(zone_name(zone_local()), row->zone) != 0)
			_exit(1);
		_exit(offset == row->summer ? 0 : 2);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

/* libc reads the same files by other code. */
static void
agrees_with_libc(void **state)
{
	static const char *const names[] = {"Europe/Berlin",
	    "America/Sao_Paulo", "Asia/Kathmandu", "Africa/Casablanca",
	    "America/St_Johns", "Antarctica/Troll", "Europe/Dublin",
	    "Pacific/Chatham", "Asia/Tehran"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const struct zone *z;

		setenv("TZ", names[i], 1);
		tzset();
		assert_int_equal(zone_find(str_of(names[i]), &z), 0);
		/* 1950 to 2099, in odd steps of about ten days */
		for (time_t t = -631152000; t < 4102444800; t += 863999) {
			struct civil c;
			const char *abbrev;
			struct tm tm;
			int offset;

			localtime_r(&t, &tm);
			zone_to_civil(
			    z, t * USEC_PER_SEC, &c, &offset, &abbrev);
			assert_int_equal(offset, tm.tm_gmtoff);
			assert_int_equal(c.hour, tm.tm_hour);
			assert_int_equal(c.day, tm.tm_mday);
			assert_string_equal(abbrev, tm.tm_zone);
		}
	}
	unsetenv("TZ");
	tzset();
}

/* Damaged files are refused, whatever is wrong with them. */
static void
refuses_damaged_files(void **state)
{
	char folder[] = "/tmp/recount-zone-XXXXXX", path[64], name[32];
	char bytes[8192];
	size_t n;
	FILE *f = fopen("/usr/share/zoneinfo/Europe/Berlin", "re");

	if (f == NULL)
		skip();
	n = fread(bytes, 1, sizeof(bytes), f);
	fclose(f);
	assert_non_null(mkdtemp(folder));
	setenv("TZDIR", folder, 1);
	for (size_t cut = 0; cut < n; cut += 37) {
		const struct zone *z;
		struct civil c;
		usec_t t, later;

		snprintf(name, sizeof(name), "cut%zu", cut);
		snprintf(path, sizeof(path), "%s/%s", folder, name);
		f = fopen(path, "we");
		assert_non_null(f);
		/* One byte wrong in what is left whole, the rest cut off. */
		bytes[cut] ^= 0x55;
		fwrite(bytes, 1, cut % 2 ? n : cut, f);
		bytes[cut] ^= 0x55;
		fclose(f);
		if (zone_find(str_of(name), &z) == 0) {
			zone_to_civil(
			    z, 1772629207 * USEC_PER_SEC, &c, NULL, NULL);
			zone_from_civil(z, &c, &t, &later);
		} else {
			assert_int_equal(zone_find(str_of(name), &z), -ENOENT);
		}
		unlink(path);
	}
	rmdir(folder);
	unsetenv("TZDIR");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(agrees_with_libc),
	    cmocka_unit_test(refuses_damaged_files),
	};

	return TABLE_RUN(walls, reads_wall_clock) +
	       TABLE_RUN(finds, finds_zone) +
	       TABLE_RUN(locals, finds_local_zone) +
	       cmocka_run_group_tests(tests, NULL, NULL);
}
