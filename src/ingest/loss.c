/* SPDX-License-Identifier: MIT */
/*
 * Programs that drop messages say so, in the log itself.  A report that
 * counts errors must know: its numbers are lower bounds then.
 *
 *   systemd-journald  "Suppressed 212 messages from shop.service"
 *                     (MESSAGE_ID a596…, N_DROPPED)
 *                     "Missed 12 kernel messages" (e9bf…)
 *                     "Forwarding to syslog missed 5 messages."
 *   rsyslogd          "imuxsock lost 5 messages from pid 7 due to
 *                     rate-limiting", "imjournal: 5 messages lost due to
 *                     rate-limiting (…)"
 *
 * What is lost on the way to syslog is not missing from the journal; the gap
 * belongs to the source that carries the notice, which is where it would have
 * appeared, except for the forwarding notice, which journald writes to both.
 */
#include "internal.h"

#include <stdint.h>

#define SUPPRESSED_ID "a596d6fe7bfa4994828e72309e95d61e"
#define KERNEL_MISSED_ID "e9bf28e6e834481bb6f48f548ad13606"

struct notice {
	const char *identifier, *before, *after; /* around the number */
	const char *reason;
	bool syslog_only; /* not missing where it is found in a journal */
};

static const struct notice notices[] = {
    {"systemd-journald", "Suppressed ", " messages from ",
	"suppressed by journald (rate limit)", false},
    {"systemd-journald", "Missed ", " kernel messages",
	"kernel messages missed by journald", false},
    {"systemd-journald", "Forwarding to syslog missed ", " messages",
	"not forwarded from journald to syslog", true},
    {"rsyslogd", "imuxsock lost ", " messages from ",
	"dropped by rsyslog (rate limit)", false},
    {"rsyslogd", "imjournal: ", " messages lost due to rate-limiting",
	"dropped by rsyslog (rate limit)", false},
    {"rsyslogd", "imuxsock: ", " messages lost due to rate-limiting",
	"dropped by rsyslog (rate limit)", false},
};

static bool
fits(const struct notice *n, const struct log_event *ev, int64_t *ret_lost)
{
	struct str before = str_of(n->before), number = ev->body;
	uint64_t lost;
	size_t digits = 0;

	if (!str_eq(ev->identifier, str_of(n->identifier)) ||
	    !str_starts(ev->body, before))
		return false;
	number = str_skip(number, before.n);
	while (digits < number.n && number.p[digits] >= '0' &&
	       number.p[digits] <= '9')
		digits++;
	if (!str_starts(str_skip(number, digits), str_of(n->after)) ||
	    !str_to_u64(str_sub(number, 0, digits), &lost) || lost > INT64_MAX)
		return false;
	*ret_lost = (int64_t)lost;
	return true;
}

/* N_DROPPED of a journal entry; -1 where it does not say. */
static int64_t
dropped(struct str raw)
{
	struct str key = STR("\nN_DROPPED=");
	ptrdiff_t at = str_find(raw, key);
	struct str number;
	uint64_t n;

	if (at < 0)
		return -1;
	str_cut(str_skip(raw, (size_t)at + key.n), '\n', &number);
	return str_to_u64(number, &n) && n <= INT64_MAX ? (int64_t)n : -1;
}

static int
add_gap(const struct ingest_source *s, const struct log_event *ev,
    const char *reason, int64_t lost)
{
	struct gap gap = {
	    .source = s->id,
	    .since = ev->timestamp,
	    .until = ev->timestamp,
	    .reason = str_of(reason),
	    .lost = lost,
	    .offset = ev->offset,
	};

	return ingest_note_gap(s->in, &gap);
}

int
ingest_notice_loss(struct ingest_source *s, const struct log_event *ev)
{
	const bool told = str_eq(ev->identifier, STR("systemd-journald")) ||
			  str_eq(ev->identifier, STR("rsyslogd"));
	int64_t lost;

	if (!told && ev->message_id.n == 0)
		return 0;
	if (ev->kind != EVENT_SYSLOG && ev->kind != EVENT_JOURNAL)
		return 0;
	for (size_t i = 0; told && i < ARRAY_SIZE(notices); i++) {
		if (!fits(&notices[i], ev, &lost))
			continue;
		if (notices[i].syslog_only && ev->kind == EVENT_JOURNAL)
			return 0;
		return add_gap(s, ev, notices[i].reason, lost);
	}
	/* In other words than those above: the ids still say what it is. */
	if (str_eq(ev->message_id, STR(SUPPRESSED_ID)))
		return add_gap(s, ev, notices[0].reason, dropped(ev->raw));
	if (str_eq(ev->message_id, STR(KERNEL_MISSED_ID)))
		return add_gap(s, ev, notices[1].reason, dropped(ev->raw));
	return 0;
}
