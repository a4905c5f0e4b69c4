/* SPDX-License-Identifier: MIT */
/*
 * status: what STORE.state tells of the recountd that runs.
 *
 * The file may be left over, so it counts only while its process is there; a
 * daemon that lives and does not write it any more is told about, since that
 * is what one looks here for.  Its text was made by another process, so it is
 * read as JSON and printed as anything else.
 */
#include "status-daemon.h"

#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <stdlib.h>

#include "recount/file.h"
#include "recount/utf8.h"

#define STATE_BYTES_MAX ((size_t)4 * 1024 * 1024)
/* recountd writes every 5 s. */
#define SILENT_MAX (60 * USEC_PER_SEC)

static json_t * /* json_decref(); NULL: no recountd */
read_state(const struct cmd_context *c)
{
	CLEANUP(xfree) char *path = xasprintf("%s.state", c->db);
	CLEANUP(buf_free) struct buf text = BUF_INIT;
	json_t *state;
	json_int_t pid;

	if (file_read(path, STATE_BYTES_MAX, &text, NULL) < 0 || !text.n)
		return NULL;
	state = json_loadb(text.p, text.n, 0, NULL);
	pid = json_integer_value(json_object_get(state, "pid"));
	if (pid > 1 && pid <= INT32_MAX &&
	    (kill((pid_t)pid, 0) == 0 || errno == EPERM))
		return state;
	json_decref(state);
	return NULL;
}

static double
number_of(const json_t *object, const char *key)
{
	const json_t *v = json_object_get(object, key);

	return json_is_number(v) ? json_number_value(v) : -1;
}

static long long
count_of(const json_t *object, const char *key)
{
	return (long long)json_integer_value(json_object_get(object, key));
}

static void
add_text(struct buf *out, const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	utf8_add_printable(out, str_of(text ? text : "-"));
}

static usec_t
time_of(const struct cmd_context *c, const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));
	usec_t t;

	return text && time_parse(str_of(text), c->now, zone_utc(), &t) == 0
		   ? t
		   : USEC_NONE;
}

static void
add_time(const struct cmd_context *c, struct buf *out, const json_t *object,
    const char *key)
{
	char text[TIME_TEXT_MAX];
	usec_t t = time_of(c, object, key);

	buf_adds(
	    out, t == USEC_NONE ? "-" : time_format_local(t, c->zone, text));
}

static void
add_process(const struct cmd_context *c, struct buf *out, const json_t *s)
{
	const json_t *p = json_object_get(s, "process");
	usec_t written = time_of(c, s, "written");
	char span[TIME_TEXT_MAX];

	buf_addf(out, "recountd  process %lld, version ", count_of(s, "pid"));
	add_text(out, s, "version");
	buf_adds(out, ", since ");
	add_time(c, out, s, "started");
	buf_addf(out, "; CPU %.1f s, %.1f MB, %lld descriptors\n",
	    number_of(p, "cpu_s"), number_of(p, "resident_bytes") / 1e6,
	    count_of(p, "open_fds"));
	if (written != USEC_NONE && clock_now() - written > SILENT_MAX)
		buf_addf(out, "          has not been heard of for %s\n",
		    span_format(clock_now() - written, span));
	if (json_is_true(json_object_get(s, "paused")))
		buf_adds(out, "          PAUSED: the store cannot be written; "
			      "nothing is read until it can\n");
}

static void
add_rate(struct buf *out, double rate)
{
	if (rate < 0)
		buf_adds(out, "        -");
	else
		buf_addf(out, "%9.1f", rate);
}

static void
add_source(const struct cmd_context *c, struct buf *out, const json_t *s)
{
	add_rate(out, number_of(s, "rate"));
	buf_addf(out, "  %8.1f  ", number_of(s, "lag_s"));
	add_text(out, s, "name");
	if (json_is_string(json_object_get(s, "error"))) {
		buf_adds(out, "; last error ");
		add_time(c, out, s, "error_at");
		buf_adds(out, ": ");
		add_text(out, s, "error");
	}
	buf_addc(out, '\n');
}

static void
add_work(const struct cmd_context *c, struct buf *out, const json_t *s)
{
	const json_t *queue = json_object_get(s, "queue");
	const json_t *commit = json_object_get(s, "commit");
	const json_t *start = json_object_get(s, "since_start");
	const json_t *error = json_object_get(s, "last_error");
	double rate = number_of(s, "rate");

	buf_addf(out, "intake    %lld events", count_of(start, "events"));
	if (rate >= 0)
		buf_addf(out, ", %.1f a second of late", rate);
	buf_addf(out, "; %lld wait for a commit (%.1f MB)\n",
	    count_of(queue, "events"), number_of(queue, "bytes") / 1e6);
	buf_addf(out, "commits   %lld", count_of(commit, "count"));
	if (number_of(commit, "p50_s") >= 0)
		buf_addf(out,
		    ", half within %.4g ms, 99 %% within %.4g ms, the "
		    "longest %.4g ms",
		    number_of(commit, "p50_s") * 1e3,
		    number_of(commit, "p99_s") * 1e3,
		    number_of(commit, "max_s") * 1e3);
	buf_addf(out, "; %lld failed\n", count_of(commit, "failed"));
	if (json_is_string(json_object_get(error, "text"))) {
		buf_adds(out, "trouble   ");
		add_time(c, out, error, "at");
		buf_adds(out, " ");
		add_text(out, error, "source");
		buf_adds(out, ": ");
		add_text(out, error, "text");
		buf_addc(out, '\n');
	}
}

static void
add_retention(struct buf *out, const json_t *s)
{
	const json_t *keep = json_object_get(s, "retention");
	long long age = count_of(keep, "max_age_s");
	double size = number_of(keep, "max_size");
	char span[TIME_TEXT_MAX];

	buf_addf(out, "keeps     %s",
	    age > 0 ? span_format((usec_t)age * USEC_PER_SEC, span)
		    : "events of any age");
	if (size > 0)
		buf_addf(out, ", at most %.1f MB", size / 1e6);
	buf_addc(out, '\n');
}

void
status_daemon_text(const struct cmd_context *c, struct buf *out)
{
	json_t *s = read_state(c);
	const json_t *sources = json_object_get(s, "sources");

	if (!s)
		return;
	buf_addc(out, '\n');
	add_process(c, out, s);
	add_work(c, out, s);
	add_retention(out, s);
	if (json_array_size(sources) > 0)
		buf_addf(
		    out, "\n%9s  %8s  %s\n", "EVENTS/S", "LAG (S)", "SOURCE");
	for (size_t i = 0; i < json_array_size(sources); i++)
		add_source(c, out, json_array_get(sources, i));
	json_decref(s);
}

void
status_daemon_json(const struct cmd_context *c, struct buf *out)
{
	json_t *s = read_state(c);
	char *text = s ? json_dumps(s, JSON_COMPACT) : NULL;

	buf_addf(out, ",\"daemon\":%s", text ? text : "null");
	free(text);
	json_decref(s);
}
