/* SPDX-License-Identifier: MIT */
/*
 * Where the data that belongs to the programs is.
 *
 * A build that was not installed must find its rules too (tests, quickstart),
 * without the build's path being compiled in: the running binary is
 * BUILD/src/cmd/recount, and meson leaves a note in BUILD that names the
 * source tree.  An installed binary has no such note three folders up.
 */
#include "cmd.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recount/parse.h"

#define SITE_PARSERS "/etc/recount/parsers.d"
#define SITE_TEMPLATES "/etc/recount/templates"

static bool
is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* What meson notes in a build folder about where its source is. */
static char *
source_of_build(const char *build)
{
	CLEANUP(xfree)
	char *path = xasprintf("%s/meson-info/meson-info.json", build);
	char text[8192];
	FILE *f = fopen(path, "re");
	struct str s, key = STR("\"source\": \"");
	ptrdiff_t at;

	if (!f)
		return NULL;
	s = (struct str){text, fread(text, 1, sizeof(text), f)};
	fclose(f);
	at = str_find(s, key);
	if (at < 0)
		return NULL;
	s = str_skip(s, (size_t)at + key.n);
	at = str_chr(s, '"');
	return at > 0 ? str_dup(str_sub(s, 0, (size_t)at)) : NULL;
}

/* The source tree of a binary that stands in its build folder, as
 * BUILD/src/cmd/recount does; NULL for an installed one. */
static char *
source_tree(void)
{
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (n <= 0)
		return NULL;
	path[n] = '\0';
	for (int up = 0; up < 3; up++) {
		char *slash = strrchr(path, '/');

		if (!slash || slash == path)
			return NULL;
		*slash = '\0';
	}
	return source_of_build(path);
}

/* The folder that has parsers/ and templates/ below it, or NULL. */
static char *
data_root(void)
{
	CLEANUP(xfree) char *tree = source_tree();
	CLEANUP(xfree) char *parsers = NULL;

	if (tree)
		return STEAL(tree);
	parsers = xasprintf("%s/parsers", RECOUNT_DATADIR);
	return is_folder(parsers) ? xstrdup(RECOUNT_DATADIR) : NULL;
}

int
datadir_each_parsers(
    bool site_first, int (*fn)(void *arg, const char *path), void *arg)
{
	bool site = is_folder(SITE_PARSERS);
	const char *env = getenv("RECOUNT_PARSERS");
	CLEANUP(xfree) char *root = data_root();
	CLEANUP(xfree) char *own = NULL;
	int r = 0;

	if (env && *env)
		own = xstrdup(env);
	else if (root)
		own = xasprintf("%s/parsers", root);
	if (site && site_first)
		r = fn(arg, SITE_PARSERS);
	if (r == 0 && own && is_folder(own))
		r = fn(arg, own);
	if (r == 0 && site && !site_first)
		r = fn(arg, SITE_PARSERS);
	return r;
}

int
datadir_each_templates(int (*fn)(void *arg, const char *path), void *arg)
{
	static const char *const places[] = {"templates", "samples/templates"};
	const char *env = getenv("RECOUNT_TEMPLATES");
	CLEANUP(xfree) char *root = data_root();
	int r = 0;

	if (is_folder(SITE_TEMPLATES))
		r = fn(arg, SITE_TEMPLATES);
	if (env && *env)
		return r == 0 && is_folder(env) ? fn(arg, env) : r;
	for (size_t i = 0; root && r == 0 && i < ARRAY_SIZE(places); i++) {
		CLEANUP(xfree)
		char *path = xasprintf("%s/%s", root, places[i]);

		if (is_folder(path))
			r = fn(arg, path);
	}
	return r;
}

struct loading {
	struct parsers *parsers;
	struct reterr *err;
};

/* One broken file must not keep the other formats from being known. */
static int
load_parsers(void *arg, const char *path)
{
	struct loading *l = arg;
	struct reterr err = {""};

	if (parsers_load(l->parsers, path, &err) < 0 && !l->err->text[0])
		*l->err = err;
	return 0;
}

struct parsers *
datadir_parsers(struct reterr *err)
{
	struct loading l = {.parsers = parsers_new(), .err = err};

	err->text[0] = '\0';
	/* Of formats of one name the last one counts. */
	datadir_each_parsers(false, load_parsers, &l);
	return l.parsers;
}
