/* SPDX-License-Identifier: Apache-2.0 */
/* SIGHUP: a new policy at once for everybody, or the old one for everybody and every error in the log. */
#include "harness/launch.h"
#include "harness/suite.h"
#include <string.h>
#include <unistd.h>

/* A policy whose role `device` may publish to `topic` and subscribe to `filter`. */
static const char *write_policy(struct env *env, const char *topic, const char *filter, int metrics_port)
{
    return env_write(env, "policy.yaml",
                     env_format(env,
                                "%s"
                                "roles:\n"
                                "  device:\n"
                                "    allow: {publish: [\"%s\"], subscribe: [\"%s\"]}\n"
                                "metrics: {listen: \"%s:%d\"}\n",
                                suite_issuer(env, ""), topic, filter, env_host(), metrics_port));
}

static struct broker *start(struct env *env, const char *policy)
{
    return broker_start(env, NULL, suite_lines(env, policy, "metrics", "jwt", "acl"));
}

static void test_new_rules_for_connected_clients(struct env *env)
{
    int port = env_port();
    struct broker *broker = start(env, write_policy(env, "old/#", "old/#", port));
    struct raw_client *client = suite_login(broker, 5, "a", "\"device\"");
    struct raw_client *sender = suite_login(broker, 5, "b", "\"device\"");

    assert_int_equal(raw_subscribe(client, "old/x", 0), 0);
    assert_int_equal(raw_publish_acked(sender, "old/x", "first"), 0);
    raw_expect_publish(client, "old/x", "first");
    assert_int_equal(raw_publish_acked(sender, "new/x", "x"), 0x87);

    write_policy(env, "new/#", "new/#", port);
    broker_reload(broker);
    broker_expect_log(broker, "bednet: policy", "reloaded: 1 roles, 2 rules");
    assert_int_equal(raw_publish_acked(sender, "old/x", "x"), 0x87);
    assert_int_equal(raw_publish_acked(sender, "new/x", "x"), NOBODY_LISTENS);
    assert_int_equal(raw_subscribe(client, "old/x", 0), 0x87);
    assert_int_equal(raw_subscribe(client, "new/x", 0), 0);
    raw_publish_acked(sender, "new/x", "second");
    raw_expect_publish(client, "new/x", "second");
}

static void test_old_subscriptions_receive_nothing_more(struct env *env)
{
    int port = env_port();
    struct broker *broker = start(env, write_policy(env, "#", "old/#", port));
    struct raw_client *client = suite_login(broker, 5, "a", "\"device\"");
    struct raw_client *sender = suite_login(broker, 5, "b", "\"device\"");

    raw_subscribe(client, "old/x", 1);
    write_policy(env, "#", "new/#", port);
    broker_reload(broker);
    raw_publish_acked(sender, "old/x", "revoked");
    raw_expect_silence(client);
}

static const char broken[] = "bednet: 1\n"
                             "rolls: {}\n"
                             "roles:\n"
                             "  device:\n"
                             "    allow:\n"
                             "      subscribe:\n"
                             "        - #\n"
                             "default: perhaps\n";

static void test_broken_policy_keeps_the_old_one(struct env *env)
{
    int port = env_port();
    const char *policy = write_policy(env, "old/#", "old/#", port);
    struct broker *broker = start(env, policy);
    struct raw_client *client = suite_login(broker, 5, "a", "\"device\"");

    assert_int_equal((int)metric(env, port, "mosquitto_policy_last_reload_successful"), 1);
    env_write(env, "policy.yaml", broken);
    broker_mark(broker);
    broker_reload(broker);
    broker_expect_log(broker, env_format(env, "bednet: metrics: %s:2:1: ", policy));
    broker_expect_log(broker, env_format(env, "bednet: metrics: %s:7:", policy), "quote");
    broker_expect_log(broker, env_format(env, "bednet: metrics: %s:8:10: ", policy));
    broker_expect_log(broker, "the old one stays in force");
    assert_int_equal((int)metric(env, port, "mosquitto_policy_last_reload_successful"), 0);
    assert_int_equal(raw_publish_acked(client, "old/x", "x"), NOBODY_LISTENS);
    assert_int_equal(raw_publish_acked(client, "new/x", "x"), 0x87);
    suite_login(broker, 5, "b", "\"device\"");

    write_policy(env, "new/#", "new/#", port);
    broker_reload(broker);
    assert_int_equal((int)metric(env, port, "mosquitto_policy_last_reload_successful"), 1);
    assert_int_equal(raw_publish_acked(client, "new/x", "x"), NOBODY_LISTENS);
}

static void refused_reload(struct env *env, struct broker *broker, struct raw_client *client)
{
    (void)env;
    broker_mark(broker);
    broker_reload(broker);
    broker_expect_log(broker, "the old one stays in force");
    assert_true(broker_is_alive(broker));
    assert_int_equal(raw_publish_acked(client, "old/x", "x"), NOBODY_LISTENS);
    assert_int_equal(raw_publish_acked(client, "new/x", "x"), 0x87);
}

static void test_policies_that_are_not_there(struct env *env)
{
    int port = env_port();
    const char *policy = write_policy(env, "old/#", "old/#", port);
    struct broker *broker = start(env, policy);
    struct raw_client *client = suite_login(broker, 5, "a", "\"device\"");

    env_write(env, "policy.yaml", "");
    refused_reload(env, broker, client);
    unlink(policy);
    refused_reload(env, broker, client);
    write_policy(env, "old/#", "old/#", port);
    unlink(env_format(env, "%s/keys.json", env_folder(env)));
    refused_reload(env, broker, client);
    env_write(env, "keys.json", "{\"keys\": []}");
    refused_reload(env, broker, client);
}

static void test_section_without_plugin_is_refused(struct env *env)
{
    int port = env_port();
    const char *policy = write_policy(env, "old/#", "old/#", port);
    struct broker *broker = start(env, policy);
    struct raw_client *client = suite_login(broker, 5, "a", "\"device\"");
    const char *text = env_read(env, write_policy(env, "new/#", "new/#", port));

    env_write(env, "policy.yaml", env_format(env, "%slimits: {publish: [{per: client, rate: 1/s}]}\n", text));
    refused_reload(env, broker, client);
    broker_expect_log(broker, "this section needs a plugin that is not loaded", "bednet_limit.so");
}

static void test_keys_are_read_again(struct env *env)
{
    int port = env_port();
    struct broker *broker = start(env, write_policy(env, "old/#", "old/#", port));
    const char *jwks = token_jwks(env);

    suite_login(broker, 5, "a", "\"device\"");
    /* The key of ES256 gets another name, as after a rotation. */
    char *rotated = env_format(env, "%s", jwks);
    char *name = strstr(rotated, "\"kid\": \"ES256\"");
    assert_non_null(name);
    name[8] = 'X';
    env_write(env, "keys.json", rotated);
    broker_reload(broker);
    raw_login_refused(broker, .client_id = "b", .username = "any", .password = token_for(env, "b", ""));
    broker_expect_log(broker, "bednet: jwt: deny login client=\"b\"", "reason=unknown_key");
    env_write(env, "keys.json", jwks);
    broker_reload(broker);
    suite_login(broker, 5, "b", "\"device\"");
}

static void test_metrics_page_moves(struct env *env)
{
    int first = env_port(), second = env_port();
    struct broker *broker = start(env, write_policy(env, "old/#", "old/#", first));

    assert_int_equal((int)metric(env, first, "mosquitto_policy_generation"), 1);
    write_policy(env, "old/#", "old/#", second);
    broker_reload(broker);
    assert_int_equal((int)metric(env, second, "mosquitto_policy_generation"), 2);
}

static void test_many_reloads_under_load(struct env *env)
{
    int port = env_port();
    struct broker *broker = start(env, write_policy(env, "both/#", "both/#", port));
    struct raw_client *taker = suite_login(broker, 5, "a", "\"device\"");
    struct raw_client *sender = suite_login(broker, 5, "b", "\"device\"");

    raw_subscribe(taker, "both/#", 0);
    for (int round = 0; round < 20; round++) {
        /* Allowed by every policy there is: none may be lost, whichever is in force. */
        for (int i = 0; i < 20; i++) {
            raw_publish(sender, "both/x", "x", 0, false);
        }
        env_write(env, "policy.yaml",
                  round % 3 == 0 ? broken : env_read(env, write_policy(env, "both/#", "+/#", port)));
        broker_mark(broker);
        broker_reload(broker);
        for (int i = 0; i < 20; i++) {
            raw_expect_publish(taker, "both/x", "x");
        }
    }
    assert_true(broker_is_alive(broker));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BROKER_TEST(test_new_rules_for_connected_clients),
        BROKER_TEST(test_old_subscriptions_receive_nothing_more),
        BROKER_TEST(test_broken_policy_keeps_the_old_one),
        BROKER_TEST(test_policies_that_are_not_there),
        BROKER_TEST(test_section_without_plugin_is_refused),
        BROKER_TEST(test_keys_are_read_again),
        BROKER_TEST(test_metrics_page_moves),
        BROKER_TEST(test_many_reloads_under_load),
    };
    return ENV_MAIN("reload", tests);
}
