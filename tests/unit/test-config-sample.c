/* SPDX-License-Identifier: MIT */
/*
 * samples/recountd.conf says what the program does without it.
 *
 * As it stands it is the same as no configuration.  With the comment marks of
 * its keys taken away, each section is the same as one that says nothing but
 * what it cannot do without; so a default that changes in one of both places
 * fails here, as does a key that the sample leaves out.
 */

/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "recount/config.h"
#include "recount/file.h"
#include "recount/parse.h"

static const char *const sections[] = {"store", "journal", "nginx", "syslog",
    "log", "syslog-listen", "webhook", "slo"};

/* What a section cannot do without. */
static const struct needed {
	const char *section, *line;
} needed[] = {
    {"nginx", "access-log = /a.log\nerror-log = /e.log\n"},
    {"syslog", "path = /s.log\n"},
    {"log", "path = /l.log\n"},
    {"syslog-listen", "listen = udp://:514\n"},
    {"slo", "objective = 99.9%\n"},
};

static void
read_sample(struct buf *out)
{
	static const char self[] = "unit/test-config-sample.c";
	CLEANUP(xfree)
	char *path = xasprintf("%.*s../samples/recountd.conf",
	    (int)(sizeof(__FILE__) - sizeof(self)), __FILE__);
	struct reterr err = {""};

	if (file_read(path, CONFIG_FILE_BYTES_MAX, out, &err) < 0)
		fail_msg("%s", err.text);
}

/* "#[name" or "#key =": no blank behind the mark, unlike prose. */
static bool
is_setting(struct str line)
{
	return line.n > 1 && line.p[0] == '#' && line.p[1] != ' ';
}

/* Whether the sample's section has the key; its value then, maybe empty. */
static bool
sample_key(struct str sample, const char *section, const char *key)
{
	CLEANUP(xfree) char *title = xasprintf("#[%s", section);
	struct str line, name;
	bool inside = false;

	while (sample.n) {
		sample = str_cut(sample, '\n', &line);
		if (!is_setting(line))
			continue;
		if (line.p[1] == '[') {
			char end = line.n > strlen(title)
				       ? line.p[strlen(title)]
				       : '\0';

			inside = str_starts(line, str_of(title)) &&
				 (end == ']' || end == ' ');
			continue;
		}
		str_cut(str_skip(line, 1), '=', &name);
		if (inside && str_eq(str_trim(name), str_of(key)))
			return true;
	}
	return false;
}

static void
add_needed(struct str title, struct buf *out)
{
	struct str name;

	str_cut(str_skip(title, 1), ' ', &name);
	for (size_t i = 0; i < ARRAY_SIZE(needed); i++)
		if (str_eq(name, str_of(needed[i].section)))
			buf_adds(out, needed[i].line);
}

/* The sample with each section begun, and with what it needs; and with the
 * values that it shows where `values` is set. */
static void
uncommented(struct str sample, bool values, struct buf *out)
{
	struct str line;

	while (sample.n) {
		sample = str_cut(sample, '\n', &line);
		if (!is_setting(line))
			continue;
		line = str_skip(line, 1);
		if (line.p[0] != '[' && (!values || str_ends(line, STR("="))))
			continue;
		buf_add_str(out, line);
		buf_addc(out, '\n');
		if (line.p[0] == '[')
			add_needed(line, out);
	}
}

/* ---- all of a configuration, as text ---- */

static const char *
or_none(const char *s)
{
	return s ? s : "-";
}

static void
dump_sources(const struct config *c, struct buf *out)
{
	for (size_t i = 0; i < c->n_journals; i++) {
		const struct config_journal *j = &c->journals[i];

		buf_addf(out, "journal %s %s %s %s %x\n", or_none(j->directory),
		    or_none(j->namespace), or_none(j->host), or_none(j->units),
		    j->severities);
	}
	for (size_t i = 0; i < c->n_files; i++) {
		const struct config_file *f = &c->files[i];

		buf_addf(out, "file %d %s %s %s %s %s\n", (int)f->kind, f->path,
		    or_none(f->format), or_none(f->service), or_none(f->host),
		    f->zone ? zone_name(f->zone) : "-");
	}
}

static void
dump_listens(const struct config *c, struct buf *out)
{
	for (size_t i = 0; i < c->n_listens; i++) {
		const struct config_listen *l = &c->listens[i];

		buf_addf(out, "listen %s %d %s:%s%s %s %s %s\n", l->name,
		    (int)l->address.scheme, l->address.host, l->address.port,
		    l->address.path, or_none(l->certificate), or_none(l->key),
		    or_none(l->client_ca));
		buf_addf(out, " %s %s %s %s\n", or_none(l->service),
		    or_none(l->host), or_none(l->format),
		    l->zone ? zone_name(l->zone) : "-");
		buf_addf(out, " %lld %lld %u %u %u %lld %o\n",
		    (long long)l->message_max, (long long)l->receive_buffer,
		    l->connections_max, l->sender_connections_max,
		    l->sender_rate, (long long)l->idle_max, l->mode);
	}
}

static void
dump(const struct config *c, struct buf *out)
{
	const struct config_webhook *w = c->webhook;

	buf_addf(out, "store %s %lld %lld %lld %d, %s\n", c->store_path,
	    (long long)c->max_age, (long long)c->max_size,
	    (long long)c->commit_interval, c->durable,
	    c->discovered ? "found" : "named");
	dump_sources(c, out);
	dump_listens(c, out);
	for (size_t i = 0; i < c->n_slos; i++)
		buf_addf(out, "slo %s %s %f %lld\n", c->slos[i].name,
		    or_none(c->slos[i].match), c->slos[i].objective,
		    (long long)c->slos[i].period);
	if (w)
		buf_addf(out, "webhook %s %d %s %s %lld %lld %u %d\n",
		    w->listen, w->local, or_none(w->token), or_none(w->key),
		    (long long)w->body_max, (long long)w->timeout,
		    w->connections, (int)w->metrics);
}

static void
dump_of(struct str text, struct buf *out)
{
	CLEANUP(parsers_free) struct parsers *ps = parsers_new();
	CLEANUP(config_free) struct config *c = NULL;
	char path[] = "/tmp/recount-test-sample-XXXXXX";
	struct reterr err = {""};
	int fd = mkstemp(path), r;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text.p ? text.p : "", text.n), text.n);
	close(fd);
	r = config_load(path, "/no-such-root", ps, &c, &err);
	unlink(path);
	if (r < 0)
		fail_msg("%s", err.text);
	dump(c, out);
}

/* ---- tests ---- */

static void
as_it_stands(void **state)
{
	CLEANUP(buf_free) struct buf sample = BUF_INIT, with = BUF_INIT;
	CLEANUP(buf_free) struct buf without = BUF_INIT;

	read_sample(&sample);
	dump_of(buf_str(&sample), &with);
	dump_of(STR(""), &without);
	assert_string_equal(with.p, without.p);
}

static void
every_key(void **state)
{
	CLEANUP(buf_free) struct buf sample = BUF_INIT;

	read_sample(&sample);
	for (size_t s = 0; s < ARRAY_SIZE(sections); s++) {
		const char *key = config_key_name(sections[s], 0);

		assert_non_null(key);
		for (size_t i = 0; key; i++) {
			if (!sample_key(buf_str(&sample), sections[s], key))
				fail_msg("[%s] %s is not in the sample",
				    sections[s], key);
			key = config_key_name(sections[s], i + 1);
		}
	}
}

static void
every_default(void **state)
{
	CLEANUP(buf_free) struct buf sample = BUF_INIT, text = BUF_INIT;
	CLEANUP(buf_free) struct buf said = BUF_INIT, own = BUF_INIT;

	read_sample(&sample);
	uncommented(buf_str(&sample), true, &text);
	dump_of(buf_str(&text), &said);
	assert_non_null(strstr(buf_str(&text).p, "max-age"));
	buf_reset(&text);
	uncommented(buf_str(&sample), false, &text);
	dump_of(buf_str(&text), &own);
	assert_string_equal(said.p, own.p);
	for (size_t s = 1; s < ARRAY_SIZE(sections); s++)
		assert_non_null(strstr(text.p, sections[s]));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(as_it_stands),
	    cmocka_unit_test(every_key),
	    cmocka_unit_test(every_default),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
