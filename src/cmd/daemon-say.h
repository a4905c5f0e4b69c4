/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_CMD_DAEMON_SAY_H
#define RECOUNT_CMD_DAEMON_SAY_H

/*
 * What recountd says of itself, with a MESSAGE_ID per kind (recountd(8) lists
 * them).  Private to src/cmd.
 */

#include "recount/log.h"

enum say {
	SAY_START,          /* reading has begun */
	SAY_STOP,           /* everything is stored, recountd ends */
	SAY_PAUSED,         /* the store cannot be written, reading waits */
	SAY_RESUMED,        /* it can be written again */
	SAY_GAP,            /* something is missing from a source */
	SAY_CONFIG_REFUSED, /* a new configuration is broken, the old one stays
			     */
	SAY_CONFIG_READ,    /* a new configuration holds */
	SAY_TROUBLE,        /* something is wrong with a source */
	SAY_STATE,          /* a line of what SIGUSR1 asks for */
};

/* source: what it is about, RECOUNT_SOURCE= in the journal; NULL: nothing. */
void daemon_say(enum say what, enum log_level level, const char *source,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
