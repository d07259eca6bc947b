/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Verified claims, gathered into the bounded list of attributes that an identity keeps: all in the token's
 * order where all fit. Where not, what the policy speaks of comes first and must fit; the rest is kept as
 * long as there is room, so that a later policy may ask for it.
 */
#ifndef BEDNET_PLUGINS_JWT_COLLECTOR_H
#define BEDNET_PLUGINS_JWT_COLLECTOR_H

#include "policy/policy.h"
#include "runtime/identity.h"

/* Reused from login to login: nothing on the way to a verdict is allocated for it. */
struct bednet_collector {
    struct bednet_attribute attributes[BEDNET_IDENTITY_ATTRIBUTES_MAX];
    size_t count;
    char bytes[BEDNET_IDENTITY_DATA_BYTES_MAX / 2];
    size_t used;
};

/* False when an attribute that the policy speaks of does not fit. The attributes point into the collector. */
bool bednet_collector_gather(struct bednet_collector *collector, const struct bednet_policy *policy,
                             const struct bednet_claims *claims);

#endif
