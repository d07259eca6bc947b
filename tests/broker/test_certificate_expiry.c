/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sessions that end when their certificate does: when exactly, with or without a will, and what neither
 * shortens nor lengthens them.
 */
#include "harness/clock.h"
#include "harness/launch.h"
#include "harness/stage.h"
#include <string.h>

/* How long after its due time a session may at most be closed: a few turns of a busy machine's loop. */
#define SLACK_S 15
#define YEAR_S  (365LL * 24 * 3600)

/* `more` goes into the section, two blanks in front. */
static const char *policy_with(struct env *env, const char *more)
{
    return env_format(env,
                      "certificate:\n"
                      "  authorities: {devices: pki/device-ca.crt}\n"
                      "  accept: [{issuer: devices, roles: [device]}]\n%s"
                      "roles:\n"
                      "  device: {allow: {publish: [up], subscribe: [up]}}\n",
                      more);
}

static const struct stage *start(struct env *env, const char *more)
{
    return stage_start(env, .policy = policy_with(env, more));
}

/* A certificate that is good for so many seconds, and when it ends. */
static const struct tls_identity *brief(struct env *env, long seconds, long long *ends)
{
    static unsigned last;

    *ends = clock_now() + seconds;
    return issue(env, .name = env_format(env, "brief-%u", ++last), .cn = "a", .from_s = -3600,
                 .until_s = seconds);
}

static const struct tls_identity *lasting(struct env *env)
{
    return pki_identity(env, "sensor-1");
}

static void expect_alive(struct raw_client *client, int protocol)
{
    raw_expect_silence(client);
    unsigned code = raw_publish_acked(client, "up", "x");
    assert_true(code == 0 || (protocol == 5 && code == NOBODY_LISTENS));
}

/* The session is closed, for MQTT 5 with the reason "administrative action", no earlier than `ends`. */
static void expect_expiry(struct raw_client *client, int protocol, long long ends)
{
    if (protocol == 5) {
        raw_expect_reason(client, DISCONNECT, 0x98);
    }
    raw_expect(client, 0);
    assert_true(clock_now() >= ends);
    assert_true(clock_now() <= ends + SLACK_S);
    raw_drop(client);
}

/* Another certificate of so many seconds has ended its session since: what was due before has been done. */
static void pass(const struct stage *stage, long seconds)
{
    long long ends;
    struct raw_client *witness =
        stage_login(stage, STAGE_TLS, 5, "witness", brief(stage->env, seconds, &ends));

    expect_expiry(witness, 5, ends);
}

static void test_session_ends_with_its_certificate(struct env *env)
{
    const struct stage *stage = start(env, "");
    struct raw_client *clients[STAGE_WAYS][3];
    long long ends[STAGE_WAYS][3];
    const struct tls_identity *identity = NULL;

    for (int way = 0; way < STAGE_WAYS; way++) {
        for (int protocol = 3; protocol <= 5; protocol++) {
            long long *due = &ends[way][protocol - 3];
            identity = brief(env, 8, due);
            clients[way][protocol - 3] =
                stage_login(stage, way, protocol, env_format(env, "%d-%d", way, protocol), identity);
            expect_alive(clients[way][protocol - 3], protocol);
        }
    }
    struct raw_client *unharmed = stage_login(stage, STAGE_TLS, 5, "unharmed", lasting(env));
    for (int way = 0; way < STAGE_WAYS; way++) {
        for (int protocol = 3; protocol <= 5; protocol++) {
            expect_expiry(clients[way][protocol - 3], protocol, ends[way][protocol - 3]);
        }
    }
    expect_alive(unharmed, 5);
    /* And it does not come back: the listener sees to that. */
    assert_false(raw_shakes_hands(stage->broker, stage->port, identity));
}

static void test_kept_sessions(struct env *env)
{
    const struct stage *stage = start(env, "  on_expiry: keep\n");
    long long ends;
    const struct tls_identity *identity = brief(env, 5, &ends);
    struct raw_client *client = stage_login(stage, STAGE_TLS, 5, "a", identity);
    int64_t deadline = env_now_ms() + ENV_DEADLINE_MS;

    while (raw_shakes_hands(stage->broker, stage->port, identity)) {
        assert_true(env_left_ms(deadline) > 0);
    }
    for (int round = 0; round < 3; round++) {
        broker_settle(stage->broker);
        expect_alive(client, 5);
        broker_reload(stage->broker);
    }
    expect_alive(client, 5);
}

static void test_jitter_spreads_the_end(struct env *env)
{
    enum { CLIENTS = 10 };
    const struct stage *stage = start(env, "  on_expiry: {action: disconnect, jitter: 5s}\n");
    struct raw_client *clients[CLIENTS];
    long long ends, first = 0, last = 0;
    const struct tls_identity *identity = brief(env, 12, &ends);

    for (int i = 0; i < CLIENTS; i++) {
        clients[i] = stage_login(stage, STAGE_TLS, 5, env_format(env, "c%d", i), identity);
    }
    broker_mark(stage->broker);
    broker_expect_log(stage->broker, "administrative action");
    first = clock_now();
    /* All in one second would be no jitter: that happens once in 6^9. */
    assert_true(broker_count_log(stage->broker, "administrative action") < CLIENTS);
    for (int i = 0; i < CLIENTS; i++) {
        raw_expect_reason(clients[i], DISCONNECT, 0x98);
        raw_expect(clients[i], 0);
    }
    last = clock_now();
    assert_true(first >= ends);
    assert_true(last <= ends + 5 + SLACK_S);
}

/* A session with a will, over its end; and one that shows whether the will came. */
static void end_with_will(const struct stage *stage, bool sent)
{
    struct env *env = stage->env;
    struct raw_client *watcher = stage_login(stage, STAGE_TLS, 5, "watcher", lasting(env));
    long long ends;

    raw_subscribe(watcher, "up", 0);
    for (int protocol = 3; protocol <= 5; protocol++) {
        const struct tls_identity *identity = brief(env, 5, &ends);
        struct raw_client *client =
            raw_login_port(stage->broker, stage->port, .protocol = protocol, .client_id = "doomed",
                           .tls = identity, .will_topic = "up", .will_payload = "gone");
        expect_expiry(client, protocol, ends);
        if (sent) {
            raw_expect_publish(watcher, "up", "gone");
        }
        broker_settle(stage->broker);
        raw_expect_silence(watcher);
    }
}

static void test_will_is_sent(struct env *env)
{
    end_with_will(start(env, ""), true);
}

static void test_will_is_dropped(struct env *env)
{
    end_with_will(start(env, "  on_expiry: {action: disconnect, will: drop}\n"), false);
}

static void test_takeover_brings_its_own_end(struct env *env)
{
    const struct stage *stage = start(env, "");
    long long ends;
    struct raw_client *old = stage_login(stage, STAGE_TLS, 5, "a", brief(env, 5, &ends));
    struct raw_client *fresh = stage_login(stage, STAGE_TLS, 5, "a", lasting(env));

    raw_expect_end(old);
    pass(stage, 6);
    expect_alive(fresh, 5);
    struct raw_client *last = stage_login(stage, STAGE_TLS, 5, "a", brief(env, 5, &ends));
    raw_expect_end(fresh);
    expect_expiry(last, 5, ends);
}

static void test_reload_keeps_sessions_and_their_ends(struct env *env)
{
    const struct stage *stage = start(env, "");
    long long ends;
    struct raw_client *lasting_one = stage_login(stage, STAGE_TLS, 5, "b", lasting(env));
    struct raw_client *brief_one = stage_login(stage, STAGE_TLS, 5, "a", brief(env, 5, &ends));

    for (int round = 0; round < 3; round++) {
        broker_reload(stage->broker);
        raw_expect_silence(lasting_one);
    }
    expect_expiry(brief_one, 5, ends);
    broker_reload(stage->broker);
    expect_alive(lasting_one, 5);
}

#define PERSISTENT(identity) .protocol = 5, .client_id = "a", .tls = identity, .session_expiry = 3600

static void test_persistent_sessions_wait(struct env *env)
{
    const struct stage *stage = start(env, "");
    struct raw_client *other = stage_login(stage, STAGE_TLS, 5, "b", lasting(env));
    long long ends;
    struct raw_client *client = raw_login_port(stage->broker, stage->port, PERSISTENT(brief(env, 5, &ends)));

    raw_subscribe(client, "up", 1);
    expect_expiry(client, 5, ends);
    broker_reload(stage->broker);
    /* The device has its new certificate now: the session is there, and gets what comes from here on. */
    client = raw_connect_port(stage->broker, stage->port,
                              PERSISTENT(issue(env, .name = "renewed", .cn = "a")), .resume = true);
    assert_true(raw_expect_reason(client, CONNACK, 0).session_present);
    raw_publish_acked(other, "up", "now");
    raw_expect_publish(client, "up", "now");
}

/* A device whose clock is right meets a broker whose clock is set. */
static void test_clock_is_set_forward(struct env *env)
{
    clock_take(env);
    const struct stage *stage = start(env, "");
    struct raw_client *client = stage_login(stage, STAGE_TLS, 5, "a", lasting(env));

    expect_alive(client, 5);
    clock_shift(env, 2 * YEAR_S);
    raw_expect_reason(client, DISCONNECT, 0x98);
    raw_expect(client, 0);
}

static void test_clock_is_set_back(struct env *env)
{
    clock_take(env);
    const struct stage *stage = start(env, "");
    long long ends;
    struct raw_client *client = stage_login(stage, STAGE_TLS, 5, "a", brief(env, 4, &ends));

    clock_shift(env, -1800);
    int64_t deadline = env_now_ms() + 5000;
    while (env_left_ms(deadline) > 0) {
        broker_settle(stage->broker);
        expect_alive(client, 5);
    }
    clock_shift(env, 0);
    raw_expect_reason(client, DISCONNECT, 0x98);
    raw_expect(client, 0);
}

/* Where the broker is told not to look at dates, Bednet still does. */
static void test_dates_that_the_listener_waives(struct env *env)
{
    if (!launch_is_modern()) {
        env_skip(env, "only 2.1 can be told not to look at dates");
    }
    const struct stage *stage = stage_start(env, .policy = policy_with(env, ""),
                                            .listener = "disable_client_cert_date_checks true\n");

    stage_refuses(stage, NULL, issue(env, .name = "past", .cn = "a", .from_s = -7200, .until_s = -60),
                  "expired", NULL);
    stage_refuses(stage, NULL, issue(env, .name = "future", .cn = "a", .from_s = 3600, .until_s = 7200),
                  "not_yet_valid", NULL);
    expect_alive(stage_login(stage, STAGE_TLS, 5, "a", lasting(env)), 5);
}

static void test_observe_ends_nothing(struct env *env)
{
    const struct stage *stage = start(env, "  mode: observe\n");
    long long ends;
    const struct tls_identity *identity = brief(env, 5, &ends);
    struct raw_client *client = stage_login(stage, STAGE_TLS, 5, "a", identity);
    int64_t deadline = env_now_ms() + ENV_DEADLINE_MS;

    while (raw_shakes_hands(stage->broker, stage->port, identity)) {
        assert_true(env_left_ms(deadline) > 0);
    }
    broker_settle(stage->broker);
    broker_settle(stage->broker);
    expect_alive(client, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BROKER_TEST(test_session_ends_with_its_certificate),
        BROKER_TEST(test_kept_sessions),
        BROKER_TEST(test_jitter_spreads_the_end),
        BROKER_TEST(test_will_is_sent),
        BROKER_TEST(test_will_is_dropped),
        BROKER_TEST(test_takeover_brings_its_own_end),
        BROKER_TEST(test_reload_keeps_sessions_and_their_ends),
        BROKER_TEST(test_persistent_sessions_wait),
        BROKER_TEST(test_clock_is_set_forward),
        BROKER_TEST(test_clock_is_set_back),
        BROKER_TEST(test_dates_that_the_listener_waives),
        BROKER_TEST(test_observe_ends_nothing),
    };
    return ENV_MAIN("certificate_expiry", tests);
}
