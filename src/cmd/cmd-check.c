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
	bool as_json;
	struct buf out;
	struct jwrite json; /* into out */

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
	struct jwrite *j = &k->json;

	jwrite_object(j, NULL, false);
	jwrite_str(j, "what", d->what);
	if (d->segment != 0) {
		jwrite_int(j, "segment", d->segment);
		jwrite_int(j, "events", (int64_t)d->events);
		jwrite_time(j, "first", d->since);
		jwrite_time(j, "last", d->until);
	}
	if (d->source != 0) {
		jwrite_int(j, "source", d->source);
		jwrite_str(j, "name", buf_str(&k->name));
	}
	jwrite_end(j, '}');
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
	if (k->as_json)
		add_json(k, d);
	else
		add_text(k, d);
	return 0;
}

static void
print(struct checking *k, const struct store_checked *done)
{
	struct jwrite *j = &k->json;

	if (k->as_json) {
		jwrite_end(j, ']');
		jwrite_int(j, "segments", (int64_t)done->segments);
		jwrite_int(j, "events", (int64_t)done->events);
		jwrite_bool(j, "sound", done->damages == 0);
		jwrite_end(j, '}');
		buf_addc(&k->out, '\n');
	} else if (done->damages > 0) {
		buf_addf(&k->out, "%llu %s found\n",
		    (unsigned long long)done->damages,
		    done->damages == 1 ? "damage" : "damages");
	} else if (!k->c->quiet) {
		buf_addf(&k->out, "%llu events in %llu segments are sound\n",
		    (unsigned long long)done->events,
		    (unsigned long long)done->segments);
	}
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

	k.as_json = c->output && !strcmp(c->output, "json");
	if (c->output && !k.as_json && strcmp(c->output, "text") != 0)
		return cmd_usage(c, "-o wants text or json");
	if (c->argc > 0)
		return cmd_usage(c, "check takes no operands; --db says which");
	if (cmd_store(c, STORE_READ, &st) < 0)
		return EXIT_FAILED;
	k.st = st;
	if (k.as_json) {
		jwrite_start(&k.json, &k.out, JWRITE_COMPACT);
		jwrite_object(&k.json, NULL, false);
		jwrite_string(&k.json, "store", c->db);
		jwrite_array(&k.json, "damages", true);
	}
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
    .outputs = "text, json",
    .run = run_check,
};
