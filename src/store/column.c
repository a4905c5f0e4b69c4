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
 * than this.
 *
 *	strings  1 byte of flags; varint number of values; ints of their
 *	         lengths; block of their bytes, or with STRINGS_HEX of half as
 *	         many; unless STRINGS_DIRECT ints of each row's value
 */
#include "column.h"

#include <endian.h>

#include "recount/intern.h"

#define PROBE_ROWS 512 /* rows after which the search may be given up */

enum { STRINGS_DIRECT = 1, STRINGS_HEX = 2 };

static bool
strings_same(const struct strings *s, uint32_t v, struct str value)
{
	uint32_t from = v ? s->ends[v - 1] : 0;

	return s->ends[v] - from == value.n &&
	       (value.n == 0 ||
		   memcmp(s->bytes.p + from, value.p, value.n) == 0);
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

static struct str
strings_own(const struct strings *s, uint32_t v)
{
	uint32_t from = v ? s->ends[v - 1] : 0;

	return (struct str){s->bytes.p + from, s->ends[v] - from};
}

static void
strings_grow(struct strings *s)
{
	s->n_slots = s->n_slots ? s->n_slots * 4 : 64;
	xfree(s->slots);
	s->slots = xcalloc(s->n_slots, sizeof(*s->slots));
	for (uint32_t v = 0; v < s->n_values; v++) {
		struct str own = strings_own(s, v);
		uint32_t at = (uint32_t)hash64(own.p, own.n) & (s->n_slots - 1);

		while (s->slots[at] != 0)
			at = (at + 1) & (s->n_slots - 1);
		s->slots[at] = v + 1;
	}
}

static uint32_t
strings_find(struct strings *s, struct str value)
{
	uint32_t at;

	if (s->n_values * 2 >= s->n_slots)
		strings_grow(s);
	at = (uint32_t)hash64(value.p, value.n) & (s->n_slots - 1);
	while (s->slots[at] != 0) {
		if (strings_same(s, s->slots[at] - 1, value))
			return s->slots[at] - 1;
		at = (at + 1) & (s->n_slots - 1);
	}
	s->slots[at] = s->n_values + 1;
	return strings_new_value(s, value);
}

void
strings_add_other(struct strings *s, struct str value)
{
	uint32_t v;

	if (s->n == s->size) {
		s->size = s->size ? s->size * 2 : 16;
		s->index = xreallocarray(s->index, s->size, sizeof(*s->index));
	}
	v = s->distinct ? strings_new_value(s, value) : strings_find(s, value);
	s->index[s->n++] = v;
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
	s->distinct = false;
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

/*
 * n_values stands before the lengths: values in order of first sight.  A
 * column in which (nearly) every row had its own value has as many values as
 * rows when the search was given up early, which is when the numbers of the
 * rows can be left out.
 */
void
put_strings(struct codec *c, struct buf *out, const struct strings *s)
{
	int64_t *v =
	    xcalloc(s->n > s->n_values ? s->n : s->n_values, sizeof(*v));
	bool direct = s->n_values == s->n;
	bool hex = s->n_values > 0;
	size_t head = out->n;

	buf_addc(out, 0); /* filled in below */
	for (size_t i = 0; direct && i < s->n; i++)
		direct = s->index[i] == i;
	for (uint32_t i = 0; i < s->n_values; i++) {
		v[i] = strings_own(s, i).n;
		hex = hex && v[i] == v[0];
	}
	hex = hex && v[0] >= 8 && v[0] % 2 == 0;
	put_varint(out, s->n_values);
	put_ints(c, out, v, s->n_values, false);
	hex = hex && put_hex(c, out, buf_str(&s->bytes));
	if (!hex)
		put_block(c, out, s->bytes.p, s->bytes.n);
	out->p[head] =
	    (char)((direct ? STRINGS_DIRECT : 0) | (hex ? STRINGS_HEX : 0));
	if (!direct) {
		for (size_t i = 0; i < s->n; i++)
			v[i] = s->index[i];
		put_ints(c, out, v, s->n, false);
	}
	xfree(v);
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

bool
get_strings(struct codec *c, struct in *in, size_t n, struct strings_in *ret)
{
	uint8_t head = get_byte(in);
	uint64_t n_values = get_varint(in);
	struct strings_in s = {.direct = head & STRINGS_DIRECT};
	size_t bytes, got;

	if (in->bad || n_values > n || (n > 0 && n_values == 0) ||
	    (s.direct && n_values != n)) {
		in->bad = true;
		return false;
	}
	s.n_values = (uint32_t)n_values;
	if (!get_ends(c, in, &s))
		goto bad;
	bytes = n_values ? s.ends[n_values - 1] : 0;
	if (head & STRINGS_HEX)
		s.bytes = get_hex(c, in, bytes);
	else
		s.bytes = (char *)get_block(c, in, bytes, &got);
	if (s.bytes == NULL)
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
