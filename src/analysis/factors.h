/* SPDX-License-Identifier: MIT */
#ifndef ANALYSIS_FACTORS_H
#define ANALYSIS_FACTORS_H

#include "analysis.h"

#define SURGES_MAX 2

/* surge.c: factors that the access log itself shows; fills up to SURGES_MAX of
 * ret (zeroed before) and gives their number. */
size_t surge_factors(
    struct analysis *a, const struct incident *in, struct factor *ret);

#endif
