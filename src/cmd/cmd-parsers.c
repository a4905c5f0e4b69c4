/* SPDX-License-Identifier: MIT */
/*
 * parsers: what reads which line, and why not.
 *
 *   list         the formats and how many rules there are
 *   test         every format and rule against its own samples
 *   detect FILE  the format of each file, and its first lines that do not fit
 */
#include <stdio.h>

#include "cmd.h"
#include "recount/parse.h"
#include "recount/rules.h"
#include "recount/source.h"
#include "recount/utf8.h"

#define SAMPLE_BYTES ((size_t)64 * 1024)
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

static int
test(struct cmd_context *c)
{
	CLEANUP(rules_free) struct rules *rs = NULL;
	struct reterr err = {""};
	CLEANUP(parsers_free) struct parsers *ps = datadir_parsers(&err);
	int failed;

	if (err.text[0] || datadir_rules(&rs, &err) < 0)
		return cmd_fail(c, "%s", err.text);
	failed = parsers_test(ps, print_failure, NULL);
	failed += rules_test(rs, print_failure, NULL);
	printf("%zu formats, %zu rules, %d samples fail\n", parsers_count(ps),
	    rules_count(rs), failed);
	return failed ? EXIT_FAILED : EXIT_DONE;
}

static void
print_misfits(const struct parser *p, struct str sample)
{
	CLEANUP(buf_free) struct buf out = BUF_INIT;
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
		buf_addf(&out, "  line %d does not fit: ", n);
		utf8_add_printable(&out, str_sub(line, 0, 200));
		buf_addc(&out, '\n');
		shown++;
	}
	fwrite(out.p, 1, out.n, stdout);
	buf_free(&st.scratch);
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
	parse_detect(ps, sample, path, &d);
	if (!d.parser) {
		printf("%s: none: %s\n", path, d.reason);
		return EXIT_FAILED;
	}
	printf("%s: %s, %zu of %zu lines fit\n", path, parser_name(d.parser),
	    d.fitted, d.lines);
	if (parser_log_format(d.parser))
		printf("  log_format %s\n", parser_log_format(d.parser));
	if (d.fitted < d.lines)
		print_misfits(d.parser, sample);
	return EXIT_DONE;
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
	if (!strcmp(what, "detect"))
		return detect(c);
	return cmd_usage(c, "'%s' is none of list, test, detect", what);
}

const struct cmd cmd_parsers = {
    .name = "parsers",
    .synopsis = "list | test | detect FILE...",
    .help = "what reads which line, and why not",
    .run = run_parsers,
};
