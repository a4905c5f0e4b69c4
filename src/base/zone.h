/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_BASE_ZONE_H
#define RECOUNT_BASE_ZONE_H

#include "recount/clock.h"

/* The offset that abbrev ("CEST", any case) stands for in z, in seconds east
 * of UTC: the one last in use.  False when z never used it. */
bool zone_abbrev_offset(
    const struct zone *z, struct str abbrev, int *ret_offset);

#endif
