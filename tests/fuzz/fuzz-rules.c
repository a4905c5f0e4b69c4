/* SPDX-License-Identifier: MIT */
/*
 * A rule file, a NUL, and messages, a line each: hostile files are refused or
 * taken, all messages are matched, and no literal ever keeps a pattern from
 * being run that would have fitted.
 */
#include <stdlib.h>

#include "../../src/rules/internal.h"
#include "fuzz.h"

static bool
holds(struct str text, const char *literal)
{
	CLEANUP(buf_free) struct buf lower = BUF_INIT;

	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		buf_addc(&lower, c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
	}
	return str_find(buf_str(&lower), str_of(literal)) >= 0;
}

static void
check_literals(const struct rule_def *def, struct str text)
{
	pcre2_match_data *data;
	pcre2_match_context *limits;
	int n;

	if (!def->code || !def->literals.n)
		return;
	data = pcre2_match_data_create_from_pattern(def->code, NULL);
	limits = pcre2_match_context_create(NULL);
	pcre2_set_match_limit(limits, RULE_MATCH_LIMIT);
	n = pcre2_match(def->code, (PCRE2_SPTR)(text.p ? text.p : ""), text.n,
	    0, 0, data, limits);
	pcre2_match_data_free(data);
	pcre2_match_context_free(limits);
	if (n <= 0)
		return;
	for (size_t i = 0; i < def->literals.n; i++)
		if (holds(text, def->literals.v[i]))
			return;
	abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char none[] = {0};
	CLEANUP(rules_free) struct rules *rs = rules_new();
	struct str rest = {size ? (const char *)data : none, size}, file;
	const struct rule_list *list = rules_list(rs);

	rest = str_cut(rest, '\0', &file);
	if (rules_load_text(rs, file, NULL) < 0)
		return 0;
	while (rest.p) {
		CLEANUP(buf_free) struct buf text = BUF_INIT;
		struct rule_match m;
		struct log_event ev;
		struct body body;

		event_init(&ev);
		rest = str_cut(rest, '\n', &ev.body);
		ev.kind = EVENT_SYSLOG;
		ev.identifier = STR("orders");
		ev.unit = STR("orders.service");
		rules_match(rs, &ev, &m, &text);
		body_read(&ev, &body);
		for (size_t i = 0; i < list->n; i++)
			check_literals(list->v[i], body.text);
	}
	rules_test(rs, NULL, NULL);
	return 0;
}
