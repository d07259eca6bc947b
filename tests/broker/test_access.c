/* SPDX-License-Identifier: Apache-2.0 */
/* Who may publish, subscribe and receive what: the language of the policy on a real broker. */
#include "harness/launch.h"
#include "harness/lib_client.h"
#include "harness/suite.h"
#include <string.h>

static const char roles[] = "roles:\n"
                            "  device:\n"
                            "    allow:\n"
                            "      publish:\n"
                            "        - dev/${client_id}/up/#\n"
                            "        - site/${claim.site}/up\n"
                            "      subscribe:\n"
                            "        - dev/${client_id}/down/#\n"
                            "    deny:\n"
                            "      publish:\n"
                            "        - dev/+/up/firmware\n"
                            "  watcher:\n"
                            "    allow:\n"
                            "      subscribe: [\"dev/#\"]\n"
                            "    deny:\n"
                            "      receive: [dev/a/up/secret]\n"
                            "  listener:\n"
                            "    allow:\n"
                            "      receive: [dev/a/up/x]\n"
                            "      subscribe: [\"other/#\"]\n"
                            "  engine:\n"
                            "    members: {usernames: [engine]}\n"
                            "    allow: {subscribe: [\"#\"], publish: [\"#\"]}\n";

static const char *write_policy(struct env *env, const char *more)
{
    return env_write(env, "policy.yaml", env_format(env, "%s%s%s", suite_issuer(env, ""), roles, more));
}

static struct broker *start(struct env *env, const char *more)
{
    return broker_start(env, NULL, suite_lines(env, write_policy(env, more), "jwt", "acl"));
}

static const char device[] = "\"device\"";

static void test_own_topics_only(struct env *env)
{
    struct broker *broker = start(env, "");
    struct raw_client *watcher = suite_login(broker, 4, "w", "\"watcher\"");
    struct raw_client *client = suite_login(broker, 5, "a", device);

    assert_int_equal(raw_subscribe(watcher, "dev/#", 0), 0);
    assert_int_equal(raw_publish_acked(client, "dev/a/up/x", "mine"), 0);
    raw_expect_publish(watcher, "dev/a/up/x", "mine");
    assert_int_equal(raw_publish_acked(client, "dev/b/up/x", "not mine"), 0x87);
    assert_int_equal(raw_publish_acked(client, "dev/a/down/x", "wrong way"), 0x87);
    assert_int_equal(raw_publish_acked(client, "dev/a/Up/x", "wrong case"), 0x87);
    raw_expect_silence(watcher);
    broker_expect_log(broker, "bednet: acl: deny publish client=\"a\" username=\"a\" address=\"127.0.0.1\" "
                              "topic=\"dev/b/up/x\" reason=no_rule");
}

static void test_denied_publish_before_mqtt5(struct env *env)
{
    struct broker *broker = start(env, "");
    struct raw_client *watcher = suite_login(broker, 4, "w", "\"watcher\"");

    raw_subscribe(watcher, "dev/#", 0);
    for (int protocol = 3; protocol <= 4; protocol++) {
        struct raw_client *client = suite_login(broker, protocol, "a", device);
        /* There is no word for a refusal: the message is acknowledged and dropped. */
        assert_int_equal(raw_publish_acked(client, "dev/b/up/x", "not mine"), 0);
        raw_publish(client, "dev/b/up/x", "not mine", 0, false);
        raw_expect_silence(client);
        raw_expect_silence(watcher);
    }
}

static void test_deny_beats_allow(struct env *env)
{
    const char *policy = write_policy(env, "");
    struct broker *broker = broker_start(env, NULL, suite_lines(env, policy, "jwt", "acl"));
    struct raw_client *client = suite_login(broker, 5, "a", device);

    assert_int_equal(raw_publish_acked(client, "dev/a/up/firmware", "x"), 0x87);
    broker_expect_log(broker, "bednet: acl: deny publish", "topic=\"dev/a/up/firmware\"", "reason=deny_rule",
                      env_format(env, "rule=%s", suite_place(env, policy, "dev/+/up/firmware")));
    /* And whatever another role allows. */
    struct raw_client *both = suite_login(broker, 5, "b", "\"engine\", \"device\"");
    assert_int_equal(raw_publish_acked(both, "dev/b/up/firmware", "x"), 0x87);
    assert_int_equal(raw_publish_acked(both, "anything", "x"), NOBODY_LISTENS);
}

static void test_subscribe_refused_in_each_protocol(struct env *env)
{
    struct broker *broker = start(env, "");

    for (int protocol = 3; protocol <= 5; protocol++) {
        struct raw_client *client = suite_login(broker, protocol, "a", device);
        /* MQTT 3.1 has no word for it: it is told the QoS it asked for, and gets nothing. */
        unsigned refused = protocol == 3 ? 1 : raw_refused_subscribe(client);
        const char *const beyond[] = {"#",
                                      "+/#",
                                      "dev/#",
                                      "dev/+/down/#",
                                      "dev/a/#",
                                      "dev/b/down/#",
                                      "dev/a/+/x",
                                      "$SYS/#",
                                      "$CONTROL/#",
                                      "$share/group/#",
                                      "$share/group/dev/b/down/#"};
        for (size_t i = 0; i < sizeof(beyond) / sizeof(beyond[0]); i++) {
            unsigned code = raw_subscribe(client, beyond[i], 1);
            if (code != refused) {
                env_fail("protocol %d, %s: 0x%02x", protocol, beyond[i], code);
            }
        }
    }
    broker_expect_log(broker, "bednet: acl: deny subscribe client=\"a\"", "topic=\"#\"", "reason=no_rule");
}

static void test_subscribe_granted_where_covered(struct env *env)
{
    struct broker *broker = start(env, "");
    struct raw_client *engine = suite_login(broker, 5, "e", "\"engine\"");

    for (int protocol = 3; protocol <= 5; protocol++) {
        struct raw_client *client = suite_login(broker, protocol, "a", device);
        assert_int_equal(raw_subscribe(client, "dev/a/down/#", 1), 1);
        assert_int_equal(raw_subscribe(client, "dev/a/down", 0), 0);
        assert_int_equal(raw_subscribe(client, "dev/a/down/+/x", 1), 1);
        assert_int_equal(raw_unsubscribe(client, "dev/a/down/#"), 0);
        assert_int_equal(raw_unsubscribe(client, "dev/a/down/+/x"), 0);
        raw_publish_acked(engine, "dev/a/down", "command");
        raw_expect_publish(client, "dev/a/down", "command");
        raw_publish_acked(engine, "dev/b/down", "for another");
        raw_expect_silence(client);
        raw_disconnect(client);
    }
}

static void test_shared_subscription(struct env *env)
{
    struct broker *broker = start(env, "");
    struct raw_client *engine = suite_login(broker, 5, "e", "\"engine\"");
    struct raw_client *client = suite_login(broker, 5, "a", device);

    assert_int_equal(raw_subscribe(client, "$share/group/dev/a/down/#", 1), 1);
    raw_publish_acked(engine, "dev/a/down/x", "shared");
    raw_expect_publish(client, "dev/a/down/x", "shared");
}

static void test_everything_does_not_mean_system_topics(struct env *env)
{
    struct broker *broker = start(env, "");
    struct raw_client *engine = suite_login(broker, 5, "e", "\"engine\"");

    assert_int_equal(raw_subscribe(engine, "#", 0), 0);
    assert_int_equal(raw_subscribe(engine, "$SYS/#", 0), 0x87);
    assert_int_equal(raw_subscribe(engine, "$SYS/broker/uptime", 0), 0x87);
    assert_int_equal(raw_subscribe(engine, "$share/g/$SYS/#", 0), 0x87);
    assert_int_equal(raw_publish_acked(engine, "$CONTROL/dynamic-security/v1", "{}"), 0x87);
    assert_int_equal(raw_publish_acked(engine, "$other", "x"), 0x87);
}

static void test_unsubscribe_always_allowed(struct env *env)
{
    struct broker *broker = start(env, "");
    struct raw_client *client = suite_login(broker, 5, "a", device);

    /* 0x11: there was no such subscription. */
    int reason = raw_unsubscribe(client, "no/right/to/this/#");
    assert_true(reason == 0 || reason == 0x11);
    raw_expect_silence(client);
}

static void test_receive_denied(struct env *env)
{
    struct broker *broker = start(env, "");
    struct raw_client *watcher = suite_login(broker, 5, "w", "\"watcher\"");
    struct raw_client *client = suite_login(broker, 5, "a", device);

    raw_subscribe(watcher, "dev/#", 1);
    raw_publish_acked(client, "dev/a/up/secret", "hidden");
    raw_publish_acked(client, "dev/a/up/open", "shown");
    raw_expect_publish(watcher, "dev/a/up/open", "shown");
    raw_expect_silence(watcher);
    raw_expect_silence(client);
    broker_expect_log(broker, "bednet: acl: deny receive client=\"w\"", "topic=\"dev/a/up/secret\"",
                      "reason=deny_rule");
}

static void test_receive_denied_for_retained_messages(struct env *env)
{
    struct broker *broker = start(env, "");
    struct raw_client *client = suite_login(broker, 5, "a", device);

    raw_publish(client, "dev/a/up/secret", "hidden", 0, true);
    raw_publish(client, "dev/a/up/open", "shown", 0, true);
    raw_expect_silence(client);
    struct raw_client *watcher = suite_login(broker, 5, "w", "\"watcher\"");
    raw_subscribe(watcher, "dev/#", 1);
    raw_expect_publish(watcher, "dev/a/up/open", "shown");
    raw_expect_silence(watcher);
}

static void test_receiving_is_not_subscribing(struct env *env)
{
    struct broker *broker = start(env, "");
    struct raw_client *client = suite_login(broker, 5, "l", "\"listener\"");

    assert_int_equal(raw_subscribe(client, "dev/a/up/x", 0), 0x87);
}

static void test_claims_in_rules(struct env *env)
{
    struct broker *broker = start(env, "");
    const char *token =
        token_for(env, "a", env_format(env, "%s, \"site\": \"north\"", suite_roles(env, device)));
    struct raw_client *client = raw_login(broker, .protocol = 5, .client_id = "a", .password = token);

    assert_int_equal(raw_publish_acked(client, "site/north/up", "x"), NOBODY_LISTENS);
    assert_int_equal(raw_publish_acked(client, "site/south/up", "x"), 0x87);
    /* Without the claim the rule is as if it were not there. */
    client = suite_login(broker, 5, "b", device);
    assert_int_equal(raw_publish_acked(client, "site/north/up", "x"), 0x87);
    assert_int_equal(raw_publish_acked(client, "site//up", "x"), 0x87);
    broker_expect_log(broker, "client=\"b\"", "topic=\"site//up\"", "reason=unusable_value");
}

/* CVE-2017-7650: a client that calls itself as wildcards are called. */
static void test_claims_that_would_widen_rules(struct env *env)
{
    struct broker *broker = start(env, "");
    const char *const values[] = {"+", "#", "a/up", "+/+", "north\\u0001", ""};

    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        const char *claim = env_format(env, "%s, \"site\": \"%s\"", suite_roles(env, device), values[i]);
        const char *id = env_format(env, "s%zu", i);
        struct raw_client *client =
            raw_login(broker, .protocol = 5, .client_id = id, .password = token_for(env, id, claim));
        assert_int_equal(raw_publish_acked(client, "site/north/up", "x"), 0x87);
        assert_int_equal(raw_publish_acked(client, "site/a/up/up", "x"), 0x87);
        assert_int_equal(raw_publish_acked(client, "site//up", "x"), 0x87);
    }
}

static void test_unknown_roles_and_none(struct env *env)
{
    struct broker *broker = start(env, "");
    struct raw_client *client = suite_login(broker, 5, "a", "\"no-such-role\"");

    assert_int_equal(raw_publish_acked(client, "dev/a/up/x", "x"), 0x87);
    assert_int_equal(raw_subscribe(client, "dev/a/down/#", 0), 0x87);
    client = suite_login(broker, 5, "b", "");
    assert_int_equal(raw_publish_acked(client, "dev/b/up/x", "x"), 0x87);
}

static void test_members_by_username(struct env *env)
{
    struct broker *broker = start(env, "");
    struct raw_client *client =
        raw_login(broker, .protocol = 5, .client_id = "x", .password = token_for(env, "engine", ""));

    assert_int_equal(raw_publish_acked(client, "anything", "x"), NOBODY_LISTENS);
}

static void test_observe_lets_through(struct env *env)
{
    struct broker *broker = start(env, "mode: observe\n");
    struct raw_client *client = suite_login(broker, 5, "a", device);

    assert_int_equal(raw_subscribe(client, "#", 1), 1);
    struct raw_client *other = suite_login(broker, 5, "b", device);
    assert_int_equal(raw_publish_acked(other, "dev/c/up/x", "not mine"), 0);
    raw_expect_publish(client, "dev/c/up/x", "not mine");
    broker_expect_log(broker, "bednet: acl: would deny subscribe client=\"a\"", "topic=\"#\"");
    broker_expect_log(broker, "bednet: acl: would deny publish client=\"b\"", "topic=\"dev/c/up/x\"");
}

/* Topic rules. */

static const char topics[] = "topics:\n"
                             "  levels: {max: 4}\n"
                             "  bytes: {max: 40}\n"
                             "  leading_slash: deny\n"
                             "  empty_levels: deny\n"
                             "  characters: \"A-Za-z0-9_-\"\n"
                             "  wildcards:\n"
                             "    multi_level: {min_literal_levels: 2}\n"
                             "    single_level: {max: 1}\n"
                             "    shared: deny\n";

struct topic_case {
    const char *topic;
    const char *reason;
};

static struct broker *start_with_topics(struct env *env, const char **policy)
{
    *policy = write_policy(env, topics);
    return broker_start(env, NULL, suite_lines(env, *policy, "topic", "jwt", "acl"));
}

static void test_topic_names(struct env *env)
{
    static const struct topic_case cases[] = {
        {"a/b/c/d/e", "levels"},  {"/a", "leading_slash"},
        {"a//b", "empty_levels"}, {"a/b/", "empty_levels"},
        {"a/b c", "characters"},  {"a/\xc3\xa4", "characters"},
        {"a/b.c", "characters"},  {"a/01234567890123456789012345678901234567890", "bytes"},
    };
    const char *policy;
    struct broker *broker = start_with_topics(env, &policy);
    struct raw_client *client = suite_login(broker, 5, "e", "\"engine\"");

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        broker_mark(broker);
        assert_int_equal(raw_publish_acked(client, cases[i].topic, "x"), 0x87);
        broker_expect_log(broker, "bednet: topic: deny publish client=\"e\"", "topic=\"",
                          env_format(env, " reason=%s ", cases[i].reason),
                          env_format(env, " rule=%s:", policy));
    }
    assert_int_equal(raw_publish_acked(client, "a/b/c/d", "x"), NOBODY_LISTENS);
}

static void test_topic_filters(struct env *env)
{
    static const struct topic_case cases[] = {
        {"#", "multi_level"},    {"a/#", "multi_level"},     {"+/b/#", "multi_level"},
        {"+/+", "single_level"}, {"$share/g/a/b", "shared"}, {"a/b/c/d/+", "levels"},
        {"/+", "leading_slash"},
    };
    const char *policy;
    struct broker *broker = start_with_topics(env, &policy);
    struct raw_client *client = suite_login(broker, 5, "e", "\"engine\"");

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        broker_mark(broker);
        assert_int_equal(raw_subscribe(client, cases[i].topic, 0), 0x87);
        broker_expect_log(broker, "bednet: topic: deny subscribe client=\"e\"",
                          env_format(env, "topic=\"%s\"", cases[i].topic),
                          env_format(env, " reason=%s ", cases[i].reason),
                          env_format(env, " rule=%s:", policy));
    }
    assert_int_equal(raw_subscribe(client, "a/b/#", 0), 0);
    assert_int_equal(raw_subscribe(client, "a/+/b", 0), 0);
}

static void test_exempt_from_wildcard_rules(struct env *env)
{
    const char *text =
        env_format(env, "%s%s    exempt: [topics.wildcards]\n%s", suite_issuer(env, ""), roles, topics);
    const char *policy = env_write(env, "policy.yaml", text);
    struct broker *broker = broker_start(env, NULL, suite_lines(env, policy, "topic", "jwt", "acl"));
    struct raw_client *engine = suite_login(broker, 5, "e", "\"engine\"");

    assert_int_equal(raw_subscribe(engine, "#", 0), 0);
    assert_int_equal(raw_publish_acked(engine, "a//b", "x"), 0x87);
    struct raw_client *watcher = suite_login(broker, 5, "w", "\"watcher\"");
    assert_int_equal(raw_subscribe(watcher, "dev/#", 0), 0x87);
}

/* Limits. */

static unsigned limited(void)
{
    return launch_is_modern() ? 0x97 : 0x87;
}

static struct broker *start_with_limit(struct env *env, const char *limit)
{
    const char *policy =
        write_policy(env, env_format(env, "limits:\n  publish:\n    - {per: client, %s}\n", limit));
    return broker_start(env, NULL, suite_lines(env, policy, "limit", "jwt", "acl"));
}

static void test_flood_is_dropped(struct env *env)
{
    struct broker *broker = start_with_limit(env, "rate: 1/h, burst: 5");
    struct raw_client *taker = suite_login(broker, 5, "t", "\"engine\"");
    struct raw_client *flood = suite_login(broker, 5, "a", device);

    raw_subscribe(taker, "#", 0);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(raw_publish_acked(flood, "dev/a/up/x", "in time"), 0);
        raw_expect_publish(taker, "dev/a/up/x", "in time");
    }
    for (int i = 0; i < 5; i++) {
        assert_int_equal(raw_publish_acked(flood, "dev/a/up/x", "too much"), limited());
    }
    for (int i = 0; i < 500; i++) {
        raw_publish(flood, "dev/a/up/x", "flood", 0, false);
    }
    /* Still connected, and nothing came through. */
    raw_expect_silence(flood);
    raw_expect_silence(taker);
    broker_expect_log(broker, "bednet: limit: deny publish client=\"a\"", "topic=\"dev/a/up/x\"",
                      "reason=message_rate");
    /* Nobody else pays for it. */
    struct raw_client *other = suite_login(broker, 5, "b", device);
    assert_int_equal(raw_publish_acked(other, "dev/b/up/x", "mine"), 0);
}

static void test_flood_before_mqtt5(struct env *env)
{
    struct broker *broker = start_with_limit(env, "rate: 1/h, burst: 1");

    for (int protocol = 3; protocol <= 4; protocol++) {
        const char *id = env_format(env, "a%d", protocol);
        struct raw_client *client = suite_login(broker, protocol, id, device);
        const char *topic = env_format(env, "dev/%s/up/x", id);
        assert_int_equal(raw_publish_acked(client, topic, "in time"), 0);
        assert_int_equal(raw_publish_acked(client, topic, "too much"), 0);
        raw_expect_silence(client);
    }
}

static void test_reconnecting_refills_nothing(struct env *env)
{
    struct broker *broker = start_with_limit(env, "rate: 1/h, burst: 1");
    struct raw_client *client = suite_login(broker, 5, "a", device);

    assert_int_equal(raw_publish_acked(client, "dev/a/up/x", "in time"), NOBODY_LISTENS);
    raw_disconnect(client);
    client = suite_login(broker, 5, "a", device);
    assert_int_equal(raw_publish_acked(client, "dev/a/up/x", "too much"), limited());
}

static void test_bytes_are_limited(struct env *env)
{
    struct broker *broker = start_with_limit(env, "bytes: 1KiB/h, bytes_burst: 2000B");
    struct raw_client *client = suite_login(broker, 5, "a", device);
    char payload[1001];

    memset(payload, 'x', 1000);
    payload[1000] = '\0';
    raw_publish_acked(client, "dev/a/up/x", payload);
    assert_int_equal(raw_publish_acked(client, "dev/a/up/x", payload), limited());
    broker_expect_log(broker, "bednet: limit: deny publish", "reason=byte_rate");
}

static void test_denied_messages_cost_nothing(struct env *env)
{
    struct broker *broker = start_with_limit(env, "rate: 1/h, burst: 1");
    struct raw_client *client = suite_login(broker, 5, "a", device);

    for (int i = 0; i < 3; i++) {
        assert_int_equal(raw_publish_acked(client, "dev/b/up/x", "not mine"), 0x87);
    }
    assert_int_equal(raw_publish_acked(client, "dev/a/up/x", "in time"), NOBODY_LISTENS);
}

static void test_lib_client_walks_through(struct env *env)
{
    struct broker *broker = start(env, "");
    const char *token = token_for(env, "a", suite_roles(env, device));

    for (int protocol = 4; protocol <= 5; protocol++) {
        int reason = -1;
        struct lib_client *client = lib_connect(broker, protocol, "a", "any", token, &reason);
        assert_int_equal(reason, 0);
        assert_int_equal(lib_subscribe(client, "dev/a/down/#", 1), 1);
        assert_int_equal(lib_subscribe(client, "#", 1), protocol == 5 ? 0x87 : 0x80);
        assert_int_equal(lib_publish(client, "dev/b/up", "x", 1), protocol == 5 ? 0x87 : 0);
        lib_disconnect(client);
    }
}

static void test_the_last_denials_are_told(struct env *env)
{
    struct broker *broker = start(env, "");
    struct raw_client *client = suite_login(broker, 5, "a", device);

    assert_int_equal(raw_publish_acked(client, "dev/b/up/last", "not mine"), 0x87);
    broker_stop(broker);
    broker_expect_log(broker, "bednet: acl: deny publish client=\"a\"", "topic=\"dev/b/up/last\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BROKER_TEST(test_own_topics_only),
        BROKER_TEST(test_the_last_denials_are_told),
        BROKER_TEST(test_denied_publish_before_mqtt5),
        BROKER_TEST(test_deny_beats_allow),
        BROKER_TEST(test_subscribe_refused_in_each_protocol),
        BROKER_TEST(test_subscribe_granted_where_covered),
        BROKER_TEST(test_shared_subscription),
        BROKER_TEST(test_everything_does_not_mean_system_topics),
        BROKER_TEST(test_unsubscribe_always_allowed),
        BROKER_TEST(test_receive_denied),
        BROKER_TEST(test_receive_denied_for_retained_messages),
        BROKER_TEST(test_receiving_is_not_subscribing),
        BROKER_TEST(test_claims_in_rules),
        BROKER_TEST(test_claims_that_would_widen_rules),
        BROKER_TEST(test_unknown_roles_and_none),
        BROKER_TEST(test_members_by_username),
        BROKER_TEST(test_observe_lets_through),
        BROKER_TEST(test_topic_names),
        BROKER_TEST(test_topic_filters),
        BROKER_TEST(test_exempt_from_wildcard_rules),
        BROKER_TEST(test_flood_is_dropped),
        BROKER_TEST(test_flood_before_mqtt5),
        BROKER_TEST(test_reconnecting_refills_nothing),
        BROKER_TEST(test_bytes_are_limited),
        BROKER_TEST(test_denied_messages_cost_nothing),
        BROKER_TEST(test_lib_client_walks_through),
    };
    return ENV_MAIN("access", tests);
}
