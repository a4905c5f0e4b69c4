/* SPDX-License-Identifier: MIT */
/*
 * Structured messages in the journal, plain ones elsewhere.
 *
 * Under systemd, where standard error goes to the journal anyway, a message of
 * these kinds is sent with fields, so that people can ask for it
 * (journalctl MESSAGE_ID=…) and other programs can act on it.  The identifier
 * is the same as that of all other messages, by which recountd knows its own
 * when it reads them back (ingest_skip_own()).
 */
#define SD_JOURNAL_SUPPRESS_LOCATION

#include "daemon-say.h"

#include <stdlib.h>
#include <sys/uio.h>
#include <systemd/sd-journal.h>

#include "recount/str.h"
#include "recount/utf8.h"

/* These never change: people and programs look for them. */
static const char *const ids[] = {
    [SAY_START] = "92534b66839a4383a55b288453c1f068",
    [SAY_STOP] = "eee141c2486d4ad6aed5d2e09b528781",
    [SAY_PAUSED] = "c810cf83a60e4545917f53d8a4319e47",
    [SAY_RESUMED] = "7f105f3a4ab0441fbcd98acbcab60e45",
    [SAY_GAP] = "0e9f5d2c4b1f4004a38712cddd79c153",
    [SAY_CONFIG_REFUSED] = "da16269de775427e86362698ea4b918a",
    [SAY_CONFIG_READ] = "e06a012504ea410198167a13288ad412",
    [SAY_TROUBLE] = "bfdd5c2434c9414f95519c2338773030",
    [SAY_STATE] = "e4b8d687ebbc495fb34ec240d9036d3c",
};

static struct iovec
field(struct buf *b, const char *name, const char *value)
{
	buf_addf(b, "%s=", name);
	utf8_add_printable(b, str_of(value));
	return (struct iovec){b->p, b->n};
}

static int
send_to_journal(
    enum say what, enum log_level level, const char *source, const char *text)
{
	CLEANUP(buf_free) struct buf message = BUF_INIT, id = BUF_INIT;
	CLEANUP(buf_free) struct buf priority = BUF_INIT, about = BUF_INIT;
	char digit[2] = {(char)('0' + (int)level), '\0'};
	struct iovec fields[5] = {
	    field(&message, "MESSAGE", text),
	    field(&id, "MESSAGE_ID", ids[what]),
	    field(&priority, "PRIORITY", digit),
	    {(void *)(uintptr_t) "SYSLOG_IDENTIFIER=recountd", 26},
	};
	int n = 4;

	if (source)
		fields[n++] = field(&about, "RECOUNT_SOURCE", source);
	return sd_journal_sendv(fields, n);
}

void
daemon_say(enum say what, enum log_level level, const char *source,
    const char *format, ...)
{
	CLEANUP(buf_free) struct buf text = BUF_INIT;
	va_list args;

	va_start(args, format);
	buf_addv(&text, format, args);
	va_end(args);
	if (getenv("JOURNAL_STREAM") &&
	    send_to_journal(what, level, source, text.p) >= 0)
		return;
	log_msg(level, "%s", text.p);
}
