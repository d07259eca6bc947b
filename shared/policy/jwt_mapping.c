/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of the claims of one issuer: user name, client id, roles. */
#include "policy/identity_mapping.h"
#include "policy/jwt.h"

static const struct bednet_mapping_terms terms = {
    .prefixes = {"claim."}, .names = "${claim.NAME}", .voucher = "the token"};

void bednet_jwt_read_username(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct bednet_issuer_target *target = into;
    bednet_mapping_read_username(build, pair, &terms, &target->mapping->identity);
}

void bednet_jwt_read_client_id(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct bednet_issuer_target *target = into;
    bednet_mapping_read_client_id(build, pair, &terms, &target->mapping->identity);
}

void bednet_jwt_read_roles(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct bednet_issuer_target *target = into;
    bednet_mapping_read_roles(build, pair, &terms, &target->mapping->identity);
}

void bednet_jwt_default_username(struct bednet_build *build, struct bednet_issuer_target *target)
{
    bednet_mapping_default(build, BEDNET_TEXT_LITERAL("claim.sub"), &target->mapping->identity.username);
}
