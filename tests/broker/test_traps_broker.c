/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ten things that Mosquitto does to its plugins and that nobody would expect, each shown on the broker itself
 * with nothing but the probe. What Bednet makes of them is in test_traps_suite.c; should a release of
 * Mosquitto mend one, the test here says so.
 */
#include "harness/launch.h"
#include "harness/raw_client.h"
#include "harness/suite.h"
#include <stdlib.h>
#include <string.h>

static const char *probe(struct env *env, const char *options)
{
    return env_format(env, "plugin %s\n%s", BEDNET_PROBE, options);
}

/* The value of ` field=` in a line of the probe, up to the next blank. */
static const char *field(struct env *env, const char *line, const char *name)
{
    const char *found = strstr(line, env_format(env, " %s=", name));

    if (!found) {
        env_fail("no field %s in: %s", name, line);
    }
    found += strlen(name) + 2;
    return env_format(env, "%.*s", (int)strcspn(found, " "), found);
}

/* Trap 1: what RELOAD must return is the opposite in 2.0 and 2.1. */

static void test_reload_with_the_right_code(struct env *env)
{
    struct broker *broker = broker_start(
        env, NULL, env_format(env, "%s%s", probe(env, "plugin_opt_login 17\n"), suite_password_line(env)));

    for (int round = 0; round < 2; round++) {
        broker_mark(broker);
        broker_reload(broker);
        broker_expect_log(broker, "probe probe: RELOAD options=NULL count=0");
        assert_true(broker_is_alive(broker));
        raw_login(broker, .client_id = "known", .username = SUITE_USER, .password = SUITE_PASSWORD);
        raw_login_refused(broker, .client_id = "unknown", .username = SUITE_USER, .password = "wrong");
    }
}

static void test_reload_with_the_other_code(struct env *env)
{
    const char *options =
        env_format(env, "plugin_opt_login 17\nplugin_opt_reload %d\n", launch_is_modern() ? 17 : 0);
    const char *second = env_format(env, "plugin_opt_name second\n%s", options);
    struct broker *broker = broker_start(
        env, NULL,
        env_format(env, "%s%s", probe(env, options), launch_is_modern() ? probe(env, second) : ""));

    broker_reload(broker);
    if (launch_is_modern()) {
        /* 2.1 takes it for a failure and ends, with the code for its exit status. */
        assert_int_equal(broker_wait_end(broker), 17);
    } else {
        assert_true(broker_is_alive(broker));
    }
}

static void test_reload_with_an_error(struct env *env)
{
    struct broker *broker =
        broker_start(env, NULL,
                     env_format(env, "%s%s", probe(env, "plugin_opt_login 17\nplugin_opt_reload 1\n"),
                                suite_password_line(env)));

    raw_login(broker, .client_id = "known", .username = SUITE_USER, .password = SUITE_PASSWORD);
    broker_reload(broker);
    if (launch_is_modern()) {
        assert_int_equal(broker_wait_end(broker), 1);
        return;
    }
    /* 2.0 lives on without its own password file. */
    raw_login_refused(broker, .client_id = "known-again", .username = SUITE_USER, .password = SUITE_PASSWORD);
    broker_kill(broker); /* 2.0.11 crashes when it ends now */
}

/* Trap 2: SIGHUP authenticates every session anew, offline ones too. */

static void test_reload_authenticates_again(struct env *env)
{
    struct broker *broker = broker_start(env, NULL, probe(env, "plugin_opt_login_after_reload 11\n"));
    struct raw_client *kept = raw_login(broker, .client_id = "kept", .username = "u", .password = "p");
    struct raw_client *kicked = raw_login(broker, .client_id = "kick", .username = "u", .password = "p");

    raw_disconnect(
        raw_login(broker, .client_id = "offline", .username = "u", .password = "p", .resume = true));
    broker_settle(broker);
    broker_mark(broker);
    broker_reload(broker);
    broker_expect_log(broker, "BASIC_AUTH", "id=\"kept\"", "password=\"p\"");
    /* Nothing tells an offline session from one that is there: it keeps its address and its password. */
    broker_expect_log(broker, "BASIC_AUTH", "id=\"offline\"", "address=\"127.0.0.1\"", "password=\"p\"");
    raw_expect_end(kicked);
    raw_expect_silence(kept);
}

static void test_reload_authenticates_restored_sessions(struct env *env)
{
    struct broker *broker = broker_start(
        env, NULL,
        env_format(env, "persistence true\npersistence_location %s/\n%s", env_folder(env), probe(env, "")));

    raw_disconnect(
        raw_login(broker, .client_id = "restored", .username = "u", .password = "p", .resume = true));
    broker_restart(broker);
    broker_mark(broker);
    broker_reload(broker);
    broker_expect_log(broker, "BASIC_AUTH", "id=\"restored\"", "address=NULL", "protocol=0", "password=NULL");
}

/* Trap 3: the will is judged after DISCONNECT. */

static void test_will_judged_after_disconnect(struct env *env)
{
    struct broker *broker = broker_start(env, NULL, probe(env, ""));
    struct raw_client *device =
        raw_login(broker, .client_id = "device", .will_topic = "will", .will_payload = "gone");

    broker_settle(broker);
    broker_mark(broker);
    raw_drop(device);
    broker_expect_log(broker, "ACL_CHECK action=write topic=\"will\"", "id=\"device\"");
    broker_expect_log(broker, "DISCONNECT", "id=\"device\"");
    const char *log = env_read(env, broker_log_path(broker));
    const char *ended = strstr(log, "probe probe: DISCONNECT");
    for (const char *next = ended; next && !strstr(field(env, next, "id"), "device");) {
        next = strstr(next + 1, "probe probe: DISCONNECT");
        ended = next;
    }
    assert_non_null(ended);
    assert_true(ended < strstr(log, "topic=\"will\""));
}

/* Trap 4: DISCONNECT comes under a client id that others carry by then, or always did. */

static void test_takeover_ends_the_old_after_the_new(struct env *env)
{
    struct broker *broker = broker_start(env, NULL, probe(env, ""));
    struct raw_client *first = raw_login(broker, .client_id = "twice");

    broker_settle(broker);
    const char *old = field(env, broker_expect_log(broker, "BASIC_AUTH", "id=\"twice\""), "handle");
    broker_mark(broker);
    raw_login(broker, .client_id = "twice");
    const char *fresh = field(env, broker_expect_log(broker, "BASIC_AUTH", "id=\"twice\""), "handle");
    const char *ended = field(env, broker_expect_log(broker, "DISCONNECT", "id=\"twice\""), "handle");
    raw_expect_end(first);
    assert_string_equal(ended, old);
    assert_string_not_equal(ended, fresh);
    const char *log = env_read(env, broker_log_path(broker));
    assert_true(strstr(log, env_format(env, "BASIC_AUTH handle=%s", fresh)) <
                strstr(log, env_format(env, "DISCONNECT handle=%s", old)));
}

static void test_failed_login_disconnects_under_the_claimed_id(struct env *env)
{
    struct broker *broker = broker_start(env, NULL, probe(env, ""));
    struct raw_client *victim = raw_login(broker, .client_id = "victim", .username = "u", .password = "p");

    broker_settle(broker);
    broker_mark(broker);
    raw_login_refused(broker, .client_id = "victim", .username = "return-11", .password = "p");
    broker_expect_log(broker, "DISCONNECT", launch_is_oldest() ? "id=NULL" : "id=\"victim\"", "return-11");
    raw_expect_silence(victim);
}

/* Trap 5: a code of ACL_CHECK READ that is neither yes nor no ends the publisher. */

static void test_read_code_ends_the_publisher(struct env *env)
{
    struct broker *broker = broker_start(env, NULL, probe(env, ""));
    struct raw_client *taker = raw_login(broker, .client_id = "taker");
    struct raw_client *sender = raw_login(broker, .client_id = "sender");

    raw_subscribe(taker, "#", 0);
    raw_publish(sender, "return/read/12/a", "denied", 0, false);
    raw_expect_silence(sender);
    raw_publish(sender, "return/read/13/a", "unknown", 0, false);
    raw_expect_end(sender);
    raw_expect_silence(taker);
}

/* Trap 6: 2.1 asks plugins from another thread. */

static void test_http_api_asks_from_another_thread(struct env *env)
{
    int port = env_port();
    const char *config =
        env_format(env, "%slistener %d %s\nprotocol http_api\n", probe(env, ""), port, env_host());

    if (!launch_is_modern()) {
        broker_refuses(env, NULL, config);
        return;
    }
    struct broker *broker = broker_start(env, NULL, config);
    http_get(env, port, "/api/v1/version", "dXNlcjpwYXNz"); /* user:pass */
    broker_expect_log(broker, "BASIC_AUTH thread=other", "id=\"http-api\"", "user=\"user\"", "address=NULL",
                      "password=\"pass\"");
}

/* Trap 7: 2.1 decides by the last of several plugins without an opinion. */

static const char *two_probes(struct env *env, int first, int second)
{
    const char *one = env_format(env, "plugin_opt_name one\nplugin_opt_access %d\n", first);
    const char *two = env_format(env, "plugin_opt_name two\nplugin_opt_access %d\n", second);

    return env_format(env, "%s%s", probe(env, one), probe(env, two));
}

static void test_ignore_after_defer_allows(struct env *env)
{
    const char *config = two_probes(env, 17, 32);

    if (!launch_is_modern()) {
        /* One plugin cannot even stand twice there: it is told from itself by its functions only. */
        struct broker *refused = broker_refuses(env, NULL, config);
        broker_expect_log(refused, "probe two: init", "failed=31");
        broker_forgive(refused); /* nor does 2.0 let the first one clean up */
        return;
    }
    struct raw_client *client =
        raw_login(broker_start(env, NULL, config), .protocol = 5, .client_id = "client");
    assert_int_equal(raw_publish_acked(client, "a", "text"), 0x10);
}

static void test_defer_after_ignore_denies(struct env *env)
{
    if (!launch_is_modern()) {
        struct broker *broker = broker_start(env, NULL, probe(env, "plugin_opt_access 32\n"));
        struct raw_client *client = raw_login(broker, .protocol = 5, .client_id = "client");
        raw_publish(client, "a", "text", 1, false); /* 2.0 knows no such code */
        raw_expect_end(client);
        return;
    }
    struct broker *broker = broker_start(env, NULL, two_probes(env, 32, 17));
    struct raw_client *client = raw_login(broker, .protocol = 5, .client_id = "client");
    assert_int_equal(raw_publish_acked(client, "a", "text"), 0x87);
}

/* Trap 8: 2.1's MESSAGE_OUT loses a place in flight for each message that it refuses. */

static void test_message_out_loses_places_in_flight(struct env *env)
{
    struct broker *broker = broker_start(env, NULL, probe(env, ""));
    struct raw_client *taker = raw_login(broker, .client_id = "taker");
    struct raw_client *sender = raw_login(broker, .client_id = "sender");

    raw_subscribe(taker, "#", 1);
    for (int i = 0; i < 20; i++) {
        raw_publish_acked(sender, "return/out/12/a", "refused");
        if (!launch_is_modern()) {
            raw_expect_publish(taker, "return/out/12/a", "refused"); /* 2.0 has no such event */
        }
    }
    raw_publish_acked(sender, "b", "starved");
    if (!launch_is_modern()) {
        raw_expect_publish(taker, "b", "starved");
    }
    raw_expect_silence(taker);
}

/* Trap 9: nobody is told when a session expires. */

static void test_expiry_raises_no_event(struct env *env)
{
    struct broker *broker = broker_start(env, NULL, probe(env, ""));
    struct raw_client *watcher = raw_login(broker, .client_id = "watcher");
    struct raw_client *device = raw_login(broker, .protocol = 5, .client_id = "device", .session_expiry = 1);

    raw_disconnect(device);
    broker_settle(broker);
    broker_mark(broker);
    /* The broker says so in its own log, and only there. */
    broker_expect_log(broker, "Expiring client device");
    broker_expect_no_log(broker, "probe probe:", "id=\"device\"");
    raw_expect_silence(watcher);
}

static void test_shutdown_raises_no_event(struct env *env)
{
    struct broker *broker = broker_start(env, NULL, probe(env, ""));

    raw_login(broker, .client_id = "online");
    broker_settle(broker);
    broker_mark(broker);
    broker_stop(broker);
    assert_int_equal(broker_count_log(broker, "DISCONNECT", "id=\"online\""), 0);
    assert_int_equal(broker_count_log(broker, "CLIENT_OFFLINE"), 0);
}

/* Trap 10: 2.0.21 exports 34 functions and no more. */

static void test_plugin_beyond_34_functions(struct env *env)
{
    const char *config = env_format(env, "plugin %s\n", BEDNET_NEEDY);

    if (strcmp(launch_version(), "2.0.21") == 0) {
        broker_expect_log(broker_refuses(env, NULL, config), "mosquitto_property_read_string");
    } else {
        broker_start(env, NULL, config);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BROKER_TEST(test_reload_with_the_right_code),
        BROKER_TEST(test_reload_with_the_other_code),
        BROKER_TEST(test_reload_with_an_error),
        BROKER_TEST(test_reload_authenticates_again),
        BROKER_TEST(test_reload_authenticates_restored_sessions),
        BROKER_TEST(test_will_judged_after_disconnect),
        BROKER_TEST(test_takeover_ends_the_old_after_the_new),
        BROKER_TEST(test_failed_login_disconnects_under_the_claimed_id),
        BROKER_TEST(test_read_code_ends_the_publisher),
        BROKER_TEST(test_http_api_asks_from_another_thread),
        BROKER_TEST(test_ignore_after_defer_allows),
        BROKER_TEST(test_defer_after_ignore_denies),
        BROKER_TEST(test_message_out_loses_places_in_flight),
        BROKER_TEST(test_expiry_raises_no_event),
        BROKER_TEST(test_shutdown_raises_no_event),
        BROKER_TEST(test_plugin_beyond_34_functions),
    };
    return ENV_MAIN("traps_broker", tests);
}
