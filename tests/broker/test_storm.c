/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What nobody sends who means well: malformed and mutated packets, topics at the limits of MQTT, floods, all
 * with reloads in between, and with the broker's own database switched on. The whole suite is loaded and must
 * stay right for those who mean well; under a sanitizer it must stay clean.
 */
#include "harness/launch.h"
#include "harness/malformed.h"
#include "harness/suite.h"
#include <string.h>

static struct broker *start(struct env *env, int *metrics_port)
{
    *metrics_port = env_port();
    const char *text = env_format(env,
                                  "%s"
                                  "roles:\n"
                                  "  device:\n"
                                  "    allow:\n"
                                  "      publish:\n"
                                  "        - dev/${client_id}/#\n"
                                  "      subscribe:\n"
                                  "        - dev/${client_id}/#\n"
                                  "  engine:\n"
                                  "    allow: {publish: [\"#\"], subscribe: [\"#\"]}\n"
                                  "topics:\n"
                                  "  levels: {max: 20}\n"
                                  "  empty_levels: deny\n"
                                  "limits: {publish: [{per: client, rate: 100/s, burst: 1000}]}\n"
                                  "metrics: {listen: \"%s:%d\"}\n",
                                  suite_issuer(env, ""), env_host(), *metrics_port);
    const char *policy = env_write(env, "policy.yaml", text);

    return broker_start(
        env,
        env_format(env, "persistence true\npersistence_location %s/\nautosave_interval 1\n", env_folder(env)),
        suite_lines(env, policy, "topic", "limit", "metrics", "jwt", "acl"));
}

static void expect_right(struct broker *broker)
{
    struct raw_client *client = suite_login(broker, 5, "good", "\"device\"");

    int reason = raw_publish_acked(client, "dev/good/up", "x");
    assert_true(reason == 0 || reason == NOBODY_LISTENS);
    assert_int_equal(raw_publish_acked(client, "dev/other/up", "x"), 0x87);
    assert_int_equal(raw_subscribe(client, "#", 0), 0x87);
    raw_disconnect(client);
}

static void test_malformed_packets(struct env *env)
{
    int port;
    struct broker *broker = start(env, &port);

    for (size_t i = 0; i < malformed_strangers_count; i++) {
        struct raw_client *client = raw_open(broker, 0);
        raw_send(client, malformed_strangers[i].bytes, malformed_strangers[i].length);
        while (raw_receive(client).type != 0) {
        }
    }
    for (size_t i = 0; i < malformed_members_count; i++) {
        struct raw_client *client = suite_login(broker, 4, "bad", "\"engine\"");
        raw_send(client, malformed_members[i].bytes, malformed_members[i].length);
        while (raw_receive(client).type != 0) {
        }
    }
    expect_right(broker);
}

/* The same numbers on every machine, so that a finding can be found again. */
static uint32_t next_random(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

static void put_publish(struct packet_out *session, int protocol, unsigned qos, const char *topic)
{
    struct packet_out packet;

    packet_begin(&packet, session->env);
    packet_put_text(&packet, topic);
    if (qos) {
        packet_put_u16(&packet, qos);
    }
    if (protocol == 5) {
        packet_put_varint(&packet, 0);
    }
    packet_put_bytes(&packet, "payload", 7);
    packet_frame(&packet, PUBLISH << 4 | qos << 1);
    packet_put_bytes(session, packet.bytes, packet.length);
}

static void put_filter(struct packet_out *session, int protocol, enum packet_type type, const char *filter)
{
    struct packet_out packet;

    packet_begin(&packet, session->env);
    packet_put_u16(&packet, 7);
    if (protocol == 5) {
        packet_put_varint(&packet, 0);
    }
    packet_put_text(&packet, filter);
    if (type == SUBSCRIBE) {
        packet_put_u8(&packet, 1);
    }
    packet_frame(&packet, type << 4 | 2);
    packet_put_bytes(session, packet.bytes, packet.length);
}

/* A whole session in one piece: a login, subscriptions, a message of each QoS, a goodbye. */
static struct packet_out whole_session(struct env *env, int protocol, const char *token)
{
    const struct connect_options options = {.protocol = protocol,
                                            .client_id = "mutant",
                                            .username = "any",
                                            .password = token,
                                            .session_expiry = 60,
                                            .will_topic = "dev/mutant/will",
                                            .will_payload = "gone",
                                            .will_qos = 1};
    struct packet_out session;

    packet_connect(&session, env, &options);
    put_filter(&session, protocol, SUBSCRIBE, "dev/mutant/#");
    put_filter(&session, protocol, SUBSCRIBE, "$share/group/dev/+/x");
    for (unsigned qos = 0; qos < 3; qos++) {
        put_publish(&session, protocol, qos, "dev/mutant/x");
    }
    put_filter(&session, protocol, UNSUBSCRIBE, "dev/mutant/#");
    packet_put_bytes(&session, "\xc0\x00\xe0\x00", 4);
    return session;
}

static void mutate(struct packet_out *session, uint32_t *random)
{
    for (unsigned changes = 1 + next_random(random) % 4; changes > 0; changes--) {
        uint8_t *byte = &session->bytes[next_random(random) % session->length];
        switch (next_random(random) % 3) {
        case 0:
            *byte = (uint8_t)next_random(random);
            break;
        case 1:
            *byte ^= (uint8_t)(1u << next_random(random) % 8);
            break;
        default:
            *byte = "\x00\xff#+/$"[next_random(random) % 6];
            break;
        }
    }
    if (next_random(random) % 4 == 0) {
        session->length = 1 + next_random(random) % session->length;
    }
}

static void test_mutated_sessions(struct env *env)
{
    int port;
    struct broker *broker = start(env, &port);
    const char *token = token_for(env, "mutant", suite_roles(env, "\"device\", \"engine\""));
    uint32_t random = 20240229;

    for (int round = 0; round < 600; round++) {
        struct packet_out session = whole_session(env, 3 + round % 3, token);
        struct raw_client *client = raw_open(broker, 0);
        mutate(&session, &random);
        raw_send_packet(client, &session);
        raw_finish(client);
        if (round % 100 == 50) {
            broker_reload(broker);
            expect_right(broker);
        }
    }
    expect_right(broker);
    await_metric(env, port, "mosquitto_connections", 0);
    /* What is left of all that is read from the database. */
    broker_restart(broker);
    expect_right(broker);
}

static void test_topics_at_their_limits(struct env *env)
{
    int port;
    struct broker *broker = start(env, &port);
    char *slashes = env_alloc(env, 65536), *letters = env_alloc(env, 65536), *levels = env_alloc(env, 65536);

    memset(slashes, '/', 65535);
    memset(letters, 'x', 65535);
    for (size_t i = 0; i < 65535; i++) {
        levels[i] = i % 2 ? '/' : '+';
    }
    const char *const topics[] = {"",
                                  "/",
                                  "$",
                                  "$SYS",
                                  "$SYSx",
                                  "$share",
                                  "$share/g",
                                  "$CONTROL/x/v1",
                                  "dev/good/\xef\xbf\xbf",
                                  slashes,
                                  letters,
                                  levels};
    for (size_t i = 0; i < sizeof(topics) / sizeof(topics[0]); i++) {
        for (int protocol = 4; protocol <= 5; protocol++) {
            /* Refused or the end, but never a crash, and never more than a refusal for a device. */
            struct raw_client *client = suite_login(broker, protocol, "good", "\"device\"");
            struct packet_out session;
            packet_begin(&session, env);
            put_publish(&session, protocol, 1, topics[i]);
            put_filter(&session, protocol, SUBSCRIBE, topics[i]);
            put_filter(&session, protocol, UNSUBSCRIBE, topics[i]);
            raw_send_packet(client, &session);
            raw_finish(client);
        }
    }
    expect_right(broker);
}

static void test_flood_with_reloads(struct env *env)
{
    int port;
    struct broker *broker = start(env, &port);
    struct raw_client *taker = suite_login(broker, 5, "taker", "\"engine\"");
    struct raw_client *flood = suite_login(broker, 5, "flood", "\"device\"");

    raw_subscribe(taker, "dev/good/#", 0);
    for (int round = 0; round < 10; round++) {
        for (int i = 0; i < 500; i++) {
            raw_publish(flood, "dev/flood/x", "x", 0, false);
            raw_publish(flood, "dev/good/x", "not mine", 0, false);
        }
        broker_reload(broker);
        assert_int_equal((int)metric(env, port, "mosquitto_policy_last_reload_successful"), 1);
    }
    raw_expect_silence(flood);
    raw_expect_silence(taker);
    assert_true(metric(env, port, "mosquitto_log_messages_suppressed_total") > 0);
    expect_right(broker);
    raw_expect_publish(taker, "dev/good/up", "x");
}

static void test_many_logins_and_ends(struct env *env)
{
    int port;
    struct broker *broker = start(env, &port);
    const char *good = token_for(env, "many", suite_roles(env, "\"device\""));
    const char *bad = token_for_until(env, TOKEN_ES256, "many", -60, "");

    for (int i = 0; i < 300; i++) {
        struct raw_client *client =
            raw_connect(broker, .protocol = 3 + i % 3, .client_id = env_format(env, "m%d", i % 7),
                        .username = "any", .password = i % 2 ? good : bad, .resume = i % 5 == 0);
        if (i % 3 == 0) {
            raw_drop(client); /* perhaps before the answer */
        }
    }
    expect_right(broker);
}

/* Where the log is published, each line asks the plugins again, and each denial is a line. */
static void expect_quiet_log(struct env *env, const char *before)
{
    const char *policy = env_write(env, "log.yaml",
                                   "bednet: 1\n"
                                   "roles:\n"
                                   "  reader:\n"
                                   "    members: {anonymous: true}\n"
                                   "    allow: {subscribe: [\"$SYS/#\"]}\n"
                                   "    deny: {receive: [\"$SYS/broker/log/N\"]}\n");
    const char *lines = env_format(env, "allow_anonymous true\n%s", suite_lines(env, policy, "acl"));
    struct broker *broker = broker_start(env, env_format(env, "%slog_dest topic\n", before), lines);
    struct raw_client *reader = raw_login(broker, .protocol = 5, .client_id = "reader");
    struct raw_client *other = raw_login(broker, .protocol = 5, .client_id = "other");

    assert_int_equal(raw_subscribe(reader, "$SYS/broker/log/N", 0), 0);
    for (int i = 0; i < 50; i++)
        assert_int_equal(raw_publish_acked(other, "not/allowed", "x"), 0x87);
    broker_expect_log(broker, "bednet: acl: deny publish client=\"other\"");
    broker_expect_log(broker, "bednet: acl: deny receive client=\"reader\"");
    assert_true(broker_is_alive(broker));
    raw_disconnect(reader);
    assert_int_equal(raw_publish_acked(other, "not/allowed", "x"), 0x87);
}

static void test_log_that_is_published(struct env *env)
{
    expect_quiet_log(env, "");
}

static void test_log_that_is_published_per_listener(struct env *env)
{
    expect_quiet_log(env, "per_listener_settings true\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BROKER_TEST(test_malformed_packets),
        BROKER_TEST(test_mutated_sessions),
        BROKER_TEST(test_topics_at_their_limits),
        BROKER_TEST(test_flood_with_reloads),
        BROKER_TEST(test_many_logins_and_ends),
        BROKER_TEST(test_log_that_is_published),
        BROKER_TEST(test_log_that_is_published_per_listener),
    };
    return ENV_MAIN("storm", tests);
}
