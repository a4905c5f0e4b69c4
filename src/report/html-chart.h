/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_REPORT_HTML_CHART_H
#define RECOUNT_REPORT_HTML_CHART_H

#include "html.h"

/* The timeline's items as links on the chart: circles with their centres at
 * y, on stems down to bottom. */
void html_chart_pins(struct html *h, int y, int bottom);

#endif
