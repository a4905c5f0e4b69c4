/* SPDX-License-Identifier: MIT */
/*
 * patterns: which messages say the same thing with other values.
 *
 * Of a window: counts per pattern, most frequent first, with the template.
 *
 * --annotate needs no store: messages on standard input are grouped as if
 * they were one log.  Two passes, because the later messages show which words
 * of the earlier ones were values: all are added first, then each is looked up
 * again.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "event-text.h"
#include "filter.h"
#include "recount/intern.h"
#include "recount/mine.h"
#include "recount/source.h"
#include "recount/utf8.h"

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

struct pattern_row {
	uint64_t pattern, count;
	usec_t first, last;
	int severity; /* the most urgent; SEVERITY_NONE */
	char *template;
};

struct counting {
	struct filter *filter;
	struct u64map *index; /* pattern -> row */
	struct pattern_row *rows;
	size_t n, size;
};

static void
counting_end(struct counting *k)
{
	for (size_t i = 0; i < k->n; i++)
		xfree(k->rows[i].template);
	xfree(k->rows);
	u64map_free(k->index);
	filter_free(k->filter);
}

DEFINE_CLEANUP_IN(struct counting, counting_end)

static int
count_event(void *arg, const struct log_event *ev)
{
	struct counting *k = arg;
	struct pattern_row *row;
	bool new;
	uint64_t *at;

	if (ev->pattern == 0 || !filter_wants(k->filter, ev))
		return 0;
	at = u64map_at(k->index, ev->pattern, k->n, &new);
	if (new) {
		if (k->n == k->size) {
			k->size = k->size ? 2 * k->size : 256;
			k->rows =
			    xreallocarray(k->rows, k->size, sizeof(*k->rows));
		}
		k->rows[k->n++] = (struct pattern_row){.pattern = ev->pattern,
		    .first = ev->timestamp,
		    .last = ev->timestamp,
		    .severity = ev->severity};
	}
	row = &k->rows[*at];
	row->count++;
	if (ev->timestamp < row->first)
		row->first = ev->timestamp;
	if (ev->timestamp > row->last)
		row->last = ev->timestamp;
	if (ev->severity != SEVERITY_NONE &&
	    (row->severity == SEVERITY_NONE || ev->severity < row->severity))
		row->severity = ev->severity;
	return 0;
}

static int
take_template(
    void *arg, uint64_t pattern, struct str template, struct str state)
{
	struct counting *k = arg;
	const uint64_t *at = u64map_find(k->index, pattern);

	if (at)
		k->rows[*at].template = str_dup(template);
	return 0;
}

static int
row_cmp(const void *x, const void *y)
{
	const struct pattern_row *a = x, *b = y;

	if (a->count != b->count)
		return a->count > b->count ? -1 : 1;
	if (a->first != b->first)
		return a->first < b->first ? -1 : 1;
	return a->pattern < b->pattern ? -1 : a->pattern > b->pattern;
}

static void
add_row(const struct cmd_context *c, const struct pattern_row *row, bool json,
    struct buf *out)
{
	char first[TIME_TEXT_MAX], last[TIME_TEXT_MAX];
	CLEANUP(xfree)
	char *id = xasprintf("%016llx", (unsigned long long)row->pattern);

	if (json) {
		buf_addc(out, '{');
		out_json_str(out, "pattern", str_of(id));
		out_json_int(out, "count", (int64_t)row->count);
		out_json_time(out, "first", row->first);
		out_json_time(out, "last", row->last);
		out_json_str(
		    out, "severity", str_of(severity_name(row->severity)));
		out_json_str(out, "template", str_of(row->template));
		buf_adds(out, "}\n");
		return;
	}
	buf_addf(out, "%s %9llu  %s  %s  %-7s  ", id,
	    (unsigned long long)row->count,
	    time_format_clock(row->first, c->zone, 0, first),
	    time_format_clock(row->last, c->zone, 0, last),
	    severity_name(row->severity));
	utf8_add_printable(out, str_of(row->template));
	buf_addc(out, '\n');
}

static int
table(struct cmd_context *c)
{
	CLEANUP(store_free) struct store *st = NULL;
	CLEANUP(counting_end) struct counting k = {.index = u64map_new()};
	CLEANUP(buf_free) struct buf out = BUF_INIT;
	struct store_query q = {
	    .columns = STORE_ORIGIN, .kinds = ~(1u << EVENT_ACCESS)};
	bool json = c->output && !strcmp(c->output, "json");
	struct reterr err = {""};
	int r = filter_new(c, &k.filter);

	if (r != EXIT_DONE)
		return r;
	if (c->output && !json && strcmp(c->output, "text") != 0)
		return cmd_usage(c, "-o wants text or json");
	if (cmd_store(c, STORE_READ, &st) < 0)
		return EXIT_FAILED;
	r = cmd_window(c, st, true, USEC_PER_HOUR, &q.since, &q.until);
	if (r != EXIT_DONE)
		return r;
	q.columns |= filter_columns(k.filter);
	r = store_scan(st, &q, count_event, &k, NULL, &err);
	if (r == 0)
		r = store_each_pattern(st, take_template, &k);
	if (r < 0)
		return cmd_fail(c, "%s", err.text[0] ? err.text : strerror(-r));
	if (k.n > 1)
		qsort(k.rows, k.n, sizeof(*k.rows), row_cmp);
	if (!json) {
		cmd_window_text(c, q.since, q.until, &out);
		buf_addf(&out,
		    ", %zu patterns\n\n%-16s %9s  %-8s  %-8s  %-7s  %s\n", k.n,
		    "PATTERN", "COUNT", "FIRST", "LAST", "WORST", "MESSAGE");
	}
	for (size_t i = 0; i < k.n && (c->lines < 0 || i < (size_t)c->lines);
	     i++)
		add_row(c, &k.rows[i], json, &out);
	cmd_pager(c);
	fwrite(out.p, 1, out.n, stdout);
	return EXIT_DONE;
}

static int
run_patterns(struct cmd_context *c)
{
	return cmd_own(c, "annotate") ? annotate(c) : table(c);
}

static const struct cmd_option patterns_options[] = {
    {"annotate", 0, NULL,
	"print PATTERN-ID<TAB>message for messages on standard input"},
    {0},
};

const struct cmd cmd_patterns = {
    .name = "patterns",
    .synopsis = "[-S TIME] [-U TIME] [-n N] [-o text|json] | --annotate [FILE]",
    .help = "message patterns in a window, most frequent first",
    .options = patterns_options,
    .run = run_patterns,
};
