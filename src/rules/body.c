/* SPDX-License-Identifier: MIT */
/*
 * What a message says, without the decoration that programs put before it.
 *
 * A service that logs to its standard output writes time, level, process and
 * logger into the message itself; rules should not have to know each habit.
 * So a head of times, "[pid]", "pid#tid:" and level words is passed over
 * before a pattern is run.  The level is kept: journald gives everything from
 * standard output priority "info", and syslog files hold no priority at all,
 * so the text's own level is often the only one.  The worse of both counts.
 *
 * Only words that cannot be anything else are taken for a level: in upper
 * case, in brackets, or followed by a colon, within LEVEL_WITHIN bytes; or as
 * the value of a level key in JSON and logfmt.
 *
 * For JSON and logfmt the pattern sees everything, as the error may stand in
 * any field; people see the message field.
 */
#include <ctype.h>

#include "internal.h"

#define LEVEL_WITHIN 100
#define HEAD_TOKENS_MAX 12

static const struct level {
	struct str word;
	int severity;
} levels[] = {
    {{"EMERG", 5}, SEV_EMERG},
    {{"EMERGENCY", 9}, SEV_EMERG},
    {{"ALERT", 5}, SEV_ALERT},
    {{"CRIT", 4}, SEV_CRIT},
    {{"CRITICAL", 8}, SEV_CRIT},
    {{"FATAL", 5}, SEV_CRIT},
    {{"ERR", 3}, SEV_ERR},
    {{"ERROR", 5}, SEV_ERR},
    {{"SEVERE", 6}, SEV_ERR},
    {{"WARN", 4}, SEV_WARNING},
    {{"WARNING", 7}, SEV_WARNING},
    {{"NOTICE", 6}, SEV_NOTICE},
    {{"INFO", 4}, SEV_INFO},
    {{"LOG", 3}, SEV_INFO}, /* PostgreSQL */
    {{"DEBUG", 5}, SEV_DEBUG},
    {{"TRACE", 5}, SEV_DEBUG},
};

static bool
digits(struct str s, size_t from, size_t n)
{
	if (s.n < from + n)
		return false;
	for (size_t i = from; i < from + n; i++)
		if (!isdigit((unsigned char)s.p[i]))
			return false;
	return true;
}

static int
level_of(struct str word)
{
	for (size_t i = 0; i < ARRAY_SIZE(levels); i++)
		if (levels[i].word.n == word.n &&
		    strncasecmp(levels[i].word.p, word.p, word.n) == 0)
			return levels[i].severity;
	return SEVERITY_NONE;
}

/* A token that can only be a level: "ERROR", "[error]", "Error:". */
static int
level_of_token(struct str t)
{
	bool marked = false, upper = true;

	if (t.n > 2 && ((t.p[0] == '[' && t.p[t.n - 1] == ']') ||
			   (t.p[0] == '<' && t.p[t.n - 1] == '>'))) {
		t = str_sub(t, 1, t.n - 2);
		marked = true;
	} else if (t.n > 1 && (t.p[t.n - 1] == ':' || t.p[t.n - 1] == '|')) {
		t.n--;
		marked = true;
	}
	if (t.n < 3 || t.n > 9)
		return SEVERITY_NONE;
	for (size_t i = 0; i < t.n; i++) {
		if (!isalpha((unsigned char)t.p[i]))
			return SEVERITY_NONE;
		upper &= isupper((unsigned char)t.p[i]) != 0;
	}
	return marked || upper ? level_of(t) : SEVERITY_NONE;
}

/* "2026-03-04T14:00:07.123Z", "14:00:07,123", "2026/03/04", "+01:00" */
static bool
looks_like_time(struct str t)
{
	if (t.n && t.p[0] == '[')
		t = str_skip(t, 1);
	if (digits(t, 0, 4) && digits(t, 5, 2) && digits(t, 8, 2) &&
	    (t.p[4] == '-' || t.p[4] == '/') && t.p[7] == t.p[4])
		return true;
	if (digits(t, 0, 2) && digits(t, 7, 4) && t.p[2] == t.p[6] &&
	    (t.p[2] == '-' || t.p[2] == '/')) /* 04-Mar-2026 */
		return true;
	if (digits(t, 0, 2) && digits(t, 3, 2) && t.p[2] == ':' &&
	    (t.n == 5 || (digits(t, 6, 2) && t.p[5] == ':')))
		return true;
	if (t.n >= 5 && (t.p[0] == '+' || t.p[0] == '-') && digits(t, 1, 2))
		return digits(t, t.n - 2, 2) && t.n <= 6;
	return str_eq(t, STR("UTC")) || str_eq(t, STR("UTC]")) ||
	       str_eq(t, STR("CET")) || str_eq(t, STR("GMT"));
}

/* "[123]", "123#0:", "*17", "-", "|" */
static bool
looks_like_number(struct str t)
{
	size_t i = 0, n = 0;

	if (t.n == 1 && (t.p[0] == '-' || t.p[0] == '|'))
		return true;
	if (t.n < 2 || (t.p[0] != '[' && t.p[0] != '*' && !isdigit(t.p[0])))
		return false;
	for (; i < t.n; i++) {
		if (isdigit((unsigned char)t.p[i]))
			n++;
		else if (!strchr("[]*#:.", t.p[i]))
			return false;
	}
	return n > 0 &&
	       (t.p[0] == '[' || t.p[0] == '*' || str_chr(t, '#') >= 0);
}

/* "E0304 14:00:07.123456  4711 file.go:12] ", as glog and klog write */
static struct str
skip_glog(struct str s, int *ret_level)
{
	static const char letters[] = "FEWI";
	static const int severities[] = {
	    SEV_CRIT, SEV_ERR, SEV_WARNING, SEV_INFO};
	const char *letter;
	ptrdiff_t end;

	if (s.n < 22 || !digits(s, 1, 4) || s.p[5] != ' ' ||
	    !looks_like_time(str_sub(s, 6, 8)))
		return s;
	letter = strchr(letters, s.p[0]);
	end = str_find(str_sub(s, 0, LEVEL_WITHIN), STR("] "));
	if (!letter || s.p[0] == '\0' || end < 0)
		return s;
	*ret_level = severities[letter - letters];
	return str_skip(s, (size_t)end + 2);
}

/* "[   12.345678] " before kernel messages in syslog files */
static struct str
skip_kernel_time(struct str s)
{
	size_t i = 1;

	if (!s.n || s.p[0] != '[')
		return s;
	while (i < s.n && s.p[i] == ' ')
		i++;
	while (i < s.n && (isdigit((unsigned char)s.p[i]) || s.p[i] == '.'))
		i++;
	if (i + 1 < s.n && i > 8 && s.p[i] == ']' && s.p[i + 1] == ' ')
		return str_skip(s, i + 2);
	return s;
}

/* Pass over the head of s, a plain line; *ret_level as found there. */
static struct str
skip_head(struct str s, int *ret_level)
{
	s = skip_kernel_time(s);
	s = skip_glog(s, ret_level);
	for (unsigned i = 0; i < HEAD_TOKENS_MAX; i++) {
		struct str token, at = s, after;
		int level = SEVERITY_NONE;

		while (at.n && at.p[0] == ' ')
			at = str_skip(at, 1);
		after = str_cut(at, ' ', &token);
		if (!after.p)
			break;
		/* One level; behind it only numbers still are head. */
		if (*ret_level == SEVERITY_NONE) {
			level = level_of_token(token);
			*ret_level = level;
		}
		if (level == SEVERITY_NONE && !looks_like_number(token) &&
		    (*ret_level != SEVERITY_NONE || !looks_like_time(token)))
			break;
		s = after;
	}
	while (*ret_level != SEVERITY_NONE && s.n && s.p[0] == ' ')
		s = str_skip(s, 1);
	return s;
}

/* A level word behind a program's or logger's name.  In lower case it must
 * follow such a name at once: "orders: error: …", but not "is critical: …". */
static int
find_level(struct str s)
{
	bool named = true;

	s = str_sub(s, 0, LEVEL_WITHIN);
	while (s.p && s.n) {
		struct str token;
		int level;

		s = str_cut(s, ' ', &token);
		if (token.n == 0)
			continue;
		level = level_of_token(token);
		if (level != SEVERITY_NONE &&
		    (named || token.p[0] == '[' || token.p[0] == '<' ||
			isupper((unsigned char)token.p[1])))
			return level;
		named =
		    token.p[token.n - 1] == ':' || token.p[token.n - 1] == ']';
	}
	return SEVERITY_NONE;
}

/* ---- JSON and logfmt, without parsing them ---- */

/* The string that follows a key; what is not a string ends at a delimiter. */
static struct str
value_at(struct str s)
{
	size_t n = 0;

	while (s.n && (s.p[0] == ' ' || s.p[0] == ':' || s.p[0] == '='))
		s = str_skip(s, 1);
	if (s.n && s.p[0] == '"') {
		s = str_skip(s, 1);
		while (n < s.n && s.p[n] != '"')
			n += s.p[n] == '\\' ? 2 : 1;
	} else {
		while (n < s.n && !strchr(" ,}", s.p[n]))
			n++;
	}
	return str_sub(s, 0, n);
}

static struct str
value_of(struct str s, const char *const *keys, size_t n, bool json)
{
	for (size_t i = 0; i < n; i++) {
		char key[32];
		ptrdiff_t at;

		snprintf(key, sizeof(key), json ? "\"%s\"" : "%s=", keys[i]);
		at = str_find(s, str_of(key));
		if (at < 0 || (!json && at > 0 && s.p[at - 1] != ' '))
			continue;
		return value_at(str_skip(s, (size_t)at + strlen(key)));
	}
	return STR_NULL;
}

static const char *const level_keys[] = {
    "level", "severity", "lvl", "levelname", "log.level", "loglevel"};
static const char *const say_keys[] = {"msg", "message", "event", "error"};

/* Numbers as bunyan and pino write them: 50 is an error. */
static int
level_of_value(struct str v)
{
	uint64_t n;

	if (!str_to_u64(v, &n))
		return level_of(v);
	if (n < 10)
		return n <= SEV_DEBUG ? (int)n : SEVERITY_NONE;
	return n >= 60   ? SEV_CRIT
	       : n >= 50 ? SEV_ERR
	       : n >= 40 ? SEV_WARNING
			 : SEV_INFO;
}

static bool
looks_like_logfmt(struct str s)
{
	struct str first;
	ptrdiff_t eq;

	str_cut(s, ' ', &first);
	eq = str_chr(first, '=');
	for (ptrdiff_t i = 0; i < eq; i++)
		if (!isalnum((unsigned char)first.p[i]) &&
		    !strchr("_.-", first.p[i]))
			return false;
	return eq > 0;
}

void
body_read(const struct log_event *ev, struct body *ret)
{
	struct str say = STR_NULL;
	int level = SEVERITY_NONE;
	bool json;

	ret->all = str_sub(ev->body, 0, RULE_BODY_BYTES_MAX);
	ret->text = skip_head(ret->all, &level);
	json = ret->text.n > 1 && ret->text.p[0] == '{';
	if (json || looks_like_logfmt(ret->text)) {
		say = value_of(ret->text, say_keys, ARRAY_SIZE(say_keys), json);
		level = level_of_value(value_of(
		    ret->text, level_keys, ARRAY_SIZE(level_keys), json));
	} else if (level == SEVERITY_NONE) {
		level = find_level(ret->text);
	}
	if (say.n == 0)
		str_cut(ret->text, '\n', &say);
	ret->say = str_trim(say);
	ret->severity = ev->severity;
	if (level != SEVERITY_NONE &&
	    (ret->severity == SEVERITY_NONE || level < ret->severity))
		ret->severity = level;
}
