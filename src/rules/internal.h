/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_RULES_INTERNAL_H
#define RECOUNT_RULES_INTERNAL_H

/* What the files of this folder share; nobody else includes it. */

#define PCRE2_CODE_UNIT_WIDTH 8
#include <jansson.h>
#include <pcre2.h>

#include "recount/intern.h"
#include "recount/rules.h"

#define RULES_MAX 4096                          /* in one set */
#define RULE_LIST_MAX 64                        /* ids, names, literals */
#define RULE_TEXT_BYTES_MAX 4096                /* of any string in a rule */
#define RULE_FILE_BYTES_MAX ((size_t)4 << 20)   /* of a parsers .json file */
#define RULE_BODY_BYTES_MAX ((size_t)16 * 1024) /* of a message looked at */
#define RULE_VALUE_BYTES_MAX ((size_t)300)      /* of a value in a text */
#define RULE_LITERAL_BYTES_MIN 3
#define RULE_MATCH_LIMIT 50000   /* steps PCRE2 takes for one message */
#define RULE_HEAP_KIBIBYTES 1024 /* and memory, without JIT */

/* ---- lists of strings ---- */

struct strings {
	char **v;
	size_t n;
};
void string_list_add(struct strings *l, struct str s);
void string_list_free(struct strings *l);
bool strings_has(const struct strings *l, struct str s);
DEFINE_CLEANUP_IN(struct strings, string_list_free)

/* ---- body.c: what a message says, without its decoration ---- */

struct body {
	struct str all;  /* at most RULE_BODY_BYTES_MAX of the message */
	struct str text; /* behind time, process number and level: what
			    patterns are run on */
	struct str say;  /* for people: the msg of JSON and logfmt, the first
			    line of several */
	int severity;    /* the worse of the event's and the text's level */
};
void body_read(const struct log_event *ev, struct body *ret);

/* ---- literal.c ---- */

/* Literals, in lower case, one of which occurs in every text that pattern
 * fits; none when that cannot be told. */
void literals_of(struct str pattern, struct strings *ret);

/* ---- scan.c: all literals of all rules in one pass ---- */

struct scan;

struct scan *scan_new(void);
void scan_free(struct scan *s);
DEFINE_CLEANUP(struct scan *, scan_free)
/* All before scan_build().  False: no room, scan for it otherwise. */
bool scan_add(struct scan *s, struct str literal, unsigned rule);
void scan_build(struct scan *s);
/* Set bit r of bits for each rule r one of whose literals occurs in text. */
void scan_run(const struct scan *s, struct str text, uint64_t *bits);

/* ---- template.c: how an event reads ---- */

struct field { /* where a value comes from */
	enum field_from {
		FIELD_GROUP,
		FIELD_UNIT,
		FIELD_HOST,
		FIELD_IDENTIFIER,
		FIELD_SERVICE,
		FIELD_BODY,
		FIELD_UPSTREAM,
		FIELD_CLIENT,
		FIELD_VHOST,
		FIELD_TARGET,
	} from;
	unsigned group; /* FIELD_GROUP: of the pattern */
};

struct part {
	enum part_kind { PART_TEXT, PART_FIELDS, PART_OPEN, PART_CLOSE } kind;
	char *text;           /* PART_TEXT */
	struct field *fields; /* PART_FIELDS: the first that is not empty */
	size_t n;             /* of fields; PART_OPEN: parts up to CLOSE */
};

struct template
{
	struct part *parts;
	size_t n;
};

/* code: for the names of its groups, may be NULL.  0, or -EINVAL. */
int template_compile(const char *text, const pcre2_code *code,
    struct template *ret, struct reterr *err);
void template_free(struct template *t);

/* Where values come from while an event is told. */
struct values {
	const struct log_event *ev;
	const struct body *body;
	struct str identifier;
	const size_t *ovector; /* NULL without pattern */
	unsigned groups;       /* pairs in ovector that are set */
};
void template_write(
    const struct template *t, const struct values *v, struct buf *out);
/* The value of a template that is one placeholder or one plain text; borrows
 * from the event or from t. */
struct str template_value(const struct template *t, const struct values *v);
bool template_is_value(const struct template *t);

/* ---- load.c ---- */

struct sample {
	bool not ; /* this rule must not fit */
	enum event_kind kind;
	int severity;
	char *identifier, *unit, *message_id, *host, *upstream; /* or NULL */
	char *message;
	char *text; /* expected; NULL: any */
};

struct rule_def {
	struct rule rule; /* first: what others see */
	char *why;
	struct strings message_ids;
	struct strings identifiers; /* exact */
	struct strings globs;       /* identifiers with a '*' */
	struct strings others;      /* identifiers it is not for */
	char *unit;                 /* glob; NULL: any */
	unsigned kinds;             /* 1 << enum event_kind */
	int max_severity;           /* SEVERITY_NONE: any */
	pcre2_code *code;           /* NULL: no pattern */
	struct strings literals;    /* none: run code on everything */
	struct template text, subject, actor;
	struct sample *samples;
	size_t n_samples;
};

struct rule_list {
	struct rule_def **v;
	size_t n;
};
void rule_list_free(struct rule_list *l);
DEFINE_CLEANUP_IN(struct rule_list, rule_list_free)

/* The rules of a .json file, appended to *list; none when it holds only other
 * things. */
int rules_read_file(
    const char *path, struct rule_list *list, struct reterr *err);
int rules_read_text(struct str text, const char *path, struct rule_list *list,
    struct reterr *err);

/* Whether s fits a glob of '*' and '?'. */
bool glob_fits(const char *glob, struct str s);

/* ---- rules.c, for check.c and tests ---- */

/* As rules_load() of a file that holds text. */
int rules_load_text(struct rules *rs, struct str text, struct reterr *err);

const struct rule_list *rules_list(const struct rules *rs);
/* As rules_match(), with rule number only alone when it is not SIZE_MAX. */
bool rules_match_one(struct rules *rs, size_t only, const struct log_event *ev,
    struct rule_match *ret, struct buf *text);

#endif
