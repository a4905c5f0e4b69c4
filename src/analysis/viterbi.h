/* SPDX-License-Identifier: MIT */
#ifndef ANALYSIS_VITERBI_H
#define ANALYSIS_VITERBI_H

#include <stddef.h>
#include <stdint.h>

#define VITERBI_LEVELS_MAX 8

/*
 * The likeliest sequence of levels through n buckets.  score[b * levels + l]
 * is the log likelihood of bucket b at level l; level 0 is "as usual".
 * enter, leave and shift are what it costs (in nats, positive) to go from 0 to
 * another level, back to 0, and between other levels.  path gets n levels.
 */
void viterbi(const double *score, size_t n, size_t levels, double enter,
    double leave, double shift, uint8_t *path);

#endif
