/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many subscriptions a session may have, on a real broker: what counts, what does not, and what becomes
 * of the number when clients go and come back.
 */
#include "harness/launch.h"
#include "harness/raw_client.h"
#include "harness/suite.h"

#define MAX     3
#define DEVICE  "\"device\""
#define REFUSED 0x87

/* Of which %s is what a device may not subscribe to. */
static const char roles[] = "roles:\n"
                            "  device:\n"
                            "    allow: {publish: ['#'], subscribe: ['#']}\n"
                            "    deny: {subscribe: ['secret/#'%s]}\n"
                            "  engine:\n"
                            "    exempt: [topics]\n"
                            "    allow: {subscribe: ['#']}\n";

static const char rule[] = "topics:\n"
                           "  subscriptions: {max: 3}\n";

/* `denied`: more that a device may not subscribe to, as a list goes on. */
static const char *write_policy_denying(struct env *env, const char *denied, const char *topics)
{
    const char *some = env_format(env, roles, denied);

    return env_write(env, "policy.yaml", env_format(env, "%s%s%s", suite_issuer(env, ""), some, topics));
}

static const char *write_policy(struct env *env, const char *topics)
{
    return write_policy_denying(env, "", topics);
}

static struct broker *start_with(struct env *env, const char *topics, const char *before)
{
    const char *policy = write_policy(env, topics);

    return broker_start(env, before, suite_lines(env, policy, "topic", "jwt", "acl"));
}

static struct broker *start(struct env *env)
{
    return start_with(env, rule, NULL);
}

static const char *token(struct broker *broker, const char *id, const char *names)
{
    struct env *env = broker_env(broker);

    return token_for(env, id, suite_roles(env, names));
}

static struct raw_client *come(struct broker *broker, int protocol, const char *id, bool resume)
{
    return raw_login(broker, .protocol = protocol, .client_id = id, .password = token(broker, id, DEVICE),
                     .username = "u", .resume = resume, .session_expiry = resume ? 1000 : 0);
}

/* As many as there may be: of their own kind, so that each call brings new ones. */
static void fill(struct raw_client *client, const char *kind, struct env *env)
{
    for (int i = 0; i < MAX; i++)
        assert_int_equal(raw_subscribe(client, env_format(env, "%s/%d", kind, i), 0), 0);
}

#define expect_full(client)                                                                                  \
    assert_int_equal(raw_subscribe(client, "one/more", 0), raw_refused_subscribe(client))

static void one_too_many(struct broker *broker, int protocol)
{
    struct env *env = broker_env(broker);
    struct raw_client *client = come(broker, protocol, env_format(env, "dev-%d", protocol), false);

    fill(client, "a", env);
    broker_mark(broker);
    expect_full(client);
    /* Without ticks it is logged with whatever comes next. */
    assert_int_equal(raw_subscribe(client, "a/1", 1), 1);
    broker_expect_log(
        broker, "bednet: topic: deny subscribe client=", "topic=\"one/more\"", "reason=subscriptions",
        env_format(env, "rule=%s",
                   suite_place(env, env_format(env, "%s/policy.yaml", env_folder(env)), "max: 3")));
    expect_full(client);
    raw_unsubscribe(client, "not/there");
    expect_full(client);
    raw_unsubscribe(client, "a/0");
    assert_int_equal(raw_subscribe(client, "$share/g/s", 0), 0);
    expect_full(client);
    assert_int_equal(raw_subscribe(client, "$share/h/s", 0), raw_refused_subscribe(client));
    assert_int_equal(raw_subscribe(client, "$share/g/s", 0), 0);
    raw_publish(client, "one/more", "x", 0, false);
    raw_expect_silence(client);
    raw_disconnect(client);
}

static void test_one_too_many(struct env *env)
{
    struct broker *broker = start(env);

    one_too_many(broker, 4);
    one_too_many(broker, 5);
}

static void test_what_others_deny_does_not_count(struct env *env)
{
    struct broker *broker = start(env);
    struct raw_client *client = come(broker, 5, "dev", false);

    for (int i = 0; i < MAX + 1; i++)
        assert_int_equal(raw_subscribe(client, env_format(env, "secret/%d", i), 0), REFUSED);
    fill(client, "a", env);
    expect_full(client);
    broker_expect_log(broker, "topic=\"secret/0\"", "reason=deny_rule");
}

/* Each of one packet is judged by what those before it left. */
static void test_several_in_one_packet(struct env *env)
{
    struct broker *broker = start(env);
    struct raw_client *client = come(broker, 4, "dev", false);
    static const char *const filters[] = {"a/0", "secret/0", "a/1", "a/0", "a/2", "a/3", "a/4"};
    static const uint8_t codes[] = {0, 0x80, 0, 0, 0, 0x80, 0x80};
    struct packet_out packet;

    packet_begin(&packet, env);
    packet_put_u16(&packet, 77);
    for (size_t i = 0; i < sizeof filters / sizeof *filters; i++) {
        packet_put_text(&packet, filters[i]);
        packet_put_u8(&packet, 0);
    }
    packet_frame(&packet, SUBSCRIBE << 4 | 2);
    raw_send_packet(client, &packet);
    struct packet_in answer = raw_expect(client, SUBACK);
    assert_int_equal(answer.id, 77);
    assert_int_equal(answer.codes, sizeof codes);
    assert_memory_equal(answer.code, codes, sizeof codes);
    expect_full(client);
}

static void test_who_is_exempt(struct env *env)
{
    struct broker *broker = start(env);
    struct raw_client *client = raw_login(broker, .protocol = 5, .client_id = "engine", .username = "u",
                                          .password = token(broker, "engine", "\"engine\""));

    for (int i = 0; i < 1100; i++)
        assert_int_equal(raw_subscribe(client, env_format(env, "many/%d", i), 0), 0);
    assert_int_equal(raw_unsubscribe(client, "many/7"), 0);
    assert_int_equal(raw_subscribe(client, "another", 0), 0);
}

static void test_only_observed(struct env *env)
{
    struct broker *broker = start_with(env, "topics:\n  mode: observe\n  subscriptions: {max: 3}\n", NULL);
    struct raw_client *client = come(broker, 5, "dev", false);

    fill(client, "a", env);
    assert_int_equal(raw_subscribe(client, "one/more", 0), 0);
    broker_expect_log(broker, "topic=\"one/more\"", "reason=subscriptions");
}

static void keep_a_session(struct broker *broker, int protocol)
{
    struct env *env = broker_env(broker);
    const char *id = env_format(env, "kept-%d", protocol);
    struct raw_client *client = come(broker, protocol, id, true);

    fill(client, "a", env);
    raw_disconnect(client);
    client = come(broker, protocol, id, true);
    expect_full(client);
    assert_int_equal(raw_subscribe(client, "a/2", 0), 0);
    raw_drop(client);
    client = come(broker, protocol, id, true);
    raw_unsubscribe(client, "a/0");
    assert_int_equal(raw_subscribe(client, "b", 0), 0);
    expect_full(client);
    raw_disconnect(client);
}

static void test_a_kept_session_keeps_its_number(struct env *env)
{
    struct broker *broker = start(env);

    for (int protocol = 4; protocol <= 5; protocol++) {
        keep_a_session(broker, protocol);
    }
}

static void test_shared_ones_of_a_kept_session(struct env *env)
{
    struct broker *broker = start(env);
    struct raw_client *client = come(broker, 5, "dev", true);

    fill(client, "$share/g/a", env);
    raw_disconnect(client);
    client = come(broker, 5, "dev", true);
    expect_full(client);
    raw_disconnect(client);
    client = come(broker, 5, "dev", false);
    fill(client, "b", env);
}

static void begin_anew(struct broker *broker, int protocol)
{
    struct env *env = broker_env(broker);
    const char *id = env_format(env, "anew-%d", protocol);
    struct raw_client *client = come(broker, protocol, id, true);

    fill(client, "a", env);
    raw_disconnect(client);
    client = come(broker, protocol, id, false); /* it cleans what was kept */
    fill(client, "b", env);
    expect_full(client);
    raw_disconnect(client);
    client = come(broker, protocol, id, true); /* nothing was kept */
    fill(client, "c", env);
    expect_full(client);
    raw_disconnect(client);
}

static void test_whoever_begins_anew_begins_at_zero(struct env *env)
{
    struct broker *broker = start(env);

    for (int protocol = 4; protocol <= 5; protocol++) {
        begin_anew(broker, protocol);
    }
}

static void test_an_expired_session_is_gone(struct env *env)
{
    struct broker *broker = start(env);
    struct raw_client *client =
        raw_login(broker, .protocol = 5, .client_id = "dev", .password = token(broker, "dev", DEVICE),
                  .username = "u", .session_expiry = 1);

    fill(client, "a", env);
    raw_disconnect(client);
    broker_expect_log(broker, "Expiring client dev");
    client = come(broker, 5, "dev", true);
    fill(client, "b", env);
    expect_full(client);
}

/* The end of the old connection is told after the login of the new one. */
static void test_takeover(struct env *env)
{
    struct broker *broker = start(env);

    for (int protocol = 4; protocol <= 5; protocol++) {
        const char *id = env_format(env, "dev-%d", protocol);
        struct raw_client *old = come(broker, protocol, id, true);
        fill(old, "a", env);
        struct raw_client *client = come(broker, protocol, id, true);
        raw_expect_end(old);
        expect_full(client);
        old = client;
        client = come(broker, protocol, id, false);
        raw_expect_end(old);
        fill(client, "b", env);
        expect_full(client);
        old = client;
        client = come(broker, protocol, id, false);
        raw_expect_end(old);
        fill(client, "c", env);
        broker_settle(broker);
        expect_full(client);
        raw_disconnect(client);
    }
}

static void test_a_refused_login_frees_nobody(struct env *env)
{
    struct broker *broker = start(env);
    struct raw_client *client = come(broker, 5, "dev", false);

    fill(client, "a", env);
    for (int i = 0; i < 5; i++)
        raw_login_refused(broker, .protocol = 5, .client_id = "dev", .username = "u", .password = "no token");
    broker_settle(broker);
    expect_full(client);
}

/* Nobody tells plugins what a restored session has: it counts once the client asks for it. */
static void test_restart(struct env *env)
{
    struct broker *broker = start_with(
        env, rule, env_format(env, "persistence true\npersistence_location %s/\n", env_folder(env)));
    struct raw_client *client = come(broker, 5, "dev", true);

    fill(client, "a", env);
    raw_disconnect(client);
    broker_restart(broker);
    client = come(broker, 5, "dev", true);
    fill(client, "a", env);
    expect_full(client);
    raw_unsubscribe(client, "a/0");
    assert_int_equal(raw_subscribe(client, "b", 0), 0);
    expect_full(client);
}

static void test_reload(struct env *env)
{
    struct broker *broker = start(env);
    struct raw_client *client = come(broker, 5, "dev", false);

    fill(client, "a", env);
    expect_full(client);
    write_policy(env, "topics:\n  subscriptions: {max: 4}\n");
    broker_reload(broker);
    assert_int_equal(raw_subscribe(client, "b", 0), 0);
    expect_full(client);
    write_policy(env, "topics:\n  subscriptions: {max: 1}\n");
    broker_reload(broker);
    assert_int_equal(raw_subscribe(client, "b", 0), 0);
    raw_unsubscribe(client, "a/0");
    expect_full(client);
    write_policy(env, "");
    broker_reload(broker);
    assert_int_equal(raw_subscribe(client, "one/more", 0), 0);
}

/* A new policy denies what is below lost/, and whoever is subscribed to it is disconnected. */
static void deny_lost(struct broker *broker)
{
    write_policy_denying(broker_env(broker), ", 'lost/#'",
                         "topics:\n"
                         "  subscriptions: {max: 3}\n"
                         "on_change: {subscription: disconnect}\n");
    broker_reload(broker);
}

/*
 * With a session that goes on: the broker asks about all that it is subscribed to, and drops what is denied.
 * That does not count any more, and is new when it is asked for again; the rest counts as before.
 */
static void lose_some(struct broker *broker, int protocol)
{
    struct env *env = broker_env(broker);
    const char *id = env_format(env, "dev-%d", protocol);
    struct raw_client *client = come(broker, protocol, id, true);

    assert_int_equal(raw_subscribe(client, "lost/a", 0), 0);
    assert_int_equal(raw_subscribe(client, "kept/a", 0), 0);
    assert_int_equal(raw_subscribe(client, "$share/g/lost/b", 0), 0);
    expect_full(client);
    deny_lost(broker);
    raw_expect_end(client);
    client = come(broker, protocol, id, true);
    assert_int_equal(raw_subscribe(client, "new/a", 0), 0);
    assert_int_equal(raw_subscribe(client, "kept/a", 0), 0);
    assert_int_equal(raw_subscribe(client, "new/b", 0), 0);
    expect_full(client);
    write_policy(env, rule);
    broker_reload(broker);
    assert_int_equal(raw_subscribe(client, "lost/a", 0), raw_refused_subscribe(client));
    assert_int_equal(raw_subscribe(client, "$share/g/lost/b", 0), raw_refused_subscribe(client));
    raw_publish(client, "lost/a", "x", 0, false);
    raw_publish(client, "lost/b", "x", 0, false);
    raw_expect_silence(client);
    raw_publish(client, "kept/a", "x", 0, false);
    raw_expect_publish(client, "kept/a", "x");
    raw_disconnect(client);
}

static void test_what_the_broker_drops_does_not_count(struct env *env)
{
    struct broker *broker = start(env);

    for (int protocol = 4; protocol <= 5; protocol++) {
        lose_some(broker, protocol);
    }
}

/* What was there before anybody counted is not new when the broker asks about it, and counts from then on. */
static void test_what_nobody_counted_is_not_dropped(struct env *env)
{
    struct broker *broker = start_with(
        env, rule, env_format(env, "persistence true\npersistence_location %s/\n", env_folder(env)));
    struct raw_client *client = come(broker, 5, "dev", true);

    fill(client, "a", env);
    raw_disconnect(client);
    broker_restart(broker);
    client = come(broker, 5, "dev", true);
    assert_int_equal(raw_subscribe(client, "b/0", 0), 0);
    assert_int_equal(raw_subscribe(client, "b/1", 0), 0);
    assert_int_equal(raw_subscribe(client, "lost/a", 0), 0);
    expect_full(client);
    deny_lost(broker);
    raw_expect_end(client);
    client = come(broker, 5, "dev", true);
    raw_publish(client, "a/0", "x", 0, false);
    raw_expect_publish(client, "a/0", "x");
    raw_unsubscribe(client, "b/0");
    raw_unsubscribe(client, "b/1");
    expect_full(client);
    raw_unsubscribe(client, "a/0");
    assert_int_equal(raw_subscribe(client, "b/0", 0), 0);
    expect_full(client);
}

/* Whose token is revoked, and who leaves no will, has no right to anything: all is dropped. */
static void lose_all(struct broker *broker, int protocol)
{
    struct env *env = broker_env(broker);
    const char *id = env_format(env, "dev-%d", protocol);
    const char *claims = env_format(env, "%s, \"jti\": \"%s\"", suite_roles(env, DEVICE), id);
    struct raw_client *client =
        raw_login(broker, .protocol = protocol, .client_id = id, .password = token_for(env, id, claims),
                  .username = "u", .resume = true, .session_expiry = 1000);

    fill(client, "a", env);
    expect_full(client);
    env_write(env, "revoked.yaml", env_format(env, "revoked:\n  - jti: %s\n", id));
    raw_expect_end(client);
    client = come(broker, protocol, id, true);
    fill(client, "b", env);
    expect_full(client);
    raw_publish(client, "a/0", "x", 0, false);
    raw_expect_silence(client);
    raw_disconnect(client);
}

/* Whoever of the chain denies it then: acl, or where there is none the chain itself. */
static void test_who_is_revoked_begins_at_zero(struct env *env)
{
    for (int protocol = 4; protocol <= 5; protocol++) {
        bool has_acl = protocol == 4;
        env_write(env, "revoked.yaml", "revoked: []\n");
        const char *policy =
            env_write(env, "policy.yaml",
                      env_format(env, "%s  revocations: revoked.yaml\n  on_expiry: {will: drop}\n%s%s",
                                 suite_issuer(env, ""),
                                 has_acl ? env_format(env, roles, "") : "default: allow\n", rule));
        struct broker *broker =
            broker_start(env, NULL, suite_lines(env, policy, "topic", "jwt", has_acl ? "acl" : NULL));
        lose_all(broker, protocol);
        broker_stop(broker);
    }
}

/* Under per_listener_settings, where 2.0.11 never ticks: the number is right, and follows the policy. */
static void test_listeners_of_their_own(struct env *env)
{
    struct broker *broker = start_with(env, rule, "per_listener_settings true\n");

    for (int protocol = 4; protocol <= 5; protocol++) {
        one_too_many(broker, protocol);
        begin_anew(broker, protocol);
        keep_a_session(broker, protocol);
    }
    struct raw_client *client = come(broker, 5, "dev", false);
    fill(client, "a", env);
    expect_full(client);
    write_policy(env, "topics:\n  subscriptions: {max: 4}\n");
    broker_mark(broker);
    broker_sighup(broker);
    suite_busy_until(broker, client, " reloaded: ");
    assert_int_equal(raw_subscribe(client, "one/more", 0), 0);
    assert_int_equal(raw_subscribe(client, "yet/one/more", 0), REFUSED);
    struct raw_client *taker = come(broker, 5, "dev", false);
    raw_expect_end(client);
    fill(taker, "b", env);
    assert_int_equal(raw_subscribe(taker, "one/more", 0), 0);
    assert_int_equal(raw_subscribe(taker, "yet/one/more", 0), REFUSED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BROKER_TEST(test_one_too_many),
        BROKER_TEST(test_what_others_deny_does_not_count),
        BROKER_TEST(test_several_in_one_packet),
        BROKER_TEST(test_who_is_exempt),
        BROKER_TEST(test_only_observed),
        BROKER_TEST(test_a_kept_session_keeps_its_number),
        BROKER_TEST(test_shared_ones_of_a_kept_session),
        BROKER_TEST(test_whoever_begins_anew_begins_at_zero),
        BROKER_TEST(test_an_expired_session_is_gone),
        BROKER_TEST(test_takeover),
        BROKER_TEST(test_a_refused_login_frees_nobody),
        BROKER_TEST(test_restart),
        BROKER_TEST(test_reload),
        BROKER_TEST(test_what_the_broker_drops_does_not_count),
        BROKER_TEST(test_what_nobody_counted_is_not_dropped),
        BROKER_TEST(test_who_is_revoked_begins_at_zero),
        BROKER_TEST(test_listeners_of_their_own),
    };
    return ENV_MAIN("subscriptions", tests);
}
