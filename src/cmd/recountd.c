/* SPDX-License-Identifier: MIT */
/*
 * recountd: follows logs into the store.  This file is its command line.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd.h"
#include "daemon.h"
#include "recount/log.h"

static const char help[] =
    "usage: recountd [--config FILE] [--check] [--db FILE] [-v]\n\n"
    "Follows the journal and log files into the store that recount asks.\n"
    "Without a configuration it finds the journal, nginx's logs and syslog.\n\n"
    "  -c, --config=FILE   read FILE and FILE.d/*.conf instead of\n"
    "                      " CONFIG_PATH "\n"
    "      --check         say what would be read, and end\n"
    "      --db=FILE       the store, instead of the configured one\n"
    "  -v, --verbose       say more\n"
    "  -h, --help          show this help\n"
    "      --version       show the version\n";

enum { OPTION_CHECK = 256, OPTION_DB, OPTION_VERSION };

struct arguments {
	const char *config, *db;
	bool check, verbose;
};

/* -1: run; else the exit status. */
static int
read_arguments(int argc, char **argv, struct arguments *ret)
{
	static const struct option options[] = {
	    {"config", required_argument, NULL, 'c'},
	    {"check", no_argument, NULL, OPTION_CHECK},
	    {"db", required_argument, NULL, OPTION_DB},
	    {"verbose", no_argument, NULL, 'v'},
	    {"help", no_argument, NULL, 'h'},
	    {"version", no_argument, NULL, OPTION_VERSION},
	    {0},
	};
	int o;

	while ((o = getopt_long(argc, argv, "c:vh", options, NULL)) != -1) {
		switch (o) {
		case 'c':
			ret->config = optarg;
			break;
		case OPTION_CHECK:
			ret->check = true;
			break;
		case OPTION_DB:
			ret->db = optarg;
			break;
		case 'v':
			ret->verbose = true;
			break;
		case 'h':
			fputs(help, stdout);
			return EXIT_DONE;
		case OPTION_VERSION:
			printf("recountd %s\n", RECOUNT_VERSION);
			return EXIT_DONE;
		default:
			fputs("Try 'recountd --help'.\n", stderr);
			return EXIT_USAGE;
		}
	}
	if (optind < argc) {
		fprintf(stderr,
		    "recountd: '%s': there are no operands; --config names a "
		    "file\nTry 'recountd --help'.\n",
		    argv[optind]);
		return EXIT_USAGE;
	}
	return -1;
}

int
main(int argc, char **argv)
{
	struct arguments a = {0};
	struct config *config;
	struct parsers *parsers;
	struct reterr err = {""};
	int status = read_arguments(argc, argv, &a);

	if (status >= 0)
		return status;
	log_open("recountd", a.verbose ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO);
	parsers = datadir_parsers(&err);
	if (err.text[0])
		log_warning("%s; it is left out", err.text);
	if (config_load(a.config, "", parsers, &config, &err) < 0) {
		log_error("%s", err.text);
		parsers_free(parsers);
		return EXIT_FAILED;
	}
	if (a.db) {
		xfree(config->store_path);
		config->store_path = xstrdup(a.db);
	}
	if (a.check) {
		status = daemon_check(config, parsers);
		config_free(config);
		parsers_free(parsers);
		return status < 0 ? EXIT_FAILED : EXIT_DONE;
	}
	return daemon_run(a.config, config, parsers) < 0 ? EXIT_FAILED
							 : EXIT_DONE;
}
