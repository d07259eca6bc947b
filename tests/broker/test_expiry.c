/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sessions that end when their token does: when exactly, with or without a will, what extends them, and what
 * must not end them.
 */
#include "harness/clock.h"
#include "harness/launch.h"
#include "harness/suite.h"
#include <string.h>
#include <time.h>

/* How long after its due time a session may at most be closed: a few turns of a busy machine's loop. */
#define SLACK_S 15
#define KICKED  "administrative action"
#define YEAR_S  (365LL * 24 * 3600)

static const char roles[] = "roles:\n"
                            "  device:\n"
                            "    allow: {publish: [up], subscribe: [down]}\n"
                            "  sender:\n"
                            "    allow: {publish: [down], subscribe: [up]}\n";

static const char device[] = "\"device\"", sender[] = "\"sender\"";

/* `issuer` goes into the issuer, six blanks in front, `jwt` into the section, two in front. */
static const char *policy_with(struct env *env, const char *issuer, const char *jwt)
{
    return env_write(env, "policy.yaml", env_format(env, "%s%s%s", suite_issuer(env, issuer), jwt, roles));
}

static struct broker *start(struct env *env, const char *issuer, const char *jwt)
{
    return broker_start(env, NULL, suite_lines(env, policy_with(env, issuer, jwt), "jwt", "acl"));
}

/* A token that is good for so many seconds, and when it ends. */
static const char *brief(struct env *env, const char *subject, long seconds, long long *ends)
{
    const char *header = "{\"alg\": \"ES256\", \"kid\": \"ES256\"}";
    long long now = clock_now();

    *ends = now + seconds;
    return token_sign(env, TOKEN_ES256, header,
                      env_format(env,
                                 "{\"iss\": \"" TOKEN_ISSUER "\", \"aud\": \"" TOKEN_AUDIENCE
                                 "\", \"sub\": \"%s\", \"iat\": %lld, \"exp\": %lld%s}",
                                 subject, now, *ends, suite_roles(env, device)));
}

static const char *lasting(struct env *env, const char *subject)
{
    return token_for(env, subject, suite_roles(env, device));
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

/* That time has come, and the broker's loop has gone around twice since: what is due has been done. */
static void pass_expiry(struct broker *broker, const char *token)
{
    suite_await_expiry(broker, token);
    /* What ends sessions is the tick, ten times a second: a session that is over by now goes first. */
    long long ends;
    const char *witness = brief(broker_env(broker), "witness", 1, &ends);
    expect_expiry(raw_login(broker, .protocol = 5, .client_id = "witness", .password = witness), 5, ends);
}

static void expect_alive(struct raw_client *client, int protocol)
{
    raw_expect_silence(client);
    assert_int_equal(raw_publish_acked(client, "up", "x"), protocol == 5 ? NOBODY_LISTENS : 0);
}

static void test_session_ends_with_its_token(struct env *env)
{
    struct broker *broker = start(env, "", "");
    struct raw_client *clients[3];
    long long ends[3];

    for (int protocol = 3; protocol <= 5; protocol++) {
        clients[protocol - 3] =
            raw_login(broker, .protocol = protocol, .client_id = env_format(env, "c%d", protocol),
                      .username = "any", .password = brief(env, "a", 3, &ends[protocol - 3]));
        expect_alive(clients[protocol - 3], protocol);
    }
    for (int protocol = 3; protocol <= 5; protocol++) {
        expect_expiry(clients[protocol - 3], protocol, ends[protocol - 3]);
    }
    broker_expect_no_log(broker, "bednet: jwt: error");
}

static void test_session_ends_by_any_carrier(struct env *env)
{
    struct broker *broker = start(env, "", "  carriers: [username, enhanced]\n");
    long long first, second;
    const char *token = brief(env, "a", 3, &first);
    struct raw_client *by_name = raw_login(broker, .protocol = 4, .client_id = "a", .username = token);
    struct raw_client *enhanced =
        raw_login(broker, .protocol = 5, .client_id = "b", .auth_method = "OAUTH2-JWT",
                  .auth_data = brief(env, "b", 3, &second));

    expect_alive(by_name, 4);
    expect_alive(enhanced, 5);
    expect_expiry(by_name, 4, first);
    expect_expiry(enhanced, 5, second);
    /* And it does not come back by that token. */
    raw_login_refused(broker, .client_id = "a", .username = token);
}

static void test_kept_sessions(struct env *env)
{
    struct broker *broker = start(env, "", "  on_expiry: keep\n");
    long long ends;
    const char *token = brief(env, "a", 2, &ends);
    struct raw_client *client = raw_login(broker, .protocol = 5, .client_id = "a", .password = token);

    suite_await_expiry(broker, token);
    for (int round = 0; round < 3; round++) {
        broker_settle(broker);
        expect_alive(client, 5);
        broker_reload(broker);
    }
    expect_alive(client, 5);
}

static void test_leeway_is_the_session_s_too(struct env *env)
{
    struct broker *broker = start(env, "      leeway: 3s\n", "");
    long long ends, past;
    const char *token = brief(env, "a", 1, &ends);
    const char *late = brief(env, "b", -1, &past);
    struct raw_client *client = raw_login(broker, .protocol = 5, .client_id = "a", .password = token);
    struct raw_client *second = raw_login(broker, .protocol = 5, .client_id = "b", .password = late);

    expect_expiry(second, 5, past + 3);
    expect_expiry(client, 5, ends + 3);
}

static void test_jitter_spreads_the_end(struct env *env)
{
    enum { CLIENTS = 10 };
    struct broker *broker = start(env, "", "  on_expiry: {action: disconnect, jitter: 5s}\n");
    struct raw_client *clients[CLIENTS];
    long long ends;
    const char *token = brief(env, "a", 4, &ends);

    for (int i = 0; i < CLIENTS; i++) {
        clients[i] =
            raw_login(broker, .protocol = 5, .client_id = env_format(env, "c%d", i), .password = token);
    }
    broker_mark(broker);
    broker_expect_log(broker, KICKED);
    /* All in one second would be no jitter: that happens once in 6^9. */
    assert_true(broker_count_log(broker, KICKED) < CLIENTS);
    for (int i = 0; i < CLIENTS; i++) {
        expect_expiry(clients[i], 5, ends);
    }
    assert_true(clock_now() <= ends + 5 + SLACK_S);
}

/* A session with a will, over its end; and one that shows whether the will came. */
static void end_with_will(struct env *env, struct broker *broker, bool sent)
{
    struct raw_client *watcher = suite_login(broker, 5, "watcher", sender);
    long long ends;

    raw_subscribe(watcher, "up", 0);
    for (int protocol = 3; protocol <= 5; protocol++) {
        struct raw_client *client =
            raw_login(broker, .protocol = protocol, .client_id = "a", .username = "any",
                      .password = brief(env, "a", 2, &ends), .will_topic = "up", .will_payload = "gone");
        expect_expiry(client, protocol, ends);
        if (sent) {
            raw_expect_publish(watcher, "up", "gone");
        }
        broker_settle(broker);
        raw_expect_silence(watcher);
    }
}

static void test_will_is_sent(struct env *env)
{
    end_with_will(env, start(env, "", ""), true);
}

static void test_will_is_dropped(struct env *env)
{
    end_with_will(env, start(env, "", "  on_expiry: {action: disconnect, will: drop}\n"), false);
}

static void test_refresh_extends_the_session(struct env *env)
{
    struct broker *broker = start(env, "", "");
    long long ends;
    const char *token = brief(env, "a", 3, &ends);
    struct raw_client *client =
        raw_login(broker, .protocol = 5, .client_id = "a", .auth_method = "OAUTH2-JWT", .auth_data = token);

    raw_reauthenticate(client, "OAUTH2-JWT", lasting(env, "a"), 0);
    raw_expect_reason(client, AUTH, 0);
    pass_expiry(broker, token);
    expect_alive(client, 5);
    broker_reload(broker);
    expect_alive(client, 5);
    /* It may as well be cut short. */
    raw_reauthenticate(client, "OAUTH2-JWT", brief(env, "a", 2, &ends), 0);
    raw_expect_reason(client, AUTH, 0);
    expect_alive(client, 5);
    expect_expiry(client, 5, ends);
}

static void test_takeover_brings_its_own_end(struct env *env)
{
    struct broker *broker = start(env, "", "");
    long long ends;
    const char *token = brief(env, "a", 2, &ends);
    struct raw_client *old = raw_login(broker, .protocol = 5, .client_id = "a", .password = token);
    struct raw_client *fresh =
        raw_login(broker, .protocol = 5, .client_id = "a", .password = lasting(env, "a"));

    raw_expect_end(old);
    pass_expiry(broker, token);
    expect_alive(fresh, 5);
    struct raw_client *last =
        raw_login(broker, .protocol = 5, .client_id = "a", .password = brief(env, "a", 2, &ends));
    raw_expect_end(fresh);
    expect_expiry(last, 5, ends);
}

static void test_reconnect_brings_its_own_end(struct env *env)
{
    struct broker *broker = start(env, "", "");
    long long ends;
    const char *token = brief(env, "a", 2, &ends);

    raw_disconnect(raw_login(broker, .protocol = 5, .client_id = "a", .password = token));
    struct raw_client *fresh =
        raw_login(broker, .protocol = 5, .client_id = "a", .password = lasting(env, "a"));
    pass_expiry(broker, token);
    expect_alive(fresh, 5);
}

#define PERSISTENT(id, token)                                                                                \
    .protocol = 5, .client_id = id, .username = "any", .password = token, .session_expiry = 3600

static void test_offline_sessions_stay_offline(struct env *env)
{
    struct broker *broker = start(env, "", "");
    struct raw_client *other = suite_login(broker, 5, "b", sender);
    long long ends;
    const char *token = brief(env, "a", 2, &ends);
    struct raw_client *client = raw_login(broker, PERSISTENT("a", token));

    raw_subscribe(client, "down", 1);
    raw_disconnect(client);
    pass_expiry(broker, token);
    /* The session of one who was away when the token ran out is the broker's to keep. */
    for (int round = 0; round < 2; round++) {
        broker_reload(broker);
    }
    raw_publish_acked(other, "down", "kept");
    client = raw_connect(broker, PERSISTENT("a", lasting(env, "a")), .resume = true);
    assert_true(raw_expect_reason(client, CONNACK, 0).session_present);
    raw_expect_publish(client, "down", "kept");
}

static void test_persistent_sessions_go_offline(struct env *env)
{
    struct broker *broker = start(env, "", "");
    struct raw_client *other = suite_login(broker, 5, "b", sender);
    long long ends;
    struct raw_client *client = raw_login(broker, PERSISTENT("a", brief(env, "a", 2, &ends)));

    raw_subscribe(client, "down", 1);
    expect_expiry(client, 5, ends);
    for (int round = 0; round < 2; round++) {
        broker_reload(broker);
        raw_publish_acked(other, "down", "meanwhile");
    }
    client = raw_connect(broker, PERSISTENT("a", lasting(env, "a")), .resume = true);
    assert_true(raw_expect_reason(client, CONNACK, 0).session_present);
    /* What it missed while nobody vouched for it may or may not have been kept; from now on it gets all. */
    raw_publish_acked(other, "down", "now");
    for (struct packet_in in = raw_expect(client, PUBLISH); strcmp(in.payload, "now") != 0;) {
        assert_string_equal(in.payload, "meanwhile");
        in = raw_expect(client, PUBLISH);
    }
    expect_alive(client, 5);
}

static void test_reload_keeps_good_sessions(struct env *env)
{
    struct broker *broker = start(env, "", "");
    long long ends;
    struct raw_client *brief_one =
        raw_login(broker, .protocol = 5, .client_id = "a", .password = brief(env, "a", 4, &ends));
    struct raw_client *lasting_one =
        raw_login(broker, .protocol = 5, .client_id = "b", .password = lasting(env, "b"));

    for (int round = 0; round < 3; round++) {
        broker_reload(broker);
        raw_expect_silence(lasting_one);
    }
    /* Nor does a reload forget when they end. */
    expect_expiry(brief_one, 5, ends);
    broker_reload(broker);
    expect_alive(lasting_one, 5);
}

static void test_new_policy_for_the_end(struct env *env)
{
    struct broker *broker = start(env, "", "  on_expiry: keep\n");
    long long ends;
    struct raw_client *client =
        raw_login(broker, .protocol = 5, .client_id = "a", .password = lasting(env, "a"));

    policy_with(env, "", "  on_expiry: disconnect\n");
    broker_reload(broker);
    expect_alive(client, 5);
    const char *token = brief(env, "b", 2, &ends);
    expect_expiry(raw_login(broker, .protocol = 5, .client_id = "b", .password = token), 5, ends);
    expect_alive(client, 5);
}

static void test_many_sessions_at_once(struct env *env)
{
    enum { CLIENTS = 600 }; /* more than are closed in one turn */
    struct broker *broker = start(env, "", "");
    struct raw_client *other = suite_login(broker, 5, "b", sender);
    struct raw_client *taker =
        raw_login(broker, .protocol = 5, .client_id = "taker", .password = lasting(env, "taker"));
    struct raw_client **clients = env_alloc(env, CLIENTS * sizeof(*clients));
    long long ends;
    const char *token = brief(env, "a", 12, &ends);

    raw_subscribe(taker, "down", 0);
    for (int i = 0; i < CLIENTS; i++) {
        clients[i] = raw_login(broker, .protocol = 4 + i % 2, .client_id = env_format(env, "c%d", i),
                               .username = "any", .password = token);
    }
    assert_true(clock_now() < ends);
    for (int i = 0; i < CLIENTS; i++) {
        expect_expiry(clients[i], 4 + i % 2, ends);
    }
    raw_publish_acked(other, "down", "x");
    raw_expect_publish(taker, "down", "x");
    expect_alive(taker, 5);
}

/* 2.0.11 never ticks under per_listener_settings: there a session that is over can at least do nothing. */
static void test_listeners_of_their_own(struct env *env)
{
    const char *policy = policy_with(env, "", "");
    struct broker *broker =
        broker_start(env, "per_listener_settings true\n", suite_lines(env, policy, "jwt", "acl"));
    struct raw_client *other = suite_login(broker, 5, "b", sender);
    long long ends;
    const char *token = brief(env, "a", 2, &ends);
    struct raw_client *client = raw_login(broker, .protocol = 5, .client_id = "a", .password = token);

    raw_subscribe(client, "down", 0);
    expect_alive(client, 5);
    if (!launch_is_oldest()) {
        expect_expiry(client, 5, ends);
        return;
    }
    suite_await_expiry(broker, token);
    raw_publish_acked(other, "down", "late");
    raw_publish(client, "up", "late", 1, false);
    struct packet_in in = raw_receive(client);
    if (in.type == PUBACK) {
        assert_int_equal(in.reason, 0x87);
        raw_expect_silence(client);
    } else {
        assert_int_equal(in.type, DISCONNECT);
    }
    expect_alive(raw_login(broker, .protocol = 5, .client_id = "c", .password = lasting(env, "c")), 5);
}

/*
 * The broker's clock, moved. 2.0.21 measures keepalives, and how long a client may take to log in, by the
 * same clock: clients go without the one, and the broker has to have seen the new time before the other
 * begins.
 */

#define TIMELESS(id, token)                                                                                  \
    .protocol = 5, .client_id = id, .username = "any", .password = token, .no_keepalive = true

static void shift(struct broker *broker, long long seconds)
{
    clock_shift(broker_env(broker), seconds);
    broker_settle(broker);
    broker_settle(broker);
}

static const char *dated(struct env *env, const char *subject, long long not_before, long long expires)
{
    return token_sign(env, TOKEN_ES256, "{\"alg\": \"ES256\", \"kid\": \"ES256\"}",
                      env_format(env,
                                 "{\"iss\": \"" TOKEN_ISSUER "\", \"aud\": \"" TOKEN_AUDIENCE
                                 "\", \"sub\": \"%s\", \"nbf\": %lld, \"exp\": %lld%s}",
                                 subject, not_before, expires, suite_roles(env, device)));
}

static void try_at(struct broker *broker, const char *token, long long second, bool good)
{
    clock_stand(broker_env(broker), second);
    broker_settle(broker);
    struct raw_client *client = raw_connect(broker, TIMELESS("boundary", token));
    struct packet_in in = raw_expect(client, CONNACK);

    if ((in.reason == 0) != good) {
        env_fail("at second %lld: code 0x%02x", second, in.reason);
    }
    raw_drop(client);
}

static void test_boundaries(struct env *env)
{
    clock_take(env);
    struct broker *plain = start(env, "", "");
    long long now = clock_now();
    const char *token = dated(env, "a", now, now + 1000);

    try_at(plain, token, now - 1, false);
    try_at(plain, token, now, true);
    try_at(plain, token, now + 999, true);
    try_at(plain, token, now + 1000, false);
    struct broker *lenient = start(env, "      leeway: 30s\n", "");
    try_at(lenient, token, now - 31, false);
    try_at(lenient, token, now - 30, true);
    try_at(lenient, token, now + 1029, true);
    try_at(lenient, token, now + 1030, false);
}

static void test_clock_that_jumps_ahead(struct env *env)
{
    clock_take(env);
    struct broker *broker = start(env, "", "");
    struct raw_client *client = raw_login(broker, TIMELESS("a", lasting(env, "a")));

    shift(broker, YEAR_S);
    raw_expect_reason(client, DISCONNECT, 0x98);
    raw_login_refused(broker, TIMELESS("b", lasting(env, "b")));
    long long then = clock_now() + YEAR_S;
    client = raw_login(broker, TIMELESS("c", dated(env, "c", then - 10, then + 3600)));
    broker_reload(broker);
    expect_alive(client, 5);
    /* And back again: who was let in stays. */
    shift(broker, 0);
    broker_settle(broker);
    expect_alive(client, 5);
    raw_login_refused(broker, TIMELESS("d", dated(env, "d", then - 10, then + 3600)));
    expect_alive(raw_login(broker, .protocol = 5, .client_id = "e", .password = lasting(env, "e")), 5);
}

static void test_clock_that_falls_back(struct env *env)
{
    clock_take(env);
    struct broker *broker = start(env, "", "");
    long long ends;
    struct raw_client *client = raw_login(broker, TIMELESS("a", brief(env, "a", 6, &ends)));

    shift(broker, -YEAR_S);
    broker_settle(broker);
    broker_reload(broker);
    expect_alive(client, 5);
    struct raw_client *old = raw_login(
        broker, TIMELESS("b", dated(env, "b", clock_now() - YEAR_S - 10, clock_now() - YEAR_S + 3600)));
    expect_alive(old, 5);
    shift(broker, 0);
    /* What was good a year ago is not, and what ends now ends now. */
    raw_expect_reason(old, DISCONNECT, 0x98);
    expect_expiry(client, 5, ends);
}

/* 32 bits of seconds run out, with and without a sign. */
static void test_years_to_come(struct env *env)
{
    static const long long rims[] = {1LL << 31, 1LL << 32};

    if (strcmp(launch_version(), "2.0.21") == 0) {
        env_skip(env, "2.0.21 ends at its first client after 2038, with or without plugins");
    }
    clock_take(env);
    struct broker *broker = start(env, "", "");
    for (size_t i = 0; i < 2; i++) {
        long long offset = rims[i] - clock_now();
        shift(broker, offset - 100);
        struct raw_client *client =
            raw_login(broker, TIMELESS("a", dated(env, "a", rims[i] - 200, rims[i] + 300)));
        raw_login_refused(broker, TIMELESS("b", dated(env, "b", rims[i] - 200, rims[i] - 150)));
        shift(broker, offset + 100);
        broker_settle(broker);
        expect_alive(client, 5);
        broker_reload(broker);
        expect_alive(client, 5);
        shift(broker, offset + 300);
        raw_expect_reason(client, DISCONNECT, 0x98);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BROKER_TEST(test_session_ends_with_its_token),
        BROKER_TEST(test_session_ends_by_any_carrier),
        BROKER_TEST(test_kept_sessions),
        BROKER_TEST(test_leeway_is_the_session_s_too),
        BROKER_TEST(test_jitter_spreads_the_end),
        BROKER_TEST(test_will_is_sent),
        BROKER_TEST(test_will_is_dropped),
        BROKER_TEST(test_refresh_extends_the_session),
        BROKER_TEST(test_takeover_brings_its_own_end),
        BROKER_TEST(test_reconnect_brings_its_own_end),
        BROKER_TEST(test_offline_sessions_stay_offline),
        BROKER_TEST(test_persistent_sessions_go_offline),
        BROKER_TEST(test_reload_keeps_good_sessions),
        BROKER_TEST(test_new_policy_for_the_end),
        BROKER_TEST(test_many_sessions_at_once),
        BROKER_TEST(test_listeners_of_their_own),
        BROKER_TEST(test_boundaries),
        BROKER_TEST(test_clock_that_jumps_ahead),
        BROKER_TEST(test_clock_that_falls_back),
        BROKER_TEST(test_years_to_come),
    };
    return ENV_MAIN("expiry", tests);
}
