/* SPDX-License-Identifier: MIT */
#ifndef STORE_LINES_H
#define STORE_LINES_H

/*
 * The original bytes of a segment's events, where in them the bodies lie, and
 * where they stood in their file.  See lines.c.
 */

#include "shape.h"

/* Shapes of one segment. */
#define SHAPES_MAX 200u
#define SHAPE_NONE 255

/* A shape, with the parameters of the lines that it fitted. */
struct shape_use {
	struct shape words; /* with words apart, for comparing */
	struct shape shape;
	uint64_t key, skeleton;
	uint32_t chain; /* the next one of the same bucket, + 1; 0 none */
	struct param {
		bool is_word;
		int64_t *numbers;
		size_t size;
		struct strings words;
	} * params;
	uint32_t rows; /* of this segment */
	struct time_cache cache;
};

#define SHAPE_BUCKETS 256u

struct lines {
	size_t n, size;
	uint8_t *shapes[SHAPE_SLOTS]; /* of each line, or SHAPE_NONE */
	int64_t *offset;
	uint32_t *length;
	uint32_t jumps; /* lines that did not begin where the last one ended */
	struct shape_use uses[SHAPES_MAX];
	uint32_t n_uses;
	uint32_t buckets[SHAPE_BUCKETS]; /* index + 1, by key */
	struct match *match;
	uint32_t seen[1024]; /* hashes of shapes that occurred once, or more */

	/* Of lines without a shape: which fields lie in them, and where. */
	struct strings hints;

	/* Bodies of lines whose shape does not say. */
	size_t n_loose, loose_size;
	int64_t *body, *tail;
	struct strings own; /* those that do not lie in their line */
};

void lines_add(struct lines *l, const struct log_event *ev);
void lines_reset(struct lines *l);
void lines_free(struct lines *l);
void put_lines(struct codec *c, struct buf *out, const struct lines *l);

/* As read. */
struct shape_in {
	struct shape shape;
	uint32_t rows;
	struct param_in {
		struct ints numbers;
		struct strings_in words;
	} * params;
	struct time_cache cache;
};

struct lines_in {
	size_t n;
	struct shape_in *shapes;
	uint32_t n_shapes;
	struct slot_in {
		struct ints shape; /* of each line, + 1; 0 none */
		uint16_t *rank;    /* of each line among those of its shape */
		struct buf text;   /* the one given last */
	} slots[SHAPE_SLOTS];
	uint16_t *loose; /* rank among lines whose shape has no body */
	int64_t *offset;
	uint32_t n_loose;
	struct ints body, tail;
	struct strings_in own, hints;
	struct match *match;
};

/* The fields of the same rows, which lines refer to. */
struct columns {
	const struct ints *ints;
	const struct strings_in *strings;
};

bool get_lines(struct codec *c, struct in *in, size_t n,
    const struct columns *columns, struct lines_in *ret);
/* Sets raw, body, cursor and offset of ev, whose other fields are set. Borrowed
 * until the next call. */
void lines_at(struct lines_in *l, size_t i, struct log_event *ev);
void lines_in_free(struct lines_in *l);

#endif
