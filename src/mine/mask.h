/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_MINE_MASK_H
#define RECOUNT_MINE_MASK_H

/*
 * One message as a skeleton and its values.  The skeleton is the message with
 * every value replaced by the byte MASK_VALUE and runs of white space by one
 * space; equal skeletons are equal patterns.  A pure function of the message's
 * bytes: the same today, tomorrow and in the next process.
 */

#include "recount/str.h"

#define MASK_VALUE '\001'     /* stands for a value in a skeleton */
#define MASK_BYTES_MAX 4096   /* of a message; the rest is one value */
#define MASK_SKELETON_MAX 512 /* bytes; what is behind is one value */
#define MASK_VALUES_MAX 64    /* per message; likewise */
#define MASK_WORD_MAX 64      /* bytes of a word; a longer one is a value */

enum mask_type {
	MASK_ANY,  /* nothing more precise holds: <*> */
	MASK_NUM,  /* 17, -3.5, 50%, 33MHz */
	MASK_SIZE, /* 12 KB, 4096 bytes, 4096 bytes (4.0 KB) */
	MASK_DUR,  /* 30ms, 2 minutes, <1 sec */
	MASK_TIME, /* dates, times of day, both */
	MASK_IP,   /* with or without port */
	MASK_MAC,
	MASK_UUID,
	MASK_HEX,
	MASK_EMPTY, /* a value left out: "user= " */
	MASK_ID,    /* letters and digits mixed */
	/* The rest is shown as it stands as long as it is always the same. */
	MASK_WORD, /* a word with few digits: eth0, jk2_init */
	MASK_QUOTED,
	MASK_HOST,
	MASK_MAIL,
	MASK_PATH,
	MASK_URL,
	MASK_TYPES
};

#define MASK_CAN_STAND MASK_WORD /* first type that may be shown verbatim */

struct mask_value {
	uint32_t at, n;    /* bytes of the message */
	uint16_t skeleton; /* where its MASK_VALUE stands */
	uint8_t type;
	bool many; /* several values in a row were folded into one */
};

/*
 * A place of the message that may hold other bytes, while the rest stays as it
 * is, without skeleton, types and number of values changing: see hole.h.
 */
enum hole_kind { HOLE_NUMBER, HOLE_IP, HOLE_HEX, HOLE_CHUNK, HOLE_QUOTED };

struct hole {
	uint32_t at, n; /* bytes of the message */
	uint8_t kind, type, arg;
	char first;
};

#define MASK_HOLES_MAX 32 /* per message; more are not told */

struct mask {
	uint16_t n, n_values, n_holes;
	bool full; /* the rest of the message did not fit */
	char skeleton[MASK_SKELETON_MAX + 16]; /* copies may overshoot */
	struct mask_value values[MASK_VALUES_MAX];
	struct hole holes[MASK_HOLES_MAX]; /* in order */
};

void mask_message(struct mask *m, struct str message);

/* The type of a chunk (no white space or punctuation in or around it) that
 * makes one value and nothing else; else MASK_TYPES. */
enum mask_type mask_chunk(const char *p, const char *end);
/* The type of what stands between quotes. */
enum mask_type mask_quoted(const char *p, const char *end, bool digits);

/* "<num>" and so on; type must be less than MASK_TYPES. */
struct str mask_name(enum mask_type type);

#endif
