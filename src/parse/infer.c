/* SPDX-License-Identifier: MIT */
/*
 * The log_format of an access log that nobody told us.
 *
 * A line is cut into columns: at blanks, or at tabs or bars where there are
 * several, minding quotes, brackets and upstream lists; JSON lines into their
 * members.  A column is a value and, where the line has one, its key
 * (key=value, key:"value", key: value, or a word that is a known key and the
 * same in every line).  infer-name.c says which variable each value is; what
 * is between the values is literal text.
 *
 * The result is only a proposal: detection compiles it and keeps it only if
 * the sample's lines fit it.
 */
#include "infer.h"
#include "json-scan.h"

#define COLUMNS_MAX FORMAT_STEPS_MAX
#define KEY_BYTES_MAX 40
/* Lines looked at for what a column is when the first one does not say. */
#define PEERS_MAX 200

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
text_columns(struct str line, struct infer_column *ret)
{
	size_t n = 0, tabs = 0, bars = 0;
	char separator = ' ';

	for (size_t i = 0; i < line.n; i++) {
		tabs += line.p[i] == '\t';
		bars += line.p[i] == '|';
	}
	if (tabs >= 4)
		separator = '\t';
	else if (bars >= 4)
		separator = '|';
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

static size_t
json_columns(struct str line, struct infer_column *ret)
{
	struct str key, value;
	size_t n = 0;

	if (!json_enter(&line, '{'))
		return 0;
	while (json_member(&line, &key, &value)) {
		if (n == COLUMNS_MAX || value.p[0] == '{' || value.p[0] == '[')
			return 0;
		ret[n++] = (struct infer_column){
		    .key = key,
		    .value = value.p[0] == '"' ? str_sub(value, 1, value.n - 2)
					       : value,
		    .open = value.p[0] == '"' ? '"' : 0,
		};
	}
	return line.p == NULL || str_trim(line).n > 0 ? 0 : n;
}

static size_t
columns(struct str line, struct infer_column *ret)
{
	return line.p[0] == '{' ? json_columns(line, ret)
				: text_columns(line, ret);
}

/* What other lines say of each column: whether it varies, and, where this line
 * has "-", what else may stand there (into told[]). */
static void
ask_peers(struct infer_column *c, size_t n, const struct str *lines,
    size_t n_lines, struct str *told)
{
	struct infer_column other[COLUMNS_MAX];

	for (size_t l = 0; l < n_lines && l < PEERS_MAX; l++) {
		if (columns(lines[l], other) != n)
			continue;
		for (size_t i = 0; i < n; i++) {
			if (!str_eq(c[i].key, other[i].key) ||
			    c[i].open != other[i].open)
				continue;
			c[i].varies |= !str_eq(c[i].value, other[i].value);
			if (infer_unsaid(told[i]))
				told[i] = other[i].value;
		}
	}
}

/* A word that is the key of the column behind it. */
static bool
is_label(const struct infer_column *c, size_t i, size_t n)
{
	return i + 1 < n && c[i].key.n == 0 && c[i + 1].key.n == 0 &&
	       c[i].open == 0 && !c[i].varies &&
	       infer_alias(c[i].value) != NULL;
}

/* Dashes and bars between columns, as combined has one. */
static bool
is_ornament(const struct infer_column *c)
{
	return c->key.n == 0 && c->open == 0 && c->value.n == 1 &&
	       one_of(c->value.p[0], "-|:;>") && !c->varies;
}

/* "$name", or "${name}" before what would belong to the name. */
static void
add_variable(const char *name, size_t index, char next, struct buf *out)
{
	bool brace = is_key(next) && next != '-' && next != '.' && next != '@';

	buf_adds(out, brace ? "${" : "$");
	if (name != NULL)
		buf_adds(out, name);
	else
		buf_addf(out, "column_%zu", index + 1);
	if (brace)
		buf_addc(out, '}');
}

bool
infer_log_format(
    const struct str *lines, size_t n_lines, size_t which, struct buf *ret)
{
	struct infer_column c[COLUMNS_MAX];
	struct str told[COLUMNS_MAX], line = lines[which];
	struct infer_names names = {0};
	const char *from = line.p;
	size_t n;

	buf_reset(ret);
	if (line.n == 0 || line.n > FORMAT_TEXT_MAX / 2 ||
	    str_chr(line, '$') >= 0)
		return false;
	n = columns(line, c);
	if (n < 3)
		return false;
	for (size_t i = 0; i < n; i++)
		told[i] = c[i].value;
	ask_peers(c, n, lines, n_lines, told);
	if (line.p[0] == '{')
		buf_adds(ret, "escape=json ");
	for (size_t i = 0; i < n; i++) {
		struct infer_column asked = c[i];
		const char *variable;

		if (i == 1 && is_ornament(&c[i]))
			continue;
		if (is_label(c, i, n)) {
			c[i + 1].key = c[i].value;
			continue;
		}
		asked.value = told[i];
		variable = infer_name(&asked, i, &names);
		buf_add(ret, from, (size_t)(c[i].value.p - from));
		if (variable == NULL && i == 2 && is_ornament(&c[1]))
			variable = "remote_user"; /* "- user" */
		from = c[i].value.p + c[i].value.n;
		add_variable(
		    variable, i, from < line.p + line.n ? *from : 0, ret);
	}
	buf_add(ret, from, (size_t)(line.p + line.n - from));
	return (infer_used(&names, "time_local") ||
		   infer_used(&names, "time_iso8601") ||
		   infer_used(&names, "msec")) &&
	       infer_used(&names, "status") &&
	       (infer_used(&names, "request") ||
		   infer_used(&names, "request_uri"));
}
