/* SPDX-License-Identifier: MIT */
/*
 * A column of strings is a list of values and, per row, a number into it.
 * Most columns of a log repeat themselves (hosts, clients, targets), so equal
 * values are found with a hash table while rows come in.  Some never do
 * (request ids, cursors): when nearly all of the first rows were distinct, the
 * search is given up, every row gets a value of its own, and no numbers are
 * written at all.
 *
 * Values are written as a column of lengths and one block of bytes.  Where
 * all are hexadecimal in lower case and of one even length, as ids are, two
 * digits go into a byte: such text is random, and zstd would find little more
 * than this.  Where most are IPv4 addresses, these become four bytes each.
 *
 *	strings  1 byte of flags; varint number of values; the values; unless
 *	         STRINGS_DIRECT ints of each row's value
 *	values   ints of their lengths; block of their bytes, or with
 *	         STRINGS_HEX of half as many
 *	         or with STRINGS_QUADS, from version 2 on: ints, 0 for a dotted
 *	         quad and else a length + 1; four blocks, the first numbers of
 *	         all quads, the second ones, ...; block of the other bytes
 */
#include "column.h"

#include <endian.h>

#define XXH_INLINE_ALL /* most values are shorter than a call */
#include <xxhash.h>

#define PROBE_ROWS 512 /* rows after which the search may be given up */
/* Slots looked at for one value: whoever makes hashes collide gets a column
 * with values twice, not a slow one. */
#define PROBES_MAX 64u

enum { STRINGS_DIRECT = 1, STRINGS_HEX = 2, STRINGS_QUADS = 4 };

static inline uint32_t
value_from(const struct strings *s, uint32_t v)
{
	return v ? s->ends[v - 1] : 0;
}

static struct str
value_of(const struct strings *s, uint32_t v)
{
	uint32_t from = value_from(s, v);

	return (struct str){s->bytes.p + from, s->ends[v] - from};
}

static uint32_t
strings_new_value(struct strings *s, struct str value)
{
	if (s->n_values == s->values_size) {
		s->values_size = s->values_size ? s->values_size * 2 : 16;
		s->ends =
		    xreallocarray(s->ends, s->values_size, sizeof(*s->ends));
	}
	buf_add(&s->bytes, value.p, value.n);
	s->ends[s->n_values] = (uint32_t)s->bytes.n;
	return s->n_values++;
}

static inline uint16_t
tag_of(uint64_t hash)
{
	return (uint16_t)(hash >> 48);
}

/* The place of a value of this hash: its slot, or a free one; NULL when too
 * many others are in the way. */
static inline struct strings_slot *
strings_slot(const struct strings *s, struct str value, uint64_t hash)
{
	uint32_t at = (uint32_t)hash;

	for (unsigned i = 0; i < PROBES_MAX; i++, at++) {
		struct strings_slot *slot = &s->slots[at & (s->n_slots - 1)];
		uint32_t from;

		if (slot->value == 0)
			return slot;
		if (slot->tag != tag_of(hash))
			continue;
		from = value_from(s, slot->value - 1u);
		if (s->ends[slot->value - 1] - from == value.n &&
		    bytes_same(s->bytes.p + from, value.p, value.n))
			return slot;
	}
	return NULL;
}

static void
strings_grow(struct strings *s)
{
	s->n_slots = s->n_slots ? s->n_slots * 2 : 64;
	xfree(s->slots);
	s->slots = xcalloc(s->n_slots, sizeof(*s->slots));
	for (uint32_t v = 0; v < s->n_values; v++) {
		struct str own = value_of(s, v);
		uint64_t hash = XXH3_64bits(own.p, own.n);
		struct strings_slot *slot = strings_slot(s, own, hash);

		if (slot != NULL)
			*slot = (struct strings_slot){
			    tag_of(hash), (uint16_t)(v + 1)};
	}
}

static uint32_t
strings_find(struct strings *s, struct str value, uint64_t hash)
{
	struct strings_slot *slot;

	if (s->n_values * 3 >= s->n_slots * 2)
		strings_grow(s);
	slot = strings_slot(s, value, hash);
	if (slot == NULL)
		return strings_new_value(s, value);
	if (slot->value == 0) {
		slot->tag = tag_of(hash);
		slot->value = (uint16_t)(s->n_values + 1);
		return strings_new_value(s, value);
	}
	return slot->value - 1u;
}

uint64_t
strings_expect(const struct strings *s, struct str value)
{
	uint64_t hash;

	if (s->distinct)
		return 0;
	hash = XXH3_64bits(value.p, value.n);
	if (s->n_slots > 0)
		__builtin_prefetch(
		    &s->slots[(uint32_t)hash & (s->n_slots - 1)]);
	return hash;
}

/* Rows have different values from here on. */
static void
strings_vary(struct strings *s)
{
	while (s->n >= s->size) {
		s->size = s->size ? s->size * 2 : 64;
		s->index = xreallocarray(s->index, s->size, sizeof(*s->index));
	}
	memset(s->index, 0, s->n * sizeof(*s->index));
}

void
strings_add_other(struct strings *s, struct str value, uint64_t hash)
{
	uint32_t before = s->n_values;
	uint32_t v = s->distinct ? strings_new_value(s, value)
				 : strings_find(s, value, hash);

	if (before == 1 && v == 1)
		strings_vary(s);
	if (s->n_values > 1) {
		if (s->n == s->size) {
			s->size *= 2;
			s->index =
			    xreallocarray(s->index, s->size, sizeof(*s->index));
		}
		s->index[s->n] = v;
	}
	s->n++;
	s->empty = s->n_values == 1 && value.n == 0;
	s->last.value = v;
	s->last.n = (uint32_t)value.n;
	s->last.from = s->ends[v] - s->last.n;
	if (s->n == PROBE_ROWS && s->n_values > PROBE_ROWS - PROBE_ROWS / 16)
		s->distinct = true;
}

void
strings_reset(struct strings *s)
{
	if (s->n_slots > 0 && s->n_values > 0)
		memset(s->slots, 0, s->n_slots * sizeof(*s->slots));
	s->n = 0;
	s->n_values = 0;
	s->empty = s->distinct = false;
	buf_reset(&s->bytes);
}

void
strings_free(struct strings *s)
{
	xfree(s->index);
	xfree(s->ends);
	xfree(s->slots);
	buf_free(&s->bytes);
	*s = (struct strings){0};
}

/* ---- hexadecimal ---- */

#define EACH_BYTE(b) (0x0101010101010101ULL * (b))

/*
 * Eight digits to four bytes, all at once.  False unless writing the result
 * as digits again gives the same eight.
 */
static bool
pack_digits(const char *p, uint8_t *out)
{
	uint64_t x, v, above9;

	memcpy(&x, p, 8);
	x = le64toh(x);
	v = (x & EACH_BYTE(0x0f)) + (x >> 6 & EACH_BYTE(1)) * 9;
	v &= EACH_BYTE(0x0f);
	above9 = (v + EACH_BYTE(6)) >> 4 & EACH_BYTE(1);
	if (v + EACH_BYTE('0') + above9 * ('a' - '0' - 10) != x)
		return false;
	v = (v << 4 | v >> 8) & 0x00ff00ff00ff00ffULL;
	v = (v | v >> 8) & 0x0000ffff0000ffffULL;
	v = (v | v >> 16) & 0x00000000ffffffffULL;
	for (unsigned k = 0; k < 4; k++)
		out[k] = (uint8_t)(v >> (8 * k));
	return true;
}

/* False and nothing written: not all of it is hexadecimal. */
static bool
put_hex(struct codec *c, struct buf *out, struct str digits)
{
	CLEANUP(buf_free) struct buf packed = BUF_INIT;
	char tail[8] = "00000000";
	size_t i = 0;

	buf_reserve(&packed, digits.n / 2 + 4);
	for (; i + 8 <= digits.n; i += 8) {
		if (!pack_digits(digits.p + i, (uint8_t *)packed.p + i / 2))
			return false;
	}
	memcpy(tail, digits.p + i, digits.n - i);
	if (!pack_digits(tail, (uint8_t *)packed.p + i / 2))
		return false;
	put_block(c, out, packed.p, digits.n / 2);
	return true;
}

/* ---- addresses ---- */

#define QUAD_TEXT_MAX 15

/* "192.0.2.7" and nothing that reads the same: no leading zeros. */
static bool
quad_read(const char *p, size_t n, uint8_t ret[4])
{
	const char *end = p + n;

	if (n < 7 || n > 15)
		return false;
	for (unsigned k = 0; k < 4; k++) {
		unsigned v = 0, digits = 0;

		if (k > 0 && (p == end || *p++ != '.'))
			return false;
		while (p < end && digits < 3 && *p >= '0' && *p <= '9') {
			v = v * 10 + (unsigned)(*p++ - '0');
			digits++;
		}
		if (v > 255 || digits == 0 ||
		    (digits > 1 && v < (digits == 2 ? 10u : 100u)))
			return false;
		ret[k] = (uint8_t)v;
	}
	return p == end;
}

static size_t
quad_write(const uint8_t *quad, char *out)
{
	char *p = out;

	for (unsigned k = 0; k < 4; k++) {
		unsigned v = quad[k];

		if (k > 0)
			*p++ = '.';
		if (v >= 100)
			*p++ = (char)('0' + v / 100);
		if (v >= 10)
			*p++ = (char)('0' + v / 10 % 10);
		*p++ = (char)('0' + v % 10);
	}
	return (size_t)(p - out);
}

/* The first values decide for the column. */
static bool
mostly_quads(const struct strings *s)
{
	uint32_t n = s->n_values < 32 ? s->n_values : 32, quads = 0;
	uint8_t quad[4];

	for (uint32_t v = 0; v < n && quads * 2 + 8 >= v; v++) {
		struct str value = value_of(s, v);

		quads += quad_read(value.p, value.n, quad);
	}
	return quads >= 8 && quads * 2 >= n;
}

static void
put_quads(struct codec *c, struct buf *out, const struct strings *s,
    uint32_t *lengths)
{
	CLEANUP(buf_free) struct buf quads = BUF_INIT, rest = BUF_INIT;
	size_t n = s->n_values, got = 0;
	uint8_t *q;

	buf_reserve(&quads, 4 * n);
	q = (uint8_t *)quads.p;
	for (uint32_t v = 0; v < n; v++) {
		struct str value = value_of(s, v);
		uint8_t quad[4];

		if (!quad_read(value.p, value.n, quad)) {
			buf_add_str(&rest, value);
			lengths[v] = (uint32_t)value.n + 1;
			continue;
		}
		for (unsigned k = 0; k < 4; k++)
			q[k * n + got] = quad[k];
		got++;
		lengths[v] = 0;
	}
	put_counts(c, out, lengths, n);
	for (unsigned k = 0; k < 4; k++)
		put_block(c, out, q + k * n, got);
	put_block(c, out, rest.p, rest.n);
}

/* ---- written ---- */

static bool
strings_direct(const struct strings *s)
{
	if (s->n_values != s->n)
		return false;
	for (uint32_t i = 0; s->n_values > 1 && i < s->n; i++) {
		if (s->index[i] != i)
			return false;
	}
	return true;
}

/* Lengths and bytes; the flags that say how. */
static unsigned
put_values(struct codec *c, struct buf *out, const struct strings *s)
{
	CLEANUP(xfree)
	uint32_t *lengths = xmalloc((s->n_values + 1) * sizeof(*lengths));
	bool hex = s->n_values > 0;

	if (mostly_quads(s)) {
		put_quads(c, out, s, lengths);
		return STRINGS_QUADS;
	}
	for (uint32_t v = 0; v < s->n_values; v++) {
		lengths[v] = (uint32_t)value_of(s, v).n;
		hex = hex && lengths[v] == lengths[0];
	}
	put_counts(c, out, lengths, s->n_values);
	if (hex && lengths[0] >= 8 && lengths[0] % 2 == 0 &&
	    put_hex(c, out, buf_str(&s->bytes)))
		return STRINGS_HEX;
	put_block(c, out, s->bytes.p, s->bytes.n);
	return 0;
}

/*
 * n_values stands before the lengths: values in order of first sight.  A
 * column in which (nearly) every row had its own value has as many values as
 * rows when the search was given up early, which is when the numbers of the
 * rows can be left out.
 */
void
put_strings(struct codec *c, struct buf *out, const struct strings *s)
{
	bool direct = strings_direct(s);
	size_t head = out->n;
	unsigned flags;

	buf_addc(out, 0); /* filled in below */
	put_varint(out, s->n_values);
	flags = put_values(c, out, s);
	out->p[head] = (char)(flags | (direct ? STRINGS_DIRECT : 0));
	if (direct)
		return;
	if (s->n_values > 1)
		put_counts(c, out, s->index, s->n);
	else
		put_same(out, 0);
}

/* ---- reading ---- */

static char *
get_hex(struct codec *c, struct in *in, uint64_t n)
{
	static const char digits[] = "0123456789abcdef";
	size_t got;
	uint8_t *packed;
	char *text;

	if (n % 2 != 0) {
		in->bad = true;
		return NULL;
	}
	packed = get_block(c, in, n / 2, &got);
	if (packed == NULL)
		return NULL;
	text = xmalloc(n + 1);
	for (size_t i = 0; i < got; i++) {
		text[2 * i] = digits[packed[i] >> 4];
		text[2 * i + 1] = digits[packed[i] & 15];
	}
	text[n] = '\0';
	xfree(packed);
	return text;
}

/* Dotted quads, and what is none of them. */
static bool
get_quads(struct codec *c, struct in *in, struct strings_in *s)
{
	struct ints lengths = {0};
	uint8_t *quads[4] = {0}, *rest = NULL;
	size_t n = s->n_values, n_quads = 0, n_rest = 0, got = 0, end = 0;
	bool good = get_ints(c, in, n, &lengths);

	for (size_t i = 0; good && i < n; i++) {
		int64_t length = ints_at(&lengths, i);

		n_quads += length == 0;
		n_rest += length > 0 ? (size_t)length - 1 : 0;
		good = length >= 0 && (uint64_t)length <= BLOCK_BYTES_MAX &&
		       n_rest <= BLOCK_BYTES_MAX;
	}
	for (unsigned k = 0; good && k < 4; k++) {
		quads[k] = get_block(c, in, n_quads, &got);
		good = quads[k] != NULL;
	}
	if (good)
		rest = get_block(c, in, n_rest, &got);
	if (rest != NULL) {
		s->ends = xcalloc(n + 1, sizeof(*s->ends));
		s->bytes = xmalloc(n_quads * QUAD_TEXT_MAX + n_rest + 1);
		n_quads = n_rest = 0;
	}
	for (size_t i = 0; rest != NULL && i < n; i++) {
		size_t length = (size_t)ints_at(&lengths, i);

		if (length == 0) {
			uint8_t quad[4] = {quads[0][n_quads], quads[1][n_quads],
			    quads[2][n_quads], quads[3][n_quads]};

			end += quad_write(quad, s->bytes + end);
			n_quads++;
		} else {
			memcpy(s->bytes + end, rest + n_rest, length - 1);
			n_rest += length - 1;
			end += length - 1;
		}
		s->ends[i] = (uint32_t)end;
	}
	good = rest != NULL;
	if (good)
		s->bytes[end] = '\0';
	for (unsigned k = 0; k < 4; k++)
		xfree(quads[k]);
	xfree(rest);
	ints_free(&lengths);
	in->bad = in->bad || !good;
	return good;
}

static bool
get_ends(struct codec *c, struct in *in, struct strings_in *s)
{
	struct ints lengths = {0};
	uint64_t end = 0;

	if (!get_ints(c, in, s->n_values, &lengths))
		return false;
	s->ends = xcalloc((size_t)s->n_values + 1, sizeof(*s->ends));
	for (uint32_t i = 0; i < s->n_values; i++) {
		int64_t n = ints_at(&lengths, i);

		if (n < 0 || (uint64_t)n > BLOCK_BYTES_MAX ||
		    end + (uint64_t)n > BLOCK_BYTES_MAX) {
			in->bad = true;
			break;
		}
		end += (uint64_t)n;
		s->ends[i] = (uint32_t)end;
	}
	ints_free(&lengths);
	return !in->bad;
}

static bool
get_values(struct codec *c, struct in *in, uint8_t head, struct strings_in *s)
{
	size_t bytes, got;

	if (head & STRINGS_QUADS)
		return get_quads(c, in, s);
	if (!get_ends(c, in, s))
		return false;
	bytes = s->n_values ? s->ends[s->n_values - 1] : 0;
	if (head & STRINGS_HEX)
		s->bytes = get_hex(c, in, bytes);
	else
		s->bytes = (char *)get_block(c, in, bytes, &got);
	return s->bytes != NULL;
}

bool
get_strings(struct codec *c, struct in *in, size_t n, struct strings_in *ret)
{
	uint8_t head = get_byte(in);
	uint64_t n_values = get_varint(in);
	struct strings_in s = {.direct = head & STRINGS_DIRECT};

	if (in->bad || n_values > n || (n > 0 && n_values == 0) ||
	    (s.direct && n_values != n)) {
		in->bad = true;
		return false;
	}
	s.n_values = (uint32_t)n_values;
	if (!get_values(c, in, head, &s))
		goto bad;
	if (!s.direct) {
		if (!get_ints(c, in, n, &s.index))
			goto bad;
		for (size_t i = 0; i < n; i++) {
			int64_t v = ints_at(&s.index, i);

			if (v < 0 || (uint64_t)v >= n_values)
				goto bad;
		}
	}
	*ret = s;
	return true;
bad:
	in->bad = true;
	strings_in_free(&s);
	return false;
}

void
strings_in_free(struct strings_in *s)
{
	ints_free(&s->index);
	xfree(s->ends);
	xfree(s->bytes);
	*s = (struct strings_in){0};
}
