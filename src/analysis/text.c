/* SPDX-License-Identifier: MIT */
/*
 * How a record is cited, and how it reads.
 */
#include "analysis.h"

#include "recount/utf8.h"

/* A line on a timeline; the whole message is in the evidence. */
#define TEXT_MAX 240

char *
message_text(const struct analysis *a, const struct message *m)
{
	CLEANUP(buf_free) struct buf out = BUF_INIT;
	struct str text = pool_get(a, m->text);

	if (text.n == 0) {
		const uint64_t *t = u64map_find(a->templates, m->pattern);

		if (t != NULL)
			text = pool_get(a, (uint32_t)*t);
	}
	text = str_trim(text);
	utf8_add_printable(&out, str_sub(text, 0, TEXT_MAX));
	if (text.n > TEXT_MAX)
		buf_adds(&out, "…");
	return buf_steal(&out);
}

static void
add_once(struct id_list *l, uint64_t id)
{
	for (size_t i = 0; i < l->n; i++) {
		if (l->ids[i] == id)
			return;
	}
	id_list_add(l, id);
}

void
evidence_add(const struct analysis *a, struct id_list *l, uint32_t record)
{
	for (; record != NO_RECORD; record = a->messages[record].twin)
		add_once(l, a->messages[record].id);
}

void
evidence_add_request(struct id_list *l, const struct request *q)
{
	add_once(l, q->id);
}
