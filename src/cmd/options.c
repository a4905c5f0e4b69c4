/* SPDX-License-Identifier: MIT */
/*
 * Reading the command line.
 *
 * Options have journalctl's letters where they mean the same.  Those in the
 * shared table may stand before or after the command, because people add
 * "--db X" wherever the cursor happens to be.  A command's own options come
 * from its entry and are kept as (option, text) pairs that it asks for by
 * name; so a new option is one row in one file.
 *
 * Times are read after everything else: what "-S 14:00" means depends on
 * --timezone, which may come later.
 *
 * Long options may be shortened as long as they stay unique, the value of a
 * long option follows "=" or is the next argument, letters may be bundled.
 * This is what getopt_long() does too, but that wants all options of all
 * commands in one table and keeps its state in globals.
 */
#include "options.h"

#include <errno.h>
#include <langinfo.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum shared {
	SHARED_DB,
	SHARED_SINCE,
	SHARED_UNTIL,
	SHARED_UNIT,
	SHARED_PRIORITY,
	SHARED_GREP,
	SHARED_HOST,
	SHARED_SERVICE,
	SHARED_OUTPUT,
	SHARED_LINES,
	SHARED_REVERSE,
	SHARED_QUIET,
	SHARED_NO_PAGER,
	SHARED_UTC,
	SHARED_TIMEZONE,
	SHARED_HELP,
	SHARED_VERSION,
	SHARED_COUNT,
};

static const struct cmd_option shared[SHARED_COUNT + 1] = {
    [SHARED_DB] = {"db", 0, "FILE", "the store to use"},
    [SHARED_SINCE] = {"since", 'S', "TIME", "from this time on"},
    [SHARED_UNTIL] = {"until", 'U', "TIME",
	"up to, but not including, this time"},
    [SHARED_UNIT] = {"unit", 'u', "UNIT", "only this unit"},
    [SHARED_PRIORITY] = {"priority", 'p', "LEVEL",
	"only this severe and more: 0-7 or emerg ... debug"},
    [SHARED_GREP] = {"grep", 'g', "REGEX", "only what matches (PCRE2)"},
    [SHARED_HOST] = {"host", 0, "HOST", "only this host"},
    [SHARED_SERVICE] = {"service", 0, "NAME", "only this service"},
    [SHARED_OUTPUT] = {"output", 'o', "FORMAT", "how to print"},
    [SHARED_LINES] = {"lines", 'n', "N", "at most this many"},
    [SHARED_REVERSE] = {"reverse", 'r', NULL, "newest first"},
    [SHARED_QUIET] = {"quiet", 'q', NULL, "no notes on standard error"},
    [SHARED_NO_PAGER] = {"no-pager", 0, NULL, "do not start a pager"},
    [SHARED_UTC] = {"utc", 0, NULL, "times in UTC"},
    [SHARED_TIMEZONE] = {"timezone", 0, "ZONE", "times in this zone"},
    [SHARED_HELP] = {"help", 'h', NULL, "show help"},
    [SHARED_VERSION] = {"version", 0, NULL, "show the version"},
};

struct reading {
	struct cmd_context *c;
	const struct cmd *const *commands;
	char **argv;
	int argc, next;
	char **operands; /* the front of argv, which is compacted */
	size_t n_operands;
	const char *since, *until, *timezone;
	bool utc, help, version;
};

static const struct cmd_option *
own_options(const struct reading *rd)
{
	static const struct cmd_option none[] = {{0}};

	return rd->c->cmd && rd->c->cmd->options ? rd->c->cmd->options : none;
}

/* NULL when there is none, or (*ret_many) when several begin like that. */
static const struct cmd_option *
find_long(const struct reading *rd, struct str name, bool *ret_many)
{
	const struct cmd_option *tables[] = {own_options(rd), shared};
	const struct cmd_option *found = NULL;

	*ret_many = false;
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		for (const struct cmd_option *o = tables[i]; o->name; o++) {
			if (str_eq(str_of(o->name), name))
				return *ret_many = false, o;
			if (!str_starts(str_of(o->name), name))
				continue;
			*ret_many = *ret_many || found;
			found = o;
		}
	return *ret_many ? NULL : found;
}

static const struct cmd_option *
find_letter(const struct reading *rd, char letter)
{
	const struct cmd_option *tables[] = {own_options(rd), shared};

	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		for (const struct cmd_option *o = tables[i]; o->name; o++)
			if (o->letter == letter)
				return o;
	return NULL;
}

static bool
take_lines(struct reading *rd, const char *value)
{
	uint64_t n;

	if (!str_to_u64(str_of(value), &n) || n > INT_MAX) {
		cmd_usage(rd->c, "-n wants a number, not '%s'", value);
		return false;
	}
	rd->c->lines = (int64_t)n;
	return true;
}

static bool
take_priority(struct reading *rd, const char *value)
{
	rd->c->priority = severity_parse(str_of(value));
	if (rd->c->priority == SEVERITY_NONE) {
		cmd_usage(rd->c,
		    "-p wants emerg, alert, crit, err, warning, notice, info, "
		    "debug or 0 to 7, not '%s'",
		    value);
		return false;
	}
	return true;
}

static bool
take_shared(struct reading *rd, enum shared which, const char *value)
{
	struct cmd_context *c = rd->c;

	switch (which) {
	case SHARED_DB:
		c->db = value;
		return true;
	case SHARED_SINCE:
		rd->since = value;
		return true;
	case SHARED_UNTIL:
		rd->until = value;
		return true;
	case SHARED_UNIT:
		c->unit = value;
		return true;
	case SHARED_PRIORITY:
		return take_priority(rd, value);
	case SHARED_GREP:
		c->grep = value;
		return true;
	case SHARED_HOST:
		c->host = value;
		return true;
	case SHARED_SERVICE:
		c->service = value;
		return true;
	case SHARED_OUTPUT:
		c->output = value;
		return true;
	case SHARED_LINES:
		return take_lines(rd, value);
	case SHARED_REVERSE:
		return c->reverse = true;
	case SHARED_QUIET:
		return c->quiet = true;
	case SHARED_NO_PAGER:
		return c->no_pager = true;
	case SHARED_UTC:
		return rd->utc = true;
	case SHARED_TIMEZONE:
		rd->timezone = value;
		return true;
	case SHARED_HELP:
		return rd->help = true;
	case SHARED_VERSION:
		return rd->version = true;
	case SHARED_COUNT:
		break;
	}
	return false;
}

static bool
take(struct reading *rd, const struct cmd_option *o, const char *value)
{
	if (o >= shared && o < shared + SHARED_COUNT)
		return take_shared(rd, (enum shared)(o - shared), value);
	if (rd->c->n_own == CMD_OWN_MAX) {
		cmd_usage(rd->c, "too many options");
		return false;
	}
	rd->c->own[rd->c->n_own++] =
	    (struct cmd_own){.option = o, .value = value ? value : ""};
	return true;
}

/* The value of an option that stands alone in its argument. */
static const char *
next_value(struct reading *rd, const char *dashes, const char *name)
{
	if (rd->next >= rd->argc) {
		cmd_usage(rd->c, "%s%s wants a value", dashes, name);
		return NULL;
	}
	return rd->argv[rd->next++];
}

static bool
read_long(struct reading *rd, const char *text)
{
	struct str name;
	struct str value = str_cut(str_of(text), '=', &name);
	bool many;
	const struct cmd_option *o = find_long(rd, name, &many);
	const char *v = value.p;

	if (!o) {
		cmd_usage(rd->c,
		    many ? "--%.*s could be several options"
			 : "there is no option --%.*s%s",
		    STR_ARG(name), rd->c->cmd ? "" : " before the command");
		return false;
	}
	if (!o->arg && v) {
		cmd_usage(rd->c, "--%s takes no value", o->name);
		return false;
	}
	if (o->arg && !v && !(v = next_value(rd, "--", o->name)))
		return false;
	return take(rd, o, v);
}

static bool
read_letters(struct reading *rd, const char *text)
{
	for (; *text; text++) {
		const struct cmd_option *o = find_letter(rd, *text);
		const char letter[2] = {*text, '\0'};
		const char *v = NULL;

		if (!o) {
			cmd_usage(rd->c, "there is no option -%s", letter);
			return false;
		}
		if (o->arg) {
			v = text[1] ? text + 1 : next_value(rd, "-", letter);
			return v && take(rd, o, v);
		}
		if (!take(rd, o, NULL))
			return false;
	}
	return true;
}

static bool
read_command(struct reading *rd, const char *name)
{
	for (size_t i = 0; rd->commands[i]; i++)
		if (!strcmp(rd->commands[i]->name, name)) {
			rd->c->cmd = rd->commands[i];
			return true;
		}
	cmd_usage(rd->c, "there is no command '%s'", name);
	return false;
}

static bool
read_arguments(struct reading *rd)
{
	bool options = true;

	while (rd->next < rd->argc) {
		char *arg = rd->argv[rd->next++];

		if (options && !strcmp(arg, "--")) {
			options = false;
		} else if (options && !strncmp(arg, "--", 2)) {
			if (!read_long(rd, arg + 2))
				return false;
		} else if (options && arg[0] == '-' && arg[1]) {
			if (!read_letters(rd, arg + 1))
				return false;
		} else if (!rd->c->cmd) {
			if (!read_command(rd, arg))
				return false;
		} else {
			rd->operands[rd->n_operands++] = arg;
		}
	}
	return true;
}

static bool
read_times(struct reading *rd)
{
	const struct {
		const char *option, *text;
		usec_t *ret;
	} times[] = {
	    {"-S", rd->since, &rd->c->since}, {"-U", rd->until, &rd->c->until}};

	for (size_t i = 0; i < ARRAY_SIZE(times); i++)
		if (times[i].text &&
		    time_parse(str_of(times[i].text), rd->c->now, rd->c->zone,
			times[i].ret) < 0) {
			cmd_usage(rd->c,
			    "%s: '%s' is no time; try '14:00', "
			    "'yesterday 14:00', '2h ago', "
			    "'2026-03-04T14:00:00Z' or '@1772629200'",
			    times[i].option, times[i].text);
			return false;
		}
	return true;
}

static bool
read_zone(struct reading *rd)
{
	rd->c->zone = rd->utc ? zone_utc() : zone_local();
	if (rd->timezone && zone_find(str_of(rd->timezone), &rd->c->zone) < 0) {
		cmd_usage(rd->c, "there is no time zone '%s'", rd->timezone);
		return false;
	}
	return true;
}

/* The service's store for root, the user's own otherwise. */
static char *
default_db(void)
{
	const char *env = getenv("RECOUNT_DB");
	const char *state = getenv("XDG_STATE_HOME");
	const char *home = getenv("HOME");

	if (env && *env)
		return xstrdup(env);
	if (geteuid() == 0)
		return xstrdup("/var/lib/recount/recount.db");
	if (state && *state == '/')
		return xasprintf("%s/recount/recount.db", state);
	return xasprintf(
	    "%s/.local/state/recount/recount.db", home && *home ? home : "");
}

static void
look_at_terminal(struct cmd_context *c)
{
	const char *no_colour = getenv("NO_COLOR");
	const char *term = getenv("TERM");
	const char *columns = getenv("COLUMNS");
	struct winsize size;
	uint64_t n;

	c->utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	c->terminal = isatty(STDOUT_FILENO);
	c->colour = c->terminal && !(no_colour && *no_colour) && term &&
		    strcmp(term, "dumb") != 0;
	if (!c->terminal)
		return;
	if (columns && str_to_u64(str_of(columns), &n) && n >= 40 && n < 1000)
		c->width = (unsigned)n;
	else if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
		c->width = size.ws_col;
	if (c->width < 40)
		c->width = 80;
}

enum options_answer
options_read(struct cmd_context *c, int argc, char **argv,
    const struct cmd *const *commands)
{
	CLEANUP(xfree) char *db = default_db();
	struct reading rd = {.c = c,
	    .commands = commands,
	    .argv = argv,
	    .argc = argc,
	    .next = 1,
	    .operands = argv + (argc > 0)};
	bool understood;

	*c = (struct cmd_context){.since = USEC_NONE,
	    .until = USEC_NONE,
	    .priority = -1,
	    .lines = -1,
	    .now = clock_now(),
	    .zone = zone_utc(),
	    .n_command = (size_t)argc};
	/* Operands are gathered in argv itself; what was typed is needed too.
	 */
	c->command = xcalloc((size_t)argc + 1, sizeof(*c->command));
	memcpy((char **)c->command, argv, (size_t)argc * sizeof(*argv));
	look_at_terminal(c);

	understood = read_arguments(&rd);
	c->db = c->db ? xstrdup(c->db) : STEAL(db);
	if (!understood)
		return OPTIONS_WRONG;
	c->argv = rd.operands;
	c->argc = rd.n_operands;
	if (rd.version) {
		printf("recount %s\n", RECOUNT_VERSION);
		return OPTIONS_DONE;
	}
	if (rd.help && c->cmd)
		options_help_command(c->cmd);
	else if (rd.help)
		options_help(commands);
	if (rd.help)
		return OPTIONS_DONE;
	if (!c->cmd) {
		cmd_usage(c, "which command?");
		return OPTIONS_WRONG;
	}
	return read_zone(&rd) && read_times(&rd) ? OPTIONS_RUN : OPTIONS_WRONG;
}

void
options_end(struct cmd_context *c)
{
	xfree((char *)c->db);
	xfree((void *)c->command);
}

/* ---- help ---- */

static void
print_options(const struct cmd_option *o)
{
	for (; o->name; o++) {
		char text[64];

		snprintf(text, sizeof(text), "%c%c%s --%s%s%s",
		    o->letter ? '-' : ' ', o->letter ? o->letter : ' ',
		    o->letter ? "," : " ", o->name, o->arg ? "=" : "",
		    o->arg ? o->arg : "");
		printf("  %-28s %s\n", text, o->help);
	}
}

void
options_help(const struct cmd *const *commands)
{
	printf("usage: recount [OPTION...] COMMAND [ARGUMENT...]\n\n"
	       "The true story of an outage, counted from the logs.\n\n"
	       "Commands:\n");
	for (size_t i = 0; commands[i]; i++)
		printf("  %-12s %s\n", commands[i]->name, commands[i]->help);
	printf("\nOptions, before or after the command:\n");
	print_options(shared);
	printf("\n'recount help COMMAND' shows a command's own options.\n");
}

void
options_help_command(const struct cmd *cmd)
{
	printf("usage: recount %s %s\n\n%s\n", cmd->name, cmd->synopsis,
	    cmd->help);
	if (cmd->options) {
		printf("\nOptions:\n");
		print_options(cmd->options);
	}
	if (cmd->outputs)
		printf("\nFormats of -o: %s\n", cmd->outputs);
	printf("\nOptions of all commands:\n");
	print_options(shared);
}
