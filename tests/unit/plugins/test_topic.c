/* SPDX-License-Identifier: Apache-2.0 */
/* Every rule of the section `topics`: what breaks it, what just does not, and who is exempt. */
#include "cmocka_first.h"

#include "plugins/topic/decide.h"

#include "core/topic.h"

#include <stdlib.h>

#define NO_RULES ((struct bednet_topics_policy){.leading_slash = {false, {0, 0}}})

static enum bednet_reason judge(const struct bednet_topics_policy *policy, unsigned exemptions,
                                enum bednet_action action, const char *topic, uint32_t *line)
{
    struct bednet_access access = {.action = action, .topic = bednet_text(topic)};
    struct bednet_decision decision = {0};
    struct bednet_standing standing = {.exemptions = exemptions};
    standing.subject = &standing.own_subject;
    bednet_topic_decide(policy, exemptions != 0 ? &standing : NULL, &access, &decision);
    if (line != NULL)
        *line = decision.rule.line;
    if (decision.verdict == BEDNET_DENY) {
        assert_int_not_equal(decision.reason, BEDNET_REASON_NONE);
        return decision.reason;
    }
    assert_int_equal(decision.verdict, BEDNET_DEFER);
    return BEDNET_REASON_NONE;
}

#define assert_publish(policy, topic, reason)                                                                \
    assert_int_equal(judge(policy, 0, BEDNET_ACTION_PUBLISH, topic, NULL), BEDNET_REASON_##reason)
#define assert_subscribe(policy, topic, reason)                                                              \
    assert_int_equal(judge(policy, 0, BEDNET_ACTION_SUBSCRIBE, topic, NULL), BEDNET_REASON_##reason)

static void test_levels_and_bytes(void **state)
{
    (void)state;
    struct bednet_topics_policy policy = NO_RULES;
    policy.levels_max = (struct bednet_bound){3, {7, 3}};
    policy.bytes_max = (struct bednet_bound){9, {8, 3}};
    assert_publish(&policy, "a/b/c", NONE);
    assert_publish(&policy, "a/b/c/d", LEVELS);
    assert_publish(&policy, "///", LEVELS);
    assert_publish(&policy, "123456789", NONE);
    assert_publish(&policy, "1234567890", BYTES);
    assert_subscribe(&policy, "a/b/#", NONE);
    assert_subscribe(&policy, "a/b/c/#", LEVELS);
    assert_subscribe(&policy, "$share/group/a/b/c", NONE);
    uint32_t line;
    judge(&policy, 0, BEDNET_ACTION_PUBLISH, "a/b/c/d", &line);
    assert_int_equal(line, 7);
}

static void test_slashes(void **state)
{
    (void)state;
    struct bednet_topics_policy policy = NO_RULES;
    policy.leading_slash = (struct bednet_ban){true, {1, 1}};
    assert_publish(&policy, "/a", LEADING_SLASH);
    assert_publish(&policy, "a//b", NONE);
    assert_subscribe(&policy, "$share/g//a", LEADING_SLASH);
    policy.leading_slash.denied = false;
    policy.empty_levels = (struct bednet_ban){true, {2, 1}};
    assert_publish(&policy, "/a", NONE);
    assert_publish(&policy, "a//b", EMPTY_LEVELS);
    assert_publish(&policy, "a/", EMPTY_LEVELS);
    assert_publish(&policy, "/", EMPTY_LEVELS);
}

static void allow(struct bednet_topics_policy *policy, const char *characters)
{
    policy->characters_source.line = 9;
    for (const char *c = characters; *c != '\0'; c++)
        policy->characters[*c / 64] |= UINT64_C(1) << (*c % 64);
}

static void test_characters(void **state)
{
    (void)state;
    struct bednet_topics_policy policy = NO_RULES;
    allow(&policy, "abcSY");
    assert_publish(&policy, "a/b/c", NONE);
    assert_publish(&policy, "a/d", CHARACTERS);
    assert_publish(&policy, "a/b ", CHARACTERS);
    assert_publish(&policy, "a/\xc3\xa4", CHARACTERS);
    assert_publish(&policy, "a/\x7f", CHARACTERS);
    assert_subscribe(&policy, "+/a/#", NONE);
    assert_publish(&policy, "$SYS/a", NONE);
    assert_publish(&policy, "a/$SYS", CHARACTERS);
    assert_publish(&policy, "S$", CHARACTERS);
}

static void test_multi_level(void **state)
{
    (void)state;
    struct bednet_topics_policy policy = NO_RULES;
    policy.multi_level_min_literals = (struct bednet_bound){3, {4, 4}};
    assert_subscribe(&policy, "#", MULTI_LEVEL);
    assert_subscribe(&policy, "a/b/#", MULTI_LEVEL);
    assert_subscribe(&policy, "a/b/c/#", NONE);
    assert_subscribe(&policy, "a/+/c/#", MULTI_LEVEL);
    assert_subscribe(&policy, "a/+/c/d/#", NONE);
    assert_subscribe(&policy, "$share/x/#", MULTI_LEVEL);
    assert_subscribe(&policy, "+/+/+", NONE);
    assert_publish(&policy, "a", NONE);
    policy.multi_level = (struct bednet_ban){true, {5, 5}};
    assert_subscribe(&policy, "a/b/c/#", MULTI_LEVEL);
}

static void test_single_level_and_shared(void **state)
{
    (void)state;
    struct bednet_topics_policy policy = NO_RULES;
    policy.single_level_max = (struct bednet_bound){1, {4, 4}};
    assert_subscribe(&policy, "a/+/b", NONE);
    assert_subscribe(&policy, "+/+", SINGLE_LEVEL);
    policy.single_level = (struct bednet_ban){true, {5, 5}};
    assert_subscribe(&policy, "a/+/b", SINGLE_LEVEL);
    assert_subscribe(&policy, "$share/g/a", NONE);
    policy.shared = (struct bednet_ban){true, {6, 6}};
    assert_subscribe(&policy, "$share/g/a", SHARED);
    assert_subscribe(&policy, "$shared/g/a", NONE);
    assert_subscribe(&policy, "$share/g", SYNTAX);
}

static void test_characters_are_not_bytes(void **state)
{
    (void)state;
    struct bednet_topics_policy policy = NO_RULES;
    policy.characters_max = (struct bednet_bound){4, {7, 3}};
    assert_publish(&policy, "a/b/c", LENGTH);
    assert_publish(&policy, "\xc3\xa4\xe2\x82\xac\xf0\x9f\x8c\x8d/\xc3\xa4", LENGTH);
    assert_publish(&policy, "\xc3\xa4\xe2\x82\xac/\xf0\x9f\x8c\x8d", NONE);
    assert_publish(&policy, "abcd", NONE);
    assert_subscribe(&policy, "$share/group/a/b", NONE);
    assert_subscribe(&policy, "$share/group/a/b/c", LENGTH);
    policy.bytes_max = (struct bednet_bound){9, {8, 3}};
    assert_publish(&policy, "\xc3\xa4\xe2\x82\xac/\xf0\x9f\x8c\x8d", BYTES);
}

static void test_dollar_topics(void **state)
{
    (void)state;
    struct bednet_topics_policy policy = NO_RULES;
    policy.dollar = (struct bednet_ban){true, {7, 3}};
    assert_publish(&policy, "$SYS/x", DOLLAR);
    assert_publish(&policy, "$", DOLLAR);
    assert_publish(&policy, "a/$SYS", NONE);
    assert_subscribe(&policy, "$SYS/#", DOLLAR);
    assert_subscribe(&policy, "$share/g/$SYS/#", DOLLAR);
    assert_subscribe(&policy, "$share/g/a", NONE);
    assert_subscribe(&policy, "#", NONE);
    assert_subscribe(&policy, "+/x", NONE);
    policy.dollar.denied = false;
    assert_publish(&policy, "$SYS/x", NONE);
}

static void test_single_level_from(void **state)
{
    (void)state;
    struct bednet_topics_policy policy = NO_RULES;
    policy.single_level_from = (struct bednet_bound){3, {4, 4}};
    assert_subscribe(&policy, "a/+", SINGLE_LEVEL);
    assert_subscribe(&policy, "+/b/+", SINGLE_LEVEL);
    assert_subscribe(&policy, "a/+/+", SINGLE_LEVEL);
    assert_subscribe(&policy, "$share/g/a/+", SINGLE_LEVEL);
    assert_subscribe(&policy, "a/b/+", NONE);
    assert_subscribe(&policy, "a/b/+/+/#", NONE);
    assert_subscribe(&policy, "a/#", NONE);
}

static void test_roles_of_multi_level(void **state)
{
    (void)state;
    static const uint16_t chosen[] = {3, 9}, others[] = {1, 4, 8}, mine[] = {1, 9};
    const struct bednet_access access = {.action = BEDNET_ACTION_SUBSCRIBE, .topic = bednet_text("a/#")};
    const struct bednet_access plain = {.action = BEDNET_ACTION_SUBSCRIBE, .topic = bednet_text("a/+")};
    struct bednet_topics_policy policy = NO_RULES;
    struct bednet_standing standing = {.roles = others, .role_count = 3};
    struct bednet_decision decision;
    standing.subject = &standing.own_subject;
    policy.multi_level_roles = chosen;
    policy.multi_level_role_count = 2;
    policy.multi_level_roles_source = (struct bednet_source){12, 3};
    bednet_topic_decide(&policy, &standing, &access, &decision);
    assert_int_equal(decision.verdict, BEDNET_DENY);
    assert_int_equal(decision.reason, BEDNET_REASON_MULTI_LEVEL);
    assert_int_equal(decision.rule.line, 12);
    bednet_topic_decide(&policy, &standing, &plain, &decision);
    assert_int_equal(decision.verdict, BEDNET_DEFER);
    assert_subscribe(&policy, "a/#", MULTI_LEVEL);
    standing.roles = mine;
    standing.role_count = 2;
    bednet_topic_decide(&policy, &standing, &access, &decision);
    assert_int_equal(decision.verdict, BEDNET_DEFER);
}

static void test_exemptions(void **state)
{
    (void)state;
    struct bednet_topics_policy policy = NO_RULES;
    policy.multi_level = (struct bednet_ban){true, {5, 5}};
    policy.leading_slash = (struct bednet_ban){true, {1, 1}};
    assert_int_equal(judge(&policy, BEDNET_EXEMPT_TOPIC_WILDCARDS, BEDNET_ACTION_SUBSCRIBE, "#", NULL),
                     BEDNET_REASON_NONE);
    assert_int_equal(judge(&policy, BEDNET_EXEMPT_TOPIC_WILDCARDS, BEDNET_ACTION_SUBSCRIBE, "/#", NULL),
                     BEDNET_REASON_LEADING_SLASH);
    assert_int_equal(judge(&policy, BEDNET_EXEMPT_TOPICS, BEDNET_ACTION_SUBSCRIBE, "/#", NULL),
                     BEDNET_REASON_NONE);
    assert_int_equal(judge(&policy, BEDNET_EXEMPT_LIMITS, BEDNET_ACTION_SUBSCRIBE, "#", NULL),
                     BEDNET_REASON_MULTI_LEVEL);
}

static void name(struct bednet_arena *arena, struct bednet_topics_policy *policy,
                 struct bednet_naming templates[2])
{
    static const struct bednet_text values[] = {{"x", 1}, {"y", 1}};
    static const struct bednet_topic_segment segment = {{"kind", 4}, values, 2, NULL, {21, 5}};
    const char *error;
    size_t offset;
    assert_int_equal(bednet_naming_parse(arena, bednet_text("a/{kind}/{own=${client_id}}/{rest...}"),
                                         &segment, 1, &templates[0], &error, &offset),
                     BEDNET_OK);
    assert_int_equal(
        bednet_naming_parse(arena, bednet_text("b/{any}"), &segment, 1, &templates[1], &error, &offset),
        BEDNET_OK);
    templates[0].source = (struct bednet_source){31, 7};
    templates[1].source = (struct bednet_source){32, 7};
    policy->templates = templates;
    policy->template_count = 2;
    policy->templates_source = (struct bednet_source){30, 3};
}

struct named {
    enum bednet_action action;
    const char *topic;
    enum bednet_reason reason;
    uint32_t line;
};

static void assert_named(const struct bednet_topics_policy *policy, const struct bednet_standing *standing,
                         const struct named *named)
{
    struct bednet_access access = {.action = named->action, .topic = bednet_text(named->topic)};
    struct bednet_decision decision = {0};
    bednet_topic_decide(policy, standing, &access, &decision);
    if (decision.reason != named->reason || decision.rule.line != named->line ||
        (decision.verdict == BEDNET_DENY) != (named->reason != BEDNET_REASON_NONE))
        fail_msg("%s: %s, line %u", named->topic, bednet_reason_name(decision.reason), decision.rule.line);
}

static void test_templates(void **state)
{
    (void)state;
    static const struct named own[] = {
        {BEDNET_ACTION_PUBLISH, "c/x", BEDNET_REASON_TEMPLATE, 30},
        {BEDNET_ACTION_PUBLISH, "a/x/me", BEDNET_REASON_TEMPLATE, 30},
        {BEDNET_ACTION_PUBLISH, "b/x/y", BEDNET_REASON_TEMPLATE, 30},
        {BEDNET_ACTION_PUBLISH, "a/z/me/t", BEDNET_REASON_SEGMENT, 21},
        {BEDNET_ACTION_PUBLISH, "a/x/you/t", BEDNET_REASON_SEGMENT, 31},
        {BEDNET_ACTION_SUBSCRIBE, "a/x/+/t", BEDNET_REASON_SEGMENT, 31},
        {BEDNET_ACTION_SUBSCRIBE, "a/#", BEDNET_REASON_SEGMENT, 31},
        {BEDNET_ACTION_SUBSCRIBE, "$share/g/a/x/you/#", BEDNET_REASON_SEGMENT, 31},
        {BEDNET_ACTION_SUBSCRIBE, "#", BEDNET_REASON_SEGMENT, 31},
        {BEDNET_ACTION_SUBSCRIBE, "+/+/#", BEDNET_REASON_SEGMENT, 31},
        {BEDNET_ACTION_SUBSCRIBE, "$SYS/#", BEDNET_REASON_TEMPLATE, 30},
        {BEDNET_ACTION_PUBLISH, "a/x/me/t/u", BEDNET_REASON_NONE, 0},
        {BEDNET_ACTION_SUBSCRIBE, "a/+/me/#", BEDNET_REASON_NONE, 0},
        {BEDNET_ACTION_SUBSCRIBE, "$share/g/b/#", BEDNET_REASON_NONE, 0},
        {BEDNET_ACTION_SUBSCRIBE, "+/+", BEDNET_REASON_NONE, 0},
        {BEDNET_ACTION_PUBLISH, "b/x", BEDNET_REASON_NONE, 0},
        {BEDNET_ACTION_RECEIVE, "c", BEDNET_REASON_NONE, 0},
    };
    struct bednet_topics_policy policy = NO_RULES;
    struct bednet_naming templates[2];
    struct bednet_arena *arena = bednet_arena_new();
    struct bednet_standing standing = {.own_subject = {.client_id = bednet_text("me")}};
    standing.subject = &standing.own_subject;
    name(arena, &policy, templates);
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
        assert_named(&policy, &standing, &own[i]);
    /* Nobody in particular has no topics of its own, and is told the rest alike. */
    assert_publish(&policy, "a/x/me/t/u", SEGMENT);
    assert_publish(&policy, "b/x", NONE);
    standing.exemptions = BEDNET_EXEMPT_TOPIC_TEMPLATE;
    assert_named(&policy, &standing, &(struct named){BEDNET_ACTION_PUBLISH, "c", BEDNET_REASON_NONE, 0});
    standing.exemptions = BEDNET_EXEMPT_TOPIC_WILDCARDS;
    assert_named(&policy, &standing, &own[0]);
    bednet_arena_free(arena);
}

static void test_deliveries_and_unsubscribe_are_not_asked(void **state)
{
    (void)state;
    struct bednet_topics_policy policy = NO_RULES;
    policy.leading_slash = (struct bednet_ban){true, {1, 1}};
    assert_int_equal(judge(&policy, 0, BEDNET_ACTION_RECEIVE, "/a", NULL), BEDNET_REASON_NONE);
    assert_int_equal(judge(&policy, 0, BEDNET_ACTION_UNSUBSCRIBE, "/a", NULL), BEDNET_REASON_NONE);
}

static void test_too_many_levels_for_any_policy(void **state)
{
    (void)state;
    struct bednet_topics_policy policy = NO_RULES;
    char topic[1000];
    memset(topic, '/', sizeof topic);
    topic[BEDNET_TOPIC_LEVELS_MAX - 1] = '\0';
    assert_publish(&policy, topic, NONE);
    topic[BEDNET_TOPIC_LEVELS_MAX - 1] = '/';
    topic[BEDNET_TOPIC_LEVELS_MAX] = '\0';
    assert_publish(&policy, topic, SYNTAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_levels_and_bytes),
        cmocka_unit_test(test_slashes),
        cmocka_unit_test(test_characters),
        cmocka_unit_test(test_multi_level),
        cmocka_unit_test(test_single_level_and_shared),
        cmocka_unit_test(test_characters_are_not_bytes),
        cmocka_unit_test(test_dollar_topics),
        cmocka_unit_test(test_single_level_from),
        cmocka_unit_test(test_roles_of_multi_level),
        cmocka_unit_test(test_exemptions),
        cmocka_unit_test(test_templates),
        cmocka_unit_test(test_deliveries_and_unsubscribe_are_not_asked),
        cmocka_unit_test(test_too_many_levels_for_any_policy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
