/* SPDX-License-Identifier: MIT */
#ifndef STORE_PENDING_H
#define STORE_PENDING_H

/* What waits for a commit beside events: gaps, patterns, sequence ranges. */

struct store;

int pending_write(struct store *st); /* inside the transaction */
void pending_clear(struct store *st);
void pending_free(struct store *st);

#endif
