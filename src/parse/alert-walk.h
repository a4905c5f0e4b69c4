/* SPDX-License-Identifier: MIT */
#ifndef PARSE_ALERT_WALK_H
#define PARSE_ALERT_WALK_H

/*
 * A walk over a document of facts: alerts.c knows Alertmanager's and plain
 * marks, pagerduty.c PagerDuty's.
 */

#include "json-scan.h"
#include "parser.h"
#include "recount/intern.h"

/* What may stand in the document. */
enum walk_wants {
	WALK_ALERTS = 1 << 0,
	WALK_PAGERDUTY = 1 << 1,
	WALK_MARKS = 1 << 2,
};

struct walk {
	struct str text;
	int (*fn)(void *arg, struct log_event *ev); /* NULL: only look */
	void *arg;
	unsigned wants;
	usec_t received; /* of marks that do not say; USEC_NONE: they must */
	const char *why; /* it is refused; NULL: in general */
	struct u64map *seen;
	size_t found;
	struct buf names; /* unescaped text of the event being emitted */
};

/* -EINVAL with w->why. */
int walk_refuse(struct walk *w, const char *why);
/* The text of a member, its escapes resolved into w->names if there are any.
 * The buffer must have room, since it must not move while slices of it are
 * borrowed. */
struct str walk_plain(struct walk *w, struct str value);
/* A time as JSON has it: RFC 3339 in quotes, or a number since 1970. */
bool walk_time(struct str value, usec_t *ret, usec_t *ret_precision);
/* Whether a fact of this key was not emitted yet. */
bool walk_new(struct walk *w, uint64_t key);
int walk_emit(struct walk *w, struct str object, struct log_event *ev);

/* The object of an event of PagerDuty's, p NULL when message is none. */
struct str pagerduty_event(struct str message);
int walk_pagerduty(struct walk *w, struct str message);
/* What is the same in every repeat of the event. */
uint64_t pagerduty_key(struct str event);

#endif
