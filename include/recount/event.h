/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_EVENT_H
#define RECOUNT_EVENT_H

/*
 * One event: what a log line (or journal entry, alert, mark) says, under
 * OpenTelemetry's names.  Parsers fill it, the store keeps it, analysis reads
 * it.  Every struct str in it is borrowed: from the raw bytes while parsing,
 * from the reader's buffers while reading.
 */

#include "recount/clock.h"

enum event_kind {
	EVENT_TEXT,        /* a line without a recognised format of its own */
	EVENT_ACCESS,      /* an HTTP request, from an access log */
	EVENT_NGINX_ERROR, /* nginx's error log */
	EVENT_SYSLOG,
	EVENT_JOURNAL,
	EVENT_APP,   /* an application's own log with time and level */
	EVENT_ALERT, /* an alert fired or was resolved */
	EVENT_MARK,  /* a fact put there by a person: recount mark */
	EVENT_KIND_COUNT
};
const char *event_kind_name(enum event_kind kind); /* "access" */

enum event_flag {
	/* No format fitted; timestamp is that of the line before, or of the
	 * file. */
	EVENT_UNPARSED = 1 << 0,
	/* Local time that occurred twice; resolved by order of arrival. */
	EVENT_TIME_AMBIGUOUS = 1 << 1,
	/* The line says no year or no zone; they came from the source. */
	EVENT_TIME_ASSUMED = 1 << 2,
	/* Longer than LINE_BYTES_MAX: the rest of the line is not here. */
	EVENT_CUT = 1 << 3,
	/* A resolved alert rather than a firing one. */
	EVENT_RESOLVED = 1 << 4,
};

#define SEVERITY_NONE (-1)
/* Syslog severities, 0 emergency … 7 debug. */
enum severity {
	SEV_EMERG,
	SEV_ALERT,
	SEV_CRIT,
	SEV_ERR,
	SEV_WARNING,
	SEV_NOTICE,
	SEV_INFO,
	SEV_DEBUG
};
const char *severity_name(int severity); /* "err"; "" for SEVERITY_NONE */
/* "error", "ERR", "W", "FATAL", "3", …: any case; SEVERITY_NONE if unknown. */
int severity_parse(struct str name);

struct log_event {
	uint64_t id;     /* evidence id; 0 until the store has given one */
	uint32_t source; /* the store's number of the source */
	enum event_kind kind;
	int severity;   /* 0–7 or SEVERITY_NONE */
	unsigned flags; /* enum event_flag */

	usec_t timestamp; /* when it happened, as far as the line says */
	usec_t observed;  /* when it was read; journal: when it was received */
	usec_t precision; /* of timestamp: 1, USEC_PER_MSEC or USEC_PER_SEC */

	struct str host;
	struct str service;    /* service.name: what people call it */
	struct str identifier; /* syslog tag: "sudo", "systemd", "python3" */
	struct str unit;       /* systemd.unit the message is about or from */
	int64_t pid;           /* -1: unknown */
	struct str message_id; /* 32 hex digits, journal only */
	struct str body;       /* the message; lies inside raw */
	uint64_t pattern;      /* of body, from mine; 0: none */

	/* HTTP (EVENT_ACCESS), and what an EVENT_NGINX_ERROR says of its
	 * request.  Unknown: empty, or -1. */
	struct str method, target; /* target: as logged, query included */
	int status;
	int64_t body_bytes;
	usec_t duration; /* nginx writes the line when a request ends: it
			    started at timestamp - duration */
	usec_t upstream_duration;
	struct str upstream; /* the last address tried, or the URL */
	int upstream_status; /* the last */
	int upstream_tries;
	struct str client, vhost, request_id, user_agent;
	int64_t connection; /* nginx's *N, $connection */

	int64_t offset;    /* of raw in its file, uncompressed bytes; -1 */
	struct str cursor; /* journal cursor; or see event_peer() */
	struct str raw;    /* byte for byte, without the newline */
};

/* What people see of an event and search in: its message; of requests and
 * what has none, the line. */
static inline struct str
event_text(const struct log_event *ev)
{
	return ev->body.n ? ev->body : ev->raw;
}

/* All unknown, everything empty. */
void event_init(struct log_event *ev);

/* What came over the network has no cursor: there stands who sent it, behind
 * this. */
#define EVENT_PEER "peer "
/* "192.0.2.7:40312", borrowed from ev; empty for all other events. */
struct str event_peer(const struct log_event *ev);

/* Limit of one event's raw bytes.  Longer lines are cut there, flagged and
 * counted; the offset of the next line stays right. */
#define LINE_BYTES_MAX ((size_t)1024 * 1024)

#define EVENT_ID_TEXT_MAX 16
/* Evidence ids as people type them: base 32 without letters that look like
 * digits, no leading zeros.  out holds EVENT_ID_TEXT_MAX bytes. */
char *event_id_format(uint64_t id, char *out);
/* Case does not matter.  0, or -EINVAL. */
int event_id_parse(struct str text, uint64_t *ret);

/*
 * What a target is a request for, as a path with ids and numbers replaced:
 * "/api/orders/{id}" for "/api/orders/8812?x=1".  The result is appended to
 * out.
 */
void event_route(struct str target, struct buf *out);

#endif
