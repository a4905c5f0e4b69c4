/* SPDX-License-Identifier: MIT */
/*
 * The parts of a syslog message that no event has a field for: facility,
 * message id, and RFC 5424's structured data.
 *
 * They are not kept apart in the store, since the message itself is: whoever
 * shows them finds them there again.
 */
#include "parser.h"

#define ELEMENTS_MAX 64
#define PARAMETERS_MAX 256

/* "[…]…" off the front of s; empty where there is none, or it is not closed. */
static struct str
data_of(struct str s)
{
	bool quoted = false;

	if (s.n == 0 || s.p[0] != '[')
		return STR_NULL;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (quoted && c == '\\')
			i++;
		else if (c == '"')
			quoted = !quoted;
		else if (c == ']' && !quoted &&
			 (i + 1 == s.n || s.p[i + 1] != '['))
			return str_sub(s, 0, i + 1);
	}
	return STR_NULL;
}

bool
syslog_attributes(struct str raw, struct syslog_attributes *ret)
{
	struct str s = raw, word;
	uint64_t priority;

	*ret = (struct syslog_attributes){.facility = -1};
	if (!scan_char(&s, '<') || !scan_uint(&s, 1, 3, &priority) ||
	    priority > 191 || !scan_char(&s, '>'))
		return false;
	ret->facility = (int)(priority / 8);
	if (!scan_lit(&s, STR("1 ")))
		return true;
	for (int i = 0; i < 4; i++) /* time, host, application, process */
		if (!scan_word(&s, &word))
			return true;
	if (scan_word(&s, &word) && !str_eq(word, STR("-")))
		ret->msgid = word;
	ret->data = data_of(s);
	return true;
}

static size_t
name_length(struct str s)
{
	size_t n = 0;

	while (n < s.n && s.p[n] != ' ' && s.p[n] != '=' && s.p[n] != ']' &&
	       s.p[n] != '"')
		n++;
	return n;
}

/* name="value" off the front of *s. */
static bool
take_parameter(struct str *s, struct str *name, struct buf *value)
{
	size_t n = name_length(*s);

	*name = str_sub(*s, 0, n);
	*s = str_skip(*s, n);
	buf_reset(value);
	if (n == 0 || !scan_lit(s, STR("=\"")))
		return false;
	while (s->n > 0 && s->p[0] != '"') {
		char c = s->p[0];

		if (c == '\\' && s->n > 1 && one_of(s->p[1], "\"\\]")) {
			*s = str_skip(*s, 1);
			c = s->p[0];
		}
		buf_addc(value, c);
		*s = str_skip(*s, 1);
	}
	return scan_char(s, '"');
}

void
syslog_structured_data(struct str data,
    void (*fn)(void *arg, struct str id, struct str name, struct str value),
    void *arg)
{
	CLEANUP(buf_free) struct buf value = BUF_INIT;

	for (int e = 0; e < ELEMENTS_MAX && scan_char(&data, '['); e++) {
		struct str id = str_sub(data, 0, name_length(data)), name;
		int n = 0;

		data = str_skip(data, id.n);
		while (n < PARAMETERS_MAX && scan_char(&data, ' ') &&
		       take_parameter(&data, &name, &value)) {
			fn(arg, id, name, buf_str(&value));
			n++;
		}
		if (n == 0)
			fn(arg, id, STR_NULL, STR_NULL);
		if (!scan_char(&data, ']'))
			return;
	}
}
