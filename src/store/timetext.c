/* SPDX-License-Identifier: MIT */
/*
 * Each style is a picture: letters stand for the digits of a field, N for the
 * three letters of a month, P for a day padded with a space; everything else
 * stands for itself.  Reading and writing both walk the picture.
 */
#include "timetext.h"

static const char *const pictures[TIME_STYLES] = {
    [TIME_CLF] = "DD/NNN/YYYY:hh:mm:ss",
    [TIME_ISO] = "YYYY-MM-DDThh:mm:ss",
    [TIME_ISO_SPACE] = "YYYY-MM-DD hh:mm:ss",
    [TIME_SLASHES] = "YYYY/MM/DD hh:mm:ss",
    [TIME_SYSLOG] = "NNN PP hh:mm:ss",
};

const uint8_t time_style_lengths[TIME_STYLES] = {
    [TIME_CLF] = 20,
    [TIME_ISO] = 19,
    [TIME_ISO_SPACE] = 19,
    [TIME_SLASHES] = 19,
    [TIME_SYSLOG] = 15,
};

static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

#define SECONDS_MAX 253402300799 /* the end of the year 9999 */

static int *
picture_field(struct civil *c, char letter)
{
	switch (letter) {
	case 'Y':
		return &c->year;
	case 'M':
	case 'N':
		return &c->month;
	case 'D':
	case 'P':
		return &c->day;
	case 'h':
		return &c->hour;
	case 'm':
		return &c->minute;
	case 's':
		return &c->second;
	default:
		return NULL;
	}
}

/* 1 to 12, or 0. */
static int
month_read(const char *p)
{
	for (int m = 0; m < 12; m++) {
		if (memcmp(months + 3 * m, p, 3) == 0)
			return m + 1;
	}
	return 0;
}

static bool
picture_read(const char *picture, const char *p, struct civil *c)
{
	for (size_t i = 0; picture[i] != '\0'; i++) {
		int *field = picture_field(c, picture[i]);

		if (field == NULL) {
			if (p[i] != picture[i])
				return false;
		} else if (picture[i] == 'N') {
			*field = month_read(p + i);
			i += 2;
		} else if (p[i] >= '0' && p[i] <= '9') {
			*field = *field * 10 + (p[i] - '0');
		} else if (picture[i] != 'P' || p[i] != ' ' || *field != 0) {
			return false;
		}
	}
	return true;
}

bool
time_style_read(
    enum time_style style, struct str text, int64_t near, int64_t *ret)
{
	struct civil c = {0};

	if (text.n < time_style_length(style) || near < 0 ||
	    near > SECONDS_MAX || !picture_read(pictures[style], text.p, &c))
		return false;
	if (style == TIME_SYSLOG) {
		struct civil now;

		civil_from_seconds(near, &now);
		c.year = now.year;
		if (now.month == 12 && c.month == 1)
			c.year++; /* the zone moved it over the year's end */
		else if (now.month == 1 && c.month == 12)
			c.year--;
	}
	if (c.year < 1970 || c.month < 1 || c.month > 12 || c.day < 1 ||
	    c.day > 31 || c.hour > 23 || c.minute > 59 || c.second > 59)
		return false;
	*ret = civil_to_seconds(&c);
	return true;
}

void
time_style_write(enum time_style style, int64_t seconds, char *out)
{
	const char *picture = pictures[style];
	struct civil c = {0};

	if (seconds >= 0 && seconds <= SECONDS_MAX)
		civil_from_seconds(seconds, &c);
	/* From the right, so that each field gives its last digit first. */
	for (size_t i = strlen(picture); i-- > 0;) {
		int *field = picture_field(&c, picture[i]);

		if (field == NULL) {
			out[i] = picture[i];
		} else if (picture[i] == 'N') {
			i -= 2;
			memcpy(out + i,
			    c.month ? months + 3 * (c.month - 1) : "000", 3);
		} else if (picture[i] == 'P' && *field == 0) {
			out[i] = ' ';
		} else {
			out[i] = (char)('0' + *field % 10);
			*field /= 10;
		}
	}
}
