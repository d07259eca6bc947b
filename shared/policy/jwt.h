/* SPDX-License-Identifier: Apache-2.0 */
/* What the readers of `jwt` share: one issuer while its mapping is read. Internal to this folder. */
#ifndef BEDNET_POLICY_JWT_H
#define BEDNET_POLICY_JWT_H

#include "policy/build.h"

/* Pairs and nodes are borrowed from the document, and NULL where the policy does not speak of them. */
struct bednet_issuer_target {
    struct bednet_token_issuer *issuer;
    struct bednet_jwt_mapping *mapping;
    const struct bednet_pair *file;
    const struct bednet_pair *url;
    const struct bednet_pair *discovery; /* of `discovery: true` only */
    const struct bednet_pair *refresh;
    const struct bednet_pair *stale;
    const struct bednet_pair *ca_file;
    const struct bednet_pair *plain_http;
    const struct bednet_node *secret; /* the first algorithm of the list whose keys are secrets */
};

/* Readers of the keys of an issuer; `into` is its target. */
void bednet_jwt_read_keys(struct bednet_build *build, const struct bednet_pair *pair, void *into);
void bednet_jwt_read_required(struct bednet_build *build, const struct bednet_pair *pair, void *into);
void bednet_jwt_read_permissions(struct bednet_build *build, const struct bednet_pair *pair, void *into);
void bednet_jwt_read_username(struct bednet_build *build, const struct bednet_pair *pair, void *into);
void bednet_jwt_read_client_id(struct bednet_build *build, const struct bednet_pair *pair, void *into);
void bednet_jwt_read_roles(struct bednet_build *build, const struct bednet_pair *pair, void *into);
void bednet_jwt_default_username(struct bednet_build *build, struct bednet_issuer_target *target);

/* Once the whole issuer was read: its source of keys is one, agrees with the rest, and files are read. */
void bednet_jwt_settle_keys(struct bednet_build *build, struct bednet_issuer_target *target);

/* Readers of keys of the section. */
void bednet_jwt_read_issuers(struct bednet_build *build, const struct bednet_pair *pair, void *into);
void bednet_jwt_read_revocations(struct bednet_build *build, const struct bednet_pair *pair, void *into);

#endif
