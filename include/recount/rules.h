/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_RULES_H
#define RECOUNT_RULES_H

/*
 * Rules say which events matter on a Linux host, what kind of thing each is,
 * and how it reads on a timeline.  They are data ("rules" in parsers .json
 * files), written for classes of events from the programs' documentation.
 */

#include "recount/err.h"
#include "recount/event.h"

/* What an event is to an incident. */
enum rule_class {
	RULE_ROUTINE,  /* known background: keep off the timeline */
	RULE_CHANGE,   /* deploy, configuration, package, restart, reload, job
			  started: what may have set something off */
	RULE_ACTION,   /* a person did something: sudo, login, console */
	RULE_FAILURE,  /* something broke: unit failed, OOM kill, refused */
	RULE_RECOVERY, /* something works again: started, listening, resolved */
	RULE_NOTICE,   /* worth knowing: clock step, suppressed messages */
};
const char *rule_class_name(enum rule_class c); /* "failure", as in the data */

struct rule {
	const char *name;
	const char *kind; /* the timeline's kind: "unit-failed", "oom-kill" */
	enum rule_class class;
	double prior; /* 0–1: how often this class of event is what set an
			 incident off; weighs factors */
};

struct rules;

/* An empty set; rules_load() adds a file, or all *.json of a folder in order
 * of name.  A rule whose name an earlier call has loaded is left out, so load
 * what shall replace others first.  -EINVAL: err says file, rule and why;
 * nothing of it was added. */
struct rules *rules_new(void);
int rules_load(struct rules *rs, const char *path, struct reterr *err);
void rules_free(struct rules *rs);
DEFINE_CLEANUP(struct rules *, rules_free)

struct rule_match {
	const struct rule *rule;
	/* Captures, empty when the rule has none; borrow from the event. */
	struct str
	    subject;      /* what it is about: unit, process, upstream, file */
	struct str actor; /* who did it: a user */
	/* The person-readable line, owned by the caller's buffer. */
};
/*
 * The first rule (in order of loading, then of the file) that fits ev, whose
 * identifier, unit, message_id, severity, kind and body are looked at.  text
 * (may be NULL) gets the line for a timeline appended.
 */
bool rules_match(struct rules *rs, const struct log_event *ev,
    struct rule_match *ret, struct buf *text);
/* Check each rule's samples.  The number that fail; each is described by one
 * call of fn. */
int rules_test(struct rules *rs,
    void (*fn)(void *arg, const char *rule, const char *text), void *arg);
size_t rules_count(const struct rules *rs);

#endif
