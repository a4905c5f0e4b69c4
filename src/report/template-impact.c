/* SPDX-License-Identifier: MIT */
/*
 * Impact in words, beside its numbers.  A text that would say nothing (none
 * was slow, nothing is known) is left out, so that a template can ask for it
 * with a section.
 */
#include <math.h>

#include "template-model.h"
#include "words.h"

static void
add_requests(json_t *impact, const struct impact *im)
{
	json_t *requests = json_object_get(impact, "requests");
	CLEANUP(buf_free) struct buf b = BUF_INIT;

	if (im->total >= 0) {
		words_of(&b, im->failed, im->total, "request");
		model_put(requests, "failed_text", &b);
	}
	if (im->total > 0) {
		words_share(&b, words_ratio(im->failed, im->total));
		model_put(requests, "failed_share_text", &b);
	}
	if (im->baseline_failed_share >= 0) {
		words_share(&b, im->baseline_failed_share);
		model_put(requests, "baseline_failed_share_text", &b);
	}
	if (im->excess_failed >= 0.5 && im->excess_failed < 1e15) {
		words_count(&b, llround(im->excess_failed));
		model_put(requests, "excess_failed_text", &b);
	}
	if (im->aborted > 0) {
		words_of(&b, im->aborted, im->total, "request");
		model_put(requests, "aborted_text", &b);
	}
	if (im->slow > 0) {
		words_of(&b, im->slow, im->total, "request");
		model_put(requests, "slow_text", &b);
		words_ms(&b, im->slow_threshold_ms);
		model_put(requests, "slow_threshold_text", &b);
	}
}

static void
add_clients(json_t *impact, const struct impact *im)
{
	json_t *clients = json_object_get(impact, "clients");
	CLEANUP(buf_free) struct buf b = BUF_INIT;

	if (im->clients_total <= 0)
		return;
	words_of(&b, im->clients_affected, im->clients_total, "client");
	model_put(clients, "affected_text", &b);
	words_share(&b, words_ratio(im->clients_affected, im->clients_total));
	model_put(clients, "affected_share_text", &b);
}

static void
add_latency(json_t *latency, const char *key, const struct percentiles *p)
{
	json_t *object = json_object_get(latency, key);
	CLEANUP(buf_free) struct buf b = BUF_INIT;

	words_ms(&b, p->p50);
	model_put(object, "p50_text", &b);
	words_ms(&b, p->p95);
	model_put(object, "p95_text", &b);
	words_ms(&b, p->p99);
	model_put(object, "p99_text", &b);
}

static void
add_endpoints(json_t *impact, const struct impact *im)
{
	json_t *list = json_object_get(impact, "endpoints");
	CLEANUP(buf_free) struct buf b = BUF_INIT;

	for (size_t i = 0; i < im->n_endpoints; i++) {
		const struct impact_endpoint *e = &im->endpoints[i];
		json_t *one = json_array_get(list, i);

		buf_addf(&b, "%s%s%s", e->method ? e->method : "",
		    e->method ? " " : "", e->route ? e->route : "?");
		model_put(one, "name_text", &b);
		words_of(&b, e->failed, e->total, "request");
		model_put(one, "failed_text", &b);
		words_share(&b, words_ratio(e->failed, e->total));
		model_put(one, "failed_share_text", &b);
		words_share(&b, e->baseline_failed_share);
		model_put(one, "baseline_failed_share_text", &b);
	}
	model_number(list);
	model_put_bool(impact, "has_endpoints", im->n_endpoints > 0);
}

static void
add_units(json_t *impact, const struct impact *im)
{
	json_t *list = json_object_get(impact, "units");
	CLEANUP(buf_free) struct buf b = BUF_INIT;

	for (size_t i = 0; i < im->n_units; i++) {
		json_t *one = json_array_get(list, i);

		words_seconds(&b, im->units[i].down_s);
		model_put(one, "down_text", &b);
		words_counted(&b, im->units[i].restarts, "restart");
		model_put(one, "restarts_text", &b);
	}
	model_number(list);
	model_put_bool(impact, "has_units", im->n_units > 0);
}

static void
add_slos(json_t *impact, const struct impact *im)
{
	json_t *list = json_object_get(impact, "slo");
	CLEANUP(buf_free) struct buf b = BUF_INIT;

	for (size_t i = 0; i < im->n_slos; i++) {
		words_slo(&b, &im->slos[i], im->at_least);
		model_put(json_array_get(list, i), "text", &b);
	}
	model_number(list);
	model_put_bool(impact, "has_slo", im->n_slos > 0);
}

void
model_impact(json_t *incident, const struct incident *in)
{
	const struct impact *im = &in->impact;
	json_t *impact = json_object_get(incident, "impact");
	json_t *latency = json_object_get(impact, "latency_ms");

	add_requests(impact, im);
	add_clients(impact, im);
	add_latency(latency, "baseline", &im->latency_baseline);
	add_latency(latency, "during", &im->latency_during);
	model_put_bool(latency, "is_known", !isnan(im->latency_during.p50));
	add_endpoints(impact, im);
	add_units(impact, im);
	add_slos(impact, im);
	model_put_string(
	    impact, "at_least_text", im->at_least ? "at least " : "");
	if (im->at_least)
		model_put_string(impact, "at_least_reason",
		    im->at_least_reason ? im->at_least_reason
					: "logs are incomplete, see coverage");
}
