/* SPDX-License-Identifier: Apache-2.0 */
/* bednet_acl.so: topic-level access control. */
#include "broker/module.h"
#include "plugins/acl/decide.h"
#include "runtime/process.h"
#include "runtime/recall.h"

#include <stdlib.h>

struct acl {
    struct bednet_chain *chain;
    struct bednet_identities *identities;
    struct bednet_recall *recall;
    bool met_unknown; /* somebody was denied for being known to nobody */
    bool told_unknown;
};

static enum bednet_status start(struct bednet_chain *chain, void **state, struct bednet_diag *diag)
{
    (void)diag;
    struct acl *acl = calloc(1, sizeof *acl);
    if (acl == NULL)
        return BEDNET_NOMEM;
    acl->chain = chain;
    acl->identities = bednet_process()->identities;
    acl->recall = bednet_recall_new();
    if (acl->recall == NULL) {
        free(acl);
        return BEDNET_NOMEM;
    }
    *state = acl;
    return BEDNET_OK;
}

static void stop(void *state)
{
    struct acl *acl = state;
    bednet_recall_free(acl->recall);
    free(acl);
}

static enum bednet_verdict glance(void *state, const void *handle, enum bednet_action action,
                                  const char *topic, struct bednet_glimpse *seen)
{
    const struct acl *acl = state;
    struct bednet_identity *identity = bednet_identities_known(acl->identities, acl->chain, handle);
    struct bednet_text text = bednet_text(topic);
    if (identity == NULL)
        seen->slot = NULL;
    else if (bednet_recall_knows(acl->recall, bednet_chain_generation(acl->chain),
                                 bednet_recall_asker(identity->serial, action), text, &seen->slot))
        return BEDNET_GRANT;
    seen->identity = identity;
    seen->topic = text;
    return BEDNET_DENY;
}

static bool allows(void *state, enum bednet_action action, const struct bednet_glimpse *seen)
{
    const struct acl *acl = state;
    const struct bednet_identity *identity = seen->identity;
    if (identity == NULL || identity->generation != bednet_chain_generation(acl->chain) ||
        !bednet_acl_allows(bednet_chain_policy(acl->chain), identity, action, &seen->topic))
        return false;
    bednet_recall_note(seen->slot, identity->generation, bednet_recall_asker(identity->serial, action),
                       seen->topic);
    return true;
}

static void note(const struct acl *acl, const struct bednet_access *access, uint64_t who)
{
    uint64_t asker = bednet_recall_asker(who, access->action);
    struct bednet_recall_slot *slot = access->glimpse.slot;
    if (slot == NULL)
        slot = bednet_recall_slot(acl->recall, asker, access->topic);
    bednet_recall_note(slot, bednet_chain_generation(acl->chain), asker, access->topic);
}

static void access(void *state, const struct bednet_access *access, struct bednet_decision *decision)
{
    struct acl *acl = state;
    struct bednet_standing standing;
    bednet_standing_of_party(acl->chain, access, &standing);
    if (bednet_acl_decide(bednet_chain_policy(acl->chain), &standing, access, decision))
        note(acl, access, standing.who);
    acl->met_unknown |= decision->reason == BEDNET_REASON_UNKNOWN_SESSION;
}

/* What is denied to such a session is lost: once somebody is told what to do about it. */
static void tick(void *state, bednet_session_kick kick,
                 void (*log)(enum bednet_severity severity, const char *line))
{
    struct acl *acl = state;
    (void)kick;
    if (!acl->met_unknown || acl->told_unknown)
        return;
    acl->told_unknown = true;
    if (bednet_chain_policy(acl->chain)->identities.store.ptr == NULL)
        log(BEDNET_WARNING, "messages for a session from before the restart are denied and lost, for nobody "
                            "knows what its token or "
                            "certificate said (reason=unknown_session): `identities: {store: FILE}` in the "
                            "policy keeps that");
    else
        log(BEDNET_WARNING, "messages for a session from before the restart are denied and lost: the file of "
                            "identities.store has "
                            "no identity of it (reason=unknown_session)");
}

static void keeps(void *state, const struct bednet_access *access, struct bednet_decision *decision)
{
    const struct acl *acl = state;
    struct bednet_standing standing;
    bednet_standing_of_party(acl->chain, access, &standing);
    if (bednet_acl_keeps(bednet_chain_policy(acl->chain), &standing, access, decision))
        decision->verdict = BEDNET_GRANT;
}

const struct bednet_module bednet_module = {
    .plugin = BEDNET_PLUGIN_ACL,
    .start = start,
    .stop = stop,
    .access = access,
    .keeps = keeps,
    .glance = glance,
    .allows = allows,
    .tick = tick,
};
