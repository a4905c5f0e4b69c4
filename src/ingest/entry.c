/* SPDX-License-Identifier: MIT */
/*
 * From lines and journal entries to events.
 *
 * An entry of several lines (a stack trace) is known to be complete only when
 * the next entry begins, so its lines wait in `pending`.  Empty lines within
 * it belong to it, because raw must be the bytes as they stand in the file,
 * but those behind it do not.  Formats of one line skip all of that: their
 * lines are parsed where the reader has them.
 *
 * An entry that outgrows LINE_BYTES_MAX ends there; its further lines become
 * unparsed events of their own, so nothing is lost and memory stays bounded.
 *
 * What comes between host, service and pattern is the same for every kind:
 * what the line says, else what was configured, else a name that people would
 * use: the vhost, the unit without its suffix, the tag, the file's stem.
 */
#include "internal.h"

#include <errno.h>

#include "recount/log.h"

static usec_t
now(struct ingest *in)
{
	if (in->now == USEC_NONE)
		in->now = clock_now();
	return in->now;
}

static bool
is_blank(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != ' ' && s.p[i] != '\t' && s.p[i] != '\r')
			return false;
	return true;
}

static struct str
service_of(const struct ingest_source *s, const struct log_event *ev)
{
	if (s->service)
		return str_of(s->service);
	switch (ev->kind) {
	case EVENT_ACCESS:
	case EVENT_NGINX_ERROR:
		if (ev->vhost.n && !str_eq(ev->vhost, STR("-")) &&
		    !str_eq(ev->vhost, STR("_")))
			return ev->vhost;
		return str_of(s->stem);
	case EVENT_SYSLOG:
	case EVENT_JOURNAL:
		if (str_ends(ev->unit, STR(".service")))
			return str_sub(
			    ev->unit, 0, ev->unit.n - strlen(".service"));
		/* Sessions are where something ran, not what. */
		if (ev->unit.n && !str_ends(ev->unit, STR(".scope")))
			return ev->unit;
		return ev->identifier;
	case EVENT_TEXT:
	case EVENT_APP:
		return ev->identifier.n ? ev->identifier : str_of(s->stem);
	case EVENT_ALERT:
	case EVENT_MARK:
	case EVENT_KIND_COUNT:
		break;
	}
	return STR_NULL;
}

int
ingest_append(struct ingest_source *s, struct log_event *ev)
{
	struct ingest *in = s->in;
	int r;

	ev->source = s->id;
	if (ev->observed == USEC_NONE || ev->observed == 0)
		ev->observed = now(in);
	if (!ev->host.n)
		ev->host = str_of(s->host);
	if (!ev->service.n)
		ev->service = service_of(s, ev);
	if (ev->kind != EVENT_ACCESS && ev->body.n)
		ev->pattern = miner_add(in->miner, ev->body, NULL);

	r = store_append(in->store, ev);
	if (r < 0)
		return r;
	s->state.last = ev->timestamp;
	s->counts.events++;
	in->counts.events++;
	if (ev->flags & EVENT_UNPARSED) {
		s->counts.unparsed++;
		in->counts.unparsed++;
	}
	return ingest_notice_loss(s, ev);
}

/* ---- lines ---- */

static void
as_unparsed(struct ingest_source *s, struct str raw, struct log_event *ev)
{
	event_init(ev);
	ev->kind = EVENT_TEXT;
	ev->flags = EVENT_UNPARSED;
	ev->raw = raw;
	ev->body = raw;
	ev->timestamp = s->state.last;
	if (ev->timestamp == USEC_NONE)
		ev->timestamp = s->state.seen;
	if (ev->timestamp == USEC_NONE)
		ev->timestamp = now(s->in);
	ev->precision = USEC_PER_SEC;
}

/* log_format may change while a log is written: nginx is reloaded, and from
 * one line to the next there is a field more. */
static bool
parse_otherwise(struct ingest_source *s, struct str raw, struct log_event *ev)
{
	struct detection d;

	if (parser_kind(s->parser) != EVENT_ACCESS)
		return false;
	for (size_t i = 0; i < s->n_others; i++)
		if (parser_parse(s->others[i], raw, &s->state, ev) == PARSE_OK)
			return true;
	if (s->n_others == OTHERS_MAX || s->looked >= LOOKS_MAX)
		return false;
	s->looked++;
	parse_detect(s->in->parsers, raw, s->path, &d);
	if (!d.parser || parser_kind(d.parser) != EVENT_ACCESS ||
	    parser_parse(d.parser, raw, &s->state, ev) != PARSE_OK)
		return false;
	s->others[s->n_others++] = d.parser;
	return true;
}

static bool
parse_entry(struct ingest_source *s, struct str raw, struct log_event *ev)
{
	if (!s->parser)
		return false;
	return parser_parse(s->parser, raw, &s->state, ev) == PARSE_OK ||
	       parse_otherwise(s, raw, ev);
}

bool
ingest_is_own(const struct log_event *ev)
{
	return str_eq(ev->identifier, STR("recountd")) ||
	       str_eq(ev->unit, STR("recountd.service"));
}

/* raw stands at offset, and the entry with its newline ends at end. */
static int
store_entry(struct ingest_source *s, struct str raw, int64_t offset, bool cut)
{
	struct log_event ev;

	if (s->live)
		s->state.seen = now(s->in);
	if (!parse_entry(s, raw, &ev))
		as_unparsed(s, raw, &ev);
	ingest_look_inside(s, &ev);
	ev.raw = raw;
	ev.offset = offset;
	if (cut)
		ev.flags |= EVENT_CUT;
	if (s->in->skip_own && ingest_is_own(&ev))
		return 0;
	return ingest_append(s, &ev);
}

/* Bytes up to end are in the store (or are no event). */
static void
move_to(struct ingest_source *s, struct str bytes, int64_t end, bool whole,
    bool newline)
{
	s->offset = end;
	s->moved = true;
	if (!whole) {
		trail_reset(&s->trail);
		return;
	}
	trail_add(&s->trail, bytes.p, bytes.n);
	if (newline)
		trail_add(&s->trail, "\n", 1);
}

static int
note_cut(struct ingest_source *s, const struct reader_line *l)
{
	struct gap gap = {
	    .source = s->id,
	    .since = s->state.last,
	    .until = s->state.last,
	    .reason = STR("line longer than 1 MiB cut off"),
	    .lost = l->end - l->offset - (int64_t)l->text.n,
	    .lost_bytes = true,
	    .offset = l->offset,
	};

	if (s->counts.cut++ == 0) /* a file full of them is one message */
		ingest_say(s->in, LOG_LEVEL_WARNING,
		    "%s: the line at byte %lld is longer than 1 MiB and was "
		    "cut off there",
		    s->path, (long long)l->offset);
	s->in->counts.cut++;
	return ingest_note_gap(s->in, &gap);
}

/* A line that is an entry. */
static int
whole_line(struct ingest_source *s, const struct reader_line *l)
{
	int r;

	if (!is_blank(l->text)) {
		r = store_entry(s, l->text, l->offset, l->cut);
		if (r < 0)
			return r;
	}
	move_to(s, l->text, l->end, !l->cut, !l->open);
	return l->cut ? note_cut(s, l) : 0;
}

int
ingest_flush(struct ingest_source *s)
{
	struct str raw = {s->pending.p, s->keep};
	int r;

	if (s->pending.n == 0)
		return 0;
	r = store_entry(s, raw, s->pending_offset, false);
	if (r < 0)
		return r;
	move_to(
	    s, buf_str(&s->pending), s->pending_end, true, !s->pending_open);
	buf_reset(&s->pending);
	s->keep = 0;
	return 0;
}

bool
ingest_waits(const struct ingest_source *s)
{
	return s->pending.n > 0;
}

static void
wait_for_more(struct ingest_source *s, const struct reader_line *l)
{
	if (s->pending.n == 0)
		s->pending_offset = l->offset;
	else
		buf_addc(&s->pending, '\n');
	buf_add_str(&s->pending, l->text);
	if (!is_blank(l->text))
		s->keep = s->pending.n;
	s->pending_end = l->end;
	s->pending_open = l->open;
}

int
ingest_line(struct ingest_source *s, const struct reader_line *l)
{
	bool blank, more;
	int r;

	if (s->single)
		return whole_line(s, l);
	blank = is_blank(l->text);
	more = s->pending.n > 0 && !l->cut &&
	       s->pending.n + 1 + l->text.n <= LINE_BYTES_MAX &&
	       (blank || !parser_starts_entry(s->parser, l->text));
	if (!more) {
		r = ingest_flush(s);
		if (r < 0)
			return r;
		if (blank || l->cut)
			return whole_line(s, l);
	}
	wait_for_more(s, l);
	return 0;
}

/* ---- journal entries ---- */

/* An entry without the fields of a message (a bare audit record). */
static void
as_bare_entry(const struct journal_entry *e, struct log_event *ev)
{
	event_init(ev);
	ev->kind = EVENT_JOURNAL;
	ev->flags = EVENT_UNPARSED;
	ev->timestamp = e->realtime;
	ev->precision = 1;
}

bool
ingest_knows_entry(struct ingest *in, const struct journal_entry *e)
{
	if (!e->seqnum_id[0] ||
	    !store_seq_has(in->store, e->seqnum_id, e->seqnum))
		return false;
	in->counts.duplicates++;
	return true;
}

int
ingest_entry(struct ingest_source *s, const struct journal_entry *e)
{
	struct ingest *in = s->in;
	struct log_event ev;
	int r = 0;

	if (ingest_knows_entry(in, e))
		goto taken;
	if (parse_journal(e->raw, &ev) != PARSE_OK)
		as_bare_entry(e, &ev);
	ev.raw = e->raw;
	ev.cursor = e->cursor;
	ev.offset = -1;
	if (e->cut)
		ev.flags |= EVENT_CUT;
	ev.observed = e->realtime;
	if (ev.timestamp == USEC_NONE)
		ev.timestamp = e->realtime;
	if (!ingest_is_wanted(s, &ev)) {
		r = ingest_unwanted(s, &ev);
		if (r < 0)
			return r;
		goto taken;
	}
	if (!(in->skip_own && ingest_is_own(&ev)))
		r = ingest_append(s, &ev);
	if (r < 0)
		return r;
	if (e->seqnum_id[0])
		r = store_seq_add(in->store, s->id, e->seqnum_id, e->seqnum);
	if (r < 0)
		return r;
taken:
	buf_reset(&s->cursor);
	buf_add_str(&s->cursor, e->cursor);
	s->moved = true;
	return 0;
}
