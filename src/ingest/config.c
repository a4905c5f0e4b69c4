/* SPDX-License-Identifier: MIT */
/*
 * Reading recountd.conf.
 *
 * A line is a [section], a key = value, a comment, or empty; a backslash at
 * its end joins the next one.  Each key is a row of one table that says in
 * which section it may stand and what to do with its value, so an unknown key
 * is an error, with the nearest known one as a hint: a misspelt "max-age" that
 * is passed over fills a disk months later.
 *
 * A source section ([nginx "shop"]) collects its values and becomes files to
 * follow when it ends, because its host and time zone may stand below its
 * paths.
 */
#include "recount/config.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "config-internal.h"
#include "recount/parse.h"

#define LINE_MAX_BYTES ((size_t)64 * 1024)

enum section {
	SECTION_NONE,
	SECTION_STORE,
	SECTION_SLO,
	SECTION_JOURNAL,
	SECTION_NGINX,
	SECTION_SYSLOG,
	SECTION_LOG,
	SECTION_COUNT,
};

static const char *const section_names[SECTION_COUNT] = {
    [SECTION_NONE] = "",
    [SECTION_STORE] = "store",
    [SECTION_SLO] = "slo",
    [SECTION_JOURNAL] = "journal",
    [SECTION_NGINX] = "nginx",
    [SECTION_SYSLOG] = "syslog",
    [SECTION_LOG] = "log",
};

/* Values of a source section, until it ends. */
struct gathered {
	char *access_log, *error_log, *path, *format;
	char *service, *host, *directory;
	const struct zone *zone;
	bool disabled;
	unsigned access_line, error_line, path_line;
};

struct loading {
	struct config *config;
	const struct parsers *parsers;
	const char *file;
	unsigned line; /* of the key, from 1 */
	enum section section;
	unsigned section_line;
	struct gathered g;
	struct reterr *err;
	bool sources; /* some section names sources */
};

static int
wrong(struct loading *l, const char *format, ...)
{
	CLEANUP(buf_free) struct buf text = BUF_INIT;
	va_list args;

	va_start(args, format);
	buf_addv(&text, format, args);
	va_end(args);
	return reterr_set(
	    l->err, EINVAL, "%s:%u: %s", l->file, l->line, text.p);
}

/* ---- values ---- */

int
config_size_parse(struct str text, int64_t *ret)
{
	static const char units[] = "KMGT";
	struct str digits = text;
	uint64_t n, factor = 1;

	if (digits.n &&
	    (digits.p[digits.n - 1] == 'B' || digits.p[digits.n - 1] == 'b'))
		digits.n--;
	if (digits.n) {
		char last = digits.p[digits.n - 1];
		const char *unit =
		    strchr(units, last >= 'a' ? last - 'a' + 'A' : last);

		if (unit && *unit) {
			digits.n--;
			factor = (uint64_t)1 << (10 * (unit - units + 1));
		}
	}
	if (!str_to_u64(str_trim(digits), &n) ||
	    n > (uint64_t)INT64_MAX / factor)
		return -EINVAL;
	*ret = (int64_t)(n * factor);
	return 0;
}

static int
set_text(struct loading *l, struct str value, char **place)
{
	if (!value.n)
		return wrong(l, "the value is empty");
	xfree(*place);
	*place = str_dup(value);
	return 0;
}

static int
set_path(struct loading *l, struct str value, char **place)
{
	if (value.n && value.p[0] != '/')
		return wrong(
		    l, "'%.*s' is not an absolute path", STR_ARG(value));
	return set_text(l, value, place);
}

static int
set_span(struct loading *l, struct str value, usec_t *place)
{
	if (span_parse(value, place) < 0 || *place < 0)
		return wrong(l, "'%.*s' is no time span; try 30d, 12h or 1s",
		    STR_ARG(value));
	return 0;
}

static int
set_enabled(struct loading *l, struct str value)
{
	static const struct {
		struct str word;
		bool yes;
	} words[] = {
	    {STR("yes"), true},
	    {STR("true"), true},
	    {STR("on"), true},
	    {STR("1"), true},
	    {STR("no"), false},
	    {STR("false"), false},
	    {STR("off"), false},
	    {STR("0"), false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (str_eq(words[i].word, value)) {
			l->g.disabled = !words[i].yes;
			return 0;
		}
	return wrong(l, "'%.*s' is neither yes nor no", STR_ARG(value));
}

/* ---- keys ---- */

static int
key_store_path(struct loading *l, struct str v)
{
	return set_path(l, v, &l->config->store_path);
}

static int
key_max_age(struct loading *l, struct str v)
{
	return set_span(l, v, &l->config->max_age);
}

static int
key_max_size(struct loading *l, struct str v)
{
	if (config_size_parse(v, &l->config->max_size) < 0)
		return wrong(
		    l, "'%.*s' is no size; try 10G or 512M", STR_ARG(v));
	return 0;
}

static int
key_commit_interval(struct loading *l, struct str v)
{
	int r = set_span(l, v, &l->config->commit_interval);

	if (r == 0 && (l->config->commit_interval < 10 * USEC_PER_MSEC ||
			  l->config->commit_interval > USEC_PER_HOUR))
		return wrong(l, "must be between 10ms and 1h");
	return r;
}

static int
key_directory(struct loading *l, struct str v)
{
	return set_path(l, v, &l->g.directory);
}

static int
key_access_log(struct loading *l, struct str v)
{
	l->g.access_line = l->line;
	return set_path(l, v, &l->g.access_log);
}

static int
key_error_log(struct loading *l, struct str v)
{
	l->g.error_line = l->line;
	return set_path(l, v, &l->g.error_log);
}

static int
key_path(struct loading *l, struct str v)
{
	l->g.path_line = l->line;
	return set_path(l, v, &l->g.path);
}

/* A format that does not exist would be noticed only in the store. */
static int
key_format(struct loading *l, struct str v)
{
	CLEANUP(parsers_free) struct parsers *ps = parsers_new();
	const struct parser *p;
	struct reterr err = {""};

	xfree(STEAL(l->g.format));
	if (str_eq(v, STR("auto")))
		return 0;
	if (str_chr(v, '$') >= 0) {
		if (parsers_add_log_format(ps, "log-format", v, &err, &p) < 0)
			return wrong(l, "log-format: %s", err.text);
	} else if (!parsers_find(l->parsers, v)) {
		return wrong(l,
		    "log-format: '%.*s' is neither the name of a "
		    "format ('recount parsers list') nor one with "
		    "$variables",
		    STR_ARG(v));
	}
	return set_text(l, v, &l->g.format);
}

static int
key_service(struct loading *l, struct str v)
{
	return set_text(l, v, &l->g.service);
}

static int
key_host(struct loading *l, struct str v)
{
	return set_text(l, v, &l->g.host);
}

static int
key_timezone(struct loading *l, struct str v)
{
	if (zone_find(v, &l->g.zone) < 0)
		return wrong(l, "there is no time zone '%.*s'", STR_ARG(v));
	return 0;
}

static struct config_slo *
last_slo(struct loading *l)
{
	return &l->config->slos[l->config->n_slos - 1];
}

static int
key_match(struct loading *l, struct str v)
{
	return set_text(l, v, &last_slo(l)->match);
}

static int
key_objective(struct loading *l, struct str v)
{
	if (config_percent_parse(v, &last_slo(l)->objective) < 0)
		return wrong(l,
		    "'%.*s' is no objective; try 99.9 (percent, below 100)",
		    STR_ARG(v));
	return 0;
}

static int
key_period(struct loading *l, struct str v)
{
	int r = set_span(l, v, &last_slo(l)->period);

	if (r == 0 && last_slo(l)->period < USEC_PER_MIN)
		return wrong(l, "must be 1min or more");
	return r;
}

#define IN(section) (1u << SECTION_##section)
#define IN_FILES (IN(NGINX) | IN(SYSLOG) | IN(LOG))

static const struct key {
	const char *name;
	unsigned sections;
	int (*set)(struct loading *l, struct str value);
} keys[] = {
    {"path", IN(STORE), key_store_path},
    {"max-age", IN(STORE), key_max_age},
    {"max-size", IN(STORE), key_max_size},
    {"commit-interval", IN(STORE), key_commit_interval},
    {"match", IN(SLO), key_match},
    {"objective", IN(SLO), key_objective},
    {"period", IN(SLO), key_period},
    {"enabled", IN(JOURNAL) | IN_FILES, set_enabled},
    {"directory", IN(JOURNAL), key_directory},
    {"access-log", IN(NGINX), key_access_log},
    {"error-log", IN(NGINX), key_error_log},
    {"log-format", IN(NGINX), key_format},
    {"path", IN(SYSLOG) | IN(LOG), key_path},
    {"format", IN(LOG), key_format},
    {"service", IN_FILES, key_service},
    {"host", IN(JOURNAL) | IN_FILES, key_host},
    {"timezone", IN_FILES, key_timezone},
};

static int
unknown_key(struct loading *l, struct str name)
{
	struct nearest near = {.word = name, .far = 1 + name.n / 2};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (keys[i].sections & (1u << l->section))
			nearest_try(&near, keys[i].name);
	if (!near.name)
		return wrong(l, "[%s] has no key '%.*s'",
		    section_names[l->section], STR_ARG(name));
	return wrong(l, "[%s] has no key '%.*s'; did you mean '%s'?",
	    section_names[l->section], STR_ARG(name), near.name);
}

static struct str
unquoted(struct str s)
{
	if (s.n >= 2 && (s.p[0] == '\'' || s.p[0] == '"') &&
	    s.p[s.n - 1] == s.p[0])
		return str_sub(s, 1, s.n - 2);
	return s;
}

static int
read_key(struct loading *l, struct str text)
{
	struct str name, value = str_cut(text, '=', &name);

	name = str_trim(name);
	if (!value.p)
		return wrong(l, "'%.*s' is neither a [section] nor key = value",
		    STR_ARG(name));
	value = unquoted(str_trim(value));
	if (l->section == SECTION_NONE)
		return wrong(l, "'%.*s' stands before the first [section]",
		    STR_ARG(name));
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if ((keys[i].sections & (1u << l->section)) &&
		    str_eq(str_of(keys[i].name), name))
			return keys[i].set(l, value);
	return unknown_key(l, name);
}

/* ---- sections ---- */

struct config_file *
config_add_file(struct config *c, enum config_kind kind, const char *path)
{
	struct config_file *f;

	c->files = xreallocarray(c->files, c->n_files + 1, sizeof(*c->files));
	f = &c->files[c->n_files++];
	*f = (struct config_file){.kind = kind, .path = xstrdup(path)};
	return f;
}

struct config_journal *
config_add_journal(struct config *c, const char *directory)
{
	struct config_journal *j;

	c->journals =
	    xreallocarray(c->journals, c->n_journals + 1, sizeof(*c->journals));
	j = &c->journals[c->n_journals++];
	*j = (struct config_journal){.directory = xstrdup(directory)};
	return j;
}

static void
add_gathered(
    struct loading *l, enum config_kind kind, const char *path, unsigned line)
{
	struct gathered *g = &l->g;
	struct config_file *f;

	if (!path)
		return;
	f = config_add_file(l->config, kind, path);
	f->service = xstrdup(g->service);
	f->host = xstrdup(g->host);
	f->zone = g->zone;
	if (kind != CONFIG_ERROR)
		f->format = xstrdup(g->format);
	f->where = xasprintf("%s:%u", l->file, line);
}

static void
gathered_reset(struct gathered *g)
{
	xfree(g->access_log);
	xfree(g->error_log);
	xfree(g->path);
	xfree(g->format);
	xfree(g->service);
	xfree(g->host);
	xfree(g->directory);
	*g = (struct gathered){0};
}

/* What was gathered becomes sources. */
static int
end_section(struct loading *l)
{
	struct gathered *g = &l->g;
	bool wants_path =
	    l->section == SECTION_SYSLOG || l->section == SECTION_LOG;
	unsigned line = l->line;

	l->line = l->section_line;
	if (l->section == SECTION_NGINX && !g->access_log && !g->error_log)
		return wrong(l, "[nginx] needs access-log or error-log");
	if (wants_path && !g->path)
		return wrong(l, "[%s] needs a path", section_names[l->section]);
	if (l->section == SECTION_SLO && last_slo(l)->objective == 0)
		return wrong(l, "[slo] needs an objective");
	l->line = line;
	if (l->section > SECTION_SLO)
		l->sources = true;
	if (l->section == SECTION_JOURNAL && !g->disabled) {
		struct config_journal *j =
		    config_add_journal(l->config, g->directory);

		j->host = xstrdup(g->host);
		j->where = xasprintf("%s:%u", l->file, l->section_line);
	}
	if (!g->disabled) {
		add_gathered(l, CONFIG_ACCESS, g->access_log, g->access_line);
		add_gathered(l, CONFIG_ERROR, g->error_log, g->error_line);
		add_gathered(l,
		    l->section == SECTION_SYSLOG ? CONFIG_SYSLOG : CONFIG_LOG,
		    g->path, g->path_line);
	}
	gathered_reset(g);
	return 0;
}

static int
begin_slo(struct loading *l, struct str title)
{
	title = unquoted(str_trim(title));
	if (!title.n)
		return wrong(l, "[slo] needs a name: [slo \"checkout\"]");
	if (!config_add_slo(l->config, title))
		return wrong(
		    l, "there is a [slo \"%.*s\"] already", STR_ARG(title));
	return 0;
}

static int
begin_section(struct loading *l, struct str text)
{
	static const char *const later[] = {"syslog-listen", "webhook"};
	struct nearest near = {.far = 4};
	struct str name, title;
	int r = end_section(l);

	if (r < 0)
		return r;
	if (text.p[text.n - 1] != ']')
		return wrong(l, "the section has no ']'");
	title = str_cut(str_sub(text, 1, text.n - 2), ' ', &name);
	name = str_trim(name);
	l->section_line = l->line;
	for (size_t i = 1; i < SECTION_COUNT; i++) {
		if (str_eq(str_of(section_names[i]), name)) {
			l->section = (enum section)i;
			return i == SECTION_SLO ? begin_slo(l, title) : 0;
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(later); i++)
		if (str_eq(str_of(later[i]), name))
			return wrong(l,
			    "[%s] is not supported by recount "
			    "%s",
			    later[i], RECOUNT_VERSION);
	near.word = name;
	for (size_t i = 1; i < SECTION_COUNT; i++)
		nearest_try(&near, section_names[i]);
	return near.name
		   ? wrong(l,
			 "there is no section [%.*s]; did you "
			 "mean [%s]?",
			 STR_ARG(name), near.name)
		   : wrong(l, "there is no section [%.*s]", STR_ARG(name));
}

/* ---- files ---- */

/* One line, those joined to it included; false at the end of text. */
static bool
next_line(struct loading *l, struct str *text, struct buf *out)
{
	bool more;

	buf_reset(out);
	if (!text->p)
		return false;
	do {
		struct str line;

		*text = str_cut(*text, '\n', &line);
		l->line++;
		if (line.n && line.p[line.n - 1] == '\r')
			line.n--;
		more = line.n && line.p[line.n - 1] == '\\' && text->p;
		if (more)
			line.n--;
		if (out->n + line.n < LINE_MAX_BYTES)
			buf_add_str(out, line);
	} while (more);
	return true;
}

static int
read_text(struct loading *l, struct str text)
{
	CLEANUP(buf_free) struct buf line = BUF_INIT;
	int r = 0;

	if (str_starts(text, STR("\xef\xbb\xbf")))
		text = str_skip(text, 3);
	while (r == 0 && next_line(l, &text, &line)) {
		struct str s = str_trim(buf_str(&line));

		if (!s.n || s.p[0] == '#' || s.p[0] == ';')
			continue;
		r = s.p[0] == '[' ? begin_section(l, s) : read_key(l, s);
	}
	return r < 0 ? r : end_section(l);
}

static int
read_file(const char *path, struct buf *ret, struct reterr *err)
{
	FILE *f = fopen(path, "re");
	char block[8192];
	size_t n;

	if (!f)
		return reterr_set(err, errno, "%s: %s", path, strerror(errno));
	while ((n = fread(block, 1, sizeof(block), f)) > 0 &&
	       ret->n <= CONFIG_FILE_BYTES_MAX)
		buf_add(ret, block, n);
	if (ferror(f) || ret->n > CONFIG_FILE_BYTES_MAX) {
		int code = ferror(f) ? errno : EFBIG;

		fclose(f);
		return reterr_set(err, code, "%s: %s", path, strerror(code));
	}
	fclose(f);
	return 0;
}

static int
load_file(struct loading *l, const char *path)
{
	CLEANUP(buf_free) struct buf text = BUF_INIT;
	int r = read_file(path, &text, l->err);

	if (r < 0)
		return r;
	l->file = path;
	l->line = 0;
	l->section = SECTION_NONE;
	r = read_text(l, text.n ? buf_str(&text) : STR(""));
	gathered_reset(&l->g);
	return r;
}

static int
is_conf(const struct dirent *de)
{
	return de->d_name[0] != '.' &&
	       str_ends(str_of(de->d_name), STR(".conf"));
}

static int
load_drop_ins(struct loading *l, const char *path)
{
	CLEANUP(xfree) char *folder = xasprintf("%s.d", path);
	struct dirent **names;
	int n = scandir(folder, &names, is_conf, alphasort), r = 0;

	if (n < 0)
		return errno == ENOENT || errno == ENOTDIR
			   ? 0
			   : reterr_set(l->err, errno, "%s: %s", folder,
				 strerror(errno));
	for (int i = 0; i < n; i++) {
		CLEANUP(xfree)
		char *file = xasprintf("%s/%s", folder, names[i]->d_name);

		if (r == 0)
			r = load_file(l, file);
		free(names[i]);
	}
	free(names);
	return r;
}

int
config_load(const char *path, const char *root, const struct parsers *parsers,
    struct config **ret, struct reterr *err)
{
	CLEANUP(config_free) struct config *c = xcalloc(1, sizeof(*c));
	struct loading l = {.config = c, .parsers = parsers, .err = err};
	struct stat st;
	int r = 0;

	c->commit_interval = USEC_PER_SEC;
	c->max_age = 30 * USEC_PER_DAY;
	c->max_size = (int64_t)10 << 30;
	if (path || stat(CONFIG_PATH, &st) == 0)
		r = load_file(&l, path ? path : CONFIG_PATH);
	if (r == 0)
		r = load_drop_ins(&l, path ? path : CONFIG_PATH);
	if (r < 0)
		return r;
	if (!c->store_path)
		c->store_path = xstrdup(CONFIG_STORE_PATH);
	if (!l.sources)
		config_discover(c, root);
	*ret = STEAL(c);
	return 0;
}

void
config_free(struct config *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->n_journals; i++) {
		xfree(c->journals[i].directory);
		xfree(c->journals[i].host);
		xfree(c->journals[i].where);
	}
	for (size_t i = 0; i < c->n_files; i++) {
		xfree(c->files[i].path);
		xfree(c->files[i].format);
		xfree(c->files[i].service);
		xfree(c->files[i].host);
		xfree(c->files[i].where);
	}
	config_slos_free(c);
	xfree(c->journals);
	xfree(c->files);
	xfree(c->store_path);
	xfree(c);
}

const char *
config_kind_name(enum config_kind kind)
{
	switch (kind) {
	case CONFIG_ACCESS:
		return "nginx access";
	case CONFIG_ERROR:
		return "nginx error";
	case CONFIG_SYSLOG:
		return "syslog";
	case CONFIG_LOG:
		return "log";
	}
	return "";
}
