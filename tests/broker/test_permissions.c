/* SPDX-License-Identifier: Apache-2.0 */
/* Permissions inside tokens on a real broker: refused, narrowing, widening, and asked anew for each message.
 */
#include "harness/launch.h"
#include "harness/suite.h"

#define PLACE(name, format, use)                                                                             \
    "      permissions: {claim: " name ", format: " format ", use: " use ", required: false}\n"

static const char roles[] = "roles:\n"
                            "  device:\n"
                            "    allow:\n"
                            "      publish: [role, both, t/forbidden]\n"
                            "      subscribe: [\"role/#\", \"both/#\"]\n"
                            "    deny:\n"
                            "      publish: [t/forbidden]\n"
                            "  watcher:\n"
                            "    allow: {subscribe: [\"#\"]}\n"
                            "  source:\n"
                            "    allow: {publish: [\"#\"]}\n";

static struct broker *start(struct env *env, const char *permissions)
{
    const char *policy =
        env_write(env, "policy.yaml", env_format(env, "%s%s", suite_issuer(env, permissions), roles));
    return broker_start(env, NULL, suite_lines(env, policy, "jwt", "acl"));
}

static const char *token_with(struct env *env, const char *role, const char *claim)
{
    return token_for(env, "dev1", env_format(env, ", \"roles\": [\"%s\"], %s", role, claim));
}

static struct raw_client *login(struct broker *broker, const char *client_id, const char *role,
                                const char *claim)
{
    return raw_login(broker, .protocol = 5, .client_id = client_id, .username = "any",
                     .password = token_with(broker_env(broker), role, claim));
}

static void test_what_is_not_understood_refuses_the_login(struct env *env)
{
    static const char *const claims[] = {
        "\"acl\": null",
        "\"acl\": \"#\"",
        "\"acl\": {\"publish\": [\"a\"]}",
        "\"acl\": {\"pub\": [\"#/a\"]}",
        "\"acl\": {\"pub\": [\"$share/g/a\"]}",
        "\"acl\": {\"pub\": [\"${client_id}\"]}",
        "\"acl\": [{\"permission\": \"deny\", \"action\": \"all\", \"topic\": \"a\", \"ipaddr\": \"::1\"}]",
        "\"acl\": [{\"permission\": \"allow\", \"action\": \"all\", \"topic\": \"a\", \"qos\": 3}]",
    };
    struct broker *broker = start(env, PLACE("acl", "emqx", "widen"));

    for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++) {
        raw_login_refused(broker, .protocol = 5, .client_id = "dev1",
                          .password = token_with(env, "device", claims[i]));
    }
    broker_expect_log(broker, "bednet: jwt: deny login client=\"dev1\"", "reason=permissions");
}

static void test_a_client_id_never_widens_a_filter(struct env *env)
{
    static const char *const ids[] = {"+", "#", "a/b", "x+"};
    static const char claim[] = "\"acl\": {\"sub\": [\"d/${clientid}/#\"]}";
    struct broker *broker = start(env, PLACE("acl", "emqx", "widen"));

    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        raw_login_refused(broker, .protocol = 5, .client_id = ids[i],
                          .password = token_with(env, "device", claim));
    }
    struct raw_client *client = login(broker, "dev1", "device", claim);
    assert_int_equal(raw_subscribe(client, "d/+/#", 0), 0x87);
    assert_int_equal(raw_subscribe(client, "d/dev1/#", 0), 0);
}

static void test_a_required_claim(struct env *env)
{
    struct broker *broker =
        start(env, "      permissions: {claim: acl, format: bednet, use: narrow, required: true}\n");

    raw_login_refused(broker, .protocol = 5, .client_id = "dev1",
                      .password = token_with(env, "device", "\"scope\": \"acl\""));
    broker_expect_log(broker, "bednet: jwt: deny login client=\"dev1\"", "reason=permissions");
    login(broker, "dev1", "device", "\"acl\": {}");
}

static void test_narrowing(struct env *env)
{
    struct broker *broker = start(env, PLACE("acl", "bednet", "narrow"));
    struct raw_client *watcher = login(broker, "w", "watcher", "\"none\": 1");
    struct raw_client *client = login(broker, "dev1", "device",
                                      "\"acl\": {\"publish\": [\"both\", \"t/#\"], \"subscribe\": "
                                      "\"both/#\", \"deny\": {\"receive\": \"both/x\"}}");

    assert_int_equal(raw_subscribe(watcher, "#", 0), 0);
    assert_int_equal(raw_publish_acked(client, "role", "x"), 0x87);
    broker_expect_log(broker, "deny publish client=\"dev1\"", "topic=\"role\"", "reason=token_no_rule");
    assert_int_equal(raw_publish_acked(client, "t/1", "x"), 0x87);
    broker_expect_log(broker, "deny publish client=\"dev1\"", "topic=\"t/1\"", "reason=no_rule");
    assert_int_equal(raw_publish_acked(client, "t/forbidden", "x"), 0x87);
    assert_int_equal(raw_subscribe(client, "role/#", 0), 0x87);
    assert_int_equal(raw_subscribe(client, "#", 0), 0x87);
    raw_expect_silence(watcher);
    assert_int_equal(raw_publish_acked(client, "both", "mine"), 0);
    raw_expect_publish(watcher, "both", "mine");
    assert_int_equal(raw_subscribe(client, "both/#", 0), 0);

    struct raw_client *source = login(broker, "s", "source", "\"none\": 1");
    assert_int_equal(raw_publish_acked(source, "both/x", "denied to one"), 0);
    raw_expect_publish(watcher, "both/x", "denied to one");
    raw_expect_silence(client);
    assert_int_equal(raw_publish_acked(source, "both/y", "for both"), 0);
    raw_expect_publish(client, "both/y", "for both");
}

static void test_widening(struct env *env)
{
    struct broker *broker = start(env, PLACE("scope", "aif", "widen"));
    struct raw_client *watcher = login(broker, "w", "watcher", "\"none\": 1");
    /* [["t/#",["pub"]],["news/+",["sub"]],["news/1",["pub"]]] */
    struct raw_client *client =
        login(broker, "dev1", "device",
              "\"scope\": \"W1sidC8jIixbInB1YiJdXSxbIm5ld3MvKyIsWyJzdWIiXV0sWyJuZXdzLzEiLFsicHViIl1dXQ\"");

    assert_int_equal(raw_subscribe(watcher, "#", 0), 0);
    assert_int_equal(raw_publish_acked(client, "other", "x"), 0x87);
    assert_int_equal(raw_publish_acked(client, "t/forbidden", "x"), 0x87);
    assert_int_equal(raw_subscribe(client, "t/#", 0), 0x87);
    assert_int_equal(raw_subscribe(client, "news/#", 0), 0x87);
    raw_expect_silence(watcher);
    assert_int_equal(raw_publish_acked(client, "role", "by role"), 0);
    raw_expect_publish(watcher, "role", "by role");
    assert_int_equal(raw_publish_acked(client, "t/1", "by token"), 0);
    raw_expect_publish(watcher, "t/1", "by token");
    assert_int_equal(raw_subscribe(client, "$share/g/news/+", 0), 0);
    assert_int_equal(raw_subscribe(client, "news/1", 0), 0);
}

/* A grant at one QoS, remembered, would let the next message through at another. */
static void test_conditions_are_asked_of_each_message(struct env *env)
{
    struct broker *broker = start(env, PLACE("acl", "emqx", "widen"));
    struct raw_client *watcher = login(broker, "w", "watcher", "\"none\": 1");
    struct raw_client *client =
        login(broker, "dev1", "device",
              "\"acl\": [{\"permission\": \"allow\", \"action\": \"all\", \"topic\": \"q/#\", \"qos\": [1], "
              "\"retain\": false}, {\"permission\": \"deny\", \"action\": \"all\", \"topics\": [\"#\"]}]");

    assert_int_equal(raw_subscribe(watcher, "#", 0), 0);
    for (int round = 0; round < 3; round++) {
        assert_int_equal(raw_publish_acked(client, "q/1", "at QoS 1"), 0);
        raw_expect_publish(watcher, "q/1", "at QoS 1");
        raw_publish(client, "q/1", "at QoS 0", 0, false);
        raw_publish(client, "q/1", "retained", 0, true);
        raw_expect_silence(client);
        raw_expect_silence(watcher);
    }
    broker_expect_log(broker, "deny publish client=\"dev1\"", "topic=\"q/1\"", "reason=token_denies");
    assert_int_equal(raw_subscribe(client, "q/+", 2), 0x87);
    assert_int_equal(raw_subscribe(client, "q/+", 1), 1);
    /* What the token denies, no role allows. */
    assert_int_equal(raw_publish_acked(client, "role", "x"), 0x87);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BROKER_TEST(test_what_is_not_understood_refuses_the_login),
        BROKER_TEST(test_a_client_id_never_widens_a_filter),
        BROKER_TEST(test_a_required_claim),
        BROKER_TEST(test_narrowing),
        BROKER_TEST(test_widening),
        BROKER_TEST(test_conditions_are_asked_of_each_message),
    };
    return ENV_MAIN("permissions", tests);
}
