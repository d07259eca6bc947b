/* SPDX-License-Identifier: Apache-2.0 */
/* The page of metrics: there from the start, moved by what happens, served whatever the broker is doing. */
#include "harness/launch.h"
#include "harness/suite.h"
#include "harness/wire.h"
#include <string.h>
#include <unistd.h>

static struct broker *start(struct env *env, int *port)
{
    *port = env_port();
    const char *text =
        env_format(env,
                   "%s"
                   "roles:\n"
                   "  device:\n"
                   "    allow: {publish: [\"up/#\"], subscribe: [\"down/#\", \"up/#\"]}\n"
                   "    deny: {receive: [up/secret]}\n"
                   "topics: {levels: {max: 3}, wildcards: {multi_level: {min_literal_levels: 1}}}\n"
                   "limits: {publish: [{per: client, rate: 1/h, burst: 3}]}\n"
                   "metrics: {listen: \"%s:%d\"}\n",
                   suite_issuer(env, ""), env_host(), *port);
    const char *policy = env_write(env, "policy.yaml", text);

    return broker_start(env, NULL, suite_lines(env, policy, "topic", "limit", "metrics", "jwt", "acl"));
}

static void test_every_series_from_the_start(struct env *env)
{
    static const char *const series[] = {
        "mosquitto_connections",
        "mosquitto_connections_opened_total",
        "mosquitto_acl_checks_total{action=\"publish\",result=\"allow\"}",
        "mosquitto_acl_denials_total{action=\"subscribe\",reason=\"no_rule\"}",
        "mosquitto_auth_requests_total{method=\"jwt\",result=\"deny\"}",
        "mosquitto_auth_denials_total{method=\"jwt\",reason=\"expired\"}",
        "mosquitto_topic_denials_total{action=\"subscribe\",rule=\"multi_level\"}",
        "mosquitto_gate_denials_total{action=\"login\",reason=\"plugin_missing\"}",
    };
    int port;
    struct broker *broker = start(env, &port);

    for (size_t i = 0; i < sizeof(series) / sizeof(series[0]); i++) {
        assert_int_equal((int)metric(env, port, series[i]), 0);
    }
    assert_int_equal((int)metric(env, port, "mosquitto_acl_rules"), 4);
    assert_int_equal((int)metric(env, port, "mosquitto_policy_last_reload_successful"), 1);
    broker_settle(broker);
}

static void test_head_of_the_answer(struct env *env)
{
    int port;

    start(env, &port);
    const char *page = http_get(env, port, "/metrics", NULL);
    assert_ptr_equal(strstr(page, "HTTP/1.1 200 "), page);
    assert_non_null(strcasestr(page, "\r\nContent-Type: text/plain; version=0.0.4"));
    assert_non_null(strstr(page, "\n# TYPE mosquitto_acl_checks_total counter\n"));
    page = http_get(env, port, "/", NULL);
    assert_null(strstr(page, "mosquitto_acl_checks_total"));
    page = http_get(env, port, "/metrics/../metrics", NULL);
    assert_ptr_not_equal(strstr(page, "HTTP/1.1 200 "), page);
}

static void test_logins_are_counted(struct env *env)
{
    int port;
    struct broker *broker = start(env, &port);

    suite_login(broker, 5, "a", "\"device\"");
    suite_login(broker, 4, "b", "\"device\"");
    for (int protocol = 3; protocol <= 5; protocol++) {
        raw_login_refused(broker, .protocol = protocol, .client_id = "c", .username = "any",
                          .password = token_for_until(env, TOKEN_ES256, "c", -60, ""));
    }
    raw_login_refused(broker, .client_id = "d", .username = "any", .password = "no token");
    assert_int_equal((int)metric(env, port, "mosquitto_auth_requests_total{method=\"jwt\",result=\"allow\"}"),
                     2);
    assert_int_equal((int)metric(env, port, "mosquitto_auth_requests_total{method=\"jwt\",result=\"deny\"}"),
                     3);
    assert_int_equal((int)metric(env, port, "mosquitto_auth_requests_total{method=\"jwt\",result=\"defer\"}"),
                     1);
    assert_int_equal(
        (int)metric(env, port, "mosquitto_auth_denials_total{method=\"jwt\",reason=\"expired\"}"), 3);
}

static void test_actions_are_counted(struct env *env)
{
    int port;
    struct broker *broker = start(env, &port);
    struct raw_client *client = suite_login(broker, 5, "a", "\"device\"");

    raw_subscribe(client, "down/#", 0);
    raw_subscribe(client, "other", 0);
    raw_subscribe(client, "#", 0);
    raw_publish_acked(client, "up/x", "x");
    raw_publish_acked(client, "down/x", "x");
    raw_publish_acked(client, "up/a/b/c", "x");
    assert_int_equal(
        (int)metric(env, port, "mosquitto_acl_checks_total{action=\"subscribe\",result=\"allow\"}"), 1);
    assert_int_equal(
        (int)metric(env, port, "mosquitto_acl_checks_total{action=\"subscribe\",result=\"deny\"}"), 1);
    assert_int_equal(
        (int)metric(env, port, "mosquitto_acl_checks_total{action=\"publish\",result=\"allow\"}"), 1);
    assert_int_equal(
        (int)metric(env, port, "mosquitto_acl_denials_total{action=\"publish\",reason=\"no_rule\"}"), 1);
    assert_int_equal(
        (int)metric(env, port, "mosquitto_topic_denials_total{action=\"subscribe\",rule=\"multi_level\"}"),
        1);
    assert_int_equal(
        (int)metric(env, port, "mosquitto_topic_denials_total{action=\"publish\",rule=\"levels\"}"), 1);
}

static void test_limited_messages_are_counted(struct env *env)
{
    int port;
    struct broker *broker = start(env, &port);
    struct raw_client *client = suite_login(broker, 5, "a", "\"device\"");

    for (int i = 0; i < 10; i++) {
        raw_publish(client, "up/x", "x", 0, false);
    }
    raw_expect_silence(client);
    assert_int_equal(
        (int)metric(env, port, "mosquitto_ratelimit_decisions_total{limiter=\"publish\",result=\"pass\"}"),
        3);
    assert_int_equal(
        (int)metric(env, port, "mosquitto_ratelimit_decisions_total{limiter=\"publish\",result=\"drop\"}"),
        7);
    assert_int_equal(
        (int)metric(env, port,
                    "mosquitto_ratelimit_drops_total{limiter=\"publish\",reason=\"message_rate\"}"),
        7);
    assert_int_equal((int)metric(env, port, "mosquitto_ratelimit_tracked_keys"), 1);
}

static void test_connections_come_and_go(struct env *env)
{
    int port;
    struct broker *broker = start(env, &port);
    struct raw_client *clients[5];

    for (int i = 0; i < 5; i++) {
        clients[i] = suite_login(broker, 4, env_format(env, "c%d", i), "\"device\"");
    }
    raw_login_refused(broker, .client_id = "d", .username = "any", .password = "no token");
    await_metric(env, port, "mosquitto_connections", 5);
    raw_disconnect(clients[0]);
    raw_drop(clients[1]);
    await_metric(env, port, "mosquitto_connections", 3);
    /* A takeover ends one and begins one. */
    suite_login(broker, 4, "c2", "\"device\"");
    raw_expect_end(clients[2]);
    await_metric(env, port, "mosquitto_connections_opened_total", 6);
    await_metric(env, port, "mosquitto_connections", 3);
    await_metric(env, port, "mosquitto_connections_closed_total", 3);
}

static void test_reload_counts_no_connection(struct env *env)
{
    int port;
    struct broker *broker = start(env, &port);
    struct raw_client *online = suite_login(broker, 4, "online", "\"device\"");

    raw_disconnect(raw_login(broker, .client_id = "offline", .username = "any", .resume = true,
                             .password = token_for(env, "offline", suite_roles(env, "\"device\""))));
    await_metric(env, port, "mosquitto_connections", 1);
    for (int round = 0; round < 3; round++) {
        broker_reload(broker);
    }
    raw_expect_silence(online);
    await_metric(env, port, "mosquitto_policy_generation", 4);
    assert_int_equal((int)metric(env, port, "mosquitto_connections"), 1);
    assert_int_equal((int)metric(env, port, "mosquitto_connections_opened_total"), 2);
    assert_int_equal((int)metric(env, port, "mosquitto_auth_requests_total{method=\"jwt\",result=\"allow\"}"),
                     2);
}

static void test_scraper_that_does_not_read(struct env *env)
{
    int port;
    struct broker *broker = start(env, &port);
    int lazy[20];

    for (int i = 0; i < 20; i++) {
        lazy[i] = wire_connect(env_host(), port);
        wire_send(lazy[i], "GET /metrics HTTP/1.1\r\n", 23);
    }
    struct raw_client *client = suite_login(broker, 5, "a", "\"device\"");
    raw_publish_acked(client, "up/x", "x");
    raw_expect_silence(client);
    broker_stop(broker); /* and they do not hold it up */
    for (int i = 0; i < 20; i++) {
        close(lazy[i]);
    }
}

static void test_port_that_is_taken(struct env *env)
{
    int port;

    start(env, &port);
    const char *text = env_format(env, "bednet: 1\nmetrics: {listen: \"%s:%d\"}\n", env_host(), port);
    const char *policy = env_write(env, "second.yaml", text);
    broker_expect_log(broker_refuses(env, NULL, suite_lines(env, policy, "metrics")),
                      "bednet: metrics: ", env_format(env, "%d", port));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BROKER_TEST(test_every_series_from_the_start),  BROKER_TEST(test_head_of_the_answer),
        BROKER_TEST(test_logins_are_counted),           BROKER_TEST(test_actions_are_counted),
        BROKER_TEST(test_limited_messages_are_counted), BROKER_TEST(test_connections_come_and_go),
        BROKER_TEST(test_reload_counts_no_connection),  BROKER_TEST(test_scraper_that_does_not_read),
        BROKER_TEST(test_port_that_is_taken),
    };
    return ENV_MAIN("metrics", tests);
}
