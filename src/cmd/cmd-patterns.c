/* SPDX-License-Identifier: MIT */
/*
 * patterns: which messages say the same thing with other values.
 *
 * Of a window: what is new, gone, more or less frequent than in the baseline,
 * the most significant change first (pattern-count.c counts, patterns.h
 * compares).
 *
 * --annotate needs no store: messages on standard input are grouped as if
 * they were one log.  Two passes, because the later messages show which words
 * of the earlier ones were values: all are added first, then each is looked up
 * again.
 */
#include <math.h>
#include <stdio.h>

#include "event-text.h"
#include "pattern-count.h"
#include "recount/mine.h"
#include "recount/source.h"
#include "recount/utf8.h"

#define BASELINE_MIN USEC_PER_HOUR
#define SERVICE_COLUMNS 16
#define MESSAGE_COLUMNS_MIN 40 /* even where that needs a second line */

/* ---- --annotate ---- */

struct messages {
	struct buf text; /* with newlines */
	size_t *ends, n, size;
};

static void
messages_end(struct messages *m)
{
	buf_free(&m->text);
	xfree(m->ends);
}

DEFINE_CLEANUP_IN(struct messages, messages_end)

static struct str
message_at(const struct messages *m, size_t i)
{
	size_t from = i ? m->ends[i - 1] : 0;

	return (struct str){m->text.p + from, m->ends[i] - from};
}

static int
read_messages(const struct cmd_context *c, struct messages *m)
{
	CLEANUP(reader_free) struct reader *r = NULL;
	struct reader_line l;
	struct reterr err = {""};
	enum reader_result result;

	if (reader_open(c->argc ? c->argv[0] : "-", &r, &err) < 0)
		return cmd_fail(c, "%s", err.text);
	while ((result = reader_line(r, &l)) == READER_LINE) {
		if (m->n == m->size) {
			m->size = m->size ? 2 * m->size : 1024;
			m->ends =
			    xreallocarray(m->ends, m->size, sizeof(*m->ends));
		}
		buf_add_str(&m->text, l.text);
		m->ends[m->n++] = m->text.n;
	}
	if (result == READER_BROKEN)
		return cmd_fail(c, "%s", reader_error(r));
	return EXIT_DONE;
}

static int
annotate(const struct cmd_context *c)
{
	CLEANUP(messages_end) struct messages m = {0};
	CLEANUP(miner_free) struct miner *miner = miner_new();
	CLEANUP(xfree) uint64_t *ids = NULL;
	int status = read_messages(c, &m);

	if (status != EXIT_DONE)
		return status;
	ids = xcalloc(m.n + 1, sizeof(*ids));
	for (size_t i = 0; i < m.n; i++)
		miner_add(miner, message_at(&m, i), NULL);
	for (size_t i = 0; i < m.n; i++)
		ids[i] = miner_add(miner, message_at(&m, i), NULL);
	for (size_t i = 0; i < m.n; i++) {
		struct str text = message_at(&m, i);

		printf("%016llx\t",
		    (unsigned long long)miner_resolve(miner, ids[i]));
		fwrite(text.p, 1, text.n, stdout);
		putchar('\n');
	}
	return EXIT_DONE;
}

/* ---- the table ---- */

/* As much of text, made safe, as fits; 0: all. */
static void
add_clipped(struct buf *out, struct str text, unsigned columns)
{
	CLEANUP(buf_free) struct buf safe = BUF_INIT;
	struct str rest;
	unsigned used = 0;

	utf8_add_printable(&safe, text);
	rest = buf_str(&safe);
	if (columns == 0 || utf8_columns(rest) <= columns) {
		buf_add_str(out, rest);
		return;
	}
	while (rest.n) {
		size_t n = utf8_valid(rest);
		struct str letter = str_sub(rest, 0, n ? n : 1);

		used += utf8_columns(letter);
		if (used >= columns)
			break;
		buf_add_str(out, letter);
		rest = str_skip(rest, letter.n);
	}
	buf_adds(out, "…");
}

/* Of the rates: "12.4", "0.08", "new" has none. */
static void
add_ratio(struct buf *out, const struct pattern_counts *k)
{
	CLEANUP(buf_free) struct buf text = BUF_INIT;

	if (k->change == PATTERN_MORE || k->change == PATTERN_LESS)
		buf_addf(&text,
		    k->ratio >= 100 ? "x%.0f"
		    : k->ratio >= 1 ? "x%.1f"
				    : "x%.2f",
		    k->ratio);
	buf_addf(out, "%-8s", text.n ? text.p : "");
}

static void
add_text(const struct cmd_context *c, const struct pattern_table *t,
    const struct pattern_row *row, struct buf *out)
{
	char id[EVENT_ID_TEXT_MAX];
	size_t from = out->n;
	unsigned used, room = 0;

	if (t->baseline.n_buckets > 0) {
		buf_addf(out, "%-6s ", pattern_change_name(row->counts.change));
		add_ratio(out, &row->counts);
	}
	buf_addf(out, "%9llu ", (unsigned long long)row->counts.window);
	if (t->baseline.n_buckets > 0)
		buf_addf(
		    out, "%9llu ", (unsigned long long)row->counts.baseline);
	buf_addf(out, " %-7s  ", severity_name(row->severity));
	used = (unsigned)(out->n - from);
	add_clipped(out, str_of(row->service), SERVICE_COLUMNS);
	while (utf8_columns(str_sub(buf_str(out), from, out->n - from)) <
	       used + SERVICE_COLUMNS)
		buf_addc(out, ' ');
	buf_addf(out, "  %-7s  ", event_id_format(row->first_id, id));
	used = utf8_columns(str_sub(buf_str(out), from, out->n - from));
	if (c->width > 0)
		room = c->width > used + MESSAGE_COLUMNS_MIN
			   ? c->width - used
			   : MESSAGE_COLUMNS_MIN;
	add_clipped(out, str_of(row->template), room);
	buf_addc(out, '\n');
}

static void
add_json(const struct pattern_row *row, bool compared, struct buf *out)
{
	const struct pattern_counts *k = &row->counts;
	char id[EVENT_ID_TEXT_MAX];
	CLEANUP(xfree)
	char *pattern = xasprintf("%016llx", (unsigned long long)row->pattern);
	struct jwrite j;

	jwrite_start(&j, out, JWRITE_COMPACT);
	jwrite_object(&j, NULL, false);
	jwrite_string(&j, "pattern", pattern);
	if (compared) {
		jwrite_string(&j, "change", pattern_change_name(k->change));
		jwrite_int(&j, "baseline", (int64_t)k->baseline);
		jwrite_rough(&j, "ratio", k->ratio, 6);
		jwrite_rough(&j, "score", k->score, 6);
		jwrite_rough(&j, "q", k->q, 6);
	}
	jwrite_int(&j, "count", (int64_t)k->window);
	jwrite_time(&j, "first", row->first);
	jwrite_time(&j, "last", row->last);
	jwrite_string(&j, "severity", severity_name(row->severity));
	jwrite_str(&j, "service", str_of(row->service));
	jwrite_str(&j, "template", str_of(row->template));
	jwrite_array(&j, "evidence", false);
	jwrite_string(&j, NULL, event_id_format(row->first_id, id));
	if (row->last_id != row->first_id)
		jwrite_string(&j, NULL, event_id_format(row->last_id, id));
	jwrite_end(&j, ']');
	jwrite_end(&j, '}');
	buf_addc(out, '\n');
}

static void
add_head(const struct cmd_context *c, const struct pattern_table *t, bool all,
    struct buf *out)
{
	size_t counts[PATTERN_LESS + 1] = {0};

	for (size_t i = 0; i < t->n; i++)
		counts[t->rows[i].counts.change]++;
	cmd_window_text(c, t->window.since, t->window.until, out);
	if (t->baseline.n_buckets == 0) {
		buf_addf(out,
		    ", %zu patterns; nothing to compare with\n\n"
		    "%9s  %-7s  %-*s  %-7s  %s\n",
		    t->n, "COUNT", "WORST", SERVICE_COLUMNS, "SERVICE",
		    "EXAMPLE", "MESSAGE");
		return;
	}
	buf_adds(out, "\nagainst ");
	cmd_window_text(c, t->baseline.since, t->baseline.until, out);
	buf_addf(out,
	    ": %zu new, %zu gone, %zu more, %zu less, %zu as before%s",
	    counts[PATTERN_NEW], counts[PATTERN_GONE], counts[PATTERN_MORE],
	    counts[PATTERN_LESS], counts[PATTERN_SAME],
	    all || counts[PATTERN_SAME] == 0 ? "" : " (--all)");
	buf_addf(out, "\n\n%-6s %-8s%9s %9s  %-7s  %-*s  %-7s  %s\n", "CHANGE",
	    "RATE", "COUNT", "BASELINE", "WORST", SERVICE_COLUMNS, "SERVICE",
	    "EXAMPLE", "MESSAGE");
}

/* ---- what is compared with what ---- */

static int
own_time(const struct cmd_context *c, const char *name, usec_t *place)
{
	const char *text = cmd_own(c, name);

	if (text && time_parse(str_of(text), c->now, c->zone, place) < 0)
		return cmd_usage(c, "--%s: '%s' is no time", name, text);
	return EXIT_DONE;
}

/*
 * What is asked for, or what lies right before the window: an hour, or as
 * long as the window where that is longer.  Time from which nothing is in the
 * store is unknown, not silent, so it does not belong to the baseline.
 */
static int
baseline(const struct cmd_context *c, struct store *st,
    const struct pattern_span *w, struct pattern_span *ret)
{
	usec_t length = w->until - w->since, since = USEC_NONE;
	usec_t until = USEC_NONE;
	struct store_summary sum = {.first = USEC_NONE};
	int r = own_time(c, "baseline-since", &since);

	if (r == EXIT_DONE)
		r = own_time(c, "baseline-until", &until);
	if (r != EXIT_DONE)
		return r;
	if (until == USEC_NONE)
		until = w->since;
	if (since == USEC_NONE)
		since = until - (length > BASELINE_MIN ? length : BASELINE_MIN);
	if (since >= until)
		return cmd_usage(c, "the baseline ends before it begins");
	if (since < w->until && until > w->since)
		return cmd_usage(c, "the baseline overlaps the window");
	store_summary(st, &sum);
	if (sum.first == USEC_NONE || sum.first > until)
		since = until;
	else if (sum.first > since)
		since = sum.first;
	*ret = (struct pattern_span){.since = since, .until = until};
	return EXIT_DONE;
}

static int
table(struct cmd_context *c)
{
	CLEANUP(store_free) struct store *st = NULL;
	CLEANUP(pattern_table_end) struct pattern_table t = {0};
	CLEANUP(buf_free) struct buf out = BUF_INIT;
	bool json = c->output && !strcmp(c->output, "json");
	bool all = cmd_own(c, "all") != NULL;
	int64_t left = c->lines;
	int r;

	if (c->output && !json && strcmp(c->output, "text") != 0)
		return cmd_usage(c, "-o wants text or json");
	if (cmd_store(c, STORE_READ, &st) < 0)
		return EXIT_FAILED;
	r = cmd_window(
	    c, st, true, USEC_PER_HOUR, &t.window.since, &t.window.until);
	if (r == EXIT_DONE)
		r = baseline(c, st, &t.window, &t.baseline);
	if (r == EXIT_DONE)
		r = pattern_table_fill(&t, c, st);
	if (r != EXIT_DONE)
		return r;
	if (t.baseline.n_buckets == 0)
		all = true;
	if (!json)
		add_head(c, &t, all, &out);
	for (size_t i = 0; i < t.n && left != 0; i++, left--) {
		if (!all && t.rows[i].counts.change == PATTERN_SAME)
			break;
		if (json)
			add_json(&t.rows[i], t.baseline.n_buckets > 0, &out);
		else
			add_text(c, &t, &t.rows[i], &out);
	}
	cmd_pager(c);
	fwrite(out.p, 1, out.n, stdout);
	if (t.damaged > 0)
		return cmd_fail(c, "%llu damaged segments were left out",
		    (unsigned long long)t.damaged);
	return EXIT_DONE;
}

static int
run_patterns(struct cmd_context *c)
{
	return cmd_own(c, "annotate") ? annotate(c) : table(c);
}

static const struct cmd_option patterns_options[] = {
    {"baseline-since", 0, "TIME", "compare with what was said from then on"},
    {"baseline-until", 0, "TIME", "... up to, but not including, then"},
    {"all", 0, NULL, "also patterns that are as frequent as before"},
    {"annotate", 0, NULL,
	"print PATTERN-ID<TAB>message for messages on standard input"},
    {0},
};

const struct cmd cmd_patterns = {
    .name = "patterns",
    .synopsis =
	"[-S TIME] [-U TIME] [--all] [-n N] [-o text|json] | --annotate [FILE]",
    .help = "message patterns of a window: new, gone, more, less than before",
    .outputs = "text, json",
    .options = patterns_options,
    .run = run_patterns,
};
