/* SPDX-License-Identifier: MIT */
/*
 * Requests as columns are the same requests as events: same order, same
 * fields, same windows; and a damaged segment costs itself only.
 */
#include "store-help.h"

#include <errno.h>
#include <sqlite3.h>

#include "recount/requests.h"

#define EVENTS 40000

struct kept {
	struct log_event *events; /* strings owned by text */
	size_t n, next;
	bool request_ids;
};

static struct str
dup_str(struct str s)
{
	return (struct str){xmemdup0(s.p, s.n), s.n};
}

static int
keep(void *arg, const struct log_event *ev)
{
	struct kept *k = arg;
	struct log_event *e;

	if ((k->n & (k->n - 1)) == 0) /* 0, or a power of two */
		k->events = xreallocarray(
		    k->events, k->n ? 2 * k->n : 1, sizeof(*k->events));
	e = &k->events[k->n++];
	*e = *ev;
	e->host = dup_str(ev->host);
	e->service = dup_str(ev->service);
	e->method = dup_str(ev->method);
	e->target = dup_str(ev->target);
	e->client = dup_str(ev->client);
	e->vhost = dup_str(ev->vhost);
	e->request_id = dup_str(ev->request_id);
	return 0;
}

static void
kept_end(struct kept *k)
{
	for (size_t i = 0; i < k->n; i++) {
		struct log_event *e = &k->events[i];

		xfree((char *)e->host.p);
		xfree((char *)e->service.p);
		xfree((char *)e->method.p);
		xfree((char *)e->target.p);
		xfree((char *)e->client.p);
		xfree((char *)e->vhost.p);
		xfree((char *)e->request_id.p);
	}
	xfree(k->events);
}
DEFINE_CLEANUP_IN(struct kept, kept_end)

static void
same_str(const struct request_strings *got, size_t i, struct str want,
    uint64_t id, const char *what)
{
	assert_true(got->rows[i] < got->n_values);
	help_same_str(request_string(got, i), want, what, id);
}

static int
compare(void *arg, const struct requests *r)
{
	struct kept *k = arg;

	for (size_t i = 0; i < r->n; i++) {
		const struct log_event *want = &k->events[k->next++];

		assert_true(k->next <= k->n);
		assert_int_equal(r->source, want->source);
		assert_int_equal(r->id[i], want->id);
		assert_int_equal(r->flags[i], want->flags);
		assert_int_equal(r->status[i], want->status);
		assert_int_equal(r->timestamp[i], want->timestamp);
		assert_int_equal(r->precision[i], want->precision);
		assert_int_equal(r->duration[i], want->duration);
		same_str(&r->host, i, want->host, want->id, "host");
		same_str(&r->service, i, want->service, want->id, "service");
		same_str(&r->method, i, want->method, want->id, "method");
		same_str(&r->target, i, want->target, want->id, "target");
		same_str(&r->client, i, want->client, want->id, "client");
		same_str(&r->vhost, i, want->vhost, want->id, "vhost");
		if (k->request_ids)
			same_str(&r->request_id, i, want->request_id, want->id,
			    "request_id");
		else
			assert_null(r->request_id.values);
	}
	return 0;
}

/* Two sources: one of requests only, one of everything; one segment of each
 * is damaged. */
static void
fill(const char *name)
{
	CLEANUP(store_free) struct store *st = help_open(name, STORE_WRITE);
	CLEANUP(buf_free) struct buf raw = BUF_INIT;
	uint32_t sources[2] = {
	    help_source(st, "access.log"), help_source(st, "other.log")};
	uint64_t seed = 20260304;

	for (unsigned i = 0; i < EVENTS; i++) {
		struct log_event ev;

		help_event(&raw, &seed, &ev);
		ev.source = sources[help_random(&seed) % 4 == 0];
		if (ev.source == sources[0])
			ev.kind = EVENT_ACCESS;
		assert_int_equal(store_append(st, &ev), 0);
	}
	help_commit(st);
}

static void
damage(const char *name)
{
	CLEANUP(xfree) char *path = help_path(name);
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(
	    sqlite3_exec(db,
		"UPDATE part SET data = zeroblob(length(data)) WHERE id ="
		" 4 * (SELECT min(id) FROM segment) + 2",
		NULL, NULL, NULL),
	    SQLITE_OK);
	sqlite3_close(db);
}

static void
check(struct store *st, usec_t since, usec_t until, bool ids)
{
	CLEANUP(kept_end) struct kept k = {.request_ids = ids};
	const struct store_query events = {
	    .since = since,
	    .until = until,
	    .columns = STORE_ORIGIN | STORE_HTTP,
	    .kinds = 1 << EVENT_ACCESS,
	};
	const struct request_query requests = {since, until, ids};
	uint64_t damaged[2] = {0, 0};
	struct reterr err;

	assert_int_equal(
	    store_scan(st, &events, keep, &k, &damaged[0], &err), 0);
	assert_int_equal(
	    store_scan_requests(st, &requests, compare, &k, &damaged[1], &err),
	    0);
	assert_int_equal(k.next, k.n);
	assert_int_equal(damaged[0], damaged[1]);
	if (since == USEC_NONE && until == USEC_NONE)
		assert_true(k.n > EVENTS / 4);
}

static void
windows(struct store *st)
{
	const usec_t begin = 1772629200 * USEC_PER_SEC;

	check(st, USEC_NONE, USEC_NONE, true);
	check(st, USEC_NONE, USEC_NONE, false);
	check(st, begin, begin + 100 * USEC_PER_SEC, true);
	check(st, begin + 20 * USEC_PER_SEC, begin + 50 * USEC_PER_SEC, true);
	check(st, begin + USEC_PER_SEC, begin + USEC_PER_SEC, false);
	check(st, begin + USEC_PER_DAY, USEC_NONE, false);
}

static void
same_as_events(void **state)
{
	CLEANUP(store_free) struct store *st = NULL;

	fill("requests.db");
	st = help_open("requests.db", STORE_READ);
	windows(st);
}

static void
same_when_damaged(void **state)
{
	CLEANUP(store_free) struct store *st = NULL;

	fill("damaged.db");
	damage("damaged.db");
	st = help_open("damaged.db", STORE_READ);
	windows(st);
}

static int
stop(void *arg, const struct requests *r)
{
	++*(int *)arg;
	return -ECANCELED;
}

static void
ends_when_told(void **state)
{
	CLEANUP(store_free)
	struct store *st = help_open("requests.db", STORE_READ);
	const struct request_query q = {USEC_NONE, USEC_NONE, false};
	struct reterr err;
	int calls = 0;

	assert_int_equal(
	    store_scan_requests(st, &q, stop, &calls, NULL, &err), -ECANCELED);
	assert_int_equal(calls, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(same_as_events),
	    cmocka_unit_test(same_when_damaged),
	    cmocka_unit_test(ends_when_told),
	};

	return cmocka_run_group_tests(tests, help_setup, help_teardown);
}
