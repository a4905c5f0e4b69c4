/* SPDX-License-Identifier: MIT */
/*
 * What alerting and people post to recountd.
 *
 * An endpoint is a source like a file, with a row in the store, but without a
 * position: who posts has no place to go back to, so what counts is that an
 * answer is given only for what was committed.  A sender that got none posts
 * again, and the keys of alerts.c tell what the store has; a key is noted as
 * soon as its event is in the batch, since a batch is either committed or
 * still pending.
 */
#include "internal.h"

#include <errno.h>

struct posting {
	struct ingest_source *source;
	struct ingest_posted counts;
	int error;
};

static int
endpoint_row(
    struct ingest *in, const char *name, enum posted what, uint32_t *ret_id)
{
	static const char *const formats[] = {
	    [POSTED_ALERTS] = "alerts",
	    [POSTED_PAGERDUTY] = "pagerduty",
	    [POSTED_MARKS] = "mark",
	};
	struct source_info info = {
	    .kind = SOURCE_WEBHOOK,
	    .name = str_of(name),
	    .format = str_of(formats[what]),
	    .first = USEC_NONE,
	    .last = USEC_NONE,
	};

	for (size_t i = 0; i < in->n_rows; i++)
		if (in->rows[i].info.kind == SOURCE_WEBHOOK &&
		    !strcmp(in->rows[i].name, name)) {
			*ret_id = in->rows[i].info.id;
			return 0;
		}
	return ingest_row_add(in, &info, ret_id);
}

static int
take_posted(void *arg, struct log_event *ev)
{
	struct posting *p = arg;
	struct u64map *known = p->source->in->alerts;
	uint64_t key = parse_alert_key(ev);

	if (u64map_find(known, key)) {
		p->counts.known++;
		return 0;
	}
	ev->offset = -1; /* there is no file to look into */
	p->error = ingest_append(p->source, ev);
	if (p->error < 0)
		return p->error;
	u64map_at(known, key, 1, NULL);
	p->counts.events++;
	return 0;
}

int
ingest_posted(struct ingest *in, const char *name, enum posted what,
    struct str body, const char *host, struct ingest_posted *ret,
    struct reterr *err)
{
	struct posting p = {0};
	uint32_t id;
	int r = ingest_know_alerts(in, err), closed;

	if (r == 0)
		r = endpoint_row(in, name, what, &id);
	if (r < 0)
		return r;
	p.source = ingest_source_new(in, id, SOURCE_WEBHOOK);
	p.source->path = xstrdup(name);
	p.source->host = xstrdup(what == POSTED_MARKS ? host : NULL);
	r = parse_posted(what, body, clock_now(), take_posted, &p, err);
	if (p.error < 0)
		reterr_set(err, -p.error, "%s: %s", name, strerror(-p.error));
	closed = ingest_close(p.source, false);
	if (p.error < 0 || r < 0)
		return p.error < 0 ? p.error : r;
	*ret = p.counts;
	return closed;
}
