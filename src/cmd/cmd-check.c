/* SPDX-License-Identifier: MIT */
/*
 * check: whether the store is sound, and what of it is not.
 *
 * Each damage is one line (or one object) that says which segment, of which
 * source, and which time it covers, since what people need to know is what
 * they cannot rely on.  Damage is the exit status too, so that a timer can run
 * this.
 */
#include <stdio.h>

#include "event-text.h"
#include "recount/utf8.h"

struct checking {
	const struct cmd_context *c;
	struct store *st;
	bool json;
	uint64_t n;
	struct buf out;

	uint32_t source; /* being looked for by find_name() */
	struct buf name;
};

static void
checking_end(struct checking *k)
{
	buf_free(&k->out);
	buf_free(&k->name);
}
DEFINE_CLEANUP_IN(struct checking, checking_end)

static int
find_name(void *arg, const struct source_info *info)
{
	struct checking *k = arg;

	if (info->id != k->source)
		return 0;
	buf_add_str(&k->name, info->name);
	return 1;
}

static void
add_json(struct checking *k, const struct store_damage *d)
{
	buf_addf(&k->out, "%s\n  {", k->n > 0 ? "," : "");
	out_json_str(&k->out, "what", d->what);
	if (d->segment != 0) {
		out_json_int(&k->out, "segment", d->segment);
		out_json_int(&k->out, "events", (int64_t)d->events);
		out_json_time(&k->out, "first", d->since);
		out_json_time(&k->out, "last", d->until);
	}
	if (d->source != 0) {
		out_json_int(&k->out, "source", d->source);
		out_json_str(&k->out, "name", buf_str(&k->name));
	}
	buf_addc(&k->out, '}');
}

static void
add_text(struct checking *k, const struct store_damage *d)
{
	char first[TIME_TEXT_MAX], last[TIME_TEXT_MAX], zone[TIME_TEXT_MAX];

	if (d->segment != 0)
		buf_addf(&k->out, "segment %lld of ", (long long)d->segment);
	if (d->source != 0) {
		buf_addf(&k->out, "source %u", d->source);
		if (k->name.n) {
			buf_adds(&k->out, " (");
			utf8_add_printable(&k->out, buf_str(&k->name));
			buf_addc(&k->out, ')');
		}
		buf_adds(&k->out, ": ");
	}
	utf8_add_printable(&k->out, d->what);
	if (d->segment != 0)
		buf_addf(&k->out, "; %llu events, %s to %s %s",
		    (unsigned long long)d->events,
		    time_format_local(d->since, k->c->zone, first),
		    time_format_local(d->until, k->c->zone, last),
		    time_format_zone(d->until, k->c->zone, zone));
	buf_addc(&k->out, '\n');
}

static int
add_damage(void *arg, const struct store_damage *d)
{
	struct checking *k = arg;

	buf_reset(&k->name);
	k->source = d->source;
	if (d->source != 0)
		store_each_source(k->st, find_name, k);
	if (k->json)
		add_json(k, d);
	else
		add_text(k, d);
	k->n++;
	return 0;
}

static void
print(struct checking *k, const struct store_checked *done)
{
	CLEANUP(buf_free) struct buf head = BUF_INIT;

	if (k->json) {
		buf_addc(&head, '{');
		out_json_str(&head, "store", str_of(k->c->db));
		out_json_int(&head, "segments", (int64_t)done->segments);
		out_json_int(&head, "events", (int64_t)done->events);
		out_json_key(&head, "sound");
		buf_adds(&head, done->damages ? "false" : "true");
		out_json_key(&head, "damages");
		buf_addc(&head, '[');
		buf_adds(&k->out, "]}\n");
	} else if (done->damages > 0) {
		buf_addf(&k->out, "%llu %s found\n",
		    (unsigned long long)done->damages,
		    done->damages == 1 ? "damage" : "damages");
	} else if (!k->c->quiet) {
		buf_addf(&k->out, "%llu events in %llu segments are sound\n",
		    (unsigned long long)done->events,
		    (unsigned long long)done->segments);
	}
	fwrite(head.p, 1, head.n, stdout);
	fwrite(k->out.p, 1, k->out.n, stdout);
}

static int
run_check(struct cmd_context *c)
{
	CLEANUP(store_free) struct store *st = NULL;
	CLEANUP(checking_end) struct checking k = {.c = c};
	struct store_checked done;
	struct reterr err = {""};
	int r;

	k.json = c->output && !strcmp(c->output, "json");
	if (c->output && !k.json && strcmp(c->output, "text") != 0)
		return cmd_usage(c, "-o wants text or json");
	if (c->argc > 0)
		return cmd_usage(c, "check takes no operands; --db says which");
	if (cmd_store(c, STORE_READ, &st) < 0)
		return EXIT_FAILED;
	k.st = st;
	r = store_check(st, add_damage, &k, &done, &err);
	if (r < 0)
		return cmd_fail(c, "%s", err.text[0] ? err.text : strerror(-r));
	print(&k, &done);
	return done.damages > 0 ? EXIT_FAILED : EXIT_DONE;
}

const struct cmd cmd_check = {
    .name = "check",
    .synopsis = "[-o text|json]",
    .help = "whether the store is sound, and what of it is not",
    .run = run_check,
};
