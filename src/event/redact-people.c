/* SPDX-License-Identifier: MIT */
/*
 * Who is a person, as log lines say.
 *
 * A name says nothing by itself: "deploy" is an account here and a verb there.
 * So names are taken from what the programs that know write: sshd when
 * somebody was let in, sudo when somebody used it, PAM and logind when a
 * session begins or ends, cron when a job starts, a home directory.  What was
 * only tried at the door is kept apart: attackers try "test", "web" or "nginx",
 * and replacing such words everywhere would leave nothing to read.
 *
 * Accounts that come with the system or a package are nobody's.
 */
#include "redact-internal.h"

#define NAME_MAX_BYTES 64
#define PEOPLE_MAX 4096 /* a hostile log must not fill memory */

/* A name follows. */
static const char *const person_before[] = {
    "session opened for user ",
    "session closed for user ",
    "Accepted publickey for ",
    "Accepted password for ",
    "Accepted keyboard-interactive/pam for ",
    "Accepted gssapi-with-mic for ",
    "Accepted hostbased for ",
    "Disconnected from user ",
    " of user ",
    " of User ",
    "SUDO_USER=",
    "LOGNAME=",
    "/home/",
};

/* A name stands before. */
static const char *const person_behind[] = {
    " : TTY=",
    " : PWD=",
    " : USER=",
    " : COMMAND=",
    "(uid=",
};

static const char *const tried_before[] = {
    "invalid user ",
    "Invalid user ",
    "illegal user ",
    "authenticating user ",
    "Failed password for ",
    "Failed publickey for ",
    "Failed none for ",
    " ruser=",
    " logname=",
    " user=",
};

/* Accounts of programs: Debian's base-passwd and well-known packages. */
static const char *const system_accounts[] = {"_apt", "adm", "apache", "avahi",
    "backup", "bin", "chrony", "clickhouse", "colord", "daemon", "dnsmasq",
    "elasticsearch", "games", "git", "gnats", "grafana", "haproxy", "http",
    "influxdb", "invalid", "irc", "kafka", "kubelet", "list", "lp", "mail",
    "man", "memcache", "messagebus", "mongodb", "munin", "mysql", "named",
    "nagios", "news", "nginx", "nobody", "ntp", "ntpsec", "ossec", "polkitd",
    "postfix", "postgres", "prometheus", "proxy", "rabbitmq", "recount",
    "redis", "root", "rpc", "rtkit", "sshd", "sync", "sys", "syslog", "tcpdump",
    "telegraf", "tomcat", "tss", "unknown", "user", "uucp", "varnish",
    "www-data", "zabbix"};

static bool
is_system_account(struct str name)
{
	if (str_starts(name, STR("systemd-")))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(system_accounts); i++) {
		if (str_eq(name, str_of(system_accounts[i])))
			return true;
	}
	return false;
}

/* The name that s begins with: dots may stand inside it, not at its end. */
static struct str
name_at(struct str s)
{
	size_t n = 0;

	while (n < s.n && (redact_is_name(s.p[n]) || s.p[n] == '.'))
		n++;
	while (n > 0 && s.p[n - 1] == '.')
		n--;
	return str_sub(s, 0, n);
}

static struct str
name_before(struct str line, size_t end)
{
	size_t from = end;

	while (from > 0 &&
	       (redact_is_name(line.p[from - 1]) || line.p[from - 1] == '.'))
		from--;
	return str_sub(line, from, end - from);
}

static void
add_person(struct redactor *r, struct str name)
{
	bool digits = true;

	for (size_t i = 0; i < name.n; i++)
		digits = digits && name.p[i] >= '0' && name.p[i] <= '9';
	if (digits || name.n > NAME_MAX_BYTES || is_system_account(name) ||
	    intern_count(r->people) >= PEOPLE_MAX)
		return;
	intern_add(r->people, name);
}

/* "(bob) CMD (backup.sh)" of cron. */
static void
learn_cron(struct redactor *r, struct str line)
{
	static const char *const verbs[] = {
	    ") CMD ", ") RELOAD ", ") REPLACE "};

	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
		ptrdiff_t at = str_find(line, str_of(verbs[i]));
		struct str name;

		if (at <= 0)
			continue;
		name = name_before(line, (size_t)at);
		if (name.n > 0 && (size_t)at > name.n &&
		    line.p[(size_t)at - name.n - 1] == '(')
			add_person(r, name);
	}
}

void
redactor_learn(struct redactor *r, struct str line)
{
	for (size_t i = 0; i < ARRAY_SIZE(person_before); i++) {
		struct str context = str_of(person_before[i]), rest = line;
		ptrdiff_t at;

		while ((at = str_find(rest, context)) >= 0) {
			rest = str_skip(rest, (size_t)at + context.n);
			add_person(r, name_at(rest));
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(person_behind); i++) {
		struct str context = str_of(person_behind[i]);
		size_t from = 0;
		ptrdiff_t at;

		while ((at = str_find(str_skip(line, from), context)) >= 0) {
			add_person(r, name_before(line, from + (size_t)at));
			from += (size_t)at + context.n;
		}
	}
	learn_cron(r, line);
}

size_t
redact_tried_name(struct str s, size_t *ret_before)
{
	for (size_t i = 0; i < ARRAY_SIZE(tried_before); i++) {
		struct str context = str_of(tried_before[i]);
		struct str name;

		if (!str_starts(s, context))
			continue;
		name = name_at(str_skip(s, context.n));
		if (name.n == 0 || is_system_account(name))
			continue;
		*ret_before = context.n;
		return name.n;
	}
	return 0;
}
