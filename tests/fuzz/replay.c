/* SPDX-License-Identifier: MIT */
/*
 * A main() for fuzz targets that needs no fuzzer: it feeds the target every
 * file of the folders (or the files) given as arguments, in order of name,
 * and of each file also what a crash, a cut or a flipped bit would make of
 * it: prefixes and copies with a few bytes changed.  The changes come from a
 * fixed generator, so a failure is a failure every time.
 *
 * Each input is handed over in memory of exactly its own size, so that the
 * address sanitizer sees a read one byte behind it.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fuzz.h"

#define SEED_BYTES_MAX ((size_t)4 * 1024 * 1024)
#define PREFIXES_MAX 64
#define MUTATIONS 192

static size_t inputs;

static void
feed(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size > 0 ? size : 1);

	if (copy == NULL)
		abort();
	if (size > 0)
		memcpy(copy, data, size);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
	inputs++;
}

static uint64_t
next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static void
feed_changed(uint8_t *data, size_t size)
{
	static const uint8_t odd[] = {0, 1, 9, '\n', ' ', '"', '%', '-', '/',
	    '0', '9', ':', '[', '\\', '{', 0x7f, 0x80, 0xc0, 0xed, 0xff};
	uint64_t state = 0x9e3779b97f4a7c15u ^ size;
	size_t step = size / PREFIXES_MAX + 1;

	for (size_t n = 0; n < size; n += step)
		feed(data, n);
	for (int i = 0; size > 0 && i < MUTATIONS; i++) {
		size_t at[3];
		uint8_t was[3];
		int changes = 1 + (int)(next_random(&state) % 3);

		for (int k = 0; k < changes; k++) {
			uint64_t r = next_random(&state);

			at[k] = (size_t)(next_random(&state) % size);
			was[k] = data[at[k]];
			if (r & 1)
				data[at[k]] ^= (uint8_t)(1 << (r >> 8 & 7));
			else
				data[at[k]] = odd[(r >> 8) % sizeof(odd)];
		}
		feed(data, size);
		while (changes-- > 0)
			data[at[changes]] = was[changes];
	}
}

static int
replay_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	uint8_t *data = malloc(SEED_BYTES_MAX);
	size_t size;

	if (f == NULL || data == NULL) {
		perror(path);
		if (f != NULL)
			fclose(f);
		free(data);
		return 1;
	}
	size = fread(data, 1, SEED_BYTES_MAX, f);
	fclose(f);
	feed(data, size);
	feed_changed(data, size);
	free(data);
	return 0;
}

static int
replay(const char *path)
{
	struct dirent **names = NULL;
	struct stat st;
	int n, failed = 0;

	if (stat(path, &st) < 0) {
		perror(path);
		return 1;
	}
	if (!S_ISDIR(st.st_mode))
		return replay_file(path);
	n = scandir(path, &names, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		char file[4096];

		snprintf(file, sizeof(file), "%s/%s", path, names[i]->d_name);
		if (names[i]->d_name[0] != '.')
			failed |= replay_file(file);
		free(names[i]);
	}
	free(names);
	return failed;
}

int
main(int argc, char **argv)
{
	int failed = 0;

	feed(NULL, 0);
	for (int i = 1; i < argc; i++)
		failed |= replay(argv[i]);
	printf("%zu inputs\n", inputs);
	/* The empty input alone means that the seeds were not found. */
	return failed || inputs < 2;
}
