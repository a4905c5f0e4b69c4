/* SPDX-License-Identifier: MIT */
/*
 * What was lost at a listener, as gaps.
 *
 * Whatever means that messages are missing (drops by the kernel, a sender's
 * limit, a message cut, a stream out of step) is counted as it happens; what
 * has been added to a count becomes a gap that reaches from when the count was
 * last seen to stand still.  While it grows there is one gap every few
 * seconds: each says a number, and none can be changed once it is written.
 */
#include "listen.h"

#define GAP_EVERY (5 * USEC_PER_SEC)

static const struct {
	const char *reason;
	size_t at; /* in struct listen_counts */
	bool bytes, unknown;
} losses[LISTEN_LOSSES] = {
    {"datagrams dropped by the kernel (queue full)",
	offsetof(struct listen_counts, lost), false, false},
    {"datagrams beyond the rate of one sender",
	offsetof(struct listen_counts, limited), false, false},
    {"messages longer than max-message cut off",
	offsetof(struct listen_counts, cut), true, false},
    {"a sender's stream was out of step; its connection was closed",
	offsetof(struct listen_counts, broken), false, true},
};

static uint64_t
count_of(const struct listen_counts *n, size_t kind)
{
	return *(const uint64_t *)((const char *)n + losses[kind].at);
}

void
listen_losses_begin(
    struct listen_losses *ll, const struct listen_counts *n, usec_t now)
{
	for (size_t k = 0; k < LISTEN_LOSSES; k++) {
		ll->noted[k] = count_of(n, k);
		ll->since[k] = now;
	}
}

int
listen_losses_note(struct listen_losses *ll, const struct listen_counts *n,
    struct ingest *in, uint32_t source, usec_t now, bool last)
{
	int first = 0;

	for (size_t k = 0; k < LISTEN_LOSSES; k++) {
		uint64_t lost = count_of(n, k) - ll->noted[k];
		struct gap gap = {
		    .source = source,
		    .since = ll->since[k],
		    .until = now,
		    .reason = str_of(losses[k].reason),
		    .lost = losses[k].unknown ? -1 : (int64_t)lost,
		    .lost_bytes = losses[k].bytes,
		    .offset = -1,
		};

		if (lost > 0) {
			int r;

			if (!last && now >= gap.since &&
			    now - gap.since < GAP_EVERY)
				continue;
			r = ingest_gap(in, &gap);
			first = first < 0 ? first : r;
		}
		ll->noted[k] += lost;
		ll->since[k] = now;
	}
	return first;
}
