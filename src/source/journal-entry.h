/* SPDX-License-Identifier: MIT */
#ifndef SOURCE_JOURNAL_ENTRY_H
#define SOURCE_JOURNAL_ENTRY_H

/*
 * The entry an sd_journal stands at, as bytes.
 */

#include <systemd/sd-journal.h>

#include "journal-hash.h"
#include "recount/source.h"

struct journal_cursor { /* what a cursor says of its entry */
	char seqnum_id[33];
	char boot_id[33];
	uint64_t seqnum;
	usec_t realtime, monotonic;
	bool hashed; /* hash was given */
	uint64_t hash;
};

/* false when text is no cursor. */
bool journal_cursor_parse(struct str text, struct journal_cursor *ret);

/*
 * What was found out about fields that stood at the same place a moment ago: a
 * field of many entries stands in a journal file once.  All zero to begin
 * with.
 */
#define FIELD_MEMORY_SLOTS 512
struct field_memory {
	struct {
		struct str field;
		uint64_t hash;
		uint32_t name_n; /* 0: damaged */
		bool text;
	} slots[FIELD_MEMORY_SLOTS];
};

/* What there is to know of a field, NAME=value. */
struct journal_field {
	uint64_t hash;
	uint32_t name_n; /* 0: damaged */
	bool text;
};
void journal_field_look(struct str data, struct journal_field *ret);
/* Append the text of a cursor, and what stands before the fields of an entry
 * in export form. */
void journal_cursor_write(const struct journal_cursor *c, struct buf *out);
void journal_add_head(
    struct buf *out, const struct journal_cursor *c, struct str text);
/* Append a field (not the boot id, which is in the head); false when it is
 * damaged or out, which holds the entry alone, gets too large. */
bool journal_add_field(
    struct buf *out, struct str data, const struct journal_field *f);

enum journal_export {
	EXPORT_WHOLE,
	EXPORT_CUT,     /* too large: something was left out */
	EXPORT_DAMAGED, /* fields are missing, or not what was written */
};

/* Append the current entry in export form.  c and text are its cursor. */
enum journal_export journal_entry_export(sd_journal *sd,
    const struct journal_cursor *c, struct str text,
    struct field_memory *memory, struct buf *out);

#endif
