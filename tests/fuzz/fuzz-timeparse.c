/* SPDX-License-Identifier: MIT */
/*
 * Times and spans as people type them, and zone names.  Whatever is accepted
 * must lie within the years that can be printed and must come back from its
 * own printed form.
 */
#include <stdlib.h>

#include "fuzz.h"
#include "recount/clock.h"

#define NOW (1772629200 * USEC_PER_SEC)

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = {(const char *)data, size};
	const struct zone *z = zone_utc();
	char out[TIME_TEXT_MAX];
	usec_t t, again;

	if (span_parse(text, &t) == 0) {
		if (t < 0)
			abort();
		span_format(t, out);
		span_format_signed(-t, out);
	}
	zone_find(text, &z);
	if (time_parse(text, NOW, z, &t) == 0) {
		time_format_rfc3339(t, out);
		if (time_parse(str_of(out), NOW, z, &again) < 0 || again != t)
			abort();
		time_format_local(t, z, out);
		time_format_zone(t, z, out);
	}
	return 0;
}
