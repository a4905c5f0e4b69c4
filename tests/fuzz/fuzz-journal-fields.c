/* SPDX-License-Identifier: MIT */
/* A journal entry in export format. */
#include "parse-fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str raw = {(const char *)data, size};
	struct log_event ev;

	if (parse_journal(raw, &ev) == PARSE_OK)
		check_event(&ev, raw);
	return 0;
}
