/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_REPORT_HTML_ASSETS_H
#define RECOUNT_REPORT_HTML_ASSETS_H

/* The files of src/report/html, embedded when built; each with its hash as a
 * Content-Security-Policy has it, "sha256-…". */
extern const char html_report_css[], html_report_css_hash[];
extern const char html_report_js[], html_report_js_hash[];

#endif
