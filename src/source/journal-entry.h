/* SPDX-License-Identifier: MIT */
#ifndef SOURCE_JOURNAL_ENTRY_H
#define SOURCE_JOURNAL_ENTRY_H

/*
 * The entry an sd_journal stands at, as bytes.
 */

#include <systemd/sd-journal.h>

#include "recount/source.h"

struct journal_cursor { /* what a cursor says of its entry */
	char seqnum_id[33];
	char boot_id[33];
	uint64_t seqnum;
	usec_t realtime, monotonic;
};

/* false when text is no cursor. */
bool journal_cursor_parse(struct str text, struct journal_cursor *ret);

/*
 * Append the current entry in export form.  c and text are its cursor.
 * false: some of it is missing, because it is damaged or too large.
 */
bool journal_entry_export(sd_journal *sd, const struct journal_cursor *c,
    struct str text, struct buf *out);

#endif
