/* SPDX-License-Identifier: MIT */
/*
 * parsers: what reads which line, and why not.
 *
 *   list         the formats and how many rules there are
 *   test         every format and rule against its own samples
 *   check FILE   a file of formats or rules: what is wrong with it, and where
 *   detect FILE  the format of each file, and its first lines that do not fit
 */
#include <stdio.h>

#include "cmd.h"
#include "recount/file.h"
#include "recount/ingest.h"
#include "recount/parse.h"
#include "recount/rules.h"
#include "recount/source.h"
#include "recount/utf8.h"

#define SAMPLE_BYTES ((size_t)64 * 1024)
#define DOCUMENT_BYTES ((size_t)64 * 1024 * 1024) /* as import takes */
#define MISFITS_SHOWN 3

static int
list(struct cmd_context *c)
{
	CLEANUP(rules_free) struct rules *rs = NULL;
	struct reterr err = {""};
	CLEANUP(parsers_free) struct parsers *ps = datadir_parsers(&err);

	if (err.text[0])
		return cmd_fail(c, "%s", err.text);

	for (size_t i = 0; i < parsers_count(ps); i++) {
		const struct parser *p = parsers_get(ps, i);

		printf("%-18s %-12s %s\n", parser_name(p),
		    event_kind_name(parser_kind(p)),
		    parser_log_format(p) ? parser_log_format(p) : "");
	}
	if (datadir_rules(&rs, &err) < 0)
		return cmd_fail(c, "%s", err.text);
	printf("%zu rules\n", rules_count(rs));
	return EXIT_DONE;
}

static void
print_failure(void *arg, const char *rule, const char *text)
{
	printf("%s: %s\n", rule, text);
}

static void
print_sample(void *arg, const char *where, const char *format, const char *text)
{
	printf("%s: format %s: %s\n", where, format, text);
}

static int
test(struct cmd_context *c)
{
	CLEANUP(rules_free) struct rules *rs = NULL;
	struct reterr err = {""};
	CLEANUP(parsers_free) struct parsers *ps = datadir_parsers(&err);
	int failed;

	if (err.text[0] || datadir_rules(&rs, &err) < 0)
		return cmd_fail(c, "%s", err.text);
	failed = parsers_test(ps, print_sample, NULL);
	failed += rules_test(rs, print_failure, NULL);
	printf("%zu formats, %zu rules, %d samples fail\n", parsers_count(ps),
	    rules_count(rs), failed);
	return failed ? EXIT_FAILED : EXIT_DONE;
}

/* One file of formats, rules or both, by itself. */
static int
check_file(struct cmd_context *c, const char *path)
{
	CLEANUP(parsers_free) struct parsers *ps = parsers_new();
	CLEANUP(rules_free) struct rules *rs = rules_new();
	struct reterr err = {""};
	size_t formats = parsers_count(ps);
	int failed = 0;

	if (parsers_load(ps, path, &err) < 0) {
		printf("%s\n", err.text);
		failed++;
	}
	/* What both refuse, as text that is no JSON, is told once. */
	if (!failed && rules_load(rs, path, &err) < 0) {
		printf("%s\n", err.text);
		failed++;
	}
	formats = parsers_count(ps) - formats;
	failed += parsers_test(ps, print_sample, NULL);
	failed += rules_test(rs, print_failure, NULL);
	if (!failed && !formats && !rules_count(rs)) {
		printf("%s:1: has neither \"formats\" nor \"rules\"\n", path);
		failed++;
	}
	if (!failed)
		printf("%s: %zu formats, %zu rules\n", path, formats,
		    rules_count(rs));
	return failed ? EXIT_FAILED : EXIT_DONE;
}

static void
print_misfits(const struct parser *p, struct str sample)
{
	CLEANUP(buf_free) struct buf out = BUF_INIT, why = BUF_INIT;
	struct parse_state st = {
	    .zone = zone_local(), .seen = clock_now(), .last = USEC_NONE};
	struct log_event ev;
	struct str line;
	int shown = 0;

	for (int n = 1; sample.p && shown < MISFITS_SHOWN; n++) {
		sample = str_cut(sample, '\n', &line);
		if (!sample.p || !line.n || !parser_starts_entry(p, line) ||
		    parser_parse(p, line, &st, &ev) == PARSE_OK)
			continue;
		buf_reset(&why);
		buf_addf(&out, "  line %d does not fit at column %zu: ", n,
		    parser_misfit(p, line, &why));
		utf8_add_printable(&out, str_sub(buf_str(&why), 0, 200));
		buf_adds(&out, "\n    ");
		utf8_add_printable(&out, str_sub(line, 0, 200));
		buf_addc(&out, '\n');
		shown++;
	}
	fwrite(out.p, 1, out.n, stdout);
	buf_free(&st.scratch);
}

static int
count_alert(void *arg, struct log_event *ev)
{
	++*(int *)arg;
	return 0;
}

/* What import reads as a whole rather than by lines. */
static bool
is_document(const char *path, struct str sample)
{
	CLEANUP(buf_free) struct buf text = BUF_INIT;
	struct str s = sample;
	int n = 0;

	while (s.n && strchr(" \t\r\n", *s.p))
		s = str_skip(s, 1);
	if (ingest_is_export(sample)) {
		printf("%s: journal-export\n", path);
		return true;
	}
	if (!s.n || (*s.p != '{' && *s.p != '[') ||
	    file_read(path, DOCUMENT_BYTES, &text, NULL) < 0 ||
	    parse_alerts(buf_str(&text), count_alert, &n, NULL) < 0 || n == 0)
		return false;
	printf("%s: alerts, %d of them\n", path, n);
	return true;
}

static int
detect_file(struct cmd_context *c, struct parsers *ps, const char *path)
{
	CLEANUP(reader_free) struct reader *r = NULL;
	struct reterr err = {""};
	struct detection d;
	struct str sample;

	if (reader_open(path, &r, &err) < 0)
		return cmd_fail(c, "%s", err.text);
	sample = reader_peek(r, SAMPLE_BYTES);
	if (is_document(path, sample))
		return EXIT_DONE;
	parse_detect(ps, sample, path, &d);
	if (!d.parser) {
		printf("%s: none: %s\n", path, d.reason);
		return EXIT_FAILED;
	}
	printf("%s: %s, %zu of %zu lines fit (%zu %%)\n", path,
	    parser_name(d.parser), d.fitted, d.lines, d.fitted * 100 / d.lines);
	if (parser_log_format(d.parser))
		printf("  log_format %s\n", parser_log_format(d.parser));
	if (d.fitted < d.lines)
		print_misfits(d.parser, sample);
	return EXIT_DONE;
}

static int
check(struct cmd_context *c)
{
	int status = EXIT_DONE;

	if (c->argc < 2)
		return cmd_usage(c, "check wants a file");
	for (size_t i = 1; i < c->argc; i++)
		if (check_file(c, c->argv[i]) != EXIT_DONE)
			status = EXIT_FAILED;
	return status;
}

static int
detect(struct cmd_context *c)
{
	struct reterr err = {""};
	CLEANUP(parsers_free) struct parsers *ps = datadir_parsers(&err);
	int status = EXIT_DONE;

	if (err.text[0])
		cmd_fail(c, "%s; it is left out", err.text);

	if (c->argc < 2)
		return cmd_usage(c, "detect wants a file");
	for (size_t i = 1; i < c->argc; i++) {
		int one = detect_file(c, ps, c->argv[i]);

		status = one != EXIT_DONE ? one : status;
	}
	return status;
}

static int
run_parsers(struct cmd_context *c)
{
	const char *what = c->argc ? c->argv[0] : "list";

	if (!strcmp(what, "list"))
		return list(c);
	if (!strcmp(what, "test"))
		return test(c);
	if (!strcmp(what, "check"))
		return check(c);
	if (!strcmp(what, "detect"))
		return detect(c);
	return cmd_usage(c, "'%s' is none of list, test, check, detect", what);
}

const struct cmd cmd_parsers = {
    .name = "parsers",
    .synopsis = "list | test | check FILE... | detect FILE...",
    .help = "what reads which line, and why not",
    .run = run_parsers,
};
