/* SPDX-License-Identifier: MIT */
/*
 * A message is read once, from left to right.  White space and punctuation
 * part it into chunks, except for what typed values hold themselves: a chunk
 * with digits, slashes, colons or dots gets a second look, so 10.0.0.1:80, a
 * path and a time of day are one value, while key:value is two things.  Words
 * go into the skeleton as they stand.
 *
 * The rule behind all others: what has a digit is a value.  Masking by shape
 * alone does most of the work of grouping, since programs print words from
 * their source and numbers from their memory.  Types matter for reading only;
 * in the skeleton all values are alike, because numbers, hexadecimal and
 * names come and go at the same place.
 *
 * Values in a row are one (lists of any length), and so are a date in several
 * words, a number and its unit, a size and what says it again in brackets, a
 * value left out ("user= ").  Runs of ornaments are cut to three, dot leaders
 * end a word, quoted words, true and null are values.
 *
 * Left out on purpose: "#" for the digits inside a word (eth#), which keeps
 * apart what a second variable joins; masking all that is quoted, which
 * swallows requests and JSON; taking all behind "key=" for a value, which
 * makes status=ok and status=failed one.
 */
#include "hole.h"

#define QUOTED_MAX 256 /* bytes; longer quotations are read as words */

/* Month and weekday names belong to a date when a number comes next. */
static bool
is_date_word(const struct scan *s, const char *p, const char *end)
{
	static const char months[] =
	    "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec";
	static const char days[] = "Mon Tue Wed Thu Fri Sat Sun";
	const char *next = end;

	if (*p < 'A' || *p > 'W')
		return false;
	if (next < s->end && *next == ',')
		next++;
	next += value_span(next, s->end, C_SPACE);
	if (value_among(months, p, 3))
		return next < s->end && (IS(*next, C_DIGIT) || *next == '/');
	if (!value_among(days, p, 3) || next >= s->end)
		return false;
	return IS(*next, C_DIGIT) ||
	       (s->end - next >= 3 && value_among(months, next, 3));
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
	n = value_span(unit, s->end, C_ALPHA);
	stop = unit + n;
	type = value_unit(unit, n, false);
	if (type == MASK_ANY || unit == end ||
	    (stop < s->end && !IS(*stop, C_SPACE | C_PUNCT) && *stop != '.' &&
		*stop != ':')) {
		skeleton_value(s, p, end, MASK_NUM);
		return end;
	}
	if (s->end - stop >= 3 && memcmp(stop, "(s)", 3) == 0)
		stop += 3;
	skeleton_value(s, p, stop, type);
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

static const char *put_chunk(
    struct scan *s, const char *p, const char *end, int seen);

static const char *
put_digits(struct scan *s, const char *p, const char *end)
{
	size_t n = (size_t)(end - p), digits = 0, head;
	enum mask_type type;

	head = *p == '-' || *p == '+' ? 1 : 0;
	head += value_span(p + head, end, C_DIGIT);
	if (head == n)
		return put_number(s, p, end);
	head += value_span(p + head, end, C_DIGIT | C_DOT);
	if (head > 0 && IS(p[head - 1], C_DIGIT)) {
		type =
		    head < n ? value_unit(p + head, n - head, true) : MASK_NUM;
		if (head == n && value_type(p, n) == MASK_NUM)
			return put_number(s, p, end);
		if (head < n && type != MASK_ANY) {
			skeleton_value(s, p, end, type);
			return end;
		}
		if (head < n && n - head <= 4 &&
		    value_span(p + head, end, C_ALPHA) == n - head &&
		    value_span(p + head, end, C_HEX) < n - head) {
			skeleton_value(s, p, end, MASK_NUM);
			return end;
		}
	}
	type = value_type(p, n);
	if (type == MASK_ID && !IS(*p, C_DIGIT)) {
		for (const char *q = p; q < end; q++)
			digits += IS(*q, C_DIGIT);
		if (digits <= 3)
			type = value_is_host(p, n) ? MASK_HOST : MASK_WORD;
	}
	skeleton_value(s, p, end, type);
	return end;
}

/* Whether nothing behind the colon mattered for its being one, as long as it is
 * free of marks. */
static bool
is_key(const char *p, const char *colon, const char *end)
{
	return value_span(p, colon, C_ALPHA) == (size_t)(colon - p) &&
	       colon + 1 < end && value_has_none(colon + 1, end, C_MARK);
}

/* p..end has a colon at colon: key:value, host:port, address:text? */
static const char *
put_colon(struct scan *s, const char *p, const char *colon, const char *end)
{
	size_t ip = value_ipv4(p, end), n = (size_t)(colon - p);
	size_t port = value_span(colon + 1, end, C_DIGIT);
	const char *last = end;

	if (ip > 0) {
		skeleton_value(s, p, p + ip, MASK_IP);
		return p + ip;
	}
	/* fe:12:… and fe80::1 are no keys. */
	if (memchr(colon + 1, ':', (size_t)(end - colon - 1)) != NULL &&
	    n <= 4 && value_is_colon_hex(p, end))
		return put_digits(s, p, end);
	if (IS(*p, C_ALPHA) && n > 1) {
		bool plain = true;

		for (const char *q = p; q < colon && plain; q++)
			plain = !IS(*q, C_DIGIT | C_MARK);
		if (port > 1 && colon + 1 + port == end &&
		    memchr(p, '.', n) != NULL && !value_is_source(p, n)) {
			skeleton_value(s, p, end, MASK_HOST);
			return end;
		}
		if (plain) {
			put_chunk(s, p, colon, ~0);
			s->split = is_key(p, colon, end) ? colon : NULL;
			return colon;
		}
	}
	while (last > colon && last[-1] != ':')
		last--;
	if (last > p + 1 && last < end && IS(*last, C_ALPHA) &&
	    value_span(last, end, C_ALPHA | C_DOT) == (size_t)(end - last)) {
		put_digits(s, p, last - 1);
		return last - 1;
	}
	return put_digits(s, p, end);
}

enum mask_type
mask_chunk(const char *p, const char *end)
{
	struct mask m;
	struct scan s = {p, p, end, &m, false, NULL};
	int seen = 0;

	m.n = m.n_values = m.n_holes = 0;
	for (const char *q = p; q < end; q++)
		seen |= value_class[(unsigned char)*q];
	if (!(seen & (C_DIGIT | C_MARK | C_DOT)) ||
	    put_chunk(&s, p, end, seen) != end || m.n != 1 || m.n_values != 1 ||
	    m.values[0].n != (size_t)(end - p))
		return MASK_TYPES;
	return m.values[0].type;
}

/* A path, an URL, or a mail address; MASK_ANY for none. */
static enum mask_type
place_type(const char *p, const char *end, const char *colon, const char *at)
{
	size_t slashes = 0, dots = 0, back = 0;

	if (colon == NULL && *p == '/' && end - p > 1)
		return MASK_PATH;
	if (colon != NULL && end - colon > 3 && colon[1] == '/' &&
	    colon[2] == '/')
		return MASK_URL;
	if (colon == p + 1 && IS(*p, C_ALPHA) && end - colon > 1 &&
	    (colon[1] == '\\' || colon[1] == '/'))
		return MASK_PATH;
	for (const char *q = p; q < end; q++) {
		slashes += *q == '/';
		back +=
		    *q == '\\' && q > p && end - q > 1 && !IS(q[1], C_DIGIT);
		dots += *q == '.';
	}
	if (colon == NULL && (back > 0 || (end - p > 2 && *p == '\\' &&
					      IS(p[1], C_ALPHA | C_MARK))))
		return MASK_PATH;
	if (slashes > 1 || (slashes > 0 && (dots > 1 || *p == '/')))
		if (end - p > 1 && (colon == NULL || *p == '/') &&
		    IS(*p, C_ALPHA | C_DOT | C_MARK))
			return MASK_PATH;
	if (at != NULL && at > p &&
	    value_is_host(at + 1, (size_t)(end - at - 1)))
		return MASK_MAIL;
	return MASK_ANY;
}

/*
 * One chunk without white space and punctuation; answers where to go on, which
 * is within the chunk when only a part of it was taken, or behind it when a
 * unit was.
 */
static const char *
put_chunk(struct scan *s, const char *p, const char *end, int seen)
{
	const char *colon = NULL, *at = NULL;
	size_t n = (size_t)(end - p);
	enum mask_type type;

	if (seen & C_MARK) {
		seen = 0;
		for (const char *q = p; q < end; q++) {
			seen |= value_class[(unsigned char)*q];
			if (*q == ':' && colon == NULL)
				colon = q;
			else if (*q == '@')
				at = q;
		}
	}
	if (*p == '/' && n > 1 && IS(p[1], C_DIGIT)) {
		size_t ip = value_ipv4(p + 1, end);

		if (ip > 0) {
			skeleton_value(s, p, p + 1 + ip, MASK_IP);
			return p + 1 + ip;
		}
	}
	if (seen & C_MARK) {
		type = place_type(p, end, colon, at);
		if (type != MASK_ANY) {
			skeleton_value(s, p, end, type);
			return end;
		}
	}
	if (colon == p && !(seen & C_DIGIT)) {
		skeleton_mark(s, ':');
		return p + 1;
	}
	if (colon != NULL && colon > p &&
	    memchr(p, '/', (size_t)(colon - p)) == NULL &&
	    ((seen & C_DIGIT) || IS(*p, C_ALPHA)))
		return put_colon(s, p, colon, end);
	if (seen & C_DIGIT)
		return put_digits(s, p, end);
	if ((seen & C_DOT) && value_is_host(p, n))
		skeleton_value(s, p, end, MASK_HOST);
	else if (n > MASK_WORD_MAX)
		skeleton_value(s, p, end, MASK_ANY);
	else
		skeleton_word(s, p, n);
	return end;
}

static bool
follows_hex(const struct mask *m)
{
	return m->n_values > 0 && m->values[m->n_values - 1].type == MASK_HEX &&
	       m->values[m->n_values - 1].skeleton + 2 == m->n;
}

/* c5 fe ff: a pair of hex digits beside another. */
static bool
is_hex_pair(const struct scan *s, const char *p, const char *end)
{
	if (!IS(p[0], C_HEX | C_DIGIT) || !IS(p[1], C_HEX | C_DIGIT))
		return false;
	if (follows_hex(s->m))
		return true;
	return s->end - end > 2 && *end == ' ' && IS(end[1], C_HEX | C_DIGIT) &&
	       IS(end[2], C_HEX | C_DIGIT) &&
	       (s->end - end == 3 || end[3] == ' ') &&
	       (IS(p[0], C_DIGIT) || IS(p[1], C_DIGIT)) &&
	       (IS(p[0], C_HEX) || IS(p[1], C_HEX) || IS(end[1], C_HEX) ||
		   IS(end[2], C_HEX));
}

/* A word that is a value all the same; MASK_TYPES when it is not. */
static enum mask_type
word_type(const struct scan *s, const char *p, const char *end)
{
	size_t n = (size_t)(end - p);

	switch (n) {
	case 2:
		if (is_hex_pair(s, p, end))
			return MASK_HEX;
		break;
	case 3:
		if (is_date_word(s, p, end))
			return MASK_TIME;
		break;
	case 8:
	case 16:
		if (value_span(p, end, C_HEX) == n)
			return MASK_HEX;
		break;
	}
	if (n <= 5 && s->m->n > 0 &&
	    value_is_constant(p, n, s->m->skeleton[s->m->n - 1] == '='))
		return MASK_WORD;
	return MASK_TYPES;
}

/* "( 3534 **** 4245 )": a value that is missing in a list of numbers. */
static bool
is_missing(const struct scan *s, const char *p, const char *end)
{
	const struct mask *m = s->m;
	char before, next;

	if (end - p < 2 || s->end - end < 2 || *end != ' ' || m->n < 2 ||
	    m->skeleton[m->n - 1] != ' ')
		return false;
	before = m->skeleton[m->n - 2];
	next = end[1];
	if (before == MASK_VALUE)
		return m->values[m->n_values - 1].type == MASK_NUM &&
		       (IS(next, C_DIGIT) || next == *p || next == ')' ||
			   next == ']');
	return (before == '(' || before == '[') &&
	       (IS(next, C_DIGIT) || next == *p);
}

static const char *
take_chunk(struct scan *s)
{
	const char *p = s->p, *end = p, *stop, *go;
	bool apart, after_hex;
	enum mask_type type;
	int seen = 0;

	apart = p == s->begin || p == s->split || IS(p[-1], C_SPACE | C_PUNCT);
	if (p != s->split)
		s->split = NULL;
	for (;;) {
		while (end < s->end && !IS(*end, C_SPACE | C_PUNCT)) {
			/* "enabled.......1" */
			if (*end == '.' && s->end - end > 2 && end > p &&
			    end[1] == '.' && end[2] == '.' && end[-1] != '.')
				break;
			seen |= value_class[(unsigned char)*end++];
		}
		/* don't, user's */
		if (s->end - end > 1 && end > p && *end == '\'' &&
		    IS(end[-1], C_ALPHA) && IS(end[1], C_ALPHA))
			end++;
		else
			break;
	}
	if ((seen & C_ALPHA) && !(seen & (C_DIGIT | C_MARK | C_DOT)) &&
	    end - p <= MASK_WORD_MAX) {
		type = word_type(s, p, end);
		if (type < MASK_TYPES)
			skeleton_value(s, p, end, type);
		else
			skeleton_word(s, p, (size_t)(end - p));
		return end;
	}
	if (end - p == 2 && (seen & C_DIGIT) && is_hex_pair(s, p, end)) {
		skeleton_value(s, p, end, MASK_HEX);
		return end;
	}
	if (!(seen & (C_ALPHA | C_DIGIT)) && is_missing(s, p, end)) {
		skeleton_value(s, p, end, MASK_NUM);
		return end;
	}
	while (p < end && value_is_trim(*p)) {
		if (end - p > 1 && IS(p[1], C_DIGIT) &&
		    (*p == '-' || *p == '+' || *p == '*'))
			break;
		skeleton_mark(s, *p++);
	}
	for (stop = end; stop > p && value_is_trim(stop[-1]);)
		stop--;
	if (p == stop)
		return end;
	after_hex = follows_hex(s->m);
	go = put_chunk(s, p, stop, seen);
	if (apart)
		hole_chunk(s, p, stop, end, after_hex);
	if (s->m->n_values > 0)
		take_comparison(s);
	return go;
}

enum mask_type
mask_quoted(const char *p, const char *end, bool digits)
{
	enum mask_type type =
	    digits ? value_type(p, (size_t)(end - p)) : MASK_QUOTED;

	return type == MASK_ID || type == MASK_ANY ? MASK_QUOTED : type;
}

/*
 * 'word' is a value; "two words" are read as words, and so is what stands in
 * JSON on either side of a colon.
 */
static const char *
take_quote(struct scan *s)
{
	const char *p = s->p, *q = p + 1, *before = p;
	char quote = *p == '`' ? '\'' : *p;
	enum mask_type type;
	bool json, digits = false;

	for (; q < s->end && *q != quote && !IS(*q, C_SPACE); q++) {
		digits = digits || IS(*q, C_DIGIT);
		if (q - p > QUOTED_MAX)
			break;
	}
	skeleton_char(s, *p);
	while (before > s->begin && IS(before[-1], C_SPACE))
		before--;
	json = quote == '"' && before > s->begin && before[-1] == ':';
	if (q >= s->end || *q != quote || q == p + 1 ||
	    (s->end - q > 1 && IS(q[1], C_ALPHA | C_DIGIT)) ||
	    (s->end - q > 1 && q[1] == ':' && quote == '"') ||
	    (json && !digits) || (p > s->begin && IS(p[-1], C_ALPHA | C_DIGIT)))
		return p + 1;
	type = mask_quoted(p + 1, q, digits);
	skeleton_value(s, p + 1, q, type);
	hole_quoted(s, p + 1, q, digits, type);
	skeleton_char(s, *q);
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
	size_t seen = message.n < MASK_BYTES_MAX ? message.n : MASK_BYTES_MAX;
	struct scan s = {
	    message.p, message.p, message.p + seen, m, false, NULL};

	m->n = 0;
	m->n_values = 0;
	m->n_holes = 0;
	while (s.p < s.end && IS(s.end[-1], C_SPACE))
		s.end--; /* a copy of fixed size reads no further than that */
	while (s.p < s.end && IS(*s.p, C_SPACE))
		s.p++;
	while (s.p < s.end && !s.full) {
		const char *from = s.p;
		char c = *s.p;

		if (IS(c, C_SPACE)) {
			s.p += value_span(s.p, s.end, C_SPACE);
			skeleton_char(&s, ' ');
		} else if (c == '\'' || c == '"' || c == '`') {
			s.p = take_quote(&s);
		} else if (is_empty(&s)) {
			skeleton_char(&s, c);
			s.p++;
			skeleton_value(&s, s.p, s.p, MASK_EMPTY);
		} else if (IS(c, C_PUNCT)) {
			size_t n = m->n;

			if (c == ')')
				fold_paraphrase(m);
			if (m->n == n)
				skeleton_mark(&s, c);
			s.p++;
		} else {
			s.p = take_chunk(&s);
		}
		if (s.full)
			s.p = from;
	}
	m->full = s.full || seen < message.n;
	if (m->full) {
		/* The rest is one value, for which a byte was kept. */
		if (m->n_values == MASK_VALUES_MAX) {
			m->n_values--;
			m->n = m->values[m->n_values].skeleton;
		}
		m->values[m->n_values] = (struct mask_value){
		    .at = (uint32_t)(s.p - s.begin),
		    .n = (uint32_t)(message.p + message.n - s.p),
		    .skeleton = m->n,
		    .type = MASK_ANY,
		    .many = true,
		};
		m->n_values++;
		m->skeleton[m->n++] = MASK_VALUE;
	}
}
