/* SPDX-License-Identifier: MIT */
/*
 * What lies below a path, in the order to read it.
 *
 * Rotation names files so that the oldest sorts wherever it likes: "syslog",
 * "syslog.1", "syslog.2.gz"; "access.log-20260304.gz", "access.log".  Times
 * without a year and the two occurrences of an ambiguous hour are settled by
 * the line before, and patterns by what was seen first, so the oldest must be
 * read first.  A name is taken apart into what is being rotated and how old
 * this part is: a number counts backwards, a date forwards, and the plain
 * name comes last.
 *
 * Folders are not entered through symbolic links (no circles); files behind
 * links are read, once.  Names that begin with a dot are nobody's logs.
 */
#include "internal.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define WALK_DEPTH_MAX 32

struct walking {
	struct walk *walk;
	void (*warn)(void *arg, const char *text);
	void *arg;
};

static bool
is_digits(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.n > 0;
}

/* How a file's name says which part of a rotated log it is. */
struct rotated {
	struct str base; /* "access.log" */
	int64_t age;     /* ascending from the oldest; INT64_MAX: current */
};

static struct rotated
rotated_of(struct str name)
{
	static const char *const packed[] = {
	    ".gz", ".xz", ".zst", ".bz2", ".lzma", ".Z"};
	struct rotated ret = {.age = INT64_MAX};
	uint64_t n;
	size_t at;

	for (size_t i = 0; i < ARRAY_SIZE(packed); i++)
		if (str_ends(name, str_of(packed[i]))) {
			name.n -= strlen(packed[i]);
			break;
		}
	ret.base = name;
	for (at = name.n; at > 0; at--)
		if (strchr(".-_", name.p[at - 1]) != NULL)
			break;
	if (at < 2 || !is_digits(str_skip(name, at)) ||
	    !str_to_u64(str_skip(name, at), &n) || n > INT64_MAX)
		return ret;
	ret.base = str_sub(name, 0, at - 1);
	/* A number of six digits and more is a date or a point in time. */
	ret.age = name.n - at >= 6 ? (int64_t)n : -(int64_t)n;
	/* "-20260304-1772600000": by the last part; the date goes too. */
	if (ret.base.n > 9 && ret.base.p[ret.base.n - 9] == '-' &&
	    is_digits(str_skip(ret.base, ret.base.n - 8)))
		ret.base.n -= 9;
	return ret;
}

/* Digits by their value: "web2" before "web10". */
static int
natural_cmp(struct str a, struct str b)
{
	size_t i = 0, j = 0;

	while (i < a.n && j < b.n) {
		size_t x = i, y = j;

		while (x < a.n && a.p[x] >= '0' && a.p[x] <= '9')
			x++;
		while (y < b.n && b.p[y] >= '0' && b.p[y] <= '9')
			y++;
		if (x == i || y == j) {
			if (a.p[i] != b.p[j])
				return (unsigned char)a.p[i] <
					       (unsigned char)b.p[j]
					   ? -1
					   : 1;
			i++;
			j++;
			continue;
		}
		while (i < x - 1 && a.p[i] == '0')
			i++;
		while (j < y - 1 && b.p[j] == '0')
			j++;
		if (x - i != y - j)
			return x - i < y - j ? -1 : 1;
		for (; i < x; i++, j++)
			if (a.p[i] != b.p[j])
				return a.p[i] < b.p[j] ? -1 : 1;
	}
	return a.n - i == b.n - j ? 0 : a.n - i < b.n - j ? -1 : 1;
}

struct str
walk_folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return (struct str){path, slash ? (size_t)(slash - path) : 0};
}

struct str
walk_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return rotated_of(str_of(slash ? slash + 1 : path)).base;
}

static int
entry_cmp(const void *x, const void *y)
{
	const struct walk_entry *a = x, *b = y;
	struct str da = walk_folder_of(a->path), db = walk_folder_of(b->path);
	struct rotated ra, rb;
	int r = natural_cmp(da, db);

	if (r == 0)
		r = str_cmp(da, db);
	if (r != 0)
		return r;
	ra = rotated_of(str_of(a->path + da.n + (a->path[da.n] == '/')));
	rb = rotated_of(str_of(b->path + db.n + (b->path[db.n] == '/')));
	r = natural_cmp(ra.base, rb.base);
	if (r != 0)
		return r;
	if (ra.age != rb.age)
		return ra.age < rb.age ? -1 : 1;
	return strcmp(a->path, b->path);
}

static bool
is_journal(const char *path)
{
	struct str s = str_of(path);

	return str_ends(s, STR(".journal")) || str_ends(s, STR(".journal~"));
}

static void
add_file(struct walk *w, const char *path, const struct stat *st, bool named)
{
	if (w->n == w->size) {
		w->size = w->size ? 2 * w->size : 64;
		w->entries =
		    xreallocarray(w->entries, w->size, sizeof(*w->entries));
	}
	w->entries[w->n++] = (struct walk_entry){
	    .path = xstrdup(path),
	    .named = named,
	    .argument = w->argument,
	    .journal = is_journal(path),
	    .size = S_ISREG(st->st_mode) ? st->st_size : 0,
	};
}

static void
add_conf(struct walk *w, const char *path)
{
	w->confs = xreallocarray(w->confs, w->n_confs + 1, sizeof(*w->confs));
	w->confs[w->n_confs++] = xstrdup(path);
}

static void
warn_about(struct walking *wk, const char *path, int error)
{
	CLEANUP(xfree) char *text = xasprintf("%s: %s", path, strerror(error));

	wk->warn(wk->arg, text);
}

static void walk_folder(struct walking *wk, const char *path, int depth);

static void
walk_name(struct walking *wk, const char *path, const char *name, int depth)
{
	struct stat st;
	bool link;

	if (lstat(path, &st) < 0) {
		if (errno != ENOENT) /* rotated away meanwhile */
			warn_about(wk, path, errno);
		return;
	}
	link = S_ISLNK(st.st_mode);
	if (link && stat(path, &st) < 0)
		return; /* points nowhere: there is nothing to read */
	if (S_ISDIR(st.st_mode) && !link)
		walk_folder(wk, path, depth + 1);
	else if (S_ISREG(st.st_mode) && !strcmp(name, "nginx.conf"))
		add_conf(wk->walk, path);
	else if (S_ISREG(st.st_mode))
		add_file(wk->walk, path, &st, false);
}

static void
walk_folder(struct walking *wk, const char *path, int depth)
{
	DIR *d = opendir(path);
	struct dirent *de;

	if (!d) {
		warn_about(wk, path, errno);
		return;
	}
	if (depth > WALK_DEPTH_MAX) {
		warn_about(wk, path, ELOOP);
		closedir(d);
		return;
	}
	while ((de = readdir(d))) {
		CLEANUP(xfree) char *below = NULL;

		if (de->d_name[0] == '.')
			continue;
		below = xasprintf("%s/%s", path, de->d_name);
		walk_name(wk, below, de->d_name, depth);
	}
	closedir(d);
}

int
walk_add(struct walk *w, const char *path, size_t argument,
    void (*warn)(void *arg, const char *text), void *arg)
{
	struct walking wk = {.walk = w, .warn = warn, .arg = arg};
	CLEANUP(xfree) char *absolute = NULL;
	struct stat st;

	w->argument = argument;
	if (!strcmp(path, "-")) {
		st = (struct stat){.st_mode = S_IFIFO};
		add_file(w, path, &st, true);
		return 0;
	}
	if (stat(path, &st) < 0)
		return -errno;
	/* Evidence names files in a way that holds from everywhere. */
	absolute = realpath(path, NULL);
	if (!absolute)
		return -errno;
	if (S_ISDIR(st.st_mode)) {
		if (access(absolute, R_OK | X_OK) < 0)
			return -errno;
		walk_folder(&wk, absolute, 0);
	} else {
		add_file(w, absolute, &st, true);
	}
	return 0;
}

void
walk_sort(struct walk *w)
{
	size_t n = 0;

	if (w->n > 1)
		qsort(w->entries, w->n, sizeof(*w->entries), entry_cmp);
	for (size_t i = 0; i < w->n; i++) { /* one path, named twice */
		if (n > 0 &&
		    !strcmp(w->entries[n - 1].path, w->entries[i].path)) {
			w->entries[n - 1].named |= w->entries[i].named;
			xfree(w->entries[i].path);
			continue;
		}
		w->entries[n++] = w->entries[i];
	}
	w->n = n;
}

void
walk_end(struct walk *w)
{
	for (size_t i = 0; i < w->n; i++)
		xfree(w->entries[i].path);
	xfree(w->entries);
	for (size_t i = 0; i < w->n_confs; i++)
		xfree(w->confs[i]);
	xfree(w->confs);
	*w = (struct walk){0};
}
