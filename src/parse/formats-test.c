/* SPDX-License-Identifier: MIT */
/*
 * A format's samples are its own tests: each is a line and, field by field,
 * what must be read from it.  Fields that a sample does not name are not
 * looked at.  Values are compared as text, the way people read them.
 */
#include <jansson.h>
#include <stdio.h>

#include "custom.h"

static void
add_number(int64_t v, struct buf *out)
{
	if (v >= 0)
		buf_addf(out, "%lld", (long long)v);
}

static void
add_seconds(usec_t v, struct buf *out)
{
	if (v >= 0)
		buf_addf(out, "%lld.%06d", (long long)(v / USEC_PER_SEC),
		    (int)(v % USEC_PER_SEC));
}

static void
field_text(const struct log_event *ev, enum custom_field field, struct buf *out)
{
	const struct str texts[CUSTOM_FIELDS] = {
	    [CUSTOM_HOST] = ev->host,
	    [CUSTOM_SERVICE] = ev->service,
	    [CUSTOM_IDENTIFIER] = ev->identifier,
	    [CUSTOM_UNIT] = ev->unit,
	    [CUSTOM_BODY] = ev->body,
	    [CUSTOM_METHOD] = ev->method,
	    [CUSTOM_TARGET] = ev->target,
	    [CUSTOM_UPSTREAM] = ev->upstream,
	    [CUSTOM_CLIENT] = ev->client,
	    [CUSTOM_VHOST] = ev->vhost,
	    [CUSTOM_REQUEST_ID] = ev->request_id,
	    [CUSTOM_USER_AGENT] = ev->user_agent,
	};
	const int64_t numbers[CUSTOM_FIELDS] = {
	    [CUSTOM_PID] = ev->pid,
	    [CUSTOM_STATUS] = ev->status,
	    [CUSTOM_BYTES] = ev->body_bytes,
	    [CUSTOM_UPSTREAM_STATUS] = ev->upstream_status,
	    [CUSTOM_CONNECTION] = ev->connection,
	};
	char time[TIME_TEXT_MAX];

	switch (field) {
	case CUSTOM_TIME:
		buf_adds(out, time_format_rfc3339(ev->timestamp, time));
		break;
	case CUSTOM_SEVERITY:
		buf_adds(out, severity_name(ev->severity));
		break;
	case CUSTOM_DURATION:
		add_seconds(ev->duration, out);
		break;
	case CUSTOM_UPSTREAM_DURATION:
		add_seconds(ev->upstream_duration, out);
		break;
	case CUSTOM_PID:
	case CUSTOM_STATUS:
	case CUSTOM_BYTES:
	case CUSTOM_UPSTREAM_STATUS:
	case CUSTOM_CONNECTION:
		add_number(numbers[field], out);
		break;
	default:
		buf_add_str(out, texts[field]);
	}
}

/* One sample; what is wrong is appended to why. */
static bool
test_sample(const struct parser *p, json_t *sample, struct buf *why)
{
	CLEANUP(buf_free) struct buf got = BUF_INIT;
	struct parse_state st = {
	    .zone = zone_utc(), .seen = USEC_NONE, .last = USEC_NONE};
	const char *line = json_string_value(json_object_get(sample, "line"));
	bool not = json_is_true(json_object_get(sample, "not"));
	struct log_event ev;
	const char *key;
	json_t *value;
	bool fits;

	if (!line) {
		buf_adds(why, "a sample has no line");
		return false;
	}
	fits = parser_parse(p, str_of(line), &st, &ev) == PARSE_OK &&
	       (!p->custom || !p->custom->like ||
		   custom_recognises(p->custom, str_of(line)));
	if (fits == not )
		buf_addf(why, "%s: %s", fits ? "fits" : "does not fit", line);
	if (fits == not || not )
		return fits != not ;
	json_object_foreach(sample, key, value)
	{
		enum custom_field field = custom_field_find(str_of(key));
		const char *want = json_string_value(value);

		if (field == CUSTOM_NONE)
			continue;
		buf_reset(&got);
		field_text(&ev, field, &got);
		if (want && str_eq(buf_str(&got), str_of(want)))
			continue;
		buf_addf(why, "%s is \"%.*s\", not \"%s\": %s", key,
		    STR_ARG(buf_str(&got)), want ? want : "?", line);
		return false;
	}
	return true;
}

int
parsers_test(const struct parsers *ps,
    void (*fn)(
	void *arg, const char *where, const char *format, const char *text),
    void *arg)
{
	int failed = 0;

	for (size_t i = 0; i < parsers_count(ps); i++) {
		const struct parser *p = parsers_get(ps, i);
		json_t *samples = p->samples;

		for (size_t s = 0; s < json_array_size(samples); s++) {
			CLEANUP(buf_free) struct buf why = BUF_INIT;
			CLEANUP(xfree) char *where = NULL;

			if (test_sample(p, json_array_get(samples, s), &why))
				continue;
			failed++;
			where = xasprintf("%s:%u", p->file, p->sample_lines[s]);
			fn(arg, where, p->name, why.p ? why.p : "");
		}
	}
	return failed;
}
