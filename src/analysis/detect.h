/* SPDX-License-Identifier: MIT */
#ifndef ANALYSIS_DETECT_H
#define ANALYSIS_DETECT_H

#include "analysis.h"

/* detect.c: the end of what can be known: the window's, unless nothing at all
 * was heard for long before it.  There are requests. */
usec_t detect_until(const struct analysis *a);
/* silence.c: stretches in which requests that usually come did not. */
void detect_silence(struct analysis *a);

#endif
