/* SPDX-License-Identifier: MIT */
/*
 * Names and ids of events.
 *
 * Evidence ids go from screen to chat to terminal by hand, so they are short
 * and hold no letter that is taken for a digit: base 32 over 0-9 and a-z
 * without i, l, o, u.  Who types one of the first three anyway means 1, 1 and
 * 0.
 */
#include "recount/event.h"

#include <errno.h>
#include <strings.h>

static const char digits[] = "0123456789abcdefghjkmnpqrstvwxyz";

const char *
event_kind_name(enum event_kind kind)
{
	static const char *const names[EVENT_KIND_COUNT] = {
	    [EVENT_TEXT] = "text",
	    [EVENT_ACCESS] = "access",
	    [EVENT_NGINX_ERROR] = "nginx-error",
	    [EVENT_SYSLOG] = "syslog",
	    [EVENT_JOURNAL] = "journal",
	    [EVENT_APP] = "app",
	    [EVENT_ALERT] = "alert",
	    [EVENT_MARK] = "mark",
	};

	return (unsigned)kind < EVENT_KIND_COUNT ? names[kind] : "text";
}

const char *
severity_name(int severity)
{
	static const char *const names[] = {"emerg", "alert", "crit", "err",
	    "warning", "notice", "info", "debug"};

	return severity >= SEV_EMERG && severity <= SEV_DEBUG ? names[severity]
							      : "";
}

int
severity_parse(struct str name)
{
	static const struct {
		const char *name;
		int severity;
	} names[] = {
	    {"emerg", SEV_EMERG},
	    {"emergency", SEV_EMERG},
	    {"panic", SEV_EMERG},
	    {"alert", SEV_ALERT},
	    {"crit", SEV_CRIT},
	    {"critical", SEV_CRIT},
	    {"fatal", SEV_CRIT},
	    {"severe", SEV_CRIT},
	    {"f", SEV_CRIT},
	    {"c", SEV_CRIT},
	    {"err", SEV_ERR},
	    {"error", SEV_ERR},
	    {"erro", SEV_ERR},
	    {"eror", SEV_ERR},
	    {"e", SEV_ERR},
	    {"warning", SEV_WARNING},
	    {"warn", SEV_WARNING},
	    {"wrn", SEV_WARNING},
	    {"w", SEV_WARNING},
	    {"notice", SEV_NOTICE},
	    {"note", SEV_NOTICE},
	    {"n", SEV_NOTICE},
	    {"info", SEV_INFO},
	    {"inf", SEV_INFO},
	    {"information", SEV_INFO},
	    {"informational", SEV_INFO},
	    {"log", SEV_INFO},
	    {"i", SEV_INFO},
	    {"debug", SEV_DEBUG},
	    {"dbg", SEV_DEBUG},
	    {"debu", SEV_DEBUG},
	    {"d", SEV_DEBUG},
	    {"trace", SEV_DEBUG},
	    {"trc", SEV_DEBUG},
	    {"verbose", SEV_DEBUG},
	    {"fine", SEV_DEBUG},
	    {"t", SEV_DEBUG},
	    {"v", SEV_DEBUG},
	};

	if (name.n == 1 && name.p[0] >= '0' && name.p[0] <= '7')
		return name.p[0] - '0';
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (strlen(names[i].name) == name.n &&
		    strncasecmp(names[i].name, name.p, name.n) == 0)
			return names[i].severity;
	}
	return SEVERITY_NONE;
}

static const struct log_event nothing_known = {
    .kind = EVENT_TEXT,
    .severity = SEVERITY_NONE,
    .timestamp = USEC_NONE,
    .observed = USEC_NONE,
    .precision = USEC_PER_SEC,
    .pid = -1,
    .status = -1,
    .body_bytes = -1,
    .duration = -1,
    .upstream_duration = -1,
    .upstream_status = -1,
    .upstream_tries = -1,
    .connection = -1,
    .offset = -1,
};

void
event_init(struct log_event *ev)
{
	memcpy(ev, &nothing_known, sizeof(*ev));
}

struct str
event_peer(const struct log_event *ev)
{
	return str_starts(ev->cursor, STR(EVENT_PEER))
		   ? str_skip(ev->cursor, strlen(EVENT_PEER))
		   : STR_NULL;
}

char *
event_id_format(uint64_t id, char *out)
{
	char text[EVENT_ID_TEXT_MAX];
	size_t n = sizeof(text);

	text[--n] = '\0';
	do {
		text[--n] = digits[id & 31];
		id >>= 5;
	} while (id != 0);
	return memcpy(out, text + n, sizeof(text) - n);
}

int
event_id_parse(struct str text, uint64_t *ret)
{
	uint64_t id = 0;

	if (text.n == 0)
		return -EINVAL;
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		const char *at;

		if (c >= 'A' && c <= 'Z')
			c = (char)(c + 32);
		if (c == 'i' || c == 'l')
			c = '1';
		else if (c == 'o')
			c = '0';
		at = memchr(digits, c, sizeof(digits) - 1);
		if (at == NULL || id >> 59 != 0)
			return -EINVAL;
		id = id << 5 | (uint64_t)(at - digits);
	}
	*ret = id;
	return 0;
}
