/* SPDX-License-Identifier: MIT */
#ifndef SOURCE_SIBLINGS_H
#define SOURCE_SIBLINGS_H

/*
 * What rotation makes of a log: PATH.1, PATH.2.gz, PATH-20260304, ….
 */

#include "reader.h"

struct sibling {
	char *path;
	uint64_t dev, ino;
	int64_t size;
	usec_t mtime;
	usec_t born;  /* 0: the file system does not say */
	bool is_base; /* the log itself */
	bool compressed;
	char *rotation;               /* what marks it: "1", "20260304", "" */
	char head[POSITION_HEAD_MAX]; /* its first uncompressed bytes */
	size_t head_n;
	bool known; /* for the caller: the store has (some of) it */
};

struct siblings {
	struct sibling *items; /* oldest first, the log itself last */
	size_t n;
};

/* Whether path is how rotation might rename base (both with their folders). */
bool sibling_of(const char *path, const char *base);
/* By its name: ".gz" and the like. */
bool sibling_packed(const char *path);
/* What there is of base and can be read; nothing is not an error. */
void siblings_list(const char *base, struct siblings *ret);
void siblings_free(struct siblings *s);
DEFINE_CLEANUP_IN(struct siblings, siblings_free)

/* Whether s begins as the file of p did. */
bool sibling_head_fits(const struct sibling *s, const struct position *p);
/*
 * Open s behind p when s is the file of p: same beginning, same bytes before
 * the offset.  A file of which nothing was read is known by dev and ino alone.
 * follow: as for reader_open_fd().  0, or -ESTALE when it is another file,
 * -errno.
 */
int sibling_open_at(const struct sibling *s, const struct position *p,
    bool follow, struct reader **ret, struct reterr *err);

#endif
