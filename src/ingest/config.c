/* SPDX-License-Identifier: MIT */
/*
 * Reading recountd.conf.
 *
 * A line is a [section], a key = value, a comment, or empty; a backslash at
 * its end joins the next one.  What keys mean is said in config-keys.c.
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
#include "recount/file.h"
#include "recount/parse.h"

#define LINE_MAX_BYTES ((size_t)64 * 1024)

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
	xfree(g->namespace);
	xfree(g->units);
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
		return config_wrong(l, "[nginx] needs access-log or error-log");
	if (wants_path && !g->path)
		return config_wrong(
		    l, "[%s] needs a path", config_section_names[l->section]);
	if (l->section == SECTION_SLO && config_last_slo(l)->objective == 0)
		return config_wrong(l, "[slo] needs an objective");
	if (l->section == SECTION_JOURNAL && config_end_journal(l) < 0)
		return -EINVAL;
	if (l->section == SECTION_WEBHOOK && g->disabled)
		config_webhook_free(STEAL(l->config->webhook));
	l->line = line;
	if (l->section > SECTION_SLO)
		l->sources = true;
	if (l->section == SECTION_LISTEN && config_listen_end(l) < 0)
		return -EINVAL;
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
	title = config_unquoted(str_trim(title));
	if (!title.n)
		return config_wrong(
		    l, "[slo] needs a name: [slo \"checkout\"]");
	if (!config_add_slo(l->config, title))
		return config_wrong(
		    l, "there is a [slo \"%.*s\"] already", STR_ARG(title));
	return 0;
}

static int
begin_section(struct loading *l, struct str text)
{
	struct nearest near = {.far = 4};
	struct str name, title;
	int r = end_section(l);

	if (r < 0)
		return r;
	if (text.p[text.n - 1] != ']')
		return config_wrong(l, "the section has no ']'");
	title = str_cut(str_sub(text, 1, text.n - 2), ' ', &name);
	name = str_trim(name);
	l->section_line = l->line;
	for (size_t i = 1; i < SECTION_COUNT; i++) {
		if (str_eq(str_of(config_section_names[i]), name)) {
			l->section = (enum section)i;
			if (l->section == SECTION_LISTEN)
				return config_listen_begin(l, title);
			if (i == SECTION_WEBHOOK)
				return config_begin_webhook(l);
			return i == SECTION_SLO ? begin_slo(l, title) : 0;
		}
	}
	near.word = name;
	for (size_t i = 1; i < SECTION_COUNT; i++)
		nearest_try(&near, config_section_names[i]);
	return near.name ? config_wrong(l,
			       "there is no section [%.*s]; did you "
			       "mean [%s]?",
			       STR_ARG(name), near.name)
			 : config_wrong(
			       l, "there is no section [%.*s]", STR_ARG(name));
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
		r = s.p[0] == '[' ? begin_section(l, s) : config_read_key(l, s);
	}
	return r < 0 ? r : end_section(l);
}

static int
load_file(struct loading *l, const char *path)
{
	CLEANUP(buf_free) struct buf text = BUF_INIT;
	int r = file_read(path, CONFIG_FILE_BYTES_MAX, &text, l->err);

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
	if (r == 0)
		r = config_check_webhook(c->webhook, err);
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
		xfree(c->journals[i].namespace);
		xfree(c->journals[i].units);
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
	config_listens_free(c);
	config_slos_free(c);
	config_webhook_free(c->webhook);
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
