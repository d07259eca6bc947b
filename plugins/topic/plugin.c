/* SPDX-License-Identifier: Apache-2.0 */
/* bednet_topic.so: topic and wildcard policy. Only objects, never grants. */
#include "broker/module.h"
#include "plugins/topic/decide.h"
#include "runtime/process.h"
#include "runtime/recall.h"

#include <stdlib.h>

struct topics {
    struct bednet_chain *chain;
    struct bednet_identities *identities;
    struct bednet_recall *recall; /* of topics that break no rule, whoever asks or of one who asked */
    /* Of the policy in force: asked for every message. */
    bool depends_on_asker;
    bool counts_subscriptions;
};

static void take_over(struct topics *topics, const struct bednet_topics_policy *policy)
{
    topics->depends_on_asker = policy->depends_on_asker;
    topics->counts_subscriptions = policy->subscriptions_max.source.line != 0;
}

static enum bednet_status start(struct bednet_chain *chain, void **state, struct bednet_diag *diag)
{
    (void)diag;
    struct topics *topics = calloc(1, sizeof *topics);
    if (topics == NULL)
        return BEDNET_NOMEM;
    topics->chain = chain;
    take_over(topics, &bednet_chain_policy(chain)->topics);
    topics->identities = bednet_process()->identities;
    topics->recall = bednet_recall_new();
    if (topics->recall == NULL) {
        free(topics);
        return BEDNET_NOMEM;
    }
    *state = topics;
    return BEDNET_OK;
}

static void stop(void *state)
{
    struct topics *topics = state;
    bednet_recall_free(topics->recall);
    free(topics);
}

static void commit(void *state, const struct bednet_policy *next)
{
    take_over(state, &next->topics);
}

static void remember(struct topics *topics, uint64_t who, enum bednet_action action, struct bednet_text topic)
{
    uint64_t asker = bednet_recall_asker(who, action);
    bednet_recall_note(bednet_recall_slot(topics->recall, asker, topic),
                       bednet_chain_generation(topics->chain), asker, topic);
}

/* Judges for nobody in particular: what that one may, everybody may. */
static __attribute__((noinline)) enum bednet_verdict look(struct topics *topics, uint64_t who,
                                                          enum bednet_action action, struct bednet_text topic)
{
    struct bednet_access access = {.action = action, .topic = topic};
    struct bednet_decision decision;
    bednet_topic_decide(&bednet_chain_policy(topics->chain)->topics, NULL, &access, &decision);
    if (decision.verdict != BEDNET_DENY)
        remember(topics, who, action, topic);
    return decision.verdict;
}

static enum bednet_verdict glance(void *state, const void *handle, enum bednet_action action,
                                  const char *topic, struct bednet_glimpse *seen)
{
    struct topics *topics = state;
    if (action != BEDNET_ACTION_PUBLISH && action != BEDNET_ACTION_SUBSCRIBE)
        return BEDNET_DEFER;
    /* Mostly it does not matter who asks, and then it is everybody. */
    struct bednet_identity *identity = NULL;
    if (topics->depends_on_asker)
        identity = bednet_identities_known(topics->identities, topics->chain, handle);
    *seen = (struct bednet_glimpse){.identity = identity, .topic = bednet_text(topic)};
    if (action == BEDNET_ACTION_SUBSCRIBE && topics->counts_subscriptions)
        return BEDNET_DENY;
    uint64_t who = identity != NULL ? identity->serial : 0;
    if (bednet_recall_knows(topics->recall, bednet_chain_generation(topics->chain),
                            bednet_recall_asker(who, action), seen->topic, &seen->slot))
        return BEDNET_DEFER;
    return look(topics, who, action, seen->topic);
}

/*
 * Whether that was only because of an exception, which is to be told each time: then it becomes *decision.
 */
static bool is_excepted(const struct topics *topics, const struct bednet_standing *standing,
                        const struct bednet_access *access, struct bednet_decision *decision)
{
    if (standing->excepted == 0 || decision->verdict != BEDNET_DEFER)
        return false;
    struct bednet_decision otherwise;
    struct bednet_standing plain = *standing;
    plain.exemptions &= ~standing->excepted;
    bednet_topic_decide(&bednet_chain_policy(topics->chain)->topics, &plain, access, &otherwise);
    if (otherwise.verdict != BEDNET_DENY)
        return false;
    bednet_standing_except(topics->chain, standing, bednet_topic_exemptions(otherwise.reason), &otherwise);
    *decision = otherwise;
    return true;
}

/* It depends on who asks: on what is theirs, and from what they are exempt. */
static void access(void *state, const struct bednet_access *access, struct bednet_decision *decision)
{
    struct topics *topics = state;
    const struct bednet_topics_policy *policy = &bednet_chain_policy(topics->chain)->topics;
    struct bednet_standing standing;
    bednet_standing_of_party(topics->chain, access, &standing);
    bednet_topic_decide(policy, &standing, access, decision);
    if (!is_excepted(topics, &standing, access, decision) && decision->verdict == BEDNET_DEFER &&
        policy->depends_on_asker && standing.who != 0)
        remember(topics, standing.who, access->action, access->topic);
}

static void keeps(void *state, const struct bednet_access *access, struct bednet_decision *decision)
{
    const struct topics *topics = state;
    struct bednet_standing standing;
    bednet_standing_of_party(topics->chain, access, &standing);
    bednet_topic_decide(&bednet_chain_policy(topics->chain)->topics, &standing, access, decision);
}

const struct bednet_module bednet_module = {
    .plugin = BEDNET_PLUGIN_TOPIC,
    .start = start,
    .stop = stop,
    .commit = commit,
    .access = access,
    .keeps = keeps,
    .glance = glance,
    .overlooks_deliveries = true,
};
