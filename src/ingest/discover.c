/* SPDX-License-Identifier: MIT */
/*
 * What a machine logs when nobody says what to read: the journal, what
 * nginx.conf names, and syslog's usual files.
 *
 * Files that cannot be read are left out here, since nobody asked for them;
 * nginx's are not: that it logs there is known.
 */
#include "config-internal.h"

#include <sys/stat.h>
#include <unistd.h>

#include "recount/parse.h"

static bool
has_file(const struct config *c, const char *path)
{
	for (size_t i = 0; i < c->n_files; i++)
		if (!strcmp(c->files[i].path, path))
			return true;
	return false;
}

struct discovery {
	struct config *config;
	const char *root;
};

static void
add_nginx_log(void *arg, const struct nginx_log *log)
{
	struct discovery *d = arg;
	CLEANUP(xfree) char *path = xasprintf("%s%s", d->root, log->path);
	struct config_file *f;

	if (has_file(d->config, path))
		return;
	f = config_add_file(
	    d->config, log->log_format ? CONFIG_ACCESS : CONFIG_ERROR, path);
	f->format = xstrdup(log->log_format);
	f->where = xstrdup("discovered in nginx.conf");
}

static bool
is_folder(const char *root, const char *path)
{
	CLEANUP(xfree) char *full = xasprintf("%s%s", root, path);
	struct stat st;

	return stat(full, &st) == 0 && S_ISDIR(st.st_mode);
}

void
config_discover(struct config *c, const char *root)
{
	static const char *const logs[] = {"/var/log/syslog",
	    "/var/log/messages", "/var/log/auth.log", "/var/log/kern.log"};
	CLEANUP(xfree) char *conf = xasprintf("%s%s", root, CONFIG_NGINX_CONF);
	struct discovery d = {.config = c, .root = root};

	c->discovered = true;
	if (!*root && (is_folder(root, "/var/log/journal") ||
			  is_folder(root, "/run/log/journal")))
		config_add_journal(c, NULL)->where = xstrdup("discovered");
	nginx_conf_read(conf, root, add_nginx_log, NULL, &d);
	for (size_t i = 0; i < ARRAY_SIZE(logs); i++) {
		CLEANUP(xfree) char *path = xasprintf("%s%s", root, logs[i]);

		if (access(path, R_OK) == 0 && !has_file(c, path))
			config_add_file(c, CONFIG_SYSLOG, path)->where =
			    xstrdup("discovered");
	}
}
