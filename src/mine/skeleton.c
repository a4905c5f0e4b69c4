/* SPDX-License-Identifier: MIT */
/*
 * The writing end of a mask.  Lists are folded here, when a value follows a
 * value with nothing but joining bytes between them: then these bytes are
 * taken back and the value before grows.
 */
#include "skeleton.h"

void
skeleton_word(struct scan *s, const char *p, size_t n)
{
	if (n > (size_t)(MASK_SKELETON_MAX - 1 - s->m->n)) {
		s->full = true;
		return;
	}
	/* Most words are short; a copy of fixed size needs no call. */
	if (n <= 16 && s->end - p >= 16)
		memcpy(s->m->skeleton + s->m->n, p, 16);
	else
		memcpy(s->m->skeleton + s->m->n, p, n);
	s->m->n += n;
}

void
skeleton_char(struct scan *s, char c)
{
	if (s->m->n >= MASK_SKELETON_MAX - 1) {
		s->full = true;
		return;
	}
	s->m->skeleton[s->m->n++] = c;
}

/* Ornaments are alike whatever their length: a run counts as three. */
void
skeleton_mark(struct scan *s, char c)
{
	const char *end = s->m->skeleton + s->m->n;

	if (s->m->n < 3 || end[-1] != c || end[-2] != c || end[-3] != c)
		skeleton_char(s, c);
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

/* Names and paths fold with their like only: GET <path> HTTP/1.1.  A word
 * with few digits and one with many are alike: an98, an1024. */
static bool
is_list(const struct mask *m, enum mask_type type)
{
	enum mask_type before = m->values[m->n_values - 1].type;

	return before == type ||
	       (before < MASK_CAN_STAND && type < MASK_CAN_STAND) ||
	       (before == MASK_ID && type == MASK_WORD) ||
	       (before == MASK_WORD && type == MASK_ID);
}

/* What a list is whose values are of two types. */
static enum mask_type
joint_type(enum mask_type a, enum mask_type b)
{
	enum mask_type other = a == MASK_NUM ? b : a;

	if (a == b)
		return a;
	if ((a == MASK_ID && b == MASK_WORD) ||
	    (a == MASK_WORD && b == MASK_ID))
		return MASK_ID;
	/* "Jun 17 07:07:00 2005", "89 e8" */
	if ((a == MASK_NUM || b == MASK_NUM) &&
	    (other == MASK_TIME || other == MASK_HEX))
		return other;
	return MASK_ANY;
}

void
skeleton_value(
    struct scan *s, const char *p, const char *end, enum mask_type type)
{
	struct mask *m = s->m;
	struct mask_value *v;

	if (follows_value(m) && is_list(m, type)) {
		v = &m->values[m->n_values - 1];
		v->n = (uint32_t)(end - s->begin) - v->at;
		v->type = joint_type(v->type, type);
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
