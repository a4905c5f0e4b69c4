/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_INGEST_INTERNAL_H
#define RECOUNT_INGEST_INTERNAL_H

/* What the files of this floor share. */

#include "recount/ingest.h"
#include "recount/intern.h"
#include "recount/mine.h"

/* Of one source: what its rows in the store hold, owned. */
struct row {
	struct source_info info; /* strings point below */
	char *name, *host, *format, *zone, *cursor;
	struct ingest_counts taken; /* in this run, by sources that closed */
};

struct ingest {
	struct store *store;
	struct parsers *parsers;
	struct miner *miner;
	struct row *rows; /* in order of id */
	size_t n_rows, size_rows;
	struct ingest_source *open; /* a list */
	struct ingest_counts counts;
	struct u64map *alerts; /* keys of them; NULL until needed */
	bool skip_own;
	usec_t now; /* of this batch; USEC_NONE: ask */

	void (*say)(void *arg, int level, const char *text);
	void *say_arg;
};

/* The bytes before a position, for its tail hash. */
struct trail {
	char p[2 * POSITION_TAIL_MAX];
	size_t n;
};

/* Formats that one access log may change to, and lines for which one is looked
 * for at most. */
#define OTHERS_MAX 4
#define LOOKS_MAX 32

struct ingest_source {
	struct ingest *in;
	struct ingest_source *next;
	uint32_t id;
	enum source_kind kind;
	char *path, *host, *service;
	char *stem; /* service of last resort, from the file's name */
	const struct parser *parser;
	/* Formats that lines of this file turned out to have besides. */
	const struct parser *others[OTHERS_MAX];
	size_t n_others;
	unsigned looked; /* for others, so often */
	bool single;     /* every line is an entry */
	struct parse_state state;
	bool live; /* lines are read as they are written */
	struct ingest_counts counts;

	char *units;         /* journals: those that are wanted; NULL: all */
	unsigned severities; /* likewise; 0: all */

	/* The entry that may go on: keep bytes of it are not blank lines. */
	struct buf pending;
	size_t keep;
	int64_t pending_offset, pending_end;
	bool pending_cut, pending_open;

	/* Behind the last stored entry. */
	bool moved;
	int64_t offset;
	struct trail trail;
	struct buf cursor;
	void (*position)(void *arg, struct position *ret);
	void *position_arg;
};

/* Row of a source, which has one. */
struct row *ingest_row_of(struct ingest *in, uint32_t id);
int ingest_row_add(
    struct ingest *in, const struct source_info *info, uint32_t *ret_id);
void ingest_row_set(struct row *row, const struct source_info *info);
int ingest_row_load(void *arg, const struct source_info *info);
void ingest_rows_free(struct ingest *in);
/* A source of that row in the list of open ones, with nothing else known. */
struct ingest_source *ingest_source_new(
    struct ingest *in, uint32_t id, enum source_kind kind);
/* The name (path, else stem of it) lines of a file belong to: "shop" for
 * "/var/log/nginx/shop.access.log.2.gz".  Owned by the caller. */
char *ingest_stem(const char *path);

/* entry.c: an event is complete but for its source, host, service, pattern;
 * fill these and append. */
int ingest_append(struct ingest_source *s, struct log_event *ev);
/* inner.c: a syslog message whose text is a line of nginx's becomes that. */
void ingest_look_inside(struct ingest_source *s, struct log_event *ev);
bool ingest_is_own(const struct log_event *ev); /* recountd's own words */
/* journal-match.c: whether the configuration asks for it; what is to be known
 * of an entry that it does not ask for. */
bool ingest_is_wanted(
    const struct ingest_source *s, const struct log_event *ev);
int ingest_unwanted(struct ingest_source *s, const struct log_event *ev);
/* loss.c: a message that says others are missing becomes a gap. */
int ingest_notice_loss(struct ingest_source *s, const struct log_event *ev);

/* alerts.c: in->alerts holds the keys of what the store has. */
int ingest_know_alerts(struct ingest *in, struct reterr *err);

/* totals.c: count it, and into the batch. */
int ingest_note_gap(struct ingest *in, const struct gap *gap);

void trail_add(struct trail *t, const char *p, size_t n);
void trail_reset(struct trail *t);

/* walk.c: what lies below a path, in the order to read it. */
struct walk_entry {
	char *path;
	bool named; /* on the command line, rather than found in a folder */
	size_t argument; /* the path it was found under */
	bool journal, taken;
	int64_t size;
};
struct walk {
	struct walk_entry *entries;
	size_t n, size;
	char **confs; /* nginx.conf found below */
	size_t n_confs;
	size_t argument; /* being walked */
};
/* Add what path names.  warn gets one text for each folder or file that
 * cannot be looked at.  0, or -errno when path itself cannot. */
int walk_add(struct walk *w, const char *path, size_t argument,
    void (*warn)(void *arg, const char *text), void *arg);
void walk_sort(struct walk *w);
/* The name of a file without what rotation and compression added. */
struct str walk_base(const char *path);
struct str walk_folder_of(const char *path); /* without the last slash */
void walk_end(struct walk *w);
DEFINE_CLEANUP_IN(struct walk, walk_end)

/* import.c and its parts */
struct conf_log { /* a log that an nginx.conf among the files names */
	char *path, *server_name;
};

struct argument { /* of import_paths() */
	size_t given, failed;
};

/* Journal entries as text: import-export.c. */
enum import_stream {
	IMPORT_NO_JOURNAL,
	IMPORT_JOURNAL_EXPORT,
	IMPORT_JOURNAL_JSON,
};

struct importing {
	struct ingest *in;
	struct parsers *parsers;
	const struct import_options *o;
	struct import_result *result;
	struct reterr *err;
	const struct parser *forced; /* --format */
	bool force;
	enum import_stream stream; /* with force */
	struct argument *arguments;
	struct conf_log *conf_logs;
	size_t n_conf_logs;
	int64_t size, done; /* bytes of all files; of those finished */
};

/* One message about a file; what it means to the argument it came from. */
void import_failed(struct importing *imp, const struct walk_entry *e,
    const char *format, ...) __attribute__((format(printf, 3, 4)));
void import_given(struct importing *imp, const struct walk_entry *e);
/* import-file.c, import-journal.c: 0 also when the file failed; -errno of the
 * store. */
int import_file(struct importing *imp, const struct walk_entry *e);
int import_journals(
    struct importing *imp, struct walk_entry *const *files, size_t n);
enum import_stream import_stream_kind(struct str sample);
int import_stream(struct importing *imp, const struct walk_entry *e,
    struct reader *reader, enum import_stream kind);
const char *import_shown(const struct walk_entry *e); /* "standard input" */

#endif
