/* SPDX-License-Identifier: MIT */
/*
 * One table for the encoder, the decoder and the shapes of lines, so that a
 * field cannot be written by one and forgotten by another.
 */
#include "fields.h"

#define AT(field) offsetof(struct log_event, field)

const struct int_field int_fields[SEGMENT_INTS] = {
#define X(number, part, type, span, field)                                     \
	[number] = {part, type, span, AT(field)},
    INT_FIELDS(X)
#undef X
};

const struct string_field string_fields[SEGMENT_STRINGS] = {
    [STRING_HOST] = {PART_ORIGIN, AT(host)},
    [STRING_SERVICE] = {PART_ORIGIN, AT(service)},
    [STRING_IDENTIFIER] = {PART_ORIGIN, AT(identifier)},
    [STRING_UNIT] = {PART_ORIGIN, AT(unit)},
    [STRING_MESSAGE_ID] = {PART_ORIGIN, AT(message_id)},
    [STRING_METHOD] = {PART_HTTP, AT(method)},
    [STRING_TARGET] = {PART_HTTP, AT(target)},
    [STRING_UPSTREAM] = {PART_HTTP, AT(upstream)},
    [STRING_CLIENT] = {PART_HTTP, AT(client)},
    [STRING_VHOST] = {PART_HTTP, AT(vhost)},
    [STRING_REQUEST_ID] = {PART_HTTP, AT(request_id)},
    [STRING_USER_AGENT] = {PART_HTTP, AT(user_agent)},
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
