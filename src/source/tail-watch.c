/* SPDX-License-Identifier: MIT */
/*
 * inotify tells when to look; it never tells what there is.
 *
 * Folders are watched for names (created, renamed, deleted), the files being
 * read for growth.  Every event only sets a flag, and what is true is then
 * found out by stat() and read(), so a lost event, an overflowing queue or a
 * file system without inotify costs time until the next slow poll and nothing
 * else.  Files are watched through /proc/self/fd, which names the file that is
 * open rather than whatever has its name by now.
 */
#include <errno.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "tail.h"

#define FOLDER_MASK                                                            \
	(IN_CREATE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE | IN_ATTRIB |     \
	    IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR)
#define FILE_MASK (IN_MODIFY | IN_ATTRIB | IN_CLOSE_WRITE)

static void
watch_handle(struct tail *t, const struct inotify_event *ev)
{
	if ((ev->mask & IN_Q_OVERFLOW) != 0) {
		t->look = true;
		for (struct tail_file *f = t->files; f != NULL; f = f->next)
			f->dirty = true;
		return;
	}
	for (struct tail_file *f = t->files; f != NULL; f = f->next) {
		if (f->watch == ev->wd) {
			f->dirty = true;
			if ((ev->mask & IN_IGNORED) != 0)
				f->watch = -1;
			return;
		}
	}
	t->look = true;
	for (size_t i = 0; i < t->n_folders; i++) {
		if (t->folders[i].watch == ev->wd &&
		    (ev->mask & IN_IGNORED) != 0)
			t->folders[i].watch = -1;
	}
}

static void
watch_readable(evutil_socket_t fd, short what, void *arg)
{
	struct tail *t = arg;
	char buf[16384] __attribute__((aligned(8)));
	ssize_t n;

	(void)what;
	while ((n = read(fd, buf, sizeof(buf))) > 0) {
		size_t at = 0;

		while (at + sizeof(struct inotify_event) <= (size_t)n) {
			const struct inotify_event *ev =
			    (const void *)(buf + at);

			watch_handle(t, ev);
			at += sizeof(*ev) + ev->len;
		}
	}
	tail_schedule(t);
}

void
watch_start(struct tail *t)
{
	t->watch_fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (t->watch_fd < 0)
		return; /* too many instances: the slow poll remains */
	t->watch_event = event_new(
	    t->base, t->watch_fd, EV_READ | EV_PERSIST, watch_readable, t);
	event_add(t->watch_event, NULL);
}

void
watch_stop(struct tail *t)
{
	if (t->watch_event != NULL)
		event_free(t->watch_event);
	if (t->watch_fd >= 0)
		close(t->watch_fd);
	for (size_t i = 0; i < t->n_folders; i++)
		xfree(t->folders[i].path);
	xfree(t->folders);
}

void
watch_folder_of(struct tail *t, const char *path)
{
	const char *slash = strrchr(path, '/');
	CLEANUP(xfree) char *folder = NULL;

	if (slash == NULL)
		folder = xstrdup(".");
	else if (slash == path)
		folder = xstrdup("/");
	else
		folder = xmemdup0(path, (size_t)(slash - path));
	for (size_t i = 0; i < t->n_folders; i++) {
		if (strcmp(t->folders[i].path, folder) == 0)
			return;
	}
	t->folders =
	    xreallocarray(t->folders, t->n_folders + 1, sizeof(*t->folders));
	t->folders[t->n_folders++] = (struct tail_folder){
	    .path = STEAL(folder),
	    .watch = -1,
	};
}

/* Watching what is watched already is free and finds a folder that took the
 * place of another. */
void
watch_folders_again(struct tail *t)
{
	for (size_t i = 0; i < t->n_folders && t->watch_fd >= 0; i++) {
		int watch = inotify_add_watch(
		    t->watch_fd, t->folders[i].path, FOLDER_MASK);

		if (t->folders[i].watch >= 0 && watch >= 0 &&
		    watch != t->folders[i].watch)
			inotify_rm_watch(t->watch_fd, t->folders[i].watch);
		t->folders[i].watch = watch;
	}
}

void
watch_file(struct tail_file *f)
{
	char path[64];

	f->watch = -1;
	if (f->tail->watch_fd < 0 || f->reader == NULL)
		return;
	evutil_snprintf(
	    path, sizeof(path), "/proc/self/fd/%d", reader_fd(f->reader));
	f->watch = inotify_add_watch(f->tail->watch_fd, path, FILE_MASK);
}

void
watch_file_end(struct tail_file *f)
{
	if (f->watch >= 0)
		inotify_rm_watch(f->tail->watch_fd, f->watch);
	f->watch = -1;
}
