/* SPDX-License-Identifier: MIT */
/*
 * From JSON to rules.  Everything that can be wrong with a rule is found
 * here, with the file's and the rule's name: unknown keys (they would be
 * misspelt conditions, silently ignored), patterns that do not compile,
 * placeholders that name nothing, priors beyond 0–1.  Files may hold other
 * things beside "rules" (formats); they are somebody else's.
 */
#include <errno.h>

#include "internal.h"
#include "recount/file.h"

struct loader {
	const char *path; /* for messages */
	const char *rule; /* name, or "rule 3" */
	struct reterr *err;
	const struct strings *others; /* not-identifier of the file */
};

static int
fail(const struct loader *l, const char *what, const char *key)
{
	return reterr_set(l->err, EINVAL, "%s: %s: %s%s%s", l->path, l->rule,
	    what, key ? " " : "", key ? key : "");
}

void
string_list_add(struct strings *l, struct str s)
{
	l->v = xreallocarray(l->v, l->n + 1, sizeof(*l->v));
	l->v[l->n++] = str_dup(s);
}

void
string_list_free(struct strings *l)
{
	for (size_t i = 0; i < l->n; i++)
		xfree(l->v[i]);
	xfree(l->v);
	*l = (struct strings){NULL, 0};
}

bool
strings_has(const struct strings *l, struct str s)
{
	for (size_t i = 0; i < l->n; i++)
		if (str_eq(str_of(l->v[i]), s))
			return true;
	return false;
}

/* ---- values ---- */

/* *ret is NULL when there is no such key; borrows from o. */
static int
get_string(
    const struct loader *l, const json_t *o, const char *key, const char **ret)
{
	const json_t *v = json_object_get(o, key);

	if (v && (!json_is_string(v) || json_string_length(v) == 0 ||
		     json_string_length(v) > RULE_TEXT_BYTES_MAX))
		return fail(l, "not a string of usual length:", key);
	*ret = json_string_value(v);
	return 0;
}

static int
need_string(
    const struct loader *l, const json_t *o, const char *key, const char **ret)
{
	int r = get_string(l, o, key, ret);

	if (r == 0 && !*ret)
		return fail(l, "there must be a", key);
	return r;
}

static int
get_strings(const struct loader *l, const json_t *o, const char *key,
    struct strings *ret)
{
	const json_t *list = json_object_get(o, key);

	if (!list)
		return 0;
	if (!json_is_array(list) || json_array_size(list) == 0 ||
	    json_array_size(list) > RULE_LIST_MAX)
		return fail(l, "not a list of strings:", key);
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *v = json_array_get(list, i);

		if (!json_is_string(v) || json_string_length(v) == 0 ||
		    json_string_length(v) > RULE_TEXT_BYTES_MAX)
			return fail(l, "not a list of strings:", key);
		string_list_add(ret, str_of(json_string_value(v)));
	}
	return 0;
}

static int
check_keys(const struct loader *l, const json_t *o, const char *const *known)
{
	const char *key;
	json_t *v;

	json_object_foreach((json_t *)o, key, v)
	{
		const char *const *k = known;

		while (*k && strcmp(*k, key) != 0)
			k++;
		if (!*k)
			return fail(l, "unknown key", key);
	}
	return 0;
}

static int
kind_named(struct str name)
{
	for (int k = 0; k < EVENT_KIND_COUNT; k++)
		if (str_eq(str_of(event_kind_name(k)), name))
			return k;
	return -1;
}

static int
get_severity(const struct loader *l, const json_t *o, const char *key, int *ret)
{
	const char *s;
	int r = get_string(l, o, key, &s);

	if (r < 0 || !s)
		return r;
	*ret = severity_parse(str_of(s));
	return *ret == SEVERITY_NONE ? fail(l, "no severity:", key) : 0;
}

/* ---- parts of a rule ---- */

static int
get_identity(const struct loader *l, const json_t *o, struct rule_def *def)
{
	const json_t *prior = json_object_get(o, "prior");
	const char *kind, *class, *why, *unit;
	int c = RULE_ROUTINE;

	if (need_string(l, o, "kind", &kind) < 0 ||
	    need_string(l, o, "class", &class) < 0 ||
	    need_string(l, o, "why", &why) < 0 ||
	    get_string(l, o, "unit", &unit) < 0)
		return -EINVAL;
	while (c <= RULE_NOTICE && strcmp(rule_class_name(c), class) != 0)
		c++;
	if (c > RULE_NOTICE)
		return fail(l, "unknown class", class);
	def->rule.class = (enum rule_class)c;
	def->rule.kind = xstrdup(kind);
	def->why = xstrdup(why);
	def->unit = xstrdup(unit);
	if (prior && !json_is_number(prior))
		return fail(l, "not a number:", "prior");
	def->rule.prior = json_number_value(prior);
	if (def->rule.prior < 0 || def->rule.prior > 1)
		return fail(l, "not within 0 and 1:", "prior");
	return 0;
}

static int
get_conditions(const struct loader *l, const json_t *o, struct rule_def *def)
{
	CLEANUP(string_list_free) struct strings names = {NULL, 0};
	CLEANUP(string_list_free) struct strings kinds = {NULL, 0};

	if (get_strings(l, o, "message-id", &def->message_ids) < 0 ||
	    get_strings(l, o, "identifier", &names) < 0 ||
	    get_strings(l, o, "not-identifier", &def->others) < 0 ||
	    get_strings(l, o, "kinds", &kinds) < 0 ||
	    get_severity(l, o, "max-severity", &def->max_severity) < 0)
		return -EINVAL;
	for (size_t i = 0; i < def->message_ids.n; i++) {
		if (strlen(def->message_ids.v[i]) != 32 ||
		    strspn(def->message_ids.v[i], "0123456789abcdef") != 32)
			return fail(l, "not 32 hex digits: message-id",
			    def->message_ids.v[i]);
	}
	for (size_t i = 0; i < names.n; i++)
		string_list_add(
		    strchr(names.v[i], '*') ? &def->globs : &def->identifiers,
		    str_of(names.v[i]));
	for (size_t i = 0; i < l->others->n; i++)
		string_list_add(&def->others, str_of(l->others->v[i]));
	for (size_t i = 0; i < kinds.n; i++) {
		int kind = kind_named(str_of(kinds.v[i]));

		if (kind < 0)
			return fail(l, "unknown kind of event", kinds.v[i]);
		def->kinds |= 1U << kind;
	}
	return 0;
}

static int
get_pattern(const struct loader *l, const json_t *o, struct rule_def *def)
{
	const char *pattern;
	PCRE2_SIZE at;
	int code;

	if (get_string(l, o, "pattern", &pattern) < 0)
		return -EINVAL;
	if (!pattern)
		return 0;
	def->code = pcre2_compile((PCRE2_SPTR)pattern, strlen(pattern),
	    PCRE2_DUPNAMES | PCRE2_NEVER_UTF | PCRE2_NEVER_BACKSLASH_C, &code,
	    &at, NULL);
	if (!def->code) {
		char text[160];

		pcre2_get_error_message(
		    code, (PCRE2_UCHAR *)text, sizeof(text));
		return reterr_set(l->err, EINVAL,
		    "%s: %s: pattern, byte %zu: %s", l->path, l->rule,
		    (size_t)at, text);
	}
	/* Where there is no JIT (W^X policies) the interpreter does. */
	pcre2_jit_compile(def->code, PCRE2_JIT_COMPLETE);
	literals_of(str_of(pattern), &def->literals);
	return 0;
}

static int
get_template(const struct loader *l, const json_t *o, struct rule_def *def,
    const char *key, const char *otherwise, struct template *ret)
{
	struct reterr why = {""};
	const char *text;

	if (get_string(l, o, key, &text) < 0)
		return -EINVAL;
	if (!text)
		text = otherwise;
	if (!text)
		return 0;
	if (template_compile(text, def->code, ret, &why) < 0)
		return reterr_set(l->err, EINVAL, "%s: %s: %s: %s", l->path,
		    l->rule, key, why.text);
	if (ret != &def->text && !template_is_value(ret))
		return fail(l, "must be one {placeholder} or plain:", key);
	return 0;
}

static int
get_sample(const struct loader *l, const json_t *o, struct sample *ret)
{
	static const char *const known[] = {"not", "kind", "severity",
	    "identifier", "unit", "message-id", "host", "upstream", "message",
	    "text", NULL};
	struct {
		const char *key;
		char **to;
	} strings[] = {
	    {"identifier", &ret->identifier},
	    {"unit", &ret->unit},
	    {"message-id", &ret->message_id},
	    {"host", &ret->host},
	    {"upstream", &ret->upstream},
	    {"message", &ret->message},
	    {"text", &ret->text},
	};
	const char *s;

	if (!json_is_object(o))
		return fail(l, "a sample is not an object", NULL);
	if (check_keys(l, o, known) < 0)
		return -EINVAL;
	for (size_t i = 0; i < ARRAY_SIZE(strings); i++) {
		if (get_string(l, o, strings[i].key, &s) < 0)
			return -EINVAL;
		*strings[i].to = xstrdup(s);
	}
	if (!ret->message)
		return fail(l, "a sample without", "message");
	ret->not = json_is_true(json_object_get(o, "not"));
	ret->severity = SEVERITY_NONE;
	ret->kind = EVENT_JOURNAL;
	if (get_severity(l, o, "severity", &ret->severity) < 0 ||
	    get_string(l, o, "kind", &s) < 0)
		return -EINVAL;
	if (s) {
		int kind = kind_named(str_of(s));

		if (kind < 0)
			return fail(l, "unknown kind of event", s);
		ret->kind = (enum event_kind)kind;
	}
	return 0;
}

static int
get_samples(const struct loader *l, const json_t *o, struct rule_def *def)
{
	const json_t *list = json_object_get(o, "samples");

	if (list &&
	    (!json_is_array(list) || json_array_size(list) > RULE_LIST_MAX))
		return fail(l, "not a list:", "samples");
	for (size_t i = 0; i < json_array_size(list); i++) {
		def->samples = xreallocarray(
		    def->samples, def->n_samples + 1, sizeof(*def->samples));
		def->samples[def->n_samples] = (struct sample){0};
		def->n_samples++;
		if (get_sample(l, json_array_get(list, i),
			&def->samples[def->n_samples - 1]) < 0)
			return -EINVAL;
	}
	return 0;
}

/* ---- rules ---- */

static void
sample_free(struct sample *s)
{
	xfree(s->identifier);
	xfree(s->unit);
	xfree(s->message_id);
	xfree(s->host);
	xfree(s->upstream);
	xfree(s->message);
	xfree(s->text);
}

static void
rule_def_free(struct rule_def *def)
{
	if (!def)
		return;
	xfree((char *)def->rule.name);
	xfree((char *)def->rule.kind);
	xfree(def->why);
	string_list_free(&def->message_ids);
	string_list_free(&def->identifiers);
	string_list_free(&def->globs);
	string_list_free(&def->others);
	string_list_free(&def->literals);
	xfree(def->unit);
	pcre2_code_free(def->code);
	template_free(&def->text);
	template_free(&def->subject);
	template_free(&def->actor);
	for (size_t i = 0; i < def->n_samples; i++)
		sample_free(&def->samples[i]);
	xfree(def->samples);
	xfree(def);
}
DEFINE_CLEANUP(struct rule_def *, rule_def_free)

void
rule_list_free(struct rule_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		rule_def_free(l->v[i]);
	xfree(l->v);
	*l = (struct rule_list){NULL, 0};
}

/* Without a pattern of its own a name would match any message. */
static bool
says_nothing(const struct rule_def *def)
{
	return !def->code && !def->message_ids.n && !def->identifiers.n &&
	       !def->globs.n && !def->unit &&
	       def->max_severity == SEVERITY_NONE;
}

static int
read_rule(struct loader *l, const json_t *o, struct rule_def **ret)
{
	static const char *const known[] = {"name", "message-id", "identifier",
	    "not-identifier", "unit", "kinds", "pattern", "max-severity",
	    "kind", "class", "prior", "text", "subject", "actor", "why",
	    "samples", NULL};
	CLEANUP(rule_def_free) struct rule_def *def = xcalloc(1, sizeof(*def));
	const char *name;

	def->max_severity = SEVERITY_NONE;
	if (!json_is_object(o))
		return fail(l, "not an object", NULL);
	if (need_string(l, o, "name", &name) < 0)
		return -EINVAL;
	l->rule = name;
	def->rule.name = xstrdup(name);
	if (check_keys(l, o, known) < 0 || get_identity(l, o, def) < 0 ||
	    get_conditions(l, o, def) < 0 || get_pattern(l, o, def) < 0 ||
	    get_template(l, o, def, "text", "{body}", &def->text) < 0 ||
	    get_template(l, o, def, "subject", NULL, &def->subject) < 0 ||
	    get_template(l, o, def, "actor", NULL, &def->actor) < 0 ||
	    get_samples(l, o, def) < 0)
		return -EINVAL;
	if (says_nothing(def))
		return fail(l, "no condition at all", NULL);
	*ret = STEAL(def);
	return 0;
}

static int
read_rules(const json_t *top, const char *path, struct rule_list *list,
    struct reterr *err)
{
	const json_t *rules = json_object_get(top, "rules");
	CLEANUP(string_list_free) struct strings others = {NULL, 0};
	struct loader l = {path, "rules", err, &others};

	if (!json_is_object(top))
		return fail(&l, "the file does not hold an object", NULL);
	if (rules && !json_is_array(rules))
		return fail(&l, "not a list", NULL);
	if (get_strings(&l, top, "not-identifier", &others) < 0)
		return -EINVAL;
	for (size_t i = 0; i < json_array_size(rules); i++) {
		struct rule_def *def = NULL;
		char number[32];
		int r;

		if (list->n >= RULES_MAX)
			return fail(&l, "too many", NULL);
		snprintf(number, sizeof(number), "rule %zu", i + 1);
		l.rule = number;
		r = read_rule(&l, json_array_get(rules, i), &def);
		if (r < 0)
			return r;
		list->v = xreallocarray(list->v, list->n + 1, sizeof(*list->v));
		list->v[list->n++] = def;
	}
	return 0;
}

int
rules_read_text(struct str text, const char *path, struct rule_list *list,
    struct reterr *err)
{
	json_error_t why;
	json_t *top = json_loadb(
	    text.p ? text.p : "", text.n, JSON_REJECT_DUPLICATES, &why);
	int r;

	if (!top)
		return reterr_set(
		    err, EINVAL, "%s:%d: %s", path, why.line, why.text);
	r = read_rules(top, path, list, err);
	json_decref(top);
	return r;
}

int
rules_read_file(const char *path, struct rule_list *list, struct reterr *err)
{
	CLEANUP(buf_free) struct buf text = BUF_INIT;
	int r = file_read(path, RULE_FILE_BYTES_MAX, &text, err);

	return r < 0 ? r : rules_read_text(buf_str(&text), path, list, err);
}
