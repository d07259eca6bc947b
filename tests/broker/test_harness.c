/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The harness itself on a bare broker: what every other broker test stands on. Were a broker to start that
 * should not, a refusal to be taken for an acceptance, or a malformed packet to be served, the tests above
 * would be blind.
 */
#include "harness/launch.h"
#include "harness/leaks.h"
#include "harness/lib_client.h"
#include "harness/malformed.h"
#include "harness/raw_client.h"
#include <signal.h>
#include <string.h>

static const char open_to_all[] = "allow_anonymous true\n";

static void test_broker_that_was_asked_for(struct env *env)
{
    struct broker *broker = broker_start(env, NULL, open_to_all);

    broker_expect_log(broker, env_format(env, "mosquitto version %s starting", launch_version()));
    broker_stop(broker);
    assert_false(broker_is_alive(broker));
}

static void test_broken_configuration_refused(struct env *env)
{
    struct broker *broker = broker_refuses(env, NULL, "no_such_option true\n");

    broker_expect_log(broker, "no_such_option");
}

static void test_missing_plugin_refused(struct env *env)
{
    broker_refuses(env, NULL, "plugin /nonexistent/plugin.so\n");
}

static void test_plugin_that_fails_refused(struct env *env)
{
    /* A module without an entry point: a harness that lets this pass would test brokers without plugins. */
    broker_refuses(env, NULL, env_format(env, "plugin %s\n", BEDNET_SANITIZER_AID));
}

static void test_restart_keeps_port_and_log(struct env *env)
{
    struct broker *broker = broker_start(env, NULL, open_to_all);
    const char *starts = env_format(env, "mosquitto version %s starting", launch_version());

    broker_restart(broker);
    broker_settle(broker);
    assert_int_equal(broker_count_log(broker, starts), 2);
    broker_mark(broker);
    assert_int_equal(broker_count_log(broker, starts), 0);
    broker_restart(broker);
    broker_expect_log(broker, starts);
}

static void test_reload_is_waited_for(struct env *env)
{
    struct broker *broker = broker_start(env, NULL, open_to_all);

    broker_reload(broker);
    broker_reload(broker);
    assert_int_equal(broker_count_log(broker, "Reloading config."), 2);
    assert_true(broker_is_alive(broker));
}

static void test_three_protocols_accepted(struct env *env)
{
    struct broker *broker = broker_start(env, NULL, open_to_all);

    for (int protocol = 3; protocol <= 5; protocol++) {
        struct raw_client *client =
            raw_login(broker, .protocol = protocol, .client_id = env_format(env, "client-%d", protocol));
        assert_int_equal(raw_subscribe(client, "a/#", 1), 1);
        assert_int_equal(raw_publish_acked(client, "b", "nobody listens"), protocol == 5 ? 0x10 : 0);
        raw_disconnect(client);
    }
}

static void test_three_protocols_refused(struct env *env)
{
    struct broker *broker = broker_start(env, NULL, "allow_anonymous false\n");

    for (int protocol = 3; protocol <= 5; protocol++) {
        raw_login_refused(broker, .protocol = protocol, .client_id = "client");
    }
}

static void test_unknown_protocol_level(struct env *env)
{
    struct broker *broker = broker_start(env, NULL, open_to_all);
    struct raw_client *client = raw_connect(broker, .protocol = 6, .client_id = "client");

    raw_expect_reason(client, CONNACK, launch_is_modern() ? 0x84 : 1);
    raw_expect_end(client);
}

static void test_message_exchanged(struct env *env)
{
    struct broker *broker = broker_start(env, NULL, open_to_all);
    struct raw_client *sender = raw_login(broker, .protocol = 5, .client_id = "sender");
    struct raw_client *taker = raw_login(broker, .client_id = "taker");

    raw_subscribe(taker, "a/+", 2);
    for (unsigned qos = 0; qos <= 2; qos++) {
        unsigned id = raw_publish(sender, "a/b", "text", qos, false);
        if (qos == 1) {
            assert_int_equal(raw_expect_reason(sender, PUBACK, 0).id, id);
        } else if (qos == 2) {
            struct packet_out release;
            assert_int_equal(raw_expect_reason(sender, PUBREC, 0).id, id);
            packet_begin(&release, env);
            packet_put_u16(&release, id);
            packet_frame(&release, PUBREL << 4 | 2);
            raw_send_packet(sender, &release);
            raw_expect_reason(sender, PUBCOMP, 0);
        }
        raw_expect_publish(taker, "a/b", "text");
    }
    raw_publish(sender, "b/b", "not for the taker", 0, false);
    raw_expect_silence(sender);
    raw_expect_silence(taker);
}

static void test_will_sent_when_dropped(struct env *env)
{
    struct broker *broker = broker_start(env, NULL, open_to_all);
    struct raw_client *taker = raw_login(broker, .client_id = "taker");

    raw_subscribe(taker, "will", 0);
    raw_drop(raw_login(broker, .client_id = "device", .will_topic = "will", .will_payload = "gone"));
    raw_expect_publish(taker, "will", "gone");
    raw_disconnect(raw_login(broker, .client_id = "device", .will_topic = "will", .will_payload = "gone"));
    raw_expect_silence(taker);
}

static void test_offline_session_keeps_messages(struct env *env)
{
    struct broker *broker = broker_start(env, NULL, open_to_all);
    struct raw_client *sender = raw_login(broker, .client_id = "sender");
    struct raw_client *taker = raw_login(broker, .protocol = 5, .client_id = "taker", .session_expiry = 3600);

    raw_subscribe(taker, "a", 1);
    raw_disconnect(taker);
    raw_publish_acked(sender, "a", "kept");
    taker = raw_connect(broker, .protocol = 5, .client_id = "taker", .session_expiry = 3600, .resume = true);
    assert_true(raw_expect_reason(taker, CONNACK, 0).session_present);
    raw_expect_publish(taker, "a", "kept");
}

static void test_lib_client(struct env *env)
{
    struct broker *broker = broker_start(env, NULL, open_to_all);

    for (int protocol = 3; protocol <= 5; protocol++) {
        int reason = -1;
        struct lib_client *client =
            lib_connect(broker, protocol, env_format(env, "lib-%d", protocol), NULL, NULL, &reason);
        assert_int_equal(reason, 0);
        assert_int_equal(lib_subscribe(client, "a/#", 1), 1);
        assert_int_equal(lib_publish(client, "a/b", "text", 1), 0);
        lib_expect_message(client, "a/b", "text");
        lib_disconnect(client);
    }
}

static void test_lib_client_refused(struct env *env)
{
    struct broker *broker = broker_start(env, NULL, "allow_anonymous false\n");
    int reason = -1;

    lib_connect(broker, 5, "lib", "user", "password", &reason);
    assert_int_equal(reason, 0x87);
}

static void test_malformed_before_connect(struct env *env)
{
    struct broker *broker = broker_start(env, NULL, open_to_all);

    for (size_t i = 0; i < malformed_strangers_count; i++) {
        struct raw_client *client = raw_open(broker, 0);
        raw_send(client, malformed_strangers[i].bytes, malformed_strangers[i].length);
        struct packet_in in = raw_receive(client);
        if (in.type == CONNACK && in.reason != 0) {
            in = raw_receive(client);
        }
        if (in.type != 0) {
            env_fail("%s was answered with %s", malformed_strangers[i].what, packet_name(in.type));
        }
    }
    raw_login(broker, .client_id = "still-there");
}

static void test_malformed_after_connect(struct env *env)
{
    struct broker *broker = broker_start(env, NULL, open_to_all);

    for (size_t i = 0; i < malformed_members_count; i++) {
        struct raw_client *client = raw_login(broker, .client_id = "member");
        raw_send(client, malformed_members[i].bytes, malformed_members[i].length);
        struct packet_in in = raw_receive(client);
        if (in.type != 0) {
            env_fail("%s was answered with %s", malformed_members[i].what, packet_name(in.type));
        }
    }
    raw_login(broker, .client_id = "still-there");
}

static void test_malformed_reason_in_mqtt5(struct env *env)
{
    struct broker *broker = broker_start(env, NULL, open_to_all);
    struct raw_client *client = raw_login(broker, .protocol = 5, .client_id = "member");

    raw_send(client, "\x30\x05\x00\x01#\x00x", 7);
    struct packet_in in = raw_receive(client);
    /* 2.0.11 says "protocol error" or nothing, later ones "malformed packet": never an answer. */
    if (in.type == DISCONNECT) {
        assert_true(in.reason >= 0x80);
        in = raw_receive(client);
    }
    assert_int_equal(in.type, 0);
}

static void test_probe_loads_on_every_broker(struct env *env)
{
    struct broker *broker = broker_start(env, NULL, env_format(env, "plugin %s\n", BEDNET_PROBE));

    broker_expect_log(broker, env_format(env, "probe probe: init modern=%d failed=0", launch_is_modern()));
    raw_login(broker, .client_id = "id", .username = "user", .password = "secret");
    broker_expect_log(broker, "BASIC_AUTH", "id=\"id\"", "user=\"user\"", "password=\"secret\"", "result=0");
}

/* What a broker logged with a probe in it that does something wrong. */
static const char *log_of_fault(struct env *env, const char *fault, int end)
{
    struct broker *broker = broker_start(env, NULL, env_format(env, "plugin %s\n", BEDNET_PROBE));

    broker_forgive(broker);
    raw_connect(broker, .client_id = "x", .username = env_format(env, "fault-%s", fault));
    broker_expect_log(broker, "BASIC_AUTH", "id=\"x\"");
    if (end == 0) {
        broker_stop(broker);
    } else {
        assert_int_equal(broker_wait_end(broker), end);
    }
    return env_read(env, broker_log_path(broker));
}

static void test_sanitizer_is_heard(struct env *env)
{
    if (strstr(BEDNET_SANITIZER_LIBRARY, "libasan")) {
        assert_non_null(leaks_found(log_of_fault(env, "leak", 0)));
        assert_non_null(leaks_found(log_of_fault(env, "overflow", -SIGABRT)));
    } else {
        assert_null(leaks_found(log_of_fault(env, "leak", 0)));
    }
}

static void test_leaks_are_told_apart(struct env *env)
{
    static const char ours[] =
        "Direct leak of 7 byte(s)\n    #0 0x1 in calloc\n    #1 0x2 in json (libjansson.so.4+0x1)\n"
        "    #2 0x3 in parse (/x/libbednet.so.0+0x1)\n    #3 0x4 (/usr/sbin/mosquitto+0x1)\n\n";
    static const char theirs[] =
        "Direct leak of 7 byte(s)\n    #0 0x1 in calloc\n    #1 0x2 (/usr/sbin/mosquitto+0x1)\n"
        "    #2 0x3 in start (/x/bednet_acl.so+0x1)\n\n";

    (void)env;
    assert_non_null(leaks_found(ours));
    assert_null(leaks_found(theirs));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BROKER_TEST(test_broker_that_was_asked_for),
        BROKER_TEST(test_broken_configuration_refused),
        BROKER_TEST(test_missing_plugin_refused),
        BROKER_TEST(test_plugin_that_fails_refused),
        BROKER_TEST(test_restart_keeps_port_and_log),
        BROKER_TEST(test_reload_is_waited_for),
        BROKER_TEST(test_three_protocols_accepted),
        BROKER_TEST(test_three_protocols_refused),
        BROKER_TEST(test_unknown_protocol_level),
        BROKER_TEST(test_message_exchanged),
        BROKER_TEST(test_will_sent_when_dropped),
        BROKER_TEST(test_offline_session_keeps_messages),
        BROKER_TEST(test_lib_client),
        BROKER_TEST(test_lib_client_refused),
        BROKER_TEST(test_malformed_before_connect),
        BROKER_TEST(test_malformed_after_connect),
        BROKER_TEST(test_malformed_reason_in_mqtt5),
        BROKER_TEST(test_probe_loads_on_every_broker),
        BROKER_TEST(test_sanitizer_is_heard),
        BROKER_TEST(test_leaks_are_told_apart),
    };
    return ENV_MAIN("harness", tests);
}
