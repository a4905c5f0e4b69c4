/* SPDX-License-Identifier: MIT */
/*
 * render: any JSON through a template.  Nothing is added to what is read, so
 * that what a template says can be found in what it was given.
 */
#include <stdio.h>

#include "recount/file.h"
#include "templates.h"

#define INPUT_MAX (256 << 20) /* bytes of JSON */

DEFINE_CLEANUP(json_t *, json_decref)

static int
run_render(struct cmd_context *c)
{
	CLEANUP(template_file_end) struct template_file t = {0};
	CLEANUP(json_decref) json_t *value = NULL;
	CLEANUP(buf_free) struct buf in = BUF_INIT;
	CLEANUP(buf_free) struct buf out = BUF_INIT;
	struct reterr err = {""};
	const char *file = c->argc > 1 ? c->argv[1] : "-";
	bool standard = strcmp(file, "-") == 0;
	int status;

	if (c->argc < 1 || c->argc > 2)
		return cmd_usage(c, "which template?  A path, or the name of "
				    "a shipped one");
	status = template_file_open(c, c->argv[0], &t);
	if (status != EXIT_DONE)
		return status;
	if (file_read(standard ? "/dev/stdin" : file, INPUT_MAX, &in, &err) <
		0 ||
	    mustache_json(buf_str(&in), standard ? "standard input" : file,
		&value, &err) < 0)
		return cmd_fail(c, "%s", err.text);
	status = template_file_render(c, &t, value, &out);
	if (status != EXIT_DONE)
		return status;
	cmd_pager(c);
	fwrite(out.p, 1, out.n, stdout);
	return EXIT_DONE;
}

const struct cmd cmd_render = {
    .name = "render",
    .synopsis = "TEMPLATE [FILE]",
    .help = "JSON on standard input through a Mustache template",
    .run = run_render,
};
