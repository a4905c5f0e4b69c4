/* SPDX-License-Identifier: MIT */
/*
 * The log_format of an access log that nobody told us.
 *
 * A line is cut into columns, at blanks or else at tabs or bars
 * (infer-columns.c).  The other lines of the sample say what a column may hold
 * where this line has "-", whether it is the same in all, and which columns of
 * seconds are the largest: a request takes longer than its upstream's answer,
 * and that longer than connecting.  infer-name.c then says which variable each
 * value is; what is between the values is literal text.
 *
 * The result is only a proposal: detection compiles it and keeps it only if
 * the sample's lines fit it.
 */
#include "infer.h"

#define COLUMNS_MAX FORMAT_STEPS_MAX
/* Lines looked at for what a column is when the first one does not say. */
#define PEERS_MAX 200
/* A request's time and its upstream's differ by rounding, either way: within
 * 1/50 the first one is the request's. */
#define SUM_TOLERANCE 50

struct inference {
	const struct str *lines;
	size_t n_lines;
	char separator;
	struct infer_column c[COLUMNS_MAX];
	struct str told[COLUMNS_MAX]; /* the value, or what others have */
	usec_t sums[COLUMNS_MAX];     /* of seconds; -1: something else */
	size_t n;
	struct infer_names names;
};

/* The sum of "0.100, 0.200 : -", all with three digits; -1 for other text. */
static usec_t
seconds_sum(struct str list)
{
	usec_t sum = 0, t;

	if (infer_unsaid(list))
		return 0;
	while (list.n > 0) {
		size_t n = 0;

		while (n < list.n && list.p[n] != ' ' && list.p[n] != ',')
			n++;
		if (n > 0 && !infer_unsaid(str_sub(list, 0, n)) &&
		    !(n == 1 && list.p[0] == ':')) {
			ptrdiff_t dot = str_chr(str_sub(list, 0, n), '.');

			if (dot < 1 || n - (size_t)dot != 4 || n > 10 ||
			    !parse_seconds(str_sub(list, 0, n), &t))
				return -1;
			sum += t;
		}
		list = str_skip(list, n + 1);
	}
	return sum;
}

static void
add_seconds(struct inference *in, size_t i, struct str value)
{
	usec_t sum = in->sums[i] < 0 ? -1 : seconds_sum(value);

	in->sums[i] = sum < 0 ? -1 : in->sums[i] + sum;
}

/* What the other lines say of each column. */
static void
ask_peers(struct inference *in)
{
	struct infer_column other[COLUMNS_MAX];

	for (size_t i = 0; i < in->n; i++)
		in->told[i] = in->c[i].value;
	for (size_t l = 0; l < in->n_lines && l < PEERS_MAX; l++) {
		if (infer_columns(in->lines[l], in->separator, other) != in->n)
			continue;
		for (size_t i = 0; i < in->n; i++) {
			struct infer_column *c = &in->c[i];

			if (!str_eq(c->key, other[i].key) ||
			    c->open != other[i].open)
				continue;
			c->varies |= !str_eq(c->value, other[i].value);
			c->blanks |= str_chr(other[i].value, ' ') >= 0;
			if (infer_unsaid(in->told[i]))
				in->told[i] = other[i].value;
			add_seconds(in, i, other[i].value);
		}
	}
}

/* The column of seconds with the largest sum, the first of equal ones; SIZE_MAX
 * without one.  Columns that a key names are out of the question. */
static size_t
largest_seconds(const struct inference *in, bool tolerant)
{
	size_t best = SIZE_MAX;
	usec_t slack;

	for (size_t i = 0; i < in->n; i++) {
		if (in->sums[i] < 0 || infer_unsaid(in->told[i]) ||
		    in->c[i].slowest != NULL ||
		    infer_alias(in->c[i].key) != NULL)
			continue;
		slack = tolerant ? in->sums[i] / SUM_TOLERANCE : 0;
		if (best == SIZE_MAX || in->sums[i] - slack > in->sums[best])
			best = i;
	}
	return best;
}

static bool
has_key(const struct inference *in, const char *variable)
{
	for (size_t i = 0; i < in->n; i++) {
		const char *means = infer_alias(in->c[i].key);

		if (means != NULL && strcmp(means, variable) == 0)
			return true;
	}
	return false;
}

static void
rank_seconds(struct inference *in)
{
	static const char *const variables[] = {
	    "request_time", "upstream_response_time"};

	for (size_t v = 0; v < ARRAY_SIZE(variables); v++) {
		size_t at = has_key(in, variables[v])
				? SIZE_MAX
				: largest_seconds(in, v == 0);

		if (at != SIZE_MAX)
			in->c[at].slowest = variables[v];
	}
}

/* A word that is the key of the column behind it. */
static bool
is_label(const struct inference *in, size_t i)
{
	const struct infer_column *c = &in->c[i];

	return i + 1 < in->n && c[0].key.n == 0 && c[1].key.n == 0 &&
	       c[0].open == 0 && !c[0].varies &&
	       infer_alias(c[0].value) != NULL;
}

/* Bars and arrows between columns; combined's "-" behind the address. */
static bool
is_ornament(const struct inference *in, size_t i)
{
	static const struct str marks[] = {STR("|"), STR("->"), STR("=>"),
	    STR(">"), STR("::"), STR("--"), STR("/")};
	const struct infer_column *c = &in->c[i];

	if (c->key.n > 0 || c->open != 0 || c->varies)
		return false;
	for (size_t m = 0; m < ARRAY_SIZE(marks); m++)
		if (str_eq(marks[m], c->value))
			return true;
	return str_eq(c->value, STR("-")) && i > 0 && in->names.n > 0 &&
	       !infer_used(&in->names, "time_local") &&
	       strcmp(in->names.used[in->names.n - 1], "remote_addr") == 0;
}

/* Whether a nameless column never has a blank in it.  What may be upstream
 * values is not sure: they become lists when servers fail, which a sample from
 * quiet times does not show. */
static bool
is_word(const struct infer_column *c)
{
	bool letters = false;

	for (size_t i = 0; i < c->value.n; i++)
		letters |= (c->value.p[i] >= 'A' && c->value.p[i] <= 'Z') ||
			   (c->value.p[i] >= 'a' && c->value.p[i] <= 'z');
	return c->open == 0 && c->key.n == 0 && !c->blanks && letters &&
	       str_chr(c->value, ':') < 0;
}

/* "$name", or "${name}" before what would belong to the name.  Without a name
 * it is column_N, or word_N, which does not reach over blanks. */
static void
add_variable(const char *name, const struct infer_column *c, size_t index,
    char next, struct buf *out)
{
	bool brace = next == '_' || (next >= '0' && next <= '9') ||
		     (next >= 'a' && next <= 'z') ||
		     (next >= 'A' && next <= 'Z');

	buf_adds(out, brace ? "${" : "$");
	if (name != NULL)
		buf_adds(out, name);
	else
		buf_addf(
		    out, "%s_%zu", is_word(c) ? "word" : "column", index + 1);
	if (brace)
		buf_addc(out, '}');
}

static void
build(struct inference *in, struct str line, struct buf *ret)
{
	const char *from = line.p, *end = line.p + line.n;
	bool dash = false; /* the column before was combined's "-" */

	buf_adds(ret, line.p[0] == '{' ? "escape=json " : "");
	for (size_t i = 0; i < in->n; i++) {
		struct infer_column asked = in->c[i];
		const char *variable = NULL;

		if (!dash && is_ornament(in, i)) {
			dash = str_eq(asked.value, STR("-"));
			continue;
		}
		if (is_label(in, i)) {
			in->c[i + 1].key = asked.value;
			continue;
		}
		asked.value = in->told[i];
		if (dash && asked.open == 0)
			variable = "remote_user";
		else
			variable = infer_name(&asked, i, &in->names);
		dash = false;
		buf_add(ret, from, (size_t)(in->c[i].value.p - from));
		from = in->c[i].value.p + in->c[i].value.n;
		add_variable(variable, &asked, i, from < end ? *from : 0, ret);
	}
	buf_add(ret, from, (size_t)(end - from));
}

static bool
is_access(const struct infer_names *names)
{
	return (infer_used(names, "time_local") ||
		   infer_used(names, "time_iso8601") ||
		   infer_used(names, "msec")) &&
	       infer_used(names, "status") &&
	       (infer_used(names, "request") ||
		   infer_used(names, "request_uri"));
}

bool
infer_log_format(
    const struct str *lines, size_t n_lines, size_t which, struct buf *ret)
{
	static const char separators[] = " \t|";
	struct inference *in;
	struct str line = lines[which];
	bool found = false;

	if (line.n == 0 || line.n > FORMAT_TEXT_MAX / 2 ||
	    str_chr(line, '$') >= 0)
		return false;
	in = xmalloc(sizeof(*in));
	for (const char *s = separators; *s && !found; s++) {
		if (str_chr(line, *s) < 0 && line.p[0] != '{')
			continue;
		*in = (struct inference){
		    .lines = lines, .n_lines = n_lines, .separator = *s};
		buf_reset(ret);
		in->n = infer_columns(line, *s, in->c);
		if (in->n < 3)
			continue;
		ask_peers(in);
		rank_seconds(in);
		build(in, line, ret);
		found = is_access(&in->names);
	}
	xfree(in);
	return found;
}
