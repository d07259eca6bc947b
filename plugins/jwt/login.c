/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/jwt/login.h"

static enum bednet_reason map_username(struct bednet_jwt_login *work,
                                       const struct bednet_jwt_mapping *mapping,
                                       const struct bednet_subject *claims, struct bednet_text *username)
{
    switch (bednet_template_expand(&mapping->username, claims, work->username, sizeof work->username)) {
    case BEDNET_OK:
        *username = bednet_text(work->username);
        return BEDNET_REASON_NONE;
    case BEDNET_NOT_FOUND:
        return BEDNET_REASON_CLAIMS;
    default:
        return BEDNET_REASON_IDENTITY;
    }
}

/* A token that names a client id is good for that one only: nobody takes over a session with it. */
static enum bednet_reason bind_client_id(const struct bednet_jwt_mapping *mapping,
                                         const struct bednet_subject *claims)
{
    char expected[BEDNET_IDENTITY_NAME_BYTES_MAX + 1];
    if (mapping->client_id.part_count == 0)
        return BEDNET_REASON_NONE;
    if (bednet_template_expand(&mapping->client_id, claims, expected, sizeof expected) != BEDNET_OK ||
        !bednet_text_equal(bednet_text(expected), claims->client_id))
        return BEDNET_REASON_CLIENT_ID;
    return BEDNET_REASON_NONE;
}

static bool add_role(struct bednet_jwt_login *work, struct bednet_identity_spec *spec,
                     struct bednet_text name)
{
    if (spec->role_name_count == BEDNET_ROLES_PER_CLIENT_MAX)
        return false;
    work->role_names[spec->role_name_count++] = name;
    return true;
}

/* A role that was left out might deny something, so too many of them refuse the login. */
static enum bednet_reason map_roles(struct bednet_jwt_login *work, const struct bednet_jwt_mapping *mapping,
                                    const struct bednet_subject *claims, struct bednet_identity_spec *spec)
{
    spec->role_names = work->role_names;
    spec->role_name_count = 0;
    for (size_t i = 0; i < mapping->role_count; i++) {
        const struct bednet_part *part = &mapping->roles[i].parts[0];
        if (part->kind == BEDNET_PART_LITERAL && !add_role(work, spec, part->text))
            return BEDNET_REASON_TOO_MANY_ROLES;
        for (size_t a = 0; part->kind == BEDNET_PART_ATTRIBUTE && a < claims->attribute_count; a++)
            if (bednet_text_equal(claims->attributes[a].name, part->text) &&
                !add_role(work, spec, claims->attributes[a].value))
                return BEDNET_REASON_TOO_MANY_ROLES;
    }
    return BEDNET_REASON_NONE;
}

static enum bednet_reason map_claims(struct bednet_jwt_login *work, const struct bednet_policy *policy,
                                     const struct bednet_jwt_mapping *mapping,
                                     const struct bednet_claims *claims, struct bednet_text client_id,
                                     struct bednet_identity_spec *spec)
{
    if (!bednet_collector_gather(&work->collector, policy, claims))
        return BEDNET_REASON_CLAIMS;
    spec->method = BEDNET_METHOD_JWT;
    spec->client_id_is_vouched = mapping->client_id.part_count > 0;
    spec->subject = (struct bednet_subject){
        .client_id = client_id,
        .attributes = work->collector.attributes,
        .attribute_count = work->collector.count,
    };
    struct bednet_text username;
    enum bednet_reason reason = map_username(work, mapping, &spec->subject, &username);
    if (reason == BEDNET_REASON_NONE)
        reason = bind_client_id(mapping, &spec->subject);
    if (reason == BEDNET_REASON_NONE)
        reason = map_roles(work, mapping, &spec->subject, spec);
    if (reason == BEDNET_REASON_NONE)
        spec->subject.username = username;
    return reason;
}

/* Before the signature is verified nobody knows whose rules a token breaks, unless there is but one issuer.
 */
static struct bednet_source place_of_issuers(const struct bednet_policy *policy)
{
    return policy->jwt.rules.issuer_count == 1 ? policy->jwt.mappings[0].source
                                               : policy->section[BEDNET_PLUGIN_JWT];
}

void bednet_jwt_judge(struct bednet_jwt_login *work, const struct bednet_policy *policy,
                      const struct bednet_login *login, int64_t now_s, struct bednet_identity_spec *spec,
                      struct bednet_decision *decision)
{
    if (login->password.ptr == NULL || !bednet_token_is_meant(login->password)) {
        *decision = (struct bednet_decision){.verdict = BEDNET_DEFER};
        return;
    }
    size_t issuer;
    struct bednet_claims *claims = NULL;
    struct bednet_source rule = place_of_issuers(policy);
    enum bednet_reason reason =
        bednet_token_verify(&policy->jwt.rules, login->password, now_s, &issuer, &claims);
    if (reason == BEDNET_REASON_NONE) {
        const struct bednet_jwt_mapping *mapping = &policy->jwt.mappings[issuer];
        rule = mapping->source;
        reason = map_claims(work, policy, mapping, claims, login->client.client_id, spec);
        bednet_claims_free(claims);
    }
    *decision = (struct bednet_decision){
        .verdict = reason == BEDNET_REASON_NONE ? BEDNET_GRANT : BEDNET_DENY,
        .reason = reason,
        .rule = rule,
    };
}
