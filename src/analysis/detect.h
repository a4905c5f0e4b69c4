/* SPDX-License-Identifier: MIT */
#ifndef ANALYSIS_DETECT_H
#define ANALYSIS_DETECT_H

#include "analysis.h"

/* silence.c: stretches in which requests that usually come did not. */
void detect_silence(struct analysis *a);

#endif
