/* SPDX-License-Identifier: MIT */
/*
 * The rules engine: which of some hundred rules fits an event first.
 *
 * Rules are data.  A rule is an object in the list "rules" of a .json file:
 *
 *   name          unique, for "recount parsers" and error messages
 *   message-id    list of journal MESSAGE_IDs; events that have another one
 *                 do not fit, events that have none (syslog files) fit by
 *                 their text if the rule has a pattern
 *   identifier    list of syslog identifiers, '*' allowed; nginx's error log
 *                 counts as "nginx"
 *   not-identifier  list of those it is not for; also possible beside
 *                 "rules", then for all of the file
 *   unit          glob over the systemd unit
 *   kinds         kinds of event; without it all that are neither requests
 *                 nor alerts nor marks
 *   pattern       PCRE2 with named groups, searched for in the message from
 *                 behind its head of time and level (see body.c)
 *   max-severity  the event, or the level its text names, is as bad or worse
 *   kind class    what it is on a timeline, and to an incident
 *   prior         0–1, how often events of this class set an incident off
 *   text          the line on a timeline (see template.c)
 *   subject actor what it is about and who did it, one placeholder each;
 *                 events of one rule, subject and actor are told as one, so
 *                 general rules, whose messages differ, have neither
 *   why           which class of event this is for, and where it is described
 *   samples       [{message, identifier, …, text}], or "not": true
 *
 * All conditions given must hold; the first rule in order of files and within
 * a file wins, so specific rules stand before general ones.
 *
 * To be fast, everything but patterns is turned into sets of rules (bits),
 * made ready at the first match after loading: for each identifier, message
 * id, kind and severity the rules it leaves in.  Literals that patterns need
 * are found for all rules in one pass (scan.c).  The intersection is mostly
 * empty, or a rule or two whose pattern is then run.
 *
 * Tried and dropped: remembering for a mined pattern that no rule fits it.
 * Messages of one pattern differ in just those values that rules ask for (the
 * exit status, the command), so the answer depended on which message came
 * first, and what it saved is little beside the pass over the text.
 */
#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

#include "internal.h"

#define SEVERITIES 9 /* 0–7, and none */

struct rules {
	struct rule_list list;
	bool ready;   /* what follows is made of list */
	size_t words; /* of 64 bits in a set of rules */
	struct scan *scan;
	uint64_t *always; /* rules without literals */
	uint64_t *kinds;  /* sets by enum event_kind */
	uint64_t *severities;
	struct intern *identifiers, *message_ids;
	/* Sets by number in the table above; behind them that of any other
	 * name, and, for message ids, that of having none. */
	uint64_t *by_identifier, *by_message_id;
	uint64_t *hits; /* scratch */
	pcre2_match_data *data;
	pcre2_match_context *limits;
};

const char *
rule_class_name(enum rule_class c)
{
	switch (c) {
	case RULE_ROUTINE:
		return "routine";
	case RULE_CHANGE:
		return "change";
	case RULE_ACTION:
		return "action";
	case RULE_FAILURE:
		return "failure";
	case RULE_RECOVERY:
		return "recovery";
	case RULE_NOTICE:
		return "notice";
	}
	return "";
}

static void
forget(struct rules *rs)
{
	scan_free(rs->scan);
	intern_free(rs->identifiers);
	intern_free(rs->message_ids);
	xfree(rs->always);
	xfree(rs->kinds);
	xfree(rs->severities);
	xfree(rs->by_identifier);
	xfree(rs->by_message_id);
	xfree(rs->hits);
	pcre2_match_data_free(rs->data);
	pcre2_match_context_free(rs->limits);
	*rs = (struct rules){.list = rs->list};
}

struct rules *
rules_new(void)
{
	return xcalloc(1, sizeof(struct rules));
}

void
rules_free(struct rules *rs)
{
	if (!rs)
		return;
	forget(rs);
	rule_list_free(&rs->list);
	xfree(rs);
}

size_t
rules_count(const struct rules *rs)
{
	return rs->list.n;
}

const struct rule_list *
rules_list(const struct rules *rs)
{
	return &rs->list;
}

/* ---- loading ---- */

static int
is_json(const struct dirent *d)
{
	return d->d_name[0] != '.' && str_ends(str_of(d->d_name), STR(".json"));
}

static int
by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int
read_folder(const char *path, struct rule_list *list, struct reterr *err)
{
	struct dirent **names = NULL;
	int n = scandir(path, &names, is_json, by_name);
	int r = 0;

	if (n < 0)
		return reterr_set(err, errno, "%s: %s", path, strerror(errno));
	for (int i = 0; i < n; i++) {
		CLEANUP(xfree)
		char *file = xasprintf("%s/%s", path, names[i]->d_name);

		if (r == 0)
			r = rules_read_file(file, list, err);
		free(names[i]);
	}
	free(names);
	return r;
}

/* Two rules of one name would make every message about them a riddle. */
static int
check_names(const struct rules *rs, const struct rule_list *added,
    const char *path, struct reterr *err)
{
	CLEANUP(intern_free) struct intern *seen = intern_new();

	if (rs->list.n + added->n > RULES_MAX)
		return reterr_set(
		    err, EINVAL, "%s: more than %d rules", path, RULES_MAX);
	for (size_t i = 0; i < added->n; i++) {
		struct str name = str_of(added->v[i]->rule.name);

		if (intern_find(seen, name) != UINT32_MAX)
			return reterr_set(err, EINVAL,
			    "%s: there are two rules named %s", path, name.p);
		intern_add(seen, name);
	}
	return 0;
}

static bool
has_name(const struct rules *rs, const char *name)
{
	for (size_t i = 0; i < rs->list.n; i++)
		if (strcmp(rs->list.v[i]->rule.name, name) == 0)
			return true;
	return false;
}

/* All of added, or nothing.  Whoever wants a rule of ours to be another one
 * loads his own of that name first. */
static int
take_over(struct rules *rs, struct rule_list *added, const char *path,
    struct reterr *err)
{
	size_t before = rs->list.n;
	int r = check_names(rs, added, path, err);

	if (r < 0)
		return r;
	rs->list.v = xreallocarray(
	    rs->list.v, rs->list.n + added->n + 1, sizeof(*rs->list.v));
	for (size_t i = 0; i < added->n; i++) {
		if (before > 0 && has_name(rs, added->v[i]->rule.name))
			continue;
		rs->list.v[rs->list.n++] = added->v[i];
		added->v[i] = NULL; /* freeing the rest passes over it */
	}
	forget(rs);
	return 0;
}

int
rules_load(struct rules *rs, const char *path, struct reterr *err)
{
	CLEANUP(rule_list_free) struct rule_list added = {NULL, 0};
	struct stat st;
	int r;

	if (stat(path, &st) < 0)
		return reterr_set(err, errno, "%s: %s", path, strerror(errno));
	r = S_ISDIR(st.st_mode) ? read_folder(path, &added, err)
				: rules_read_file(path, &added, err);
	return r < 0 ? r : take_over(rs, &added, path, err);
}

int
rules_load_text(struct rules *rs, struct str text, struct reterr *err)
{
	CLEANUP(rule_list_free) struct rule_list added = {NULL, 0};
	int r = rules_read_text(text, "text", &added, err);

	return r < 0 ? r : take_over(rs, &added, "text", err);
}

/* ---- getting ready ---- */

static void
set_bit(const struct rules *rs, uint64_t *sets, size_t set, size_t rule)
{
	sets[set * rs->words + rule / 64] |= UINT64_C(1) << (rule % 64);
}

static void
ready_text(struct rules *rs, size_t i)
{
	const struct rule_def *def = rs->list.v[i];
	bool all = def->literals.n > 0;

	for (size_t j = 0; all && j < def->literals.n; j++)
		all =
		    scan_add(rs->scan, str_of(def->literals.v[j]), (unsigned)i);
	if (!all)
		set_bit(rs, rs->always, 0, i);
}

static void
ready_origin(struct rules *rs, size_t i)
{
	const struct rule_def *def = rs->list.v[i];
	uint32_t names = intern_count(rs->identifiers);
	uint32_t ids = intern_count(rs->message_ids);
	bool any = def->identifiers.n + def->globs.n == 0;

	for (uint32_t n = 0; n <= names; n++) {
		struct str name =
		    n < names ? intern_get(rs->identifiers, n) : STR_NULL;

		if ((any || def->globs.n ||
			strings_has(&def->identifiers, name)) &&
		    !strings_has(&def->others, name))
			set_bit(rs, rs->by_identifier, n, i);
	}
	any = def->message_ids.n == 0;
	for (uint32_t n = 0; n <= ids + 1; n++)
		if (any || (n == ids + 1 && def->code) ||
		    (n < ids && strings_has(&def->message_ids,
				    intern_get(rs->message_ids, n))))
			set_bit(rs, rs->by_message_id, n, i);
}

static void
ready_kind(struct rules *rs, size_t i)
{
	const struct rule_def *def = rs->list.v[i];
	unsigned kinds = def->kinds;

	if (!kinds)
		kinds = ~(
		    1U << EVENT_ACCESS | 1U << EVENT_ALERT | 1U << EVENT_MARK);
	for (int k = 0; k < EVENT_KIND_COUNT; k++)
		if (kinds >> k & 1)
			set_bit(rs, rs->kinds, (size_t)k, i);
	for (int s = 0; s < SEVERITIES; s++)
		if (def->max_severity == SEVERITY_NONE ||
		    s <= def->max_severity)
			set_bit(rs, rs->severities, (size_t)s, i);
}

static void
make_ready(struct rules *rs)
{
	uint32_t groups = 1;

	rs->words = (rs->list.n + 63) / 64;
	rs->scan = scan_new();
	rs->identifiers = intern_new();
	rs->message_ids = intern_new();
	for (size_t i = 0; i < rs->list.n; i++) {
		const struct rule_def *def = rs->list.v[i];
		uint32_t n = 0;

		for (size_t j = 0; j < def->identifiers.n; j++)
			intern_add(
			    rs->identifiers, str_of(def->identifiers.v[j]));
		for (size_t j = 0; j < def->others.n; j++)
			intern_add(rs->identifiers, str_of(def->others.v[j]));
		for (size_t j = 0; j < def->message_ids.n; j++)
			intern_add(
			    rs->message_ids, str_of(def->message_ids.v[j]));
		if (def->code)
			pcre2_pattern_info(
			    def->code, PCRE2_INFO_CAPTURECOUNT, &n);
		if (n + 1 > groups)
			groups = n + 1;
	}
	rs->always = xcalloc(rs->words, sizeof(uint64_t));
	rs->hits = xcalloc(rs->words, sizeof(uint64_t));
	rs->kinds = xcalloc(EVENT_KIND_COUNT * rs->words, sizeof(uint64_t));
	rs->severities = xcalloc(SEVERITIES * rs->words, sizeof(uint64_t));
	rs->by_identifier = xcalloc(
	    (intern_count(rs->identifiers) + 1) * rs->words, sizeof(uint64_t));
	rs->by_message_id = xcalloc(
	    (intern_count(rs->message_ids) + 2) * rs->words, sizeof(uint64_t));
	for (size_t i = 0; i < rs->list.n; i++) {
		ready_text(rs, i);
		ready_origin(rs, i);
		ready_kind(rs, i);
	}
	scan_build(rs->scan);
	rs->data = pcre2_match_data_create(groups, NULL);
	rs->limits = pcre2_match_context_create(NULL);
	if (!rs->data || !rs->limits)
		abort();
	pcre2_set_match_limit(rs->limits, RULE_MATCH_LIMIT);
	pcre2_set_heap_limit(rs->limits, RULE_HEAP_KIBIBYTES);
	rs->ready = true;
}

/* ---- matching ---- */

bool
glob_fits(const char *glob, struct str s)
{
	const char *star = NULL;
	size_t i = 0, back = 0;

	while (i < s.n) {
		if (*glob == '*') {
			star = glob++;
			back = i;
		} else if (*glob && (*glob == '?' || *glob == s.p[i])) {
			glob++;
			i++;
		} else if (star) {
			glob = star + 1;
			i = ++back;
		} else {
			return false;
		}
	}
	while (*glob == '*')
		glob++;
	return *glob == '\0';
}

/* What sets cannot say. */
static bool
rule_fits(struct rules *rs, const struct rule_def *def, struct values *v)
{
	int n;

	if (def->unit && !glob_fits(def->unit, v->ev->unit))
		return false;
	if (def->globs.n && !strings_has(&def->identifiers, v->identifier)) {
		size_t i = 0;

		while (i < def->globs.n &&
		       !glob_fits(def->globs.v[i], v->identifier))
			i++;
		if (i == def->globs.n)
			return false;
	}
	v->ovector = NULL;
	v->groups = 0;
	if (!def->code)
		return true;
	/* Errors (a limit reached) mean "does not fit". */
	n = pcre2_match(def->code,
	    (PCRE2_SPTR)(v->body->text.p ? v->body->text.p : ""),
	    v->body->text.n, 0, 0, rs->data, rs->limits);
	if (n <= 0)
		return false;
	v->ovector = pcre2_get_ovector_pointer(rs->data);
	v->groups = (unsigned)n;
	return true;
}

static const uint64_t *
row(const struct rules *rs, const uint64_t *sets, size_t set)
{
	return sets + set * rs->words;
}

/* The rules that everything but patterns leaves in, to rs->hits. */
static void
narrow(struct rules *rs, const struct values *v)
{
	uint32_t names = intern_count(rs->identifiers);
	uint32_t ids = intern_count(rs->message_ids);
	uint32_t name = intern_find(rs->identifiers, v->identifier);
	uint32_t id = ids + 1;
	int severity = v->body->severity;
	const uint64_t *a, *b, *c, *d;

	if (v->ev->message_id.n)
		id = intern_find(rs->message_ids, v->ev->message_id);
	if (severity < 0 || severity >= SEVERITIES - 1)
		severity = SEVERITIES - 1;
	a = row(rs, rs->by_identifier, name == UINT32_MAX ? names : name);
	b = row(rs, rs->by_message_id, id == UINT32_MAX ? ids : id);
	c = row(rs, rs->kinds, v->ev->kind);
	d = row(rs, rs->severities, (size_t)severity);
	memcpy(rs->hits, rs->always, rs->words * sizeof(uint64_t));
	scan_run(rs->scan, v->body->text, rs->hits);
	for (size_t i = 0; i < rs->words; i++)
		rs->hits[i] &= a[i] & b[i] & c[i] & d[i];
}

bool
rules_match_one(struct rules *rs, size_t only, const struct log_event *ev,
    struct rule_match *ret, struct buf *text)
{
	struct body body;
	struct values v = {.ev = ev, .body = &body};

	if (rs->list.n == 0 || ev->kind >= EVENT_KIND_COUNT)
		return false;
	if (!rs->ready)
		make_ready(rs);
	v.identifier = ev->identifier;
	if (v.identifier.n == 0 && ev->kind == EVENT_NGINX_ERROR)
		v.identifier = STR("nginx");
	body_read(ev, &body);
	narrow(rs, &v);
	for (size_t i = 0; i < rs->words; i++) {
		for (uint64_t set = rs->hits[i]; set; set &= set - 1) {
			size_t n = i * 64 + (size_t)__builtin_ctzll(set);
			const struct rule_def *def = rs->list.v[n];

			if ((only != SIZE_MAX && n != only) ||
			    !rule_fits(rs, def, &v))
				continue;
			ret->rule = &def->rule;
			ret->subject = template_value(&def->subject, &v);
			ret->actor = template_value(&def->actor, &v);
			if (text)
				template_write(&def->text, &v, text);
			return true;
		}
	}
	return false;
}

bool
rules_match(struct rules *rs, const struct log_event *ev,
    struct rule_match *ret, struct buf *text)
{
	return rules_match_one(rs, SIZE_MAX, ev, ret, text);
}
