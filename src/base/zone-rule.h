/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_BASE_ZONE_RULE_H
#define RECOUNT_BASE_ZONE_RULE_H

/*
 * The rule behind the last transition of a zone, in POSIX notation:
 * "CET-1CEST,M3.5.0,M10.5.0/3".
 */

#include "recount/str.h"

struct zone_rule_day {
	enum { RULE_JULIAN, RULE_DAY, RULE_MONTH } kind;
	int day; /* Jn: 1–365 without leap day; n: 0–365; M: weekday */
	int month, week; /* M only; week 5 is the last */
	int seconds;     /* of the day, may be negative or beyond it */
};

struct zone_rule {
	char std_abbrev[12], dst_abbrev[12];
	int std_offset, dst_offset; /* seconds east of UTC */
	bool has_dst;
	struct zone_rule_day start, end; /* of daylight saving time */
};

int zone_rule_parse(struct str text, struct zone_rule *ret); /* 0, -EINVAL */
/* Seconds east of UTC at `seconds` since 1970; *ret_abbrev lies in rule. */
int zone_rule_offset(
    const struct zone_rule *rule, int64_t seconds, const char **ret_abbrev);

#endif
