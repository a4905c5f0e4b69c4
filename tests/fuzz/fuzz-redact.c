/* SPDX-License-Identifier: MIT */
/* Any bytes, learnt from and redacted line by line. */
#include "fuzz.h"
#include "recount/redact.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t key[REDACT_KEY_BYTES];
	CLEANUP(redactor_free)
	struct redactor *r = redactor_new(REDACT_VALUES | REDACT_PEOPLE, key);
	CLEANUP(buf_free) struct buf out = BUF_INIT;
	struct str all = {(const char *)data, size};

	redactor_learn(r, all);
	while (all.n > 0) {
		struct str line, rest = str_cut(all, '\n', &line);

		redactor_text(r, line, &out);
		all = rest;
	}
	return 0;
}
