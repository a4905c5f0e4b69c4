/* SPDX-License-Identifier: MIT */
/*
 * A journal file from its first entry to its last, without libsystemd, whose
 * calls cost ten times as much as all else that is done about an entry.
 *
 * The format is documented by systemd ("Journal File Format").  A chain of
 * entry arrays names the entries in order; an entry is a list of the places of
 * its fields, each of which stands in the file once, however many entries have
 * it:
 *
 *	object   type 1, flags 1, 6 unused, size 8
 *	array    object; next array 8; places of entries
 *	entry    object; seqnum 8, realtime 8, monotonic 8, boot id 16,
 *	         hash 8; places of fields (each with a hash, unless compact)
 *	field    object; hash 8, 4 places 32, number of entries 8; (compact:
 *	         8 more); NAME=value, perhaps packed
 *
 * Places are 8 bytes, in compact files 4; numbers are little-endian.  The file
 * is read, not mapped: it may be cut under us, and a mapped file counts as our
 * memory.  Fields that several entries have are kept at hand.
 *
 * Nothing is repaired here.  Whatever is not as it should be (an offset that
 * leads nowhere, an unknown packing, a hash that does not come out) is handed
 * to libsystemd and journal-entry.c, which know what to do about damage.  The
 * hash over all fields is checked for each entry, so what is given out is what
 * was written.
 */
#include "journal-walk.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#define BLOCK_BYTES ((size_t)16 * 1024)
#define BLOCKS 64u /* kept: 1 MiB */
#define FIELD_SLOTS 1024u
#define FIELD_KEPT_MAX 512u /* bytes of a field that is kept */
#define FIELDS_MAX 1024u    /* of an entry */
#define PLACES 512u         /* of entries, read at a time */

enum { OBJECT_DATA = 1, OBJECT_ENTRY = 3, OBJECT_ARRAY = 6 };
enum { OBJECT_BYTES = 16, ARRAY_BYTES = 24, ENTRY_BYTES = 64 };
enum { DATA_BYTES = 64, DATA_BYTES_COMPACT = 72, DATA_N_ENTRIES = 56 };

enum { /* incompatible flags of a file */
	FILE_XZ = 1,
	FILE_LZ4 = 2,
	FILE_KEYED = 4, /* hash tables only */
	FILE_ZSTD = 8,
	FILE_COMPACT = 16,
};
enum { PACKED_ZSTD = 4, PACKED_ANY = 7 }; /* flags of an object */

enum {
	HEAD_SIGNATURE = 0,
	HEAD_INCOMPATIBLE = 12,
	HEAD_SEQNUM_ID = 72,
	HEAD_SIZE = 88,
	HEAD_N_ENTRIES = 152,
	HEAD_ENTRY_ARRAY = 176,
	HEAD_BYTES = 208,
};

struct kept {
	uint64_t at; /* 0: free */
	struct buf bytes;
	struct journal_field field;
};

struct journal_walk {
	int fd;
	uint64_t size, first; /* of the file; of its first object */
	bool compact;
	char seqnum_id[33];

	uint64_t blocks_at[BLOCKS]; /* number of the block + 1; 0 none */
	char *blocks;
	struct buf scratch; /* what does not lie in one block */
	struct buf unpacked;
	ZSTD_DCtx *zstd;

	uint64_t left;        /* entries not given yet */
	uint64_t array, next; /* the current array, and the one behind it */
	uint64_t in_array, at_array; /* places in it, and read from it */
	uint64_t places[PLACES];
	unsigned n_places, at_place;

	struct kept kept[FIELD_SLOTS];
	struct buf raw, cursor;
};

static uint64_t
get64(const char *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return le64toh(v);
}

static uint32_t
get32(const char *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return le32toh(v);
}

void
journal_walk_free(struct journal_walk *w)
{
	if (w == NULL)
		return;
	for (unsigned i = 0; i < FIELD_SLOTS; i++)
		buf_free(&w->kept[i].bytes);
	ZSTD_freeDCtx(w->zstd);
	buf_free(&w->scratch);
	buf_free(&w->unpacked);
	buf_free(&w->raw);
	buf_free(&w->cursor);
	xfree(w->blocks);
	close(w->fd);
	xfree(w);
}

/* ---- bytes of the file ---- */

static const char *
block_get(struct journal_walk *w, uint64_t number)
{
	unsigned slot = (unsigned)(number % BLOCKS);
	char *p = w->blocks + slot * BLOCK_BYTES;
	size_t got = 0;

	if (w->blocks_at[slot] == number + 1)
		return p;
	w->blocks_at[slot] = 0;
	while (got < BLOCK_BYTES) {
		ssize_t n = pread(w->fd, p + got, BLOCK_BYTES - got,
		    (off_t)(number * BLOCK_BYTES + got));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return NULL;
		if (n == 0)
			break;
		got += (size_t)n;
	}
	/* What was cut off reads as zeros, which no object begins with. */
	memset(p + got, 0, BLOCK_BYTES - got);
	w->blocks_at[slot] = number + 1;
	return p;
}

/* n bytes at a place of the file, until the next call; NULL: not there. */
static const char *
bytes_at(struct journal_walk *w, uint64_t at, size_t n)
{
	size_t from = at % BLOCK_BYTES;
	uint64_t number = at / BLOCK_BYTES;
	const char *p;

	if (at > w->size || n > w->size - at)
		return NULL;
	if (from + n <= BLOCK_BYTES) {
		p = block_get(w, number);
		return p ? p + from : NULL;
	}
	buf_reset(&w->scratch);
	buf_reserve(&w->scratch, n);
	while (w->scratch.n < n) {
		size_t part = BLOCK_BYTES - from;

		if (part > n - w->scratch.n)
			part = n - w->scratch.n;
		p = block_get(w, number++);
		if (p == NULL)
			return NULL;
		buf_add(&w->scratch, p + from, part);
		from = 0;
	}
	return w->scratch.p;
}

/* The head of an object of that type, n bytes of it; NULL: there is none. */
static const char *
object_at(
    struct journal_walk *w, uint64_t at, int type, size_t n, uint64_t *ret_size)
{
	const char *p;

	if (at < w->first || at % 8 != 0)
		return NULL;
	p = bytes_at(w, at, n);
	if (p == NULL || p[0] != type)
		return NULL;
	*ret_size = get64(p + 8);
	return *ret_size >= n && *ret_size <= w->size - at ? p : NULL;
}

/* ---- opening ---- */

static bool
walk_begin(struct journal_walk *w)
{
	const unsigned known =
	    FILE_XZ | FILE_LZ4 | FILE_KEYED | FILE_ZSTD | FILE_COMPACT;
	const char *p = bytes_at(w, 0, HEAD_BYTES);
	unsigned flags;

	if (p == NULL || memcmp(p + HEAD_SIGNATURE, "LPKSHHRH", 8) != 0)
		return false;
	flags = get32(p + HEAD_INCOMPATIBLE);
	if (flags & ~known)
		return false;
	w->compact = flags & FILE_COMPACT;
	w->first = get64(p + HEAD_SIZE);
	w->left = get64(p + HEAD_N_ENTRIES);
	w->next = get64(p + HEAD_ENTRY_ARRAY);
	journal_id_text(p + HEAD_SEQNUM_ID, w->seqnum_id);
	return w->first >= HEAD_BYTES;
}

struct journal_walk *
journal_walk_open(const char *path)
{
	struct journal_walk *w;
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0)
		return NULL;
	w = xcalloc(1, sizeof(*w));
	w->fd = fd;
	w->blocks = xmalloc(BLOCKS * BLOCK_BYTES);
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		w->size = (uint64_t)st.st_size;
	if (walk_begin(w))
		return w;
	journal_walk_free(w);
	return NULL;
}

/* ---- entries ---- */

/* Some more places of entries; false: there are none. */
static bool
read_places(struct journal_walk *w)
{
	const unsigned width = w->compact ? 4 : 8;
	const char *p;
	uint64_t size;
	unsigned n;

	if (w->at_array == w->in_array) {
		w->array = w->next;
		p = object_at(w, w->array, OBJECT_ARRAY, ARRAY_BYTES, &size);
		if (p == NULL)
			return false;
		w->next = get64(p + OBJECT_BYTES);
		w->in_array = (size - ARRAY_BYTES) / width;
		w->at_array = 0;
	}
	n = w->in_array - w->at_array < PLACES
		? (unsigned)(w->in_array - w->at_array)
		: PLACES;
	p = bytes_at(
	    w, w->array + ARRAY_BYTES + w->at_array * width, (size_t)n * width);
	if (p == NULL)
		return false;
	for (unsigned i = 0; i < n; i++)
		w->places[i] = w->compact ? get32(p + 4 * i) : get64(p + 8 * i);
	w->at_array += n;
	w->n_places = n;
	w->at_place = 0;
	return n > 0;
}

/* The bytes of a packed field, until the next call. */
static bool
unpack(struct journal_walk *w, struct str *data)
{
	unsigned long long n = ZSTD_getFrameContentSize(data->p, data->n);

	if (n == 0 || n > JOURNAL_ENTRY_BYTES_MAX)
		return false; /* nor is the size known, perhaps */
	if (w->zstd == NULL)
		w->zstd = ZSTD_createDCtx();
	if (w->zstd == NULL)
		abort();
	buf_reset(&w->unpacked);
	buf_reserve(&w->unpacked, n);
	if (ZSTD_decompressDCtx(w->zstd, w->unpacked.p, n, data->p, data->n) !=
	    n)
		return false;
	w->unpacked.n = n;
	*data = buf_str(&w->unpacked);
	return true;
}

static bool
read_field(struct journal_walk *w, uint64_t at, uint64_t *hash)
{
	const size_t head = w->compact ? DATA_BYTES_COMPACT : DATA_BYTES;
	struct kept *kept = &w->kept[(at >> 3) % FIELD_SLOTS];
	struct journal_field field;
	struct str data;
	uint64_t size;
	const char *p;
	bool shared;
	int packed;

	if (kept->at == at) {
		*hash ^= kept->field.hash;
		return journal_add_field(
		    &w->raw, buf_str(&kept->bytes), &kept->field);
	}
	p = object_at(w, at, OBJECT_DATA, head, &size);
	if (p == NULL || size - head > JOURNAL_ENTRY_BYTES_MAX)
		return false;
	packed = p[1] & PACKED_ANY;
	shared = get64(p + DATA_N_ENTRIES) > 1;
	data.n = size - head;
	data.p = bytes_at(w, at + head, data.n);
	if (data.p == NULL ||
	    (packed != 0 && (packed != PACKED_ZSTD || !unpack(w, &data))))
		return false;
	journal_field_look(data, &field);
	*hash ^= field.hash;
	if (shared && data.n <= FIELD_KEPT_MAX) {
		buf_reset(&kept->bytes);
		buf_add_str(&kept->bytes, data);
		kept->field = field;
		kept->at = at;
	}
	return journal_add_field(&w->raw, data, &field);
}

static bool
read_entry(struct journal_walk *w, uint64_t at, struct journal_cursor *ret)
{
	const unsigned width = w->compact ? 4 : 16;
	struct journal_cursor c = {.hashed = true};
	uint64_t fields[FIELDS_MAX], hash = 0, size, n;
	const char *p = object_at(w, at, OBJECT_ENTRY, ENTRY_BYTES, &size);

	if (p == NULL)
		return false;
	c.seqnum = get64(p + 16);
	c.realtime = (usec_t)get64(p + 24);
	c.monotonic = (usec_t)get64(p + 32);
	journal_id_text(p + 40, c.boot_id);
	c.hash = get64(p + 56);
	memcpy(c.seqnum_id, w->seqnum_id, sizeof(c.seqnum_id));
	n = (size - ENTRY_BYTES) / width;
	/* Beyond the year 3000 libsystemd may not follow. */
	if (c.seqnum == 0 || c.realtime <= 0 || c.realtime >> 55 != 0 ||
	    c.monotonic < 0 || c.monotonic >> 55 != 0 || n == 0 ||
	    n > FIELDS_MAX)
		return false;
	p = bytes_at(w, at + ENTRY_BYTES, n * width);
	if (p == NULL)
		return false;
	for (uint64_t i = 0; i < n; i++)
		fields[i] = w->compact ? get32(p + 4 * i) : get64(p + 16 * i);
	buf_reset(&w->cursor);
	journal_cursor_write(&c, &w->cursor);
	buf_reset(&w->raw);
	journal_add_head(&w->raw, &c, buf_str(&w->cursor));
	for (uint64_t i = 0; i < n; i++)
		if (!read_field(w, fields[i], &hash))
			return false;
	*ret = c;
	return hash == c.hash;
}

int
journal_walk_next(struct journal_walk *w, struct journal_cursor *ret)
{
	if (w->left == 0)
		return 0;
	if (w->at_place == w->n_places && !read_places(w))
		return -EBADMSG;
	if (!read_entry(w, w->places[w->at_place], ret))
		return -EBADMSG;
	w->at_place++;
	w->left--;
	return 1;
}

const char *
journal_walk_cursor(const struct journal_walk *w)
{
	return w->cursor.p;
}

struct str
journal_walk_raw(const struct journal_walk *w)
{
	return buf_str(&w->raw);
}
