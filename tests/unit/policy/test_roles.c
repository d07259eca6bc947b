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
                                           question->attributes, question->attribute_count, NULL};
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

static const char heirs[] =
    "bednet: 1\n"
    "roles:\n"
    "  leaf: {inherits: [middle, side], members: {usernames: [u1]}, exempt: [limits]}\n"
    "  base: {members: {usernames: [u2], anonymous: true}, exempt: [topics]}\n"
    "  middle: {inherits: [base], allow: {publish: [a]}}\n"
    "  side: {inherits: [base, middle, base], exempt: [topics.wildcards]}\n"
    "  other: {inherits: [], members: {client_ids: [c1]}}\n";

enum { LEAF, BASE, MIDDLE, SIDE, OTHER };

/* Rights come down, members do not go up. */
static void heirs_have_what_they_inherit(void **state)
{
    (void)state;
    struct parsed parsed = parse_good(heirs);
    const struct question leaf = {.client_id = "c9", .username = "u1"};
    const struct question base = {.client_id = "c9", .username = "u2"};
    const struct question other = {.client_id = "c1", .username = "u9"};
    const struct question anonymous = {.client_id = "c1"};
    const struct question named = {
        .client_id = "c1", .username = "u9", .names = {"side", "middle"}, .name_count = 2};
    ASSERT_ROLES(parsed.policy, &base, BEDNET_EXEMPT_TOPICS, BASE);
    ASSERT_ROLES(parsed.policy, &anonymous, BEDNET_EXEMPT_TOPICS, BASE);
    ASSERT_ROLES(parsed.policy, &other, 0, OTHER);
    ASSERT_ROLES(parsed.policy, &leaf,
                 BEDNET_EXEMPT_LIMITS | BEDNET_EXEMPT_TOPICS | BEDNET_EXEMPT_TOPIC_WILDCARDS, LEAF, BASE,
                 MIDDLE, SIDE);
    ASSERT_ROLES(parsed.policy, &named, BEDNET_EXEMPT_TOPICS | BEDNET_EXEMPT_TOPIC_WILDCARDS, BASE, MIDDLE,
                 SIDE, OTHER);
    release(&parsed);
}

/* `heir` inherits from r0 to r29 in one list, and from more by way of the last of them. */
static struct parsed parse_heir(const char *last)
{
    char many[4096];
    size_t length = (size_t)sprintf(many, "bednet: 1\nroles:\n  x: {allow: {publish: [a]}}\n  y: {}\n");
    for (int i = 0; i < 30; i++)
        length += (size_t)sprintf(many + length, "  r%d: {inherits: [%s]}\n", i, i < 29 ? "" : last);
    length += (size_t)sprintf(many + length, "  heir: {members: {usernames: [u]}, inherits: [r0");
    for (int i = 1; i < 30; i++)
        length += (size_t)sprintf(many + length, ", r%d", i);
    sprintf(many + length, "]}\n");
    return parse(many);
}

static void what_is_inherited_counts(void **state)
{
    (void)state;
    uint16_t roles[BEDNET_ROLES_PER_CLIENT_MAX];
    const struct bednet_text more = BEDNET_TEXT_LITERAL("y");
    const struct bednet_subject subject = {.username = BEDNET_TEXT_LITERAL("u")};
    size_t count = 4711;
    unsigned exemptions = 4711;
    struct parsed parsed = parse_heir("x, y");
    assert_int_equal(parsed.status, BEDNET_INVALID);
    assert_told(parsed.diag,
                "p:35:47: role 'heir' inherits from too many, by way of others (expected at most 31)");
    release(&parsed);
    parsed = parse_heir("x");
    assert_told(parsed.diag, "");
    assert_int_equal(bednet_policy_roles(parsed.policy, &subject, NULL, 0, roles, &count, &exemptions),
                     BEDNET_OK);
    assert_int_equal(count, 32);
    assert_int_equal(bednet_policy_roles(parsed.policy, &subject, &more, 1, roles, &count, &exemptions),
                     BEDNET_LIMIT);
    assert_int_equal(count, 0);
    release(&parsed);
}

/* --- Random inheritance against walking it --- */

enum { FAMILY = 12 };

struct family {
    bool inherits[FAMILY][FAMILY];
    bool has[FAMILY][FAMILY]; /* by way of others, too */
    bool exempt[FAMILY];
};

static uint32_t random_below(uint64_t *seed, uint32_t bound)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*seed >> 33) % bound;
}

/* The longest way up from a role; FAMILY and more where there is none, for it goes in a circle. */
static int longest_way(const struct family *family, int role, int so_far)
{
    int longest = 0;
    for (int base = 0; base < FAMILY && so_far <= FAMILY; base++)
        if (family->inherits[role][base]) {
            int way = 1 + longest_way(family, base, so_far + 1);
            longest = way > longest ? way : longest;
        }
    return longest;
}

static bool is_sound(const struct family *family)
{
    for (int role = 0; role < FAMILY; role++)
        if (longest_way(family, role, 0) > BEDNET_INHERITANCE_DEPTH_MAX)
            return false;
    return true;
}

static void random_family(uint64_t *seed, struct family *family)
{
    *family = (struct family){0};
    bool may_circle = random_below(seed, 2) == 0;
    for (int role = 0; role < FAMILY; role++) {
        family->exempt[role] = random_below(seed, 4) == 0;
        for (int edges = (int)random_below(seed, 3); edges > 0; edges--) {
            int base = (int)random_below(seed, FAMILY);
            if (may_circle || base < role)
                family->inherits[role][base] = true;
        }
    }
    memcpy(family->has, family->inherits, sizeof family->has);
    for (int by = 0; by < FAMILY; by++)
        for (int role = 0; role < FAMILY; role++)
            for (int base = 0; base < FAMILY; base++)
                family->has[role][base] |= family->has[role][by] && family->has[by][base];
}

static void write_family(const struct family *family, char *out)
{
    out += sprintf(out, "bednet: 1\nroles:\n");
    for (int role = 0; role < FAMILY; role++) {
        out += sprintf(out, "  r%d: {%s allow: {publish: [a]}, inherits: [", role,
                       family->exempt[role] ? "exempt: [topics]," : "");
        const char *joint = "";
        for (int base = 0; base < FAMILY; base++)
            if (family->inherits[role][base]) {
                out += sprintf(out, "%sr%d", joint, base);
                joint = ", ";
            }
        out += sprintf(out, "]}\n");
    }
}

static void assert_heir(const struct bednet_policy *policy, const struct family *family, int role)
{
    char name[16];
    uint16_t expected[FAMILY];
    size_t count = 0;
    unsigned exemptions = 0;
    for (int base = 0; base < FAMILY; base++)
        if (base == role || family->has[role][base]) {
            expected[count++] = (uint16_t)base;
            exemptions |= family->exempt[base] ? BEDNET_EXEMPT_TOPICS : 0;
        }
    sprintf(name, "r%d", role);
    const struct question named = {.client_id = "c", .username = "u", .names = {name}, .name_count = 1};
    assert_roles(policy, &named, expected, count, exemptions);
}

static void random_families_agree(void **state)
{
    (void)state;
    unsigned sound = 0;
    unsigned refused = 0;
    for (uint64_t round = 1; round <= 3000; round++) {
        uint64_t seed = round;
        char text[4096];
        struct family family;
        random_family(&seed, &family);
        write_family(&family, text);
        struct parsed parsed = parse(text);
        if ((parsed.status == BEDNET_OK) != is_sound(&family))
            fail_msg("round %u:\n%s", (unsigned)round, text);
        for (int role = 0; role < FAMILY && parsed.status == BEDNET_OK; role++)
            assert_heir(parsed.policy, &family, role);
        sound += parsed.status == BEDNET_OK;
        refused += parsed.status != BEDNET_OK;
        release(&parsed);
    }
    assert_true(sound > 500 && refused > 500);
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
        cmocka_unit_test(heirs_have_what_they_inherit),
        cmocka_unit_test(what_is_inherited_counts),
        cmocka_unit_test(random_families_agree),
        cmocka_unit_test(a_policy_without_roles_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
