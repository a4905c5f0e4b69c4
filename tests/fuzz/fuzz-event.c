/* SPDX-License-Identifier: MIT */
/*
 * What is done to any text of an event: its route, ids and severities typed
 * by people, and the forms in which bytes are shown.  A route is made of the
 * target and grows by no more than its placeholders; shown text is UTF-8
 * without control characters.
 */
#include <stdlib.h>

#include "fuzz.h"
#include "recount/event.h"
#include "recount/utf8.h"

static void
check_shown(struct str s)
{
	while (s.n > 0) {
		size_t n = utf8_valid(s);

		if (n == 0 || (unsigned char)s.p[0] < ' ' || s.p[0] == 0x7f)
			abort();
		s = str_skip(s, n);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(buf_free) struct buf route = BUF_INIT;
	CLEANUP(buf_free) struct buf again = BUF_INIT;
	CLEANUP(buf_free) struct buf shown = BUF_INIT;
	CLEANUP(buf_free) struct buf json = BUF_INIT;
	struct str s = {(const char *)data, size};
	char text[EVENT_ID_TEXT_MAX];
	uint64_t id, id_again;

	event_route(s, &route);
	if (route.n > size + 16 * sizeof("/{other}"))
		abort();
	event_route(buf_str(&route), &again);
	severity_parse(s);
	if (event_id_parse(s, &id) == 0) {
		event_id_format(id, text);
		if (event_id_parse(str_of(text), &id_again) < 0 ||
		    id_again != id)
			abort();
	}
	utf8_add_printable(&shown, s);
	check_shown(buf_str(&shown));
	utf8_add_json(&json, s);
	check_shown(buf_str(&json));
	utf8_columns(s);
	return 0;
}
