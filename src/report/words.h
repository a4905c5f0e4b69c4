/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_REPORT_WORDS_H
#define RECOUNT_REPORT_WORDS_H

/*
 * What text and Markdown say in the same words: numbers with their base,
 * times, and which incident an item belongs to.  All functions append to out;
 * what comes from logs is still as it was, the callers make it safe.
 */

#include "recount/report.h"

void words_count(struct buf *out, int64_t n); /* "2,972"; "?" below 0 */
/* "1 source", "3 sources": plural is noun and an s. */
void words_counted(struct buf *out, int64_t n, const char *noun);
/* "74.5 %" of a share 0–1; "<0.1 %" where rounding would say none, "?" for
 * NAN. */
void words_share(struct buf *out, double share);
/* "2,214 of 2,972 requests"; noun may be NULL. */
void words_of(struct buf *out, int64_t part, int64_t base, const char *noun);
/* part / base, NAN without a base. */
double words_ratio(int64_t part, int64_t base);
/* "99.9 % over 30 d: 3.2 % of the error budget spent, burn rate 650 (20 of 30
 * requests failed)" */
void words_slo(struct buf *out, const struct impact_slo *s, bool at_least);
void words_ms(struct buf *out, double ms); /* "12 ms", "1.25 s", "?" */
void words_seconds(struct buf *out, double seconds); /* "17 min 33 s" */

/* "2026-03-04 14:00:00–15:00:00 CET (UTC+1)"; dash stands between. */
void words_window(struct buf *out, usec_t since, usec_t until,
    const struct zone *z, const char *dash);
/* "14:00:07", or "2026-03-05 14:00:07" where the day is not that of day; with
 * its zone where clocks change inside the window and it occurs twice. */
void words_time(struct buf *out, usec_t t, usec_t day, const struct report *r);
/* Do clocks in the report's zone change inside its window? */
bool words_zone_changes(const struct report *r);
/* "CEST" at t */
const char *words_abbrev(usec_t t, const struct zone *z);

/* "degradation of orders, payments" */
void words_incident(struct buf *out, const struct incident *in);
/* "14:21:07–14:38:40 CET (UTC+1), 17 min 33 s", or that it goes on. */
void words_incident_when(struct buf *out, const struct report *r,
    const struct incident *in, const char *dash);
/*
 * The incident that a timeline item is told in relation to: the first whose
 * end is not before it; an item that closes an incident (phase recovery or
 * after) belongs to the one before.  NULL without incidents.
 */
const struct incident *words_incident_of(
    const struct report *r, const struct timeline_item *item);
/* Relative to the onset of words_incident_of(), or "" without one. */
char *words_relative(
    const struct report *r, const struct timeline_item *item, char *out);

/* "k3f9", "k3f9 k7v0": the first and the last. */
void words_evidence(struct buf *out, const struct id_list *l);
int64_t words_gaps(const struct report *r);
/* "212 messages", "4,096 bytes", "an unknown number of messages" */
void words_lost(struct buf *out, const struct coverage_gap *g);
/* "web2/journal, 14:21:07–14:24:07: suppressed; lost: 212 messages" */
void words_gap(struct buf *out, const struct coverage *c,
    const struct coverage_gap *g, const struct report *r, const char *dash);
/* "3 sources, 418,204 events, 1 gap" */
void words_looked_at(struct buf *out, const struct report *r);
/* "; people are roles …"; nothing where nothing was redacted */
void words_redacted(struct buf *out, const struct report *r);
/* "recount report -S … -U …" for the parts shown */
void words_command(struct buf *out, const struct report *r, unsigned parts);

#endif
