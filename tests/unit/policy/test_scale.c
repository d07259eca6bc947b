/* SPDX-License-Identifier: Apache-2.0 */
/*
 * 100,000 rules, however they are spread: all there, each at its place, and no step that takes their number
 * squared. The bound is for sanitizers on a busy machine; without them all take well below a second.
 */
#include "policy_testing.h"
#include "rules_asking.h"

#include <stdlib.h>
#include <time.h>

enum { RULES = 100000, CPU_SECONDS_MAX = 20 };

struct text_buffer {
    char *bytes;
    size_t length;
    size_t capacity;
};

static void append(struct text_buffer *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void append(struct text_buffer *buffer, const char *format, ...)
{
    if (buffer->capacity - buffer->length < 256) {
        buffer->capacity = buffer->capacity * 2 + 4096;
        buffer->bytes = realloc(buffer->bytes, buffer->capacity);
        assert_non_null(buffer->bytes);
    }
    va_list arguments;
    va_start(arguments, format);
    buffer->length += (size_t)vsnprintf(buffer->bytes + buffer->length, 256, format, arguments);
    va_end(arguments);
}

static struct parsed parse_timed(struct text_buffer *buffer, const char *what)
{
    clock_t before = clock();
    struct parsed parsed = parse_bytes((struct bednet_text){buffer->bytes, buffer->length});
    double seconds = (double)(clock() - before) / CLOCKS_PER_SEC;
    print_message("%s: %.2f s, %zu bytes of YAML\n", what, seconds, buffer->length);
    assert_true(seconds < CPU_SECONDS_MAX);
    free(buffer->bytes);
    return parsed;
}

static void assert_rules(struct parsed *parsed, size_t count)
{
    assert_told(parsed->diag, "");
    assert_int_equal(parsed->status, BEDNET_OK);
    assert_int_equal(bednet_rules_count(parsed->policy->acl.rules), count);
    release(parsed);
}

static void in_one_role(void **state)
{
    (void)state;
    struct text_buffer buffer = {0};
    append(&buffer, "bednet: 1\nroles:\n  r:\n    allow:\n      publish:\n");
    for (int i = 0; i < RULES; i++)
        append(&buffer, "        - acme/site%d/${claim.line%d}/${client_id}/telemetry\n", i, i % 100);
    struct parsed parsed = parse_timed(&buffer, "one role");
    const struct bednet_attribute line = {BEDNET_TEXT_LITERAL("claim.line99"), BEDNET_TEXT_LITERAL("l")};
    const struct bednet_subject subject = {BEDNET_TEXT_LITERAL("c"), {NULL, 0}, &line, 1, NULL};
    const uint16_t role = 0;
    struct bednet_rules_hits hits;
    assert_int_equal(parsed.policy->attribute_count, 100);
    assert_true(rules_match(parsed.policy->acl.rules, &role, 1, &subject,
                            BEDNET_TEXT_LITERAL("acme/site99999/l/c/telemetry"), ~0u, &hits));
    assert_int_equal(hits.source[BEDNET_ALLOW_PUBLISH].line, RULES + 5);
    assert_rules(&parsed, RULES);
}

static void in_many_roles(void **state)
{
    (void)state;
    struct text_buffer buffer = {0};
    append(&buffer, "bednet: 1\nroles:\n");
    for (int role = 0; role < BEDNET_ROLES_MAX; role++) {
        append(&buffer, "  role%d:\n    members: {usernames: [u%d], claims: {scope: [s%d]}}\n", role, role,
               role);
        append(&buffer, "    allow:\n      subscribe:\n");
        for (int i = 0; i < RULES / BEDNET_ROLES_MAX; i++)
            append(&buffer, "        - acme/r%d/%d/#\n", role, i);
    }
    struct parsed parsed = parse_timed(&buffer, "4096 roles");
    const struct bednet_subject subject = {.username = BEDNET_TEXT_LITERAL("u4095")};
    uint16_t roles[BEDNET_ROLES_PER_CLIENT_MAX];
    size_t count;
    unsigned exemptions;
    assert_int_equal(bednet_policy_roles(parsed.policy, &subject, NULL, 0, roles, &count, &exemptions),
                     BEDNET_OK);
    assert_int_equal(count, 1);
    assert_int_equal(roles[0], 4095);
    assert_rules(&parsed, (size_t)(RULES / BEDNET_ROLES_MAX) * BEDNET_ROLES_MAX);
}

/* What a control plane writes: JSON, all on one line. */
static void on_one_line(void **state)
{
    (void)state;
    struct text_buffer buffer = {0};
    append(&buffer, "{\"bednet\":1,\"roles\":{\"r\":{\"allow\":{\"receive\":[");
    for (int i = 0; i < RULES; i++)
        append(&buffer, "%s\"acme/site%d/${username}/+\"", i > 0 ? "," : "", i);
    append(&buffer, "]}}}}");
    struct parsed parsed = parse_timed(&buffer, "one line");
    assert_rules(&parsed, RULES);
}

static void members_and_keys(void **state)
{
    (void)state;
    struct text_buffer buffer = {0};
    append(&buffer, "bednet: 1\nroles:\n  r:\n    allow: {publish: [a]}\n    members:\n      claims:\n");
    for (int i = 0; i < RULES; i++)
        append(&buffer, "        c%d: [v%d]\n", i, i);
    append(&buffer, "      usernames:\n");
    for (int i = 0; i < RULES; i++)
        append(&buffer, "        - u%d\n", i);
    struct parsed parsed = parse_timed(&buffer, "members");
    assert_int_equal(parsed.policy->attribute_count, RULES);
    assert_rules(&parsed, 1);
}

/* 100,000 faults cost no more than 100,000 rules. */
static void faults(void **state)
{
    (void)state;
    struct text_buffer buffer = {0};
    append(&buffer, "bednet: 1\n");
    for (int i = 0; i < RULES; i++)
        append(&buffer, "role%d: x\n", i % (RULES / 2));
    struct parsed parsed = parse_timed(&buffer, "faults");
    assert_int_equal(parsed.status, BEDNET_INVALID);
    assert_int_equal(bednet_diag_count(parsed.diag) + bednet_diag_dropped(parsed.diag), RULES);
    release(&parsed);
}

static void more_values_than_are_bearable(void **state)
{
    (void)state;
    struct text_buffer buffer = {0};
    append(&buffer, "bednet: 1\nroles: [");
    for (int i = 0; i < 2100000; i++)
        append(&buffer, "a,");
    append(&buffer, "a]\n");
    struct parsed parsed = parse_timed(&buffer, "values");
    assert_int_equal(parsed.status, BEDNET_INVALID);
    assert_told(parsed.diag, "p:2:4000003: too many values in one file (expected at most 2000000)");
    release(&parsed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_one_role), cmocka_unit_test(in_many_roles),
        cmocka_unit_test(on_one_line), cmocka_unit_test(members_and_keys),
        cmocka_unit_test(faults),      cmocka_unit_test(more_values_than_are_bearable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
