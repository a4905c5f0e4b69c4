/* SPDX-License-Identifier: MIT */
#ifndef PARSE_PARSER_H
#define PARSE_PARSER_H

#include "scan.h"

struct custom;
struct json_t;
struct log_format;

/* Names of inferred formats begin so. */
#define INFERRED "inferred-"

struct parser {
	char *name;
	enum event_kind kind;
	struct log_format *format; /* nginx access formats only */
	bool inferred; /* from a file's own lines: it is for no other file */
	struct custom *custom;  /* users' formats only */
	struct json_t *samples; /* from the file of formats; or NULL */
	char *file;             /* that file, and … */
	unsigned *sample_lines; /* … where in it each sample stands */
	/* line is without a CR at its end; ev is initialised, raw set. */
	enum parse_result (*parse)(const struct parser *p, struct str line,
	    struct parse_state *st, struct log_event *ev);
	/* NULL: every line is an entry */
	bool (*starts)(const struct parser *p, struct str line);
};

/* What *model owns becomes ps's (its name is copied); -EINVAL when there are
 * too many, and nothing changed hands. */
int parsers_add(
    struct parsers *ps, const struct parser *model, struct reterr *err);
/* Ends what a parser owns, but its name. */
void parser_release(struct parser *p);

enum parse_result access_parse(const struct parser *p, struct str line,
    struct parse_state *st, struct log_event *ev);
enum parse_result nginx_error_parse(const struct parser *p, struct str line,
    struct parse_state *st, struct log_event *ev);
bool nginx_error_starts(const struct parser *p, struct str line);
enum parse_result syslog_parse(const struct parser *p, struct str line,
    struct parse_state *st, struct log_event *ev);
/* syslog-cisco.c: a message with a mnemonic, "%SYS-5-CONFIG_I: …", behind the
 * priority. */
bool cisco_parse(struct str s, bool priority, const struct parse_state *st,
    struct log_event *ev);
/* A line without any time: that of the line before, or of its receipt; false:
 * neither is known. */
bool time_assume(const struct parse_state *st, struct log_event *ev);
enum parse_result app_parse(const struct parser *p, struct str line,
    struct parse_state *st, struct log_event *ev);
bool app_starts(const struct parser *p, struct str line);
enum parse_result logfmt_parse(const struct parser *p, struct str line,
    struct parse_state *st, struct log_event *ev);
enum parse_result json_parse(const struct parser *p, struct str line,
    struct parse_state *st, struct log_event *ev);

/* ---- text-line.c ---- */

/* The line, from 1, on which the i-th element of the list "formats" of a JSON
 * text stands, or its j-th sample (j not below 0); 1 when there is none. */
unsigned text_line_of_format(struct str text, size_t i, ptrdiff_t j);

/* ---- log-format.c ---- */

/* What a variable means to us.  Order is that of the table. */
enum format_var {
	VAR_OTHER,
	VAR_ADDR,
	VAR_XFF,
	VAR_TIME_LOCAL,
	VAR_TIME_ISO,
	VAR_MSEC,
	VAR_REQUEST,
	VAR_METHOD,
	VAR_TARGET, /* $request_uri: as asked for */
	VAR_URI,    /* $uri: after rewrites */
	VAR_STATUS,
	VAR_BODY_BYTES,
	VAR_BYTES,
	VAR_UA,
	VAR_DURATION,
	VAR_UPSTREAM_TIME,
	VAR_UPSTREAM_ADDR,
	VAR_UPSTREAM_STATUS,
	VAR_REQUEST_ID,
	VAR_HOST,
	VAR_HTTP_HOST,
	VAR_SERVER_NAME,
	VAR_CONNECTION,
	VAR_PID,
	VAR_HOSTNAME,
};

/* How far a value reaches. */
enum format_scan {
	SCAN_FREE, /* to the literal behind it */
	SCAN_WORD, /* the same, but no blank in it */
	SCAN_PATH, /* a word that ends where a path begins */
	SCAN_UINT,
	SCAN_DECIMAL,
	SCAN_LIST, /* upstream values, "0.1, 0.2 : 0.3" */
	SCAN_CLF,
	SCAN_ISO,
};

struct format_step {
	uint8_t scan, var;
	bool quoted;      /* ends at the first quote that is not escaped */
	struct str after; /* the literal behind the value */
	/* Its first eight bytes, and which of them there are. */
	uint64_t word, mask;
};

#define FORMAT_STEPS_MAX 64
#define FORMAT_TEXT_MAX ((size_t)8192)

struct log_format {
	char *text;
	struct str before; /* the literal that lines begin with */
	struct buf literals;
	unsigned n;
	struct format_step steps[FORMAT_STEPS_MAX];
};

/* -EINVAL with the reason in err. */
int log_format_compile(
    struct str text, struct log_format **ret, struct reterr *err);
void log_format_free(struct log_format *f);
DEFINE_CLEANUP(struct log_format *, log_format_free)
/* The values of f's variables in line; ret holds FORMAT_STEPS_MAX. */
bool log_format_match(
    const struct log_format *f, struct str line, struct str *ret);
bool log_format_has(const struct log_format *f, enum format_var var);
/* The name of the i-th variable; empty where steps were joined. */
struct str log_format_variable(const struct log_format *f, unsigned i);
/* method and target out of a request line; either may be empty. */
void request_split(struct str request, struct str *method, struct str *target);

/* ---- infer.c ---- */

/* A log_format for a line of an access log, read off the line itself and the
 * others of the sample; false when it is not one. */
bool infer_log_format(
    const struct str *lines, size_t n, size_t which, struct buf *ret);

#endif
