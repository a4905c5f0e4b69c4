/* SPDX-License-Identifier: MIT */
/*
 * A journal entry, in journald's export format, as an event.
 *
 * Fields are lines NAME=value, or, where the value has newlines or is not
 * text, NAME alone, a 64-bit little-endian length, and the bytes.
 *
 * PID 1 names the unit it speaks about in UNIT (user managers in USER_UNIT),
 * systemd-coredump in COREDUMP_UNIT; _SYSTEMD_UNIT is then the speaker's own
 * and says nothing.  The service is the unit's name without its suffix, but
 * not for sessions and scopes: they are not services.
 *
 * journald files what a service writes to its standard output under priority
 * 6.  Where an application's own line opens with a level, that level is taken
 * instead (raised or lowered); any other priority was chosen by somebody and
 * stays.
 */
#include "scan.h"

enum field {
	FIELD_NONE,
	FIELD_MESSAGE,
	FIELD_PRIORITY,
	FIELD_IDENTIFIER,
	FIELD_COMM,
	FIELD_PID,
	FIELD_SYSLOG_PID,
	FIELD_HOSTNAME,
	FIELD_UNIT,
	FIELD_USER_UNIT,
	FIELD_COREDUMP_UNIT,
	FIELD_SYSTEMD_UNIT,
	FIELD_SYSTEMD_USER_UNIT,
	FIELD_MESSAGE_ID,
	FIELD_SOURCE_TIME,
	FIELD_TIME,
	FIELD_CURSOR,
	FIELD_COUNT
};

#define NAME_BYTES_MAX 26 /* of those below */

static enum field
field_find(struct str name)
{
	static const struct str names[FIELD_COUNT] = {
	    [FIELD_MESSAGE] = STR("MESSAGE"),
	    [FIELD_PRIORITY] = STR("PRIORITY"),
	    [FIELD_IDENTIFIER] = STR("SYSLOG_IDENTIFIER"),
	    [FIELD_COMM] = STR("_COMM"),
	    [FIELD_PID] = STR("_PID"),
	    [FIELD_SYSLOG_PID] = STR("SYSLOG_PID"),
	    [FIELD_HOSTNAME] = STR("_HOSTNAME"),
	    [FIELD_UNIT] = STR("UNIT"),
	    [FIELD_USER_UNIT] = STR("USER_UNIT"),
	    [FIELD_COREDUMP_UNIT] = STR("COREDUMP_UNIT"),
	    [FIELD_SYSTEMD_UNIT] = STR("_SYSTEMD_UNIT"),
	    [FIELD_SYSTEMD_USER_UNIT] = STR("_SYSTEMD_USER_UNIT"),
	    [FIELD_MESSAGE_ID] = STR("MESSAGE_ID"),
	    [FIELD_SOURCE_TIME] = STR("_SOURCE_REALTIME_TIMESTAMP"),
	    [FIELD_TIME] = STR("__REALTIME_TIMESTAMP"),
	    [FIELD_CURSOR] = STR("__CURSOR"),
	};

	/* By the length of the name: few are of one length. */
	static const uint8_t first[NAME_BYTES_MAX + 1] = {[4] = FIELD_PID,
	    [5] = FIELD_COMM,
	    [7] = FIELD_MESSAGE,
	    [8] = FIELD_PRIORITY,
	    [9] = FIELD_HOSTNAME,
	    [10] = FIELD_SYSLOG_PID,
	    [13] = FIELD_SYSTEMD_UNIT,
	    [17] = FIELD_IDENTIFIER,
	    [18] = FIELD_SYSTEMD_USER_UNIT,
	    [20] = FIELD_TIME,
	    [26] = FIELD_SOURCE_TIME};
	static const uint8_t second[NAME_BYTES_MAX + 1] = {[4] = FIELD_UNIT,
	    [8] = FIELD_CURSOR,
	    [9] = FIELD_USER_UNIT,
	    [10] = FIELD_MESSAGE_ID,
	    [13] = FIELD_COREDUMP_UNIT};

	if (name.n > NAME_BYTES_MAX)
		return FIELD_NONE;
	if (str_eq(names[first[name.n]], name))
		return (enum field)first[name.n];
	if (str_eq(names[second[name.n]], name))
		return (enum field)second[name.n];
	return FIELD_NONE;
}

/* One field off the front of *s; false at the end or where it is broken. */
static bool
take_field(struct str *s, struct str *ret_name, struct str *ret_value)
{
	const char *end = s->n > 0 ? memchr(s->p, '\n', s->n) : NULL;
	struct str line = {s->p, end ? (size_t)(end - s->p) : s->n};
	struct str rest = str_skip(*s, line.n + (end != NULL));
	uint64_t n = 0;
	const char *eq;

	if (line.n == 0)
		return false;
	eq = memchr(line.p, '=', line.n);
	if (eq != NULL) {
		*ret_name = (struct str){line.p, (size_t)(eq - line.p)};
		*ret_value = str_skip(line, ret_name->n + 1);
		*s = rest;
		return true;
	}
	if (end == NULL || rest.n < 8)
		return false;
	for (int i = 7; i >= 0; i--)
		n = n << 8 | (uint8_t)rest.p[i];
	rest = str_skip(rest, 8);
	if (n > rest.n)
		return false;
	*ret_name = line;
	*ret_value = str_sub(rest, 0, (size_t)n);
	rest = str_skip(rest, (size_t)n);
	scan_char(&rest, '\n');
	*s = rest;
	return true;
}

static usec_t
field_time(struct str v)
{
	uint64_t t;

	/* 17 digits last until the year 5138 */
	if (v.n == 0 || v.n > 17 || !str_to_u64(v, &t))
		return USEC_NONE;
	return (usec_t)t;
}

static int64_t
field_number(struct str v)
{
	uint64_t n;

	return v.n > 0 && v.n <= 18 && str_to_u64(v, &n) ? (int64_t)n : -1;
}

static struct str
first(const struct str *f, enum field a, enum field b)
{
	return f[a].n > 0 ? f[a] : f[b];
}

static struct str
about_unit(const struct str *f)
{
	static const enum field order[] = {
	    FIELD_UNIT, FIELD_USER_UNIT, FIELD_COREDUMP_UNIT};
	struct str unit;

	for (size_t i = 0; i < ARRAY_SIZE(order); i++)
		if (f[order[i]].n > 0)
			return f[order[i]];
	unit = f[FIELD_SYSTEMD_UNIT];
	/* A user's own service runs below user@UID.service. */
	if (f[FIELD_SYSTEMD_USER_UNIT].n > 0 && str_starts(unit, STR("user@")))
		return f[FIELD_SYSTEMD_USER_UNIT];
	return unit;
}

enum parse_result
parse_journal(struct str raw, struct log_event *ev)
{
	struct str f[FIELD_COUNT] = {0}, s = raw, name, value;
	int severity;

	while (take_field(&s, &name, &value)) {
		enum field field = field_find(name);

		/* Repeated fields are allowed; the first one counts. */
		if (field != FIELD_NONE && f[field].p == NULL)
			f[field] = value;
	}
	if (field_time(f[FIELD_TIME]) == USEC_NONE &&
	    field_time(f[FIELD_SOURCE_TIME]) == USEC_NONE)
		return PARSE_BAD;

	event_init(ev);
	ev->kind = EVENT_JOURNAL;
	ev->raw = raw;
	ev->observed = field_time(f[FIELD_TIME]);
	ev->timestamp = field_time(f[FIELD_SOURCE_TIME]);
	if (ev->timestamp == USEC_NONE)
		ev->timestamp = ev->observed;
	ev->precision = 1;
	ev->body = f[FIELD_MESSAGE];
	ev->identifier = first(f, FIELD_IDENTIFIER, FIELD_COMM);
	ev->pid = field_number(first(f, FIELD_PID, FIELD_SYSLOG_PID));
	ev->host = f[FIELD_HOSTNAME];
	ev->unit = about_unit(f);
	ev->service = unit_service(ev->unit);
	ev->message_id = f[FIELD_MESSAGE_ID];
	ev->cursor = f[FIELD_CURSOR];
	if (f[FIELD_PRIORITY].n == 1 && f[FIELD_PRIORITY].p[0] >= '0' &&
	    f[FIELD_PRIORITY].p[0] <= '7')
		ev->severity = f[FIELD_PRIORITY].p[0] - '0';
	if (ev->severity == SEVERITY_NONE || ev->severity == SEV_INFO) {
		severity = message_severity(ev->body);
		if (severity != SEVERITY_NONE)
			ev->severity = severity;
	}
	return PARSE_OK;
}
