/* SPDX-License-Identifier: MIT */
/*
 * Messages quote paths, unit names and log lines, which anybody may have
 * written, so the finished text passes the same filter as all other output.
 * A message is one write: two processes that share a terminal or a journal
 * stream then mix lines, but never parts of lines.
 */
#include "recount/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "recount/str.h"
#include "recount/utf8.h"

static const char *log_program = "recount";
static enum log_level log_most = LOG_LEVEL_NOTICE;
static bool log_to_journal;

void
log_open(const char *program, enum log_level most)
{
	log_program = program;
	log_most = most;
	log_to_journal = getenv("JOURNAL_STREAM") != NULL;
}

void
log_msg(enum log_level level, const char *format, ...)
{
	CLEANUP(buf_free) struct buf text = BUF_INIT;
	CLEANUP(buf_free) struct buf line = BUF_INIT;
	va_list args;

	if (level > log_most)
		return;
	va_start(args, format);
	buf_addv(&text, format, args);
	va_end(args);
	if (log_to_journal)
		buf_addf(&line, "<%d>", (int)level);
	else
		buf_addf(&line, "%s: ", log_program);
	/* Messages quote paths and log lines: never raw to a terminal. */
	utf8_add_printable(&line, buf_str(&text));
	buf_addc(&line, '\n');
	fwrite(line.p, 1, line.n, stderr);
}
