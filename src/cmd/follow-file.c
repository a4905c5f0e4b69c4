/* SPDX-License-Identifier: MIT */
/*
 * One configured path or glob: its tail, and one source of the store for each
 * file that the tail finds.
 *
 * A file is in the store as soon as it is found, empty or not, so that it is
 * looked for among the rotated ones after a crash; its format is known with
 * its first line.  What the tail knows of earlier runs comes from the store's
 * rows of the same folder and name, those of finished files included,
 * or it would take a rotated file for one that came in between.
 *
 * An entry of several lines is complete when the next begins, or when nothing
 * came for two ticks.
 */
#include "daemon.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <sys/stat.h>

#include "daemon-metrics.h"
#include "daemon-say.h"
#include "recount/log.h"

#define SAMPLE_BYTES ((size_t)64 * 1024)

struct followed { /* one file of the tail */
	struct follow_file *ff;
	struct followed *next;
	struct tail_file *file;
	uint32_t row;            /* 0: not yet in the store */
	struct ingest_source *s; /* NULL before the first line of this run */
	bool still;              /* no line since the last tick */
	bool ignored;            /* another follower reads this file */
	bool detected;           /* its format was looked for */
};

struct follow_file {
	struct daemon *d;
	struct tail *tail;
	struct followed *followed;
	bool ending;

	enum config_kind kind; /* as configured, copied */
	char *path, *format, *service, *host;
	const struct zone *zone;
	const struct parser *forced;
};

/* ---- from file to source ---- */

static void
file_place(void *arg, struct position *ret)
{
	tail_file_position(arg, ret);
}

static void
need_parser(struct followed *f)
{
	static const char *const usual[] = {
	    [CONFIG_ACCESS] = "combined",
	    [CONFIG_ERROR] = "nginx-error",
	    [CONFIG_SYSLOG] = "syslog",
	};
	struct follow_file *ff = f->ff;
	struct parsers *ps = daemon_parsers(ff->d);
	struct detection d;

	if (f->detected || ingest_parser(f->s))
		return;
	f->detected = true;
	parse_detect(ps, tail_file_sample(f->file, SAMPLE_BYTES),
	    tail_file_path(f->file), &d);
	if (!d.parser) {
		log_warning("%s: no known format fits (%s); its lines are "
			    "kept as they are",
		    tail_file_path(f->file), d.reason);
		if (ff->kind != CONFIG_LOG)
			d.parser = parsers_find(ps, str_of(usual[ff->kind]));
	}
	if (d.parser && ingest_set_parser(f->s, d.parser) < 0)
		log_error("%s: its format could not be noted",
		    tail_file_path(f->file));
}

static bool
need_source(struct followed *f)
{
	struct follow_file *ff = f->ff;
	struct ingest_file file = {
	    .path = tail_file_path(f->file),
	    .host = ff->host ? ff->host : daemon_host(ff->d),
	    .service = ff->service,
	    .zone = ff->zone,
	    .parser = ff->forced,
	    .seen = USEC_NONE,
	    .position = file_place,
	    .arg = f->file,
	};
	int r;

	if (f->s)
		return true;
	r = ingest_open_file(daemon_ingest(ff->d), &file, f->row, &f->s);
	if (r < 0) {
		daemon_refused(ff->d, file.path, r);
		return false;
	}
	f->row = ingest_source_id(f->s);
	return true;
}

static struct followed *
followed_new(struct follow_file *ff, uint32_t row)
{
	struct followed *f = xcalloc(1, sizeof(*f));

	f->ff = ff;
	f->row = row;
	f->next = ff->followed;
	ff->followed = f;
	return f;
}

static struct followed *
followed_of(struct follow_file *ff, struct tail_file *file)
{
	struct followed *f = tail_file_user(file);

	if (!f) {
		f = followed_new(ff, 0);
		tail_file_set_user(file, f);
	}
	f->file = file;
	return f;
}

/* The name that a file has now, which rotation may have changed; NULL when it
 * is not in the folder any more. */
static char *
name_now(const struct tail_file *file)
{
	struct position pos;
	const char *path = tail_file_path(file);
	const char *slash = strrchr(path, '/');
	CLEANUP(xfree)
	char *folder = slash && slash > path
			   ? xmemdup0(path, (size_t)(slash - path))
			   : xstrdup("/");
	DIR *dir = opendir(folder);
	struct dirent *de;
	char *found = NULL;

	tail_file_position(file, &pos);
	while (dir && !found && (de = readdir(dir))) {
		CLEANUP(xfree)
		char *full = xasprintf("%s/%s", folder, de->d_name);
		struct stat st;

		if (de->d_ino == pos.ino && lstat(full, &st) == 0 &&
		    S_ISREG(st.st_mode) && st.st_dev == pos.dev &&
		    st.st_ino == pos.ino)
			found = STEAL(full);
	}
	if (dir)
		closedir(dir);
	return found;
}

/* ---- what the tail tells ---- */

bool
follow_file_reads(const struct follow_file *ff, uint64_t dev, uint64_t ino)
{
	for (const struct followed *f = ff->followed; f; f = f->next) {
		struct position pos;

		if (!f->file || f->ignored)
			continue;
		tail_file_position(f->file, &pos);
		if (pos.dev == dev && pos.ino == ino)
			return true;
	}
	return false;
}

static void
on_open(void *arg, struct tail_file *file)
{
	struct follow_file *ff = arg;
	struct followed *f = followed_of(ff, file);
	struct position pos;

	tail_file_position(file, &pos);
	f->ignored = daemon_is_read(ff->d, ff, pos.dev, pos.ino);
	if (f->ignored) {
		log_notice("%s: another section reads it already; it is "
			   "left out of %s",
		    tail_file_path(file), ff->path);
		return;
	}
	/* A new file is in the store before its first line is read: if it is
	 * rotated while recountd is dead, it must be known as one to look for.
	 */
	if (!f->row) {
		if (need_source(f))
			daemon_commit(ff->d);
	} else if (need_source(f)) {
		/* Renamed while nobody looked: evidence names files. */
		ingest_rename(f->s, tail_file_path(file));
	}
}

static bool
on_line(void *arg, struct tail_file *file, const struct reader_line *l)
{
	struct follow_file *ff = arg;
	struct followed *f = followed_of(ff, file);
	int r;

	f->still = false;
	if (f->ignored)
		return true;
	if (need_source(f)) {
		need_parser(f);
		r = ingest_line(f->s, l);
		if (r < 0)
			daemon_refused(ff->d, tail_file_path(file), r);
	}
	return daemon_took(ff->d);
}

static void
on_gap(void *arg, struct tail_file *file, const char *reason, int64_t bytes)
{
	struct follow_file *ff = arg;
	struct followed *f = followed_of(ff, file);
	struct position pos;
	struct gap gap = {
	    .since = clock_now(),
	    .reason = str_of(reason),
	    .lost = bytes,
	    .lost_bytes = true,
	};
	int r;

	if (f->ignored)
		return;
	meter_error(daemon_meter(ff->d), tail_file_path(file), reason);
	daemon_say(SAY_GAP, LOG_LEVEL_WARNING, tail_file_path(file), "%s: %s",
	    tail_file_path(file), reason);
	if (!need_source(f))
		return;
	tail_file_position(file, &pos);
	gap.source = ingest_source_id(f->s);
	gap.offset = pos.offset;
	gap.until = gap.since;
	r = ingest_gap(daemon_ingest(ff->d), &gap);
	if (r < 0)
		daemon_refused(ff->d, tail_file_path(file), r);
}

static void
on_close(void *arg, struct tail_file *file)
{
	struct follow_file *ff = arg;
	struct followed *f = followed_of(ff, file), **at;
	CLEANUP(xfree) char *name = NULL;

	if (!ff->ending && !f->ignored && (f->s || f->row) && need_source(f)) {
		name = name_now(file);
		if (name)
			ingest_rename(f->s, name);
	}
	if (f->s && ingest_close(f->s, !ff->ending) < 0)
		log_error(
		    "%s: its end could not be noted", tail_file_path(file));
	for (at = &ff->followed; *at != f; at = &(*at)->next)
		;
	*at = f->next;
	xfree(f);
}

static void
on_trouble(void *arg, const char *path, const char *text)
{
	struct follow_file *ff = arg;

	meter_error(daemon_meter(ff->d), path, text);
	daemon_say(SAY_TROUBLE, LOG_LEVEL_WARNING, path, "%s: %s", path, text);
}

static const struct tail_ops ops = {
    .open = on_open,
    .line = on_line,
    .gap = on_gap,
    .close = on_close,
    .trouble = on_trouble,
};

/* ---- beginning and end ---- */

/* Whether a row is, or was, of a file that the pattern names: the same folder,
 * and a name that begins like it. */
static bool
is_of_pattern(const char *pattern, const char *name)
{
	CLEANUP(xfree) char *longer = xasprintf("%s*", pattern);

	return fnmatch(longer, name, FNM_PATHNAME) == 0;
}

static size_t
known_files(struct follow_file *ff, struct tail_known **ret)
{
	struct ingest *in = daemon_ingest(ff->d);
	struct tail_known *known = xcalloc(ingest_rows(in) + 1, sizeof(*known));
	size_t n = 0;

	for (size_t i = 0; i < ingest_rows(in); i++) {
		const struct source_info *info = ingest_row(in, i);

		if (info->kind != SOURCE_FILE ||
		    !is_of_pattern(ff->path, info->name.p))
			continue;
		known[n++] = (struct tail_known){
		    .path = info->name.p,
		    .position = info->position,
		    .user = followed_new(ff, info->id),
		    .finished = info->finished,
		};
	}
	*ret = known;
	return n;
}

/* A format's name, or the text of a log_format. */
static const struct parser *
find_format(struct follow_file *ff)
{
	struct parsers *ps = daemon_parsers(ff->d);
	struct str text = str_of(ff->format);
	const struct parser *p;
	struct reterr err = {""};

	if (!text.n)
		return ff->kind == CONFIG_ERROR
			   ? parsers_find(ps, STR("nginx-error"))
			   : NULL;
	if (str_chr(text, '$') < 0) {
		p = parsers_find(ps, text);
		if (!p)
			log_error("%s: there is no format '%s'; it is "
				  "detected instead",
			    ff->path, ff->format);
		return p;
	}
	if (parsers_add_log_format(ps, ff->path, text, &err, &p) < 0) {
		log_error("%s: log-format: %s", ff->path, err.text);
		return NULL;
	}
	return p;
}

struct follow_file *
follow_file_new(struct daemon *d, const struct config_file *cf)
{
	struct follow_file *ff = xcalloc(1, sizeof(*ff));
	CLEANUP(xfree) struct tail_known *known = NULL;
	size_t n_known;
	int r;

	ff->d = d;
	ff->kind = cf->kind;
	ff->path = xstrdup(cf->path);
	ff->format = xstrdup(cf->format);
	ff->service = xstrdup(cf->service);
	ff->host = xstrdup(cf->host);
	ff->zone = cf->zone ? cf->zone : zone_local();
	ff->forced = find_format(ff);
	n_known = known_files(ff, &known);
	r = tail_new(daemon_base(d), ff->path, known, n_known, false, &ops, ff,
	    &ff->tail);
	if (r < 0)
		log_error("%s: %s", ff->path, strerror(-r));
	return ff;
}

void
follow_file_free(struct follow_file *ff)
{
	if (!ff)
		return;
	ff->ending = true;
	tail_free(ff->tail);
	while (ff->followed) { /* known, and nowhere to be found */
		struct followed *f = ff->followed;

		ff->followed = f->next;
		xfree(f);
	}
	xfree(ff->path);
	xfree(ff->format);
	xfree(ff->service);
	xfree(ff->host);
	xfree(ff);
}

void
follow_file_resume(struct follow_file *ff)
{
	if (ff->tail)
		tail_resume(ff->tail);
}

void
follow_file_poll(struct follow_file *ff)
{
	if (ff->tail)
		tail_poll(ff->tail);
}

void
follow_file_tick(struct follow_file *ff)
{
	for (struct followed *f = ff->followed; f; f = f->next) {
		int r = 0;

		if (f->s && f->still && ingest_waits(f->s))
			r = ingest_flush(f->s);
		if (r < 0)
			daemon_refused(ff->d, ff->path, r);
		f->still = true;
	}
}
