/* SPDX-License-Identifier: MIT */
/*
 * On which line of a JSON file something stands.
 *
 * The library that reads the files of formats forgets where values stood; who
 * mends a file wants to know.  So the text is walked once more, as slices, and
 * the newlines before the slice are counted.  Only messages ask.
 */
#include "json-scan.h"
#include "parser.h"

static struct str
element(struct str list, size_t i)
{
	struct str value = STR_NULL;

	if (list.p == NULL || !json_enter(&list, '['))
		return STR_NULL;
	do {
		if (!json_element(&list, &value))
			return STR_NULL;
	} while (i-- > 0);
	return value;
}

unsigned
text_line_of_format(struct str text, size_t i, ptrdiff_t j)
{
	const char *begin = text.p;
	struct str whole, found;
	unsigned line = 1;

	if (!json_value(&text, &whole) || whole.n == 0 || whole.p[0] != '{')
		return 1;
	found = element(json_get(whole, STR("formats")), i);
	if (found.p != NULL && j >= 0)
		found = element(json_get(found, STR("samples")), (size_t)j);
	if (found.p == NULL)
		return 1;
	for (const char *p = begin; p < found.p; p++)
		line += *p == '\n';
	return line;
}
