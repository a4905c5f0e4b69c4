/* SPDX-License-Identifier: MIT */
/*
 * snapshot DIR: the report of a window and the events behind it as a folder
 * that needs nothing: for cron, timers, and whoever archives incidents.
 *
 * Report and tables are of one moment of the store.  Nothing is said unless
 * something went wrong (cron mails what is said), or on a terminal.
 */
#include <errno.h>
#include <stdio.h>

#include "make-report.h"
#include "recount/report.h"
#include "redact-report.h"
#include "snapshot.h"

#define PARTS_ALL                                                              \
	(REPORT_SUMMARY | REPORT_TIMELINE | REPORT_IMPACT | REPORT_CLIENTS |   \
	    REPORT_FACTORS | REPORT_COVERAGE)

/* "30" snapshots, or those whose window ended in the last "30d". */
static int
read_keep(const struct cmd_context *c, struct folder_limit *ret)
{
	const char *keep = cmd_own(c, "keep");

	*ret = (struct folder_limit){0};
	if (keep == NULL)
		return EXIT_DONE;
	if (str_to_u64(str_of(keep), &ret->count)) {
		if (ret->count > 0)
			return EXIT_DONE;
	} else if (span_parse(str_of(keep), &ret->age) == 0 && ret->age > 0) {
		return EXIT_DONE;
	}
	return cmd_usage(c,
	    "--keep wants a number of snapshots or an age like 30d, not '%s'",
	    keep);
}

static int
learn_line(void *arg, const struct log_event *ev)
{
	redactor_learn(arg, ev->raw);
	return 0;
}

/* People whom the report does not cite may stand in the other events. */
static int
learn_window(
    struct store *st, const struct report *r, struct redactor *redactor)
{
	const struct store_query q = {
	    .since = r->since,
	    .until = r->until,
	    .columns = STORE_RAW,
	    .kinds = ((1 << EVENT_KIND_COUNT) - 1) & ~(1 << EVENT_ACCESS),
	};

	return store_scan(st, &q, learn_line, redactor, NULL, NULL);
}

static int
write_reports(struct folder *f, const struct report *r, struct reterr *err)
{
	static const struct {
		const char *format, *file;
	} files[] = {
	    {"markdown", "report.md"},
	    {"json", "report.json"},
	    {"html", "report.html"},
	};
	const struct report_options o = {.parts = PARTS_ALL};
	int status = 0;

	for (size_t i = 0; status == 0 && i < ARRAY_SIZE(files); i++) {
		CLEANUP(buf_free) struct buf out = BUF_INIT;
		const struct report_format *format = report_formats;

		while (strcmp(format->name, files[i].format) != 0)
			format++;
		format->render(r, &o, &out);
		status = folder_file(f, files[i].file, buf_str(&out), err);
	}
	return status;
}

static int
write_snapshot(struct folder *f, struct store *st, const struct report *r,
    struct redactor *redactor, struct reterr *err)
{
	char name[SNAPSHOT_NAME_MAX];
	const char *path;
	int status = folder_begin(f, &path, err);

	if (status == 0)
		status = snapshot_tables(st, r, redactor, path, err);
	if (status == 0)
		status = write_reports(f, r, err);
	if (status != 0)
		return status;
	snapshot_name(r->since, r->until, name);
	return folder_keep(f, name, err);
}

/* The report and, unless nothing calls for it, its snapshot. */
static int
take(struct cmd_context *c, struct store *st, struct folder *f,
    struct report **ret)
{
	CLEANUP(redactor_free) struct redactor *redactor = NULL;
	CLEANUP(report_free) struct report *r = NULL;
	struct reterr err = {""};
	unsigned redacted;
	int status = redact_open(c, st, &redactor, &redacted);

	if (status == EXIT_DONE)
		status = make_report(c, st, &r);
	if (status != EXIT_DONE)
		return status;
	if (redactor) {
		report_redact(r, redactor, redacted);
		if (learn_window(st, r, redactor) < 0)
			return cmd_fail(c, "%s: cannot be read", c->db);
	}
	if (r->n_incidents > 0 || cmd_own(c, "if-incident") == NULL) {
		if (write_snapshot(f, st, r, redactor, &err) < 0)
			return cmd_fail(c, "%s", err.text);
		if (c->terminal && !c->quiet) {
			char name[SNAPSHOT_NAME_MAX];

			snapshot_name(r->since, r->until, name);
			printf("%s/%s\n", c->argv[0], name);
		}
	}
	*ret = STEAL(r);
	return EXIT_DONE;
}

static int
run_snapshot(struct cmd_context *c)
{
	CLEANUP(folder_free) struct folder *f = NULL;
	CLEANUP(store_free) struct store *st = NULL;
	CLEANUP(report_free) struct report *r = NULL;
	struct folder_limit limit;
	struct reterr err = {""};
	int status;

	if (c->argc != 1)
		return cmd_usage(c, "which folder are the snapshots in?");
	if (c->output != NULL)
		return cmd_usage(c, "a snapshot has its own formats: no -o");
	status = read_keep(c, &limit);
	if (status != EXIT_DONE)
		return status;
	if (cmd_store(c, STORE_READ, &st) < 0)
		return EXIT_FAILED;
	if (folder_open(c->argv[0], &f, &err) < 0)
		return cmd_fail(c, "%s", err.text);
	if (store_hold(st) < 0)
		return cmd_fail(c, "%s: cannot be read", c->db);
	status = take(c, st, f, &r);
	store_release(st);
	if (status != EXIT_DONE)
		return status;
	if (folder_retain(f, &limit, c->now, &err) < 0 ||
	    folder_index(f, c->zone, &err) < 0)
		return cmd_fail(c, "%s", err.text);
	if (cmd_own(c, "exit-code") != NULL) {
		if (r->n_incidents > 0)
			return EXIT_INCIDENT;
		if (r->totals.events == 0)
			return EXIT_NOTHING;
	}
	return EXIT_DONE;
}

static const struct cmd_option snapshot_options[] = {
    {"if-incident", 0, NULL, "write one only when there is an incident"},
    {"keep", 0, "N|AGE", "remove all but the last N, or those older than AGE"},
    {"all", 0, NULL, "every notable item, not only the most telling"},
    {"config", 0, "FILE", "objectives are in FILE instead of recountd.conf"},
    {"exit-code", 0, NULL, "exit 10 when there is an incident, 3 when nothing"},
    REDACT_OPTIONS,
    {NULL, 0, NULL, NULL},
};

const struct cmd cmd_snapshot = {
    .name = "snapshot",
    .synopsis = "[-S TIME] [-U TIME] [--if-incident] [--keep N|AGE] DIR",
    .help = "the report and the events of a window as a folder of its own",
    .options = snapshot_options,
    .run = run_snapshot,
};
