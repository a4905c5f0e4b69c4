/* SPDX-License-Identifier: MIT */
/*
 * Somebody has the id of a request and millions of lines.  Which segments may
 * have it is answered by a Bloom filter each, so that only these are unpacked.
 *
 * What people search for is not always all of a word, so the filter must not
 * say no to the middle of one.  Three things are kept of a text, all in lower
 * case:
 *
 *	run    8 to 31 letters and digits, at least one a digit: whole.  Who
 *	       asks for a run without knowing where it ends gets a "may be"
 *	       where longer ones occur: the filter knows the lengths.
 *	gram   of a run of 32 and more, of each 32 characters in it the 12 that
 *	       hash to the least (a minimizer).  Whatever 32 characters are
 *	       asked for, the same 12 are found in them.  An id of 32 digits
 *	       costs one gram.
 *	uuid   whole, wherever it stands.  Its first and last part are not kept
 *	       as runs; the filter knows that there are some.
 *
 * Stored:
 *
 *	8 bytes   XXH3 (64 bit, little-endian) of all that follows: a damaged
 *	          filter must not hide anything
 *	1 byte    version of the format, 1
 *	varint    shapes: bit L for runs of L characters, 8 <= L < 32, bit 0 for
 *	          longer ones, bit 1 for UUIDs
 *	varint    number of bits m; 0: nothing is kept
 *	bytes     the bits, lowest first.  A token with hash h has, for i from 0
 *	          to 7, the bit (uint32_t)(h + i * (h >> 32 | 1)) * m >> 32.
 *
 * Hashes are XXH3 with seed 1 for runs, 2 for grams, 3 for UUIDs.  12 bits and
 * 8 probes a token let 3 in 1000 segments through for nothing; unpacking those
 * costs less than reading larger filters.
 */
#include "tokens.h"

#include <endian.h>
#include <errno.h>

#include "codec.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#define FORMAT 1
#define HASH_BYTES 8
#define BITS_PER_TOKEN 12
#define PROBES 8
/* Of one segment; beyond, it has no filter. */
#define TOKENS_MAX 400000u

#define RUN_MIN 8
#define RUN_LONG 32
#define GRAM 12
#define GRAMS (RUN_LONG - GRAM + 1) /* of 32 characters */
#define UUID_BYTES 36
#define UUID_FIRST 8
#define UUID_LAST 12

enum { SEED_RUN = 1, SEED_GRAM = 2, SEED_UUID = 3 };
enum { SHAPE_LONG = 1 << 0, SHAPE_UUID = 1 << 1 };

/* Letters and digits; 2 digits, 4 hexadecimal. */
static const uint8_t class_of[256] = {
    ['0' ... '9'] = 1 | 2 | 4,
    ['a' ... 'f'] = 1 | 4,
    ['A' ... 'F'] = 1 | 4,
    ['g' ... 'z'] = 1,
    ['G' ... 'Z'] = 1,
};

static inline unsigned
class_at(struct str s, size_t i)
{
	return class_of[(unsigned char)s.p[i]];
}

/* Letters and digits, and dashes, in lower case: nothing else in ASCII needs a
 * closer look. */
#define EACH_BYTE(b) (0x0101010101010101ULL * (b))

static inline uint64_t
eight_lower(const char *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v | EACH_BYTE(0x20);
}

/* n: at least 8, at most UUID_BYTES. */
static uint64_t
hash_lower(const char *p, size_t n, unsigned seed)
{
	char lower[UUID_BYTES];
	uint64_t last = eight_lower(p + n - 8);

	for (size_t i = 0; i + 8 <= n; i += 8) {
		uint64_t v = eight_lower(p + i);

		memcpy(lower + i, &v, 8);
	}
	memcpy(lower + n - 8, &last, 8);
	return XXH3_64bits_withSeed(lower, n, seed);
}

/* ---- taking a text apart ---- */

struct found {
	enum { FOUND_RUN, FOUND_GRAM, FOUND_UUID } kind;
	size_t at, n;
	uint64_t hash;
};
typedef void (*found_fn)(void *arg, const struct found *found);

/* Whether a UUID's first part ends at s[end]. */
static bool
is_uuid(struct str s, size_t end)
{
	static const char form[] = "hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh";
	size_t from = end - UUID_FIRST;

	if (end < UUID_FIRST || s.n - from < UUID_BYTES)
		return false;
	for (size_t i = 0; i < UUID_BYTES; i++) {
		if (form[i] == '-' ? s.p[from + i] != '-'
				   : (class_at(s, from + i) & 4) == 0)
			return false;
	}
	return true;
}

/* What a gram is chosen by: eight of its characters, mixed, and where equals
 * stand.  The lowest byte is left for the place. */
static inline uint64_t
gram_key(const char *p)
{
	return le64toh(eight_lower(p)) * 0x9e3779b97f4a7c15u & ~0xffull;
}

/* Of the 32 characters at p. */
static inline size_t
choose_gram(const char *p)
{
	uint64_t least = UINT64_MAX;

	for (unsigned k = 0; k < GRAMS; k++) {
		uint64_t key = gram_key(p + k) | k;

		least = key < least ? key : least;
	}
	return least & 0xff;
}

static void
find_grams(struct str s, size_t from, size_t to, found_fn fn, void *arg)
{
	size_t at = from + choose_gram(s.p + from);

	for (size_t i = from;; i++) {
		fn(arg, &(struct found){FOUND_GRAM, from, to - from,
			    hash_lower(s.p + at, GRAM, SEED_GRAM)});
		/* On to the next window that chooses another one. */
		for (; i + RUN_LONG < to; i++) {
			size_t last = i + GRAMS;

			if (at == i ||
			    gram_key(s.p + last) < gram_key(s.p + at))
				break;
		}
		if (i + RUN_LONG >= to)
			return;
		at = at == i ? i + 1 + choose_gram(s.p + i + 1) : i + GRAMS;
	}
}

/* The run s[from, to), with a digit or without.  Where to go on. */
static size_t
find_in_run(
    struct str s, size_t from, size_t to, bool digit, found_fn fn, void *arg)
{
	bool uuid = to < s.n && s.p[to] == '-' && is_uuid(s, to);
	size_t n = to - from;

	if (n >= RUN_LONG)
		find_grams(s, from, to, fn, arg);
	else if (digit && !(uuid && n == UUID_FIRST))
		fn(arg, &(struct found){FOUND_RUN, from, n,
			    hash_lower(s.p + from, n, SEED_RUN)});
	if (!uuid)
		return to;
	from = to - UUID_FIRST;
	fn(arg, &(struct found){FOUND_UUID, from, UUID_BYTES,
		    hash_lower(s.p + from, UUID_BYTES, SEED_UUID)});
	/* A run that goes on behind it is one like others. */
	to = from + UUID_BYTES;
	return to < s.n && class_at(s, to) ? to - UUID_LAST : to;
}

#define BLOCK 64

struct masks {
	uint64_t runs;   /* bit i: this and seven more letters or digits */
	uint64_t alnum;  /* a letter or digit */
	uint64_t digits; /* a digit */
};

/* The lowest bits of eight bytes. */
static inline uint64_t
gather(const uint8_t *p)
{
	uint64_t eight;

	memcpy(&eight, p, 8);
	return le64toh(eight) * 0x0102040810204080u >> 56;
}

/* Compilers make vectors of the first loop. */
static inline struct masks
block_masks(const char *p)
{
	uint8_t alnum[BLOCK], digits[BLOCK];
	struct masks m = {0};

	for (unsigned i = 0; i < BLOCK; i++) {
		uint8_t c = (uint8_t)p[i];

		digits[i] = (uint8_t)(c - '0') < 10;
		alnum[i] = (uint8_t)((c | 0x20) - 'a') < 26;
		alnum[i] |= digits[i];
	}
	for (unsigned k = 0; k < BLOCK / 8; k++)
		m.alnum |= gather(alnum + 8 * k) << (8 * k);
	m.runs = m.alnum & m.alnum >> 1;
	m.runs &= m.runs >> 2;
	m.runs &= m.runs >> 4;
	if (m.runs == 0)
		return m;
	for (unsigned k = 0; k < BLOCK / 8; k++)
		m.digits |= gather(digits + 8 * k) << (8 * k);
	return m;
}

static inline struct masks
masks_at(struct str s, size_t at)
{
	char end[BLOCK] = {0};

	if (s.n - at >= BLOCK)
		return block_masks(s.p + at);
	memcpy(end, s.p + at, s.n - at);
	return block_masks(end);
}

/* The end of the run that begins at bit `bit` of the block at `at`. */
static inline size_t
run_end(struct str s, size_t at, unsigned bit, const struct masks *m,
    bool *ret_digit)
{
	uint64_t beyond = ~m->alnum >> bit << bit;
	size_t to = beyond ? at + (size_t)__builtin_ctzll(beyond) : at + BLOCK;
	uint64_t within = beyond ? (beyond & -beyond) - 1 : UINT64_MAX;

	*ret_digit = (m->digits & within & UINT64_MAX << bit) != 0;
	for (; to < s.n && class_at(s, to); to++)
		*ret_digit |= (class_at(s, to) & 2) != 0;
	return to;
}

/*
 * Most text is words shorter than a run: 64 characters are looked at together
 * for eight of a kind.  The beginning of a run is never missed, because blocks
 * overlap by seven characters and begin behind the end of the run before.
 */
static void
find_tokens(struct str s, found_fn fn, void *arg)
{
	for (size_t at = 0; at + RUN_MIN <= s.n;) {
		struct masks m = masks_at(s, at);
		size_t next = at + BLOCK - RUN_MIN + 1;

		while (m.runs != 0) {
			unsigned bit = (unsigned)__builtin_ctzll(m.runs);
			bool digit;
			size_t to = run_end(s, at, bit, &m, &digit);

			to = find_in_run(s, at + bit, to, digit, fn, arg);
			if (to >= next) {
				next = to;
				break;
			}
			m.runs &= UINT64_MAX << (to - at);
		}
		at = next;
	}
}

/* ---- collecting ---- */

static uint32_t
shape_bit(const struct found *f)
{
	if (f->kind == FOUND_UUID)
		return SHAPE_UUID;
	return f->kind == FOUND_GRAM ? SHAPE_LONG : 1u << f->n;
}

struct adding {
	struct tokens *t;
	uint32_t row;
};

static void
add_token(void *arg, const struct found *f)
{
	struct adding *a = arg;
	struct tokens *t = a->t;

	if (t->n == t->size) {
		if (t->n >= TOKENS_MAX) {
			t->full = true;
			return;
		}
		t->size = t->size ? t->size * 2 : 256;
		t->list = xreallocarray(t->list, t->size, sizeof(*t->list));
	}
	t->list[t->n++] = (struct token){f->hash, a->row, shape_bit(f)};
}

void
tokens_add(struct tokens *t, uint32_t row, struct str text)
{
	struct adding a = {t, row};

	find_tokens(text, add_token, &a);
}

void
tokens_reset(struct tokens *t)
{
	t->n = 0;
	t->full = false;
}

void
tokens_free(struct tokens *t)
{
	xfree(t->list);
	*t = (struct tokens){0};
}

/* ---- the filter ---- */

static inline uint32_t
probe(uint64_t hash, unsigned i, uint32_t bits)
{
	uint32_t h = (uint32_t)hash + i * ((uint32_t)(hash >> 32) | 1);

	return (uint32_t)(((uint64_t)h * bits) >> 32);
}

/* The distinct hashes of n tokens, in place of their first. */
static size_t
distinct(const struct token *list, size_t n, uint64_t *out)
{
	size_t slots = 64, kept = 0;
	CLEANUP(xfree) uint64_t *seen = NULL;
	bool zero = false;

	while (slots < 2 * n)
		slots *= 2;
	seen = xcalloc(slots, sizeof(*seen));
	for (size_t i = 0; i < n; i++) {
		uint64_t hash = list[i].hash;
		size_t at = (size_t)hash & (slots - 1);

		while (seen[at] != 0 && seen[at] != hash)
			at = (at + 1) & (slots - 1);
		if (seen[at] != 0 || (hash == 0 && zero))
			continue;
		zero |= hash == 0;
		seen[at] = hash;
		out[kept++] = hash;
	}
	return kept;
}

static void
put_hash(uint8_t *p, uint64_t v)
{
	for (unsigned k = 0; k < HASH_BYTES; k++)
		p[k] = (uint8_t)(v >> (8 * k));
}

void
put_bloom(struct buf *out, const struct tokens *t, uint32_t from)
{
	CLEANUP(xfree) uint64_t *hashes = NULL;
	uint8_t hash[HASH_BYTES] = {0};
	size_t first = 0, n, head = out->n, at;
	uint32_t shapes = 0, bits;
	uint8_t *bytes;

	if (t->full)
		return;
	while (first < t->n && t->list[first].row < from)
		first++;
	for (size_t i = first; i < t->n; i++)
		shapes |= t->list[i].shape;
	hashes = xreallocarray(NULL, t->n - first + 1, sizeof(*hashes));
	n = distinct(t->list + first, t->n - first, hashes);
	bits = (uint32_t)(n * BITS_PER_TOKEN + 7) / 8 * 8;
	buf_add(out, hash, sizeof(hash));
	buf_addc(out, FORMAT);
	put_varint(out, shapes);
	put_varint(out, bits);
	at = out->n;
	buf_reserve(out, bits / 8);
	bytes = (uint8_t *)out->p + at;
	memset(bytes, 0, bits / 8);
	out->n += bits / 8;
	for (size_t i = 0; i < n; i++) {
		for (unsigned k = 0; k < PROBES; k++) {
			uint32_t bit = probe(hashes[i], k, bits);

			bytes[bit / 8] |= (uint8_t)(1u << bit % 8);
		}
	}
	put_hash(
	    (uint8_t *)out->p + head, XXH3_64bits(out->p + head + HASH_BYTES,
					  out->n - head - HASH_BYTES));
}

static bool
get_bloom(const void *p, size_t n, struct bloom *ret)
{
	struct in in = {.p = p, .end = (const uint8_t *)p + n};
	uint8_t hash[HASH_BYTES];
	uint64_t shapes, bits;

	if (n < HASH_BYTES + 3)
		return false;
	put_hash(
	    hash, XXH3_64bits((const char *)p + HASH_BYTES, n - HASH_BYTES));
	in.p += HASH_BYTES;
	if (memcmp(hash, p, HASH_BYTES) != 0 || get_byte(&in) != FORMAT)
		return false;
	shapes = get_varint(&in);
	bits = get_varint(&in);
	if (in.bad || shapes > UINT32_MAX || bits > UINT32_MAX ||
	    bits % 8 != 0 || bits / 8 != (uint64_t)(in.end - in.p))
		return false;
	*ret = (struct bloom){(uint32_t)shapes, (uint32_t)bits, in.p};
	return true;
}

static bool
has_token(const struct bloom *f, uint64_t hash)
{
	for (unsigned k = 0; k < PROBES; k++) {
		uint32_t bit = probe(hash, k, f->bits);

		if (f->bits == 0 || (f->bytes[bit / 8] & (1u << bit % 8)) == 0)
			return false;
	}
	return true;
}

bool
bloom_may_hold(const void *filter, size_t n, const struct wanted *w)
{
	struct bloom f;

	if (!get_bloom(filter, n, &f))
		return true;
	for (unsigned i = 0; i < w->n; i++) {
		if ((f.shapes & w->tokens[i].unless) == 0 &&
		    !has_token(&f, w->tokens[i].hash))
			return false;
	}
	return true;
}

int
bloom_open(const void *bloom, size_t n, struct bloom *ret)
{
	return get_bloom(bloom, n, ret) ? 0 : -EBADMSG;
}

struct holding {
	const struct bloom *bloom;
	bool all;
};

static void
check_token(void *arg, const struct found *found)
{
	struct holding *h = arg;

	h->all = h->all && (h->bloom->shapes & shape_bit(found)) != 0 &&
		 has_token(h->bloom, found->hash);
}

bool
bloom_holds(const struct bloom *bloom, struct str text)
{
	struct holding h = {bloom, true};

	find_tokens(text, check_token, &h);
	return h.all;
}

/* ---- asking ---- */

struct asking {
	struct wanted w;
	struct str text;
	bool caseless;
};

/* Without case, PCRE2 takes the Kelvin sign for a k and the long s for an s:
 * what is found then is no run. */
static bool
folds_oddly(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i] | 0x20;

		if (c == 'k' || c == 's')
			return true;
	}
	return false;
}

static void
want_token(void *arg, const struct found *f)
{
	struct asking *a = arg;
	uint32_t unless = 0;

	if (a->w.n == WANTED_MAX ||
	    (a->caseless && folds_oddly(str_sub(a->text, f->at, f->n))))
		return;
	if (f->kind == FOUND_RUN) {
		/* May be the part of a longer one, where it stands at an end
		 * of what is asked for. */
		if (f->at == 0 || f->at + f->n == a->text.n)
			unless |= ~((2u << f->n) - 1) | SHAPE_LONG;
		/* Or of a UUID, whose parts are not kept. */
		if (f->n <= UUID_LAST)
			unless |= SHAPE_UUID;
	}
	a->w.tokens[a->w.n].hash = f->hash;
	a->w.tokens[a->w.n++].unless = unless;
}

struct wanted
tokens_wanted(struct str text, bool caseless)
{
	struct asking a = {.text = text, .caseless = caseless};

	find_tokens(text, want_token, &a);
	return a.w;
}
