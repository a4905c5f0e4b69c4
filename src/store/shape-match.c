/* SPDX-License-Identifier: MIT */
/*
 * Shapes at work: a line taken apart.  Every line that comes in passes here,
 * so a shape has a second form for it: steps, each of which is a literal and
 * the value behind it.  Literals are short, and one comparison of eight bytes
 * under a mask decides for most.
 *
 * Taking apart is strict where putting together is not ambiguous: a number
 * with a leading zero or more digits than fit is no number, a field must show
 * exactly as it would be written.  So what matched comes back byte for byte.
 */
#include "shape.h"

static inline bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* ---- compiling ---- */

/* What ends a word in front of element i. */
static void
find_stop(const struct shape *sh, unsigned i, struct shape_step *word)
{
	word->stop = STOP_END;
	if (i == sh->n)
		return;
	switch (sh->elements[i].op) {
	case OP_TEXT:
		word->stop = STOP_CHAR;
		word->stop_arg = (uint8_t)sh->text.p[sh->elements[i].at];
		break;
	case OP_STRING:
		word->stop = STOP_STRING;
		word->stop_arg = sh->elements[i].arg;
		break;
	case OP_BODY:
		word->stop = STOP_BODY;
		break;
	}
}

/* Texts have been joined: there are never two in a row. */
void
shape_compile_steps(struct shape *sh)
{
	struct shape_step *step;

	sh->steps = xcalloc(sh->n + 1, sizeof(*sh->steps));
	step = sh->steps;
	for (unsigned i = 0; i < sh->n; i++) {
		const struct element *e = &sh->elements[i];

		if (e->op == OP_TEXT) {
			size_t n = e->n < 8 ? e->n : 8;

			step->at = e->at;
			step->n = e->n;
			memcpy(&step->word, sh->text.p + e->at, n);
			memset(&step->mask, 0xff, n);
			continue;
		}
		step->op = e->op;
		step->arg = e->arg;
		step->zone = e->zone;
		if (e->op == OP_WORD)
			find_stop(sh, i + 1, step);
		step++;
	}
	step->op = SHAPE_OPS; /* the end */
}

/* ---- values: each gives the bytes consumed, or -1 ---- */

/* As many digits as there are, if they are a plain number. */
static inline ptrdiff_t
match_number(const char *p, size_t rest, int64_t *ret)
{
	size_t most = rest < DIGITS_MAX + 1 ? rest : DIGITS_MAX + 1, n = 0;
	uint64_t v = 0; /* one digit too many must not overflow */

	while (n < most && is_digit(p[n]))
		v = v * 10 + (uint64_t)(p[n++] - '0');
	if (n == 0 || n > DIGITS_MAX || (n > 1 && p[0] == '0'))
		return -1;
	*ret = (int64_t)v;
	return (ptrdiff_t)n;
}

/* Exactly so many. */
static inline ptrdiff_t
match_digits(const char *p, size_t rest, size_t digits, int64_t *ret)
{
	int64_t v = 0;

	if (rest < digits)
		return -1;
	for (size_t i = 0; i < digits; i++) {
		if (!is_digit(p[i]))
			return -1;
		v = v * 10 + (p[i] - '0');
	}
	*ret = v;
	return (ptrdiff_t)digits;
}

static inline ptrdiff_t
match_decimal(const char *p, size_t rest, int64_t want)
{
	int64_t v;
	ptrdiff_t n = match_number(p, rest, &v);

	return n < 0 || v != want ? -1 : n;
}

static inline ptrdiff_t
match_seconds(const char *p, size_t rest, int64_t want)
{
	int64_t whole, msec;
	ptrdiff_t n = match_number(p, rest, &whole);

	if (n < 0 || n > 9 || rest < (size_t)n + 4 || p[n] != '.' ||
	    match_digits(p + n + 1, 3, 3, &msec) < 0 ||
	    whole * USEC_PER_SEC + msec * USEC_PER_MSEC != want)
		return -1;
	return n + 4;
}

static inline ptrdiff_t
match_time(const char *p, size_t rest, const struct shape_step *step, usec_t ts,
    struct time_cache *cache)
{
	size_t n = time_style_length(step->arg);

	if (rest < n ||
	    !bytes_same(p, time_text(cache, step->arg, step->zone, ts), n))
		return -1;
	return (ptrdiff_t)n;
}

static ptrdiff_t
match_fraction(const char *p, size_t rest, unsigned digits, usec_t ts)
{
	char fraction[6];

	fraction_text(digits, ts, fraction);
	if (rest < digits || memcmp(p, fraction, digits) != 0)
		return -1;
	return (ptrdiff_t)digits;
}

static inline ptrdiff_t
match_word(const char *p, size_t rest, const struct shape_step *step,
    const struct log_event *ev)
{
	const char *stop = p + rest;

	switch (step->stop) {
	case STOP_CHAR:
		stop = rest ? memchr(p, step->stop_arg, rest) : NULL;
		break;
	case STOP_STRING:
		stop = field_str(ev, step->stop_arg)->p;
		break;
	case STOP_BODY:
		stop = ev->body.p;
		break;
	}
	if (stop == NULL || (uintptr_t)stop < (uintptr_t)p ||
	    (uintptr_t)stop > (uintptr_t)(p + rest))
		return -1;
	return stop - p;
}

static inline ptrdiff_t
match_string(const char *p, size_t rest, struct str value)
{
	/* The same bytes elsewhere would do as well. */
	if (value.n > rest ||
	    (value.p != p && !bytes_same(value.p, p, value.n)))
		return -1;
	return (ptrdiff_t)value.n;
}

static ptrdiff_t
match_hex(const char *p, size_t rest, int64_t *ret)
{
	uint64_t v = 0;
	size_t n = 0;

	for (; n < rest; n++) {
		char c = p[n];

		if (!is_digit(c) && !(c >= 'a' && c <= 'f'))
			break;
		if (n == 16)
			return -1;
		v = v << 4 | (uint64_t)(is_digit(c) ? c - '0' : c - 'a' + 10);
	}
	if (n == 0 || p[0] == '0')
		return -1;
	*ret = (int64_t)v;
	return (ptrdiff_t)n;
}

/* ---- a line ---- */

static inline bool
literal_here(const struct shape *sh, const struct shape_step *step,
    const char *p, size_t rest)
{
	uint64_t there;

	if (rest < step->n)
		return false;
	if (rest < 8 || step->n > 8)
		return bytes_same(p, sh->text.p + step->at, step->n);
	memcpy(&there, p, 8);
	return (there & step->mask) == step->word;
}

bool
shape_match(const struct shape *sh, struct str text, const struct log_event *ev,
    struct time_cache *cache, struct match *m)
{
	const char *p = text.p, *end = text.p + text.n;
	unsigned param = 0;

	for (const struct shape_step *step = sh->steps;; step++) {
		size_t rest = (size_t)(end - p);
		ptrdiff_t n = -1;

		if (step->n > 0) {
			if (!literal_here(sh, step, p, rest))
				return false;
			p += step->n;
			rest -= step->n;
		}
		switch (step->op) {
		case OP_STRING:
			n = match_string(p, rest, *field_str(ev, step->arg));
			break;
		case OP_DECIMAL:
			n = match_decimal(p, rest, field_int(ev, step->arg));
			break;
		case OP_SECONDS:
			n = match_seconds(p, rest, field_int(ev, step->arg));
			break;
		case OP_TIME:
			n = match_time(p, rest, step, ev->timestamp, cache);
			break;
		case OP_FRACTION:
			n = match_fraction(p, rest, step->arg, ev->timestamp);
			break;
		case OP_NUMBER:
			n = match_number(p, rest, &m->numbers[param++]);
			break;
		case OP_PADDED:
			n = match_digits(
			    p, rest, step->arg, &m->numbers[param++]);
			break;
		case OP_WORD:
			n = match_word(p, rest, step, ev);
			m->words[param++] = (struct str){p, (size_t)n};
			break;
		case OP_HEX:
			n = match_hex(p, rest, &m->numbers[param++]);
			break;
		case OP_BODY:
			if (p == ev->body.p && ev->body.n <= rest)
				n = (ptrdiff_t)ev->body.n;
			break;
		default:
			return rest == 0;
		}
		if (n < 0)
			return false;
		p += n;
	}
}
