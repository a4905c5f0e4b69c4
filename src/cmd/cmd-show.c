/* SPDX-License-Identifier: MIT */
/*
 * show: the evidence behind an id: the line byte for byte, where it stood, and
 * what the parser made of it.  Ids that do not exist are told one by one, the
 * others are shown.
 */
#include <errno.h>
#include <stdio.h>

#include "event-text.h"
#include "recount/utf8.h"

#define CONTEXT_MAX 1000

struct showing {
	const struct cmd_context *c;
	struct store *st;
	enum { SHOW_TEXT, SHOW_JSON, SHOW_RAW } how;
	bool markdown; /* the text, as a block of code */
	unsigned context;
	uint64_t id;
	struct buf out;

	uint32_t source; /* being looked for by find_source() */
	struct buf name, host, format;
};

static void
showing_end(struct showing *s)
{
	buf_free(&s->out);
	buf_free(&s->name);
	buf_free(&s->host);
	buf_free(&s->format);
}

DEFINE_CLEANUP_IN(struct showing, showing_end)

static int
find_source(void *arg, const struct source_info *info)
{
	struct showing *s = arg;

	if (info->id != s->source)
		return 0;
	buf_reset(&s->name);
	buf_reset(&s->host);
	buf_reset(&s->format);
	buf_add_str(&s->name, info->name);
	buf_add_str(&s->host, info->host);
	buf_add_str(&s->format, info->format);
	return 1;
}

static void
add_field(struct buf *out, const char *name, struct str value)
{
	if (!value.n)
		return;
	buf_addf(out, "  %-10s ", name);
	utf8_add_printable(out, value);
	buf_addc(out, '\n');
}

static void
add_request(struct buf *out, const struct log_event *ev)
{
	CLEANUP(buf_free) struct buf text = BUF_INIT;

	if (ev->status > 0)
		buf_addf(&text, "status %d", ev->status);
	if (ev->duration >= 0)
		buf_addf(&text, "%stook %.3f s", text.n ? ", " : "",
		    (double)ev->duration / (double)USEC_PER_SEC);
	if (ev->client.n)
		buf_addf(&text, "%sfor %.*s", text.n ? ", " : "",
		    STR_ARG(ev->client));
	if (ev->upstream.n)
		buf_addf(&text, "%sfrom upstream %.*s", text.n ? ", " : "",
		    STR_ARG(ev->upstream));
	add_field(out, "request", buf_str(&text));
}

/* The bytes as they stand, one line of them a line here. */
static void
add_bytes(struct buf *out, struct str raw, const char *margin)
{
	do {
		struct str line;

		raw = str_cut(raw, '\n', &line);
		buf_adds(out, margin);
		utf8_add_printable(out, line);
		buf_addc(out, '\n');
	} while (raw.n);
}

static void
add_text(struct showing *s, const struct log_event *ev)
{
	char id[EVENT_ID_TEXT_MAX], time[TIME_TEXT_MAX], clock[TIME_TEXT_MAX];
	char zone[TIME_TEXT_MAX];
	struct buf *out = &s->out;

	buf_addf(out, "%s  %s %s %s\n", event_id_format(ev->id, id),
	    time_format_date(ev->timestamp, s->c->zone, time),
	    time_format_clock(ev->timestamp, s->c->zone,
		ev->precision >= USEC_PER_SEC ? 0 : 6, clock),
	    time_format_zone(ev->timestamp, s->c->zone, zone));
	buf_addf(out, "  %-10s ", "from");
	utf8_add_printable(out, buf_str(&s->name));
	if (event_peer(ev).n) {
		buf_adds(out, ", sent by ");
		utf8_add_printable(out, event_peer(ev));
	} else if (ev->cursor.n) {
		buf_adds(out, ", cursor ");
		utf8_add_printable(out, ev->cursor);
	} else if (ev->offset >= 0) {
		buf_addf(out, ", byte %lld", (long long)ev->offset);
	}
	buf_addf(out, "\n  %-10s %s%s%s\n", "kind", event_kind_name(ev->kind),
	    ev->severity == SEVERITY_NONE ? "" : ", ",
	    severity_name(ev->severity));
	if (ev->flags & EVENT_UNPARSED)
		add_field(out, "note", STR("no format fitted this line"));
	if (ev->flags & EVENT_TIME_AMBIGUOUS)
		add_field(out, "note",
		    STR("this local time occurred twice; told apart by order"));
	if (ev->flags & EVENT_CUT)
		add_field(
		    out, "note", STR("cut off: longer than what is kept"));
	add_field(out, "host", ev->host);
	add_field(out, "service", ev->service);
	add_field(out, "unit", ev->unit);
	add_request(out, ev);
	buf_addc(out, '\n');
	add_bytes(out, ev->raw, "    ");
}

static void
add_json(struct showing *s, const struct log_event *ev)
{
	struct jwrite j;

	jwrite_start(&j, &s->out, JWRITE_COMPACT);
	jwrite_object(&j, NULL, false);
	event_json_add(ev, &j);
	jwrite_object(&j, "origin", false);
	if (event_peer(ev).n) {
		jwrite_str(&j, "peer", event_peer(ev));
	} else if (ev->cursor.n) {
		jwrite_str(&j, "cursor", ev->cursor);
	} else {
		jwrite_str(&j, "file", buf_str(&s->name));
		jwrite_int(&j, "offset", ev->offset);
	}
	jwrite_end(&j, '}');
	jwrite_end(&j, '}');
	buf_addc(&s->out, '\n');
}

static int
show_event(void *arg, const struct log_event *ev)
{
	struct showing *s = arg;

	s->source = ev->source;
	store_each_source(s->st, find_source, s);
	if (s->how == SHOW_JSON) {
		add_json(s, ev);
	} else if (s->how == SHOW_RAW) {
		buf_add_str(&s->out, ev->raw);
		buf_addc(&s->out, '\n');
	} else {
		add_text(s, ev);
	}
	return 0;
}

static int
show_neighbour(void *arg, const struct log_event *ev)
{
	struct showing *s = arg;

	if (s->how != SHOW_TEXT)
		return show_event(arg, ev);
	buf_adds(&s->out, ev->id == s->id ? "  > " : "    ");
	event_format_find("short")->add(ev, s->c->zone, &s->out);
	return 0;
}

static int
show_id(struct showing *s, const char *text)
{
	int r = 0;

	if (event_id_parse(str_of(text), &s->id) < 0)
		return cmd_usage(s->c, "'%s' is no evidence id", text);
	buf_reset(&s->out);
	if (s->context == 0 || s->how == SHOW_TEXT)
		r = store_get(s->st, s->id, show_event, s);
	if (r == 0 && s->context > 0) {
		if (s->how == SHOW_TEXT)
			buf_addc(&s->out, '\n');
		r = store_neighbours(
		    s->st, s->id, s->context, show_neighbour, s);
	}
	if (r == -ENOENT)
		return cmd_fail(s->c, "%s: there is no such event", text);
	if (r < 0)
		return cmd_fail(s->c, "%s: %s", text, strerror(-r));
	if (s->markdown) {
		CLEANUP(buf_free) struct buf block = BUF_INIT;

		markdown_block(&block, buf_str(&s->out));
		fwrite(block.p, 1, block.n, stdout);
	} else {
		fwrite(s->out.p, 1, s->out.n, stdout);
	}
	return EXIT_DONE;
}

static int
run_show(struct cmd_context *c)
{
	CLEANUP(showing_end) struct showing s = {.c = c};
	CLEANUP(store_free) struct store *st = NULL;
	const char *context = cmd_own(c, "context");
	uint64_t n = 0;
	int status = EXIT_DONE;

	if (c->argc == 0)
		return cmd_usage(c, "which event?  Ids stand beside timeline "
				    "items and events");
	if (c->output && !strcmp(c->output, "json"))
		s.how = SHOW_JSON;
	else if (c->output && !strcmp(c->output, "raw"))
		s.how = SHOW_RAW;
	else if (c->output && !strcmp(c->output, "markdown"))
		s.markdown = true;
	else if (c->output && strcmp(c->output, "text") != 0)
		return cmd_usage(c, "-o wants text, markdown, json or raw");
	if (context && (!str_to_u64(str_of(context), &n) || n > CONTEXT_MAX))
		return cmd_usage(c, "-C wants a number up to %d", CONTEXT_MAX);
	s.context = (unsigned)n;
	if (cmd_store(c, STORE_READ, &st) < 0)
		return EXIT_FAILED;
	s.st = st;
	cmd_pager(c);
	for (size_t i = 0; i < c->argc; i++) {
		int one;

		if (i > 0 && s.how == SHOW_TEXT)
			putchar('\n');
		one = show_id(&s, c->argv[i]);
		if (one == EXIT_USAGE)
			return one;
		status = one != EXIT_DONE ? one : status;
	}
	return status;
}

static const struct cmd_option show_options[] = {
    {"context", 'C', "N", "also N events of its source on each side"},
    {0},
};

const struct cmd cmd_show = {
    .name = "show",
    .synopsis = "[-C N] [-o text|json|raw] ID...",
    .help = "evidence: the original line, where it stood, its neighbours",
    .outputs = "text, markdown, json, raw",
    .options = show_options,
    .run = run_show,
};
