/* SPDX-License-Identifier: MIT */
/*
 * Two or three sentences that say how long, how many and how bad, made of the
 * model's own numbers; the incident's id; and the baseline that was used.
 */
#include "analysis.h"

#include <math.h>
#include <stdio.h>

#include "recount/utf8.h"

#define SERVICES_NAMED 3

static void
add_count(struct buf *out, int64_t n)
{
	char digits[32];
	size_t len;

	snprintf(digits, sizeof(digits), "%lld", (long long)n);
	len = strlen(digits);
	for (size_t i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			buf_addc(out, ',');
		buf_addc(out, digits[i]);
	}
}

static const char *
class_text(enum incident_class c)
{
	switch (c) {
	case INCIDENT_OUTAGE:
		return "Outage";
	case INCIDENT_LATENCY:
		return "Slow answers";
	case INCIDENT_SILENCE:
		return "Silence";
	case INCIDENT_DEGRADATION:
		break;
	}
	return "Degradation";
}

static void
add_when(const struct analysis *a, const struct incident *in, struct buf *out)
{
	char from[TIME_TEXT_MAX], to[TIME_TEXT_MAX], span[TIME_TEXT_MAX];
	char zone[TIME_TEXT_MAX];

	buf_addf(
	    out, " from %s", time_format_clock(in->start, a->o.zone, 0, from));
	if (in->end == USEC_NONE)
		buf_addf(out, " %s, still going on at the end of the window",
		    time_format_zone(in->start, a->o.zone, zone));
	else
		buf_addf(out, " to %s %s, %s",
		    time_format_clock(in->end, a->o.zone, 0, to),
		    time_format_zone(in->end, a->o.zone, zone),
		    span_format(in->end - in->start, span));
	buf_adds(out, ". ");
}

/* None and all are said of none and all only, never by rounding. */
static void
add_share(struct buf *out, int64_t part, int64_t of, const char *what)
{
	double percent = of > 0 ? 100.0 * (double)part / (double)of : 0;

	add_count(out, part);
	buf_adds(out, " of ");
	add_count(out, of);
	buf_addf(out, " %s", what);
	if (of == 0)
		return;
	if (part > 0 && percent < 0.05)
		buf_adds(out, " (<0.1 %)");
	else
		buf_addf(out, " (%.1f %%)",
		    part < of && percent > 99.9 ? 99.9 : percent);
}

static void
add_incident(
    const struct analysis *a, const struct incident *in, struct buf *out)
{
	const struct impact *im = &in->impact;
	char span[TIME_TEXT_MAX];

	buf_adds(out, class_text(in->classification));
	for (size_t i = 0; i < in->n_services && i < SERVICES_NAMED; i++) {
		buf_adds(out, i == 0 ? " of " : ", ");
		utf8_add_printable(out, str_of(in->services[i]));
	}
	if (in->n_services > SERVICES_NAMED)
		buf_addf(out, " and %zu more", in->n_services - SERVICES_NAMED);
	if (im->n_endpoints > 0 &&
	    im->endpoints[0].failed * 10 >= im->failed * 9 && im->failed > 0) {
		buf_adds(out, " (");
		utf8_add_printable(out, str_of(im->endpoints[0].method));
		buf_addc(out, ' ');
		utf8_add_printable(out, str_of(im->endpoints[0].route));
		buf_addc(out, ')');
	}
	add_when(a, in, out);
	if (im->at_least)
		buf_adds(out, "At least ");
	add_share(out, im->failed, im->total, "requests failed");
	if (im->aborted > 0) {
		buf_adds(out, ", ");
		add_count(out, im->aborted);
		buf_adds(out, " were given up by clients");
	}
	if (im->slow > im->failed) {
		buf_adds(out, ", ");
		add_count(out, im->slow);
		buf_adds(out, " were slow");
	}
	buf_adds(out, "; ");
	add_share(out, im->clients_affected, im->clients_total,
	    "clients were affected");
	buf_addc(out, '.');
	if (in->phases.detected != USEC_NONE) {
		buf_addf(out, " Detected after %s.",
		    span_format(in->phases.detected - in->start, span));
	}
}

static void
name_incident(const struct analysis *a, struct incident *in)
{
	CLEANUP(buf_free) struct buf key = BUF_INIT;
	struct civil c;

	for (size_t i = 0; i < in->n_services; i++)
		buf_adds(&key, in->services[i]);
	buf_addf(&key, "%lld", (long long)in->start);
	zone_to_civil(zone_utc(), in->start, &c, NULL, NULL);
	in->id = xasprintf("%04d%02d%02dT%02d%02dZ-%04x", c.year, c.month,
	    c.day, c.hour, c.minute, (unsigned)(hash64(key.p, key.n) & 0xffff));
}

/* Quiet time before the first incident is what "baseline" names. */
static void
name_baseline(struct analysis *a)
{
	struct report *r = a->report;
	usec_t from = INT64_MAX;
	usec_t to = r->n_incidents > 0 ? r->incidents[0].start : a->o.since;

	if (a->n_requests > 0)
		from = a->requests[0].end;
	if (a->n_messages > 0 && a->messages[0].time < from)
		from = a->messages[0].time;
	if (from >= to)
		return;
	r->baseline_since = from;
	r->baseline_until = to;
}

void
summary_write(struct analysis *a)
{
	CLEANUP(buf_free) struct buf out = BUF_INIT;
	struct report *r = a->report;

	name_baseline(a);
	for (size_t i = 0; i < r->n_incidents; i++) {
		name_incident(a, &r->incidents[i]);
		if (i > 0)
			buf_addc(&out, ' ');
		add_incident(a, &r->incidents[i], &out);
	}
	if (r->n_incidents == 0) {
		buf_adds(&out, "No incident found: ");
		add_share(&out, r->totals.failed, r->totals.requests,
		    "requests failed");
		buf_adds(&out, ".");
	}
	r->summary = buf_steal(&out);
}
