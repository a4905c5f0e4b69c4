/* SPDX-License-Identifier: MIT */
/*
 * A template is a file, and what {{name}} escapes is told by its suffix, since
 * a forgotten option must not let markup from a log through: .md is Markdown,
 * .txt is text, everything else (.html, .mustache, …) is HTML, as Mustache has
 * it.  A last ".mustache" is taken off before: report.md.mustache is Markdown.
 *
 * Partials stand beside the template, with its suffix, with .mustache, or with
 * their name alone; then those that are shipped are tried.  So one's own
 * template can be {{<pagerduty}} with some blocks of it written anew.  Names
 * may come from data, so they never lead out of those folders.
 */
#include "templates.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "recount/file.h"

#define PARTIAL_NAME_MAX 200 /* bytes */
#define NAMES_MAX 100        /* templates told of */

static const char *const shipped_suffixes[] = {".md", ".html", ".txt", ""};

void
template_file_end(struct template_file *t)
{
	xfree(t->path);
	xfree(t->folder);
	xfree(t->suffix);
	buf_free(&t->text);
}

static bool
is_there(const char *path)
{
	return access(path, R_OK) == 0;
}

/* ---- which file ---- */

struct search {
	const char *name;
	char *path;
};

static int
try_shipped(void *arg, const char *folder)
{
	struct search *s = arg;

	for (size_t i = 0; i < ARRAY_SIZE(shipped_suffixes); i++) {
		CLEANUP(xfree)
		char *path =
		    xasprintf("%s/%s%s", folder, s->name, shipped_suffixes[i]);

		if (!is_there(path))
			continue;
		s->path = STEAL(path);
		return 1;
	}
	return 0;
}

static char *
find_template(const char *name)
{
	struct search s = {.name = name};

	/* A name without a dot is a shipped one, whatever lies about. */
	if (strpbrk(name, "/.") != NULL && is_there(name))
		return xstrdup(name);
	if (strchr(name, '/') == NULL && name[0] != '.')
		datadir_each_templates(try_shipped, &s);
	return s.path;
}

/* base: the file's name. */
static void
read_suffix(struct template_file *t, struct str base)
{
	const struct str last = STR(".mustache");
	struct str plain = base, kind;
	size_t at;

	if (str_ends(plain, last))
		plain.n -= last.n;
	for (at = plain.n; at > 0 && plain.p[at - 1] != '.';)
		at--;
	if (at == 0) { /* none but the one that was taken off */
		t->suffix = str_dup(str_skip(base, plain.n));
		return;
	}
	kind = str_skip(plain, at);
	t->suffix = str_dup(str_skip(base, at - 1));
	if (str_eq(kind, STR("md")) || str_eq(kind, STR("markdown")))
		t->escape = MUSTACHE_MARKDOWN;
	else if (str_eq(kind, STR("txt")))
		t->escape = MUSTACHE_TEXT;
}

static int
compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int
add_names(void *arg, const char *folder)
{
	struct buf *names = arg;
	DIR *dir = opendir(folder);
	struct dirent *entry;
	char *list[NAMES_MAX];
	size_t n = 0;

	while (dir != NULL && n < NAMES_MAX && (entry = readdir(dir))) {
		struct str name = str_of(entry->d_name), head;

		str_cut(name, '.', &head);
		if (head.n > 0 && !str_starts(name, STR("README")))
			list[n++] = str_dup(head);
	}
	if (dir != NULL)
		closedir(dir);
	qsort(list, n, sizeof(*list), compare);
	for (size_t i = 0; i < n; i++) {
		buf_addf(names, " %s", list[i]);
		xfree(list[i]);
	}
	return 0;
}

int
template_file_open(
    const struct cmd_context *c, const char *name, struct template_file *ret)
{
	CLEANUP(template_file_end)
	struct template_file t = {
	    .path = find_template(name),
	    .escape = MUSTACHE_HTML,
	};
	CLEANUP(buf_free) struct buf names = BUF_INIT;
	struct reterr err = {""};
	const char *slash;

	if (t.path == NULL) {
		datadir_each_templates(add_names, &names);
		return cmd_fail(c,
		    "%s: there is no such template; shipped are:%s (a file "
		    "of your own needs a suffix or a slash)",
		    name, names.p ? names.p : " none");
	}
	slash = strrchr(t.path, '/');
	t.folder =
	    slash == NULL ? xstrdup(".")
	    : slash == t.path
		? xstrdup("/")
		: str_dup((struct str){t.path, (size_t)(slash - t.path)});
	read_suffix(&t, str_of(slash ? slash + 1 : t.path));
	if (file_read(t.path, MUSTACHE_TEXT_MAX, &t.text, &err) < 0)
		return cmd_fail(c, "%s", err.text);
	*ret = t;
	t = (struct template_file){0};
	return EXIT_DONE;
}

/* ---- partials ---- */

struct loading {
	const struct cmd_context *c;
	const struct template_file *t;
	struct str name; /* of a partial */
	char *path;
};

/* Below the folder: no part is empty or begins with a dot. */
static bool
is_name(struct str name)
{
	if (name.n > PARTIAL_NAME_MAX)
		return false;
	while (name.p != NULL) {
		struct str part;

		name = str_cut(name, '/', &part);
		if (part.n == 0 || part.p[0] == '.')
			return false;
	}
	return true;
}

static int
try_folder(void *arg, const char *folder)
{
	struct loading *l = arg;
	const char *const suffixes[] = {l->t->suffix, ".mustache", ""};
	bool here = strcmp(folder, ".") == 0;

	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		CLEANUP(xfree)
		char *path = xasprintf("%s%s%.*s%s", here ? "" : folder,
		    here ? "" : "/", STR_ARG(l->name), suffixes[i]);

		if (!is_there(path))
			continue;
		l->path = STEAL(path);
		return 1;
	}
	return 0;
}

static int
load(void *arg, struct str name, struct buf *text, struct buf *path,
    struct reterr *err)
{
	struct loading *l = arg;
	int error;

	if (!is_name(name))
		return -ENOENT;
	l->name = name;
	l->path = NULL;
	if (try_folder(l, l->t->folder) == 0)
		datadir_each_templates(try_folder, l);
	if (l->path == NULL)
		return -ENOENT;
	buf_adds(path, l->path);
	error = file_read(l->path, MUSTACHE_TEXT_MAX, text, err);
	xfree(l->path);
	return error == -ENOENT ? -EIO : error;
}

/* Renders as nothing, as Mustache has it; but whoever wrote it wants to
 * know. */
static void
missing(void *arg, const char *where, struct str name)
{
	struct loading *l = arg;

	if (!l->c->quiet)
		cmd_fail(l->c, "%s: there is no partial '%.*s'", where,
		    STR_ARG(name));
}

int
template_file_render(const struct cmd_context *c, const struct template_file *t,
    json_t *value, struct buf *out)
{
	struct loading l = {.c = c, .t = t};
	const struct mustache_options o = {
	    .escape = t->escape,
	    .load = load,
	    .missing = missing,
	    .arg = &l,
	};
	struct reterr err = {""};

	if (mustache_render(buf_str(&t->text), t->path, value, &o, out, &err) <
	    0)
		return cmd_fail(c, "%s", err.text);
	return EXIT_DONE;
}
