/* SPDX-License-Identifier: Apache-2.0 */
/* A token and a certificate of one login: what they say of the client, put together. */
#ifndef BEDNET_PLUGINS_JWT_FACTOR_H
#define BEDNET_PLUGINS_JWT_FACTOR_H

#include "runtime/chain.h"

/* What a login works with; reused. */
struct bednet_jwt_factor {
    struct bednet_attribute attributes[BEDNET_IDENTITY_ATTRIBUTES_MAX];
    struct bednet_text role_names[BEDNET_ROLES_PER_CLIENT_MAX];
};

/*
 * Adds to what the token says (`spec`, granted) what the certificate does: its attributes and roles, its mark
 * and, where that comes first, its end. Where not all attributes fit, those claims go that the policy does
 * not speak of. FACTORS_DISAGREE, TOO_MANY_ROLES or CLAIMS (attributes do not fit), and the caller denies.
 */
enum bednet_reason bednet_jwt_merge(struct bednet_jwt_factor *work, const struct bednet_policy *policy,
                                    const struct bednet_factor *factor, struct bednet_identity_spec *spec);

#endif
