/* SPDX-License-Identifier: MIT */
/*
 * Sources, positions, batches.
 *
 * The promise is that what the store has is exactly what lies before each
 * source's position.  Entries of several lines make that less than obvious:
 * when the batch is committed, a reader stands behind lines that wait here for
 * their continuation.  So positions are counted here, entry by entry, and the
 * reader is asked only for what belongs to the file as a whole (dev, ino,
 * head).  The hash of the bytes before the position comes from a trail of the
 * last bytes stored; a line that was cut breaks the trail, and a trail of no
 * bytes is still right, only a weaker check.
 * */
#include "internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "recount/log.h"

/* ---- the whole ---- */

static int
restore_pattern(
    void *arg, uint64_t pattern, struct str template, struct str state)
{
	struct ingest *in = arg;

	if (miner_restore(in->miner, pattern, state) < 0)
		ingest_say(in, LOG_LEVEL_WARNING,
		    "the store's message pattern %016llx is damaged; its "
		    "messages may get another pattern",
		    (unsigned long long)pattern);
	return 0;
}

int
ingest_new(struct store *st, struct parsers *ps, struct ingest **ret)
{
	CLEANUP(ingest_free) struct ingest *in = xcalloc(1, sizeof(*in));
	int r;

	in->store = st;
	in->parsers = ps;
	in->miner = miner_new();
	in->now = USEC_NONE;
	r = store_each_source(st, ingest_row_load, in);
	if (r < 0)
		return r;
	r = store_each_pattern(st, restore_pattern, in);
	if (r < 0)
		return r;
	*ret = STEAL(in);
	return 0;
}

void
ingest_free(struct ingest *in)
{
	if (!in)
		return;
	ingest_rows_free(in);
	miner_free(in->miner);
	u64map_free(in->alerts);
	xfree(in);
}

void
ingest_set_say(struct ingest *in,
    void (*say)(void *arg, int level, const char *text), void *arg)
{
	in->say = say;
	in->say_arg = arg;
}

void
ingest_say(struct ingest *in, int level, const char *format, ...)
{
	CLEANUP(buf_free) struct buf text = BUF_INIT;
	va_list args;

	va_start(args, format);
	buf_addv(&text, format, args);
	va_end(args);
	if (in->say)
		in->say(in->say_arg, level, text.p);
	else
		log_msg((enum log_level)level, "%s", text.p);
}

void
ingest_skip_own(struct ingest *in, bool skip)
{
	in->skip_own = skip;
}

const struct ingest_counts *
ingest_counts(const struct ingest *in)
{
	return &in->counts;
}

/* ---- the trail of stored bytes ---- */

void
trail_reset(struct trail *t)
{
	t->n = 0;
}

void
trail_add(struct trail *t, const char *p, size_t n)
{
	if (n >= POSITION_TAIL_MAX) {
		memcpy(t->p, p + n - POSITION_TAIL_MAX, POSITION_TAIL_MAX);
		t->n = POSITION_TAIL_MAX;
		return;
	}
	if (t->n + n > sizeof(t->p)) {
		size_t keep = POSITION_TAIL_MAX - n;

		memmove(t->p, t->p + t->n - keep, keep);
		t->n = keep;
	}
	memcpy(t->p + t->n, p, n);
	t->n += n;
}

/* ---- opening and closing ---- */

char *
ingest_stem(const char *path)
{
	const char *slash = strrchr(path, '/');
	struct str name = str_of(slash ? slash + 1 : path);
	static const char *const drop[] = {"access", "error", "log"};
	ptrdiff_t at = str_find(name, STR(".log"));

	if (at > 0)
		name = str_sub(name, 0, (size_t)at);
	else if ((at = str_chr(str_skip(name, 1), '.')) >= 0)
		name = str_sub(name, 0, (size_t)at + 1);
	/* "shop.access", "shop-error", "shop_log": what is before that. */
	for (size_t i = 0; i < ARRAY_SIZE(drop); i++) {
		struct str word = str_of(drop[i]);

		if (name.n <= word.n + 1 || !str_ends(name, word) ||
		    !strchr(".-_", name.p[name.n - word.n - 1]))
			continue;
		name = str_sub(name, 0, name.n - word.n - 1);
	}
	if (str_eq(name, STR("access")) || str_eq(name, STR("error")))
		return xstrdup("nginx");
	return str_dup(name);
}

/* The parser that a row was taken in with. */
static const struct parser *
parser_of_row(struct ingest *in, const struct source_info *info)
{
	const struct parser *p = parsers_find(in->parsers, info->format);
	struct reterr err;

	if (p || str_chr(info->format, '$') < 0)
		return p;
	if (parsers_add_log_format(
		in->parsers, "stored", info->format, &err, &p) < 0)
		return NULL;
	return p;
}

static struct str
format_text(const struct parser *p)
{
	if (!p)
		return STR("");
	return str_of(
	    parser_log_format(p) ? parser_log_format(p) : parser_name(p));
}

/* A row that is gone on with takes what is known better now. */
static int
update_row(struct ingest *in, struct row *row, const struct ingest_file *file)
{
	struct source_info info = row->info;
	int r;

	info.name = str_of(file->path);
	if (file->host)
		info.host = str_of(file->host);
	if (file->parser)
		info.format = format_text(file->parser);
	if (file->zone)
		info.zone = str_of(zone_name(file->zone));
	info.finished = false;
	if (str_eq(info.name, row->info.name) &&
	    str_eq(info.host, row->info.host) &&
	    str_eq(info.format, row->info.format) &&
	    str_eq(info.zone, row->info.zone) &&
	    info.finished == row->info.finished)
		return 0;
	r = store_source_update(in->store, &info);
	if (r < 0)
		return r;
	ingest_row_set(row, &info);
	return 0;
}

struct ingest_source *
ingest_source_new(struct ingest *in, uint32_t id, enum source_kind kind)
{
	struct ingest_source *s = xcalloc(1, sizeof(*s));

	s->in = in;
	s->id = id;
	s->kind = kind;
	s->next = in->open;
	in->open = s;
	s->state.seen = s->state.last = USEC_NONE;
	return s;
}

const struct parser *
ingest_parser(const struct ingest_source *s)
{
	return s->parser;
}

static void
use_parser(struct ingest_source *s, const struct parser *parser)
{
	s->parser = parser;
	s->single = !parser || parser_kind(parser) == EVENT_ACCESS ||
		    parser_starts_entry(parser, STR("\tx"));
}

int
ingest_set_parser(struct ingest_source *s, const struct parser *parser)
{
	struct row *row = ingest_row_of(s->in, s->id);
	struct source_info info = row->info;
	int r = ingest_flush(s);

	info.format = format_text(parser);
	r = r < 0 ? r : store_source_update(s->in->store, &info);
	if (r < 0)
		return r;
	ingest_row_set(row, &info);
	use_parser(s, parser);
	return 0;
}

int
ingest_open_file(struct ingest *in, const struct ingest_file *file, uint32_t id,
    struct ingest_source **ret)
{
	struct ingest_source *s;
	struct row *row;
	bool new = id == 0;
	int r;

	if (new) {
		struct source_info info = {
		    .kind = SOURCE_FILE,
		    .name = str_of(file->path),
		    .host = str_of(file->host),
		    .format = format_text(file->parser),
		    .zone = str_of(file->zone ? zone_name(file->zone) : ""),
		    .first = USEC_NONE,
		    .last = USEC_NONE,
		};

		r = ingest_row_add(in, &info, &id);
	} else {
		r = update_row(in, ingest_row_of(in, id), file);
	}
	if (r < 0)
		return r;

	row = ingest_row_of(in, id);
	s = ingest_source_new(in, id, SOURCE_FILE);
	s->path = xstrdup(file->path);
	s->host = xstrdup(file->host ? file->host : row->host);
	s->service = xstrdup(file->service);
	s->stem =
	    file->fallback ? xstrdup(file->fallback) : ingest_stem(file->path);
	use_parser(
	    s, file->parser ? file->parser : parser_of_row(in, &row->info));
	s->state.zone = file->zone ? file->zone : zone_utc();
	s->state.seen = file->seen;
	s->state.last = row->info.last;
	s->live = file->seen == USEC_NONE;
	s->offset = row->info.position.offset;
	s->position = file->position;
	s->position_arg = file->arg;
	/* Where a file is when its reading begins is worth knowing: it may be
	 * rotated before its first line is committed. */
	s->moved = new;
	*ret = s;
	return 0;
}

int
ingest_open_journal(struct ingest *in, const char *name, const char *host,
    struct ingest_source **ret, struct str *ret_cursor)
{
	struct ingest_source *s;
	struct row *row = NULL;
	uint32_t id;
	int r;

	for (size_t i = 0; i < in->n_rows; i++)
		if (in->rows[i].info.kind == SOURCE_JOURNAL &&
		    !strcmp(in->rows[i].name, name))
			row = &in->rows[i];
	if (!row) {
		struct source_info info = {
		    .kind = SOURCE_JOURNAL,
		    .name = str_of(name),
		    .host = str_of(host),
		    .format = STR("journal"),
		    .first = USEC_NONE,
		    .last = USEC_NONE,
		};

		r = ingest_row_add(in, &info, &id);
		if (r < 0)
			return r;
		row = ingest_row_of(in, id);
	}
	s = ingest_source_new(in, row->info.id, SOURCE_JOURNAL);
	s->path = xstrdup(name);
	s->host = xstrdup(host ? host : row->host);
	s->state.last = row->info.last;
	buf_add_str(&s->cursor, row->info.position.cursor);
	if (ret_cursor)
		*ret_cursor = buf_str(&s->cursor);
	*ret = s;
	return 0;
}

void
ingest_rename(struct ingest_source *s, const char *path)
{
	struct row *row = ingest_row_of(s->in, s->id);
	struct source_info info = row->info;

	if (!strcmp(s->path, path))
		return;
	info.name = str_of(path);
	if (store_source_update(s->in->store, &info) < 0)
		return; /* only a name; the next commit complains */
	ingest_row_set(row, &info);
	xfree(s->path);
	s->path = xstrdup(path);
}

uint32_t
ingest_source_id(const struct ingest_source *s)
{
	return s->id;
}

const struct ingest_counts *
ingest_source_counts(const struct ingest_source *s)
{
	return &s->counts;
}

/* ---- positions, batches ---- */

static int
put_position(struct ingest_source *s)
{
	struct position pos = {0};
	struct row *row = ingest_row_of(s->in, s->id);
	struct source_info info = row->info;
	int r;

	if (!s->moved)
		return 0;
	if (s->position)
		s->position(s->position_arg, &pos);
	pos.offset = s->offset;
	pos.tail_n = 0;
	pos.tail = hash64("", 0);
	pos.cursor = buf_str(&s->cursor);
	if (s->kind == SOURCE_FILE) {
		pos.tail_n = (uint32_t)(s->trail.n > POSITION_TAIL_MAX
					    ? POSITION_TAIL_MAX
					    : s->trail.n);
		pos.tail =
		    hash64(s->trail.p + s->trail.n - pos.tail_n, pos.tail_n);
	}
	r = store_position(s->in->store, s->id, &pos);
	if (r < 0)
		return r;
	info.position = pos;
	info.last = s->state.last;
	ingest_row_set(row, &info);
	s->moved = false;
	return 0;
}

int
ingest_close(struct ingest_source *s, bool finished)
{
	struct ingest_source **at;
	struct row *row;
	int r, first = 0;

	if (!s)
		return 0;
	first = ingest_flush(s);
	r = put_position(s);
	first = first < 0 ? first : r;
	row = ingest_row_of(s->in, s->id);
	row->taken.events += s->counts.events;
	row->taken.unparsed += s->counts.unparsed;
	if (s->counts.events > 0)
		row->info.last = s->state.last;
	if (finished && !row->info.finished) {
		struct source_info info = row->info;

		info.finished = true;
		r = store_source_update(s->in->store, &info);
		first = first < 0 ? first : r;
		ingest_row_set(row, &info);
	}

	for (at = &s->in->open; *at != s; at = &(*at)->next)
		;
	*at = s->next;
	xfree(s->path);
	xfree(s->host);
	xfree(s->service);
	xfree(s->stem);
	xfree(s->units);
	buf_free(&s->state.scratch);
	buf_free(&s->pending);
	buf_free(&s->cursor);
	xfree(s);
	return first;
}

bool
ingest_batch_full(const struct ingest *in)
{
	size_t events, bytes;

	store_pending(in->store, &events, &bytes);
	return events >= INGEST_BATCH_EVENTS || bytes >= INGEST_BATCH_BYTES;
}

static int
put_pattern(void *arg, uint64_t pattern, struct str template, struct str state)
{
	return store_pattern_put(arg, pattern, template, state);
}

int
ingest_commit(struct ingest *in, struct reterr *err)
{
	int r;

	for (struct ingest_source *s = in->open; s; s = s->next) {
		r = put_position(s);
		if (r < 0)
			return reterr_set(
			    err, -r, "%s: %s", s->path, strerror(-r));
	}
	r = miner_each_changed(in->miner, put_pattern, in->store);
	if (r < 0)
		return reterr_set(
		    err, -r, "message patterns: %s", strerror(-r));
	in->now = USEC_NONE;
	return store_commit(in->store, err);
}

struct gap_search {
	const struct gap *gap;
	bool found;
};

static int
same_gap(void *arg, const struct gap *g)
{
	struct gap_search *search = arg;

	search->found = g->source == search->gap->source &&
			g->offset == search->gap->offset &&
			g->since == search->gap->since &&
			str_eq(g->reason, search->gap->reason);
	return search->found;
}

int
ingest_gap(struct ingest *in, const struct gap *gap)
{
	struct gap_search search = {.gap = gap};
	int r =
	    store_each_gap(in->store, USEC_NONE, USEC_NONE, same_gap, &search);

	if (r < 0 || search.found)
		return r < 0 ? r : 0;
	return ingest_note_gap(in, gap);
}
