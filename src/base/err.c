/* SPDX-License-Identifier: MIT */
/*
 * A path or a message of a library may hold newlines or control bytes; an
 * error is one line on a terminal, whatever it quotes.
 */
#include "recount/err.h"

#include <stdarg.h>
#include <stdio.h>

int
reterr_set(struct reterr *err, int code, const char *format, ...)
{
	if (err != NULL) {
		va_list args;

		va_start(args, format);
		vsnprintf(err->text, sizeof(err->text), format, args);
		va_end(args);
		/* One line, whatever a path or a library put into it. */
		for (char *p = err->text; *p != '\0'; p++) {
			if ((unsigned char)*p < ' ')
				*p = ' ';
		}
	}
	return -code;
}
