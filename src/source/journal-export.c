/* SPDX-License-Identifier: MIT */
/*
 * The journal export format as a stream, as `journalctl -o export` and
 * systemd-journal-gatewayd write it: fields as lines, or a name, a length and
 * bytes, and an empty line behind each entry.
 *
 * Bytes are pushed in pieces of any size, and what is remembered between two
 * pieces is one entry at most, whatever lengths the stream claims: a field that
 * would make the entry larger than JOURNAL_ENTRY_BYTES_MAX is left out while it
 * passes, as the reader of journal files does it (of MESSAGE, the beginning is
 * kept).  So an entry has the same bytes whichever way it came.
 *
 * Where the stream is broken, everything up to the next empty line is passed
 * over, and told once.
 */
#include <endian.h>
#include <errno.h>

#include "journal-entry.h"

#define NAME_BYTES_MAX 64 /* as journald has it */
/* What the binary form adds to a field: newlines and length. */
#define BINARY_BYTES 10

enum state {
	STATE_LINE,   /* a field, a name, or the end of an entry */
	STATE_LENGTH, /* eight bytes */
	STATE_DATA,
	STATE_NEWLINE, /* behind the data */
	STATE_LOST,    /* to the next empty line */
};

struct exported {
	struct buf raw; /* the entry's fields so far */
	size_t field;   /* where the one being read begins in it */
	enum state state;
	bool done;    /* raw was given, and is not needed any more */
	bool cut;     /* something of the entry was left out */
	bool over;    /* the line does not fit; its rest passes */
	bool newline; /* STATE_LOST: at the beginning of a line */
	unsigned char length[8];
	size_t length_n;
	uint64_t left; /* bytes of data still to come */
	bool keep;     /* they are wanted */
};

struct exported *
exported_new(void)
{
	return xcalloc(1, sizeof(struct exported));
}

void
exported_free(struct exported *x)
{
	if (x == NULL)
		return;
	buf_free(&x->raw);
	xfree(x);
}

static bool
is_name(struct str s)
{
	if (s.n == 0 || s.n > NAME_BYTES_MAX)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
		    c != '_')
			return false;
	}
	return s.p[0] < '0' || s.p[0] > '9';
}

static size_t
room(const struct exported *x)
{
	return JOURNAL_ENTRY_BYTES_MAX - x->field;
}

/* A name finds room always: what follows it must be understood. */
static size_t
line_room(const struct exported *x)
{
	return room(x) > 4 * NAME_BYTES_MAX ? room(x) : 4 * NAME_BYTES_MAX;
}

static void
field_drop(struct exported *x)
{
	x->raw.n = x->field;
	if (x->raw.p)
		x->raw.p[x->raw.n] = '\0';
	x->cut = true;
}

static enum exported_result
lose(struct exported *x)
{
	buf_reset(&x->raw);
	x->field = 0;
	x->over = x->cut = false;
	x->state = STATE_LOST;
	x->newline = false;
	return EXPORTED_BROKEN;
}

/* The line that stands in raw behind x->field is whole. */
static enum exported_result
end_line(struct exported *x)
{
	struct str line = str_skip(buf_str(&x->raw), x->field), name;
	struct str value = str_cut(line, '=', &name);

	if (line.n == 0 && !x->over) {
		if (x->field == 0 && !x->cut)
			return EXPORTED_MORE; /* one empty line more */
		x->done = true;
		return EXPORTED_ENTRY;
	}
	if (!is_name(name))
		return lose(x);
	if (value.p == NULL) {
		if (x->over)
			return lose(x);
		x->state = STATE_LENGTH;
		x->length_n = 0;
		return EXPORTED_MORE;
	}
	if ((x->over && !str_eq(name, STR("MESSAGE"))) || line.n >= room(x)) {
		x->over = false;
		field_drop(x);
		return EXPORTED_MORE;
	}
	x->cut |= x->over;
	x->over = false;
	buf_addc(&x->raw, '\n');
	x->field = x->raw.n;
	return EXPORTED_MORE;
}

static enum exported_result
take_line(struct exported *x, struct str *bytes)
{
	struct str line;
	bool whole = str_chr(*bytes, '\n') >= 0;
	/* Half of the room at most, so that others find some. */
	size_t most = line_room(x) / 2 + 1, have = x->raw.n - x->field;
	struct str rest = str_cut(*bytes, '\n', &line);

	if (have + line.n >= line_room(x))
		x->over = true;
	if (x->over && have + line.n > most)
		line.n = have < most ? most - have : 0;
	if (x->over && have > most) { /* taken before it was known */
		x->raw.n = x->field + most;
		line.n = 0;
	}
	buf_add_str(&x->raw, line);
	*bytes = whole ? rest : STR_NULL;
	return whole ? end_line(x) : EXPORTED_MORE;
}

static enum exported_result
take_length(struct exported *x, struct str *bytes)
{
	uint64_t le;

	while (x->length_n < sizeof(x->length) && bytes->n > 0) {
		x->length[x->length_n++] = (unsigned char)bytes->p[0];
		*bytes = str_skip(*bytes, 1);
	}
	if (x->length_n < sizeof(x->length))
		return EXPORTED_MORE;
	memcpy(&le, x->length, sizeof(le));
	x->left = le64toh(le);
	if (x->left > EXPORTED_FIELD_MAX)
		return lose(x);
	x->keep = x->raw.n - x->field + x->left + BINARY_BYTES <= room(x);
	if (x->keep) {
		buf_addc(&x->raw, '\n');
		buf_add(&x->raw, x->length, sizeof(x->length));
	} else {
		field_drop(x);
	}
	x->state = x->left > 0 ? STATE_DATA : STATE_NEWLINE;
	return EXPORTED_MORE;
}

static enum exported_result
take_data(struct exported *x, struct str *bytes)
{
	size_t n = bytes->n < x->left ? bytes->n : (size_t)x->left;

	if (x->keep)
		buf_add(&x->raw, bytes->p, n);
	*bytes = str_skip(*bytes, n);
	x->left -= n;
	if (x->left == 0)
		x->state = STATE_NEWLINE;
	return EXPORTED_MORE;
}

static enum exported_result
take_newline(struct exported *x, struct str *bytes)
{
	if (bytes->p[0] != '\n')
		return lose(x);
	*bytes = str_skip(*bytes, 1);
	if (x->keep)
		buf_addc(&x->raw, '\n');
	x->field = x->raw.n;
	x->state = STATE_LINE;
	return EXPORTED_MORE;
}

static enum exported_result
pass_lost(struct exported *x, struct str *bytes)
{
	while (bytes->n > 0) {
		bool newline = bytes->p[0] == '\n';

		*bytes = str_skip(*bytes, 1);
		if (newline && x->newline) {
			x->state = STATE_LINE;
			break;
		}
		x->newline = newline;
	}
	return EXPORTED_MORE;
}

/* What was given is not needed any more. */
static void
begin_entry(struct exported *x)
{
	buf_reset(&x->raw);
	x->field = 0;
	x->done = x->cut = x->over = false;
	x->state = STATE_LINE;
}

enum exported_result
exported_take(struct exported *x, struct str *bytes)
{
	enum exported_result r = EXPORTED_MORE;

	if (x->done)
		begin_entry(x);
	while (bytes->n > 0 && r == EXPORTED_MORE) {
		switch (x->state) {
		case STATE_LINE:
			r = take_line(x, bytes);
			break;
		case STATE_LENGTH:
			r = take_length(x, bytes);
			break;
		case STATE_DATA:
			r = take_data(x, bytes);
			break;
		case STATE_NEWLINE:
			r = take_newline(x, bytes);
			break;
		case STATE_LOST:
			r = pass_lost(x, bytes);
			break;
		}
	}
	return r;
}

enum exported_result
exported_end(struct exported *x)
{
	if (x->done)
		begin_entry(x);
	if (x->state == STATE_LOST)
		return EXPORTED_MORE;
	if (x->state != STATE_LINE || x->raw.n > x->field || x->over)
		return lose(x);
	if (x->field == 0)
		return EXPORTED_MORE;
	x->done = true;
	return EXPORTED_ENTRY;
}

struct str
exported_raw(const struct exported *x, bool *ret_cut)
{
	*ret_cut = x->cut;
	return buf_str(&x->raw);
}

static usec_t
time_field(struct str v)
{
	uint64_t t;

	return v.n <= 17 && str_to_u64(v, &t) ? (usec_t)t : USEC_NONE;
}

int
journal_entry_read(struct str raw, bool cut, struct journal_entry *ret)
{
	struct journal_cursor c = {.realtime = USEC_NONE};
	struct str rest = raw, line;

	*ret = (struct journal_entry){
	    .raw = raw, .cut = cut, .realtime = USEC_NONE};
	/* What is asked for stands in front, before any other field. */
	while (rest.n > 0) {
		struct str name, value;

		rest = str_cut(rest, '\n', &line);
		value = str_cut(line, '=', &name);
		if (value.p == NULL || !str_starts(name, STR("__")))
			break;
		if (str_eq(name, STR("__CURSOR")))
			ret->cursor = value;
		else if (str_eq(name, STR("__REALTIME_TIMESTAMP")))
			ret->realtime = time_field(value);
		else if (str_eq(name, STR("__MONOTONIC_TIMESTAMP")))
			ret->monotonic = time_field(value);
	}
	if (ret->cursor.n > 0 && journal_cursor_parse(ret->cursor, &c)) {
		memcpy(ret->seqnum_id, c.seqnum_id, sizeof(ret->seqnum_id));
		ret->seqnum = c.seqnum;
		if (ret->realtime == USEC_NONE)
			ret->realtime = c.realtime;
	}
	return ret->realtime == USEC_NONE ? -EINVAL : 0;
}
