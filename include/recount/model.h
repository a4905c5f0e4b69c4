/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_MODEL_H
#define RECOUNT_MODEL_H

/*
 * The report model: what analysis found, ready to be rendered.  The C twin of
 * the JSON contract "recount.report/1"; fields mean what the keys of the same
 * name mean there.  One owner (report_free), strings are NUL-terminated UTF-8
 * or escaped (see utf8.h), unknown times are USEC_NONE, unknown numbers NAN or
 * -1, unknown strings NULL.
 */

#include "recount/clock.h"

enum incident_class {
	INCIDENT_OUTAGE,
	INCIDENT_DEGRADATION,
	INCIDENT_LATENCY,
	INCIDENT_SILENCE
};
const char *incident_class_name(enum incident_class c); /* "degradation" */

enum phase {
	PHASE_BEFORE,
	PHASE_TRIGGER,
	PHASE_ONSET,
	PHASE_DETECTION,
	PHASE_RESPONSE,
	PHASE_MITIGATION,
	PHASE_RECOVERY,
	PHASE_AFTER
};
const char *phase_name(enum phase p); /* "onset" */

struct id_list { /* evidence ids, ascending by time; never empty in a report */
	uint64_t *ids;
	size_t n;
};

struct percentiles {
	double p50, p95, p99; /* milliseconds; NAN unknown */
};

struct impact_endpoint {
	char *method, *route;
	int64_t total, failed;
	double baseline_failed_share; /* NAN unknown */
};

struct impact_unit {
	char *host, *unit;
	double down_s; /* NAN unknown */
	int64_t restarts;
};

struct impact_slo {
	char *name;
	double objective; /* 0.999 */
	double period_s;
	int64_t total, failed; /* requests that the objective is about */
	double burn_rate;      /* error rate over what is allowed; NAN */
	double budget_spent;   /* share of the period's budget; NAN */
};

struct impact_client {
	char *address;
	int64_t requests, failed;
	usec_t first, last; /* failing request */
};

struct impact {
	int64_t total, failed, aborted, slow;
	double slow_threshold_ms, baseline_failed_share, excess_failed;
	int64_t clients_total, clients_affected;
	struct percentiles latency_baseline, latency_during;
	struct impact_endpoint *endpoints;
	size_t n_endpoints;
	struct impact_unit *units;
	size_t n_units;
	struct impact_client *clients; /* those affected, most failures first */
	size_t n_clients;
	struct impact_slo *slos; /* those configured */
	size_t n_slos;
	bool at_least;
	char *at_least_reason; /* NULL unless at_least */
};

struct factor {
	usec_t time;
	char *kind, *host, *service, *text;
	double lead_s; /* before onset; negative: after it */
	double score;
	char **reasons;
	size_t n_reasons;
	struct id_list evidence;
};

/* What an incident looks like, to find it again; not rendered. */
struct feature {
	char *key, *text; /* stable across reports; for people */
	double weight;
};

struct similar { /* an earlier incident that looks alike */
	char *id;
	usec_t start;
	double score;  /* 0–1: the same */
	char **shared; /* what they have in common, the weightiest first */
	size_t n_shared;
};

struct incident {
	char *id;          /* stable: made of start and what was hit */
	usec_t start, end; /* end: USEC_NONE while ongoing */
	bool ongoing;
	enum incident_class classification;
	char **services;
	size_t n_services;
	struct {
		usec_t trigger, onset, detected, first_action, mitigated,
		    resolved;
	} phases;
	struct impact impact;
	struct factor *factors; /* best first */
	size_t n_factors;
	struct feature *features; /* ascending by key */
	size_t n_features;
	struct similar *similar; /* most alike first */
	size_t n_similar;
};

struct timeline_item {
	usec_t time, until; /* until: of the last event folded in */
	enum phase phase;
	char *kind, *host, *service, *source;
	/* A rule's class ("change", "action", "failure", "recovery", "notice"),
	 * "alert", "mark", "impact" for what requests show, or "message".
	 * Static. */
	const char *class;
	int severity;
	char *text;
	int64_t count;
	struct id_list evidence;
};

struct coverage_gap {
	usec_t since, until;
	char *reason;
	int64_t lost; /* -1 unknown */
	bool lost_bytes;
};

struct coverage {
	char *source, *host;
	usec_t first, last;
	int64_t events, unparsed;
	struct coverage_gap *gaps;
	size_t n_gaps;
};

struct evidence {
	uint64_t id;
	usec_t time;
	char *host;
	char *file;     /* or NULL */
	int64_t offset; /* in file */
	char *cursor;   /* or NULL */
	char *peer;     /* or NULL */
	struct str raw; /* the bytes themselves, not escaped; owned */
};

/* What happened in one step of the window. */
struct chart_point {
	int64_t requests, failed, aborted;
	struct percentiles latency; /* of requests whose duration is known */
};

/* The window as steps of equal length, the last one possibly shorter; for
 * charts.  None (n is 0) where there was no request. */
struct chart_series {
	usec_t step; /* point i begins at since + i * step */
	struct chart_point *points;
	size_t n;
	struct { /* a step in quiet time; NAN unknown */
		double requests, failed_share;
		struct percentiles latency;
	} usual;
};

#define SPARK_MAX 60

struct report {
	struct {
		const char *version; /* static */
		usec_t at;
		char **command;
		size_t n_command;
	} generated;
	usec_t since, until;
	const struct zone *zone;
	usec_t baseline_since, baseline_until; /* USEC_NONE: no baseline */
	char *summary;
	struct {
		int64_t events, requests, failed, aborted, clients;
	} totals;
	struct incident *incidents;
	size_t n_incidents;
	bool similar_sought; /* for all incidents */
	struct timeline_item *timeline;
	size_t n_timeline;
	struct coverage *coverage;
	size_t n_coverage;
	struct evidence *evidence; /* ascending by id */
	size_t n_evidence;
	/* Failed requests over the window, for the sparkline. */
	int64_t spark[SPARK_MAX];
	size_t n_spark;
	struct chart_series series;
	unsigned redacted; /* enum redact_flag: what was replaced */
};

void report_free(struct report *r);
DEFINE_CLEANUP(struct report *, report_free)
void id_list_add(struct id_list *l, uint64_t id);

#endif
