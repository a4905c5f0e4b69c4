/* SPDX-License-Identifier: MIT */
/*
 * The folders of a live journal.
 *
 * A sd_journal is kept for what it does well: it watches the folders and tells
 * that something changed.  What there is, is found by listing them.  Files are
 * known by device and inode, since journald renames a file when it archives
 * it; a second file with the same file id is a copy and left alone.
 *
 * A file that was just created may not have its header yet.  Only one that is
 * still no journal after some looks is reported.
 */
#include "journal-live.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <systemd/sd-id128.h>

#define FILES_MAX 8192
#define DEPTH_MAX 2
#define LOOKS_MAX 3

struct unreadable {
	uint64_t dev, ino;
	unsigned looks;
};

struct live {
	sd_journal *watch;
	char *roots[2];
	struct unreadable *unreadable;
	size_t n_unreadable, denied;
};

struct found { /* files, in order of name */
	char **paths;
	size_t n;
};

static void
found_free(struct found *f)
{
	for (size_t i = 0; i < f->n; i++)
		xfree(f->paths[i]);
	xfree(f->paths);
	*f = (struct found){NULL, 0};
}
DEFINE_CLEANUP_IN(struct found, found_free)

void
live_free(struct live *l)
{
	if (l == NULL)
		return;
	if (l->watch != NULL)
		sd_journal_close(l->watch);
	xfree(l->roots[0]);
	xfree(l->roots[1]);
	xfree(l->unreadable);
	xfree(l);
}
DEFINE_CLEANUP(struct live *, live_free)

int
live_open(const char *path, const char *namespace, struct live **ret,
    struct reterr *err)
{
	CLEANUP(live_free) struct live *l = xcalloc(1, sizeof(*l));
	char id[SD_ID128_STRING_MAX];
	sd_id128_t machine;
	int r;

	if (path != NULL) {
		r = sd_journal_open_directory(&l->watch, path, 0);
		l->roots[0] = xstrdup(path);
	} else {
		const char *dot = namespace != NULL ? "." : "";
		const char *name = namespace != NULL ? namespace : "";

		r = namespace != NULL
			? sd_journal_open_namespace(
			      &l->watch, namespace, SD_JOURNAL_LOCAL_ONLY)
			: sd_journal_open(&l->watch, SD_JOURNAL_LOCAL_ONLY);
		if (r >= 0)
			r = sd_id128_get_machine(&machine);
		if (r >= 0) {
			sd_id128_to_string(machine, id);
			l->roots[0] =
			    xasprintf("/var/log/journal/%s%s%s", id, dot, name);
			l->roots[1] =
			    xasprintf("/run/log/journal/%s%s%s", id, dot, name);
		}
	}
	if (r < 0)
		return reterr_set(err, -r, "%s: %s",
		    path != NULL ? path : "the system's journal", strerror(-r));
	*ret = STEAL(l);
	return 0;
}

int
live_fd(struct live *l)
{
	return sd_journal_get_fd(l->watch);
}

int
live_process(struct live *l)
{
	int r = sd_journal_process(l->watch);

	return r < 0 ? r : r != SD_JOURNAL_NOP;
}

size_t
live_denied(const struct live *l)
{
	return l->denied;
}

static void
find_files(struct found *f, const char *folder, unsigned depth)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		struct str name = str_of(entry->d_name);
		CLEANUP(xfree) char *path = NULL;
		struct stat st;

		if (name.p[0] == '.' || f->n >= FILES_MAX)
			continue;
		path = xasprintf("%s/%s", folder, entry->d_name);
		if (stat(path, &st) < 0)
			continue;
		if (S_ISDIR(st.st_mode) && depth < DEPTH_MAX) {
			find_files(f, path, depth + 1);
		} else if (S_ISREG(st.st_mode) &&
			   (str_ends(name, STR(".journal")) ||
			       str_ends(name, STR(".journal~")))) {
			f->paths = xreallocarray(
			    f->paths, f->n + 1, sizeof(*f->paths));
			f->paths[f->n++] = STEAL(path);
		}
	}
	if (dir != NULL)
		closedir(dir);
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* 0, or r when it is time to report it. */
static int
cannot_read(struct live *l, const struct stat *st, int r)
{
	struct unreadable *u = NULL;

	for (size_t i = 0; i < l->n_unreadable && u == NULL; i++) {
		if (l->unreadable[i].dev == st->st_dev &&
		    l->unreadable[i].ino == st->st_ino)
			u = &l->unreadable[i];
	}
	if (u == NULL) {
		if (l->n_unreadable >= FILES_MAX)
			return 0;
		l->unreadable = xreallocarray(
		    l->unreadable, l->n_unreadable + 1, sizeof(*l->unreadable));
		u = &l->unreadable[l->n_unreadable++];
		*u = (struct unreadable){st->st_dev, st->st_ino, 0};
	}
	return ++u->looks == LOOKS_MAX ? r : 0;
}

static void
add_stream(struct stream_list *list, const char *path, const struct stat *st,
    const struct journal_head *head)
{
	struct stream *s;

	for (size_t i = 0; i < list->n; i++) {
		if (list->items[i]->missed == 0 &&
		    strcmp(list->items[i]->head.file_id, head->file_id) == 0)
			return; /* a copy */
	}
	list->items =
	    xreallocarray(list->items, list->n + 1, sizeof(*list->items));
	s = stream_new(path, head, true);
	s->dev = st->st_dev;
	s->ino = st->st_ino;
	list->items[list->n++] = s;
}

static int
look_at(struct live *l, struct stream_list *list, const char *path,
    struct reterr *err)
{
	struct journal_head head;
	struct stat st;
	int r;

	if (stat(path, &st) < 0)
		return 0;
	for (size_t i = 0; i < list->n; i++) {
		struct stream *s = list->items[i];

		if (s->dev != st.st_dev || s->ino != st.st_ino)
			continue;
		if (strcmp(s->path, path) != 0) {
			xfree(s->path);
			s->path = xstrdup(path);
		}
		s->missed = 0;
		return 0;
	}
	r = journal_head_read(path, &head, err);
	if (r == 0)
		add_stream(list, path, &st, &head);
	else if (r == -EACCES)
		l->denied++; /* other users' journals: normal without rights */
	else if (cannot_read(l, &st, r) < 0)
		return -EBADMSG;
	return 0;
}

int
live_scan(struct live *l, struct stream_list *list, struct reterr *err)
{
	CLEANUP(found_free) struct found found = {NULL, 0};
	struct reterr why;
	int result = 0;

	for (size_t i = 0; i < ARRAY_SIZE(l->roots); i++) {
		if (l->roots[i] != NULL)
			find_files(&found, l->roots[i], 0);
	}
	if (found.n > 1)
		qsort(found.paths, found.n, sizeof(*found.paths), by_name);
	for (size_t i = 0; i < list->n; i++)
		list->items[i]->missed++;
	l->denied = 0;
	for (size_t i = 0; i < found.n; i++) {
		if (look_at(l, list, found.paths[i], &why) < 0 && result == 0)
			result = reterr_set(err, EBADMSG, "%s", why.text);
	}
	return result;
}
