/* SPDX-License-Identifier: MIT */
/*
 * What every subcommand needs: complaints that end with a hint, the store,
 * the window, and the pager.
 *
 * Complaints go to standard error and name the program, as those of all
 * commands do; they are for whoever typed the line, so they are not "logged".
 *
 * The pager is a child that reads what would have been standard output.
 * LESS gets the options git and systemd give it: quit when it fits one
 * screen, colours pass, the screen is not cleared.  A machine without less
 * shows its output all the same.
 */
#include "cmd.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "recount/utf8.h"

const char *
cmd_own(const struct cmd_context *c, const char *name)
{
	for (size_t i = c->n_own; i > 0; i--)
		if (!strcmp(c->own[i - 1].option->name, name))
			return c->own[i - 1].value;
	return NULL;
}

static void
complain(const struct cmd_context *c, const char *format, va_list args)
{
	CLEANUP(buf_free) struct buf text = BUF_INIT, safe = BUF_INIT;

	buf_addv(&text, format, args);
	utf8_add_printable(&safe, buf_str(&text));
	fflush(stdout);
	fprintf(stderr, "recount%s%s: %.*s\n", c->cmd ? " " : "",
	    c->cmd ? c->cmd->name : "", STR_ARG(buf_str(&safe)));
}

int
cmd_usage(const struct cmd_context *c, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	complain(c, format, args);
	va_end(args);
	fprintf(stderr, "Try 'recount %s%s'.\n", c->cmd ? "help " : "--help",
	    c->cmd ? c->cmd->name : "");
	return EXIT_USAGE;
}

int
cmd_fail(const struct cmd_context *c, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	complain(c, format, args);
	va_end(args);
	return EXIT_FAILED;
}

int
cmd_store(const struct cmd_context *c, enum store_mode mode, struct store **ret)
{
	struct reterr err = {""};
	int r = store_open(c->db, mode, ret, &err);

	if (r == -ENOENT && mode == STORE_READ)
		cmd_fail(c,
		    "%s: there is no such store yet; 'recount import "
		    "PATH' makes one, --db names another",
		    c->db);
	else if (r < 0)
		cmd_fail(c, "%s", err.text[0] ? err.text : strerror(-r));
	return r;
}

int
cmd_window(const struct cmd_context *c, struct store *st, bool whole,
    usec_t span, usec_t *ret_since, usec_t *ret_until)
{
	usec_t since = c->since, until = c->until;
	struct store_summary sum = {.first = USEC_NONE, .last = USEC_NONE};

	if (whole && (since == USEC_NONE || until == USEC_NONE))
		store_summary(st, &sum);
	if (until == USEC_NONE && sum.last != USEC_NONE)
		until = sum.last + 1;
	if (until == USEC_NONE)
		until = c->now;
	if (since == USEC_NONE && sum.first != USEC_NONE)
		since = sum.first;
	if (since == USEC_NONE)
		since = until - span;
	/* Only one end was given, beyond all events: an empty window. */
	if (since >= until &&
	    (c->since == USEC_NONE || c->until == USEC_NONE)) {
		if (c->since == USEC_NONE)
			since = until;
		else
			until = since;
	} else if (since >= until) {
		return cmd_usage(c, "the window ends before it begins");
	}
	*ret_since = since;
	*ret_until = until;
	return EXIT_DONE;
}

void
cmd_window_text(
    const struct cmd_context *c, usec_t since, usec_t until, struct buf *out)
{
	char a[TIME_TEXT_MAX], b[TIME_TEXT_MAX], z[TIME_TEXT_MAX];
	char day_a[TIME_TEXT_MAX], day_b[TIME_TEXT_MAX];
	int digits = since % USEC_PER_SEC || until % USEC_PER_SEC ? 3 : 0;

	time_format_date(since, c->zone, day_a);
	time_format_date(until, c->zone, day_b);
	buf_addf(
	    out, "%s %s–", day_a, time_format_clock(since, c->zone, digits, a));
	if (strcmp(day_a, day_b) != 0)
		buf_addf(out, "%s ", day_b);
	buf_addf(out, "%s %s", time_format_clock(until, c->zone, digits, b),
	    time_format_zone(since, c->zone, z));
}

void
cmd_pager(struct cmd_context *c)
{
	const char *pager = getenv("RECOUNT_PAGER");
	int ends[2];
	pid_t pid;

	if (!pager)
		pager = getenv("PAGER");
	if (!pager)
		pager = "command -v less >/dev/null && exec less; exec cat";
	if (!c->terminal || c->no_pager || c->pager || !*pager ||
	    !strcmp(pager, "cat") || pipe(ends) < 0)
		return;
	fflush(stdout);
	pid = fork();
	if (pid < 0) {
		close(ends[0]);
		close(ends[1]);
		return;
	}
	if (pid == 0) {
		dup2(ends[0], STDIN_FILENO);
		close(ends[0]);
		close(ends[1]);
		setenv("LESS", "FRSXMK", 0);
		setenv("LESSCHARSET", "utf-8", 0);
		execlp("sh", "sh", "-c", pager, (char *)NULL);
		_exit(127);
	}
	dup2(ends[1], STDOUT_FILENO);
	close(ends[0]);
	close(ends[1]);
	c->pager = pid;
}
