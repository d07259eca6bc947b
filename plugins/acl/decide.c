/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/acl/decide.h"

#define BIT(kind) (1u << (kind))

/* Which rules speak about an action, and both of them as bednet_rules_allow takes them. */
#define ASKED(allows, denies, cover)                                                                         \
    {                                                                                                        \
        (allows), (denies), (allows) | (denies) | (cover)                                                    \
    }

static const struct {
    unsigned allow;
    unsigned deny;
    unsigned both;
} asked[BEDNET_ACTIONS] = {
    [BEDNET_ACTION_PUBLISH] = ASKED(BIT(BEDNET_ALLOW_PUBLISH), BIT(BEDNET_DENY_PUBLISH), 0),
    [BEDNET_ACTION_SUBSCRIBE] =
        ASKED(BIT(BEDNET_ALLOW_SUBSCRIBE), BIT(BEDNET_DENY_SUBSCRIBE), BEDNET_RULES_COVER),
    /* Subscribing implies receiving, so receive asks both. */
    [BEDNET_ACTION_RECEIVE] = ASKED(BIT(BEDNET_ALLOW_SUBSCRIBE) | BIT(BEDNET_ALLOW_RECEIVE),
                                    BIT(BEDNET_DENY_SUBSCRIBE) | BIT(BEDNET_DENY_RECEIVE), 0),
};

static void conclude(struct bednet_decision *decision, enum bednet_verdict verdict, enum bednet_reason reason,
                     struct bednet_source rule)
{
    *decision = (struct bednet_decision){.verdict = verdict, .reason = reason, .rule = rule};
}

/* The place of a hit of one of these kinds, of which there is one. */
static struct bednet_source hit_of(const struct bednet_rules_hits *hits, unsigned kinds)
{
    return hits->source[__builtin_ctz(hits->kinds & kinds)];
}

/* What the client's credential says, if it says anything of topics. */
static enum bednet_permissions_answer ask_credential(const struct bednet_standing *standing,
                                                     const struct bednet_access *access,
                                                     struct bednet_text topic)
{
    if (standing->permissions == NULL)
        return BEDNET_PERMISSIONS_SILENT;
    return bednet_permissions_ask(standing->permissions, access->action, topic, access->qos, access->retain);
}

/* Denials were seen to: what is left is who allows it, roles or credential or both. */
static void judge_allowed(const struct bednet_policy *policy, const struct bednet_rules_hits *hits,
                          const struct bednet_permissions *permissions, bool by_credential,
                          enum bednet_action action, struct bednet_decision *decision)
{
    const struct bednet_source nowhere = {0};
    bool is_allowed = (hits->kinds & asked[action].allow) != 0;
    bool by_roles = is_allowed || policy->default_allow;
    bool widens = permissions != NULL && permissions->use == BEDNET_PERMISSIONS_WIDEN;
    if (!by_roles && widens && by_credential)
        conclude(decision, BEDNET_GRANT, BEDNET_REASON_NONE, permissions->source);
    else if (!by_roles && hits->unmet.line != 0)
        conclude(decision, BEDNET_DENY, BEDNET_REASON_CONDITION, hits->unmet);
    else if (!by_roles)
        conclude(decision, BEDNET_DENY, hits->unusable ? BEDNET_REASON_UNUSABLE_VALUE : BEDNET_REASON_NO_RULE,
                 policy->default_source);
    else if (permissions != NULL && !widens && !by_credential)
        conclude(decision, BEDNET_DENY, BEDNET_REASON_TOKEN_NO_RULE, permissions->source);
    else
        conclude(decision, BEDNET_GRANT, BEDNET_REASON_NONE,
                 is_allowed ? hit_of(hits, asked[action].allow) : nowhere);
}

/*
 * A session that the broker found on its disk, and that no identity is known of: where credentials give
 * rights, nobody can tell what it had.
 */
static bool is_unknown(const struct bednet_policy *policy, const struct bednet_standing *standing,
                       const struct bednet_access *access)
{
    return standing->who == 0 && access->client.address == NULL && access->action == BEDNET_ACTION_RECEIVE &&
           (policy->section[BEDNET_PLUGIN_JWT].line != 0 || policy->section[BEDNET_PLUGIN_CERT].line != 0);
}

static void judge(const struct bednet_policy *policy, const struct bednet_standing *standing,
                  const struct bednet_access *access, struct bednet_text topic,
                  const struct bednet_rules_hits *hits, struct bednet_decision *decision)
{
    if ((hits->kinds & asked[access->action].deny) != 0) {
        conclude(decision, BEDNET_DENY, BEDNET_REASON_DENY_RULE, hit_of(hits, asked[access->action].deny));
        return;
    }
    enum bednet_permissions_answer answer = ask_credential(standing, access, topic);
    if (answer == BEDNET_PERMISSIONS_DENY)
        conclude(decision, BEDNET_DENY, BEDNET_REASON_TOKEN_DENIES, standing->permissions->source);
    else
        judge_allowed(policy, hits, standing->permissions, answer == BEDNET_PERMISSIONS_ALLOW, access->action,
                      decision);
    if (decision->reason == BEDNET_REASON_NO_RULE && is_unknown(policy, standing, access))
        decision->reason = BEDNET_REASON_UNKNOWN_SESSION;
}

static void describe(const struct bednet_access *access, struct bednet_situation *situation)
{
    *situation = (struct bednet_situation){
        .qos = access->qos,
        .retain = access->retain,
        .protocol = access->protocol,
        .now_s = access->now_s,
        .address = access->client.address,
    };
}

static bool look_up(const struct bednet_policy *policy, const struct bednet_standing *standing,
                    const struct bednet_access *access, struct bednet_text topic,
                    struct bednet_rules_hits *hits)
{
    struct bednet_situation situation;
    if (policy->acl.aspects != 0)
        describe(access, &situation);
    const struct bednet_rules_question question = {
        .roles = standing->roles,
        .role_count = standing->role_count,
        .subject = standing->subject,
        .topic = topic,
        .cover = access->action == BEDNET_ACTION_SUBSCRIBE,
        .kinds = asked[access->action].allow | asked[access->action].deny,
        .situation = policy->acl.aspects != 0 ? &situation : NULL,
    };
    return bednet_rules_ask(policy->acl.rules, &question, hits);
}

/* Whoever has no identity cannot be told from the next one who has none. */
static bool may_last(const struct bednet_standing *standing, const struct bednet_rules_hits *hits,
                     const struct bednet_decision *decision)
{
    return decision->verdict == BEDNET_GRANT && standing->who != 0 && !hits->conditional &&
           (standing->permissions == NULL || !standing->permissions->conditional);
}

/* Decides, and says what the rules had to do with it: *hits counts only where they were asked. */
static bool decide(const struct bednet_policy *policy, const struct bednet_standing *standing,
                   const struct bednet_access *access, struct bednet_rules_hits *hits,
                   struct bednet_decision *decision)
{
    const struct bednet_source nowhere = {0};
    struct bednet_text topic = access->topic;
    bool shared;
    if (access->action == BEDNET_ACTION_SUBSCRIBE)
        topic = bednet_filter_unshared(topic, &shared);
    if (access->action == BEDNET_ACTION_UNSUBSCRIBE) {
        conclude(decision, BEDNET_GRANT, BEDNET_REASON_NONE, nowhere);
        return false;
    }
    if (standing->ended)
        conclude(decision, BEDNET_DENY, BEDNET_REASON_SESSION_ENDED, nowhere);
    else if (standing->too_many_roles)
        conclude(decision, BEDNET_DENY, BEDNET_REASON_TOO_MANY_ROLES, nowhere);
    else if (topic.ptr == NULL || !look_up(policy, standing, access, topic, hits))
        conclude(decision, BEDNET_DENY, BEDNET_REASON_SYNTAX, nowhere);
    else {
        judge(policy, standing, access, topic, hits, decision);
        return true;
    }
    return false;
}

bool bednet_acl_decide(const struct bednet_policy *policy, const struct bednet_standing *standing,
                       const struct bednet_access *access, struct bednet_decision *decision)
{
    struct bednet_rules_hits hits;
    return decide(policy, standing, access, &hits, decision) && may_last(standing, &hits, decision);
}

bool bednet_acl_allows(const struct bednet_policy *policy, const struct bednet_identity *identity,
                       enum bednet_action action, const struct bednet_text *topic)
{
    const struct bednet_roles *roles = identity->roles;
    if (identity->has_permissions || roles->too_many || topic->ptr == NULL)
        return false;
    return bednet_rules_allow(policy->acl.rules, roles->ids, roles->count, &identity->pack, topic,
                              asked[action].both);
}

bool bednet_acl_keeps(const struct bednet_policy *policy, const struct bednet_standing *standing,
                      const struct bednet_access *access, struct bednet_decision *decision)
{
    struct bednet_rules_hits hits;
    bool asked_rules = decide(policy, standing, access, &hits, decision);
    return decision->verdict == BEDNET_GRANT ||
           (asked_rules &&
            (hits.conditional || (standing->permissions != NULL && standing->permissions->conditional)));
}
