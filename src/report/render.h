/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_REPORT_RENDER_H
#define RECOUNT_REPORT_RENDER_H

#include "recount/report.h"

void report_render_text(
    const struct report *r, const struct report_options *o, struct buf *out);
void report_render_json(
    const struct report *r, const struct report_options *o, struct buf *out);
void report_render_markdown(
    const struct report *r, const struct report_options *o, struct buf *out);
void report_render_jsonl(
    const struct report *r, const struct report_options *o, struct buf *out);
void report_render_csv(
    const struct report *r, const struct report_options *o, struct buf *out);
void report_render_html(
    const struct report *r, const struct report_options *o, struct buf *out);

#endif
