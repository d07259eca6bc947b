/* SPDX-License-Identifier: Apache-2.0 */
/* What tokens are judged by at this moment: the policy, with the keys and revocations that are in force now.
 */
#ifndef BEDNET_PLUGINS_JWT_VIEW_H
#define BEDNET_PLUGINS_JWT_VIEW_H

#include "policy/policy.h"
#include "policy/revocations.h"

struct bednet_jwt_view {
    const struct bednet_policy *policy;
    struct bednet_token_issuer issuers[BEDNET_ISSUERS_MAX]; /* the policy's, with the keys of the moment */
    struct bednet_token_rules rules;                        /* of those issuers */
    const struct bednet_revocations *revocations;           /* NULL: nothing is revoked */
};

/* The view of a policy alone; keys from URLs are missing from it. Borrows everything. */
void bednet_jwt_view_of(const struct bednet_policy *policy, struct bednet_jwt_view *view);

#endif
