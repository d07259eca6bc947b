/* SPDX-License-Identifier: Apache-2.0 */
/* Rules that come by way of other roles, and rules with conditions, on a real broker. */
#include "harness/clock.h"
#include "harness/launch.h"
#include "harness/suite.h"

static const char *write_policy(struct env *env, const char *roles)
{
    return env_write(env, "policy.yaml", env_format(env, "%s%s", suite_issuer(env, ""), roles));
}

static struct broker *start(struct env *env, const char *policy)
{
    return broker_start(env, NULL, suite_lines(env, policy, "jwt", "acl"));
}

static const char heirs[] = "roles:\n"
                            "  client:\n"
                            "    members: {usernames: [member]}\n"
                            "    allow:\n"
                            "      publish:\n"
                            "        - status/${client_id}/+\n"
                            "      subscribe: [\"news/#\"]\n"
                            "    deny:\n"
                            "      publish:\n"
                            "        - status/+/forged\n"
                            "  sensor:\n"
                            "    inherits: [client]\n"
                            "    allow: {publish: [telemetry]}\n"
                            "  gateway:\n"
                            "    inherits: [sensor]\n"
                            "    allow: {publish: [\"#\"]}\n";

static void test_heirs_may_what_they_inherit(struct env *env)
{
    const char *policy = write_policy(env, heirs);
    struct broker *broker = start(env, policy);
    struct raw_client *member =
        raw_login(broker, .protocol = 5, .client_id = "m", .password = token_for(env, "member", ""));
    struct raw_client *sensor = suite_login(broker, 5, "s", "\"sensor\"");
    struct raw_client *gateway = suite_login(broker, 5, "g", "\"gateway\"");

    assert_int_equal(raw_publish_acked(member, "telemetry", "x"), 0x87);
    assert_int_equal(raw_publish_acked(sensor, "status/m/up", "x"), 0x87);
    assert_int_equal(raw_publish_acked(sensor, "anything", "x"), 0x87);
    broker_mark(broker);
    assert_int_equal(raw_publish_acked(gateway, "status/g/forged", "x"), 0x87);
    /* The rule stands in the role that has it. */
    broker_expect_log(broker, "deny publish client=\"g\"", "reason=deny_rule",
                      env_format(env, "rule=%s", suite_place(env, policy, "status/+/forged")));
    assert_int_equal(raw_publish_acked(member, "status/m/up", "x"), NOBODY_LISTENS);
    assert_int_equal(raw_publish_acked(sensor, "status/s/up", "x"), NOBODY_LISTENS);
    assert_int_equal(raw_publish_acked(sensor, "telemetry", "x"), NOBODY_LISTENS);
    assert_int_equal(raw_subscribe(gateway, "news/today", 1), 1);
    raw_publish(gateway, "news/today", "x", 0, false);
    raw_expect_publish(gateway, "news/today", "x");
}

/* Living clients lose what is inherited no longer, and an error leaves them as they are. */
static void test_inheritance_is_reloaded(struct env *env)
{
    struct broker *broker = start(env, write_policy(env, heirs));
    struct raw_client *sensor = suite_login(broker, 5, "s", "\"sensor\"");

    assert_int_equal(raw_publish_acked(sensor, "status/s/up", "x"), NOBODY_LISTENS);
    write_policy(env, "roles:\n  client: {inherits: [sensor]}\n  sensor: {inherits: [client]}\n");
    broker_reload(broker);
    broker_expect_log(broker, "'client' inherits from 'sensor' already");
    assert_int_equal(raw_publish_acked(sensor, "status/s/up", "x"), NOBODY_LISTENS);
    write_policy(
        env, "roles:\n  client: {allow: {publish: [\"#\"]}}\n  sensor: {allow: {publish: [telemetry]}}\n");
    broker_reload(broker);
    assert_int_equal(raw_publish_acked(sensor, "status/s/up", "x"), 0x87);
    assert_int_equal(raw_publish_acked(sensor, "telemetry", "x"), NOBODY_LISTENS);
}

static const char conditions[] = "roles:\n"
                                 "  device:\n"
                                 "    allow:\n"
                                 "      publish:\n"
                                 "        - {topic: low, qos: {max: 0}}\n"
                                 "        - {topic: plain, retain: false}\n"
                                 "        - {topic: near, from: [127.0.0.0/8]}\n"
                                 "        - {topic: far, from: [10.0.0.0/8, \"::/0\"]}\n"
                                 "        - {topic: modern, protocol: [5]}\n"
                                 "        - open\n"
                                 "      subscribe:\n"
                                 "        - {topic: low, qos: {max: 0}}\n"
                                 "        - {topic: \"modern/#\", protocol: [5]}\n"
                                 "        - open\n"
                                 "        - will/#\n"
                                 "    deny:\n"
                                 "      publish:\n"
                                 "        - {topic: open, retain: true}\n"
                                 "      receive:\n"
                                 "        - {topic: open, qos: {min: 1}}\n"
                                 "  willing:\n"
                                 "    allow:\n"
                                 "      publish:\n"
                                 "        - {topic: will, retain: false, qos: {max: 0}}\n"
                                 "        - {topic: will/near, from: [127.0.0.0/8], protocol: [5]}\n"
                                 "        - {topic: will/far, from: [10.0.0.0/8]}\n";

/* What is permitted at one QoS and without the flag is asked again and again: nothing of it is remembered. */
static void test_qos_and_retain(struct env *env)
{
    const char *policy = write_policy(env, conditions);
    struct broker *broker = start(env, policy);
    struct raw_client *taker = suite_login(broker, 5, "t", "\"device\"");
    struct raw_client *client = suite_login(broker, 5, "a", "\"device\"");

    assert_int_equal(raw_subscribe(taker, "low", 1), 0x87);
    assert_int_equal(raw_subscribe(taker, "low", 0), 0);
    assert_int_equal(raw_subscribe(taker, "low", 2), 0x87);
    for (int i = 0; i < 3; i++) {
        raw_publish(client, "low", "permitted", 0, false);
        raw_expect_publish(taker, "low", "permitted");
        assert_int_equal(raw_publish_acked(client, "low", "too high"), 0x87);
    }
    broker_expect_log(broker, "deny publish client=\"a\"", "topic=\"low\"", "reason=condition",
                      env_format(env, "rule=%s", suite_place(env, policy, "low, qos")));
    raw_subscribe(taker, "open", 2);
    for (int i = 0; i < 3; i++) {
        raw_publish(client, "open", "permitted", 0, false);
        raw_expect_publish(taker, "open", "permitted");
        raw_publish(client, "open", "retained", 0, true);
        assert_int_equal(raw_publish_acked(client, "plain", "x"), NOBODY_LISTENS);
        raw_publish(client, "plain", "retained", 0, true);
        /* Published, and delivered to nobody who may not have it at that QoS. */
        assert_int_equal(raw_publish_acked(client, "open", "too high to be received"), 0);
        raw_expect_silence(taker);
    }
    broker_expect_log(broker, "deny publish client=\"a\"", "topic=\"open\"", "reason=deny_rule",
                      env_format(env, "rule=%s", suite_place(env, policy, "open, retain")));
    broker_expect_log(broker, "deny receive client=\"t\"", "topic=\"open\"", "reason=deny_rule",
                      env_format(env, "rule=%s", suite_place(env, policy, "open, qos")));
}

static void test_will(struct env *env)
{
    struct broker *broker = start(env, write_policy(env, conditions));
    struct raw_client *taker = suite_login(broker, 5, "t", "\"device\"");

    raw_subscribe(taker, "will", 1);
    for (unsigned kind = 0; kind < 3; kind++) {
        const char *token = token_for(env, "w", suite_roles(env, "\"willing\""));
        struct raw_client *client =
            raw_login(broker, .protocol = 5, .client_id = "w", .password = token, .will_topic = "will",
                      .will_payload = "gone", .will_qos = kind == 1 ? 1 : 0, .will_retain = kind == 2);
        raw_drop(client);
        broker_settle(broker);
        if (kind == 0) {
            raw_expect_publish(taker, "will", "gone");
        }
        raw_expect_silence(taker);
    }
}

static void test_address_and_protocol(struct env *env)
{
    struct broker *broker = start(env, write_policy(env, conditions));

    for (int protocol = 3; protocol <= 5; protocol++) {
        struct raw_client *client = suite_login(broker, protocol, "a", "\"device\"");
        struct raw_client *taker = suite_login(broker, 5, "t", "\"device\"");
        unsigned refused = protocol == 3 ? 1 : raw_refused_subscribe(client);

        assert_int_equal(raw_subscribe(client, "modern/x", 1), protocol == 5 ? 1 : refused);
        assert_int_equal(raw_subscribe(client, "far", 1), refused);
        assert_int_equal(raw_subscribe(taker, "modern/#", 1), 1);
        if (protocol == 5) {
            assert_int_equal(raw_publish_acked(client, "near", "x"), NOBODY_LISTENS);
            assert_int_equal(raw_publish_acked(client, "far", "x"), 0x87);
            assert_int_equal(raw_publish_acked(client, "modern", "x"), 0);
            raw_expect_publish(taker, "modern", "x");
        } else {
            raw_publish(client, "modern", "too old", 0, false);
            raw_expect_silence(client);
            broker_expect_log(broker, "deny publish client=\"a\"", "topic=\"modern\"", "reason=condition");
        }
        raw_expect_silence(taker);
        raw_disconnect(client);
        raw_disconnect(taker);
    }
}

/* Where a client came from, and how, is known when it is gone. */
static void test_will_by_address(struct env *env)
{
    struct broker *broker = start(env, write_policy(env, conditions));
    struct raw_client *taker = suite_login(broker, 5, "t", "\"device\"");
    static const char *const topics[] = {"will/far", "will/near"};

    assert_int_equal(raw_subscribe(taker, "will/#", 1), 1);
    for (size_t i = 0; i < 2; i++) {
        const char *token = token_for(env, "w", suite_roles(env, "\"willing\""));
        raw_drop(raw_login(broker, .protocol = 5, .client_id = "w", .password = token,
                           .will_topic = topics[i], .will_payload = "gone"));
        broker_settle(broker);
        if (i == 1) {
            raw_expect_publish(taker, "will/near", "gone");
        }
        raw_expect_silence(taker);
    }
}

static struct raw_client *resume(struct broker *broker, const char *id)
{
    return raw_login(broker, .protocol = 4, .client_id = id, .username = SUITE_USER,
                     .password = SUITE_PASSWORD, .resume = true);
}

/* Of a session that the broker found on its disk nobody knows where it came from. */
static void test_restored_session(struct env *env)
{
    static const char roles[] = "bednet: 1\n"
                                "roles:\n"
                                "  r:\n"
                                "    members: {usernames: [alice]}\n"
                                "    allow:\n"
                                "      publish: [\"#\"]\n"
                                "      subscribe: [\"open/#\", {topic: near, from: [127.0.0.0/8]}]\n"
                                "    deny:\n"
                                "      receive: [{topic: open/banned, from: [192.0.2.0/24]}]\n";
    static const char *const topics[] = {"near", "open/banned", "open/x"};
    const char *policy = env_write(env, "policy.yaml", roles);
    struct broker *broker =
        broker_start(env, env_format(env, "persistence true\npersistence_location %s/\n", env_folder(env)),
                     env_format(env, "%s%s", suite_lines(env, policy, "acl"), suite_password_line(env)));
    struct raw_client *client = resume(broker, "away");

    assert_int_equal(raw_subscribe(client, "open/#", 1), 1);
    assert_int_equal(raw_subscribe(client, "near", 1), 1);
    raw_disconnect(client);
    broker_restart(broker);
    struct raw_client *sender = resume(broker, "sender");
    for (size_t i = 0; i < 3; i++) {
        raw_publish_acked(sender, topics[i], "while it was away");
    }
    client = resume(broker, "away");
    raw_expect_publish(client, "open/x", "while it was away");
    raw_expect_silence(client);
    for (size_t i = 0; i < 3; i++) {
        raw_publish_acked(sender, topics[i], "now");
        raw_expect_publish(client, topics[i], "now");
    }
}

/* What was remembered under a policy without conditions is not under the next one. */
static void test_a_reload_brings_conditions(struct env *env)
{
    struct broker *broker = start(env, write_policy(env, heirs));
    struct raw_client *sensor = suite_login(broker, 5, "s", "\"sensor\"");

    for (int i = 0; i < 3; i++) {
        assert_int_equal(raw_publish_acked(sensor, "telemetry", "remembered"), NOBODY_LISTENS);
    }
    write_policy(env, "roles:\n  sensor: {allow: {publish: [{topic: telemetry, protocol: [3.1.1]}]}}\n");
    broker_reload(broker);
    assert_int_equal(raw_publish_acked(sensor, "telemetry", "x"), 0x87);
    write_policy(env, "roles:\n  sensor: {allow: {publish: [{topic: telemetry, protocol: [3.1, 5]}]}}\n");
    broker_reload(broker);
    assert_int_equal(raw_publish_acked(sensor, "telemetry", "x"), NOBODY_LISTENS);
    write_policy(env, "roles:\n  sensor: {allow: {publish: [{topic: telemetry, from: [192.0.2.0/24]}]}}\n");
    broker_reload(broker);
    assert_int_equal(raw_publish_acked(sensor, "telemetry", "x"), 0x87);
}

/* A Friday of November; Berlin is an hour ahead. What was allowed a second ago is not remembered. */
static void test_time(struct env *env)
{
    enum { FRIDAY = 1795132800, HOUR = 3600, SEVEN = FRIDAY + 6 * HOUR, NINETEEN = FRIDAY + 18 * HOUR };
    static const char times[] =
        "roles:\n"
        "  r:\n"
        "    members: {usernames: [alice]}\n"
        "    allow:\n"
        "      publish:\n"
        "        - {topic: work, when: {days: [mon-fri], hours: \"07:00-19:00\", zone: "
        "Europe/Berlin}}\n"
        "        - free\n"
        "      subscribe: [free]\n"
        "    deny:\n"
        "      receive:\n"
        "        - {topic: free, when: {hours: \"19:00-07:00\", zone: Europe/Berlin}}\n";
    static const struct {
        long long second;
        bool works;
    } moments[] = {{SEVEN - 1, false},        {SEVEN, true},
                   {NINETEEN - 1, true},      {NINETEEN, false},
                   {SEVEN + 60, true},        {SEVEN + 24 * HOUR, false},
                   {SEVEN - 72 * HOUR, true}, {SEVEN - 7 * 24 * HOUR - 1, false}};

    clock_take(env);
    clock_stand(env, SEVEN);
    const char *policy = env_write(env, "policy.yaml", env_format(env, "bednet: 1\n%s", times));
    struct broker *broker = broker_start(
        env, NULL, env_format(env, "%s%s", suite_lines(env, policy, "acl"), suite_password_line(env)));
    struct raw_client *client = raw_login(broker, .protocol = 5, .client_id = "a", .username = SUITE_USER,
                                          .password = SUITE_PASSWORD);

    raw_subscribe(client, "free", 0);
    for (size_t i = 0; i < sizeof(moments) / sizeof(moments[0]); i++) {
        bool awake = moments[i].works || moments[i].second == SEVEN + 24 * HOUR;

        clock_stand(env, moments[i].second);
        raw_expect_silence(client);
        unsigned code = raw_publish_acked(client, "work", "x");
        if (code != (moments[i].works ? NOBODY_LISTENS : 0x87)) {
            env_fail("moment %zu: 0x%02x", i, code);
        }
        raw_publish(client, "free", "x", 0, false);
        if (awake) {
            raw_expect_publish(client, "free", "x");
        }
        raw_expect_silence(client);
    }
    clock_shift(env, 0);
    broker_expect_log(broker, "deny publish client=\"a\"", "topic=\"work\"", "reason=condition");
    broker_expect_log(broker, "deny receive client=\"a\"", "topic=\"free\"", "reason=deny_rule");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BROKER_TEST(test_heirs_may_what_they_inherit),
        BROKER_TEST(test_inheritance_is_reloaded),
        BROKER_TEST(test_qos_and_retain),
        BROKER_TEST(test_will),
        BROKER_TEST(test_will_by_address),
        BROKER_TEST(test_address_and_protocol),
        BROKER_TEST(test_restored_session),
        BROKER_TEST(test_a_reload_brings_conditions),
        BROKER_TEST(test_time),
    };
    return ENV_MAIN("rules", tests);
}
