/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_POSITION_H
#define RECOUNT_POSITION_H

/*
 * How far a source has been taken in.  Sources report it, the store keeps it
 * in the transaction that holds the events before it, and sources go on from
 * it.
 *
 * A file is known by its contents, not by its name: rotation renames it,
 * compression rewrites it, copies carry it to other machines.  head is the
 * hash of its first head_n uncompressed bytes, tail that of the tail_n bytes
 * before offset, so that a file rewritten behind our back is not mistaken for
 * the old one.  Both cover what stands before offset, as much of it as there
 * is: head_n is the smaller of offset and POSITION_HEAD_MAX, tail_n that of
 * offset and POSITION_TAIL_MAX.  (Who takes in less than a source gave may
 * lower offset and leave head as it is.)  A position is a file's when both
 * hashes are right; one with head_n 0 is known by dev and ino alone, which
 * are a mere hint otherwise.
 */

#include "recount/clock.h"

#define POSITION_HEAD_MAX 4096
#define POSITION_TAIL_MAX 1024

struct position {
	int64_t offset;    /* of the first uncompressed byte not yet taken in */
	uint64_t dev, ino; /* of the file when last seen; 0 unknown */
	uint32_t head_n, tail_n;
	uint64_t head, tail; /* hash64() */
	struct str cursor;   /* journal: of the last entry taken in */
	/* Files that are followed: when the file was last written before it was
	 * found.  Where nothing of it was read yet, rotated files written since
	 * then are it or came after it.  0 unknown. */
	usec_t noted;
};

/*
 * Journal entries carry a sequence number that is unique under its sequence
 * id over all files of one machine.  Ranges of them say exactly which entries
 * are in the store, in whatever order files turn up.
 */
struct seq_range {
	char seqnum_id[33];   /* 32 hex digits */
	uint64_t first, last; /* inclusive */
};

#endif
