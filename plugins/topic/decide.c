/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/topic/decide.h"

#include "core/topic.h"
#include "plugins/topic/naming.h"

struct question {
    const struct bednet_topics_policy *policy;
    struct bednet_text topic; /* without `$share/group/` */
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
        struct bednet_text level = levels->level[i];
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

static bool breaks_wildcards(const struct question *question, const struct bednet_levels *levels)
{
    const struct bednet_topics_policy *policy = question->policy;
    size_t singles = 0;
    for (size_t i = 0; i < levels->count; i++)
        singles += levels->level[i].len == 1 && levels->level[i].ptr[0] == '+';
    struct bednet_text last = levels->level[levels->count - 1];
    bool multi = last.len == 1 && last.ptr[0] == '#';
    size_t literals = levels->count - singles - multi;

    if (question->shared && policy->shared.denied)
        return deny(question, BEDNET_REASON_SHARED, policy->shared.source);
    if (multi && policy->multi_level.denied)
        return deny(question, BEDNET_REASON_MULTI_LEVEL, policy->multi_level.source);
    if (multi && policy->multi_level_min_literals.source.line != 0 &&
        literals < policy->multi_level_min_literals.value)
        return deny(question, BEDNET_REASON_MULTI_LEVEL, policy->multi_level_min_literals.source);
    if (singles > 0 && policy->single_level.denied)
        return deny(question, BEDNET_REASON_SINGLE_LEVEL, policy->single_level.source);
    if (policy->single_level_max.source.line != 0 && singles > policy->single_level_max.value)
        return deny(question, BEDNET_REASON_SINGLE_LEVEL, policy->single_level_max.source);
    return false;
}

static void judge(const struct question *question, const struct bednet_standing *standing)
{
    const struct bednet_topics_policy *policy = question->policy;
    unsigned exemptions = standing != NULL ? standing->exemptions : 0;
    struct bednet_levels levels;
    if (policy->bytes_max.source.line != 0 && question->topic.len > policy->bytes_max.value)
        deny(question, BEDNET_REASON_BYTES, policy->bytes_max.source);
    else if (!bednet_levels_split(question->topic, &levels))
        deny(question, BEDNET_REASON_SYNTAX, (struct bednet_source){0});
    else if (breaks_shape(question, &levels) ||
             (question->is_filter && (exemptions & BEDNET_EXEMPT_TOPIC_WILDCARDS) == 0 &&
              breaks_wildcards(question, &levels)))
        return;
    else if ((exemptions & BEDNET_EXEMPT_TOPIC_TEMPLATE) == 0)
        bednet_topic_is_named(policy, &levels, question->is_filter,
                              standing != NULL ? standing->subject : NULL, question->decision);
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
        .topic = access->topic,
        .is_filter = access->action == BEDNET_ACTION_SUBSCRIBE,
        .decision = decision,
    };
    if (question.is_filter)
        question.topic = bednet_filter_unshared(access->topic, &question.shared);
    if (question.topic.ptr == NULL)
        deny(&question, BEDNET_REASON_SYNTAX, (struct bednet_source){0});
    else
        judge(&question, standing);
}
