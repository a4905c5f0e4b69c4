/* SPDX-License-Identifier: MIT */
/* recountd.conf: whatever it holds is read or refused, with one message. */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "recount/config.h"
#include "recount/parse.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(parsers_free) struct parsers *ps = parsers_new();
	CLEANUP(config_free) struct config *c = NULL;
	CLEANUP(xfree) char *path = NULL;
	struct reterr err = {""};
	int fd = memfd_create("recountd.conf", MFD_CLOEXEC);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	path = xasprintf("/proc/self/fd/%d", fd);
	if (config_load(path, "/nonexistent", ps, &c, &err) < 0) {
		if (c || !err.text[0] || strchr(err.text, '\n'))
			abort();
	} else if (!c->store_path || c->commit_interval <= 0 ||
		   c->max_size < 0 || c->max_age < 0) {
		abort();
	}
	close(fd);
	return 0;
}
