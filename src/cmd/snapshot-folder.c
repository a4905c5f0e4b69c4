/* SPDX-License-Identifier: MIT */
/*
 * A folder of snapshots, for cron: however often this is killed, what stands
 * in it is whole.
 *
 * A snapshot is made in ".making", synced, and then renamed to its name; one
 * that is there already changes places with it in the same call.  What is to
 * be removed is renamed to ".removing" first, so that nobody finds it half
 * gone.  Both names are ours alone under the lock, and what a killed run left
 * there is removed by the next.  Only folders whose name is that of a window
 * are ever touched: other things may stand in the same place.
 */
#include "snapshot.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recount/file.h"
#include "recount/report.h"

#define MAKING ".making"
#define REMOVING ".removing"
#define LOCK ".lock"
/* The index shows the newest; a report of more bytes than this is named in it
 * without being read. */
#define INDEX_MAX 1000
#define REPORT_BYTES ((size_t)64 * 1024 * 1024)

struct folder {
	char *path, *making, *removing;
	int fd, lock;
};

static int
fail(const char *path, const char *what, struct reterr *err)
{
	return reterr_set(err, errno, "%s/%s: %s", path, what, strerror(errno));
}

static int
remove_entry(const char *path, const struct stat *sb, int type, struct FTW *ftw)
{
	return remove(path) == 0 || errno == ENOENT ? 0 : -1;
}

/* All of it, links not followed.  0 also when it is not there. */
static int
remove_tree(const char *path)
{
	int r = nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);

	return r == 0 || errno == ENOENT ? 0 : -errno;
}

static int
make_folders(const char *path)
{
	CLEANUP(xfree) char *part = xstrdup(path);

	for (char *p = part + 1; *p != '\0'; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (mkdir(part, 0755) < 0 && errno != EEXIST)
			return -errno;
		*p = '/';
	}
	return mkdir(path, 0755) < 0 && errno != EEXIST ? -errno : 0;
}

int
folder_open(const char *path, struct folder **ret, struct reterr *err)
{
	CLEANUP(folder_free) struct folder *f = xcalloc(1, sizeof(*f));
	int r = make_folders(path);

	f->fd = f->lock = -1;
	if (r < 0)
		return reterr_set(err, -r, "%s: %s", path, strerror(-r));
	f->path = xstrdup(path);
	f->making = xasprintf("%s/" MAKING, path);
	f->removing = xasprintf("%s/" REMOVING, path);
	f->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (f->fd < 0)
		return reterr_set(err, errno, "%s: %s", path, strerror(errno));
	f->lock = openat(f->fd, LOCK, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (f->lock < 0)
		return fail(path, LOCK, err);
	if (flock(f->lock, LOCK_EX | LOCK_NB) < 0)
		return reterr_set(
		    err, EBUSY, "%s: another snapshot is being taken", path);
	if (remove_tree(f->making) < 0 || remove_tree(f->removing) < 0)
		return fail(path, MAKING, err);
	*ret = STEAL(f);
	return 0;
}

void
folder_free(struct folder *f)
{
	if (f == NULL)
		return;
	if (f->lock >= 0)
		close(f->lock);
	if (f->fd >= 0)
		close(f->fd);
	xfree(f->path);
	xfree(f->making);
	xfree(f->removing);
	xfree(f);
}

int
folder_begin(struct folder *f, const char **ret_path, struct reterr *err)
{
	if (mkdirat(f->fd, MAKING, 0755) < 0)
		return fail(f->path, MAKING, err);
	*ret_path = f->making;
	return 0;
}

static int
write_file(int dir, const char *name, struct str content)
{
	int fd =
	    openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	int error = 0;

	if (fd < 0)
		return -errno;
	while (content.n > 0 && error == 0) {
		ssize_t n = write(fd, content.p, content.n);

		if (n >= 0)
			content = str_skip(content, (size_t)n);
		else if (errno != EINTR)
			error = errno;
	}
	if (error == 0 && fsync(fd) < 0)
		error = errno;
	if (close(fd) < 0 && error == 0)
		error = errno;
	return -error;
}

int
folder_file(
    struct folder *f, const char *name, struct str content, struct reterr *err)
{
	CLEANUP(xfree) char *path = xasprintf(MAKING "/%s", name);
	int r = write_file(f->fd, path, content);

	if (r < 0)
		return reterr_set(
		    err, -r, "%s/%s: %s", f->path, path, strerror(-r));
	return 0;
}

static int
sync_folder(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = fd < 0 || fsync(fd) < 0 ? -errno : 0;

	if (fd >= 0)
		close(fd);
	return r;
}

/* A link is replaced by renaming another one over it. */
static int
point_latest(struct folder *f, const char *name)
{
	unlinkat(f->fd, ".latest", 0);
	if (symlinkat(name, f->fd, ".latest") < 0 ||
	    renameat(f->fd, ".latest", f->fd, "latest") < 0)
		return -errno;
	return 0;
}

int
folder_keep(struct folder *f, const char *name, struct reterr *err)
{
	if (sync_folder(f->making) < 0)
		return fail(f->path, MAKING, err);
	if (renameat2(f->fd, MAKING, f->fd, name, RENAME_NOREPLACE) < 0 &&
	    (errno != EEXIST ||
		renameat2(f->fd, MAKING, f->fd, name, RENAME_EXCHANGE) < 0))
		return fail(f->path, name, err);
	if (point_latest(f, name) < 0)
		return fail(f->path, "latest", err);
	if (fsync(f->fd) < 0)
		return fail(f->path, "", err);
	if (remove_tree(f->making) < 0) /* the one it took the place of */
		return fail(f->path, MAKING, err);
	return 0;
}

/* ---- names ---- */

static char *
add_instant(usec_t t, char *out, size_t size)
{
	struct civil c;

	civil_from_seconds(t / USEC_PER_SEC, &c);
	snprintf(out, size, "%04d%02d%02dT%02d%02d%02dZ", c.year, c.month,
	    c.day, c.hour, c.minute, c.second);
	return out;
}

void
snapshot_name(usec_t since, usec_t until, char out[SNAPSHOT_NAME_MAX])
{
	char a[SNAPSHOT_NAME_MAX / 2], b[SNAPSHOT_NAME_MAX / 2];

	snprintf(out, SNAPSHOT_NAME_MAX, "%.31s-%.31s",
	    add_instant(since, a, sizeof(a)), add_instant(until, b, sizeof(b)));
}

/* The end of the window that a name says; false: not a snapshot's name. */
static bool
name_until(const char *name, usec_t *ret)
{
	struct civil a = {0}, b = {0};
	char again[SNAPSHOT_NAME_MAX];

	if (strlen(name) != 33 ||
	    sscanf(name, "%4d%2d%2dT%2d%2d%2dZ-%4d%2d%2dT%2d%2d%2dZ", &a.year,
		&a.month, &a.day, &a.hour, &a.minute, &a.second, &b.year,
		&b.month, &b.day, &b.hour, &b.minute, &b.second) != 12)
		return false;
	*ret = civil_to_seconds(&b) * USEC_PER_SEC;
	snapshot_name(civil_to_seconds(&a) * USEC_PER_SEC, *ret, again);
	return strcmp(name, again) == 0;
}

struct names {
	struct name {
		char *name;
		usec_t until;
	} * list;
	size_t n;
};

static void
names_end(struct names *names)
{
	for (size_t i = 0; i < names->n; i++)
		xfree(names->list[i].name);
	xfree(names->list);
}
DEFINE_CLEANUP_IN(struct names, names_end)

/* The latest end first; of one end the longest window first. */
static int
compare_names(const void *a, const void *b)
{
	const struct name *x = a, *y = b;

	if (x->until != y->until)
		return x->until > y->until ? -1 : 1;
	return strcmp(x->name, y->name);
}

static int
list_names(struct folder *f, struct names *ret, struct reterr *err)
{
	DIR *dir = opendir(f->path);
	struct dirent *entry;
	usec_t until;

	if (dir == NULL)
		return fail(f->path, "", err);
	while ((entry = readdir(dir)) != NULL) {
		if (!name_until(entry->d_name, &until))
			continue;
		ret->list =
		    xreallocarray(ret->list, ret->n + 1, sizeof(*ret->list));
		ret->list[ret->n++] =
		    (struct name){xstrdup(entry->d_name), until};
	}
	closedir(dir);
	if (ret->n > 0)
		qsort(ret->list, ret->n, sizeof(*ret->list), compare_names);
	return 0;
}

int
folder_retain(struct folder *f, const struct folder_limit *limit, usec_t now,
    struct reterr *err)
{
	CLEANUP(names_end) struct names names = {0};
	int r = list_names(f, &names, err);

	for (size_t i = 0; r == 0 && i < names.n; i++) {
		const struct name *n = &names.list[i];

		if ((limit->count == 0 || i < limit->count) &&
		    (limit->age == 0 || n->until >= now - limit->age))
			continue;
		if (renameat(f->fd, n->name, f->fd, REMOVING) < 0 ||
		    remove_tree(f->removing) < 0)
			return fail(f->path, n->name, err);
	}
	if (r == 0 && faccessat(f->fd, "latest", F_OK, 0) < 0)
		unlinkat(f->fd, "latest", 0); /* it was removed */
	return r;
}

/* ---- index ---- */

int
folder_index(struct folder *f, const struct zone *zone, struct reterr *err)
{
	CLEANUP(names_end) struct names names = {0};
	CLEANUP(buf_free) struct buf out = BUF_INIT;
	CLEANUP(xfree) struct report_index_entry *entries = NULL;
	CLEANUP(xfree) struct buf *texts = NULL;
	size_t n;
	int r = list_names(f, &names, err);

	if (r < 0 || names.n == 0)
		return r;
	n = names.n < INDEX_MAX ? names.n : INDEX_MAX;
	entries = xcalloc(n, sizeof(*entries));
	texts = xcalloc(n, sizeof(*texts));
	for (size_t i = 0; i < n; i++) {
		CLEANUP(xfree)
		char *path =
		    xasprintf("%s/%s/report.json", f->path, names.list[i].name);

		file_read(path, REPORT_BYTES, &texts[i], NULL);
		entries[i].folder = names.list[i].name;
		entries[i].json = buf_str(&texts[i]);
	}
	report_index_html(entries, n, zone, &out);
	for (size_t i = 0; i < n; i++)
		buf_free(&texts[i]);
	r = write_file(f->fd, ".index.html", buf_str(&out));
	if (r < 0 || renameat(f->fd, ".index.html", f->fd, "index.html") < 0)
		return fail(f->path, "index.html", err);
	return 0;
}
