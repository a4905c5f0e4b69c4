/* SPDX-License-Identifier: MIT */
/*
 * What a chunk is by its spelling.  Every test is by shape; the few word lists
 * are units, constants, top-level domains and ends of source files, which do
 * not depend on who logs.
 */
#include "value.h"

const unsigned char value_class[256] = {
    [0 ... 32] = C_SPACE | C_JOIN,
    [127] = C_SPACE,
    [128 ... 255] = C_ALPHA,
    ['0' ... '9'] = C_DIGIT,
    ['A' ... 'F'] = C_ALPHA | C_HEX,
    ['G' ... 'Z'] = C_ALPHA,
    ['a' ... 'f'] = C_ALPHA | C_HEX,
    ['g' ... 'z'] = C_ALPHA,
    ['_'] = C_ALPHA,
    ['='] = C_PUNCT,
    [','] = C_PUNCT | C_JOIN,
    [';'] = C_PUNCT | C_JOIN,
    ['('] = C_PUNCT,
    [')'] = C_PUNCT,
    ['['] = C_PUNCT,
    [']'] = C_PUNCT,
    ['{'] = C_PUNCT,
    ['}'] = C_PUNCT,
    ['"'] = C_PUNCT,
    ['\''] = C_PUNCT,
    ['`'] = C_PUNCT,
    ['<'] = C_PUNCT,
    ['>'] = C_PUNCT,
    ['|'] = C_PUNCT | C_JOIN,
    ['/'] = C_MARK | C_JOIN,
    ['\\'] = C_MARK,
    [':'] = C_MARK | C_JOIN,
    ['@'] = C_MARK,
    ['.'] = C_DOT,
    ['-'] = C_JOIN,
    ['#'] = C_JOIN,
};

bool
value_among(const char *words, const char *p, size_t n)
{
	for (const char *w = words; *w != '\0';) {
		const char *end = w;

		while (*end != ' ' && *end != '\0')
			end++;
		if ((size_t)(end - w) == n && *w == *p && memcmp(w, p, n) == 0)
			return true;
		w = *end == ' ' ? end + 1 : end;
	}
	return false;
}

enum mask_type
value_unit(const char *p, size_t n, bool glued)
{
	static const char sizes[] =
	    "B KB kB MB GB TB PB KiB MiB GiB TiB byte bytes Bytes kb mb gb";
	static const char times[] =
	    "ns us ms s sec secs second seconds min mins minute minutes hour "
	    "hours day days msec msecs usec usecs nsec millis milliseconds "
	    "microseconds nanoseconds";

	if (n == 0 || n > 12 || strchr("BKkMGTPbmgnsuhd", *p) == NULL)
		return MASK_ANY;
	if (value_among(sizes, p, n) ||
	    (glued && value_among("K k M G T Kb Mb Gb", p, n)))
		return MASK_SIZE;
	if (value_among(times, p, n) || (glued && value_among("h m d", p, n)))
		return MASK_DUR;
	return MASK_ANY;
}

size_t
value_ipv4(const char *p, const char *end)
{
	const char *q = p;
	size_t n;

	for (int i = 0; i < 4; i++) {
		n = value_span(q, end, C_DIGIT);
		if (n == 0 || n > 3)
			return 0;
		q += n;
		if (i < 3) {
			if (q >= end || *q != '.')
				return 0;
			q++;
		}
	}
	if (q < end && (*q == ':' || *q == '#' || *q == '/')) {
		n = value_span(q + 1, end, C_DIGIT);
		if (n > 0 && n <= 5)
			q += n + 1;
	}
	if (q < end && (IS(*q, C_ALPHA | C_DIGIT) || *q == '.' || *q == '-'))
		return 0;
	return (size_t)(q - p);
}

bool
value_is_colon_hex(const char *p, const char *end)
{
	size_t digits = 0;

	for (; p < end; p++) {
		if (!IS(*p, C_DIGIT | C_HEX) && *p != ':')
			return false;
		digits += IS(*p, C_DIGIT);
	}
	return digits > 0;
}

static bool
is_uuid(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? p[i] != '-' : !IS(p[i], C_DIGIT | C_HEX))
			return false;
	}
	return true;
}

bool
value_is_host(const char *p, size_t n)
{
	static const char tops[] =
	    "com net org edu gov mil info biz arpa local lan internal "
	    "localdomain home corp";
	size_t dots = 0, last = 0;

	for (size_t i = 0; i < n; i++) {
		if (p[i] == '.') {
			if (i == 0 || p[i - 1] == '.')
				return false;
			dots++;
			last = i + 1;
		} else if (!IS(p[i], C_ALPHA | C_DIGIT) && p[i] != '-') {
			return false;
		}
	}
	if (dots == 0)
		return false;
	if (value_among(tops, p + last, n - last))
		return last > 4 || dots > 1; /* not org.foo: a package */
	return dots >= 2 && n - last == 2 && p[last] >= 'a' &&
	       p[last + 1] >= 'a';
}

bool
value_is_source(const char *p, size_t n)
{
	static const char ends[] =
	    "c h cc cpp cxx hpp m mm java kt scala py pyx go rs js jsx ts tsx "
	    "rb php pl pm lua sh cs fs swift erl ex hs ml sql html conf xml "
	    "yml yaml json txt log";
	size_t last = n;

	while (last > 0 && p[last - 1] != '.')
		last--;
	return last > 0 && value_among(ends, p + last, n - last);
}

#define IS_WORD(p, word) (memcmp(p, word, sizeof(word) - 1) == 0)

bool
value_is_constant(const char *p, size_t n, bool assigned)
{
	switch (n) {
	case 2:
		return assigned && (IS_WORD(p, "no") || IS_WORD(p, "on"));
	case 3:
		return IS_WORD(p, "nil") ||
		       (assigned && (IS_WORD(p, "yes") || IS_WORD(p, "off")));
	case 4:
		return IS_WORD(p, "true") || IS_WORD(p, "null") ||
		       IS_WORD(p, "None") || IS_WORD(p, "NULL") ||
		       IS_WORD(p, "True") || IS_WORD(p, "TRUE") ||
		       (assigned && IS_WORD(p, "none"));
	case 5:
		return IS_WORD(p, "false") || IS_WORD(p, "False") ||
		       IS_WORD(p, "FALSE");
	}
	return false;
}

/* 12:00, 12:00:01.5: no part but the last has more than two digits. */
static bool
is_clock(const char *p, size_t n)
{
	size_t digits = 0;

	for (size_t i = 0; i < n; i++) {
		if (p[i] == '.' || p[i] == '+')
			break;
		digits = p[i] == ':' ? 0 : digits + 1;
		if (digits > 2)
			return false;
	}
	return true;
}

/* How many bytes of each kind a chunk has: eight counters in one number. */
enum { N_DIGIT, N_HEX, N_ALPHA, N_COLON, N_DOT, N_SLASH, N_DASH, N_OTHER };
#define ONE(kind) (UINT64_C(1) << (8 * (kind)))
#define COUNT(all, kind) ((unsigned)((all) >> (8 * (kind))) & 255)

static const uint64_t kinds[256] = {
    [0 ... '*'] = ONE(N_OTHER),
    ['+'] = ONE(N_DASH),
    [','] = ONE(N_OTHER),
    ['-'] = ONE(N_DASH),
    ['.'] = ONE(N_DOT),
    ['/'] = ONE(N_SLASH),
    ['0' ... '9'] = ONE(N_DIGIT),
    [':'] = ONE(N_COLON),
    [';' ... '@'] = ONE(N_OTHER),
    ['A' ... 'F'] = ONE(N_HEX),
    ['G' ... 'Z'] = ONE(N_ALPHA),
    ['[' ... '^'] = ONE(N_OTHER),
    ['_'] = ONE(N_ALPHA),
    ['`'] = ONE(N_OTHER),
    ['a' ... 'f'] = ONE(N_HEX),
    ['g' ... 'z'] = ONE(N_ALPHA),
    ['{' ... 127] = ONE(N_OTHER),
    [128 ... 255] = ONE(N_ALPHA),
};

enum mask_type
value_type(const char *p, size_t n)
{
	unsigned digits, hex, alpha, colons, dashes, dots, slashes, other;
	uint64_t all = 0;

	if (n > 255)
		return MASK_ID;
	if (n == 36 && is_uuid(p, n))
		return MASK_UUID;
	for (size_t i = 0; i < n; i++)
		all += kinds[(unsigned char)p[i]];
	digits = COUNT(all, N_DIGIT);
	hex = COUNT(all, N_HEX);
	alpha = COUNT(all, N_ALPHA) + hex;
	colons = COUNT(all, N_COLON);
	dashes = COUNT(all, N_DASH);
	dots = COUNT(all, N_DOT);
	slashes = COUNT(all, N_SLASH);
	other = COUNT(all, N_OTHER);
	if (n > 2 && p[0] == '0' && (p[1] == 'x' || p[1] == 'X') &&
	    hex + 1 == alpha && colons == 0)
		return MASK_HEX;
	if (dots == 3 && alpha == 0 && value_ipv4(p, p + n) == n)
		return MASK_IP;
	if (colons >= 2 && alpha == hex && other == 0 && slashes == 0) {
		if (alpha > 0 || colons > 3)
			return colons == 5 && n == 17 ? MASK_MAC : MASK_IP;
		return is_clock(p, n) ? MASK_TIME : MASK_ANY;
	}
	if (alpha == 0 && other == 0) {
		if (colons == 0 && slashes == 0 && dots <= 1 &&
		    (dashes == 0 || (dashes == 1 && !IS(p[0], C_DIGIT))))
			return MASK_NUM;
		if (colons > 0 && slashes == 0)
			return is_clock(p, n) ? MASK_TIME : MASK_ANY;
		if ((dashes == 2 || slashes == 2) && digits == 8)
			return MASK_TIME;
		return MASK_ANY;
	}
	if (n >= 19 && p[4] == '-' && p[7] == '-' && p[10] == 'T')
		return MASK_TIME;
	if (alpha == hex && digits + hex == n && n >= 6)
		return MASK_HEX;
	if (other == 1 && alpha == 0 && p[n - 1] == '%')
		return MASK_NUM;
	return MASK_ID;
}

struct str
mask_name(enum mask_type type)
{
	static const struct str names[MASK_TYPES] = {
	    [MASK_ANY] = {"<*>", 3},
	    [MASK_NUM] = {"<num>", 5},
	    [MASK_SIZE] = {"<size>", 6},
	    [MASK_DUR] = {"<duration>", 10},
	    [MASK_TIME] = {"<time>", 6},
	    [MASK_IP] = {"<ip>", 4},
	    [MASK_MAC] = {"<mac>", 5},
	    [MASK_UUID] = {"<uuid>", 6},
	    [MASK_HEX] = {"<hex>", 5},
	    [MASK_EMPTY] = {"", 0},
	    [MASK_ID] = {"<id>", 4},
	    [MASK_WORD] = {"<*>", 3},
	    [MASK_QUOTED] = {"<*>", 3},
	    [MASK_HOST] = {"<host>", 6},
	    [MASK_MAIL] = {"<mail>", 6},
	    [MASK_PATH] = {"<path>", 6},
	    [MASK_URL] = {"<url>", 5},
	};

	return names[type];
}
