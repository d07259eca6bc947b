/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a file of revocations: refused with a reason, or a list that answers the same question the
 * same way twice and never answers yes without an entry.
 */
#include "fuzz/libfyaml.h"
#include "policy/revocations.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition)
        abort();
}

static void ask(const struct bednet_revocations *revocations)
{
    const struct bednet_attribute attributes[] = {
        {BEDNET_TEXT_LITERAL("claim.iat"), BEDNET_TEXT_LITERAL("1700000000")},
        {BEDNET_TEXT_LITERAL("claim.iss"), BEDNET_TEXT_LITERAL("https://url.example")},
        {BEDNET_TEXT_LITERAL("claim.jti"), BEDNET_TEXT_LITERAL("8a7c0d")},
        {BEDNET_TEXT_LITERAL("claim.jti"), BEDNET_TEXT_LITERAL("a")},
        {BEDNET_TEXT_LITERAL("claim.sub"), BEDNET_TEXT_LITERAL("sensor-17")},
    };
    struct bednet_subject subject = {.client_id = BEDNET_TEXT_LITERAL("c1"),
                                     .attributes = attributes,
                                     .attribute_count = sizeof attributes / sizeof attributes[0]};
    bool hit = bednet_revocations_hit(revocations, &subject);
    require(!hit || bednet_revocations_count(revocations) > 0);
    require(hit == bednet_revocations_hit(revocations, &subject));
    /* Who says when it was issued can only fare better. */
    subject.attributes++;
    subject.attribute_count--;
    require(!hit || bednet_revocations_hit(revocations, &subject));
    subject = (struct bednet_subject){0};
    require(!bednet_revocations_hit(revocations, &subject));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bednet_diag *diag = bednet_diag_new();
    struct bednet_revocations *revocations = NULL;
    require(diag != NULL);
    struct bednet_text yaml = {(const char *)data, size};
    enum bednet_status status = bednet_revocations_parse("fuzz.yaml", yaml, diag, &revocations);
    require((status == BEDNET_OK) == (revocations != NULL));
    require((status != BEDNET_OK) == bednet_diag_failed(diag));
    if (revocations != NULL)
        ask(revocations);
    bednet_revocations_free(revocations);
    bednet_diag_free(diag);
    return 0;
}
