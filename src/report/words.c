/* SPDX-License-Identifier: MIT */
/*
 * Two rules run through everything here.  A number never stands without its
 * base, since "2,214 failed" means nothing before "of 2,972".  And rounding
 * never turns some into none or nearly all into all: 3 of 10,000 is "<0.1 %",
 * and 100.0 % is only what is 100 %.
 */
#include "words.h"

#include "recount/redact.h"

#include <math.h>
#include <stdio.h>

#include "recount/event.h"

void
words_count(struct buf *out, int64_t n)
{
	char digits[24];
	size_t len;

	if (n < 0) {
		buf_addc(out, '?');
		return;
	}
	snprintf(digits, sizeof(digits), "%lld", (long long)n);
	len = strlen(digits);
	for (size_t i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			buf_addc(out, ',');
		buf_addc(out, digits[i]);
	}
}

void
words_counted(struct buf *out, int64_t n, const char *noun)
{
	words_count(out, n);
	buf_addf(out, " %s%s", noun, n == 1 ? "" : "s");
}

/* Without printf's %f, which writes the locale's decimal point. */
static void
add_tenths(struct buf *out, int64_t tenths)
{
	words_count(out, tenths / 10);
	buf_addf(out, ".%d", (int)(tenths % 10));
}

void
words_share(struct buf *out, double share)
{
	int64_t tenths;

	if (!(share >= 0) || share > 1e9) {
		buf_addc(out, '?');
		return;
	}
	tenths = llround(share * 1000);
	if (tenths == 0 && share > 0) {
		buf_adds(out, "<0.1 %");
		return;
	}
	if (tenths == 1000 && share < 1)
		tenths = 999;
	add_tenths(out, tenths);
	buf_adds(out, " %");
}

void
words_of(struct buf *out, int64_t part, int64_t base, const char *noun)
{
	words_count(out, part);
	buf_adds(out, " of ");
	words_count(out, base);
	if (noun != NULL)
		buf_addf(out, " %s%s", noun, base == 1 ? "" : "s");
}

double
words_ratio(int64_t part, int64_t base)
{
	return part >= 0 && base > 0 ? (double)part / (double)base : NAN;
}

void
words_ms(struct buf *out, double ms)
{
	if (!(ms >= 0) || ms > 1e15) {
		buf_addc(out, '?');
	} else if (ms < 9.95) {
		add_tenths(out, llround(ms * 10));
		buf_adds(out, " ms");
	} else if (ms < 999.5) {
		buf_addf(out, "%lld ms", llround(ms));
	} else {
		int64_t hundredths = llround(ms / 10);

		words_count(out, hundredths / 100);
		buf_addf(out, ".%02d s", (int)(hundredths % 100));
	}
}

void
words_slo(struct buf *out, const struct impact_slo *s, bool at_least)
{
	char text[TIME_TEXT_MAX];

	buf_addf(out, "%.6g %% over %s: ", s->objective * 100,
	    span_format((usec_t)(s->period_s * 1e6), text));
	if (s->total == 0) {
		buf_adds(out, "no requests");
		return;
	}
	if (at_least)
		buf_adds(out, "at least ");
	words_share(out, s->budget_spent);
	buf_addf(out, " of the error budget spent, burn rate %.*f (",
	    s->burn_rate < 10 ? 1 : 0, s->burn_rate);
	words_of(out, s->failed, s->total, "request");
	buf_adds(out, " failed)");
}

void
words_seconds(struct buf *out, double seconds)
{
	char text[TIME_TEXT_MAX];

	if (!(fabs(seconds) < 1e12))
		buf_addc(out, '?');
	else
		buf_adds(out,
		    span_format(
			(usec_t)llround(seconds * (double)USEC_PER_SEC), text));
}

static bool
same_day(usec_t a, usec_t b, const struct zone *z)
{
	struct civil x, y;

	if (a == USEC_NONE || b == USEC_NONE)
		return false;
	zone_to_civil(z, a, &x, NULL, NULL);
	zone_to_civil(z, b, &y, NULL, NULL);
	return x.year == y.year && x.month == y.month && x.day == y.day;
}

static void
add_time(struct buf *out, usec_t t, usec_t day, const struct zone *z)
{
	char text[TIME_TEXT_MAX];

	if (same_day(t, day, z))
		buf_adds(out, time_format_clock(t, z, 0, text));
	else
		buf_adds(out, time_format_local(t, z, text));
}

void
words_time(struct buf *out, usec_t t, usec_t day, const struct report *r)
{
	add_time(out, t, day, r->zone);
	if (t != USEC_NONE && words_zone_changes(r))
		buf_addf(out, " %s", words_abbrev(t, r->zone));
}

static int
offset_of(usec_t t, const struct zone *z)
{
	struct civil c;
	int offset;

	zone_to_civil(z, t, &c, &offset, NULL);
	return offset;
}

bool
words_zone_changes(const struct report *r)
{
	return offset_of(r->since, r->zone) != offset_of(r->until, r->zone);
}

const char *
words_abbrev(usec_t t, const struct zone *z)
{
	const char *abbrev;
	struct civil c;

	zone_to_civil(z, t, &c, NULL, &abbrev);
	return abbrev;
}

void
words_window(struct buf *out, usec_t since, usec_t until, const struct zone *z,
    const char *dash)
{
	char text[TIME_TEXT_MAX];

	buf_adds(out, time_format_local(since, z, text));
	if (offset_of(since, z) != offset_of(until, z))
		buf_addf(out, " %s", time_format_zone(since, z, text));
	buf_adds(out, dash);
	add_time(out, until, since, z);
	buf_addf(out, " %s", time_format_zone(until, z, text));
}

void
words_incident(struct buf *out, const struct incident *in)
{
	buf_adds(out, incident_class_name(in->classification));
	for (size_t i = 0; i < in->n_services; i++) {
		buf_adds(out, i == 0 ? " of " : ", ");
		buf_adds(out, in->services[i] ? in->services[i] : "?");
	}
}

void
words_incident_when(struct buf *out, const struct report *r,
    const struct incident *in, const char *dash)
{
	char text[TIME_TEXT_MAX];

	if (in->end != USEC_NONE) {
		words_window(out, in->start, in->end, r->zone, dash);
		buf_addf(out, ", %s", span_format(in->end - in->start, text));
		return;
	}
	buf_addf(out, "from %s", time_format_local(in->start, r->zone, text));
	buf_addf(out, " %s, still going on at the end of the window",
	    time_format_zone(in->start, r->zone, text));
}

const struct incident *
words_incident_of(const struct report *r, const struct timeline_item *item)
{
	bool closes = item->phase == PHASE_RECOVERY ||
		      item->phase == PHASE_AFTER ||
		      item->phase == PHASE_MITIGATION;
	size_t i = 0;

	if (r->n_incidents == 0)
		return NULL;
	while (i + 1 < r->n_incidents && r->incidents[i].end != USEC_NONE &&
	       r->incidents[i].end < item->time)
		i++;
	if (closes && i > 0 && item->time < r->incidents[i].start)
		i--;
	return &r->incidents[i];
}

char *
words_relative(
    const struct report *r, const struct timeline_item *item, char *out)
{
	const struct incident *in = words_incident_of(r, item);
	usec_t onset;

	if (in == NULL || item->time == USEC_NONE)
		return strcpy(out, "");
	onset = in->phases.onset != USEC_NONE ? in->phases.onset : in->start;
	return span_format_signed(item->time - onset, out);
}

void
words_evidence(struct buf *out, const struct id_list *l)
{
	char id[EVENT_ID_TEXT_MAX];

	if (l->n == 0)
		return;
	buf_adds(out, event_id_format(l->ids[0], id));
	if (l->n > 1 && l->ids[l->n - 1] != l->ids[0])
		buf_addf(out, " %s", event_id_format(l->ids[l->n - 1], id));
}

int64_t
words_gaps(const struct report *r)
{
	int64_t gaps = 0;

	for (size_t i = 0; i < r->n_coverage; i++)
		gaps += (int64_t)r->coverage[i].n_gaps;
	return gaps;
}

void
words_lost(struct buf *out, const struct coverage_gap *g)
{
	const char *noun = g->lost_bytes ? "byte" : "message";

	if (g->lost < 0)
		buf_addf(out, "an unknown number of %ss", noun);
	else
		words_counted(out, g->lost, noun);
}

void
words_gap(struct buf *out, const struct coverage *c,
    const struct coverage_gap *g, const struct report *r, const char *dash)
{
	buf_adds(out, c->source ? c->source : "?");
	if (g->since != USEC_NONE) {
		buf_adds(out, ", ");
		words_time(out, g->since, r->since, r);
	}
	if (g->until != USEC_NONE && g->until != g->since) {
		buf_adds(out, dash);
		words_time(out, g->until, r->since, r);
	}
	buf_addf(out, ": %s; lost: ", g->reason ? g->reason : "unknown reason");
	words_lost(out, g);
}

void
words_looked_at(struct buf *out, const struct report *r)
{
	int64_t gaps = words_gaps(r);

	words_counted(out, (int64_t)r->n_coverage, "source");
	buf_adds(out, ", ");
	words_counted(out, r->totals.events, "event");
	if (r->totals.requests > 0) {
		buf_adds(out, ", ");
		words_counted(out, r->totals.requests, "request");
	}
	if (gaps > 0) {
		buf_adds(out, ", ");
		words_counted(out, gaps, "gap");
	}
}

void
words_redacted(struct buf *out, const struct report *r)
{
	if (r->redacted & REDACT_VALUES)
		buf_adds(out, "; names, addresses and values are pseudonyms");
	if (r->redacted & REDACT_PEOPLE)
		buf_adds(out, "; people are roles (R1, R2, ...)");
}

/* RFC 3339 without ".000": to be typed again. */
static void
add_bound(struct buf *out, usec_t t)
{
	char text[TIME_TEXT_MAX];
	size_t n;

	time_format_rfc3339(t, text);
	n = strlen(text);
	if (n > 5 && strcmp(text + n - 5, ".000Z") == 0)
		strcpy(text + n - 5, "Z");
	buf_adds(out, text);
}

void
words_command(struct buf *out, const struct report *r, unsigned parts)
{
	const char *name = "report";

	if (!(parts & (REPORT_FACTORS | REPORT_COVERAGE))) {
		if (parts & REPORT_TIMELINE)
			name = "timeline";
		else if (parts & REPORT_CLIENTS)
			name = "impact --clients";
		else if (parts & REPORT_IMPACT)
			name = "impact";
		else
			name = "incidents";
	}
	buf_addf(out, "recount %s -S ", name);
	add_bound(out, r->since);
	buf_adds(out, " -U ");
	add_bound(out, r->until);
	/* Always: the next reader's machine has another local zone. */
	if (r->zone != zone_utc())
		buf_addf(out, " --timezone=%s", zone_name(r->zone));
}
