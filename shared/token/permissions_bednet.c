/* SPDX-License-Identifier: Apache-2.0 */
/* Bednet's own list: {"publish": [...], "subscribe": [...], "receive": [...], "deny": {the same}}. */
#include "token/permissions_internal.h"

static const struct bednet_part client_id = {BEDNET_PART_CLIENT_ID, {NULL, 0}};
static const struct bednet_part username = {BEDNET_PART_USERNAME, {NULL, 0}};

/* As in the policy file. */
static const struct bednet_placeholder placeholders[] = {
    {.text = {"${client_id}", 12}, .value = {.parts = &client_id, .part_count = 1}},
    {.text = {"${username}", 11}, .value = {.parts = &username, .part_count = 1}},
};

static unsigned actions_of(struct bednet_text name)
{
    if (bednet_text_equal(name, BEDNET_TEXT_LITERAL("publish")))
        return BEDNET_ACTION_BIT(PUBLISH);
    if (bednet_text_equal(name, BEDNET_TEXT_LITERAL("subscribe")))
        return BEDNET_ACTION_BIT(SUBSCRIBE);
    if (bednet_text_equal(name, BEDNET_TEXT_LITERAL("receive")))
        return BEDNET_ACTION_BIT(RECEIVE);
    return 0;
}

static bool read_side(struct bednet_permissions_reader *reader, const struct bednet_json *object, bool denies)
{
    if (object->type != BEDNET_JSON_OBJECT)
        return false;
    const struct bednet_json *member = object + 1;
    for (uint32_t i = 0; i < object->size; i++, member += member->span) {
        struct bednet_permission entry = {
            .denies = denies, .actions = (uint8_t)actions_of(member->name), .qos = BEDNET_PERMISSION_QOS_ALL};
        bool understood;
        if (!denies && bednet_text_equal(member->name, BEDNET_TEXT_LITERAL("deny")))
            understood = read_side(reader, member, true);
        else if (entry.actions == 0)
            understood = false;
        else if (member->type == BEDNET_JSON_STRING)
            understood = bednet_permissions_add(reader, entry, member);
        else
            understood = bednet_permissions_add_each(reader, entry, member);
        if (!understood)
            return false;
    }
    return true;
}

bool bednet_permissions_read_bednet(struct bednet_permissions_reader *reader, const struct bednet_json *value)
{
    reader->placeholders = placeholders;
    reader->placeholder_count = sizeof placeholders / sizeof *placeholders;
    return read_side(reader, value, false);
}
