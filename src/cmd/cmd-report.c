/* SPDX-License-Identifier: MIT */
/*
 * report, timeline, impact, incidents: one path, different parts of the model.
 */
#include <stdio.h>
#include <string.h>

#include "make-report.h"
#include "recount/report.h"
#include "recount/template.h"
#include "redact-report.h"
#include "templates.h"

static const struct report_format *
find_format(const char *name)
{
	for (const struct report_format *f = report_formats; f->name; f++) {
		if (strcmp(f->name, name) == 0)
			return f;
	}
	return NULL;
}

DEFINE_CLEANUP(json_t *, json_decref)

/* The model, however it was made, goes to the one or the other renderer. */
static int
render(struct cmd_context *c, const struct report *r,
    const struct report_format *format, const struct report_options *o,
    const struct template_file *t, struct buf *out)
{
	CLEANUP(json_decref) json_t *model = NULL;

	if (t->path == NULL) {
		format->render(r, o, out);
		return EXIT_DONE;
	}
	model = template_model(r);
	return template_file_render(c, t, model, out);
}

static int
run_parts(struct cmd_context *c, unsigned parts)
{
	CLEANUP(template_file_end) struct template_file template = {0};
	const char *name = cmd_own(c, "template");
	CLEANUP(store_free) struct store *st = NULL;
	CLEANUP(redactor_free) struct redactor *redactor = NULL;
	CLEANUP(report_free) struct report *r = NULL;
	CLEANUP(buf_free) struct buf out = BUF_INIT;
	const struct report_format *format =
	    find_format(c->output ? c->output : "text");
	struct report_options o = {
	    .parts = parts,
	    .width = c->width,
	    .colour = c->colour,
	    .ascii = cmd_own(c, "ascii") != NULL,
	    .mermaid = cmd_own(c, "mermaid") != NULL,
	};
	unsigned redacted;
	int status;

	if (format == NULL)
		return cmd_usage(c, "-o %s: not a format of this command (%s)",
		    c->output, c->cmd->outputs);
	/* Documents are UTF-8 wherever they are made. */
	if (format == find_format("text"))
		o.ascii |= !c->utf8;
	if (c->argc > 0)
		return cmd_usage(c, "unexpected '%s'", c->argv[0]);
	if (name != NULL && c->output != NULL)
		return cmd_usage(c, "a template has its own format: either -o "
				    "or --template");
	if (o.mermaid && (!c->output || strcmp(c->output, "markdown") != 0))
		return cmd_usage(c, "--mermaid is for -o markdown");
	status = name ? template_file_open(c, name, &template) : EXIT_DONE;
	if (status != EXIT_DONE)
		return status;
	if (cmd_store(c, STORE_READ, &st) < 0)
		return EXIT_FAILED;
	status = make_report(c, st, &r);
	if (status != EXIT_DONE)
		return status;
	status = redact_open(c, st, &redactor, &redacted);
	if (status != EXIT_DONE)
		return status;
	if (redactor)
		report_redact(r, redactor, redacted);
	status = render(c, r, format, &o, &template, &out);
	if (status != EXIT_DONE)
		return status;
	cmd_pager(c);
	fwrite(out.p, 1, out.n, stdout);
	if (cmd_own(c, "exit-code") != NULL) {
		if (r->n_incidents > 0)
			return EXIT_INCIDENT;
		if (r->totals.events == 0)
			return EXIT_NOTHING;
	}
	return EXIT_DONE;
}

static int
run_report(struct cmd_context *c)
{
	return run_parts(c, REPORT_SUMMARY | REPORT_TIMELINE | REPORT_IMPACT |
				REPORT_FACTORS | REPORT_COVERAGE);
}

static int
run_timeline(struct cmd_context *c)
{
	return run_parts(c, REPORT_SUMMARY | REPORT_TIMELINE);
}

static int
run_impact(struct cmd_context *c)
{
	unsigned parts = REPORT_SUMMARY | REPORT_IMPACT;

	if (cmd_own(c, "clients") != NULL)
		parts |= REPORT_CLIENTS;
	return run_parts(c, parts);
}

static int
run_incidents(struct cmd_context *c)
{
	return run_parts(c, REPORT_SUMMARY);
}

#define SIMILAR_OPTION                                                         \
	{                                                                      \
		"similar", 0, NULL,                                            \
		    "look for incidents alike in the week before"              \
	}

#define MERMAID_OPTION                                                         \
	{                                                                      \
		"mermaid", 0, NULL,                                            \
		    "Markdown: the timeline as a Mermaid chart, too"           \
	}

#define CONFIG_OPTION                                                          \
	{                                                                      \
		"config", 0, "FILE",                                           \
		    "objectives are in FILE instead of recountd.conf"          \
	}

#define COMMON_OPTIONS                                                         \
	REDACT_OPTIONS,                                                        \
	    {"ascii", 0, NULL, "no characters beyond 7 bits of our own"},      \
	{                                                                      \
		"exit-code", 0, NULL,                                          \
		    "exit 10 when there is an incident, 3 when nothing"        \
	}

static const struct cmd_option report_cmd_options[] = {
    {"template", 0, "NAME|FILE",
	"through a template: pagerduty, incident-report, srebook, google, "
	"external, or one of yours"},
    {"all", 0, NULL, "every notable item, not only the most telling"},
    MERMAID_OPTION,
    SIMILAR_OPTION,
    CONFIG_OPTION,
    COMMON_OPTIONS,
    {NULL, 0, NULL, NULL},
};

static const struct cmd_option timeline_options[] = {
    {"all", 0, NULL, "every notable item, not only the most telling"},
    MERMAID_OPTION,
    SIMILAR_OPTION,
    CONFIG_OPTION,
    COMMON_OPTIONS,
    {NULL, 0, NULL, NULL},
};

static const struct cmd_option impact_options[] = {
    {"clients", 0, NULL, "list the clients affected"},
    CONFIG_OPTION,
    COMMON_OPTIONS,
    {NULL, 0, NULL, NULL},
};

static const struct cmd_option incidents_options[] = {
    SIMILAR_OPTION,
    CONFIG_OPTION,
    COMMON_OPTIONS,
    {NULL, 0, NULL, NULL},
};

#define REPORT_OUTPUTS "text, markdown, html, json, jsonl, csv"

const struct cmd cmd_report = {
    .name = "report",
    .synopsis = "[-S TIME] [-U TIME] [-o FORMAT | --template NAME|FILE]",
    .help = "the whole postmortem draft of a window",
    .outputs = REPORT_OUTPUTS,
    .options = report_cmd_options,
    .run = run_report,
};

const struct cmd cmd_timeline = {
    .name = "timeline",
    .synopsis = "[-S TIME] [-U TIME] [-o FORMAT]",
    .help = "the postmortem timeline of a window",
    .outputs = REPORT_OUTPUTS,
    .options = timeline_options,
    .run = run_timeline,
};

const struct cmd cmd_impact = {
    .name = "impact",
    .synopsis = "[-S TIME] [-U TIME] [--clients] [-o FORMAT]",
    .help = "what the incidents of a window cost",
    .outputs = REPORT_OUTPUTS,
    .options = impact_options,
    .run = run_impact,
};

const struct cmd cmd_incidents = {
    .name = "incidents",
    .synopsis = "[-S TIME] [-U TIME]",
    .help = "the incidents found in a window",
    .outputs = REPORT_OUTPUTS,
    .options = incidents_options,
    .run = run_incidents,
};
