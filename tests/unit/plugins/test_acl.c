/* SPDX-License-Identifier: Apache-2.0 */
/* The truth table of access control: which rules speak about which action, and who wins. */
#include "cmocka_first.h"

#include "packed.h"
#include "plugins/acl/decide.h"
#include "rules_asking.h"

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
    assert_int_equal(
        rules_add(f->builder, 0, kind, bednet_text(filter), (struct bednet_source){line, 1}, &error, &offset),
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

/* Whether the short way allows it, of a client who is what the fixture says. */
static bool is_allowed(const struct fixture *f, enum bednet_action action, struct bednet_text topic)
{
    struct {
        struct bednet_identity identity;
        struct packed packed;
    } made = {0};
    const struct bednet_roles roles = {
        .ids = f->standing.roles,
        .count = (uint8_t)f->standing.role_count,
        .too_many = f->standing.too_many_roles,
    };
    made.identity.pack = *pack_subject(&made.packed, f->standing.subject);
    made.identity.pack.texts_at = (uint16_t)(made.packed.texts - (char *)&made.identity.pack);
    made.identity.roles = &roles;
    made.identity.has_permissions = f->standing.permissions != NULL;
    return bednet_acl_allows(&f->policy, &made.identity, action, &topic);
}

static struct bednet_decision ask_at(const struct fixture *f, enum bednet_action action, const char *topic,
                                     uint8_t qos, bool retain)
{
    struct bednet_access access = {
        .action = action, .topic = bednet_text(topic), .qos = qos, .retain = retain};
    struct bednet_decision decision = {0};
    bednet_acl_decide(&f->policy, &f->standing, &access, &decision);
    if (!f->standing.ended && is_allowed(f, action, access.topic))
        assert_int_equal(decision.verdict, BEDNET_GRANT);
    return decision;
}

static struct bednet_decision ask(const struct fixture *f, enum bednet_action action, const char *topic)
{
    return ask_at(f, action, topic, 0, false);
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

/* --- What the credential says, spoken of in line 90 of the policy --- */

#define PUBLISH   (1u << BEDNET_ACTION_PUBLISH)
#define SUBSCRIBE (1u << BEDNET_ACTION_SUBSCRIBE)

static const struct bednet_permission said[] = {
    {.filter = {"both", 4}, .actions = PUBLISH | SUBSCRIBE, .qos = 7},
    {.filter = {"token/#", 7}, .actions = PUBLISH | SUBSCRIBE, .qos = 7},
    {.filter = {"refused", 7}, .actions = PUBLISH | SUBSCRIBE, .qos = 7, .denies = true},
    {.filter = {"token/refused", 13}, .actions = PUBLISH | SUBSCRIBE, .qos = 7, .denies = true},
};

static const struct bednet_permissions said_wide = {
    .entries = said, .count = 4, .use = BEDNET_PERMISSIONS_WIDEN, .source = {90, 1}};
static const struct bednet_permissions said_narrow = {
    .entries = said, .count = 4, .use = BEDNET_PERMISSIONS_NARROW, .source = {90, 1}};
static const struct bednet_permissions nothing_wide = {.use = BEDNET_PERMISSIONS_WIDEN, .source = {90, 1}};
static const struct bednet_permissions nothing_narrow = {.use = BEDNET_PERMISSIONS_NARROW, .source = {90, 1}};

static void begin_with_roles(struct fixture *f, const struct bednet_permissions *permissions)
{
    begin(f);
    rule(f, BEDNET_ALLOW_PUBLISH, "both", 1);
    rule(f, BEDNET_ALLOW_PUBLISH, "role", 2);
    rule(f, BEDNET_ALLOW_PUBLISH, "refused", 3);
    rule(f, BEDNET_ALLOW_SUBSCRIBE, "both", 4);
    rule(f, BEDNET_ALLOW_SUBSCRIBE, "role/#", 5);
    rule(f, BEDNET_DENY_PUBLISH, "token/forbidden", 6);
    rule(f, BEDNET_DENY_SUBSCRIBE, "token/forbidden", 7);
    ready(f);
    f->standing.permissions = permissions;
}

static void test_denials_of_either_side_win(void **state)
{
    (void)state;
    const struct bednet_permissions *const uses[] = {&said_wide, &said_narrow};
    for (size_t i = 0; i < 2; i++) {
        struct fixture f;
        begin_with_roles(&f, uses[i]);
        assert_denied(&f, PUBLISH, "refused", TOKEN_DENIES, 90);
        assert_denied(&f, SUBSCRIBE, "refused", TOKEN_DENIES, 90);
        assert_denied(&f, SUBSCRIBE, "$share/g/token/refused", TOKEN_DENIES, 90);
        assert_denied(&f, RECEIVE, "token/refused", TOKEN_DENIES, 90);
        assert_denied(&f, PUBLISH, "token/forbidden", DENY_RULE, 6);
        assert_denied(&f, SUBSCRIBE, "token/forbidden", DENY_RULE, 7);
        assert_denied(&f, RECEIVE, "token/forbidden", DENY_RULE, 7);
        f.policy.default_allow = true;
        assert_denied(&f, PUBLISH, "refused", TOKEN_DENIES, 90);
        assert_denied(&f, PUBLISH, "token/forbidden", DENY_RULE, 6);
        end(&f);
    }
}

static void test_widening_adds_to_roles(void **state)
{
    (void)state;
    struct fixture f;
    begin_with_roles(&f, &said_wide);
    assert_denied(&f, PUBLISH, "other", NO_RULE, 0);
    assert_denied(&f, SUBSCRIBE, "#", NO_RULE, 0);
    assert_denied(&f, SUBSCRIBE, "+/x", NO_RULE, 0);
    assert_denied(&f, RECEIVE, "other", NO_RULE, 0);
    assert_granted(&f, PUBLISH, "role", 2);
    assert_granted(&f, PUBLISH, "both", 1);
    assert_granted(&f, PUBLISH, "token/x", 90);
    assert_granted(&f, SUBSCRIBE, "$share/g/token/+", 90);
    assert_granted(&f, RECEIVE, "token/x", 90);
    f.standing.role_count = 0;
    assert_granted(&f, PUBLISH, "both", 90);
    assert_denied(&f, PUBLISH, "role", NO_RULE, 0);
    f.standing.permissions = &nothing_wide;
    assert_denied(&f, PUBLISH, "both", NO_RULE, 0);
    end(&f);
}

static void test_narrowing_asks_both(void **state)
{
    (void)state;
    struct fixture f;
    begin_with_roles(&f, &said_narrow);
    assert_denied(&f, PUBLISH, "role", TOKEN_NO_RULE, 90);
    assert_denied(&f, SUBSCRIBE, "role/#", TOKEN_NO_RULE, 90);
    assert_denied(&f, RECEIVE, "role/x", TOKEN_NO_RULE, 90);
    assert_denied(&f, PUBLISH, "token/x", NO_RULE, 0);
    assert_denied(&f, SUBSCRIBE, "token/+", NO_RULE, 0);
    assert_denied(&f, RECEIVE, "token/x", NO_RULE, 0);
    assert_denied(&f, PUBLISH, "other", NO_RULE, 0);
    assert_granted(&f, PUBLISH, "both", 1);
    assert_granted(&f, SUBSCRIBE, "$share/g/both", 4);
    assert_granted(&f, RECEIVE, "both", 4);
    f.standing.permissions = &nothing_narrow;
    assert_denied(&f, PUBLISH, "both", TOKEN_NO_RULE, 90);
    end(&f);
}

/* A use that nobody knows must not widen. */
static void test_an_unknown_use_narrows(void **state)
{
    (void)state;
    struct bednet_permissions odd = said_wide;
    struct fixture f;
    odd.use = (enum bednet_permissions_use)7;
    begin_with_roles(&f, &odd);
    assert_denied(&f, PUBLISH, "token/x", NO_RULE, 0);
    assert_denied(&f, PUBLISH, "role", TOKEN_NO_RULE, 90);
    end(&f);
}

static void test_an_allowing_default_counts_as_the_roles(void **state)
{
    (void)state;
    struct fixture f;
    begin_with_roles(&f, &said_narrow);
    f.policy.default_allow = true;
    assert_denied(&f, PUBLISH, "other", TOKEN_NO_RULE, 90);
    assert_granted(&f, PUBLISH, "token/x", 0);
    f.standing.permissions = &said_wide;
    assert_granted(&f, PUBLISH, "other", 0);
    end(&f);
}

static void test_an_unusable_value_is_told_unless_the_token_allows(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    rule(&f, BEDNET_ALLOW_PUBLISH, "token/${client_id}", 1);
    ready(&f);
    f.subject.client_id = bednet_text("+");
    f.standing.permissions = &said_narrow;
    assert_denied(&f, PUBLISH, "token/x", UNUSABLE_VALUE, 0);
    f.standing.permissions = &said_wide;
    assert_granted(&f, PUBLISH, "token/x", 90);
    end(&f);
}

static void test_conditions_are_asked_of_the_event(void **state)
{
    (void)state;
    const struct bednet_permission entry = {
        .filter = {"t", 1}, .actions = PUBLISH | SUBSCRIBE, .qos = 1 << 1, .retain = BEDNET_RETAIN_CLEAR};
    const struct bednet_permissions permissions = {.entries = &entry, .count = 1, .conditional = true};
    struct fixture f;
    begin_with_roles(&f, &permissions);
    assert_int_equal(ask_at(&f, BEDNET_ACTION_PUBLISH, "t", 0, false).reason, BEDNET_REASON_NO_RULE);
    assert_int_equal(ask_at(&f, BEDNET_ACTION_PUBLISH, "t", 2, false).reason, BEDNET_REASON_NO_RULE);
    assert_int_equal(ask_at(&f, BEDNET_ACTION_PUBLISH, "t", 1, true).reason, BEDNET_REASON_NO_RULE);
    assert_int_equal(ask_at(&f, BEDNET_ACTION_SUBSCRIBE, "t", 2, false).reason, BEDNET_REASON_NO_RULE);
    assert_int_equal(ask_at(&f, BEDNET_ACTION_PUBLISH, "t", 1, false).verdict, BEDNET_GRANT);
    assert_int_equal(ask_at(&f, BEDNET_ACTION_SUBSCRIBE, "t", 1, false).verdict, BEDNET_GRANT);
    end(&f);
}

/* What is remembered is granted unseen: it must not depend on anything but client, action and topic. */
static bool lasts(const struct fixture *f, enum bednet_action action, const char *topic)
{
    struct bednet_access access = {.action = action, .topic = bednet_text(topic)};
    struct bednet_decision decision = {0};
    return bednet_acl_decide(&f->policy, &f->standing, &access, &decision);
}

static void test_what_may_be_remembered(void **state)
{
    (void)state;
    struct bednet_permissions permissions = said_wide;
    struct fixture f;
    begin_with_roles(&f, NULL);
    assert_false(lasts(&f, BEDNET_ACTION_PUBLISH, "both"));
    f.standing.who = 1;
    assert_true(lasts(&f, BEDNET_ACTION_PUBLISH, "both"));
    assert_false(lasts(&f, BEDNET_ACTION_PUBLISH, "nowhere"));
    assert_false(lasts(&f, BEDNET_ACTION_UNSUBSCRIBE, "both"));
    f.standing.permissions = &permissions;
    assert_true(lasts(&f, BEDNET_ACTION_PUBLISH, "both"));
    permissions.conditional = true;
    assert_false(lasts(&f, BEDNET_ACTION_PUBLISH, "both"));
    end(&f);
}

static void test_the_short_way_takes_what_roles_alone_allow(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    rule(&f, BEDNET_ALLOW_PUBLISH, "p/${client_id}/#", 1);
    rule(&f, BEDNET_DENY_PUBLISH, "p/+/secret", 2);
    rule(&f, BEDNET_ALLOW_SUBSCRIBE, "#", 3);
    rule(&f, BEDNET_ALLOW_RECEIVE, "r", 4);
    ready(&f);
    assert_true(is_allowed(&f, BEDNET_ACTION_PUBLISH, bednet_text("p/dev1/a")));
    assert_false(is_allowed(&f, BEDNET_ACTION_PUBLISH, bednet_text("p/dev2/a")));
    assert_false(is_allowed(&f, BEDNET_ACTION_PUBLISH, bednet_text("p/dev1/secret")));
    assert_false(is_allowed(&f, BEDNET_ACTION_PUBLISH, bednet_text("s")));
    assert_false(is_allowed(&f, BEDNET_ACTION_PUBLISH, bednet_text(NULL)));
    assert_true(is_allowed(&f, BEDNET_ACTION_SUBSCRIBE, bednet_text("s/t")));
    assert_false(is_allowed(&f, BEDNET_ACTION_SUBSCRIBE, bednet_text("s/#")));
    assert_false(is_allowed(&f, BEDNET_ACTION_SUBSCRIBE, bednet_text("s/+/t")));
    assert_false(is_allowed(&f, BEDNET_ACTION_SUBSCRIBE, bednet_text("$share/g/t")));
    assert_false(is_allowed(&f, BEDNET_ACTION_SUBSCRIBE, bednet_text("$SYS/x")));
    assert_false(is_allowed(&f, BEDNET_ACTION_SUBSCRIBE, bednet_text(NULL)));
    assert_true(is_allowed(&f, BEDNET_ACTION_RECEIVE, bednet_text("r")));
    assert_true(is_allowed(&f, BEDNET_ACTION_RECEIVE, bednet_text("s")));
    assert_false(is_allowed(&f, BEDNET_ACTION_RECEIVE, bednet_text("$SYS/x")));
    assert_false(is_allowed(&f, BEDNET_ACTION_UNSUBSCRIBE, bednet_text("s")));
    f.standing.too_many_roles = true;
    assert_false(is_allowed(&f, BEDNET_ACTION_RECEIVE, bednet_text("r")));
    f.standing.too_many_roles = false;
    f.standing.permissions = &said_wide;
    assert_false(is_allowed(&f, BEDNET_ACTION_RECEIVE, bednet_text("r")));
    end(&f);
}

/* --- Rules with conditions --- */

static void rule_if(struct fixture *f, enum bednet_rule_kind kind, const char *filter, uint32_t line,
                    const struct bednet_condition *condition)
{
    const char *error;
    size_t offset;
    assert_int_equal(bednet_rules_builder_add(f->builder, 0, kind, bednet_text(filter), condition,
                                              (struct bednet_source){line, 1}, &error, &offset),
                     BEDNET_OK);
    f->policy.acl.aspects |= condition->aspects;
}

static const struct bednet_condition qos_0 = {.aspects = BEDNET_ASPECT_QOS, .qos = 1};
static const struct bednet_condition qos_2 = {.aspects = BEDNET_ASPECT_QOS, .qos = 4};
static const struct bednet_condition retained = {.aspects = BEDNET_ASPECT_RETAIN, .retain = true};
static const struct bednet_condition modern = {.aspects = BEDNET_ASPECT_PROTOCOL, .protocols = 1 << 5};
static const struct bednet_network inside = {{{[10] = 0xFF, 0xFF, 10}}, 104};
static const struct bednet_condition near = {
    .aspects = BEDNET_ASPECT_ADDRESS, .networks = &inside, .network_count = 1};

static void test_rules_with_conditions(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    rule_if(&f, BEDNET_ALLOW_PUBLISH, "a/#", 1, &qos_0);
    rule_if(&f, BEDNET_DENY_PUBLISH, "a/b", 2, &retained);
    rule_if(&f, BEDNET_ALLOW_SUBSCRIBE, "s/#", 3, &qos_0);
    rule(&f, BEDNET_ALLOW_SUBSCRIBE, "t", 4);
    rule_if(&f, BEDNET_DENY_SUBSCRIBE, "t", 5, &qos_2);
    ready(&f);
    struct bednet_decision d = ask_at(&f, BEDNET_ACTION_PUBLISH, "a/b", 1, false);
    assert_int_equal(d.reason, BEDNET_REASON_CONDITION);
    assert_int_equal(d.rule.line, 1);
    d = ask_at(&f, BEDNET_ACTION_PUBLISH, "a/b", 0, true);
    assert_int_equal(d.reason, BEDNET_REASON_DENY_RULE);
    assert_int_equal(d.rule.line, 2);
    assert_int_equal(ask_at(&f, BEDNET_ACTION_PUBLISH, "a/b", 0, false).verdict, BEDNET_GRANT);
    assert_int_equal(ask_at(&f, BEDNET_ACTION_PUBLISH, "c", 0, false).reason, BEDNET_REASON_NO_RULE);
    assert_int_equal(ask_at(&f, BEDNET_ACTION_SUBSCRIBE, "s/x", 1, false).reason, BEDNET_REASON_CONDITION);
    assert_int_equal(ask_at(&f, BEDNET_ACTION_SUBSCRIBE, "s/x", 0, false).verdict, BEDNET_GRANT);
    assert_int_equal(ask_at(&f, BEDNET_ACTION_SUBSCRIBE, "t", 2, false).reason, BEDNET_REASON_DENY_RULE);
    assert_int_equal(ask_at(&f, BEDNET_ACTION_SUBSCRIBE, "t", 1, false).verdict, BEDNET_GRANT);
    /* What comes of a subscription has the QoS of whoever published it. */
    assert_int_equal(ask_at(&f, BEDNET_ACTION_RECEIVE, "s/x", 2, true).verdict, BEDNET_GRANT);
    assert_int_equal(ask_at(&f, BEDNET_ACTION_RECEIVE, "t", 2, false).verdict, BEDNET_GRANT);
    end(&f);
}

static struct bednet_decision ask_from(const struct fixture *f, const char *address, uint8_t protocol)
{
    struct bednet_access access = {.client.address = address,
                                   .action = BEDNET_ACTION_PUBLISH,
                                   .topic = BEDNET_TEXT_LITERAL("a"),
                                   .protocol = protocol};
    struct bednet_decision decision = {0};
    bednet_acl_decide(&f->policy, &f->standing, &access, &decision);
    return decision;
}

static void test_what_cannot_be_told_never_helps(void **state)
{
    (void)state;
    static const char *const unknown[] = {NULL, "", "/run/mosquitto.sock", "unix-socket", "10.0.0", "::1::"};
    struct fixture allowing, denying;
    begin(&allowing);
    rule_if(&allowing, BEDNET_ALLOW_PUBLISH, "a", 1, &near);
    ready(&allowing);
    begin(&denying);
    rule(&denying, BEDNET_ALLOW_PUBLISH, "a", 1);
    rule_if(&denying, BEDNET_DENY_PUBLISH, "a", 2, &near);
    rule_if(&denying, BEDNET_DENY_PUBLISH, "a", 3, &modern);
    ready(&denying);
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        assert_int_equal(ask_from(&allowing, unknown[i], 4).reason, BEDNET_REASON_CONDITION);
        assert_int_equal(ask_from(&denying, unknown[i], 4).rule.line, 2);
    }
    assert_int_equal(ask_from(&denying, "11.0.0.1", 0).rule.line, 3);
    assert_int_equal(ask_from(&denying, "11.0.0.1", 5).rule.line, 3);
    assert_int_equal(ask_from(&denying, "11.0.0.1", 4).verdict, BEDNET_GRANT);
    assert_int_equal(ask_from(&allowing, "11.0.0.1", 4).verdict, BEDNET_DENY);
    assert_int_equal(ask_from(&allowing, "10.0.0.1", 4).verdict, BEDNET_GRANT);
    assert_int_equal(ask_from(&allowing, "::ffff:10.1.2.3", 0).verdict, BEDNET_GRANT);
    end(&allowing);
    end(&denying);
}

static void test_what_a_condition_had_a_say_in_is_not_remembered(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    rule_if(&f, BEDNET_ALLOW_PUBLISH, "held", 1, &qos_0);
    rule(&f, BEDNET_ALLOW_PUBLISH, "spared", 2);
    rule_if(&f, BEDNET_DENY_PUBLISH, "spared", 3, &retained);
    rule(&f, BEDNET_ALLOW_PUBLISH, "free", 4);
    rule_if(&f, BEDNET_DENY_RECEIVE, "free", 5, &qos_2);
    rule_if(&f, BEDNET_ALLOW_RECEIVE, "held", 6, &qos_0);
    ready(&f);
    f.standing.who = 1;
    assert_false(is_allowed(&f, BEDNET_ACTION_PUBLISH, bednet_text("held")));
    assert_false(is_allowed(&f, BEDNET_ACTION_PUBLISH, bednet_text("spared")));
    assert_true(is_allowed(&f, BEDNET_ACTION_PUBLISH, bednet_text("free")));
    assert_granted(&f, PUBLISH, "held", 1);
    assert_false(lasts(&f, BEDNET_ACTION_PUBLISH, "held"));
    assert_granted(&f, PUBLISH, "spared", 2);
    assert_false(lasts(&f, BEDNET_ACTION_PUBLISH, "spared"));
    assert_granted(&f, RECEIVE, "held", 6);
    assert_false(lasts(&f, BEDNET_ACTION_RECEIVE, "held"));
    /* A condition of another action has no say. */
    assert_true(lasts(&f, BEDNET_ACTION_PUBLISH, "free"));
    f.policy.default_allow = true;
    assert_granted(&f, RECEIVE, "free", 0);
    assert_false(lasts(&f, BEDNET_ACTION_RECEIVE, "free"));
    assert_true(lasts(&f, BEDNET_ACTION_RECEIVE, "elsewhere"));
    end(&f);
}

static void test_a_session_that_ended_has_no_right_left(void **state)
{
    (void)state;
    struct fixture f;
    begin_with_roles(&f, &said_wide);
    f.policy.default_allow = true;
    f.standing.ended = true;
    assert_denied(&f, PUBLISH, "both", SESSION_ENDED, 0);
    assert_denied(&f, SUBSCRIBE, "both", SESSION_ENDED, 0);
    assert_denied(&f, RECEIVE, "token/x", SESSION_ENDED, 0);
    assert_denied(&f, PUBLISH, "refused", SESSION_ENDED, 0);
    assert_granted(&f, UNSUBSCRIBE, "both", 0);
    f.standing.too_many_roles = true;
    assert_denied(&f, PUBLISH, "both", SESSION_ENDED, 0);
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
        cmocka_unit_test(test_denials_of_either_side_win),
        cmocka_unit_test(test_widening_adds_to_roles),
        cmocka_unit_test(test_narrowing_asks_both),
        cmocka_unit_test(test_an_unknown_use_narrows),
        cmocka_unit_test(test_an_allowing_default_counts_as_the_roles),
        cmocka_unit_test(test_an_unusable_value_is_told_unless_the_token_allows),
        cmocka_unit_test(test_conditions_are_asked_of_the_event),
        cmocka_unit_test(test_what_may_be_remembered),
        cmocka_unit_test(test_the_short_way_takes_what_roles_alone_allow),
        cmocka_unit_test(test_rules_with_conditions),
        cmocka_unit_test(test_what_cannot_be_told_never_helps),
        cmocka_unit_test(test_what_a_condition_had_a_say_in_is_not_remembered),
        cmocka_unit_test(test_a_session_that_ended_has_no_right_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
