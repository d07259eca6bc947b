/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/cert/login.h"
#include "plugins/jwt/carrier.h"

#include <openssl/err.h>
#include <openssl/x509.h>

static const struct bednet_text of_certificate = BEDNET_TEXT_LITERAL("cert.");
static const struct bednet_text of_match = BEDNET_TEXT_LITERAL("match.");

static bool starts_with(struct bednet_text text, struct bednet_text prefix)
{
    return text.len > prefix.len && memcmp(text.ptr, prefix.ptr, prefix.len) == 0;
}

static bool is_gathered(const struct bednet_cert_login *work, struct bednet_text name)
{
    for (size_t i = 0; i < work->attribute_count; i++)
        if (bednet_text_equal(work->attributes[i].name, name))
            return true;
    return false;
}

/* `name` is the policy's, and stays; the value is copied. */
static bool keep(struct bednet_cert_login *work, struct bednet_text name, struct bednet_text value)
{
    if (work->attribute_count == BEDNET_IDENTITY_ATTRIBUTES_MAX ||
        value.len > sizeof work->bytes - work->used)
        return false;
    char *at = work->bytes + work->used;
    memcpy(at, value.ptr, value.len);
    work->used += value.len;
    work->attributes[work->attribute_count++] =
        (struct bednet_attribute){.name = name, .value = {at, value.len}};
    return true;
}

static enum bednet_reason gather_captures(struct bednet_cert_login *work, struct bednet_text name)
{
    for (size_t i = 0; i < work->captures.count; i++) {
        const struct bednet_attribute *capture = &work->captures.attributes[i];
        if (bednet_text_equal(capture->name, name) && !keep(work, name, capture->value))
            return BEDNET_REASON_IDENTITY;
    }
    return BEDNET_REASON_NONE;
}

/* A field that is spoilt is not one that is missing: nobody may guess what it was to say. */
static enum bednet_reason gather_field(struct bednet_cert_login *work, struct bednet_text name)
{
    struct bednet_field field;
    struct bednet_text plain = {name.ptr + of_certificate.len, name.len - of_certificate.len};
    if (!bednet_field_named(plain, &field))
        return BEDNET_REASON_NONE;
    enum bednet_status status = bednet_field_read(work->certificate.x509, &field, &work->values);
    if (status != BEDNET_OK)
        return status == BEDNET_NOMEM ? BEDNET_REASON_INTERNAL : BEDNET_REASON_IDENTITY;
    for (size_t i = 0; i < work->values.count; i++)
        if (!keep(work, name, work->values.values[i]))
            return BEDNET_REASON_IDENTITY;
    return BEDNET_REASON_NONE;
}

/* Nothing for a name that is gathered already, or of neither kind. */
static enum bednet_reason gather(struct bednet_cert_login *work, struct bednet_text name)
{
    if (is_gathered(work, name))
        return BEDNET_REASON_NONE;
    if (starts_with(name, of_match))
        return gather_captures(work, name);
    return starts_with(name, of_certificate) ? gather_field(work, name) : BEDNET_REASON_NONE;
}

static enum bednet_reason gather_parts(struct bednet_cert_login *work, const struct bednet_template *tmpl)
{
    enum bednet_reason reason = BEDNET_REASON_NONE;
    for (size_t i = 0; i < tmpl->part_count && reason == BEDNET_REASON_NONE; i++)
        if (tmpl->parts[i].kind == BEDNET_PART_ATTRIBUTE)
            reason = gather(work, tmpl->parts[i].text);
    return reason;
}

static bool value_is_name(const struct bednet_attribute *attribute)
{
    struct bednet_field field;
    struct bednet_text plain = {attribute->name.ptr + of_certificate.len,
                                attribute->name.len - of_certificate.len};
    return !starts_with(attribute->name, of_certificate) ||
           (bednet_field_named(plain, &field) && bednet_field_is_name(&field, attribute->value));
}

/* What becomes part of somebody's name must be fit for one; what patterns took was looked at by the rule. */
static bool parts_are_names(const struct bednet_cert_login *work, const struct bednet_template *tmpl)
{
    for (size_t i = 0; i < tmpl->part_count; i++)
        for (size_t a = 0; tmpl->parts[i].kind == BEDNET_PART_ATTRIBUTE && a < work->attribute_count; a++)
            if (bednet_text_equal(work->attributes[a].name, tmpl->parts[i].text) &&
                !value_is_name(&work->attributes[a]))
                return false;
    return true;
}

/*
 * First what the policy's rules speak of, which the identity keeps; *kept says how many that are. Behind it
 * what only this mapping needs.
 */
static enum bednet_reason gather_all(struct bednet_cert_login *work, const struct bednet_policy *policy,
                                     const struct bednet_identity_mapping *mapping, size_t *kept)
{
    enum bednet_reason reason = BEDNET_REASON_NONE;
    work->attribute_count = work->used = 0;
    for (size_t i = 0; i < policy->attribute_count && reason == BEDNET_REASON_NONE; i++)
        reason = gather(work, policy->attributes[i]);
    *kept = work->attribute_count;
    if (reason == BEDNET_REASON_NONE)
        reason = gather_parts(work, &mapping->username);
    if (reason == BEDNET_REASON_NONE)
        reason = gather_parts(work, &mapping->client_id);
    for (size_t i = 0; i < mapping->role_count && reason == BEDNET_REASON_NONE; i++)
        reason = gather_parts(work, &mapping->roles[i]);
    if (reason == BEDNET_REASON_NONE &&
        (!parts_are_names(work, &mapping->username) || !parts_are_names(work, &mapping->client_id)))
        reason = BEDNET_REASON_IDENTITY;
    return reason;
}

static enum bednet_reason map_names(struct bednet_cert_login *work, const struct bednet_policy *policy,
                                    const struct bednet_identity_mapping *mapping,
                                    struct bednet_text client_id, struct bednet_identity_spec *spec)
{
    size_t kept;
    enum bednet_reason reason = gather_all(work, policy, mapping, &kept);
    if (reason != BEDNET_REASON_NONE)
        return reason;
    spec->method = BEDNET_METHOD_CERT;
    spec->mark = &work->certificate.mark;
    spec->subject = (struct bednet_subject){
        .client_id = client_id,
        .attributes = work->attributes,
        .attribute_count = work->attribute_count,
    };
    reason = bednet_mapping_apply(&work->mapped, mapping, &spec->subject, BEDNET_REASON_IDENTITY, spec);
    spec->subject.attribute_count = kept;
    return reason;
}

static enum bednet_reason ask_lists(const struct bednet_cert_view *view,
                                    const struct bednet_certificate *certificate, int64_t now_s)
{
    const struct bednet_crl_policy *policy = &view->policy->certificate.crl;
    int64_t stale_s = 0;
    if (policy->source.line == 0)
        return BEDNET_REASON_NONE;
    if (view->crls == NULL)
        return BEDNET_REASON_CRL_UNAVAILABLE;
    bool good = false;
    switch (bednet_crls_ask(view->crls, X509_get_issuer_name(certificate->x509), certificate->mark.issued,
                            now_s, &stale_s)) {
    case BEDNET_CRL_GOOD:
        good = true;
        break;
    case BEDNET_CRL_REVOKED:
        return BEDNET_REASON_REVOKED;
    case BEDNET_CRL_MISSING:
        good = policy->missing_allowed && view->crls_settled;
        break;
    case BEDNET_CRL_STALE:
        good = policy->stale == BEDNET_STALE_WARN ||
               (policy->stale == BEDNET_STALE_GRACE && stale_s <= policy->grace_s);
        break;
    }
    return good ? BEDNET_REASON_NONE : BEDNET_REASON_CRL_UNAVAILABLE;
}

static const struct bednet_certificate_acceptance *
find_acceptance(struct bednet_cert_login *work, const struct bednet_certificate_policy *policy,
                struct bednet_source *rule, enum bednet_reason *reason)
{
    *reason = BEDNET_REASON_CERTIFICATE_RULE;
    for (size_t i = 0; i < policy->accept_count; i++) {
        const struct bednet_certificate_acceptance *acceptance = &policy->accept[i];
        switch (bednet_rule_fit(&acceptance->rule, policy->authorities, &work->certificate, &work->captures,
                                NULL)) {
        case BEDNET_RULE_FITS:
            *rule = acceptance->source;
            return acceptance;
        case BEDNET_RULE_AMBIGUOUS:
            *rule = acceptance->source;
            *reason = BEDNET_REASON_IDENTITY;
            return NULL;
        case BEDNET_RULE_NO_MEMORY:
            *reason = BEDNET_REASON_INTERNAL;
            return NULL;
        default:
            break;
        }
    }
    return NULL;
}

static enum bednet_reason require_all(const struct bednet_certificate_acceptance *acceptance,
                                      const struct bednet_certificate *certificate, int64_t now_s,
                                      struct bednet_source *rule)
{
    for (int i = 0; i < BEDNET_REQUIREMENTS; i++) {
        enum bednet_reason reason =
            bednet_rule_require(&acceptance->rule, (enum bednet_requirement)i, certificate, now_s);
        if (reason != BEDNET_REASON_NONE) {
            *rule = acceptance->require[i];
            return reason;
        }
    }
    return BEDNET_REASON_NONE;
}

/* What speaks against a certificate that is all that its rule asks for. */
static enum bednet_reason find_against(const struct bednet_cert_view *view,
                                       const struct bednet_certificate *certificate, int64_t now_s,
                                       struct bednet_source *rule)
{
    const struct bednet_certificate_policy *policy = &view->policy->certificate;
    if (bednet_certificate_list_has(&policy->deny, &certificate->mark)) {
        *rule = policy->deny_source;
        return BEDNET_REASON_CERTIFICATE_LIST;
    }
    enum bednet_reason reason = ask_lists(view, certificate, now_s);
    if (reason != BEDNET_REASON_NONE)
        *rule = policy->crl.source;
    return reason;
}

static enum bednet_reason judge_opened(struct bednet_cert_login *work, const struct bednet_cert_view *view,
                                       struct bednet_text client_id, int64_t now_s,
                                       struct bednet_identity_spec *spec, struct bednet_source *rule)
{
    const struct bednet_certificate_policy *policy = &view->policy->certificate;
    enum bednet_reason reason;
    const struct bednet_certificate_acceptance *acceptance = find_acceptance(work, policy, rule, &reason);
    if (acceptance == NULL)
        return reason;
    reason = require_all(acceptance, &work->certificate, now_s, rule);
    if (reason == BEDNET_REASON_NONE)
        reason = find_against(view, &work->certificate, now_s, rule);
    if (reason != BEDNET_REASON_NONE)
        return reason;
    spec->ends_s = policy->on_expiry.keeps ? 0 : work->certificate.not_after_s;
    spec->ends_with_will = policy->on_expiry.will;
    return map_names(work, view->policy, &acceptance->identity, client_id, spec);
}

/* What was found right once need not be checked again, and only what was found right is remembered. */
static enum bednet_reason judge_certificate(struct bednet_cert_login *work,
                                            const struct bednet_cert_view *view,
                                            struct bednet_cert_proofs *proofs, struct x509_st *x509,
                                            struct bednet_text client_id, int64_t now_s,
                                            struct bednet_identity_spec *spec, struct bednet_source *rule)
{
    enum bednet_status status =
        bednet_certificate_open(x509, view->policy->certificate.authorities, &work->certificate);
    if (status != BEDNET_OK)
        return status == BEDNET_NOMEM ? BEDNET_REASON_INTERNAL : BEDNET_REASON_CERTIFICATE_RULE;
    size_t known = BEDNET_AUTHORITY_NONE;
    if (proofs != NULL)
        known = work->certificate.authority = bednet_cert_proofs_find(proofs, &work->certificate.mark);
    enum bednet_reason reason = judge_opened(work, view, client_id, now_s, spec, rule);
    if (proofs != NULL && work->certificate.authority != known &&
        work->certificate.authority != BEDNET_AUTHORITY_NONE)
        bednet_cert_proofs_note(proofs, &work->certificate.mark, work->certificate.authority);
    return reason;
}

/* The queue of errors may be that of the broker's TLS connections. */
void bednet_cert_judge(struct bednet_cert_login *work, const struct bednet_cert_view *view,
                       struct bednet_cert_proofs *proofs, struct x509_st *x509, struct bednet_text client_id,
                       int64_t now_s, struct bednet_identity_spec *spec, struct bednet_decision *decision)
{
    struct bednet_source rule = view->policy->section[BEDNET_PLUGIN_CERT];
    enum bednet_reason reason = BEDNET_REASON_NO_CERTIFICATE;
    bool speaks = view->policy->section[BEDNET_PLUGIN_CERT].line != 0;
    if (!speaks || (x509 == NULL && !view->policy->certificate.required)) {
        *decision = (struct bednet_decision){.verdict = BEDNET_DEFER};
        return;
    }
    if (x509 != NULL) {
        ERR_set_mark();
        reason = judge_certificate(work, view, proofs, x509, client_id, now_s, spec, &rule);
        ERR_pop_to_mark();
    }
    *decision = (struct bednet_decision){
        .verdict = reason == BEDNET_REASON_NONE ? BEDNET_GRANT : BEDNET_DENY,
        .reason = reason,
        .rule = rule,
    };
}

bool bednet_cert_is_factor(const struct bednet_cert_view *view, const struct bednet_login *login,
                           struct bednet_decision *decision)
{
    const struct bednet_certificate_policy *policy = &view->policy->certificate;
    if (decision->verdict != BEDNET_GRANT || (!policy->with_token && login->method.ptr == NULL))
        return false;
    bool token_is_there =
        !login->discovered && bednet_jwt_token_of(login, view->policy->jwt.carriers).ptr != NULL;
    if (policy->with_token && !token_is_there) {
        *decision = (struct bednet_decision){
            .verdict = BEDNET_DENY, .reason = BEDNET_REASON_NO_TOKEN, .rule = policy->token_source};
        return false;
    }
    *decision = (struct bednet_decision){.verdict = BEDNET_DEFER};
    return token_is_there;
}
