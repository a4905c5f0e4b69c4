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
 */
#include "column.h"

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
strings_add(struct strings *s, struct str value)
{
	uint32_t v;

	if (s->n == s->size) {
		s->size = s->size ? s->size * 2 : 16;
		s->index = xreallocarray(s->index, s->size, sizeof(*s->index));
	}
	if (s->n > 0 && strings_same(s, s->index[s->n - 1], value))
		v = s->distinct ? strings_new_value(s, value)
				: s->index[s->n - 1];
	else if (s->distinct)
		v = strings_new_value(s, value);
	else
		v = strings_find(s, value);
	s->index[s->n++] = v;
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

size_t
strings_memory(const struct strings *s)
{
	return s->size * sizeof(*s->index) + s->values_size * sizeof(*s->ends) +
	       s->n_slots * sizeof(*s->slots) + s->bytes.size;
}

static bool
is_hex(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char ch = s.p[i];

		if (!((ch >= '0' && ch <= '9') || (ch >= 'a' && ch <= 'f')))
			return false;
	}
	return true;
}

static unsigned
hex_value(char ch)
{
	return (unsigned)(ch <= '9' ? ch - '0' : ch - 'a' + 10);
}

static void
put_hex(struct codec *c, struct buf *out, struct str digits)
{
	struct buf packed = BUF_INIT;

	buf_reserve(&packed, digits.n / 2);
	for (size_t i = 0; i < digits.n; i += 2)
		packed.p[i / 2] = (char)(hex_value(digits.p[i]) << 4 |
					 hex_value(digits.p[i + 1]));
	put_block(c, out, packed.p, digits.n / 2);
	buf_free(&packed);
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

	for (size_t i = 0; direct && i < s->n; i++)
		direct = s->index[i] == i;
	for (uint32_t i = 0; i < s->n_values; i++) {
		v[i] = strings_own(s, i).n;
		hex = hex && v[i] == v[0];
	}
	hex = hex && v[0] >= 8 && v[0] % 2 == 0 && is_hex(buf_str(&s->bytes));
	buf_addc(out,
	    (char)((direct ? STRINGS_DIRECT : 0) | (hex ? STRINGS_HEX : 0)));
	put_varint(out, s->n_values);
	put_ints(c, out, v, s->n_values, false);
	if (hex)
		put_hex(c, out, buf_str(&s->bytes));
	else
		put_block(c, out, s->bytes.p, s->bytes.n);
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
