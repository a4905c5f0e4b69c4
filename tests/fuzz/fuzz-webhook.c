/* SPDX-License-Identifier: MIT */
/* Bodies of requests, the first byte saying of which endpoint: what is emitted
 * lies in the body, facts of one body have keys of their own, which stay what
 * they are, and a body that is refused has emitted nothing. */
#include "posted-fuzz.h"
#include "recount/intern.h"

struct seen {
	struct str text;
	struct u64map *keys;
	size_t n;
};

static int
note(void *arg, struct log_event *ev)
{
	struct seen *seen = arg;
	struct log_event stored = *ev;
	bool new;

	check_posted(ev, seen->text);
	u64map_at(seen->keys, parse_alert_key(ev), 1, &new);
	if (!new)
		abort();
	stored.host = STR("filled in");
	stored.offset = -1;
	if (parse_alert_key(&stored) != parse_alert_key(ev))
		abort();
	seen->n++;
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(u64map_free) struct u64map *keys = u64map_new();
	struct seen seen = {.keys = keys};
	struct reterr err = {""};
	enum posted what;
	int r;

	if (size == 0)
		return 0;
	what = (enum posted)(data[0] % 3);
	seen.text = (struct str){(const char *)data + 1, size - 1};
	r = parse_posted(
	    what, seen.text, 1772632800 * USEC_PER_SEC, note, &seen, &err);
	if (r != 0 && (seen.n > 0 || !err.text[0]))
		abort();
	return 0;
}
