/* SPDX-License-Identifier: MIT */
/*
 * Messages from the network.
 *
 * One listener is one source, however many machines send to it; who sent a
 * message stands with the event.  Senders share neither clock nor order, so a
 * message is parsed without memory of the one before: the time it was
 * received is what supplies a year, tells the two hours apart that an autumn
 * night has, and stands in where there is no time at all.
 *
 * There is no position to go on from: what was received is stored or was never
 * ours.  In its place stands what has been counted at the listener, which is
 * so committed with the messages it counts.
 */
#include "internal.h"

static struct row *
find_row(struct ingest *in, const char *name)
{
	struct row *row = NULL;

	for (size_t i = 0; i < in->n_rows; i++)
		if (in->rows[i].info.kind == SOURCE_SYSLOG &&
		    !strcmp(in->rows[i].name, name))
			row = &in->rows[i];
	return row;
}

static int
need_row(struct ingest *in, const struct ingest_listener *l, uint32_t *ret_id)
{
	struct row *row = find_row(in, l->name);
	struct source_info info = {
	    .kind = SOURCE_SYSLOG,
	    .name = str_of(l->name),
	    .first = USEC_NONE,
	    .last = USEC_NONE,
	};
	int r;

	if (row)
		info = row->info;
	info.host = str_of(l->host);
	info.format = STR("syslog");
	info.zone = str_of(l->zone ? zone_name(l->zone) : "");
	if (!row)
		return ingest_row_add(in, &info, ret_id);
	*ret_id = info.id;
	r = store_source_update(in->store, &info);
	if (r == 0)
		ingest_row_set(row, &info);
	return r;
}

int
ingest_open_listener(struct ingest *in, const struct ingest_listener *l,
    struct ingest_source **ret, struct str *ret_state)
{
	struct ingest_source *s;
	struct row *row;
	uint32_t id;
	int r = need_row(in, l, &id);

	if (r < 0)
		return r;
	row = ingest_row_of(in, id);
	s = ingest_source_new(in, id, SOURCE_SYSLOG);
	s->path = xstrdup(l->name);
	s->host = xstrdup(l->host);
	s->service = xstrdup(l->service);
	s->parser = parsers_find(in->parsers, STR("syslog"));
	s->single = true;
	s->state.zone = l->zone ? l->zone : zone_local();
	s->state.last = row->info.last;
	if (l->inner)
		s->others[s->n_others++] = l->inner;
	buf_add_str(&s->cursor, row->info.position.cursor);
	*ret_state = buf_str(&s->cursor);
	*ret = s;
	return 0;
}

void
ingest_set_state(struct ingest_source *s, struct str state)
{
	if (str_eq(buf_str(&s->cursor), state))
		return;
	buf_reset(&s->cursor);
	buf_add_str(&s->cursor, state);
	s->moved = true;
}

static bool
is_blank(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != ' ' && s.p[i] != '\t' && s.p[i] != '\r')
			return false;
	return true;
}

static void
as_text(const struct ingest_message *m, struct log_event *ev)
{
	event_init(ev);
	ev->kind = EVENT_TEXT;
	ev->flags = EVENT_UNPARSED;
	ev->body = m->text;
	ev->timestamp = m->received;
	ev->precision = USEC_PER_SEC;
}

int
ingest_message(struct ingest_source *s, const struct ingest_message *m)
{
	char peer[128] = EVENT_PEER;
	size_t n = strlen(peer);
	struct log_event ev;
	usec_t newest = s->state.last;
	int r;

	if (is_blank(m->text))
		return 0;
	s->state.seen = m->received;
	s->state.last = USEC_NONE;
	if (!s->parser ||
	    parser_parse(s->parser, m->text, &s->state, &ev) != PARSE_OK)
		as_text(m, &ev);
	ingest_look_inside(s, &ev);
	s->state.last = newest;
	ev.raw = m->text;
	ev.offset = -1;
	ev.observed = m->received;
	if (m->peer.n < sizeof(peer) - n) {
		memcpy(peer + n, m->peer.p, m->peer.n);
		ev.cursor = (struct str){peer, n + m->peer.n};
	}
	if (!ev.host.n)
		ev.host = s->host ? str_of(s->host) : m->host;
	if (m->cut)
		ev.flags |= EVENT_CUT;
	if (s->in->skip_own && ingest_is_own(&ev))
		return 0;
	r = ingest_append(s, &ev);
	if (r < 0)
		return r;
	s->moved = true;
	if (newest != USEC_NONE && newest > s->state.last)
		s->state.last = newest;
	return 0;
}
