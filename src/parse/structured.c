/* SPDX-License-Identifier: MIT */
/*
 * Applications that log structure: logfmt (time=… level=… msg="…") and JSON,
 * an object per line.  Loggers name the same few members differently; the
 * tables below hold the usual names.  Times are ISO text, or numbers since
 * 1970 in whatever unit (told apart by magnitude).
 *
 * "journalctl -o json" is JSON lines, too; its fields are in the table.
 *
 * A line must have a time and a message or level to count: other JSON and
 * other key=value text is not a log.
 */
#include "json-scan.h"
#include "parser.h"

enum member {
	MEMBER_NONE,
	MEMBER_TIME,
	MEMBER_LEVEL,
	MEMBER_MESSAGE,
	MEMBER_LOGGER,
	MEMBER_SERVICE,
	MEMBER_HOST,
	MEMBER_PID,
	MEMBER_REQUEST_ID,
	MEMBER_UNIT,
	MEMBER_ABOUT_UNIT, /* journal: a unit the speaker speaks of */
	MEMBER_MESSAGE_ID,
	MEMBER_COUNT
};

static enum member
member_find(struct str key)
{
	static const struct {
		struct str key;
		enum member member;
	} names[] = {
	    {STR("time"), MEMBER_TIME},
	    {STR("ts"), MEMBER_TIME},
	    {STR("t"), MEMBER_TIME},
	    {STR("timestamp"), MEMBER_TIME},
	    {STR("@timestamp"), MEMBER_TIME},
	    {STR("datetime"), MEMBER_TIME},
	    {STR("asctime"), MEMBER_TIME},
	    {STR("timeMillis"), MEMBER_TIME},
	    {STR("@t"), MEMBER_TIME},
	    {STR("level"), MEMBER_LEVEL},
	    {STR("lvl"), MEMBER_LEVEL},
	    {STR("severity"), MEMBER_LEVEL},
	    {STR("levelname"), MEMBER_LEVEL},
	    {STR("loglevel"), MEMBER_LEVEL},
	    {STR("log.level"), MEMBER_LEVEL},
	    {STR("@l"), MEMBER_LEVEL},
	    {STR("s"), MEMBER_LEVEL},
	    {STR("msg"), MEMBER_MESSAGE},
	    {STR("message"), MEMBER_MESSAGE},
	    {STR("log"), MEMBER_MESSAGE},
	    {STR("event"), MEMBER_MESSAGE},
	    {STR("@m"), MEMBER_MESSAGE},
	    {STR("@mt"), MEMBER_MESSAGE},
	    {STR("logger"), MEMBER_LOGGER},
	    {STR("name"), MEMBER_LOGGER},
	    {STR("service"), MEMBER_SERVICE},
	    {STR("service.name"), MEMBER_SERVICE},
	    {STR("app"), MEMBER_SERVICE},
	    {STR("host"), MEMBER_HOST},
	    {STR("hostname"), MEMBER_HOST},
	    {STR("pid"), MEMBER_PID},
	    {STR("request_id"), MEMBER_REQUEST_ID},
	    {STR("requestId"), MEMBER_REQUEST_ID},
	    {STR("req_id"), MEMBER_REQUEST_ID},
	    {STR("__REALTIME_TIMESTAMP"), MEMBER_TIME},
	    {STR("PRIORITY"), MEMBER_LEVEL},
	    {STR("MESSAGE"), MEMBER_MESSAGE},
	    {STR("SYSLOG_IDENTIFIER"), MEMBER_LOGGER},
	    {STR("_HOSTNAME"), MEMBER_HOST},
	    {STR("_PID"), MEMBER_PID},
	    {STR("_SYSTEMD_UNIT"), MEMBER_UNIT},
	    {STR("UNIT"), MEMBER_ABOUT_UNIT},
	    {STR("USER_UNIT"), MEMBER_ABOUT_UNIT},
	    {STR("COREDUMP_UNIT"), MEMBER_ABOUT_UNIT},
	    {STR("MESSAGE_ID"), MEMBER_MESSAGE_ID},
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (str_eq(names[i].key, key))
			return names[i].member;
	return MEMBER_NONE;
}

/* Words, MongoDB's letters, and the numbers of bunyan and pino. */
static int
level_value(struct str v)
{
	static const struct {
		struct str text;
		int severity;
	} others[] = {
	    {STR("F"), SEV_CRIT},
	    {STR("E"), SEV_ERR},
	    {STR("W"), SEV_WARNING},
	    {STR("I"), SEV_INFO},
	    {STR("D"), SEV_DEBUG},
	    {STR("10"), SEV_DEBUG},
	    {STR("20"), SEV_DEBUG},
	    {STR("30"), SEV_INFO},
	    {STR("40"), SEV_WARNING},
	    {STR("50"), SEV_ERR},
	    {STR("60"), SEV_CRIT},
	};
	int severity = level_word(v);

	if (severity != SEVERITY_NONE)
		return severity;
	if (v.n == 1 && v.p[0] >= '0' && v.p[0] <= '7')
		return v.p[0] - '0';
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (str_eq(others[i].text, v))
			return others[i].severity;
	return SEVERITY_NONE;
}

static bool
time_value(struct str v, struct parse_state *st, struct log_event *ev)
{
	struct stamp t;

	if (parse_epoch(v, &ev->timestamp, &ev->precision))
		return true;
	if (!scan_any_time(&v, &t))
		return false;
	ev->timestamp = stamp_resolve(&t, st, &ev->flags);
	ev->precision = t.precision;
	return true;
}

/* The members found, in the line's own bytes. */
static enum parse_result
finish(const struct str *m, struct str line, struct parse_state *st,
    struct log_event *ev)
{
	uint64_t v;

	if (!m[MEMBER_TIME].p || (!m[MEMBER_MESSAGE].p && !m[MEMBER_LEVEL].p) ||
	    !time_value(m[MEMBER_TIME], st, ev))
		return PARSE_BAD;
	if (m[MEMBER_LEVEL].p)
		ev->severity = level_value(m[MEMBER_LEVEL]);
	ev->body = m[MEMBER_MESSAGE].n ? m[MEMBER_MESSAGE] : line;
	if (str_ends(ev->body, STR("\\n")))
		ev->body.n -= 2; /* containers log the newline, too */
	if (ev->severity == SEVERITY_NONE)
		ev->severity = message_severity(ev->body);
	ev->identifier = m[MEMBER_LOGGER];
	ev->unit =
	    m[MEMBER_ABOUT_UNIT].n ? m[MEMBER_ABOUT_UNIT] : m[MEMBER_UNIT];
	ev->service =
	    m[MEMBER_SERVICE].n ? m[MEMBER_SERVICE] : unit_service(ev->unit);
	ev->message_id = m[MEMBER_MESSAGE_ID];
	ev->host = m[MEMBER_HOST];
	ev->request_id = m[MEMBER_REQUEST_ID];
	if (m[MEMBER_PID].n <= 18 && str_to_u64(m[MEMBER_PID], &v))
		ev->pid = (int64_t)v;
	return PARSE_OK;
}

enum parse_result
json_parse(const struct parser *p, struct str line, struct parse_state *st,
    struct log_event *ev)
{
	struct str m[MEMBER_COUNT] = {0}, s = line, key, value;

	if (!json_enter(&s, '{'))
		return PARSE_BAD;
	while (json_member(&s, &key, &value)) {
		enum member member = member_find(key);

		if (member == MEMBER_TIME && value.p[0] == '{')
			value = json_get(value, STR("$date"));
		if (member == MEMBER_NONE || m[member].p != NULL ||
		    value.n == 0 || value.p[0] == '{' || value.p[0] == '[')
			continue;
		m[member] = json_text(value);
	}
	if (s.p == NULL || str_trim(s).n > 0)
		return PARSE_BAD;
	return finish(m, line, st, ev);
}

/* key=value or key="va lue" off the front of *s. */
static bool
logfmt_member(struct str *s, struct str *ret_key, struct str *ret_value)
{
	size_t n = 0;
	struct str at = *s;

	while (n < at.n && at.p[n] != '=' && at.p[n] != ' ' && at.p[n] != '"')
		n++;
	*ret_key = str_sub(at, 0, n);
	at = str_skip(at, n);
	*ret_value = STR_NULL;
	if (n == 0 || (at.n > 0 && at.p[0] == '"'))
		return false;
	if (scan_char(&at, '=')) {
		n = 0;
		if (at.n > 0 && at.p[0] == '"') {
			for (n = 1; n < at.n && at.p[n] != '"'; n++)
				if (at.p[n] == '\\')
					n++;
			if (n >= at.n)
				return false;
			*ret_value = str_sub(at, 1, n - 1);
			n++;
		} else {
			while (n < at.n && at.p[n] != ' ')
				n++;
			*ret_value = str_sub(at, 0, n);
		}
		at = str_skip(at, n);
	}
	if (at.n > 0 && at.p[0] != ' ')
		return false;
	scan_spaces(&at);
	*s = at;
	return true;
}

enum parse_result
logfmt_parse(const struct parser *p, struct str line, struct parse_state *st,
    struct log_event *ev)
{
	struct str m[MEMBER_COUNT] = {0}, s = line, key, value;

	while (s.n > 0) {
		enum member member;

		if (!logfmt_member(&s, &key, &value))
			return PARSE_BAD;
		member = value.p != NULL ? member_find(key) : MEMBER_NONE;
		if (member != MEMBER_NONE && m[member].p == NULL)
			m[member] = value;
	}
	return finish(m, line, st, ev);
}
