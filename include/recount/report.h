/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_REPORT_H
#define RECOUNT_REPORT_H

/*
 * The model as people and programs read it.  Renderers are pure: the same
 * model and options give the same bytes.
 */

#include "recount/model.h"

enum report_part {
	REPORT_SUMMARY = 1 << 0, /* heading, summary, sparkline */
	REPORT_TIMELINE = 1 << 1,
	REPORT_IMPACT = 1 << 2,
	REPORT_CLIENTS = 1 << 3, /* impact --clients */
	REPORT_FACTORS = 1 << 4,
	REPORT_COVERAGE = 1 << 5,
};

struct report_options {
	unsigned parts;     /* enum report_part; JSON always has everything */
	unsigned width;     /* columns of the terminal; 0: do not cut lines */
	bool colour, ascii; /* ascii: no character beyond 7 bits of our own */
	bool mermaid;       /* Markdown: the timeline as a chart, too */
};

struct redactor;

/*
 * Replace what is private in every text of r, its evidence included, by the
 * pseudonyms of `redactor`, which learns from the evidence first.  `flags` are
 * the redactor's.  To be done once, before rendering.
 */
void report_redact(struct report *r, struct redactor *redactor, unsigned flags);

struct report_format {    /* one row per format in report_formats */
	const char *name; /* as -o takes it: "text", "json", "markdown" */
	void (*render)(const struct report *r, const struct report_options *o,
	    struct buf *out);
};
extern const struct report_format report_formats[]; /* ends with name NULL */

/* A folder of snapshots has one row per snapshot in its index. */
struct report_index_entry {
	const char *folder; /* beside the index page; holds report.html */
	/* Its report.json, or an object with the same keys "window",
	 * "summary", "totals" and "incidents"; what is missing is unknown,
	 * and what cannot be read is said to be so. */
	struct str json;
};

/*
 * Append the page that lists n snapshots to out, those of the latest window
 * first; times in zone.  Nothing of the entries is trusted.
 */
void report_index_html(const struct report_index_entry *entries, size_t n,
    const struct zone *zone, struct buf *out);

#endif
