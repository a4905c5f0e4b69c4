/* SPDX-License-Identifier: MIT */
/*
 * One byte of the file is another one, anywhere: the check notices, or every
 * event is what it was.  What is damaged hides nothing else: an event that
 * still comes out is one that went in.
 *
 * $RECOUNT_FLIPS is how many bytes are tried.
 */
#include "store-help.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "recount/intern.h"

#define EVENTS 4000
#define FLIPS 60
#define T0 (1772629200 * USEC_PER_SEC)

struct content {
	uint64_t *hashes; /* of each event, by id */
	uint64_t n, wrong;
	bool collect;
};

static uint64_t
hash_event(const struct log_event *ev)
{
	const struct str strings[] = {ev->host, ev->service, ev->identifier,
	    ev->unit, ev->message_id, ev->body, ev->method, ev->target,
	    ev->upstream, ev->client, ev->vhost, ev->request_id, ev->user_agent,
	    ev->cursor, ev->raw};
	CLEANUP(buf_free) struct buf text = BUF_INIT;

	buf_addf(&text,
	    "%llu %u %d %d %u %lld %lld %lld %lld %llu %d %lld "
	    "%lld %lld %d %d %lld %lld|",
	    (unsigned long long)ev->id, ev->source, (int)ev->kind, ev->severity,
	    ev->flags, (long long)ev->timestamp, (long long)ev->observed,
	    (long long)ev->precision, (long long)ev->pid,
	    (unsigned long long)ev->pattern, ev->status,
	    (long long)ev->body_bytes, (long long)ev->duration,
	    (long long)ev->upstream_duration, ev->upstream_status,
	    ev->upstream_tries, (long long)ev->connection,
	    (long long)ev->offset);
	for (size_t i = 0; i < ARRAY_SIZE(strings); i++) {
		buf_addf(&text, "%zu:", strings[i].n);
		buf_add_str(&text, strings[i]);
	}
	return hash64(text.p, text.n);
}

static int
see(void *arg, const struct log_event *ev)
{
	struct content *c = arg;

	if (c->collect)
		c->hashes[ev->id % (EVENTS + 1)] = hash_event(ev);
	else
		c->wrong += c->hashes[ev->id % (EVENTS + 1)] != hash_event(ev);
	c->n++;
	return 0;
}

static int
count(void *arg, const struct store_damage *d)
{
	return 0;
}

static void
fill(void)
{
	CLEANUP(store_free) struct store *st = help_open("whole", STORE_WRITE);
	CLEANUP(buf_free) struct buf raw = BUF_INIT;
	uint64_t seed = 11;

	for (int i = 0; i < 3; i++)
		help_source(st, "a.log");
	for (int i = 0; i < EVENTS; i++) {
		struct position p = {.offset = (int64_t)(i + 1) * 8192};
		struct log_event ev;

		help_event(&raw, &seed, &ev);
		ev.timestamp = T0 + i * 1000;
		ev.source = 1 + (uint32_t)i / 100 % 3;
		ev.offset = (int64_t)i * 8192;
		assert_int_equal(store_append(st, &ev), 0);
		assert_int_equal(store_position(st, ev.source, &p), 0);
		if (i % 1300 == 0)
			help_commit(st);
	}
	help_commit(st);
}

/* False: the store does not even open, or cannot be read. */
static bool
look(const char *path, struct content *c, uint64_t *ret_damages)
{
	const struct store_query q = {
	    .since = USEC_NONE, .until = USEC_NONE, .columns = STORE_ALL};
	CLEANUP(store_free) struct store *st = NULL;
	struct store_checked checked = {0};
	struct reterr err;
	int r = store_open(path, STORE_READ, &st, &err);

	*ret_damages = 1;
	if (r < 0)
		return false;
	r = store_check(st, count, NULL, &checked, &err);
	if (r == 0)
		*ret_damages = checked.damages;
	return store_scan(st, &q, see, c, NULL, &err) == 0;
}

static void
flip(const char *from, const char *to, off_t at, uint8_t with)
{
	CLEANUP(xfree)
	char *command = xasprintf("rm -f %s %s-*; cp %s %s", to, to, from, to);
	uint8_t byte;
	int fd;

	assert_int_equal(system(command), 0);
	fd = open(to, O_RDWR);
	assert_true(fd >= 0);
	assert_int_equal(pread(fd, &byte, 1, at), 1);
	byte ^= with;
	assert_int_equal(pwrite(fd, &byte, 1, at), 1);
	close(fd);
}

static void
is_noticed_or_harmless(void **state)
{
	CLEANUP(xfree) char *whole = help_path("whole"), *hurt = help_path("h");
	CLEANUP(xfree) uint64_t *hashes = xcalloc(EVENTS + 1, sizeof(*hashes));
	struct content c = {.hashes = hashes, .collect = true};
	const char *text = getenv("RECOUNT_FLIPS");
	uint64_t seed = 5, damages, noticed = 0;
	int flips = text != NULL ? atoi(text) : FLIPS;
	struct stat sb;

	fill();
	assert_true(look(whole, &c, &damages));
	assert_int_equal(damages, 0);
	assert_int_equal(c.n, EVENTS);
	assert_int_equal(stat(whole, &sb), 0);
	for (int i = 0; i < flips; i++) {
		off_t at = (off_t)(help_random(&seed) % (uint64_t)sb.st_size);
		uint8_t with = (uint8_t)(1u << help_random(&seed) % 8);

		c = (struct content){.hashes = hashes};
		flip(whole, hurt, at, with);
		look(hurt, &c, &damages);
		if (c.wrong > 0 || (damages == 0 && c.n != EVENTS))
			fail_msg("byte %lld: %llu damages, %llu events, %llu of"
				 " them wrong",
			    (long long)at, (unsigned long long)damages,
			    (unsigned long long)c.n,
			    (unsigned long long)c.wrong);
		noticed += damages > 0;
	}
	printf("%llu of %d noticed\n", (unsigned long long)noticed, flips);
	assert_true(noticed > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(is_noticed_or_harmless),
	};

	return cmocka_run_group_tests(tests, help_setup, help_teardown);
}
