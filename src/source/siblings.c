/* SPDX-License-Identifier: MIT */
/*
 * Rotated copies are listed by name and recognised by content.
 *
 * Names only select candidates and put them in order: a number counts
 * rotations (a higher one is older), a date sorts as it is written, anything
 * else goes by modification time, which renaming and every compressor keep.
 * Whether a candidate is the file that a position belongs to is decided by the
 * hashes in the position, so a wrong guess by name costs a look, never a line.
 *
 * While `gzip` runs, PATH.1 and an unfinished PATH.1.gz stand side by side:
 * the plain one wins.
 */
#include "siblings.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "decompress.h"
#include "recount/intern.h"

/* Per log; a hundred years of yearly rotation would still fit. */
#define SIBLINGS_MAX 1024

static const char *const packed_ends[] = {".gz", ".xz", ".zst", ".bz2"};

static struct str
without_packed_end(struct str name)
{
	for (size_t i = 0; i < ARRAY_SIZE(packed_ends); i++) {
		struct str end = str_of(packed_ends[i]);

		if (name.n > end.n && str_ends(name, end))
			return str_sub(name, 0, name.n - end.n);
	}
	return name;
}

bool
sibling_packed(const char *path)
{
	struct str name = str_of(path);

	return without_packed_end(name).n != name.n;
}

/* Split a path at its last slash; the folder keeps it. */
static struct str
name_of(const char *path, struct str *ret_folder)
{
	const char *slash = strrchr(path, '/');
	size_t n = slash != NULL ? (size_t)(slash - path) + 1 : 0;

	*ret_folder = (struct str){path, n};
	return str_of(path + n);
}

/* A date in digits, perhaps with a time: 20260304, 2026-03-04T13:00, an epoch.
 * At least eight digits, so that no worker's number is taken for one. */
static bool
is_date(struct str s)
{
	size_t digits = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] >= '0' && s.p[i] <= '9')
			digits++;
		else if (i == 0 || strchr("-_.:TZ", s.p[i]) == NULL)
			return false;
	}
	return digits >= 8;
}

static bool
is_count(struct str s)
{
	uint64_t n;

	return s.n <= 4 && str_to_u64(s, &n);
}

/* What rotation put between: "1" of "app.log.1" and of "app.1.log". */
static bool
rotation_mark(struct str name, struct str base, struct str *ret)
{
	struct str rest = without_packed_end(name), mark;
	ptrdiff_t dot = -1;

	if (str_eq(rest, base)) { /* app.log.gz */
		*ret = STR_NULL;
		return rest.n != name.n;
	}
	if (rest.n > base.n + 1 && str_starts(rest, base)) {
		mark = str_skip(rest, base.n + 1);
		*ret = mark;
		if (rest.p[base.n] == '.')
			return is_count(mark) || is_date(mark) ||
			       str_eq(mark, STR("old")) ||
			       str_eq(mark, STR("0"));
		return strchr("-_", rest.p[base.n]) != NULL && is_date(mark);
	}
	for (size_t i = 1; i < base.n; i++) {
		if (base.p[i] == '.')
			dot = (ptrdiff_t)i;
	}
	if (dot < 0 || rest.n <= base.n + 1 ||
	    !str_starts(rest, str_sub(base, 0, (size_t)dot)) ||
	    !str_ends(rest, str_skip(base, (size_t)dot)))
		return false;
	mark = str_sub(rest, (size_t)dot + 1, rest.n - base.n - 1);
	*ret = mark;
	if (rest.p[dot] == '.')
		return is_count(mark) || is_date(mark);
	return strchr("-_", rest.p[dot]) != NULL && is_date(mark);
}

bool
sibling_of(const char *path, const char *base)
{
	struct str folder, base_folder, mark;
	struct str name = name_of(path, &folder);
	struct str base_name = name_of(base, &base_folder);

	return str_eq(folder, base_folder) &&
	       rotation_mark(name, base_name, &mark);
}

static int
open_regular(const char *path, struct stat *ret)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0)
		return -errno;
	if (fstat(fd, ret) < 0 || !S_ISREG(ret->st_mode)) {
		close(fd);
		return -EINVAL;
	}
	return fd;
}

static usec_t
born(int fd)
{
	struct statx sx;

	if (statx(fd, "", AT_EMPTY_PATH, STATX_BTIME, &sx) < 0 ||
	    (sx.stx_mask & STATX_BTIME) == 0)
		return 0;
	return sx.stx_btime.tv_sec * USEC_PER_SEC + sx.stx_btime.tv_nsec / 1000;
}

/* Add the file at path, which is taken over. */
static void
siblings_add(struct siblings *s, char *path, struct str mark, bool is_base)
{
	CLEANUP(reader_free) struct reader *r = NULL;
	struct sibling *item;
	struct stat st;
	struct str head;
	int fd = open_regular(path, &st);

	if (fd < 0 || reader_open_fd(fd, path, false, &r, NULL) < 0) {
		xfree(path);
		return;
	}
	s->items = xreallocarray(s->items, s->n + 1, sizeof(*s->items));
	item = &s->items[s->n++];
	*item = (struct sibling){
	    .path = path,
	    .dev = st.st_dev,
	    .ino = st.st_ino,
	    .size = st.st_size,
	    .mtime =
		st.st_mtim.tv_sec * USEC_PER_SEC + st.st_mtim.tv_nsec / 1000,
	    .born = born(fd),
	    .is_base = is_base,
	    .compressed = reader_compressed(r),
	    .rotation = str_dup(mark),
	};
	head = reader_peek(r, sizeof(item->head));
	memcpy(item->head, head.p, head.n);
	item->head_n = head.n;
}

static void
sibling_end(struct sibling *s)
{
	xfree(s->path);
	xfree(s->rotation);
}

void
siblings_free(struct siblings *s)
{
	for (size_t i = 0; i < s->n; i++)
		sibling_end(&s->items[i]);
	xfree(s->items);
	*s = (struct siblings){NULL, 0};
}

static int
by_last_resort(const struct sibling *a, const struct sibling *b)
{
	/* Packed before plain, so that one of a pair is the plain one's
	 * predecessor; names at last, so that the order is always the same. */
	if (a->compressed != b->compressed)
		return a->compressed ? -1 : 1;
	return strcmp(a->path, b->path);
}

static int
by_count(const void *x, const void *y)
{
	const struct sibling *a = x, *b = y;
	uint64_t an = 0, bn = 0;

	if (a->is_base != b->is_base)
		return a->is_base ? 1 : -1;
	str_to_u64(str_of(a->rotation), &an);
	str_to_u64(str_of(b->rotation), &bn);
	if (an != bn)
		return an > bn ? -1 : 1;
	return by_last_resort(a, b);
}

static int
by_date(const void *x, const void *y)
{
	const struct sibling *a = x, *b = y;
	int r;

	if (a->is_base != b->is_base)
		return a->is_base ? 1 : -1;
	r = strcmp(a->rotation, b->rotation);
	return r != 0 ? r : by_last_resort(a, b);
}

static int
by_mtime(const void *x, const void *y)
{
	const struct sibling *a = x, *b = y;

	if (a->is_base != b->is_base)
		return a->is_base ? 1 : -1;
	if (a->mtime != b->mtime)
		return a->mtime < b->mtime ? -1 : 1;
	return by_last_resort(a, b);
}

static void
siblings_sort(struct siblings *s)
{
	bool counts = true, dates = true;

	for (size_t i = 0; i < s->n; i++) {
		struct str mark = str_of(s->items[i].rotation);

		if (s->items[i].is_base)
			continue;
		counts = counts && is_count(mark);
		dates = dates && is_date(mark);
	}
	if (s->n > 1)
		qsort(s->items, s->n, sizeof(*s->items),
		    counts  ? by_count
		    : dates ? by_date
			    : by_mtime);
}

/* Of PATH.1.gz and PATH.1 only the second counts. */
static void
siblings_drop_pairs(struct siblings *s)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->n; i++) {
		struct sibling *a = &s->items[i];
		bool paired = false;

		for (size_t k = 0; k < s->n && a->compressed; k++) {
			struct sibling *b = &s->items[k];

			paired = paired ||
				 (!b->compressed && !b->is_base && k != i &&
				     str_eq(without_packed_end(str_of(a->path)),
					 str_of(b->path)));
		}
		a->known = paired; /* borrowed for the second round */
	}
	for (size_t i = 0; i < s->n; i++) {
		if (s->items[i].known)
			sibling_end(&s->items[i]);
		else
			s->items[kept++] = s->items[i];
	}
	s->n = kept;
}

void
siblings_list(const char *base, struct siblings *ret)
{
	struct str folder, base_name = name_of(base, &folder);
	CLEANUP(xfree)
	char *folder_path = folder.n > 0 ? str_dup(folder) : xstrdup("./");
	DIR *dir = opendir(folder_path);
	struct dirent *entry;

	*ret = (struct siblings){NULL, 0};
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		struct str mark = STR_NULL;
		bool is_base = str_eq(str_of(entry->d_name), base_name);

		if (!is_base &&
		    !rotation_mark(str_of(entry->d_name), base_name, &mark))
			continue;
		if (ret->n >= SIBLINGS_MAX)
			break;
		siblings_add(ret,
		    xasprintf("%.*s%s", STR_ARG(folder), entry->d_name), mark,
		    is_base);
	}
	if (dir != NULL)
		closedir(dir);
	siblings_drop_pairs(ret);
	siblings_sort(ret);
}

bool
sibling_head_fits(const struct sibling *s, const struct position *p)
{
	if (p->head_n == 0)
		return !s->compressed && s->dev == p->dev && s->ino == p->ino;
	return p->head_n <= s->head_n && hash64(s->head, p->head_n) == p->head;
}

int
sibling_open_at(const struct sibling *s, const struct position *p, bool follow,
    struct reader **ret, struct reterr *err)
{
	CLEANUP(reader_free) struct reader *r = NULL;
	uint64_t tail;
	struct stat st;
	int fd, result;

	if (!sibling_head_fits(s, p))
		return -ESTALE;
	fd = open_regular(s->path, &st);
	if (fd < 0)
		return reterr_set(err, -fd, "%s: %s", s->path, strerror(-fd));
	result = reader_open_fd(fd, s->path, follow, &r, err);
	if (result < 0)
		return result;
	/* Renamed since it was listed: what stands here now is another. */
	if (st.st_dev != s->dev || st.st_ino != s->ino)
		return -ESTALE;
	if (reader_skip(r, p->offset, p->tail_n, &tail) < 0 ||
	    (p->tail_n > 0 && tail != p->tail))
		return -ESTALE;
	*ret = STEAL(r);
	return 0;
}
