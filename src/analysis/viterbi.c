/* SPDX-License-Identifier: MIT */
/*
 * Segmentation by a hidden Markov chain.  Each bucket is as usual or at one of
 * a few raised levels; changing costs a fixed number of nats, which is what
 * keeps single odd buckets from becoming episodes and lets quiet stretches
 * split them.  One pass, exact, deterministic, O(buckets × levels²).
 *
 * Binary segmentation with a scan statistic was tried on paper and dropped: its
 * best single interval spans two incidents with a short good stretch between
 * them whenever that explains more than either one, so it needs a second
 * mechanism to take them apart.
 */
#include "viterbi.h"

#include "recount/mem.h"

static double
change(size_t from, size_t to, double enter, double leave, double shift)
{
	if (from == to)
		return 0;
	if (from == 0)
		return enter;
	return to == 0 ? leave : shift;
}

void
viterbi(const double *score, size_t n, size_t levels, double enter,
    double leave, double shift, uint8_t *path)
{
	CLEANUP(xfree) uint8_t *back = xcalloc(n, levels);
	double best[VITERBI_LEVELS_MAX], next[VITERBI_LEVELS_MAX];
	size_t at = 0;

	if (n == 0)
		return;
	for (size_t l = 0; l < levels; l++)
		best[l] = score[l] - change(0, l, enter, leave, shift);
	for (size_t b = 1; b < n; b++) {
		for (size_t l = 0; l < levels; l++) {
			size_t from = 0;
			double top =
			    best[0] - change(0, l, enter, leave, shift);

			for (size_t k = 1; k < levels; k++) {
				double v =
				    best[k] - change(k, l, enter, leave, shift);

				if (v > top) {
					top = v;
					from = k;
				}
			}
			next[l] = top + score[b * levels + l];
			back[b * levels + l] = (uint8_t)from;
		}
		for (size_t l = 0; l < levels; l++)
			best[l] = next[l];
	}
	for (size_t l = 1; l < levels; l++) {
		if (best[l] > best[at])
			at = l;
	}
	for (size_t b = n; b-- > 0;) {
		path[b] = (uint8_t)at;
		at = back[b * levels + at];
	}
}
