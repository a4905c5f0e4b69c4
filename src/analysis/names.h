/* SPDX-License-Identifier: MIT */
#ifndef ANALYSIS_NAMES_H
#define ANALYSIS_NAMES_H

#include "recount/intern.h"

/* Add the names in a message, or that a unit gives. */
void names_of_text(struct intern *names, struct str text);
void names_of_unit(struct intern *names, struct str unit);
/* Whether one of names is known; *ret borrows it from known. */
bool names_shared(
    const struct intern *known, const struct intern *names, struct str *ret);
/* Whether a word of text is a known name, wherever it stands; likewise. */
bool names_in_text(
    const struct intern *known, struct str text, struct str *ret);

#endif
