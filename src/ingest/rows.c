/* SPDX-License-Identifier: MIT */
/*
 * The store's rows of sources, kept in memory: a source is looked for by its
 * contents at every open, and their strings must not depend on the store's
 * buffers.
 */
#include "internal.h"

void
ingest_row_set(struct row *row, const struct source_info *info)
{
	char *name = str_dup(info->name), *host = str_dup(info->host);
	char *format = str_dup(info->format), *zone = str_dup(info->zone);
	char *cursor = str_dup(info->position.cursor);

	row->info = *info;
	xfree(row->name);
	xfree(row->host);
	xfree(row->format);
	xfree(row->zone);
	xfree(row->cursor);
	row->info.name = str_of(row->name = name);
	row->info.host = str_of(row->host = host);
	row->info.format = str_of(row->format = format);
	row->info.zone = str_of(row->zone = zone);
	row->info.position.cursor = str_of(row->cursor = cursor);
}

static void
row_push(struct ingest *in, const struct source_info *info)
{
	if (in->n_rows == in->size_rows) {
		in->size_rows = in->size_rows ? 2 * in->size_rows : 64;
		in->rows =
		    xreallocarray(in->rows, in->size_rows, sizeof(*in->rows));
	}
	in->rows[in->n_rows] = (struct row){0};
	ingest_row_set(&in->rows[in->n_rows++], info);
}

int
ingest_row_load(void *arg, const struct source_info *info)
{
	row_push(arg, info);
	return 0;
}

struct row *
ingest_row_of(struct ingest *in, uint32_t id)
{
	for (size_t i = in->n_rows; i > 0; i--)
		if (in->rows[i - 1].info.id == id)
			return &in->rows[i - 1];
	return NULL;
}

int
ingest_row_add(
    struct ingest *in, const struct source_info *info, uint32_t *ret_id)
{
	struct source_info copy = *info;
	int r = store_source_add(in->store, info, &copy.id);

	if (r < 0)
		return r;
	row_push(in, &copy);
	*ret_id = copy.id;
	return 0;
}

const struct source_info *
ingest_row(const struct ingest *in, size_t i)
{
	return &in->rows[i].info;
}

size_t
ingest_rows(const struct ingest *in)
{
	return in->n_rows;
}

const struct source_info *
ingest_find(
    struct ingest *in, struct str beginning, const char *host, size_t *at)
{
	while (*at < in->n_rows) {
		const struct source_info *info = &in->rows[(*at)++].info;
		const struct position *pos = &info->position;

		if ((info->kind != SOURCE_FILE &&
			info->kind != SOURCE_SYSLOG) ||
		    pos->head_n == 0 || pos->head_n > beginning.n)
			continue;
		if (host && info->host.n && !str_eq(str_of(host), info->host))
			continue;
		if (hash64(beginning.p, pos->head_n) == pos->head)
			return info;
	}
	return NULL;
}

void
ingest_rows_free(struct ingest *in)
{
	for (size_t i = 0; i < in->n_rows; i++) {
		xfree(in->rows[i].name);
		xfree(in->rows[i].host);
		xfree(in->rows[i].format);
		xfree(in->rows[i].zone);
		xfree(in->rows[i].cursor);
	}
	xfree(in->rows);
}
