/* SPDX-License-Identifier: Apache-2.0 */
/* Messages through a real broker, and through none: every one that is sent, lost or refused is counted as
 * such. */
#include "cmocka_first.h"
#include "generator.h"
#include "harness/raw_client.h"

#include <stdio.h>
#include <string.h>

static struct broker *start(struct env *env)
{
    return broker_start(env, NULL, "allow_anonymous true");
}

/* Publishers 0 and 1 may publish, whoever else does is not heard; everybody may subscribe. */
static struct broker *start_with_acl(struct env *env)
{
    const char *acl = env_write(env, "acl", "topic read load/#\ntopic write load/0\ntopic write load/1\n");
    return broker_start(env, NULL, env_format(env, "allow_anonymous true\nacl_file %s", acl));
}

static void a_broker_that_dies_is_no_success(struct env *env)
{
    struct broker *broker = start(env);
    struct generator *generator =
        generator_start(env, broker_port(broker), "publish", "--publishers", "3", "--qos", "1", "--rate",
                        "100", "--duration", "30s", "--timeout", "5s");
    broker_expect_log(broker, "Received PUBLISH");
    broker_kill(broker);
    const json_t *outcome = generator_end(generator, 1);
    assert_int_equal(outcome_count(outcome, "sessions.dropped.closed"), 6);
    outcome_names(outcome, "6 connections ended by the broker: closed");
    assert_true(outcome_count(outcome, "messages.sent") > 0);
    assert_true(outcome_count(outcome, "seconds") < 20);
}

static void a_message_that_never_comes_is_not_waited_for_forever(struct env *env)
{
    struct broker *broker = start_with_acl(env);
    /* Lock-step: the message that is not heard is the last one. */
    const json_t *outcome =
        generator_run(env, broker_port(broker), 1, "publish", "--publishers", "1", "--topic", "load/secret",
                      "--window", "1", "--duration", "20s", "--timeout", "2s");
    outcome_names(outcome, "stalled");
    outcome_names(outcome, "1 messages lost");
    assert_int_equal(outcome_count(outcome, "messages.sent"), 1);
}

static void what_is_not_let_through_is_lost(struct env *env)
{
    struct broker *broker = start_with_acl(env);
    const json_t *outcome =
        generator_run(env, broker_port(broker), 1, "publish", "--publishers", "3", "--rate", "100",
                      "--messages", "20", "--qos", "1", "--timeout", "2s");
    assert_int_equal(outcome_count(outcome, "messages.sent"), 60);
    assert_int_equal(outcome_count(outcome, "messages.answered"), 60);
    assert_int_equal(outcome_count(outcome, "messages.delivered"), 40);
    assert_int_equal(outcome_count(outcome, "messages.lost"), 20);
    outcome_names(outcome, "20 messages lost");
    generator_run(env, broker_port(broker), 1, "publish", "--publishers", "3", "--rate", "100", "--messages",
                  "20", "--timeout", "2s", "--allow-lost", "19");
    generator_run(env, broker_port(broker), 1, "publish", "--publishers", "3", "--rate", "100", "--messages",
                  "20", "--timeout", "2s", "--allow-lost", "33%");
    generator_run(env, broker_port(broker), 0, "publish", "--publishers", "3", "--rate", "100", "--messages",
                  "20", "--timeout", "2s", "--allow-lost", "20");
    generator_run(env, broker_port(broker), 0, "publish", "--publishers", "3", "--rate", "100", "--messages",
                  "20", "--timeout", "2s", "--allow-lost", "34%");
}

/* MQTT 5 says so: these are refused, and not lost. */
static void what_is_refused_is_told_from_what_is_lost(struct env *env)
{
    struct broker *broker = start_with_acl(env);
    for (int qos = 1; qos <= 2; qos++) {
        const char *level = qos == 1 ? "1" : "2";
        const json_t *outcome =
            generator_run(env, broker_port(broker), 1, "publish", "--publishers", "3", "--messages", "20",
                          "--qos", level, "--protocol", "5", "--timeout", "2s");
        assert_int_equal(outcome_count(outcome, "messages.sent"), 60);
        assert_int_equal(outcome_count(outcome, "messages.delivered"), 40);
        assert_int_equal(outcome_count(outcome, "messages.refused.135"), 20);
        assert_int_equal(outcome_count(outcome, "messages.lost"), 0);
        outcome_names(outcome, "20 messages refused by code 135 (not authorized)");
        generator_run(env, broker_port(broker), 0, "publish", "--publishers", "3", "--messages", "20",
                      "--qos", level, "--protocol", "5", "--expect-refused", "135");
    }
    const json_t *outcome =
        generator_run(env, broker_port(broker), 1, "publish", "--publishers", "2", "--messages", "5", "--qos",
                      "1", "--protocol", "5", "--expect-refused", "135");
    outcome_names(outcome, "nothing was refused by code 135, which was expected");
}

/* Some get through and some do not, in turn: neither is waited for in vain, nor given up too early. */
static void what_is_refused_in_between_is_not_waited_for(struct env *env)
{
    struct broker *broker = start_with_acl(env);
    const json_t *outcome = generator_run(env, broker_port(broker), 1, "publish", "--topic", "load/%t",
                                          "--topics", "3", "--messages", "90", "--qos", "1", "--protocol",
                                          "5", "--window", "4", "--timeout", "20s");
    assert_int_equal(outcome_count(outcome, "messages.sent"), 90);
    assert_int_equal(outcome_count(outcome, "messages.delivered"), 60);
    assert_int_equal(outcome_count(outcome, "messages.refused.135"), 30);
    assert_int_equal(outcome_count(outcome, "messages.lost"), 0);
    assert_true(outcome_count(outcome, "seconds") < 10);
}

/* One who has the id already is thrown out by the second run. */
static void a_taken_over_session_is_a_drop(struct env *env)
{
    struct broker *broker = start(env);
    struct generator *first = generator_start(env, broker_port(broker), "publish", "--rate", "50",
                                              "--duration", "30s", "--timeout", "1s", "--protocol", "5");
    broker_expect_log(broker, "Received PUBLISH");
    generator_run(env, broker_port(broker), 0, "publish", "--messages", "1", "--subscriber-id", "other");
    const json_t *outcome = generator_end(first, 1);
    assert_int_equal(outcome_count(outcome, "sessions.dropped.disconnected") +
                         outcome_count(outcome, "sessions.dropped.closed"),
                     1);
}

static void every_message_comes_once(struct env *env)
{
    static const char *const versions[] = {"3.1.1", "5"}, *const levels[] = {"0", "1", "2"};
    struct broker *broker = start(env);
    for (size_t version = 0; version < 2; version++)
        for (size_t qos = 0; qos < 3; qos++) {
            const json_t *outcome =
                generator_run(env, broker_port(broker), 0, "publish", "--publishers", "4", "--messages", "50",
                              "--protocol", versions[version], "--qos", levels[qos], "--size", "100");
            assert_int_equal(outcome_count(outcome, "messages.sent"), 200);
            assert_int_equal(outcome_count(outcome, "messages.delivered"), 200);
            assert_int_equal(outcome_count(outcome, "messages.answered"), qos > 0 ? 200 : 0);
            assert_int_equal(outcome_count(outcome, "messages.lost"), 0);
            assert_int_equal(outcome_count(outcome, "messages.duplicates"), 0);
            assert_int_equal(outcome_count(outcome, "durations.latency.count"), 200);
            assert_int_equal(outcome_count(outcome, "logins.accepted"), 8);
        }
}

/* What the generator counts is what the broker says that it has got and given. */
static void the_broker_has_seen_the_same(struct env *env)
{
    struct broker *broker = start(env);
    generator_run(env, broker_port(broker), 0, "fanout", "--subscribers", "10", "--messages", "7", "--qos",
                  "1");
    broker_settle(broker);
    assert_int_equal(broker_count_log(broker, "Received PUBLISH from load-publisher-0"), 7);
    assert_int_equal(broker_count_log(broker, "Sending PUBLISH to load-subscriber-"), 70);
    assert_int_equal(broker_count_log(broker, "Received DISCONNECT from load-"), 11);
}

static void groups_of_any_size_are_tied(struct env *env)
{
    struct broker *broker = start(env);
    const struct {
        const char *publishers, *subscribers;
        long delivered;
    } rows[] = {{"3", "7", 70}, {"7", "3", 70}, {"5", "1", 50}, {"5", "0", 0}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        const json_t *outcome =
            generator_run(env, broker_port(broker), 0, "publish", "--publishers", rows[i].publishers,
                          "--subscribers", rows[i].subscribers, "--messages", "10", "--qos", "1");
        assert_int_equal(outcome_count(outcome, "messages.delivered"), rows[i].delivered);
    }
}

static void topics_take_turns(struct env *env)
{
    struct broker *broker = start(env);
    const json_t *outcome =
        generator_run(env, broker_port(broker), 0, "publish", "--publishers", "2", "--topic", "site/%c/t%03t",
                      "--topics", "4", "--messages", "8", "--id", "dev-%02d", "--window", "1");
    assert_int_equal(outcome_count(outcome, "messages.delivered"), 16);
    broker_settle(broker);
    assert_int_equal(broker_count_log(broker, "Received PUBLISH from dev-01", "'site/dev-01/t003'"), 2);
    assert_int_equal(broker_count_log(broker, "Received PUBLISH from dev-00", "'site/dev-00/t000'"), 2);
    assert_int_equal(broker_count_log(broker, "load-subscriber-1 0 site/dev-01/+"), 1);
    outcome = generator_run(env, broker_port(broker), 0, "publish", "--publishers", "4", "--subscribers", "1",
                            "--filter", "load/#", "--messages", "5");
    assert_int_equal(outcome_count(outcome, "messages.delivered"), 20);
}

static void the_rate_is_not_exceeded(struct env *env)
{
    struct broker *broker = start(env);
    const json_t *outcome =
        generator_run(env, broker_port(broker), 0, "publish", "--publishers", "5", "--rate", "40",
                      "--warm-up", "500ms", "--duration", "1s", "--qos", "1");
    /* Never more than asked for; how much less says how busy the machine is. */
    assert_between(outcome_count(outcome, "messages.sent_per_second"), 10, 230);
    assert_between(outcome_count(outcome, "messages.sent"), 20, 315);
    /* What warmed it up is counted, and not measured. */
    assert_between(outcome_count(outcome, "durations.latency.count"), 10, 215);
    assert_int_equal(outcome_count(outcome, "messages.delivered"), outcome_count(outcome, "messages.sent"));
}

static void messages_of_others_are_told_apart(struct env *env)
{
    struct broker *broker = start(env);
    struct generator *first = generator_start(env, broker_port(broker), "publish", "--rate", "50",
                                              "--duration", "3s", "--topic", "shared");
    broker_expect_log(broker, "Received PUBLISH");
    generator_run(env, broker_port(broker), 0, "publish", "--id", "other", "--subscribers", "0", "--messages",
                  "25", "--topic", "shared");
    const json_t *outcome = generator_end(first, 0);
    assert_int_equal(outcome_count(outcome, "messages.foreign"), 25);
    assert_int_equal(outcome_count(outcome, "messages.delivered"), outcome_count(outcome, "messages.sent"));
}

/* Sends a message of the generator's again, `times` times, with one byte of it changed by `change`. */
static void repeat(struct broker *broker, int times, size_t place, unsigned char change)
{
    struct env *env = broker_env(broker);
    struct raw_client *client = raw_login(broker, .client_id = "eavesdropper");
    struct packet_out again;

    assert_int_equal(raw_subscribe(client, "load/#", 0), 0);
    struct packet_in heard = raw_expect(client, PUBLISH);
    uint8_t *payload = env_alloc(env, heard.payload_bytes);
    memcpy(payload, heard.payload, heard.payload_bytes);
    payload[place] ^= change;
    packet_begin(&again, env);
    packet_put_text(&again, heard.topic);
    packet_put_bytes(&again, payload, heard.payload_bytes);
    packet_frame(&again, PUBLISH << 4);
    while (times-- > 0)
        raw_send_packet(client, &again);
    raw_finish(client);
}

static void what_comes_again_is_a_duplicate(struct env *env)
{
    struct broker *broker = start(env);
    for (int qos = 0; qos <= 1; qos++) {
        struct generator *generator = generator_start(env, broker_port(broker), "publish", "--rate", "20",
                                                      "--duration", "3s", "--qos", qos == 0 ? "0" : "1");
        repeat(broker, 3, 0, 0);
        const json_t *outcome = generator_end(generator, qos == 0 ? 1 : 0);
        assert_int_equal(outcome_count(outcome, "messages.duplicates"), 3);
        assert_int_equal(outcome_count(outcome, "messages.lost"), 0);
        assert_int_equal(outcome_count(outcome, "messages.delivered"),
                         outcome_count(outcome, "messages.sent"));
        if (qos == 0)
            outcome_names(outcome, "3 messages came more than once at QoS 0");
    }
}

/* Of a publisher that there is not, and with a number that was not sent yet. */
static void what_nobody_sent_is_unexpected(struct env *env)
{
    enum { PUBLISHER = 11, NUMBER = 12 };
    struct broker *broker = start(env);
    for (int i = 0; i < 2; i++) {
        struct generator *generator =
            generator_start(env, broker_port(broker), "publish", "--rate", "20", "--duration", "2s");
        repeat(broker, 2, i == 0 ? PUBLISHER : NUMBER, 0x7f);
        const json_t *outcome = generator_end(generator, 1);
        assert_int_equal(outcome_count(outcome, "messages.unexpected"), 2);
        assert_int_equal(outcome_count(outcome, "messages.delivered"),
                         outcome_count(outcome, "messages.sent"));
        outcome_names(outcome, "2 messages or answers that nobody should have got");
    }
}

/* A megabyte goes in pieces, and comes in pieces. */
static void large_messages_come_whole(struct env *env)
{
    struct broker *broker = start(env);
    const json_t *outcome = generator_run(env, broker_port(broker), 0, "fanout", "--subscribers", "3",
                                          "--size", "1MiB", "--messages", "4", "--qos", "1", "--window", "2");
    assert_int_equal(outcome_count(outcome, "messages.delivered"), 12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BROKER_TEST(a_broker_that_dies_is_no_success),
        BROKER_TEST(a_message_that_never_comes_is_not_waited_for_forever),
        BROKER_TEST(what_is_not_let_through_is_lost),
        BROKER_TEST(what_is_refused_is_told_from_what_is_lost),
        BROKER_TEST(what_is_refused_in_between_is_not_waited_for),
        BROKER_TEST(a_taken_over_session_is_a_drop),
        BROKER_TEST(every_message_comes_once),
        BROKER_TEST(the_broker_has_seen_the_same),
        BROKER_TEST(groups_of_any_size_are_tied),
        BROKER_TEST(topics_take_turns),
        BROKER_TEST(the_rate_is_not_exceeded),
        BROKER_TEST(messages_of_others_are_told_apart),
        BROKER_TEST(what_comes_again_is_a_duplicate),
        BROKER_TEST(what_nobody_sent_is_unexpected),
        BROKER_TEST(large_messages_come_whole),
    };
    return ENV_MAIN("load_messages", tests);
}
