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

/* ---- seeded events ---- */

static inline const char *
help_word(uint64_t *seed)
{
	static const char *const words[] = {"GET", "POST", "orders", "-", "",
	    "connection refused", "10.0.0.7", "a", "007",
	    "18446744073709551616", "0", "1e9", "deadbeefdeadbeef", "DEADBEEF",
	    "\"", "[x]", "=", "  ", "\n", "\x80\xff", "eyJhbGciOi", "0.000",
	    "1.5", "-1", "99999999999", "550e8400-e29b-41d4-a716-446655440000",
	    "/api/orders/8812?x=1"};

	return words[help_random(seed) % ARRAY_SIZE(words)];
}

/* A value that is one of a few, or a random number, or absurd. */
static inline int64_t
help_number(uint64_t *seed, bool wide)
{
	switch (help_random(seed) % 8) {
	case 0:
		return -1;
	case 1:
		return wide ? (int64_t)help_random(seed) : INT32_MAX;
	case 2:
		return wide ? INT64_MIN : INT32_MIN;
	case 3:
		return 1000 * (int64_t)(help_random(seed) % 5000);
	default:
		return (int64_t)(help_random(seed) % 600);
	}
}

/* Append one word, or random bytes, to raw; the place as offset and length. */
static inline void
help_piece(struct buf *raw, uint64_t *seed, size_t at[2])
{
	at[0] = raw->n;
	if (help_random(seed) % 16 == 0) {
		size_t n = help_random(seed) % 300;

		while (n-- > 0)
			buf_addc(raw, (char)help_random(seed));
	} else if (help_random(seed) % 3 == 0) {
		buf_addf(raw, "%llu",
		    (unsigned long long)(help_random(seed) >>
					 (help_random(seed) % 64)));
	} else {
		buf_adds(raw, help_word(seed));
	}
	at[1] = raw->n - at[0];
	if (help_random(seed) % 8 != 0)
		buf_addc(raw, " \"[]=:;,"[help_random(seed) % 8]);
}

/* Sometimes the piece itself, sometimes bytes from elsewhere. */
static inline struct str
help_slice(const struct buf *raw, uint64_t *seed, const size_t at[2])
{
	if (help_random(seed) % 4 == 0)
		return str_of(help_word(seed));
	return (struct str){raw->p + at[0], at[1]};
}

#define HELP_PIECES 14

/*
 * An event with arbitrary values in every field; raw holds its bytes and must
 * live as long as it.  Fields that parsers take from the line mostly lie in
 * it here too, but nothing may depend on that.
 */
static inline void
help_event(struct buf *raw, uint64_t *seed, struct log_event *ev)
{
	size_t at[HELP_PIECES][2];
	bool wild = help_random(seed) % 8 == 0;
	struct str *strings[HELP_PIECES] = {&ev->host, &ev->service,
	    &ev->identifier, &ev->unit, &ev->message_id, &ev->method,
	    &ev->target, &ev->upstream, &ev->client, &ev->vhost,
	    &ev->request_id, &ev->user_agent, &ev->cursor, &ev->body};

	buf_reset(raw);
	event_init(ev);
	for (size_t i = 0; i < HELP_PIECES; i++)
		help_piece(raw, seed, at[i]);
	for (size_t i = 0; i < HELP_PIECES; i++)
		*strings[i] = help_slice(raw, seed, at[i]);
	if (help_random(seed) % 3 == 0)
		ev->body = (struct str){raw->p + at[3][0], raw->n - at[3][0]};
	ev->raw = buf_str(raw);
	ev->kind = help_random(seed) % EVENT_KIND_COUNT;
	ev->severity = (int)(help_random(seed) % 9) - 1;
	ev->flags = (unsigned)(help_random(seed) % 32);
	ev->timestamp = 1772629200 * USEC_PER_SEC +
			(int64_t)(help_random(seed) % 100000) * 1000;
	ev->observed = ev->timestamp + help_number(seed, false);
	if (wild)
		ev->timestamp = help_number(seed, true);
	ev->precision = 1000;
	ev->pid = help_number(seed, wild);
	ev->pattern = help_random(seed) % 3 ? 0 : help_random(seed);
	ev->status = (int)help_number(seed, false);
	ev->body_bytes = help_number(seed, wild);
	ev->duration = help_number(seed, wild);
	ev->upstream_duration = help_number(seed, wild);
	ev->upstream_status = (int)help_number(seed, false);
	ev->upstream_tries = (int)help_number(seed, false);
	ev->connection = help_number(seed, wild);
	ev->offset = help_number(seed, wild);
}

/* ---- comparing ---- */

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
