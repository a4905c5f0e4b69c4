/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_CMD_TEMPLATES_H
#define RECOUNT_CMD_TEMPLATES_H

/* Templates as files: which one a name means, and its partials. */

#include "cmd.h"
#include "recount/mustache.h"

struct template_file {
	char *path, *folder, *suffix; /* suffix: ".md", ".md.mustache", "" */
	struct buf text;
	enum mustache_escape escape;
};

/*
 * The template that name means: a path where it has a slash or a file of that
 * name is there, else one of the shipped ones ("pagerduty").  EXIT_DONE with
 * *ret to be ended by template_file_end(), or the status after a complaint.
 */
int template_file_open(
    const struct cmd_context *c, const char *name, struct template_file *ret);
void template_file_end(struct template_file *t);
DEFINE_CLEANUP_IN(struct template_file, template_file_end)

/* Append t rendered over value to out.  EXIT_DONE, or the status after a
 * complaint. */
int template_file_render(const struct cmd_context *c,
    const struct template_file *t, json_t *value, struct buf *out);

#endif
