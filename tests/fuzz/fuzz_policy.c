/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a policy file: refused with a reason, or a policy that holds together and answers questions
 * about whoever asks.
 */
#include "policy/policy.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__lsan_default_suppressions(void);

/* libfyaml 0.7.12 loses 2 KiB over a scalar of dozens of doubled quotes; that is not ours to mend. */
const char *__lsan_default_suppressions(void)
{
    return "leak:libfyaml.so\n";
}

static void require(bool condition)
{
    if (!condition)
        abort();
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
    struct bednet_rules_hits hits;
    bednet_rules_match(policy->acl.rules, roles, count, &subject, BEDNET_TEXT_LITERAL("a/b"), ~0u, &hits);
}

static void review(const struct bednet_policy *policy)
{
    for (size_t i = 0; i < policy->acl.role_count; i++)
        require(policy->acl.roles[i].name.len > 0 && policy->acl.roles[i].source.line > 0);
    for (size_t i = 1; i < policy->attribute_count; i++)
        require(!bednet_text_equal(policy->attributes[i - 1], policy->attributes[i]));
    for (size_t i = 0; i < policy->jwt.rules.issuer_count; i++) {
        require(policy->jwt.rules.issuers[i].issuer.len > 0 && policy->jwt.rules.issuers[i].algorithms != 0);
        require(policy->jwt.mappings[i].username.part_count > 0);
    }
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
