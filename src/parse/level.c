/* SPDX-License-Identifier: MIT */
/*
 * What messages say of themselves: their level, the unit they are about.
 *
 * Applications under systemd write to standard output, which journald files
 * under priority 6 whatever the line says.  The level they mean is the one
 * their own line opens with, so that is read here, but only where it cannot be
 * taken for a word of the sentence: in capitals, in brackets, before a colon,
 * or as the value of a level key.
 */
#include "scan.h"

/* Tokens looked at behind the time: "[pid]", "user@db", "[main]", "LEVEL". */
#define LEVEL_WORDS_MAX 5

#define LEVEL_BYTES_MIN 3 /* of the words below */
#define LEVEL_BYTES_MAX 11

static inline bool
is_open(char c)
{
	return c == '[' || c == '<' || c == '(' || c == '|';
}

static inline bool
is_close(char c)
{
	return c == ']' || c == '>' || c == ')' || c == ':' || c == ',' ||
	       c == '|';
}

static struct str
undecorate(struct str word)
{
	while (word.n > 0 && is_open(word.p[0]))
		word = str_skip(word, 1);
	while (word.n > 0 && is_close(word.p[word.n - 1]))
		word.n--;
	return word;
}

int
level_word(struct str word)
{
	static const struct {
		struct str name;
		int severity;
	} names[] = {
	    {STR("emerg"), SEV_EMERG},
	    {STR("emergency"), SEV_EMERG},
	    {STR("panic"), SEV_EMERG},
	    {STR("alert"), SEV_ALERT},
	    {STR("crit"), SEV_CRIT},
	    {STR("critical"), SEV_CRIT},
	    {STR("fatal"), SEV_CRIT},
	    {STR("severe"), SEV_ERR},
	    {STR("err"), SEV_ERR},
	    {STR("error"), SEV_ERR},
	    {STR("warn"), SEV_WARNING},
	    {STR("warning"), SEV_WARNING},
	    {STR("notice"), SEV_NOTICE},
	    {STR("info"), SEV_INFO},
	    {STR("information"), SEV_INFO},
	    {STR("log"), SEV_INFO},
	    {STR("note"), SEV_NOTICE},
	    {STR("system"), SEV_NOTICE},
	    {STR("debug"), SEV_DEBUG},
	    {STR("debug1"), SEV_DEBUG},
	    {STR("fine"), SEV_DEBUG},
	    {STR("trace"), SEV_DEBUG},
	    {STR("verbose"), SEV_DEBUG},
	};

	word = undecorate(word);
	if (word.n < LEVEL_BYTES_MIN || word.n > LEVEL_BYTES_MAX)
		return SEVERITY_NONE;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].name.n == word.n &&
		    names[i].name.p[0] == (word.p[0] | 0x20) &&
		    strncasecmp(names[i].name.p, word.p, word.n) == 0)
			return names[i].severity;
	return SEVERITY_NONE;
}

int
level_word_strict(struct str word)
{
	struct str bare;
	bool capitals;

	/* Most words are neither. */
	if (word.n < LEVEL_BYTES_MIN ||
	    (((word.p[0] >= 'a' && word.p[0] <= 'z') ||
		 (word.p[1] >= 'a' && word.p[1] <= 'z')) &&
		!is_open(word.p[0]) && !is_close(word.p[word.n - 1])))
		return SEVERITY_NONE;
	bare = undecorate(word);
	capitals = bare.n > 0;

	if (bare.n < LEVEL_BYTES_MIN || bare.n > LEVEL_BYTES_MAX)
		return SEVERITY_NONE;
	for (size_t i = 0; i < bare.n; i++)
		if (bare.p[i] < 'A' || bare.p[i] > 'Z')
			capitals = false;
	if (!capitals && bare.n == word.n)
		return SEVERITY_NONE;
	return level_word(word);
}

/*
 * Whether s may have one of the keys below.  All of them have a v, which few
 * words of a log have, and looking for it once is cheaper than looking for
 * each of them.
 */
static bool
may_have_level(struct str s)
{
	const char *p = s.p, *end = s.p + s.n;

	while (p < end && (p = memchr(p, 'v', (size_t)(end - p))) != NULL) {
		if (p > s.p && end - p > 1 &&
		    ((p[-1] == 'l' && p[1] == 'l') ||
			(p[-1] == 'e' && p[1] == 'e' && p - s.p > 1 &&
			    (p[-2] == 'l' || p[-2] == 's'))))
			return true;
		p++;
	}
	return false;
}

/* The value behind key and = or ":" in the first bytes of s. */
static int
level_member(struct str s)
{
	static const struct str keys[] = {STR("level"), STR("lvl"),
	    STR("severity"), STR("loglevel"), STR("log.level")};

	s = str_sub(s, 0, 512);
	if (!may_have_level(s))
		return SEVERITY_NONE;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		ptrdiff_t at = str_find(s, keys[i]);
		struct str v;
		size_t n = 0;

		if (at < 0)
			continue;
		/* the key begins a word, or a JSON string */
		if (at > 0 && s.p[at - 1] != ' ' && s.p[at - 1] != '"' &&
		    s.p[at - 1] != '{')
			continue;
		v = str_skip(s, (size_t)at + keys[i].n);
		scan_char(&v, '"');
		scan_spaces(&v);
		if (!scan_char(&v, '=') && !scan_char(&v, ':'))
			continue;
		scan_spaces(&v);
		scan_char(&v, '"');
		while (n < v.n && v.p[n] != '"' && v.p[n] != ' ' &&
		       v.p[n] != ',' && v.p[n] != '}')
			n++;
		return level_word(str_sub(v, 0, n));
	}
	return SEVERITY_NONE;
}

int
message_severity(struct str body)
{
	struct str at = body, word;
	struct stamp t;
	bool stamped;

	if (body.n < 5)
		return SEVERITY_NONE;
	if (body.p[0] == '{')
		return level_member(body);
	scan_char(&at, '[');
	stamped = scan_any_time(&at, &t);
	if (!stamped)
		at = body;
	scan_char(&at, ']');
	scan_spaces(&at);
	for (int i = 0; i < (stamped ? LEVEL_WORDS_MAX : 1); i++) {
		int severity;

		if (!scan_word(&at, &word))
			break;
		severity = level_word_strict(word);
		if (severity != SEVERITY_NONE)
			return severity;
	}
	return level_member(body);
}

bool
is_unit_name(struct str s)
{
	static const struct str suffixes[] = {STR(".service"), STR(".socket"),
	    STR(".timer"), STR(".mount"), STR(".scope"), STR(".slice"),
	    STR(".target"), STR(".path"), STR(".device"), STR(".swap"),
	    STR(".automount")};

	if (s.n > 255)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++)
		if (s.n > suffixes[i].n && str_ends(s, suffixes[i]))
			return true;
	return false;
}

struct str
systemd_message_unit(struct str body)
{
	struct str at = str_sub(body, 0, 600), word;

	if (!scan_word(&at, &word))
		return STR_NULL;
	/* "NAME.service: Main process exited, …" */
	if (word.p[word.n - 1] == ':') {
		word.n--;
		return is_unit_name(word) ? word : STR_NULL;
	}
	/* "Started NAME.service - …", "Failed to start NAME.service - …",
	 * "Listening on NAME.socket - …": the verb is capitalised. */
	if (word.p[0] < 'A' || word.p[0] > 'Z')
		return STR_NULL;
	for (int i = 0; i < 4 && scan_word(&at, &word); i++) {
		while (word.n > 0 && word.p[word.n - 1] == '.')
			word.n--;
		if (is_unit_name(word) &&
		    (at.n == 0 ||
			(at.n > 1 && at.p[0] == '-' && at.p[1] == ' ')))
			return word;
	}
	return STR_NULL;
}

struct str
unit_service(struct str unit)
{
	static const struct str suffix = {".service", 8};

	if (!str_ends(unit, suffix) || str_starts(unit, STR("user@")) ||
	    str_starts(unit, STR("user-runtime-dir@")))
		return STR_NULL;
	unit.n -= suffix.n;
	return unit;
}
