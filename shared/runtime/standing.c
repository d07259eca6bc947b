/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/standing.h"

#include "runtime/process.h"
#include "runtime/session.h"

/* Anybody can call itself anything: a client id that no credential vouches for gives no role. */
static struct bednet_subject member_of(const struct bednet_subject *subject, bool client_id_is_vouched)
{
    struct bednet_subject member = *subject;
    if (!client_id_is_vouched)
        member.client_id = (struct bednet_text){0};
    return member;
}

static __attribute__((noinline)) void resolve(struct bednet_chain *chain, struct bednet_identity *identity)
{
    size_t count = 0;
    unsigned exemptions;
    struct bednet_subject member = member_of(&identity->subject, identity->client_id_is_vouched);
    enum bednet_status status =
        bednet_policy_roles(bednet_chain_policy(chain), &member, identity->role_names,
                            identity->role_name_count, identity->roles, &count, &exemptions);
    unsigned excepted = bednet_chain_excepted(chain, identity->roles, count) & ~exemptions;
    identity->too_many_roles = status != BEDNET_OK;
    identity->role_count = (uint8_t)count;
    identity->had_roles = identity->had_roles || count > 0;
    identity->exemptions = (uint8_t)(exemptions | excepted);
    identity->excepted = (uint8_t)excepted;
    identity->generation = bednet_chain_generation(chain);
}

static inline void bring_up_to_date(struct bednet_chain *chain, struct bednet_identity *identity)
{
    if (identity->generation != bednet_chain_generation(chain))
        resolve(chain, identity);
}

static inline void stand_with_identity(struct bednet_chain *chain, struct bednet_identity *identity,
                                       struct bednet_standing *standing)
{
    bring_up_to_date(chain, identity);
    standing->subject = &identity->subject;
    standing->roles = identity->roles;
    standing->role_count = identity->ended ? 0 : identity->role_count;
    standing->exemptions = identity->ended ? 0 : identity->exemptions;
    standing->excepted = identity->ended ? 0 : identity->excepted;
    standing->who = identity->serial;
    standing->too_many_roles = identity->too_many_roles;
    standing->ended = identity->ended;
    standing->permissions = identity->permissions;
}

static void stand_without_identity(struct bednet_chain *chain, const struct bednet_client *client,
                                   struct bednet_standing *standing)
{
    standing->own_subject =
        (struct bednet_subject){.client_id = client->client_id, .username = client->username};
    standing->subject = &standing->own_subject;
    standing->roles = standing->own_roles;
    standing->role_count = 0;
    standing->exemptions = 0;
    standing->who = 0;
    standing->ended = false;
    standing->permissions = NULL;
    struct bednet_subject member = member_of(&standing->own_subject, false);
    standing->too_many_roles =
        bednet_policy_roles(bednet_chain_policy(chain), &member, NULL, 0, standing->own_roles,
                            &standing->role_count, &standing->exemptions) != BEDNET_OK;
    standing->excepted =
        bednet_chain_excepted(chain, standing->own_roles, standing->role_count) & ~standing->exemptions;
    standing->exemptions |= standing->excepted;
}

void bednet_standing_of(struct bednet_chain *chain, const struct bednet_client *client,
                        struct bednet_standing *standing)
{
    struct bednet_identity *identity = bednet_identities_find(bednet_process()->identities, chain, client);
    bool unproven = identity != NULL && identity->unproven && identity->state == BEDNET_IDENTITY_PENDING;
    if (unproven)
        identity = bednet_session_prove(chain, client);
    if (identity == NULL) {
        stand_without_identity(chain, client, standing);
        standing->ended = unproven;
        return;
    }
    stand_with_identity(chain, identity, standing);
}

void bednet_standing_of_party(struct bednet_chain *chain, const struct bednet_access *access,
                              struct bednet_standing *standing)
{
    if (access->glimpse.identity != NULL)
        stand_with_identity(chain, access->glimpse.identity, standing);
    else
        bednet_standing_of(chain, &access->client, standing);
}
void bednet_standing_note(struct bednet_chain *chain, const void *handle)
{
    struct bednet_identity *identity = bednet_identities_at(bednet_process()->identities, handle);
    if (identity != NULL && identity->state == BEDNET_IDENTITY_LIVE)
        bring_up_to_date(chain, identity);
}

bool bednet_standing_lost_roles(struct bednet_chain *chain, struct bednet_identity *identity)
{
    bring_up_to_date(chain, identity);
    return identity->had_roles && identity->role_count == 0 && !identity->too_many_roles;
}

void bednet_standing_except(const struct bednet_chain *chain, const struct bednet_standing *standing,
                            unsigned exemptions, struct bednet_decision *decision)
{
    const struct bednet_exception *exception =
        bednet_chain_exception(chain, standing->roles, standing->role_count, exemptions);
    decision->verdict = BEDNET_DEFER;
    decision->rule = exception != NULL ? exception->source : (struct bednet_source){0};
    decision->excepted = true;
}
