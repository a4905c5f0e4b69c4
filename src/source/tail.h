/* SPDX-License-Identifier: MIT */
#ifndef SOURCE_TAIL_H
#define SOURCE_TAIL_H

/*
 * What the files of the tail share: tail.c (the loop and what is there),
 * tail-start.c (where to go on), tail-file.c (reading one file), tail-watch.c
 * (inotify).
 */

#include <event2/event.h>

#include "siblings.h"

struct tail_file {
	struct tail *tail;
	struct tail_file *next; /* of the same log: a younger one */
	char *base;             /* the log it belongs to */
	char *path;
	struct reader *reader;    /* NULL: there is nothing to read any more */
	struct position position; /* when reader is NULL */
	uint64_t dev, ino;
	usec_t noted; /* see struct position */
	void *user;
	int watch;        /* inotify's number, -1 none */
	unsigned quiet;   /* polls since it last grew, once rotated */
	int64_t quiet_at; /* what had been read then */
	bool rotated;     /* base is another file now, or none */
	bool opened;      /* open() was called */
	bool dirty;       /* there may be more to read */
	bool fresh;       /* lines were given since idle() */
	bool once;  /* the reader's end is the end: a copy, a packed one */
	bool ended; /* the reader has nothing more to give, ever */
	bool over;  /* close() is due */
	char *gap;  /* to be told after open() */
	struct buf sample;
};

/* A file the store knows, and that has not been found (yet). */
struct tail_memory {
	char *path;
	struct position position;
	void *user;
	bool finished;
	bool settled; /* found, or given up */
};

/* Folders watched for names that come and go. */
struct tail_folder {
	char *path;
	int watch;
};

#define TAIL_TROUBLES 64

struct tail {
	struct event_base *base;
	char *pattern;
	bool is_glob;
	const struct tail_ops *ops;
	void *arg;

	struct tail_file *files; /* in order of reading */
	struct tail_memory *memories;
	size_t n_memories;

	struct event *work; /* next turn of the loop */
	struct event *tick; /* the slow poll */
	struct event *watch_event;
	int watch_fd; /* inotify; -1: polls only */
	struct tail_folder *folders;
	size_t n_folders;

	bool look;    /* names may have changed */
	bool running; /* callbacks may call us again */
	bool paused;  /* line() said so */
	bool more;    /* a file had more than one turn's worth */
	unsigned ticks;

	struct { /* told lately, not to be told again */
		uint64_t hash;
		unsigned tick;
	} troubles[TAIL_TROUBLES];
	size_t next_trouble;
};

/* ---- tail.c ---- */

/* Run in the next turn of the loop; what is paused stays so. */
void tail_schedule(struct tail *t);
struct tail_file *tail_add(
    struct tail *t, const char *base, const char *path, struct reader *r);
void tail_trouble(struct tail *t, const char *path, const char *text);
/* The file that base names and that is being followed, or NULL. */
struct tail_file *tail_find(struct tail *t, const char *base);

/* ---- tail-start.c ---- */

void tail_remember(
    struct tail *t, const struct tail_known *known, size_t n_known);
/* f is finished: only what it was is kept in mind. */
void tail_forget(struct tail *t, const struct tail_file *f);
/*
 * base exists, or something the store knows of it may be found: add what is to
 * be read of it, oldest first.  from_end: of a log never seen before, only what
 * comes from now on.
 */
void tail_start(struct tail *t, const char *base, bool from_end);
/* base names another file than f now (or none): add what came in between, and
 * the new one. */
void tail_rotated(struct tail *t, struct tail_file *f);
/* f was truncated or rewritten in place. */
void tail_truncated(struct tail *t, struct tail_file *f);

/* ---- tail-file.c ---- */

/* As many lines as are there, up to one turn's worth. */
void tail_file_read(struct tail_file *f);
/* Called at each slow poll. */
void tail_file_tick(struct tail_file *f);
void tail_file_free(struct tail_file *f); /* calls close() */

/* ---- tail-watch.c ---- */

void watch_start(struct tail *t);
void watch_stop(struct tail *t);
/* The folder of path, from now on and again whenever it was replaced. */
void watch_folder_of(struct tail *t, const char *path);
void watch_folders_again(struct tail *t);
void watch_file(struct tail_file *f);
void watch_file_end(struct tail_file *f);

#endif
