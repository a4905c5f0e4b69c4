/* SPDX-License-Identifier: MIT */
/*
 * Documents of alerts, and marks.
 *
 * A document of alerts is read as a whole.  It may be taken in again after
 * it has grown, and monitoring repeats an alert as long as it fires with other
 * numbers in its words, so each has a key (parse_alert_key()): those that the
 * store has are read before the first document of a run.  What was posted to
 * recountd (posted.c) is known by the same keys.
 *
 * A mark has no file.  Its line is made here, "deploy: version 2.3", so that
 * it can be shown like any other.
 */
#include "internal.h"

#include <errno.h>

#include "recount/log.h"

struct taking {
	struct ingest *in;
	const struct ingest_file *file;
	struct str text;
	struct ingest_source *source; /* NULL before the first new alert */
	int error;
};

static int
know_alert(void *arg, const struct log_event *ev)
{
	struct u64map *known = arg;

	u64map_at(known, parse_alert_key(ev), 1, NULL);
	return 0;
}

int
ingest_know_alerts(struct ingest *in, struct reterr *err)
{
	struct store_query q = {
	    .since = USEC_NONE,
	    .until = USEC_NONE,
	    .columns = STORE_ORIGIN | STORE_RAW,
	    .kinds = 1u << EVENT_ALERT | 1u << EVENT_MARK,
	};
	int r;

	if (in->alerts)
		return 0;
	in->alerts = u64map_new();
	r = store_scan(in->store, &q, know_alert, in->alerts, NULL, err);
	if (r < 0) /* half of them would double the rest */
		u64map_free(STEAL(in->alerts));
	return r;
}

static void
alerts_position(void *arg, struct position *ret)
{
	const struct taking *t = arg;

	if (t->file->position)
		t->file->position(t->file->arg, ret);
	ret->head_n =
	    (uint32_t)(t->text.n < POSITION_HEAD_MAX ? t->text.n
						     : POSITION_HEAD_MAX);
	ret->head = hash64(t->text.p, ret->head_n);
}

static int
open_alerts(struct taking *t)
{
	struct source_info info = {
	    .kind = SOURCE_FILE,
	    .name = str_of(t->file->path),
	    .host = str_of(t->file->host),
	    .format = STR("alerts"),
	    .first = USEC_NONE,
	    .last = USEC_NONE,
	};
	uint32_t id;
	int r = ingest_row_add(t->in, &info, &id);

	if (r < 0)
		return r;
	t->source = ingest_source_new(t->in, id, SOURCE_FILE);
	t->source->path = xstrdup(t->file->path);
	t->source->host = xstrdup(t->file->host ? t->file->host : "");
	t->source->service = xstrdup(t->file->service);
	t->source->position = alerts_position;
	t->source->position_arg = t;
	t->source->offset = (int64_t)t->text.n;
	t->source->moved = true;
	trail_add(&t->source->trail, t->text.p, t->text.n);
	return 0;
}

static int
take_alert(void *arg, struct log_event *ev)
{
	struct taking *t = arg;
	bool new;

	u64map_at(t->in->alerts, parse_alert_key(ev), 1, &new);
	if (!new)
		return 0;
	if (!t->source)
		t->error = open_alerts(t);
	if (t->error == 0)
		t->error = ingest_append(t->source, ev);
	return t->error;
}

int
ingest_alerts(struct ingest *in, const struct ingest_file *file,
    struct str text, struct reterr *err)
{
	struct taking t = {.in = in, .file = file, .text = text};
	int r = ingest_know_alerts(in, err);

	if (r < 0)
		return r;
	r = parse_alerts(text, take_alert, &t, err);
	if (t.error < 0)
		reterr_set(
		    err, -t.error, "%s: %s", file->path, strerror(-t.error));
	if (t.source) {
		int closed = ingest_close(t.source, false);

		t.error = t.error < 0 ? t.error : closed;
	}
	return t.error < 0 ? t.error : r;
}

/* ---- marks ---- */

static int
marks_row(struct ingest *in, uint32_t *ret_id)
{
	struct source_info info = {
	    .kind = SOURCE_MARK,
	    .name = STR("marks"),
	    .format = STR("mark"),
	    .first = USEC_NONE,
	    .last = USEC_NONE,
	};

	for (size_t i = 0; i < in->n_rows; i++)
		if (in->rows[i].info.kind == SOURCE_MARK) {
			*ret_id = in->rows[i].info.id;
			return 0;
		}
	return ingest_row_add(in, &info, ret_id);
}

int
ingest_mark(struct ingest *in, usec_t at, const char *kind, struct str text,
    const char *host, uint64_t *ret_id)
{
	CLEANUP(buf_free) struct buf raw = BUF_INIT;
	struct ingest_source *s;
	struct log_event ev;
	uint32_t id;
	int r = marks_row(in, &id), closed;

	if (r < 0)
		return r;
	buf_addf(&raw, "%s: ", kind);
	buf_add_str(&raw, text);

	event_init(&ev);
	ev.kind = EVENT_MARK;
	ev.severity = SEV_NOTICE;
	ev.timestamp = at;
	ev.precision = 1;
	ev.host = str_of(host);
	ev.identifier = str_sub(buf_str(&raw), 0, strlen(kind));
	ev.body = str_skip(buf_str(&raw), strlen(kind) + 2);
	ev.raw = buf_str(&raw);

	s = ingest_source_new(in, id, SOURCE_MARK);
	s->path = xstrdup("marks");
	r = ingest_append(s, &ev);
	closed = ingest_close(s, false);
	if (r == 0)
		*ret_id = ev.id;
	return r < 0 ? r : closed;
}
