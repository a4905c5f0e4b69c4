/* SPDX-License-Identifier: MIT */
/*
 * Following one path, or all that a glob names.
 *
 * Everything happens in tail_run(), once per turn of the loop that has a
 * reason (inotify, the slow poll, tail_resume()): first, if names may have
 * changed, tail_look() compares what the pattern names now with the files that
 * are open; then the files that may have more are read, each up to one turn's
 * worth, those of one log in the order they were written.  Flags only ever
 * make us look once too often.
 *
 * Callbacks may call back (tail_resume() from line(), say), so nothing is done
 * from within them but setting flags, and files are freed at the end of a run
 * only.
 */
#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "recount/intern.h"
#include "tail.h"

#define POLL_SECONDS 2
/* Polls after which a message may be repeated. */
#define TROUBLE_TICKS (60 / POLL_SECONDS)
/* Files that one pattern follows; more is a mistake in the pattern. */
#define FILES_MAX 4096

static void tail_run(struct tail *t);

struct tail_file *
tail_add(struct tail *t, const char *base, const char *path, struct reader *r)
{
	struct tail_file *f = xcalloc(1, sizeof(*f)), **at = &t->files;
	struct position p;

	f->tail = t;
	f->base = xstrdup(base);
	f->path = xstrdup(path);
	f->reader = r;
	f->watch = -1;
	f->dirty = true;
	if (r != NULL) {
		reader_position(r, &p);
		f->dev = p.dev;
		f->ino = p.ino;
		f->noted = reader_mtime(r);
		watch_file(f);
	}
	while (*at != NULL)
		at = &(*at)->next;
	*at = f;
	t->more = true;
	return f;
}

struct tail_file *
tail_find(struct tail *t, const char *base)
{
	for (struct tail_file *f = t->files; f != NULL; f = f->next) {
		if (!f->rotated && f->reader != NULL &&
		    strcmp(f->base, base) == 0)
			return f;
	}
	return NULL;
}

void
tail_trouble(struct tail *t, const char *path, const char *text)
{
	uint64_t hash =
	    hash64_seed(text, strlen(text), hash64(path, strlen(path)));

	for (size_t i = 0; i < TAIL_TROUBLES; i++) {
		if (t->troubles[i].hash == hash &&
		    t->ticks - t->troubles[i].tick < TROUBLE_TICKS)
			return;
	}
	t->troubles[t->next_trouble].hash = hash;
	t->troubles[t->next_trouble].tick = t->ticks;
	t->next_trouble = (t->next_trouble + 1) % TAIL_TROUBLES;
	t->ops->trouble(t->arg, path, text);
}

struct paths {
	char **items;
	size_t n;
};

static void
paths_free(struct paths *p)
{
	for (size_t i = 0; i < p->n; i++)
		xfree(p->items[i]);
	xfree(p->items);
	*p = (struct paths){NULL, 0};
}
DEFINE_CLEANUP_IN(struct paths, paths_free)

static void
paths_add(struct paths *p, const char *path)
{
	p->items = xreallocarray(p->items, p->n + 1, sizeof(*p->items));
	p->items[p->n++] = xstrdup(path);
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Whether path is a rotated copy of another one in the list, or of a log that
 * is being followed. */
static bool
is_copy(struct tail *t, const glob_t *g, const char *path)
{
	if (sibling_packed(path))
		return true;
	for (size_t i = 0; i < g->gl_pathc; i++) {
		if (sibling_of(path, g->gl_pathv[i]))
			return true;
	}
	for (struct tail_file *f = t->files; f != NULL; f = f->next) {
		if (strcmp(path, f->base) != 0 && sibling_of(path, f->base))
			return true;
	}
	return false;
}

/* The logs that the pattern names now, in order. */
static void
tail_expand(struct tail *t, struct paths *ret)
{
	glob_t g;

	*ret = (struct paths){NULL, 0};
	if (!t->is_glob) {
		paths_add(ret, t->pattern);
		return;
	}
	if (glob(t->pattern, GLOB_NOSORT, NULL, &g) == 0) {
		if (g.gl_pathc > 1)
			qsort(g.gl_pathv, g.gl_pathc, sizeof(*g.gl_pathv),
			    by_name);
		for (size_t i = 0; i < g.gl_pathc; i++) {
			struct stat st;

			if (ret->n >= FILES_MAX) {
				tail_trouble(t, t->pattern,
				    "names too many files: the rest is not "
				    "followed");
				break;
			}
			if (stat(g.gl_pathv[i], &st) == 0 &&
			    S_ISREG(st.st_mode) &&
			    !is_copy(t, &g, g.gl_pathv[i]))
				paths_add(ret, g.gl_pathv[i]);
		}
		globfree(&g);
	}
}

/* The file that was renamed to path without being rotated: one of the glob's
 * names to another. */
static bool
adopt(struct tail *t, const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return false;
	for (struct tail_file *f = t->files; f != NULL; f = f->next) {
		if (f->reader == NULL || f->once || f->over ||
		    f->dev != st.st_dev || f->ino != st.st_ino)
			continue;
		if (f->rotated) {
			xfree(f->base);
			xfree(f->path);
			f->base = xstrdup(path);
			f->path = xstrdup(path);
			f->rotated = false;
		}
		return true; /* or another name of a file being read */
	}
	return false;
}

/* What the log's name was given up by last. */
static struct tail_file *
youngest(struct tail *t, const char *base)
{
	struct tail_file *found = NULL;

	for (struct tail_file *f = t->files; f != NULL; f = f->next) {
		if (f->rotated && f->reader != NULL &&
		    strcmp(f->base, base) == 0)
			found = f;
	}
	return found;
}

static void
tail_look(struct tail *t)
{
	CLEANUP(paths_free) struct paths paths = {NULL, 0};

	t->look = false;
	for (struct tail_file *f = t->files; f != NULL; f = f->next) {
		struct stat st;

		if (f->rotated || f->reader == NULL)
			continue;
		if (stat(f->path, &st) == 0 && st.st_dev == f->dev &&
		    st.st_ino == f->ino)
			continue;
		f->rotated = true;
		f->quiet = 0;
		f->dirty = true;
	}
	tail_expand(t, &paths);
	for (size_t i = 0; i < paths.n; i++) {
		const char *path = paths.items[i];
		struct tail_file *before;
		struct stat st;

		watch_folder_of(t, path);
		if (tail_find(t, path) != NULL || adopt(t, path))
			continue;
		if (stat(path, &st) < 0 && errno == ENOENT)
			continue;
		before = youngest(t, path);
		if (before != NULL)
			tail_rotated(t, before);
		else
			tail_start(t, path, false);
	}
	watch_folders_again(t);
}

/* An older file of the same log has not been read to its end. */
static bool
must_wait(const struct tail *t, const struct tail_file *f)
{
	for (const struct tail_file *o = t->files; o != f; o = o->next) {
		if (o->dirty && !o->over && strcmp(o->base, f->base) == 0)
			return true;
	}
	return false;
}

static void
tail_reap(struct tail *t)
{
	struct tail_file **at = &t->files;

	while (*at != NULL) {
		struct tail_file *f = *at;

		if (f->over) {
			*at = f->next;
			tail_forget(t, f);
			tail_file_free(f);
		} else {
			at = &f->next;
		}
	}
}

static void
tail_run(struct tail *t)
{
	if (t->running)
		return;
	t->running = true;
	t->more = false;
	if (t->look)
		tail_look(t);
	for (struct tail_file *f = t->files; f != NULL && !t->paused;
	     f = f->next) {
		if (f->dirty && !f->over && !must_wait(t, f))
			tail_file_read(f);
	}
	tail_reap(t);
	t->running = false;
	if (t->more && !t->paused)
		tail_schedule(t);
}

static void
work_due(evutil_socket_t fd, short what, void *arg)
{
	tail_run(arg);
}

static void
tick_due(evutil_socket_t fd, short what, void *arg)
{
	tail_poll(arg);
}

void
tail_schedule(struct tail *t)
{
	const struct timeval now = {0, 0};

	if (event_add(t->work, &now) < 0)
		abort(); /* out of memory */
}

void
tail_resume(struct tail *t)
{
	t->paused = false;
	tail_schedule(t);
}

void
tail_poll(struct tail *t)
{
	if (t->running)
		return;
	t->running = true;
	t->ticks++;
	t->look = true;
	for (struct tail_file *f = t->files; f != NULL; f = f->next)
		tail_file_tick(f);
	t->running = false;
	tail_run(t);
}

/* Logs that the store knows and the pattern does not name now: something of
 * them may be left among their siblings. */
static void
start_forgotten(struct tail *t)
{
	for (size_t i = 0; i < t->n_memories; i++) {
		struct tail_memory *m = &t->memories[i];

		if (m->settled || m->finished || sibling_packed(m->path))
			continue;
		watch_folder_of(t, m->path);
		tail_start(t, m->path, false);
	}
}

int
tail_new(struct event_base *base, const char *pattern,
    const struct tail_known *known, size_t n_known, bool from_end,
    const struct tail_ops *ops, void *arg, struct tail **ret)
{
	CLEANUP(paths_free) struct paths paths = {NULL, 0};
	const struct timeval period = {POLL_SECONDS, 0};
	struct tail *t;

	if (pattern[0] == '\0')
		return -EINVAL;
	t = xcalloc(1, sizeof(*t));
	t->base = base;
	t->pattern = xstrdup(pattern);
	t->is_glob = strpbrk(pattern, "*?[") != NULL;
	t->ops = ops;
	t->arg = arg;
	t->work = evtimer_new(base, work_due, t);
	t->tick = event_new(base, -1, EV_PERSIST, tick_due, t);
	if (t->work == NULL || t->tick == NULL ||
	    event_add(t->tick, &period) < 0)
		abort(); /* out of memory */
	watch_start(t);
	tail_remember(t, known, n_known);

	t->running = true;
	tail_expand(t, &paths);
	for (size_t i = 0; i < paths.n; i++) {
		watch_folder_of(t, paths.items[i]);
		tail_start(t, paths.items[i], from_end);
	}
	if (t->is_glob) {
		watch_folder_of(t, pattern); /* unless it has wildcards too */
		start_forgotten(t);
	}
	watch_folders_again(t);
	t->look = true; /* for what changed before the folders were watched */
	t->running = false;
	tail_schedule(t);
	*ret = t;
	return 0;
}

void
tail_free(struct tail *t)
{
	if (t == NULL)
		return;
	t->running = true;
	for (struct tail_file *f = t->files; f != NULL; f = f->next)
		f->over = true;
	tail_reap(t);
	event_free(t->work);
	event_free(t->tick);
	watch_stop(t);
	for (size_t i = 0; i < t->n_memories; i++)
		xfree(t->memories[i].path);
	xfree(t->memories);
	xfree(t->pattern);
	xfree(t);
}
