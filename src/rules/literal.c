/* SPDX-License-Identifier: MIT */
/*
 * Which words a message must hold for a pattern to fit it.
 *
 * A rule's pattern is only run on messages in which one of its literals
 * occurs; all literals of all rules are found in one pass (scan.c).  They are
 * derived from the pattern's text, so that whoever writes a rule need not
 * think of it: of a sequence the best of its elements, of an alternation the
 * union of all its branches.  "Best" is the set whose shortest member is the
 * longest, since long literals are rare.
 *
 * The parser here knows the common part of PCRE2's syntax.  Whatever it does
 * not know makes it give up for the whole pattern, which is slower and never
 * wrong: a literal too few costs time, one too many would lose events.  Case
 * is folded throughout, so that (?i) does not matter.
 */
#include <ctype.h>

#include "internal.h"

#define DEPTH_MAX 32

struct parser {
	struct str rest;
	unsigned depth;
	bool gave_up;
};

static void parse_alternation(struct parser *p, struct strings *ret);

static int
peek(const struct parser *p)
{
	return p->rest.n ? (unsigned char)p->rest.p[0] : -1;
}

static void
take(struct parser *p, size_t n)
{
	p->rest = str_skip(p->rest, n);
}

static size_t
shortest(const struct strings *l)
{
	size_t best = SIZE_MAX;

	for (size_t i = 0; i < l->n; i++)
		if (strlen(l->v[i]) < best)
			best = strlen(l->v[i]);
	return l->n ? best : 0;
}

/* Keep the better of two sets in *best; the other is freed. */
static void
keep_better(struct strings *best, struct strings *other)
{
	size_t a = shortest(best), b = shortest(other);

	if (b > a || (b == a && other->n < best->n && other->n > 0)) {
		struct strings swap = *best;

		*best = *other;
		*other = swap;
	}
	string_list_free(other);
}

static void
end_run(struct buf *run, struct strings *best)
{
	struct strings one = {NULL, 0};

	if (run->n > 0) {
		string_list_add(&one, buf_str(run));
		keep_better(best, &one);
	}
	buf_reset(run);
}

/* Behind an atom: how often it may come.  *ret_min is 1 for "+", 0 for "?",
 * "*" and "{0,…}"; false when there is no quantifier. */
static bool
take_quantifier(struct parser *p, unsigned *ret_min)
{
	int c = peek(p);
	ptrdiff_t end;

	*ret_min = 1;
	if (c == '{' && p->rest.n > 1 && isdigit((unsigned char)p->rest.p[1])) {
		end = str_chr(p->rest, '}');
		if (end < 0) {
			p->gave_up = true;
			return false;
		}
		*ret_min = p->rest.p[1] != '0';
		take(p, (size_t)end + 1);
	} else if (c == '+' || c == '?' || c == '*') {
		*ret_min = c == '+';
		take(p, 1);
	} else {
		return false;
	}
	if (peek(p) == '+' || peek(p) == '?') /* possessive, lazy */
		take(p, 1);
	return true;
}

/* "[…]", whatever is in it */
static void
take_class(struct parser *p)
{
	take(p, 1);
	if (peek(p) == '^')
		take(p, 1);
	if (peek(p) == ']')
		take(p, 1);
	while (peek(p) >= 0 && peek(p) != ']') {
		if (peek(p) == '\\') {
			take(p, 2);
		} else if (peek(p) == '[' && p->rest.n > 1 &&
			   p->rest.p[1] == ':') {
			ptrdiff_t end = str_find(p->rest, STR(":]"));

			if (end < 0)
				break;
			take(p, (size_t)end + 2);
		} else {
			take(p, 1);
		}
	}
	if (peek(p) < 0)
		p->gave_up = true;
	take(p, 1);
}

/* Behind "(": its kind.  *ret_counts is false for what asserts only. */
static void
take_group_head(struct parser *p, bool *ret_counts, bool *ret_empty)
{
	ptrdiff_t end;

	*ret_counts = true;
	*ret_empty = false;
	if (peek(p) == '*') {
		p->gave_up = true;
		return;
	}
	if (peek(p) != '?')
		return;
	if (str_starts(p->rest, STR("?:")) || str_starts(p->rest, STR("?>"))) {
		take(p, 2);
		return;
	}
	if (str_starts(p->rest, STR("?=")) || str_starts(p->rest, STR("?!")) ||
	    str_starts(p->rest, STR("?<=")) ||
	    str_starts(p->rest, STR("?<!"))) {
		*ret_counts = false;
		take(p, p->rest.p[1] == '<' ? 3 : 2);
		return;
	}
	if (str_starts(p->rest, STR("?<")) || str_starts(p->rest, STR("?P<"))) {
		end = str_chr(p->rest, '>');
		p->gave_up |= end < 0;
		take(p, end < 0 ? 0 : (size_t)end + 1);
		return;
	}
	/* "(?i)", "(?m:": all but x, which changes what the text means */
	take(p, 1);
	while (peek(p) == 'i' || peek(p) == 'm' || peek(p) == 's' ||
	       peek(p) == '-')
		take(p, 1);
	*ret_empty = peek(p) == ')';
	if (peek(p) == ':')
		take(p, 1);
	else if (!*ret_empty)
		p->gave_up = true;
}

static void
parse_group(struct parser *p, struct strings *best)
{
	struct strings inner = {NULL, 0};
	bool counts, empty;
	unsigned min;

	take(p, 1);
	take_group_head(p, &counts, &empty);
	if (++p->depth > DEPTH_MAX)
		p->gave_up = true;
	if (!p->gave_up && !empty)
		parse_alternation(p, &inner);
	p->depth--;
	if (peek(p) != ')')
		p->gave_up = true;
	take(p, 1);
	if (take_quantifier(p, &min) && min == 0)
		counts = false;
	if (counts)
		keep_better(best, &inner);
	else
		string_list_free(&inner);
}

/* Behind a backslash.  Whether it is one byte to be found as it stands (then
 * *ret is that byte), or stands for several; *ret_width is false for what
 * takes up no room. */
static bool
take_escape(struct parser *p, int *ret, bool *ret_width)
{
	int c = peek(p);

	*ret_width = true;
	take(p, 1);
	if (c >= 0 && !isalnum(c)) {
		*ret = c;
		return true;
	}
	if (c == 'n' || c == 't') {
		*ret = c == 'n' ? '\n' : '\t';
		return true;
	}
	if (c == 'b' || c == 'B' || c == 'A' || c == 'z' || c == 'Z')
		*ret_width = false;
	else if (c < 0 || !strchr("dDsSwWhHvVNR", c))
		p->gave_up = true;
	return false;
}

static void
parse_sequence(struct parser *p, struct strings *best)
{
	CLEANUP(buf_free) struct buf run = BUF_INIT;

	while (
	    !p->gave_up && peek(p) >= 0 && peek(p) != '|' && peek(p) != ')') {
		int c = peek(p);
		bool literal = false, width = true;
		unsigned min;

		if (c == '(') {
			end_run(&run, best);
			parse_group(p, best);
			continue;
		}
		if (c == '[') {
			take_class(p);
		} else {
			take(p, 1);
			if (c == '\\')
				literal = take_escape(p, &c, &width);
			else if (c == '^' || c == '$')
				width = false;
			else
				literal = c != '.';
		}
		if (!width)
			continue;
		if (!take_quantifier(p, &min)) {
			if (literal)
				buf_addc(&run, (char)tolower(c));
			else
				end_run(&run, best);
			continue;
		}
		if (literal && min > 0)
			buf_addc(&run, (char)tolower(c));
		end_run(&run, best);
	}
	end_run(&run, best);
}

static void
parse_alternation(struct parser *p, struct strings *ret)
{
	bool every = true;

	for (;;) {
		CLEANUP(string_list_free) struct strings one = {NULL, 0};

		parse_sequence(p, &one);
		every &= one.n > 0;
		for (size_t i = 0; i < one.n && ret->n <= RULE_LIST_MAX; i++)
			string_list_add(ret, str_of(one.v[i]));
		if (p->gave_up || peek(p) != '|')
			break;
		take(p, 1);
	}
	if (!every || p->gave_up || ret->n > RULE_LIST_MAX)
		string_list_free(ret);
}

void
literals_of(struct str pattern, struct strings *ret)
{
	struct parser p = {.rest = pattern};

	parse_alternation(&p, ret);
	if (p.gave_up || p.rest.n > 0 || shortest(ret) < RULE_LITERAL_BYTES_MIN)
		string_list_free(ret);
}
