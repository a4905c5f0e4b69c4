/* SPDX-License-Identifier: MIT */
/*
 * mark: what only a person knows: that something was noticed, decided, done.
 * It becomes an event like any other, with the time it is said to be of; while
 * recountd holds the store, through recountd.
 */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "cmd.h"
#include "recount/ingest.h"

#define MARK_BYTES_MAX 4096

static const char *const kinds[] = {
    "note", "deploy", "detected", "action", "mitigated", "resolved"};

static int
find_kind(const struct cmd_context *c, const char **ret)
{
	const char *kind = cmd_own(c, "kind");

	*ret = kinds[0];
	for (size_t i = 0; kind && i < ARRAY_SIZE(kinds); i++)
		if (!strcmp(kind, kinds[i])) {
			*ret = kinds[i];
			return EXIT_DONE;
		}
	return kind ? cmd_usage(c,
			  "--kind wants note, deploy, detected, "
			  "action, mitigated or resolved, not '%s'",
			  kind)
		    : EXIT_DONE;
}

static int
find_time(const struct cmd_context *c, usec_t *ret)
{
	const char *at = cmd_own(c, "at");

	*ret = c->now;
	if (at && time_parse(str_of(at), c->now, c->zone, ret) < 0)
		return cmd_usage(c, "--at: '%s' is no time", at);
	return EXIT_DONE;
}

static void
join_operands(const struct cmd_context *c, struct buf *out)
{
	for (size_t i = 0; i < c->argc; i++)
		buf_addf(out, "%s%s", i ? " " : "", c->argv[i]);
	for (size_t i = 0; i < out->n; i++) /* one fact, one line */
		if (out->p[i] == '\n')
			out->p[i] = ' ';
}

static void
confirm(
    const struct cmd_context *c, const char *id, usec_t at, const char *kind)
{
	char time[TIME_TEXT_MAX], zone[TIME_TEXT_MAX];

	if (!c->quiet)
		printf("%s  %s %s  %s\n", id,
		    time_format_local(at, c->zone, time),
		    time_format_zone(at, c->zone, zone), kind);
}

static int
mark_now(const struct cmd_context *c, struct store *st, usec_t at,
    const char *kind, struct str text)
{
	CLEANUP(parsers_free) struct parsers *ps = parsers_new();
	CLEANUP(ingest_free) struct ingest *in = NULL;
	char id_text[EVENT_ID_TEXT_MAX];
	struct reterr err = {""};
	uint64_t id;
	int r = ingest_new(st, ps, &in);

	if (r == 0)
		r = ingest_take_marks(in, c->db, &err);
	if (r == 0)
		r = ingest_mark(in, at, kind, text, c->host, &id);
	if (r == 0)
		r = ingest_commit(in, &err);
	if (r < 0)
		return cmd_fail(c, "%s", err.text[0] ? err.text : strerror(-r));
	confirm(c, event_id_format(id, id_text), at, kind);
	return EXIT_DONE;
}

static int
run_mark(struct cmd_context *c)
{
	CLEANUP(store_free) struct store *st = NULL;
	CLEANUP(buf_free) struct buf text = BUF_INIT;
	struct reterr err = {""};
	const char *kind;
	usec_t at;
	int r = find_kind(c, &kind);

	r = r == EXIT_DONE ? find_time(c, &at) : r;
	if (r != EXIT_DONE)
		return r;
	join_operands(c, &text);
	if (str_trim(buf_str(&text)).n == 0)
		return cmd_usage(c, "what happened?");
	if (text.n > MARK_BYTES_MAX)
		return cmd_usage(
		    c, "a mark has at most %d bytes", MARK_BYTES_MAX);
	r = store_open(c->db, STORE_WRITE, &st, &err);
	if (r == 0)
		return mark_now(c, st, at, kind, str_trim(buf_str(&text)));
	if (r == -EBUSY) {
		r = ingest_mark_later(
		    c->db, at, kind, str_trim(buf_str(&text)), c->host);
		if (r == 0)
			confirm(c, "noted", at, kind);
		return r == 0
			   ? EXIT_DONE
			   : cmd_fail(c, "%s.marks: %s", c->db, strerror(-r));
	}
	return cmd_fail(c, "%s", err.text[0] ? err.text : strerror(-r));
}

static const struct cmd_option mark_options[] = {
    {"at", 0, "TIME", "when it happened; default: now"},
    {"kind", 0, "KIND",
	"deploy, detected, action, mitigated, resolved or note"},
    {0},
};

const struct cmd cmd_mark = {
    .name = "mark",
    .synopsis = "[--at TIME] [--kind KIND] TEXT...",
    .help = "put a fact that people know on the timeline",
    .options = mark_options,
    .run = run_mark,
};
