/* SPDX-License-Identifier: MIT */
/*
 * JSON Lines: one object a line, for programs that read as they go (jq, grep,
 * log shippers, a data frame).  Each begins with "type", then come the members
 * that it has in the report:
 *
 *   report    the head: schema, generated, window, baseline, summary, totals
 *   incident  one each
 *   client    of an incident, which "incident" names; with --clients
 *   timeline  one per item
 *   coverage  one per source
 *   evidence  one per line cited, with its "id"
 *
 * The head comes first; what a command does not show is left out.
 */
#include "json-parts.h"
#include "recount/event.h"
#include "render.h"

static void
begin(struct jwrite *j, struct buf *out, const char *type)
{
	jwrite_start(j, out, JWRITE_LINE);
	jwrite_object(j, NULL, false);
	jwrite_string(j, "type", type);
}

static void
end(struct jwrite *j)
{
	jwrite_end(j, '}');
	buf_addc(j->out, '\n');
}

static void
add_incidents(const struct report *r, bool clients, struct buf *out)
{
	struct jwrite j;

	for (size_t i = 0; i < r->n_incidents; i++) {
		const struct incident *in = &r->incidents[i];

		begin(&j, out, "incident");
		json_incident(&j, in, r->similar_sought, false);
		end(&j);
		for (size_t k = 0; clients && k < in->impact.n_clients; k++) {
			begin(&j, out, "client");
			jwrite_string(&j, "incident", in->id);
			json_client(&j, &in->impact.clients[k]);
			end(&j);
		}
	}
}

static void
add_evidence(const struct report *r, struct buf *out)
{
	char id[EVENT_ID_TEXT_MAX];
	struct jwrite j;

	for (size_t i = 0; i < r->n_evidence; i++) {
		begin(&j, out, "evidence");
		jwrite_string(&j, "id", event_id_format(r->evidence[i].id, id));
		json_evidence(&j, &r->evidence[i]);
		end(&j);
	}
}

void
report_render_jsonl(
    const struct report *r, const struct report_options *o, struct buf *out)
{
	struct jwrite j;

	begin(&j, out, "report");
	json_head(&j, r);
	end(&j);
	add_incidents(r, o->parts & REPORT_CLIENTS, out);
	for (size_t i = 0; o->parts & REPORT_TIMELINE && i < r->n_timeline;
	     i++) {
		begin(&j, out, "timeline");
		json_item(&j, &r->timeline[i]);
		end(&j);
	}
	for (size_t i = 0; o->parts & REPORT_COVERAGE && i < r->n_coverage;
	     i++) {
		begin(&j, out, "coverage");
		json_coverage(&j, &r->coverage[i]);
		end(&j);
	}
	if (o->parts & (REPORT_TIMELINE | REPORT_FACTORS))
		add_evidence(r, out);
}
