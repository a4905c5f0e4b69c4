/* SPDX-License-Identifier: MIT */
/*
 * One writer: an open-file-description lock on a file beside the database,
 * which holds the writer's pid for whoever finds it locked.  The kernel drops
 * the lock when its process ends, however it ends.  The file itself stays: to
 * delete it would let two writers lock two files of one name.
 *
 * SQLite's own locks would not do: they are held during a transaction only,
 * and two writers that take turns would each overwrite what the other knows of
 * the sources' positions.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "internal.h"

static int
lock_busy(const struct store *st, int fd, struct reterr *err)
{
	char text[32] = "";
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
	long pid = n > 0 ? strtol(text, NULL, 10) : 0;

	if (pid <= 0)
		return reterr_set(
		    err, EBUSY, "%s: another process writes to it", st->path);
	return reterr_set(
	    err, EBUSY, "%s: process %ld writes to it", st->path, pid);
}

int
lock_take(struct store *st, struct reterr *err)
{
	CLEANUP(xfree) char *path = xasprintf("%s.lock", st->path);
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	int r = 0;

	if (fd < 0)
		return reterr_set(err, errno, "%s: %s", path, strerror(errno));
	if (fcntl(fd, F_OFD_SETLK, &lock) < 0) {
		if (errno == EAGAIN || errno == EACCES)
			r = lock_busy(st, fd, err);
		else
			r = reterr_set(err, errno, "%s: cannot lock: %s", path,
			    strerror(errno));
		close(fd);
		return r;
	}
	st->lock_fd = fd;
	/* The pid is for people; a full disk must not keep us from starting. */
	if (ftruncate(fd, 0) == 0)
		dprintf(fd, "%ld\n", (long)getpid());
	return 0;
}
