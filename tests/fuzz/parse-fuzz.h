/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_TESTS_PARSE_FUZZ_H
#define RECOUNT_TESTS_PARSE_FUZZ_H

/* What must hold of every event, whatever the bytes. */

#include <stdlib.h>

#include "fuzz.h"
#include "recount/parse.h"

static inline void
check_inside(struct str part, struct str whole)
{
	if (part.n > 0 &&
	    (part.p < whole.p || part.p + part.n > whole.p + whole.n))
		abort();
}

static inline size_t
touch(struct str s)
{
	size_t sum = 0;

	for (size_t i = 0; i < s.n; i++)
		sum += (unsigned char)s.p[i];
	return sum;
}

/* Reads every string, so that the sanitizer sees what it borrows. */
static inline void
check_event(const struct log_event *ev, struct str whole)
{
	volatile size_t sum __attribute__((unused)) = 0;

	check_inside(ev->raw, whole);
	check_inside(ev->body, ev->raw);
	sum += touch(ev->host) + touch(ev->service) + touch(ev->identifier) +
	       touch(ev->unit) + touch(ev->message_id) + touch(ev->body) +
	       touch(ev->method) + touch(ev->target) + touch(ev->upstream) +
	       touch(ev->client) + touch(ev->vhost) + touch(ev->request_id) +
	       touch(ev->user_agent) + touch(ev->cursor);
	if (ev->timestamp == USEC_NONE || ev->timestamp < -USEC_PER_DAY ||
	    ev->precision < 1 || ev->precision > USEC_PER_SEC)
		abort();
	if (ev->severity < SEVERITY_NONE || ev->severity > SEV_DEBUG ||
	    ev->status < -1 || ev->status > 999 || ev->upstream_status < -1 ||
	    ev->upstream_status > 999 || ev->pid < -1 || ev->connection < -1 ||
	    ev->body_bytes < -1 || ev->duration < -1 ||
	    ev->upstream_duration < -1)
		abort();
}

/* Every line of data through one parser, in a zone with summer time. */
static inline void
fuzz_lines(const struct parser *p, const uint8_t *data, size_t size)
{
	struct parse_state st = {
	    .zone = zone_utc(),
	    .seen = 1793512800 * USEC_PER_SEC, /* 2026-11-01T06:00:00Z */
	    .last = USEC_NONE,
	};
	struct str rest = {(const char *)data, size};

	zone_find(STR("America/New_York"), &st.zone);
	while (rest.n > 0) {
		struct log_event ev;
		struct str line;

		rest = str_cut(rest, '\n', &line);
		parser_starts_entry(p, line);
		if (parser_parse(p, line, &st, &ev) == PARSE_OK)
			check_event(&ev, line);
	}
	buf_free(&st.scratch);
}

#endif
