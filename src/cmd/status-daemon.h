/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_CMD_STATUS_DAEMON_H
#define RECOUNT_CMD_STATUS_DAEMON_H

#include "cmd.h"

/* What the recountd that writes c->db says of itself, appended to out;
 * nothing where there is none.  As a JSON member it begins with a comma. */
void status_daemon_text(const struct cmd_context *c, struct buf *out);
void status_daemon_json(const struct cmd_context *c, struct buf *out);

#endif
