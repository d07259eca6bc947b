/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/standing.h"

#include "runtime/process.h"
#include "runtime/session.h"

/* Anybody can call itself anything: a client id that no credential vouches for gives no role. */
static struct bednet_subject member_of(struct bednet_subject subject, bool client_id_is_vouched)
{
    if (!client_id_is_vouched)
        subject.client_id = (struct bednet_text){0};
    return subject;
}

/* `ids`, which *roles then refers to, has room for BEDNET_ROLES_PER_CLIENT_MAX. */
static void work_out(const struct bednet_chain *chain, const struct bednet_subject *member,
                     const struct bednet_text *names, size_t name_count, uint16_t *ids,
                     struct bednet_roles *roles)
{
    size_t count = 0;
    unsigned exemptions;
    enum bednet_status status =
        bednet_policy_roles(bednet_chain_policy(chain), member, names, name_count, ids, &count, &exemptions);
    unsigned excepted = bednet_chain_excepted(chain, ids, count) & ~exemptions;
    *roles = (struct bednet_roles){
        .ids = ids,
        .count = (uint8_t)count,
        .exemptions = (uint8_t)(exemptions | excepted),
        .excepted = (uint8_t)excepted,
        .too_many = status != BEDNET_OK,
    };
}

/* Without memory they are in *own, and worked out again the next time. */
static __attribute__((noinline)) const struct bednet_roles *resolve(const struct bednet_chain *chain,
                                                                    struct bednet_identity *identity,
                                                                    uint16_t *own_ids,
                                                                    struct bednet_roles *own)
{
    struct bednet_text names[BEDNET_ROLES_PER_CLIENT_MAX];
    struct bednet_subject member =
        member_of(bednet_identity_subject(identity), identity->client_id_is_vouched);
    work_out(chain, &member, names, bednet_identity_role_names(identity, names), own_ids, own);
    identity->had_roles = identity->had_roles || own->count > 0;
    bool noted = bednet_identities_note_roles(bednet_process()->identities, identity, own,
                                              bednet_chain_generation(chain));
    return noted ? identity->roles : own;
}

static inline const struct bednet_roles *roles_of(const struct bednet_chain *chain,
                                                  struct bednet_identity *identity, uint16_t *own_ids,
                                                  struct bednet_roles *own)
{
    return identity->generation == bednet_chain_generation(chain) ? identity->roles
                                                                  : resolve(chain, identity, own_ids, own);
}

static inline void stand_with_identity(const struct bednet_chain *chain, struct bednet_identity *identity,
                                       struct bednet_standing *standing)
{
    struct bednet_roles own;
    const struct bednet_roles *roles = roles_of(chain, identity, standing->own_roles, &own);
    standing->own_subject = bednet_identity_subject(identity);
    standing->subject = &standing->own_subject;
    standing->roles = roles->ids;
    standing->role_count = identity->ended ? 0 : roles->count;
    standing->exemptions = identity->ended ? 0 : roles->exemptions;
    standing->excepted = identity->ended ? 0 : roles->excepted;
    standing->who = identity->serial;
    standing->too_many_roles = roles->too_many;
    standing->ended = identity->ended;
    standing->permissions = identity->has_permissions ? bednet_identity_permissions(identity) : NULL;
}

static void stand_without_identity(const struct bednet_chain *chain, const struct bednet_client *client,
                                   struct bednet_standing *standing)
{
    struct bednet_roles own;
    standing->own_subject =
        (struct bednet_subject){.client_id = client->client_id, .username = client->username};
    struct bednet_subject member = member_of(standing->own_subject, false);
    work_out(chain, &member, NULL, 0, standing->own_roles, &own);
    standing->subject = &standing->own_subject;
    standing->roles = standing->own_roles;
    standing->role_count = own.count;
    standing->exemptions = own.exemptions;
    standing->excepted = own.excepted;
    standing->who = 0;
    standing->too_many_roles = own.too_many;
    standing->ended = false;
    standing->permissions = NULL;
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
    struct bednet_roles own;
    uint16_t ids[BEDNET_ROLES_PER_CLIENT_MAX];
    struct bednet_identity *identity = bednet_identities_at(bednet_process()->identities, handle);
    if (identity != NULL && identity->state == BEDNET_IDENTITY_LIVE)
        roles_of(chain, identity, ids, &own);
}

bool bednet_standing_lost_roles(struct bednet_chain *chain, struct bednet_identity *identity)
{
    struct bednet_roles own;
    uint16_t ids[BEDNET_ROLES_PER_CLIENT_MAX];
    const struct bednet_roles *roles = roles_of(chain, identity, ids, &own);
    return identity->had_roles && roles->count == 0 && !roles->too_many;
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
