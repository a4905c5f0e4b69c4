/* SPDX-License-Identifier: MIT */
/*
 * The journal files of one folder.
 *
 * They are opened together, because entries of one boot are spread over
 * system.journal, user-1000.journal and what rotation left, and libsystemd
 * merges them in order.  It also passes silently over files that it cannot
 * open, so each is tried alone first.
 *
 * Every entry is read, however many the store has: files may turn up in any
 * order, and only the sequence numbers say what is new.
 */
#include "internal.h"

#include <errno.h>

#include "recount/log.h"

#define PROGRESS_ENTRIES 4096

struct group {
	struct importing *imp;
	struct walk_entry *const *files;
	size_t n;
	char *folder;
	struct ingest_source *source; /* NULL before there is something new */
	const char **good;
	size_t n_good;
};

static void
group_end(struct group *g)
{
	xfree(g->folder);
	xfree(g->good);
}

DEFINE_CLEANUP_IN(struct group, group_end)

static int
need_source(struct group *g)
{
	if (g->source)
		return 0;
	return ingest_open_journal(
	    g->imp->in, g->folder, g->imp->o->host, &g->source, NULL);
}

static int
note_damage(struct group *g, const char *text)
{
	struct gap gap = {
	    .since = USEC_NONE,
	    .until = USEC_NONE,
	    .reason = str_of(text),
	    .lost = -1,
	    .offset = -1,
	};
	int r = need_source(g);

	if (r < 0)
		return r;
	gap.source = ingest_source_id(g->source);
	return ingest_gap(g->imp->in, &gap);
}

static int
check_files(struct group *g)
{
	for (size_t i = 0; i < g->n; i++) {
		const char *path = g->files[i]->path;
		struct reterr err = {""};
		int r = journal_file_check(path, &err);

		if (r == 0) {
			g->good[g->n_good++] = path;
			import_given(g->imp, g->files[i]);
			continue;
		}
		import_failed(g->imp, g->files[i], "%s",
		    err.text[0] ? err.text : strerror(-r));
		r = note_damage(g, err.text[0] ? err.text : "cannot be read");
		if (r < 0)
			return r;
	}
	return 0;
}

static void
show_progress(struct group *g)
{
	const struct import_options *o = g->imp->o;

	if (o->progress)
		o->progress(o->arg, g->folder, g->imp->done, g->imp->size,
		    ingest_counts(g->imp->in)->events);
}

/* An entry, or why there is none: -EBADMSG is damage to go on behind.
 * 0 at the end, 1 to go on, -errno of the store. */
static int
take_next(struct group *g, struct journal *j)
{
	struct journal_entry e;
	struct reterr err = {""};
	int r = journal_next(j, &e, &err), noted;

	if (r == 0)
		return 0;
	if (r < 0) {
		const char *text = err.text[0] ? err.text : strerror(-r);

		ingest_say(
		    g->imp->in, LOG_LEVEL_WARNING, "%s: %s", g->folder, text);
		noted = note_damage(g, text);
		return noted < 0 ? noted : r == -EBADMSG;
	}
	g->imp->result->bytes += e.raw.n;
	if (ingest_knows_entry(g->imp->in, &e))
		return 1;
	r = need_source(g);
	r = r < 0 ? r : ingest_entry(g->source, &e);
	return r < 0 ? r : 1;
}

static int
read_entries(struct group *g, struct journal *j)
{
	unsigned entries = 0;
	int r;

	while ((r = take_next(g, j)) > 0) {
		if (++entries % PROGRESS_ENTRIES != 0)
			continue;
		show_progress(g);
		if (!ingest_batch_full(g->imp->in))
			continue;
		r = ingest_commit(g->imp->in, g->imp->err);
		if (r < 0)
			return r;
	}
	return r < 0 ? reterr_set(
			   g->imp->err, -r, "%s: %s", g->folder, strerror(-r))
		     : 0;
}

static int
read_group(struct group *g)
{
	CLEANUP(journal_free) struct journal *j = NULL;
	struct reterr err = {""};
	int r = check_files(g);

	if (r < 0 || g->n_good == 0)
		return r;
	r = journal_open_files(g->good, g->n_good, &j, &err);
	if (r == 0)
		r = journal_seek_head(j);
	if (r < 0) {
		import_failed(g->imp, g->files[0], "%s: %s", g->folder,
		    err.text[0] ? err.text : strerror(-r));
		return note_damage(
		    g, err.text[0] ? err.text : "cannot be read");
	}
	g->imp->result->journals += g->n_good;
	return read_entries(g, j);
}

int
import_journals(
    struct importing *imp, struct walk_entry *const *files, size_t n)
{
	CLEANUP(group_end)
	struct group g = {
	    .imp = imp,
	    .files = files,
	    .n = n,
	    .folder = str_dup(walk_folder_of(files[0]->path)),
	    .good = xcalloc(n, sizeof(*g.good)),
	};
	int r, closed;

	show_progress(&g);
	r = read_group(&g);
	closed = ingest_close(g.source, false);
	return r < 0 ? r : closed;
}
