/* SPDX-License-Identifier: MIT */
/* nginx's configuration syntax: every directive of any bytes, with Lua blocks
 * skipped, ends, and its words are strings. */
#include <stdlib.h>

#include "../../src/parse/conf-token.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct conf_directive d = {.text = BUF_INIT};
	CLEANUP(buf_free) struct buf format = BUF_INIT;
	struct str s = {(const char *)data, size};
	enum conf_end end;

	do {
		size_t before = s.n;

		end = conf_next(&s, &d);
		for (unsigned i = 0; i < d.n; i++)
			if (strlen(d.words[i]) > size)
				abort();
		if (end != CONF_EOF && end != CONF_BROKEN && s.n == before &&
		    d.n == 0)
			abort(); /* would never end */
		buf_reset(&format);
		conf_log_format(&d, &format);
		if (end == CONF_OPEN && d.n > 0 &&
		    str_ends(str_of(d.words[0]), STR("_lua_block")))
			conf_skip_block(&s);
	} while (end != CONF_EOF && end != CONF_BROKEN);
	buf_free(&d.text);
	return 0;
}
