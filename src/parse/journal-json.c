/* SPDX-License-Identifier: MIT */
/*
 * Journal entries as `journalctl -o json` writes them, one object a line, into
 * the export format, so that an entry is the same whichever way it came.
 *
 * A value is a string; an array of numbers where it is not text; an array of
 * such where the field stands several times; null where journalctl found it
 * too large.  The fields that say where and when come first, as in the export
 * format, the others in the order of the line.
 */
#include <errno.h>

#include "json-scan.h"
#include "recount/parse.h"
#include "recount/utf8.h"

/* As journalctl judges: UTF-8 on one line, tabs are fine. */
static bool
is_text(struct str s)
{
	while (s.n > 0) {
		unsigned char c = (unsigned char)s.p[0];
		size_t n = utf8_valid(s);

		if (n == 0 || (c < ' ' && c != '\t') || c == 0x7f ||
		    (c == 0xc2 && (unsigned char)s.p[1] < 0xa0))
			return false;
		s = str_skip(s, n);
	}
	return true;
}

static bool
is_name(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!(s.p[i] >= 'A' && s.p[i] <= 'Z') &&
		    !(s.p[i] >= '0' && s.p[i] <= '9') && s.p[i] != '_')
			return false;
	return s.n > 0 && s.n <= 64;
}

static void
add_field(struct buf *out, struct str name, struct str value)
{
	buf_add_str(out, name);
	if (is_text(value)) {
		buf_addc(out, '=');
	} else {
		buf_addc(out, '\n');
		for (int i = 0; i < 8; i++)
			buf_addc(out, (char)(value.n >> (8 * i) & 0xff));
	}
	buf_add_str(out, value);
	buf_addc(out, '\n');
}

/* An array of numbers as bytes; false when it is something else. */
static bool
bytes_of(struct str array, struct buf *ret)
{
	struct str one;
	uint64_t byte;

	if (!json_enter(&array, '['))
		return false;
	while (json_element(&array, &one)) {
		if (!str_to_u64(one, &byte) || byte > 255)
			return false;
		buf_addc(ret, (char)byte);
	}
	return array.p != NULL;
}

static bool
add_value(struct buf *out, struct str name, struct str value, bool *ret_cut)
{
	CLEANUP(buf_free) struct buf plain = BUF_INIT;

	if (str_eq(value, STR("null"))) {
		*ret_cut = true;
		return true;
	}
	if (value.n > 0 && value.p[0] == '[') {
		if (!bytes_of(value, &plain))
			return false;
	} else {
		json_unescape(json_text(value), &plain);
	}
	add_field(out, name, plain.n ? buf_str(&plain) : STR(""));
	return true;
}

static bool
add_member(struct buf *out, struct str name, struct str value, bool *ret_cut)
{
	struct str list = value, one;

	if (!is_name(name))
		return false;
	if (add_value(out, name, value, ret_cut))
		return true;
	if (!json_enter(&list, '['))
		return false;
	while (json_element(&list, &one))
		if (!add_value(out, name, one, ret_cut))
			return false;
	return list.p != NULL;
}

int
journal_json_export(struct str line, struct buf *out, bool *ret_cut)
{
	static const struct str head[] = {STR("__CURSOR"),
	    STR("__REALTIME_TIMESTAMP"), STR("__MONOTONIC_TIMESTAMP"),
	    STR("__SEQNUM"), STR("__SEQNUM_ID"), STR("_BOOT_ID")};
	struct str s, object = line, name, value;
	bool cut = false;

	if (!json_value(&object, &s) || str_trim(object).n > 0 ||
	    !json_get(s, head[1]).p)
		return -EINVAL;
	for (size_t i = 0; i < ARRAY_SIZE(head); i++) {
		value = json_get(s, head[i]);
		if (value.p && !add_member(out, head[i], value, &cut))
			return -EINVAL;
	}
	if (!json_enter(&s, '{'))
		return -EINVAL;
	while (json_member(&s, &name, &value)) {
		bool first = false;

		for (size_t i = 0; i < ARRAY_SIZE(head); i++)
			first |= str_eq(head[i], name);
		if (!first && !add_member(out, name, value, &cut))
			return -EINVAL;
	}
	*ret_cut = cut;
	return s.p ? 0 : -EINVAL;
}
