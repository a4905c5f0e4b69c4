/* SPDX-License-Identifier: MIT */
#ifndef TEST_TAIL_WORLD_H
#define TEST_TAIL_WORLD_H

/*
 * A folder of its own, a loop of its own, and a caller of the tail that does
 * what the daemon does: it keeps each file's position as a store would, and
 * starts the tail again from what it kept.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* setjmp and friends are cmocka's */
#include <cmocka.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recount/source.h"

struct kept { /* one source, as in the store */
	char *path;
	struct position position;
	bool finished, reading;
};

struct world {
	char dir[64];
	struct event_base *base;
	struct tail *tail;
	char *pattern;
	struct buf lines; /* all that line() got, a newline after each */
	struct buf story; /* opens, gaps, closes, troubles */
	struct kept *kept[4096];
	size_t n_kept;
	size_t lines_n;
	size_t hold_after; /* line() says stop after so many; 0 never */
	bool stopping;
};

static inline const char *
world_path(const struct world *w, const char *name)
{
	static char path[4][160];
	static unsigned turn;
	char *p = path[turn++ % 4];

	snprintf(p, sizeof(path[0]), "%s/%s", w->dir, name);
	return p;
}

static inline const char *
world_name(const struct world *w, const char *path)
{
	return path + strlen(w->dir) + 1;
}

static void
world_keep(struct tail_file *f)
{
	struct kept *k = tail_file_user(f);

	tail_file_position(f, &k->position);
}

static void
world_on_open(void *arg, struct tail_file *f)
{
	struct world *w = arg;
	struct kept *k = tail_file_user(f);

	if (k == NULL) {
		k = xcalloc(1, sizeof(*k));
		assert_true(w->n_kept < ARRAY_SIZE(w->kept));
		w->kept[w->n_kept++] = k;
		tail_file_set_user(f, k);
	}
	xfree(k->path);
	k->path = xstrdup(tail_file_path(f));
	k->reading = true;
	k->finished = false;
	world_keep(f);
	buf_addf(&w->story, "open %s %lld\n", world_name(w, k->path),
	    (long long)k->position.offset);
}

static bool
world_on_line(void *arg, struct tail_file *f, const struct reader_line *line)
{
	struct world *w = arg;

	buf_add_str(&w->lines, line->text);
	buf_adds(&w->lines, line->cut ? "[cut]" : "");
	buf_adds(&w->lines, line->open ? "[open]\n" : "\n");
	world_keep(f);
	w->lines_n++;
	return w->hold_after == 0 || w->lines_n < w->hold_after;
}

static void
world_on_gap(void *arg, struct tail_file *f, const char *reason, int64_t bytes)
{
	struct world *w = arg;

	buf_addf(&w->story, "gap %s: %.20s\n", world_name(w, tail_file_path(f)),
	    reason);
}

static void
world_on_close(void *arg, struct tail_file *f)
{
	struct world *w = arg;
	struct kept *k = tail_file_user(f);

	world_keep(f);
	k->reading = false;
	if (w->stopping)
		return;
	k->finished = true;
	buf_addf(&w->story, "close %s\n", world_name(w, tail_file_path(f)));
}

static void
world_on_trouble(void *arg, const char *path, const char *text)
{
	struct world *w = arg;

	buf_addf(&w->story, "trouble %s: %s\n", world_name(w, path), text);
}

static const struct tail_ops world_ops = {
    .open = world_on_open,
    .line = world_on_line,
    .gap = world_on_gap,
    .close = world_on_close,
    .trouble = world_on_trouble,
};

/* Let the loop run until nothing is due any more. */
static inline void
world_run(struct world *w)
{
	for (int i = 0; i < 20; i++)
		event_base_loop(w->base, EVLOOP_NONBLOCK);
}

static inline void
world_poll(struct world *w, unsigned times)
{
	for (unsigned i = 0; i < times; i++) {
		tail_poll(w->tail);
		world_run(w);
	}
}

/* pattern is relative to the world's folder. */
static inline void
world_start(struct world *w, const char *pattern, bool from_end)
{
	struct tail_known *known = xcalloc(w->n_kept + 1, sizeof(*known));

	for (size_t i = 0; i < w->n_kept; i++)
		known[i] = (struct tail_known){
		    .path = w->kept[i]->path,
		    .position = w->kept[i]->position,
		    .user = w->kept[i],
		    .finished = w->kept[i]->finished,
		};
	xfree(w->pattern);
	w->pattern = xstrdup(world_path(w, pattern));
	assert_int_equal(tail_new(w->base, w->pattern, known, w->n_kept,
			     from_end, &world_ops, w, &w->tail),
	    0);
	xfree(known);
}

static inline void
world_stop(struct world *w)
{
	w->stopping = true;
	tail_free(w->tail);
	w->tail = NULL;
	w->stopping = false;
}

static inline void
world_append(struct world *w, const char *name, const char *text)
{
	int fd = open(world_path(w, name),
	    O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static inline void
world_rename(struct world *w, const char *from, const char *to)
{
	assert_int_equal(rename(world_path(w, from), world_path(w, to)), 0);
}

static inline void
world_shell(struct world *w, const char *command)
{
	char *all = xasprintf("cd %s && %s", w->dir, command);

	assert_int_equal(system(all), 0);
	xfree(all);
}

static inline void
world_expect(struct buf *b, const char *want)
{
	assert_string_equal(b->p != NULL ? b->p : "", want);
	buf_reset(b);
}

static inline struct world *
world_new(void)
{
	struct world *w = xcalloc(1, sizeof(*w));

	strcpy(w->dir, "/tmp/recount-tail-XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	w->base = event_base_new();
	return w;
}

static inline void
world_free(struct world *w)
{
	if (w->tail != NULL)
		world_stop(w);
	event_base_free(w->base);
	world_shell(w, "rm -rf \"$PWD\"");
	for (size_t i = 0; i < w->n_kept; i++) {
		xfree(w->kept[i]->path);
		xfree(w->kept[i]);
	}
	buf_free(&w->lines);
	buf_free(&w->story);
	xfree(w->pattern);
	xfree(w);
}

#endif
