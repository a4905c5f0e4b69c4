/* SPDX-License-Identifier: MIT */
/* Detection of any bytes, inference included; what it finds must then parse
 * at least one of the lines it was found by. */
#include "parse-fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(parsers_free) struct parsers *ps = parsers_new();
	struct str sample = {(const char *)data, size};
	struct detection d;

	parse_detect(ps, sample, "/var/log/syslog", &d);
	if (d.fitted > d.lines || (d.parser == NULL) != (d.reason[0] != '\0') ||
	    (d.parser != NULL && d.fitted == 0))
		abort();
	if (d.parser != NULL)
		fuzz_lines(d.parser, data, size);
	return 0;
}
