/* SPDX-License-Identifier: MIT */
/*
 * recount: asks the store.  This file only finds the command and ends the
 * output properly: a report that did not reach the disk is a failure, a
 * reader that had enough (head, less) is not.
 */
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "options.h"
#include "recount/log.h"

static const struct cmd cmd_help;

static const struct cmd *const commands[] = {
    &cmd_import,
    &cmd_incidents,
    &cmd_timeline,
    &cmd_impact,
    &cmd_report,
    &cmd_render,
    &cmd_events,
    &cmd_show,
    &cmd_patterns,
    &cmd_mark,
    &cmd_snapshot,
    &cmd_status,
    &cmd_check,
    &cmd_sql,
    &cmd_parsers,
    &cmd_help,
    NULL,
};

static int
run_help(struct cmd_context *c)
{
	if (c->argc == 0) {
		options_help(commands);
		return EXIT_DONE;
	}
	for (size_t i = 0; commands[i]; i++)
		if (!strcmp(commands[i]->name, c->argv[0])) {
			options_help_command(commands[i]);
			return EXIT_DONE;
		}
	return cmd_usage(c, "there is no command '%s'", c->argv[0]);
}

static const struct cmd cmd_help = {
    .name = "help",
    .synopsis = "[COMMAND]",
    .help = "show what a command takes",
    .run = run_help,
};

/* Nobody reads any more: head and less had enough, which is no failure. */
static bool
reader_left(void)
{
	struct pollfd p = {.fd = STDOUT_FILENO, .events = POLLOUT};

	return poll(&p, 1, 0) > 0 && (p.revents & POLLERR);
}

static int
finish(struct cmd_context *c, int status)
{
	bool failed = fflush(stdout) != 0 || ferror(stdout);

	if (failed && !reader_left())
		status = cmd_fail(
		    c, "standard output could not be written to the end");
	if (c->pager) {
		close(STDOUT_FILENO);
		waitpid((pid_t)c->pager, NULL, 0);
	}
	return status;
}

int
main(int argc, char **argv)
{
	struct cmd_context c;
	int status = EXIT_DONE;

	setlocale(LC_CTYPE, "");
	signal(SIGPIPE, SIG_IGN);
	switch (options_read(&c, argc, argv, commands)) {
	case OPTIONS_RUN:
		log_open(
		    "recount", c.quiet ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO);
		status = c.cmd->run(&c);
		break;
	case OPTIONS_DONE:
		break;
	case OPTIONS_WRONG:
		status = EXIT_USAGE;
		break;
	}
	status = finish(&c, status);
	options_end(&c);
	return status;
}
