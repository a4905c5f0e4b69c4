/* SPDX-License-Identifier: MIT */
#ifndef PARSE_CUSTOM_H
#define PARSE_CUSTOM_H

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "parser.h"

/* What a user's format can say of an event. */
enum custom_field {
	CUSTOM_NONE,
	CUSTOM_TIME,
	CUSTOM_HOST,
	CUSTOM_SERVICE,
	CUSTOM_IDENTIFIER,
	CUSTOM_UNIT,
	CUSTOM_PID,
	CUSTOM_SEVERITY,
	CUSTOM_BODY,
	CUSTOM_REQUEST, /* "GET / HTTP/1.1" */
	CUSTOM_METHOD,
	CUSTOM_TARGET,
	CUSTOM_STATUS,
	CUSTOM_BYTES,
	CUSTOM_DURATION,
	CUSTOM_UPSTREAM,
	CUSTOM_UPSTREAM_STATUS,
	CUSTOM_UPSTREAM_DURATION,
	CUSTOM_CLIENT,
	CUSTOM_VHOST,
	CUSTOM_REQUEST_ID,
	CUSTOM_USER_AGENT,
	CUSTOM_CONNECTION,
	CUSTOM_FIELDS
};
/* "request_id"; CUSTOM_NONE for another name. */
enum custom_field custom_field_find(struct str name);

#define CUSTOM_PATTERN_MAX ((size_t)16384)

struct custom {
	/* A pattern with groups named after fields, or … */
	pcre2_code *pattern;
	pcre2_match_data *groups;
	uint8_t *fields; /* of each group */
	uint32_t n_groups;
	/* … where in a JSON object each field stands: "request.uri". */
	char *members[CUSTOM_FIELDS];

	/* … or another parser that reads what the pattern recognises. */
	const struct parser *like;
	char *identifier; /* where `like` finds none; or NULL */

	pcre2_code *start; /* lines that begin an entry; NULL: all */
	pcre2_match_data *start_groups;
	pcre2_match_context *limits;
	int64_t duration_ns;     /* what 1 stands for in durations */
	const struct zone *zone; /* instead of the source's; or NULL */
};

void custom_free(struct custom *c);
DEFINE_CLEANUP(struct custom *, custom_free)
enum parse_result custom_parse(const struct parser *p, struct str line,
    struct parse_state *st, struct log_event *ev);
/* The same for formats that another parser reads. */
enum parse_result like_parse(const struct parser *p, struct str line,
    struct parse_state *st, struct log_event *ev);
bool like_starts(const struct parser *p, struct str line);
/* Whether a line that begins an entry is of this format at all. */
bool custom_recognises(const struct custom *c, struct str line);
bool custom_starts(const struct parser *p, struct str line);

#endif
