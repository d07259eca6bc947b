/* SPDX-License-Identifier: Apache-2.0 */
/* Who a login that is let in makes of a client, whether it showed a token or a certificate. */
#ifndef BEDNET_TOOLS_ADMISSION_H
#define BEDNET_TOOLS_ADMISSION_H

#include "policy/policy.h"
#include "runtime/identity.h"

#include <jansson.h>

struct bednet_admission {
    const struct bednet_policy *policy;
    struct bednet_identity_spec spec; /* as the plugin filled it in */
    int64_t jitter_s;                 /* what the end of the session is spread by */
    uint16_t roles[BEDNET_ROLES_PER_CLIENT_MAX];
    size_t role_count;
    unsigned exemptions; /* for good */
    uint64_t exceptions; /* those of the policy that are its, and in force: bednet_policy_exceptions_at */
    bool too_many_roles; /* the broker would deny every action */
};

/* Resolves the roles of the spec, as the runtime does at that time. */
void bednet_admission_find_roles(struct bednet_admission *admission, int64_t now_s);

/*
 * User name, client id, roles, permissions and end of the session, a line each. `shown` is what the client
 * id is not bound to where it is free: "token", "certificate".
 */
void bednet_admission_print(const struct bednet_admission *admission, const char *shown, int64_t now_s);

/* The same as an object; NULL without memory. */
json_t *bednet_admission_json(const struct bednet_admission *admission);

#endif
