/* SPDX-License-Identifier: MIT */
/*
 * A part of a segment, as it stands in the database:
 *
 *	8 bytes   XXH3 (64 bit, little-endian) of all that follows
 *	1 byte    version of the format, FORMAT or an earlier one
 *	1 byte    which part
 *	varint    number of events
 *	varint    id of the first event
 *	columns   those of the part, in the order of the tables below:
 *	          integers first, then strings, then (PART_RAW) the lines
 *
 * How columns are written is described in codec.c (integers), column.c and
 * lines.c.  A part says nothing that the row beside it does not say too but
 * its events, so that parts that were mixed up are noticed; the hash notices
 * the rest, since SQLite does not check its pages.
 */
#include "segment.h"

#include <errno.h>

#include "recount/intern.h"

#define FORMAT 2
#define FORMAT_FIRST 1 /* that can still be read */
#define HASH_BYTES 8

/* ---- writing ---- */

/* Room for row i in column k. */
static void
segment_grow(struct segment *s, unsigned k, size_t i)
{
	while (i >= s->sizes[k])
		s->sizes[k] = s->sizes[k] ? s->sizes[k] * 2 : 64;
	s->ints[k] =
	    xreallocarray(s->ints[k], s->sizes[k], sizeof(*s->ints[k]));
}

static void
add_ints(struct segment *s, const struct log_event *ev, size_t i)
{
	int64_t v[SEGMENT_INTS];
	unsigned other = 0;

	field_ints(ev, v);
	if (i == 0)
		memcpy(s->first, v, sizeof(v));
	for (unsigned k = 0; k < SEGMENT_INTS; k++)
		other |= (unsigned)(v[k] != s->first[k]) << k;
	for (unsigned fresh = other & ~s->varies; fresh; fresh &= fresh - 1) {
		unsigned k = (unsigned)__builtin_ctz(fresh);

		segment_grow(s, k, i);
		for (size_t row = 0; row < i; row++)
			s->ints[k][row] = s->first[k];
	}
	s->varies |= other;
	for (unsigned left = s->varies; left; left &= left - 1) {
		unsigned k = (unsigned)__builtin_ctz(left);

		if (i >= s->sizes[k])
			segment_grow(s, k, i);
		s->ints[k][i] = v[k];
	}
}

void
segment_add(struct segment *s, const struct log_event *ev)
{
	struct segment_key *key = &s->key;
	uint64_t hashes[STRING_CURSOR];
	unsigned others = 0;
	size_t i = key->n;

	add_ints(s, ev, i);
	for (unsigned k = 0; k < STRING_CURSOR; k++) {
		const struct str *value = field_str(ev, k);

		s->bytes += value->n;
		if (strings_again(&s->strings[k], *value))
			continue;
		hashes[k] = strings_expect(&s->strings[k], *value);
		others |= 1u << k;
	}
	lines_add(&s->lines, ev);
	for (; others; others &= others - 1) {
		unsigned k = (unsigned)__builtin_ctz(others);

		strings_add_other(&s->strings[k], *field_str(ev, k), hashes[k]);
	}
	tokens_add(&s->tokens, (uint32_t)i, event_text(ev));
	s->bytes += ev->raw.n + ev->cursor.n;
	if (i == 0) {
		key->first_id = ev->id;
		key->ts_min = key->ts_max = ev->timestamp;
	}
	key->last_id = ev->id;
	key->ts_min = ev->timestamp < key->ts_min ? ev->timestamp : key->ts_min;
	key->ts_max = ev->timestamp > key->ts_max ? ev->timestamp : key->ts_max;
	key->kinds |= 1u << ev->kind;
	key->bytes += ev->raw.n;
	key->n++;
}

void
segment_reset(struct segment *s)
{
	for (size_t k = 0; k < SEGMENT_STRINGS; k++)
		strings_reset(&s->strings[k]);
	lines_reset(&s->lines);
	tokens_reset(&s->tokens);
	s->key = (struct segment_key){0};
	s->varies = 0;
	s->bytes = 0;
}

void
segment_free(struct segment *s)
{
	for (size_t k = 0; k < SEGMENT_INTS; k++)
		xfree(s->ints[k]);
	for (size_t k = 0; k < SEGMENT_STRINGS; k++)
		strings_free(&s->strings[k]);
	lines_free(&s->lines);
	tokens_free(&s->tokens);
	*s = (struct segment){0};
}

static void
write_columns(struct codec *c, const struct segment *s, enum segment_part part,
    struct buf *out)
{
	for (size_t k = 0; k < SEGMENT_INTS; k++) {
		if (int_fields[k].part != part)
			continue;
		if (s->varies & (1u << k))
			put_ints(
			    c, out, s->ints[k], s->key.n, int_fields[k].span);
		else
			put_same(out, s->first[k]);
	}
	for (size_t k = 0; k < STRING_CURSOR; k++) {
		if (string_fields[k].part == part)
			put_strings(c, out, &s->strings[k]);
	}
	if (part == PART_RAW)
		put_lines(c, out, &s->lines);
}

static void
put_u64(uint8_t *p, uint64_t v)
{
	for (unsigned k = 0; k < 8; k++)
		p[k] = (uint8_t)(v >> (8 * k));
}

static uint64_t
get_u64(const uint8_t *p)
{
	uint64_t v = 0;

	for (unsigned k = 0; k < 8; k++)
		v |= (uint64_t)p[k] << (8 * k);
	return v;
}

void
segment_write(
    struct codec *c, const struct segment *s, struct buf bufs[SEGMENT_BUFS])
{
	put_bloom(&bufs[SEGMENT_BLOOM], &s->tokens, 0);
	for (unsigned part = 0; part < SEGMENT_PARTS; part++) {
		struct buf *out = &bufs[part];
		size_t from = out->n;
		uint8_t hash[HASH_BYTES] = {0};

		buf_add(out, hash, sizeof(hash));
		buf_addc(out, FORMAT);
		buf_addc(out, (char)part);
		put_varint(out, s->key.n);
		put_varint(out, s->key.first_id);
		write_columns(c, s, part, out);
		put_u64(
		    (uint8_t *)out->p + from, hash64(out->p + from + HASH_BYTES,
						  out->n - from - HASH_BYTES));
	}
}

/* ---- reading ---- */

/* Whether the columns that everything else leans on hold what the row
 * promised. */
static bool
base_is_sound(const struct segment_in *s, const struct segment_key *key)
{
	uint64_t before = 0;

	for (uint32_t i = 0; i < s->n; i++) {
		uint64_t id = segment_id(s, i);
		usec_t t = segment_timestamp(s, i);
		int64_t kind = ints_at(&s->ints[INT_KIND], i);

		if (id <= before || id < key->first_id || id > key->last_id ||
		    t < key->ts_min || t > key->ts_max || kind < 0 ||
		    kind >= EVENT_KIND_COUNT)
			return false;
		before = id;
	}
	return true;
}

int
segment_decode(struct codec *c, enum segment_part part,
    const struct segment_key *key, const void *p, size_t n,
    struct segment_in *s)
{
	struct in in = {
	    .p = p, .end = (const uint8_t *)p + n, .budget = PART_BYTES_MAX};
	struct columns columns = {s->ints, s->strings};
	const unsigned others = (1u << PART_RAW) - 1;
	uint8_t format;

	if (n < HASH_BYTES || key->n > SEGMENT_EVENTS_MAX ||
	    (s->parts & (1u << part)) != 0 ||
	    (part == PART_RAW && (s->parts & others) != others))
		return -EBADMSG;
	in.p += HASH_BYTES;
	format = get_byte(&in);
	if (format < FORMAT_FIRST || format > FORMAT || get_byte(&in) != part ||
	    get_varint(&in) != key->n || get_varint(&in) != key->first_id)
		return -EBADMSG;
	s->n = key->n;
	for (size_t k = 0; k < SEGMENT_INTS; k++) {
		if (int_fields[k].part == part &&
		    !get_ints(c, &in, s->n, &s->ints[k]))
			return -EBADMSG;
	}
	for (size_t k = 0; k < STRING_CURSOR; k++) {
		if (string_fields[k].part == part &&
		    !get_strings(c, &in, s->n, &s->strings[k]))
			return -EBADMSG;
	}
	if (part == PART_RAW && !get_lines(c, &in, s->n, &columns, &s->lines))
		return -EBADMSG;
	if (in.bad || in.p != in.end ||
	    (part == PART_BASE && !base_is_sound(s, key)))
		return -EBADMSG;
	s->parts |= 1u << part;
	return 0;
}

int
segment_read(struct codec *c, enum segment_part part,
    const struct segment_key *key, const void *p, size_t n,
    struct segment_in *s)
{
	if (n < HASH_BYTES ||
	    get_u64(p) != hash64((const char *)p + HASH_BYTES, n - HASH_BYTES))
		return -EBADMSG;
	return segment_decode(c, part, key, p, n, s);
}

void
segment_in_free(struct segment_in *s)
{
	for (size_t k = 0; k < SEGMENT_INTS; k++)
		ints_free(&s->ints[k]);
	for (size_t k = 0; k < SEGMENT_STRINGS; k++)
		strings_in_free(&s->strings[k]);
	lines_in_free(&s->lines);
	*s = (struct segment_in){0};
}

uint64_t
segment_id(const struct segment_in *s, size_t i)
{
	return (uint64_t)ints_at(&s->ints[INT_ID], i);
}

usec_t
segment_timestamp(const struct segment_in *s, size_t i)
{
	return ints_at(&s->ints[INT_TIMESTAMP], i);
}

enum event_kind
segment_kind(const struct segment_in *s, size_t i)
{
	return (enum event_kind)ints_at(&s->ints[INT_KIND], i);
}

void
segment_event(struct segment_in *s, size_t i, struct log_event *ret)
{
	event_init(ret);
	for (size_t k = 0; k < SEGMENT_INTS; k++) {
		if (s->parts & (1u << int_fields[k].part))
			field_set_int(ret, k, ints_at(&s->ints[k], i));
	}
	for (size_t k = 0; k < STRING_CURSOR; k++) {
		if (s->parts & (1u << string_fields[k].part))
			*field_str(ret, k) = strings_at(&s->strings[k], i);
	}
	if (s->parts & (1u << PART_RAW))
		lines_at(&s->lines, i, ret);
}
