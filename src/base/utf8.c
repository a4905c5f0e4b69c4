/* SPDX-License-Identifier: MIT */
/*
 * Log lines hold what an attacker wrote into a request: escape sequences that
 * retitle or clear a terminal, controls that show text in another order, bytes
 * that are no characters.  Everything printed goes through here.
 *
 * The widths follow the East Asian Width and general category properties, as
 * ranges coarse enough to stay readable: a column that is off by one in rare
 * scripts costs less than a table for all of Unicode.  wcwidth() is not used,
 * since its answer depends on the locale.
 */
#include "recount/utf8.h"

struct range {
	uint32_t first, last;
};

/* Characters that change how others are shown: bidi marks, embeddings,
 * overrides, isolates; line and paragraph separator; tags; BOM. */
static const struct range deceptive[] = {
    {0x061c, 0x061c},
    {0x200b, 0x200f},
    {0x2028, 0x202e},
    {0x2060, 0x206f},
    {0xfeff, 0xfeff},
    {0xfff9, 0xfffb},
    {0xe0000, 0xe007f},
};

static const struct range zero_width[] = {
    {0x0300, 0x036f},
    {0x0483, 0x0489},
    {0x0591, 0x05bd},
    {0x0610, 0x061a},
    {0x064b, 0x065f},
    {0x06d6, 0x06dc},
    {0x0730, 0x074a},
    {0x0900, 0x0902},
    {0x093c, 0x093c},
    {0x0941, 0x0948},
    {0x094d, 0x094d},
    {0x0e31, 0x0e31},
    {0x0e34, 0x0e3a},
    {0x0e47, 0x0e4e},
    {0x1ab0, 0x1aff},
    {0x1dc0, 0x1dff},
    {0x200b, 0x200f},
    {0x202a, 0x202e},
    {0x2060, 0x206f},
    {0x20d0, 0x20ff},
    {0x302a, 0x302d},
    {0x3099, 0x309a},
    {0xfe00, 0xfe0f},
    {0xfe20, 0xfe2f},
    {0xfeff, 0xfeff},
    {0x1f3fb, 0x1f3ff},
    {0xe0000, 0xe01ef},
};

static const struct range wide[] = {
    {0x1100, 0x115f},
    {0x231a, 0x231b},
    {0x2329, 0x232a},
    {0x23e9, 0x23ec},
    {0x25fd, 0x25fe},
    {0x2614, 0x2615},
    {0x2648, 0x2653},
    {0x26aa, 0x26ab},
    {0x26bd, 0x26be},
    {0x2705, 0x2705},
    {0x270a, 0x270b},
    {0x274c, 0x274c},
    {0x2753, 0x2755},
    {0x2795, 0x2797},
    {0x2b1b, 0x2b1c},
    {0x2e80, 0x303e},
    {0x3041, 0x33ff},
    {0x3400, 0x4dbf},
    {0x4e00, 0xa4cf},
    {0xa960, 0xa97c},
    {0xac00, 0xd7a3},
    {0xf900, 0xfaff},
    {0xfe10, 0xfe19},
    {0xfe30, 0xfe6f},
    {0xff00, 0xff60},
    {0xffe0, 0xffe6},
    {0x16fe0, 0x18aff},
    {0x1b000, 0x1b2ff},
    {0x1f004, 0x1f004},
    {0x1f18e, 0x1f18e},
    {0x1f191, 0x1f19a},
    {0x1f200, 0x1f320},
    {0x1f32d, 0x1f64f},
    {0x1f680, 0x1f6ff},
    {0x1f7e0, 0x1f7eb},
    {0x1f900, 0x1f9ff},
    {0x1fa70, 0x1faff},
    {0x20000, 0x3fffd},
};

static bool
in_ranges(uint32_t c, const struct range *ranges, size_t n)
{
	size_t low = 0, high = n; /* the first range that ends at or after c */

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (ranges[mid].last < c)
			low = mid + 1;
		else
			high = mid;
	}
	return low < n && c >= ranges[low].first;
}

size_t
utf8_valid(struct str s)
{
	const unsigned char *p = (const unsigned char *)s.p;
	unsigned low = 0x80, high = 0xbf;
	size_t n;

	if (s.n == 0)
		return 0;
	if (p[0] < 0x80)
		return 1;
	if (p[0] >= 0xc2 && p[0] <= 0xdf)
		n = 2;
	else if (p[0] >= 0xe0 && p[0] <= 0xef)
		n = 3;
	else if (p[0] >= 0xf0 && p[0] <= 0xf4)
		n = 4;
	else
		return 0;
	if (s.n < n)
		return 0;
	/* Too long a form, surrogates, beyond U+10FFFF. */
	if (p[0] == 0xe0)
		low = 0xa0;
	else if (p[0] == 0xed)
		high = 0x9f;
	else if (p[0] == 0xf0)
		low = 0x90;
	else if (p[0] == 0xf4)
		high = 0x8f;
	if (p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < n; i++) {
		if (p[i] < 0x80 || p[i] > 0xbf)
			return 0;
	}
	return n;
}

/* The code point of the valid sequence of n bytes at p. */
static uint32_t
decode(const char *z, size_t n)
{
	const unsigned char *p = (const unsigned char *)z;

	switch (n) {
	case 1:
		return p[0];
	case 2:
		return (p[0] & 0x1fu) << 6 | (p[1] & 0x3fu);
	case 3:
		return (p[0] & 0xfu) << 12 | (p[1] & 0x3fu) << 6 |
		       (p[2] & 0x3fu);
	default:
		return (p[0] & 7u) << 18 | (p[1] & 0x3fu) << 12 |
		       (p[2] & 0x3fu) << 6 | (p[3] & 0x3fu);
	}
}

static bool
is_unsafe(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c <= 0x9f) ||
	       in_ranges(c, deceptive, ARRAY_SIZE(deceptive));
}

void
utf8_add_printable(struct buf *out, struct str s)
{
	size_t plain = 0; /* bytes before s that wait to be copied */

	while (s.n > plain) {
		struct str at = str_skip(s, plain);
		size_t n = utf8_valid(at);
		uint32_t c = n > 0 ? decode(at.p, n) : 0;

		if (n > 0 && !is_unsafe(c)) {
			plain += n;
			continue;
		}
		buf_add(out, s.p, plain);
		if (n == 0)
			buf_addf(out, "\\x%02x", (unsigned char)at.p[0]);
		else if (c == '\t')
			buf_adds(out, "\\t");
		else if (c == '\n')
			buf_adds(out, "\\n");
		else if (c < 0x80)
			buf_addf(out, "\\x%02x", c);
		else
			buf_addf(out, "\\u{%04x}", c);
		s = str_skip(at, n > 0 ? n : 1);
		plain = 0;
	}
	buf_add(out, s.p, plain);
}

static void
add_json_escape(struct buf *out, uint32_t c)
{
	if (c == '"' || c == '\\') {
		buf_addc(out, '\\');
		buf_addc(out, (char)c);
	} else if (c == '\n') {
		buf_adds(out, "\\n");
	} else if (c == '\t') {
		buf_adds(out, "\\t");
	} else if (c == '\r') {
		buf_adds(out, "\\r");
	} else if (c < 0x10000) {
		buf_addf(out, "\\u%04x", c);
	} else {
		c -= 0x10000;
		buf_addf(out, "\\u%04x\\u%04x", 0xd800 + (c >> 10),
		    0xdc00 + (c & 0x3ff));
	}
}

void
utf8_add_json(struct buf *out, struct str s)
{
	size_t plain = 0;

	while (s.n > plain) {
		struct str at = str_skip(s, plain);
		size_t n = utf8_valid(at);
		uint32_t c = n > 0 ? decode(at.p, n) : 0;

		/* What is not safe to show is escaped too: JSON is also
		 * printed on terminals. */
		if (n > 0 && c != '"' && c != '\\' && !is_unsafe(c)) {
			plain += n;
			continue;
		}
		buf_add(out, s.p, plain);
		if (n == 0)
			buf_addf(out, "\\udc%02x", (unsigned char)at.p[0]);
		else
			add_json_escape(out, c);
		s = str_skip(at, n > 0 ? n : 1);
		plain = 0;
	}
	buf_add(out, s.p, plain);
}

unsigned
utf8_columns(struct str s)
{
	unsigned columns = 0;

	while (s.n > 0) {
		size_t n = utf8_valid(s);
		uint32_t c = n > 0 ? decode(s.p, n) : 0;

		if (n <= 1)
			columns++;
		else if (in_ranges(c, wide, ARRAY_SIZE(wide)))
			columns += 2;
		else if (!in_ranges(c, zero_width, ARRAY_SIZE(zero_width)))
			columns++;
		s = str_skip(s, n > 0 ? n : 1);
	}
	return columns;
}
