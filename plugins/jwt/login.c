/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/jwt/login.h"
#include "plugins/jwt/carrier.h"
#include "token/thumbprint.h"

static enum bednet_reason map_claims(struct bednet_jwt_login *work, const struct bednet_policy *policy,
                                     const struct bednet_jwt_mapping *mapping,
                                     const struct bednet_claims *claims, struct bednet_text client_id,
                                     struct bednet_identity_spec *spec)
{
    if (!bednet_collector_gather(&work->collector, policy, claims))
        return BEDNET_REASON_CLAIMS;
    spec->method = BEDNET_METHOD_JWT;
    spec->subject = (struct bednet_subject){
        .client_id = client_id,
        .attributes = work->collector.attributes,
        .attribute_count = work->collector.count,
    };
    return bednet_mapping_apply(&work->mapped, &mapping->identity, &spec->subject, BEDNET_REASON_CLAIMS,
                                spec);
}

/* A token that is bound to a key (RFC 7800) is worth nothing to whoever does not hold that key. */
static enum bednet_reason confirm_holder(const struct bednet_login *login, const struct bednet_claims *claims)
{
    unsigned char named[BEDNET_THUMBPRINT_BYTES], shown[BEDNET_THUMBPRINT_BYTES];
    switch (bednet_claims_confirmation(claims, named)) {
    case BEDNET_CONFIRMATION_NONE:
        return BEDNET_REASON_NONE;
    case BEDNET_CONFIRMATION_CERTIFICATE:
        if (login->certificate != NULL && bednet_thumbprint_of(login->certificate(&login->client), shown) &&
            memcmp(named, shown, sizeof named) == 0)
            return BEDNET_REASON_NONE;
        break;
    case BEDNET_CONFIRMATION_UNSUPPORTED:
        break;
    }
    return BEDNET_REASON_CONFIRMATION;
}

static enum bednet_reason read_permissions(struct bednet_jwt_login *work,
                                           const struct bednet_permissions_policy *policy,
                                           const struct bednet_claims *claims,
                                           struct bednet_identity_spec *spec)
{
    bool present = false;
    spec->permissions = NULL;
    if (policy->claim.ptr == NULL)
        return BEDNET_REASON_NONE;
    enum bednet_reason reason = bednet_claims_permissions(claims, policy->claim, policy->format,
                                                          &spec->subject, &work->permissions_work, &present);
    if (reason != BEDNET_REASON_NONE || !present)
        return reason == BEDNET_REASON_NONE && policy->required ? BEDNET_REASON_PERMISSIONS : reason;
    work->permissions = (struct bednet_permissions){
        .entries = work->permissions_work.entries,
        .count = work->permissions_work.count,
        .use = policy->use,
        .conditional = work->permissions_work.conditional,
        .source = policy->source,
    };
    spec->permissions = &work->permissions;
    return BEDNET_REASON_NONE;
}

/* The leeway that lets a token in late lets its session go on as long. */
static int64_t end_of_session(const struct bednet_expiry_policy *policy,
                              const struct bednet_token_issuer *issuer, const struct bednet_claims *claims)
{
    int64_t expiry_s = bednet_claims_expiry(claims), end_s;
    if (policy->keeps || __builtin_add_overflow(expiry_s, issuer->leeway_s, &end_s))
        return 0;
    return end_s;
}

/* From a token that is right in itself to whom it makes of this client. `rule` is where the policy says so.
 */
static enum bednet_reason judge_holder(struct bednet_jwt_login *work, const struct bednet_jwt_view *view,
                                       size_t issuer, const struct bednet_login *login,
                                       const struct bednet_claims *claims, struct bednet_identity_spec *spec,
                                       struct bednet_source *rule)
{
    const struct bednet_jwt_policy *jwt = &view->policy->jwt;
    const struct bednet_jwt_mapping *mapping = &jwt->mappings[issuer];
    *rule = mapping->source;
    enum bednet_reason reason =
        map_claims(work, view->policy, mapping, claims, login->client.client_id, spec);
    if (reason == BEDNET_REASON_NONE)
        reason = confirm_holder(login, claims);
    if (reason != BEDNET_REASON_NONE)
        return reason;
    if (bednet_revocations_hit(view->revocations, &spec->subject)) {
        *rule = jwt->revocations_source;
        return BEDNET_REASON_REVOKED;
    }
    reason = read_permissions(work, &mapping->permissions, claims, spec);
    if (reason != BEDNET_REASON_NONE)
        *rule = mapping->permissions.source;
    spec->ends_s = end_of_session(&jwt->on_expiry, &view->issuers[issuer], claims);
    spec->ends_with_will = jwt->on_expiry.will;
    return reason;
}

/* Before the signature is verified nobody knows whose rules a token breaks, unless there is but one issuer.
 */
static struct bednet_source place_of(const struct bednet_policy *policy, size_t issuer)
{
    if (issuer == BEDNET_ISSUER_UNKNOWN && policy->jwt.rules.issuer_count == 1)
        issuer = 0;
    return issuer != BEDNET_ISSUER_UNKNOWN ? policy->jwt.mappings[issuer].source
                                           : policy->section[BEDNET_PLUGIN_JWT];
}

void bednet_jwt_judge(struct bednet_jwt_login *work, const struct bednet_jwt_view *view,
                      const struct bednet_login *login, int64_t now_s, struct bednet_identity_spec *spec,
                      struct bednet_decision *decision)
{
    struct bednet_text token = bednet_jwt_token_of(login, view->policy->jwt.carriers);
    if (token.ptr == NULL) {
        *decision = (struct bednet_decision){.verdict = BEDNET_DEFER};
        return;
    }
    size_t issuer;
    struct bednet_claims *claims = NULL;
    enum bednet_reason reason = bednet_token_verify(&view->rules, token, now_s, &issuer, &claims);
    struct bednet_source rule = place_of(view->policy, issuer);
    if (reason == BEDNET_REASON_NONE) {
        reason = judge_holder(work, view, issuer, login, claims, spec, &rule);
        bednet_claims_free(claims);
    }
    *decision = (struct bednet_decision){
        .verdict = reason == BEDNET_REASON_NONE ? BEDNET_GRANT : BEDNET_DENY,
        .reason = reason,
        .rule = rule,
    };
}
