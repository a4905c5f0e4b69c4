/* SPDX-License-Identifier: MIT */
/*
 * Marks for a store that somebody else is writing, recountd usually.
 *
 * A person who notes a deploy must not be told to come back later, so the mark
 * waits in STORE.marks, one line each, and the next writer takes it in; a
 * running recountd does so with its next commit.
 *
 * The file is renamed before it is read, and removed when what it said is
 * durable.  If the taker dies in between, the next one reads it again, and
 * passes over marks that the store has.  A lock keeps a line that is being
 * written from being missed: whoever writes looks, once it has the lock,
 * whether the file is still the one of that name.
 */
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recount/log.h"

#define SPOOL_BYTES_MAX ((size_t)16 * 1024 * 1024)

/* Open and locked, and certainly not taken away meanwhile. */
static int
open_spool(const char *path)
{
	for (int tries = 0; tries < 10; tries++) {
		int fd = open(path,
		    O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
		    0640);
		struct stat mine, now;

		if (fd < 0)
			return -errno;
		if (flock(fd, LOCK_EX) == 0 && fstat(fd, &mine) == 0 &&
		    stat(path, &now) == 0 && mine.st_ino == now.st_ino)
			return fd;
		close(fd);
	}
	return -EBUSY;
}

int
ingest_mark_later(const char *store_path, usec_t at, const char *kind,
    struct str text, const char *host)
{
	CLEANUP(xfree) char *path = xasprintf("%s.marks", store_path);
	CLEANUP(buf_free) struct buf line = BUF_INIT;
	struct stat st;
	int fd = open_spool(path), r = 0;

	if (fd < 0)
		return fd;
	/* Root may mark; recountd, which is not root, must read it. */
	if (geteuid() == 0 && stat(store_path, &st) == 0 &&
	    fchown(fd, st.st_uid, st.st_gid) < 0)
		r = -errno;
	buf_addf(
	    &line, "%lld\t%s\t%s\t", (long long)at, kind, host ? host : "");
	buf_add_str(&line, text);
	buf_addc(&line, '\n');
	if (r == 0 && write(fd, line.p, line.n) != (ssize_t)line.n)
		r = errno ? -errno : -EIO;
	close(fd);
	return r;
}

/* ---- taking ---- */

struct known_mark {
	struct str raw;
	bool found;
};

static int
same_mark(void *arg, const struct log_event *ev)
{
	struct known_mark *k = arg;

	k->found = str_eq(ev->raw, k->raw);
	return k->found;
}

static bool
has_mark(struct ingest *in, usec_t at, struct str kind, struct str text)
{
	CLEANUP(buf_free) struct buf raw = BUF_INIT;
	struct store_query q = {
	    .since = at,
	    .until = at + 1,
	    .columns = STORE_RAW,
	    .kinds = 1u << EVENT_MARK,
	};
	struct known_mark k = {0};

	buf_add_str(&raw, kind);
	buf_adds(&raw, ": ");
	buf_add_str(&raw, text);
	k.raw = buf_str(&raw);
	store_scan(in->store, &q, same_mark, &k, NULL, NULL);
	return k.found;
}

static int
take_line(struct ingest *in, struct str line)
{
	struct str at_text, kind_text, host_text;
	struct str text = str_cut(line, '\t', &at_text);
	CLEANUP(xfree) char *kind = NULL, *host = NULL;
	uint64_t at, id;

	text = str_cut(text, '\t', &kind_text);
	text = str_cut(text, '\t', &host_text);
	if (!text.n || !str_to_u64(at_text, &at) || at > INT64_MAX / 2)
		return 0;
	if (has_mark(in, (usec_t)at, kind_text, text))
		return 0;
	kind = str_dup(kind_text);
	host = str_dup(host_text);
	return ingest_mark(in, (usec_t)at, kind, text, host, &id);
}

static int
read_spool(const char *path, struct buf *ret)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	char block[8192];
	ssize_t n;

	if (fd < 0)
		return -errno;
	flock(fd, LOCK_EX);
	while ((n = read(fd, block, sizeof(block))) > 0 &&
	       ret->n < SPOOL_BYTES_MAX)
		buf_add(ret, block, (size_t)n);
	close(fd);
	return n < 0 ? -errno : 0;
}

int
ingest_take_marks(struct ingest *in, const char *store_path, struct reterr *err)
{
	CLEANUP(xfree) char *path = xasprintf("%s.marks", store_path);
	CLEANUP(xfree) char *taken = xasprintf("%s.taken", path);
	CLEANUP(buf_free) struct buf text = BUF_INIT;
	struct str rest, line;
	int r;

	if (access(taken, F_OK) < 0 && rename(path, taken) < 0)
		return errno == ENOENT ? 0
				       : reterr_set(err, errno, "%s: %s", path,
					     strerror(errno));
	r = read_spool(taken, &text);
	for (rest = buf_str(&text); r == 0 && rest.n;) {
		rest = str_cut(rest, '\n', &line);
		r = take_line(in, line);
	}
	if (r < 0)
		return reterr_set(err, -r, "%s: %s", taken, strerror(-r));
	r = ingest_commit(in, err);
	if (r == 0 && unlink(taken) < 0)
		r = reterr_set(err, errno, "%s: %s", taken, strerror(errno));
	return r;
}
