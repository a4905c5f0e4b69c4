/* SPDX-License-Identifier: MIT */
#ifndef SOURCE_JOURNAL_FILE_H
#define SOURCE_JOURNAL_FILE_H

/*
 * What the header of a journal file says, read without libsystemd, which does
 * not tell.
 */

#include "recount/source.h"

struct journal_head {
	char file_id[33], seqnum_id[33];
	bool archived; /* nobody writes to it any more */
	uint64_t n_entries;
	uint64_t first_seqnum, last_seqnum;   /* 0 when empty */
	usec_t first_realtime, last_realtime; /* 0 when empty */
};

/* The 16 bytes of an id as text. */
void journal_id_text(const void *id, char out[static 33]);

/* 0; -EBADMSG not a journal file, or its header is damaged; -ENODATA the file
 * is shorter than its header says; -errno. */
int journal_head_read(
    const char *path, struct journal_head *ret, struct reterr *err);

#endif
