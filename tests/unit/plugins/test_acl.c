/* SPDX-License-Identifier: Apache-2.0 */
/* The truth table of access control: which rules speak about which action, and who wins. */
#include "cmocka_first.h"

#include "plugins/acl/decide.h"

struct fixture {
    struct bednet_rules_builder *builder;
    struct bednet_rules *rules;
    struct bednet_policy policy;
    struct bednet_subject subject;
    uint16_t role;
    struct bednet_standing standing;
};

static void begin(struct fixture *f)
{
    *f = (struct fixture){.builder = bednet_rules_builder_new(1)};
    assert_non_null(f->builder);
    f->subject = (struct bednet_subject){.client_id = bednet_text("dev1"), .username = bednet_text("u")};
    f->standing = (struct bednet_standing){.subject = &f->subject, .roles = &f->role, .role_count = 1};
}

static void rule(struct fixture *f, enum bednet_rule_kind kind, const char *filter, uint32_t line)
{
    const char *error;
    size_t offset;
    assert_int_equal(bednet_rules_builder_add(f->builder, 0, kind, bednet_text(filter),
                                              (struct bednet_source){line, 1}, &error, &offset),
                     BEDNET_OK);
}

static void ready(struct fixture *f)
{
    f->rules = bednet_rules_freeze(f->builder);
    assert_non_null(f->rules);
    f->policy.acl.rules = f->rules;
}

static void end(struct fixture *f)
{
    bednet_rules_free(f->rules);
    bednet_rules_builder_free(f->builder);
}

static struct bednet_decision ask(const struct fixture *f, enum bednet_action action, const char *topic)
{
    struct bednet_access access = {.action = action, .topic = bednet_text(topic)};
    struct bednet_decision decision = {0};
    bednet_acl_decide(&f->policy, &f->standing, &access, &decision);
    return decision;
}

#define assert_granted(f, action, topic, at)                                                                 \
    do {                                                                                                     \
        struct bednet_decision d = ask(f, BEDNET_ACTION_##action, topic);                                    \
        assert_int_equal(d.verdict, BEDNET_GRANT);                                                           \
        assert_int_equal(d.rule.line, at);                                                                   \
    } while (0)
#define assert_denied(f, action, topic, why, at)                                                             \
    do {                                                                                                     \
        struct bednet_decision d = ask(f, BEDNET_ACTION_##action, topic);                                    \
        assert_int_equal(d.verdict, BEDNET_DENY);                                                            \
        assert_int_equal(d.reason, BEDNET_REASON_##why);                                                     \
        assert_int_equal(d.rule.line, at);                                                                   \
    } while (0)

static void test_nothing_is_allowed_unless_a_rule_says_so(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    rule(&f, BEDNET_ALLOW_PUBLISH, "p", 1);
    rule(&f, BEDNET_ALLOW_SUBSCRIBE, "s", 2);
    rule(&f, BEDNET_ALLOW_RECEIVE, "r", 3);
    ready(&f);
    assert_granted(&f, PUBLISH, "p", 1);
    assert_denied(&f, PUBLISH, "s", NO_RULE, 0);
    assert_denied(&f, PUBLISH, "r", NO_RULE, 0);
    assert_granted(&f, SUBSCRIBE, "s", 2);
    assert_denied(&f, SUBSCRIBE, "p", NO_RULE, 0);
    assert_denied(&f, SUBSCRIBE, "r", NO_RULE, 0);
    assert_granted(&f, RECEIVE, "r", 3);
    assert_granted(&f, RECEIVE, "s", 2);
    assert_denied(&f, RECEIVE, "p", NO_RULE, 0);
    assert_granted(&f, UNSUBSCRIBE, "anything/#", 0);
    f.standing.role_count = 0;
    assert_denied(&f, PUBLISH, "p", NO_RULE, 0);
    end(&f);
}

static void test_deny_beats_allow(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    rule(&f, BEDNET_DENY_PUBLISH, "a/+", 1);
    rule(&f, BEDNET_ALLOW_PUBLISH, "a/b", 2);
    rule(&f, BEDNET_ALLOW_SUBSCRIBE, "#", 3);
    rule(&f, BEDNET_DENY_SUBSCRIBE, "secret/#", 4);
    rule(&f, BEDNET_DENY_RECEIVE, "hidden", 5);
    ready(&f);
    assert_denied(&f, PUBLISH, "a/b", DENY_RULE, 1);
    /* Asking for more than what is denied is granted, but what is denied does not come. */
    assert_granted(&f, SUBSCRIBE, "#", 3);
    assert_denied(&f, SUBSCRIBE, "secret/x/#", DENY_RULE, 4);
    assert_denied(&f, RECEIVE, "secret/x", DENY_RULE, 4);
    assert_denied(&f, RECEIVE, "hidden", DENY_RULE, 5);
    assert_granted(&f, SUBSCRIBE, "hidden", 3);
    end(&f);
}

static void test_subscribe_by_coverage(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    rule(&f, BEDNET_ALLOW_SUBSCRIBE, "a/+", 1);
    ready(&f);
    assert_granted(&f, SUBSCRIBE, "a/b", 1);
    assert_granted(&f, SUBSCRIBE, "a/+", 1);
    assert_denied(&f, SUBSCRIBE, "a/#", NO_RULE, 0);
    assert_denied(&f, SUBSCRIBE, "+/b", NO_RULE, 0);
    assert_denied(&f, SUBSCRIBE, "#", NO_RULE, 0);
    assert_granted(&f, SUBSCRIBE, "$share/g/a/+", 1);
    assert_denied(&f, SUBSCRIBE, "$share/g/a/#", NO_RULE, 0);
    assert_denied(&f, SUBSCRIBE, "$share/g", SYNTAX, 0);
    end(&f);
}

static void test_broker_topics_only_by_name(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    rule(&f, BEDNET_ALLOW_SUBSCRIBE, "#", 1);
    rule(&f, BEDNET_ALLOW_PUBLISH, "#", 2);
    ready(&f);
    assert_denied(&f, SUBSCRIBE, "$SYS/#", NO_RULE, 0);
    assert_denied(&f, RECEIVE, "$SYS/broker/uptime", NO_RULE, 0);
    assert_denied(&f, PUBLISH, "$CONTROL/dynamic-security/v1", NO_RULE, 0);
    end(&f);
}

static void test_a_name_never_widens_a_rule(void **state)
{
    (void)state;
    const char *const hostile[] = {"+", "#", "a/b", "x+", "", "dev\n"};
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        struct fixture f;
        begin(&f);
        rule(&f, BEDNET_ALLOW_SUBSCRIBE, "d/${client_id}/#", 1);
        rule(&f, BEDNET_ALLOW_PUBLISH, "d/${client_id}", 2);
        ready(&f);
        f.subject.client_id = bednet_text(hostile[i]);
        assert_denied(&f, SUBSCRIBE, "d/dev1/#", UNUSABLE_VALUE, 0);
        assert_denied(&f, SUBSCRIBE, "d/+/#", NO_RULE, 0);
        assert_denied(&f, SUBSCRIBE, "d/#", NO_RULE, 0);
        assert_denied(&f, PUBLISH, "d/dev1", UNUSABLE_VALUE, 0);
        end(&f);
    }
}

static void test_default_and_too_many_roles(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    rule(&f, BEDNET_DENY_PUBLISH, "a", 1);
    ready(&f);
    f.policy.default_allow = true;
    assert_granted(&f, PUBLISH, "b", 0);
    assert_denied(&f, PUBLISH, "a", DENY_RULE, 1);
    f.standing.too_many_roles = true;
    assert_denied(&f, PUBLISH, "b", TOO_MANY_ROLES, 0);
    assert_granted(&f, UNSUBSCRIBE, "b", 0);
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_is_allowed_unless_a_rule_says_so),
        cmocka_unit_test(test_deny_beats_allow),
        cmocka_unit_test(test_subscribe_by_coverage),
        cmocka_unit_test(test_broker_topics_only_by_name),
        cmocka_unit_test(test_a_name_never_widens_a_rule),
        cmocka_unit_test(test_default_and_too_many_roles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
