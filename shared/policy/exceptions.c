/* SPDX-License-Identifier: Apache-2.0 */
/* Exceptions in force: which of a policy's there are at a time, and what they lift for whom. */
#include "policy/policy.h"

uint64_t bednet_policy_exceptions_at(const struct bednet_policy *policy, int64_t now_s)
{
    uint64_t in_force = 0;
    for (size_t i = 0; i < policy->acl.exception_count; i++)
        if (now_s < policy->acl.exceptions[i].until_s)
            in_force |= UINT64_C(1) << i;
    return in_force;
}

static bool is_among(uint16_t role, const uint16_t *roles, size_t role_count)
{
    for (size_t i = 0; i < role_count; i++)
        if (roles[i] == role)
            return true;
    return false;
}

const struct bednet_exception *bednet_policy_exception(const struct bednet_policy *policy, uint64_t in_force,
                                                       const uint16_t *roles, size_t role_count,
                                                       unsigned exemptions)
{
    for (; in_force != 0; in_force &= in_force - 1) {
        const struct bednet_exception *exception = &policy->acl.exceptions[__builtin_ctzll(in_force)];
        if ((exception->exemption & exemptions) != 0 && is_among(exception->role, roles, role_count))
            return exception;
    }
    return NULL;
}

unsigned bednet_policy_excepted(const struct bednet_policy *policy, uint64_t in_force, const uint16_t *roles,
                                size_t role_count)
{
    unsigned exemptions = 0;
    for (; in_force != 0; in_force &= in_force - 1) {
        const struct bednet_exception *exception = &policy->acl.exceptions[__builtin_ctzll(in_force)];
        if (is_among(exception->role, roles, role_count))
            exemptions |= exception->exemption;
    }
    return exemptions;
}
