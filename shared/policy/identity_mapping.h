/* SPDX-License-Identifier: Apache-2.0 */
/* Who a client is, out of what it showed: the readers that issuers and certificates share. Internal to this
 * folder. */
#ifndef BEDNET_POLICY_IDENTITY_MAPPING_H
#define BEDNET_POLICY_IDENTITY_MAPPING_H

#include "policy/build.h"

/* What may stand in `${...}` there; at login nothing else about the client is known to be true. */
struct bednet_mapping_terms {
    const char *prefixes[2]; /* of attributes, with the dot; NULL: none */
    const char *names;       /* the same for messages: `${claim.NAME}` */
    const char *voucher;     /* "the token" */
    struct bednet_taken taken;
};

/* Each reads one key's value and leaves its member alone where something is wrong, after reporting it. */
void bednet_mapping_read_username(struct bednet_build *build, const struct bednet_pair *pair,
                                  const struct bednet_mapping_terms *terms,
                                  struct bednet_identity_mapping *mapping);
void bednet_mapping_read_client_id(struct bednet_build *build, const struct bednet_pair *pair,
                                   const struct bednet_mapping_terms *terms,
                                   struct bednet_identity_mapping *mapping);
void bednet_mapping_read_roles(struct bednet_build *build, const struct bednet_pair *pair,
                               const struct bednet_mapping_terms *terms,
                               struct bednet_identity_mapping *mapping);

/* The template that is nothing but `${attribute}`, of a constant name, where the policy says nothing. */
void bednet_mapping_default(struct bednet_build *build, struct bednet_text attribute,
                            struct bednet_template *out);

#endif
