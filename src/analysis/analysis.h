/* SPDX-License-Identifier: MIT */
#ifndef ANALYSIS_ANALYSIS_H
#define ANALYSIS_ANALYSIS_H

/*
 * What the files of this floor share: the events as compact records, and the
 * steps from them to the model, in the order in which analysis_finish() takes
 * them.  Strings are numbers in one pool.
 */

#include "recount/analysis.h"
#include "recount/intern.h"

#define NO_STRING UINT32_MAX
#define NO_RECORD UINT32_MAX

/* What is this close around an incident belongs to it: what led to it and what
 * it left behind would otherwise pass for usual. */
#define AROUND_BEFORE (30 * USEC_PER_SEC)
#define AROUND_AFTER USEC_PER_MIN

/* A request, from an access log. */
struct request {
	uint64_t id;
	usec_t end;                   /* when its line was written */
	usec_t duration;              /* -1 unknown */
	uint32_t source, host, route; /* route: "POST /api/x" */
	uint32_t client;              /* in the pool of clients */
	uint32_t vhost;
	uint64_t request_id; /* hash; 0: none */
	uint16_t status;
	bool coarse; /* end is known to the second only */
	uint8_t is;  /* enum request_is, by requests_judge() */
};

enum request_is {
	REQUEST_FAILED = 1 << 0,
	REQUEST_ABORTED = 1 << 1,
	REQUEST_SLOW = 1 << 2,  /* and has not failed */
	REQUEST_PACED = 1 << 3, /* could have been slow: the limit is known */
};

/* Anything else. */
struct message {
	uint64_t id;
	usec_t time, precision;
	uint64_t pattern;
	uint64_t sense; /* hash of host and body: the same in every source */
	uint64_t request_id; /* hash of the first one in the body; 0: none */
	const struct rule *rule; /* or NULL */
	uint32_t source, host, service, identifier, unit;
	uint32_t text; /* of the rule, or the body where it is kept */
	uint32_t subject, actor;
	uint32_t route; /* nginx error: of its request */
	int64_t pid;
	uint32_t twin; /* the same message from another source, or NO_RECORD */
	bool is_twin;  /* told by the record whose twin this is */
	uint8_t kind;  /* enum event_kind */
	int8_t severity;
	uint8_t flags;
};

/* A span in which something was not as usual (detect.c). */
enum signal { SIGNAL_FAILED, SIGNAL_ABORTED, SIGNAL_SLOW, SIGNAL_SILENCE };

struct episode {
	enum signal signal;
	uint32_t route; /* NO_STRING: all requests */
	usec_t since, until;
	double strength; /* log likelihood ratio against "as usual" */
	int64_t bad, total;
	bool strong; /* an incident by itself; else only beside one */
};

/* Messages that say the same thing about the same thing (groups.c). */
struct group {
	uint32_t first, last; /* records, by time; twins are not counted */
	uint32_t count;       /* in the window */
	uint32_t usual;       /* in quiet time, window and lookback */
	bool background;      /* as frequent in quiet time (background.c) */
	uint32_t *members;    /* records in the window, by time */
	uint32_t n_members, size;
};

struct source_note {
	uint32_t id, name, host;
	usec_t first, last;
	int64_t events, unparsed;
};

struct gap_note {
	uint32_t source, reason;
	usec_t since, until;
	int64_t lost;
	bool lost_bytes;
};

struct slow_limits;
struct request_intake;
struct clocks;

struct analysis {
	struct analysis_options o;
	struct intern *pool;
	struct intern *clients;   /* many, and asked for by number only */
	struct u64map *templates; /* pattern -> string */
	struct u64map *merged;    /* pattern -> the one it became part of */
	struct request *requests;
	size_t n_requests, size_requests;
	struct message *messages;
	size_t n_messages, size_messages;
	struct source_note *sources;
	size_t n_sources, size_sources;
	struct gap_note *gaps;
	size_t n_gaps, size_gaps;
	struct u64map *kept; /* pattern -> bodies kept of it */
	struct buf scratch;
	uint32_t last_host, last_vhost; /* most events repeat them */
	struct request_intake *intake;
	struct clocks *clocks;

	/* By route_slot(): how many requests the routes before it have, so
	 * that those of a route may stand together in an array. */
	uint32_t *route_from;
	size_t n_route_slots;
	struct slow_limits *slow;
	struct episode *episodes;
	size_t n_episodes, size_episodes;
	struct group *groups;
	size_t n_groups, size_groups;
	struct report *report;
};

/* Make room for one more in array a with counters n and size. */
#define GROW(a, n, size)                                                       \
	do {                                                                   \
		if ((n) == (size)) {                                           \
			(size) = (size) ? (size)*2 : 64;                       \
			(a) = xreallocarray((a), (size), sizeof(*(a)));        \
		}                                                              \
	} while (0)

static inline struct str
pool_get(const struct analysis *a, uint32_t s)
{
	return s == NO_STRING ? STR_NULL : intern_get(a->pool, s);
}

char *pool_dup(const struct analysis *a, uint32_t s); /* NULL for none or "" */
uint32_t pool_add(struct analysis *a, struct str s);  /* NO_STRING for "" */
/* "GET /api/orders/{id}"; NO_STRING without a target. */
uint32_t route_add(struct analysis *a, struct str method, struct str target);
uint32_t client_add(struct analysis *a, struct str address);

static inline struct str
client_get(const struct analysis *a, uint32_t client)
{
	return client == NO_STRING ? STR_NULL : intern_get(a->clients, client);
}

/* Places in arrays by client (of client_slots()) and by route; NO_STRING has
 * the first one. */
static inline size_t
client_slot(uint32_t client)
{
	return (uint32_t)(client + 1);
}

static inline size_t
client_slots(const struct analysis *a)
{
	return (size_t)intern_count(a->clients) + 1;
}

static inline size_t
route_slot(uint32_t route)
{
	return (uint32_t)(route + 1);
}

static inline bool
request_failed(const struct analysis *a, const struct request *q)
{
	return q->status >= a->o.failed_status && q->status < 600;
}

static inline bool
request_aborted(const struct request *q)
{
	return q->status == 499; /* nginx: the client closed the connection */
}

static inline usec_t
request_start(const struct request *q)
{
	return q->duration > 0 ? q->end - q->duration : q->end;
}

static inline bool
in_window(const struct analysis *a, usec_t t)
{
	return t >= a->o.since && t < a->o.until;
}

/* source has an event in the window. */
void source_saw(struct analysis *a, uint32_t source, usec_t t, unsigned flags);
void request_intake_free(struct request_intake *in);
/* steps.c: an event of a host was seen, in order of arrival. */
void clock_saw(struct analysis *a, const struct log_event *ev, uint32_t host);
void clocks_free(struct clocks *c);

/* The steps. */
void routes_count(struct analysis *a);    /* fills route_from */
void requests_judge(struct analysis *a);  /* fills request.is */
void steps_note(struct analysis *a);      /* clock steps, as gaps */
void skew_correct(struct analysis *a);    /* messages of clocks that are off */
void twice_find(struct analysis *a);      /* sets twin, is_twin */
void detect_episodes(struct analysis *a); /* fills episodes */
void incidents_find(struct analysis *a);  /* episodes -> report->incidents */
void groups_build(struct analysis *a);
void background_mark(struct analysis *a);
void impact_count(struct analysis *a);
void series_build(struct analysis *a); /* after impact_count() */
void fingerprints_take(struct analysis *a);
void slo_count(struct analysis *a);
void units_count(struct analysis *a, struct incident *in);
void factors_rank(struct analysis *a);
void phases_find(struct analysis *a);
void timeline_build(struct analysis *a);
void coverage_build(struct analysis *a);
void summary_write(struct analysis *a);

/* slow.c: how slow a route's requests may be before they count as slow, in
 * microseconds; -1: not known. */
void slow_limits_find(struct analysis *a);
void slow_limits_free(struct slow_limits *s);
usec_t slow_limit(const struct analysis *a, uint32_t route);
bool slow_limits_known(const struct analysis *a); /* of any route */

/* First request at or after t, by end; requests are sorted by (end, id). */
size_t requests_from(const struct analysis *a, usec_t t);
size_t messages_from(const struct analysis *a, usec_t t);
void messages_sort(struct analysis *a); /* by (time, id) */

/* skew.c: hash of the first request id in text; 0 when there is none. */
uint64_t request_id_in(struct str text);

/* text.c: a record in words (the caller's), and as evidence with its twins. */
char *message_text(const struct analysis *a, const struct message *m);
void evidence_add(const struct analysis *a, struct id_list *l, uint32_t record);
void evidence_add_request(struct id_list *l, const struct request *q);

/* The incident that t belongs to, counting `before` ahead of its start and
 * `after` behind its end; the nearest one; NULL if none. */
const struct incident *incident_near(
    const struct analysis *a, usec_t t, usec_t before, usec_t after);
/* incident's end, or the window's while it goes on. */
usec_t incident_until(const struct analysis *a, const struct incident *i);
/* Whether t is more than a margin away from every incident. */
bool quiet_time(const struct analysis *a, usec_t t);
usec_t quiet_length(const struct analysis *a);

#endif
