/* SPDX-License-Identifier: MIT */
/*
 * Most lines spell their time as the line before did, but for the seconds and
 * their fraction:
 *
 *	Mar  4 14:00:07            head "Mar  4 14:00:"
 *	2026-03-04T14:00:07.5+01   head "2026-03-04T14:00:", tail "+01"
 *
 * So the minute is remembered by its spelling.  What it stands for follows from
 * the spelling, the source's zone and the time the line was seen; the order of
 * lines matters in the hour that occurs twice only, which is not remembered.
 * Nor is a minute in which clocks were set, or one after which the year is
 * another: the first and the last second must be a minute apart.
 */
#include "scan.h"

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool
time_recall(struct str *s, const struct parse_state *st, unsigned style,
    struct log_event *ev)
{
	const struct time_memory *m = &st->time;
	const char *p = s->p + m->n_head + 2;
	size_t n = m->n_head + 2u + m->digits + (m->digits > 0) + m->n_tail;
	int second, usec = 0;

	/* A digit behind the blank may be a year. */
	if (m->n_head == 0 || m->style != style || s->n < n + 2 ||
	    s->p[n] != ' ' || is_digit(s->p[n + 1]) || m->seen != st->seen ||
	    m->zone != st->zone || memcmp(s->p, m->head, m->n_head) != 0 ||
	    p[-2] < '0' || p[-2] > '5' || !is_digit(p[-1]))
		return false;
	second = (p[-2] - '0') * 10 + p[-1] - '0';
	if (m->digits > 0) {
		if (*p != '.' && *p != ',')
			return false;
		p++;
		for (unsigned d = 0; d < m->digits; d++, p++) {
			if (!is_digit(*p))
				return false;
			usec = usec * 10 + (*p - '0');
		}
		for (unsigned d = m->digits; d < 6; d++)
			usec *= 10;
	}
	for (unsigned k = 0; k < m->n_tail; k++)
		if (p[k] != m->tail[k])
			return false;
	ev->timestamp = m->minute + second * USEC_PER_SEC + usec;
	ev->flags |= m->flags;
	ev->precision = m->digits == 0   ? USEC_PER_SEC
			: m->digits <= 3 ? USEC_PER_MSEC
					 : 1;
	*s = str_skip(*s, n + 1);
	return true;
}

/* Where the seconds of a time stand, and how it goes on. */
static bool
take_apart(struct str s, struct time_memory *m)
{
	ptrdiff_t hour = str_chr(s, ':'), minute;
	size_t at;

	if (hour < 0)
		return false;
	minute = str_chr(str_skip(s, (size_t)hour + 1), ':');
	at = (size_t)(hour + minute) + 2;
	if (minute != 2 || at > sizeof(m->head) || s.n < at + 2)
		return false;
	memcpy(m->head, s.p, at);
	m->n_head = (uint8_t)at;
	s = str_skip(s, at + 2);
	if (scan_char(&s, '.') || scan_char(&s, ',')) {
		while (m->digits < s.n && is_digit(s.p[m->digits]))
			if (m->digits++ == 6)
				return false;
		s = str_skip(s, m->digits);
		if (m->digits == 0)
			return false;
	}
	/* Behind a blank stands a word that may be longer the next time. */
	if (s.n > sizeof(m->tail) || str_chr(s, ' ') >= 0)
		return false;
	for (size_t k = 0; k < s.n; k++)
		m->tail[k] = s.p[k];
	m->n_tail = (uint8_t)s.n;
	return true;
}

void
time_remember(struct parse_state *st, unsigned style, struct str spelled,
    const struct stamp *t)
{
	struct time_memory m = {
	    .style = (uint8_t)style, .seen = st->seen, .zone = st->zone};
	struct stamp first = *t, last;
	unsigned flags = 0;

	st->time.n_head = 0;
	/* Without the time it was seen the line before decides. */
	if ((!t->has_year || !t->has_offset) && st->seen == USEC_NONE)
		return;
	if (!take_apart(spelled, &m))
		return;
	first.civil.second = 0;
	first.civil.usec = 0;
	last = first;
	last.civil.second = 59;
	m.minute = stamp_resolve(&first, st, &m.flags);
	if (stamp_resolve(&last, st, &flags) != m.minute + 59 * USEC_PER_SEC ||
	    flags != m.flags || (flags & EVENT_TIME_AMBIGUOUS) != 0)
		return;
	st->time = m;
}
