/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_CMD_H
#define RECOUNT_CMD_H

/*
 * A subcommand of recount is one file: its entry, and a run function that
 * gets everything said on the command line as a struct cmd_context.  Options
 * that several commands take are read in options.c; those of one command are
 * listed in its entry and asked for by name.
 */

#include "recount/err.h"
#include "recount/event.h"
#include "recount/store.h"

enum exit_status { /* what the manual page promises */
	EXIT_DONE = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_NOTHING = 3,   /* only with --exit-code: nothing in the window */
	EXIT_INCIDENT = 10, /* only with --exit-code: an incident was found */
};

struct cmd_context;

struct cmd_option {
	const char *name; /* "clients", without the dashes */
	char letter;      /* 0: long only */
	const char *arg;  /* "FILE" when it takes a value, NULL for a switch */
	const char *help; /* a short line, lower case */
};

struct cmd {
	const char *name;
	const char *synopsis; /* operands and the most used options */
	const char *help;     /* one line for `recount help` */
	const char *outputs;  /* what -o may be, "text, json"; NULL: no -o */
	const struct cmd_option *options;  /* ends with name NULL; or NULL */
	int (*run)(struct cmd_context *c); /* enum exit_status */
};

#define CMD_OWN_MAX 32 /* own options given on one command line */

/* Everything the command line says.  Unset: NULL, USEC_NONE, -1, false. */
struct cmd_context {
	const struct cmd *cmd;
	char *const *argv; /* operands: what stands behind the options */
	size_t argc;
	char *const *command; /* the whole command line as typed */
	size_t n_command;

	const char *db; /* --db, $RECOUNT_DB, or the default; never NULL */
	const struct zone *zone; /* --utc, --timezone, or local; never NULL */
	usec_t now;              /* clock_now() once, so that all agree */
	usec_t since, until;     /* -S, -U */

	const char *output; /* -o */
	const char *unit, *grep, *host, *service;
	int priority;   /* -p: this and more urgent; -1 all */
	int64_t lines;  /* -n */
	bool reverse;   /* -r */
	bool quiet;     /* -q */
	bool no_pager;  /* --no-pager */
	bool terminal;  /* standard output is one */
	bool colour;    /* terminal, and neither NO_COLOR nor TERM=dumb */
	bool utf8;      /* the locale's characters are; cron's are not */
	unsigned width; /* of the terminal; 0: not a terminal, do not cut */

	struct cmd_own {
		const struct cmd_option *option;
		const char *value;
	} own[CMD_OWN_MAX];
	size_t n_own;

	long pager; /* its process id; 0: none */
};

/* The last value given to an option of the command's own: "" for a switch,
 * NULL when it was not given. */
const char *cmd_own(const struct cmd_context *c, const char *name);

/* Complain about usage with a hint at --help; returns EXIT_USAGE. */
int cmd_usage(const struct cmd_context *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Complain that something failed; returns EXIT_FAILED. */
int cmd_fail(const struct cmd_context *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The store of c->db; failing is told to the user.  0 or -errno. */
int cmd_store(
    const struct cmd_context *c, enum store_mode mode, struct store **ret);

/*
 * The window that is asked for, absolute and half-open.  Without -U it ends
 * now (or behind the store's last event where `whole` is set); without -S it
 * begins `span` before its end (or with the store's first event where `whole`
 * is set).  EXIT_DONE, or EXIT_USAGE after a complaint.
 */
int cmd_window(const struct cmd_context *c, struct store *st, bool whole,
    usec_t span, usec_t *ret_since, usec_t *ret_until);
/* "2026-03-04 14:00:00–15:00:00 CET (UTC+1)", appended. */
void cmd_window_text(
    const struct cmd_context *c, usec_t since, usec_t until, struct buf *out);

/* Standard output through a pager, where it is a terminal and none was
 * forbidden.  main() waits for the pager and reports output that failed. */
void cmd_pager(struct cmd_context *c);

/* ---- datadir.c: where parsers/ and its rules are ---- */

struct parsers;
struct rules;

/*
 * The folders to load *.json from: $RECOUNT_PARSERS, or the installed one, or
 * the source tree's when run from a build folder; and behind it, or with
 * site_first before it, /etc/recount/parsers.d.  Only those that exist.  fn
 * returning non-zero ends the walk and is returned.
 */
int datadir_each_parsers(
    bool site_first, int (*fn)(void *arg, const char *path), void *arg);
/* The formats built in and those of the folders.  What cannot be loaded is
 * left out, and err says what; its text is empty otherwise. */
struct parsers *datadir_parsers(struct reterr *err);
/* All rules of those folders.  0, or -errno with the reason. */
int datadir_rules(struct rules **ret, struct reterr *err);
/*
 * The folders that templates are looked for in, in order: /etc/recount's,
 * then $RECOUNT_TEMPLATES, or the installed one, or the source tree's.  As
 * datadir_each_parsers().
 */
int datadir_each_templates(int (*fn)(void *arg, const char *path), void *arg);

/* ---- the commands ---- */

extern const struct cmd cmd_check, cmd_events, cmd_import, cmd_mark,
    cmd_parsers, cmd_snapshot, cmd_patterns, cmd_render, cmd_show, cmd_sql,
    cmd_status;
/* cmd-report.c */
extern const struct cmd cmd_impact, cmd_incidents, cmd_report, cmd_timeline;

#endif
