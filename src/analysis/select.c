/* SPDX-License-Identifier: MIT */
/*
 * Order statistics without sorting: Hoare's selection.  The percentiles of a
 * few hundred thousand durations are asked for in several places, and sorting
 * them would cost more than everything else that is done with them.
 *
 * Each percentile leaves the values before it in front and those behind it
 * behind, so the next, higher one has less left to look at.
 */
#include "select.h"

#include <math.h>

usec_t
select_rank(usec_t *values, size_t from, size_t n, size_t rank)
{
	while (n - from > 1) {
		usec_t pivot = values[from + (n - from) / 2];
		size_t i = from, j = n - 1;

		for (;; i++, j--) {
			usec_t swap;

			while (values[i] < pivot)
				i++;
			while (values[j] > pivot)
				j--;
			if (i >= j)
				break;
			swap = values[i];
			values[i] = values[j];
			values[j] = swap;
		}
		/* [from, i) <= pivot <= [i, n), and neither is all of it. */
		if (i == from)
			i++;
		if (rank < i)
			n = i;
		else
			from = i;
	}
	return values[rank];
}

struct percentiles
select_percentiles(usec_t *values, size_t n)
{
	static const double shares[] = {0.50, 0.95, 0.99};
	double ms[ARRAY_SIZE(shares)];
	size_t from = 0;

	if (n == 0)
		return (struct percentiles){NAN, NAN, NAN};
	for (size_t i = 0; i < ARRAY_SIZE(shares); i++) {
		size_t rank = (size_t)ceil(shares[i] * (double)n) - 1;

		ms[i] = (double)select_rank(values, from, n, rank) / 1000.0;
		from = rank;
	}
	return (struct percentiles){ms[0], ms[1], ms[2]};
}
