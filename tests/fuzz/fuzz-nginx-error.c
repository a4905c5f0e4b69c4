/* SPDX-License-Identifier: MIT */
/* Lines of the format "nginx-error". */
#include "parse-fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(parsers_free) struct parsers *ps = parsers_new();

	fuzz_lines(parsers_find(ps, STR("nginx-error")), data, size);
	return 0;
}
