/* SPDX-License-Identifier: MIT */
/*
 * import: logs as they lie on disk into the store, with a progress bar where
 * somebody is looking.
 *
 * Messages and the bar share standard error: the bar is wiped before each
 * message and drawn again by the next step.  The summary is the result and
 * goes to standard output.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "cmd.h"
#include "recount/ingest.h"
#include "recount/log.h"
#include "recount/utf8.h"

#define BAR_CELLS 20
#define BAR_MSEC 100 /* between two drawings */

struct bar {
	bool on, drawn;
	unsigned width;
	int64_t begun, last; /* msec of the monotonic clock */
};

static int64_t
msec_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void
bar_wipe(struct bar *bar)
{
	if (!bar->drawn)
		return;
	fputs("\r\033[K", stderr);
	bar->drawn = false;
}

static void
add_bytes(struct buf *out, double n)
{
	static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
	size_t i = 0;

	for (; n >= 1000 && i + 1 < ARRAY_SIZE(units); i++)
		n /= 1000;
	buf_addf(out, i && n < 10 ? "%.1f %s" : "%.0f %s", n, units[i]);
}

static void
add_file(struct buf *out, const char *path, unsigned width)
{
	CLEANUP(buf_free) struct buf safe = BUF_INIT;
	const char *slash = strrchr(path, '/');

	utf8_add_printable(&safe, str_of(slash ? slash + 1 : path));
	if (utf8_columns(buf_str(out)) + utf8_columns(buf_str(&safe)) + 4 <
	    width)
		buf_addf(out, "  %.*s", STR_ARG(buf_str(&safe)));
}

static void
bar_draw(
    void *arg, const char *path, int64_t done, int64_t size, uint64_t events)
{
	CLEANUP(buf_free) struct buf out = BUF_INIT;
	struct bar *bar = arg;
	int64_t now = msec_now(), spent = now - bar->begun;
	double share = size > 0 ? (double)done / (double)size : 0;
	int full;

	if (now - bar->last < BAR_MSEC)
		return;
	bar->last = now;
	share = share > 1 ? 1 : share;
	full = (int)(share * BAR_CELLS);
	for (int i = 0; i < BAR_CELLS; i++)
		buf_adds(&out, i < full ? "█" : "░");
	buf_addf(&out, " %3.0f %%  ", share * 100);
	add_bytes(&out, (double)done);
	buf_adds(&out, " of ");
	add_bytes(&out, (double)size);
	if (spent > 1000) {
		double rate = (double)done * 1000 / (double)spent;
		char left[TIME_TEXT_MAX];

		buf_adds(&out, ", ");
		add_bytes(&out, rate);
		buf_adds(&out, "/s");
		if (rate > 0 && done < size)
			buf_addf(&out, ", %s left",
			    span_format((usec_t)((double)(size - done) / rate) *
					    USEC_PER_SEC,
				left));
	}
	buf_addf(&out, "  %llu events", (unsigned long long)events);
	add_file(&out, path, bar->width);
	fprintf(stderr, "\r%s\033[K", out.p);
	bar->drawn = true;
}

static void
bar_init(struct bar *bar, const struct cmd_context *c)
{
	struct winsize size;

	bar->on = isatty(STDERR_FILENO) && !c->quiet;
	bar->begun = msec_now();
	bar->width = 80;
	if (bar->on && ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 &&
	    size.ws_col >= 40)
		bar->width = size.ws_col;
}

static void
say(void *arg, int level, const char *text)
{
	CLEANUP(buf_free) struct buf safe = BUF_INIT;

	bar_wipe(arg);
	utf8_add_printable(&safe, str_of(text));
	log_msg((enum log_level)level, "%s", safe.p ? safe.p : "");
}

/* "48,211" */
static void
add_count(struct buf *out, uint64_t n, const char *one, const char *many)
{
	char text[32];
	int len = snprintf(text, sizeof(text), "%llu", (unsigned long long)n);

	for (int i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			buf_addc(out, ',');
		buf_addc(out, text[i]);
	}
	buf_addf(out, " %s", n == 1 ? one : many);
}

static void
summarise(const struct import_result *res, const struct ingest_counts *n)
{
	CLEANUP(buf_free) struct buf out = BUF_INIT;

	add_count(&out, n->events, "event", "events");
	if (n->unparsed)
		buf_addf(
		    &out, " (%llu unparsed)", (unsigned long long)n->unparsed);
	buf_adds(&out, " from ");
	add_count(&out, res->files + res->alert_files, "file", "files");
	if (res->journals) {
		buf_adds(&out, " and ");
		add_count(&out, res->journals, "journal file", "journal files");
	}
	if (res->known) {
		buf_adds(&out, "; ");
		add_count(&out, res->known, "file was", "files were");
		buf_adds(&out, " known already");
	}
	if (n->duplicates) {
		buf_adds(&out, "; ");
		add_count(&out, n->duplicates, "journal entry was",
		    "journal entries were");
		buf_adds(&out, " known already");
	}
	if (res->skipped) {
		buf_adds(&out, "; ");
		add_count(&out, res->skipped, "file is", "files are");
		buf_adds(&out, " no log");
	}
	if (res->empty) {
		buf_adds(&out, "; ");
		add_count(&out, res->empty, "file is", "files are");
		buf_adds(&out, " empty");
	}
	if (n->gaps) {
		buf_adds(&out, "; ");
		add_count(&out, n->gaps, "gap", "gaps");
	}
	if (res->failed) {
		buf_adds(&out, "; ");
		add_count(&out, res->failed, "failure", "failures");
	}
	puts(out.p);
}

static int
find_zone(const struct cmd_context *c, const struct zone **ret)
{
	const char *name = cmd_own(c, "source-timezone");

	*ret = NULL;
	if (name && zone_find(str_of(name), ret) < 0)
		return cmd_usage(c, "there is no time zone '%s'", name);
	return EXIT_DONE;
}

static int
run_import(struct cmd_context *c)
{
	CLEANUP(store_free) struct store *st = NULL;
	CLEANUP(parsers_free) struct parsers *ps = NULL;
	CLEANUP(ingest_free) struct ingest *in = NULL;
	struct bar bar = {0};
	struct import_options o = {
	    .host =
		cmd_own(c, "source-host") ? cmd_own(c, "source-host") : c->host,
	    .format = cmd_own(c, "format"),
	    .service = c->service,
	};
	struct import_result result;
	struct reterr err = {""};
	int r = find_zone(c, &o.zone);

	if (r != EXIT_DONE)
		return r;
	if (c->argc == 0)
		return cmd_usage(c, "what is to be taken in?  '-' is standard "
				    "input");
	if (cmd_store(c, STORE_WRITE, &st) < 0)
		return EXIT_FAILED;
	ps = datadir_parsers(&err);
	if (err.text[0])
		log_warning("%s; it is left out", err.text);
	r = ingest_new(st, ps, &in);
	if (r < 0)
		return cmd_fail(c, "%s: %s", c->db, strerror(-r));
	if (ingest_take_marks(in, c->db, &err) < 0)
		log_warning("%s", err.text);
	bar_init(&bar, c);
	ingest_set_say(in, say, &bar);
	if (bar.on) {
		o.progress = bar_draw;
		o.arg = &bar;
	}
	r = import_paths(in, ps, &o, c->argv, c->argc, &result, &err);
	bar_wipe(&bar);
	if (r < 0 && r != -ENODATA)
		return cmd_fail(c, "%s", err.text[0] ? err.text : strerror(-r));
	if (!c->quiet)
		summarise(&result, ingest_counts(in));
	return r < 0 ? EXIT_FAILED : EXIT_DONE;
}

static const struct cmd_option import_options[] = {
    {"source-host", 0, "HOST", "host of lines that do not say"},
    {"source-timezone", 0, "ZONE", "time zone of times without one"},
    {"format", 0, "FORMAT",
	"name of a format, or an nginx log_format text; default: detect"},
    {0},
};

const struct cmd cmd_import = {
    .name = "import",
    .synopsis = "[--source-host=HOST] [--source-timezone=ZONE] "
		"[--format=FORMAT] PATH...",
    .help = "take in files, folders, journals, alerts; safe to repeat",
    .options = import_options,
    .run = run_import,
};
