/* SPDX-License-Identifier: Apache-2.0 */
/* bednet_topic.so: topic and wildcard policy. Only objects, never grants. Its own state is the chain. */
#include "broker/module.h"
#include "plugins/topic/decide.h"
#include "runtime/standing.h"

static enum bednet_status start(struct bednet_chain *chain, void **state, struct bednet_diag *diag)
{
    (void)diag;
    *state = chain;
    return BEDNET_OK;
}

/* Most topics break no rule, so who asks is looked up only when one does. */
static void access(void *state, const struct bednet_access *access, struct bednet_decision *decision)
{
    struct bednet_chain *chain = state;
    const struct bednet_topics_policy *policy = &bednet_chain_policy(chain)->topics;
    bednet_topic_decide(policy, 0, access, decision);
    if (decision->verdict != BEDNET_DENY)
        return;
    struct bednet_standing standing;
    bednet_standing_of(chain, &access->client, &standing);
    if (standing.exemptions != 0)
        bednet_topic_decide(policy, standing.exemptions, access, decision);
}

const struct bednet_module bednet_module = {
    .plugin = BEDNET_PLUGIN_TOPIC,
    .start = start,
    .access = access,
};
