/* SPDX-License-Identifier: MIT */
/* A template, NUL, data, NUL, a partial that is called p and everything else:
 * whatever they are, the walk ends, and what came of it is bounded. */
#include "fuzz.h"

#include <stdlib.h>

#include "recount/mustache.h"

static int
load(void *arg, struct str name, struct buf *text, struct buf *path,
    struct reterr *err)
{
	buf_add_str(text, *(const struct str *)arg);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str template, json, rest = {(const char *)data, size};
	CLEANUP(buf_free) struct buf out = BUF_INIT;
	struct reterr err = {""};
	struct mustache_options o = {.load = load, .arg = &rest};
	json_t *value = NULL;

	rest = str_cut(rest, '\0', &template);
	rest = str_cut(rest, '\0', &json);
	if (mustache_json(json, "data", &value, NULL) < 0)
		value = json_pack(
		    "{s[{s:b}{s:s}]s:s}", "a", "b", 1, "p", "<>|", "k", "p");
	o.escape = (enum mustache_escape)(size % 4);
	if (mustache_render(template, "t", value, &o, &out, &err) < 0 &&
	    err.text[0] == '\0')
		abort();
	json_decref(value);
	return 0;
}
