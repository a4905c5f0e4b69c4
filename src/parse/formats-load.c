/* SPDX-License-Identifier: MIT */
/*
 * Formats as data: the list "formats" of a .json file.  A format is an object:
 *
 *   name      what --format and the configuration call it
 *   kind      "access", "app", "syslog", …; "app" unless said
 * and one of
 *   log_format  nginx's own text (kind is "access" then)
 *   pattern     PCRE2 with groups named after fields (custom.h)
 *   members     an object: field -> where it stands in a JSON object per line
 *   like        a built-in format of multi-line entries that reads it; pattern
 *               only says which lines are of this one
 * and, if need be,
 *   start       PCRE2: lines that begin an entry; others continue it
 *   zone        of times without one, instead of the source's
 *   duration    what numbers in durations count: "s" (default), "ms", "us",
 *               "ns"
 *   identifier  with like: of entries that name none
 *   samples     lines and what must be read from them: {"line": …, "status":
 *               "200", …}, or {"line": …, "not": true}
 *   about, why  for people
 *
 *
 * Other keys are refused, since they would be misspelt ones.  A file with one
 * broken format adds nothing.
 */
#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "custom.h"
#include "recount/file.h"

#define FILE_BYTES_MAX ((size_t)4 * 1024 * 1024)
#define MATCH_LIMIT 200000 /* PCRE2's own unit of work */

struct loader {
	const char *path; /* for messages */
	const char *name;
	struct str text; /* of the file */
	size_t index;    /* of the format in it */
	const struct parsers *ps;
	struct reterr *err;
};

static int
fail(const struct loader *l, const char *what, const char *which)
{
	return reterr_set(l->err, EINVAL, "%s:%u: format %s: %s%s%s", l->path,
	    text_line_of_format(l->text, l->index, -1), l->name, what,
	    which ? " " : "", which ? which : "");
}

static const char *
text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static int
compile(struct loader *l, const char *text, pcre2_code **ret,
    pcre2_match_data **ret_data)
{
	PCRE2_UCHAR why[128];
	PCRE2_SIZE at;
	int code;

	if (strlen(text) > CUSTOM_PATTERN_MAX)
		return fail(l, "its pattern is too long", NULL);
	*ret = pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED,
	    PCRE2_NEVER_UTF | PCRE2_NEVER_BACKSLASH_C, &code, &at, NULL);
	if (*ret == NULL) {
		pcre2_get_error_message(code, why, sizeof(why));
		return fail(l, "its pattern is wrong:", (const char *)why);
	}
	/* Where the kernel forbids it (systemd's MemoryDenyWriteExecute) the
	 * interpreter does. */
	pcre2_jit_compile(*ret, PCRE2_JIT_COMPLETE);
	*ret_data = pcre2_match_data_create_from_pattern(*ret, NULL);
	if (*ret_data == NULL)
		abort();
	return 0;
}

static int
read_groups(struct loader *l, struct custom *c)
{
	PCRE2_SPTR names;
	uint32_t count, size;
	bool time = false;

	pcre2_pattern_info(c->pattern, PCRE2_INFO_CAPTURECOUNT, &c->n_groups);
	pcre2_pattern_info(c->pattern, PCRE2_INFO_NAMECOUNT, &count);
	pcre2_pattern_info(c->pattern, PCRE2_INFO_NAMEENTRYSIZE, &size);
	pcre2_pattern_info(c->pattern, PCRE2_INFO_NAMETABLE, &names);
	c->fields = xcalloc(c->n_groups + 1, 1);
	for (uint32_t i = 0; i < count; i++, names += size) {
		const char *name = (const char *)names + 2;
		unsigned group = (unsigned)names[0] << 8 | names[1];
		enum custom_field field = custom_field_find(str_of(name));

		if (field == CUSTOM_NONE)
			return fail(l, "there is no field", name);
		c->fields[group] = (uint8_t)field;
		time |= field == CUSTOM_TIME;
	}
	return time ? 0 : fail(l, "its pattern has no group 'time'", NULL);
}

static int
read_members(struct loader *l, json_t *members, struct custom *c)
{
	const char *key;
	json_t *value;

	json_object_foreach(members, key, value)
	{
		enum custom_field field = custom_field_find(str_of(key));

		if (field == CUSTOM_NONE)
			return fail(l, "there is no field", key);
		if (!json_is_string(value))
			return fail(l, "not a text:", key);
		xfree(c->members[field]);
		c->members[field] = xstrdup(json_string_value(value));
	}
	return c->members[CUSTOM_TIME] ? 0
				       : fail(l, "no member is 'time'", NULL);
}

static int
read_options(struct loader *l, json_t *def, struct custom *c)
{
	static const struct {
		const char *name;
		int64_t ns;
	} units[] = {
	    {"s", 1000000000}, {"ms", 1000000}, {"us", 1000}, {"ns", 1}};
	const char *start = text_of(def, "start");
	const char *unit = text_of(def, "duration");
	const char *zone = text_of(def, "zone");
	int r;

	c->duration_ns = units[0].ns;
	for (size_t i = 0; unit && i < ARRAY_SIZE(units); i++)
		if (strcmp(units[i].name, unit) == 0) {
			c->duration_ns = units[i].ns;
			unit = NULL;
		}
	if (unit)
		return fail(l, "there is no unit", unit);
	if (zone && zone_find(str_of(zone), &c->zone) < 0)
		return fail(l, "there is no time zone", zone);
	if (start) {
		r = compile(l, start, &c->start, &c->start_groups);
		if (r < 0)
			return r;
	}
	c->limits = pcre2_match_context_create(NULL);
	if (c->limits == NULL)
		abort();
	pcre2_set_match_limit(c->limits, MATCH_LIMIT);
	return 0;
}

static int
read_kind(struct loader *l, const char *name, enum event_kind *ret)
{
	*ret = EVENT_APP;
	if (!name)
		return 0;
	for (int k = 0; k < EVENT_KIND_COUNT; k++)
		if (strcmp(event_kind_name((enum event_kind)k), name) == 0 &&
		    k != EVENT_JOURNAL && k != EVENT_ALERT && k != EVENT_MARK) {
			*ret = (enum event_kind)k;
			return 0;
		}
	return fail(l, "there is no kind", name);
}

static int
check_keys(struct loader *l, json_t *def)
{
	static const char *const known[] = {"name", "kind", "log_format",
	    "pattern", "members", "start", "zone", "duration", "samples",
	    "about", "why", "like", "identifier"};
	const char *key;
	json_t *value;

	json_object_foreach(def, key, value)
	{
		bool is = false;

		for (size_t i = 0; i < ARRAY_SIZE(known); i++)
			is |= strcmp(known[i], key) == 0;
		if (!is)
			return fail(l, "unknown key", key);
	}
	return 0;
}

static int
read_like(
    struct loader *l, json_t *def, const char *pattern, struct parser *model)
{
	CLEANUP(custom_free) struct custom *c = xcalloc(1, sizeof(*c));
	const char *identifier = text_of(def, "identifier");
	int r;

	c->like = parsers_find(l->ps, str_of(text_of(def, "like")));
	if (c->like == NULL || c->like->starts == NULL || c->like->custom)
		return fail(l, "no built-in format of entries is called",
		    text_of(def, "like"));
	if (!pattern)
		return fail(l, "needs a pattern", NULL);
	r = compile(l, pattern, &c->pattern, &c->groups);
	if (r == 0)
		r = read_options(l, def, c);
	if (r < 0)
		return r;
	c->identifier = xstrdup(identifier);
	model->kind = c->like->kind;
	model->parse = like_parse;
	model->starts = like_starts;
	model->custom = STEAL(c);
	return 0;
}

static int
read_custom(struct loader *l, json_t *def, struct parser *model)
{
	CLEANUP(custom_free) struct custom *c = xcalloc(1, sizeof(*c));
	json_t *members = json_object_get(def, "members");
	const char *pattern = text_of(def, "pattern");
	int r;

	if (text_of(def, "like"))
		return read_like(l, def, pattern, model);
	r = read_kind(l, text_of(def, "kind"), &model->kind);
	if (r < 0)
		return r;
	if (pattern) {
		r = compile(l, pattern, &c->pattern, &c->groups);
		if (r == 0)
			r = read_groups(l, c);
	} else if (json_is_object(members)) {
		r = read_members(l, members, c);
	} else {
		r = fail(l, "needs one of log_format, pattern, members", NULL);
	}
	if (r == 0)
		r = read_options(l, def, c);
	if (r < 0)
		return r;
	model->parse = custom_parse;
	model->starts = c->start ? custom_starts : NULL;
	model->custom = STEAL(c);
	return 0;
}

static void
keep_samples(const struct loader *l, json_t *samples, struct parser *model)
{
	size_t n = json_array_size(samples);

	model->samples = json_incref(samples);
	model->file = xstrdup(l->path);
	model->sample_lines = xcalloc(n + 1, sizeof(*model->sample_lines));
	for (size_t i = 0; i < n; i++)
		model->sample_lines[i] =
		    text_line_of_format(l->text, l->index, (ptrdiff_t)i);
}

static int
read_format(struct loader *l, json_t *def, struct parser *model)
{
	struct reterr why;
	const char *text;
	int r;

	l->name = "without a name";
	if (!json_is_object(def) || !text_of(def, "name"))
		return fail(l, "is not an object with a name", NULL);
	l->name = text_of(def, "name");
	r = check_keys(l, def);
	if (r < 0)
		return r;
	model->name = (char *)l->name;
	text = text_of(def, "log_format");
	if (!text) {
		r = read_custom(l, def, model);
	} else {
		model->kind = EVENT_ACCESS;
		model->parse = access_parse;
		r = log_format_compile(str_of(text), &model->format, &why);
		if (r < 0)
			return fail(l, why.text, NULL);
	}
	if (r == 0)
		keep_samples(l, json_object_get(def, "samples"), model);
	return r;
}

static int
load_text(
    struct parsers *ps, struct str text, const char *path, struct reterr *err)
{
	struct loader l = {.path = path, .text = text, .ps = ps, .err = err};
	json_error_t why;
	json_t *top = json_loadb(text.p ? text.p : "", text.n, 0, &why);
	json_t *list = json_object_get(top, "formats");
	size_t n = json_array_size(list), done = 0;
	struct parser *models = xcalloc(n + 1, sizeof(*models));
	int r = 0;

	if (!top)
		r = reterr_set(
		    err, EINVAL, "%s:%d: %s", path, why.line, why.text);
	while (r == 0 && done < n) {
		l.index = done;
		r = read_format(&l, json_array_get(list, done), &models[done]);
		done++;
	}
	for (size_t i = 0; i < done; i++) {
		if (r == 0)
			r = parsers_add(ps, &models[i], err);
		if (r < 0)
			parser_release(&models[i]);
	}
	xfree(models);
	json_decref(top);
	return r;
}

static int
load_file(struct parsers *ps, const char *path, struct reterr *err)
{
	CLEANUP(buf_free) struct buf text = BUF_INIT;
	int r = file_read(path, FILE_BYTES_MAX, &text, err);

	return r < 0 ? r : load_text(ps, buf_str(&text), path, err);
}

static int
is_json(const struct dirent *e)
{
	return e->d_name[0] != '.' && str_ends(str_of(e->d_name), STR(".json"));
}

int
parsers_load(struct parsers *ps, const char *path, struct reterr *err)
{
	struct dirent **list;
	struct stat st;
	int n, r = 0;

	if (stat(path, &st) < 0)
		return reterr_set(err, errno, "%s: %s", path, strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return load_file(ps, path, err);
	n = scandir(path, &list, is_json, alphasort);
	if (n < 0)
		return reterr_set(err, errno, "%s: %s", path, strerror(errno));
	for (int i = 0; i < n; i++) {
		CLEANUP(xfree)
		char *file = xasprintf("%s/%s", path, list[i]->d_name);

		if (r == 0)
			r = load_file(ps, file, err);
		free(list[i]);
	}
	free(list);
	return r;
}
