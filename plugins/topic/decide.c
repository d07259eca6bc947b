/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/topic/decide.h"

#include "core/topic.h"
#include "core/utf8.h"
#include "plugins/topic/naming.h"

struct question {
    const struct bednet_topics_policy *policy;
    const struct bednet_standing *standing; /* NULL: nobody in particular */
    struct bednet_text topic;               /* without `$share/group/` */
    bool is_filter;
    bool shared;
    struct bednet_decision *decision;
};

static bool deny(const struct question *question, enum bednet_reason reason, struct bednet_source rule)
{
    *question->decision = (struct bednet_decision){.verdict = BEDNET_DENY, .reason = reason, .rule = rule};
    return true;
}

static bool is_wildcard(struct bednet_text level)
{
    return level.len == 1 && (level.ptr[0] == '+' || level.ptr[0] == '#');
}

static bool character_is_allowed(const struct bednet_topics_policy *policy, unsigned char c)
{
    return c < 128 && (policy->characters[c / 64] >> (c % 64) & 1) != 0;
}

static bool has_foreign_character(const struct question *question, const struct bednet_levels *levels)
{
    for (size_t i = 0; i < levels->count; i++) {
        struct bednet_text level = bednet_level_text(&levels->level[i]);
        if (question->is_filter && is_wildcard(level))
            continue;
        for (size_t at = 0; at < level.len; at++) {
            bool opens_broker_name = i == 0 && at == 0 && level.ptr[0] == '$';
            if (!opens_broker_name && !character_is_allowed(question->policy, (unsigned char)level.ptr[at]))
                return true;
        }
    }
    return false;
}

/* A leading slash makes the first level empty; that is leading_slash's to judge. */
static bool has_empty_level(const struct bednet_levels *levels)
{
    for (size_t i = 1; i < levels->count; i++)
        if (levels->level[i].len == 0)
            return true;
    return false;
}

static bool breaks_shape(const struct question *question, const struct bednet_levels *levels)
{
    const struct bednet_topics_policy *policy = question->policy;
    if (policy->levels_max.source.line != 0 && levels->count > policy->levels_max.value)
        return deny(question, BEDNET_REASON_LEVELS, policy->levels_max.source);
    if (policy->leading_slash.denied && levels->level[0].len == 0)
        return deny(question, BEDNET_REASON_LEADING_SLASH, policy->leading_slash.source);
    if (policy->empty_levels.denied && has_empty_level(levels))
        return deny(question, BEDNET_REASON_EMPTY_LEVELS, policy->empty_levels.source);
    if (policy->characters_source.line != 0 && has_foreign_character(question, levels))
        return deny(question, BEDNET_REASON_CHARACTERS, policy->characters_source);
    return false;
}

static bool has_role_for_multi_level(const struct question *question)
{
    const struct bednet_topics_policy *policy = question->policy;
    size_t role_count = question->standing != NULL ? question->standing->role_count : 0;
    for (size_t i = 0; i < role_count; i++)
        for (size_t k = 0; k < policy->multi_level_role_count; k++)
            if (question->standing->roles[i] == policy->multi_level_roles[k])
                return true;
    return false;
}

static bool breaks_multi_level(const struct question *question, size_t literals)
{
    const struct bednet_topics_policy *policy = question->policy;
    if (policy->multi_level.denied)
        return deny(question, BEDNET_REASON_MULTI_LEVEL, policy->multi_level.source);
    if (policy->multi_level_min_literals.source.line != 0 &&
        literals < policy->multi_level_min_literals.value)
        return deny(question, BEDNET_REASON_MULTI_LEVEL, policy->multi_level_min_literals.source);
    if (policy->multi_level_roles != NULL && !has_role_for_multi_level(question))
        return deny(question, BEDNET_REASON_MULTI_LEVEL, policy->multi_level_roles_source);
    return false;
}

/* `first` is the first level that is one, counted from 1. */
static bool breaks_single_level(const struct question *question, size_t singles, size_t first)
{
    const struct bednet_topics_policy *policy = question->policy;
    if (policy->single_level.denied)
        return deny(question, BEDNET_REASON_SINGLE_LEVEL, policy->single_level.source);
    if (policy->single_level_max.source.line != 0 && singles > policy->single_level_max.value)
        return deny(question, BEDNET_REASON_SINGLE_LEVEL, policy->single_level_max.source);
    if (policy->single_level_from.source.line != 0 && first < policy->single_level_from.value)
        return deny(question, BEDNET_REASON_SINGLE_LEVEL, policy->single_level_from.source);
    return false;
}

static bool breaks_wildcards(const struct question *question, const struct bednet_levels *levels)
{
    const struct bednet_topics_policy *policy = question->policy;
    size_t singles = 0;
    size_t first = 0;
    for (size_t i = levels->count; i > 0; i--)
        if (levels->level[i - 1].len == 1 && levels->level[i - 1].ptr[0] == '+') {
            singles++;
            first = i;
        }
    const struct bednet_level *last = &levels->level[levels->count - 1];
    bool multi = last->len == 1 && last->ptr[0] == '#';

    if (question->shared && policy->shared.denied)
        return deny(question, BEDNET_REASON_SHARED, policy->shared.source);
    return (multi && breaks_multi_level(question, levels->count - singles - multi)) ||
           (singles > 0 && breaks_single_level(question, singles, first));
}

/* What can be said without looking at levels. */
static bool breaks_extent(const struct question *question)
{
    const struct bednet_topics_policy *policy = question->policy;
    struct bednet_text topic = question->topic;
    if (policy->bytes_max.source.line != 0 && topic.len > policy->bytes_max.value)
        return deny(question, BEDNET_REASON_BYTES, policy->bytes_max.source);
    if (policy->characters_max.source.line != 0 && topic.len > policy->characters_max.value &&
        bednet_utf8_count(topic) > policy->characters_max.value)
        return deny(question, BEDNET_REASON_LENGTH, policy->characters_max.source);
    if (policy->dollar.denied && topic.len > 0 && topic.ptr[0] == '$')
        return deny(question, BEDNET_REASON_DOLLAR, policy->dollar.source);
    return false;
}

static void judge_name(const struct question *question)
{
    unsigned exemptions = question->standing != NULL ? question->standing->exemptions : 0;
    struct bednet_levels levels;
    if (breaks_extent(question))
        return;
    if (!bednet_levels_split(question->topic, &levels))
        deny(question, BEDNET_REASON_SYNTAX, (struct bednet_source){0});
    else if (breaks_shape(question, &levels) ||
             (question->is_filter && (exemptions & BEDNET_EXEMPT_TOPIC_WILDCARDS) == 0 &&
              breaks_wildcards(question, &levels)))
        return;
    else if ((exemptions & BEDNET_EXEMPT_TOPIC_TEMPLATE) == 0)
        bednet_topic_is_named(question->policy, &levels, question->is_filter,
                              question->standing != NULL ? question->standing->subject : NULL,
                              question->decision);
}

void bednet_topic_decide(const struct bednet_topics_policy *policy, const struct bednet_standing *standing,
                         const struct bednet_access *access, struct bednet_decision *decision)
{
    *decision = (struct bednet_decision){.verdict = BEDNET_DEFER};
    if ((access->action != BEDNET_ACTION_PUBLISH && access->action != BEDNET_ACTION_SUBSCRIBE) ||
        (standing != NULL && (standing->exemptions & BEDNET_EXEMPT_TOPICS) != 0))
        return;

    struct question question = {
        .policy = policy,
        .standing = standing,
        .topic = access->topic,
        .is_filter = access->action == BEDNET_ACTION_SUBSCRIBE,
        .decision = decision,
    };
    if (question.is_filter)
        question.topic = bednet_filter_unshared(access->topic, &question.shared);
    if (question.topic.ptr == NULL)
        deny(&question, BEDNET_REASON_SYNTAX, (struct bednet_source){0});
    else
        judge_name(&question);
    if (decision->verdict != BEDNET_DENY && question.is_filter && access->is_new &&
        policy->subscriptions_max.source.line != 0 &&
        access->subscriptions >= policy->subscriptions_max.value)
        deny(&question, BEDNET_REASON_SUBSCRIPTIONS, policy->subscriptions_max.source);
}

unsigned bednet_topic_exemptions(enum bednet_reason reason)
{
    switch (reason) {
    case BEDNET_REASON_MULTI_LEVEL:
    case BEDNET_REASON_SINGLE_LEVEL:
    case BEDNET_REASON_SHARED:
        return BEDNET_EXEMPT_TOPICS | BEDNET_EXEMPT_TOPIC_WILDCARDS;
    case BEDNET_REASON_TEMPLATE:
    case BEDNET_REASON_SEGMENT:
        return BEDNET_EXEMPT_TOPICS | BEDNET_EXEMPT_TOPIC_TEMPLATE;
    default:
        return BEDNET_EXEMPT_TOPICS;
    }
}
