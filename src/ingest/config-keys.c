/* SPDX-License-Identifier: MIT */
/*
 * The keys of recountd.conf and what their values mean.
 *
 * Each key is a row of one table that says in which sections it may stand and
 * what to do with its value, so an unknown key is an error, with the nearest
 * known one as a hint: a misspelt "max-age" that is passed over fills a disk
 * months later.
 */
#include <errno.h>

#include "config-internal.h"
#include "recount/parse.h"
#include "recount/utf8.h"

const char *const config_section_names[SECTION_COUNT] = {
    [SECTION_NONE] = "",
    [SECTION_STORE] = "store",
    [SECTION_WEBHOOK] = "webhook",
    [SECTION_SLO] = "slo",
    [SECTION_JOURNAL] = "journal",
    [SECTION_NGINX] = "nginx",
    [SECTION_SYSLOG] = "syslog",
    [SECTION_LOG] = "log",
    [SECTION_LISTEN] = "syslog-listen",
};

int
config_wrong(struct loading *l, const char *format, ...)
{
	CLEANUP(buf_free) struct buf text = BUF_INIT, safe = BUF_INIT;
	va_list args;

	va_start(args, format);
	buf_addv(&text, format, args);
	va_end(args);
	utf8_add_printable(&safe, buf_str(&text));
	return reterr_set(
	    l->err, EINVAL, "%s:%u: %s", l->file, l->line, safe.p);
}

/* ---- values ---- */

int
config_size_parse(struct str text, int64_t *ret)
{
	static const char units[] = "KMGT";
	struct str digits = text;
	uint64_t n, factor = 1;

	if (digits.n &&
	    (digits.p[digits.n - 1] == 'B' || digits.p[digits.n - 1] == 'b'))
		digits.n--;
	if (digits.n) {
		char last = digits.p[digits.n - 1];
		const char *unit =
		    strchr(units, last >= 'a' ? last - 'a' + 'A' : last);

		if (unit && *unit) {
			digits.n--;
			factor = (uint64_t)1 << (10 * (unit - units + 1));
		}
	}
	if (!str_to_u64(str_trim(digits), &n) ||
	    n > (uint64_t)INT64_MAX / factor)
		return -EINVAL;
	*ret = (int64_t)(n * factor);
	return 0;
}

int
config_set_text(struct loading *l, struct str value, char **place)
{
	if (!value.n)
		return config_wrong(l, "the value is empty");
	xfree(*place);
	*place = str_dup(value);
	return 0;
}

static int
set_path(struct loading *l, struct str value, char **place)
{
	if (value.n && value.p[0] != '/')
		return config_wrong(
		    l, "'%.*s' is not an absolute path", STR_ARG(value));
	return config_set_text(l, value, place);
}

int
config_set_span(struct loading *l, struct str value, usec_t *place)
{
	if (span_parse(value, place) < 0 || *place < 0)
		return config_wrong(l,
		    "'%.*s' is no time span; try 30d, 12h or 1s",
		    STR_ARG(value));
	return 0;
}

static int
read_bool(struct loading *l, struct str value, bool *ret)
{
	static const struct {
		struct str word;
		bool yes;
	} words[] = {
	    {STR("yes"), true},
	    {STR("true"), true},
	    {STR("on"), true},
	    {STR("1"), true},
	    {STR("no"), false},
	    {STR("false"), false},
	    {STR("off"), false},
	    {STR("0"), false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (str_eq(words[i].word, value)) {
			*ret = words[i].yes;
			return 0;
		}
	return config_wrong(l, "'%.*s' is neither yes nor no", STR_ARG(value));
}

static int
set_enabled(struct loading *l, struct str value)
{
	bool yes = true;
	int r = read_bool(l, value, &yes);

	if (r == 0)
		l->g.disabled = !yes;
	return r;
}

/* ---- keys ---- */

static int
key_store_path(struct loading *l, struct str v)
{
	return set_path(l, v, &l->config->store_path);
}

static int
key_max_age(struct loading *l, struct str v)
{
	return config_set_span(l, v, &l->config->max_age);
}

static int
key_max_size(struct loading *l, struct str v)
{
	if (config_size_parse(v, &l->config->max_size) < 0)
		return config_wrong(
		    l, "'%.*s' is no size; try 10G or 512M", STR_ARG(v));
	return 0;
}

static int
key_commit_interval(struct loading *l, struct str v)
{
	int r = config_set_span(l, v, &l->config->commit_interval);

	if (r == 0 && (l->config->commit_interval < 10 * USEC_PER_MSEC ||
			  l->config->commit_interval > USEC_PER_HOUR))
		return config_wrong(l, "must be between 10ms and 1h");
	return r;
}

static int
key_durable(struct loading *l, struct str v)
{
	return read_bool(l, v, &l->config->durable);
}

static int
key_directory(struct loading *l, struct str v)
{
	return set_path(l, v, &l->g.directory);
}

static int
key_access_log(struct loading *l, struct str v)
{
	l->g.access_line = l->line;
	return set_path(l, v, &l->g.access_log);
}

static int
key_error_log(struct loading *l, struct str v)
{
	l->g.error_line = l->line;
	return set_path(l, v, &l->g.error_log);
}

static int
key_path(struct loading *l, struct str v)
{
	l->g.path_line = l->line;
	return set_path(l, v, &l->g.path);
}

/* A format that does not exist would be noticed only in the store. */
static int
key_format(struct loading *l, struct str v)
{
	CLEANUP(parsers_free) struct parsers *ps = parsers_new();
	const struct parser *p;
	struct reterr err = {""};

	xfree(STEAL(l->g.format));
	if (str_eq(v, STR("auto")))
		return 0;
	if (str_chr(v, '$') >= 0) {
		if (parsers_add_log_format(ps, "log-format", v, &err, &p) < 0)
			return config_wrong(l, "log-format: %s", err.text);
	} else if (!parsers_find(l->parsers, v)) {
		return config_wrong(l,
		    "log-format: '%.*s' is neither the name of a "
		    "format ('recount parsers list') nor one with "
		    "$variables",
		    STR_ARG(v));
	}
	return config_set_text(l, v, &l->g.format);
}

static int
key_service(struct loading *l, struct str v)
{
	return config_set_text(l, v, &l->g.service);
}

static int
key_host(struct loading *l, struct str v)
{
	return config_set_text(l, v, &l->g.host);
}

static int
key_timezone(struct loading *l, struct str v)
{
	if (zone_find(v, &l->g.zone) < 0)
		return config_wrong(
		    l, "there is no time zone '%.*s'", STR_ARG(v));
	return 0;
}

struct config_slo *
config_last_slo(struct loading *l)
{
	return &l->config->slos[l->config->n_slos - 1];
}

static int
key_match(struct loading *l, struct str v)
{
	return config_set_text(l, v, &config_last_slo(l)->match);
}

static int
key_objective(struct loading *l, struct str v)
{
	if (config_percent_parse(v, &config_last_slo(l)->objective) < 0)
		return config_wrong(l,
		    "'%.*s' is no objective; try 99.9 (percent, below 100)",
		    STR_ARG(v));
	return 0;
}

static int
key_period(struct loading *l, struct str v)
{
	int r = config_set_span(l, v, &config_last_slo(l)->period);

	if (r == 0 && config_last_slo(l)->period < USEC_PER_MIN)
		return config_wrong(l, "must be 1min or more");
	return r;
}

#define IN(section) (1u << SECTION_##section)
#define IN_FILES (IN(NGINX) | IN(SYSLOG) | IN(LOG) | IN(LISTEN))

static const struct key {
	const char *name;
	unsigned sections;
	/* NULL: the section's own business */
	int (*set)(struct loading *l, struct str value);
} keys[] = {
    {"path", IN(STORE), key_store_path},
    {"max-age", IN(STORE), key_max_age},
    {"max-size", IN(STORE), key_max_size},
    {"commit-interval", IN(STORE), key_commit_interval},
    {"durable", IN(STORE), key_durable},
    {"match", IN(SLO), key_match},
    {"objective", IN(SLO), key_objective},
    {"period", IN(SLO), key_period},
    {"listen", IN(WEBHOOK), key_listen},
    {"token-file", IN(WEBHOOK), key_token},
    {"pagerduty-key-file", IN(WEBHOOK), key_pagerduty},
    {"max-body", IN(WEBHOOK), key_max_body},
    {"timeout", IN(WEBHOOK), key_timeout},
    {"max-connections", IN(WEBHOOK), key_connections},
    {"metrics", IN(WEBHOOK), key_metrics},
    {"enabled", IN(WEBHOOK) | IN(JOURNAL) | IN_FILES, set_enabled},
    {"directory", IN(JOURNAL), key_directory},
    {"namespace", IN(JOURNAL), key_namespace},
    {"unit", IN(JOURNAL), key_unit},
    {"priority", IN(JOURNAL), key_priority},
    {"access-log", IN(NGINX), key_access_log},
    {"error-log", IN(NGINX), key_error_log},
    {"log-format", IN(NGINX) | IN(LISTEN), key_format},
    {"path", IN(SYSLOG) | IN(LOG), key_path},
    {"format", IN(LOG), key_format},
    {"service", IN_FILES, key_service},
    {"host", IN(JOURNAL) | IN_FILES, key_host},
    {"timezone", IN_FILES, key_timezone},
    {"listen", IN(LISTEN), NULL},
    {"certificate", IN(LISTEN), NULL},
    {"key", IN(LISTEN), NULL},
    {"client-ca", IN(LISTEN), NULL},
    {"max-message", IN(LISTEN), NULL},
    {"max-connections", IN(LISTEN), NULL},
    {"max-connections-per-sender", IN(LISTEN), NULL},
    {"max-rate-per-sender", IN(LISTEN), NULL},
    {"idle-timeout", IN(LISTEN), NULL},
    {"receive-buffer", IN(LISTEN), NULL},
    {"mode", IN(LISTEN), NULL},
};

const char *
config_key_name(const char *section, size_t n)
{
	unsigned bit = 0;

	for (size_t i = 1; i < SECTION_COUNT; i++)
		if (strcmp(config_section_names[i], section) == 0)
			bit = 1u << i;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if ((keys[i].sections & bit) && n-- == 0)
			return keys[i].name;
	return NULL;
}

static int
unknown_key(struct loading *l, struct str name)
{
	struct nearest near = {.word = name, .far = 1 + name.n / 2};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (keys[i].sections & (1u << l->section))
			nearest_try(&near, keys[i].name);
	if (!near.name)
		return config_wrong(l, "[%s] has no key '%.*s'",
		    config_section_names[l->section], STR_ARG(name));
	return config_wrong(l, "[%s] has no key '%.*s'; did you mean '%s'?",
	    config_section_names[l->section], STR_ARG(name), near.name);
}

struct str
config_unquoted(struct str s)
{
	if (s.n >= 2 && (s.p[0] == '\'' || s.p[0] == '"') &&
	    s.p[s.n - 1] == s.p[0])
		return str_sub(s, 1, s.n - 2);
	return s;
}

int
config_read_key(struct loading *l, struct str text)
{
	struct str name, value = str_cut(text, '=', &name);

	name = str_trim(name);
	if (!value.p)
		return config_wrong(l,
		    "'%.*s' is neither a [section] nor key = value",
		    STR_ARG(name));
	value = config_unquoted(str_trim(value));
	if (l->section == SECTION_NONE)
		return config_wrong(l,
		    "'%.*s' stands before the first [section]", STR_ARG(name));
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if ((keys[i].sections & (1u << l->section)) &&
		    str_eq(str_of(keys[i].name), name))
			return keys[i].set
				   ? keys[i].set(l, value)
				   : config_listen_key(l, keys[i].name, value);
	return unknown_key(l, name);
}
