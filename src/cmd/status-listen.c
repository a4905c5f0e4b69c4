/* SPDX-License-Identifier: MIT */
/*
 * What recountd has counted at its listeners, for status: it stands in the
 * store as the state of their sources.
 */
#include "status-listen.h"

#include "recount/listen.h"
#include "recount/utf8.h"

static bool
counts_of(const struct source_info *info, struct listen_counts *ret)
{
	return info->kind == SOURCE_SYSLOG &&
	       listen_counts_read(info->position.cursor, ret);
}

void
status_listen_text(const struct source_info *info, struct buf *out)
{
	struct listen_counts n;
	bool any = false;

	if (!counts_of(info, &n))
		return;
	buf_adds(out, "      ");
	for (size_t i = 0; listen_counts_name(i); i++) {
		CLEANUP(xfree) char *name = xstrdup(listen_counts_name(i));
		uint64_t value = listen_counts_value(&n, i);

		/* Trouble is listed where there was some. */
		if (value == 0 && i >= 4)
			continue;
		for (char *p = name; *p; p++)
			if (*p == '_')
				*p = ' ';
		buf_addf(out, "%s%s %llu", any ? ", " : "", name,
		    (unsigned long long)value);
		any = true;
	}
	buf_addc(out, '\n');
	if (!n.error[0])
		return;
	buf_adds(out, "      last error: ");
	utf8_add_printable(out, str_of(n.error));
	buf_addc(out, '\n');
}

void
status_listen_json(const struct source_info *info, struct jwrite *j)
{
	struct listen_counts n;

	if (!counts_of(info, &n))
		return;
	jwrite_object(j, "listener", false);
	for (size_t i = 0; listen_counts_name(i); i++)
		jwrite_int(j, listen_counts_name(i),
		    (int64_t)listen_counts_value(&n, i));
	jwrite_known(j, "last_error", str_of(n.error));
	jwrite_end(j, '}');
}
