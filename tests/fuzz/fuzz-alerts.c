/* SPDX-License-Identifier: MIT */
/* Alert documents: what is emitted lies where it says, and a document that is
 * refused has emitted nothing. */
#include "parse-fuzz.h"
#include "posted-fuzz.h"

struct seen {
	struct str text;
	size_t n;
};

static int
note(void *arg, struct log_event *ev)
{
	struct seen *seen = arg;

	check_posted(ev, seen->text);
	if (ev->raw.p != seen->text.p + ev->offset)
		abort();
	seen->n++;
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seen seen = {.text = {(const char *)data, size}};

	if (parse_alerts(seen.text, note, &seen, NULL) < 0 && seen.n > 0)
		abort();
	return 0;
}
