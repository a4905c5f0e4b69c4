/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_LOG_H
#define RECOUNT_LOG_H

/*
 * The program's own messages, to standard error; with the "<N>" prefix that
 * journald understands when the process was started by systemd (JOURNAL_STREAM
 * is set).  Only cmd/ and ingest/ log.
 */

enum log_level {
	LOG_LEVEL_ERROR = 3,
	LOG_LEVEL_WARNING = 4,
	LOG_LEVEL_NOTICE = 5,
	LOG_LEVEL_INFO = 6,
	LOG_LEVEL_DEBUG = 7
};

/* program: what stands before each message; borrowed for ever. */
void log_open(const char *program, enum log_level most);
void log_msg(enum log_level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#define log_error(...) log_msg(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_msg(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_notice(...) log_msg(LOG_LEVEL_NOTICE, __VA_ARGS__)
#define log_info(...) log_msg(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_msg(LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif
