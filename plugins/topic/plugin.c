/* SPDX-License-Identifier: Apache-2.0 */
/* bednet_topic.so: topic and wildcard policy. Only objects, never grants. */
#include "broker/module.h"
#include "plugins/topic/decide.h"
#include "runtime/recall.h"
#include "runtime/standing.h"

#include <stdlib.h>

struct topics {
    struct bednet_chain *chain;
    struct bednet_recall *recall; /* of topics that break no rule */
};

static enum bednet_status start(struct bednet_chain *chain, void **state, struct bednet_diag *diag)
{
    (void)diag;
    struct topics *topics = calloc(1, sizeof *topics);
    if (topics == NULL)
        return BEDNET_NOMEM;
    topics->chain = chain;
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

static void decide(const struct topics *topics, enum bednet_action action, struct bednet_text topic,
                   unsigned exemptions, struct bednet_decision *decision)
{
    struct bednet_access access = {.action = action, .topic = topic};
    bednet_topic_decide(&bednet_chain_policy(topics->chain)->topics, exemptions, &access, decision);
}

static __attribute__((noinline)) enum bednet_verdict look(struct topics *topics, enum bednet_action action,
                                                          struct bednet_text topic)
{
    struct bednet_decision decision;
    decide(topics, action, topic, 0, &decision);
    if (decision.verdict != BEDNET_DENY)
        bednet_recall_note(topics->recall, bednet_chain_generation(topics->chain),
                           bednet_recall_asker(0, action), topic);
    return decision.verdict;
}

/* Most topics break no rule, and then it does not matter who asks. */
static enum bednet_verdict glance(void *state, const void *handle, enum bednet_action action,
                                  const char *topic)
{
    (void)handle;
    struct topics *topics = state;
    if (action != BEDNET_ACTION_PUBLISH && action != BEDNET_ACTION_SUBSCRIBE)
        return BEDNET_DEFER;
    struct bednet_text text = bednet_text(topic);
    if (bednet_recall_knows(topics->recall, bednet_chain_generation(topics->chain),
                            bednet_recall_asker(0, action), text))
        return BEDNET_DEFER;
    return look(topics, action, text);
}

/* The topic broke a rule, from which whoever asks may be exempt. */
static void access(void *state, const struct bednet_access *access, struct bednet_decision *decision)
{
    struct topics *topics = state;
    struct bednet_standing standing;
    bednet_standing_of(topics->chain, &access->client, &standing);
    decide(topics, access->action, access->topic, standing.exemptions, decision);
}

const struct bednet_module bednet_module = {
    .plugin = BEDNET_PLUGIN_TOPIC,
    .start = start,
    .stop = stop,
    .access = access,
    .glance = glance,
};
