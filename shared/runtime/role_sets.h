/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a policy makes of a client by its roles, kept once for all clients of which it makes the same: many
 * clients share few sets of roles. One thread at a time.
 */
#ifndef BEDNET_RUNTIME_ROLE_SETS_H
#define BEDNET_RUNTIME_ROLE_SETS_H

#include "runtime/commons.h"

struct bednet_roles {
    const uint16_t *ids; /* as the policy numbers them, in its order */
    uint8_t count;
    uint8_t exemptions;
    uint8_t excepted; /* which of them only exceptions make */
    bool too_many;    /* see bednet_policy_roles */
};

/* The same as `roles`, of which nothing is borrowed, until it is released; NULL without memory. */
const struct bednet_roles *bednet_role_sets_hold(struct bednet_commons *sets,
                                                 const struct bednet_roles *roles);

/* One that was held, once for each time; or NULL. */
void bednet_role_sets_release(struct bednet_commons *sets, const struct bednet_roles *roles);

#endif
