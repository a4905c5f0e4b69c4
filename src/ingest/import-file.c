/* SPDX-License-Identifier: MIT */
/*
 * One file of an import: what it is, whether the store has it, its lines.
 *
 * The store knows a file by its first bytes and by those before the end of
 * what was taken in, so a copy, a renamed or a compressed one is gone on with
 * where the store ends, which usually is the end.  A file that is shorter
 * than that is an older copy of it: nothing in it is new.
 *
 * A reader only goes forwards, so every row that might be the file and is not
 * costs an open.  Rows that share 4 KiB of beginning are rare.
 */
#include "internal.h"

#include <errno.h>

#include "recount/log.h"

#define SAMPLE_BYTES ((size_t)64 * 1024)
#define DOCUMENT_BYTES_MAX ((size_t)64 * 1024 * 1024)
#define PROGRESS_LINES 4096

struct file {
	struct importing *imp;
	const struct walk_entry *e;
	struct reader *reader;
	struct str sample;
	uint32_t row;  /* 0: a new source */
	int64_t known; /* bytes of it in the store */
	bool older;    /* a copy of which the store has more */
};

static void
file_end(struct file *f)
{
	reader_free(f->reader);
}

DEFINE_CLEANUP_IN(struct file, file_end)

static bool
is_stdin(const struct file *f)
{
	return !strcmp(f->e->path, "-");
}

const char *
import_shown(const struct walk_entry *e)
{
	return !strcmp(e->path, "-") ? "standard input" : e->path;
}

static const char *
shown(const struct file *f)
{
	return import_shown(f->e);
}

/* (Again) from the beginning. */
static int
file_open(struct file *f)
{
	struct reterr err = {""};
	int r;

	reader_free(STEAL(f->reader));
	r = reader_open(f->e->path, &f->reader, &err);
	if (r < 0) {
		import_failed(f->imp, f->e, "%s", err.text);
		return r;
	}
	f->sample = reader_peek(f->reader, SAMPLE_BYTES);
	return 0;
}

/* ---- has the store got it? ---- */

/* 1: f is that row's file and its reader stands behind what is known. */
static int
is_row(struct file *f, const struct source_info *info)
{
	const struct position *pos = &info->position;
	uint64_t tail;
	int r = reader_skip(f->reader, pos->offset, pos->tail_n, &tail);

	if (r == -ENODATA) {
		f->older = true;
		return 1;
	}
	if (r < 0)
		return 0;
	return tail == pos->tail;
}

/* 0, or -errno when the file cannot be opened again. */
static int
find_row(struct file *f)
{
	const struct source_info *info;
	size_t at = 0;
	int r;

	while (
	    (info = ingest_find(f->imp->in, f->sample, f->imp->o->host, &at))) {
		/* Standard input cannot be read twice; its first 4 KiB decide.
		 */
		if (is_stdin(f) && info->position.head_n < POSITION_HEAD_MAX &&
		    info->position.offset > (int64_t)f->sample.n)
			continue;
		if (is_row(f, info)) {
			f->row = info->id;
			f->known = info->position.offset;
			return 0;
		}
		if (is_stdin(f)) {
			import_failed(f->imp, f->e,
			    "standard input: begins like %.*s, but goes on "
			    "differently; give it as a file",
			    STR_ARG(info->name));
			return -EINVAL;
		}
		r = file_open(f);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Whether the file at the row's path still begins as it did. */
static bool
still_there(const struct source_info *info)
{
	CLEANUP(reader_free) struct reader *r = NULL;
	CLEANUP(xfree) char *path = str_dup(info->name);
	struct str head;

	if (!strcmp(path, "-") || reader_open(path, &r, NULL) < 0)
		return false;
	head = reader_peek(r, info->position.head_n);
	return head.n == info->position.head_n &&
	       hash64(head.p, head.n) == info->position.head;
}

/* ---- documents of alerts ---- */

static bool
looks_like_alerts(const struct file *f)
{
	struct str s = f->sample;

	while (s.n && strchr(" \t\r\n", *s.p))
		s = str_skip(s, 1);
	if (!s.n || (*s.p != '[' && *s.p != '{'))
		return false;
	return str_find(s, STR("\"alerts\"")) >= 0 ||
	       str_find(s, STR("\"startsAt\"")) >= 0 ||
	       str_find(s, STR("\"event_type\"")) >= 0;
}

/* All of the file, or nothing when it is too large for a document. */
static void
read_document(struct file *f, struct buf *ret)
{
	CLEANUP(reader_free) struct reader *r = NULL;
	struct reader_line l;

	if (is_stdin(f)) {
		struct str all = reader_peek(f->reader, LINE_BYTES_MAX);

		if (all.n < LINE_BYTES_MAX)
			buf_add_str(ret, all);
		return;
	}
	if (reader_open(f->e->path, &r, NULL) < 0)
		return;
	while (reader_line(r, &l) == READER_LINE) {
		if (l.cut || (size_t)l.end > DOCUMENT_BYTES_MAX) {
			buf_reset(ret);
			return;
		}
		buf_add_str(ret, l.text);
		if (!l.open)
			buf_addc(ret, '\n');
	}
}

/* 1: that is what it was; 0: it is something else; -errno of the store. */
static int
import_alerts(struct file *f)
{
	CLEANUP(buf_free) struct buf text = BUF_INIT;
	struct ingest_file file = {
	    .path = f->e->path,
	    .host = f->imp->o->host,
	    .service = f->imp->o->service,
	    .seen = reader_mtime(f->reader),
	};
	uint64_t before = ingest_counts(f->imp->in)->events;
	struct reterr err = {""};
	int r;

	if (f->imp->force || !looks_like_alerts(f))
		return 0;
	read_document(f, &text);
	r = ingest_alerts(f->imp->in, &file, buf_str(&text), &err);
	if (r == -EINVAL)
		return 0;
	if (r < 0)
		return reterr_set(f->imp->err, -r, "%s", err.text);
	import_given(f->imp, f->e);
	f->imp->result->bytes += text.n;
	f->imp->result->alert_files++;
	if (ingest_counts(f->imp->in)->events == before)
		f->imp->result->known++;
	return 1;
}

/* ---- lines ---- */

static void
reader_place(void *arg, struct position *ret)
{
	reader_position(arg, ret);
}

static void
show_progress(struct file *f)
{
	const struct import_options *o = f->imp->o;
	int64_t done, size;

	if (!o->progress)
		return;
	reader_progress(f->reader, &done, &size);
	o->progress(o->arg, shown(f), f->imp->done + done, f->imp->size,
	    ingest_counts(f->imp->in)->events);
}

/* The rest of the file cannot be had. */
static int
note_broken(struct file *f, struct ingest_source *s, int64_t end, bool any)
{
	CLEANUP(xfree) char *why = xasprintf("%s", reader_error(f->reader));
	struct gap gap = {
	    .source = ingest_source_id(s),
	    .since = USEC_NONE,
	    .until = USEC_NONE,
	    .reason = str_of(why),
	    .lost = -1,
	    .offset = end,
	};

	if (any)
		ingest_say(f->imp->in, LOG_LEVEL_WARNING,
		    "%s: %s; what stands before that was taken in", shown(f),
		    why);
	else
		import_failed(f->imp, f->e, "%s: %s", shown(f), why);
	return ingest_gap(f->imp->in, &gap);
}

static int
read_lines(struct file *f, struct ingest_source *s)
{
	int64_t end = f->known;
	unsigned lines = 0;

	for (;;) {
		struct reader_line l;
		int r = 0;

		switch (reader_line(f->reader, &l)) {
		case READER_LINE:
			r = ingest_line(s, &l);
			end = l.end;
			f->imp->result->bytes += (uint64_t)(l.end - l.offset);
			break;
		case READER_END:
			return ingest_flush(s);
		case READER_BROKEN:
			r = ingest_flush(s);
			return r < 0 ? r : note_broken(f, s, end, end > 0);
		}
		if (r < 0)
			return reterr_set(
			    f->imp->err, -r, "%s: %s", shown(f), strerror(-r));
		if (++lines % PROGRESS_LINES != 0)
			continue;
		show_progress(f);
		if (ingest_batch_full(f->imp->in))
			r = ingest_commit(f->imp->in, f->imp->err);
		if (r < 0)
			return r;
	}
}

/* The parser for a file; false after a message when nothing fits. */
static bool
find_parser(struct file *f, const struct parser **ret)
{
	struct detection d;

	*ret = f->imp->forced;
	if (f->imp->force || f->row != 0)
		return true; /* a known file keeps its format */
	parse_detect(f->imp->parsers, f->sample, f->e->path, &d);
	*ret = d.parser;
	if (d.parser)
		return true;
	if (f->e->named) {
		import_failed(f->imp, f->e,
		    "%s: is not a log that recount can read: %s "
		    "(--format names one)",
		    shown(f), d.reason);
		return false;
	}
	ingest_say(f->imp->in, LOG_LEVEL_NOTICE, "%s: left out: %s", shown(f),
	    d.reason);
	f->imp->result->skipped++;
	return false;
}

/* server_name of the nginx.conf that was found with the files. */
static const char *
fallback_service(const struct file *f)
{
	struct str name = walk_base(f->e->path);
	struct str folder = walk_folder_of(f->e->path);

	for (size_t i = 0; i < f->imp->n_conf_logs; i++) {
		const struct conf_log *log = &f->imp->conf_logs[i];
		const char *slash = strrchr(log->path, '/');
		struct str last = walk_folder_of(log->path);
		ptrdiff_t at;

		while ((at = str_chr(last, '/')) >= 0)
			last = str_skip(last, (size_t)at + 1);
		if (slash && str_eq(str_of(slash + 1), name) &&
		    str_ends(folder, last))
			return log->server_name;
	}
	return NULL;
}

static const struct zone *
zone_of(const struct file *f, const struct source_info *info)
{
	const struct zone *z = NULL;

	if (f->imp->o->zone)
		return f->imp->o->zone;
	if (info && info->zone.n && zone_find(info->zone, &z) == 0)
		return z;
	return zone_local();
}

static const struct source_info *
row_info(const struct file *f)
{
	for (size_t i = 0; f->row && i < ingest_rows(f->imp->in); i++)
		if (ingest_row(f->imp->in, i)->id == f->row)
			return ingest_row(f->imp->in, i);
	return NULL;
}

static int
import_lines(struct file *f)
{
	const struct source_info *info = row_info(f);
	CLEANUP(xfree)
	char *name = info && still_there(info) ? str_dup(info->name)
					       : xstrdup(f->e->path);
	struct ingest_file file = {
	    .path = name,
	    .host = f->imp->o->host,
	    .service = f->imp->o->service,
	    .fallback = fallback_service(f),
	    .zone = zone_of(f, info),
	    .seen = reader_mtime(f->reader),
	    .position = reader_place,
	    .arg = f->reader,
	};
	uint64_t before = ingest_counts(f->imp->in)->events;
	struct ingest_source *s;
	int r, closed;

	if (!find_parser(f, &file.parser))
		return 0;
	import_given(f->imp, f->e);
	f->imp->result->files++;
	r = ingest_open_file(f->imp->in, &file, f->row, &s);
	if (r < 0)
		return reterr_set(
		    f->imp->err, -r, "%s: %s", shown(f), strerror(-r));
	r = read_lines(f, s);
	closed = ingest_close(s, false);
	if (ingest_counts(f->imp->in)->events == before && f->row)
		f->imp->result->known++;
	return r < 0 ? r : closed;
}

int
import_file(struct importing *imp, const struct walk_entry *e)
{
	CLEANUP(file_end) struct file f = {.imp = imp, .e = e};
	enum import_stream stream;
	int r;

	if (file_open(&f) < 0)
		return 0; /* said already; the rest goes on */
	show_progress(&f);
	if (f.sample.n == 0) {
		struct reader_line l;

		if (reader_line(f.reader, &l) == READER_BROKEN) {
			import_failed(imp, e, "%s: %s", shown(&f),
			    reader_error(f.reader));
			return 0;
		}
		ingest_say(imp->in, LOG_LEVEL_INFO, "%s: is empty", shown(&f));
		imp->result->empty++;
		import_given(imp, e);
		return 0;
	}
	stream = imp->force ? imp->stream : import_stream_kind(f.sample);
	if (stream != IMPORT_NO_JOURNAL)
		return import_stream(imp, e, f.reader, stream);
	r = import_alerts(&f);
	if (r != 0)
		return r < 0 ? r : 0;
	if (find_row(&f) < 0)
		return 0;
	if (f.older) {
		import_given(imp, e);
		imp->result->files++;
		imp->result->known++;
		return 0;
	}
	return import_lines(&f);
}
