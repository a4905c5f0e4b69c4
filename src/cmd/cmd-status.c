/* SPDX-License-Identifier: MIT */
/*
 * status: what the store has, from where, and what is missing.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "event-text.h"
#include "recount/utf8.h"
#include "status-daemon.h"
#include "status-listen.h"

#define GAPS_SHOWN 20

struct listing {
	const struct cmd_context *c;
	struct buf out;
	struct jwrite json;
	uint64_t n;
};

static const char *
source_kind_name(enum source_kind kind)
{
	switch (kind) {
	case SOURCE_FILE:
		return "file";
	case SOURCE_JOURNAL:
		return "journal";
	case SOURCE_SYSLOG:
		return "syslog";
	case SOURCE_WEBHOOK:
		return "webhook";
	case SOURCE_MARK:
		return "marks";
	}
	return "";
}

static const char *
time_text(const struct cmd_context *c, usec_t t, char *out)
{
	if (t == USEC_NONE)
		return "-";
	return time_format_local(t, c->zone, out);
}

/* Bytes of a file that are not in the store; 0 when that cannot be said: the
 * file is gone or another one, or packed. */
static int64_t
lag_of(const struct source_info *info)
{
	CLEANUP(xfree) char *path = str_dup(info->name);
	struct stat st;

	if (info->kind != SOURCE_FILE || info->finished ||
	    stat(path, &st) < 0 || st.st_ino != info->position.ino ||
	    st.st_dev != info->position.dev ||
	    st.st_size <= info->position.offset)
		return 0;
	return st.st_size - info->position.offset;
}

/* ---- text ---- */

static int
source_text(void *arg, const struct source_info *info)
{
	struct listing *l = arg;
	char first[TIME_TEXT_MAX], last[TIME_TEXT_MAX];

	buf_addf(&l->out, "%4u  %-7s %11llu %8llu  %-19s  %-19s  ", info->id,
	    source_kind_name(info->kind), (unsigned long long)info->events,
	    (unsigned long long)info->unparsed,
	    time_text(l->c, info->first, first),
	    time_text(l->c, info->last, last));
	utf8_add_printable(&l->out, info->host.n ? info->host : STR("-"));
	buf_adds(&l->out, "  ");
	utf8_add_printable(&l->out, info->name);
	if (info->format.n && info->kind == SOURCE_FILE) {
		buf_adds(&l->out, " (");
		utf8_add_printable(&l->out, str_sub(info->format, 0, 40));
		buf_adds(&l->out, info->format.n > 40 ? "…)" : ")");
	}
	if (lag_of(info) > 0)
		buf_addf(
		    &l->out, ", %lld bytes behind", (long long)lag_of(info));
	buf_addc(&l->out, '\n');
	status_listen_text(info, &l->out);
	l->n++;
	return 0;
}

static int
gap_text(void *arg, const struct gap *gap)
{
	struct listing *l = arg;
	char since[TIME_TEXT_MAX];

	if (++l->n > GAPS_SHOWN)
		return 0;
	buf_addf(&l->out, "  source %u, %s: ", gap->source,
	    gap->since == USEC_NONE ? "time unknown"
				    : time_text(l->c, gap->since, since));
	utf8_add_printable(&l->out, gap->reason);
	if (gap->lost >= 0)
		buf_addf(&l->out, ", %s%lld %s lost",
		    gap->lost_bytes ? "up to " : "", (long long)gap->lost,
		    gap->lost_bytes ? "bytes" : "messages");
	buf_addc(&l->out, '\n');
	return 0;
}

static void
add_size(struct buf *out, int64_t bytes)
{
	buf_addf(out, "%.1f MB", (double)bytes / 1e6);
}

static void
status_text(
    struct listing *l, struct store *st, const struct store_summary *sum)
{
	char first[TIME_TEXT_MAX], last[TIME_TEXT_MAX], zone[TIME_TEXT_MAX];
	usec_t shown = sum->last == USEC_NONE ? l->c->now : sum->last;

	buf_addf(&l->out, "store     %s\nevents    %llu in %llu segments\n",
	    l->c->db, (unsigned long long)sum->events,
	    (unsigned long long)sum->segments);
	buf_addf(&l->out, "from      %s to %s %s\npatterns  %llu\nsize      ",
	    time_text(l->c, sum->first, first),
	    time_text(l->c, sum->last, last),
	    time_format_zone(shown, l->c->zone, zone),
	    (unsigned long long)sum->patterns);
	add_size(&l->out, sum->bytes);
	buf_adds(&l->out, ", of which ");
	add_size(&l->out, sum->free_bytes);
	buf_adds(&l->out, " are free\n\n");
	buf_addf(&l->out, "%4s  %-7s %11s %8s  %-19s  %-19s  %s\n", "ID",
	    "KIND", "EVENTS", "UNPARSED", "FIRST", "LAST", "HOST, SOURCE");
	store_each_source(st, source_text, l);
	buf_addf(&l->out, "\n%llu gaps\n", (unsigned long long)sum->gaps);
	l->n = 0;
	store_each_gap(st, USEC_NONE, USEC_NONE, gap_text, l);
	if (l->n > GAPS_SHOWN)
		buf_addf(&l->out, "  and %llu more: -o json has all\n",
		    (unsigned long long)(l->n - GAPS_SHOWN));
	status_daemon_text(l->c, &l->out);
}

/* ---- JSON ---- */

static int
source_json(void *arg, const struct source_info *info)
{
	struct listing *l = arg;
	struct jwrite *j = &l->json;

	jwrite_object(j, NULL, false);
	jwrite_int(j, "id", info->id);
	jwrite_string(j, "kind", source_kind_name(info->kind));
	jwrite_str(j, "name", info->name);
	jwrite_str(j, "host", info->host);
	jwrite_str(j, "format", info->format);
	jwrite_str(j, "timezone", info->zone);
	jwrite_int(j, "events", (int64_t)info->events);
	jwrite_int(j, "unparsed", (int64_t)info->unparsed);
	jwrite_time(j, "first", info->first);
	jwrite_time(j, "last", info->last);
	jwrite_int(j, "offset", info->position.offset);
	jwrite_int(j, "lag_bytes", lag_of(info));
	if (info->kind == SOURCE_SYSLOG)
		status_listen_json(info, j);
	else
		jwrite_known(j, "cursor", info->position.cursor);
	jwrite_bool(j, "finished", info->finished);
	jwrite_end(j, '}');
	return 0;
}

static int
gap_json(void *arg, const struct gap *gap)
{
	struct listing *l = arg;
	struct jwrite *j = &l->json;

	jwrite_object(j, NULL, false);
	jwrite_int(j, "source", gap->source);
	jwrite_time(j, "since", gap->since);
	jwrite_time(j, "until", gap->until);
	jwrite_str(j, "reason", gap->reason);
	jwrite_count(j, gap->lost_bytes ? "lost_bytes_max" : "lost", gap->lost);
	jwrite_end(j, '}');
	return 0;
}

static void
status_json(
    struct listing *l, struct store *st, const struct store_summary *sum)
{
	struct jwrite *j = &l->json;

	jwrite_start(j, &l->out, JWRITE_COMPACT);
	jwrite_object(j, NULL, false);
	jwrite_string(j, "store", l->c->db);
	jwrite_int(j, "schema", sum->schema);
	jwrite_int(j, "events", (int64_t)sum->events);
	jwrite_int(j, "segments", (int64_t)sum->segments);
	jwrite_int(j, "patterns", (int64_t)sum->patterns);
	jwrite_int(j, "bytes", sum->bytes);
	jwrite_int(j, "free_bytes", sum->free_bytes);
	jwrite_time(j, "first", sum->first);
	jwrite_time(j, "last", sum->last);
	jwrite_array(j, "sources", true);
	store_each_source(st, source_json, l);
	jwrite_end(j, ']');
	jwrite_array(j, "gaps", true);
	store_each_gap(st, USEC_NONE, USEC_NONE, gap_json, l);
	jwrite_end(j, ']');
	status_daemon_json(l->c, &l->out);
	jwrite_end(j, '}');
	buf_addc(&l->out, '\n');
}

static int
run_status(struct cmd_context *c)
{
	CLEANUP(store_free) struct store *st = NULL;
	struct listing l = {.c = c};
	struct store_summary sum;
	CLEANUP(buf_free) struct buf block = BUF_INIT;
	bool json = c->output && !strcmp(c->output, "json");
	bool markdown = c->output && !strcmp(c->output, "markdown");
	int r;

	if (c->output && !json && !markdown && strcmp(c->output, "text") != 0)
		return cmd_usage(c, "-o wants text, markdown or json");
	if (cmd_store(c, STORE_READ, &st) < 0)
		return EXIT_FAILED;
	r = store_summary(st, &sum);
	if (r < 0)
		return cmd_fail(c, "%s: %s", c->db, strerror(-r));
	if (json)
		status_json(&l, st, &sum);
	else
		status_text(&l, st, &sum);
	if (markdown)
		markdown_block(&block, buf_str(&l.out));
	else
		buf_add_str(&block, buf_str(&l.out));
	buf_free(&l.out);
	cmd_pager(c);
	fwrite(block.p, 1, block.n, stdout);
	return EXIT_DONE;
}

const struct cmd cmd_status = {
    .name = "status",
    .synopsis = "[-o text|markdown|json]",
    .help = "what the store has, from where, and what is missing",
    .outputs = "text, markdown, json",
    .run = run_status,
};
