/* SPDX-License-Identifier: MIT */
#ifndef RECOUNT_REPORT_JSON_PARTS_H
#define RECOUNT_REPORT_JSON_PARTS_H

/* Members of the objects of "recount.report/1", for JSON and JSON Lines: the
 * caller has the object open. */

#include "recount/jwrite.h"
#include "recount/report.h"

/* From "schema" to "totals". */
void json_head(struct jwrite *j, const struct report *r);
/* sought: whether similar ones were looked for; clients: list them. */
void json_incident(
    struct jwrite *j, const struct incident *in, bool sought, bool clients);
void json_item(struct jwrite *j, const struct timeline_item *item);
void json_coverage(struct jwrite *j, const struct coverage *c);
void json_evidence(struct jwrite *j, const struct evidence *e);
void json_client(struct jwrite *j, const struct impact_client *c);

#endif
