/* SPDX-License-Identifier: MIT */
/*
 * The first line is a log_format, the others are lines for it; both may be
 * hostile.  The built-in formats see the lines, too.
 */
#include "parse-fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(parsers_free) struct parsers *ps = parsers_new();
	struct str rest = {(const char *)data, size}, text;
	const struct parser *p;

	rest = str_cut(rest, '\n', &text);
	fuzz_lines(parsers_find(ps, STR("combined")), data, size);
	fuzz_lines(parsers_find(ps, STR("vhost_combined")), data, size);
	if (parsers_add_log_format(ps, "fuzz", text, NULL, &p) == 0)
		fuzz_lines(p, (const uint8_t *)rest.p, rest.n);
	return 0;
}
