/* SPDX-License-Identifier: Apache-2.0 */
/* From a subject to its roles. */
#include "policy_testing.h"

static const char yaml[] = "bednet: 1\n"
                           "roles:\n"
                           "  zulu: {allow: {publish: [a]}, exempt: [limits]}\n"
                           "  users: {members: {usernames: [u1, u1, u2]}, exempt: [topics]}\n"
                           "  ids: {members: {client_ids: [c1]}}\n"
                           "  scoped: {members: {claims: {scope: [x, y], tenant: acme}}}\n"
                           "  nobody: {members: {anonymous: true}, exempt: [topics.wildcards]}\n"
                           "  alpha: {members: {usernames: [u2], anonymous: false}}\n"
                           "  shown: {members: {certificates: {ou: [gw, ms], oid.1.2.3: v}}}\n";

enum { ZULU, USERS, IDS, SCOPED, NOBODY, ALPHA, SHOWN };

struct question {
    const char *client_id;
    const char *username;
    struct bednet_attribute attributes[3];
    size_t attribute_count;
    const char *names[4];
    size_t name_count;
};

static void assert_roles(const struct bednet_policy *policy, const struct question *question,
                         const uint16_t *expected, size_t expected_count, unsigned expected_exemptions)
{
    const struct bednet_subject subject = {bednet_text(question->client_id), bednet_text(question->username),
                                           question->attributes, question->attribute_count};
    struct bednet_text names[4];
    uint16_t roles[BEDNET_ROLES_PER_CLIENT_MAX];
    size_t count = 4711;
    unsigned exemptions = 4711;
    for (size_t i = 0; i < question->name_count; i++)
        names[i] = bednet_text(question->names[i]);
    assert_int_equal(
        bednet_policy_roles(policy, &subject, names, question->name_count, roles, &count, &exemptions),
        BEDNET_OK);
    assert_int_equal(count, expected_count);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(roles[i], expected[i]);
    assert_int_equal(exemptions, expected_exemptions);
}

#define ASSERT_ROLES(policy, question, exemptions, ...)                                                      \
    do {                                                                                                     \
        const uint16_t roles_[] = {__VA_ARGS__};                                                             \
        assert_roles((policy), (question), roles_, sizeof roles_ / sizeof roles_[0], (exemptions));          \
    } while (0)

static void strangers_have_none(void **state)
{
    (void)state;
    struct parsed parsed = parse_good(yaml);
    const struct question stranger = {.client_id = "c9", .username = "u9"};
    const struct question empty = {.client_id = "", .username = ""};
    const struct question unknown = {
        .client_id = "c9", .username = "u9", .names = {"zul", "zuluu", "", "Zulu"}, .name_count = 4};
    assert_roles(parsed.policy, &stranger, NULL, 0, 0);
    assert_roles(parsed.policy, &empty, NULL, 0, 0);
    assert_roles(parsed.policy, &unknown, NULL, 0, 0);
    release(&parsed);
}

static void names_and_members_add_up(void **state)
{
    (void)state;
    struct parsed parsed = parse_good(yaml);
    const struct question named = {
        .client_id = "c9", .username = "u9", .names = {"alpha", "zulu", "alpha"}, .name_count = 3};
    const struct question member = {.client_id = "c1", .username = "u2"};
    const struct question both = {
        .client_id = "c9", .username = "u1", .names = {"users", "zulu"}, .name_count = 2};
    ASSERT_ROLES(parsed.policy, &named, BEDNET_EXEMPT_LIMITS, ZULU, ALPHA);
    ASSERT_ROLES(parsed.policy, &member, BEDNET_EXEMPT_TOPICS, USERS, IDS, ALPHA);
    ASSERT_ROLES(parsed.policy, &both, BEDNET_EXEMPT_TOPICS | BEDNET_EXEMPT_LIMITS, ZULU, USERS);
    release(&parsed);
}

static void claims_match_by_name_and_value(void **state)
{
    (void)state;
    struct parsed parsed = parse_good(yaml);
    const struct question good = {
        .client_id = "c9",
        .username = "u9",
        .attributes = {{BEDNET_TEXT_LITERAL("claim.scope"), BEDNET_TEXT_LITERAL("z")},
                       {BEDNET_TEXT_LITERAL("claim.scope"), BEDNET_TEXT_LITERAL("y")}},
        .attribute_count = 2};
    const struct question wrong = {
        .client_id = "c9",
        .username = "u9",
        .attributes = {{BEDNET_TEXT_LITERAL("claim.scope"), BEDNET_TEXT_LITERAL("acme")},
                       {BEDNET_TEXT_LITERAL("claim.tenant"), BEDNET_TEXT_LITERAL("x")},
                       {BEDNET_TEXT_LITERAL("scope"), BEDNET_TEXT_LITERAL("x")}},
        .attribute_count = 3};
    const struct question absent = {.client_id = "c9",
                                    .username = "u9",
                                    .attributes = {{BEDNET_TEXT_LITERAL("claim.scope"), {NULL, 0}},
                                                   {{NULL, 0}, BEDNET_TEXT_LITERAL("x")}},
                                    .attribute_count = 2};
    ASSERT_ROLES(parsed.policy, &good, 0, SCOPED);
    assert_roles(parsed.policy, &wrong, NULL, 0, 0);
    assert_roles(parsed.policy, &absent, NULL, 0, 0);
    release(&parsed);
}

/* A field is no claim of that name, and each of its values counts. */
static void fields_of_certificates_match(void **state)
{
    (void)state;
    struct parsed parsed = parse_good(yaml);
    const struct question good = {.client_id = "c9",
                                  .username = "u9",
                                  .attributes = {{BEDNET_TEXT_LITERAL("cert.ou"), BEDNET_TEXT_LITERAL("zz")},
                                                 {BEDNET_TEXT_LITERAL("cert.ou"), BEDNET_TEXT_LITERAL("ms")}},
                                  .attribute_count = 2};
    const struct question extension = {
        .client_id = "c9",
        .username = "u9",
        .attributes = {{BEDNET_TEXT_LITERAL("cert.oid.1.2.3"), BEDNET_TEXT_LITERAL("v")}},
        .attribute_count = 1};
    const struct question wrong = {
        .client_id = "c9",
        .username = "u9",
        .attributes = {{BEDNET_TEXT_LITERAL("claim.ou"), BEDNET_TEXT_LITERAL("gw")},
                       {BEDNET_TEXT_LITERAL("match.ou"), BEDNET_TEXT_LITERAL("gw")},
                       {BEDNET_TEXT_LITERAL("cert.o"), BEDNET_TEXT_LITERAL("gw")}},
        .attribute_count = 3};
    ASSERT_ROLES(parsed.policy, &good, 0, SHOWN);
    ASSERT_ROLES(parsed.policy, &extension, 0, SHOWN);
    assert_roles(parsed.policy, &wrong, NULL, 0, 0);
    release(&parsed);
}

/* A client without a user name chooses its client id freely. */
static void anonymous_clients_are_only_that(void **state)
{
    (void)state;
    struct parsed parsed = parse_good(yaml);
    const struct question anonymous = {.client_id = "c1", .username = NULL};
    const struct question named = {.client_id = NULL, .username = "u1"};
    ASSERT_ROLES(parsed.policy, &anonymous, BEDNET_EXEMPT_TOPIC_WILDCARDS, NOBODY);
    ASSERT_ROLES(parsed.policy, &named, BEDNET_EXEMPT_TOPICS, USERS);
    release(&parsed);
}

/* 40 roles, all of user u; `n` of them by name for others. */
static struct parsed parse_many(void)
{
    char many[4096];
    size_t length =
        (size_t)sprintf(many, "bednet: 1\nroles:\n  x: {allow: {publish: [a]}, exempt: [limits]}\n");
    for (int i = 0; i < 40; i++)
        length +=
            (size_t)sprintf(many + length, "  r%d: {members: {usernames: [%s]}}\n", i, i < 32 ? "u, v" : "u");
    return parse_good(many);
}

static void too_many_roles_are_none(void **state)
{
    (void)state;
    struct parsed parsed = parse_many();
    uint16_t roles[BEDNET_ROLES_PER_CLIENT_MAX];
    const struct bednet_text name = BEDNET_TEXT_LITERAL("x");
    const struct bednet_text known = BEDNET_TEXT_LITERAL("r7");
    struct bednet_subject subject = {.username = BEDNET_TEXT_LITERAL("u")};
    size_t count = 4711;
    unsigned exemptions = 4711;
    assert_int_equal(bednet_policy_roles(parsed.policy, &subject, NULL, 0, roles, &count, &exemptions),
                     BEDNET_LIMIT);
    assert_int_equal(count, 0);
    assert_int_equal(exemptions, 0);
    subject.username = BEDNET_TEXT_LITERAL("v");
    assert_int_equal(bednet_policy_roles(parsed.policy, &subject, NULL, 0, roles, &count, &exemptions),
                     BEDNET_OK);
    assert_int_equal(count, 32);
    assert_int_equal(bednet_policy_roles(parsed.policy, &subject, &known, 1, roles, &count, &exemptions),
                     BEDNET_OK);
    assert_int_equal(count, 32);
    assert_int_equal(bednet_policy_roles(parsed.policy, &subject, &name, 1, roles, &count, &exemptions),
                     BEDNET_LIMIT);
    assert_int_equal(exemptions, 0);
    release(&parsed);
}

static void a_policy_without_roles_answers(void **state)
{
    (void)state;
    struct parsed parsed = parse_good("bednet: 1\n");
    const struct question anybody = {.client_id = "c", .names = {"a"}, .name_count = 1};
    assert_roles(parsed.policy, &anybody, NULL, 0, 0);
    release(&parsed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strangers_have_none),
        cmocka_unit_test(names_and_members_add_up),
        cmocka_unit_test(claims_match_by_name_and_value),
        cmocka_unit_test(fields_of_certificates_match),
        cmocka_unit_test(anonymous_clients_are_only_that),
        cmocka_unit_test(too_many_roles_are_none),
        cmocka_unit_test(a_policy_without_roles_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
