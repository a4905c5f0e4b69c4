/* SPDX-License-Identifier: MIT */
/*
 * Objectives of the configuration: [slo "NAME"].
 *
 * They belong to the report, which judges with them; the daemon only checks
 * that they can be read.
 */
#include <errno.h>

#include "config-internal.h"

/* The workbook's and most people's. */
#define PERIOD_DEFAULT (30 * USEC_PER_DAY)
#define DIGITS_MAX 9 /* of either part of a percentage */

struct config_slo *
config_add_slo(struct config *c, struct str name)
{
	for (size_t i = 0; i < c->n_slos; i++)
		if (str_eq(str_of(c->slos[i].name), name))
			return NULL;
	c->slos = xreallocarray(c->slos, c->n_slos + 1, sizeof(*c->slos));
	c->slos[c->n_slos] = (struct config_slo){
	    .name = str_dup(name),
	    .period = PERIOD_DEFAULT,
	};
	return &c->slos[c->n_slos++];
}

void
config_slos_free(struct config *c)
{
	for (size_t i = 0; i < c->n_slos; i++) {
		xfree(c->slos[i].name);
		xfree(c->slos[i].match);
	}
	xfree(c->slos);
}

int
config_percent_parse(struct str text, double *ret)
{
	struct str whole, part;
	uint64_t a, b = 0;
	double value, scale = 1;

	if (text.n && text.p[text.n - 1] == '%')
		text = str_trim(str_sub(text, 0, text.n - 1));
	part = str_cut(text, '.', &whole);
	if (whole.n > DIGITS_MAX || part.n > DIGITS_MAX ||
	    !str_to_u64(whole, &a) || (part.p && !str_to_u64(part, &b)))
		return -EINVAL;
	for (size_t i = 0; i < part.n; i++)
		scale *= 10;
	value = ((double)a * scale + (double)b) / (100 * scale);
	if (!(value > 0 && value < 1))
		return -EINVAL;
	*ret = value;
	return 0;
}
