/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_CMD_STATUS_LISTEN_H
#define RECOUNT_CMD_STATUS_LISTEN_H

#include "cmd.h"
#include "recount/jwrite.h"

/* Lines, or a member, about a listener; nothing for any other source. */
void status_listen_text(const struct source_info *info, struct buf *out);
void status_listen_json(const struct source_info *info, struct jwrite *j);

#endif
