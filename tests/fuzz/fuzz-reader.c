/* SPDX-License-Identifier: MIT */
/*
 * A file of any bytes, packed or not: lines must follow each other without a
 * hole, and going on from any of them must give the rest of the file.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "recount/intern.h"
#include "recount/source.h"

/* Packed data may unpack to much more than is of interest here. */
#define BYTES_MAX ((int64_t)16 * 1024 * 1024)

static void
check(bool ok)
{
	if (!ok)
		abort();
}

static void
go_on(const char *path, const struct position *from, int64_t end)
{
	CLEANUP(reader_free) struct reader *r = NULL;
	struct reader_line line;
	uint64_t tail;
	int64_t at = from->offset;

	check(reader_open(path, &r, NULL) == 0);
	check(
	    hash64(reader_peek(r, from->head_n).p, from->head_n) == from->head);
	check(reader_skip(r, from->offset, from->tail_n, &tail) == 0);
	check(tail == from->tail);
	while (at < end && reader_line(r, &line) == READER_LINE) {
		check(line.offset == at);
		at = line.end;
	}
	check(at == end);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(reader_free) struct reader *r = NULL;
	struct reader_line line;
	struct position middle = {0};
	char path[64];
	int64_t at = 0;
	unsigned lines = 0;
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	check(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	check(reader_open(path, &r, NULL) == 0);
	reader_position(r, &middle);
	while (at < BYTES_MAX && reader_line(r, &line) == READER_LINE) {
		check(line.offset == at);
		check(line.end == line.offset + (int64_t)line.text.n +
				      (line.open ? 0 : 1) ||
		      line.cut);
		check(memchr(line.text.p, '\n', line.text.n) == NULL);
		at = line.end;
		if (++lines == 3)
			reader_position(r, &middle);
	}
	go_on(path, &middle, at);
	close(fd);
	return 0;
}
