/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Authorization Information Format (RFC 9237) with the model for MQTT (RFC 9431, "Token Scope and
 * Authorization"): an array of ["filter", ["pub", "sub"]], as such or, as in the claim `scope`,
 * base64url-encoded.
 */
#include "token/base64url.h"
#include "token/permissions_internal.h"

/* Enough for as many entries as are kept, and for their filters with everything escaped a little. */
#define ENCODED_BYTES_MAX 8192
#define VALUES_MAX        (1 + 5 * BEDNET_PERMISSIONS_MAX)

static bool read_actions(const struct bednet_json *list, uint8_t *actions)
{
    if (list->type != BEDNET_JSON_ARRAY || list->size == 0)
        return false;
    const struct bednet_json *element = list + 1;
    *actions = 0;
    for (uint32_t i = 0; i < list->size; i++, element += element->span) {
        if (bednet_json_is(element, BEDNET_TEXT_LITERAL("pub")))
            *actions |= BEDNET_ACTION_BIT(PUBLISH);
        else if (bednet_json_is(element, BEDNET_TEXT_LITERAL("sub")))
            *actions |= BEDNET_ACTION_BIT(SUBSCRIBE);
        else
            return false;
    }
    return true;
}

static bool read_pairs(struct bednet_permissions_reader *reader, const struct bednet_json *pairs)
{
    if (pairs->type != BEDNET_JSON_ARRAY)
        return false;
    const struct bednet_json *pair = pairs + 1;
    for (uint32_t i = 0; i < pairs->size; i++, pair += pair->span) {
        struct bednet_permission entry = {.qos = BEDNET_PERMISSION_QOS_ALL};
        if (pair->type != BEDNET_JSON_ARRAY || pair->size != 2)
            return false;
        const struct bednet_json *filter = pair + 1;
        if (!read_actions(filter + filter->span, &entry.actions) ||
            !bednet_permissions_add(reader, entry, filter))
            return false;
    }
    return true;
}

static bool read_encoded(struct bednet_permissions_reader *reader, struct bednet_text encoded)
{
    struct bednet_json values[VALUES_MAX];
    struct bednet_json_fault fault;
    char text[BEDNET_BASE64URL_BYTES(ENCODED_BYTES_MAX)];
    size_t bytes;
    return encoded.len <= ENCODED_BYTES_MAX &&
           bednet_base64url_decode(encoded, (unsigned char *)text, &bytes) &&
           bednet_json_read(text, bytes, values, VALUES_MAX, &fault) && read_pairs(reader, values);
}

bool bednet_permissions_read_aif(struct bednet_permissions_reader *reader, const struct bednet_json *value)
{
    if (value->type == BEDNET_JSON_STRING)
        return read_encoded(reader, value->text);
    return read_pairs(reader, value);
}
