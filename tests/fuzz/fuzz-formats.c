/* SPDX-License-Identifier: MIT */
/*
 * A file of format definitions, a NUL, and lines: hostile definitions are
 * refused with a reason or taken, and every line goes through each format that
 * came of them.
 */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "parse-fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char none[] = {0};
	CLEANUP(parsers_free) struct parsers *ps = parsers_new();
	CLEANUP(xfree) char *path = NULL;
	struct str rest = {size ? (const char *)data : none, size}, file;
	size_t built_in = parsers_count(ps);
	struct reterr err = {""};
	int fd = memfd_create("formats.json", MFD_CLOEXEC);

	rest = str_cut(rest, '\0', &file);
	if (fd < 0 || write(fd, file.p, file.n) != (ssize_t)file.n)
		abort();
	path = xasprintf("/proc/self/fd/%d", fd);
	if (parsers_load(ps, path, &err) < 0) {
		if (!err.text[0] || parsers_count(ps) != built_in)
			abort();
	} else if (rest.n > 0) {
		for (size_t i = 0; i < parsers_count(ps); i++)
			fuzz_lines(parsers_get(ps, i), (const uint8_t *)rest.p,
			    rest.n);
	}
	close(fd);
	return 0;
}
