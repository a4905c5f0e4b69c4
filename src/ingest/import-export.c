/* SPDX-License-Identifier: MIT */
/*
 * Journal entries from a file or from standard input: the export format, and
 * lines of `journalctl -o json`, of any machine.
 *
 * They are entries like those of journal files, so what is known of the file
 * does not matter: which entries the store has is said by the sequence number
 * in each cursor.  The same stream twice, two streams that overlap, the journal
 * files they came from: each entry is one event.
 */
#include "internal.h"

#include <errno.h>

#include "recount/log.h"

#define PROGRESS_ENTRIES 4096

struct stream_import {
	struct importing *imp;
	const struct walk_entry *e;
	struct reader *reader;
	struct ingest_source *source;
	struct exported *x; /* NULL: JSON lines */
	struct buf line;
	uint64_t entries, broken;
	int64_t bytes; /* read */
};

static void
stream_import_end(struct stream_import *si)
{
	exported_free(si->x);
	buf_free(&si->line);
}

DEFINE_CLEANUP_IN(struct stream_import, stream_import_end)

static struct str
first_line(struct str sample)
{
	struct str line;

	while (sample.n > 0 && strchr("\r\n", sample.p[0]))
		sample = str_skip(sample, 1);
	str_cut(sample, '\n', &line);
	return line;
}

enum import_stream
import_stream_kind(struct str sample)
{
	struct str line = first_line(sample), name;

	if (line.n > 0 && line.p[0] == '{')
		return str_find(line, STR("\"__REALTIME_TIMESTAMP\"")) >= 0
			   ? IMPORT_JOURNAL_JSON
			   : IMPORT_NO_JOURNAL;
	if (!str_cut(line, '=', &name).p || !str_starts(name, STR("_")))
		return IMPORT_NO_JOURNAL;
	return str_starts(sample, STR("__REALTIME_TIMESTAMP=")) ||
		       str_find(sample, STR("\n__REALTIME_TIMESTAMP=")) >= 0
		   ? IMPORT_JOURNAL_EXPORT
		   : IMPORT_NO_JOURNAL;
}

bool
ingest_is_export(struct str sample)
{
	return import_stream_kind(sample) == IMPORT_JOURNAL_EXPORT;
}

static int
note_broken(struct stream_import *si, const char *what)
{
	struct gap gap = {
	    .source = ingest_source_id(si->source),
	    .since = USEC_NONE,
	    .until = USEC_NONE,
	    .reason = str_of(what),
	    .lost = -1,
	    .offset = si->bytes,
	};

	if (si->broken++ == 0)
		ingest_say(si->imp->in, LOG_LEVEL_WARNING,
		    "%s: %s near byte %lld", import_shown(si->e), what,
		    (long long)si->bytes);
	return ingest_gap(si->imp->in, &gap);
}

/* 0, or -errno of the store. */
static int
take_entry(struct stream_import *si, struct str raw, bool cut)
{
	const struct import_options *o = si->imp->o;
	struct journal_entry e;
	int64_t done, size;
	int r;

	if (journal_entry_read(raw, cut, &e) < 0)
		return note_broken(si, "a journal entry without a time");
	r = ingest_entry(si->source, &e);
	if (r < 0 || ++si->entries % PROGRESS_ENTRIES != 0)
		return r;
	if (o->progress) {
		reader_progress(si->reader, &done, &size);
		o->progress(o->arg, import_shown(si->e), si->imp->done + done,
		    si->imp->size, ingest_counts(si->imp->in)->events);
	}
	return ingest_batch_full(si->imp->in)
		   ? ingest_commit(si->imp->in, si->imp->err)
		   : 0;
}

/* What the state machine says: an entry, damage, or nothing. */
static int
handle(struct stream_import *si, enum exported_result result)
{
	bool cut;

	switch (result) {
	case EXPORTED_MORE:
		break;
	case EXPORTED_ENTRY: {
		struct str raw = exported_raw(si->x, &cut);

		return take_entry(si, raw, cut);
	}
	case EXPORTED_BROKEN:
		return note_broken(si, "not journal export format");
	}
	return 0;
}

static int
read_export(struct stream_import *si)
{
	struct str bytes;
	int r = 0;

	while (r == 0 && (bytes = reader_take(si->reader)).n > 0) {
		size_t n = bytes.n;

		while (r == 0 && bytes.n > 0) {
			enum exported_result result =
			    exported_take(si->x, &bytes);

			si->bytes += (int64_t)(n - bytes.n);
			n = bytes.n;
			r = handle(si, result);
		}
	}
	return r < 0 ? r : handle(si, exported_end(si->x));
}

static int
read_json(struct stream_import *si)
{
	struct reader_line l;
	int r = 0;

	while (r == 0 && reader_line(si->reader, &l) == READER_LINE) {
		bool cut = false;

		si->bytes = l.offset;
		if (str_trim(l.text).n == 0)
			continue;
		buf_reset(&si->line);
		if (l.cut)
			r = note_broken(si, "line longer than 1 MiB");
		else if (journal_json_export(l.text, &si->line, &cut) < 0)
			r = note_broken(si, "not a journal entry in JSON");
		else
			r = take_entry(si, buf_str(&si->line), cut);
	}
	return r;
}

static int
read_stream(struct stream_import *si)
{
	struct reader_line l;
	int r = si->x ? read_export(si) : read_json(si);

	if (r == 0 && reader_line(si->reader, &l) == READER_BROKEN)
		r = note_broken(si, reader_error(si->reader));
	return r;
}

int
import_stream(struct importing *imp, const struct walk_entry *e,
    struct reader *reader, enum import_stream kind)
{
	CLEANUP(stream_import_end)
	struct stream_import si = {.imp = imp, .e = e, .reader = reader};
	const struct ingest_counts *n = ingest_counts(imp->in);
	uint64_t before = n->events, known = n->duplicates;
	int r, closed;

	if (kind == IMPORT_JOURNAL_EXPORT)
		si.x = exported_new();
	r = ingest_open_journal(
	    imp->in, import_shown(e), imp->o->host, &si.source, NULL);
	if (r < 0)
		return r;
	r = read_stream(&si);
	closed = ingest_close(si.source, false);
	import_given(imp, e);
	imp->result->files++;
	imp->result->bytes += (uint64_t)si.bytes;
	if (n->events == before && n->duplicates > known)
		imp->result->known++;
	r = r < 0 ? r : closed;
	return r < 0 ? reterr_set(imp->err, -r, "%s: %s", import_shown(e),
			   strerror(-r))
		     : 0;
}
