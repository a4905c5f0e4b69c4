/* SPDX-License-Identifier: MIT */
/* recountd.conf: what is accepted, what it means, and how it is refused. */

/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recount/config.h"
#include "recount/parse.h"

static char folder[] = "/tmp/recount-test-config-XXXXXX";

static int
make_folder(void **state)
{
	return mkdtemp(folder) == NULL;
}

static int
drop_folder(void **state)
{
	CLEANUP(xfree) char *command = xasprintf("rm -rf '%s'", folder);

	return system(command) != 0;
}

static char * /* xfree() */
write_file(const char *name, const char *text)
{
	char *path = xasprintf("%s/%s", folder, name);
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	return path;
}

static int
load(
    const char *path, const char *root, struct config **ret, struct reterr *err)
{
	CLEANUP(parsers_free) struct parsers *ps = parsers_new();

	return config_load(path, root, ps, ret, err);
}

/* ---- refused ---- */

static const struct refused {
	const char *name, *text, *want; /* "line: beginning of the message" */
} refused[] = {
    {"key before a section", "path = /x\n", ":1: 'path' stands before"},
    {"no equals sign", "[store]\npath\n", ":2: 'path' is neither"},
    {"unknown section", "\n[stoer]\n",
	":2: there is no section [stoer]; did "
	"you mean [store]?"},
    {"listener without a name", "[syslog-listen]\n",
	":1: [syslog-listen] needs a name"},
    {"listener without an address", "[syslog-listen \"a\"]\n",
	":1: [syslog-listen] needs a listen"},
    {"listener of a name that is taken",
	"[syslog-listen \"a\"]\nlisten = udp://:514\n[syslog-listen \"a\"]\n",
	":3: there is a [syslog-listen \"a\"] already"},
    {"listener with two addresses",
	"[syslog-listen \"a\"]\nlisten = udp://:514\nlisten = tcp://:514\n",
	":3: a second address needs"},
    {"listener with an address that is none",
	"[syslog-listen \"a\"]\nlisten = 0.0.0.0:514\n",
	":2: listen: '0.0.0.0:514' begins with none of"},
    {"TLS without a certificate",
	"[syslog-listen \"a\"]\nlisten = tls://:6514\n",
	":1: tls:// needs a certificate"},
    {"a certificate without TLS",
	"[syslog-listen \"a\"]\nlisten = tcp://:514\ncertificate = /c\n",
	":1: a certificate is for tls://"},
    {"a certificate on a relative path",
	"[syslog-listen \"a\"]\ncertificate = c.pem\n",
	":2: 'c.pem' is not an absolute path"},
    {"messages of no size", "[syslog-listen \"a\"]\nmax-message = 10\n",
	":2: '10' is no size between 480 and"},
    {"no connections at all", "[syslog-listen \"a\"]\nmax-connections = 0\n",
	":2: '0' is no number between 1 and"},
    {"a mode in words", "[syslog-listen \"a\"]\nmode = rw\n",
	":2: 'rw' is no mode"},
    {"journal of a folder and a namespace",
	"[journal]\ndirectory = /j\nnamespace = x\n[store]\n",
	":1: [journal] has a directory or a namespace"},
    {"namespace that is a path", "[journal]\nnamespace = a/b\n",
	":2: this is no name of"},
    {"priority that is none", "[journal]\npriority = loud\n",
	":2: 'loud' is no priority"},
    {"endpoint without an address", "[webhook]\nlisten = 9097\n",
	":2: '9097' is neither unix:/path nor"},
    {"endpoint of a name", "[webhook]\nlisten = localhost:9097\n",
	":2: 'localhost:9097' is neither"},
    {"endpoint on a relative path", "[webhook]\nlisten = unix:hook\n",
	":2: 'unix:hook' is not an absolute"},
    {"endpoint for the world, without a token",
	"[store]\n[webhook]\nlisten = 0.0.0.0:9097\n",
	":2: [webhook] listens where other machines"},
    {"secret on a relative path", "[webhook]\ntoken-file = t\n",
	":2: 't' is neither an absolute path nor"},
    {"credential that is a path", "[webhook]\ntoken-file = credential:../t\n",
	":2: '../t' is no name of"},
    {"body of no size", "[webhook]\nmax-body = 1\n", ":2: must be between 1K"},
    {"connections without end", "[webhook]\nmax-connections = 0\n",
	":2: must be a number from 1"},
    {"metrics for some", "[webhook]\nmetrics = yes\n",
	":2: 'yes' is none of token"},
    {"section without an end", "[store\n", ":1: the section has no"},
    {"unknown key with a hint", "[store]\nmax-aeg = 1d\n",
	":2: [store] has no key 'max-aeg'; did you mean 'max-age'?"},
    {"unknown key without a hint", "[store]\nxyzzy = 1\n",
	":2: [store] has no key 'xyzzy'"},
    {"key of another section", "[journal]\npath = /x\n",
	":2: [journal] has no key 'path'"},
    {"relative path", "[store]\npath = x.db\n", ":2: 'x.db' is not an"},
    {"empty value", "[syslog \"a\"]\npath =\n", ":2: the value is empty"},
    {"no span", "[store]\nmax-age = soon\n", ":2: 'soon' is no time span"},
    {"no size", "[store]\nmax-size = 10X\n", ":2: '10X' is no size"},
    {"size beyond all bounds", "[store]\nmax-size = 99999999999T\n",
	":2: '99999999999T' is no size"},
    {"commit interval too short", "[store]\ncommit-interval = 1ms\n",
	":2: must be between"},
    {"neither durable nor not", "[store]\ndurable = often\n",
	":2: 'often' is neither"},
    {"no boolean", "[journal]\nenabled = maybe\n", ":2: 'maybe' is neither"},
    {"no such zone", "[syslog \"a\"]\ntimezone = Mars/X\n",
	":2: there is no time zone 'Mars/X'"},
    {"format that does not exist", "[log \"a\"]\nformat = klingon\n",
	":2: log-format: 'klingon' is neither"},
    {"format that cannot be compiled",
	"[nginx \"a\"]\nlog-format = '$remote_addr$status'\n",
	":2: log-format"},
    {"nginx section without a log", "[nginx \"a\"]\nhost = x\n[store]\n",
	":1: [nginx] needs access-log"},
    {"syslog section without a path", "\n\n[syslog \"a\"]\nhost = x\n",
	":3: [syslog] needs a path"},
    {"objective without a name", "[slo]\n", ":1: [slo] needs a name"},
    {"objective without a value", "[slo \"a\"]\nmatch = x\n",
	":1: [slo] needs an objective"},
    {"objective that allows no failure", "[slo \"a\"]\nobjective = 100\n",
	":2: '100' is no objective"},
    {"objective of nothing", "[slo \"a\"]\nobjective = 0 %\n",
	":2: '0 %' is no objective"},
    {"objective in words", "[slo \"a\"]\nobjective = nines\n",
	":2: 'nines' is no objective"},
    {"objective over no time", "[slo \"a\"]\nperiod = 1s\n",
	":2: must be 1min"},
    {"two objectives of one name",
	"[slo \"a\"]\nobjective=99\n[slo \"a\"]\nobjective=98\n",
	":3: there is a [slo \"a\"] already"},
    {"line numbers count joined lines", "[store]\npath = \\\n/x\nfoo = 1\n",
	":4: [store] has no key 'foo'"},
};

static void
is_refused(void **state)
{
	const struct refused *row = *state;
	CLEANUP(xfree) char *path = write_file("bad.conf", row->text);
	CLEANUP(xfree) char *want = xasprintf("%s%s", path, row->want);
	CLEANUP(config_free) struct config *c = NULL;
	struct reterr err = {""};

	assert_int_equal(load(path, folder, &c, &err), -EINVAL);
	assert_null(c);
	if (strncmp(err.text, want, strlen(want)) != 0)
		assert_string_equal(err.text, want);
}

/* ---- accepted ---- */

static void
reads_everything(void **state)
{
	CLEANUP(xfree)
	char *path = write_file("good.conf",
	    "\xef\xbb\xbf# a comment\r\n"
	    "; another\n"
	    "[store]\r\n"
	    "path = /var/x.db\r\n"
	    "  max-age=7d  \n"
	    "max-size = 2G\n"
	    "commit-interval = 250ms\n"
	    "durable = on\n"
	    "[journal]\n"
	    "directory = /var/log/journal/remote\n"
	    "host = far\n"
	    "[nginx \"shop\"]\n"
	    "access-log = /l/access.log\n"
	    "error-log = /l/error.log\n"
	    "log-format = '$remote_addr [$time_local] \\\n"
	    "\"$request\" $status'\n"
	    "service = shop\n"
	    "[nginx \"off\"]\n"
	    "access-log = /l/off.log\n"
	    "enabled = no\n"
	    "[syslog \"main\"]\n"
	    "path = /l/syslog*\n"
	    "timezone = Europe/Berlin\n"
	    "[log \"app\"]\n"
	    "path = /l/app.log\n"
	    "format = auto\n"
	    "[slo \"checkout\"]\n"
	    "match = POST /api/checkout*\n"
	    "objective = 99.95 %\n"
	    "period = 4w\n"
	    "[webhook]\n"
	    "listen = [::1]:9097\n"
	    "token-file = credential:t\n"
	    "pagerduty-key-file = /k\n"
	    "max-body = 256K\n"
	    "timeout = 5s\n"
	    "max-connections = 8\n"
	    "metrics = open\n"
	    "[slo 'all']\n"
	    "objective = 99");
	CLEANUP(config_free) struct config *c = NULL;
	struct reterr err = {""};

	if (load(path, folder, &c, &err) < 0)
		fail_msg("%s", err.text);
	assert_string_equal(c->store_path, "/var/x.db");
	assert_int_equal(c->max_age, 7 * USEC_PER_DAY);
	assert_int_equal(c->max_size, (int64_t)2 << 30);
	assert_int_equal(c->commit_interval, 250 * USEC_PER_MSEC);
	assert_true(c->durable);
	assert_false(c->discovered);
	assert_int_equal(c->n_journals, 1);
	assert_string_equal(
	    c->journals[0].directory, "/var/log/journal/remote");
	assert_string_equal(c->journals[0].host, "far");
	assert_int_equal(c->n_files, 4);
	assert_int_equal(c->files[0].kind, CONFIG_ACCESS);
	assert_string_equal(c->files[0].path, "/l/access.log");
	assert_string_equal(c->files[0].format,
	    "$remote_addr [$time_local] \"$request\" $status");
	assert_string_equal(c->files[0].service, "shop");
	assert_int_equal(c->files[1].kind, CONFIG_ERROR);
	assert_null(c->files[1].format);
	assert_string_equal(c->files[1].service, "shop");
	assert_int_equal(c->files[2].kind, CONFIG_SYSLOG);
	assert_string_equal(zone_name(c->files[2].zone), "Europe/Berlin");
	assert_null(c->files[2].service);
	assert_int_equal(c->files[3].kind, CONFIG_LOG);
	assert_null(c->files[3].format);
	assert_string_equal(c->webhook->listen, "[::1]:9097");
	assert_true(c->webhook->local);
	assert_string_equal(c->webhook->token, "credential:t");
	assert_string_equal(c->webhook->key, "/k");
	assert_int_equal(c->webhook->body_max, 256 * 1024);
	assert_int_equal(c->webhook->timeout, 5 * USEC_PER_SEC);
	assert_int_equal(c->webhook->connections, 8);
	assert_int_equal(c->webhook->metrics, ACCESS_OPEN);
	assert_int_equal(c->n_slos, 2);
	assert_string_equal(c->slos[0].name, "checkout");
	assert_string_equal(c->slos[0].match, "POST /api/checkout*");
	assert_true(c->slos[0].objective == 0.9995);
	assert_int_equal(c->slos[0].period, 28 * USEC_PER_DAY);
	assert_string_equal(c->slos[1].name, "all");
	assert_null(c->slos[1].match);
	assert_true(c->slos[1].objective == 0.99);
	assert_int_equal(c->slos[1].period, 30 * USEC_PER_DAY);
}

static void
drop_ins_come_after(void **state)
{
	CLEANUP(xfree) char *dir = xasprintf("%s/main.conf.d", folder);
	CLEANUP(xfree)
	char *path = write_file(
	    "main.conf", "[store]\nmax-age = 1d\n[syslog \"a\"]\npath = /a\n");
	CLEANUP(xfree) char *second = NULL, *first = NULL, *other = NULL;
	CLEANUP(config_free) struct config *c = NULL;
	struct reterr err = {""};

	assert_int_equal(mkdir(dir, 0755), 0);
	second = write_file("main.conf.d/20-b.conf", "[store]\nmax-age = 3d\n");
	first = write_file("main.conf.d/10-a.conf",
	    "[store]\nmax-age = 2d\n[syslog \"b\"]\npath = /b\n");
	other = write_file("main.conf.d/README", "not read");
	if (load(path, folder, &c, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(c->max_age, 3 * USEC_PER_DAY);
	assert_int_equal(c->n_files, 2);
	assert_string_equal(c->files[1].path, "/b");
}

static void
assert_file(const struct config *c, enum config_kind kind, const char *end)
{
	for (size_t i = 0; i < c->n_files; i++)
		if (c->files[i].kind == kind &&
		    str_ends(str_of(c->files[i].path), str_of(end)))
			return;
	fail_msg("%s is not followed", end);
}

static void
finds_what_nobody_named(void **state)
{
	CLEANUP(xfree)
	char *made = xasprintf(
	    "mkdir -p '%s/root/etc/nginx' '%s/root/var/log'", folder, folder);
	CLEANUP(xfree) char *root = xasprintf("%s/root", folder);
	CLEANUP(xfree) char *path = NULL, *conf = NULL, *log = NULL;
	CLEANUP(config_free) struct config *c = NULL;
	struct reterr err = {""};

	assert_int_equal(system(made), 0);
	path = write_file("only-store.conf", "[store]\npath = /s.db\n");
	conf = write_file("root/etc/nginx/nginx.conf",
	    "http { log_format x '$remote_addr [$time_local] \"$request\" "
	    "$status';\n"
	    "  access_log /var/log/a.log x;\n  error_log /var/log/e.log;\n"
	    "  server { access_log /var/log/$host.log x; } }\n");
	log = write_file("root/var/log/syslog", "x\n");
	if (load(path, root, &c, &err) < 0)
		fail_msg("%s", err.text);
	assert_true(c->discovered);
	assert_int_equal(c->n_files, 4); /* with nginx's own error log */
	assert_file(c, CONFIG_ACCESS, "/var/log/a.log");
	assert_file(c, CONFIG_ERROR, "/var/log/e.log");
	assert_file(c, CONFIG_SYSLOG, "/var/log/syslog");
}

static void
a_missing_file_is_an_error(void **state)
{
	CLEANUP(config_free) struct config *c = NULL;
	struct reterr err = {""};

	assert_int_equal(load("/nonexistent/x.conf", "", &c, &err), -ENOENT);
	assert_non_null(strstr(err.text, "/nonexistent/x.conf"));
}

static void
sizes(void **state)
{
	static const struct {
		const char *text;
		int64_t want; /* -1: refused */
	} rows[] = {
	    {"0", 0},
	    {"4096", 4096},
	    {"100k", 102400},
	    {"1 M", 1 << 20},
	    {"10GB", (int64_t)10 << 30},
	    {"2t", (int64_t)2 << 40},
	    {"", -1},
	    {"G", -1},
	    {"-1", -1},
	    {"1.5G", -1},
	    {"9223372036854775808", -1},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int64_t n = -7;
		int r = config_size_parse(str_of(rows[i].text), &n);

		if (rows[i].want < 0) {
			assert_int_equal(r, -EINVAL);
			assert_int_equal(n, -7);
		} else {
			assert_int_equal(r, 0);
			assert_int_equal(n, rows[i].want);
		}
	}
}

int
main(void)
{
	static const struct CMUnitTest others[] = {
	    cmocka_unit_test(reads_everything),
	    cmocka_unit_test(drop_ins_come_after),
	    cmocka_unit_test(finds_what_nobody_named),
	    cmocka_unit_test(a_missing_file_is_an_error),
	    cmocka_unit_test(sizes),
	};
	struct CMUnitTest tests[ARRAY_SIZE(refused) + ARRAY_SIZE(others)];

	for (size_t i = 0; i < ARRAY_SIZE(refused); i++)
		tests[i] = (struct CMUnitTest){
		    .name = refused[i].name,
		    .test_func = is_refused,
		    .initial_state = (void *)&refused[i],
		};
	memcpy(tests + ARRAY_SIZE(refused), others, sizeof(others));
	return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
