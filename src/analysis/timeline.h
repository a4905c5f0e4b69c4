/* SPDX-License-Identifier: MIT */
#ifndef ANALYSIS_TIMELINE_H
#define ANALYSIS_TIMELINE_H

#include "analysis.h"

/* An item that may become part of the timeline. */
struct draft {
	struct timeline_item item;
	double points;
	bool always;     /* whatever its points */
	uint32_t record; /* its first message, or NO_RECORD */
	/* While messages of one process are joined: */
	usec_t last;
	double weight;
	unsigned joined;
	bool elided;
};

struct drafts {
	struct draft *items;
	size_t n, size;
};

/* Valid until the next draft_new(). */
struct draft *draft_new(struct drafts *d);
void draft_free(struct draft *d); /* what it holds */

/* turns.c: onset, give-ups, slowness, silence and end of each incident. */
void turns_draft(const struct analysis *a, struct drafts *d);

#endif
