/* SPDX-License-Identifier: MIT */
/*
 * Rules are tested by the samples they carry.  A sample is put together as an
 * event and given to the whole set, so that a general rule that stands too
 * early and takes what a specific one was written for is found as well.  A
 * "not" sample must not fit its own rule; what else it fits is left open.
 */
#include "internal.h"

struct check {
	struct rules *rs;
	void (*fn)(void *arg, const char *rule, const char *text);
	void *arg;
	int failures;
};

static void __attribute__((format(printf, 3, 4)))
complain(struct check *c, const struct rule_def *def, const char *format, ...)
{
	CLEANUP(buf_free) struct buf text = BUF_INIT;
	va_list args;

	va_start(args, format);
	buf_addv(&text, format, args);
	va_end(args);
	c->failures++;
	if (c->fn)
		c->fn(c->arg, def->rule.name, text.p);
}

static void
sample_event(const struct sample *s, struct log_event *ret)
{
	event_init(ret);
	ret->kind = s->kind;
	ret->severity = s->severity;
	ret->identifier = str_of(s->identifier);
	ret->unit = str_of(s->unit);
	ret->message_id = str_of(s->message_id);
	ret->host = str_of(s->host);
	ret->upstream = str_of(s->upstream);
	ret->raw = ret->body = str_of(s->message);
}

static void
check_sample(struct check *c, size_t i, const struct sample *s)
{
	const struct rule_def *def = rules_list(c->rs)->v[i];
	CLEANUP(buf_free) struct buf text = BUF_INIT;
	struct rule_match m;
	struct log_event ev;

	sample_event(s, &ev);
	if (s->not ) {
		if (rules_match_one(c->rs, i, &ev, &m, NULL))
			complain(c, def, "should not fit: %s", s->message);
		return;
	}
	if (!rules_match(c->rs, &ev, &m, &text))
		complain(c, def, "does not fit: %s", s->message);
	else if (m.rule != &def->rule)
		complain(c, def, "rule %s takes this before: %s", m.rule->name,
		    s->message);
	else if (s->text && !str_eq(buf_str(&text), str_of(s->text)))
		complain(c, def, "reads \"%s\", not \"%s\"",
		    text.p ? text.p : "", s->text);
}

int
rules_test(struct rules *rs,
    void (*fn)(void *arg, const char *rule, const char *text), void *arg)
{
	struct check c = {rs, fn, arg, 0};
	const struct rule_list *list = rules_list(rs);

	for (size_t i = 0; i < list->n; i++) {
		const struct rule_def *def = list->v[i];
		bool positive = false;

		for (size_t j = 0; j < def->n_samples; j++) {
			check_sample(&c, i, &def->samples[j]);
			positive |= !def->samples[j].not ;
		}
		if (!positive)
			complain(&c, def, "has no sample that it should fit");
	}
	return c.failures;
}
