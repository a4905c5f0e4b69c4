/* SPDX-License-Identifier: MIT */
#ifndef STORE_TIMETEXT_H
#define STORE_TIMETEXT_H

/* Times as logs spell them, to the second. */

#include "recount/clock.h"

enum time_style {
	TIME_CLF,       /* 04/Mar/2026:14:00:07 */
	TIME_ISO,       /* 2026-03-04T14:00:07 */
	TIME_ISO_SPACE, /* 2026-03-04 14:00:07 */
	TIME_SLASHES,   /* 2026/03/04 14:00:07 */
	TIME_SYSLOG,    /* Mar  4 14:00:07 */
	TIME_STYLES
};

#define TIME_STYLE_MAX 20 /* bytes of the longest */

extern const uint8_t time_style_lengths[TIME_STYLES];
static inline size_t
time_style_length(enum time_style style)
{
	return time_style_lengths[style];
}
/* Seconds since 1970 that text shows, as if in UTC; a style without a year
 * takes that of near. */
bool time_style_read(
    enum time_style style, struct str text, int64_t near, int64_t *ret);
/* Exactly time_style_length() bytes; seconds outside the years 1970 to 9999
 * are written as zeros. */
void time_style_write(enum time_style style, int64_t seconds, char *out);

#endif
