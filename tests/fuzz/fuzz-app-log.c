/* SPDX-License-Identifier: MIT */
/* Applications' lines, through each of the formats they may have. */
#include "parse-fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(parsers_free) struct parsers *ps = parsers_new();

	fuzz_lines(parsers_find(ps, STR("app")), data, size);
	fuzz_lines(parsers_find(ps, STR("json")), data, size);
	fuzz_lines(parsers_find(ps, STR("logfmt")), data, size);
	return 0;
}
