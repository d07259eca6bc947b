/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/acl/decide.h"

#define BIT(kind) (1u << (kind))

/* Which rules speak about an action: subscribing implies receiving, so receive asks both. */
static const struct {
    unsigned allow;
    unsigned deny;
} asked[BEDNET_ACTIONS] = {
    [BEDNET_ACTION_PUBLISH] = {BIT(BEDNET_ALLOW_PUBLISH), BIT(BEDNET_DENY_PUBLISH)},
    [BEDNET_ACTION_SUBSCRIBE] = {BIT(BEDNET_ALLOW_SUBSCRIBE), BIT(BEDNET_DENY_SUBSCRIBE)},
    [BEDNET_ACTION_RECEIVE] = {BIT(BEDNET_ALLOW_SUBSCRIBE) | BIT(BEDNET_ALLOW_RECEIVE),
                               BIT(BEDNET_DENY_SUBSCRIBE) | BIT(BEDNET_DENY_RECEIVE)},
};

static void conclude(struct bednet_decision *decision, enum bednet_verdict verdict, enum bednet_reason reason,
                     struct bednet_source rule)
{
    *decision = (struct bednet_decision){.verdict = verdict, .reason = reason, .rule = rule};
}

/* The place of a hit of one of these kinds, or line 0. */
static struct bednet_source hit_of(const struct bednet_rules_hits *hits, unsigned kinds)
{
    for (unsigned kind = 0; kind < BEDNET_RULE_KINDS; kind++)
        if ((kinds & BIT(kind)) != 0 && hits->source[kind].line != 0)
            return hits->source[kind];
    return (struct bednet_source){0};
}

static void judge(const struct bednet_policy *policy, const struct bednet_rules_hits *hits,
                  enum bednet_action action, struct bednet_decision *decision)
{
    struct bednet_source denied = hit_of(hits, asked[action].deny);
    if (denied.line != 0) {
        conclude(decision, BEDNET_DENY, BEDNET_REASON_DENY_RULE, denied);
        return;
    }
    struct bednet_source allowed = hit_of(hits, asked[action].allow);
    if (allowed.line != 0 || policy->default_allow) {
        conclude(decision, BEDNET_GRANT, BEDNET_REASON_NONE, allowed);
        return;
    }
    conclude(decision, BEDNET_DENY, hits->unusable ? BEDNET_REASON_UNUSABLE_VALUE : BEDNET_REASON_NO_RULE,
             policy->default_source);
}

static bool look_up(const struct bednet_policy *policy, const struct bednet_standing *standing,
                    const struct bednet_access *access, struct bednet_rules_hits *hits)
{
    unsigned kinds = asked[access->action].allow | asked[access->action].deny;
    if (access->action != BEDNET_ACTION_SUBSCRIBE)
        return bednet_rules_match(policy->acl.rules, standing->roles, standing->role_count, standing->subject,
                                  access->topic, kinds, hits);
    bool shared;
    struct bednet_text filter = bednet_filter_unshared(access->topic, &shared);
    return filter.ptr != NULL && bednet_rules_cover(policy->acl.rules, standing->roles, standing->role_count,
                                                    standing->subject, filter, kinds, hits);
}

void bednet_acl_decide(const struct bednet_policy *policy, const struct bednet_standing *standing,
                       const struct bednet_access *access, struct bednet_decision *decision)
{
    const struct bednet_source nowhere = {0};
    struct bednet_rules_hits hits;
    if (access->action == BEDNET_ACTION_UNSUBSCRIBE)
        conclude(decision, BEDNET_GRANT, BEDNET_REASON_NONE, nowhere);
    else if (standing->too_many_roles)
        conclude(decision, BEDNET_DENY, BEDNET_REASON_TOO_MANY_ROLES, nowhere);
    else if (!look_up(policy, standing, access, &hits))
        conclude(decision, BEDNET_DENY, BEDNET_REASON_SYNTAX, nowhere);
    else
        judge(policy, &hits, access->action, decision);
}
