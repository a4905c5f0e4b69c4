/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "../../src/analysis/viterbi.h"
#include "table.h"

#define N_MAX 12
#define LEVELS_MAX 3

/* Each letter is a bucket: what it scores at the levels, in nats. */
static const struct {
	char letter;
	double score[LEVELS_MAX];
} letters[] = {
    {'.', {0, -3, -9}}, /* as usual */
    {'?', {0, 0, 0}},   /* says nothing */
    {'a', {0, 3, 1}},   /* level 1 */
    {'b', {0, 1, 6}},   /* level 2 */
    {'B', {0, 1, 60}},  /* level 2, loud */
};

static const struct row {
	const char *name, *buckets, *want;
	double enter, leave, shift;
} rows[] = {
    {"one usual bucket", ".", "0", 5, 5, 5},
    {"all usual", "......", "000000", 5, 5, 5},
    {"one odd bucket is not an episode", "..a..", "00000", 5, 5, 5},
    {"two are worth entering but not leaving", "..aa..", "000000", 5, 5, 5},
    {"four are", ".aaaa...", "01111000", 5, 5, 5},
    {"one loud bucket is", "..B..", "00200", 5, 5, 5},
    {"at the end nothing is left", "...aa", "00011", 5, 5, 5},
    {"at the start it is entered", "aaaa..", "111100", 5, 5, 5},
    {"a good bucket in between does not split", "aaaa.aaaa..", "11111111100", 5,
	5, 5},
    {"a good stretch does", "aaaa.....aaa", "111100000111", 5, 5, 5},
    {"it gets worse", ".aaabbbb.", "011122220", 3, 3, 3},
    {"unless changing costs too much", ".aaabb.", "0222220", 3, 3, 20},
    {"nothing said: stay", "aaaa??", "111111", 5, 5, 5},
    {"free changes follow each bucket", ".a.b.a", "010201", 0, 0, 0},
};

static void
likeliest(void **state)
{
	const struct row *row = *state;
	double score[N_MAX * LEVELS_MAX];
	uint8_t path[N_MAX];
	size_t n = strlen(row->buckets);

	assert_true(n <= N_MAX);
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < ARRAY_SIZE(letters); k++) {
			if (letters[k].letter == row->buckets[i])
				memcpy(&score[i * LEVELS_MAX], letters[k].score,
				    sizeof(letters[k].score));
		}
	}
	viterbi(score, n, LEVELS_MAX, row->enter, row->leave, row->shift, path);
	for (size_t i = 0; i < n; i++)
		path[i] += '0';
	assert_int_equal(strlen(row->want), n);
	assert_memory_equal(path, row->want, n);
}

/* The path of every sequence is at least as good as all others. */
static void
exact(void **state)
{
	enum { N = 6, PATHS = 729 }; /* 3^6 */
	uint64_t seed = 7;

	for (int round = 0; round < 200; round++) {
		double score[N * LEVELS_MAX], best = -1e9, mine = 0;
		uint8_t path[N];

		for (size_t i = 0; i < ARRAY_SIZE(score); i++) {
			seed =
			    seed * 6364136223846793005u + 1442695040888963407u;
			score[i] = (double)(seed >> 40) / 1e6 - 8;
		}
		viterbi(score, N, LEVELS_MAX, 4, 2, 3, path);
		for (int p = -1; p < PATHS; p++) {
			int from = 0, rest = p;
			double sum = 0;

			for (size_t b = 0; b < N; b++) {
				int at = p < 0 ? path[b] : rest % LEVELS_MAX;

				rest /= LEVELS_MAX;
				sum += score[b * LEVELS_MAX + (size_t)at];
				if (at != from)
					sum -= from == 0 ? 4 : at == 0 ? 2 : 3;
				from = at;
			}
			if (p < 0)
				mine = sum;
			else if (sum > best)
				best = sum;
		}
		assert_true(mine > best - 1e-9);
	}
}

static void
nothing(void **state)
{
	uint8_t path[1] = {7};

	viterbi(NULL, 0, 2, 1, 1, 1, path);
	assert_int_equal(path[0], 7);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(exact),
	    cmocka_unit_test(nothing),
	};
	int failed = TABLE_RUN(rows, likeliest);

	return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
