/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_PARSE_H
#define RECOUNT_PARSE_H

/*
 * A parser turns the bytes of one entry into one event.  It does no I/O, asks
 * no clock, allocates nothing, and remembers nothing but struct parse_state,
 * which belongs to the source.
 */

#include "recount/err.h"
#include "recount/event.h"

enum parse_result {
	PARSE_OK,
	PARSE_BAD, /* not this format; *ev is unspecified */
};

/* How the line before spelled its time; all zero: nothing is known. */
struct time_memory {
	char head[24]; /* up to the seconds */
	char tail[8];  /* behind the fraction */
	uint8_t n_head, n_tail, digits, style;
	unsigned flags; /* enum event_flag */
	usec_t minute;  /* of the head */
	usec_t seen;
	const struct zone *zone;
};

/* What lines leave out, per source. */
struct parse_state {
	const struct zone *zone; /* for times without one */
	usec_t seen; /* about when the line was written: receipt, or the
			file's mtime; gives RFC 3164 its year */
	usec_t last; /* timestamp of the entry before, USEC_NONE at first (set
			by parser_parse() on PARSE_OK);
			tells the two occurrences of an ambiguous hour apart */
	struct buf scratch; /* unescaped text that events may borrow until the
			       next line */
	/* The parser's own, to be quick with; all zero at first. */
	struct time_memory time;
	char host[64]; /* a word that was a host's name */
	uint8_t n_host;
	char clf[26];  /* a time as access logs spell it, and */
	usec_t clf_at; /* what it was; 0: none yet */
};

struct parser; /* one format, immutable */

const char *parser_name(const struct parser *p); /* "combined" */
enum event_kind parser_kind(const struct parser *p);
/* nginx access formats: the log_format text; else NULL. */
const char *parser_log_format(const struct parser *p);
/*
 * line: one entry without its last newline; any bytes; entries of multi-line
 *       formats hold newlines.
 * ev:   initialised by the callee; raw, timestamp and the fields the line has
 *       are set on PARSE_OK.  Strings borrow from line or st->scratch.
 */
enum parse_result parser_parse(const struct parser *p, struct str line,
    struct parse_state *st, struct log_event *ev);
/* Whether a line that begins an entry; false: it continues the one before
 * (stack traces, tab-indented continuations).  Always true for single-line
 * formats. */
bool parser_starts_entry(const struct parser *p, struct str line);

/*
 * Where a line stops fitting p, for people: the column, 1 for the first byte;
 * what was expected there is appended to why, without a newline (it may hold
 * bytes of the format).  For lines that parser_parse() does not take.
 */
size_t parser_misfit(const struct parser *p, struct str line, struct buf *why);

/* The formats known: built in, from the parsers folder, from nginx.conf. */
struct parsers;

struct parsers *parsers_new(void); /* with the built-in ones */
void parsers_free(struct parsers *ps);
DEFINE_CLEANUP(struct parsers *, parsers_free)
/* Compile an nginx log_format and add it: its text, after "escape=json " where
 * that is set, or the whole directive "log_format name '…' '…';".  -EINVAL
 * with the reason in err.  Borrowed from ps until parsers_free(). */
int parsers_add_log_format(struct parsers *ps, const char *name,
    struct str text, struct reterr *err, const struct parser **ret);
const struct parser *parsers_find(const struct parsers *ps, struct str name);
/* All of them, the more specific ones first: i from 0. */
size_t parsers_count(const struct parsers *ps);
const struct parser *parsers_get(const struct parsers *ps, size_t i);

/*
 * Add the formats that users described: of a .json file, or of all *.json of a
 * folder in order of name (src/parse/formats-load.c says how they are
 * written).  -EINVAL: err says file, line, format and why; nothing of that file
 * was added.  -errno when path cannot be read.
 */
int parsers_load(struct parsers *ps, const char *path, struct reterr *err);
/* Check the samples of the formats loaded.  The number that fail; each is
 * described by one call of fn, where is "file:line". */
int parsers_test(const struct parsers *ps,
    void (*fn)(
	void *arg, const char *where, const char *format, const char *text),
    void *arg);

struct detection {
	const struct parser *parser; /* NULL: nothing fits */
	size_t lines, fitted;        /* of the sample */
	char reason[128];            /* why nothing fits: "binary data", … */
};
/*
 * Which format a file has, from its first bytes (64 KiB are plenty; the last,
 * incomplete line is ignored unless it is the only one) and its path as a
 * hint.  An unknown access format that begins like combined is inferred from
 * its key=value tail and added to ps.
 */
void parse_detect(struct parsers *ps, struct str sample, const char *path,
    struct detection *ret);

/*
 * Journal entries have fields instead of a line.  raw is the entry in export
 * format, as the source built it; fields are found in it.
 */
enum parse_result parse_journal(struct str raw, struct log_event *ev);
/*
 * A line of `journalctl -o json`, appended to out in export format.  *ret_cut:
 * journalctl left a field out because it was too large.  0, or -EINVAL for
 * another line; out may have grown then.
 */
int journal_json_export(struct str line, struct buf *out, bool *ret_cut);

/* What a syslog message says that is no field of an event; found in its raw
 * bytes, and borrowed from them. */
struct syslog_attributes {
	int facility; /* 0 kern … 23 local7 */
	struct str msgid;
	struct str data; /* "[id name="value"]…", or empty */
};
/* false: raw does not begin with a priority. */
bool syslog_attributes(struct str raw, struct syslog_attributes *ret);
/* Each parameter, its value without escapes (borrowed until fn returns); an
 * element without any once, with an empty name. */
void syslog_structured_data(struct str data,
    void (*fn)(void *arg, struct str id, struct str name, struct str value),
    void *arg);

/*
 * Alert payloads (Alertmanager webhook v4 and PagerDuty webhook v3, one object
 * or an array of them) and marks, as JSON.  fn is called once per distinct
 * alert state in order of the document; ev borrows until it returns.  ev->raw
 * is the slice of text that holds the alert, ev->offset where it begins in
 * text. 0; -EINVAL when text is not such a document (nothing was emitted); or
 * what fn returned when that was not 0, which ends it.
 */
int parse_alerts(struct str text, int (*fn)(void *arg, struct log_event *ev),
    void *arg, struct reterr *err);
/*
 * The same for the body of a request, which must be of one kind; marks that do
 * not say when are of `received`.  err says what is wrong with the body.
 */
enum posted { POSTED_ALERTS, POSTED_PAGERDUTY, POSTED_MARKS };
int parse_posted(enum posted what, struct str text, usec_t received,
    int (*fn)(void *arg, struct log_event *ev), void *arg, struct reterr *err);
/*
 * What repeats of one fact have in common, of an event that these emitted or
 * ingest_mark() made: of an alert its fingerprint, start and state; of
 * PagerDuty's events incident, type and time; of a mark its id, else what it
 * says.  Reads raw, kind, timestamp, identifier and body.
 */
uint64_t parse_alert_key(const struct log_event *ev);

/* Where nginx logs to, from its configuration. */
struct nginx_log {
	const char *path;       /* absolute, without root */
	const char *log_format; /* the format's text; NULL for error logs */
	const char *format_name;
	const char *server_name; /* of the innermost server block, or NULL */
};
/*
 * Read nginx.conf and what it includes.  path is opened as it is; absolute
 * paths of includes in it begin at root ("" usually), for copied trees.  The
 * paths of logs are reported as the configuration means them, without root.
 * fn may be called several times for one path.  Broken or unreadable parts are
 * skipped with one message each through warn (which may be NULL).
 * 0, or -errno when path itself cannot be read.
 */
int nginx_conf_read(const char *path, const char *root,
    void (*fn)(void *arg, const struct nginx_log *log),
    void (*warn)(void *arg, const char *text), void *arg);

#endif
