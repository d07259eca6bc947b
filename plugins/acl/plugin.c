/* SPDX-License-Identifier: Apache-2.0 */
/* bednet_acl.so: topic-level access control. Its own state is the chain. */
#include "broker/module.h"
#include "plugins/acl/decide.h"

static enum bednet_status start(struct bednet_chain *chain, void **state, struct bednet_diag *diag)
{
    (void)diag;
    *state = chain;
    return BEDNET_OK;
}

static void access(void *state, const struct bednet_access *access, struct bednet_decision *decision)
{
    struct bednet_chain *chain = state;
    struct bednet_standing standing;
    bednet_standing_of(chain, &access->client, &standing);
    bednet_acl_decide(bednet_chain_policy(chain), &standing, access, decision);
}

const struct bednet_module bednet_module = {
    .plugin = BEDNET_PLUGIN_ACL,
    .start = start,
    .access = access,
};
