/* SPDX-License-Identifier: MIT */
/*
 * Import: what lies on disk, taken in once.
 *
 * All paths are walked before anything is read: the order of reading matters
 * (walk.c), nginx.conf among the files says how its logs are written, and a
 * progress bar wants to know how much there is.
 *
 * Each file stands for itself: what is wrong with one is one message, and the
 * rest goes on.  Whether the whole has failed is judged per path that was
 * named: one that gave nothing, because of an error, is a failure; a folder
 * with a damaged file among good ones is not.
 */
#include "internal.h"

#include <errno.h>

#include "recount/log.h"

void
import_failed(
    struct importing *imp, const struct walk_entry *e, const char *format, ...)
{
	CLEANUP(buf_free) struct buf text = BUF_INIT;
	va_list args;

	va_start(args, format);
	buf_addv(&text, format, args);
	va_end(args);
	ingest_say(imp->in, LOG_LEVEL_ERROR, "%.*s", STR_ARG(buf_str(&text)));
	imp->result->failed++;
	imp->arguments[e->argument].failed++;
}

void
import_given(struct importing *imp, const struct walk_entry *e)
{
	imp->arguments[e->argument].given++;
}

static void
warn_path(void *arg, const char *text)
{
	struct importing *imp = arg;

	ingest_say(imp->in, LOG_LEVEL_WARNING, "%s", text);
	imp->result->failed++;
}

/* ---- nginx.conf among the files ---- */

static void
take_conf_log(void *arg, const struct nginx_log *log)
{
	struct importing *imp = arg;
	const struct parser *p;
	struct reterr err;

	if (log->log_format &&
	    parsers_add_log_format(imp->parsers,
		log->format_name ? log->format_name : "nginx.conf",
		str_of(log->log_format), &err, &p) < 0)
		ingest_say(imp->in, LOG_LEVEL_WARNING, "%s", err.text);
	if (!log->server_name)
		return;
	imp->conf_logs = xreallocarray(
	    imp->conf_logs, imp->n_conf_logs + 1, sizeof(*imp->conf_logs));
	imp->conf_logs[imp->n_conf_logs++] = (struct conf_log){
	    .path = xstrdup(log->path),
	    .server_name = xstrdup(log->server_name),
	};
}

static void
warn_conf(void *arg, const char *text)
{
	struct importing *imp = arg;

	ingest_say(imp->in, LOG_LEVEL_WARNING, "%s", text);
}

/* A copied tree has its own /etc: absolute paths in it begin there. */
static void
read_conf(struct importing *imp, const char *path)
{
	struct str s = str_of(path), tail = STR("/etc/nginx/nginx.conf");
	CLEANUP(xfree)
	char *root = str_ends(s, tail) ? str_dup(str_sub(s, 0, s.n - tail.n))
				       : xstrdup("");
	int r = nginx_conf_read(path, root, take_conf_log, warn_conf, imp);

	if (r < 0)
		ingest_say(
		    imp->in, LOG_LEVEL_WARNING, "%s: %s", path, strerror(-r));
}

/* ---- the whole ---- */

static int
force_format(struct importing *imp)
{
	struct str name = str_of(imp->o->format);

	if (!name.p)
		return 0;
	imp->force = true;
	if (str_eq(name, STR("text")))
		return 0; /* no format: every line as it is */
	if (str_eq(name, STR("journal-export")))
		imp->stream = IMPORT_JOURNAL_EXPORT;
	else if (str_eq(name, STR("journal-json")))
		imp->stream = IMPORT_JOURNAL_JSON;
	if (imp->stream != IMPORT_NO_JOURNAL)
		return 0;
	if (str_chr(name, '$') >= 0)
		return parsers_add_log_format(
		    imp->parsers, "--format", name, imp->err, &imp->forced);
	imp->forced = parsers_find(imp->parsers, name);
	if (!imp->forced)
		return reterr_set(imp->err, EINVAL,
		    "there is no format '%.*s'; 'recount parsers list' names "
		    "them",
		    STR_ARG(name));
	return 0;
}

/* The journal files of e's folder, e among them, taken in together. */
static int
journals_of(struct importing *imp, struct walk *w, size_t at)
{
	struct walk_entry **files = xcalloc(w->n, sizeof(*files));
	struct str folder = walk_folder_of(w->entries[at].path);
	size_t n = 0;
	int r;

	for (size_t i = at; i < w->n; i++) {
		struct walk_entry *e = &w->entries[i];

		if (!e->journal || !str_eq(walk_folder_of(e->path), folder))
			continue;
		e->journal = false;
		e->taken = true;
		files[n++] = e;
	}
	r = import_journals(imp, files, n);
	for (size_t i = 0; i < n; i++)
		imp->done += files[i]->size;
	xfree(files);
	return r;
}

static int
import_walked(struct importing *imp, struct walk *w)
{
	int r = 0;

	for (size_t i = 0; i < w->n_confs; i++)
		read_conf(imp, w->confs[i]);
	for (size_t i = 0; i < w->n; i++)
		imp->size += w->entries[i].size;
	for (size_t i = 0; i < w->n && r == 0; i++) {
		struct walk_entry *e = &w->entries[i];

		if (e->taken)
			continue;
		if (e->journal) {
			r = journals_of(imp, w, i);
			continue;
		}
		r = import_file(imp, e);
		imp->done += e->size;
	}
	return r;
}

/* What was named and gave nothing. */
static int
judge(struct importing *imp, char *const *paths, size_t n)
{
	int r = 0;

	for (size_t i = 0; i < n; i++) {
		if (imp->arguments[i].given > 0)
			continue;
		if (imp->arguments[i].failed == 0)
			ingest_say(imp->in, LOG_LEVEL_ERROR,
			    "%s: there are no logs in it", paths[i]);
		r = -ENODATA;
	}
	return r;
}

static void
importing_end(struct importing *imp)
{
	for (size_t i = 0; i < imp->n_conf_logs; i++) {
		xfree(imp->conf_logs[i].path);
		xfree(imp->conf_logs[i].server_name);
	}
	xfree(imp->conf_logs);
	xfree(imp->arguments);
}

DEFINE_CLEANUP_IN(struct importing, importing_end)

int
import_paths(struct ingest *in, struct parsers *ps,
    const struct import_options *o, char *const *paths, size_t n,
    struct import_result *ret, struct reterr *err)
{
	CLEANUP(walk_end) struct walk w = {0};
	CLEANUP(importing_end)
	struct importing imp = {
	    .in = in,
	    .parsers = ps,
	    .o = o,
	    .result = ret,
	    .err = err,
	    .arguments = xcalloc(n + 1, sizeof(*imp.arguments)),
	};
	int r;

	*ret = (struct import_result){0};
	r = force_format(&imp);
	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++) {
		r = walk_add(&w, paths[i], i, warn_path, &imp);
		if (r == 0)
			continue;
		ingest_say(
		    in, LOG_LEVEL_ERROR, "%s: %s", paths[i], strerror(-r));
		ret->failed++;
		imp.arguments[i].failed++;
	}
	walk_sort(&w);
	r = import_walked(&imp, &w);
	if (r == 0)
		r = ingest_commit(in, err);
	return r < 0 ? r : judge(&imp, paths, n);
}
