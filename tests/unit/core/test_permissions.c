/* SPDX-License-Identifier: Apache-2.0 */
/* What a credential's own list says: entry by entry, and which entry wins. */
#include "cmocka_first.h"

#include "core/permissions.h"

#define PUBLISH   (1u << BEDNET_ACTION_PUBLISH)
#define SUBSCRIBE (1u << BEDNET_ACTION_SUBSCRIBE)
#define RECEIVE   (1u << BEDNET_ACTION_RECEIVE)
#define ANY_QOS   BEDNET_PERMISSION_QOS_ALL

#define ENTRY(text, what)                                                                                    \
    {                                                                                                        \
        .filter = {(text), sizeof(text) - 1}, .actions = (what), .qos = ANY_QOS                              \
    }
#define DENIAL(text, what)                                                                                   \
    {                                                                                                        \
        .filter = {(text), sizeof(text) - 1}, .actions = (what), .qos = ANY_QOS, .denies = true              \
    }

static enum bednet_permissions_answer ask_at(const struct bednet_permission *entries, size_t count,
                                             enum bednet_action action, const char *topic, uint8_t qos,
                                             bool retain)
{
    const struct bednet_permissions permissions = {.entries = entries, .count = count};
    return bednet_permissions_ask(&permissions, action, bednet_text(topic), qos, retain);
}

#define says(answer, entries, action, topic)                                                                 \
    assert_int_equal(                                                                                        \
        ask_at(entries, sizeof entries / sizeof *entries, BEDNET_ACTION_##action, topic, 0, false),          \
        BEDNET_PERMISSIONS_##answer)
#define says_at(answer, entries, action, topic, qos, retain)                                                 \
    assert_int_equal(                                                                                        \
        ask_at(entries, sizeof entries / sizeof *entries, BEDNET_ACTION_##action, topic, qos, retain),       \
        BEDNET_PERMISSIONS_##answer)

static void test_an_empty_list_says_nothing(void **state)
{
    (void)state;
    for (int action = 0; action < BEDNET_ACTIONS; action++)
        assert_int_equal(ask_at(NULL, 0, (enum bednet_action)action, "a", 0, false),
                         BEDNET_PERMISSIONS_SILENT);
}

static void test_what_is_not_listed_is_not_allowed(void **state)
{
    (void)state;
    const struct bednet_permission list[] = {ENTRY("p", PUBLISH), ENTRY("s/+", SUBSCRIBE),
                                             ENTRY("r", RECEIVE), ENTRY("none", 0)};
    says(SILENT, list, PUBLISH, "s/x");
    says(SILENT, list, PUBLISH, "r");
    says(SILENT, list, PUBLISH, "none");
    says(SILENT, list, SUBSCRIBE, "p");
    says(SILENT, list, SUBSCRIBE, "r");
    says(SILENT, list, SUBSCRIBE, "s/#");
    says(SILENT, list, SUBSCRIBE, "+/x");
    says(SILENT, list, SUBSCRIBE, "#");
    says(SILENT, list, RECEIVE, "p");
    says(SILENT, list, RECEIVE, "s");
    says(SILENT, list, LOGIN, "p");
    says(SILENT, list, UNSUBSCRIBE, "s/x");
    says(SILENT, list, PUBLISH, NULL);
    says(SILENT, list, SUBSCRIBE, NULL);
    says(SILENT, list, RECEIVE, NULL);
    says(ALLOW, list, PUBLISH, "p");
    says(ALLOW, list, SUBSCRIBE, "s/+");
    says(ALLOW, list, RECEIVE, "s/x");
    says(ALLOW, list, RECEIVE, "r");
}

static void test_deny_beats_allow_wherever_it_stands(void **state)
{
    (void)state;
    const struct bednet_permission first[] = {DENIAL("a/secret", PUBLISH | SUBSCRIBE),
                                              ENTRY("a/#", PUBLISH | SUBSCRIBE)};
    const struct bednet_permission last[] = {ENTRY("a/#", PUBLISH | SUBSCRIBE),
                                             DENIAL("a/secret", PUBLISH | SUBSCRIBE)};
    says(DENY, first, PUBLISH, "a/secret");
    says(DENY, last, PUBLISH, "a/secret");
    says(DENY, first, SUBSCRIBE, "a/secret");
    says(DENY, last, SUBSCRIBE, "a/secret");
    /* What is broader than the denial is allowed, and what is denied does not come. */
    says(ALLOW, first, SUBSCRIBE, "a/#");
    says(ALLOW, last, SUBSCRIBE, "a/+");
    says(DENY, first, RECEIVE, "a/secret");
    says(DENY, last, RECEIVE, "a/secret");
    says(ALLOW, last, RECEIVE, "a/open");
}

static void test_receive_has_denials_of_its_own(void **state)
{
    (void)state;
    const struct bednet_permission list[] = {ENTRY("#", SUBSCRIBE), DENIAL("hidden", RECEIVE),
                                             DENIAL("p", PUBLISH)};
    says(DENY, list, RECEIVE, "hidden");
    says(ALLOW, list, SUBSCRIBE, "hidden");
    says(ALLOW, list, RECEIVE, "p");
}

static void test_broker_topics_only_by_name(void **state)
{
    (void)state;
    const struct bednet_permission wide[] = {ENTRY("#", PUBLISH | SUBSCRIBE),
                                             ENTRY("+/#", PUBLISH | SUBSCRIBE)};
    const struct bednet_permission named[] = {ENTRY("$SYS/#", SUBSCRIBE)};
    const struct bednet_permission denied[] = {ENTRY("$SYS/#", SUBSCRIBE), DENIAL("#", SUBSCRIBE)};
    says(SILENT, wide, PUBLISH, "$CONTROL/dynamic-security/v1");
    says(SILENT, wide, SUBSCRIBE, "$SYS/#");
    says(SILENT, wide, RECEIVE, "$SYS/broker/uptime");
    says(ALLOW, named, SUBSCRIBE, "$SYS/broker/+");
    says(ALLOW, named, RECEIVE, "$SYS/broker/uptime");
    says(ALLOW, denied, RECEIVE, "$SYS/broker/uptime");
}

static void test_qos_is_asked_of_publish_and_subscribe(void **state)
{
    (void)state;
    struct bednet_permission list[] = {ENTRY("a", PUBLISH | SUBSCRIBE)};
    list[0].qos = 1 << 1;
    says_at(SILENT, list, PUBLISH, "a", 0, false);
    says_at(SILENT, list, PUBLISH, "a", 2, false);
    says_at(SILENT, list, PUBLISH, "a", 3, false);
    says_at(SILENT, list, PUBLISH, "a", 255, false);
    says_at(SILENT, list, SUBSCRIBE, "a", 2, false);
    says_at(ALLOW, list, PUBLISH, "a", 1, false);
    says_at(ALLOW, list, SUBSCRIBE, "a", 1, false);
    says_at(ALLOW, list, RECEIVE, "a", 2, false);
    list[0].qos = 0;
    says_at(SILENT, list, PUBLISH, "a", 0, false);
    list[0].qos = ANY_QOS;
    list[0].denies = true;
    says_at(DENY, list, PUBLISH, "a", 255, false);
}

/* A client that was denied QoS 2 may subscribe at QoS 0, and then something must come. */
static void test_a_denied_qos_does_not_silence_the_rest(void **state)
{
    (void)state;
    struct bednet_permission list[] = {ENTRY("a", SUBSCRIBE), DENIAL("a", SUBSCRIBE)};
    list[1].qos = 1 << 2;
    says_at(DENY, list, SUBSCRIBE, "a", 2, false);
    says_at(ALLOW, list, SUBSCRIBE, "a", 0, false);
    says_at(ALLOW, list, RECEIVE, "a", 2, false);
    list[1].actions = SUBSCRIBE | RECEIVE;
    says_at(DENY, list, RECEIVE, "a", 0, false);
}

static void test_retain_is_asked_of_publish(void **state)
{
    (void)state;
    struct bednet_permission list[] = {ENTRY("a", PUBLISH | SUBSCRIBE)};
    list[0].retain = BEDNET_RETAIN_SET;
    says_at(SILENT, list, PUBLISH, "a", 0, false);
    says_at(ALLOW, list, PUBLISH, "a", 0, true);
    says_at(ALLOW, list, SUBSCRIBE, "a", 0, false);
    says_at(ALLOW, list, RECEIVE, "a", 0, false);
    list[0].retain = BEDNET_RETAIN_CLEAR;
    says_at(SILENT, list, PUBLISH, "a", 0, true);
    says_at(ALLOW, list, PUBLISH, "a", 0, false);
    list[0].denies = true;
    says_at(DENY, list, PUBLISH, "a", 0, false);
    says_at(SILENT, list, PUBLISH, "a", 0, true);
}

static void test_a_literal_entry_is_about_one_filter(void **state)
{
    (void)state;
    struct bednet_permission allowing[] = {ENTRY("a/#", PUBLISH | SUBSCRIBE)};
    struct bednet_permission denying[] = {ENTRY("a/#", SUBSCRIBE), DENIAL("a/#", SUBSCRIBE)};
    allowing[0].literal = true;
    denying[1].literal = true;
    says(SILENT, allowing, SUBSCRIBE, "a/b");
    says(SILENT, allowing, SUBSCRIBE, "a/+");
    says(SILENT, allowing, PUBLISH, "a/b");
    says(SILENT, allowing, PUBLISH, "a");
    says(ALLOW, allowing, SUBSCRIBE, "a/#");
    says(ALLOW, allowing, RECEIVE, "a/b");
    says(DENY, denying, SUBSCRIBE, "a/#");
    says(ALLOW, denying, SUBSCRIBE, "a/+");
    says(ALLOW, denying, RECEIVE, "a/b");
}

static void test_a_denial_yields_to_what_it_would_swallow(void **state)
{
    (void)state;
    struct bednet_permission list[] = {ENTRY("a/b", PUBLISH), ENTRY("s/#", SUBSCRIBE),
                                       DENIAL("#", PUBLISH | SUBSCRIBE)};
    says(DENY, list, PUBLISH, "a/b");
    list[2].yields = true;
    says(ALLOW, list, PUBLISH, "a/b");
    says(DENY, list, PUBLISH, "a/c");
    says(DENY, list, SUBSCRIBE, "a/b");
    says(DENY, list, RECEIVE, "a/b");
    says(ALLOW, list, SUBSCRIBE, "s/#");
    says(DENY, list, SUBSCRIBE, "#");
    says(ALLOW, list, RECEIVE, "s/x");

    /* Not to what comes after it, nor to what is wider than it is, nor to what only overlaps. */
    struct bednet_permission after[] = {DENIAL("#", PUBLISH), ENTRY("a", PUBLISH)};
    struct bednet_permission wider[] = {ENTRY("a/#", PUBLISH), DENIAL("a/secret", PUBLISH)};
    struct bednet_permission beside[] = {ENTRY("a/+", PUBLISH), DENIAL("+/b", PUBLISH)};
    after[0].yields = wider[1].yields = beside[1].yields = true;
    says(DENY, after, PUBLISH, "a");
    says(DENY, wider, PUBLISH, "a/secret");
    says(DENY, beside, PUBLISH, "a/b");
    says(ALLOW, beside, PUBLISH, "a/c");
}

/* What may be denied by two entries needs both of them to give way. */
static void test_every_denial_must_yield(void **state)
{
    (void)state;
    struct bednet_permission list[] = {ENTRY("a/b", PUBLISH), DENIAL("a/#", PUBLISH), DENIAL("#", PUBLISH)};
    list[1].yields = true;
    says(DENY, list, PUBLISH, "a/b");
    list[2].yields = true;
    says(ALLOW, list, PUBLISH, "a/b");
    list[0].qos = 1;
    says_at(DENY, list, PUBLISH, "a/b", 1, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_empty_list_says_nothing),
        cmocka_unit_test(test_what_is_not_listed_is_not_allowed),
        cmocka_unit_test(test_deny_beats_allow_wherever_it_stands),
        cmocka_unit_test(test_receive_has_denials_of_its_own),
        cmocka_unit_test(test_broker_topics_only_by_name),
        cmocka_unit_test(test_qos_is_asked_of_publish_and_subscribe),
        cmocka_unit_test(test_a_denied_qos_does_not_silence_the_rest),
        cmocka_unit_test(test_retain_is_asked_of_publish),
        cmocka_unit_test(test_a_literal_entry_is_about_one_filter),
        cmocka_unit_test(test_a_denial_yields_to_what_it_would_swallow),
        cmocka_unit_test(test_every_denial_must_yield),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
