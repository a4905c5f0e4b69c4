/* SPDX-License-Identifier: MIT */
/*
 * The formats that -o names.  A new one is a render function and a row here.
 */
#include "render.h"

const struct report_format report_formats[] = {
    {"text", report_render_text},
    {"json", report_render_json},
    {"markdown", report_render_markdown},
    {"html", report_render_html},
    {"jsonl", report_render_jsonl},
    {"csv", report_render_csv},
    {NULL, NULL},
};
