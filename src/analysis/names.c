/* SPDX-License-Identifier: MIT */
/*
 * Names that messages share.  "sed -i … /etc/shop/shop.json" and "shop.service:
 * Failed" are about the same thing because both say "shop".  Words of the
 * language are useless for this, so only names count: unit names, components
 * of absolute paths (but not the folders that every path has), and host:port.
 */
#include "names.h"

#include <ctype.h>

#define NAME_MIN 3

static bool
name_byte(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '-' || c == '.' ||
	       c == ':' || c == '@';
}

static bool
is_common_folder(struct str s)
{
	static const char *const common[] = {"bin", "boot", "conf", "conf.d",
	    "current", "data", "default", "dev", "etc", "home", "http", "https",
	    "lib", "lib64", "local", "log", "logs", "mnt", "opt", "proc",
	    "root", "run", "sbin", "share", "shm", "sites-available",
	    "sites-enabled", "spool", "src", "srv", "sys", "system", "systemd",
	    "tmp", "user", "usr", "var", "www"};

	for (size_t i = 0; i < ARRAY_SIZE(common); i++) {
		if (str_eq(s, str_of(common[i])))
			return true;
	}
	return false;
}

static bool
has_digit_after_colon(struct str s)
{
	ptrdiff_t at = str_chr(s, ':');

	return at > 0 && (size_t)at + 1 < s.n &&
	       isdigit((unsigned char)s.p[at + 1]);
}

/* "orders.service:" is "orders.service". */
static struct str
without_stop(struct str s)
{
	while (s.n > 0 && (s.p[s.n - 1] == '.' || s.p[s.n - 1] == ':'))
		s.n--;
	return s;
}

static void
add_name(struct intern *names, struct str s)
{
	static const char *const endings[] = {".service", ".socket", ".timer",
	    ".mount", ".scope", ".slice", ".conf", ".json", ".yaml", ".yml",
	    ".toml", ".ini", ".cfg", ".log", ".key", ".pem", ".crt", ".sh",
	    ".py"};

	for (size_t i = 0; i < ARRAY_SIZE(endings); i++) {
		if (str_ends(s, str_of(endings[i]))) {
			s.n -= strlen(endings[i]);
			break;
		}
	}
	if (s.n < NAME_MIN || is_common_folder(s))
		return;
	intern_add(names, s);
}

/* The components of a path, or a word that is a unit or host:port. */
static void
add_word(struct intern *names, struct str word)
{
	bool path = word.n > 1 && word.p[0] == '/';

	while (word.n > 0) {
		struct str part;

		word = str_cut(word, '/', &part);
		part = without_stop(part);
		if (path || has_digit_after_colon(part) ||
		    str_ends(part, STR(".service")) ||
		    str_ends(part, STR(".timer")))
			add_name(names, part);
	}
}

void
names_of_text(struct intern *names, struct str text)
{
	for (size_t i = 0; i < text.n;) {
		size_t from = i;

		while (i < text.n && (name_byte(text.p[i]) || text.p[i] == '/'))
			i++;
		add_word(names, str_sub(text, from, i - from));
		if (i == from)
			i++;
	}
}

void
names_of_unit(struct intern *names, struct str unit)
{
	/* Sessions and the manager itself are where things run, not what. */
	if (str_starts(unit, STR("session-")) ||
	    str_starts(unit, STR("user@")) || str_eq(unit, STR("init.scope")) ||
	    str_starts(unit, STR("systemd-")))
		return;
	add_name(names, unit);
}

bool
names_shared(
    const struct intern *known, const struct intern *names, struct str *ret)
{
	for (uint32_t i = 0; i < intern_count(names); i++) {
		uint32_t at = intern_find(known, intern_get(names, i));

		if (at != UINT32_MAX) {
			*ret = intern_get(known, at);
			return true;
		}
	}
	return false;
}

bool
names_in_text(const struct intern *known, struct str text, struct str *ret)
{
	size_t i = 0;

	while (i < text.n) {
		size_t from = i;
		struct str token;

		while (i < text.n && name_byte(text.p[i]))
			i++;
		token = str_sub(text, from, i - from);
		while (token.n > 0 && (token.p[token.n - 1] == ':' ||
					  token.p[token.n - 1] == '.'))
			token.n--;
		if (token.n >= NAME_MIN &&
		    intern_find(known, token) != UINT32_MAX) {
			*ret = intern_get(known, intern_find(known, token));
			return true;
		}
		if (i == from)
			i++;
	}
	return false;
}
