/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EMQX's `acl` claim: an object of lists that allow, as in EMQX 4, or a list of rules, as from 5.5 on.
 *
 * There the first rule that matches decides. Here a denial gives way to what stands before it only where it
 * is about all of that and more, as the usual last rule `deny all "#"` is; where it is narrower, the token
 * asks for two things, and deny beats allow.
 */
#include "token/permissions_internal.h"

static const struct bednet_part client_id = {BEDNET_PART_CLIENT_ID, {NULL, 0}};
static const struct bednet_part username = {BEDNET_PART_USERNAME, {NULL, 0}};

/* Those of version 5, and those of version 4, which had to fill a level. */
static const struct bednet_placeholder placeholders[] = {
    {.text = {"${clientid}", 11}, .value = {.parts = &client_id, .part_count = 1}},
    {.text = {"${username}", 11}, .value = {.parts = &username, .part_count = 1}},
    {.text = {"%c", 2}, .value = {.parts = &client_id, .part_count = 1}, .whole_level = true},
    {.text = {"%u", 2}, .value = {.parts = &username, .part_count = 1}, .whole_level = true},
};

/* The members of a rule; NULL where it does not have them. */
struct rule {
    const struct bednet_json *permission;
    const struct bednet_json *action;
    const struct bednet_json *topic;
    const struct bednet_json *topics;
    const struct bednet_json *qos;
    const struct bednet_json *retain;
};

static bool is(const struct bednet_json *value, const char *text)
{
    return bednet_json_is(value, bednet_text(text));
}

static bool is_number(const struct bednet_json *value, const char *digits)
{
    return value->type == BEDNET_JSON_INTEGER && bednet_text_equal(value->text, bednet_text(digits));
}

static unsigned actions_of(const struct bednet_json *value)
{
    if (is(value, "publish") || is(value, "pub"))
        return BEDNET_ACTION_BIT(PUBLISH);
    if (is(value, "subscribe") || is(value, "sub"))
        return BEDNET_ACTION_BIT(SUBSCRIBE);
    if (is(value, "all"))
        return BEDNET_ACTION_BIT(PUBLISH) | BEDNET_ACTION_BIT(SUBSCRIBE);
    return 0;
}

/* The mask of one level, a number or a string; 0 where it is neither. */
static unsigned qos_of(const struct bednet_json *value)
{
    if ((value->type != BEDNET_JSON_INTEGER && value->type != BEDNET_JSON_STRING) || value->text.len != 1 ||
        value->text.ptr[0] < '0' || value->text.ptr[0] > '2')
        return 0;
    return 1u << (value->text.ptr[0] - '0');
}

static bool read_qos(const struct bednet_json *value, uint8_t *mask)
{
    if (value == NULL || value->type == BEDNET_JSON_NULL) {
        *mask = BEDNET_PERMISSION_QOS_ALL;
        return true;
    }
    if (value->type != BEDNET_JSON_ARRAY) {
        *mask = (uint8_t)qos_of(value);
        return *mask != 0;
    }
    *mask = 0;
    const struct bednet_json *element = value + 1;
    for (uint32_t i = 0; i < value->size; i++, element += element->span) {
        unsigned level = qos_of(element);
        if (level == 0)
            return false;
        *mask |= (uint8_t)level;
    }
    return *mask != 0;
}

static bool read_retain(const struct bednet_json *value, uint8_t *retain)
{
    if (value == NULL || value->type == BEDNET_JSON_NULL || is(value, "all"))
        *retain = BEDNET_RETAIN_ANY;
    else if (value->type == BEDNET_JSON_TRUE || is(value, "true") || is(value, "1") || is_number(value, "1"))
        *retain = BEDNET_RETAIN_SET;
    else if (value->type == BEDNET_JSON_FALSE || is(value, "false") || is(value, "0") ||
             is_number(value, "0"))
        *retain = BEDNET_RETAIN_CLEAR;
    else
        return false;
    return true;
}

/* `eq FILTER` is about a subscription to this very filter. EMQX fills nothing in there; see what was meant.
 */
static bool add(struct bednet_permissions_reader *reader, struct bednet_permission entry,
                const struct bednet_json *topic)
{
    static const struct bednet_text equal = {"eq ", 3};
    struct bednet_json bare = *topic;
    if (topic->type != BEDNET_JSON_STRING)
        return false;
    if (topic->text.len >= equal.len && memcmp(topic->text.ptr, equal.ptr, equal.len) == 0) {
        bare.text = (struct bednet_text){topic->text.ptr + equal.len, topic->text.len - equal.len};
        entry.literal = memchr(bare.text.ptr, '+', bare.text.len) != NULL ||
                        memchr(bare.text.ptr, '#', bare.text.len) != NULL;
        if (bednet_permissions_has_placeholder(reader, bare.text))
            return false;
    }
    return bednet_permissions_add(reader, entry, &bare);
}

static bool add_each(struct bednet_permissions_reader *reader, struct bednet_permission entry,
                     const struct bednet_json *topics)
{
    if (topics->type != BEDNET_JSON_ARRAY)
        return false;
    const struct bednet_json *topic = topics + 1;
    for (uint32_t i = 0; i < topics->size; i++, topic += topic->span) {
        if (!add(reader, entry, topic))
            return false;
    }
    return true;
}

static bool read_members(const struct bednet_json *object, struct rule *rule)
{
    const struct {
        const char *name;
        const struct bednet_json **value;
    } known[] = {
        {"permission", &rule->permission}, {"action", &rule->action}, {"topic", &rule->topic},
        {"topics", &rule->topics},         {"qos", &rule->qos},       {"retain", &rule->retain},
    };
    if (object->type != BEDNET_JSON_OBJECT)
        return false;
    const struct bednet_json *member = object + 1;
    for (uint32_t i = 0; i < object->size; i++, member += member->span) {
        size_t k = 0;
        while (k < sizeof known / sizeof *known &&
               !bednet_text_equal(member->name, bednet_text(known[k].name)))
            k++;
        if (k == sizeof known / sizeof *known)
            return false;
        *known[k].value = member;
    }
    return true;
}

static bool read_rule(struct bednet_permissions_reader *reader, const struct bednet_json *object)
{
    struct rule rule = {0};
    if (!read_members(object, &rule))
        return false;
    struct bednet_permission entry = {.denies = is(rule.permission, "deny"),
                                      .actions = (uint8_t)actions_of(rule.action)};
    entry.yields = entry.denies;
    if ((!entry.denies && !is(rule.permission, "allow")) || entry.actions == 0 ||
        !read_qos(rule.qos, &entry.qos) || !read_retain(rule.retain, &entry.retain) ||
        (rule.topic != NULL) == (rule.topics != NULL))
        return false;
    if ((entry.actions & BEDNET_ACTION_BIT(PUBLISH)) == 0)
        entry.retain = BEDNET_RETAIN_ANY;
    return rule.topic != NULL ? add(reader, entry, rule.topic) : add_each(reader, entry, rule.topics);
}

static bool read_rules(struct bednet_permissions_reader *reader, const struct bednet_json *rules)
{
    const struct bednet_json *rule = rules + 1;
    for (uint32_t i = 0; i < rules->size; i++, rule += rule->span) {
        if (!read_rule(reader, rule))
            return false;
    }
    return true;
}

static bool read_lists(struct bednet_permissions_reader *reader, const struct bednet_json *object)
{
    const struct bednet_json *member = object + 1;
    for (uint32_t i = 0; i < object->size; i++, member += member->span) {
        struct bednet_permission entry = {.qos = BEDNET_PERMISSION_QOS_ALL};
        if (bednet_text_equal(member->name, BEDNET_TEXT_LITERAL("pub")))
            entry.actions = BEDNET_ACTION_BIT(PUBLISH);
        else if (bednet_text_equal(member->name, BEDNET_TEXT_LITERAL("sub")))
            entry.actions = BEDNET_ACTION_BIT(SUBSCRIBE);
        else if (bednet_text_equal(member->name, BEDNET_TEXT_LITERAL("all")))
            entry.actions = BEDNET_ACTION_BIT(PUBLISH) | BEDNET_ACTION_BIT(SUBSCRIBE);
        if (entry.actions == 0 || !add_each(reader, entry, member))
            return false;
    }
    return true;
}

bool bednet_permissions_read_emqx(struct bednet_permissions_reader *reader, const struct bednet_json *value)
{
    reader->placeholders = placeholders;
    reader->placeholder_count = sizeof placeholders / sizeof *placeholders;
    if (value->type == BEDNET_JSON_ARRAY)
        return read_rules(reader, value);
    return value->type == BEDNET_JSON_OBJECT && read_lists(reader, value);
}
