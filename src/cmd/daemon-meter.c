/* SPDX-License-Identifier: MIT */
/*
 * Figures of the running daemon: how long commits take, what went wrong last
 * with which source, how much comes in.
 *
 * A rate is taken over one to two minutes: two samples of all totals are kept,
 * and the newer becomes the older once a minute.  Everything is bounded: errors
 * are kept for METER_ERRORS_MAX sources, the first ones to have any.
 */
#include <time.h>

#include "daemon-metrics.h"

const double meter_bounds[METER_BUCKETS] = {
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};

int64_t
meter_clock(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * USEC_PER_SEC + ts.tv_nsec / 1000;
}

void
meter_start(struct meter *m)
{
	m->started = clock_now();
	m->last_commit = USEC_NONE;
}

static void
sample_end(struct meter_sample *s)
{
	ingest_totals_free(s->totals, s->n);
	*s = (struct meter_sample){0};
}

void
meter_end(struct meter *m)
{
	for (size_t i = 0; i < m->n_errors; i++) {
		xfree(m->errors[i].source);
		xfree(m->errors[i].text);
	}
	sample_end(&m->before);
	sample_end(&m->since);
}

void
meter_commit(struct meter *m, int64_t began, bool done)
{
	double took = (double)(meter_clock() - began) / (double)USEC_PER_SEC;
	size_t i = 0;

	if (!done) {
		m->failed++;
		return;
	}
	while (i < METER_BUCKETS && took > meter_bounds[i])
		i++;
	m->buckets[i]++;
	m->commits++;
	m->seconds += took;
	if (took > m->longest)
		m->longest = took;
	m->last_commit = clock_now();
}

double
meter_quantile(const struct meter *m, double share)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < METER_BUCKETS; i++) {
		sum += m->buckets[i];
		if (sum > 0 && (double)sum >= share * (double)m->commits)
			return meter_bounds[i] < m->longest ? meter_bounds[i]
							    : m->longest;
	}
	return m->commits > 0 ? m->longest : -1;
}

const struct meter_error *
meter_error_of(const struct meter *m, const char *source)
{
	for (size_t i = 0; i < m->n_errors; i++)
		if (!strcmp(m->errors[i].source, source))
			return &m->errors[i];
	return NULL;
}

void
meter_error(struct meter *m, const char *source, const char *text)
{
	struct meter_error *e = (void *)(uintptr_t)meter_error_of(m, source);

	if (!e) {
		if (m->n_errors == METER_ERRORS_MAX)
			return;
		e = &m->errors[m->n_errors++];
		e->source = xstrdup(source);
	}
	xfree(e->text);
	e->text = xstrdup(text);
	e->at = clock_now();
	e->count++;
}

static void
take_sample(struct meter_sample *s, const struct ingest *in, int64_t now)
{
	s->at = now;
	s->n = ingest_totals(in, &s->totals);
}

void
meter_tick(struct meter *m, const struct ingest *in)
{
	int64_t now = meter_clock() / USEC_PER_MSEC;

	if (m->since.at != 0 && now - m->since.at < METER_MINUTE_MSEC)
		return;
	sample_end(&m->before);
	m->before = m->since;
	m->since = (struct meter_sample){0};
	take_sample(&m->since, in, now);
}

double
meter_rate(const struct meter *m, const struct ingest_total *t)
{
	const struct meter_sample *s = m->before.at ? &m->before : &m->since;
	int64_t now = meter_clock() / USEC_PER_MSEC;
	uint64_t before = 0;

	if (s->at == 0 || now - s->at < 1000)
		return -1;
	for (size_t i = 0; i < s->n; i++)
		if (s->totals[i].kind == t->kind &&
		    !strcmp(s->totals[i].name, t->name))
			before = s->totals[i].events;
	return (double)(t->events - before) * 1000 / (double)(now - s->at);
}
