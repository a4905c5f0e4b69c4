/* SPDX-License-Identifier: MIT */
#ifndef STORE_SHAPE_H
#define STORE_SHAPE_H

/*
 * What lines of one kind have in common: literal text, and between it places
 * whose contents differ from line to line.  See shape.c.
 */

#include "column.h"
#include "fields.h"
#include "timetext.h"

/* Lines longer than this, or of more pieces, have no shape of their own. */
#define SHAPE_LINE_BYTES_MAX 8192
#define SHAPE_ELEMENTS_MAX 192
/* Digits of a number that surely fits an int64_t. */
#define DIGITS_MAX 18

enum shape_op {      /* stored: append only */
	OP_TEXT,     /* literal */
	OP_STRING,   /* string field arg */
	OP_DECIMAL,  /* int field arg in decimal */
	OP_SECONDS,  /* int field arg, microseconds, as 0.123 */
	OP_TIME,     /* the timestamp in style arg */
	OP_FRACTION, /* of the timestamp's second, arg digits */
	OP_NUMBER,   /* parameter: a decimal number */
	OP_PADDED,   /* parameter: arg digits, leading zeros included */
	OP_WORD,     /* parameter: any bytes */
	OP_BODY,     /* the body, which has a shape of its own */
	OP_HEX,      /* parameter: a hexadecimal number */
	SHAPE_OPS
};

enum shape_stop { STOP_END, STOP_CHAR, STOP_STRING, STOP_BODY };

struct element {
	uint8_t op, arg;
	uint16_t n;   /* OP_TEXT: bytes */
	uint32_t at;  /* of them, in the shape's text */
	int32_t zone; /* OP_TIME: seconds east of UTC */
	bool word;    /* an OP_TEXT that may turn out to be a parameter */
};

/* Of a compiled shape: a literal and the value behind it. */
struct shape_step {
	uint64_t word, mask; /* the literal's first eight bytes */
	uint32_t at;         /* in the shape's text */
	uint16_t n;          /* may be 0 */
	uint8_t op, arg;     /* SHAPE_OPS: the end */
	int32_t zone;
	uint8_t stop, stop_arg; /* where an OP_WORD ends */
};

struct shape {
	struct element *elements;
	unsigned n;
	struct buf text;
	unsigned n_params;
	bool has_body;
	struct shape_step *steps; /* NULL until compiled */
};

static inline bool
op_is_param(uint8_t op)
{
	return op == OP_NUMBER || op == OP_PADDED || op == OP_WORD ||
	       op == OP_HEX;
}

/* Which text of an event a shape is of. */
enum shape_slot {
	SLOT_LINE, /* with the body, if it lies in it, left out */
	SLOT_BODY,
	SLOT_CURSOR,
	SHAPE_SLOTS
};

/*
 * Take ev's text apart.  The words of the result stand alone, so that they
 * can be compared with those of other texts; shape_compile() joins them.
 * False when the text is too long or too complicated.
 */
bool shape_derive(struct shape *sh, enum shape_slot slot, struct str text,
    const struct log_event *ev);
/* Equal for shapes that differ in words only. */
uint64_t shape_skeleton(const struct shape *sh);
/* How many words of sh differ from those of other, which has the same
 * skeleton; with widen they become parameters of sh. */
unsigned shape_differences(
    struct shape *sh, const struct shape *other, bool widen);
/* Join neighbouring texts, make the steps that shape_match() goes. */
void shape_compile(struct shape *sh);
void shape_compile_steps(struct shape *sh); /* the second half of it */
void shape_free(struct shape *sh);
DEFINE_CLEANUP_IN(struct shape, shape_free)

/* The one that fits everything: a line is one word. */
void shape_whole(struct shape *sh);

/* A text taken apart by a shape. */
struct match {
	int64_t numbers[SHAPE_ELEMENTS_MAX];
	struct str words[SHAPE_ELEMENTS_MAX];
};

/* What was written last: most lines show the time of the line before. */
struct time_cache {
	usec_t from; /* of all timestamps of that second the first */
	int32_t zone;
	uint8_t style;
	bool valid;
	char text[TIME_STYLE_MAX];
};

const char *time_text(
    struct time_cache *cache, uint8_t style, int32_t zone, usec_t ts);
void fraction_text(unsigned digits, usec_t ts, char out[6]);

/* Whether sh describes ev's text, byte for byte; then m holds its parameters
 * in order. */
bool shape_match(const struct shape *sh, struct str text,
    const struct log_event *ev, struct time_cache *cache, struct match *m);

/* ---- stored form ---- */

void put_shape(struct buf *out, const struct shape *sh);
/* Checked so that shape_render() and shape_length() are safe with it. */
bool get_shape(struct in *in, struct shape *ret);

/* Where in a text its parts went; SIZE_MAX: they are not in it. */
struct places {
	size_t body, strings[SEGMENT_STRINGS];
};

/*
 * The text: fields are taken from ev (its body too), parameters from m.
 * Appended to out; places gets those of the parts that are in it.
 */
void shape_render(const struct shape *sh, const struct log_event *ev,
    const struct match *m, struct time_cache *cache, struct buf *out,
    struct places *places);
size_t decimal_length(int64_t v);
size_t seconds_length(int64_t v);
size_t hex_length(uint64_t v);

#endif
