/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who a client is, out of what it showed: user name, bound client id and roles as the policy makes them of
 * the attributes of a token or a certificate. Pure; any thread.
 */
#ifndef BEDNET_RUNTIME_MAPPING_H
#define BEDNET_RUNTIME_MAPPING_H

#include "policy/policy.h"
#include "runtime/identity.h"

#define BEDNET_USERNAME_BYTES_MAX 512

/* What a login's names are written into; reused from login to login. */
struct bednet_mapped {
    struct bednet_text role_names[BEDNET_ROLES_PER_CLIENT_MAX];
    char username[BEDNET_USERNAME_BYTES_MAX + 1];
};

/*
 * Fills in user name, role names and whether the client id is vouched for, out of `subject`: the attributes,
 * and the client id that the client uses. What `spec` gets borrows from `work` and the subject. `missing` is
 * the reason where the user name needs a value that is not there; else IDENTITY, CLIENT_ID or TOO_MANY_ROLES.
 */
enum bednet_reason bednet_mapping_apply(struct bednet_mapped *work,
                                        const struct bednet_identity_mapping *mapping,
                                        const struct bednet_subject *subject, enum bednet_reason missing,
                                        struct bednet_identity_spec *spec);

#endif
