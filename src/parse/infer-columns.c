/* SPDX-License-Identifier: MIT */
/*
 * A line of an access log as columns: values and the keys before them.  Keys
 * are "key=", "key:" and, where the word is a known one, "key: "; a value may
 * stand in quotes or brackets, be a list of upstream values, or reach to the
 * next key where it is of the kind that has blanks.
 */
#include "infer.h"
#include "json-scan.h"

#define COLUMNS_MAX FORMAT_STEPS_MAX
#define KEY_BYTES_MAX 40
#define JSON_NESTED_MAX 3

static bool
is_key(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.' ||
	       c == '@';
}

/* "key=", "key:" or "key: " off the front of *s; the latter two only where
 * they cannot be something else. */
static struct str
take_key(struct str *s)
{
	struct str at = *s, key;
	size_t n = 0;
	char sign;

	while (n < at.n && n < KEY_BYTES_MAX && is_key(at.p[n]))
		n++;
	if (n == 0 || n == at.n || (at.p[0] >= '0' && at.p[0] <= '9'))
		return STR_NULL;
	key = str_sub(at, 0, n);
	sign = at.p[n];
	at = str_skip(at, n + 1);
	if (sign == ':') {
		bool known =
		    infer_alias(key) != NULL || str_eq(key, STR("time"));

		if (!known && (at.n == 0 || at.p[0] != '"'))
			return STR_NULL;
		scan_char(&at, ' ');
	} else if (sign != '=') {
		return STR_NULL;
	}
	*s = at;
	return key;
}

static size_t
closing(struct str s, char close)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\\' && close == '"')
			i++;
		else if (s.p[i] == close)
			return i;
	}
	return SIZE_MAX;
}

/* "value" or [value], with a separator behind it. */
static bool
take_enclosed(struct str *s, char separator, struct infer_column *c)
{
	static const char opening[] = "\"[(<", closers[] = "\"])>";
	const char *kind;
	struct str at = *s;
	size_t n;

	if (at.n == 0 || !one_of(at.p[0], opening))
		return false;
	kind = strchr(opening, at.p[0]);
	at = str_skip(at, 1);
	n = closing(at, closers[kind - opening]);
	if (n == SIZE_MAX ||
	    (n + 1 < at.n && at.p[n + 1] != separator && at.p[n + 1] != ' '))
		return false;
	c->open = *kind;
	c->value = str_sub(at, 0, n);
	*s = str_skip(at, n + 1);
	return true;
}

/* Where a value with blanks in it ends: before the next "key=". */
static size_t
before_next_key(struct str s)
{
	for (size_t i = 1; i < s.n; i++) {
		struct str at = str_skip(s, i);

		if (s.p[i - 1] == ' ' && take_key(&at).n > 0)
			return i - 1;
	}
	return s.n;
}

static size_t
bare_length(struct str s, char separator, const struct infer_column *c)
{
	struct str at = s;
	struct stamp t;
	size_t n = 0;
	const char *variable;

	if (scan_clf_time(&at, &t))
		return s.n - at.n;
	if (separator != ' ') {
		ptrdiff_t end = str_chr(s, separator);

		n = end < 0 ? s.n : (size_t)end;
		while (n > 0 && s.p[n - 1] == ' ')
			n--;
		return n;
	}
	variable = c->key.n > 0 ? infer_alias(c->key) : NULL;
	if (variable != NULL && (strcmp(variable, "http_user_agent") == 0 ||
				    strcmp(variable, "request") == 0))
		return before_next_key(s);
	for (;;) {
		while (n < s.n && s.p[n] != ' ')
			n++;
		/* upstream lists go on over their separators */
		if (n > 0 && n + 1 < s.n && s.p[n - 1] == ',')
			n++;
		else if (n + 2 < s.n && s.p[n + 1] == ':' && s.p[n + 2] == ' ')
			n += 3;
		else
			return n;
	}
}

static size_t
text_columns(struct str line, char separator, struct infer_column *ret)
{
	size_t n = 0;

	while (line.n > 0) {
		struct infer_column c = {0};

		while (separator != ' ' && scan_char(&line, ' '))
			;
		c.key = take_key(&line);
		if (!take_enclosed(&line, separator, &c)) {
			c.value =
			    str_sub(line, 0, bare_length(line, separator, &c));
			line = str_skip(line, c.value.n);
		}
		if (n == COLUMNS_MAX)
			return 0;
		ret[n++] = c;
		while (separator != ' ' && scan_char(&line, ' '))
			;
		if (line.n > 0 && !scan_char(&line, separator))
			return 0;
	}
	return n;
}

/* Members of the objects within count as members of the whole. */
static bool
json_columns(struct str object, struct str parent, int depth,
    struct infer_column *ret, size_t *n)
{
	struct str key, value;

	if (!json_enter(&object, '{') || depth > JSON_NESTED_MAX)
		return false;
	while (json_member(&object, &key, &value)) {
		if (value.p[0] == '{') {
			if (!json_columns(value, key, depth + 1, ret, n))
				return false;
			continue;
		}
		if (*n == COLUMNS_MAX || value.p[0] == '[')
			return false;
		ret[(*n)++] = (struct infer_column){
		    .parent = parent,
		    .key = key,
		    .value = value.p[0] == '"' ? str_sub(value, 1, value.n - 2)
					       : value,
		    .open = value.p[0] == '"' ? '"' : 0,
		};
	}
	return object.p != NULL && str_trim(object).n == 0;
}

size_t
infer_columns(struct str line, char separator, struct infer_column *ret)
{
	size_t n = 0;

	if (line.n == 0)
		return 0;
	if (line.p[0] != '{')
		return text_columns(line, separator, ret);
	return json_columns(line, STR_NULL, 0, ret, &n) ? n : 0;
}
