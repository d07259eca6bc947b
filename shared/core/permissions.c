/* SPDX-License-Identifier: Apache-2.0 */
/* Asking a credential's own list, entry by entry: it is short. */
#include "core/permissions.h"

#include "core/filter.h"

#define BIT(action) (1u << BEDNET_ACTION_##action)

struct question {
    enum bednet_action action;
    struct bednet_text topic;
    uint8_t qos;
    bool retain;
};

static bool fits_qos(const struct bednet_permission *entry, uint8_t qos)
{
    return entry->qos == BEDNET_PERMISSION_QOS_ALL || (qos <= 2 && (entry->qos >> qos & 1) != 0);
}

static bool fits_retain(const struct bednet_permission *entry, bool retain)
{
    return entry->retain == BEDNET_RETAIN_ANY || (entry->retain == BEDNET_RETAIN_SET) == retain;
}

static bool speaks_of_publish(const struct bednet_permission *entry, const struct question *question)
{
    return (entry->actions & BIT(PUBLISH)) != 0 && fits_qos(entry, question->qos) &&
           fits_retain(entry, question->retain) &&
           (entry->literal ? bednet_text_equal(entry->filter, question->topic)
                           : bednet_filter_matches(entry->filter, question->topic));
}

static bool speaks_of_subscribe(const struct bednet_permission *entry, const struct question *question)
{
    return (entry->actions & BIT(SUBSCRIBE)) != 0 && fits_qos(entry, question->qos) &&
           (entry->literal ? bednet_text_equal(entry->filter, question->topic)
                           : bednet_filter_covers(entry->filter, question->topic));
}

/*
 * Whoever may not subscribe at one QoS, or to one filter, may do so at another, and what then comes is not
 * denied.
 */
static bool speaks_of_receive(const struct bednet_permission *entry, const struct question *question)
{
    unsigned actions = BIT(RECEIVE);
    if (!entry->denies || (entry->qos == BEDNET_PERMISSION_QOS_ALL && !entry->literal))
        actions |= BIT(SUBSCRIBE);
    return (entry->actions & actions) != 0 && bednet_filter_matches(entry->filter, question->topic);
}

static bool speaks_of(const struct bednet_permission *entry, const struct question *question)
{
    switch (question->action) {
    case BEDNET_ACTION_PUBLISH:
        return speaks_of_publish(entry, question);
    case BEDNET_ACTION_SUBSCRIBE:
        return speaks_of_subscribe(entry, question);
    case BEDNET_ACTION_RECEIVE:
        return speaks_of_receive(entry, question);
    default:
        return false;
    }
}

/* True when an allowing entry before `denial`, which may yield, is about no more than the denial is. */
static bool is_yielded(const struct bednet_permissions *permissions, size_t denial,
                       const struct question *question)
{
    const struct bednet_permission *denying = &permissions->entries[denial];
    for (size_t i = 0; i < denial; i++) {
        const struct bednet_permission *entry = &permissions->entries[i];
        if (!entry->denies && bednet_filter_covers(denying->filter, entry->filter) &&
            speaks_of(entry, question))
            return true;
    }
    return false;
}

enum bednet_permissions_answer bednet_permissions_ask(const struct bednet_permissions *permissions,
                                                      enum bednet_action action, struct bednet_text topic,
                                                      uint8_t qos, bool retain)
{
    const struct question question = {action, topic, qos, retain};
    enum bednet_permissions_answer answer = BEDNET_PERMISSIONS_SILENT;
    for (size_t i = 0; i < permissions->count; i++) {
        const struct bednet_permission *entry = &permissions->entries[i];
        if ((!entry->denies && answer == BEDNET_PERMISSIONS_ALLOW) || !speaks_of(entry, &question))
            continue;
        if (!entry->denies)
            answer = BEDNET_PERMISSIONS_ALLOW;
        else if (!entry->yields || !is_yielded(permissions, i, &question))
            return BEDNET_PERMISSIONS_DENY;
    }
    return answer;
}
