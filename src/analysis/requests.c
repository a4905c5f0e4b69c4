/* SPDX-License-Identifier: MIT */
/*
 * Taking in requests by the column, and what all later steps want to know of
 * each: its route's number of requests, and whether it failed.
 *
 * The columns of a segment say each client and each path once.  So a value
 * becomes a number of the pool once per segment, the first time a request
 * needs it; from then on it is one load from a small table.  A route comes of
 * two values, method and target: its table has a row per method.
 *
 * Strings enter the pools in the order in which requests use them, just as if
 * each request had been taken in by itself; clients, of whom there are most,
 * in the order of the dictionary, which is that of first sight too.
 */
#include "recount/requests.h"

#include "analysis.h"

#define NOT_YET (UINT32_MAX - 1)
/* Methods with a row of their own; a log with more of them is nonsense, and
 * the rest is looked up each time. */
#define METHODS_MAX 8

/* Numbers of a column's values. */
struct numbers {
	uint32_t *of; /* NOT_YET, or as in a pool */
	size_t size;
};

struct request_intake {
	struct numbers host, service, client, vhost, route;
};

static void
numbers_reset(struct numbers *n, size_t values)
{
	if (n->size < values) {
		xfree(n->of);
		n->size = values;
		n->of = xreallocarray(NULL, values, sizeof(*n->of));
	}
	for (size_t i = 0; i < values; i++)
		n->of[i] = NOT_YET;
}

void
request_intake_free(struct request_intake *in)
{
	if (in == NULL)
		return;
	xfree(in->host.of);
	xfree(in->service.of);
	xfree(in->client.of);
	xfree(in->vhost.of);
	xfree(in->route.of);
	xfree(in);
}

/* One client, however its address was written: IPv4 inside IPv6 is IPv4. */
static struct str
plain_address(struct str address)
{
	struct str mapped = STR("::ffff:");

	if (str_starts(address, mapped) && str_chr(address, '.') >= 0)
		return str_skip(address, mapped.n);
	return address;
}

uint32_t
client_add(struct analysis *a, struct str address)
{
	address = plain_address(address);
	return address.n ? intern_add(a->clients, address) : NO_STRING;
}

static uint32_t
number(struct analysis *a, struct numbers *n, const struct request_strings *s,
    size_t i)
{
	uint32_t v = s->rows[i];

	if (n->of[v] == NOT_YET)
		n->of[v] = pool_add(a, s->values[v]);
	return n->of[v];
}

/* Clients are many: all of a segment's at once. */
static void
add_clients(struct analysis *a, struct request_intake *in,
    const struct request_strings *s)
{
	CLEANUP(xfree) struct str *plain = NULL;

	plain = xreallocarray(NULL, s->n_values + 1, sizeof(*plain));
	for (uint32_t v = 0; v < s->n_values; v++)
		plain[v] = plain_address(s->values[v]);
	intern_add_all(a->clients, plain, s->n_values, in->client.of);
	for (uint32_t v = 0; v < s->n_values; v++) {
		if (plain[v].n == 0)
			in->client.of[v] = NO_STRING;
	}
}

static uint32_t
route_number(struct analysis *a, struct request_intake *in,
    const struct requests *r, size_t i)
{
	uint32_t method = r->method.rows[i], target = r->target.rows[i];
	uint32_t *known;

	if (method >= METHODS_MAX)
		return route_add(
		    a, r->method.values[method], r->target.values[target]);
	known = &in->route.of[(size_t)method * r->target.n_values + target];
	if (*known == NOT_YET)
		*known = route_add(
		    a, r->method.values[method], r->target.values[target]);
	return *known;
}

static void
intake_reset(struct request_intake *in, const struct requests *r)
{
	size_t methods = r->method.n_values;

	numbers_reset(&in->host, r->host.n_values);
	numbers_reset(&in->service, r->service.n_values);
	numbers_reset(&in->client, r->client.n_values);
	numbers_reset(&in->vhost, r->vhost.n_values);
	if (methods > METHODS_MAX)
		methods = METHODS_MAX;
	numbers_reset(&in->route, methods * r->target.n_values);
}

void
analysis_add_requests(struct analysis *a, const struct requests *r)
{
	struct request_intake *in = a->intake;

	if (in == NULL)
		in = a->intake = xcalloc(1, sizeof(*in));
	intake_reset(in, r);
	add_clients(a, in, &r->client);
	for (size_t i = 0; i < r->n; i++) {
		usec_t t = r->timestamp[i];
		int64_t status = r->status[i];
		struct request q = {
		    .id = (uint64_t)r->id[i],
		    .end = t,
		    .duration = r->duration[i],
		    .source = r->source,
		    .status = (uint16_t)(status > 0 ? status : 0),
		    .coarse = r->precision[i] >= USEC_PER_SEC,
		};

		if (t < a->o.lookback || t >= a->o.until)
			continue;
		if (in_window(a, t))
			source_saw(a, r->source, t, (unsigned)r->flags[i]);
		q.host = number(a, &in->host, &r->host, i);
		q.client = in->client.of[r->client.rows[i]];
		q.route = route_number(a, in, r, i);
		q.vhost = number(a, &in->vhost, &r->vhost, i);
		if (q.vhost == NO_STRING)
			q.vhost = number(a, &in->service, &r->service, i);
		if (r->request_id.values != NULL)
			q.request_id =
			    request_id_in(request_string(&r->request_id, i));
		GROW(a->requests, a->n_requests, a->size_requests);
		a->requests[a->n_requests++] = q;
	}
}

/* ---- once all are in ---- */

void
routes_count(struct analysis *a)
{
	size_t n = intern_count(a->pool) + 1;
	uint32_t *from = xcalloc(n + 1, sizeof(*from));

	for (size_t i = 0; i < a->n_requests; i++)
		from[route_slot(a->requests[i].route) + 1]++;
	for (size_t i = 1; i <= n; i++)
		from[i] += from[i - 1];
	a->route_from = from;
	a->n_route_slots = n;
}

void
requests_judge(struct analysis *a)
{
	for (size_t i = 0; i < a->n_requests; i++) {
		struct request *q = &a->requests[i];
		usec_t limit;

		q->is = 0;
		if (request_aborted(q))
			q->is |= REQUEST_ABORTED;
		if (request_failed(a, q)) {
			q->is |= REQUEST_FAILED;
			continue;
		}
		if (q->duration < 0)
			continue;
		limit = slow_limit(a, q->route);
		if (limit >= 0)
			q->is |= REQUEST_PACED;
		if (limit >= 0 && q->duration > limit)
			q->is |= REQUEST_SLOW;
	}
}
