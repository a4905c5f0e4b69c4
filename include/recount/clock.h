/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_CLOCK_H
#define RECOUNT_CLOCK_H

/*
 * Points and spans of time.  usec_t counts microseconds since 1970 UTC, or is
 * a span; zones end in the parsers and begin again in the report.
 */

#include <stdbool.h>
#include <stdint.h>

#include "recount/str.h"

typedef int64_t usec_t;

#define USEC_PER_MSEC ((usec_t)1000)
#define USEC_PER_SEC ((usec_t)1000000)
#define USEC_PER_MIN (60 * USEC_PER_SEC)
#define USEC_PER_HOUR (60 * USEC_PER_MIN)
#define USEC_PER_DAY (24 * USEC_PER_HOUR)
#define USEC_NONE INT64_MIN /* no such time */

/* The only place that asks the system for the time.  $RECOUNT_NOW (RFC 3339
 * or @epoch) overrides it, so that tests and postmortems can be repeated. */
usec_t clock_now(void);

struct civil {                /* a wall-clock time, in whatever zone */
	int year, month, day; /* month and day from 1 */
	int hour, minute, second, usec;
};

/* Seconds since 1970 as if c were UTC; fields must be in range. */
int64_t civil_to_seconds(const struct civil *c);
void civil_from_seconds(int64_t seconds, struct civil *ret);
int civil_weekday(const struct civil *c); /* 0 = Sunday */

/*
 * A time zone, read from the system's zoneinfo.  Immutable, cached for the
 * life of the process, never freed.
 */
struct zone;

const struct zone *zone_utc(void);
/* The zone of $TZ or /etc/localtime; UTC where neither can be read. */
const struct zone *zone_local(void);
/* name: "Europe/Berlin", "UTC", or an offset "+02:00", "-0530".
 * 0, or -ENOENT for a name that does not exist (or is a path). */
int zone_find(struct str name, const struct zone **ret);
const char *zone_name(const struct zone *z); /* as asked for; "local" becomes
						 the name when it is known */

/* What the clocks in z show at t; *ret_offset (may be NULL) is the offset in
 * seconds east of UTC, *ret_abbrev (may be NULL) "CET". */
void zone_to_civil(const struct zone *z, usec_t t, struct civil *ret,
    int *ret_offset, const char **ret_abbrev);

/*
 * The time at which clocks in z show c.
 * ZONE_TWICE: they show it twice (clocks set back); *ret is the earlier one,
 * *ret_later the later.  ZONE_NEVER: clocks were set forward over it; *ret
 * takes the offset from before the gap.  Without ambiguity *ret_later equals
 * *ret.
 */
enum zone_answer { ZONE_ONCE, ZONE_TWICE, ZONE_NEVER };
enum zone_answer zone_from_civil(const struct zone *z, const struct civil *c,
    usec_t *ret, usec_t *ret_later);

/*
 * Read a point in time as people write it: everything systemd.time(7) takes
 * ("2026-03-04 14:00", "yesterday 14:00 Europe/Oslo", "today", "now",
 * "-1h", "1h ago", "+30min", "@1772629200.25"), RFC 3339, "1h" alone for "1h
 * ago", "now-1h", syslog's "Mar  4 14:00:07" and nginx's
 * "04/Mar/2026:14:00:07 +0100".  Without a zone in the text z applies.
 * 0, or -EINVAL.
 */
int time_parse(struct str text, usec_t now, const struct zone *z, usec_t *ret);
/* A span: "90", "5min", "1h 30min", "2d", "1.5s"; a bare number is seconds. */
int span_parse(struct str text, usec_t *ret);

#define TIME_TEXT_MAX 64
/* "2026-03-04T13:00:00.250Z": milliseconds, or microseconds where t has them.
 * Every formatter returns out, which holds TIME_TEXT_MAX bytes. */
char *time_format_rfc3339(usec_t t, char *out);
char *time_format_clock(usec_t t, const struct zone *z, int digits,
    char *out); /* "14:00:00.25": digits of the fraction, 0..6 */
char *time_format_date(usec_t t, const struct zone *z, char *out);
/* "2026-03-04 14:00:00", in z, without the zone */
char *time_format_local(usec_t t, const struct zone *z, char *out);
char *time_format_zone(
    usec_t t, const struct zone *z, char *out); /* "CET (UTC+1)", "UTC" */
char *span_format(usec_t span, char *out);      /* "17 min 33 s", "2 h 4 min" */
char *span_format_signed(usec_t span, char *out); /* "+2m13s", "-41.3s", "0" */

#endif
