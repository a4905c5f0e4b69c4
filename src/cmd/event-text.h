/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_CMD_EVENT_TEXT_H
#define RECOUNT_CMD_EVENT_TEXT_H

/* One event as text for people and programs. */

#include "cmd.h"
#include "recount/jwrite.h"

/* Appends one event, with its newline. */
struct event_format {
	const char *name;
	unsigned columns; /* of the store */
	const char *head; /* line before the first event, or NULL */
	void (*add)(
	    const struct log_event *ev, const struct zone *z, struct buf *out);
};
extern const struct event_format event_formats[]; /* ends with name NULL */
/* name NULL: the first.  NULL when there is none of that name. */
const struct event_format *event_format_find(const char *name);
void event_format_names(struct buf *out); /* "short, short-iso, …" */

/* Printable text as a block of code: indented, so that nothing in it can end
 * the block. */
void markdown_block(struct buf *out, struct str text);

/* Members of the object that j has open. */
void event_json_add(const struct log_event *ev, struct jwrite *j);

#endif
