/* SPDX-License-Identifier: MIT */
#ifndef ANALYSIS_SELECT_H
#define ANALYSIS_SELECT_H

#include "recount/clock.h"
#include "recount/model.h"

/* What would stand at rank if values[from, n) were sorted, from <= rank < n;
 * afterwards everything before it is at most that. */
usec_t select_rank(usec_t *values, size_t from, size_t n, size_t rank);

/* Nearest-rank percentiles of n durations, in milliseconds; NAN for none.
 * Reorders values. */
struct percentiles select_percentiles(usec_t *values, size_t n);

#endif
