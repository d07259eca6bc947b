/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sessions that somebody else lays hands on. Mosquitto gives a session to whoever logs in under its client
 * id; what is in it must still go to nobody who may not have it, a login that fails must leave all of it
 * alone, and `client_id` in the policy keeps others out. Together with test_traps_suite: Mosquitto's issues
 * 3551 and 3553, and what was found in other brokers after them.
 */
#include "harness/launch.h"
#include "harness/suite.h"
#include <string.h>

static const char roles[] = "roles:\n"
                            "  device:\n"
                            "    allow:\n"
                            "      publish: [up, will]\n"
                            "      subscribe: [down, group]\n"
                            "  intruder:\n"
                            "    allow: {publish: [elsewhere], subscribe: [elsewhere]}\n"
                            "  engine:\n"
                            "    allow: {publish: [down, group], subscribe: [up, will]}\n";

/* `issuer` goes into the issuer, six blanks in front. */
static struct broker *start(struct env *env, const char *issuer)
{
    const char *policy =
        env_write(env, "policy.yaml", env_format(env, "%s%s", suite_issuer(env, issuer), roles));

    return broker_start(env, NULL,
                        env_format(env, "%s%s", suite_lines(env, policy, "topic", "limit", "jwt", "acl"),
                                   suite_password_line(env)));
}

/* A device called `id`, its session, and whoever talks to it. */
struct victim {
    struct broker *broker;
    int protocol;
    const char *id, *token;
    struct raw_client *client; /* connected */
    struct raw_client *engine;
    unsigned packet; /* of a message that it has not released */
};

static struct raw_client *log_in(struct victim *victim, const char *token, bool resume)
{
    return raw_login(victim->broker, .protocol = victim->protocol, .client_id = victim->id, .username = "any",
                     .password = token, .resume = resume, .session_expiry = 3600);
}

static struct raw_client *intrude(struct victim *victim, bool resume)
{
    struct env *env = broker_env(victim->broker);

    return log_in(victim, token_for(env, "intruder", suite_roles(env, "\"intruder\"")), resume);
}

static struct victim place_victim(struct broker *broker, int protocol)
{
    struct env *env = broker_env(broker);
    const char *id = env_format(env, "victim%d", protocol);
    struct victim victim = {.broker = broker,
                            .protocol = protocol,
                            .id = id,
                            .token = token_for(env, id, suite_roles(env, "\"device\"")),
                            .engine =
                                suite_login(broker, 5, env_format(env, "engine%d", protocol), "\"engine\"")};

    assert_int_equal(raw_subscribe(victim.engine, "up", 0), 0);
    victim.client = log_in(&victim, victim.token, true);
    assert_int_equal(raw_subscribe(victim.client, "down", 2), 2);
    assert_int_equal(raw_subscribe(victim.client, env_format(env, "$share/%s/group", id), 1), 1);
    return victim;
}

/* Two messages: one for the device, one for the group that it is alone in. */
static void send_down(struct victim *victim, unsigned qos)
{
    static const char *const topics[] = {"down", "group"};

    for (size_t i = 0; i < 2; i++) {
        unsigned code = raw_publish_whole(victim->engine, topics[i], "for the device", qos, false);
        assert_true(code == 0 || code == NOBODY_LISTENS);
    }
}

/* Two messages in flight that are not acknowledged, and one of its own that is not released. */
static void leave_things_open(struct victim *victim)
{
    send_down(victim, 1);
    raw_expect(victim->client, PUBLISH);
    raw_expect(victim->client, PUBLISH);
    victim->packet = raw_publish(victim->client, "up", "half", 2, false);
    raw_expect(victim->client, PUBREC);
}

static void go_away(struct victim *victim)
{
    raw_drop(victim->client);
    broker_settle(victim->broker);
}

/* Whoever it is has the subscriptions and the queue now, and no right to any of it. */
static void expect_nothing(struct victim *victim, struct raw_client *intruder)
{
    raw_expect_silence(intruder);
    for (unsigned qos = 0; qos < 3; qos++) {
        send_down(victim, qos);
    }
    raw_expect_silence(intruder);
    if (victim->protocol == 5) {
        assert_int_equal(raw_publish_acked(intruder, "up", "not mine"), 0x87);
    }
    /* Neither is what the device had begun to say the intruder's to say; 2.0.11 does not ask about that. */
    raw_release(intruder, victim->packet);
    assert_int_equal(raw_take(victim->engine, "up"), launch_is_oldest());
    raw_disconnect(intruder);
}

static void test_an_offline_session_is_no_loot(struct env *env)
{
    struct broker *broker = start(env, "");

    for (int protocol = 4; protocol <= 5; protocol++) {
        struct victim victim = place_victim(broker, protocol);
        leave_things_open(&victim);
        go_away(&victim);
        for (unsigned qos = 1; qos < 3; qos++) {
            send_down(&victim, qos);
        }
        expect_nothing(&victim, intrude(&victim, true));
    }
}

static void test_a_living_session_is_no_loot(struct env *env)
{
    struct broker *broker = start(env, "");

    for (int protocol = 4; protocol <= 5; protocol++) {
        struct victim victim = place_victim(broker, protocol);
        leave_things_open(&victim);
        struct raw_client *intruder = intrude(&victim, true);
        raw_expect_end(victim.client);
        expect_nothing(&victim, intruder);
    }
}

/* What nobody but `client_id` in the policy can prevent: a clean start is the end of the session. */
static void test_a_clean_start_by_another(struct env *env)
{
    struct broker *broker = start(env, "");

    for (int protocol = 4; protocol <= 5; protocol++) {
        struct victim victim = place_victim(broker, protocol);
        go_away(&victim);
        send_down(&victim, 1);
        raw_disconnect(intrude(&victim, false));
        victim.client = log_in(&victim, victim.token, true);
        raw_expect_silence(victim.client);
    }
}

/* Each must be refused, with a clean start and without, whether the victim is there or not. */
static void fail_to_intrude(struct victim *victim)
{
    struct env *env = broker_env(victim->broker);
    const char *const passwords[] = {
        token_for(env, "intruder", suite_roles(env, "\"intruder\"")), /* for an id of its own */
        token_for_until(env, TOKEN_ES256, victim->id, -60, ""),       /* expired */
        "no token, and no password either",
    };

    for (size_t i = 0; i < sizeof(passwords) / sizeof(passwords[0]); i++) {
        for (int resume = 0; resume < 2; resume++) {
            raw_login_refused(victim->broker, .protocol = victim->protocol, .client_id = victim->id,
                              .username = SUITE_USER, .password = passwords[i], .resume = resume);
        }
    }
    raw_login_refused(victim->broker, .protocol = victim->protocol, .client_id = victim->id);
    broker_settle(victim->broker);
}

static void test_failed_logins_leave_a_session_alone(struct env *env)
{
    struct broker *broker = start(env, "      client_id: ${claim.sub}\n");

    for (int protocol = 4; protocol <= 5; protocol++) {
        struct victim victim = place_victim(broker, protocol);
        fail_to_intrude(&victim);
        send_down(&victim, 1);
        assert_int_equal(raw_take(victim.client, NULL), 2);
        victim.packet = raw_publish(victim.client, "up", "half", 2, false);
        raw_expect(victim.client, PUBREC);
        go_away(&victim);
        send_down(&victim, 2);
        fail_to_intrude(&victim);
        /* All of it is still there: what was queued, what was subscribed to, and what was half said. */
        victim.client = raw_connect(broker, .protocol = protocol, .client_id = victim.id, .username = "any",
                                    .password = victim.token, .resume = true, .session_expiry = 3600);
        assert_true(raw_expect_reason(victim.client, CONNACK, 0).session_present);
        assert_int_equal(raw_take(victim.client, NULL), 2);
        raw_take(victim.client, NULL); /* what is left of the handshakes of QoS 2 */
        send_down(&victim, 0);
        assert_int_equal(raw_take(victim.client, NULL), 2);
        raw_release(victim.client, victim.packet);
        assert_int_equal(raw_take(victim.engine, "up"), 1);
        raw_disconnect(victim.engine);
    }
}

static void test_failed_logins_send_no_will(struct env *env)
{
    struct broker *broker = start(env, "      client_id: ${claim.sub}\n");

    for (int protocol = 4; protocol <= 5; protocol++) {
        struct victim victim = place_victim(broker, protocol);
        raw_subscribe(victim.engine, "will", 0);
        raw_disconnect(victim.client);
        victim.client = raw_login(broker, .protocol = protocol, .client_id = victim.id, .username = "any",
                                  .password = victim.token, .will_topic = "will", .will_payload = "gone");
        fail_to_intrude(&victim);
        raw_expect_silence(victim.client);
        raw_expect_silence(victim.engine);
        raw_drop(victim.client);
        raw_expect_publish(victim.engine, "will", "gone");
        raw_disconnect(victim.engine);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BROKER_TEST(test_an_offline_session_is_no_loot),
        BROKER_TEST(test_a_living_session_is_no_loot),
        BROKER_TEST(test_a_clean_start_by_another),
        BROKER_TEST(test_failed_logins_leave_a_session_alone),
        BROKER_TEST(test_failed_logins_send_no_will),
    };
    return ENV_MAIN("takeover", tests);
}
