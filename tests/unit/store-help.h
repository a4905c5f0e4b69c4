/* SPDX-License-Identifier: MIT */
#ifndef TEST_STORE_HELP_H
#define TEST_STORE_HELP_H

/*
 * For the tests of the store: a folder of their own, seeded events, and a
 * comparison of every field.
 */

/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "recount/store.h"

static char help_folder[64];

static inline int
help_setup(void **state)
{
	strcpy(help_folder, "/tmp/recount-test-XXXXXX");
	return mkdtemp(help_folder) == NULL;
}

static inline int
help_teardown(void **state)
{
	CLEANUP(xfree)
	char *command = xasprintf("rm -rf '%s'", help_folder);

	return system(command) != 0;
}

static inline char * /* xfree() */
help_path(const char *name)
{
	return xasprintf("%s/%s", help_folder, name);
}

static inline struct store *
help_open(const char *name, enum store_mode mode)
{
	CLEANUP(xfree) char *path = help_path(name);
	struct store *st = NULL;
	struct reterr err = {""};
	int r = store_open(path, mode, &st, &err);

	if (r < 0)
		fail_msg("store_open: %d %s", r, err.text);
	return st;
}

static inline uint32_t
help_source(struct store *st, const char *name)
{
	struct source_info info = {.kind = SOURCE_FILE,
	    .name = str_of(name),
	    .host = STR("web1"),
	    .format = STR("combined"),
	    .zone = STR("UTC")};
	uint32_t id = 0;

	assert_int_equal(store_source_add(st, &info, &id), 0);
	return id;
}

static inline void
help_commit(struct store *st)
{
	struct reterr err = {""};
	int r = store_commit(st, &err);

	if (r < 0)
		fail_msg("store_commit: %d %s", r, err.text);
}

/* xorshift64*: tests draw the same numbers everywhere. */
static inline uint64_t
help_random(uint64_t *seed)
{
	*seed ^= *seed >> 12;
	*seed ^= *seed << 25;
	*seed ^= *seed >> 27;
	return *seed * 0x2545f4914f6cdd1dULL;
}

static inline void
help_same_str(struct str a, struct str b, const char *what, uint64_t id)
{
	if (!str_eq(a, b))
		fail_msg("event %llu: %s is \"%.*s\" (%zu bytes), not \"%.*s\""
			 " (%zu)",
		    (unsigned long long)id, what, STR_ARG(a), a.n, STR_ARG(b),
		    b.n);
}

#define SAME_STR(f) help_same_str(got->f, want->f, #f, want->id)
#define SAME_INT(f)                                                            \
	do {                                                                   \
		if ((int64_t)got->f != (int64_t)want->f)                       \
			fail_msg("event %lld: " #f " is %lld, not %lld",       \
			    (long long)want->id, (long long)got->f,            \
			    (long long)want->f);                               \
	} while (0)

static inline void
help_same_event(const struct log_event *got, const struct log_event *want)
{
	SAME_INT(id);
	SAME_INT(source);
	SAME_INT(kind);
	SAME_INT(severity);
	SAME_INT(flags);
	SAME_INT(timestamp);
	SAME_INT(observed);
	SAME_INT(precision);
	SAME_STR(host);
	SAME_STR(service);
	SAME_STR(identifier);
	SAME_STR(unit);
	SAME_INT(pid);
	SAME_STR(message_id);
	SAME_INT(pattern);
	SAME_STR(method);
	SAME_STR(target);
	SAME_INT(status);
	SAME_INT(body_bytes);
	SAME_INT(duration);
	SAME_INT(upstream_duration);
	SAME_STR(upstream);
	SAME_INT(upstream_status);
	SAME_INT(upstream_tries);
	SAME_STR(client);
	SAME_STR(vhost);
	SAME_STR(request_id);
	SAME_STR(user_agent);
	SAME_INT(connection);
	SAME_INT(offset);
	SAME_STR(cursor);
	SAME_STR(raw);
	SAME_STR(body);
}

#endif
