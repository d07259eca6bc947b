/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a policy file: refused with a reason, or a policy that holds together and answers questions
 * about whoever asks.
 */
#include "fuzz/libfyaml.h"
#include "policy/policy.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition)
        abort();
}

/* Under a situation whose parts are what conditions like to ask for; what it leaves open helps nobody. */
static void ask_rules(const struct bednet_policy *policy, const uint16_t *roles, size_t count,
                      const struct bednet_subject *subject)
{
    struct bednet_situation situation = {
        .qos = 1, .retain = true, .protocol = 5, .now_s = 1774742400, .address = "10.1.2.3"};
    struct bednet_rules_question question = {.roles = roles,
                                             .role_count = count,
                                             .subject = subject,
                                             .topic = BEDNET_TEXT_LITERAL("a/b"),
                                             .kinds = ~0u};
    struct bednet_rules_hits untold, told;
    for (int cover = 0; cover < 2; cover++) {
        question.cover = cover != 0;
        question.situation = NULL;
        require(bednet_rules_ask(policy->acl.rules, &question, &untold));
        question.situation = &situation;
        require(bednet_rules_ask(policy->acl.rules, &question, &told));
        require(told.conditional == untold.conditional);
        require(!told.conditional || policy->acl.aspects != 0);
        for (unsigned kind = 0; kind < BEDNET_DENY_PUBLISH; kind++)
            require(untold.source[kind].line == 0 || told.source[kind].line != 0);
        for (unsigned kind = BEDNET_DENY_PUBLISH; kind < BEDNET_RULE_KINDS; kind++)
            require(told.source[kind].line == 0 || untold.source[kind].line != 0);
    }
}

static void ask(const struct bednet_policy *policy)
{
    const struct bednet_attribute attributes[] = {
        {BEDNET_TEXT_LITERAL("claim.scope"), BEDNET_TEXT_LITERAL("mqtt.engine")},
        {BEDNET_TEXT_LITERAL("claim.site"), BEDNET_TEXT_LITERAL("north")},
    };
    const struct bednet_subject subject = {.client_id = BEDNET_TEXT_LITERAL("c1"),
                                           .username = BEDNET_TEXT_LITERAL("u1"),
                                           .attributes = attributes,
                                           .attribute_count = 2};
    const struct bednet_text names[] = {BEDNET_TEXT_LITERAL("device"), BEDNET_TEXT_LITERAL("a")};
    uint16_t roles[BEDNET_ROLES_PER_CLIENT_MAX];
    size_t count;
    unsigned exemptions;
    enum bednet_status status = bednet_policy_roles(policy, &subject, names, 2, roles, &count, &exemptions);
    require(status == BEDNET_OK || (status == BEDNET_LIMIT && count == 0 && exemptions == 0));
    require(count <= BEDNET_ROLES_PER_CLIENT_MAX);
    for (size_t i = 0; i < count; i++)
        require(roles[i] < policy->acl.role_count && (i == 0 || roles[i - 1] < roles[i]));
    ask_rules(policy, roles, count, &subject);
}

static void review_issuer(const struct bednet_policy *policy, size_t index)
{
    const struct bednet_token_issuer *issuer = &policy->jwt.rules.issuers[index];
    const struct bednet_jwt_mapping *mapping = &policy->jwt.mappings[index];
    const struct bednet_key_source *keys = &mapping->keys;
    require(issuer->issuer.len > 0 && issuer->algorithms != 0 && issuer->types != 0);
    require(!issuer->expiry_optional || issuer->lifetime_max_s == 0);
    require(mapping->identity.username.part_count > 0);
    for (size_t i = 0; i < issuer->required_count; i++)
        require(issuer->required[i].name.len > 0);
    require((keys->origin == BEDNET_KEYS_URL) == (keys->url.ptr != NULL));
    if (keys->origin == BEDNET_KEYS_FILE)
        return;
    require((issuer->algorithms & BEDNET_ALG_HS) == 0);
    require(keys->refresh_s >= 60 && keys->stale_s >= keys->refresh_s);
    struct bednet_text url = keys->origin == BEDNET_KEYS_URL ? keys->url : keys->issuer;
    require(memcmp(url.ptr, "https://", 8) == 0 || (keys->plain_http && memcmp(url.ptr, "http://", 7) == 0));
    require(memchr(url.ptr + 7, '@', strcspn(url.ptr + 8, "/?") + 1) == NULL);
}

static void review_template(const struct bednet_policy *policy, const struct bednet_template *tmpl)
{
    for (size_t i = 0; i < tmpl->part_count; i++) {
        const struct bednet_part *part = &tmpl->parts[i];
        bool noted = part->kind == BEDNET_PART_LITERAL;
        require(noted || part->kind == BEDNET_PART_ATTRIBUTE);
        for (size_t k = 0; k < policy->attribute_count && !noted; k++)
            noted = bednet_text_equal(policy->attributes[k], part->text);
        require(noted);
    }
}

static void review_acceptance(const struct bednet_policy *policy,
                              const struct bednet_certificate_acceptance *acceptance)
{
    const struct bednet_certificate_rule *rule = &acceptance->rule;
    const struct bednet_identity_mapping *identity = &acceptance->identity;
    size_t captures = 0;
    require(rule->keys != 0 && rule->digests != 0 && rule->rsa_bits_min >= 1024);
    require(rule->lifetime_max_s >= 0 && acceptance->source.line > 0 && identity->username.part_count > 0);
    require(rule->authority == BEDNET_AUTHORITY_NONE || policy->certificate.authorities != NULL);
    for (size_t i = 0; i < rule->match_count; i++) {
        require(rule->matches[i].pattern.part_count > 0);
        require((rule->matches[i].field.kind == BEDNET_FIELD_OID) ==
                (rule->matches[i].field.oid.ptr != NULL));
        captures += rule->matches[i].pattern.capture_count;
    }
    require(captures <= BEDNET_CAPTURES_MAX);
    for (size_t i = 0; i < rule->usage_count; i++)
        require(rule->usages[i].len > 0);
    review_template(policy, &identity->username);
    review_template(policy, &identity->client_id);
    for (size_t i = 0; i < identity->role_count; i++) {
        require(identity->roles[i].part_count == 1);
        review_template(policy, &identity->roles[i]);
    }
}

static void review_certificate(const struct bednet_policy *policy)
{
    const struct bednet_certificate_policy *certificate = &policy->certificate;
    const struct bednet_crl_policy *crl = &certificate->crl;
    if (policy->section[BEDNET_PLUGIN_CERT].line == 0) {
        require(certificate->accept_count == 0 && !certificate->with_token);
        return;
    }
    require(certificate->accept_count > 0 && certificate->on_expiry.source.line > 0);
    require(!certificate->with_token || policy->section[BEDNET_PLUGIN_JWT].line != 0);
    require(crl->source.line == 0 ||
            (certificate->authorities != NULL && crl->sources.file_count + crl->sources.folder_count > 0));
    require((crl->stale == BEDNET_STALE_GRACE) == (crl->grace_s > 0));
    for (size_t i = 0; i < certificate->accept_count; i++)
        review_acceptance(policy, &certificate->accept[i]);
}

static void review_role(const struct bednet_policy *policy, size_t index)
{
    const struct bednet_role *role = &policy->acl.roles[index];
    require(role->name.len > 0 && role->source.line > 0);
    require(role->inherited_count <= BEDNET_INHERITED_MAX);
    for (size_t i = 0; i < role->inherited_count; i++) {
        const struct bednet_role *base = &policy->acl.roles[role->inherited[i]];
        require(role->inherited[i] < policy->acl.role_count && base != role);
        require(i == 0 || role->inherited[i - 1] < role->inherited[i]);
        require(base->inherited_count < role->inherited_count);
    }
}

static void review(const struct bednet_policy *policy)
{
    review_certificate(policy);
    if (policy->section[BEDNET_PLUGIN_JWT].line != 0)
        require(policy->jwt.carriers != 0 && policy->jwt.on_expiry.source.line > 0);
    for (size_t i = 0; i < policy->jwt.rules.issuer_count; i++)
        review_issuer(policy, i);
    for (size_t i = 0; i < policy->acl.role_count; i++)
        review_role(policy, i);
    for (size_t i = 1; i < policy->attribute_count; i++)
        require(!bednet_text_equal(policy->attributes[i - 1], policy->attributes[i]));
    for (size_t i = 0; i < policy->limits.publish_count; i++) {
        const struct bednet_publish_limit *limit = &policy->limits.publish[i];
        require(limit->has_messages || limit->has_bytes);
        require(!limit->has_messages || (limit->messages.tokens > 0 && limit->messages.burst > 0));
        require(!limit->has_bytes || (limit->bytes.tokens > 0 && limit->bytes.burst > 0));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bednet_diag *diag = bednet_diag_new();
    struct bednet_policy *policy = NULL;
    require(diag != NULL);
    struct bednet_text yaml = {(const char *)data, size};
    enum bednet_status status = bednet_policy_parse("fuzz.yaml", yaml, false, diag, &policy);
    require((status == BEDNET_OK) == (policy != NULL));
    require((status != BEDNET_OK) == bednet_diag_failed(diag));
    if (policy != NULL) {
        review(policy);
        ask(policy);
    }
    bednet_policy_free(policy);
    bednet_diag_free(diag);
    return 0;
}
