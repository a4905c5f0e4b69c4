/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_REQUESTS_H
#define RECOUNT_REQUESTS_H

/*
 * Requests (EVENT_ACCESS) as columns: the fields that an analysis looks at,
 * without a struct log_event for each.  A column of strings says each value
 * once and per request a number into the values, so that whoever looks a value
 * up, takes it apart or gives it a number does so once for many requests.
 *
 * All of it borrows from whoever hands it out.
 */

#include "recount/clock.h"
#include "recount/str.h"

struct request_strings {
	const struct str *values; /* may hold equal ones */
	uint32_t n_values;
	const uint32_t *rows; /* per request: which value, < n_values */
};

static inline struct str
request_string(const struct request_strings *s, size_t i)
{
	return s->values[s->rows[i]];
}

/* The fields are those of struct log_event. */
struct requests {
	uint32_t source;
	size_t n;
	const int64_t *id, *flags, *status;
	const usec_t *timestamp, *precision, *duration;
	struct request_strings host, service, method, target, client, vhost;
	struct request_strings request_id; /* values is NULL: not asked for */
};

#endif
