/* SPDX-License-Identifier: MIT */
/*
 * The columns of "events": one table for what they are called, where in a
 * segment they stand and how they read in SQL.  The names are documented in
 * recount-store(5) and stay.
 *
 * What is unknown is NULL.  Times stand there twice: in microseconds, to
 * calculate with, and as SQLite's own date functions write them, so that they
 * compare as text with what datetime('now', '-1 hour') gives.  The line
 * itself is a blob, because it may hold any byte.
 */
#include <stdio.h>

#include "events-table.h"

/* In string_fields. */
enum {
	AT_HOST,
	AT_SERVICE,
	AT_IDENTIFIER,
	AT_UNIT,
	AT_MESSAGE_ID,
	AT_METHOD,
	AT_TARGET,
	AT_UPSTREAM,
	AT_CLIENT,
	AT_VHOST,
	AT_REQUEST_ID,
	AT_USER_AGENT
};

const struct events_column events_columns[] = {
    {"id TEXT", VALUE_ID, 0},
    {"time TEXT", VALUE_TIME, 0},
    {"timestamp INTEGER", VALUE_USEC, INT_TIMESTAMP},
    {"observed INTEGER", VALUE_USEC, INT_OBSERVED},
    {"source INTEGER", VALUE_SOURCE, 0},
    {"kind TEXT", VALUE_KIND, 0},
    {"severity INTEGER", VALUE_KNOWN, INT_SEVERITY},
    {"host TEXT", VALUE_STRING, AT_HOST},
    {"service TEXT", VALUE_STRING, AT_SERVICE},
    {"identifier TEXT", VALUE_STRING, AT_IDENTIFIER},
    {"unit TEXT", VALUE_STRING, AT_UNIT},
    {"pid INTEGER", VALUE_KNOWN, INT_PID},
    {"message_id TEXT", VALUE_STRING, AT_MESSAGE_ID},
    {"pattern TEXT", VALUE_PATTERN, INT_PATTERN},
    {"method TEXT", VALUE_STRING, AT_METHOD},
    {"target TEXT", VALUE_STRING, AT_TARGET},
    {"route TEXT", VALUE_ROUTE, AT_TARGET},
    {"status INTEGER", VALUE_KNOWN, INT_STATUS},
    {"bytes INTEGER", VALUE_KNOWN, INT_BODY_BYTES},
    {"duration REAL", VALUE_SPAN, INT_DURATION},
    {"upstream TEXT", VALUE_STRING, AT_UPSTREAM},
    {"upstream_status INTEGER", VALUE_KNOWN, INT_UPSTREAM_STATUS},
    {"upstream_duration REAL", VALUE_SPAN, INT_UPSTREAM_DURATION},
    {"upstream_tries INTEGER", VALUE_KNOWN, INT_UPSTREAM_TRIES},
    {"client TEXT", VALUE_STRING, AT_CLIENT},
    {"vhost TEXT", VALUE_STRING, AT_VHOST},
    {"request_id TEXT", VALUE_STRING, AT_REQUEST_ID},
    {"user_agent TEXT", VALUE_STRING, AT_USER_AGENT},
    {"connection INTEGER", VALUE_KNOWN, INT_CONNECTION},
    {"unparsed INTEGER", VALUE_UNPARSED, INT_FLAGS},
    {"flags INTEGER", VALUE_FLAGS, INT_FLAGS},
    {"\"offset\" INTEGER", VALUE_OFFSET, 0},
    {"cursor TEXT", VALUE_CURSOR, 0},
    {"body TEXT", VALUE_BODY, 0},
    {"raw BLOB", VALUE_RAW, 0},
};
const unsigned n_events_columns = ARRAY_SIZE(events_columns);

enum segment_part
events_column_part(const struct events_column *col)
{
	switch (col->value) {
	case VALUE_USEC:
	case VALUE_KNOWN:
	case VALUE_SPAN:
	case VALUE_PATTERN:
	case VALUE_UNPARSED:
	case VALUE_FLAGS:
		return int_fields[col->field].part;
	case VALUE_STRING:
	case VALUE_ROUTE:
		return string_fields[col->field].part;
	case VALUE_OFFSET:
	case VALUE_CURSOR:
	case VALUE_BODY:
	case VALUE_RAW:
		return PART_RAW;
	default:
		return PART_BASE;
	}
}

/* ---- times as text ---- */

#define TIME_TEMPLATE "0000-01-01 00:00:00.000000"
#define TIME_CHARS (sizeof(TIME_TEMPLATE) - 1)

bool
sql_time_format(usec_t t, char out[SQL_TIME_MAX])
{
	int64_t second = t / USEC_PER_SEC, rest = t % USEC_PER_SEC;
	struct civil c;

	if (rest < 0) {
		rest += USEC_PER_SEC;
		second--;
	}
	civil_from_seconds(second, &c);
	if (c.year < 0 || c.year > 9999)
		return false;
	snprintf(out, SQL_TIME_MAX, "%04d-%02d-%02d %02d:%02d:%02d.%06d",
	    c.year, c.month, c.day, c.hour, c.minute, c.second, (int)rest);
	return true;
}

/* The number in s[from, from + n), all of it digits; else -1. */
static int
digits(const char *s, unsigned from, unsigned n)
{
	int v = 0;

	for (unsigned i = from; i < from + n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return -1;
		v = v * 10 + (s[i] - '0');
	}
	return v;
}

bool
sql_time_begins(struct str s, usec_t *ret)
{
	char text[TIME_CHARS + 1] = TIME_TEMPLATE, again[SQL_TIME_MAX];
	struct civil c;
	int fraction;

	if (s.n > TIME_CHARS ||
	    (s.n < 20 && s.n != 4 && s.n != 7 && s.n != 10 && s.n != 13 &&
		s.n != 16 && s.n != 19))
		return false;
	memcpy(text, s.p, s.n);
	c = (struct civil){.year = digits(text, 0, 4),
	    .month = digits(text, 5, 2),
	    .day = digits(text, 8, 2),
	    .hour = digits(text, 11, 2),
	    .minute = digits(text, 14, 2),
	    .second = digits(text, 17, 2)};
	fraction = digits(text, 20, 6);
	if (c.year < 0 || c.month < 1 || c.month > 12 || c.day < 1 ||
	    c.day > 31 || c.hour < 0 || c.minute < 0 || c.second < 0 ||
	    fraction < 0)
		return false;
	*ret = civil_to_seconds(&c) * USEC_PER_SEC + fraction;
	return sql_time_format(*ret, again) && strcmp(text, again) == 0;
}

/* ---- values ---- */

static void
give_str(sqlite3_context *to, struct str s)
{
	if (s.n > 0)
		sqlite3_result_text64(
		    to, s.p, s.n, SQLITE_TRANSIENT, SQLITE_UTF8);
}

static void
give_route(sqlite3_context *to, struct str target)
{
	CLEANUP(buf_free) struct buf route = BUF_INIT;

	if (target.n > 0)
		event_route(target, &route);
	give_str(to, buf_str(&route));
}

static void
give_line(const struct events_column *col, const struct log_event *ev,
    sqlite3_context *to)
{
	switch (col->value) {
	case VALUE_OFFSET:
		if (ev->offset >= 0)
			sqlite3_result_int64(to, ev->offset);
		break;
	case VALUE_CURSOR:
		give_str(to, ev->cursor);
		break;
	case VALUE_BODY:
		give_str(to, ev->body);
		break;
	default: /* an empty line is one too */
		sqlite3_result_blob64(to, ev->raw.n ? ev->raw.p : "", ev->raw.n,
		    SQLITE_TRANSIENT);
		break;
	}
}

static void
give_int(const struct events_column *col, int64_t v, sqlite3_context *to)
{
	char text[32];

	switch (col->value) {
	case VALUE_USEC:
	case VALUE_FLAGS:
		sqlite3_result_int64(to, v);
		break;
	case VALUE_UNPARSED:
		sqlite3_result_int(to, (v & EVENT_UNPARSED) != 0);
		break;
	case VALUE_SPAN:
		if (v >= 0)
			sqlite3_result_double(to, (double)v / USEC_PER_SEC);
		break;
	case VALUE_PATTERN:
		snprintf(text, sizeof(text), "%016llx", (unsigned long long)v);
		if (v != 0)
			give_str(to, str_of(text));
		break;
	default:
		if (v >= 0)
			sqlite3_result_int64(to, v);
		break;
	}
}

void
events_column_give(const struct events_column *col, struct cached *e,
    uint32_t at, sqlite3_context *to)
{
	char text[SQL_TIME_MAX];

	switch (col->value) {
	case VALUE_ID:
		give_str(
		    to, str_of(event_id_format(segment_id(&e->in, at), text)));
		break;
	case VALUE_TIME:
		if (sql_time_format(segment_timestamp(&e->in, at), text))
			give_str(to, str_of(text));
		break;
	case VALUE_SOURCE:
		sqlite3_result_int64(to, e->row.source);
		break;
	case VALUE_KIND:
		sqlite3_result_text(to,
		    event_kind_name(segment_kind(&e->in, at)), -1,
		    SQLITE_STATIC);
		break;
	case VALUE_STRING:
		give_str(to, strings_at(&e->in.strings[col->field], at));
		break;
	case VALUE_ROUTE:
		give_route(to, strings_at(&e->in.strings[col->field], at));
		break;
	default:
		if (events_column_part(col) == PART_RAW)
			give_line(col, cached_event(e, at), to);
		else
			give_int(col, ints_at(&e->in.ints[col->field], at), to);
		break;
	}
}
