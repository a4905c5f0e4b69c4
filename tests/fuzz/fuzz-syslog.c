/* SPDX-License-Identifier: MIT */
/* Lines of the format "syslog". */
#include "parse-fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(parsers_free) struct parsers *ps = parsers_new();

	fuzz_lines(parsers_find(ps, STR("syslog")), data, size);
	return 0;
}
