/* SPDX-License-Identifier: MIT */
/*
 * One table for the encoder, the decoder and the shapes of lines, so that a
 * field cannot be written by one and forgotten by another.
 */
#include "fields.h"

#define AT(field) offsetof(struct log_event, field)

const struct int_field int_fields[SEGMENT_INTS] = {
    [INT_ID] = {PART_BASE, TYPE_I64, false, AT(id)},
    [INT_TIMESTAMP] = {PART_BASE, TYPE_I64, true, AT(timestamp)},
    [INT_OBSERVED] = {PART_BASE, TYPE_I64, true, AT(observed)},
    [INT_PRECISION] = {PART_BASE, TYPE_I64, true, AT(precision)},
    [INT_KIND] = {PART_BASE, TYPE_KIND, false, AT(kind)},
    [INT_SEVERITY] = {PART_BASE, TYPE_INT, false, AT(severity)},
    [INT_FLAGS] = {PART_BASE, TYPE_INT, false, AT(flags)},
    [INT_PID] = {PART_ORIGIN, TYPE_I64, false, AT(pid)},
    [INT_PATTERN] = {PART_ORIGIN, TYPE_I64, false, AT(pattern)},
    [INT_STATUS] = {PART_HTTP, TYPE_INT, false, AT(status)},
    [INT_BODY_BYTES] = {PART_HTTP, TYPE_I64, false, AT(body_bytes)},
    [INT_DURATION] = {PART_HTTP, TYPE_I64, true, AT(duration)},
    [INT_UPSTREAM_DURATION] = {PART_HTTP, TYPE_I64, true,
	AT(upstream_duration)},
    [INT_UPSTREAM_STATUS] = {PART_HTTP, TYPE_INT, false, AT(upstream_status)},
    [INT_UPSTREAM_TRIES] = {PART_HTTP, TYPE_INT, false, AT(upstream_tries)},
    [INT_CONNECTION] = {PART_HTTP, TYPE_I64, false, AT(connection)},
};

const struct string_field string_fields[SEGMENT_STRINGS] = {
    {PART_ORIGIN, AT(host)},
    {PART_ORIGIN, AT(service)},
    {PART_ORIGIN, AT(identifier)},
    {PART_ORIGIN, AT(unit)},
    {PART_ORIGIN, AT(message_id)},
    {PART_HTTP, AT(method)},
    {PART_HTTP, AT(target)},
    {PART_HTTP, AT(upstream)},
    {PART_HTTP, AT(client)},
    {PART_HTTP, AT(vhost)},
    {PART_HTTP, AT(request_id)},
    {PART_HTTP, AT(user_agent)},
    [STRING_CURSOR] = {PART_RAW, AT(cursor)},
};

void
field_set_int(struct log_event *ev, unsigned k, int64_t v)
{
	char *at = (char *)ev + int_fields[k].at;

	switch (int_fields[k].type) {
	case TYPE_I64:
		*(int64_t *)at = v;
		break;
	case TYPE_KIND:
		*(enum event_kind *)at = (enum event_kind)v;
		break;
	default:
		*(int *)at = (int)v;
		break;
	}
}
