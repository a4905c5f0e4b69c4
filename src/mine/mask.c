/* SPDX-License-Identifier: MIT */
#include "mask.h"

enum {
	C_SPACE = 1,
	C_PUNCT = 2, /* ends a chunk and stays in the skeleton */
	C_DIGIT = 4,
	C_ALPHA = 8,
	C_HEX = 16,  /* a-f, A-F */
	C_MARK = 32, /* needs a second look: / \ : @ */
	C_DOT = 64,
	C_JOIN = 128, /* may stand between the values of one list */
};

#define LETTER(c) [c] = C_ALPHA, [(c)-32] = C_ALPHA
#define HEX(c) [c] = C_ALPHA | C_HEX, [(c)-32] = C_ALPHA | C_HEX
static const unsigned char class[256] = {
    [0 ... 32] = C_SPACE | C_JOIN,
    [127] = C_SPACE,
    [128 ... 255] = C_ALPHA,
    ['0' ... '9'] = C_DIGIT,
    HEX('a'),
    HEX('b'),
    HEX('c'),
    HEX('d'),
    HEX('e'),
    HEX('f'),
    LETTER('g'),
    LETTER('h'),
    LETTER('i'),
    LETTER('j'),
    LETTER('k'),
    LETTER('l'),
    LETTER('m'),
    LETTER('n'),
    LETTER('o'),
    LETTER('p'),
    LETTER('q'),
    LETTER('r'),
    LETTER('s'),
    LETTER('t'),
    LETTER('u'),
    LETTER('v'),
    LETTER('w'),
    LETTER('x'),
    LETTER('y'),
    LETTER('z'),
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
#define IS(c, what) ((class[(unsigned char)(c)] & (what)) != 0)

struct scan {
	const char *begin, *p, *end;
	struct mask *m;
	bool full; /* no room left in the skeleton or among the values */
};

static void
put(struct scan *s, const char *p, size_t n)
{
	if (n > (size_t)(MASK_SKELETON_MAX - 1 - s->m->n)) {
		s->full = true;
		return;
	}
	memcpy(s->m->skeleton + s->m->n, p, n);
	s->m->n += n;
}

static void
put_char(struct scan *s, char c)
{
	if (s->m->n >= MASK_SKELETON_MAX - 1) {
		s->full = true;
		return;
	}
	s->m->skeleton[s->m->n++] = c;
}

/* Only what joins a list stands behind the last value. */
static bool
follows_value(const struct mask *m)
{
	size_t at;

	if (m->n_values == 0)
		return false;
	at = m->values[m->n_values - 1].skeleton + 1u;
	if (m->n - at > 3)
		return false;
	for (; at < m->n; at++)
		if (!IS(m->skeleton[at], C_JOIN))
			return false;
	return true;
}

/* Names and paths fold with their like only: GET <path> HTTP/1.1. */
static bool
is_list(const struct mask *m, enum mask_type type)
{
	enum mask_type before = m->values[m->n_values - 1].type;

	return before == type ||
	       (before < MASK_CAN_STAND && type < MASK_CAN_STAND);
}

static void
put_value(struct scan *s, const char *p, const char *end, enum mask_type type)
{
	struct mask *m = s->m;
	struct mask_value *v;

	if (follows_value(m) && is_list(m, type)) {
		v = &m->values[m->n_values - 1];
		v->n = (uint32_t)(end - s->begin) - v->at;
		if (v->type != type)
			v->type = MASK_ANY;
		v->many = true;
		m->n = v->skeleton + 1;
		return;
	}
	if (m->n_values >= MASK_VALUES_MAX || m->n >= MASK_SKELETON_MAX - 1) {
		s->full = true;
		return;
	}
	v = &m->values[m->n_values++];
	*v = (struct mask_value){
	    .at = (uint32_t)(p - s->begin),
	    .n = (uint32_t)(end - p),
	    .skeleton = m->n,
	    .type = type,
	};
	m->skeleton[m->n++] = MASK_VALUE;
}

static size_t
span(const char *p, const char *end, int what)
{
	const char *q = p;

	while (q < end && IS(*q, what))
		q++;
	return (size_t)(q - p);
}

static bool
among(const char *p, size_t n, const char *const *words, size_t n_words)
{
	for (size_t i = 0; i < n_words; i++)
		if (strlen(words[i]) == n && memcmp(words[i], p, n) == 0)
			return true;
	return false;
}

/* The type a number takes from the unit behind it; MASK_ANY for no unit. */
static enum mask_type
unit_type(const char *p, size_t n, bool glued)
{
	static const char *const sizes[] = {
	    "B",
	    "KB",
	    "kB",
	    "MB",
	    "GB",
	    "TB",
	    "PB",
	    "KiB",
	    "MiB",
	    "GiB",
	    "TiB",
	    "byte",
	    "bytes",
	    "Bytes",
	    "kb",
	    "mb",
	    "gb",
	};
	static const char *const glued_sizes[] = {
	    "K",
	    "k",
	    "M",
	    "G",
	    "T",
	    "KiB/s",
	    "Kb",
	    "Mb",
	    "Gb",
	};
	static const char *const times[] = {
	    "ns",
	    "us",
	    "ms",
	    "s",
	    "sec",
	    "secs",
	    "second",
	    "seconds",
	    "min",
	    "mins",
	    "minute",
	    "minutes",
	    "hour",
	    "hours",
	    "day",
	    "days",
	    "msec",
	    "msecs",
	    "usec",
	    "nsec",
	    "usecs",
	    "millis",
	    "milliseconds",
	    "microseconds",
	    "nanoseconds",
	};
	static const char *const glued_times[] = {"h", "m", "d"};

	if (n == 0 || n > 12)
		return MASK_ANY;
	if (among(p, n, sizes, ARRAY_SIZE(sizes)) ||
	    (glued && among(p, n, glued_sizes, ARRAY_SIZE(glued_sizes))))
		return MASK_SIZE;
	if (among(p, n, times, ARRAY_SIZE(times)) ||
	    (glued && among(p, n, glued_times, ARRAY_SIZE(glued_times))))
		return MASK_DUR;
	return MASK_ANY;
}

/* Length of an IPv4 address with an optional port at p, else 0. */
static size_t
ipv4_length(const char *p, const char *end)
{
	const char *q = p;
	size_t n;

	for (int i = 0; i < 4; i++) {
		n = span(q, end, C_DIGIT);
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
		n = span(q + 1, end, C_DIGIT);
		if (n > 0 && n <= 5)
			q += n + 1;
	}
	if (q < end && (IS(*q, C_ALPHA | C_DIGIT) || *q == '.' || *q == '-'))
		return 0;
	return (size_t)(q - p);
}

static bool
is_uuid(const char *p, size_t n)
{
	if (n != 36)
		return false;
	for (size_t i = 0; i < n; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? p[i] != '-' : !IS(p[i], C_DIGIT | C_HEX))
			return false;
	}
	return true;
}

/*
 * A DNS name without digits: lower case (but for the first letters) with a
 * top-level domain that people use, since class names and file names have dots
 * too.  Two-letter ones count behind two dots only: foo.py, foo.so.
 */
static bool
is_host(const char *p, size_t n)
{
	static const char *const tops[] = {
	    "com",
	    "net",
	    "org",
	    "edu",
	    "gov",
	    "mil",
	    "info",
	    "biz",
	    "arpa",
	    "local",
	    "lan",
	    "internal",
	    "localdomain",
	    "home",
	    "corp",
	};
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
	if (among(p + last, n - last, tops, ARRAY_SIZE(tops)))
		return last > 4 || dots > 1; /* not org.foo: a package */
	return dots >= 2 && n - last == 2 && p[last] >= 'a' &&
	       p[last + 1] >= 'a';
}

/* The type of a chunk that has digits and no word to be kept apart. */
static enum mask_type
digits_type(const char *p, size_t n)
{
	size_t digits = 0, hex = 0, alpha = 0, colons = 0, dashes = 0, dots = 0;
	size_t slashes = 0, other = 0;

	for (size_t i = 0; i < n; i++) {
		int c = class[(unsigned char)p[i]];

		digits += (c & C_DIGIT) != 0;
		hex += (c & C_HEX) != 0;
		alpha += (c & C_ALPHA) != 0;
		colons += p[i] == ':';
		dots += p[i] == '.';
		slashes += p[i] == '/';
		if (p[i] == '-' || p[i] == '+')
			dashes++;
		else if (!(c & (C_ALPHA | C_DIGIT | C_DOT)) && p[i] != ':' &&
			 p[i] != '/')
			other++;
	}
	if (n > 2 && p[0] == '0' && (p[1] == 'x' || p[1] == 'X') &&
	    hex + 1 == alpha && colons == 0)
		return MASK_HEX;
	if (is_uuid(p, n))
		return MASK_UUID;
	if (ipv4_length(p, p + n) == n)
		return MASK_IP;
	if (colons >= 2 && alpha == hex && other == 0 && slashes == 0) {
		if (alpha > 0 || colons > 3)
			return colons == 5 && n == 17 ? MASK_MAC : MASK_IP;
		return MASK_TIME;
	}
	if (alpha == 0 && other == 0) {
		if (colons == 0 && slashes == 0 && dots <= 1 &&
		    (dashes == 0 || (dashes == 1 && !IS(p[0], C_DIGIT))))
			return MASK_NUM;
		if (colons > 0 && slashes == 0)
			return MASK_TIME;
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

/* Month and weekday names belong to a date when a number comes next. */
static bool
is_date_word(const struct scan *s, const char *p, const char *end)
{
	static const char *const months[] = {
	    "Jan",
	    "Feb",
	    "Mar",
	    "Apr",
	    "May",
	    "Jun",
	    "Jul",
	    "Aug",
	    "Sep",
	    "Oct",
	    "Nov",
	    "Dec",
	};
	static const char *const days[] = {
	    "Mon",
	    "Tue",
	    "Wed",
	    "Thu",
	    "Fri",
	    "Sat",
	    "Sun",
	};
	const char *next = end;

	if (end - p != 3)
		return false;
	if (next < s->end && *next == ',')
		next++;
	next += span(next, s->end, C_SPACE);
	if (among(p, 3, months, ARRAY_SIZE(months)))
		return next < s->end && (IS(*next, C_DIGIT) || *next == '/');
	if (!among(p, 3, days, ARRAY_SIZE(days)) || next >= s->end)
		return false;
	return IS(*next, C_DIGIT) ||
	       (s->end - next >= 3 &&
		   among(next, 3, months, ARRAY_SIZE(months)));
}

/* A number stands at p..end: take in the unit behind it. */
static const char *
put_number(struct scan *s, const char *p, const char *end)
{
	const char *unit = end, *stop;
	enum mask_type type;
	size_t n;

	if (unit < s->end && *unit == ' ')
		unit++;
	n = span(unit, s->end, C_ALPHA);
	stop = unit + n;
	type = unit_type(unit, n, false);
	if (type == MASK_ANY || unit == end ||
	    (stop < s->end && !IS(*stop, C_SPACE | C_PUNCT) && *stop != '.' &&
		*stop != ':')) {
		put_value(s, p, end, MASK_NUM);
		return end;
	}
	if (s->end - stop >= 3 && memcmp(stop, "(s)", 3) == 0)
		stop += 3;
	put_value(s, p, stop, type);
	return stop;
}

/* "<1 sec": the comparison is part of the value. */
static void
take_comparison(struct scan *s)
{
	struct mask *m = s->m;
	struct mask_value *v = &m->values[m->n_values - 1];

	if (v->skeleton < 2 || v->skeleton + 1 != m->n ||
	    (v->type != MASK_DUR && v->type != MASK_SIZE))
		return;
	if ((m->skeleton[v->skeleton - 1] != '<' &&
		m->skeleton[v->skeleton - 1] != '>') ||
	    m->skeleton[v->skeleton - 2] != ' ')
		return;
	v->skeleton--;
	v->at--;
	v->n++;
	m->skeleton[v->skeleton] = MASK_VALUE;
	m->n--;
}

static const char *put_chunk(struct scan *s, const char *p, const char *end);

static const char *
put_digits(struct scan *s, const char *p, const char *end)
{
	size_t n = (size_t)(end - p), digits = 0, head;
	enum mask_type type;

	head = *p == '-' || *p == '+' ? 1 : 0;
	head += span(p + head, end, C_DIGIT | C_DOT);
	if (head > 0 && IS(p[head - 1], C_DIGIT)) {
		type =
		    head < n ? unit_type(p + head, n - head, true) : MASK_NUM;
		if (head == n && digits_type(p, n) == MASK_NUM)
			return put_number(s, p, end);
		if (head < n && type != MASK_ANY) {
			put_value(s, p, end, type);
			return end;
		}
		if (head < n && n - head <= 4 &&
		    span(p + head, end, C_ALPHA) == n - head &&
		    span(p + head, end, C_HEX) < n - head) {
			put_value(s, p, end, MASK_NUM);
			return end;
		}
	}
	type = digits_type(p, n);
	if (type == MASK_ID && !IS(*p, C_DIGIT)) {
		for (const char *q = p; q < end; q++)
			digits += IS(*q, C_DIGIT);
		if (digits <= 3)
			type = is_host(p, n) ? MASK_HOST : MASK_WORD;
	}
	put_value(s, p, end, type);
	return end;
}

/* p..end has a colon at colon: key:value, host:port, address:text? */
static const char *
put_colon(struct scan *s, const char *p, const char *colon, const char *end)
{
	const char *last = end;
	size_t ip = ipv4_length(p, end);

	if (ip > 0) {
		put_value(s, p, p + ip, MASK_IP);
		return p + ip;
	}
	if (IS(*p, C_ALPHA) && colon - p > 1) {
		bool plain = true;

		for (const char *q = p; q < colon && plain; q++)
			plain = !IS(*q, C_DIGIT | C_MARK);
		if (plain && is_host(p, (size_t)(colon - p)) &&
		    span(colon + 1, end, C_DIGIT) ==
			(size_t)(end - colon - 1)) {
			put_value(s, p, end, MASK_HOST);
			return end;
		}
		if (plain) {
			put_chunk(s, p, colon);
			return colon;
		}
	}
	while (last > colon && last[-1] != ':')
		last--;
	if (last > p + 1 && last < end && IS(*last, C_ALPHA) &&
	    span(last, end, C_ALPHA | C_DOT) == (size_t)(end - last)) {
		put_digits(s, p, last - 1);
		return last - 1;
	}
	return put_digits(s, p, end);
}

/*
 * One chunk without white space and punctuation; answers where to go on, which
 * is within the chunk when only a part of it was taken, or behind it when a
 * unit was.
 */
static const char *
put_chunk(struct scan *s, const char *p, const char *end)
{
	const char *colon = NULL, *at = NULL, *q;
	size_t slashes = 0, n = (size_t)(end - p);
	int seen = 0;

	for (q = p; q < end; q++) {
		seen |= class[(unsigned char)*q];
		if (*q == '/')
			slashes++;
		else if (*q == ':' && colon == NULL)
			colon = q;
		else if (*q == '@')
			at = q;
	}
	if (colon != NULL && end - colon > 3 && colon[1] == '/' &&
	    colon[2] == '/') {
		put_value(s, p, end, MASK_URL);
		return end;
	}
	if (colon == p + 1 && IS(*p, C_ALPHA) && end - colon > 1 &&
	    (colon[1] == '\\' || colon[1] == '/')) {
		put_value(s, p, end, MASK_PATH);
		return end;
	}
	if (*p == '/' && n > 1) {
		size_t ip = ipv4_length(p + 1, end);

		put_value(
		    s, p, ip ? p + 1 + ip : end, ip ? MASK_IP : MASK_PATH);
		return ip ? p + 1 + ip : end;
	}
	if (colon != NULL && (colon > p || n > 1)) {
		if (colon == p && !(seen & C_DIGIT)) {
			put_char(s, ':');
			return p + 1;
		}
		if (colon > p &&
		    (slashes == 0 || memchr(p, '/', colon - p) == NULL))
			if ((seen & C_DIGIT) || IS(*p, C_ALPHA)) {
				const char *go = put_colon(s, p, colon, end);

				return go;
			}
	}
	if (seen & C_DIGIT) {
		if (slashes > 1 && IS(*p, C_ALPHA | C_DOT)) {
			put_value(s, p, end, MASK_PATH);
			return end;
		}
		return put_digits(s, p, end);
	}
	if (slashes > 1 && (seen & C_ALPHA)) {
		put_value(s, p, end, MASK_PATH);
		return end;
	}
	if (at != NULL && at > p && is_host(at + 1, (size_t)(end - at - 1))) {
		put_value(s, p, end, MASK_MAIL);
		return end;
	}
	if ((seen & C_DOT) && is_host(p, n)) {
		put_value(s, p, end, MASK_HOST);
		return end;
	}
	if (n > MASK_WORD_MAX)
		put_value(s, p, end, MASK_ANY);
	else
		put(s, p, n);
	return end;
}

/* Marks around a word that are not part of it. */
static bool
is_trim(char c)
{
	return !IS(c, C_ALPHA | C_DIGIT | C_SPACE | C_PUNCT) && c != '/' &&
	       c != '\\' && c != '%';
}

static const char *
take_chunk(struct scan *s)
{
	const char *p = s->p, *end = p, *stop, *go;
	int seen = 0;

	for (;;) {
		while (end < s->end && !IS(*end, C_SPACE | C_PUNCT))
			seen |= class[(unsigned char)*end++];
		/* don't, user's */
		if (end < s->end - 1 && end > p && *end == '\'' &&
		    IS(end[-1], C_ALPHA) && IS(end[1], C_ALPHA))
			end++;
		else
			break;
	}
	if (!(seen & (C_DIGIT | C_MARK | C_DOT)) && end - p <= MASK_WORD_MAX) {
		if (end - p == 3 && is_date_word(s, p, end))
			put_value(s, p, end, MASK_TIME);
		else
			put(s, p, (size_t)(end - p));
		return end;
	}
	while (p < end && is_trim(*p)) {
		if (end - p > 1 && IS(p[1], C_DIGIT) &&
		    (*p == '-' || *p == '+' || *p == '*'))
			break;
		put_char(s, *p++);
	}
	for (stop = end; stop > p && is_trim(stop[-1]);)
		stop--;
	if (p == stop)
		return end;
	go = put_chunk(s, p, stop);
	if (s->m->n_values > 0)
		take_comparison(s);
	return go;
}

/* 'word' is a value; "two words" are read as words, and so is a JSON key or
 * what stands behind it. */
static const char *
take_quote(struct scan *s)
{
	const char *p = s->p, *q = p + 1;
	char quote = *p == '`' ? '\'' : *p;

	while (q < s->end && *q != quote && !IS(*q, C_SPACE) &&
	       q - p <= MASK_WORD_MAX)
		q++;
	put_char(s, *p);
	if (q >= s->end || *q != quote || q == p + 1 ||
	    (q + 1 < s->end && IS(q[1], C_ALPHA | C_DIGIT)) ||
	    (q + 1 < s->end && q[1] == ':' && quote == '"') ||
	    (p > s->begin && p[-1] == ':') ||
	    (p > s->begin && IS(p[-1], C_ALPHA | C_DIGIT)))
		return p + 1;
	put_value(s, p + 1, q, MASK_QUOTED);
	put_char(s, *q);
	return q + 1;
}

/* "4096 bytes (4.0 KB)" says one thing twice. */
static void
fold_paraphrase(struct mask *m)
{
	struct mask_value *v;

	if (m->n_values < 2 || m->n < 4)
		return;
	v = &m->values[m->n_values - 2];
	if (v[0].type != MASK_SIZE || v[1].type != MASK_SIZE ||
	    v[1].skeleton + 1 != m->n || v[0].skeleton + 3 != v[1].skeleton ||
	    memcmp(m->skeleton + v[0].skeleton + 1, " (", 2) != 0)
		return;
	v[0].n = v[1].at + v[1].n + 1 - v[0].at;
	m->n = v[0].skeleton + 1;
	m->n_values--;
}

/*
 * Whether a value was left out behind this byte: "user= ", "from ()".  Not so
 * for a call, f(), nor for an "=" that stands alone.
 */
static bool
is_empty(const struct scan *s)
{
	const char *p = s->p, *next = p + 1;
	char before = p > s->begin ? p[-1] : ' ';

	if (*p == '(' || *p == '[')
		return next < s->end && *next == (*p == '(' ? ')' : ']') &&
		       (before == ' ' || before == '=');
	return *p == '=' && IS(before, C_ALPHA | C_DIGIT) &&
	       (next == s->end || IS(*next, C_SPACE) || *next == ',' ||
		   *next == ';');
}

void
mask_message(struct mask *m, struct str message)
{
	struct scan s = {message.p, message.p, message.p + message.n, m, false};

	m->n = 0;
	m->n_values = 0;
	while (s.p < s.end && IS(s.end[-1], C_SPACE))
		s.end--;
	while (s.p < s.end && IS(*s.p, C_SPACE))
		s.p++;
	while (s.p < s.end && !s.full) {
		const char *from = s.p;
		char c = *s.p;

		if (IS(c, C_SPACE)) {
			s.p += span(s.p, s.end, C_SPACE);
			put_char(&s, ' ');
		} else if (c == '\'' || c == '"' || c == '`') {
			s.p = take_quote(&s);
		} else if (is_empty(&s)) {
			put_char(&s, c);
			s.p++;
			put_value(&s, s.p, s.p, MASK_WORD);
		} else if (IS(c, C_PUNCT)) {
			size_t n = m->n;

			if (c == ')')
				fold_paraphrase(m);
			if (m->n == n)
				put_char(&s, c);
			s.p++;
		} else {
			s.p = take_chunk(&s);
		}
		if (s.full)
			s.p = from;
	}
	if (s.full) {
		/* The rest is one value, for which a byte was kept. */
		if (m->n_values == MASK_VALUES_MAX) {
			m->n_values--;
			m->n = m->values[m->n_values].skeleton;
		}
		m->values[m->n_values] = (struct mask_value){
		    .at = (uint32_t)(s.p - s.begin),
		    .n = (uint32_t)(s.end - s.p),
		    .skeleton = m->n,
		    .type = MASK_ANY,
		    .many = true,
		};
		m->n_values++;
		m->skeleton[m->n++] = MASK_VALUE;
	}
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
