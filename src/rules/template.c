/* SPDX-License-Identifier: MIT */
/*
 * Templates for timeline lines: plain text, {names}, and [optional parts].
 *
 * {a|b} is the first of a and b that is not empty.  A name is a named group
 * of the rule's pattern or, where the pattern has none of that name or it
 * took no part, what the event says.  A part in brackets is left out when one
 * of the placeholders in it is empty, so that "{unit} failed[ ({result})]"
 * needs no second rule for messages without a result.  Brackets do not nest
 * and have no escape: lines on a timeline need none.
 *
 * All names are resolved when the rule is loaded, so a misspelt one is an
 * error there and not a hole in somebody's postmortem.
 */
#include <errno.h>

#include "internal.h"

static const struct {
	const char *name;
	enum field_from from;
} event_fields[] = {
    {"unit", FIELD_UNIT},
    {"host", FIELD_HOST},
    {"identifier", FIELD_IDENTIFIER},
    {"service", FIELD_SERVICE},
    {"body", FIELD_BODY},
    {"upstream", FIELD_UPSTREAM},
    {"client", FIELD_CLIENT},
    {"vhost", FIELD_VHOST},
    {"target", FIELD_TARGET},
};

static void
add_field(struct part *part, enum field_from from, unsigned group)
{
	part->fields =
	    xreallocarray(part->fields, part->n + 1, sizeof(*part->fields));
	part->fields[part->n++] = (struct field){from, group};
}

/* All groups of that name (PCRE2_DUPNAMES), then the event's field. */
static int
add_name(struct part *part, struct str name, const pcre2_code *code,
    struct reterr *err)
{
	size_t before = part->n;
	uint32_t count = 0, size = 0;
	PCRE2_SPTR table = NULL;

	if (code) {
		pcre2_pattern_info(code, PCRE2_INFO_NAMECOUNT, &count);
		pcre2_pattern_info(code, PCRE2_INFO_NAMEENTRYSIZE, &size);
		pcre2_pattern_info(code, PCRE2_INFO_NAMETABLE, &table);
	}
	for (uint32_t i = 0; i < count; i++, table += size)
		if (str_eq(name, str_of((const char *)table + 2)))
			add_field(part, FIELD_GROUP,
			    (unsigned)table[0] << 8 | table[1]);
	for (size_t i = 0; i < ARRAY_SIZE(event_fields); i++)
		if (str_eq(name, str_of(event_fields[i].name)))
			add_field(part, event_fields[i].from, 0);
	if (part->n == before)
		return reterr_set(err, EINVAL,
		    "{%.*s} is neither a named group of the pattern nor a "
		    "field of events",
		    STR_ARG(name));
	return 0;
}

static struct part *
add_part(struct template *t, enum part_kind kind)
{
	t->parts = xreallocarray(t->parts, t->n + 1, sizeof(*t->parts));
	t->parts[t->n] = (struct part){.kind = kind};
	return &t->parts[t->n++];
}

static int
add_placeholder(struct template *t, struct str names, const pcre2_code *code,
    struct reterr *err)
{
	struct part *part = add_part(t, PART_FIELDS);

	while (names.p) {
		struct str name;
		int r;

		names = str_cut(names, '|', &name);
		r = add_name(part, name, code, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int
compile(struct str s, const pcre2_code *code, struct template *t,
    struct reterr *err)
{
	size_t open = SIZE_MAX;

	while (s.n) {
		size_t plain = 0;

		if (s.p[0] == '{') {
			ptrdiff_t end = str_chr(s, '}');
			int r;

			if (end < 0)
				return reterr_set(
				    err, EINVAL, "\"{\" without \"}\"");
			r = add_placeholder(
			    t, str_sub(s, 1, (size_t)end - 1), code, err);
			if (r < 0)
				return r;
			s = str_skip(s, (size_t)end + 1);
			continue;
		}
		if (s.p[0] == '[' || s.p[0] == ']') {
			if ((s.p[0] == '[') != (open == SIZE_MAX))
				return reterr_set(err, EINVAL,
				    "brackets that do not pair or nest");
			add_part(t, s.p[0] == '[' ? PART_OPEN : PART_CLOSE);
			if (s.p[0] == '[') {
				open = t->n - 1;
			} else {
				t->parts[open].n = t->n - 1 - open;
				open = SIZE_MAX;
			}
			s = str_skip(s, 1);
			continue;
		}
		while (plain < s.n && !strchr("{[]", s.p[plain]))
			plain++;
		add_part(t, PART_TEXT)->text = str_dup(str_sub(s, 0, plain));
		s = str_skip(s, plain);
	}
	return open == SIZE_MAX
		   ? 0
		   : reterr_set(err, EINVAL, "\"[\" without \"]\"");
}

int
template_compile(const char *text, const pcre2_code *code, struct template *ret,
    struct reterr *err)
{
	struct template t = {NULL, 0};
	int r = compile(str_of(text), code, &t, err);

	if (r < 0) {
		template_free(&t);
		return r;
	}
	*ret = t;
	return 0;
}

void
template_free(struct template *t)
{
	for (size_t i = 0; i < t->n; i++) {
		xfree(t->parts[i].text);
		xfree(t->parts[i].fields);
	}
	xfree(t->parts);
	*t = (struct template){NULL, 0};
}

static struct str
group_value(const struct values *v, unsigned group)
{
	size_t from, to;

	if (!v->ovector || group >= v->groups)
		return STR_NULL;
	from = v->ovector[2 * group];
	to = v->ovector[2 * group + 1];
	if (from == PCRE2_UNSET || to < from) /* \K in a lookahead */
		return STR_NULL;
	return str_trim(str_sub(v->body->text, from, to - from));
}

/* Of "http://192.0.2.1:8001/path?query" the address: requests differ in the
 * rest, while the trouble is with the one server. */
static struct str
upstream_address(struct str s)
{
	ptrdiff_t at = str_find(s, STR("://"));
	bool local;

	if (at >= 0)
		s = str_skip(s, (size_t)at + 3);
	local = str_starts(s, STR("unix:"));
	at = str_chr(local ? str_skip(s, 5) : s, local ? ':' : '/');
	return at < 0 ? s : str_sub(s, 0, (size_t)at + (local ? 5 : 0));
}

static struct str
field_value(const struct field *f, const struct values *v)
{
	switch (f->from) {
	case FIELD_GROUP:
		return group_value(v, f->group);
	case FIELD_UNIT:
		return v->ev->unit;
	case FIELD_HOST:
		return v->ev->host;
	case FIELD_IDENTIFIER:
		return v->identifier;
	case FIELD_SERVICE:
		return v->ev->service;
	case FIELD_BODY:
		return v->body->say;
	case FIELD_UPSTREAM:
		return upstream_address(v->ev->upstream);
	case FIELD_CLIENT:
		return v->ev->client;
	case FIELD_VHOST:
		return v->ev->vhost;
	case FIELD_TARGET:
		return v->ev->target;
	}
	return STR_NULL;
}

static struct str
part_value(const struct part *part, const struct values *v)
{
	if (part->kind == PART_TEXT)
		return str_of(part->text);
	for (size_t i = 0; part->kind == PART_FIELDS && i < part->n; i++) {
		struct str s = field_value(&part->fields[i], v);

		if (s.n)
			return s;
	}
	return STR_NULL;
}

/* Long values are cut, at the end of a UTF-8 sequence. */
static void
add_clipped(struct buf *out, struct str s)
{
	size_t n = RULE_VALUE_BYTES_MAX;

	if (s.n <= n) {
		buf_add_str(out, s);
		return;
	}
	while (n > RULE_VALUE_BYTES_MAX - 4 &&
	       ((unsigned char)s.p[n] & 0xc0) == 0x80)
		n--;
	buf_add_str(out, str_sub(s, 0, n));
	buf_adds(out, "…");
}

void
template_write(
    const struct template *t, const struct values *v, struct buf *out)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct part *part = &t->parts[i];

		if (part->kind == PART_OPEN) {
			bool whole = true;

			for (size_t j = i + 1; j < i + part->n; j++)
				whole &= part_value(&t->parts[j], v).n > 0;
			if (!whole)
				i += part->n;
		} else if (part->kind != PART_CLOSE) {
			add_clipped(out, part_value(part, v));
		}
	}
}

bool
template_is_value(const struct template *t)
{
	return t->n == 0 || (t->n == 1 && (t->parts[0].kind == PART_TEXT ||
					      t->parts[0].kind == PART_FIELDS));
}

struct str
template_value(const struct template *t, const struct values *v)
{
	return t->n ? part_value(&t->parts[0], v) : STR_NULL;
}
