/* SPDX-License-Identifier: MIT */
/*
 * Which events of a window are wanted.
 *
 * -u takes a unit as people say it: "nginx" means nginx.service, and also
 * messages of programs that are not run as a unit but log under that name,
 * since files do not know units.  -g looks at what is shown of an event, its
 * message, or for requests the line.  As in journalctl, a pattern in lower
 * case ignores case.
 */
#include "filter.h"

#include <errno.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#define GREP_STEPS_MAX 1000000 /* of matching; a pattern must not hang */

struct filter {
	const struct cmd_context *c;
	struct buf literal; /* that every match holds; may be empty */
	bool caseless;
	pcre2_code *grep;
	pcre2_match_data *match;
	pcre2_match_context *limits;
};

static bool
has_upper(const char *s)
{
	for (; *s; s++)
		if (*s >= 'A' && *s <= 'Z')
			return true;
	return false;
}

/* The last character of s, all its bytes, may be missing in what matches. */
static void
drop_last(struct buf *s)
{
	while (s->n > 0 && (s->p[s->n - 1] & 0xc0) == 0x80)
		s->n--;
	s->n -= s->n > 0;
}

static void
keep_longer(struct buf *longest, struct buf *run)
{
	if (run->n > longest->n) {
		struct buf other = *longest;

		*longest = *run;
		*run = other;
	}
	buf_reset(run);
}

/*
 * The longest literal text that whatever matches the pattern has to contain.
 * Only plain patterns are understood: text, escaped punctuation, . ^ $ * + ?
 * and the classes \d \s \w \b; for any other nothing is found.
 */
static void
find_literal(const char *pattern, struct buf *longest)
{
	CLEANUP(buf_free) struct buf run = BUF_INIT;

	for (const char *p = pattern; *p; p++) {
		if (strchr("|()[]{}", *p) ||
		    (*p == '\\' && p[1] != '\0' &&
			strchr("ACEFGHIJKLMNOPQRTUVXYZacefghijklmnopqrtuvxyz0"
			       "123456789",
			    p[1]))) {
			buf_reset(longest);
			return;
		}
		if (*p == '\\') {
			p++;
			if (strchr("dDsSwWbB", *p))
				keep_longer(longest, &run);
			else
				buf_addc(&run, *p);
		} else if (*p == '*' || *p == '?') {
			drop_last(&run);
			keep_longer(longest, &run);
		} else if (strchr(".^$+", *p)) {
			keep_longer(longest, &run);
		} else {
			buf_addc(&run, *p);
		}
	}
	keep_longer(longest, &run);
}

static int
compile(struct filter *f)
{
	const char *pattern = f->c->grep;
	uint32_t options = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF;
	PCRE2_SIZE at;
	int error;

	f->caseless = !has_upper(pattern);
	if (f->caseless)
		options |= PCRE2_CASELESS;
	f->grep = pcre2_compile(
	    (PCRE2_SPTR)pattern, strlen(pattern), options, &error, &at, NULL);
	if (!f->grep) {
		PCRE2_UCHAR text[128];

		pcre2_get_error_message(error, text, sizeof(text));
		return cmd_usage(f->c, "-g '%s': %s at character %zu", pattern,
		    (const char *)text, at + 1);
	}
	find_literal(pattern, &f->literal);
	pcre2_jit_compile(f->grep, PCRE2_JIT_COMPLETE); /* where allowed */
	f->match = pcre2_match_data_create(1, NULL);
	f->limits = pcre2_match_context_create(NULL);
	pcre2_set_match_limit(f->limits, GREP_STEPS_MAX);
	return EXIT_DONE;
}

int
filter_new(const struct cmd_context *c, struct filter **ret)
{
	CLEANUP(filter_free) struct filter *f = xcalloc(1, sizeof(*f));
	int status = EXIT_DONE;

	f->c = c;
	if (c->grep)
		status = compile(f);
	if (status == EXIT_DONE)
		*ret = STEAL(f);
	return status;
}

void
filter_free(struct filter *f)
{
	if (!f)
		return;
	buf_free(&f->literal);
	pcre2_match_context_free(f->limits);
	pcre2_match_data_free(f->match);
	pcre2_code_free(f->grep);
	xfree(f);
}

static unsigned
filter_columns(const struct filter *f)
{
	unsigned columns = 0;

	if (f->c->unit || f->c->host || f->c->service)
		columns |= STORE_ORIGIN;
	if (f->c->grep)
		columns |= STORE_RAW;
	return columns;
}

void
filter_query(const struct filter *f, struct store_query *q)
{
	q->columns |= filter_columns(f);
	q->text = buf_str(&f->literal);
	q->caseless = f->caseless;
}

static bool
is_unit(const struct log_event *ev, struct str unit)
{
	if (str_eq(ev->unit, unit) || str_eq(ev->identifier, unit) ||
	    str_eq(ev->service, unit))
		return true;
	return str_starts(ev->unit, unit) &&
	       str_eq(str_skip(ev->unit, unit.n), STR(".service"));
}

bool
filter_wants(struct filter *f, const struct log_event *ev)
{
	const struct cmd_context *c = f->c;
	struct str text = event_text(ev);

	if (c->priority >= 0 &&
	    (ev->severity == SEVERITY_NONE || ev->severity > c->priority))
		return false;
	if (c->host && !str_eq(ev->host, str_of(c->host)))
		return false;
	if (c->service && !str_eq(ev->service, str_of(c->service)))
		return false;
	if (c->unit && !is_unit(ev, str_of(c->unit)))
		return false;
	return !f->grep ||
	       pcre2_match(f->grep, (PCRE2_SPTR)(text.p ? text.p : ""), text.n,
		   0, 0, f->match, f->limits) >= 0;
}
