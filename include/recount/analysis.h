/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_ANALYSIS_H
#define RECOUNT_ANALYSIS_H

/*
 * From events to a report model.  Pure: events, sources and gaps are pushed
 * in, the model comes out; no clock, no store, no output.  The order in which
 * events are pushed does not matter.
 */

#include "recount/event.h"
#include "recount/model.h"
#include "recount/rules.h"

struct analysis;
struct requests; /* recount/requests.h */

/* A service level objective: the share of requests that are to succeed. */
struct slo {
	const char *name;
	/* Which requests it is about, a glob: "POST /api/orders*" for routes,
	 * "/api/orders*" for their paths, "shop.example.com" for virtual hosts.
	 * NULL: all. */
	const char *match;
	double objective; /* 0.999; below 1 */
	usec_t period;
};

struct analysis_options {
	usec_t since, until; /* the window, half-open */
	/* Events from here on tell what is normal: at most since. */
	usec_t lookback;
	const struct zone *zone;
	struct rules *rules;    /* borrowed until analysis_free() */
	int failed_status;      /* a request failed from this status on; 500 */
	size_t items_max;       /* of the timeline; 0: no limit (--all) */
	const struct slo *slos; /* borrowed until analysis_free() */
	size_t n_slos;
};

struct analysis *analysis_new(const struct analysis_options *o);
void analysis_free(struct analysis *a);
DEFINE_CLEANUP(struct analysis *, analysis_free)

/* ev: with a timestamp in [lookback, until); others are ignored.  Nothing of
 * it is borrowed. */
void analysis_add(struct analysis *a, const struct log_event *ev);
/* The same for many requests; their request ids are of no use, and may be left
 * out, when analysis_wants_request_ids() says so after everything else has
 * been pushed in. */
void analysis_add_requests(struct analysis *a, const struct requests *r);
bool analysis_wants_request_ids(const struct analysis *a);
/* A source that events may come from; name as coverage shows it. */
void analysis_add_source(
    struct analysis *a, uint32_t source, struct str name, struct str host);
/* since/until USEC_NONE: unknown bounds. */
void analysis_add_gap(struct analysis *a, uint32_t source, usec_t since,
    usec_t until, struct str reason, int64_t lost, bool lost_bytes);
/* A pattern has become part of another; before the first event. */
void analysis_merge_pattern(
    struct analysis *a, uint64_t pattern, uint64_t into);
/* How a pattern reads; for messages without a rule. */
void analysis_add_template(
    struct analysis *a, uint64_t pattern, struct str text);

/*
 * Compute everything but `generated` and `evidence`.  *ret is the caller's, to
 * be ended by report_free().  Call once.
 */
void analysis_finish(struct analysis *a, struct report **ret);

/* Note for r's incidents which of an earlier report's they resemble. */
void report_add_similar(struct report *r, const struct report *earlier);

/* All evidence ids that r cites, ascending, each once: for the caller to
 * fetch r->evidence.  *ret_ids is the caller's. */
void analysis_evidence_ids(
    const struct report *r, uint64_t **ret_ids, size_t *ret_n);

#endif
