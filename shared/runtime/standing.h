/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a client is under the policy in force: its subject, its roles and what they lift. Broker thread only.
 */
#ifndef BEDNET_RUNTIME_STANDING_H
#define BEDNET_RUNTIME_STANDING_H

#include "runtime/chain.h"
#include "runtime/event.h"

/* Borrows from the event and the identity; valid during the callback. */
struct bednet_standing {
    const struct bednet_subject *subject;
    const uint16_t *roles;
    size_t role_count;
    unsigned exemptions;
    unsigned excepted;   /* which of them only exceptions make */
    bool too_many_roles; /* the caller must deny: see bednet_policy_roles */
    bool ended;          /* the caller must deny: the session is over, or was never let in */
    const struct bednet_permissions *permissions; /* what the credential says of topics; NULL: nothing */
    uint64_t who;                                 /* the identity's serial; 0 where there is none */

    /* For clients without an identity, or without memory: what the pointers above then refer to. */
    struct bednet_subject own_subject;
    uint16_t own_roles[BEDNET_ROLES_PER_CLIENT_MAX];
};

/*
 * The roles of an identity are worked out once per policy and kept with it; a client without an identity has
 * those that `members` gives to its names. Allocates nothing but the first of equal sets of roles, which is
 * worked out again each time where there is no memory, and the identity of a client that comes out of an
 * enhanced authentication of another plugin under another name: its first action tells that it is logged in.
 */
void bednet_standing_of(struct bednet_chain *chain, const struct bednet_client *client,
                        struct bednet_standing *standing);

/* The same of whoever does something, whose identity may have been found already. */
void bednet_standing_of_party(struct bednet_chain *chain, const struct bednet_access *access,
                              struct bednet_standing *standing);

/*
 * A client has just logged in: works out what it is under the policy in force, so that another one can be
 * compared with it.
 */
void bednet_standing_note(struct bednet_chain *chain, const void *handle);

/* True where this client of the chain had a role since it logged in, and has none under the policy in force.
 */
bool bednet_standing_lost_roles(struct bednet_chain *chain, struct bednet_identity *identity);

/*
 * A denial that one of these exemptions lifts, and only by an exception: turns it into that. Its reason
 * stays.
 */
void bednet_standing_except(const struct bednet_chain *chain, const struct bednet_standing *standing,
                            unsigned exemptions, struct bednet_decision *decision);

#endif
