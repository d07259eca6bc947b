/* SPDX-License-Identifier: Apache-2.0 */
/* Exceptions that end, and what a change of the policy does to clients that are there. */
#include "policy_testing.h"

#include <stdlib.h>

static const char both[] =
    "bednet: 1\n"
    "roles:\n"
    "  debug:\n"
    "    exempt:\n"
    "      - limits\n"
    "      - {what: topics.wildcards, until: 2026-11-23T18:00:00Z, because: incident 4711}\n"
    "    allow: {publish: [a]}\n"
    "  heir:\n"
    "    inherits: [debug]\n"
    "    exempt: [{what: limits, until: 2026-11-23T18:00:00+01:00, because: load test}]\n";

#define SIX_PM_UTC INT64_C(1795456800)

static void reads_exceptions(void **state)
{
    (void)state;
    struct parsed parsed = parse_good(both);
    const struct bednet_acl_policy *acl = &parsed.policy->acl;
    assert_int_equal(acl->roles[0].exemptions, BEDNET_EXEMPT_LIMITS);
    assert_int_equal(acl->roles[1].exemptions, 0);
    assert_int_equal(acl->exception_count, 2);
    assert_int_equal(acl->exceptions[0].role, 0);
    assert_int_equal(acl->exceptions[0].exemption, BEDNET_EXEMPT_TOPIC_WILDCARDS);
    assert_int_equal(acl->exceptions[0].until_s, SIX_PM_UTC);
    assert_text(acl->exceptions[0].because, "incident 4711");
    assert_source(acl->exceptions[0].source, 6, 9);
    assert_int_equal(acl->exceptions[1].role, 1);
    assert_int_equal(acl->exceptions[1].exemption, BEDNET_EXEMPT_LIMITS);
    assert_int_equal(acl->exceptions[1].until_s, SIX_PM_UTC - 3600);
    release(&parsed);
}

static void they_end(void **state)
{
    (void)state;
    struct parsed parsed = parse_good(both);
    assert_int_equal(bednet_policy_exceptions_at(parsed.policy, 0), 3);
    assert_int_equal(bednet_policy_exceptions_at(parsed.policy, SIX_PM_UTC - 3601), 3);
    assert_int_equal(bednet_policy_exceptions_at(parsed.policy, SIX_PM_UTC - 3600), 1);
    assert_int_equal(bednet_policy_exceptions_at(parsed.policy, SIX_PM_UTC - 1), 1);
    assert_int_equal(bednet_policy_exceptions_at(parsed.policy, SIX_PM_UTC), 0);
    assert_int_equal(bednet_policy_exceptions_at(parsed.policy, INT64_MAX), 0);
    release(&parsed);
}

static void they_are_for_their_role(void **state)
{
    (void)state;
    static const uint16_t debug[] = {0};
    static const uint16_t all[] = {0, 1};
    struct parsed parsed = parse_good(both);
    const struct bednet_policy *policy = parsed.policy;
    assert_int_equal(bednet_policy_excepted(policy, 3, NULL, 0), 0);
    assert_int_equal(bednet_policy_excepted(policy, 0, all, 2), 0);
    assert_int_equal(bednet_policy_excepted(policy, 3, debug, 1), BEDNET_EXEMPT_TOPIC_WILDCARDS);
    assert_int_equal(bednet_policy_excepted(policy, 2, debug, 1), 0);
    assert_int_equal(bednet_policy_excepted(policy, 3, all, 2),
                     BEDNET_EXEMPT_TOPIC_WILDCARDS | BEDNET_EXEMPT_LIMITS);
    assert_null(bednet_policy_exception(policy, 3, debug, 1, BEDNET_EXEMPT_LIMITS));
    assert_null(bednet_policy_exception(policy, 1, all, 2, BEDNET_EXEMPT_LIMITS));
    assert_ptr_equal(bednet_policy_exception(policy, 3, all, 2, BEDNET_EXEMPT_LIMITS),
                     &policy->acl.exceptions[1]);
    assert_ptr_equal(bednet_policy_exception(policy, 3, all, 2, ~0u), &policy->acl.exceptions[0]);
    release(&parsed);
}

/* Each in a role of its own. */
static struct parsed parse_many(size_t count)
{
    char *yaml = malloc(count * 128 + 64);
    assert_non_null(yaml);
    size_t length = (size_t)sprintf(yaml, "bednet: 1\nroles:\n  last: {allow: {publish: [a]}}\n");
    for (size_t i = 0; i < count; i++)
        length += (size_t)sprintf(
            yaml + length, "  r%zu: {exempt: [{what: limits, until: 2026-11-23T18:00:00Z, because: x}]}\n",
            i);
    struct parsed parsed = parse(yaml);
    free(yaml);
    return parsed;
}

static void there_are_at_most_so_many(void **state)
{
    (void)state;
    struct parsed parsed = parse_many(BEDNET_EXCEPTIONS_MAX);
    assert_told(parsed.diag, "");
    assert_int_equal(bednet_policy_exceptions_at(parsed.policy, SIX_PM_UTC - 1), UINT64_MAX);
    release(&parsed);
    parsed = parse_many(BEDNET_EXCEPTIONS_MAX + 1);
    assert_told(parsed.diag, "p:68:18: one exception too many (expected at most 64 in all roles together)");
    release(&parsed);
}

static void a_reason_has_its_bounds(void **state)
{
    (void)state;
    char yaml[512];
    snprintf(yaml, sizeof yaml,
             "bednet: 1\nroles: {r: {allow: {publish: [a]}, exempt: [{what: limits, until: 0, because: "
             "%0200d}]}}\n",
             0);
    struct parsed parsed = parse_good(yaml);
    release(&parsed);
    snprintf(yaml, sizeof yaml,
             "bednet: 1\nroles: {r: {exempt: [{what: limits, until: 0, because: %0201d}]}}\n", 0);
    parsed = parse(yaml);
    assert_told(parsed.diag, "p:2:56: because has 201 bytes (expected at most 200)");
    release(&parsed);
}

static void reads_on_change(void **state)
{
    (void)state;
    struct parsed parsed = parse_good("bednet: 1\n");
    assert_int_equal(parsed.policy->on_change.subscription, BEDNET_CHANGE_REMOVES);
    assert_false(parsed.policy->on_change.ends_roleless);
    assert_false(parsed.policy->on_change.drops_will);
    assert_source(parsed.policy->on_change.source, 0, 0);
    release(&parsed);
    parsed = parse_good("bednet: 1\non_change: {subscription: disconnect, roles: disconnect, will: drop}\n");
    assert_int_equal(parsed.policy->on_change.subscription, BEDNET_CHANGE_DISCONNECTS);
    assert_true(parsed.policy->on_change.ends_roleless);
    assert_true(parsed.policy->on_change.drops_will);
    assert_source(parsed.policy->on_change.source, 2, 1);
    release(&parsed);
    parsed = parse_good("bednet: 1\non_change: {subscription: keep, roles: keep, will: send}\n");
    assert_int_equal(parsed.policy->on_change.subscription, BEDNET_CHANGE_KEEPS);
    assert_false(parsed.policy->on_change.ends_roleless);
    assert_false(parsed.policy->on_change.drops_will);
    release(&parsed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_exceptions),        cmocka_unit_test(they_end),
        cmocka_unit_test(they_are_for_their_role), cmocka_unit_test(there_are_at_most_so_many),
        cmocka_unit_test(a_reason_has_its_bounds), cmocka_unit_test(reads_on_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
