/* SPDX-License-Identifier: MIT */
/*
 * Where nginx logs to.  Each row is a configuration of a few files, written to
 * a folder of its own; what is found is printed a line per log.
 */
#include <ftw.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "parse-test.h"

#define FILES_MAX 4

static const struct row {
	const char *name;
	struct {
		const char *path, *text;
	} files[FILES_MAX]; /* the first one is read */
	const char *want;
	int warnings;
} rows[] = {
    {"nothing said",
	{{"/etc/nginx/nginx.conf", "events {}\nhttp { server { } }\n"}},
	"/var/log/nginx/access.log combined -\n"
	"/var/log/nginx/error.log error -\n",
	0},
    {"a format in several strings",
	{{"/etc/nginx/nginx.conf",
	    "http {\n"
	    "  log_format timed '$remote_addr [$time_local] '\n"
	    "    \"\\\"$request\\\" \" # said twice; 'here'\n"
	    "    'rt=$request_time';\n"
	    "  access_log /var/log/nginx/a.log timed buffer=32k;\n"
	    "  error_log /var/log/nginx/e.log warn;\n"
	    "}\nerror_log /var/log/nginx/main.log;\n"}},
	"/var/log/nginx/a.log timed - $remote_addr [$time_local] \"$request\" "
	"rt=$request_time\n"
	"/var/log/nginx/e.log error -\n"
	"/var/log/nginx/main.log error -\n",
	0},
    {"escape=json is kept, escape=default is not said",
	{{"/etc/nginx/nginx.conf",
	    "error_log stderr; http { log_format a escape=json '{$msec}';\n"
	    "log_format b escape=default '$msec';\n"
	    "access_log /a a; access_log /b b if=$loggable; }"}},
	"/a a - escape=json {$msec}\n/b b - $msec\n", 0},
    {"servers and includes",
	{{"/etc/nginx/nginx.conf",
	     "error_log off;\nhttp {\n  include formats.conf;\n"
	     "  access_log off;\n  include /etc/nginx/sites/*.conf;\n}\n"},
	    {"/etc/nginx/formats.conf", "log_format t '$msec';\n"},
	    {"/etc/nginx/sites/b.conf",
		"server { access_log /b.log; server_name b.example *.b; }\n"},
	    {"/etc/nginx/sites/a.conf",
		"server { server_name a.example; location / {\n"
		"  if ($x ~ \"{\") { return 400; }\n"
		"  access_log /a.log t; } }\n"
		"server { access_log /c.log; server_name _; }"}},
	"/a.log t a.example $msec\n/c.log combined -\n"
	"/b.log combined b.example\n",
	0},
    {"what is not a file",
	{{"/etc/nginx/nginx.conf",
	    "error_log syslog:server=unix:/dev/log; http {\n"
	    "access_log syslog:server=192.0.2.7; access_log /dev/stdout;\n"
	    "access_log /var/log/$host.log; }"}},
	"", 1},
    {"stream logs are not access logs",
	{{"/etc/nginx/nginx.conf",
	    "error_log off; stream { log_format x '$msec';\n"
	    "access_log /s.log x; server { error_log /se.log; } }"}},
	"/se.log error -\n", 0},
    {"Lua is skipped",
	{{"/etc/nginx/nginx.conf",
	    "error_log off; http { content_by_lua_block {\n"
	    "  local t = { a = \"}\" } -- it's\n  access_log /no;\n}\n"
	    "access_log /yes; }"}},
	"/yes combined -\n", 0},
    {"a format nobody defined",
	{{"/etc/nginx/nginx.conf",
	    "error_log off; http { access_log /a nope; }"}},
	"/a nope - combined\n", 1},
    {"a missing include, and a block not closed",
	{{"/etc/nginx/nginx.conf",
	    "error_log off; http { include gone.conf; access_log /a;\n"}},
	"/a combined -\n", 2},
    {"an include of itself ends",
	{{"/etc/nginx/nginx.conf",
	    "error_log off; include nginx.conf; http { access_log /a; }"}},
	NULL, 1},
    {"a quote not closed",
	{{"/etc/nginx/nginx.conf", "error_log /e; http { access_log '/a; }"}},
	"/e error -\n/var/log/nginx/access.log combined -\n", 1},
    {"relative paths, prefix from conf/",
	{{"/opt/nginx/conf/nginx.conf",
	    "error_log logs/e; http { access_log logs/a; }"}},
	"/opt/nginx/logs/e error -\n/opt/nginx/logs/a combined -\n", 0},
};

struct result {
	struct buf out;
	int warnings;
};

static void
found(void *arg, const struct nginx_log *log)
{
	struct result *r = arg;
	const char *server = log->server_name ? log->server_name : "-";
	CLEANUP(parsers_free) struct parsers *ps = parsers_new();
	const char *combined =
	    parser_log_format(parsers_find(ps, STR("combined")));

	if (log->log_format == NULL) {
		buf_addf(&r->out, "%s error %s\n", log->path, server);
		return;
	}
	buf_addf(&r->out, "%s %s %s", log->path, log->format_name, server);
	if (strcmp(log->log_format, combined) != 0)
		buf_addf(&r->out, " %s", log->log_format);
	else if (strcmp(log->format_name, "combined") != 0)
		buf_adds(&r->out, " combined");
	buf_addc(&r->out, '\n');
}

static void
warned(void *arg, const char *text)
{
	struct result *r = arg;

	assert_true(strlen(text) > 0);
	r->warnings++;
}

static void
write_file(const char *root, const char *path, const char *text)
{
	CLEANUP(xfree) char *full = xasprintf("%s%s", root, path);
	FILE *f;

	for (char *p = full + strlen(root) + 1; (p = strchr(p, '/')); p++) {
		*p = '\0';
		mkdir(full, 0755);
		*p = '/';
	}
	f = fopen(full, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

static void
reads(void **state)
{
	const struct row *row = *state;
	char root[] = "/tmp/recount-test-XXXXXX";
	CLEANUP(xfree) char *conf = NULL;
	struct result r = {0};

	assert_non_null(mkdtemp(root));
	for (int i = 0; i < FILES_MAX && row->files[i].path; i++)
		write_file(root, row->files[i].path, row->files[i].text);
	conf = xasprintf("%s%s", root, row->files[0].path);
	assert_int_equal(nginx_conf_read(conf, root, found, warned, &r), 0);
	if (row->want != NULL)
		assert_str(buf_str(&r.out), row->want);
	if (row->warnings != r.warnings)
		assert_true(row->want == NULL && r.warnings >= row->warnings);
	buf_free(&r.out);
	nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void
missing(void **state)
{
	struct result r = {0};

	assert_int_equal(
	    nginx_conf_read("/nonexistent/nginx.conf", "", found, warned, &r),
	    -ENOENT);
	assert_int_equal(r.out.n, 0);
}

int
main(void)
{
	static const struct CMUnitTest others[] = {
	    cmocka_unit_test(missing),
	};
	int failed = 0;

	RUN_ROWS(rows, reads);
	failed += cmocka_run_group_tests(others, NULL, NULL);
	return failed;
}
