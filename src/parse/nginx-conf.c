/* SPDX-License-Identifier: MIT */
/*
 * Where nginx logs to.
 *
 * The configuration is read as nginx reads it: includes in place, globs
 * sorted.  Logs are collected first and reported at the end, since a
 * server_name may stand behind its server's access_log, and a format in a
 * later include.  Inheritance does not matter for us: every path that any
 * level names is written to.
 *
 * What nginx was compiled with is not in its configuration.  Defaults are the
 * ones of the packages: logs in /var/log/nginx, prefix /usr/share/nginx
 * (unless nginx.conf is in a folder conf, whose parent is the prefix then).
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf-token.h"
#include "parser.h"

#define DEPTH_MAX 16 /* includes within includes */
#define FILES_MAX 2000
#define FILE_BYTES_MAX ((size_t)8 * 1024 * 1024)
#define LOGS_MAX 4096
#define LOG_DIR "/var/log/nginx"

#define COMBINED                                                               \
	"$remote_addr - $remote_user [$time_local] \"$request\" "              \
	"$status $body_bytes_sent \"$http_referer\" \"$http_user_agent\""

struct format {
	char *name, *text;
};

struct found {
	char *path, *format; /* format NULL: an error log */
	size_t server;       /* number of its server + 1, or 0 */
};

struct conf {
	const char *root;
	char *conf_dir, *prefix;
	void (*fn)(void *arg, const struct nginx_log *log);
	void (*warn)(void *arg, const char *text);
	void *arg;
	struct format *formats;
	struct found *logs;
	char **servers; /* first server_name of each; NULL without one */
	size_t n_formats, n_logs, n_servers, n_files;
	bool http, http_log, main_error;
};

/* Which block directives stand in. */
struct level {
	enum { IN_MAIN, IN_HTTP, IN_SERVER, IN_OTHER } block;
	size_t server;
	int depth;
};

static void
conf_free(struct conf *c)
{
	for (size_t i = 0; i < c->n_formats; i++) {
		xfree(c->formats[i].name);
		xfree(c->formats[i].text);
	}
	for (size_t i = 0; i < c->n_logs; i++) {
		xfree(c->logs[i].path);
		xfree(c->logs[i].format);
	}
	for (size_t i = 0; i < c->n_servers; i++)
		xfree(c->servers[i]);
	xfree(c->formats);
	xfree(c->logs);
	xfree(c->servers);
	xfree(c->conf_dir);
	xfree(c->prefix);
}
DEFINE_CLEANUP_IN(struct conf, conf_free)

static void
say(struct conf *c, const char *path, const char *what)
{
	CLEANUP(xfree) char *text = xasprintf("%s: %s", path, what);

	if (c->warn != NULL)
		c->warn(c->arg, text);
}

static char *
absolute(const char *path, const char *root, const char *dir)
{
	if (path[0] == '/')
		return xasprintf("%s%s", root, path);
	return xasprintf("%s/%s", dir, path);
}

static int
slurp(const char *path, struct buf *ret)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;
	int r = 0;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		r = -errno;
	else if (S_ISDIR(st.st_mode))
		r = -EISDIR;
	else if (!S_ISREG(st.st_mode))
		r = -EINVAL;
	while (r == 0) {
		ssize_t n;

		buf_reserve(ret, 65536);
		n = read(fd, ret->p + ret->n, 65536);
		if (n < 0 && errno != EINTR)
			r = -errno;
		if (n == 0)
			break;
		if (n > 0)
			ret->n += (size_t)n;
		if (ret->n > FILE_BYTES_MAX)
			r = -EFBIG;
	}
	close(fd);
	return r;
}

static void
add_log(struct conf *c, char *path, const char *format, size_t server)
{
	if (c->n_logs >= LOGS_MAX) {
		xfree(path);
		return;
	}
	c->logs = xreallocarray(c->logs, c->n_logs + 1, sizeof(*c->logs));
	c->logs[c->n_logs++] = (struct found){path, xstrdup(format), server};
}

static bool
is_option(const char *word)
{
	return strchr(word, '=') != NULL || strcmp(word, "gzip") == 0;
}

static void
on_log(struct conf *c, const struct conf_directive *d, bool error,
    const struct level *lv, const char *file)
{
	const char *to = d->n > 1 ? d->words[1] : "off";
	const char *format = "combined";

	if (!error && lv->block == IN_HTTP)
		c->http_log = true;
	if (error && lv->block == IN_MAIN)
		c->main_error = true;
	if (strcmp(to, "off") == 0 || strcmp(to, "stderr") == 0 ||
	    strncmp(to, "syslog:", 7) == 0 || strncmp(to, "memory:", 7) == 0 ||
	    strncmp(to, "/dev/", 5) == 0)
		return;
	if (strchr(to, '$') != NULL) {
		say(c, file, "a log path with variables in it is not followed");
		return;
	}
	if (!error && d->n > 2 && !is_option(d->words[2]))
		format = d->words[2];
	add_log(
	    c, absolute(to, "", c->prefix), error ? NULL : format, lv->server);
}

static void
on_log_format(struct conf *c, const struct conf_directive *d)
{
	struct buf text = BUF_INIT;

	if (d->n < 3 || c->n_formats >= LOGS_MAX)
		return;
	conf_log_format(d, &text);
	c->formats =
	    xreallocarray(c->formats, c->n_formats + 1, sizeof(*c->formats));
	c->formats[c->n_formats++] =
	    (struct format){xstrdup(d->words[1]), buf_steal(&text)};
}

static int read_file(struct conf *c, const char *path, const struct level *lv);

static void
on_include(struct conf *c, const struct conf_directive *d,
    const struct level *lv, const char *file)
{
	CLEANUP(xfree) char *pattern = NULL;
	struct level deeper = *lv;
	glob_t g = {0};
	int r;

	if (d->n < 2)
		return;
	pattern = absolute(d->words[1], c->root, c->conf_dir);
	if (++deeper.depth > DEPTH_MAX) {
		say(c, file, "includes are nested too deep");
		return;
	}
	r = glob(pattern, 0, NULL, &g);
	if (r == GLOB_NOMATCH && strpbrk(pattern, "*?[") == NULL)
		say(c, pattern, strerror(ENOENT));
	for (size_t i = 0; r == 0 && i < g.gl_pathc; i++) {
		int code = read_file(c, g.gl_pathv[i], &deeper);

		if (code < 0)
			say(c, g.gl_pathv[i], strerror(-code));
	}
	globfree(&g);
}

static void
on_server_name(
    struct conf *c, const struct conf_directive *d, const struct level *lv)
{
	if (lv->block != IN_SERVER || d->n < 2 ||
	    c->servers[lv->server - 1] != NULL || d->words[1][0] == '\0' ||
	    strcmp(d->words[1], "_") == 0)
		return;
	c->servers[lv->server - 1] = xstrdup(d->words[1]);
}

static void
on_simple(struct conf *c, const struct conf_directive *d,
    const struct level *lv, const char *file)
{
	const char *name = d->n > 0 ? d->words[0] : "";

	if (strcmp(name, "include") == 0)
		on_include(c, d, lv, file);
	else if (strcmp(name, "error_log") == 0)
		on_log(c, d, true, lv, file);
	else if (lv->block == IN_OTHER || lv->block == IN_MAIN)
		return;
	else if (strcmp(name, "access_log") == 0)
		on_log(c, d, false, lv, file);
	else if (strcmp(name, "log_format") == 0)
		on_log_format(c, d);
	else if (strcmp(name, "server_name") == 0)
		on_server_name(c, d, lv);
}

static struct level
enter(struct conf *c, const struct conf_directive *d, const struct level *lv)
{
	const char *name = d->n > 0 ? d->words[0] : "";
	struct level in = *lv;

	if (lv->block == IN_MAIN) {
		in.block = strcmp(name, "http") == 0 ? IN_HTTP : IN_OTHER;
		c->http |= in.block == IN_HTTP;
	} else if (lv->block == IN_HTTP && strcmp(name, "server") == 0 &&
		   c->n_servers < LOGS_MAX) {
		in.block = IN_SERVER;
		c->servers = xreallocarray(
		    c->servers, c->n_servers + 1, sizeof(*c->servers));
		c->servers[c->n_servers++] = NULL;
		in.server = c->n_servers;
	}
	return in; /* locations and the like belong to what is around them */
}

#define BLOCKS_MAX 128

static void
read_text(
    struct conf *c, struct str s, const char *file, const struct level *lv)
{
	struct level stack[BLOCKS_MAX];
	struct conf_directive d = {.text = BUF_INIT};
	size_t depth = 0;
	bool done = false;

	stack[0] = *lv;
	while (!done) {
		const char *name;

		switch (conf_next(&s, &d)) {
		case CONF_SIMPLE:
			on_simple(c, &d, &stack[depth], file);
			break;
		case CONF_OPEN:
			name = d.n > 0 ? d.words[0] : "";
			if (str_ends(str_of(name), STR("_lua_block")) ||
			    depth + 1 == BLOCKS_MAX) {
				conf_skip_block(&s);
				break;
			}
			stack[depth + 1] = enter(c, &d, &stack[depth]);
			depth++;
			break;
		case CONF_CLOSE:
			if (depth > 0)
				depth--;
			else
				say(c, file, "a '}' too many");
			break;
		case CONF_BROKEN:
			say(c, file, "ends within a directive");
			done = true;
			break;
		case CONF_EOF:
			if (depth > 0)
				say(c, file, "ends within a block");
			done = true;
			break;
		}
	}
	buf_free(&d.text);
}

static int
read_file(struct conf *c, const char *path, const struct level *lv)
{
	CLEANUP(buf_free) struct buf text = BUF_INIT;
	int r;

	if (c->n_files++ >= FILES_MAX)
		return -E2BIG;
	r = slurp(path, &text);
	if (r == 0)
		read_text(c, buf_str(&text), path, lv);
	return r;
}

static const char *
format_text(struct conf *c, const char *name)
{
	for (size_t i = c->n_formats; i-- > 0;)
		if (strcmp(c->formats[i].name, name) == 0)
			return c->formats[i].text;
	if (strcmp(name, "combined") != 0)
		say(c, name, "no such log_format; taken for combined");
	return COMBINED;
}

static void
report(struct conf *c)
{
	if (c->http && !c->http_log)
		add_log(c, xstrdup(LOG_DIR "/access.log"), "combined", 0);
	if (!c->main_error)
		add_log(c, xstrdup(LOG_DIR "/error.log"), NULL, 0);
	for (size_t i = 0; i < c->n_logs; i++) {
		const struct found *f = &c->logs[i];
		struct nginx_log log = {
		    .path = f->path,
		    .format_name = f->format,
		};

		if (f->format != NULL)
			log.log_format = format_text(c, f->format);
		if (f->server > 0)
			log.server_name = c->servers[f->server - 1];
		c->fn(c->arg, &log);
	}
}

/* The folder of path, absolute. */
static char *
folder_of(const char *path)
{
	char *resolved = path[0] == '/' ? NULL : realpath(path, NULL);
	char *dir = xstrdup(resolved ? resolved : path), *slash;

	free(resolved);
	slash = strrchr(dir, '/');
	if (slash != NULL)
		*slash = '\0';
	return dir;
}

/* What relative log paths begin at, as the configuration sees it. */
static char *
prefix_of(const char *conf_dir, const char *root)
{
	struct str dir = str_of(conf_dir);

	if (!str_ends(dir, STR("/conf")))
		return xstrdup("/usr/share/nginx");
	dir.n -= strlen("/conf");
	if (str_starts(dir, str_of(root)))
		dir = str_skip(dir, strlen(root));
	return str_dup(dir);
}

int
nginx_conf_read(const char *path, const char *root,
    void (*fn)(void *arg, const struct nginx_log *log),
    void (*warn)(void *arg, const char *text), void *arg)
{
	CLEANUP(conf_free)
	struct conf c = {.root = root, .fn = fn, .warn = warn, .arg = arg};
	struct level top = {.block = IN_MAIN};
	int r;

	c.conf_dir = folder_of(path);
	c.prefix = prefix_of(c.conf_dir, root);
	r = read_file(&c, path, &top);
	if (r < 0)
		return r;
	report(&c);
	return 0;
}
