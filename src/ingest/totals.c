/* SPDX-License-Identifier: MIT */
/*
 * What was taken in, per source as people name it.
 *
 * The store has a row for every file that ever was, and rotation gives files
 * other names, so rows are added up under the name without what rotation puts
 * behind it: the count for /var/log/nginx/access.log only ever grows, which is
 * what a counter has to do.  The rows' own figures are those of the beginning
 * of this run; what came since is counted here.
 */
#include <stdlib.h>
#include <sys/stat.h>

#include "internal.h"

static char *
plain_name(const struct source_info *info)
{
	CLEANUP(xfree) char *path = str_dup(info->name);
	struct str folder, base;

	if (info->kind != SOURCE_FILE || path[0] != '/')
		return STEAL(path);
	folder = walk_folder_of(path);
	base = walk_base(path);
	return xasprintf("%.*s/%.*s", STR_ARG(folder), STR_ARG(base));
}

/* Bytes of the file that were not read, as far as that can be said. */
static int64_t
bytes_behind(const struct source_info *info)
{
	CLEANUP(xfree) char *path = str_dup(info->name);
	struct stat st;

	if (info->kind != SOURCE_FILE || info->finished ||
	    stat(path, &st) < 0 || st.st_ino != info->position.ino ||
	    st.st_dev != info->position.dev ||
	    st.st_size <= info->position.offset)
		return 0;
	return st.st_size - info->position.offset;
}

static int
by_name(const void *x, const void *y)
{
	const struct ingest_total *a = x, *b = y;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	return strcmp(a->name, b->name);
}

static void
add_total(struct ingest_total *to, const struct ingest_total *t)
{
	to->events += t->events;
	to->unparsed += t->unparsed;
	to->behind += t->behind;
	to->open |= t->open;
	if (t->last > to->last)
		to->last = t->last;
}

static struct ingest_total
total_of(const struct ingest *in, const struct row *row)
{
	struct ingest_total t = {
	    .kind = row->info.kind,
	    .name = plain_name(&row->info),
	    .events = row->info.events + row->taken.events,
	    .unparsed = row->info.unparsed + row->taken.unparsed,
	    .last = row->info.last,
	};

	for (const struct ingest_source *s = in->open; s; s = s->next) {
		if (s->id != row->info.id)
			continue;
		t.open = true;
		t.events += s->counts.events;
		t.unparsed += s->counts.unparsed;
		if (s->state.last > t.last)
			t.last = s->state.last;
	}
	if (t.open)
		t.behind = bytes_behind(&row->info);
	return t;
}

size_t
ingest_totals(const struct ingest *in, struct ingest_total **ret)
{
	struct ingest_total *totals = xcalloc(in->n_rows + 1, sizeof(*totals));
	size_t n = 0;

	for (size_t i = 0; i < in->n_rows; i++)
		totals[i] = total_of(in, &in->rows[i]);
	if (in->n_rows > 1)
		qsort(totals, in->n_rows, sizeof(*totals), by_name);
	for (size_t i = 0; i < in->n_rows; i++) {
		if (n > 0 && by_name(&totals[n - 1], &totals[i]) == 0) {
			add_total(&totals[n - 1], &totals[i]);
			xfree(totals[i].name);
			continue;
		}
		totals[n++] = totals[i];
	}
	*ret = totals;
	return n;
}

void
ingest_totals_free(struct ingest_total *totals, size_t n)
{
	for (size_t i = 0; i < n; i++)
		xfree(totals[i].name);
	xfree(totals);
}

int
ingest_note_gap(struct ingest *in, const struct gap *gap)
{
	in->counts.gaps++;
	if (gap->lost > 0 && gap->lost_bytes)
		in->counts.lost_bytes += (uint64_t)gap->lost;
	else if (gap->lost > 0)
		in->counts.lost += (uint64_t)gap->lost;
	return store_gap_add(in->store, gap);
}
