/* SPDX-License-Identifier: MIT */
/*
 * Journal entries in the export format, byte for byte as `journalctl -o
 * export` writes them, so that anybody can compare.
 *
 * This runs once per entry and once per field of it, and is as fast as asking
 * libsystemd allows.  Sequence number, boot and both times are read out of the
 * cursor (libsystemd has no other call for the sequence number before 254,
 * and each call costs another look at the entry).  Most fields of an entry
 * stand where those of the one before stood, so what was found out about the
 * bytes at a place is remembered and believed, until the hash of the entry
 * does not come out right: then everything is looked at afresh.
 *
 * Every entry is checked against the hash of its fields: libsystemd leaves a
 * damaged field out without a word and never notices changed bytes, and what
 * cannot be trusted must not be evidence.
 *
 * A value that is not printable UTF-8 on one line goes in the binary form of
 * the format: name, newline, length as 64 bits little-endian, bytes.
 */
#include "journal-entry.h"

#include <endian.h>
#include <errno.h>

#include "recount/utf8.h"

/* What the binary form adds to a field, and a NUL. */
#define FIELD_EXTRA_BYTES 16
/* More fields than any entry has. */
#define FIELDS_MAX 1024

static bool
hex_u64(struct str s, uint64_t *ret)
{
	uint64_t value = 0;

	if (s.n == 0 || s.n > 16)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		unsigned digit;

		if (c >= '0' && c <= '9')
			digit = c - '0';
		else if (c >= 'a' && c <= 'f')
			digit = c - 'a' + 10;
		else
			return false;
		value = value << 4 | digit;
	}
	*ret = value;
	return true;
}

static bool
copy_id(struct str s, char *out)
{
	if (s.n != 32)
		return false;
	memcpy(out, s.p, 32);
	out[32] = '\0';
	return true;
}

bool
journal_cursor_parse(struct str text, struct journal_cursor *ret)
{
	unsigned seen = 0;

	ret->hashed = false;
	while (text.p != NULL && text.n > 0) {
		struct str part, value;
		uint64_t number = 0;
		bool ok = true;

		text = str_cut(text, ';', &part);
		if (part.n < 3 || part.p[1] != '=')
			return false;
		value = str_skip(part, 2);
		switch (part.p[0]) {
		case 's':
			ok = copy_id(value, ret->seqnum_id);
			seen |= 1;
			break;
		case 'i':
			ok = hex_u64(value, &ret->seqnum);
			seen |= 2;
			break;
		case 'b':
			ok = copy_id(value, ret->boot_id);
			seen |= 4;
			break;
		case 'm':
			ok = hex_u64(value, &number);
			ret->monotonic = (usec_t)number;
			seen |= 8;
			break;
		case 't':
			ok = hex_u64(value, &number);
			ret->realtime = (usec_t)number;
			seen |= 16;
			break;
		case 'x':
			ok = hex_u64(value, &ret->hash);
			ret->hashed = ok;
			break;
		default: /* what later versions may add */
			break;
		}
		if (!ok)
			return false;
	}
	return seen == 31;
}

static void
add_hex(struct buf *out, const char *name, uint64_t v)
{
	static const char digits[] = "0123456789abcdef";
	char hex[19];
	size_t at = sizeof(hex);

	do
		hex[--at] = digits[v & 15];
	while ((v >>= 4) != 0);
	at -= 3;
	memcpy(hex + at, name, 3);
	buf_add(out, hex + at, sizeof(hex) - at);
}

void
journal_cursor_write(const struct journal_cursor *c, struct buf *out)
{
	buf_add(out, "s=", 2);
	buf_add(out, c->seqnum_id, 32);
	add_hex(out, ";i=", c->seqnum);
	buf_add(out, ";b=", 3);
	buf_add(out, c->boot_id, 32);
	add_hex(out, ";m=", (uint64_t)c->monotonic);
	add_hex(out, ";t=", (uint64_t)c->realtime);
	add_hex(out, ";x=", c->hash);
}

static void
add_u64(struct buf *out, uint64_t value)
{
	char digits[20];
	size_t at = sizeof(digits);

	do
		digits[--at] = (char)('0' + value % 10);
	while ((value /= 10) > 0);
	buf_add(out, digits + at, sizeof(digits) - at);
}

/* Whether eight bytes are all in 0x20 … 0x7e: no carry crosses a byte, since
 * the top bits are out of the way. */
static bool
word_is_plain(uint64_t w)
{
	const uint64_t top = 0x8080808080808080;
	const uint64_t low = w & ~top;
	uint64_t ge20 = low + 0x6060606060606060; /* top bit set if >= 0x20 */
	uint64_t is7f = low + 0x0101010101010101; /* top bit set if == 0x7f */

	return ((w | ~ge20 | is7f) & top) == 0;
}

/* The rule journalctl applies: valid UTF-8 without control characters (tabs
 * are fine). */
static bool
value_is_text(struct str s)
{
	size_t at = 0;

	while (at < s.n) {
		unsigned char c;
		size_t n;

		if (s.n - at >= 8) {
			uint64_t w;

			memcpy(&w, s.p + at, 8);
			if (word_is_plain(w)) {
				at += 8;
				continue;
			}
		}
		c = (unsigned char)s.p[at];
		if (c < 0x80) {
			if ((c < ' ' && c != '\t') || c == 0x7f)
				return false;
			at++;
			continue;
		}
		n = utf8_valid(str_skip(s, at));
		if (n == 0)
			return false;
		/* C1 control characters: U+0080 … U+009F */
		if (c == 0xc2 && (unsigned char)s.p[at + 1] < 0xa0)
			return false;
		at += n;
	}
	return true;
}

/* data: NAME=value, whole.  There is room for it and 16 bytes more. */
static void
add_field(struct buf *out, struct str data, size_t name_n, bool text)
{
	char *to = out->p + out->n;

	if (text) {
		memcpy(to, data.p, data.n);
		to += data.n;
	} else {
		uint64_t length = htole64(data.n - name_n - 1);

		memcpy(to, data.p, name_n);
		to += name_n;
		*to++ = '\n';
		memcpy(to, &length, sizeof(length));
		to += sizeof(length);
		memcpy(to, data.p + name_n + 1, data.n - name_n - 1);
		to += data.n - name_n - 1;
	}
	*to++ = '\n';
	*to = '\0';
	out->n = (size_t)(to - out->p);
}

void
journal_add_head(
    struct buf *out, const struct journal_cursor *c, struct str text)
{
	buf_reserve(out, 256 + text.n);
	buf_add_str(out, STR("__CURSOR="));
	buf_add_str(out, text);
	buf_add_str(out, STR("\n__REALTIME_TIMESTAMP="));
	add_u64(out, (uint64_t)c->realtime);
	buf_add_str(out, STR("\n__MONOTONIC_TIMESTAMP="));
	add_u64(out, (uint64_t)c->monotonic);
	buf_add_str(out, STR("\n_BOOT_ID="));
	buf_add(out, c->boot_id, 32);
	buf_addc(out, '\n');
}

/*
 * Whether the fields are what the entry vouches for, now looked at closely.  A
 * field that was written twice into an entry is counted twice in its hash, and
 * may have been stored once: one such field, or a pair, explains a difference.
 */
static bool
fields_fit(sd_journal *sd, uint64_t want)
{
	uint64_t hash[FIELDS_MAX], rest = want;
	size_t fields = 0, n;
	const void *p;

	sd_journal_restart_data(sd);
	while (sd_journal_enumerate_available_data(sd, &p, &n) > 0) {
		if (fields == FIELDS_MAX)
			return true; /* cannot be told at a sane price */
		hash[fields] = journal_hash((struct str){p, n});
		rest ^= hash[fields++];
	}
	for (size_t i = 0; i < fields && rest != 0; i++) {
		if (hash[i] == rest)
			return true;
		for (size_t k = 0; k < i; k++) {
			if ((hash[i] ^ hash[k]) == rest)
				return true;
		}
	}
	return rest == 0;
}

struct walk {                        /* over the fields of one entry */
	struct field_memory *memory; /* NULL: look at everything */
	struct buf *out;
	size_t limit; /* of out->n */
	uint64_t hash;
	enum journal_export result;
};

/* Append one field, as far as there is room. */
static void
add_data(struct walk *w, struct str data, uint32_t name_n, bool text)
{
	struct buf *out = w->out;

	if (name_n == 0) {
		w->result = EXPORT_DAMAGED;
		return;
	}
	if (name_n == 8 && str_starts(data, STR("_BOOT_ID=")))
		return; /* is in the head */
	if (out->n + data.n + FIELD_EXTRA_BYTES > w->limit) {
		if (w->result == EXPORT_WHOLE)
			w->result = EXPORT_CUT;
		if (!str_starts(data, STR("MESSAGE=")) ||
		    out->n + FIELD_EXTRA_BYTES > w->limit)
			return;
		data.n = (w->limit - out->n) / 2;
		text = value_is_text(data); /* cut in a character, perhaps */
	}
	buf_reserve(out, data.n + FIELD_EXTRA_BYTES);
	add_field(out, data, name_n, text);
}

/* Only damage makes a field without "=", or a name that the export format has
 * no room for. */
static uint32_t
name_length(struct str data)
{
	const char *equals = memchr(data.p, '=', data.n);
	size_t n = equals != NULL ? (size_t)(equals - data.p) : 0;

	return n > 0 && n < 256 && value_is_text((struct str){data.p, n})
		   ? (uint32_t)n
		   : 0;
}

void
journal_field_look(struct str data, struct journal_field *ret)
{
	ret->hash = journal_hash(data);
	ret->name_n = name_length(data);
	ret->text = value_is_text(data);
}

bool
journal_add_field(
    struct buf *out, struct str data, const struct journal_field *f)
{
	if (f->name_n == 0)
		return false;
	if (f->name_n == 8 && str_starts(data, STR("_BOOT_ID=")))
		return true;
	if (out->n + data.n + FIELD_EXTRA_BYTES > JOURNAL_ENTRY_BYTES_MAX)
		return false;
	buf_reserve(out, data.n + FIELD_EXTRA_BYTES);
	add_field(out, data, f->name_n, f->text);
	return true;
}

static void
take_data(struct walk *w, struct str data)
{
	/* Objects in a file begin at multiples of eight. */
	size_t slot = ((uintptr_t)data.p >> 3) % FIELD_MEMORY_SLOTS;
	__typeof__(&w->memory->slots[0]) at;

	if (w->memory == NULL) {
		w->hash ^= journal_hash(data);
		add_data(w, data, name_length(data), value_is_text(data));
		return;
	}
	at = &w->memory->slots[slot];
	if (at->field.p != data.p || at->field.n != data.n) {
		at->field = data;
		at->hash = journal_hash(data);
		at->name_n = name_length(data);
		at->text = value_is_text(data);
	}
	w->hash ^= at->hash;
	add_data(w, data, at->name_n, at->text);
}

static void
take_fields(struct walk *w, sd_journal *sd)
{
	const void *p;
	size_t n;
	int r;

	sd_journal_restart_data(sd);
	while ((r = sd_journal_enumerate_available_data(sd, &p, &n)) > 0)
		take_data(w, (struct str){p, n});
	if (r < 0)
		w->result = EXPORT_DAMAGED;
}

enum journal_export
journal_entry_export(sd_journal *sd, const struct journal_cursor *c,
    struct str text, struct field_memory *memory, struct buf *out)
{
	const size_t limit = out->n + JOURNAL_ENTRY_BYTES_MAX;
	struct walk w = {memory, out, limit, 0, EXPORT_WHOLE};
	size_t fields_at;

	journal_add_head(out, c, text);
	fields_at = out->n;
	take_fields(&w, sd);
	if (w.result == EXPORT_WHOLE && c->hashed && w.hash == c->hash)
		return EXPORT_WHOLE;

	out->n = fields_at;
	w = (struct walk){NULL, out, limit, 0, EXPORT_WHOLE};
	take_fields(&w, sd);
	/* A field beyond the limit may have come cut already. */
	if (w.result == EXPORT_WHOLE && c->hashed && w.hash != c->hash &&
	    !fields_fit(sd, c->hash))
		return EXPORT_DAMAGED;
	return w.result;
}
